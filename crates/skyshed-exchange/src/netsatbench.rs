//! NetSatBench's scenario: `sat-config.json`, and an epoch file per step with the links that come, change and go.
//!
//! Keys as in its manual (github.com/mSvcBench/NetSatBench, docs/configuration.md). Nodes are named `s` and the id of
//! the satellite, `g` and the id of the station, because names are shorter than 8 characters there. Delays are one way,
//! at the speed of light in vacuum, rounded to a step so that a link is not updated for every metre.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use skyshed_orbit::Epoch;

use crate::hypatia::{Case, LIGHT_M_S, Station, Texts, Ways};

/// Names of epoch files, and the pattern that finds them.
pub const PATTERN: &str = "NetSatBench-epoch*.json";
/// The folder of epoch files in the scenario's folder.
pub const EPOCHS: &str = "epochs";
/// The name of the scenario's file.
pub const CONFIG: &str = "sat-config.json";

/// Subnets of two usable addresses in a network of 2¹⁶.
const SMALL_NETWORK_NODES: usize = 1 << 14;

/// What the files leave to the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where the epoch files will be, as NetSatBench sees it.
    pub epoch_dir: String,
    /// Rate of a laser, as `tc` writes it: `10gbit`.
    pub isl_rate: String,
    /// Rate of a link between a station and a satellite.
    pub gsl_rate: String,
    /// Links of a station go to this many of the nearest satellites it sees.
    pub antennas: usize,
    /// Delays are rounded to multiples of this, microseconds; above 0.
    pub delay_step_us: u64,
}

/// A node, as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A satellite.
    Satellite(u32),
    /// A station.
    Station(u32),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Satellite(id) => serializer.collect_str(&format_args!("s{id}")),
            Node::Station(id) => serializer.collect_str(&format_args!("g{id}")),
        }
    }
}

/// The links of a step: endpoints, and the delay in steps of [`Options::delay_step_us`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(BTreeMap<(Node, Node), u64>);

impl Links {
    /// The links there are, and how long each takes.
    pub fn of(case: &Case, ways: &Ways, options: &Options) -> Links {
        let steps = |length_m: f64| {
            let micros = length_m / LIGHT_M_S * 1e6;
            // No link is without delay.
            ((micros / options.delay_step_us as f64).round() as u64).max(1)
        };
        let mut links = BTreeMap::new();
        for (index, &[a, b]) in case.links.pairs.iter().enumerate() {
            links.insert((Node::Satellite(a), Node::Satellite(b)), steps(ways.isl_length_m(index)));
        }
        for station in 0..case.stations.len() {
            let mut seen: Vec<(u32, f64)> = ways.seen(station).collect();
            seen.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            for (satellite, length_m) in seen.into_iter().take(options.antennas) {
                links.insert((Node::Satellite(satellite), Node::Station(station as u32)), steps(length_m));
            }
        }
        Links(links)
    }

    /// Number of links.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Links that come, change and go with an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New ones.
    pub added: usize,
    /// Of another delay.
    pub updated: usize,
    /// Gone.
    pub deleted: usize,
}

#[derive(Serialize)]
struct EpochFile {
    time: String,
    #[serde(rename = "links-add")]
    add: Vec<Link>,
    #[serde(rename = "links-update")]
    update: Vec<Link>,
    #[serde(rename = "links-del")]
    del: Vec<Ends>,
}

#[derive(Serialize)]
struct Ends {
    endpoint1: Node,
    endpoint2: Node,
}

#[derive(Serialize)]
struct Link {
    #[serde(flatten)]
    ends: Ends,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<u8>,
    delay: String,
}

/// The name of an epoch's file.
pub fn epoch_file(step: usize) -> String {
    PATTERN.replace('*', &step.to_string())
}

/// The text of an epoch's file: all links of the first, what changed in later ones.
pub fn epoch(
    case: &Case,
    ways: &Ways,
    links: &Links,
    before: &Links,
    options: &Options,
) -> (String, Changes) {
    let time = timestamp(case.epoch.plus_micros((ways.time_ns() / 1000) as i64));
    let mut file = EpochFile { time, add: Vec::new(), update: Vec::new(), del: Vec::new() };
    for (&(endpoint1, endpoint2), &steps) in &links.0 {
        let ends = Ends { endpoint1, endpoint2 };
        let delay = delay(steps * options.delay_step_us);
        match before.0.get(&(endpoint1, endpoint2)) {
            None => {
                let is_laser = matches!(endpoint2, Node::Satellite(_));
                let rate = if is_laser { &options.isl_rate } else { &options.gsl_rate };
                file.add.push(Link { ends, rate: Some(rate.clone()), loss: Some(0), delay });
            }
            Some(earlier) if *earlier != steps => {
                file.update.push(Link { ends, rate: None, loss: None, delay })
            }
            Some(_) => {}
        }
    }
    let gone = before.0.keys().filter(|ends| !links.0.contains_key(ends));
    file.del.extend(gone.map(|&(endpoint1, endpoint2)| Ends { endpoint1, endpoint2 }));
    let changes = Changes { added: file.add.len(), updated: file.update.len(), deleted: file.del.len() };
    (pretty(&file), changes)
}

