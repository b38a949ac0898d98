//! The binary, end to end: what a person types, and what comes out.

mod answers;
mod bad_input;
mod data;
mod exchange;
mod latency;
mod packaging;
mod real_data;
mod route;
mod serve;
mod settings;
mod shells;
mod support;
mod tables;
mod terminal;
