//! One place as a story: where it is, whether it is served, who decided, what stands overhead, the path hop by hop.

use super::{one_decimal, sentence};
use crate::page::{Column, Flex, Page, Table, Text, bad, caution, faint, good, strong};
use crate::why::{
    ActivationView, ClassView, DecisionView, DenialView, IfActive, LoggedView, PathView, SiteView, SkyView,
    TerritoryView, Why,
};

/// The story.
pub(super) fn page(why: &Why) -> Page {
    let mut page = Page::new();
    place(&mut page, why);
    page.blank();
    verdict(&mut page, why);
    page.blank();
    activation(&mut page, &why.activation);
    if_active(&mut page, why);
    page.blank();
    sky(&mut page, &why.sky);
    if let Some(path) = &why.path {
        page.blank();
        path_lines(&mut page, path, &why.place.name);
        page.blank();
        round_trip(&mut page, why, path);
    }
    page
}

fn place(page: &mut Page, why: &Why) {
    let place = &why.place;
    let position = format!(" ({:.4}, {:.4})", place.latitude_deg, place.longitude_deg);
    page.labelled("Place", strong(&place.name) + position);
    page.labelled("Cell", &why.cell);
    page.labelled("Territory", territory(&why.territory));
    page.labelled("Slot", &why.time);
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

fn verdict(page: &mut Page, why: &Why) {
    let said = match why.cause {
        None => {
            let (rtt, rate) = (one_decimal(why.rtt_ms), one_decimal(why.rate_mbps));
            good("yes") + format!(": round trip {rtt} ms, {rate} Mb/s for one busy terminal")
        }
        Some(cause) => bad("no") + format!(": {} (", sentence(cause)) + bad(cause) + ")",
    };
    page.labelled("Service", said);
}

fn activation(page: &mut Page, activation: &ActivationView) {
    match &activation.decision {
        None => {
            page.labelled("Activation", state(activation.state) + ": nobody has decided anything here");
        }
        Some(decision) => decided(page, activation, decision),
    }
    if let Some(DenialView { reason, dish_code, dish_code_name }) = activation.denial {
        let code = format!("dishes show {dish_code_name} ({dish_code}): {}", reason.replace('_', " "));
        page.labelled("Refusal", code);
    }
    super::source(page, activation.what_if.as_deref(), activation.log.as_ref());
}

/// The word of a state: what is on serves, what is off does not, the others do for some.
pub(super) fn state(state: &str) -> Text {
    match state {
        "on" => good(state),
        "off" => bad(state),
        _ => caution(state),
    }
}

fn decided(page: &mut Page, activation: &ActivationView, decision: &DecisionView) {
    let word = match decision.state == activation.state {
        true => String::new(),
        false => format!(" ({})", plain(decision.state)),
    };
    let by = format!("{word} by decision {} on {}", decision.number, decision.territory);
    page.labelled("Activation", state(activation.state) + by);
    if !activation.classes.is_empty() {
        page.labelled("", format!("for {}", activation.classes.join(", ")));
    }
    restrictions(page, activation);
    decision_lines(page, decision);
}

/// What is asked of terminals, a line for all classes of which the same is asked.
fn restrictions(page: &mut Page, activation: &ActivationView) {
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
    for (demand, classes) in demands {
        page.labelled("", format!("{}: {demand}", classes.join(", ")));
    }
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// Why a decision was made, by whom, since when it holds, and when it is looked at again.
pub(super) fn decision_lines(page: &mut Page, decision: &DecisionView) {
    page.labelled("", format!("\"{}\"", decision.reason));
    if let Some(logged) = &decision.logged {
        logged_lines(page, logged);
    }
    let source = decision.source.as_ref().map(|source| format!("; source: {source}")).unwrap_or_default();
    let logged = decision.logged.as_ref();
    let until = logged.and_then(|logged| logged.until.as_ref()).map(|until| format!(" until {until}"));
    let overdue = logged.filter(|logged| logged.overdue).map(|_| Text::from(", ") + caution("OVERDUE"));
    let dates =
        format!("since {}{}, to be reviewed {}", decision.since, until.unwrap_or_default(), decision.review);
    page.labelled("", Text::from(dates) + overdue.unwrap_or_default() + source);
}

fn logged_lines(page: &mut Page, logged: &LoggedView) {
    let basis = logged.legal_basis.as_ref().map(|basis| format!(", {basis}")).unwrap_or_default();
    let asked = format!(
        "{}{basis}; request {} by {} for {}",
        plain(logged.reason_code),
        logged.request,
        logged.requester,
        logged.on_behalf_of
    );
    let emergency = if logged.emergency { Text::from("; ") + caution("emergency") } else { Text::default() };
    page.labelled("", Text::from(asked) + emergency);
    page.labelled("", format!("signed by {}", logged.approvers.join(", ")));
}

fn if_active(page: &mut Page, why: &Why) {
    let IfActive { cause, satellite, rtt_ms, .. } = &why.activation.if_active;
    if why.activation.state == "on" {
        return;
    }
    let would = match (cause, satellite) {
        (Some(cause), _) => {
            format!("on, there would still be none: {} ({cause})", sentence(cause))
        }
        (None, Some(satellite)) => {
            let rtt = one_decimal(*rtt_ms);
            format!("on, there would be service: by {}, round trip {rtt} ms", satellite.name)
        }
        (None, None) => "on, there would be service".to_owned(),
    };
    page.labelled("If it were", would);
}

fn sky(page: &mut Page, sky: &SkyView) {
    let counts = [
        (sky.in_view, "satellites in view"),
        (sky.above_mask, "above the elevation mask"),
        (sky.clear_of_gso_arc, "clear of the geostationary arc"),
        (sky.with_gateway, "with a way to a gateway"),
        (sky.clear_of_border, "clear of inactive neighbours"),
        (sky.with_beam, "with a beam to spare"),
    ];
    let labels = std::iter::once("Sky").chain(std::iter::repeat(""));
    for (label, (count, what)) in labels.zip(counts) {
        page.labelled(label, strong(count.to_string()) + format!(" {what}"));
    }
    if sky.satellites.is_empty() {
        return;
    }
    let names = sky.satellites.iter().map(|satellite| Text::from(&satellite.name).width());
    let columns = vec![
        Column::left("satellite", names.max().unwrap_or(0).max(10)).flex(Flex::Cut).least(32),
        Column::right("azimuth_deg", 11).gap(2).flex(Flex::Drop(0)),
        Column::right("elevation_deg", 13).gap(2),
        Column::right("range_km", 8).gap(2).flex(Flex::Drop(1)),
        Column::left("verdict", 0).gap(2),
    ];
    let mut table = Table::new(2, columns);
    for satellite in &sky.satellites {
        let verdict = satellite.verdict;
        table.row(vec![
            (&satellite.name).into(),
            format!("{:.1}", satellite.azimuth_deg).into(),
            format!("{:.1}", satellite.elevation_deg).into(),
            format!("{:.0}", satellite.slant_range_km).into(),
            match verdict {
                "serving" | "available" => good(verdict),
                _ => faint(verdict),
            },
        ]);
    }
    page.blank();
    page.table(table);
}

fn path_lines(page: &mut Page, path: &PathView, place: &str) {
    let beam = strong(&path.satellite.name)
        + format!(
            ", {:.1} deg above the horizon, colour {}, {:.0} % of a beam",
            path.elevation_deg,
            path.colour,
            path.beam_share * 100.0
        );
    let over_lasers = path.satellites.iter().skip(1).map(|satellite| strong(&satellite.name));
    let sites = [site(&path.gateway, "gateway"), site(&path.pop, "point of presence")];
    let stops = std::iter::once(beam).chain(over_lasers).chain(sites);
    page.labelled("Path", strong(place));
    for (hop, stop) in path.hops.iter().zip(stops) {
        page.labelled("", faint(format!("↓ {} {:.1} km, {:.2} ms", hop.kind, hop.length_km, hop.one_way_ms)));
        page.labelled("", stop);
    }
}

fn site(site: &SiteView, kind: &str) -> Text {
    let country = if site.country.is_empty() { String::new() } else { format!(", {}", site.country) };
    let approximate = if site.approximate { ", position approximate" } else { "" };
    strong(&site.name) + format!("{country} ({kind}{approximate})")
}

fn round_trip(page: &mut Page, why: &Why, path: &PathView) {
    let parts = format!(
        ": user link {:.1}, lasers {:.1}, feeder link {:.1}, fibre {:.1}, access {:.1}",
        path.user_link_ms, path.lasers_ms, path.feeder_link_ms, path.fibre_ms, path.access_ms
    );
    page.labelled("Round trip", strong(format!("{} ms", one_decimal(why.rtt_ms))) + parts);
    page.labelled("One way", format!("{:.1} km", path.one_way_km));
}
