//! The words of the product as types: time, addresses, observations, assets, findings, and the interface that the
//! page and the command line use. No I/O, no clock, no global state.

pub mod address;
pub mod api;
pub mod asset;
pub mod conversation;
pub mod finding;
pub mod id;
pub mod measurements;
pub mod network;
pub mod observation;
pub mod page;
pub mod plant;
pub mod schema;
pub mod stored;
pub mod time;

pub use address::{Address, Mac};
pub use observation::{Attribute, Batch, Category, PacketId};
pub use time::Timestamp;

/// Short text that is mostly known when the program is compiled (protocol, function, anomaly names).
pub type Text = std::borrow::Cow<'static, str>;
