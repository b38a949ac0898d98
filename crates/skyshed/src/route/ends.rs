//! The two ends of a route: what people type, and what they mean by it.

use serde::Serialize;
use skyshed_control::Standing;
use skyshed_ground::places::comparable;
use skyshed_ground::{Cell, Ground, Place, PlaceError};
use skyshed_orbit::Epoch;
use skyshed_orbit::frames::{geodetic_normal, geodetic_to_itrf_m};
use skyshed_plan::Cause;

use crate::rounded;
use crate::why::{DecisionView, decision_view};
use crate::world::World;

/// Most names that an error lists.
const LISTED_MAX: usize = 60;

/// Where a route begins or ends.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// What it is.
    pub kind: EndKind,
    /// What people call it.
    pub name: String,
    /// Geodetic latitude, WGS84.
    pub latitude_deg: f64,
    /// Longitude east, WGS84.
    pub longitude_deg: f64,
}

/// What an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// A terminal of the service, in this cell.
    Terminal(Cell),
    /// A server in a city, on terrestrial fibre.
    City,
    /// A gateway: an index into the ground's list.
    Gateway(u16),
    /// A point of presence: an index into the ground's list.
    Pop(u16),
}

/// Why there is no such end.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// No such place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// No gateway or point of presence by that name.
    #[error("no {kind} `{given}`; there are {count}: {names}")]
    Unknown {
        /// `gateway` or `point of presence`.
        kind: &'static str,
        /// As given.
        given: String,
        /// How many there are.
        count: usize,
        /// Their names, as far as they fit.
        names: String,
    },
    /// Several by that name.
    #[error("`{given}` could be {count} of the {kind}s; give one of: {names}")]
    Ambiguous {
        /// `gateway` or `point of presence`.
        kind: &'static str,
        /// As given.
        given: String,
        /// How many there are.
        count: usize,
        /// Their full names.
        names: String,
    },
}

impl End {
    /// Reads an end: `PLACE` or `terminal:PLACE`, `city:PLACE`, `gateway:NAME`, `pop:NAME`.
    ///
    /// # Errors
    /// [`EndError`] with what was given and what there is.
    pub fn find(ground: &Ground, given: &str) -> Result<End, EndError> {
        let (prefix, name) = given.split_once(':').unwrap_or(("terminal", given));
        match prefix.trim().to_ascii_lowercase().as_str() {
            "city" => Ok(End::at(ground.find_place(name)?, |_| EndKind::City)),
            "gateway" => {
                let sites = ground.gateways.iter().map(|site| (site.name.as_str(), site.country.as_str()));
                let index = find_site("gateway", name, sites)?;
                let site = &ground.gateways[usize::from(index)];
                let kind = EndKind::Gateway(index);
                Ok(End::of_site(kind, &site.name, site.latitude_deg, site.longitude_deg))
            }
            "pop" => {
                let sites = ground.pops.iter().map(|site| (site.name.as_str(), site.country.as_str()));
                let index = find_site("point of presence", name, sites)?;
                let site = &ground.pops[usize::from(index)];
                Ok(End::of_site(EndKind::Pop(index), &site.name, site.latitude_deg, site.longitude_deg))
            }
            "terminal" => Ok(End::at(ground.find_place(name)?, EndKind::Terminal)),
            // No place has a colon in its name; the message is that of an unknown place.
            _ => Ok(End::at(ground.find_place(given)?, EndKind::Terminal)),
        }
    }

    fn at(place: Place, kind: impl Fn(Cell) -> EndKind) -> End {
        End {
            kind: kind(place.cell),
            name: place.label,
            latitude_deg: place.latitude_deg,
            longitude_deg: place.longitude_deg,
        }
    }

    fn of_site(kind: EndKind, name: &str, latitude_deg: f64, longitude_deg: f64) -> End {
        End { kind, name: name.to_owned(), latitude_deg, longitude_deg }
    }

    /// The cell of a terminal.
    pub fn terminal(&self) -> Option<Cell> {
        match self.kind {
            EndKind::Terminal(cell) => Some(cell),
            _ => None,
        }
    }

    /// Where it is on the ellipsoid, ITRF, m.
    pub fn position_itrf_m(&self) -> [f64; 3] {
        geodetic_to_itrf_m(self.latitude_deg, self.longitude_deg, 0.0)
    }

    /// The zenith there: geodetic normal, a unit vector in ITRF.
    pub fn zenith(&self) -> [f64; 3] {
        geodetic_normal(self.latitude_deg, self.longitude_deg)
    }
}

