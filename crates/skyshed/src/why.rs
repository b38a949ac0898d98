//! One place: is there service, by what path, and if not, why, and what would be true if it were active.

use serde::Serialize;
use skyshed_control::decision::reason_word;
use skyshed_control::{Class, Decision, Denial, Scope, Time, denial};
use skyshed_ground::{Cell, Ground, Place, TerritoryIndex, TerritoryKind};
use skyshed_orbit::Epoch;
use skyshed_plan::geometry::LIGHT_KM_S;
use skyshed_plan::{Cause, CellView, Explainer, Path, SatelliteView, landing_from, service_path};

use crate::log::{LogStatus, seconds};
use crate::rounded;
use crate::world::{Slot, World};

/// Most satellites listed under [`SkyView::satellites`].
pub const SATELLITES_LISTED_MAX: usize = 10;

/// The answer about one place. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Why {
    /// The place that was found.
    pub place: PlaceView,
    /// Its cell: H3 index at resolution 5, hexadecimal.
    pub cell: String,
    /// The territory that holds the cell.
    pub territory: TerritoryView,
    /// Start of the slot, UTC.
    pub time: String,
    /// True where there is service.
    pub served: bool,
    /// Why not: a word out of [`Cause::ALL`]; null where there is service.
    pub cause: Option<&'static str>,
    /// What is decided, and by whom.
    pub activation: ActivationView,
    /// What stands overhead.
    pub sky: SkyView,
    /// The way of the packets; null where there is no service.
    pub path: Option<PathView>,
    /// Round-trip time to the point of presence.
    pub rtt_ms: Option<f64>,
    /// Rate of one busy terminal.
    pub rate_mbps: Option<f64>,
}

/// A place on Earth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceView {
    /// City and region, or what was asked for.
    pub name: String,
    /// ISO 3166-1 alpha-2 of the country that holds it; null in disputed areas and on the high seas.
    pub country: Option<String>,
    /// Geodetic latitude, WGS84.
    pub latitude_deg: f64,
    /// Longitude east, WGS84.
    pub longitude_deg: f64,
}

/// A territory.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerritoryView {
    /// Stable id.
    pub id: String,
    /// English name.
    pub name: String,
    /// `country`, `region`, `disputed`, `coastal` or `high_seas`.
    pub kind: &'static str,
    /// Id of the territory it is part of.
    pub parent: Option<String>,
    /// ISO 3166-1 alpha-3 of the country.
    pub iso_a3: Option<String>,
    /// Ids of the territories that claim it.
    pub claims: Vec<String>,
}

/// What is decided about a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivationView {
    /// `on` or `off`.
    pub state: &'static str,
    /// The classes of service that may be served.
    pub classes: Vec<&'static str>,
    /// The decision that says so; null where nobody decided.
    pub decision: Option<DecisionView>,
    /// What holds for each class, in the order of the classes.
    pub by_class: Vec<ClassView>,
    /// Why terminals are refused; null where some class may be served.
    pub denial: Option<DenialView>,
    /// Name of the policy, or of the log.
    pub policy: String,
    /// Where the answer is about a policy that is not the log: that it is. Null where the log is obeyed.
    pub what_if: Option<String>,
    /// The log that is obeyed; null in a what-if study.
    pub log: Option<LogStatus>,
    /// What would hold if a decision allowed it (where it is on: what holds).
    pub if_active: IfActive,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionView {
    /// Its number: of its record in the log; in a policy, counted from 1.
    pub number: u64,
    /// The territory it names; `everywhere`, or `cells` for a list of cells.
    pub territory: String,
    /// What it says: `on`, `off`, `limited`, `listed`, `individual`, `emergency_only`, `transit_only`.
    pub state: &'static str,
    /// Why.
    pub reason: String,
    /// From when it holds: a date of a policy, a time of the log.
    pub since: String,
    /// When it is to be reviewed: a date of a policy, a time of the log.
    pub review: String,
    /// Where it was published.
    pub source: Option<String>,
    /// What the log says besides; null for a policy.
    pub logged: Option<LoggedView>,
}

/// What the log says of a decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedView {
    /// Number of the request's record.
    pub request: u64,
    /// Who asked.
    pub requester: String,
    /// For whom.
    pub on_behalf_of: String,
    /// Who signed: those whose approvals made the quorum.
    pub approvers: Vec<String>,
    /// Why, as a word of the closed list.
    pub reason_code: &'static str,
    /// The law, licence or order it rests on.
    pub legal_basis: Option<String>,
    /// By the quick path.
    pub emergency: bool,
    /// Until when it holds; null for a standing decision.
    pub until: Option<String>,
    /// The review date is over, and nobody has decided again.
    pub overdue: bool,
    /// SHA-256 of the exact cells that were approved.
    pub zone_sha256: String,
}

