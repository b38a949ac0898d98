//! A route as a page: at one instant hop by hop, over a span of time in numbers, with what changed and what was missing.

use super::why::{decision_lines, state};
use super::{sentence, thousands};
use crate::page::{Column, Flex, Page, Table, Text, bad, caution, strong};
use crate::route::{EndView, GATEWAY_OUT, GapView, HopView, NO_WAY, POP_OUT, PathView, Route, StepView};

/// Most changes and gaps that are listed, a line each; then their number.
const LISTED_MAX: usize = 10;

/// The page.
pub(super) fn page(route: &Route) -> Page {
    let mut page = Page::new();
    page.labelled("Route", end(&route.from) + " to " + end(&route.to));
    page.labelled("Time", time(route));
    page.labelled("Network", network(route));
    super::source(&mut page, route.what_if.as_deref(), route.log.as_ref());
    page.blank();
    match route.steps.as_slice() {
        [step] => instant(&mut page, route, step),
        _ => series(&mut page, route),
    }
    page
}

fn end(end: &EndView) -> Text {
    let kind = match end.kind {
        "pop" => "point of presence",
        "station" => "ground station",
        kind => kind,
    };
    strong(&end.name) + format!(" ({kind})")
}

fn time(route: &Route) -> String {
    match route.steps.as_slice() {
        [first, .., last] => {
            let count = thousands(route.summary.steps);
            format!("{} to {}: {count} instants, {} s apart", first.time, last.time, route.step_s)
        }
        _ => route.time.clone(),
    }
}

fn network(route: &Route) -> String {
    match (route.mode, route.convention) {
        ("lasers_only", "hypatia") => format!("{}, over lasers only, as Hypatia has it", route.elements),
        ("lasers_only", _) => format!("{}, over lasers only, no ground segment", route.elements),
        _ => format!("{}, with the ground segment", route.elements),
    }
}

fn instant(page: &mut Page, route: &Route, step: &StepView) {
    let Some((rtt_ms, path)) = step.rtt_ms.zip(route.paths.first()) else {
        return unreachable(page, route, step.cause.unwrap_or_default(), step.end);
    };
    let one_way_km: f64 = path.hops.iter().map(|hop| hop.length_km).sum();
    page.labelled("Round trip", strong(format!("{rtt_ms:.3} ms")) + format!(": {}", parts(route, path)));
    page.labelled("One way", format!("{one_way_km:.1} km, {}", hop_count(path)));
    bounds(page, route);
    page.blank();
    page.table(hop_table(path));
}

fn hop_count(path: &PathView) -> String {
    let lasers = path.hops.iter().filter(|hop| hop.kind == "laser").count();
    match path.hops.len() {
        1 => "1 hop".to_owned(),
        hops => format!("{hops} hops, {lasers} of them lasers"),
    }
}

/// What a round trip is made of.
fn parts(route: &Route, path: &PathView) -> String {
    let of = |kind: &str| {
        let hops: Vec<&HopView> = path.hops.iter().filter(|hop| hop.kind == kind).collect();
        let both_ways_ms: f64 = hops.iter().map(|hop| 2.0 * hop.one_way_ms).sum();
        (!hops.is_empty()).then(|| format!("{kind} {both_ways_ms:.1}"))
    };
    let access_ms = route.summary.access_ms;
    let access = (access_ms > 0.0).then(|| format!("access {access_ms:.1}"));
    let parts: Vec<String> =
        ["radio", "laser", "fibre"].iter().filter_map(|kind| of(kind)).chain(access).collect();
    parts.join(", ")
}

fn bounds(page: &mut Page, route: &Route) {
    let summary = &route.summary;
    page.labelled(
        "Compare",
        format!(
            "straight line at the speed of light {:.1} ms, direct fibre {:.1} ms",
            summary.straight_line_ms, summary.fibre_ms
        ),
    );
}

fn hop_table(path: &PathView) -> Table {
    let names = path.nodes.iter().map(|node| Text::from(&node.name).width());
    let columns = vec![
        Column::left("node", names.max().unwrap_or(0).clamp(10, 44)).flex(Flex::Cut).least(32),
        Column::left("kind", 9).gap(2).flex(Flex::Drop(1)),
        Column::left("hop", 5).gap(2),
        Column::right("length_km", 9).gap(2),
        Column::right("one_way_ms", 10).gap(2).flex(Flex::Drop(0)),
        Column::right("sum_ms", 8).gap(2),
    ];
    let mut table = Table::new(2, columns);
    let mut sum_ms = 0.0;
    for (at, node) in path.nodes.iter().enumerate() {
        let mut row = vec![strong(&node.name), node.kind.into()];
        if let Some(hop) = at.checked_sub(1).map(|before| &path.hops[before]) {
            sum_ms += hop.one_way_ms;
            row.extend([
                hop.kind.into(),
                format!("{:.1}", hop.length_km).into(),
                format!("{:.3}", hop.one_way_ms).into(),
                format!("{sum_ms:.3}").into(),
            ]);
        }
        table.row(row);
    }
    table
}

