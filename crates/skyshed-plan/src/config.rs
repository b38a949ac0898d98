//! Every parameter of the plan: one documented file, `data/config.toml`, which a user's file overrides key by key.

use std::collections::BTreeMap;

use serde::Deserialize;
use skyshed_network::LaserConfig;
use toml::{Table, Value};

/// The built-in parameters, with their sources, as TOML.
pub const DEFAULT_CONFIG: &str = include_str!("../data/config.toml");

/// Every parameter of the plan. The fields are documented, with sources, in [`DEFAULT_CONFIG`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct Config {
    pub slot: SlotConfig,
    pub visibility: VisibilityConfig,
    pub gso: GsoConfig,
    pub beams: BeamsConfig,
    pub choice: ChoiceConfig,
    pub gateway: GatewayConfig,
    pub lasers: LasersConfig,
    pub pops: PopsConfig,
    pub latency: LatencyConfig,
    pub link: LinkConfig,
    pub demand: DemandConfig,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct SlotConfig {
    pub length_s: u32,
    pub phase_s: u32,
    pub scope: Scope,
}

/// Which cells are planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Cells with people.
    Inhabited,
    /// Cells of land.
    Land,
    /// Every cell of the planet.
    All,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct VisibilityConfig {
    pub elevation_mask_deg: Vec<MaskBand>,
    pub altitude_min_km: f64,
    pub altitude_max_km: f64,
}

