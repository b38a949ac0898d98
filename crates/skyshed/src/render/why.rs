//! One place as a story: where it is, whether it is served, who decided, what stands overhead, the path hop by hop.

use super::{labelled, one_decimal, sentence};
use crate::why::{
    ActivationView, ClassView, DecisionView, DenialView, IfActive, LoggedView, PathView, SiteView, SkyView,
    TerritoryView, Why,
};

/// The story.
pub(super) fn lines(why: &Why) -> Vec<String> {
    let mut lines = place(why);
    lines.push(String::new());
    lines.extend(verdict(why));
    lines.push(String::new());
    lines.extend(activation(&why.activation));
    lines.extend(if_active(why));
    lines.push(String::new());
    lines.extend(sky(&why.sky));
    if let Some(path) = &why.path {
        lines.push(String::new());
        lines.extend(path_lines(path, &why.place.name));
        lines.push(String::new());
        lines.extend(round_trip(why, path));
    }
    lines
}

fn place(why: &Why) -> Vec<String> {
    let place = &why.place;
    let position = format!("{:.4}, {:.4}", place.latitude_deg, place.longitude_deg);
    let mut lines = labelled("Place", &format!("{} ({position})", place.name));
    lines.extend(labelled("Cell", &why.cell));
    lines.extend(labelled("Territory", &territory(&why.territory)));
    lines.extend(labelled("Slot", &why.time));
    lines
}

fn territory(territory: &TerritoryView) -> String {
    let kind = match territory.kind {
        "high_seas" => "high seas",
        "disputed" => "disputed area",
        "coastal" => "coastal waters",
        kind => kind,
    };
    let of = territory.parent.as_ref().map(|parent| format!(" of {parent}")).unwrap_or_default();
    let claims = match territory.claims.as_slice() {
        [] => String::new(),
        claims => format!("; claimed by {}", claims.join(", ")),
    };
    format!("{}, {} ({kind}{of}{claims})", territory.id, territory.name)
}

fn verdict(why: &Why) -> Vec<String> {
    match why.cause {
        None => {
            let (rtt, rate) = (one_decimal(why.rtt_ms), one_decimal(why.rate_mbps));
            labelled("Service", &format!("yes: round trip {rtt} ms, {rate} Mb/s for one busy terminal"))
        }
        Some(cause) => labelled("Service", &format!("no: {} ({cause})", sentence(cause))),
    }
}

fn activation(activation: &ActivationView) -> Vec<String> {
    let mut lines = match &activation.decision {
        None => labelled("Activation", &format!("{}: nobody has decided anything here", activation.state)),
        Some(decision) => decided(activation, decision),
    };
    if let Some(DenialView { reason, dish_code, dish_code_name }) = activation.denial {
        let code = format!("dishes show {dish_code_name} ({dish_code}): {}", reason.replace('_', " "));
        lines.extend(labelled("Refusal", &code));
    }
    lines.extend(super::source(activation.what_if.as_deref(), activation.log.as_ref()));
    lines
}

fn decided(activation: &ActivationView, decision: &DecisionView) -> Vec<String> {
    let state = activation.state;
    let word = if decision.state == state { String::new() } else { format!(" ({})", plain(decision.state)) };
    let by = format!("{state}{word} by decision {} on {}", decision.number, decision.territory);
    let mut lines = labelled("Activation", &by);
    if !activation.classes.is_empty() {
        lines.extend(labelled("", &format!("for {}", activation.classes.join(", "))));
    }
    lines.extend(restrictions(activation));
    lines.extend(decision_lines(decision));
    lines
}

