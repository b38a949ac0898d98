//! Territories: named sets of cells, each cell in exactly one leaf, leaves gathered under parents.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::cells::{Cell, cell_id};
use crate::fold::{distance, fold};

/// Position of a territory in [`Ground::territories`](crate::Ground::territories).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerritoryIndex(pub u16);

/// What a territory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerritoryKind {
    /// A country: the parent of its regions and its coastal waters.
    Country,
    /// A first-level region of a country.
    Region,
    /// A disputed area: its own territory, with claims, never merged into a claimant.
    Disputed,
    /// Sea within 12 nautical miles of a country's or disputed area's land.
    Coastal,
    /// Every cell that is none of the others.
    HighSeas,
}

/// A named set of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Territory {
    /// Stable id: ISO 3166-1 alpha-2 (`UA`), ISO 3166-2 (`UA-32`), `UA.sea` (coastal), `X-…` (disputed), `XZ` (high seas).
    pub id: String,
    /// English name.
    pub name: String,
    /// What it is.
    pub kind: TerritoryKind,
    /// The territory it is part of: a decision about the parent covers it too.
    pub parent: Option<TerritoryIndex>,
    /// ISO 3166-1 alpha-3 of the country (Natural Earth `ISO_A3_EH`), where there is one.
    pub iso_a3: Option<String>,
    /// Of a disputed area, the ids of all that claim it (its own id where it claims itself); of a country or region, the ids
    /// of the others that claim it.
    pub claims: Vec<String>,
    /// Cells, including those of territories whose parent this is.
    pub cell_count: u32,
    /// SHA-256 of the sorted cell list: each H3 index as 8 bytes big-endian; including children.
    pub cells_sha256: [u8; 32],
    /// People, including those of territories whose parent this is.
    pub people: u64,
}

/// Why no territory was found.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TerritoryError {
    /// Nothing by that id or name.
    #[error(
        "no territory `{query}`; allowed: an id (UA, UA-32, UA.sea, X-CRIMEA, XZ), an ISO 3166-1 alpha-3 code or an English name; closest: {}",
        closest.join(", ")
    )]
    Unknown {
        /// As given.
        query: String,
        /// Ids with names nearest in spelling.
        closest: Vec<String>,
    },
    /// Several by that name.
    #[error("`{query}` names several territories: {}; give the id", ids.join(", "))]
    Ambiguous {
        /// As given.
        query: String,
        /// Their ids.
        ids: Vec<String>,
    },
}

/// SHA-256 of a sorted cell list: each H3 index as 8 bytes, big-endian. This is the name of a zone.
pub fn zone_sha256(cells: &[Cell]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for &cell in cells {
        hash.update(cell_id(cell).to_be_bytes());
    }
    hash.finalize().into()
}

/// Finds a territory by id, then ISO 3166-1 alpha-3 code, then English name; upper and lower case and accents do not matter.
pub fn find_territory(territories: &[Territory], query: &str) -> Result<TerritoryIndex, TerritoryError> {
    let wanted: String = query.trim().chars().take(128).collect();
    let position = |test: &dyn Fn(&Territory) -> bool| territories.iter().position(test).map(index);
    if let Some(found) = position(&|t| t.id.eq_ignore_ascii_case(&wanted)) {
        return Ok(found);
    }
    let is_country = |t: &Territory| matches!(t.kind, TerritoryKind::Country | TerritoryKind::Disputed);
    let has_a3 = |t: &Territory| t.iso_a3.as_ref().is_some_and(|a3| a3.eq_ignore_ascii_case(&wanted));
    if let Some(found) = position(&|t| is_country(t) && has_a3(t)) {
        return Ok(found);
    }
    let name = fold(&wanted);
    let same: Vec<usize> = (0..territories.len()).filter(|&i| fold(&territories[i].name) == name).collect();
    // A country comes before a region of the same name (Luxembourg, Singapore).
    let countries: Vec<usize> = same.iter().copied().filter(|&i| is_country(&territories[i])).collect();
    match (countries.as_slice(), same.as_slice()) {
        (&[one], _) | ([], &[one]) => Ok(index(one)),
        (_, []) => Err(TerritoryError::Unknown { closest: closest(territories, &name), query: wanted }),
        _ => Err(TerritoryError::Ambiguous {
            query: wanted,
            ids: same.iter().map(|&i| territories[i].id.clone()).collect(),
        }),
    }
}

fn index(position: usize) -> TerritoryIndex {
    TerritoryIndex(position as u16)
}

fn closest(territories: &[Territory], folded: &str) -> Vec<String> {
    let mut by_distance: Vec<(usize, usize)> = (0..territories.len())
        .map(|i| {
            (
                distance(folded, &fold(&territories[i].name))
                    .min(distance(folded, &fold(&territories[i].id))),
                i,
            )
        })
        .collect();
    by_distance.sort_unstable();
    by_distance
        .iter()
        .take(3)
        .map(|&(_, i)| format!("{} ({})", territories[i].id, territories[i].name))
        .collect()
}
