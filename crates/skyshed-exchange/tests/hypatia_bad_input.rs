//! Bad files: told with file, line, what was given and what is allowed. And what holds for any input.

use proptest::prelude::*;
use skyshed_exchange::hypatia::own::read_convention;
use skyshed_exchange::hypatia::{
    Case, Convention, Forwarding, LIGHT_M_S, SHELLS, Shell, Station, Texts, forwarding, stations,
};

/// Six planes of eight: small, and no laser too long.
const SMALL: Shell = Shell { planes: 6, per_plane: 8, altitude_m: 2_000_000.0, ..SHELLS[2] };

fn texts() -> Texts {
    let stations = [("Quito", -0.23, -78.52), ("Oslo", 59.91, 10.74), ("Perth", -31.95, 115.86)]
        .map(|(name, latitude_deg, longitude_deg)| Station::new(name, latitude_deg, longitude_deg, 0.0));
    Texts {
        description: "max_gsl_length_m=8000000.0\nmax_isl_length_m=12000000.0\n".to_owned(),
        ..SMALL.texts(&stations)
    }
}

fn case() -> Case {
    Case::read(&texts(), Convention::Hypatia).unwrap()
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Texts), expected: &str) {
    let mut texts = texts();
    change(&mut texts);
    let error = Case::read(&texts, Convention::Hypatia).unwrap_err().to_string();
    assert!(error.contains(expected), "{error:?} should contain {expected:?}");
}

fn line(text: &mut String, number: usize, new: &str) {
    let lines: Vec<&str> =
        text.lines().enumerate().map(|(at, line)| if at + 1 == number { new } else { line }).collect();
    *text = lines.join("\n");
}

#[test]
fn bad_elements() {
    refused(|texts| texts.tles.clear(), "tles.txt: is empty; allowed: planes and satellites in each");
    refused(
        |texts| line(&mut texts.tles, 1, "6"),
        "tles.txt, line 1: `6` has 1 columns; allowed: number of planes",
    );
    refused(|texts| line(&mut texts.tles, 1, "0 8"), "allowed: two whole numbers above 0");
    refused(|texts| line(&mut texts.tles, 1, "999999 999999"), "allowed: at most 99999 satellites in all");
    refused(
        |texts| line(&mut texts.tles, 1, "6 9"),
        "tles.txt: 48 satellites; allowed: 6 planes of 9 make 54",
    );
    refused(|texts| line(&mut texts.tles, 2, "Two words 0"), "a name without blanks, then the id");
    refused(
        |texts| line(&mut texts.tles, 5, "Telesat-1015 7"),
        "line 5: the id of the satellite is 7, where 1 comes next",
    );
    refused(|texts| line(&mut texts.tles, 3, "1 00001U"), "tles.txt, line 3: satellite 0: ");
    refused(
        |texts| texts.tles.truncate(texts.tles.len() - 75),
        "tles.txt, line 143: 2 lines of the last satellite",
    );
    refused(
        |texts| {
            // The second satellite a day later, with the checksum that this needs.
            let text =
                texts.tles.replacen("00001.00000000", "00009.00000000", 2).replacen("00009", "00001", 1);
            let lines: Vec<String> = text.lines().map(with_right_sum).collect();
            texts.tles = lines.join("\n");
        },
        "line 6: satellite 1 has the epoch 2000-01-09T00:00:00Z, the first one 2000-01-01T00:00:00Z",
    );
}

fn with_right_sum(line: &str) -> String {
    if line.len() != 69 {
        return line.to_owned();
    }
    let value = |c: char| c.to_digit(10).unwrap_or(u32::from(c == '-'));
    format!("{}{}", &line[..68], line.chars().take(68).map(value).sum::<u32>() % 10)
}

#[test]
fn bad_lasers() {
    refused(
        |texts| line(&mut texts.isls, 2, "0"),
        "isls.txt, line 2: `0` has 1 columns; allowed: two satellite ids",
    );
    refused(
        |texts| line(&mut texts.isls, 2, "0 48"),
        "second id is `48`; allowed: an id of a satellite, 0 to 47",
    );
    refused(|texts| line(&mut texts.isls, 2, "-1 4"), "first id is `-1`");
    refused(|texts| line(&mut texts.isls, 2, "4 4"), "second id is `4`; allowed: one larger than the first");
    refused(|texts| line(&mut texts.isls, 2, "0 1"), "line 2: the link 0 1 is there already");
}

