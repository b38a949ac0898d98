//! Lists of sites in every format that is read: small ones here, the community's real ones where they are.

// A test may read files and the environment; the crate may not.
#![allow(clippy::disallowed_methods)]

use std::path::PathBuf;

use skyshed_ground::sites::{fill_countries, read_toml};
use skyshed_ground::{Ground, Sites, read_sites};

fn read(text: &str) -> Sites {
    read_sites(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    read_sites(text.as_bytes()).expect_err(text).to_string()
}

/// `name country latitude,longitude` of gateways, `|`, the same of points of presence, `|`, record: reason of the rejected.
fn table(sites: &Sites) -> String {
    let gateways = sites
        .gateways
        .iter()
        .map(|s| format!("{} {} {},{}", s.name, s.country, s.latitude_deg, s.longitude_deg));
    let pops =
        sites.pops.iter().map(|s| format!("{} {} {},{}", s.name, s.country, s.latitude_deg, s.longitude_deg));
    let rejected = sites.rejected.iter().map(|rejected| format!("{}: {}", rejected.record, rejected.reason));
    [gateways.collect::<Vec<_>>(), pops.collect(), rejected.collect()].map(|part| part.join("; ")).join(" | ")
}

#[test]
fn our_own_lists_are_strict() {
    let site = |more: &str| {
        format!(
            "[[gateway]]\nname = \"A\"\ncountry = \"FR\"\nlatitude_deg = 48.0\nlongitude_deg = 2.0\n{more}\n"
        )
    };
    assert_eq!(table(&read(&site("approximate = true"))), "A FR 48,2 |  | ");
    assert!(refused(&site("latitude = 1.0")).contains("unknown field `latitude`"));
    assert!(refused(&site(&site(""))).contains("the name `A` is already taken"));
    assert!(
        refused(&site("").replace("48.0", "91.0"))
            .contains("record 1 (A): position 91,2 is not on the Earth")
    );
    assert!(
        refused(&site("").replace("FR", "France")).contains("country `France`; allowed: ISO 3166-1 alpha-2")
    );
    assert!(refused(&site("").replace("\"A\"", "\"\"")).contains("a name of 0 bytes"));
    let pop = |name: &str| site("home_of = [\"FR\"]").replace("gateway", "pop").replace("\"A\"", name);
    assert_eq!(read(&pop("\"A\"")).pops[0].home_of, ["FR"]);
    assert!(
        refused(&site("home_of = [\"FR\"]")).contains("only points of presence are the home of territories")
    );
    assert!(
        refused(&(pop("\"A\"") + &pop("\"B\""))).contains("`FR` is at home in another point of presence")
    );
}

#[test]
fn starlink_viz_gives_operational_sites() {
    let sites = read(
        r#"{"lastUpdated": "2026-03-20", "stations": [
            {"name": "Accra, Ghana", "lat": 5.8, "lon": -0.09, "status": "operational", "type": "pop"},
            {"name": "Aerzen", "lat": 52.05, "lon": 9.27, "status": "operational", "type": "gateway"},
            {"name": "Later", "lat": 1, "lon": 2, "status": "planned", "type": "gateway"},
            {"name": "Nowhere", "lat": 100, "lon": 2, "status": "operational", "type": "gateway"}]}"#,
    );
    assert_eq!(
        table(&sites),
        "Aerzen  52.05,9.27 | Accra, Ghana  5.8,-0.09 | 3: its status is `planned`; only operational sites are read; \
         4: position 100,2 is not on the Earth; allowed: -90 to 90 and -180 to 180 degrees"
    );
}

#[test]
fn lists_of_points_of_presence_leave_out_the_hidden_and_the_unknown() {
    let sites = read(
        r#"[{"code": "trnocan1", "city": "Toronto", "country": "Canada", "lat": 43.6, "lon": -79.4, "show": true, "type": "netfac"},
            {"code": "x", "city": "Unknown", "country": "Unknown", "lat": 0, "lon": 0, "show": false},
            {"code": "y", "city": "Z", "country": "Unknown", "lat": 0, "lon": 0, "show": true},
            {"city": "Ashburn", "country": "US", "name": "DC1", "lat": 39.0, "lon": -77.5, "type": "pop"}, 7]"#,
    );
    assert_eq!(
        table(&sites),
        " | Toronto (trnocan1)  43.6,-79.4; DC1 US 39,-77.5 | 2: the list hides it (show: false); \
         3: position 0,0 stands for an unknown position; give the site's own; 5: not a record of this format"
    );
}

#[test]
fn longitude_comes_first_in_csv_and_geojson() {
    assert_eq!(
        table(&read("lon,lat\n-119.1,34.4\nx,1\n")),
        "34.4,-119.1  34.4,-119.1 |  | 2: no readable latitude and longitude; give both in degrees"
    );
    let point = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "A", "country": "US"},
        "geometry": {"type": "Point", "coordinates": [-119.1, 34.4]}}]}"#;
    assert_eq!(table(&read(point)), "A US 34.4,-119.1 |  | ");
}

#[test]
fn what_is_no_list_is_refused() {
    for text in ["", "hello", "{}", "1,2,3", "[[other]]\nname = 1"] {
        assert!(refused(text).contains("allowed: TOML with"), "{text}: {}", refused(text));
    }
    assert!(refused("{").contains("not JSON"));
    assert!(read_sites(&[0xff, 0xfe]).unwrap_err().to_string().contains("byte 0 is not UTF-8"));
    assert!(read_toml("[[gateway]]\n").is_err());
}

#[test]
fn the_communitys_lists_are_read_whole() {
    let Some(folder) = folder() else { return };
    let ground = Ground::embedded();
    for (file, gateways, pops, rejected) in [
        ("starlink-ground-stations-20260320.json", 214, 35, 108),
        ("starlink-pops-20260416.json", 2, 63, 8),
        ("oneweb-snp-2025.csv", 40, 0, 0),
        ("oneweb-pops-2025.json", 0, 29, 0),
    ] {
        let mut sites = read_sites(&std::fs::read(folder.join(file)).unwrap())
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(
            (sites.gateways.len(), sites.pops.len(), sites.rejected.len()),
            (gateways, pops, rejected),
            "{file}"
        );
        fill_countries(&mut sites, &ground);
        let empty = sites.gateways.iter().filter(|site| site.country.is_empty()).count();
        let empty = empty + sites.pops.iter().filter(|site| site.country.is_empty()).count();
        assert!(empty * 20 <= gateways + pops, "{file}: {empty} without a country");
        let other = ground.clone().with_sites(sites.gateways, sites.pops);
        assert_eq!((other.gateways.len(), other.pops.len()), (gateways, pops));
    }
}

/// The folder of real lists, or `None` after saying what is skipped.
fn folder() -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let data = std::env::var_os("SKYSHED_DATA").map_or(PathBuf::from("../shared/data"), PathBuf::from);
    let folder = root.join(data).join("gateways");
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var("SKYSHED_REQUIRE_DATA").is_ok_and(|value| value == "1");
    let message = format!(
        "the community's lists of sites not read: no {}; set SKYSHED_DATA to the folder of real data sets (each is described in \
         its README, with the public repository it came from)",
        folder.display()
    );
    assert!(!required, "{message}");
    println!("SKIPPED: {message}");
    None
}
