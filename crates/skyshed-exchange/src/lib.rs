//! Other simulators: the conventions and files of Hypatia and NetSatBench, in and out.
//! It turns text into values and values into text: it opens no file, and knows nothing of our own ground segment or
//! service.
//!
//! 1. [`hypatia`]: the six kinds of text files of the simulator Hypatia (S. Kassing et al., "Exploring the 'Internet from
//!    space' with Hypatia", IMC 2020; github.com/snkas/hypatia), its constants for three shells, and its forwarding
//!    state for any time: computed, written, read back and compared.
//! 2. [`netsatbench`]: the scenario and epochs of links that the emulator NetSatBench plays
//!    (github.com/mSvcBench/NetSatBench, docs/configuration.md).

pub mod hypatia;
pub mod netsatbench;
