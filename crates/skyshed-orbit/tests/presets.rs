//! Designed shells: what ships inside, what is refused and why, and the geometry of a Walker pattern.

use proptest::prelude::*;
use skyshed_orbit::{Constellation, Epoch, PRESETS, PresetError, TemeState, Ut1Table, frames, orbit};

const SHELL: &str = r#"
name = "demo"
epoch = "2026-01-01T00:00:00Z"
[[shell]]
name = "only"
altitude_km = 550.0
inclination_deg = 53.0
planes = 6
satellites_per_plane = 4
satellites = 24
pattern = "delta"
phasing = 1
elevation_mask_deg = 25.0
"#;

#[test]
fn shipped_presets() {
    let check = |name: &str, satellites: usize| {
        let constellation = Constellation::preset(name).unwrap();
        assert_eq!(constellation.name(), name);
        assert!(constellation.designed());
        assert_eq!(constellation.satellites().len(), satellites, "{name}");
        assert!(constellation.problems().is_empty());
    };
    check("starlink-2026", 9932);
    check("starlink-550", 72 * 22);
    check("kuiper-630", 34 * 34 + 36 * 36 + 28 * 28);
    check("telesat-1015", 27 * 13 + 40 * 33);
    check("oneweb-1200", 12 * 49);
    assert_eq!(PRESETS.len(), 5);
    let message = Constellation::preset("starlink").unwrap_err().to_string();
    assert_eq!(
        message,
        "no preset `starlink`; there are starlink-2026, starlink-550, kuiper-630, telesat-1015, oneweb-1200"
    );
}

#[test]
fn names_numbers_and_masks() {
    let constellation = Constellation::preset("starlink-2026").unwrap();
    let satellites = constellation.satellites();
    assert_eq!(satellites[0].name, "starlink-2026/43.0-484/p00/s00");
    assert_eq!(satellites[0].catalog_number, 1_000_000_000);
    assert!(satellites.windows(2).all(|pair| pair[0].catalog_number + 1 == pair[1].catalog_number));
    let mask = |shell: &str| {
        let of_shell = |name: &str| name.starts_with(&format!("starlink-2026/{shell}/"));
        satellites.iter().find(|satellite| of_shell(&satellite.name)).unwrap().elevation_mask_deg
    };
    assert_eq!(mask("43.0-484"), Some(20.0));
    assert_eq!(mask("53.2-538"), Some(25.0));
    assert_eq!(mask("53.2-358"), Some(25.0));
    assert_eq!(mask("70.0-571"), Some(25.0));
}

/// Heights over the ellipsoid stay within what J2 and the ellipsoid do to a circular orbit, at any time.
#[test]
fn altitudes_hold_over_decades() {
    for (name, least_km, most_km) in [("starlink-550", 535.0, 580.0), ("oneweb-1200", 1180.0, 1230.0)] {
        let constellation = Constellation::preset(name).unwrap();
        for time in ["2026-01-01", "2026-08-22T21:00:12Z", "1990-06-01", "2090-01-01"] {
            let time = Epoch::parse(time).unwrap();
            assert_eq!(constellation.check_time(time, 1.0), Ok(()));
            let sky = constellation.sky(time, &Ut1Table::builtin());
            assert!(sky.problems.is_empty());
            for index in 0..sky.x_itrf_m.len() {
                let position = [sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]];
                let height_km = frames::itrf_to_geodetic(position).2 / 1000.0;
                assert!((least_km..most_km).contains(&height_km), "{name} {index} {time}: {height_km} km");
            }
        }
    }
}

#[test]
fn mean_motion_follows_from_the_altitude() {
    // Published pairs: Starlink's first shell, OneWeb's planes, GPS (20,182 km, half a sidereal day).
    for (altitude_km, published) in [(550.0, 15.06), (1200.0, 13.16), (20_182.0, 2.0057)] {
        let found = orbit::mean_motion_from_altitude(altitude_km);
        assert!((found / published - 1.0).abs() < 0.003, "{altitude_km} km: {found}");
        assert!((orbit::altitude_from_mean_motion(found) - altitude_km).abs() < 1e-6);
    }
}

