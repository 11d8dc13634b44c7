//! EtherNet/IP: encapsulation of CIP on TCP and UDP 44818, implicit I/O on UDP 2222 (CIP volume 2).

mod cip;
mod encap;
mod identity;
mod names;
#[cfg(test)]
mod tests;

use crate::held;
use cip::{Cip, Link};
use encap::{Encap, HEADER, Items, Packet, command, item};
use identity::Identity;
use std::borrow::Cow;
use wf_model::{Address, Category, observation::Transport};
use wf_wire::decode::{
    Anomaly, AnomalyKind, Context, Decoder, Direction, Moment, Operation, Pending, Probe, ProtocolInfo, Sink, Step, Target,
    Verdict, heavy,
};
use wf_wire::{MessageWriter, Reader};

const NAME: &str = "enip";
/// Message name of implicit I/O.
const IO: &str = "enip_io";
/// Open requests of the encapsulation itself.
const REQUESTS_MAX: usize = 16;
/// UDP port of implicit I/O.
const IO_PORT: u16 = 2222;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "EtherNet/IP with CIP",
    standard: "CIP Networks Library, volumes 1 and 2 (ODVA), IEC 61158 type 2",
    tcp: &[44818],
    udp: &[44818, IO_PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, cip::NAME, IO],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow { cip: Cip::new(), requests: Pending::new(REQUESTS_MAX), confirmed: false }),
};

macro_rules! kinds {
    ($($name:literal: $meaning:literal),+ $(,)?) => { &[$(AnomalyKind { name: $name, meaning: $meaning }),+] };
}

const ANOMALIES: &[AnomalyKind] = kinds! {
    "encapsulation_header": "An encapsulation header is damaged: unknown command, impossible length, status or options.",
    "encapsulation_length": "A datagram is longer or shorter than its encapsulation header says.",
    "command_truncated": "The data of an encapsulation command do not fit.",
    "packet_truncated": "An item of a common packet reaches beyond it.",
    "identity_truncated": "An identity item does not fit.",
    "cip_truncated": "A CIP message is shorter than its fixed fields.",
    "path_truncated": "A CIP path reaches beyond its message, or a segment beyond its path.",
    "packed_offset": "An offset in a multiple service packet leads nowhere.",
    "carried_truncated": "The message in an unconnected send does not fit.",
    "nested_too_deep": "CIP messages are packed into one another more often than any device does.",
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport == Transport::Udp && p.bytes.first() == Some(&2) && Packet::parse(p.bytes).is_implicit() {
        return Verdict::Sure;
    }
    let Ok(head) = Encap::parse(p.bytes) else {
        let known = Reader::new(p.bytes).u16_le().ok().is_none_or(|code| encap::command_name(code).is_some());
        return if p.transport == Transport::Tcp && known { Verdict::More } else { Verdict::No };
    };
    if !head.plausible() || (p.transport == Transport::Udp && p.bytes.len() != HEADER + usize::from(head.length)) {
        return Verdict::No;
    }
    match (head.command, head.data) {
        (command::REGISTER, [1, 0, 0, 0]) if head.session == 0 => Verdict::SureClient,
        (command::REGISTER, [1, 0, 0, 0]) => Verdict::Sure,
        (command::LIST_IDENTITY, [_, 0, 0x0c, 0, ..]) => Verdict::SureServer,
        (command::LIST_IDENTITY | command::LIST_SERVICES | command::LIST_INTERFACES, []) if head.session == 0 => Verdict::Likely,
        (command::SEND_RR_DATA | command::SEND_UNIT_DATA, [0, 0, 0, 0, _, _, count @ 1..=6, 0, rest @ ..]) => {
            let first = Reader::new(rest).u16_le().unwrap_or(0);
            match first {
                item::NULL | item::CONNECTED_ADDRESS => side(&head),
                _ if *count > 0 => Verdict::Likely,
                _ => Verdict::No,
            }
        }
        _ => Verdict::Likely,
    }
}

/// Which side sent a message: that of the response bit in the CIP message that it carries.
fn side(head: &Encap<'_>) -> Verdict {
    let packet = Packet::parse(head.data.get(6..).unwrap_or(&[]));
    let first = match (packet.unconnected, packet.connected) {
        (Some(message), _) => message.first().copied(),
        (_, Some(message)) => message.get(2).copied(),
        _ => None,
    };
    match first {
        Some(first) if cip::message::is_response(first) => Verdict::SureServer,
        Some(_) => Verdict::SureClient,
        None => Verdict::Sure,
    }
}

/// An encapsulation command that waits for its answer: actor, command, context.
type Key = (Direction, u16, [u8; 8]);

