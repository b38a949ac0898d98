//! The binary, end to end: what a person types, and what comes out.

mod answers;
mod bad_input;
mod data;
mod exchange;
mod latency;
mod packaging;
mod real_data;
mod refresh;
mod route;
mod serve;
#[path = "../shared/service.rs"]
mod service;
mod settings;
mod shells;
mod support;
mod tables;
mod terminal;
