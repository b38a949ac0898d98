//! Planes and laser links: of designed shells, of the same shells without their design, of real elements, and of odd
//! input. What is expected is worked out here from orbits and positions, not taken from the crate.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it reads real data sets from disk"
)]

mod designed;
mod found;
mod odd;
mod real;
mod slots;
mod support;
