//! `WORLD.md`: what is in the data set, for people.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use skyshed_ground::world::World;
use skyshed_ground::{Territory, TerritoryKind};

use super::Compiled;
use super::sources::hex;

/// The manifest of a compiled data set.
pub fn write(compiled: &Compiled, bytes: &[u8]) -> String {
    let world = &compiled.world;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string");
    line("# world.bin".into());
    line(String::new());
    line(
        "Written by `cargo xtask world`, which makes the same bytes from the same sources; do not edit. "
            .trim()
            .into(),
    );
    line(String::new());
    line(format!("- SHA-256 `{}`, {} bytes", hex(&Sha256::digest(bytes)), bytes.len()));
    line(format!("- worldview `{}`", world.worldview));
    line(format!("- rule: {}", world.rule));
    line(String::new());
    line(
        "A worldview moves parents and nothing else. In `de-facto` no disputed area has a parent, and a country or region that \
         others claim stays where it is. In a country's own worldview (`--worldview UA`) everything it claims has it as parent. \
         Cells, ids and the hashes of areas are the same in all; counts and hashes of the parents follow."
            .into(),
    );
    line(String::new());
    line("## Sources".into());
    line(String::new());
    line("| file | version | SHA-256 |".into());
    line("|---|---|---|".into());
    for source in &world.sources {
        line(format!("| {} | {} | `{}` |", source.name, source.version, hex(&source.sha256)));
    }
    line(String::new());
    line("Borders: made with Natural Earth, public domain (naturalearthdata.com).".into());
    line("Cities, populations and country names: GeoNames (geonames.org), CC BY 4.0; rounded, folded and spread as the rule says.".into());
    line(String::new());
    line("## Counts".into());
    line(String::new());
    line("| what | how many |".into());
    line("|---|---|".into());
    for (what, count) in counts(world) {
        line(format!("| {what} | {count} |"));
    }
    line(format!("| land cells taken from world-atlas | {} |", compiled.from_atlas));
    line(String::new());
    line("## Disputed areas".into());
    line(String::new());
    line("| id | name | claimed by | cells | people |".into());
    line("|---|---|---|---|---|".into());
    for (territory, people) in
        world.territories.iter().zip(people(world)).filter(|(t, _)| t.kind == TerritoryKind::Disputed)
    {
        let claims = territory.claims.join(", ");
        line(format!(
            "| {} | {} | {claims} | {} | {people} |",
            territory.id,
            territory.name,
            own_cells(world, territory)
        ));
    }
    line(String::new());
    line("## Territories without a land cell".into());
    line(String::new());
    line("No cell's centre lies on their land. Their waters are under `.sea` where they have any.".into());
    line(String::new());
    line(landless(world).join("; "));
    line(String::new());
    line("## People".into());
    line(String::new());
    line("Cities exceed the country, and are scaled down to it (GeoNames lists suburbs and boroughs beside their city):".into());
    let scaled = compiled.people.scaled.iter();
    line(
        scaled
            .map(|(code, cities, total)| format!("{code} {cities} to {total}"))
            .collect::<Vec<_>>()
            .join("; "),
    );
    line(String::new());
    let unplaced = compiled.people.unplaced.iter();
    let unplaced: Vec<String> = unplaced.map(|(code, people)| format!("{code} {people}")).collect();
    line(format!(
        "Neither land cells nor places, so left out (AN and CS are dissolved): {}",
        if unplaced.is_empty() { "none".into() } else { unplaced.join("; ") }
    ));
    text
}

fn counts(world: &World) -> Vec<(String, String)> {
    let of_kind = |kind| world.territories.iter().filter(|territory| territory.kind == kind).count();
    let kind = |cell: usize| world.territories[world.territory[cell] as usize].kind;
    let cells = |wanted: fn(TerritoryKind) -> bool| {
        (0..world.territory.len()).filter(|&cell| wanted(kind(cell))).count()
    };
    let people: u64 = world.people.iter().map(|&people| u64::from(people)).sum();
    let inhabited = world.people.iter().filter(|&&people| people > 0).count();
    vec![
        ("territories".into(), world.territories.len().to_string()),
        ("countries".into(), of_kind(TerritoryKind::Country).to_string()),
        ("regions".into(), of_kind(TerritoryKind::Region).to_string()),
        ("disputed areas".into(), of_kind(TerritoryKind::Disputed).to_string()),
        ("coastal waters".into(), of_kind(TerritoryKind::Coastal).to_string()),
        ("cells".into(), world.territory.len().to_string()),
        (
            "cells on land".into(),
            cells(|kind| !matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas)).to_string(),
        ),
        ("cells of coastal waters".into(), cells(|kind| kind == TerritoryKind::Coastal).to_string()),
        ("cells of high seas".into(), cells(|kind| kind == TerritoryKind::HighSeas).to_string()),
        ("inhabited cells".into(), inhabited.to_string()),
        ("people".into(), people.to_string()),
        ("recoloured cells".into(), world.colour_patches.len().to_string()),
        ("named places".into(), world.places.len().to_string()),
    ]
}

/// People on each territory's own cells.
fn people(world: &World) -> Vec<u64> {
    let mut people = vec![0; world.territories.len()];
    for (&leaf, &here) in world.territory.iter().zip(&world.people) {
        people[leaf as usize] += u64::from(here);
    }
    people
}

fn own_cells(world: &World, territory: &Territory) -> usize {
    world.territory.iter().filter(|&&leaf| world.territories[leaf as usize].id == territory.id).count()
}

fn landless(world: &World) -> Vec<String> {
    let mut land = vec![0u32; world.territories.len()];
    for &leaf in &world.territory {
        let is_sea =
            matches!(world.territories[leaf as usize].kind, TerritoryKind::Coastal | TerritoryKind::HighSeas);
        land[leaf as usize] += u32::from(!is_sea);
    }
    skyshed_ground::world::add_to_parents(&world.territories, &mut land);
    let tops = world.territories.iter().zip(land).filter(|(territory, cells)| {
        *cells == 0 && matches!(territory.kind, TerritoryKind::Country | TerritoryKind::Disputed)
    });
    tops.map(|(territory, _)| format!("{} {}", territory.id, territory.name)).collect()
}
