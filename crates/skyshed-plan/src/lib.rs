//! The slot.
