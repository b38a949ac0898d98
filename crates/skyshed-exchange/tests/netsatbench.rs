//! NetSatBench's files: the keys of its manual, and epochs that replay to the links there are.

use std::collections::BTreeMap;

use serde_json::Value;
use skyshed_exchange::hypatia::{Case, Convention, LIGHT_M_S, SHELLS, Shell, Station, Texts};
use skyshed_exchange::netsatbench::{Links, Options, config, epoch, epoch_file};

fn small() -> (Texts, Case) {
    let stations = [("Quito", -0.23, -78.52), ("Oslo", 59.91, 10.74), ("Perth", -31.95, 115.86)]
        .map(|(name, latitude_deg, longitude_deg)| Station::new(name, latitude_deg, longitude_deg, 0.0));
    let shell = Shell { planes: 12, per_plane: 12, ..SHELLS[2] };
    let texts = shell.texts(&stations);
    let case = Case::read(&texts, Convention::Hypatia).unwrap();
    (texts, case)
}

fn options() -> Options {
    Options {
        epoch_dir: "run/epochs".to_owned(),
        isl_rate: "10gbit".to_owned(),
        gsl_rate: "1gbit".to_owned(),
        antennas: 2,
        delay_step_us: 50,
    }
}

#[test]
fn the_scenario_has_the_keys_of_the_manual() {
    let (texts, case) = small();
    let text = config(&case, &texts, &options());
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["epoch-config"]["epoch-dir"], "run/epochs");
    assert_eq!(found["epoch-config"]["file-pattern"], "NetSatBench-epoch*.json");
    let common = &found["node-config-common"];
    assert!(common["L3-config"]["enable-netem"].is_boolean() && common["image"].is_string());
    assert!(common["L3-config"]["routing-module"].is_string(), "required where routing is on");
    for rule in common["L3-config"]["auto-assign-super-cidr"].as_array().unwrap() {
        assert!(["satellite", "gateway"].contains(&rule["matchType"].as_str().unwrap()));
        assert!(rule["super-cidr"].as_str().unwrap().contains('/'));
    }
    let nodes = found["nodes"].as_object().unwrap();
    assert_eq!(nodes.len(), 147);
    assert!(nodes.keys().all(|name| name.len() < 8), "names are shorter than 8 characters");
    assert_eq!(nodes["s143"]["type"], "satellite");
    assert_eq!(nodes["s143"]["n_antennas"], 5);
    let lines: Vec<&str> = texts.tles.lines().collect();
    assert_eq!(nodes["s0"]["metadata"]["orbit"]["TLE"][0], lines[2]);
    assert_eq!(nodes["s143"]["metadata"]["orbit"]["TLE"][1], lines[432]);
    assert_eq!(nodes["g1"]["type"], "gateway");
    assert_eq!(nodes["g1"]["metadata"]["labels"]["name"], "Oslo");
    assert_eq!(nodes["g1"]["metadata"]["location"]["latitude"], 59.91);
}

#[test]
fn epochs_replay_to_the_links_there_are() {
    let (texts, case) = small();
    let options = options();
    let nodes: Value = serde_json::from_str(&config(&case, &texts, &options)).unwrap();
    let nodes = nodes["nodes"].as_object().unwrap();
    let mut replayed: BTreeMap<(String, String), f64> = BTreeMap::new();
    let mut before = Links::default();
    let mut deleted = 0;
    for step in 0..40u64 {
        let ways = case.ways(step * 30_500_000_000).unwrap();
        let links = Links::of(&case, &ways, &options);
        let (text, changes) = epoch(&case, &ways, &links, &before, &options);
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(changes.deleted, file["links-del"].as_array().unwrap().len());
        deleted += changes.deleted;
        let ends = |link: &Value| {
            let name = |key: &str| link[key].as_str().unwrap().to_owned();
            assert!(nodes.contains_key(&name("endpoint1")) && nodes.contains_key(&name("endpoint2")));
            (name("endpoint1"), name("endpoint2"))
        };
        let delay_ms = |link: &Value| {
            link["delay"].as_str().unwrap().strip_suffix("ms").unwrap().parse::<f64>().unwrap()
        };
        for link in file["links-del"].as_array().unwrap() {
            assert!(replayed.remove(&ends(link)).is_some(), "{link} was not there");
        }
        for link in file["links-update"].as_array().unwrap() {
            let earlier = replayed.insert(ends(link), delay_ms(link));
            assert!(earlier.is_some_and(|earlier| earlier != delay_ms(link)), "{link} is no update");
        }
        for link in file["links-add"].as_array().unwrap() {
            let rate = if ends(link).1.starts_with('g') { "1gbit" } else { "10gbit" };
            assert_eq!((link["rate"].as_str(), link["loss"].as_f64()), (Some(rate), Some(0.0)));
            assert!(replayed.insert(ends(link), delay_ms(link)).is_none(), "{link} was there");
        }
        assert_eq!(replayed.len(), links.len());
        check(&case, &ways, &replayed);
        before = links;
    }
    assert!(deleted > 0, "twenty minutes see handovers");
}

/// What was replayed against lengths worked out from positions.
fn check(case: &Case, ways: &skyshed_exchange::hypatia::Ways, replayed: &BTreeMap<(String, String), f64>) {
    for (pair, &[a, b]) in case.links.pairs.iter().enumerate() {
        let delay_ms = replayed[&(format!("s{a}"), format!("s{b}"))];
        assert!((delay_ms - ways.isl_length_m(pair) / LIGHT_M_S * 1e3).abs() <= 0.025 + 1e-9);
    }
    for station in 0..3 {
        let mut seen: Vec<(u32, f64)> = ways.seen(station).collect();
        seen.sort_by(|a, b| a.1.total_cmp(&b.1));
        let linked = replayed.keys().filter(|(_, end)| *end == format!("g{station}")).count();
        assert_eq!(linked, seen.len().min(2));
        for (satellite, length_m) in seen.into_iter().take(2) {
            let delay_ms = replayed[&(format!("s{satellite}"), format!("g{station}"))];
            assert!((delay_ms - length_m / LIGHT_M_S * 1e3).abs() <= 0.025 + 1e-9);
        }
    }
}

#[test]
fn times_and_names_are_as_its_reader_takes_them() {
    let (_, case) = small();
    let text_at = |time_ns: u64| {
        let ways = case.ways(time_ns).unwrap();
        let links = Links::of(&case, &ways, &options());
        let (text, _) = epoch(&case, &ways, &links, &Links::default(), &options());
        serde_json::from_str::<Value>(&text).unwrap()["time"].as_str().unwrap().to_owned()
    };
    assert_eq!(text_at(0), "2000-01-01T00:00:00Z");
    assert_eq!(text_at(500_000_000), "2000-01-01T00:00:00.500000Z");
    assert_eq!(text_at(61_000_000_000), "2000-01-01T00:01:01Z");
    assert_eq!(epoch_file(12), "NetSatBench-epoch12.json");
}
