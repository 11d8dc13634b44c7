//! The engine: headers, flow table, dispatch.

mod table;

use crate::flow::{Flow, Packet, Speaker, Taken};
use crate::fragments::{Fragments, Outcome};
use crate::in_part::InPart;
use crate::key::Key;
use crate::makers::Makers;
use crate::observer::{Observer, PacketClass, PacketSummary};
use ahash::RandomState;
use hashbrown::HashTable;
use std::sync::Arc;
use wf_model::observation::Transport;
use wf_model::{Address, Mac, time::MINUTE, time::Minutes, time::SECOND};
use wf_wire::decode::{Carrier, Context, Direction, Moment, ProtocolInfo, Sink};
use wf_wire::layers::{self, Damage, Ip, Layers, Tunnel};
use wf_wire::{LinkType, RawPacket};

/// Bounds of the engine's tables.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Flows at once; the longest silent ones fall out.
    pub flows: usize,
    /// Microseconds of silence after which a TCP flow is over.
    pub tcp_idle: i64,
    /// The same for anything else.
    pub other_idle: i64,
    /// The same for a closed TCP flow.
    pub closed_idle: i64,
    /// Bytes of all flows together: of streams that wait for a hole to be filled or a message to be whole, and what decoders
    /// remember. Beyond them, those flows that hold most lose theirs.
    pub held_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { flows: 200_000, tcp_idle: 10 * MINUTE, other_idle: 3 * MINUTE, closed_idle: 15 * SECOND, held_bytes: 64 << 20 }
    }
}

impl Limits {
    /// For a handful of packets.
    #[must_use]
    pub fn small() -> Self {
        Self { flows: 64, ..Self::default() }
    }
}

/// How often what was put together from fragments may hold fragments again.
const WHOLES_MAX: u8 = 4;

/// Packets in, what they mean out.
pub struct Engine {
    makers: Arc<Makers>,
    limits: Limits,
    hasher: RandomState,
    /// Places of flows with the hashes of their keys, small so that it stays in the cache; the keys are with the flows.
    index: HashTable<(u32, u32)>,
    /// Flows in rooms of a fixed size: none is ever moved, and a place leads straight to it.
    flows: Vec<Vec<Option<(Key, Flow)>>>,
    free: Vec<usize>,
    fragments: Fragments,
    next_id: u64,
    minutes: Minutes,
    /// Bytes that all flows hold.
    held: usize,
}

