//! Element sets, designed shells, SGP4, time and frames: where every satellite is at one instant.
//! This crate knows no ground segment and no service, reads no file, no environment and no clock.
//!
//! Data flows: bytes → [`read_elements`] → [`ElementSet`] → [`Constellation`] → [`Constellation::sky`] → [`Sky`].
//!
//! 1. [`elements`]: OMM in JSON, CSV, KVN and XML (CCSDS 502.0-B-3) and TLE/3LE, plain or gzip, told apart by
//!    content, all become the same [`ElementSet`]; what is not loaded is reported, never dropped in silence.
//! 2. [`presets`]: designed shells (Walker delta and star) from documented TOML, so that nothing needs the network.
//! 3. [`orbit`]: SGP4 with WGS72 and AFSPC conventions, one satellite at a time, in TEME.
//! 4. [`frames`] and [`ut1`]: TEME to ITRF by GMST-82 at UT1; the WGS84 ellipsoid; look angles.
//! 5. [`constellation`]: all of it for one whole constellation at one instant, in columns; [`motion`]: how each moves,
//!    for whoever draws it between two instants.
//! 6. [`sun`]: where the Sun stands, for day and night.
//!
//! Accuracy: public element sets are good to about 1 km at 6 hours and about 38 km at 7 days (arXiv 2605.19850);
//! everything this crate adds on top (no polar motion, interpolated UT1, rounding) stays under about 15 m while UT1
//! is known, so the age of the elements decides.

pub mod constellation;
pub mod elements;
pub mod epoch;
pub mod frames;
pub mod motion;
pub mod orbit;
pub mod presets;
pub mod sun;
pub mod ut1;

pub use constellation::{Constellation, OrbitProblem, Satellite, Sky, StaleError};
pub use elements::{
    ElementError, ElementFormat, ElementLoad, ElementSet, LoadWarning, Place, RejectReason, Rejected,
    StaleSet, read_elements,
};
pub use epoch::{Epoch, EpochError};
pub use motion::ItrfState;
pub use orbit::{MeanElements, Orbit, OrbitError, TemeState};
pub use presets::{DesignedShell, PRESETS, PresetError, ShellProblem};
pub use ut1::{Ut1Error, Ut1Table};
