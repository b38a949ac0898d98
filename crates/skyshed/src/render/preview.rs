//! A preview as a page: inside, outside, each neighbour, and what the two ways to exclude a territory cost.

use super::{cut, labelled, thousands};
use crate::preview::{
    ChangeView, Counted, Difference, Effect, GuardCost, Lit, Preview, TerritoryDifference, Total,
};

/// Neighbours that are told; the others are in the JSON.
const TERRITORIES_MAX: usize = 20;

/// The page.
pub(super) fn lines(preview: &Preview) -> Vec<String> {
    let total = &preview.beam_level;
    let mut lines = head(preview);
    lines.push(String::new());
    lines.extend(difference("Inside", &total.inside));
    lines.extend(classes(preview));
    lines.push(String::new());
    lines.extend(difference("Outside", &total.outside));
    lines.extend(latency(&total.outside));
    lines.push(String::new());
    lines.extend(territories(&total.territories));
    lines.push(String::new());
    lines.extend(enforcement(preview));
    lines.extend(causes(total));
    lines
}

fn head(preview: &Preview) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, change) in preview.changes.iter().enumerate() {
        lines.extend(labelled(if at == 0 { "Preview" } else { "" }, &change_words(change)));
    }
    let constellation = preview.constellation.as_deref().unwrap_or("real elements");
    let slot = format!(
        "{}, {} s, {constellation}; every side planned after the same slot before",
        preview.time, preview.length_s
    );
    lines.extend(labelled("Slot", &slot));
    let scope = &preview.scope;
    let cells = match scope.whole_planet {
        true => format!("all {} of the planet", thousands(scope.reported_cells)),
        false => format!(
            "{} within {} km, told here; {} further away differ; {} planned",
            thousands(scope.reported_cells),
            thousands(scope.reported_within_km),
            thousands(scope.further_cells),
            thousands(scope.planned_cells)
        ),
    };
    lines.extend(labelled("Cells", &cells));
    lines
}

fn change_words(change: &ChangeView) -> String {
    let classes = match change.classes.len() {
        6 => "every class".to_owned(),
        _ => change.classes.join(", "),
    };
    let mut words = format!(
        "{} ({}) {}, for {classes}: {} cells, {} people",
        change.name,
        change.territory,
        change.state.replace('_', " "),
        thousands(change.cells),
        thousands(change.people)
    );
    if let Some(kbps) = change.rate_max_kbps {
        words += &format!("; at most {} kb/s", thousands(u64::from(kbps)));
    }
    if let Some(kmh) = change.speed_max_kmh {
        words += &format!("; at most {kmh} km/h, which the plan does not know");
    }
    if change.cells_overruled > 0 {
        words +=
            &format!("; a more restrictive decision stays for {} cells", thousands(change.cells_overruled));
    }
    words
}

/// A block of figures.
fn difference(name: &str, difference: &Difference) -> Vec<String> {
    let Difference { without, with, lost, gained, .. } = difference;
    let row = |name: &str, without: u64, with: u64, lost: u64, gained: u64| {
        let [without, with, lost, gained] = [without, with, lost, gained].map(thousands);
        format!("  {name:<22}{without:>16}{with:>16}{lost:>16}{gained:>16}")
    };
    let mbps = |kbps: u64| (kbps + 500) / 1_000;
    let all = format!("{} cells, {} people", thousands(difference.cells), thousands(difference.people));
    let mut lines = labelled(name, &all);
    lines.push(format!("  {:<22}{:>16}{:>16}{:>16}{:>16}", "", "without", "with", "lost", "gained"));
    lines.push(row("cells served", without.cells_served, with.cells_served, lost.cells, gained.cells));
    lines.push(row("people served", without.people_served, with.people_served, lost.people, gained.people));
    lines.push(row(
        "terminals",
        without.terminals_served,
        with.terminals_served,
        lost.terminals,
        gained.terminals,
    ));
    let capacity =
        [without.capacity_kbps, with.capacity_kbps, lost.capacity_kbps, gained.capacity_kbps].map(mbps);
    lines.push(row("capacity, Mb/s", capacity[0], capacity[1], capacity[2], capacity[3]));
    lines.push(format!("  {:<22}{:>16}{:>16}", "round trip p50, ms", rtt(without), rtt(with)));
    if without.cells_by_list + with.cells_by_list > 0 {
        lines.push(format!(
            "  {:<22}{:>16}{:>16}",
            "people, listed only",
            thousands(without.people_by_list),
            thousands(with.people_by_list)
        ));
    }
    lines
}

fn rtt(counted: &Counted) -> String {
    counted.rtt_us_p50.map_or_else(|| "-".to_owned(), |us| format!("{}.{}", us / 1_000, us / 100 % 10))
}

fn latency(difference: &Difference) -> Vec<String> {
    let net = net_mbps(&difference.lost, &difference.gained);
    let net =
        format!("  net {net} Mb/s; lost and gained count single cells, also where the plan only rearranges");
    vec![
        net,
        format!(
            "  round trip longer by 1 ms or more for {} people, shorter for {}",
            thousands(difference.latency.people_longer),
            thousands(difference.latency.people_shorter)
        ),
    ]
}

