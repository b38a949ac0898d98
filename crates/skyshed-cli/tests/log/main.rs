//! The public log through the binary: asking, approving, stopping, proving, and everything that is refused.

mod real;
mod refused;
mod story;
mod support;
