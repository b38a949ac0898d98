//! The log on disk: crash-safe append by one writer at a time, witnesses over HTTP, snapshots that can be proved, projections.
//! It decides nothing: what a record means is `skyshed-records`' business, what a log is `skyshed-tlog`'s.
