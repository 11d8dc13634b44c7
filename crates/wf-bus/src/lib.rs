//! The durable stream between sensor and hub: a local journal
