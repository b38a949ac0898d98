//! A slot's numbers as a page.

use super::{labelled, one_decimal, percent, sentence, thousands};
use crate::coverage::Causes;
use crate::links::{LasersView, LinkClassView};
use crate::percentile::Percentiles;
use crate::summary::{Counts, ElementsView, SlotSummary};

/// The page.
pub(super) fn lines(summary: &SlotSummary) -> Vec<String> {
    let satellites = &summary.satellites;
    let beams = &summary.beams;
    let ground = &summary.ground;
    let mut lines = labelled("Slot", &format!("{}, {} s", summary.time, summary.length_s));
    lines.extend(labelled("Elements", &elements(&summary.elements)));
    lines.extend(labelled(
        "Ground",
        &format!(
            "{}, worldview {}, {} gateways, {} points of presence",
            ground.source, ground.worldview, ground.gateways, ground.pops
        ),
    ));
    lines.extend(super::source(summary.what_if.as_deref(), summary.log.as_ref()));
    lines.extend(labelled(
        "Satellites",
        &format!(
            "{}: {} at service altitude, {} with a way to a gateway, {} landing themselves, {} serving",
            thousands(satellites.total as u64),
            thousands(satellites.at_service_altitude as u64),
            thousands(satellites.with_gateway as u64),
            thousands(satellites.landing as u64),
            thousands(satellites.serving as u64)
        ),
    ));
    if summary.problems > 0 {
        lines
            .extend(labelled("", &format!("{} could not be propagated", thousands(summary.problems as u64))));
    }
    lines.extend(labelled(
        "Beams",
        &format!(
            "{} cells of {} they could serve ({}); {} satellites full",
            thousands(beams.cells_used),
            thousands(beams.cells_capacity),
            percent(beams.cells_used, beams.cells_capacity),
            thousands(beams.satellites_full as u64)
        ),
    ));
    lines.extend(lasers(&summary.lasers));
    lines.extend(summary.faults.iter().flat_map(|fault| labelled("Fault", fault)));
    if let Some(exact) = summary.exact {
        lines.extend(labelled(
            "Exact",
            &format!(
                "{} of {} planned cells served where {} could be: {:.2} points short",
                thousands(u64::from(exact.cells_served)),
                thousands(u64::from(exact.cells_planned)),
                thousands(u64::from(exact.cells_served_max)),
                exact.gap_percent
            ),
        ));
    }
    lines.push(String::new());
    lines.extend(service(summary.cells, summary.people, &summary.causes));
    lines.push(String::new());
    lines.extend(labelled("Round trip", &percentiles(summary.rtt_ms, "ms")));
    lines.extend(labelled("Rate", &percentiles(summary.rate_mbps, "Mb/s for one busy terminal")));
    lines.push(String::new());
    lines.extend(links(&summary.links));
    lines
}

/// The lasers in two lines.
fn lasers(lasers: &LasersView) -> Vec<String> {
    let Some(length) = lasers.length_km else { return labelled("Lasers", "none") };
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
    let mut lines = labelled("Lasers", &links);
    lines.extend(labelled("", &groups));
    lines
}

/// What the classes of links carry, a line each.
fn links(classes: &[LinkClassView]) -> Vec<String> {
    let head = format!(
        "  {:<14}{:>8}{:>8}{:>15}{:>15}  {:>5}{:>7}{:>7}{:>7}",
        "", "links", "used", "carried_gbps", "capacity_gbps", "p50", "p95", "max", "full"
    );
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let row = |class: &LinkClassView| {
        format!(
            "  {:<14}{:>8}{:>8}{:>15.1}{:>15.1}  {:>5}{:>7}{:>7}{:>7}",
            class.class.replace('_', " "),
            thousands(class.links as u64),
            thousands(class.used as u64),
            class.carried_gbps,
            class.capacity_gbps,
            share(class.utilisation_p50),
            share(class.utilisation_p95),
            share(class.utilisation_max),
            thousands(class.full as u64)
        )
    };
    std::iter::once(head).chain(classes.iter().map(row)).collect()
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
pub(super) fn service(cells: Counts, people: Counts, causes: &Causes) -> Vec<String> {
    let row = |name: &str, cells: u64, people: u64, note: &str| {
        format!("  {name:<25}{:>11}{:>16}  {note}", thousands(cells), thousands(people)).trim_end().to_owned()
    };
    let served = match people.active {
        0 => String::new(),
        active => format!("{} of the people in active cells", percent(people.served, active)),
    };
    let mut lines = vec![
        format!("  {:<25}{:>11}{:>16}", "", "cells", "people"),
        row("all", cells.total, people.total, ""),
        row("active", cells.active, people.active, ""),
        row("served", cells.served, people.served, &served),
    ];
    let unserved = causes.unserved().filter(|(_, count)| count.cells > 0);
    lines.extend(
        unserved.map(|(cause, count)| row(&format!("  {}", cause.name()), count.cells, count.people, "")),
    );
    let used = causes.unserved().filter(|(_, count)| count.cells > 0);
    let notes = used.map(|(cause, _)| format!("  {}: {}", cause.name(), sentence(cause.name())));
    lines.push(String::new());
    lines.extend(notes);
    lines
}

/// `p5 21.9  p50 25.0  p95 63.1 ms`, over people served.
pub(super) fn percentiles(percentiles: Option<Percentiles>, unit: &str) -> String {
    match percentiles {
        None => "-".to_owned(),
        Some(Percentiles { p5, p50, p95 }) => {
            let [p5, p50, p95] = [p5, p50, p95].map(|value| one_decimal(Some(value)));
            format!("p5 {p5}, p50 {p50}, p95 {p95} {unit}, over people served")
        }
    }
}
