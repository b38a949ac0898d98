//! The data set that ships: what it promises about every cell and every territory.

use std::sync::LazyLock;

use skyshed_ground::territory::zone_sha256;
use skyshed_ground::{
    CELL_COUNT, Cell, Ground, PlaceError, TerritoryError, TerritoryIndex, TerritoryKind, block_of, cell_at,
    neighbours,
};

static GROUND: LazyLock<Ground> = LazyLock::new(Ground::embedded);

fn id_at(latitude_deg: f64, longitude_deg: f64) -> &'static str {
    let cell = cell_at(latitude_deg, longitude_deg).expect("on the Earth");
    &GROUND.territory_at(GROUND.territory_of(cell)).id
}

#[test]
fn known_places_lie_where_they_are() {
    for (latitude, longitude, id) in [
        (44.95, 34.10, "X-CRIMEA"),        // Simferopol
        (44.60, 33.53, "X-CRIMEA"),        // Sevastopol
        (50.45, 30.52, "UA-30"),           // Kyiv
        (25.04, 121.56, "TW-TPE"),         // Taipei
        (22.55, 120.10, "TW.sea"),         // off Kaohsiung
        (-0.3, -160.1, "UM.sea"),          // off Jarvis island
        (0.0, -140.0, "XZ"),               // mid-Pacific
        (78.22, 15.65, "NO-21"),           // Longyearbyen
        (59.91, 10.75, "NO-03"),           // Oslo
        (42.66, 21.17, "XK-X20"),          // Pristina
        (31.45, 34.39, "PS-GZZ"),          // Gaza
        (32.22, 35.26, "PS-WBK"),          // Nablus
        (24.0, -14.0, "EH"),               // Western Sahara, west of the berm
        (26.5, -9.0, "EH"),                // and east of it
        (35.2, 79.3, "X-KASHMIR-CN"),      // Aksai Chin
        (34.08, 74.80, "X-KASHMIR-IN"),    // Srinagar
        (35.92, 74.31, "X-KASHMIR-PK"),    // Gilgit
        (33.05, 35.78, "X-GOLAN"),         // Golan
        (42.23, 43.97, "X-SOUTH-OSSETIA"), // Tskhinvali
        (43.0, 41.02, "X-ABKHAZIA"),       // Sukhumi
        (45.0, 147.8, "X-KURIL"),          // Iturup
        (28.1, 94.0, "X-ARUNACHAL"),
        (9.56, 44.06, "X-SOMALILAND"), // Hargeisa
        (35.3, 33.6, "X-NORTH-CYPRUS"),
        (-51.7, -59.0, "FK"),  // Falklands
        (48.0, 37.8, "UA-14"), // Donetsk
        (4.0, -53.0, "FR-GF"), // French Guiana
        (2.8, -59.0, "GY-UT"), // Rupununi
        (22.6, 35.5, "X-HALAIB"),
        (15.33, 38.93, "ER-MA"), // Asmara
        (46.0, 13.2, "IT-UD"),
        (-89.99, 10.0, "AQ"), // both poles
        (89.99, 10.0, "XZ"),
        (67.5, 178.0, "RU-CHU"), // both sides of the antimeridian
        (67.5, -178.0, "RU-CHU"),
        (-86.0, 180.0, "AQ"), // the Ross ice shelf north of it is no land in Natural Earth
        (42.0, 50.5, "XZ"),   // middle of the Caspian
        (47.7, -87.5, "US-MI"), // Lake Superior counts as land
    ] {
        assert_eq!(id_at(latitude, longitude), id, "at {latitude},{longitude}");
    }
}

#[test]
fn every_cell_has_one_leaf_and_parents_hold_what_their_children_hold() {
    let ground = &*GROUND;
    assert_eq!(ground.territory.len(), CELL_COUNT);
    let mut own = vec![(0u32, 0u64); ground.territories.len()];
    for (&leaf, &people) in ground.territory.iter().zip(&ground.people) {
        own[leaf as usize].0 += 1;
        own[leaf as usize].1 += u64::from(people);
    }
    let children = |parent: usize| {
        (0..ground.territories.len())
            .filter(move |&child| ground.territories[child].parent == Some(TerritoryIndex(parent as u16)))
    };
    for (index, territory) in ground.territories.iter().enumerate() {
        let below = children(index).map(|child| &ground.territories[child]);
        let (cells, people) =
            below.fold(own[index], |sum, child| (sum.0 + child.cell_count, sum.1 + child.people));
        assert_eq!((territory.cell_count, territory.people), (cells, people), "{}", territory.id);
        assert!(territory.parent.is_none_or(|parent| (parent.0 as usize) < index));
    }
    let all: u64 = ground.people.iter().map(|&people| u64::from(people)).sum();
    let tops = ground.territories.iter().filter(|territory| territory.parent.is_none());
    assert_eq!(tops.map(|territory| territory.people).sum::<u64>(), all);
}