/// What holds for one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassView {
    /// The class.
    pub class: &'static str,
    /// `open`, `limited`, `listed`, `individual` or `closed`; also closed where nobody decided.
    pub access: &'static str,
    /// Number of the decision that says so; null where nobody decided.
    pub decision: Option<u64>,
    /// Fastest a terminal may move.
    pub speed_max_kmh: Option<u32>,
    /// Highest rate of a terminal.
    pub rate_max_kbps: Option<u32>,
    /// Why a terminal is refused, or may be; null where none is.
    pub denial: Option<DenialView>,
}

/// Why terminals are refused, and what their dish shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DenialView {
    /// The reason, a word out of a closed list.
    pub reason: &'static str,
    /// The dish's `DisablementCode`.
    pub dish_code: u8,
    /// Its name.
    pub dish_code_name: &'static str,
}

/// What would hold if the cell could be served by a decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IfActive {
    /// There would be service.
    pub served: bool,
    /// Why there still would be none.
    pub cause: Option<&'static str>,
    /// The satellite that would serve.
    pub satellite: Option<SatelliteId>,
    /// Round-trip time that it would give.
    pub rtt_ms: Option<f64>,
}

/// A satellite by name and number.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SatelliteId {
    /// Object name.
    pub name: String,
    /// Catalogue number.
    pub catalog_number: u64,
}

/// What stands above a cell. Each count includes only satellites that passed every test before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkyView {
    /// Above the horizon, at an altitude of service.
    pub in_view: usize,
    /// Of these, above their elevation mask.
    pub above_mask: usize,
    /// Of these, far enough from the geostationary arc.
    pub clear_of_gso_arc: usize,
    /// Of these, with a way to a gateway, over lasers or straight down.
    pub with_gateway: usize,
    /// Of these, high enough that the beam does not spill over an inactive territory.
    pub clear_of_border: usize,
    /// Of these, with a beam to spare, or serving this cell.
    pub with_beam: usize,
    /// The highest of those in view, at most [`SATELLITES_LISTED_MAX`]; the serving one is always among them.
    pub satellites: Vec<SkySatellite>,
}

/// One satellite in view.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkySatellite {
    /// Object name.
    pub name: String,
    /// Catalogue number.
    pub catalog_number: u64,
    /// Clockwise from north.
    pub azimuth_deg: f64,
    /// Above the horizon.
    pub elevation_deg: f64,
    /// Distance.
    pub slant_range_km: f64,
    /// `serving`, `available`, or the test it fails: `below_mask`, `gso_arc`, `no_gateway`, `border_guard`, `no_beam`.
    pub verdict: &'static str,
}

/// The way of a cell's packets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathView {
    /// The serving satellite.
    pub satellite: SatelliteId,
    /// Its elevation above the cell's horizon.
    pub elevation_deg: f64,
    /// Frequency-reuse colour of the beam.
    pub colour: u8,
    /// Share of the beam's time that the cell gets, 0 to 1.
    pub beam_share: f64,
    /// The satellites on the way: the serving one first, the one that lands last.
    pub satellites: Vec<SatelliteId>,
    /// Where the last of them lands.
    pub gateway: SiteView,
    /// Where it meets the internet.
    pub pop: SiteView,
    /// From the terminal to the point of presence.
    pub hops: Vec<Hop>,
    /// Length of all hops, one way.
    pub one_way_km: f64,
    /// Round trip over the user link.
    pub user_link_ms: f64,
    /// Round trip over the lasers between satellites.
    pub lasers_ms: f64,
    /// Round trip over the feeder link.
    pub feeder_link_ms: f64,
    /// Round trip over the fibre.
    pub fibre_ms: f64,
    /// Scheduling, framing, processing and queueing.
    pub access_ms: f64,
}

/// A gateway or point of presence.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteView {
    /// Locality.
    pub name: String,
    /// ISO 3166-1 alpha-2; empty where the list does not say.
    pub country: String,
    /// Geodetic latitude, WGS84.
    pub latitude_deg: f64,
    /// Longitude east, WGS84.
    pub longitude_deg: f64,
    /// The position is only known to the locality.
    pub approximate: bool,
}

