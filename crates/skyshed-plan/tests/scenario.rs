//! Scenarios: what is refused and how it is told, and what is out when, held against sets worked out here.

use std::collections::BTreeSet;

use proptest::prelude::*;
use skyshed_ground::{Gateway, Ground, Pop};
use skyshed_network::planes::{Plane, Planes, Seat, Shell};
use skyshed_orbit::{Constellation, Epoch, Satellite};
use skyshed_plan::scenario::{
    FAULTS_MAX, Faults, NAMES_MAX, Outages, SCENARIO_BYTES_MAX, Scenario, ScenarioError,
};

/// Satellites of two shells: planes {0, 1}, {2, 3}, an empty one and {8} in the first, {4, 5} in the second; 6, 7 and 9
/// have no seat.
const PLANES: [&[&[u32]]; 2] = [&[&[0, 1], &[2, 3], &[], &[8]], &[&[4, 5]]];
const SATELLITES: [(u64, &str); 10] = [
    (44_713, "STARLINK-1007"),
    (44_714, "STARLINK-1008"),
    (44_715, "STARLINK-1009"),
    (44_716, "STARLINK-1010"),
    (44_717, "polar/one"),
    (44_718, "polar/two"),
    (44_719, "44719"),
    (44_720, "Twin"),
    (44_721, "Twin"),
    (44_722, "44713"),
];
const GATEWAYS: [&str; 3] = ["Hawthorne, California", "Villenave-d'Ornon, France", "Zürich"];
const POPS: [&str; 3] = ["Frankfurt", "Seattle", "Tokyo"];

fn satellites() -> Vec<Satellite> {
    let satellite = |(catalog_number, name): (u64, &str)| Satellite {
        catalog_number,
        name: name.to_owned(),
        elevation_mask_deg: None,
        epoch: epoch("2026-08-22"),
    };
    SATELLITES.map(satellite).to_vec()
}

fn planes() -> Planes {
    let mut found = Planes { seats: vec![None; SATELLITES.len()], ..Planes::default() };
    for ((shell, name), planes) in (0..).zip(["53.0-550", "97.6/560"]).zip(PLANES) {
        for (plane, members) in (0..).zip(planes) {
            for (place, &satellite) in (0..).zip(*members) {
                found.seats[satellite as usize] = Some(Seat { shell, plane, place });
            }
        }
        let plane = |members: &&[u32]| Plane { raan_deg: 0.0, satellites: members.to_vec() };
        let planes = planes.iter().map(plane).collect();
        found.shells.push(Shell { name: name.to_owned(), altitude_km: 550.0, inclination_deg: 53.0, planes });
    }
    found
}

fn ground() -> Ground {
    let gateway = |name: &str| Gateway {
        name: name.to_owned(),
        country: String::new(),
        latitude_deg: 47.5,
        longitude_deg: 8.5,
        approximate: true,
    };
    let pop = |name: &str| Pop {
        name: name.to_owned(),
        country: String::new(),
        latitude_deg: 47.5,
        longitude_deg: 8.5,
        approximate: true,
        home_of: Vec::new(),
    };
    Ground::default().with_sites(GATEWAYS.map(gateway).to_vec(), POPS.map(pop).to_vec())
}

fn epoch(text: &str) -> Epoch {
    Epoch::parse(text).expect("a time")
}

fn faults(text: &str) -> Result<Faults, ScenarioError> {
    Scenario::parse(text)?.resolve(&satellites(), &planes(), &ground())
}

#[track_caller]
fn outages(text: &str) -> Outages {
    faults(text).expect("a good scenario").at(epoch("2026-08-22T21:00:12Z"))
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let message = faults(text).expect_err("a bad scenario").to_string();
    assert_eq!(message, expected);
}

#[track_caller]
fn refused_with(text: &str, part: &str) {
    let message = Scenario::parse(text).expect_err("a bad scenario").to_string();
    assert!(message.contains(part), "{message:?} should contain {part:?}");
}

