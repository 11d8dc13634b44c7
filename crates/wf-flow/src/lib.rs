//! Flow table, TCP reassembly and protocol identification. Sans-IO: packets in, [`Observer`] calls out, time from the
//! packets alone.

pub mod observer;

pub use observer::{FlowWindow, Observer, PacketClass, PacketSummary};