/// What is remembered of one flow.
#[derive(Debug)]
struct Flow {
    cip: Cip,
    requests: Pending<Key, Moment>,
    confirmed: bool,
}

impl Flow {
    fn message(&mut self, ctx: &Context<'_>, head: &Encap<'_>, out: &mut dyn Sink) {
        self.confirmed = true;
        let identity = self.identities(ctx, head, out);
        if let Some(mut m) = out.message(ctx, NAME) {
            write(&mut m, head, identity.as_ref());
        }
        match head.command {
            command::SEND_RR_DATA | command::SEND_UNIT_DATA => self.packet(ctx, head, out),
            code if encap::command_name(code).is_none() => {}
            command::NOP => {}
            command::UNREGISTER => operate(ctx, ctx.now, ctx.direction, head.command, "unconfirmed", out),
            _ => self.exchange(ctx, head, out),
        }
        while let Some(((actor, code, _), at)) = held::overdue(&mut self.requests, ctx.now, held::ANSWER_MAX) {
            operate(ctx, at, actor, code, "unanswered", out);
        }
    }

    /// The identity in an answer to list identity.
    fn identities(&self, ctx: &Context<'_>, head: &Encap<'_>, out: &mut dyn Sink) -> Option<Identity> {
        if head.command != command::LIST_IDENTITY || head.data.is_empty() {
            return None;
        }
        let mut items = Items::parse(head.data).ok()?;
        let (_, bytes) = items.find_map(|entry| entry.ok().filter(|(kind, _)| *kind == item::IDENTITY))?;
        match Identity::from_item(bytes) {
            Ok(identity) => {
                identity.tell(ctx, "list_identity", 90, out);
                Some(identity)
            }
            Err(_) => {
                breach(ctx, "identity_truncated", "", out);
                None
            }
        }
    }

    /// Commands that the encapsulation layer answers itself.
    fn exchange(&mut self, ctx: &Context<'_>, head: &Encap<'_>, out: &mut dyn Sink) {
        if let Some(at) = self.requests.close(&(ctx.direction.reverse(), head.command, head.context)) {
            return operate(ctx, at, ctx.direction.reverse(), head.command, encap::outcome(head.status), out);
        }
        let answers = !head.data.is_empty() && head.command != command::REGISTER || head.status != 0;
        if answers || (head.command == command::REGISTER && head.session != 0) {
            return; // an answer to what was asked elsewhere (a broadcast) or before the capture began
        }
        if is_group(ctx) {
            return operate(ctx, ctx.now, ctx.direction, head.command, "unconfirmed", out);
        }
        if let Some(((actor, code, _), at)) = self.requests.open((ctx.direction, head.command, head.context), ctx.now) {
            operate(ctx, at, actor, code, "unanswered", out);
            out.evicted(1);
        }
    }

    /// Interface handle, timeout, common packet with a CIP message.
    fn packet(&mut self, ctx: &Context<'_>, head: &Encap<'_>, out: &mut dyn Sink) {
        if head.data.is_empty() && head.status != 0 {
            return self.cip.refused(ctx, u64::from_le_bytes(head.context), encap::outcome(head.status), out);
        }
        let Some(body) = head.data.get(6..) else { return breach(ctx, "command_truncated", "", out) };
        let packet = Packet::parse(body);
        if packet.truncated {
            breach(ctx, "packet_truncated", "", out);
        }
        if let Some(message) = packet.unconnected {
            self.cip.message(ctx, Link::Unconnected { context: u64::from_le_bytes(head.context) }, message, out);
        }
        if let Some(data) = packet.connected {
            if packet.connection.is_some_and(|id| self.cip.is_implicit(id)) {
                return;
            }
            let mut r = Reader::new(data);
            match r.u16_le() {
                Ok(sequence) => {
                    let link = Link::Connected { connection: packet.connection, sequence };
                    self.cip.message(ctx, link, r.rest(), out);
                }
                Err(_) => breach(ctx, "packet_truncated", "connected data without a sequence count", out),
            }
        }
    }
}

/// A broadcast or multicast request: answers come in other flows.
fn is_group(ctx: &Context<'_>) -> bool {
    let by_address = match ctx.dst {
        Some(Address::Ip(std::net::IpAddr::V4(ip))) => ip.is_broadcast() || ip.is_multicast(),
        Some(Address::Ip(std::net::IpAddr::V6(ip))) => ip.is_multicast(),
        _ => false,
    };
    by_address || ctx.dst_mac.is_some_and(wf_model::Mac::is_group)
}