#[test]
fn bad_stations() {
    let at = |new: &'static str| move |texts: &mut Texts| line(&mut texts.ground_stations, 2, new);
    refused(
        |texts| texts.ground_stations.clear(),
        "ground_stations.txt: is empty; allowed: id,name,latitude_deg",
    );
    refused(
        at("1,Oslo,91,10,0"),
        "ground_stations.txt, line 2: latitude is `91`; allowed: degrees from -90 to 90",
    );
    refused(at("1,Oslo,nan,10,0"), "latitude is `nan`");
    refused(at("1,Oslo,59,1e9,0"), "longitude is `1e9`");
    refused(at("1,Oslo,59,10,inf"), "elevation is `inf`");
    refused(at("1,Oslo,59,10"), "has 4 columns; allowed: id,name,latitude_deg,longitude_deg,elevation_m");
    refused(at("1,Quito,59,10,0"), "name is `Quito`; allowed: a name that no other station has");
    refused(at("0,Oslo,59,10,0"), "the id of the station is 0, where 1 comes next");
    refused(at("1,,59,10,0"), "name is ``; allowed: a name");
    refused(at("1,Oslo,59,10,0,1,2,x"), "z is `x`; allowed: a number of metres");
}

#[test]
fn bad_interfaces_and_lengths() {
    let at = |new: &'static str| move |texts: &mut Texts| line(&mut texts.gsl_interfaces_info, 3, new);
    refused(
        at("2,0,1.0"),
        "gsl_interfaces_info.txt, line 3: number of interfaces is `0`; allowed: a whole number above 0",
    );
    refused(at("2,1,-1.0"), "bandwidth is `-1.0`; allowed: a number above 0");
    refused(at("3,1,1.0"), "the node is 3, where 2 comes next");
    refused(at("2,1"), "has 2 columns; allowed: node,number of interfaces,bandwidth");
    refused(|texts| texts.gsl_interfaces_info.clear(), "0 nodes; allowed: 51, one per satellite and station");
    refused(|texts| texts.description.clear(), "description.txt: max_gsl_length_m is `not there`");
    refused(
        |texts| texts.description = texts.description.replace("8000000.0", "NaN"),
        "line 1: max_gsl_length_m is `NaN`",
    );
}

