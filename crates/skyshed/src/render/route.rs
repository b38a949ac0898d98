//! A route as a page: at one instant hop by hop, over a span of time in numbers, with what changed and what was missing.

use super::why::decision_lines;
use super::{cut, labelled, sentence, thousands};
use crate::route::{EndView, GATEWAY_OUT, GapView, HopView, NO_WAY, POP_OUT, PathView, Route, StepView};

/// Most changes and gaps that are listed, a line each; then their number.
const LISTED_MAX: usize = 10;

/// Width of the line of round-trip times.
const SPARKLINE_WIDTH: usize = 72;

/// The page.
pub(super) fn lines(route: &Route) -> Vec<String> {
    let mut lines = labelled("Route", &format!("{} to {}", end(&route.from), end(&route.to)));
    lines.extend(time(route));
    lines.extend(labelled("Network", &network(route)));
    lines.extend(super::source(route.what_if.as_deref(), route.log.as_ref()));
    lines.push(String::new());
    lines.extend(match route.steps.as_slice() {
        [step] => instant(route, step),
        _ => series(route),
    });
    lines
}

fn end(end: &EndView) -> String {
    let kind = match end.kind {
        "pop" => "point of presence",
        "station" => "ground station",
        kind => kind,
    };
    format!("{} ({kind})", end.name)
}

fn time(route: &Route) -> Vec<String> {
    match route.steps.as_slice() {
        [first, .., last] => {
            let count = thousands(route.summary.steps);
            let span = format!("{} to {}: {count} instants, {} s apart", first.time, last.time, route.step_s);
            labelled("Time", &span)
        }
        _ => labelled("Time", &route.time),
    }
}

fn network(route: &Route) -> String {
    match (route.mode, route.convention) {
        ("lasers_only", "hypatia") => format!("{}, over lasers only, as Hypatia has it", route.elements),
        ("lasers_only", _) => format!("{}, over lasers only, no ground segment", route.elements),
        _ => format!("{}, with the ground segment", route.elements),
    }
}