#[test]
fn ids_are_unique_and_of_the_shapes_documented() {
    let mut ids: Vec<&str> = GROUND.territories.iter().map(|territory| territory.id.as_str()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    for territory in &GROUND.territories {
        let parent = territory.parent.map(|parent| GROUND.territory_at(parent));
        match territory.kind {
            TerritoryKind::Country => {
                assert!(territory.id.len() == 2 && territory.iso_a3.is_some() && parent.is_none())
            }
            TerritoryKind::Region => {
                assert!(territory.id.starts_with(&format!("{}-", parent.expect("a country").id)))
            }
            TerritoryKind::Disputed => assert!(parent.is_none() && territory.claims.len() > 1),
            TerritoryKind::Coastal => assert_eq!(territory.id, format!("{}.sea", parent.expect("land").id)),
            TerritoryKind::HighSeas => assert_eq!(territory.id, "XZ"),
        }
        assert!(!territory.name.is_empty(), "{}", territory.id);
    }
    for id in ["FR", "NO", "XK", "TW", "PS", "HK", "GL", "AQ", "SS"] {
        let found = GROUND.find_territory(id).expect("a country");
        assert_eq!(GROUND.territory_at(found).kind, TerritoryKind::Country);
    }
}

#[test]
fn stored_hashes_are_those_of_the_cells() {
    let ground = &*GROUND;
    for id in ["UA", "UA-32", "UA.sea", "X-CRIMEA", "X-CRIMEA.sea", "XZ", "FJ", "AQ", "RU", "XK", "TW", "VA"]
    {
        let index = ground.find_territory(id).expect(id);
        let cells = ground.cells_of(index);
        assert!(cells.is_sorted());
        assert_eq!(cells.len() as u32, ground.territory_at(index).cell_count, "{id}");
        assert_eq!(zone_sha256(&cells), ground.territory_at(index).cells_sha256, "{id}");
    }
}

#[test]
fn the_data_set_says_what_it_is() {
    let dataset = &GROUND.dataset;
    assert_eq!(dataset.worldview, "de-facto");
    assert!(dataset.rule.contains("H3 resolution-5 centre"));
    assert_eq!(dataset.sources.len(), 5);
    assert_ne!(dataset.sha256, [0; 32]);
}

#[test]
fn blocks_cover_every_cell_once_and_their_radius_holds() {
    let ground = &*GROUND;
    let mut next = 0;
    for (index, block) in (0..).zip(&ground.blocks) {
        assert_eq!(block.first_cell, next);
        for cell in block.first_cell..block.first_cell + block.cell_count {
            assert_eq!(block_of(Cell(cell)), index);
            let cell = cell as usize;
            let normal = [ground.normal_x[cell], ground.normal_y[cell], ground.normal_z[cell]].map(f64::from);
            let step: f64 = (0..3).map(|axis| (normal[axis] - f64::from(block.normal[axis])).powi(2)).sum();
            assert!(2.0 * (step.sqrt() / 2.0).asin() <= f64::from(block.radius_rad));
        }
        next += block.cell_count;
    }
    assert_eq!(next as usize, CELL_COUNT);
    assert!(ground.blocks.iter().all(|block| (0.005..0.02).contains(&block.radius_rad)));
}

#[test]
fn no_two_adjacent_cells_share_a_colour() {
    let colour = &GROUND.colour;
    for cell in (0..CELL_COUNT as u32).map(Cell) {
        for other in neighbours(cell) {
            assert_ne!(colour[cell.0 as usize], colour[other.0 as usize], "{cell} and {other}");
        }
    }
    assert!(colour.iter().all(|&colour| colour < 8));
}

#[test]
fn normals_are_unit_vectors_on_the_grid() {
    let ground = &*GROUND;
    for cell in (0..CELL_COUNT).step_by(11) {
        let normal = [ground.normal_x[cell], ground.normal_y[cell], ground.normal_z[cell]].map(f64::from);
        let length: f64 = normal.iter().map(|c| c * c).sum::<f64>().sqrt();
        assert!((length - 1.0).abs() < 1.1e-7);
        assert!(normal.iter().all(|c| (c * f64::from(1 << 24)).fract() == 0.0));
        let (latitude, longitude) = skyshed_ground::cell_center(Cell(cell as u32));
        let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
        let expected = [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()];
        assert!((0..3).all(|axis| (normal[axis] - expected[axis]).abs() < 4e-8));
    }
}

fn found(query: &str) -> String {
    match GROUND.find_place(query) {
        Ok(place) => format!("{} in {}", place.label, GROUND.territory_at(place.territory).id),
        Err(error) => error.to_string(),
    }
}

#[test]
fn names_find_places() {
    for (query, place) in [
        ("Taipei", "Taipei, TW-TPE in TW-TPE"),
        ("zurich", "Zürich, CH-ZH in CH-ZH"),
        ("Sao Paulo", "São Paulo, BR-SP in BR-SP"),
        ("London", "London, GB-WSM in GB-SWK"),
        ("Paris", "Paris, FR-75 in FR-75"),
        ("Sevastopol", "Sevastopol, X-CRIMEA in X-CRIMEA"),
        ("Vatican City", "Vatican City, VA in IT-RM"), // no cell's centre lies in it
        ("Cayenne", "Cayenne, FR-GF in FR-GF"),
        ("Longyearbyen", "Longyearbyen, NO-21 in NO.sea"),
        ("Peking", "Beijing, CN-BJ in CN-BJ"),
    ] {
        assert_eq!(found(query), place);
    }
    for query in [
        "Paris, US-TX",
        "Paris, Texas",
        "Paris, TX",
        "paris, tx, us",
        "Springfield, IL, US",
        "Springfield, USA, Illinois",
    ] {
        assert!(found(query).contains("US-"), "{query}: {}", found(query));
    }
    assert!(found("Cologne").starts_with("Köln"), "{}", found("Cologne"));
    assert!(found("Santiago").starts_with("Santiago, CL"), "{}", found("Santiago"));
}

#[test]
fn ambiguous_names_list_queries_that_work() {
    let Err(PlaceError::Ambiguous { candidates, count, .. }) = GROUND.find_place("Springfield") else {
        panic!("Springfield is not one place");
    };
    assert!(count >= candidates.len() && candidates.len() > 3);
    for candidate in candidates {
        assert!(GROUND.find_place(&candidate).is_ok(), "{candidate}");
    }
}

#[test]
fn coordinates_and_cells_find_places_and_nonsense_does_not() {
    assert_eq!(found("0, -140"), "0, -140 in XZ");
    let cell = cell_at(50.45, 30.52).expect("Kyiv").to_string();
    assert_eq!(GROUND.find_place(&cell).expect("a cell").cell.to_string(), cell);
    assert!(found("91,0").contains("allowed: -90 to 90"));
    assert!(found("").contains("allowed: 1 to 256"));
    assert!(found("Lundon").contains("closest names"), "{}", found("Lundon"));
    assert!(found(&"x".repeat(300)).contains("allowed"));
}

#[test]
fn territories_are_found_by_id_code_and_name() {
    let id = |query: &str| GROUND.find_territory(query).map(|index| GROUND.territory_at(index).id.clone());
    for (query, expected) in [
        ("ua", "UA"),
        ("FRA", "FR"),
        ("Ukraine", "UA"),
        ("x-crimea", "X-CRIMEA"),
        ("ua.SEA", "UA.sea"),
        ("luxembourg", "LU"),
    ] {
        assert_eq!(id(query).as_deref(), Ok(expected));
    }
    assert!(
        matches!(id("Ukrane"), Err(TerritoryError::Unknown { ref closest, .. }) if closest[0].contains("Ukraine"))
    );
}

#[test]
fn shipped_sites_stand_in_the_country_they_name() {
    let ground = &*GROUND;
    assert!(ground.gateways.len() >= 120 && ground.pops.len() >= 40);
    let sites =
        ground.gateways.iter().map(|site| (&site.name, &site.country, site.latitude_deg, site.longitude_deg));
    let pops =
        ground.pops.iter().map(|site| (&site.name, &site.country, site.latitude_deg, site.longitude_deg));
    for (name, country, latitude, longitude) in sites.chain(pops) {
        let cell = cell_at(latitude, longitude).expect("on the Earth");
        let near = std::iter::once(cell).chain(neighbours(cell));
        let mut tops = near.map(|cell| ground.lineage(ground.territory_of(cell)).last().expect("a top"));
        assert!(tops.any(|top| ground.territory_at(top).id == *country), "{name} is not in {country}");
    }
}

/// What `data/gateways.toml` says of itself: traffic lands near where it leaves.
#[test]
fn every_shipped_point_of_presence_has_a_gateway_within_300_km() {
    let unit = |latitude_deg: f64, longitude_deg: f64| {
        let (latitude, longitude) = (latitude_deg.to_radians(), longitude_deg.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    };
    let ground = &*GROUND;
    for pop in &ground.pops {
        let here = unit(pop.latitude_deg, pop.longitude_deg);
        let nearest_km = ground.gateways.iter().map(|gateway| {
            let there = unit(gateway.latitude_deg, gateway.longitude_deg);
            let cosine: f64 = here.iter().zip(there).map(|(a, b)| a * b).sum();
            6371.0 * cosine.min(1.0).acos()
        });
        let nearest_km = nearest_km.fold(f64::INFINITY, f64::min);
        assert!(nearest_km <= 300.0, "{}: the nearest gateway is {nearest_km:.0} km away", pop.name);
    }
}