/// ISO 8601 with no fraction or six digits of it: what every version of Python's reader takes.
fn timestamp(time: Epoch) -> String {
    match time.micros % 1_000_000 {
        0 => time.to_string(),
        micros => format!("{}.{micros:06}Z", time.plus_micros(-micros).to_string().trim_end_matches('Z')),
    }
}

/// As `tc` reads it: milliseconds, with as many decimals as it takes.
fn delay(micros: u64) -> String {
    let fraction = format!(".{:03}", micros % 1000);
    format!("{}{}ms", micros / 1000, fraction.trim_end_matches('0').trim_end_matches('.'))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ConfigFile<'a> {
    node_config_common: Common,
    epoch_config: EpochConfig<'a>,
    nodes: Nodes<'a>,
}

#[derive(Serialize)]
struct Common {
    #[serde(rename = "type")]
    kind: &'static str,
    n_antennas: usize,
    metadata: Empty,
    image: &'static str,
    sidecars: [String; 0],
    #[serde(rename = "cpu-request")]
    cpu_request: &'static str,
    #[serde(rename = "mem-request")]
    mem_request: &'static str,
    #[serde(rename = "cpu-limit")]
    cpu_limit: &'static str,
    #[serde(rename = "mem-limit")]
    mem_limit: &'static str,
    #[serde(rename = "L3-config")]
    l3: L3,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct L3 {
    enable_netem: bool,
    enable_routing: bool,
    routing_module: &'static str,
    routing_metadata: Area,
    auto_assign_ips: bool,
    auto_assign_super_cidr: [Cidr; 2],
}

#[derive(Serialize)]
struct Area {
    #[serde(rename = "isis-area-id")]
    isis_area_id: &'static str,
}

#[derive(Serialize)]
struct Cidr {
    #[serde(rename = "matchType")]
    match_type: &'static str,
    #[serde(rename = "super-cidr")]
    super_cidr: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct EpochConfig<'a> {
    epoch_dir: &'a str,
    file_pattern: &'a str,
}

struct Nodes<'a> {
    case: &'a Case,
    tles: Vec<[&'a str; 2]>,
    antennas: usize,
}

#[derive(Serialize)]
struct NodeEntry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    n_antennas: usize,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    orbit: Option<OrbitEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
    labels: Labels<'a>,
}

#[derive(Serialize)]
struct OrbitEntry<'a> {
    #[serde(rename = "TLE")]
    tle: [&'a str; 2],
}

#[derive(Serialize)]
struct Location {
    latitude: f64,
    longitude: f64,
    altitude: f64,
}

#[derive(Serialize)]
struct Labels<'a> {
    name: &'a str,
}

impl<'a> Serialize for Nodes<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let satellite = |(id, tle): (usize, &[&'a str; 2])| {
            let orbit = Some(OrbitEntry { tle: *tle });
            let labels = Labels { name: &self.case.names[id] };
            let metadata = Metadata { orbit, location: None, labels };
            let n_antennas = self.case.links.degree(id as u32) + 1;
            (Node::Satellite(id as u32), NodeEntry { kind: "satellite", n_antennas, metadata })
        };
        let station = |(id, station): (usize, &'a Station)| {
            let location = Location {
                latitude: station.latitude_deg,
                longitude: station.longitude_deg,
                altitude: station.elevation_m,
            };
            let labels = Labels { name: &station.name };
            let metadata = Metadata { orbit: None, location: Some(location), labels };
            (Node::Station(id as u32), NodeEntry { kind: "gateway", n_antennas: self.antennas, metadata })
        };
        let satellites = self.tles.iter().enumerate().map(satellite);
        serializer.collect_map(satellites.chain(self.case.stations.iter().enumerate().map(station)))
    }
}

/// The text of [`CONFIG`].
pub fn config(case: &Case, texts: &Texts, options: &Options) -> String {
    let lines: Vec<&str> = texts.tles.lines().skip(1).collect();
    let tles = lines.chunks_exact(3).map(|lines| [lines[1], lines[2]]).collect();
    let satellites =
        if case.satellites() <= SMALL_NETWORK_NODES { "172.100.0.0/16" } else { "10.128.0.0/13" };
    let gateways =
        if case.stations.len() <= SMALL_NETWORK_NODES { "172.101.0.0/16" } else { "10.136.0.0/13" };
    pretty(&ConfigFile {
        node_config_common: Common {
            kind: "undefined",
            n_antennas: 1,
            metadata: Empty {},
            image: "msvcbench/sat-container:latest",
            sidecars: [],
            cpu_request: "100m",
            mem_request: "200MiB",
            cpu_limit: "200m",
            mem_limit: "400MiB",
            l3: L3 {
                enable_netem: true,
                enable_routing: true,
                routing_module: "extra.routing.isis",
                routing_metadata: Area { isis_area_id: "0001" },
                auto_assign_ips: true,
                auto_assign_super_cidr: [
                    Cidr { match_type: "satellite", super_cidr: satellites },
                    Cidr { match_type: "gateway", super_cidr: gateways },
                ],
            },
        },
        epoch_config: EpochConfig { epoch_dir: &options.epoch_dir, file_pattern: PATTERN },
        nodes: Nodes { case, tles, antennas: options.antennas.min(case.satellites()) },
    })
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("values that are plain serialize");
    text.push('\n');
    text
}
