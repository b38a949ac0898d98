//! A preview as a page: inside, outside, each neighbour, and what the two ways to exclude a territory cost.

use super::thousands;
use crate::page::{Column, Flex, Page, Table, Text, bad, good, strong};
use crate::preview::{
    ChangeView, Counted, Difference, Effect, GuardCost, Lit, Preview, TerritoryDifference, Total,
};

/// Neighbours that are told; the others are in the JSON.
const TERRITORIES_MAX: usize = 20;

/// The page.
pub(super) fn page(preview: &Preview) -> Page {
    let total = &preview.beam_level;
    let mut page = Page::new();
    head(&mut page, preview);
    page.blank();
    difference(&mut page, "Inside", &total.inside);
    classes(&mut page, preview);
    page.blank();
    difference(&mut page, "Outside", &total.outside);
    latency(&mut page, &total.outside);
    page.blank();
    territories(&mut page, &total.territories);
    page.blank();
    enforcement(&mut page, preview);
    causes(&mut page, total);
    page
}

fn head(page: &mut Page, preview: &Preview) {
    for (at, change) in preview.changes.iter().enumerate() {
        page.labelled(if at == 0 { "Preview" } else { "" }, change_words(change));
    }
    let constellation = preview.constellation.as_deref().unwrap_or("real elements");
    let slot = format!(
        "{}, {} s, {constellation}; every side planned after the same slot before",
        preview.time, preview.length_s
    );
    page.labelled("Slot", slot);
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
    page.labelled("Cells", cells);
}

fn change_words(change: &ChangeView) -> Text {
    let classes = match change.classes.len() {
        6 => "every class".to_owned(),
        _ => change.classes.join(", "),
    };
    let mut words =
        format!(", for {classes}: {} cells, {} people", thousands(change.cells), thousands(change.people));
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
    let state = super::why::state(&change.state.replace('_', " "));
    strong(&change.name) + format!(" ({}) ", change.territory) + state + words
}

/// Figures without the change and with it, and what is lost and gained.
fn figures(mut columns: Vec<Column>) -> Table {
    columns.extend([
        Column::right("without", 16),
        Column::right("with", 16),
        Column::right("lost", 16),
        Column::right("gained", 16),
    ]);
    Table::new(2, columns)
}

/// A number that is bad or good news, unless it is none.
fn news(of: fn(Text) -> Text, number: u64) -> Text {
    let text = Text::from(thousands(number));
    if number == 0 { text } else { of(text) }
}

/// A block of figures.
fn difference(page: &mut Page, name: &str, difference: &Difference) {
    let Difference { without, with, lost, gained, .. } = difference;
    let all = format!("{} cells, {} people", thousands(difference.cells), thousands(difference.people));
    page.labelled(name, all);
    let mut table = figures(vec![Column::left("", 22)]);
    let mut row = |name: &str, [without, with, lost, gained]: [u64; 4]| {
        table.row(vec![
            name.into(),
            thousands(without).into(),
            thousands(with).into(),
            news(bad, lost),
            news(good, gained),
        ]);
    };
    let of = |effect: &Effect| [effect.cells, effect.people, effect.terminals, effect.capacity_kbps];
    let served = |counted: &Counted| {
        [counted.cells_served, counted.people_served, counted.terminals_served, counted.capacity_kbps]
    };
    let sides = [served(without), served(with), of(lost), of(gained)];
    for (at, name) in ["cells served", "people served", "terminals"].into_iter().enumerate() {
        row(name, sides.map(|side| side[at]));
    }
    row("capacity, Mb/s", sides.map(|side| (side[3] + 500) / 1_000));
    table.row(vec!["round trip p50, ms".into(), rtt(without).into(), rtt(with).into()]);
    if without.cells_by_list + with.cells_by_list > 0 {
        table.row(vec![
            "people, listed only".into(),
            thousands(without.people_by_list).into(),
            thousands(with.people_by_list).into(),
        ]);
    }
    page.table(table);
}

fn rtt(counted: &Counted) -> String {
    counted.rtt_us_p50.map_or_else(|| "-".to_owned(), |us| format!("{}.{}", us / 1_000, us / 100 % 10))
}

fn latency(page: &mut Page, difference: &Difference) {
    let net = net_mbps(&difference.lost, &difference.gained);
    page.line(format!(
        "  net {net} Mb/s; lost and gained count single cells, also where the plan only rearranges"
    ));
    page.line(format!(
        "  round trip longer by 1 ms or more for {} people, shorter for {}",
        thousands(difference.latency.people_longer),
        thousands(difference.latency.people_shorter)
    ));
}

/// Classes, where not all of them go the same way.
fn classes(page: &mut Page, preview: &Preview) {
    if preview.classes.len() == 6 {
        return;
    }
    let mut table = figures(vec![Column::left("", 22)]).headless();
    for change in &preview.classes {
        table.row(vec![
            format!("class {:<16}", change.class).into(),
            Text::default(),
            "people".into(),
            news(bad, change.people_lost),
            news(good, change.people_gained),
        ]);
    }
    page.table(table);
}