impl Engine {
    /// An engine with these protocols.
    #[must_use]
    pub fn new(registry: &'static [&'static ProtocolInfo], limits: Limits) -> Self {
        Self {
            makers: Arc::new(Makers::new(registry)),
            limits,
            // Seeded anew in every run: nobody can choose flows that fall on one place. Nothing follows from the order.
            hasher: RandomState::new(),
            index: HashTable::new(),
            flows: Vec::new(),
            free: Vec::new(),
            fragments: Fragments::default(),
            next_id: 0,
            minutes: Minutes::default(),
            held: 0,
        }
    }

    /// How many flows there are.
    #[must_use]
    pub fn flows(&self) -> usize {
        self.index.len()
    }

    /// Bytes that all flows hold, as in [`Limits::held_bytes`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes one packet, and says what became of it.
    pub fn packet<O: Observer>(&mut self, raw: &RawPacket<'_>, out: &mut O) -> PacketSummary {
        if self.minutes.over(raw.ts) {
            self.sweep(raw.ts, out);
        }
        let layers = layers::parse(raw.link, raw.data);
        let mut packet = Packet {
            now: Moment { frame: raw.frame, ts: raw.ts },
            src_mac: layers.src_mac,
            dst_mac: layers.dst_mac,
            vlan: layers.vlan,
            ethertype: layers.ethertype,
            carrier: if raw.link == LinkType::ETHERNET { Carrier::Ethernet } else { Carrier::OtherLink },
            frame_bytes: raw.data,
            interface: raw.interface,
            wire_len: raw.original_len,
        };
        if let Some(tunnel) = &layers.tunnel {
            self.tunnel(tunnel, &packet, out);
            packet.enter(tunnel);
        }
        let summary = self.dispatch(&layers, &packet, WHOLES_MAX, out);
        out.packet(raw, &summary);
        summary
    }

    /// Counts a packet for the ends of the tunnel that carries it, once.
    #[cold]
    fn tunnel<O: Observer>(&mut self, tunnel: &Tunnel, packet: &Packet<'_>, out: &mut O) {
        let carried = Packet {
            src_mac: tunnel.src_mac,
            dst_mac: tunnel.dst_mac,
            vlan: tunnel.vlan,
            ethertype: tunnel.ethertype,
            carrier: packet.carrier,
            ..*packet
        };
        // The sender's port tells inner flows apart and nothing of the tunnel.
        let to_port = tunnel.is_to_port();
        let (src_port, dst_port) = match tunnel.ports {
            None => (0, 0),
            Some((_, dst)) if to_port => (0, dst),
            Some((src, _)) => (src, 0),
        };
        let (a, b) = ((Address::Ip(tunnel.src), src_port), (Address::Ip(tunnel.dst), dst_port));
        let transport = if tunnel.protocol == layers::UDP { Transport::Udp } else { Transport::Ip };
        let at = self.find(a, b, transport, u32::from(tunnel.protocol), &carried, out);
        if let Some(flow) = self.flow(at) {
            if flow.tunnel.is_none() {
                flow.tunnel = Some(tunnel.kind);
                flow.a_is_client = to_port == (flow.a == a);
            }
            note(flow, a, &carried, out);
        }
    }

    /// What was put together from fragments may be a tunnel's packet.
    #[cold]
    fn whole<O: Observer>(
        &mut self,
        layers: &Layers<'_>,
        whole: Ip<'_>,
        packet: &Packet<'_>,
        left: u8,
        out: &mut O,
    ) -> Option<PacketSummary> {
        let left = left.checked_sub(1)?;
        let inner = layers::parse_whole(layers, whole)?;
        let mut carried = Packet {
            src_mac: inner.src_mac,
            dst_mac: inner.dst_mac,
            vlan: inner.vlan,
            ethertype: inner.ethertype,
            wire_len: u32::try_from(whole.payload.len()).unwrap_or(u32::MAX),
            frame_bytes: whole.payload,
            ..*packet
        };
        if let Some(tunnel) = &inner.tunnel {
            if layers.tunnel.is_none() {
                self.tunnel(tunnel, &carried, out);
            }
            carried.enter(tunnel);
        }
        Some(self.dispatch(&inner, &carried, left, out))
    }

    fn dispatch<O: Observer>(&mut self, layers: &Layers<'_>, packet: &Packet<'_>, left: u8, out: &mut O) -> PacketSummary {
        let mut summary = PacketSummary {
            vlan: packet.vlan,
            class: PacketClass::NotParsed,
            protocol: None,
            transport: Transport::Link,
            port: 0,
        };
        if layers.damage.is_some_and(|d| d != Damage::UnknownLink) {
            summary.class = PacketClass::Damaged;
            return summary;
        }
        let Some(ip) = layers.ip else {
            self.link(layers, packet, out, &mut summary);
            return summary;
        };
        summary.transport = Transport::Ip;
        let whole;
        let piece = if ip.awaits_pieces() {
            match self.fragments.piece(&ip, packet.now.ts) {
                Outcome::Whole(bytes, missing) => {
                    whole = bytes;
                    let ip = Ip { payload: &whole, fragment: None, missing, ..ip };
                    if let Some(summary) = self.whole(layers, ip, packet, left, out) {
                        return summary;
                    }
                    (&whole[..], missing)
                }
                Outcome::Waiting(fallen) => {
                    if fallen > 0 {
                        out.evicted(fallen);
                    }
                    summary.class = PacketClass::Parsed;
                    return summary;
                }
            }
        } else {
            (ip.payload, ip.missing)
        };
        let (src, dst) = (Address::Ip(ip.src), Address::Ip(ip.dst));
        match ip.protocol {
            layers::TCP => self.tcp((src, dst), piece, packet, out, &mut summary),
            layers::UDP => self.udp((src, dst), piece, packet, out, &mut summary),
            other => self.on_ip((src, dst), other, piece, packet, out, &mut summary),
        }
        summary
    }

    /// Protocols straight on IP: the number there says which.
    fn on_ip<O: Observer>(
        &mut self,
        (src, dst): (Address, Address),
        protocol: u8,
        (payload, missing): (&[u8], usize),
        packet: &Packet<'_>,
        out: &mut O,
        summary: &mut PacketSummary,
    ) {
        let number = layers::on_ip(protocol);
        let at = self.find((src, 0), (dst, 0), Transport::Ip, u32::from(protocol), packet, out);
        let Some(flow) = self.flow(at) else { return };
        if matches!(flow.speaker, Speaker::Unknown) {
            flow.begin_on_ip(number, src, payload);
        }
        let from_a = note(flow, (src, 0), packet, out);
        if matches!(flow.speaker, Speaker::Known(..)) {
            let taken = match missing {
                0 => flow.datagram(from_a, payload, packet, out),
                _ => flow.datagram(from_a, payload, packet, &mut InPart { out, messages_only: false }),
            };
            summarise(flow, taken, summary);
            let weighed = flow.weigh();
            self.weighed(weighed, out);
        }
    }

    fn tcp<O: Observer>(
        &mut self,
        (src, dst): (Address, Address),
        (payload, missing): (&[u8], usize),
        packet: &Packet<'_>,
        out: &mut O,
        summary: &mut PacketSummary,
    ) {
        summary.transport = Transport::Tcp;
        let Ok(segment) = layers::tcp(payload) else {
            summary.class = PacketClass::Damaged;
            return;
        };
        let (a, b) = ((src, segment.src_port), (dst, segment.dst_port));
        let mut at = self.find(a, b, Transport::Tcp, 6, packet, out);
        if segment.begins() && self.flow(at).is_some_and(|flow| flow.is_reused_by(segment.seq, segment.flags)) {
            self.end(at, out);
            at = self.find(a, b, Transport::Tcp, 6, packet, out);
        }
        let Some(flow) = self.flow(at) else { return };
        let from_a = note(flow, a, packet, out);
        let taken = flow.segment(from_a, &segment, missing, packet, out);
        summarise(flow, taken, summary);
        let weighed = flow.weigh();
        self.weighed(weighed, out);
    }

    fn udp<O: Observer>(
        &mut self,
        (src, dst): (Address, Address),
        (payload, missing): (&[u8], usize),
        packet: &Packet<'_>,
        out: &mut O,
        summary: &mut PacketSummary,
    ) {
        summary.transport = Transport::Udp;
        let Ok(datagram) = layers::udp(payload) else {
            summary.class = PacketClass::Damaged;
            return;
        };
        let (a, b) = ((src, datagram.src_port), (dst, datagram.dst_port));
        let at = self.find(a, b, Transport::Udp, 17, packet, out);
        let Some(flow) = self.flow(at) else { return };
        let from_a = note(flow, a, packet, out);
        let taken = match missing {
            0 => flow.datagram(from_a, datagram.payload, packet, out),
            _ => flow.datagram(from_a, datagram.payload, packet, &mut InPart { out, messages_only: false }),
        };
        summarise(flow, taken, summary);
        let weighed = flow.weigh();
        self.weighed(weighed, out);
    }

    /// Protocols straight on the link: the EtherType says which, and where several share one, their probes.
    fn link<O: Observer>(&mut self, layers: &Layers<'_>, packet: &Packet<'_>, out: &mut O, summary: &mut PacketSummary) {
        let (place, info) = self.makers.on_link(layers.ethertype, layers.payload, Transport::Link);
        let (src, dst) = match (layers.src_mac, layers.dst_mac, info) {
            (Some(src), Some(dst), _) => (src, dst),
            (Some(src), None, Some(info)) => return alone(info, src, layers, packet, out, summary),
            _ => return,
        };
        let (a, b) = ((Address::Mac(src), 0), (Address::Mac(dst), 0));
        // Protocols that share an EtherType are flows of their own.
        let kind = (place + 1) << 16 | u32::from(layers.ethertype);
        let at = self.find(a, b, Transport::Link, kind, packet, out);
        let Some(flow) = self.flow(at) else { return };
        let from_a = note(flow, a, packet, out);
        if let (Speaker::Unknown, Some(info)) = (&flow.speaker, info) {
            flow.speaker = Speaker::Known(info, flow.make(info));
        }
        let taken = match flow.speaker {
            Speaker::Known(..) if packet.is_cut() => {
                flow.datagram(from_a, layers.payload, packet, &mut InPart { out, messages_only: false })
            }
            Speaker::Known(..) => flow.datagram(from_a, layers.payload, packet, out),
            _ => Taken::Unknown,
        };
        summarise(flow, taken, summary);
        let weighed = flow.weigh();
        self.weighed(weighed, out);
    }

    /// The source is at its end: every flow is over.
    pub fn finish<O: Observer>(&mut self, out: &mut O) {
        for at in 0..self.places() {
            self.end(at, out);
        }
    }
}

