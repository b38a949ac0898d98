//! `export` and `import`: other simulators' files. Reads and writes the files, chooses what is taken where no flag is
//! given, and prints; what the files hold is for `skyshed-exchange`.

mod export;
pub mod folder;
mod import;
mod netsatbench;
mod source;

pub use export::export;
pub use import::import;
pub use netsatbench::export as export_netsatbench;

/// Longest text of these that is read, bytes. A forwarding state of 10,000 satellites and 1,000 stations has 300 MB.
const TEXT_BYTES_MAX: u64 = 1 << 30;
