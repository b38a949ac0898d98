//! Coverage as a page, and of every country as a table.

use super::summary::{percentiles, service};
use super::{cut, labelled, one_decimal, percent, thousands};
use crate::coverage::Coverage;
use crate::percentile::Percentiles;
use crate::summary::Counts;

/// The page of one territory or the planet.
pub(super) fn lines(coverage: &Coverage) -> Vec<String> {
    let name = match (&coverage.territory, coverage.kind) {
        (Some(id), Some(kind)) => format!("{id}, {} ({})", coverage.name, kind.replace('_', " ")),
        _ => coverage.name.clone(),
    };
    let cells =
        Counts { total: coverage.cells, active: coverage.cells_active, served: coverage.cells_served };
    let people =
        Counts { total: coverage.people, active: coverage.people_active, served: coverage.people_served };
    let of = |p5: Option<f64>, p50: Option<f64>, p95: Option<f64>| {
        Some(Percentiles { p5: p5?, p50: p50?, p95: p95? })
    };
    let rtt_ms = of(coverage.rtt_ms_p5, coverage.rtt_ms_p50, coverage.rtt_ms_p95);
    let rate_mbps = of(coverage.rate_mbps_p5, coverage.rate_mbps_p50, coverage.rate_mbps_p95);
    let mut lines = labelled("Coverage", &name);
    lines.extend(labelled("Slot", &coverage.time));
    lines.extend(source(coverage));
    lines.push(String::new());
    lines.extend(service(cells, people, &coverage.causes));
    lines.push(String::new());
    lines.extend(labelled("Round trip", &percentiles(rtt_ms, "ms")));
    lines.extend(labelled("Rate", &percentiles(rate_mbps, "Mb/s for one busy terminal")));
    lines
}

/// One line per country.
pub(super) fn table(countries: &[Coverage]) -> Vec<String> {
    let heading = format!(
        "{:<14}{:<22}{:>14}{:>9}{:>8}{:>8}  {}",
        "territory", "name", "people", "served", "rtt_ms", "mbps", "most unserved by"
    );
    let mut lines = vec![heading];
    lines.extend(countries.iter().map(row));
    if let Some(first) = countries.first() {
        lines.push(String::new());
        lines.push(format!("Slot {}; people served; medians over people served", first.time));
        lines.extend(source(first));
    }
    lines
}

/// Which decisions the answer obeys.
fn source(coverage: &Coverage) -> Vec<String> {
    let what_if = coverage.what_if.iter().flat_map(|what_if| labelled("What-if", what_if));
    what_if.chain(coverage.log.iter().flat_map(|log| labelled("Log", log))).collect()
}

fn row(country: &Coverage) -> String {
    let id = country.territory.as_deref().unwrap_or_default();
    // Where nobody lives, cells are counted.
    let (served, all) = if country.people > 0 {
        (country.people_served, country.people)
    } else {
        (country.cells_served, country.cells)
    };
    let worst = country
        .causes
        .unserved()
        .filter(|(_, count)| count.cells > 0)
        .max_by_key(|&(cause, count)| (count.people, count.cells, std::cmp::Reverse(cause)));
    let line = format!(
        "{:<14}{:<22}{:>14}{:>9}{:>8}{:>8}  {}",
        cut(id, 13),
        cut(&country.name, 21),
        thousands(country.people),
        percent(served, all),
        one_decimal(country.rtt_ms_p50),
        one_decimal(country.rate_mbps_p50),
        worst.map_or("", |(cause, _)| cause.name())
    );
    line.trim_end().to_owned()
}
