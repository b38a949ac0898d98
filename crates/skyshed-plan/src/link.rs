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

/// The link's constants, worked out once.
pub struct Link {
    eirp_w: f64,
    flux_max_w_m2: f64,
    snr_per_flux: f64,
    scan_exponent: f64,
    implementation_factor: f64,
    spectral_efficiency_max: f64,
    bandwidth_mhz: f64,
}

impl Link {
    /// The link of a configuration.
    pub fn new(config: &LinkConfig) -> Link {
        let bandwidth_hz = config.bandwidth_mhz * 1e6;
        let wavelength_m = LIGHT_KM_S * 1e3 / (config.frequency_ghz * 1e9);
        let aperture_m2 = wavelength_m * wavelength_m / (4.0 * core::f64::consts::PI);
        Link {
            eirp_w: from_db(config.eirp_max_dbw),
            flux_max_w_m2: from_db(config.pfd_dbw_m2_4khz) * bandwidth_hz / 4e3,
            snr_per_flux: aperture_m2 * from_db(config.terminal_g_over_t_db_k) / (BOLTZMANN_J_K * bandwidth_hz),
            scan_exponent: config.scan_exponent,
            implementation_factor: config.implementation_factor,
            spectral_efficiency_max: config.spectral_efficiency_max,
            bandwidth_mhz: config.bandwidth_mhz,
        }
    }

    /// Signal-to-noise ratio (linear) at a slant range and elevation.
    pub fn snr(&self, range_km: f64, sin_elevation: f64) -> f64 {
        let range_m = range_km * 1e3;
        let flux = (self.eirp_w / (4.0 * core::f64::consts::PI * range_m * range_m)).min(self.flux_max_w_m2);
        flux * self.snr_per_flux * libm::pow(sin_elevation, self.scan_exponent)
    }

    /// Rate of one whole beam, Mb/s.
    pub fn beam_rate_mbps(&self, range_km: f64, sin_elevation: f64) -> f64 {
        let shannon = libm::log2(1.0 + self.implementation_factor * self.snr(range_km, sin_elevation));
        self.bandwidth_mhz * shannon.min(self.spectral_efficiency_max)
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
        assert_eq!(Link::new(&strong.link).beam_rate_mbps(550.0, 1.0), ceiling);
    }
}
