//! Names to indices: from a [`Scenario`] to its [`Faults`].

use std::collections::{BTreeMap, BTreeSet};

use skyshed_ground::Ground;
use skyshed_network::planes::Planes;
use skyshed_orbit::Satellite;

use super::faults::ResolvedFault;
use super::names::Names;
use super::{Fault, Faults, Kind, LaserName, Outages, PlaneName, SatelliteName, Scenario, ScenarioError};

/// Most candidates an error lists.
const CANDIDATES_MAX: usize = 10;
/// Most names of one kind that a description lists.
const LISTED_MAX: usize = 3;

pub(super) fn resolve(
    scenario: &Scenario,
    satellites: &[Satellite],
    planes: &Planes,
    ground: &Ground,
) -> Result<Faults, ScenarioError> {
    let known = Known::new(satellites, planes, ground);
    let faults = scenario.faults.iter().zip(1..).map(|(fault, number)| {
        let named = Finder { known: &known, fault: number }.named(fault)?;
        let outages = known.outages(&named);
        if outages.is_empty() {
            return Err(ScenarioError::Nothing { fault: number });
        }
        let description = known.describe(&named, fault);
        Ok(ResolvedFault { from: fault.from, until: fault.until, outages, description })
    });
    Ok(Faults::new(faults.collect::<Result<_, _>>()?, satellites.len() as u32))
}

/// Everything that has a name.
struct Known<'a> {
    satellites: &'a [Satellite],
    planes: &'a Planes,
    ground: &'a Ground,
    satellite_names: Names<'a>,
    satellite_numbers: BTreeMap<u64, u32>,
    shell_names: Names<'a>,
    gateway_names: Names<'a>,
    pop_names: Names<'a>,
}

/// What one fault names, by index.
struct Named {
    satellites: BTreeSet<u32>,
    /// Shell and plane.
    planes: BTreeSet<(u32, u16)>,
    shells: BTreeSet<u32>,
    gateways: BTreeSet<u16>,
    pops: BTreeSet<u16>,
    lasers: BTreeSet<Laser>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Laser {
    All,
    Of(u32),
    /// The smaller index first.
    Link([u32; 2]),
}

impl<'a> Known<'a> {
    fn new(satellites: &'a [Satellite], planes: &'a Planes, ground: &'a Ground) -> Known<'a> {
        Known {
            satellites,
            planes,
            ground,
            satellite_names: Names::new(satellites.iter().map(|satellite| satellite.name.as_str())),
            satellite_numbers: satellites.iter().map(|satellite| satellite.catalog_number).zip(0..).collect(),
            shell_names: Names::new(planes.shells.iter().map(|shell| shell.name.as_str())),
            gateway_names: Names::new(ground.gateways.iter().map(|gateway| gateway.name.as_str())),
            pop_names: Names::new(ground.pops.iter().map(|pop| pop.name.as_str())),
        }
    }

    /// What a fault takes out by itself: lasers only where it names lasers.
    fn outages(&self, named: &Named) -> Outages {
        let shell = |shell: u32| &self.planes.shells[shell as usize];
        let planes = named.planes.iter().map(|&(s, plane)| &shell(s).planes[usize::from(plane)]);
        let planes = planes.chain(named.shells.iter().flat_map(|&s| &shell(s).planes));
        let mut outages = Outages {
            satellites: named
                .satellites
                .iter()
                .chain(planes.flat_map(|plane| &plane.satellites))
                .copied()
                .collect(),
            gateways: named.gateways.iter().copied().collect(),
            pops: named.pops.iter().copied().collect(),
            ..Outages::default()
        };
        for &laser in &named.lasers {
            match laser {
                Laser::All => outages.all_lasers = true,
                Laser::Of(satellite) => outages.lasers.satellites.push(satellite),
                Laser::Link(pair) => outages.lasers.pairs.push(pair),
            }
        }
        outages.sort();
        outages
    }
}

/// Finds the names of one fault.
struct Finder<'a> {
    known: &'a Known<'a>,
    /// Its number in the file, from 1, for messages.
    fault: usize,
}

impl Finder<'_> {
    fn named(&self, fault: &Fault) -> Result<Named, ScenarioError> {
        let (gateways, pops) = (&self.known.gateway_names, &self.known.pop_names);
        let site = |kind, names, given: &String| self.site(kind, names, given);
        Ok(Named {
            satellites: fault
                .satellites
                .iter()
                .map(|given| self.satellite(given))
                .collect::<Result<_, _>>()?,
            planes: fault.planes.iter().map(|given| self.plane(given)).collect::<Result<_, _>>()?,
            shells: fault.shells.iter().map(|given| self.shell(given)).collect::<Result<_, _>>()?,
            gateways: fault
                .gateways
                .iter()
                .map(|given| site(Kind::Gateway, gateways, given))
                .collect::<Result<_, _>>()?,
            pops: fault.pops.iter().map(|given| site(Kind::Pop, pops, given)).collect::<Result<_, _>>()?,
            lasers: fault.lasers.iter().map(|given| self.laser(given)).collect::<Result<_, _>>()?,
        })
    }

