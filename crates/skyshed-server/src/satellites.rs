//! Where satellites stand at the start of a slot: for the map, which draws a path over them.

use serde::Serialize;
use skyshed::Slot;
use skyshed::orbit::frames::itrf_to_geodetic;

use crate::problem::{Kind, Problem};

/// Satellites of one slot, in the order they were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Satellites {
    /// Start of the slot, UTC.
    pub time: String,
    /// The satellites.
    pub satellites: Vec<SatelliteView>,
}

/// One satellite.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SatelliteView {
    /// Object name.
    pub name: String,
    /// Catalogue number.
    pub catalog_number: u64,
    /// Geodetic latitude of the point below it, WGS84; null where it could not be propagated.
    pub latitude_deg: Option<f64>,
    /// Longitude east of that point, WGS84.
    pub longitude_deg: Option<f64>,
    /// Height above that point.
    pub altitude_km: Option<f64>,
}

/// Finds satellites by catalogue number: several with commas in between.
///
/// # Errors
/// [`Problem`] for what is no number, and for a number that no satellite of the constellation bears.
pub fn satellites(slot: &Slot, numbers: &str) -> Result<Satellites, Problem> {
    let satellites = numbers.split(',').map(|number| satellite(slot, number.trim()));
    Ok(Satellites { time: slot.plan.time.to_string(), satellites: satellites.collect::<Result<_, _>>()? })
}

fn satellite(slot: &Slot, number: &str) -> Result<SatelliteView, Problem> {
    let catalog_number: u64 = number.parse().map_err(|_| {
        let detail =
            format!("`{number}` is no catalogue number; allowed: digits, several with commas in between");
        Problem::new(Kind::BadValue, detail)
    })?;
    // The sky is in the order of catalogue numbers.
    let sky = &slot.sky;
    let found = sky.satellites.binary_search_by_key(&catalog_number, |satellite| satellite.catalog_number);
    let at = found.map_err(|_| {
        let detail = format!(
            "no satellite of this constellation has catalogue number {catalog_number}; \
             /api/v1/why names those over a place"
        );
        Problem::new(Kind::UnknownSatellite, detail)
    })?;
    let (latitude_deg, longitude_deg, height_m) =
        itrf_to_geodetic([sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]]);
    let told = |value: f64, scale: f64| value.is_finite().then(|| (value * scale).round() / scale);
    Ok(SatelliteView {
        name: sky.satellites[at].name.clone(),
        catalog_number,
        latitude_deg: told(latitude_deg, 1e4),
        longitude_deg: told(longitude_deg, 1e4),
        altitude_km: told(height_m / 1e3, 1e1),
    })
}