/// Those that people, cells or most capacity of change, largest change first.
fn territories(page: &mut Page, territories: &[TerritoryDifference]) {
    if territories.is_empty() {
        return page.labelled("Neighbours", "nothing changes for anybody else");
    }
    let mut order: Vec<&TerritoryDifference> = territories.iter().collect();
    order.sort_by_key(|territory| {
        let Difference { lost, gained, .. } = &territory.difference;
        let moved = |pick: fn(&Effect) -> u64| std::cmp::Reverse(pick(lost) + pick(gained));
        (moved(|effect| effect.people), moved(|effect| effect.capacity_kbps), moved(|effect| effect.cells))
    });
    let columns = vec![
        Column::left("Neighbours", 29).flex(Flex::Cut),
        Column::right("cells", 9).gap(1).and("lost").flex(Flex::Drop(1)),
        Column::right("cells", 9).and("gained").flex(Flex::Drop(2)),
        Column::right("people", 11).and("lost"),
        Column::right("people", 11).and("gained"),
        Column::right("Mb/s", 11).and("net"),
        Column::right("p50 ms", 9).and("without").flex(Flex::Drop(0)),
        Column::right("p50 ms", 9).and("with").flex(Flex::Drop(3)),
    ];
    let mut table = Table::new(0, columns);
    order.iter().take(TERRITORIES_MAX).for_each(|territory| table.row(territory_row(territory)));
    page.table(table);
    if order.len() > TERRITORIES_MAX {
        page.line(format!("  and {} more, each with less", order.len() - TERRITORIES_MAX));
    }
}

fn territory_row(territory: &TerritoryDifference) -> Vec<Text> {
    let Difference { lost, gained, without, with, .. } = &territory.difference;
    let rest = if territory.rest { ", the rest" } else { "" };
    vec![
        format!("  {} {}{rest}", territory.territory, territory.name).into(),
        news(bad, lost.cells),
        news(good, gained.cells),
        news(bad, lost.people),
        news(good, gained.people),
        net_mbps(lost, gained).into(),
        rtt(without).into(),
        rtt(with).into(),
    ]
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
fn enforcement(page: &mut Page, preview: &Preview) {
    let sides = [("as it is", &preview.enforcement.without), ("after the change", &preview.enforcement.with)];
    let mut none = true;
    for (when, cost) in sides.iter().filter_map(|(when, cost)| Some((when, cost.as_ref()?))) {
        page.table(guard_cost(when, cost));
        none = false;
    }
    if none {
        page.labelled("Exclusion", "no cell of the territory is without service");
    }
}

fn guard_cost(when: &str, cost: &GuardCost) -> Table {
    let Difference { lost, gained, .. } = &cost.outside;
    let columns = vec![
        Column::left(&format!("Exclusion, {when}"), 54).flex(Flex::Wrap),
        Column::right("beam-level", 20),
        Column::right("terminal-level", 20),
    ];
    let mut table = Table::new(0, columns);
    let mut row = |name: &str, beam: String, terminal: String| {
        table.row(vec![format!("  {name}").into(), beam.into(), terminal.into()]);
    };
    let lit = |lit: Lit| format!("{} ({})", thousands(lit.cells), thousands(lit.people));
    let none = || "-".to_owned();
    let pair = |lost: u64, gained: u64| format!("{} / {}", thousands(lost), thousands(gained));
    let mbps = |kbps: u64| (kbps + 500) / 1_000;
    row(
        "cells outside (people) that need a higher satellite",
        format!("{} ({})", thousands(cost.guarded_cells), thousands(cost.guarded_people)),
        none(),
    );
    row("cells outside lost / gained by the guard", pair(lost.cells, gained.cells), none());
    row("people outside lost / gained by the guard", pair(lost.people, gained.people), none());
    row(
        "Mb/s outside lost / gained by the guard",
        pair(mbps(lost.capacity_kbps), mbps(gained.capacity_kbps)),
        none(),
    );
    row("cells inside (people) that beams reach", lit(cost.lit_beam_level), lit(cost.lit_terminal_level));
    table
}

fn causes(page: &mut Page, total: &Total) {
    if total.causes.is_empty() {
        return;
    }
    let columns = vec![
        Column::left("Cells by cause", 54).flex(Flex::Wrap),
        Column::right("inside", 16),
        Column::right("outside", 16),
    ];
    let mut table = Table::new(0, columns);
    for change in &total.causes {
        table.row(vec![
            format!("  {:<24} to {}", change.without, change.with).into(),
            thousands(change.cells_inside).into(),
            thousands(change.cells_outside).into(),
        ]);
    }
    page.blank();
    page.table(table);
}
