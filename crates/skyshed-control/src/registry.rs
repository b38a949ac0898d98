//! A registry of service lines and user terminals: what an operator's own system knows of them, read from TOML. It says nothing
//! about who may be served where; that is what decisions are for. See [`mod@crate::eligibility`].
//!
//! Ids have the forms that the vendor's public interface uses (`SL-…`, `ut…`), so that integrations port. There are no names of people.

use std::collections::BTreeMap;

use serde::Deserialize;
use skyshed_ground::{Ground, TerritoryKind};
use skyshed_records::listed::{Membership, PATH_MAX};
use skyshed_records::record::Digest;

use crate::class::Class;
use crate::policy::Date;

/// Largest registry text, bytes.
pub const REGISTRY_BYTES_MAX: usize = 64 << 20;
/// Most service lines, and most user terminals.
pub const ENTRIES_MAX: usize = 200_000;
/// Most plans.
pub const PLANS_MAX: usize = 1_000;
/// Most places that one terminal is listed for or approved in by itself.
pub const PLACES_MAX: usize = 300;
/// Longest id and label, bytes.
pub const TEXT_BYTES_MAX: usize = 80;

/// The registry that ships for demonstrations: invented lines at places of the world.
pub const DEMONSTRATION_LINES: &str = include_str!("../data/lines.toml");

/// Service lines and user terminals, each by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    /// What it is and where it comes from.
    pub description: String,
    plans: BTreeMap<String, Plan>,
    lines: BTreeMap<String, Line>,
    terminals: BTreeMap<String, Terminal>,
}

/// What a plan allows beyond what decisions say.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The class of service.
    pub class: Class,
    /// Fastest a terminal may move; none where the plan sets no limit.
    pub speed_max_kmh: Option<u32>,
    /// How far a terminal may be from its service address; none where it may be anywhere.
    pub address_max_km: Option<u32>,
    /// For how many days in a row a terminal may be outside its home country; none where there is no limit, 0 for not at all.
    pub abroad_max_days: Option<u32>,
    /// How far out to sea.
    pub sea: Sea,
}

/// How far out to sea a plan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sea {
    /// Land only.
    None,
    /// Coastal waters too.
    Coastal,
    /// The high seas too.
    HighSeas,
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// In order.
    Active,
    /// There is none, or it has ended.
    None,
    /// Suspended by the operator, such as for payment.
    Suspended,
}

/// A service line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `SL-…`.
    pub id: String,
    /// A label, none of a person.
    pub label: String,
    /// Name of the plan.
    pub plan: String,
    /// How its account stands.
    pub account: Account,
    /// Id of the country it is at home in.
    pub home: String,
    /// The service address.
    pub address: Position,
}

/// A user terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Terminal {
    /// `ut…`.
    pub id: String,
    /// The service line it belongs to; none where it has not been activated.
    pub line: Option<String>,
    /// Where it was last; none where that is not known.
    pub position: Option<Position>,
    /// How fast it moved there.
    pub speed_kmh: u32,
    /// Since when it has been outside its home country; none where it is at home.
    pub abroad_since: Option<Date>,
    /// Ids of territories in which it has been approved by itself.
    pub approved_in: Vec<String>,
    /// That it is on lists.
    pub listed: Vec<Listed>,
}

/// That a terminal is on a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The list's root, as in the decision.
    pub root: Digest,
    /// The proof.
    pub membership: Membership,
}

/// A place on the ellipsoid, WGS84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Geodetic latitude, -90 to 90.
    pub latitude_deg: f64,
    /// Longitude east, -180 to 180.
    pub longitude_deg: f64,
}