/// The TOML block of the module's documentation.
fn documented() -> String {
    let lines = include_str!("../src/scenario.rs").lines().map_while(|line| line.strip_prefix("//!"));
    let block = lines.skip_while(|line| line.trim() != "```toml").skip(1);
    block.take_while(|line| line.trim() != "```").map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_documented_example_is_read() {
    let text = documented().replace("# lasers = ", "[[fault]]\nlasers = ");
    let scenario = Scenario::parse(&text).expect("the documented example");
    assert_eq!(scenario.name.as_deref(), Some("a storm over Hawthorne"));
    assert_eq!(scenario.faults.len(), 3);
    let faults = scenario.resolve(&satellites(), &planes(), &ground()).expect("names that there are");
    let out = faults.at(epoch("2026-08-22T21:30:00Z"));
    assert_eq!(out.satellites, [0, 1, 2, 3, 8]);
    assert_eq!((out.gateways, out.pops, out.all_lasers), (vec![0], vec![0], true));
    assert_eq!(out.lasers.pairs, [[1, 3]]);
}

#[test]
fn an_empty_scenario_takes_nothing_out() {
    for text in ["", "name = \"a fine day\"\n"] {
        assert_eq!(faults(text), Ok(Faults::none()));
        assert!(outages(text).is_empty());
    }
    assert!(Faults::none().is_none());
    assert_eq!(Faults::none().active(epoch("2026-08-22")).count(), 0);
}

#[test]
fn each_kind_of_thing_is_taken_out() {
    let check =
        |list: &str, expected: Outages| assert_eq!(outages(&format!("[[fault]]\n{list}\n")), expected);
    let satellites = |out: &[u32]| {
        let mut expected = Outages { satellites: out.to_vec(), ..Outages::default() };
        expected.lasers.satellites = out.to_vec();
        expected
    };
    let lasers = |out: &[u32], pairs: &[[u32; 2]]| {
        let mut expected = Outages::default();
        expected.lasers.satellites = out.to_vec();
        expected.lasers.pairs = pairs.to_vec();
        expected
    };
    check("satellites = ['starlink-1010', 44714, '44718', 44719]", satellites(&[1, 3, 5, 6]));
    check("planes = ['53.0-550/1']", satellites(&[2, 3]));
    check("planes = [' 97.6/560 / 00 ']", satellites(&[4, 5]));
    check("shells = ['53.0-550']", satellites(&[0, 1, 2, 3, 8]));
    check(
        "gateways = ['ZÜRICH', 'hawthorne, california']",
        Outages { gateways: vec![0, 2], ..Outages::default() },
    );
    check("pops = ['tokyo']", Outages { pops: vec![2], ..Outages::default() });
    check("lasers = ['STARLINK-1008', 44713]", lasers(&[0, 1], &[]));
    check("lasers = ['STARLINK-1010/STARLINK-1008']", lasers(&[], &[[1, 3]]));
    check("lasers = ['44721 / 44714', 'polar/two']", lasers(&[5], &[[1, 8]]));
    check("lasers = ['polar/two/polar/one']", lasers(&[], &[[4, 5]]));
    check("lasers = ['ALL']", Outages { all_lasers: true, ..lasers(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[]) });
}

#[test]
fn a_satellite_that_is_out_has_no_laser_and_one_without_lasers_still_works() {
    let out = outages(
        "[[fault]]\nsatellites = [44713]\nlasers = [44714]\ngateways = ['Zürich']\npops = ['Tokyo']\n",
    );
    assert!(out.satellite_is_out(0) && !out.satellite_is_out(1));
    assert_eq!(out.lasers.satellites, [0, 1]);
    assert!(out.gateway_is_out(2) && !out.gateway_is_out(0));
    assert!(out.pop_is_out(2) && !out.pop_is_out(0));
    assert!(!out.is_empty());
}

#[test]
fn a_fault_holds_from_its_first_instant_to_before_its_last() {
    let out = |text: &str, time: Epoch| !faults(text).expect("a good scenario").at(time).is_empty();
    let (from, until) = (epoch("2026-08-22T21:00:12Z"), epoch("2026-08-22T22:00:12Z"));
    let fault = "[[fault]]\npops = ['Tokyo']\n";
    let begins = format!("{fault}from = '{from}'\n");
    let ends = format!("{fault}until = 2026-08-23T00:00:12+02:00\n");
    let both = format!("{fault}from = 2026-08-22T21:00:12\nuntil = '{until}'\n");
    for (text, before, first, last, after) in [
        (&begins, false, true, true, true),
        (&ends, true, true, true, false),
        (&both, false, true, true, false),
    ] {
        let seen = [from.plus_micros(-1), from, until.plus_micros(-1), until].map(|time| out(text, time));
        assert_eq!(seen, [before, first, last, after], "{text}");
    }
}

#[test]
fn faults_in_force_are_told_in_a_line_each() {
    let text = "
        [[fault]]
        satellites = ['starlink-1009', 44713, 44714, 44716, 44717]
        planes = ['53.0-550/1']
        lasers = ['all']
        from = '2026-08-22T21:00:12Z'
        until = '2026-08-22T22:00:12Z'
        reason = 'storm'
        [[fault]]
        shells = ['97.6/560']
        gateways = ['zürich']
        pops = ['Tokyo', 'Seattle']
        lasers = [44714, '44714/44713']
        until = '2026-08-22T21:00:12Z'
    ";
    let faults = faults(text).expect("a good scenario");
    let at = |time: &str| faults.active(epoch(time)).collect::<Vec<&str>>();
    assert_eq!(
        at("2026-08-22T21:00:12Z"),
        ["satellites STARLINK-1007, STARLINK-1008, STARLINK-1009 and 2 more; plane 53.0-550/1; all lasers: \
          out from 2026-08-22T21:00:12Z until 2026-08-22T22:00:12Z (storm)"]
    );
    assert_eq!(
        at("2026-08-22"),
        ["shell 97.6/560; gateway Zürich; PoPs Seattle, Tokyo; lasers of STARLINK-1008; \
          link STARLINK-1007 to STARLINK-1008: out until 2026-08-22T21:00:12Z"]
    );
    assert!(at("2026-08-22T22:00:12Z").is_empty());
}

#[test]
fn text_that_is_no_scenario_is_refused() {
    refused_with("fault", "scenario is not readable");
    refused_with("[[fault]]\nsatelites = [1]\n", "unknown field `satelites`");
    refused_with("faults = []\n", "unknown field `faults`");
    refused_with("[[fault]]\nsatellites = [-1]\n", "expected a name in quotes or a catalogue number");
    refused_with("[[fault]]\nlasers = [true]\n", "expected a name in quotes or a catalogue number");
    refused_with("[[fault]]\npops = 'Tokyo'\n", "expected a sequence");
    refused_with("[[fault]]\npops = ['Tokyo']\nfrom = 3\n", "expected a time such as");
    refused_with("[[fault]]\nx = 1\n", "allowed keys: name, [[fault]] with satellites, planes, shells");
}

#[test]
fn sizes_have_limits() {
    let long = format!("#{}", " ".repeat(SCENARIO_BYTES_MAX));
    refused(&long, "a scenario of 1048577 bytes; allowed: 1048576; name planes or shells, not satellites");
    assert!(Scenario::parse(&long[..SCENARIO_BYTES_MAX]).is_ok());
    let fault = "[[fault]]\npops = ['Tokyo']\n";
    assert!(Scenario::parse(&fault.repeat(FAULTS_MAX)).is_ok());
    refused(
        &fault.repeat(FAULTS_MAX + 1),
        "1001 faults; allowed: 1000; put what fails at the same time into one fault",
    );
    let names = |count: usize| format!("[[fault]]\nsatellites = [{}]\n", "44713,".repeat(count));
    assert!(Scenario::parse(&names(NAMES_MAX)).is_ok());
    refused(
        &names(NAMES_MAX + 1),
        "fault 1: `satellites` has 10001 names; allowed: 10000; name planes or shells, not satellites",
    );
    let reason = |reason: &str| format!("{fault}reason = \"{reason}\"\n");
    assert!(Scenario::parse(&reason(&"x".repeat(500))).is_ok());
    for (text, bytes) in [("x".repeat(501), 501), (" ".to_owned(), 1), ("\\u001b[2J".to_owned(), 4)] {
        let allowed = "allowed: one line of 1 to 500 bytes without control characters";
        refused(&reason(&text), &format!("fault 1: `reason` holds a text of {bytes} bytes; {allowed}"));
        let name = format!("name = \"{text}\"\n");
        refused(&name, &format!("`name` has {bytes} bytes; {allowed}"));
    }
}

#[test]
fn spans_and_lists_without_content_are_refused() {
    let pops = "[[fault]]\npops = ['Tokyo']\n";
    for until in ["21:00:12", "20:00:00"] {
        refused(
            &format!("{pops}{pops}from = '2026-08-22T21:00:12Z'\nuntil = '2026-08-22T{until}Z'\n"),
            &format!(
                "fault 2: `from` 2026-08-22T21:00:12Z is not before `until` 2026-08-22T{until}Z; a fault lasts from \
                 the one to just before the other"
            ),
        );
    }
    refused_with(&format!("{pops}from = 'noon'\n"), "fault 1: `from`: `noon` is not a time; write it as");
    refused_with(&format!("{pops}until = 10:00:00\n"), "fault 1: `until`: `10:00:00` is not a time");
    refused_with(&format!("{pops}until = '2026-02-30'\n"), "day is 30, allowed 1 to 28");
    let nothing = "takes out nothing; name a satellite, a plane or shell with satellites, a gateway, a point of \
                   presence or a laser";
    refused("[[fault]]\nreason = 'none'\n", &format!("fault 1 {nothing}"));
    refused(&format!("{pops}[[fault]]\nlasers = []\npops = []\n"), &format!("fault 2 {nothing}"));
    refused("[[fault]]\nplanes = ['53.0-550/2']\n", &format!("fault 1 {nothing}"));
}

#[test]
fn names_that_nothing_bears_are_refused_with_names_that_something_does() {
    refused(
        "[[fault]]\nsatellites = ['STARLINK-1O08']\n",
        "fault 1: no satellite is called \"STARLINK-1O08\"; there are 10, such as STARLINK-1008; STARLINK-1007; \
         STARLINK-1009; give its name or catalogue number as the elements have them",
    );
    refused(
        "[[fault]]\nsatellites = [5]\n",
        "fault 1: no satellite is called \"5\"; there are 10; give its name or catalogue number as the elements \
         have them",
    );
    refused(
        "[[fault]]\nshells = ['53-550']\n",
        "fault 1: no shell is called \"53-550\"; there are 2, such as 53.0-550; 97.6/560; give its name, which is \
         inclination and altitude such as 53.0-550",
    );
    refused(
        "[[fault]]\ngateways = ['Hawthorne']\n",
        "fault 1: no gateway is called \"Hawthorne\"; there are 3, such as Hawthorne, California; \
         Villenave-d'Ornon, France; Zürich; give its name as the list of gateways has it",
    );
    refused(
        "[[fault]]\npops = ['Francfort']\n",
        "fault 1: no PoP is called \"Francfort\"; there are 3, such as Frankfurt; Seattle; Tokyo; give its name as \
         the list of points of presence has it",
    );
}

#[test]
fn planes_that_are_none_are_refused() {
    for given in ["53.0-550", "53.0-550/x", "53.0-550/", "/3", "53.0-550/-1", "53.0-550/+1", "53.0-550/70000"]
    {
        refused(
            &format!("[[fault]]\nplanes = ['{given}']\n"),
            &format!(
                "fault 1: \"{given}\" is no plane; write the shell's name, `/` and the plane's number from 0, such as \
                 \"53.0-550/3\""
            ),
        );
    }
    refused(
        "[[fault]]\nplanes = ['53.0-550/4']\n",
        "fault 1: shell \"53.0-550\" has no plane 4; its 4 planes are numbered from 0",
    );
}

#[test]
fn names_that_several_bear_are_refused() {
    refused(
        "[[fault]]\nsatellites = ['twin']\n",
        "fault 1: \"twin\" could be 2 satellites, such as 44720; 44721; give its catalogue number instead",
    );
    // The name of one and the catalogue number of another: a number is a number.
    assert_eq!(outages("[[fault]]\nlasers = ['44713', 44722]\n").lasers.satellites, [0, 9]);
    let mut ground = ground();
    ground.pops[0].name = "tokyo".to_owned();
    let pops = |name: &str| {
        let scenario = Scenario::parse(&format!("[[fault]]\npops = ['{name}']\n")).expect("a scenario");
        scenario.resolve(&satellites(), &planes(), &ground)
    };
    assert_eq!(pops("Tokyo").expect("one by its case").at(epoch("2026-08-22")).pops, [2]);
    assert_eq!(
        pops("TOKYO").expect_err("two of a name").to_string(),
        "fault 1: \"TOKYO\" could be 2 PoPs, such as 47.5,8.5; 47.5,8.5; give each its own name in the list of sites"
    );
    let mut planes = planes();
    planes.shells[1].name = "53.0-550".to_owned();
    let shells = Scenario::parse("[[fault]]\nplanes = ['53.0-550/0']\n").expect("a scenario");
    assert_eq!(
        shells.resolve(&satellites(), &planes, &ground).expect_err("two of a name").to_string(),
        "fault 1: \"53.0-550\" could be 2 shells, such as 53.00° at 550.0 km; 53.00° at 550.0 km; list its satellites \
         instead"
    );
}

#[test]
fn links_that_are_none_are_refused() {
    refused(
        "[[fault]]\nlasers = ['44714/starlink-1008']\n",
        "fault 1: \"44714/starlink-1008\" links STARLINK-1008 with itself; name two satellites",
    );
    refused_with_names("44714/STARLINK-9", "no satellite is called \"STARLINK-9\"");
    refused_with_names("STARLINK-9/44714", "no satellite is called \"STARLINK-9\"");
    refused_with_names("polar/one/polar/three", "no satellite is called \"polar/three\"");
    refused_with_names("STARLINK-9/STARLINK-8", "no satellite is called \"STARLINK-9\"");
    refused_with_names(
        "polar/oneself",
        "no satellite is called \"polar\"; there are 10, such as polar/one; polar/two",
    );
    refused_with_names("a/b/c", "no satellite is called \"a/b/c\"");
    refused_with_names("44714/twin", "\"twin\" could be 2 satellites");
    let named = |names: &[&str]| {
        let mut satellites = satellites();
        for (satellite, name) in satellites.iter_mut().zip(names) {
            satellite.name = (*name).to_owned();
        }
        let scenario = Scenario::parse("[[fault]]\nlasers = ['A/B/C']\n").expect("a scenario");
        scenario.resolve(&satellites, &planes(), &ground())
    };
    assert_eq!(
        named(&["A", "B/C", "A/B", "C"]).expect_err("two links of a name").to_string(),
        "fault 1: \"A/B/C\" could be 2 links, such as 44713/44714; 44715/44716; give both catalogue numbers with `/` \
         between them instead"
    );
    let of_one = named(&["A", "B/C", "A/B/C"]).expect("a whole name comes first");
    assert_eq!(of_one.at(epoch("2026-08-22")).lasers.satellites, [2]);
}

#[track_caller]
fn refused_with_names(laser: &str, part: &str) {
    let message =
        faults(&format!("[[fault]]\nlasers = ['{laser}']\n")).expect_err("no such link").to_string();
    assert!(message.contains(part), "{message:?} should contain {part:?}");
}

#[test]
fn sites_beyond_the_plans_numbers_are_refused() {
    let mut ground = ground();
    let last = ground.gateways[0].clone();
    for number in 0..65_534 {
        let name = format!("g{number}");
        ground.gateways.push(Gateway { name, ..last.clone() });
    }
    let at = |name: &str| {
        let scenario = Scenario::parse(&format!("[[fault]]\ngateways = ['{name}']\n")).expect("a scenario");
        scenario
            .resolve(&satellites(), &planes(), &ground)
            .map(|faults| faults.at(epoch("2026-08-22")).gateways)
    };
    assert_eq!(at("g65532"), Ok(vec![65_535]));
    assert_eq!(
        at("g65533").expect_err("beyond 16 bits").to_string(),
        "fault 1: gateway \"g65533\" has number 65536 in its list; only the first 65,536 are planned with"
    );
}

#[test]
fn shipped_sites_and_designed_satellites_are_found_by_their_names() {
    let ground = skyshed_ground::read_sites(skyshed_ground::sites::POPS.as_bytes()).expect("shipped");
    let gateways = skyshed_ground::read_sites(skyshed_ground::sites::GATEWAYS.as_bytes()).expect("shipped");
    let ground = Ground::default().with_sites(gateways.gateways, ground.pops);
    let constellation = Constellation::preset("starlink-550").expect("shipped");
    let satellites = constellation.satellites();
    let names = |names: &mut dyn Iterator<Item = &str>| format!("{:?}", names.collect::<Vec<_>>());
    let pair = format!("{}/{}", satellites[0].name, satellites[1].name);
    let text = format!(
        "[[fault]]\ngateways = {}\npops = {}\nsatellites = {}\nlasers = [{pair:?}]\n",
        names(&mut ground.gateways.iter().map(|site| site.name.as_str())),
        names(&mut ground.pops.iter().map(|site| site.name.as_str())),
        names(&mut satellites.iter().map(|satellite| satellite.name.as_str())),
    );
    let scenario = Scenario::parse(&text).expect("a scenario");
    let faults = scenario.resolve(satellites, &Planes::default(), &ground).expect("every name is known");
    let out = faults.at(epoch("2026-08-22"));
    assert!(out.satellites.iter().copied().eq(0..1584));
    assert!(out.gateways.iter().map(|&index| usize::from(index)).eq(0..ground.gateways.len()));
    assert!(out.pops.iter().map(|&index| usize::from(index)).eq(0..ground.pops.len()));
    assert_eq!(out.lasers.pairs, [[0, 1]]);
    // A name that is nearly right is told the right one.
    let near = Scenario::parse("[[fault]]\ngateways = ['Hawthorne']\n").expect("a scenario");
    let message = near.resolve(satellites, &Planes::default(), &ground).expect_err("not whole").to_string();
    assert!(message.contains("such as Hawthorne, California;"), "{message}");
}

/// One random fault by index; times are whole seconds after a fixed one.
#[derive(Clone, Debug)]
struct Random {
    satellites: Vec<u32>,
    planes: Vec<(usize, usize)>,
    shells: Vec<usize>,
    gateways: Vec<usize>,
    pops: Vec<usize>,
    lasers: Vec<u32>,
    links: Vec<(u32, u32)>,
    all_lasers: bool,
    from_s: Option<u32>,
    length_s: Option<u32>,
}

prop_compose! {
    fn random_fault()(
        satellites in prop::collection::vec(0..10u32, 0..3),
        planes in prop::collection::vec(prop::sample::select(vec![(0, 0), (0, 1), (0, 3), (1, 0)]), 0..2),
        shells in prop::collection::vec(0..2usize, 0..2),
        gateways in prop::collection::vec(0..3usize, 0..3),
        // One at least, so that something is taken out.
        pops in prop::collection::vec(0..3usize, 1..3),
        lasers in prop::collection::vec(0..10u32, 0..3),
        links in prop::collection::vec((0..10u32, 1..10u32).prop_map(|(a, step)| (a, (a + step) % 10)), 0..3),
        all_lasers in prop::bool::weighted(0.1),
        from_s in prop::option::of(0..20u32),
        length_s in prop::option::of(1..20u32),
    ) -> Random {
        Random { satellites, planes, shells, gateways, pops, lasers, links, all_lasers, from_s, length_s }
    }
}

impl Random {
    fn until_s(&self) -> Option<u32> {
        self.length_s.map(|length_s| self.from_s.unwrap_or(0) + length_s)
    }

    fn holds(&self, time_s: u32) -> bool {
        self.from_s.unwrap_or(0) <= time_s && time_s < self.until_s().unwrap_or(u32::MAX)
    }

    fn toml(&self) -> String {
        let number = |satellite: &u32| SATELLITES[*satellite as usize].0.to_string();
        let quoted = |name: &str| format!("{:?}", name.to_uppercase());
        let list = |key: &str, names: Vec<String>| format!("{key} = [{}]\n", names.join(", "));
        let shell = ["53.0-550", "97.6/560"];
        let mut lasers: Vec<String> = self.lasers.iter().map(number).collect();
        lasers.extend(self.links.iter().map(|(a, b)| quoted(&format!("{}/{}", number(a), number(b)))));
        lasers.extend(self.all_lasers.then(|| quoted("all")));
        let mut text = "[[fault]]\n".to_owned();
        text += &list("satellites", self.satellites.iter().map(number).collect());
        text +=
            &list("planes", self.planes.iter().map(|(s, p)| quoted(&format!("{}/{p}", shell[*s]))).collect());
        text += &list("shells", self.shells.iter().map(|&s| quoted(shell[s])).collect());
        text += &list("gateways", self.gateways.iter().map(|&g| quoted(GATEWAYS[g])).collect());
        text += &list("pops", self.pops.iter().map(|&p| quoted(POPS[p])).collect());
        text += &list("lasers", lasers);
        let time = |key, time_s: u32| format!("{key} = \"{}\"\n", at(time_s));
        text += &self.from_s.map_or(String::new(), |from_s| time("from", from_s));
        text + &self.until_s().map_or(String::new(), |until_s| time("until", until_s))
    }
}

fn at(time_s: u32) -> Epoch {
    epoch("2026-08-22T21:00:12Z").plus_micros(i64::from(time_s) * 1_000_000)
}

/// What is out, asked for each thing by itself.
fn expected(faults: &[Random], time_s: u32) -> Outages {
    let held: Vec<&Random> = faults.iter().filter(|fault| fault.holds(time_s)).collect();
    let any = |test: &dyn Fn(&Random) -> bool| held.iter().any(|fault| test(fault));
    let seat = |satellite: u32| {
        let has = |shell: usize, plane: usize| PLANES[shell][plane].contains(&satellite);
        [(0, 0), (0, 1), (0, 3), (1, 0)].into_iter().find(|&(shell, plane)| has(shell, plane))
    };
    let satellite_out = |satellite: u32| {
        any(&|fault| {
            fault.satellites.contains(&satellite)
                || seat(satellite)
                    .is_some_and(|seat| fault.planes.contains(&seat) || fault.shells.contains(&seat.0))
        })
    };
    let all_lasers = any(&|fault| fault.all_lasers);
    let laser_out = |satellite: u32| {
        all_lasers || satellite_out(satellite) || any(&|fault| fault.lasers.contains(&satellite))
    };
    let mut expected = Outages {
        satellites: (0..10).filter(|&satellite| satellite_out(satellite)).collect(),
        gateways: (0..3).filter(|&g| any(&|fault| fault.gateways.contains(&usize::from(g)))).collect(),
        pops: (0..3).filter(|&p| any(&|fault| fault.pops.contains(&usize::from(p)))).collect(),
        all_lasers,
        ..Outages::default()
    };
    expected.lasers.satellites = (0..10).filter(|&satellite| laser_out(satellite)).collect();
    let pairs = held.iter().flat_map(|fault| &fault.links).map(|&(a, b)| [a.min(b), a.max(b)]);
    expected.lasers.pairs = pairs.collect::<BTreeSet<_>>().into_iter().collect();
    expected
}

proptest! {
    /// Overlaps add up, and the order of the file does not matter.
    #[test]
    fn what_is_out_is_what_some_fault_in_force_takes_out(
        (given, shuffled) in prop::collection::vec(random_fault(), 0..6)
            .prop_flat_map(|faults| (Just(faults.clone()), Just(faults).prop_shuffle())),
    ) {
        let text = |faults: &[Random]| faults.iter().map(Random::toml).collect::<String>();
        let (first, second) = (faults(&text(&given)).unwrap(), faults(&text(&shuffled)).unwrap());
        prop_assert_eq!(&first, &faults(&text(&given)).unwrap());
        for time_s in 0..40 {
            let out = first.at(at(time_s));
            prop_assert_eq!(&out, &expected(&given, time_s), "{} s after", time_s);
            prop_assert_eq!(&out, &second.at(at(time_s)));
            let held = given.iter().filter(|fault| fault.holds(time_s)).count();
            prop_assert_eq!(first.active(at(time_s)).count(), held);
        }
    }

    /// Whatever the text, there is an answer, and every list of it ascends.
    #[test]
    fn damaged_text_is_answered(cut in 0..600usize, put in "\\PC{0,4}", from in 0..600usize) {
        let text = documented();
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let damaged = format!("{}{put}{}", &text[..boundary(cut)], &text[boundary(from)..]);
        if let Ok(faults) = faults(&damaged) {
            let out = faults.at(at(60));
            prop_assert!(out.satellites.is_sorted_by(|a, b| a < b) && out.lasers.pairs.is_sorted_by(|a, b| a < b));
        }
    }
}