/// The elevation mask of satellites from an altitude upwards.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MaskBand {
    pub altitude_from_km: f64,
    pub mask_deg: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct GsoConfig {
    pub user_separation_deg: f64,
    pub gateway_separation_deg: f64,
    pub waived_territories: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct BeamsConfig {
    pub per_satellite: u16,
    pub hops: u8,
    pub share_parts: u8,
    pub per_colour: u16,
    pub footprint_radius_km: f64,
    pub spill_limit_km: f64,
}

impl BeamsConfig {
    /// Cells one satellite can serve within a slot.
    pub fn cells_per_satellite(&self) -> u32 {
        u32::from(self.per_satellite) * u32::from(self.hops)
    }

    /// Cells of one colour one satellite can serve within a slot.
    pub fn cells_per_colour(&self) -> u32 {
        u32::from(self.per_colour) * u32::from(self.hops)
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct ChoiceConfig {
    pub load_weight: f64,
    pub wanted_weight: f64,
    pub keep_bonus: f64,
    pub way_weight_per_ms: f64,
    pub way_weight_empty_per_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct GatewayConfig {
    pub elevation_mask_deg: f64,
    pub antennas: u16,
    pub antennas_per_satellite: u8,
    pub feeder_gbps: f64,
    pub fibre_gbps: f64,
    pub fibre_detour: f64,
    pub fibre_velocity_factor: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct LasersConfig {
    pub terminals: u8,
    pub range_max_km: f64,
    pub grazing_altitude_km: f64,
    pub between_shells: bool,
    pub capacity_gbps: f64,
}

impl LasersConfig {
    /// What decides the links.
    pub fn links(&self) -> LaserConfig {
        LaserConfig {
            terminals: self.terminals,
            range_max_km: self.range_max_km,
            grazing_altitude_km: self.grazing_altitude_km,
            between_shells: self.between_shells,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct PopsConfig {
    pub homes: bool,
    pub by_territory: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct LatencyConfig {
    pub access_ms: f64,
    pub laser_hop_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct LinkConfig {
    pub frequency_ghz: f64,
    pub bandwidth_mhz: f64,
    pub pfd_dbw_m2_4khz: f64,
    pub eirp_max_dbw: f64,
    pub terminal_g_over_t_db_k: f64,
    pub scan_exponent: f64,
    pub implementation_factor: f64,
    pub spectral_efficiency_max: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs)]
pub struct DemandConfig {
    pub terminals_per_1000_people: f64,
    pub terminals_per_cell_max: f64,
    pub busy_share: f64,
    pub terminal_rate_max_mbps: f64,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML.
    #[error("configuration is not TOML: {0}")]
    Syntax(toml::de::Error),
    /// A key that does not exist.
    #[error("unknown configuration key `{key}`; allowed here: {allowed}")]
    UnknownKey {
        /// The key, with its section.
        key: String,
        /// The keys that exist in that section.
        allowed: String,
    },
    /// A value of the wrong type.
    #[error("configuration value is of the wrong type: {0}")]
    Type(toml::de::Error),
    /// A number outside its range.
    #[error("configuration key `{key}` is {given}; allowed: {allowed}")]
    Range {
        /// The key, with its section.
        key: &'static str,
        /// What was given.
        given: f64,
        /// What is allowed, as a sentence part.
        allowed: &'static str,
    },
}

impl Default for Config {
    fn default() -> Config {
        Config::parse("").expect("the built-in configuration is valid: a test holds it")
    }
}

impl Config {
    /// The built-in configuration with the keys of `text` (TOML) put over it.
    ///
    /// Errors: not TOML, a key that the built-in configuration does not have, a wrong type, a number out of range.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let mut merged: Table = DEFAULT_CONFIG.parse().map_err(ConfigError::Syntax)?;
        let given: Table = text.parse().map_err(ConfigError::Syntax)?;
        put_over(&mut merged, given, "")?;
        let config: Config = merged.try_into().map_err(ConfigError::Type)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let within = |key, given: f64, low: f64, high: f64, allowed| {
            if given >= low && given <= high {
                Ok(())
            } else {
                Err(ConfigError::Range { key, given, allowed })
            }
        };
        let positive = |key, given: f64| within(key, given, f64::MIN_POSITIVE, 1e9, "a number above 0");
        let angle = |key, given| within(key, given, 0.0, 90.0, "0 to 90 degrees");
        within("slot.length_s", f64::from(self.slot.length_s), 1.0, 60.0, "1 to 60 s, a divisor of 60")?;
        if 60 % self.slot.length_s != 0 {
            return Err(ConfigError::Range {
                key: "slot.length_s",
                given: f64::from(self.slot.length_s),
                allowed: "1 to 60 s, a divisor of 60",
            });
        }
        within("slot.phase_s", f64::from(self.slot.phase_s), 0.0, 59.0, "0 to 59 s")?;
        within(
            "visibility.elevation_mask_deg",
            self.visibility.elevation_mask_deg.len() as f64,
            1.0,
            16.0,
            "1 to 16 bands",
        )?;
        for band in &self.visibility.elevation_mask_deg {
            angle("visibility.elevation_mask_deg.mask_deg", band.mask_deg)?;
        }
        positive("visibility.altitude_min_km", self.visibility.altitude_min_km)?;
        within(
            "visibility.altitude_max_km",
            self.visibility.altitude_max_km,
            self.visibility.altitude_min_km,
            2_000.0,
            "from visibility.altitude_min_km to 2,000 km (low Earth orbit)",
        )?;
        angle("gso.user_separation_deg", self.gso.user_separation_deg)?;
        angle("gso.gateway_separation_deg", self.gso.gateway_separation_deg)?;
        within("beams.per_satellite", f64::from(self.beams.per_satellite), 1.0, 4_096.0, "1 to 4,096")?;
        within("beams.hops", f64::from(self.beams.hops), 1.0, 15.0, "1 to 15")?;
        let parts = f64::from(self.beams.share_parts);
        let multiple = "a multiple of beams.hops, at most 240";
        within("beams.share_parts", parts, 1.0, 240.0, multiple)?;
        within("beams.share_parts", f64::from(self.beams.share_parts % self.beams.hops), 0.0, 0.0, multiple)
            .map_err(|_| ConfigError::Range { key: "beams.share_parts", given: parts, allowed: multiple })?;
        within("beams.per_colour", f64::from(self.beams.per_colour), 1.0, 4_096.0, "1 to 4,096")?;
        positive("beams.footprint_radius_km", self.beams.footprint_radius_km)?;
        within("beams.spill_limit_km", self.beams.spill_limit_km, 0.0, 1_000.0, "0 to 1,000 km")?;
        within("choice.load_weight", self.choice.load_weight, 0.0, 4.0, "0 to 4")?;
        within("choice.wanted_weight", self.choice.wanted_weight, 0.0, 4.0, "0 to 4")?;
        within("choice.keep_bonus", self.choice.keep_bonus, 0.0, 4.0, "0 to 4")?;
        within("choice.way_weight_per_ms", self.choice.way_weight_per_ms, 0.0, 1.0, "0 to 1")?;
        let empty_per_ms = self.choice.way_weight_empty_per_ms;
        within("choice.way_weight_empty_per_ms", empty_per_ms, 0.0, 1.0, "0 to 1")?;
        angle("gateway.elevation_mask_deg", self.gateway.elevation_mask_deg)?;
        within("gateway.antennas", f64::from(self.gateway.antennas), 1.0, 4_096.0, "1 to 4,096")?;
        within(
            "gateway.antennas_per_satellite",
            f64::from(self.gateway.antennas_per_satellite),
            1.0,
            16.0,
            "1 to 16",
        )?;
        positive("gateway.feeder_gbps", self.gateway.feeder_gbps)?;
        positive("gateway.fibre_gbps", self.gateway.fibre_gbps)?;
        within("lasers.terminals", f64::from(self.lasers.terminals), 0.0, 16.0, "0 to 16")?;
        within("lasers.range_max_km", self.lasers.range_max_km, 1.0, 20_000.0, "1 to 20,000 km")?;
        within("lasers.grazing_altitude_km", self.lasers.grazing_altitude_km, 0.0, 2_000.0, "0 to 2,000 km")?;
        positive("lasers.capacity_gbps", self.lasers.capacity_gbps)?;
        within("gateway.fibre_detour", self.gateway.fibre_detour, 1.0, 10.0, "1 to 10")?;
        within("gateway.fibre_velocity_factor", self.gateway.fibre_velocity_factor, 0.1, 1.0, "0.1 to 1")?;
        within("latency.access_ms", self.latency.access_ms, 0.0, 1_000.0, "0 to 1,000 ms")?;
        within("latency.laser_hop_ms", self.latency.laser_hop_ms, 0.0, 100.0, "0 to 100 ms")?;
        positive("link.frequency_ghz", self.link.frequency_ghz)?;
        positive("link.bandwidth_mhz", self.link.bandwidth_mhz)?;
        within("link.pfd_dbw_m2_4khz", self.link.pfd_dbw_m2_4khz, -300.0, 0.0, "-300 to 0 dBW/m2 in 4 kHz")?;
        within("link.eirp_max_dbw", self.link.eirp_max_dbw, -50.0, 100.0, "-50 to 100 dBW")?;
        within(
            "link.terminal_g_over_t_db_k",
            self.link.terminal_g_over_t_db_k,
            -50.0,
            60.0,
            "-50 to 60 dB/K",
        )?;
        within("link.scan_exponent", self.link.scan_exponent, 0.0, 5.0, "0 to 5")?;
        within("link.implementation_factor", self.link.implementation_factor, 0.01, 1.0, "0.01 to 1")?;
        within(
            "link.spectral_efficiency_max",
            self.link.spectral_efficiency_max,
            0.1,
            20.0,
            "0.1 to 20 bit/s/Hz",
        )?;
        within(
            "demand.terminals_per_1000_people",
            self.demand.terminals_per_1000_people,
            0.0,
            1e6,
            "0 to 1,000,000",
        )?;
        positive("demand.terminals_per_cell_max", self.demand.terminals_per_cell_max)?;
        within("demand.busy_share", self.demand.busy_share, 0.0, 1.0, "0 to 1")?;
        positive("demand.terminal_rate_max_mbps", self.demand.terminal_rate_max_mbps)
    }
}

/// The section whose keys are the user's own: ids of territories.
const OPEN_SECTION: &str = "pops.by_territory";

/// Puts `given` over `base`, section by section; a key that `base` lacks is refused.
fn put_over(base: &mut Table, given: Table, section: &str) -> Result<(), ConfigError> {
    for (key, value) in given {
        let path = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match (base.get_mut(&key), value) {
            (None, value) if section == OPEN_SECTION => {
                base.insert(key, value);
            }
            (None, _) => {
                let allowed = base.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(ConfigError::UnknownKey { key: path, allowed });
            }
            (Some(Value::Table(inner)), Value::Table(given)) => put_over(inner, given, &path)?,
            // An integer where a float stands is what people write: 20 for 20.0.
            (Some(slot @ Value::Float(_)), Value::Integer(number)) => *slot = Value::Float(number as f64),
            (Some(slot), value) => *slot = value,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_is_valid() {
        assert_eq!(Config::default().slot.length_s, 15);
    }

    #[test]
    fn a_file_overrides_only_what_it_names() {
        let config = Config::parse("[gso]\nuser_separation_deg = 22\n").unwrap();
        assert_eq!(config.gso.user_separation_deg, 22.0);
        assert_eq!(config.gso.gateway_separation_deg, Config::default().gso.gateway_separation_deg);
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let message = Config::parse(text).unwrap_err().to_string();
        assert!(message.contains(part), "{message:?} should contain {part:?}");
    }

    #[test]
    fn bad_input_is_told_apart() {
        refused(
            "[beams]\nper_sattelite = 3\n",
            "unknown configuration key `beams.per_sattelite`; allowed here: ",
        );
        refused("[beam]\nhops = 3\n", "unknown configuration key `beam`");
        refused("[beams]\nhops = 0\n", "`beams.hops` is 0; allowed: 1 to 15");
        refused(
            "[beams]\nshare_parts = 15\n",
            "`beams.share_parts` is 15; allowed: a multiple of beams.hops",
        );
        refused("[beams]\nhops = \"three\"\n", "wrong type");
        refused("[slot]\nlength_s = 7\n", "a divisor of 60");
        refused("[gso]\nuser_separation_deg = nan\n", "allowed: 0 to 90");
        refused("not toml", "not TOML");
        refused("[visibility]\nelevation_mask_deg = [{ altitude_from_km = 0.0, mask = 3.0 }]", "wrong type");
    }
}
