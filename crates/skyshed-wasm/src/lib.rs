//! Two WebAssembly modules for the page: `orbit` propagates satellites, `verify` verifies the log. They compute with the crates that the
//! server and the programs use, know no document object and fetch nothing: `web/src/wasm/*.ts` hand bytes in and take bytes out.
//!
//! Every function is exported with plain numbers for arguments, so that no generated glue is needed. Bytes go through two buffers of
//! [`exchange`]: JavaScript asks for a place of so many bytes, writes there, and calls; an answer or an error message stands in the other
//! until the next call. Nothing here trusts what it is given. There is no `unsafe` block; the attribute `unsafe(no_mangle)` promises that
//! no other function has the name, which the prefix `skyshed_` sees to.

pub mod exchange;
#[cfg(feature = "orbit")]
pub mod orbit;
#[cfg(feature = "verify")]
pub mod verify;
