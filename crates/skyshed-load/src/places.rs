//! Places to ask for: every way in which a place can be given, in an order that looks random and is always the same.

use skyshed_ground::Ground;

/// Targets of requests for `why`, so many that no cache of answers would hold them all.
pub fn why_targets(count: usize) -> Vec<String> {
    let ground = Ground::embedded();
    let cities = ground.places.records();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let degrees = |value: u64, range: f64| (value % 1_000_000) as f64 / 1e6 * range - range / 2.0;
    (0..count)
        .map(|number| {
            let place = if number % 2 == 0 {
                let city = &cities[(random() % cities.len() as u64) as usize];
                format!("{:.4},{:.4}", f64::from(city.latitude_e4) / 1e4, f64::from(city.longitude_e4) / 1e4)
            } else if number % 4 == 1 {
                let city = &cities[(random() % cities.len() as u64) as usize];
                encoded(&city.name)
            } else {
                format!("{:.4},{:.4}", degrees(random(), 140.0), degrees(random(), 360.0))
            };
            format!("/api/v1/why?place={place}")
        })
        .collect()
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
