//! Evidence to assets: which devices there are, what they are called, what they do and where they stand.
//!
//! Facts are kept per MAC and per IP address ([`facts`]); which of them are one device is worked out from all facts
//! together ([`identity`]), so neither the order of a batch's rows nor how a stream is cut into batches matters.

mod by_text;
mod detail;
mod facts;
mod identity;
mod inventory;
mod place;
mod role;
mod values;
mod vendor;

pub use inventory::{Counters, Inventory, InventoryChanges};
