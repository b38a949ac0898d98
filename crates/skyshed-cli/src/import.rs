//! `skyshed data import`: what a file is, is told by its content; it is checked first and kept only then.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use skyshed::ground::read_sites;
use skyshed::orbit::elements::MAX_INPUT_BYTES;
use skyshed::orbit::read_elements;
use skyshed::{Constellation, Ut1Table};

use crate::data::{DataDir, Kind};
use crate::inputs::{warn, warn_of_sites};
use crate::{files, now, print_json, print_text};

/// What was kept, for JSON.
#[derive(Serialize)]
struct Imported {
    kind: &'static str,
    source: String,
    records: usize,
    rejected: usize,
    kept_in: String,
}

/// A file that passed its checks.
struct Checked {
    kind: Kind,
    records: usize,
    rejected: usize,
    detail: String,
}

/// Recognises, checks and keeps a file.
pub fn import(path: &Path, json: bool) -> Result<()> {
    let bytes = files::read(
        path,
        "element sets, finals2000A, or a list of gateways and points of presence",
        MAX_INPUT_BYTES,
    )?;
    let checked = check(path, &bytes)?;
    let data = DataDir::find()?;
    let source = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    data.keep(checked.kind, &bytes, &source, false, now()?)?;
    let kept_in = data.path().display().to_string();
    if json {
        let Checked { kind, records, rejected, .. } = checked;
        return print_json(&Imported { kind: kind.name(), source, records, rejected, kept_in });
    }
    print_text(&format!("{}: {} from {source}, kept in {kept_in}\n", checked.kind, checked.detail))
}

fn check(path: &Path, bytes: &[u8]) -> Result<Checked> {
    let not_elements = match check_elements(path, bytes) {
        Ok(checked) => return Ok(checked),
        Err(reason) => reason,
    };
    let not_ut1 = match check_ut1(bytes) {
        Ok(checked) => return Ok(checked),
        Err(reason) => reason,
    };
    let not_sites = match read_sites(bytes) {
        Ok(list) if list.gateways.is_empty() && list.pops.is_empty() => {
            warn_of_sites(path, &list);
            anyhow!("not one usable record")
        }
        Ok(list) => {
            warn_of_sites(path, &list);
            let (gateways, pops) = (list.gateways.len(), list.pops.len());
            let detail = format!("{gateways} gateways and {pops} points of presence");
            return Ok(Checked {
                kind: Kind::Sites,
                records: gateways + pops,
                rejected: list.rejected.len(),
                detail,
            });
        }
        Err(reason) => reason.into(),
    };
    Err(anyhow!(
        "{} is nothing that can be imported, and nothing was changed\n  as element sets: {not_elements}\n  as finals2000A: {not_ut1}\n  as a list of sites: {not_sites}",
        path.display()
    ))
}

fn check_elements(path: &Path, bytes: &[u8]) -> Result<Checked> {
    let load = read_elements(bytes)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let constellation = Constellation::from_elements(&name, &load);
    let median = constellation.median_epoch().context("not one set can be propagated")?;
    warn(&load.warnings, |warning| format!("{name}: {warning}"));
    warn(&load.rejected, |rejected| {
        format!("{name}, {}: {} left out: {}", rejected.place, rejected.object, rejected.reason)
    });
    warn(constellation.problems(), |problem| {
        format!("{name}: {} {} left out: {}", problem.catalog_number, problem.name, problem.reason)
    });
    let records = constellation.satellites().len();
    let detail = format!("{records} satellites ({}), median epoch {median}", load.format);
    Ok(Checked {
        kind: Kind::Elements,
        records,
        rejected: load.rejected.len() + constellation.problems().len(),
        detail,
    })
}

fn check_ut1(bytes: &[u8]) -> Result<Checked> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| anyhow!("not text at byte {}", error.valid_up_to()))?;
    let (from, to) = Ut1Table::parse_finals2000a(text)?.range();
    let records = (to.days - from.days + 1).max(0) as usize;
    let detail = format!("UT1-UTC from {from} to {to}");
    Ok(Checked { kind: Kind::Ut1, records, rejected: 0, detail })
}