/// One hop of a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hop {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// `radio`, `laser` or `fibre`.
    pub kind: &'static str,
    /// Its length.
    pub length_km: f64,
    /// Time of light along it, one way.
    pub one_way_ms: f64,
}

/// What the answers about one slot share, worked out once.
pub fn explainer(world: &World, slot: &Slot) -> Explainer {
    Explainer::new(&slot.plan, &slot.sky, world.inputs(), world.prepared())
}

/// Answers for one place, and one alone; for several see [`why_by`].
pub fn why(world: &World, slot: &Slot, place: &Place) -> Why {
    why_by(world, slot, &explainer(world, slot), place)
}

/// Answers for one place of many. `explainer` is the slot's.
pub fn why_by(world: &World, slot: &Slot, explainer: &Explainer, place: &Place) -> Why {
    let cell = place.cell;
    let view = explainer.explain(&slot.plan, world.inputs(), world.prepared(), cell);
    let path = service_path(&slot.plan, &slot.sky, world.inputs(), world.prepared(), cell);
    let cause = slot.plan.cause(cell);
    Why {
        place: place_view(&world.ground, place),
        cell: cell.to_string(),
        territory: territory_view(&world.ground, place.territory),
        time: slot.plan.time.to_string(),
        served: cause == Cause::Served,
        cause: cause_word(cause),
        activation: activation_view(world, slot, cell, &view),
        sky: sky_view(slot, cell, &view),
        rtt_ms: path.as_ref().map(|path| rounded(path.rtt_ms, 3)),
        rate_mbps: path.as_ref().map(|path| rounded(path.rate_mbps, 3)),
        path: path.map(|path| path_view(world, slot, &place.label, &path)),
    }
}

/// The word of a cause; `None` for service.
pub fn cause_word(cause: Cause) -> Option<&'static str> {
    (cause != Cause::Served).then(|| cause.name())
}

/// The word of a kind of territory.
pub fn kind_word(kind: TerritoryKind) -> &'static str {
    match kind {
        TerritoryKind::Country => "country",
        TerritoryKind::Region => "region",
        TerritoryKind::Disputed => "disputed",
        TerritoryKind::Coastal => "coastal",
        TerritoryKind::HighSeas => "high_seas",
    }
}

fn place_view(ground: &Ground, place: &Place) -> PlaceView {
    let top = ground.lineage(place.territory).last().expect("a territory is in its own lineage");
    let top = ground.territory_at(top);
    PlaceView {
        name: place.label.clone(),
        country: (top.kind == TerritoryKind::Country).then(|| top.id.clone()),
        latitude_deg: rounded(place.latitude_deg, 6),
        longitude_deg: rounded(place.longitude_deg, 6),
    }
}

fn territory_view(ground: &Ground, index: TerritoryIndex) -> TerritoryView {
    let territory = ground.territory_at(index);
    TerritoryView {
        id: territory.id.clone(),
        name: territory.name.clone(),
        kind: kind_word(territory.kind),
        parent: territory.parent.map(|parent| ground.territory_at(parent).id.clone()),
        iso_a3: territory.iso_a3.clone(),
        claims: territory.claims.clone(),
    }
}

fn activation_view(world: &World, slot: &Slot, cell: Cell, view: &CellView) -> ActivationView {
    let activation = &world.activation;
    ActivationView {
        state: if activation.active(cell) { "on" } else { "off" },
        classes: activation.classes(cell).iter().map(|class| class.name()).collect(),
        decision: decision_view(world, cell, slot.plan.time),
        by_class: Class::ALL.iter().map(|&class| class_view(world, cell, class)).collect(),
        denial: refused(world, cell).map(denial_view),
        policy: activation.policy.clone(),
        what_if: world.what_if(),
        log: world.log.as_ref().map(|log| log.status.clone()),
        if_active: if_active(world, slot, cell, view),
    }
}

/// Why nobody is served in a cell: of the first class that is decided.
fn refused(world: &World, cell: Cell) -> Option<Denial> {
    if world.activation.active(cell) {
        return None;
    }
    let decided = Class::ALL.into_iter().find(|&class| world.activation.ruling(cell, class).is_some());
    denial(&world.activation, &world.ground, cell, decided.unwrap_or(Class::Consumer))
}

