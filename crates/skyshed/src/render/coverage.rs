//! Coverage as a page, and of every country as a table.

use super::summary::{percentiles, service};
use super::{one_decimal, percent, thousands};
use crate::coverage::Coverage;
use crate::page::{Column, Flex, Page, Table, Text, bad, good, strong};
use crate::percentile::Percentiles;
use crate::summary::Counts;

/// The page of one territory or the planet.
pub(super) fn page(coverage: &Coverage) -> Page {
    let name = match (&coverage.territory, coverage.kind) {
        (Some(id), Some(kind)) => {
            Text::from(format!("{id}, ")) + strong(&coverage.name) + format!(" ({})", kind.replace('_', " "))
        }
        _ => strong(&coverage.name),
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
    let mut page = Page::new();
    page.labelled("Coverage", name);
    page.labelled("Slot", &coverage.time);
    source(&mut page, coverage);
    page.blank();
    service(&mut page, cells, people, &coverage.causes);
    page.blank();
    page.labelled("Round trip", percentiles(rtt_ms, "ms"));
    page.labelled("Rate", percentiles(rate_mbps, "Mb/s for one busy terminal"));
    page
}

/// One line per country.
pub(super) fn countries(countries: &[Coverage]) -> Page {
    let columns = vec![
        Column::left("territory", 13).flex(Flex::Cut),
        Column::left("name", 21).gap(1).flex(Flex::Cut),
        Column::right("people", 14).gap(1).flex(Flex::Drop(2)),
        Column::right("served", 9),
        Column::right("rtt_ms", 8).flex(Flex::Drop(1)),
        Column::right("mbps", 8).flex(Flex::Drop(0)),
        Column::left("most unserved by", 0).gap(2),
    ];
    let mut table = Table::new(0, columns);
    countries.iter().for_each(|country| table.row(row(country)));
    let mut page = Page::new();
    page.table(table);
    if let Some(first) = countries.first() {
        page.blank();
        page.line(format!("Slot {}; people served; medians over people served", first.time));
        source(&mut page, first);
    }
    page
}

/// Which decisions the answer obeys.
fn source(page: &mut Page, coverage: &Coverage) {
    if let Some(what_if) = &coverage.what_if {
        page.labelled("What-if", what_if);
    }
    if let Some(log) = &coverage.log {
        page.labelled("Log", log);
    }
}

fn row(country: &Coverage) -> Vec<Text> {
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
    let share = match served {
        0 => bad(percent(served, all)),
        some if some == all => good(percent(served, all)),
        _ => percent(served, all).into(),
    };
    vec![
        id.into(),
        (&country.name).into(),
        thousands(country.people).into(),
        share,
        one_decimal(country.rtt_ms_p50).into(),
        one_decimal(country.rate_mbps_p50).into(),
        worst.map_or("", |(cause, _)| cause.name()).into(),
    ]
}
