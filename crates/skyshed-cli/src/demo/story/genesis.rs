//! How the demonstration log begins: the territories of the map, and the illustrative policy as requests.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use skyshed::Ground;
use skyshed::control::{self, ClassSet, Date, Policy, Scope, Zones};
use skyshed::ground::{Territory, TerritoryIndex, TerritoryKind};
use skyshed_records::leaf::LeafError;
use skyshed_records::record::{self, CoverRule, Digest, ReasonCode, State, Time, Zone};

use super::super::people::{DESK, People};
use super::{ILLUSTRATIVE_POLICY, RESEARCH, Wish, time};

/// The resolution of the map's cells (H3).
const RESOLUTION: u8 = 5;
/// What is said where nobody has said anything.
const SILENCE: &str = "no decision published; not served";

/// The records of all territories without a parent, and of their zones: all cells below them.
pub fn places(ground: &Ground, zones: &Zones, people: &People) -> Result<Vec<Vec<u8>>, LeafError> {
    let territories = tops(ground).map(|(_, territory)| people.signed(territory_record(territory), &[DESK]));
    let zones = tops(ground)
        .map(|(index, territory)| people.signed(zone_record(ground, zones, index, territory), &[DESK]));
    territories.chain(zones).collect()
}

/// What is asked for: each decision of the illustrative policy, and off for all classes of all territories it says nothing about.
pub fn wishes(ground: &Ground) -> Result<Vec<Wish<'_>>> {
    let policy = Policy::parse(ILLUSTRATIVE_POLICY)?;
    let mut silent: BTreeMap<usize, ClassSet> =
        tops(ground).map(|(TerritoryIndex(index), _)| (usize::from(index), ClassSet::ALL)).collect();
    let mut wishes = Vec::new();
    for decision in &policy.decisions {
        let Scope::Territory(id) = &decision.scope else { continue };
        let index = usize::from(index_of(ground, id)?.0);
        let left = silent.get_mut(&index).with_context(|| format!("{id} is part of another territory"))?;
        *left = left.without(decision.classes);
        wishes.push(wish_of(&ground.territories[index].id, decision));
    }
    let rest = silent.into_iter().filter(|(_, classes)| !classes.is_empty());
    wishes.extend(rest.map(|(index, classes)| Wish {
        territory: &ground.territories[index].id,
        classes,
        from: None,
        to: State::Off,
        reason: (ReasonCode::Other, SILENCE.to_owned()),
        review_by: time("2027-02-01T00:00:00Z"),
    }));
    Ok(wishes)
}

/// The territory with exactly this id.
pub fn index_of(ground: &Ground, id: &str) -> Result<TerritoryIndex> {
    control::zones::index_of(ground, id).with_context(|| {
        format!("this map has no territory {id}, which the demonstration log is about; give --log DIR or --policy NAME")
    })
}

fn tops(ground: &Ground) -> impl Iterator<Item = (TerritoryIndex, &Territory)> {
    let numbered =
        ground.territories.iter().enumerate().map(|(at, territory)| (TerritoryIndex(at as u16), territory));
    numbered.filter(|(_, territory)| territory.parent.is_none())
}

fn territory_record(territory: &Territory) -> record::Territory {
    let kind = match territory.kind {
        TerritoryKind::Country => record::TerritoryKind::Country,
        TerritoryKind::Region => record::TerritoryKind::Subdivision,
        TerritoryKind::Disputed => record::TerritoryKind::Disputed,
        TerritoryKind::Coastal | TerritoryKind::HighSeas => record::TerritoryKind::Maritime,
    };
    let alpha3 = territory.iso_a3.iter().map(|code| ("iso3166-1-alpha-3".to_owned(), code.clone()));
    record::Territory {
        id: territory.id.clone(),
        name: territory.name.clone(),
        labels: alpha3.collect(),
        kind,
        claims: territory.claims.clone(),
        parent: None,
    }
}

fn zone_record(ground: &Ground, zones: &Zones, index: TerritoryIndex, territory: &Territory) -> Zone {
    Zone {
        territory: territory.id.clone(),
        cells_sha256: zones.of_territory(index),
        cell_count: territory.cell_count.into(),
        resolution: RESOLUTION,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: format!("skyshed world map, worldview {}", ground.dataset.worldview),
        source_sha256: Digest(ground.dataset.sha256),
        prev: None,
    }
}

fn wish_of<'a>(territory: &'a str, decision: &control::Decision) -> Wish<'a> {
    let to = if decision.state == control::State::On { State::On } else { State::Off };
    // The one review that nobody has made.
    let review_by =
        if territory == RESEARCH { time("2026-10-01T00:00:00Z") } else { midnight(decision.review) };
    Wish {
        territory,
        classes: decision.classes,
        from: None,
        reason: (reason_code(&to, &decision.reason), decision.reason.clone()),
        to,
        review_by,
    }
}

/// The nearest of the log's reasons to the policy's words.
fn reason_code(to: &State, words: &str) -> ReasonCode {
    let says = |part: &str| words.contains(part);
    match to {
        State::On if says("licensed") || says("permitted") || says("approved") => ReasonCode::Licensed,
        State::On => ReasonCode::OperatorPolicy,
        _ if says("sanctions") => ReasonCode::Sanctions,
        _ if says("not licensed") || says("licence") => ReasonCode::NotLicensed,
        _ => ReasonCode::Other,
    }
}

fn midnight(day: Date) -> Time {
    time(&format!("{day}T00:00:00Z"))
}