#[test]
fn inconsistent_shells_are_refused_with_the_reason() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(SHELL.contains(from), "{from}");
        let message = Constellation::from_preset_toml(&SHELL.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(message.contains(expected), "{to}: {message}");
    };
    check(
        "satellites = 24",
        "satellites = 25",
        "shell `only`: satellites = 25, but 6 planes of 4 make 24; correct one of the three",
    );
    check("phasing = 1", "phasing = 6", "shell `only`: phasing = 6, allowed 0 to planes - 1 = 5");
    check("planes = 6", "planes = 0", "shell `only`: planes = 0, allowed 1 to 1000");
    check(
        "satellites_per_plane = 4",
        "satellites_per_plane = 5000",
        "satellites_per_plane = 5000, allowed 1 to 1000",
    );
    check("altitude_km = 550.0", "altitude_km = 149.0", "altitude_km = 149, allowed 150 to 2000");
    check("altitude_km = 550.0", "altitude_km = 35786", "altitude_km = 35786, allowed 150 to 2000");
    check("altitude_km = 550.0", "altitude_km = nan", "altitude_km = NaN, allowed 150 to 2000");
    check("inclination_deg = 53.0", "inclination_deg = 181", "inclination_deg = 181, allowed 0 to 180");
    check(
        "elevation_mask_deg = 25.0",
        "elevation_mask_deg = 90",
        "elevation_mask_deg = 90, allowed 0 to below 90",
    );
    check("\"delta\"", "\"star\"", "a star needs near-polar orbits: inclination_deg = 53, allowed 75 to 105");
    check("\"delta\"", "\"ring\"", "unknown variant `ring`, expected `delta` or `star`");
    check("phasing = 1", "phasing = 1\nraan_deg = 360", "raan_deg = 360, allowed 0 to below 360");
    check("phasing = 1", "phasing = 1\nraan_spread_deg = 0", "raan_spread_deg = 0, allowed above 0 to 360");
    check("phasing = 1", "phasing = 1\nphase = 2", "unknown field `phase`");
    check("phasing = 1", "", "missing field `phasing`");
    check("phasing = 1", "phasing = -1", "invalid value");
    check("name = \"demo\"", "name = \"a/b\"", "name `a/b`, allowed are 1 to 64 letters");
    check("2026-01-01", "2026-01-32", "epoch: `2026-01-32T00:00:00Z`: day is 32, allowed 1 to 31");
    let header: String = SHELL.lines().take(3).map(|line| format!("{line}\n")).collect();
    let message = Constellation::from_preset_toml(&header).unwrap_err().to_string();
    assert_eq!(message, "0 shells, allowed 1 to 64");
    let shell = SHELL.split_once("[[shell]]").unwrap().1;
    let twice = format!("{SHELL}[[shell]]{shell}");
    assert_eq!(
        Constellation::from_preset_toml(&twice).unwrap_err().to_string(),
        "shell `only`: the name is used twice"
    );
    let large = |name: &str| {
        shell
            .replace("only", name)
            .replace("= 24", "= 640000")
            .replace("planes = 6", "planes = 800")
            .replace("plane = 4", "plane = 800")
    };
    let message =
        Constellation::from_preset_toml(&format!("{header}[[shell]]{}", large("a"))).unwrap_err().to_string();
    assert_eq!(message, "640000 satellites in all, allowed 100000");
    assert!(matches!(Constellation::from_preset_toml("not toml ["), Err(PresetError::Toml(_))));
}

/// Neighbours in a plane are equally far apart, and so are the planes' nodes: T/P/F.
#[test]
fn walker_geometry() {
    let constellation = Constellation::from_preset_toml(SHELL).unwrap();
    let sky = constellation.sky(Epoch::parse("2026-01-01").unwrap(), &Ut1Table::builtin());
    let position = |plane: usize, slot: usize| {
        let index = plane * 4 + slot % 4;
        [sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]]
    };
    for plane in 0..6 {
        for slot in 0..4 {
            let angle = angle_deg(position(plane, slot), position(plane, slot + 1));
            assert!((angle - 90.0).abs() < 0.2, "{plane} {slot}: {angle}");
        }
    }
    // Slot 0 of plane 0 is at its node; slot 0 of plane p is 360 · F · p / T = 15° · p past its own.
    for plane in 0..6 {
        let [_, _, z] = position(plane, 0);
        let latitude_sin = z / 6_928_135.0;
        let expected = (15.0 * plane as f64).to_radians().sin() * 53.0f64.to_radians().sin();
        assert!((latitude_sin - expected).abs() < 0.005, "{plane}: {latitude_sin} {expected}");
    }
}

/// The design says which satellite is which: the same as the names, which are for people.
#[test]
fn designed_shells_number_their_satellites() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        let satellites = constellation.satellites();
        let mut next = 0;
        for shell in constellation.designed_shells() {
            assert_eq!(shell.first, next, "{preset}");
            for plane in 0..shell.planes {
                for slot in 0..shell.satellites_per_plane {
                    let name = format!("{preset}/{}/p{plane:02}/s{slot:02}", shell.name);
                    assert_eq!(satellites[next as usize].name, name);
                    next += 1;
                }
            }
        }
        assert_eq!(next as usize, satellites.len(), "{preset}");
    }
}

