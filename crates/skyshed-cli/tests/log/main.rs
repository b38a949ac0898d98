//! The public log through the binary: asking, approving, stopping, proving, and everything that is refused.

mod follow;
mod http;
mod real;
mod refused;
mod servers;
#[path = "../shared/service.rs"]
mod service;
mod story;
mod support;
mod tracker;
