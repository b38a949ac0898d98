//! Names of everything that a preview follows from, so that somebody else can tell whether they have the same.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};

use sha2::{Digest, Sha256};
use skyshed_control::{Activation, Class, State};
use skyshed_ground::{CELL_COUNT, Cell};
use skyshed_orbit::Sky;

use super::side::Side;
use super::stage::Stage;

/// SHA-256 of every input by name, in hexadecimal digits.
pub(super) fn inputs(stage: &Stage<'_>) -> BTreeMap<&'static str, String> {
    let world = stage.world;
    let activation = |side| hex(activation(stage.activation(side)));
    BTreeMap::from([
        ("activation_with", activation(Side::With)),
        ("activation_without", activation(Side::Without)),
        ("config", words(&world.config)),
        ("elements", hex(skies([&stage.basis.sky_before, stage.basis.base.sky()]))),
        ("faults", words(&world.faults)),
        ("map", hex(world.ground.dataset.sha256)),
        ("sites", words(&(&world.ground.gateways, &world.ground.pops))),
    ])
}

/// Hexadecimal digits, lower case.
pub(super) fn hex(bytes: [u8; 32]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Of a value in words: every field in its order, numbers with all digits that tell them apart.
fn words(value: &impl Debug) -> String {
    hex(Sha256::digest(format!("{value:?}")).into())
}

/// Of positions: elements count by where satellites are in the two slots, whatever file they came in.
fn skies(skies: [&Sky; 2]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for sky in skies {
        hash.update(sky.time.unix_micros().to_be_bytes());
        for (at, satellite) in sky.satellites.iter().enumerate() {
            hash.update(satellite.catalog_number.to_be_bytes());
            hash.update(satellite.elevation_mask_deg.map_or(u32::MAX, f32::to_bits).to_be_bytes());
            for metres in [sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]] {
                // Sixteenths of a metre are whole numbers; a satellite without a position has none.
                let sixteenths = if metres.is_finite() { (metres * 16.0) as i64 } else { i64::MIN };
                hash.update(sixteenths.to_be_bytes());
            }
        }
    }
    hash.finalize().into()
}

/// Of what every cell may be served, in cell order: a byte with a bit per class, and where limits or lists are in force the
/// consumer's access and highest rate.
fn activation(activation: &Activation) -> [u8; 32] {
    let bits = |cell: Cell| {
        let classes = activation.classes(cell);
        Class::ALL
            .iter()
            .enumerate()
            .fold(0, |bits, (at, &class)| bits | u8::from(classes.contains(class)) << at)
    };
    let plain = activation.decisions.iter().all(|decision| {
        matches!(decision.state, State::On | State::Off | State::EmergencyOnly | State::TransitOnly)
    });
    let mut bytes = Vec::with_capacity(CELL_COUNT);
    for cell in (0..activation.classes_by_cell().len() as u32).map(Cell) {
        bytes.push(bits(cell));
        if plain {
            continue;
        }
        if let Some(ruling) = activation.ruling(cell, Class::Consumer) {
            bytes.push(ruling.access as u8);
            bytes.extend(ruling.limits.rate_max_kbps.unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    Sha256::digest(&bytes).into()
}
