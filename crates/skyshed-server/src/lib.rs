//! HTTP API over the engine.
