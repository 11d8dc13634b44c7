//! Flow table, TCP reassembly and protocol identification. Sans-IO: packets in, [`Observer`] calls out, time from the
//! packets alone.

mod engine;
mod flow;
mod fragments;
mod identify;
mod in_part;
mod key;
mod makers;
pub mod observer;
mod stream;

pub use engine::{Engine, Limits};
pub use observer::{FlowWindow, Observer, PacketClass, PacketSummary};
