//! From bytes to layers: the bounded reader, capture files, link to transport headers, and the `Decoder` trait that
//! every protocol implements. No panic, no index and no allocation sized by an unchecked length, whatever the bytes.

pub mod capture;
pub mod decode;
pub mod layers;
pub mod message;
pub mod packet;
pub mod reader;

pub use decode::{
    About, Anomaly, Carrier, Coded, Context, Decoder, Direction, Evidence, Measurement, Operation, ProtocolInfo, Sink, Step,
    Target, Value, Verdict,
};
pub use message::MessageWriter;
pub use packet::{LinkType, RawPacket};
pub use reader::{Reader, Short};
