//! A slot's numbers as a page.

use super::{one_decimal, percent, sentence, thousands};
use crate::coverage::Causes;
use crate::links::{LasersView, LinkClassView};
use crate::page::{Column, Flex, Page, Table, Text, bad, caution, faint, good, strong};
use crate::percentile::Percentiles;
use crate::summary::{Counts, ElementsView, SlotSummary};

/// The page.
pub(super) fn page(summary: &SlotSummary) -> Page {
    let satellites = &summary.satellites;
    let beams = &summary.beams;
    let ground = &summary.ground;
    let mut page = Page::new();
    page.labelled("Slot", strong(&summary.time) + format!(", {} s", summary.length_s));
    page.labelled("Elements", elements(&summary.elements));
    page.labelled(
        "Ground",
        format!(
            "{}, worldview {}, {} gateways, {} points of presence",
            ground.source, ground.worldview, ground.gateways, ground.pops
        ),
    );
    super::source(&mut page, summary.what_if.as_deref(), summary.log.as_ref());
    page.labelled(
        "Satellites",
        format!(
            "{}: {} at service altitude, {} with a way to a gateway, {} landing themselves, {} serving",
            thousands(satellites.total as u64),
            thousands(satellites.at_service_altitude as u64),
            thousands(satellites.with_gateway as u64),
            thousands(satellites.landing as u64),
            thousands(satellites.serving as u64)
        ),
    );
    if summary.problems > 0 {
        page.labelled("", caution(format!("{} could not be propagated", thousands(summary.problems as u64))));
    }
    page.labelled(
        "Beams",
        format!(
            "{} cells of {} they could serve ({}); {} satellites full",
            thousands(beams.cells_used),
            thousands(beams.cells_capacity),
            percent(beams.cells_used, beams.cells_capacity),
            thousands(beams.satellites_full as u64)
        ),
    );
    lasers(&mut page, &summary.lasers);
    summary.faults.iter().for_each(|fault| page.labelled("Fault", caution(fault)));
    if let Some(exact) = summary.exact {
        page.labelled(
            "Exact",
            format!(
                "{} of {} planned cells served where {} could be: {:.2} points short",
                thousands(u64::from(exact.cells_served)),
                thousands(u64::from(exact.cells_planned)),
                thousands(u64::from(exact.cells_served_max)),
                exact.gap_percent
            ),
        );
    }
    page.blank();
    service(&mut page, summary.cells, summary.people, &summary.causes);
    page.blank();
    page.labelled("Round trip", percentiles(summary.rtt_ms, "ms"));
    page.labelled("Rate", percentiles(summary.rate_mbps, "Mb/s for one busy terminal"));
    page.blank();
    page.table(links(&summary.links));
    page
}

/// The lasers in two lines.
fn lasers(page: &mut Page, lasers: &LasersView) {
    let Some(length) = lasers.length_km else { return page.labelled("Lasers", "none") };
    let most = lasers.degrees.len().saturating_sub(1);
    let with_most = lasers.degrees.last().copied().unwrap_or(0);
    let links = format!(
        "{} links of {:.0} to {:.0} km, median {:.0}; {} of {} satellites have {most}",
        thousands(lasers.links as u64),
        length.min,
        length.max,
        length.p50,
        thousands(u64::from(with_most)),
        thousands(lasers.satellites as u64)
    );
    let groups = match lasers.components {
        1 => format!("{} satellites hang together", thousands(lasers.largest_component as u64)),
        groups => format!(
            "{} groups that hang together, the largest of {} satellites",
            thousands(groups as u64),
            thousands(lasers.largest_component as u64)
        ),
    };
    page.labelled("Lasers", links);
    page.labelled("", groups);
}

/// What the classes of links carry, a line each.
fn links(classes: &[LinkClassView]) -> Table {
    let columns = vec![
        Column::left("", 14),
        Column::right("links", 8),
        Column::right("used", 8),
        Column::right("carried_gbps", 15),
        Column::right("capacity_gbps", 15).flex(Flex::Drop(0)),
        Column::right("p50", 5).gap(2).flex(Flex::Drop(1)),
        Column::right("p95", 7),
        Column::right("max", 7),
        Column::right("full", 7),
    ];
    let mut table = Table::new(2, columns);
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
    for class in classes {
        let full = thousands(class.full as u64);
        table.row(vec![
            class.class.replace('_', " ").into(),
            thousands(class.links as u64).into(),
            thousands(class.used as u64).into(),
            format!("{:.1}", class.carried_gbps).into(),
            format!("{:.1}", class.capacity_gbps).into(),
            share(class.utilisation_p50).into(),
            share(class.utilisation_p95).into(),
            share(class.utilisation_max).into(),
            if class.full > 0 { caution(full) } else { full.into() },
        ]);
    }
    table
}

/// Where the satellites come from, and how old that is.
fn elements(elements: &ElementsView) -> String {
    match (&elements.epoch, elements.age_hours) {
        (Some(epoch), Some(age_hours)) => {
            format!("{}, median epoch {epoch}, {age_hours:.1} hours before the slot", elements.source)
        }
        _ => format!("{}, designed", elements.source),
    }
}

/// Cells and people: all, active, served, and the rest by cause.
pub(super) fn service(page: &mut Page, cells: Counts, people: Counts, causes: &Causes) {
    let columns = vec![
        Column::left("", 25),
        Column::right("cells", 11),
        Column::right("people", 16),
        Column::left("", 0).gap(2).flex(Flex::Below),
    ];
    let mut table = Table::new(2, columns);
    let mut row = |name: Text, cells: u64, people: u64, note: Text| {
        table.row(vec![name, thousands(cells).into(), thousands(people).into(), note]);
    };
    let served = match people.active {
        0 => Text::default(),
        active => strong(percent(people.served, active)) + " of the people in active cells",
    };
    row("all".into(), cells.total, people.total, Text::default());
    row("active".into(), cells.active, people.active, Text::default());
    row(good("served"), cells.served, people.served, served);
    let unserved = || causes.unserved().filter(|(_, count)| count.cells > 0);
    for (cause, count) in unserved() {
        row(Text::from("  ") + bad(cause.name()), count.cells, count.people, Text::default());
    }
    page.table(table);
    page.blank();
    for (cause, _) in unserved() {
        page.line(Text::from("  ") + bad(cause.name()) + faint(format!(": {}", sentence(cause.name()))));
    }
}

/// `p5 21.9  p50 25.0  p95 63.1 ms`, over people served.
pub(super) fn percentiles(percentiles: Option<Percentiles>, unit: &str) -> Text {
    match percentiles {
        None => "-".into(),
        Some(Percentiles { p5, p50, p95 }) => {
            let [p5, p50, p95] = [p5, p50, p95].map(|value| one_decimal(Some(value)));
            Text::from(format!("p5 {p5}, "))
                + strong(format!("p50 {p50}"))
                + format!(", p95 {p95} {unit}, over people served")
        }
    }
}