fn instant(route: &Route, step: &StepView) -> Vec<String> {
    let Some((rtt_ms, path)) = step.rtt_ms.zip(route.paths.first()) else {
        return unreachable(route, step.cause.unwrap_or_default(), step.end);
    };
    let one_way_km: f64 = path.hops.iter().map(|hop| hop.length_km).sum();
    let mut lines = labelled("Round trip", &format!("{rtt_ms:.3} ms: {}", parts(route, path)));
    lines.extend(labelled("One way", &format!("{one_way_km:.1} km, {}", hop_count(path))));
    lines.extend(bounds(route));
    lines.push(String::new());
    lines.extend(hop_table(path));
    lines
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

fn bounds(route: &Route) -> Vec<String> {
    let summary = &route.summary;
    labelled(
        "Compare",
        &format!(
            "straight line at the speed of light {:.1} ms, direct fibre {:.1} ms",
            summary.straight_line_ms, summary.fibre_ms
        ),
    )
}

fn hop_table(path: &PathView) -> Vec<String> {
    let names = path.nodes.iter().map(|node| node.name.chars().count());
    let width = names.max().unwrap_or(0).clamp(10, 44);
    let mut lines = vec![format!(
        "  {:<width$}  {:<9}  {:<5}  {:>9}  {:>10}  {:>8}",
        "node", "kind", "hop", "length_km", "one_way_ms", "sum_ms"
    )];
    let mut sum_ms = 0.0;
    for (at, node) in path.nodes.iter().enumerate() {
        let name = cut(&node.name, width);
        let Some(hop) = at.checked_sub(1).map(|before| &path.hops[before]) else {
            lines.push(format!("  {name:<width$}  {}", node.kind));
            continue;
        };
        sum_ms += hop.one_way_ms;
        lines.push(format!(
            "  {name:<width$}  {:<9}  {:<5}  {:>9.1}  {:>10.3}  {sum_ms:>8.3}",
            node.kind, hop.kind, hop.length_km, hop.one_way_ms
        ));
    }
    lines
}

/// Why there is no route at any instant, and the decision where one says so.
fn unreachable(route: &Route, cause: &str, side: Option<&str>) -> Vec<String> {
    let mut lines = labelled("Reachable", &format!("no: {}", reason(route, cause, side)));
    let Some(end) = end_of(route, side) else { return lines };
    if end.state != Some("off") {
        return lines;
    }
    let territory = end.territory.as_deref().unwrap_or_default();
    match &end.decision {
        None => lines
            .extend(labelled("Activation", &format!("off: nobody has decided anything about {territory}"))),
        Some(decision) => {
            let by = format!("off by decision {} on {}", decision.number, decision.territory);
            lines.extend(labelled("Activation", &by));
            lines.extend(decision_lines(decision));
        }
    }
    lines
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

fn series(route: &Route) -> Vec<String> {
    let summary = &route.summary;
    let Some(rtt) = summary.rtt_ms else {
        let gap = route.gaps.first();
        return gap.map_or_else(Vec::new, |gap| unreachable(route, gap.cause, gap.end));
    };
    let mut lines = labelled(
        "Reachable",
        &format!("{} of {} instants", thousands(summary.steps_with_route), thousands(summary.steps)),
    );
    lines.extend(labelled(
        "Round trip",
        &format!("min {:.3}, p50 {:.3}, p95 {:.3}, max {:.3} ms", rtt.min, rtt.p50, rtt.p95, rtt.max),
    ));
    lines.extend(labelled("", &sparkline(&route.steps)));
    lines.extend(bounds(route));
    let counts = summary.hop_counts.iter();
    let counts: Vec<String> =
        counts.map(|count| format!("{} ({} instants)", count.hops, thousands(count.steps))).collect();
    lines.extend(labelled("Hops", &counts.join(", ")));
    lines.extend(labelled(
        "Paths",
        &format!("{} different, {} changes", thousands(summary.paths), thousands(summary.path_changes)),
    ));
    lines.extend(changes(route));
    lines.extend(gaps(route));
    if let Some(path) = route.paths.first() {
        lines.push(String::new());
        lines.push(format!("Path 0, at {}: {}", path.time, hop_count(path)));
        lines.push(String::new());
        lines.extend(hop_table(path));
    }
    lines
}

fn changes(route: &Route) -> Vec<String> {
    if route.changes.is_empty() {
        return Vec::new();
    }
    let mut lines =
        vec![String::new(), format!("  {:<24}  {:>6}  {:>6}  {:>9}", "change", "from", "to", "jump_ms")];
    lines.extend(route.changes.iter().take(LISTED_MAX).map(|change| {
        format!(
            "  {:<24}  {:>6}  {:>6}  {:>+9.3}",
            change.time, change.from_path, change.to_path, change.jump_ms
        )
    }));
    lines.extend(more(route.changes.len()));
    lines
}

fn gaps(route: &Route) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, gap) in route.gaps.iter().take(LISTED_MAX).enumerate() {
        if at == 0 {
            lines.push(String::new());
        }
        lines.extend(labelled(if at == 0 { "Gaps" } else { "" }, &gap_text(route, gap)));
    }
    lines.extend(more(route.gaps.len()));
    lines
}

fn gap_text(route: &Route, gap: &GapView) -> String {
    let span = if gap.from == gap.to { gap.from.clone() } else { format!("{} to {}", gap.from, gap.to) };
    format!("{span}: {}", reason(route, gap.cause, gap.end))
}

fn more(count: usize) -> Option<String> {
    (count > LISTED_MAX).then(|| format!("  and {} more, see --json", thousands((count - LISTED_MAX) as u64)))
}

/// Round-trip times as a line of bars, each the largest of its share of the instants; a dot where there is no route.
fn sparkline(steps: &[StepView]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = SPARKLINE_WIDTH.min(steps.len());
    let share = |at: usize| &steps[at * steps.len() / width..(at + 1) * steps.len() / width];
    let largest = |at: usize| share(at).iter().filter_map(|step| step.rtt_ms).reduce(f64::max);
    let values: Vec<Option<f64>> = (0..width).map(largest).collect();
    let known = || values.iter().flatten().copied();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let bar = |value: f64| {
        let height = (value - least) / (most - least).max(f64::MIN_POSITIVE) * 7.0;
        BARS[(height.round() as usize).min(7)]
    };
    values.iter().map(|value| value.map_or('·', bar)).collect()
}