/// Classes, where not all of them go the same way.
fn classes(preview: &Preview) -> Vec<String> {
    if preview.classes.len() == 6 {
        return Vec::new();
    }
    let line = |change: &crate::preview::ClassChange| {
        format!(
            "  class {:<16}{:>16}{:>16}{:>16}{:>16}",
            change.class,
            "",
            "people",
            thousands(change.people_lost),
            thousands(change.people_gained)
        )
    };
    preview.classes.iter().map(line).collect()
}

/// Those that people, cells or most capacity of change, largest change first.
fn territories(territories: &[TerritoryDifference]) -> Vec<String> {
    if territories.is_empty() {
        return labelled("Neighbours", "nothing changes for anybody else");
    }
    let mut order: Vec<&TerritoryDifference> = territories.iter().collect();
    order.sort_by_key(|territory| {
        let Difference { lost, gained, .. } = &territory.difference;
        let moved = |pick: fn(&Effect) -> u64| std::cmp::Reverse(pick(lost) + pick(gained));
        (moved(|effect| effect.people), moved(|effect| effect.capacity_kbps), moved(|effect| effect.cells))
    });
    let mut lines = vec![
        format!(
            "{:<30}{:>9}{:>9}{:>11}{:>11}{:>11}{:>9}{:>9}",
            "Neighbours", "cells", "cells", "people", "people", "Mb/s", "p50 ms", "p50 ms"
        ),
        format!(
            "{:<30}{:>9}{:>9}{:>11}{:>11}{:>11}{:>9}{:>9}",
            "", "lost", "gained", "lost", "gained", "net", "without", "with"
        ),
    ];
    lines.extend(order.iter().take(TERRITORIES_MAX).map(|territory| territory_row(territory)));
    if order.len() > TERRITORIES_MAX {
        lines.push(format!("  and {} more, each with less", order.len() - TERRITORIES_MAX));
    }
    lines
}

fn territory_row(territory: &TerritoryDifference) -> String {
    let Difference { lost, gained, without, with, .. } = &territory.difference;
    let rest = if territory.rest { ", the rest" } else { "" };
    let name = cut(&format!("{} {}{rest}", territory.territory, territory.name), 27);
    format!(
        "  {name:<28}{:>9}{:>9}{:>11}{:>11}{:>11}{:>9}{:>9}",
        thousands(lost.cells),
        thousands(gained.cells),
        thousands(lost.people),
        thousands(gained.people),
        net_mbps(lost, gained),
        rtt(without),
        rtt(with)
    )
}

/// What is gained less what is lost, with a sign.
fn net_mbps(lost: &Effect, gained: &Effect) -> String {
    let mbps = |kbps: u64| thousands((kbps + 500) / 1_000);
    match gained.capacity_kbps.checked_sub(lost.capacity_kbps) {
        Some(0) => "0".to_owned(),
        Some(more) => format!("+{}", mbps(more)),
        None => format!("-{}", mbps(lost.capacity_kbps - gained.capacity_kbps)),
    }
}

/// The two ways to exclude, side by side.
fn enforcement(preview: &Preview) -> Vec<String> {
    let sides = [("as it is", &preview.enforcement.without), ("after the change", &preview.enforcement.with)];
    let given = sides.iter().filter_map(|(when, cost)| Some((*when, cost.as_ref()?)));
    let lines: Vec<String> = given.flat_map(|(when, cost)| guard_cost(when, cost)).collect();
    if lines.is_empty() {
        labelled("Exclusion", "no cell of the territory is without service")
    } else {
        lines
    }
}

fn guard_cost(when: &str, cost: &GuardCost) -> Vec<String> {
    let Difference { lost, gained, .. } = &cost.outside;
    let row = |name: &str, beam: String, terminal: String| format!("  {name:<52}{beam:>20}{terminal:>20}");
    let lit = |lit: Lit| format!("{} ({})", thousands(lit.cells), thousands(lit.people));
    let none = || "-".to_owned();
    let pair = |lost: u64, gained: u64| format!("{} / {}", thousands(lost), thousands(gained));
    let mbps = |kbps: u64| (kbps + 500) / 1_000;
    vec![
        format!("Exclusion, {when:<43}{:>20}{:>20}", "beam-level", "terminal-level"),
        row(
            "cells outside (people) that need a higher satellite",
            format!("{} ({})", thousands(cost.guarded_cells), thousands(cost.guarded_people)),
            none(),
        ),
        row("cells outside lost / gained by the guard", pair(lost.cells, gained.cells), none()),
        row("people outside lost / gained by the guard", pair(lost.people, gained.people), none()),
        row(
            "Mb/s outside lost / gained by the guard",
            pair(mbps(lost.capacity_kbps), mbps(gained.capacity_kbps)),
            none(),
        ),
        row("cells inside (people) that beams reach", lit(cost.lit_beam_level), lit(cost.lit_terminal_level)),
    ]
}

fn causes(total: &Total) -> Vec<String> {
    let line = |change: &crate::preview::CauseChange| {
        format!(
            "  {:<24} to {:<24}{:>16}{:>16}",
            change.without,
            change.with,
            thousands(change.cells_inside),
            thousands(change.cells_outside)
        )
    };
    if total.causes.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("{:<54}{:>16}{:>16}", "Cells by cause", "inside", "outside")];
    lines.extend(total.causes.iter().map(line));
    lines
}