/// Why there is no route at any instant, and the decision where one says so.
fn unreachable(page: &mut Page, route: &Route, cause: &str, side: Option<&str>) {
    page.labelled("Reachable", bad("no") + ": " + reason(route, cause, side));
    let Some(end) = end_of(route, side).filter(|end| end.state == Some("off")) else { return };
    let territory = end.territory.as_deref().unwrap_or_default();
    match &end.decision {
        None => page.labelled(
            "Activation",
            state("off") + format!(": nobody has decided anything about {territory}"),
        ),
        Some(decision) => {
            let by = format!(" by decision {} on {}", decision.number, decision.territory);
            page.labelled("Activation", state("off") + by);
            decision_lines(page, decision);
        }
    }
}

fn end_of<'a>(route: &'a Route, side: Option<&str>) -> Option<&'a EndView> {
    match side? {
        "from" => Some(&route.from),
        _ => Some(&route.to),
    }
}

fn reason(route: &Route, cause: &str, side: Option<&str>) -> String {
    let sentence = match cause {
        NO_WAY => "no chain of lasers joins the satellites that both ends see",
        GATEWAY_OUT => "the gateway is out of order",
        POP_OUT => "the point of presence is out of order",
        cause => sentence(cause),
    };
    match end_of(route, side) {
        Some(end) => format!("{}: {sentence} ({cause})", end.name),
        None => format!("{sentence} ({cause})"),
    }
}

fn series(page: &mut Page, route: &Route) {
    let summary = &route.summary;
    let Some(rtt) = summary.rtt_ms else {
        if let Some(gap) = route.gaps.first() {
            unreachable(page, route, gap.cause, gap.end);
        }
        return;
    };
    page.labelled(
        "Reachable",
        format!("{} of {} instants", thousands(summary.steps_with_route), thousands(summary.steps)),
    );
    page.labelled(
        "Round trip",
        Text::from(format!("min {:.3}, ", rtt.min))
            + strong(format!("p50 {:.3}", rtt.p50))
            + format!(", p95 {:.3}, max {:.3} ms", rtt.p95, rtt.max),
    );
    page.series(route.steps.iter().map(|step| step.rtt_ms).collect());
    bounds(page, route);
    let counts = summary.hop_counts.iter();
    let counts: Vec<String> =
        counts.map(|count| format!("{} ({} instants)", count.hops, thousands(count.steps))).collect();
    page.labelled("Hops", counts.join(", "));
    page.labelled(
        "Paths",
        format!("{} different, {} changes", thousands(summary.paths), thousands(summary.path_changes)),
    );
    changes(page, route);
    gaps(page, route);
    if let Some(path) = route.paths.first() {
        page.blank();
        page.line(format!("Path 0, at {}: {}", path.time, hop_count(path)));
        page.blank();
        page.table(hop_table(path));
    }
}

fn changes(page: &mut Page, route: &Route) {
    if route.changes.is_empty() {
        return;
    }
    let columns = vec![
        Column::left("change", 24),
        Column::right("from", 6).gap(2),
        Column::right("to", 6).gap(2),
        Column::right("jump_ms", 9).gap(2),
    ];
    let mut table = Table::new(2, columns);
    for change in route.changes.iter().take(LISTED_MAX) {
        table.row(vec![
            (&change.time).into(),
            change.from_path.to_string().into(),
            change.to_path.to_string().into(),
            format!("{:+.3}", change.jump_ms).into(),
        ]);
    }
    page.blank();
    page.table(table);
    more(page, route.changes.len());
}

fn gaps(page: &mut Page, route: &Route) {
    for (at, gap) in route.gaps.iter().take(LISTED_MAX).enumerate() {
        if at == 0 {
            page.blank();
        }
        page.labelled(if at == 0 { "Gaps" } else { "" }, gap_text(route, gap));
    }
    more(page, route.gaps.len());
}

fn gap_text(route: &Route, gap: &GapView) -> Text {
    let span = if gap.from == gap.to { gap.from.clone() } else { format!("{} to {}", gap.from, gap.to) };
    caution(span) + ": " + reason(route, gap.cause, gap.end)
}

fn more(page: &mut Page, count: usize) {
    if count > LISTED_MAX {
        page.line(format!("  and {} more, see --json", thousands((count - LISTED_MAX) as u64)));
    }
}
