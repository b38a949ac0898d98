//! `skyshed data status`: what is there, how old, where it comes from, and whom to thank.

use anyhow::Result;
use serde::Serialize;
use skyshed::orbit::elements::MAX_INPUT_BYTES;
use skyshed::orbit::{PRESETS, read_elements};
use skyshed::{Constellation, Epoch, Ground, Ut1Table};

use crate::data::{DataDir, Kind, age_text};
use crate::inputs::{DEFAULT_ELEMENTS, UT1_BYTES_MAX};
use crate::{files, now, print_json, print_text};

/// The state of the data, for JSON and text.
#[derive(Serialize)]
struct Status {
    data_dir: String,
    kept: Vec<Kept>,
    defaults: Defaults,
    map: Map,
    attribution: Vec<&'static str>,
}

/// One kind of file.
#[derive(Serialize)]
struct Kept {
    kind: &'static str,
    present: bool,
    source: Option<String>,
    kept_at: Option<String>,
    age_hours: Option<f64>,
    bytes: Option<u64>,
    /// What is in it, or what is wrong with it.
    content: Option<String>,
    readable: Option<bool>,
    attribution: &'static str,
}

/// What is taken where no flag is given.
#[derive(Serialize)]
struct Defaults {
    elements: String,
    policy: &'static str,
    presets: &'static [&'static str],
}

/// The map that ships inside.
#[derive(Serialize)]
struct Map {
    sha256: String,
    worldview: String,
    territories: usize,
    gateways: usize,
    pops: usize,
    places: usize,
    sources: Vec<String>,
}

const ATTRIBUTION: [&str; 4] = [
    "Cities and their people: GeoNames (geonames.org), CC BY 4.0.",
    "Borders and regions: Natural Earth (naturalearthdata.com), public domain.",
    "Element sets: CelesTrak (celestrak.org, Dr T.S. Kelso), from US Space Force elements.",
    "Earth rotation: IERS (iers.org).",
];

/// Prints the state of the data.
pub fn status(json: bool) -> Result<()> {
    let (data, now) = (DataDir::find()?, now()?);
    let kept: Vec<Kept> = Kind::ALL.into_iter().map(|kind| kept(&data, kind, now)).collect();
    let elements = match &kept[0] {
        Kept { present: true, source: Some(source), .. } => source.clone(),
        Kept { present: true, .. } => data.path().join(Kind::Elements.name()).display().to_string(),
        _ => DEFAULT_ELEMENTS.to_owned(),
    };
    let status = Status {
        data_dir: data.path().display().to_string(),
        kept,
        defaults: Defaults { elements, policy: "illustrative", presets: PRESETS },
        map: map(),
        attribution: ATTRIBUTION.to_vec(),
    };
    if json { print_json(&status) } else { print_text(&text(&status)) }
}

fn kept(data: &DataDir, kind: Kind, now: Epoch) -> Kept {
    let note = data.note(kind);
    let path = data.file(kind);
    let content = path.as_ref().map(|path| content(kind, path, now));
    Kept {
        kind: kind.name(),
        present: path.is_some(),
        age_hours: note
            .as_ref()
            .and_then(|note| note.kept())
            .map(|kept| (now.days_since(kept) * 240.0).round() / 10.0),
        kept_at: note.as_ref().map(|note| note.kept_at.clone()),
        source: note.map(|note| note.source),
        bytes: path.and_then(|path| std::fs::metadata(path).ok()).map(|metadata| metadata.len()),
        readable: content.as_ref().map(Result::is_ok),
        content: content.map(|content| content.unwrap_or_else(|error| format!("damaged: {error:#}"))),
        attribution: kind.attribution(),
    }
}

fn content(kind: Kind, path: &std::path::Path, now: Epoch) -> Result<String> {
    let bytes = files::read(path, "a readable file", MAX_INPUT_BYTES.max(UT1_BYTES_MAX))?;
    Ok(match kind {
        Kind::Elements => {
            let load = read_elements(&bytes)?;
            let constellation = Constellation::from_elements("kept", &load);
            let count = constellation.satellites().len();
            match constellation.median_epoch() {
                Some(epoch) => format!(
                    "{count} satellites ({}), median epoch {epoch}, {} old",
                    load.format,
                    age_text(now.days_since(epoch))
                ),
                None => format!("{count} satellites ({})", load.format),
            }
        }
        Kind::Ut1 => {
            let (from, to) = Ut1Table::parse_finals2000a(&String::from_utf8_lossy(&bytes))?.range();
            format!("UT1-UTC from {from} to {to}")
        }
        Kind::Sites => {
            let list = skyshed::ground::read_sites(&bytes)?;
            format!("{} gateways and {} points of presence", list.gateways.len(), list.pops.len())
        }
    })
}

fn map() -> Map {
    let ground = Ground::embedded();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Map {
        sha256: hex(&ground.dataset.sha256),
        worldview: ground.dataset.worldview.clone(),
        territories: ground.territories.len(),
        gateways: ground.gateways.len(),
        pops: ground.pops.len(),
        places: ground.places.records().len(),
        sources: ground
            .dataset
            .sources
            .iter()
            .map(|source| format!("{} {}", source.name, source.version))
            .collect(),
    }
}

fn text(status: &Status) -> String {
    let mut lines = vec![format!("Data directory {}", status.data_dir), String::new()];
    for kept in &status.kept {
        lines.push(format!("  {:<9} {}", kept.kind, kept.content.as_deref().unwrap_or("none")));
        if let Some(source) = &kept.source {
            lines.push(format!("            from {source}"));
        }
        if let (Some(at), Some(hours)) = (&kept.kept_at, kept.age_hours) {
            lines.push(format!("            kept {at}, {} ago", age_text(hours / 24.0)));
        }
    }
    let map = &status.map;
    lines.push(format!(
        "  {:<9} embedded: {} territories ({}), {} places, {} gateways, {} points of presence",
        "map", map.territories, map.worldview, map.places, map.gateways, map.pops
    ));
    lines.push(format!("            SHA-256 {}", map.sha256));
    lines.extend(map.sources.iter().map(|source| format!("            from {source}")));
    lines.push(String::new());
    lines.push("Without flags".to_owned());
    lines.push(format!("  elements  {}", status.defaults.elements));
    lines.push(format!("  policy    {}", status.defaults.policy));
    lines.push(format!("  presets   {}", status.defaults.presets.join(", ")));
    lines.push(String::new());
    lines.push("Attribution".to_owned());
    lines.extend(status.attribution.iter().map(|line| format!("  {line}")));
    lines.push(String::new());
    lines.join("\n")
}
