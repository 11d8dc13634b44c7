//! What the flow engine tells beside what decoders say.

use wf_model::observation::Transport;
use wf_model::{Address, Mac};
use wf_wire::decode::{Moment, Sink};
use wf_wire::packet::RawPacket;

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketClass {
    /// Understood by a decoder, or needs none (bare TCP control packets, keep-alives, stream bytes a decoder waits on).
    Parsed,
    /// Payload that nobody decodes.
    NotParsed,
    /// Payload of an encrypted protocol.
    Encrypted,
    /// Headers that do not parse, or cut short.
    Damaged,
}

/// One packet's summary, for coverage.
#[derive(Clone, Copy, Debug)]
pub struct PacketSummary {
    /// Innermost VLAN, 0 for none.
    pub vlan: u16,
    /// What became of it.
    pub class: PacketClass,
    /// The protocol that its flow was recognised as.
    pub protocol: Option<&'static str>,
    /// Transport.
    pub transport: Transport,
    /// The service port of its flow (0 where there are none).
    pub port: u16,
}

/// What one flow did since it was last told of: deltas. Told once a minute of event time while it is active, and when it
/// ends (closed, idle, evicted, end of capture).
#[derive(Clone, Copy, Debug)]
pub struct FlowWindow {
    /// Who asks.
    pub client: Address,
    /// Who answers.
    pub server: Address,
    /// Source MAC of the client's frames.
    pub client_mac: Option<Mac>,
    /// Source MAC of the server's frames; `None` while it is silent.
    pub server_mac: Option<Mac>,
    /// Another MAC in front of the client and of the server, where the flow was seen on more than one segment.
    pub other_macs: [Option<Mac>; 2],
    /// Transport.
    pub transport: Transport,
    /// The server's port (0 where there are none).
    pub port: u16,
    /// Recognised protocol.
    pub protocol: Option<&'static str>,
    /// Innermost VLAN, 0 for none.
    pub vlan: u16,
    /// Capture interface index.
    pub interface: u32,
    /// First packet in this window.
    pub first: Moment,
    /// First packet of the client and of the server in this window; it means nothing where there is none.
    pub firsts: [Moment; 2],
    /// Last packet in this window.
    pub last: Moment,
    /// Packets to server and to client.
    pub packets: [u64; 2],
    /// Bytes on the wire to server and to client.
    pub bytes: [u64; 2],
    /// This is the flow's first window.
    pub new_flow: bool,
    /// The server has answered (SYN-ACK or payload), told in the window where it first did.
    pub answered: bool,
    /// The server refused (RST to a SYN, ICMP port unreachable), told once.
    pub refused: bool,
    /// Stream bytes missing from the capture in this window.
    pub gap_bytes: u64,
    /// So far only one direction of a TCP flow with data was seen.
    pub one_sided: bool,
    /// Payload is encrypted.
    pub encrypted: bool,
}

/// Takes all that the engine and its decoders say.
pub trait Observer: Sink {
    /// Every packet, once.
    fn packet(&mut self, raw: &RawPacket<'_>, summary: &PacketSummary);
    /// A flow's window.
    fn window(&mut self, window: &FlowWindow);
}