#[test]
fn bad_forwarding() {
    let case = case();
    let state = Forwarding::of(&case, &case.ways(0).unwrap());
    let (text, rows) = state.write(&case, None);
    assert_eq!(rows, 48 * 3 + 3 * 2);
    let text = String::from_utf8(text).unwrap();
    let check = |number: usize, new: &str, expected: &str| {
        let mut text = text.clone();
        line(&mut text, number, new);
        let error = Forwarding::read(&case, "fstate_0.txt", &text, None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} should contain {expected:?}");
    };
    check(
        1,
        "0,48,1,0",
        "fstate_0.txt, line 1: `0,48,1,0` has 4 columns; allowed: current,destination,next hop",
    );
    check(1, "0,48,1,0,0,0", "has 6 columns");
    check(1, "0,48,x,0,0", "next hop is `x`; allowed: a whole number");
    check(1, "51,48,1,0,0", "current is `51`; allowed: a node, 0 to 50");
    check(1, "0,47,1,0,0", "destination is `47`; allowed: a station other than the node itself, 48 to 50");
    check(1, "49,49,1,0,4", "destination is `49`");
    check(1, "0,48,9,0,0", "node 0 cannot send to node 9 by interface 0 into its interface 0");
    check(1, "0,48,1,3,0", "allowed: a satellite that isls.txt links it to");
    check(1, "0,48,48,5,0", "allowed: a station, by interfaces that exist");
    check(1, "49,48,50,0,0", "allowed: a satellite, by interfaces that exist");
    check(1, "0,48,-1,0,0", "allowed: -1,-1,-1 where there is no way");
    check(1, "0,48,-2,-1,-1", "allowed: a node, or -1 where there is no way");
    check(
        1,
        text.lines().nth(1).unwrap(),
        "no next hop from node 0 to node 48; the first file holds every pair",
    );
    assert!(Forwarding::read(&case, "fstate_1.txt", "0,48,-1,-1,-1\n", Some(state)).is_ok());
    for (text, expected) in [
        ("0,4", "has 2 columns; allowed: node,interface,bandwidth"),
        ("0,3,1.0", "interface is `3`; allowed: 4 to 4 for node 0"),
        ("99,0,1.0", "node is `99`; allowed: a node, 0 to 50"),
        ("50,0,nan", "bandwidth is `nan`"),
    ] {
        let error =
            forwarding::check_bandwidth(&case, "gsl_if_bandwidth_0.txt", text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(forwarding::check_bandwidth(&case, "b", &forwarding::write_bandwidth(&case)), Ok(51));
}

#[test]
fn bad_notes() {
    let refused = |notes: &str, table: &str, expected: &str| {
        let error = read_convention(notes, table).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} should contain {expected:?}");
    };
    let notes = "convention=skyshed\nut1_minus_utc_s=0.01\n";
    refused("", "", "skyshed.txt: convention is `not there`");
    refused("convention=other\n", "", "line 1: convention is `other`; allowed: skyshed");
    refused("convention=skyshed\nut1_minus_utc_s=2\n", "", "line 2: ut1_minus_utc_s is `2`");
    refused(notes, "head\n0,a,1,91\n", "satellites.csv, line 2: elevation mask is `91`");
    refused(notes, "head\n1,a,1,25\n", "the id of the satellite is 1, where 0 comes next");
    refused(notes, "head\n0,a,25\n", "has 3 columns");
    let convention = read_convention(notes, "head\n0,a,1,25\n").unwrap();
    let error = Case::read(&texts(), convention).unwrap_err().to_string();
    assert!(error.contains("satellites.csv: 1 elevation masks; allowed: 48"), "{error}");
}

/// A laser that grows beyond its limit stops the run, as in Hypatia.
#[test]
fn a_laser_that_is_too_long_is_told() {
    let mut texts = texts();
    texts.description = texts.description.replace("12000000.0", "1000000.0");
    let error = Case::read(&texts, Convention::Hypatia).unwrap().ways(0).unwrap_err().to_string();
    assert!(error.contains("the link between satellites 0 and 1 is"), "{error}");
    assert!(error.contains("allowed: 1000000.0 m (max_isl_length_m)"), "{error}");
}

/// Stations without a satellite in sight, and satellites without lasers: -1, never a wrong number.
#[test]
fn what_cannot_be_reached_is_said_to_be() {
    let mut texts = texts();
    texts.isls.clear();
    texts.description = texts.description.replace("8000000.0", "500000.0");
    let case = Case::read(&texts, Convention::Hypatia).unwrap();
    let ways = case.ways(0).unwrap();
    let (text, rows) = Forwarding::of(&case, &ways).write(&case, None);
    let text = String::from_utf8(text).unwrap();
    assert!(rows == 150 && text.lines().all(|line| line.ends_with(",-1,-1,-1")), "{text}");
    assert_eq!((ways.rtt_ms(0, 1), ways.path(&case, 0, 1)), (None, None));
}

proptest! {
    /// No round trip beats light on the straight line; there is as far as back; paths are as long as they say.
    #[test]
    fn no_round_trip_beats_light(
        places in proptest::collection::vec((-90.0f64..=90.0, -180.0f64..=180.0), 2..6),
        seconds in 0u64..100_000,
    ) {
        let stations: Vec<Station> = places
            .iter()
            .enumerate()
            .map(|(id, (latitude_deg, longitude_deg))| Station::new(&format!("p{id}"), *latitude_deg, *longitude_deg, 0.0))
            .collect();
        let texts = Texts { description: texts().description, ..SMALL.texts(&stations) };
        let case = Case::read(&texts, Convention::Hypatia).unwrap();
        let ways = case.ways(seconds * 1_000_000_000).unwrap();
        for from in 0..places.len() {
            for to in (0..places.len()).filter(|to| *to != from) {
                let Some(rtt_ms) = ways.rtt_ms(from, to) else {
                    prop_assert!(ways.path(&case, from, to).is_none());
                    continue;
                };
                prop_assert!(rtt_ms > 2e3 * case.straight_m(from, to) / LIGHT_M_S);
                prop_assert!((rtt_ms - ways.rtt_ms(to, from).unwrap()).abs() < 1e-9);
                let path = ways.path(&case, from, to).unwrap();
                prop_assert!(path.len() >= 3 && path[0] == 48 + from as u32 && path[path.len() - 1] == 48 + to as u32);
            }
        }
    }

    /// Damage anywhere: an answer or an error with a message, never a panic.
    #[test]
    fn damage_is_told_or_harmless(file in 0usize..6, at in 0usize..100_000, byte in "[ -~\n]") {
        let mut texts = texts();
        let case = case();
        let (state, _) = Forwarding::of(&case, &case.ways(0).unwrap()).write(&case, None);
        let mut state = String::from_utf8(state).unwrap();
        let text = [
            &mut texts.tles,
            &mut texts.isls,
            &mut texts.ground_stations,
            &mut texts.gsl_interfaces_info,
            &mut texts.description,
            &mut state,
        ].into_iter().nth(file).unwrap();
        let at = at % text.len();
        text.replace_range(at..=at, &byte);
        match Case::read(&texts, Convention::Hypatia) {
            Err(error) => prop_assert!(error.to_string().contains(".txt")),
            Ok(case) => match Forwarding::read(&case, "fstate_0.txt", &state, None) {
                Err(error) => prop_assert!(error.to_string().starts_with("fstate_0.txt")),
                Ok((read, rows)) => prop_assert!(read.rows(&case).count() == 150 && rows >= 150),
            },
        }
    }

    /// Lists of stations are read back as they were written, to the six decimals of the file.
    #[test]
    fn stations_are_read_back(places in proptest::collection::vec((-90_000_000i64..=90_000_000, -180_000_000i64..=180_000_000), 1..9)) {
        let station = |(id, (latitude, longitude)): (usize, &(i64, i64))| {
            Station::new(&format!("p{id}"), *latitude as f64 / 1e6, *longitude as f64 / 1e6, 12.5)
        };
        let written: Vec<Station> = places.iter().enumerate().map(station).collect();
        prop_assert_eq!(stations::read("s", &stations::write(&written)).unwrap(), written);
    }
}