pub(crate) fn class_view(world: &World, cell: Cell, class: Class) -> ClassView {
    let ruling = world.activation.ruling(cell, class);
    ClassView {
        class: class.name(),
        access: ruling.map_or("closed", |ruling| ruling.access.name()),
        decision: ruling.map(|ruling| number_of(world, ruling.decision)),
        speed_max_kmh: ruling.and_then(|ruling| ruling.limits.speed_max_kmh),
        rate_max_kbps: ruling.and_then(|ruling| ruling.limits.rate_max_kbps),
        denial: denial(&world.activation, &world.ground, cell, class).map(denial_view),
    }
}

fn denial_view(denial: Denial) -> DenialView {
    let code = denial.code();
    DenialView { reason: denial.name(), dish_code: code.number(), dish_code_name: code.name() }
}

/// The number a decision goes by: of its record in the log; in a policy, counted from 1.
pub(crate) fn number_of(world: &World, index: u16) -> u64 {
    let decision = &world.activation.decisions[usize::from(index)];
    decision.logged.as_ref().map_or(u64::from(index) + 1, |logged| logged.number)
}

/// The decision that explains a cell at a time; `None` where nobody decided.
pub(crate) fn decision_view(world: &World, cell: Cell, time: Epoch) -> Option<DecisionView> {
    world.activation.decision_number(cell).map(|index| decision_at(world, index, time))
}

/// The decision with an index into those of the world's activation, at a time.
pub(crate) fn decision_at(world: &World, index: u16, time: Epoch) -> DecisionView {
    let decision = &world.activation.decisions[usize::from(index)];
    let logged = decision.logged.as_ref();
    DecisionView {
        number: number_of(world, index),
        territory: match &decision.scope {
            Scope::Everywhere => "everywhere".to_owned(),
            Scope::Territory(id) => id.clone(),
            Scope::Cells(_) => "cells".to_owned(),
        },
        state: decision.state.name(),
        reason: decision.reason.clone(),
        since: logged.map_or_else(|| decision.since.to_string(), |logged| logged.effective_from.to_string()),
        review: logged.map_or_else(|| decision.review.to_string(), |logged| logged.review_by.to_string()),
        source: decision.source.clone(),
        logged: logged_view(decision, seconds(time)),
    }
}

fn logged_view(decision: &Decision, time: Time) -> Option<LoggedView> {
    let logged = decision.logged.as_ref()?;
    Some(LoggedView {
        request: logged.request,
        requester: logged.requester.clone(),
        on_behalf_of: logged.on_behalf_of.clone(),
        approvers: logged.approvers.clone(),
        reason_code: reason_word(logged.reason_code),
        legal_basis: logged.legal_basis.clone(),
        emergency: logged.emergency,
        until: logged.effective_until.map(|until| until.to_string()),
        overdue: logged.overdue(time),
        zone_sha256: logged.zone.to_string(),
    })
}

fn if_active(world: &World, slot: &Slot, cell: Cell, view: &CellView) -> IfActive {
    let satellite = view.satellite_if_active.filter(|_| view.if_active == Cause::Served);
    let rtt_ms = satellite.and_then(|satellite| {
        let landing = landing_from(&slot.plan, world.inputs(), world.prepared(), satellite, cell)?;
        let seen = view.satellites.iter().find(|seen| seen.satellite == satellite)?;
        let one_way_km = seen.slant_range_km + landing.light_mm as f64 / 1e6;
        // Whole microseconds, as in the plan.
        let rtt_us = 2.0 * one_way_km / LIGHT_KM_S * 1e6 + world.config.latency.access_ms * 1e3;
        Some(rtt_us.floor() / 1e3)
    });
    IfActive {
        served: view.if_active == Cause::Served,
        cause: cause_word(view.if_active),
        satellite: satellite.map(|satellite| satellite_id(slot, satellite)),
        rtt_ms,
    }
}

pub(crate) fn satellite_id(slot: &Slot, satellite: u32) -> SatelliteId {
    let satellite = &slot.plan.satellites[satellite as usize];
    SatelliteId { name: satellite.name.clone(), catalog_number: satellite.catalog_number }
}