/// Counts a packet in its flow, and says whether its sender is the flow's first one. A flow's first packet is told at once,
/// so that nobody waits a minute for it.
fn note<O: Observer>(flow: &mut Flow, sender: (Address, u16), packet: &Packet<'_>, out: &mut O) -> bool {
    let from_a = flow.a == sender;
    if let Some(window) = flow.count(from_a, packet) {
        out.window(&window);
    }
    from_a
}

/// A frame of a link that does not say who is meant: it belongs to no flow and is read by itself.
fn alone<O: Observer>(
    info: &'static ProtocolInfo,
    src: Mac,
    layers: &Layers<'_>,
    packet: &Packet<'_>,
    out: &mut O,
    summary: &mut PacketSummary,
) {
    let ctx = Context {
        now: packet.now,
        direction: Direction::ToServer,
        src: Some(Address::Mac(src)),
        dst: None,
        src_mac: Some(src),
        dst_mac: None,
        src_port: 0,
        dst_port: 0,
        transport: Transport::Link,
        flow: 0,
        vlan: packet.vlan,
        ethertype: layers.ethertype,
        carrier: packet.carrier,
        frame_bytes: packet.frame_bytes,
        from_start: true,
        after_gap: false,
    };
    let mut part = InPart { out, messages_only: false };
    let out: &mut dyn Sink = if packet.is_cut() { &mut part } else { part.out };
    if (info.new)().datagram(&ctx, layers.payload, out) {
        (summary.class, summary.protocol) = (PacketClass::Parsed, Some(info.name));
    }
}

fn summarise(flow: &Flow, taken: Taken, summary: &mut PacketSummary) {
    summary.protocol = flow.protocol();
    summary.port = flow.service_port();
    summary.class = match taken {
        Taken::Parsed => PacketClass::Parsed,
        Taken::Encrypted => PacketClass::Encrypted,
        Taken::Unknown => PacketClass::NotParsed,
    };
}
