//! One flow: its ends, its counters, its streams and its decoder.

mod segments;
mod speak;
mod window;

use crate::identify::{self, Answer};
use crate::makers::Makers;
use crate::observer::FlowWindow;
use crate::stream::Order;
use std::sync::Arc;
use wf_model::observation::Transport;
use wf_model::{Address, Mac};
use wf_wire::decode::{Carrier, Context, Decoder, Direction, Moment, Probe, ProtocolInfo, Sink, Step, Verdict};
use wf_wire::layers::{Tunnel, TunnelKind};
use window::Window;

/// Bytes of one message that are gathered before the decoder is called again.
const PENDING_MAX: usize = 1 << 20;
/// Bytes that are kept while probes ask for more.
const PROBE_MAX: usize = 2048;
/// Room for gathered bytes that is given back when most of it is not needed any more.
const ROOMY: usize = 16 << 10;
/// Bytes kept at the end while the next message is looked for.
const RESYNC_TAIL: usize = 16;
/// How often probes are asked in one flow before it is let be.
const ASK_MAX: u8 = 64;

/// What is constant in a packet while a flow deals with it.
pub struct Packet<'a> {
    /// Frame and time.
    pub now: Moment,
    /// Source MAC of the frame.
    pub src_mac: Option<Mac>,
    /// Destination MAC.
    pub dst_mac: Option<Mac>,
    /// VLAN.
    pub vlan: u16,
    /// EtherType.
    pub ethertype: u16,
    /// What carries the frame.
    pub carrier: Carrier,
    /// The frame.
    pub frame_bytes: &'a [u8],
    /// Capture interface.
    pub interface: u32,
    /// Length on the wire.
    pub wire_len: u32,
}

impl Packet<'_> {
    /// The capture holds less of the frame than was on the wire.
    pub fn is_cut(&self) -> bool {
        self.frame_bytes.len() < usize::try_from(self.wire_len).unwrap_or(usize::MAX)
    }

    /// From here on it is what the tunnel carries.
    pub fn enter(&mut self, tunnel: &Tunnel) {
        let (src, dst) = tunnel.nearest;
        let outside = self.frame_bytes.len().saturating_sub(tunnel.inner_len);
        self.wire_len = self.wire_len.saturating_sub(u32::try_from(outside).unwrap_or(u32::MAX));
        self.carrier = Carrier::Tunnel { src, dst, ports: tunnel.nearest_ports };
    }
}

/// State of one direction of a stream. Index 0 is from the first sender (A) to B.
#[derive(Debug)]
struct Way {
    order: Order,
    pending: Vec<u8>,
    need: usize,
    skip: u64,
    resyncing: bool,
    lossy: bool,
    /// The capture holds the segment at hand in part: what begins in it is shown whatever lies before.
    in_part: bool,
    asked: u8,
    /// Packets of the receiver that acknowledge what lies behind a hole.
    proofs: u8,
}

impl Way {
    fn new() -> Self {
        Self {
            order: Order::new(),
            pending: Vec::new(),
            need: 0,
            skip: 0,
            resyncing: false,
            lossy: false,
            in_part: false,
            asked: 0,
            proofs: 0,
        }
    }

    /// Bytes that wait; with the room around them where it is much.
    fn held(&self) -> usize {
        let room = self.pending.capacity();
        self.order.waiting_bytes() + if room > ROOMY { room } else { self.pending.len() }
    }
}

