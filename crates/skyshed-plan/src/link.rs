//! The user link: what rate a beam gives, clear sky.
//!
//! Power flux density at the ground, `P = min(EIRP / (4 π d²), limit x B / 4 kHz)`, W/m²; received power over noise,
//! `SNR = P x λ²/(4 π) x G/T x sin(e)^n / (k B)`, where `G/T` is the terminal's at boresight (zenith) and `sin(e)^n`
//! the loss of its array off boresight (Friis transmission equation, IEEE Std 145; k of the SI).
//! Rate = `B x min(log2(1 + α SNR), ceiling)`.

use crate::config::LinkConfig;
use crate::geometry::LIGHT_KM_S;

/// Boltzmann constant, J/K (SI definition).
const BOLTZMANN_J_K: f64 = 1.380_649e-23;

/// The link's constants, worked out once, with tables of its two slow functions.
pub struct Link {
    /// SNR at the zenith per 1/km² of slant range: what the power gives.
    snr_km2: f64,
    /// SNR at the zenith at the largest flux density.
    snr_max: f64,
    bandwidth_mhz: f64,
    /// `sin(e)^n` over `sin(e)` in 0..=1.
    scan_gain: Table,
    /// `min(log2(1 + α SNR), ceiling)` over SNR from 0 to where it reaches the ceiling.
    efficiency: Table,
}

impl Link {
    /// The link of a configuration.
    pub fn new(config: &LinkConfig) -> Link {
        let bandwidth_hz = config.bandwidth_mhz * 1e6;
        let wavelength_m = LIGHT_KM_S * 1e3 / (config.frequency_ghz * 1e9);
        let aperture_m2 = wavelength_m * wavelength_m / (4.0 * core::f64::consts::PI);
        let snr_at_ceiling =
            (libm::exp2(config.spectral_efficiency_max) - 1.0) / config.implementation_factor;
        let snr_per_flux =
            aperture_m2 * from_db(config.terminal_g_over_t_db_k) / (BOLTZMANN_J_K * bandwidth_hz);
        Link {
            snr_km2: from_db(config.eirp_max_dbw) / (4.0 * core::f64::consts::PI * 1e6) * snr_per_flux,
            snr_max: from_db(config.pfd_dbw_m2_4khz) * bandwidth_hz / 4e3 * snr_per_flux,
            bandwidth_mhz: config.bandwidth_mhz,
            scan_gain: Table::new(1.0, |sin_elevation| libm::pow(sin_elevation, config.scan_exponent)),
            efficiency: Table::new(snr_at_ceiling, |snr| {
                libm::log2(1.0 + config.implementation_factor * snr)
            }),
        }
    }

    /// Signal-to-noise ratio (linear) at a slant range and elevation.
    pub fn snr(&self, range_km: f64, sin_elevation: f64) -> f64 {
        (self.snr_km2 / (range_km * range_km)).min(self.snr_max) * self.scan_gain.at(sin_elevation)
    }

    /// Rate of one whole beam, Mb/s.
    pub fn beam_rate_mbps(&self, range_km: f64, sin_elevation: f64) -> f64 {
        self.bandwidth_mhz * self.efficiency.at(self.snr(range_km, sin_elevation))
    }
}

/// A function of a number in `0..=end`, tabulated and interpolated linearly; beyond the end its last value.
struct Table {
    steps_per_unit: f64,
    values: Vec<f32>,
}

/// Steps of a table: enough for a relative error below 1e-5 above 12 degrees of elevation and 0 dB.
const TABLE_STEPS: usize = 2048;

impl Table {
    fn new(end: f64, function: impl Fn(f64) -> f64) -> Table {
        let values = (0..=TABLE_STEPS + 1)
            .map(|step| function((step.min(TABLE_STEPS)) as f64 * end / TABLE_STEPS as f64) as f32);
        Table { steps_per_unit: TABLE_STEPS as f64 / end, values: values.collect() }
    }

    fn at(&self, x: f64) -> f64 {
        let at = (x * self.steps_per_unit).clamp(0.0, TABLE_STEPS as f64);
        let step = at as usize;
        let (low, high) = (f64::from(self.values[step]), f64::from(self.values[step + 1]));
        low + (high - low) * (at - step as f64)
    }
}

fn from_db(db: f64) -> f64 {
    libm::pow(10.0, db / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The budget by hand, in decibels: flux limit -146 dBW/m²/4 kHz over 240 MHz (+47.78), aperture at 11.7 GHz
    /// (-42.82 dBm²), G/T 9 dB/K, k -228.60, bandwidth 83.80 dBHz.
    #[test]
    fn snr_overhead_at_550_km_is_the_hand_budget() {
        let config = Config::default();
        let snr_db = 10.0 * Link::new(&config.link).snr(550.0, 1.0).log10();
        let by_hand = (-146.0 + 47.78) - 42.82 + 9.0 + 228.60 - 83.80;
        assert!((snr_db - by_hand).abs() < 0.02, "{snr_db} dB against {by_hand} dB by hand");
    }

    #[test]
    fn rate_falls_with_range_and_with_elevation_and_has_a_ceiling() {
        let config = Config::default();
        let link = Link::new(&config.link);
        assert!(link.beam_rate_mbps(2_000.0, 0.5) < link.beam_rate_mbps(1_200.0, 0.5));
        assert!(link.beam_rate_mbps(1_000.0, 0.45) < link.beam_rate_mbps(1_000.0, 0.9));
        let ceiling = config.link.bandwidth_mhz * config.link.spectral_efficiency_max;
        let strong = Config::parse("[link]\npfd_dbw_m2_4khz = -120\neirp_max_dbw = 70\n").unwrap();
        assert!((Link::new(&strong.link).beam_rate_mbps(550.0, 1.0) - ceiling).abs() < 1e-9);
    }

    #[test]
    fn tables_hold_against_the_functions() {
        let config = Config::default().link;
        let link = Link::new(&config);
        for step in 1..500 {
            let sin_elevation = 0.2 + 0.8 * f64::from(step) / 500.0;
            let exact = sin_elevation.powf(config.scan_exponent);
            assert!((link.scan_gain.at(sin_elevation) / exact - 1.0).abs() < 1e-5);
            let snr = 1.0 + 19.0 * f64::from(step) / 500.0;
            let exact = (1.0 + config.implementation_factor * snr).log2();
            assert!((link.efficiency.at(snr) / exact - 1.0).abs() < 1e-5, "{snr}");
        }
    }
}