/// The site with a name: the whole name, or its part before the first comma. Case and accents do not matter.
fn find_site<'a>(
    kind: &'static str,
    given: &str,
    sites: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Result<u16, EndError> {
    let wanted = comparable(given);
    let full = |(name, country): (&str, &str)| format!("{name}, {country}");
    let spellings = |site: (&str, &str)| {
        [
            comparable(site.0),
            comparable(&full(site)),
            comparable(site.0.split(',').next().unwrap_or_default()),
        ]
    };
    let matching = |exactness: usize| {
        let sites = sites.clone().enumerate();
        sites.filter(|(_, site)| spellings(*site)[exactness] == wanted).collect::<Vec<_>>()
    };
    let found = (0..3).map(matching).find(|found| !found.is_empty()).unwrap_or_default();
    match found.as_slice() {
        [(index, _)] => Ok(*index as u16),
        [] => {
            let names: Vec<&str> = sites.map(|(name, _)| name).collect();
            let near = names.iter().filter(|name| comparable(name).contains(&wanted) && !wanted.is_empty());
            let near: Vec<&str> = near.copied().collect();
            let count = names.len();
            let names = listed(if near.is_empty() { &names } else { &near });
            Err(EndError::Unknown { kind, given: given.to_owned(), count, names })
        }
        several => {
            let names: Vec<String> = several.iter().map(|(_, site)| full(*site)).collect();
            let names = listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
            Err(EndError::Ambiguous { kind, given: given.to_owned(), count: several.len(), names })
        }
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(LISTED_MAX).copied().collect::<Vec<_>>().join("; ");
    if names.len() > LISTED_MAX { format!("{shown}; and {} more", names.len() - LISTED_MAX) } else { shown }
}

/// An end, for people and programs to read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndView {
    /// `terminal`, `city`, `gateway`, `pop`; `station` where a route goes over lasers only.
    pub kind: &'static str,
    /// City and region, the site's name, or what was asked for.
    pub name: String,
    /// Geodetic latitude, WGS84.
    pub latitude_deg: f64,
    /// Longitude east, WGS84.
    pub longitude_deg: f64,
    /// Of a terminal: its cell, H3 index at resolution 5, hexadecimal.
    pub cell: Option<String>,
    /// Of a terminal: id of the territory that holds the cell.
    pub territory: Option<String>,
    /// Of a terminal: `on` where a decision lets it be served, else `off`.
    pub state: Option<&'static str>,
    /// Of a terminal: the decision that says so; null where nobody decided.
    pub decision: Option<DecisionView>,
}

/// An end as it is told at `time`; with `station`, only as a place on Earth.
pub fn end_view(world: &World, end: &End, station: bool, time: Epoch) -> EndView {
    let cell = end.terminal().filter(|_| !station);
    EndView {
        kind: match end.kind {
            _ if station => "station",
            EndKind::Terminal(_) => "terminal",
            EndKind::City => "city",
            EndKind::Gateway(_) => "gateway",
            EndKind::Pop(_) => "pop",
        },
        name: end.name.clone(),
        latitude_deg: rounded(end.latitude_deg, 6),
        longitude_deg: rounded(end.longitude_deg, 6),
        cell: cell.map(|cell| cell.to_string()),
        territory: cell.map(|cell| world.ground.territory_at(world.ground.territory_of(cell)).id.clone()),
        state: cell.map(|cell| if world.activation.active(cell) { "on" } else { "off" }),
        decision: cell.and_then(|cell| decision_view(world, cell, time)),
    }
}

/// Whether the policy keeps a cell from being served, as the word of a cause.
pub fn inactive(world: &World, cell: Cell) -> Option<Cause> {
    match world.activation.standing(cell) {
        Standing::On(_) => None,
        Standing::Off(_) => Some(Cause::TerritoryOff),
        Standing::NoDecision => Some(Cause::NoDecision),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITES: [(&str, &str); 4] =
        [("Frankfurt", "DE"), ("São Paulo", "BR"), ("Hamilton, Ontario", "CA"), ("Hamilton, Waikato", "NZ")];

    fn found(given: &str) -> Result<u16, String> {
        find_site("gateway", given, SITES.into_iter()).map_err(|error| error.to_string())
    }

    #[test]
    fn sites_are_found_by_name_whatever_case_and_accents() {
        assert_eq!(found("frankfurt"), Ok(0));
        assert_eq!(found(" SAO paulo, br"), Ok(1));
        assert_eq!(found("Hamilton, Waikato"), Ok(3));
    }

    #[test]
    fn what_is_not_there_or_not_unique_is_told_with_what_is() {
        let ambiguous = found("hamilton").unwrap_err();
        assert!(
            ambiguous.contains("2 of the gateways; give one of: Hamilton, Ontario, CA; Hamilton, Waikato")
        );
        assert!(found("Atlantis").unwrap_err().contains("there are 4: Frankfurt; São Paulo; Hamilton"));
        assert!(found("").unwrap_err().contains("no gateway ``"));
    }
}