/// Mean elements carried by J2 stay with SGP4's own node and argument of latitude, up to short-period terms.
#[test]
fn mean_elements_follow_sgp4() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        for shell in constellation.designed_shells() {
            for (days, satellite) in [(0, 0), (1, 7), (10, 3), (-30, 5)] {
                let orbit = &constellation.orbits()[(shell.first + satellite) as usize];
                let time = orbit.epoch().plus_micros(days * 86_400_000_000 + 1_234_000_000);
                let mean = orbit.mean_elements_at(time);
                let [raan_deg, argument_deg] = node_and_argument_deg(&orbit.state_teme_at(time).unwrap());
                let tolerance_deg = 0.1 + 0.02 * days.abs() as f64;
                assert!(turn_apart_deg(mean.raan_deg, raan_deg) < tolerance_deg, "{preset}, {days} days");
                let apart_deg = turn_apart_deg(mean.argument_of_latitude_deg, argument_deg);
                assert!(apart_deg < tolerance_deg, "{preset} {}, {days} days: {apart_deg}", shell.name);
            }
        }
    }
}

#[test]
fn a_sky_is_the_same_twice() {
    let constellation = Constellation::preset("starlink-2026").unwrap();
    let time = Epoch::parse("2026-08-22T21:00:12Z").unwrap();
    let [a, b] = [0, 1].map(|_| constellation.sky(time, &Ut1Table::builtin()));
    assert_eq!((a.x_itrf_m, a.y_itrf_m, a.z_itrf_m), (b.x_itrf_m, b.y_itrf_m, b.z_itrf_m));
}

/// The same bytes on any CPU: FNV-1a over every coordinate in sixteenths of a metre, as computed on x86-64 Linux.
#[test]
fn a_sky_is_the_same_everywhere() {
    let constellation = Constellation::preset("starlink-550").unwrap();
    let sky = constellation.sky(Epoch::parse("2026-08-22T21:00:12Z").unwrap(), &Ut1Table::builtin());
    let columns = [&sky.x_itrf_m, &sky.y_itrf_m, &sky.z_itrf_m];
    let bytes = columns.into_iter().flatten().flat_map(|metres| ((metres * 16.0) as i64).to_le_bytes());
    let digest = bytes
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    assert_eq!(format!("{digest:016x}"), "b45cad2777728819");
}

proptest! {
    /// Geodetic coordinates survive the way to ITRF and back.
    #[test]
    fn geodetic_round_trip(latitude in -90.0f64..90.0, longitude in -180.0f64..180.0, height in -1e4f64..4e7) {
        let position = frames::geodetic_to_itrf_m(latitude, longitude, height);
        let (found_latitude, found_longitude, found_height) = frames::itrf_to_geodetic(position);
        prop_assert!((found_latitude - latitude).abs() < 1e-9);
        prop_assert!((found_longitude - longitude).abs() < 1e-7 || latitude.abs() > 89.99);
        prop_assert!((found_height - height).abs() < 1e-5);
        let normal = frames::geodetic_normal(latitude, longitude);
        let above = frames::geodetic_to_itrf_m(latitude, longitude, height + 1000.0);
        for axis in 0..3 {
            prop_assert!((above[axis] - position[axis] - 1000.0 * normal[axis]).abs() < 1e-6);
        }
    }

    /// The rotation keeps lengths, and no text makes the preset or UT1 readers panic.
    #[test]
    fn rotation_keeps_lengths(x in -1e7f64..1e7, y in -1e7f64..1e7, angle in 0.0f64..6.3, text in "[a-z=\\[\\] 0-9\n\"._]{0,200}") {
        let [rx, ry, _] = frames::teme_to_itrf([x, y, 1.0], angle);
        prop_assert!((rx.hypot(ry) - x.hypot(y)).abs() < 1e-6);
        let _ = Constellation::from_preset_toml(&text);
        let _ = Ut1Table::parse_finals2000a(&text);
    }
}

/// Right ascension of the ascending node, and the angle from there to the satellite, from position and velocity.
fn node_and_argument_deg(state: &TemeState) -> [f64; 2] {
    let ([x, y, z], [vx, vy, vz]) = (state.position_km, state.velocity_km_s);
    let momentum = [y * vz - z * vy, z * vx - x * vz, x * vy - y * vx];
    let node = [-momentum[1], momentum[0], 0.0];
    let argument_deg = angle_deg(node, [x, y, z]);
    let raan_deg = node[1].atan2(node[0]).to_degrees();
    [raan_deg, if z >= 0.0 { argument_deg } else { 360.0 - argument_deg }]
}

fn turn_apart_deg(a_deg: f64, b_deg: f64) -> f64 {
    let apart_deg = (a_deg - b_deg).rem_euclid(360.0);
    apart_deg.min(360.0 - apart_deg)
}

fn angle_deg(a: [f64; 3], b: [f64; 3]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let length = |v: [f64; 3]| v.iter().map(|c| c * c).sum::<f64>().sqrt();
    (dot / length(a) / length(b)).acos().to_degrees()
}