/// Where identification stands.
pub enum Speaker {
    /// Not known yet.
    Unknown,
    /// This decoder.
    Known(&'static ProtocolInfo, Box<dyn Decoder>),
    /// Known, and nothing more to learn (encrypted from here on).
    Done(&'static ProtocolInfo),
    /// Nobody knows it.
    Nobody,
}

/// One flow.
pub struct Flow {
    /// Number of the flow.
    pub id: u64,
    /// The first sender.
    pub a: (Address, u16),
    /// The other end.
    pub b: (Address, u16),
    macs: [Option<Mac>; 2],
    other_macs: [Option<Mac>; 2],
    /// Transport.
    pub transport: Transport,
    /// EtherType of flows without ports, or what stands for one on IP.
    pub ethertype: u16,
    /// A is the client.
    pub a_is_client: bool,
    certain: bool,
    ways: [Way; 2],
    /// What it speaks.
    pub speaker: Speaker,
    /// What it is where it carries other packets, whose flows say the rest.
    pub tunnel: Option<TunnelKind>,
    refused: u128,
    /// Its decoder was one that had understood much, and was let go of: a fresh one does not take the guess back.
    renewed: bool,
    makers: Arc<Makers>,
    /// Last packet.
    pub last: Moment,
    window: Window,
    told_once: bool,
    told_answered: bool,
    told_refused: bool,
    answered: bool,
    refused_by_server: bool,
    seen: [bool; 2],
    carried: bool,
    vlan: u16,
    interface: u32,
    /// A FIN from each side, or a RST.
    pub closed: [bool; 2],
    syn_seq: Option<u32>,
    weight: usize,
}

/// What the probes make of bytes.
enum Identified {
    /// The speaker is known now.
    Known,
    /// More bytes may tell.
    Keep,
    /// Nobody wants these.
    Drop,
}

/// How a packet's payload was taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A decoder deals with it, or it has none.
    Parsed,
    /// Encrypted.
    Encrypted,
    /// Nobody knows it.
    Unknown,
}

impl Flow {
    /// A flow begun by a packet from `a` to `b`.
    pub fn new(
        id: u64,
        a: (Address, u16),
        b: (Address, u16),
        transport: Transport,
        makers: &Arc<Makers>,
        packet: &Packet<'_>,
    ) -> Self {
        let ports = |info: &ProtocolInfo| if transport == Transport::Tcp { info.tcp } else { info.udp };
        let registered = |port: u16| makers.registry.iter().any(|info| ports(info).contains(&port));
        Self {
            id,
            a,
            b,
            macs: [packet.src_mac, None],
            other_macs: [None; 2],
            transport,
            ethertype: packet.ethertype,
            a_is_client: guess_client(registered, a.1, b.1),
            certain: false,
            ways: [Way::new(), Way::new()],
            speaker: Speaker::Unknown,
            tunnel: None,
            refused: 0,
            renewed: false,
            makers: Arc::clone(makers),
            last: packet.now,
            window: Window::begin(packet.now),
            told_once: false,
            told_answered: false,
            told_refused: false,
            answered: false,
            refused_by_server: false,
            seen: [false; 2],
            carried: false,
            vlan: packet.vlan,
            interface: packet.interface,
            closed: [false; 2],
            syn_seq: None,
            weight: 0,
        }
    }

    /// A decoder for this flow.
    pub fn make(&self, info: &'static ProtocolInfo) -> Box<dyn Decoder> {
        self.makers.make(info)
    }

    /// It speaks the protocol of this number straight on IP, if anybody knows it; whether the first packet asks or answers is
    /// its probe's to say. A group answers nothing, so whoever sends to one is the client.
    pub fn begin_on_ip(&mut self, number: u16, src: Address, payload: &[u8]) {
        let (_, Some(info)) = self.makers.on_link(number, payload, self.transport) else { return };
        self.ethertype = number;
        let probe = Probe { bytes: payload, src_port: 0, dst_port: 0, transport: self.transport, from_start: true };
        let answers = (info.probe)(&probe) == Verdict::SureServer && !self.b.0.is_group();
        self.a_is_client = (self.a.0 == src) != answers;
        self.speaker = Speaker::Known(info, self.make(info));
    }

    fn direction(&self, from_a: bool) -> Direction {
        if from_a == self.a_is_client { Direction::ToServer } else { Direction::ToClient }
    }

    fn protocol_info(&self) -> Option<&'static ProtocolInfo> {
        match &self.speaker {
            Speaker::Known(info, _) | Speaker::Done(info) => Some(info),
            Speaker::Unknown | Speaker::Nobody => None,
        }
    }