fn operate(ctx: &Context<'_>, at: Moment, actor: Direction, code: u16, outcome: &'static str, out: &mut dyn Sink) {
    let function = encap::command_name(code).unwrap_or("unknown_command");
    let (category, target, value, outcome) = (Category::Diagnostic, Target::None, None, Cow::Borrowed(outcome));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: &'static str, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}

fn write(m: &mut MessageWriter<'_>, head: &Encap<'_>, identity: Option<&Identity>) {
    m.num("command", head.command).num("session", head.session).num("status", head.status);
    m.text("command_name", encap::command_name(head.command).unwrap_or("unknown"));
    m.num("length", head.length).hex("sender_context", &head.context).num("options", head.options);
    if head.status != 0 {
        m.text("status_name", encap::outcome(head.status));
    }
    if let Some(identity) = identity {
        identity.write(m);
    }
    match head.command {
        command::LIST_SERVICES if !head.data.is_empty() => {
            let services = Items::parse(head.data).ok().into_iter().flatten().filter_map(Result::ok);
            m.objects("services", services.filter(|(kind, _)| *kind == item::SERVICES), |w, (_, data)| {
                let mut r = Reader::new(data);
                if let (Ok(version), Ok(flags)) = (r.u16_le(), r.u16_le()) {
                    w.num("version", version).num("capabilities", flags);
                }
                let name = r.rest().split(|b| *b == 0).next().unwrap_or(&[]);
                w.show("name", name.escape_ascii());
            });
        }
        command::SEND_RR_DATA | command::SEND_UNIT_DATA => {
            let packet = Packet::parse(head.data.get(6..).unwrap_or(&[]));
            if let Some(connection) = packet.connection {
                m.show("connection_id", format_args!("{connection:08x}"));
            }
            m.num("items", packet.count);
        }
        command::REGISTER => {
            m.opt("protocol_version", Reader::new(head.data).u16_le().ok());
        }
        _ => {}
    }
}

/// Whether a header plausibly begins here; of one that is not all there, the first twelve bytes must do.
fn begins(bytes: &[u8]) -> bool {
    if let Ok(head) = Encap::parse(bytes) {
        return head.plausible() && head.command != command::NOP;
    }
    let mut r = Reader::new(bytes);
    let (Ok(code), Ok(length), Ok(_session), Ok(status)) = (r.u16_le(), r.u16_le(), r.u32_le(), r.u32_le()) else { return false };
    matches!(code, command::SEND_RR_DATA | command::SEND_UNIT_DATA) && status == 0 && (8..=encap::LENGTH_MAX).contains(&length)
}

/// Implicit I/O: a common packet without encapsulation, its address item with a sequence number.
fn implicit(ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
    let packet = Packet::parse(bytes);
    if !packet.is_implicit() {
        return false;
    }
    if let Some(mut m) = out.message(ctx, IO) {
        if let Some(connection) = packet.connection {
            m.show("connection_id", format_args!("{connection:08x}"));
        }
        m.opt("sequence", packet.sequence).hex("data", packet.connected.unwrap_or(&[]));
    }
    true
}

impl Decoder for Flow {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let Ok(head) = Encap::parse(bytes) else { return Step::Need(HEADER) };
        let plausible = head.plausible();
        if !plausible && !self.confirmed {
            return Step::NotMine;
        }
        if !head.possible() {
            breach(ctx, "encapsulation_header", "unknown command or impossible length", out);
            return Step::Resync;
        }
        let len = HEADER + usize::from(head.length);
        if bytes.len() < len {
            return Step::Need(len);
        }
        if !plausible {
            breach(ctx, "encapsulation_header", "unknown status, options set, or a length that the command does not have", out);
        }
        self.message(ctx, &head, out);
        Step::Consumed(len)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if implicit(ctx, bytes, out) {
            return true;
        }
        let Ok(head) = Encap::parse(bytes) else { return false };
        let known = encap::command_name(head.command).is_some() && head.options == 0;
        if !known && !self.confirmed {
            return false;
        }
        if !known {
            breach(ctx, "encapsulation_header", "unknown command or options set", out);
        }
        if bytes.len() != HEADER + usize::from(head.length) {
            breach(ctx, "encapsulation_length", "", out);
        }
        self.message(ctx, &head, out);
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let head = Encap::parse(bytes).ok().filter(Encap::plausible)?;
        self.message(ctx, &head, out);
        Some(HEADER + usize::from(head.length))
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| begins(bytes.get(*at..).unwrap_or(&[])))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<(Key, Moment)> = self.requests.drain().collect();
        for ((actor, code, _), at) in open {
            operate(ctx, at, actor, code, "unanswered", out);
        }
        self.cip.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.cip.weight() + self.requests.weight())
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        let cip = self.cip.going_on();
        Some(Box::new(Self { cip, requests: Pending::new(REQUESTS_MAX), confirmed: self.confirmed }))
    }
}