/// What is asked of terminals, a line for all classes of which the same is asked.
fn restrictions(activation: &ActivationView) -> Vec<String> {
    let asked = |class: &ClassView| {
        let demand = match class.access {
            "listed" => "only terminals on the list",
            "individual" => "only terminals approved one by one",
            "limited" => "within limits",
            _ => return None,
        };
        let speed = class.speed_max_kmh.map(|kmh| format!(", at most {kmh} km/h"));
        let rate = class.rate_max_kbps.map(|kbps| format!(", at most {kbps} kb/s"));
        Some(format!("{demand}{}{}", speed.unwrap_or_default(), rate.unwrap_or_default()))
    };
    let mut demands: Vec<(String, Vec<&str>)> = Vec::new();
    for (class, demand) in activation.by_class.iter().filter_map(|class| Some((class.class, asked(class)?))) {
        match demands.iter_mut().find(|(known, _)| *known == demand) {
            Some((_, classes)) => classes.push(class),
            None => demands.push((demand, vec![class])),
        }
    }
    let line =
        |(demand, classes): (String, Vec<&str>)| labelled("", &format!("{}: {demand}", classes.join(", ")));
    demands.into_iter().flat_map(line).collect()
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// Why a decision was made, by whom, since when it holds, and when it is looked at again.
pub(super) fn decision_lines(decision: &DecisionView) -> Vec<String> {
    let mut lines = labelled("", &format!("\"{}\"", decision.reason));
    if let Some(logged) = &decision.logged {
        lines.extend(logged_lines(logged));
    }
    let source = decision.source.as_ref().map(|source| format!("; source: {source}")).unwrap_or_default();
    let logged = decision.logged.as_ref();
    let until = logged.and_then(|logged| logged.until.as_ref()).map(|until| format!(" until {until}"));
    let overdue = logged.filter(|logged| logged.overdue).map_or("", |_| ", OVERDUE");
    let since = &decision.since;
    let review = &decision.review;
    let dates =
        format!("since {since}{}, to be reviewed {review}{overdue}{source}", until.unwrap_or_default());
    lines.extend(labelled("", &dates));
    lines
}

fn logged_lines(logged: &LoggedView) -> Vec<String> {
    let basis = logged.legal_basis.as_ref().map(|basis| format!(", {basis}")).unwrap_or_default();
    let emergency = if logged.emergency { "; emergency" } else { "" };
    let asked = format!(
        "{}{basis}; request {} by {} for {}{emergency}",
        plain(logged.reason_code),
        logged.request,
        logged.requester,
        logged.on_behalf_of
    );
    let mut lines = labelled("", &asked);
    lines.extend(labelled("", &format!("signed by {}", logged.approvers.join(", "))));
    lines
}

fn if_active(why: &Why) -> Vec<String> {
    let IfActive { cause, satellite, rtt_ms, .. } = &why.activation.if_active;
    if why.activation.state == "on" {
        return Vec::new();
    }
    match (cause, satellite) {
        (Some(cause), _) => {
            labelled("If it were", &format!("on, there would still be none: {} ({cause})", sentence(cause)))
        }
        (None, Some(satellite)) => {
            let rtt = one_decimal(*rtt_ms);
            labelled(
                "If it were",
                &format!("on, there would be service: by {}, round trip {rtt} ms", satellite.name),
            )
        }
        (None, None) => labelled("If it were", "on, there would be service"),
    }
}

fn sky(sky: &SkyView) -> Vec<String> {
    let counts = [
        (sky.in_view, "satellites in view"),
        (sky.above_mask, "above the elevation mask"),
        (sky.clear_of_gso_arc, "clear of the geostationary arc"),
        (sky.with_gateway, "with a way to a gateway"),
        (sky.clear_of_border, "clear of inactive neighbours"),
        (sky.with_beam, "with a beam to spare"),
    ];
    let labels = std::iter::once("Sky").chain(std::iter::repeat(""));
    let mut lines: Vec<String> = labels
        .zip(counts)
        .flat_map(|(label, (count, what))| labelled(label, &format!("{count} {what}")))
        .collect();
    if sky.satellites.is_empty() {
        return lines;
    }
    let width =
        sky.satellites.iter().map(|satellite| satellite.name.chars().count()).max().unwrap_or(0).max(10);
    lines.push(String::new());
    lines.push(format!(
        "  {:<width$}  {:>11}  {:>12}  {:>8}  verdict",
        "satellite", "azimuth_deg", "elevation_deg", "range_km"
    ));
    lines.extend(sky.satellites.iter().map(|satellite| {
        format!(
            "  {:<width$}  {:>11.1}  {:>13.1}  {:>8.0}  {}",
            satellite.name,
            satellite.azimuth_deg,
            satellite.elevation_deg,
            satellite.slant_range_km,
            satellite.verdict
        )
    }));
    lines
}

fn path_lines(path: &PathView, place: &str) -> Vec<String> {
    let beam = format!(
        "{}, {:.1} deg above the horizon, colour {}, {:.0} % of a beam",
        path.satellite.name,
        path.elevation_deg,
        path.colour,
        path.beam_share * 100.0
    );
    let over_lasers = path.satellites.iter().skip(1).map(|satellite| satellite.name.clone());
    let sites = [site(&path.gateway, "gateway"), site(&path.pop, "point of presence")];
    let stops = std::iter::once(beam).chain(over_lasers).chain(sites);
    let mut lines = labelled("Path", place);
    for (hop, stop) in path.hops.iter().zip(stops) {
        lines.extend(labelled(
            "",
            &format!("↓ {} {:.1} km, {:.2} ms", hop.kind, hop.length_km, hop.one_way_ms),
        ));
        lines.extend(labelled("", &stop));
    }
    lines
}

fn site(site: &SiteView, kind: &str) -> String {
    let country = if site.country.is_empty() { String::new() } else { format!(", {}", site.country) };
    let approximate = if site.approximate { ", position approximate" } else { "" };
    format!("{}{country} ({kind}{approximate})", site.name)
}

fn round_trip(why: &Why, path: &PathView) -> Vec<String> {
    let parts = format!(
        "{} ms: user link {:.1}, lasers {:.1}, feeder link {:.1}, fibre {:.1}, access {:.1}",
        one_decimal(why.rtt_ms),
        path.user_link_ms,
        path.lasers_ms,
        path.feeder_link_ms,
        path.fibre_ms,
        path.access_ms
    );
    let mut lines = labelled("Round trip", &parts);
    lines.extend(labelled("One way", &format!("{:.1} km", path.one_way_km)));
    lines
}
