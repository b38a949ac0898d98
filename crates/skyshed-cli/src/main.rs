//! The `skyshed` binary.
fn main() {}