/// Why a registry is refused. `what` names the entry.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum RegistryError {
    #[error("registry of {bytes} bytes; at most {REGISTRY_BYTES_MAX} are read; split it")]
    TooLarge { bytes: usize },
    #[error(
        "registry is not readable: {0}\nallowed keys: description, [plan.NAME] with class, speed_max_kmh, address_max_km, \
         abroad_max_days, sea; [[service_line]] with id, label, plan, account, home, latitude_deg, longitude_deg; [[user_terminal]] \
         with id, line, latitude_deg, longitude_deg, speed_kmh, abroad_since, approved_in, listed"
    )]
    Syntax(toml::de::Error),
    #[error("registry has {count} {what}; at most {allowed} are allowed")]
    TooMany { what: &'static str, count: usize, allowed: usize },
    #[error("{what}: {key} is {given:?}; allowed: {allowed}")]
    Value { what: String, key: &'static str, given: String, allowed: &'static str },
    #[error("{what} is there twice; give each id once")]
    Twice { what: String },
    #[error("{what}: there is no {key} {given:?} in the registry; add it, or name one that is")]
    Missing { what: String, key: &'static str, given: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryFile {
    #[serde(default)]
    description: String,
    #[serde(default)]
    plan: BTreeMap<String, PlanEntry>,
    #[serde(default)]
    service_line: Vec<LineEntry>,
    #[serde(default)]
    user_terminal: Vec<TerminalEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanEntry {
    class: String,
    speed_max_kmh: Option<u32>,
    address_max_km: Option<u32>,
    abroad_max_days: Option<u32>,
    sea: Sea,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineEntry {
    id: String,
    #[serde(default)]
    label: String,
    plan: String,
    account: Account,
    home: String,
    latitude_deg: f64,
    longitude_deg: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalEntry {
    id: String,
    line: Option<String>,
    latitude_deg: Option<f64>,
    longitude_deg: Option<f64>,
    #[serde(default)]
    speed_kmh: u32,
    abroad_since: Option<String>,
    #[serde(default)]
    approved_in: Vec<String>,
    #[serde(default)]
    listed: Vec<ListedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedEntry {
    root: Digest,
    salt: Digest,
    index: u64,
    size: u64,
    path: Vec<Digest>,
}

impl Registry {
    /// Reads a registry and holds the countries of its lines against the map.
    pub fn parse(text: &str, ground: &Ground) -> Result<Registry, RegistryError> {
        if text.len() > REGISTRY_BYTES_MAX {
            return Err(RegistryError::TooLarge { bytes: text.len() });
        }
        let file: RegistryFile = toml::from_str(text).map_err(RegistryError::Syntax)?;
        let within = |what, count, allowed| match count > allowed {
            true => Err(RegistryError::TooMany { what, count, allowed }),
            false => Ok(()),
        };
        within("plans", file.plan.len(), PLANS_MAX)?;
        within("service lines", file.service_line.len(), ENTRIES_MAX)?;
        within("user terminals", file.user_terminal.len(), ENTRIES_MAX)?;
        let mut registry = Registry { description: file.description, ..Registry::default() };
        for (name, entry) in file.plan {
            registry.plans.insert(name.clone(), plan(name, entry)?);
        }
        for entry in file.service_line {
            let line = registry.line_of(entry, ground)?;
            let what = format!("service line {}", line.id);
            put(&mut registry.lines, line.id.clone(), line, what)?;
        }
        for entry in file.user_terminal {
            let terminal = registry.terminal_of(entry, ground)?;
            let what = format!("user terminal {}", terminal.id);
            put(&mut registry.terminals, terminal.id.clone(), terminal, what)?;
        }
        Ok(registry)
    }

    /// All service lines, by id.
    pub fn lines(&self) -> &BTreeMap<String, Line> {
        &self.lines
    }

    /// All user terminals, by id.
    pub fn terminals(&self) -> &BTreeMap<String, Terminal> {
        &self.terminals
    }

    /// The plan of a line.
    pub fn plan(&self, line: &Line) -> &Plan {
        &self.plans[&line.plan]
    }

    /// The terminals of a line, by id.
    pub fn terminals_of<'a>(&'a self, line: &'a str) -> impl Iterator<Item = &'a Terminal> {
        self.terminals.values().filter(move |terminal| terminal.line.as_deref() == Some(line))
    }

    fn line_of(&self, entry: LineEntry, ground: &Ground) -> Result<Line, RegistryError> {
        let what = format!("service line {:?}", shortened(&entry.id));
        demand(is_id(&entry.id, "SL-"), &what, "id", &entry.id, "SL- and up to 60 of A-Z, 0-9 and -")?;
        demand(entry.label.len() <= TEXT_BYTES_MAX, &what, "label", &entry.label, "up to 80 bytes")?;
        if !self.plans.contains_key(&entry.plan) {
            return Err(RegistryError::Missing { what, key: "plan", given: shortened(&entry.plan) });
        }
        let home = ground.territories.iter().find(|territory| territory.id == entry.home);
        let is_home =
            home.is_some_and(|home| matches!(home.kind, TerritoryKind::Country | TerritoryKind::Disputed));
        demand(
            is_home,
            &what,
            "home",
            &entry.home,
            "the id of a country or disputed area of the map, such as BE",
        )?;
        let address = position(&what, entry.latitude_deg, entry.longitude_deg)?;
        Ok(Line {
            id: entry.id,
            label: entry.label,
            plan: entry.plan,
            account: entry.account,
            home: entry.home,
            address,
        })
    }

    fn terminal_of(&self, entry: TerminalEntry, ground: &Ground) -> Result<Terminal, RegistryError> {
        let what = format!("user terminal {:?}", shortened(&entry.id));
        demand(is_id(&entry.id, "ut"), &what, "id", &entry.id, "ut and up to 60 of a-z, 0-9 and -")?;
        if let Some(line) = entry.line.as_ref().filter(|line| !self.lines.contains_key(*line)) {
            return Err(RegistryError::Missing { what, key: "service line", given: shortened(line) });
        }
        let position = match (entry.latitude_deg, entry.longitude_deg) {
            (Some(latitude_deg), Some(longitude_deg)) => Some(position(&what, latitude_deg, longitude_deg)?),
            (None, None) => None,
            _ => {
                let (key, allowed) = ("position", "both latitude_deg and longitude_deg, or neither");
                return Err(RegistryError::Value { what, key, given: "one of two".to_owned(), allowed });
            }
        };
        let abroad_since = match &entry.abroad_since {
            None => None,
            Some(given) => {
                let date = Date::parse(given);
                demand(date.is_some(), &what, "abroad_since", given, "a date, YYYY-MM-DD")?;
                date
            }
        };
        let places = entry.approved_in.len().max(entry.listed.len());
        if places > PLACES_MAX {
            return Err(RegistryError::TooMany {
                what: "places of one terminal",
                count: places,
                allowed: PLACES_MAX,
            });
        }
        for id in &entry.approved_in {
            let known = ground.territories.iter().any(|territory| territory.id == *id);
            demand(known, &what, "approved_in", id, "ids of territories of the map")?;
        }
        let listed = entry.listed.into_iter().map(|entry| listed(&what, entry)).collect::<Result<_, _>>()?;
        Ok(Terminal {
            id: entry.id,
            line: entry.line,
            position,
            speed_kmh: entry.speed_kmh,
            abroad_since,
            approved_in: entry.approved_in,
            listed,
        })
    }
}

impl Position {
    /// A position, if there is such a place.
    pub fn new(latitude_deg: f64, longitude_deg: f64) -> Option<Position> {
        let is = latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 180.0;
        is.then_some(Position { latitude_deg, longitude_deg })
    }

    /// The shortest way over a sphere of the Earth's mean radius, 6,371.0 km; within 0.6 % of the way over the ellipsoid.
    pub fn distance_km(self, other: Position) -> f64 {
        let (a, b) = (self.latitude_deg.to_radians(), other.latitude_deg.to_radians());
        let across = ((b - a) / 2.0).sin().powi(2);
        let along = ((other.longitude_deg - self.longitude_deg).to_radians() / 2.0).sin().powi(2);
        2.0 * 6_371.0 * (across + a.cos() * b.cos() * along).clamp(0.0, 1.0).sqrt().asin()
    }
}

impl Sea {
    /// The word used in registries and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Sea::None => "none",
            Sea::Coastal => "coastal",
            Sea::HighSeas => "high_seas",
        }
    }
}

impl Account {
    /// The word used in registries and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Account::Active => "active",
            Account::None => "none",
            Account::Suspended => "suspended",
        }
    }
}

fn plan(name: String, entry: PlanEntry) -> Result<Plan, RegistryError> {
    let what = format!("plan {:?}", shortened(&name));
    demand(!name.is_empty() && name.len() <= TEXT_BYTES_MAX, &what, "name", &name, "1 to 80 bytes")?;
    let class = Class::parse(&entry.class).ok_or_else(|| RegistryError::Value {
        what,
        key: "class",
        given: shortened(&entry.class),
        allowed: "consumer, roam, maritime, aviation, emergency, government",
    })?;
    Ok(Plan {
        class,
        speed_max_kmh: entry.speed_max_kmh,
        address_max_km: entry.address_max_km,
        abroad_max_days: entry.abroad_max_days,
        sea: entry.sea,
    })
}

fn listed(what: &str, entry: ListedEntry) -> Result<Listed, RegistryError> {
    let given = entry.path.len().to_string();
    demand(entry.path.len() <= PATH_MAX, what, "listed: length of path", &given, "up to 32 hashes")?;
    let ListedEntry { root, salt, index, size, path } = entry;
    Ok(Listed { root, membership: Membership { salt, index, size, path } })
}

fn position(what: &str, latitude_deg: f64, longitude_deg: f64) -> Result<Position, RegistryError> {
    Position::new(latitude_deg, longitude_deg).ok_or_else(|| RegistryError::Value {
        what: what.to_owned(),
        key: "position",
        given: format!("{latitude_deg}, {longitude_deg}"),
        allowed: "latitude_deg -90 to 90, longitude_deg -180 to 180",
    })
}

fn put<T>(map: &mut BTreeMap<String, T>, id: String, value: T, what: String) -> Result<(), RegistryError> {
    match map.insert(id, value) {
        Some(_) => Err(RegistryError::Twice { what }),
        None => Ok(()),
    }
}

fn demand(
    is: bool,
    what: &str,
    key: &'static str,
    given: &str,
    allowed: &'static str,
) -> Result<(), RegistryError> {
    match is {
        true => Ok(()),
        false => Err(RegistryError::Value { what: what.to_owned(), key, given: shortened(given), allowed }),
    }
}

/// `SL-` and capitals, or `ut` and small letters, as in the vendor's interface.
fn is_id(id: &str, prefix: &str) -> bool {
    let capitals = prefix.as_bytes()[0].is_ascii_uppercase();
    let known = |byte: u8| {
        byte.is_ascii_digit()
            || byte == b'-'
            || if capitals { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() }
    };
    id.strip_prefix(prefix).is_some_and(|rest| (1..=60).contains(&rest.len()) && rest.bytes().all(known))
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_BYTES_MAX).collect()
}