fn sky_view(slot: &Slot, cell: Cell, view: &CellView) -> SkyView {
    let serving = slot.plan.satellite(cell);
    let count =
        |test: &dyn Fn(Cause) -> bool| view.satellites.iter().filter(|seen| test(seen.verdict())).count();
    let mut listed: Vec<&SatelliteView> = view.satellites.iter().take(SATELLITES_LISTED_MAX).collect();
    let is_serving = |seen: &SatelliteView| Some(seen.satellite) == serving;
    if let Some(seen) = view.satellites.iter().skip(SATELLITES_LISTED_MAX).find(|seen| is_serving(seen)) {
        listed.pop();
        listed.push(seen);
    }
    SkyView {
        in_view: view.satellites.len(),
        above_mask: count(&|verdict| verdict != Cause::NoSatelliteAboveMask),
        clear_of_gso_arc: count(&|verdict| passed(verdict, Cause::GsoArc)),
        with_gateway: count(&|verdict| passed(verdict, Cause::NoGateway)),
        clear_of_border: count(&|verdict| passed(verdict, Cause::BorderGuard)),
        with_beam: count(&|verdict| verdict == Cause::Served),
        satellites: listed.into_iter().map(|seen| sky_satellite(slot, seen, is_serving(seen))).collect(),
    }
}

/// True where a satellite with this verdict passed `test` and all tests before it: verdicts are in the order of tests.
fn passed(verdict: Cause, test: Cause) -> bool {
    verdict == Cause::Served || verdict > test
}

fn sky_satellite(slot: &Slot, seen: &SatelliteView, serving: bool) -> SkySatellite {
    let id = satellite_id(slot, seen.satellite);
    SkySatellite {
        name: id.name,
        catalog_number: id.catalog_number,
        azimuth_deg: rounded(seen.azimuth_deg, 2),
        elevation_deg: rounded(seen.elevation_deg, 2),
        slant_range_km: rounded(seen.slant_range_km, 1),
        verdict: if serving { "serving" } else { verdict_word(seen.verdict()) },
    }
}

fn verdict_word(verdict: Cause) -> &'static str {
    match verdict {
        Cause::Served => "available",
        Cause::NoSatelliteAboveMask => "below_mask",
        Cause::BeamsExhausted => "no_beam",
        other => other.name(),
    }
}

fn path_view(world: &World, slot: &Slot, place: &str, path: &Path) -> PathView {
    let gateway = &world.ground.gateways[usize::from(path.landing.gateway)];
    let pop = &world.ground.pops[usize::from(path.landing.pop)];
    let satellite = satellite_id(slot, path.satellite);
    // The access time is no hop; a round trip is twice the way.
    let hop = |from: &str, to: &str, kind, length_km: f64, round_trip_ms: f64| Hop {
        from: from.to_owned(),
        to: to.to_owned(),
        kind,
        length_km: rounded(length_km, 3),
        one_way_ms: rounded(round_trip_ms / 2.0, 3),
    };
    let satellites: Vec<SatelliteId> =
        path.satellites.iter().map(|&satellite| satellite_id(slot, satellite)).collect();
    let mut hops = vec![hop(place, &satellite.name, "radio", path.slant_range_km, path.user_link_ms)];
    hops.extend(satellites.windows(2).zip(&path.laser_hops_km).map(|(ends, &km)| {
        let round_trip_ms = 2e3 * km / LIGHT_KM_S + world.config.latency.laser_hop_ms;
        hop(&ends[0].name, &ends[1].name, "laser", km, round_trip_ms)
    }));
    let exit = satellites.last().unwrap_or(&satellite);
    hops.push(hop(&exit.name, &gateway.name, "radio", path.feeder_range_km, path.feeder_link_ms));
    hops.push(hop(&gateway.name, &pop.name, "fibre", path.fibre_km, path.fibre_ms));
    let laser_km: f64 = path.laser_hops_km.iter().sum();
    PathView {
        elevation_deg: rounded(path.elevation_deg, 2),
        colour: path.colour,
        beam_share: rounded(f64::from(path.share) / f64::from(path.share_parts), 4),
        gateway: SiteView {
            name: gateway.name.clone(),
            country: gateway.country.clone(),
            latitude_deg: gateway.latitude_deg,
            longitude_deg: gateway.longitude_deg,
            approximate: gateway.approximate,
        },
        pop: SiteView {
            name: pop.name.clone(),
            country: pop.country.clone(),
            latitude_deg: pop.latitude_deg,
            longitude_deg: pop.longitude_deg,
            approximate: pop.approximate,
        },
        hops,
        one_way_km: rounded(path.slant_range_km + laser_km + path.feeder_range_km + path.fibre_km, 3),
        user_link_ms: rounded(path.user_link_ms, 3),
        lasers_ms: rounded(path.lasers_ms, 3),
        feeder_link_ms: rounded(path.feeder_link_ms, 3),
        fibre_ms: rounded(path.fibre_ms, 3),
        access_ms: rounded(path.access_ms, 3),
        satellite,
        satellites,
    }
}