    fn satellite(&self, given: &SatelliteName) -> Result<u32, ScenarioError> {
        match given {
            SatelliteName::Name(name) => self.satellite_called(name),
            SatelliteName::Number(number) => {
                let found = self.known.satellite_numbers.get(number).copied();
                found.ok_or_else(|| self.unknown_satellite(&number.to_string(), Vec::new()))
            }
        }
    }

    fn satellite_called(&self, given: &str) -> Result<u32, ScenarioError> {
        let found = self.satellites_called(given);
        self.only(Kind::Satellite, given, &found, |index| {
            self.known.satellites[index as usize].catalog_number.to_string()
        })?
        .ok_or_else(|| self.unknown_satellite(given, self.known.satellite_names.near(given)))
    }

    /// The satellite of a catalogue number, or else all of a name: so each can be named, whatever others are called.
    fn satellites_called(&self, given: &str) -> Vec<u32> {
        let digits = Some(given).filter(|given| given.bytes().all(|byte| byte.is_ascii_digit()));
        let number: Option<u64> = digits.and_then(|digits| digits.parse().ok());
        match number.and_then(|number| self.known.satellite_numbers.get(&number)) {
            Some(&index) => vec![index],
            None => self.known.satellite_names.find(given),
        }
    }

    fn unknown_satellite(&self, given: &str, near: Vec<String>) -> ScenarioError {
        let count = self.known.satellites.len();
        ScenarioError::Unknown {
            fault: self.fault,
            kind: Kind::Satellite,
            given: given.to_owned(),
            near,
            count,
        }
    }

    fn plane(&self, given: &PlaneName) -> Result<(u32, u16), ScenarioError> {
        let shell = self.shell(&given.shell)?;
        let planes = self.known.planes.shells[shell as usize].planes.len();
        if usize::from(given.plane) < planes {
            return Ok((shell, given.plane));
        }
        let (fault, plane) = (self.fault, given.plane);
        Err(ScenarioError::NoPlane { fault, shell: given.shell.clone(), plane, planes })
    }

    fn shell(&self, given: &str) -> Result<u32, ScenarioError> {
        self.listed(Kind::Shell, &self.known.shell_names, given, |index| {
            let shell = &self.known.planes.shells[index as usize];
            format!("{:.2}° at {:.1} km", shell.inclination_deg, shell.altitude_km)
        })
    }

    fn site(&self, kind: Kind, names: &Names<'_>, given: &str) -> Result<u16, ScenarioError> {
        let ground = self.known.ground;
        let position = |index: u32| match kind {
            Kind::Gateway => {
                let site = &ground.gateways[index as usize];
                (site.latitude_deg, site.longitude_deg)
            }
            _ => (ground.pops[index as usize].latitude_deg, ground.pops[index as usize].longitude_deg),
        };
        let index = self.listed(kind, names, given, |index| {
            let (latitude_deg, longitude_deg) = position(index);
            format!("{latitude_deg},{longitude_deg}")
        })?;
        let fault = self.fault;
        index.try_into().map_err(|_| ScenarioError::TooFarDown {
            fault,
            kind,
            given: given.to_owned(),
            index,
        })
    }

    /// The one thing of a name.
    fn listed(
        &self,
        kind: Kind,
        names: &Names<'_>,
        given: &str,
        mark: impl Fn(u32) -> String,
    ) -> Result<u32, ScenarioError> {
        self.only(kind, given, &names.find(given), mark)?.ok_or_else(|| ScenarioError::Unknown {
            fault: self.fault,
            kind,
            given: given.to_owned(),
            near: names.near(given),
            count: names.len(),
        })
    }

    /// What was found, if it is one thing or nothing; `mark` tells several apart.
    fn only<T: Copy>(
        &self,
        kind: Kind,
        given: &str,
        found: &[T],
        mark: impl Fn(T) -> String,
    ) -> Result<Option<T>, ScenarioError> {
        if found.len() <= 1 {
            return Ok(found.first().copied());
        }
        Err(ScenarioError::Ambiguous {
            fault: self.fault,
            kind,
            given: given.to_owned(),
            candidates: found.iter().take(CANDIDATES_MAX).map(|&index| mark(index)).collect(),
            count: found.len(),
        })
    }

    fn laser(&self, given: &LaserName) -> Result<Laser, ScenarioError> {
        match given {
            LaserName::All => Ok(Laser::All),
            // A designed satellite has `/` in its name, so a whole name comes first.
            LaserName::Of(SatelliteName::Name(name))
                if name.contains('/') && self.satellites_called(name).is_empty() =>
            {
                self.link(name)
            }
            LaserName::Of(satellite) => self.satellite(satellite).map(Laser::Of),
        }
    }

