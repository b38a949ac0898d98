//! What each cell may be served, and by which decision.