    /// The recognised protocol.
    pub fn protocol(&self) -> Option<&'static str> {
        self.protocol_info().map(|info| info.name).or(self.tunnel.map(TunnelKind::name))
    }

    /// The server's port.
    pub fn service_port(&self) -> u16 {
        if self.a_is_client { self.b.1 } else { self.a.1 }
    }

    fn context<'a>(&self, from_a: bool, packet: &Packet<'a>) -> Context<'a> {
        let (src, dst) = if from_a { (self.a, self.b) } else { (self.b, self.a) };
        let way = self.ways.get(usize::from(!from_a));
        let from_start = way.is_some_and(|w| w.order.from_start);
        Context {
            now: packet.now,
            direction: self.direction(from_a),
            src: Some(src.0),
            dst: Some(dst.0),
            src_mac: packet.src_mac,
            dst_mac: packet.dst_mac,
            src_port: src.1,
            dst_port: dst.1,
            transport: self.transport,
            flow: self.id,
            vlan: packet.vlan,
            ethertype: self.ethertype,
            carrier: packet.carrier,
            frame_bytes: packet.frame_bytes,
            from_start,
            after_gap: way.is_some_and(|w| w.lossy && !w.in_part),
        }
    }

    /// What stands for a packet where the flow goes on without one.
    fn no_packet(&self) -> Packet<'static> {
        Packet {
            now: self.last,
            src_mac: None,
            dst_mac: None,
            vlan: self.vlan,
            ethertype: self.ethertype,
            carrier: Carrier::Ethernet,
            frame_bytes: &[],
            interface: self.interface,
            wire_len: 0,
        }
    }

    /// Bytes that it holds: those of its streams that wait for a hole to be filled or for the rest of a message, and those
    /// that its decoder remembers.
    fn held(&self) -> usize {
        let streams: usize = self.ways.iter().map(Way::held).sum();
        if let Speaker::Known(_, decoder) = &self.speaker { streams + decoder.weight() } else { streams }
    }

    /// Bytes that it held when it was weighed last.
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// Weighs it anew; gives what it weighed before and weighs now.
    pub fn weigh(&mut self) -> (usize, usize) {
        let held = self.held();
        (std::mem::replace(&mut self.weight, held), held)
    }

    /// Memory is short: it holds nothing any longer. What lay behind a hole is delivered, a message that had begun is lost
    /// like one with a hole in it, and a heavy decoder says what it knows and begins anew.
    pub fn let_go(&mut self, out: &mut dyn Sink) {
        let packet = self.no_packet();
        for side in 0..2 {
            while self.ways.get(side).is_some_and(|way| way.order.has_waiting()) {
                self.give_up_hole(side, &packet, out);
            }
            let direction = self.direction(side == 0);
            let Some(way) = self.ways.get_mut(side) else { continue };
            let lost = std::mem::take(&mut way.pending).len() as u64;
            if lost == 0 {
                continue;
            }
            // As far as its decoder had said how long that message is, the next one is looked for behind it.
            way.skip = (way.need as u64).saturating_sub(lost);
            (way.need, way.resyncing, way.lossy, way.order.from_start) = (0, true, true, false);
            self.window.gap_bytes += lost + way.skip;
            if let Speaker::Known(_, decoder) = &mut self.speaker {
                decoder.gap(direction, lost);
            }
        }
        self.renew(&packet, out);
    }

    /// A heavy decoder is over, and one without its memories goes on.
    fn renew(&mut self, packet: &Packet<'_>, out: &mut dyn Sink) {
        let ways = [self.direction(true), self.direction(false)];
        let Speaker::Known(info, decoder) = &mut self.speaker else { return };
        let info = *info;
        if decoder.weight() == 0 {
            return;
        }
        // What still waits may be answered: nobody will know.
        ways.into_iter().for_each(|direction| decoder.gap(direction, 0));
        self.end_decoder(packet, out);
        let Speaker::Known(_, decoder) = &mut self.speaker else { return };
        let mut fresh = decoder.renew().filter(|fresh| fresh.weight() == 0).unwrap_or_else(|| self.makers.make(info));
        // To the fresh one all that was before is a hole: what it meets may continue or answer what it never saw.
        ways.into_iter().for_each(|direction| fresh.gap(direction, 0));
        self.speaker = Speaker::Known(info, fresh);
        self.renewed = true;
        for way in &mut self.ways {
            (way.need, way.resyncing, way.lossy, way.order.from_start) = (0, true, true, false);
        }
    }

    fn end_decoder(&mut self, packet: &Packet<'_>, out: &mut dyn Sink) {
        let [mac_a, mac_b] = self.macs;
        let (client_mac, server_mac) = if self.a_is_client { (mac_a, mac_b) } else { (mac_b, mac_a) };
        let ctx = Context { src_mac: client_mac, dst_mac: server_mac, ..self.context(self.a_is_client, packet) };
        if let Speaker::Known(_, decoder) = &mut self.speaker {
            decoder.finish(&ctx, out);
        }
    }

    /// The flow is over: what waits is delivered, the decoder says what is left open, and the last window is told.
    pub fn finish(&mut self, out: &mut dyn Sink) -> Option<FlowWindow> {
        let packet = self.no_packet();
        for side in 0..2 {
            while self.ways.get(side).is_some_and(|way| way.order.has_waiting()) {
                self.give_up_hole(side, &packet, out);
            }
        }
        self.end_decoder(&packet, out);
        self.tell()
    }
}

/// Whether A is the client by a protocol's own ports.
fn by_port(info: &ProtocolInfo, a: u16, b: u16, transport: Transport) -> Option<bool> {
    let ports = if transport == Transport::Tcp { info.tcp } else { info.udp };
    match (ports.contains(&a), ports.contains(&b)) {
        (false, true) => Some(true),
        (true, false) => Some(false),
        _ => None,
    }
}

/// Ports from here on are also those that clients get by chance.
const DYNAMIC: u16 = 32_768;
/// Ports below are those of services.
const SYSTEM: u16 = 1_024;

/// Who asks, before anything is known: towards a registered port, else towards the lower one, else the first sender. A registered
/// port that a client may have got by chance says nothing beside that of a service.
fn guess_client(registered: impl Fn(u16) -> bool, a: u16, b: u16) -> bool {
    let by_chance = a.max(b) >= DYNAMIC && a.min(b) < SYSTEM;
    match (registered(a), registered(b)) {
        (false, true) if !by_chance => true,
        (true, false) if !by_chance => false,
        _ if a == b => true,
        _ if a.min(b) < SYSTEM => b < a,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_got_by_chance_serves_nothing() {
        let asks = |from, to| guess_client(|port| matches!(port, 34_964 | 47_808), from, to);
        // PROFINET's port beside that of syslog, from either side first; and where it is the one that is asked.
        assert!(asks(34_964, 514));
        assert!(!asks(514, 34_964));
        assert!(asks(49_152, 34_964));
        assert!(!asks(34_964, 49_152));
        assert!(asks(47_808, 47_808));
    }
}