    /// Two satellites with `/` between them.
    fn link(&self, given: &str) -> Result<Laser, ScenarioError> {
        let ends = |at: usize| (given[..at].trim(), given[at + 1..].trim());
        let splits: Vec<(&str, &str)> = given.match_indices('/').map(|(at, _)| ends(at)).collect();
        let is_known = |name: &str| !self.satellites_called(name).is_empty();
        let known = splits.iter().filter(|(a, b)| is_known(a) && is_known(b));
        let pairs: BTreeSet<[u32; 2]> = known.map(|(a, b)| self.pair(a, b)).collect::<Result<_, _>>()?;
        let pairs: Vec<[u32; 2]> = pairs.into_iter().collect();
        match self.only(Kind::Link, given, &pairs, |pair| self.known.numbers_of(pair))? {
            Some([a, b]) if a == b => {
                let (fault, given) = (self.fault, given.to_owned());
                let satellite = self.known.satellite_names.at(a).to_owned();
                Err(ScenarioError::LinkToItself { fault, given, satellite })
            }
            Some(pair) => Ok(Laser::Link(pair)),
            None => Err(self.unknown_end(given, &splits)),
        }
    }

    fn pair(&self, a: &str, b: &str) -> Result<[u32; 2], ScenarioError> {
        let (a, b) = (self.satellite_called(a)?, self.satellite_called(b)?);
        Ok([a.min(b), a.max(b)])
    }

    /// The end of a link that nothing bears: the one beside an end that is known; else the first, if it is plain where
    /// that ends.
    fn unknown_end(&self, given: &str, splits: &[(&str, &str)]) -> ScenarioError {
        let is_known = |name: &str| !self.satellites_called(name).is_empty();
        let beside_known = splits.iter().find_map(|&(a, b)| match (is_known(a), is_known(b)) {
            (true, false) => Some(b),
            (false, true) => Some(a),
            _ => None,
        });
        let first = splits.first().filter(|_| splits.len() == 1).map(|&(a, _)| a);
        let end = beside_known.or(first).unwrap_or(given);
        self.unknown_satellite(end, self.known.satellite_names.near(end))
    }
}

impl Known<'_> {
    /// One line for people: what is out, when and why.
    fn describe(&self, named: &Named, fault: &Fault) -> String {
        let satellite = |&index: &u32| self.satellite_names.at(index).to_owned();
        let shell = |&index: &u32| self.shell_names.at(index).to_owned();
        let plane = |(shell, plane): &(u32, u16)| format!("{}/{plane}", self.shell_names.at(*shell));
        let gateway = |&index: &u16| self.gateway_names.at(index.into()).to_owned();
        let pop = |&index: &u16| self.pop_names.at(index.into()).to_owned();
        let lasers_of = named.lasers.iter().filter_map(|laser| match laser {
            Laser::Of(index) => Some(satellite(index)),
            _ => None,
        });
        let links = named.lasers.iter().filter_map(|laser| match laser {
            Laser::Link([a, b]) => Some(format!("{} to {}", satellite(a), satellite(b))),
            _ => None,
        });
        let all_lasers = named.lasers.contains(&Laser::All).then(|| "all lasers".to_owned());
        let parts = [
            listed("satellite", "satellites", named.satellites.iter().map(satellite)),
            listed("plane", "planes", named.planes.iter().map(plane)),
            listed("shell", "shells", named.shells.iter().map(shell)),
            listed("gateway", "gateways", named.gateways.iter().map(gateway)),
            listed("PoP", "PoPs", named.pops.iter().map(pop)),
            all_lasers,
            listed("lasers of", "lasers of", lasers_of),
            listed("link", "links", links),
        ];
        let what: Vec<String> = parts.into_iter().flatten().collect();
        let why = fault.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
        format!("{}: out {}{why}", what.join("; "), span(fault))
    }

    fn numbers_of(&self, [a, b]: [u32; 2]) -> String {
        let number = |index: u32| self.satellites[index as usize].catalog_number;
        format!("{}/{}", number(a), number(b))
    }
}

fn span(fault: &Fault) -> String {
    match (fault.from, fault.until) {
        (None, None) => "throughout".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(from), Some(until)) => format!("from {from} until {until}"),
    }
}

/// `planes 53.0-550/3, 53.0-550/4, 53.0-550/5 and 9 more`; nothing for nothing.
fn listed(one: &str, several: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let word = if names.len() == 1 { one } else { several };
    let shown = names[..names.len().min(LISTED_MAX)].join(", ");
    match names.len() {
        0 => None,
        count if count > LISTED_MAX => Some(format!("{word} {shown} and {} more", count - LISTED_MAX)),
        _ => Some(format!("{word} {shown}")),
    }
}
