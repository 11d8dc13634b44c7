//! BACnet: over UDP (annexes J and U) and straight on Ethernet (clause 7). Discovery, reads and writes of properties,
//! notifications, files, device management, and what routers and broadcast managers say among themselves.

mod acts;
mod apdu;
mod bvlc;
mod fields;
mod names;
mod npdu;
mod points;
mod requests;
mod schema;
mod segments;
mod session;
mod tag;
mod targets;
#[cfg(test)]
mod tests;
mod types;

use apdu::{Apdu, kind};
use bvlc::Bvlc;
use npdu::Npdu;
use segments::{Key, Outcome, Segments};
use session::Session;
use std::borrow::Cow;
use tag::Fault;
use wf_model::{Address, observation::Transport};
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink};

/// Name in messages and observations.
const NAME: &str = "bacnet";
/// Name of messages of the network layer itself.
const NETWORK: &str = "bacnet_network";
/// Name of messages of the virtual link itself.
const LINK: &str = "bacnet_link";
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;
/// Names of the status flags, first to last.
const STATUS_FLAGS: &[&str] = &["in_alarm", "fault", "overridden", "out_of_service"];

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "BACnet",
    standard: "ANSI/ASHRAE 135-2020, clauses 6, 7, 20, 21, annexes J and U",
    tcp: &[],
    // Sites with several networks number on from 47808.
    udp: &[47808, 47809, 47810, 47811, 47812, 47813, 47814, 47815, 47816, 47817, 47818, 47819, 47820, 47821, 47822, 47823],
    // The service access point 0x82 of IEEE 802.2, as the link layer hands it over.
    ethertypes: &[wf_wire::layers::LLC_BACNET],
    industrial: true,
    encrypted: false,
    messages: &[NAME, NETWORK, LINK],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Bacnet::default()),
};

const fn anomaly(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    anomaly("truncated_header", "A message ends within the head of its link, network or application layer."),
    anomaly("bad_length", "The link header's length is not that of its datagram."),
    anomaly("unknown_link_function", "A function of the virtual link that the standard does not have."),
    anomaly("bad_version", "The version of the network layer is not 1."),
    anomaly("reserved_bits", "Reserved bits of a network or application header are set."),
    anomaly("unknown_network_message", "A network layer message that the standard does not have."),
    anomaly("unknown_apdu_type", "A type of application message that the standard does not have."),
    anomaly("unknown_service", "A service that the standard does not have."),
    anomaly("truncated_parameter", "A parameter is longer than what is left of its message."),
    anomaly("unbalanced_tags", "Opening and closing tags do not match."),
    anomaly("bad_tag", "A tag of application class says that it opens or closes."),
    anomaly("unknown_parameter", "A parameter that its service does not have."),
    anomaly("mistyped_parameter", "A parameter's octets do not fit its data type."),
    anomaly("nested_too_deep", "Parameters lie deeper within one another than any service of the standard puts them."),
    anomaly("segments_too_long", "A segmented message is longer than is kept."),
    anomaly("response_without_request", "An answer whose request nobody made."),
    anomaly("service_mismatch", "An answer names another service than its request."),
];

/// One flow.
#[derive(Default)]
struct Bacnet {
    session: Session,
    segments: Segments,
}

fn complain(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'static, str>>) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Decoder for Bacnet {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mine = self.packet(ctx, bytes, out);
        self.session.expire(ctx, out);
        mine
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight() + self.segments.weight())
    }
}

impl Bacnet {
    fn packet(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if ctx.transport == Transport::Link {
            return self.network(ctx, None, bytes, out);
        }
        if !matches!(bytes.first(), Some(&(bvlc::IPV4 | bvlc::IPV6))) {
            return false;
        }
        let Ok(link) = Bvlc::read(bytes) else {
            complain(ctx, out, "truncated_header", format!("link: {} octets", bytes.len()));
            return true;
        };
        if usize::from(link.length) != bytes.len() {
            complain(ctx, out, "bad_length", format!("{} said, {} there", link.length, bytes.len()));
        }
        match link.kind() {
            bvlc::Kind::Carries | bvlc::Kind::Forwarded => return self.network(ctx, Some(&link), link.rest, out),
            bvlc::Kind::Unknown => complain(ctx, out, "unknown_link_function", link.function.to_string()),
            _ => {}
        }
        if let Some(mut writer) = out.message(ctx, LINK) {
            fields::link(&mut writer, &link);
        }
        self.session.link(ctx, &link, out);
        true
    }

    fn network(&mut self, ctx: &Context<'_>, link: Option<&Bvlc<'_>>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Ok(npdu) = Npdu::read(bytes) else {
            complain(ctx, out, "truncated_header", format!("network: {} octets", bytes.len()));
            return true;
        };
        if npdu.version != 1 {
            complain(ctx, out, "bad_version", npdu.version.to_string());
        } else if !npdu.is_clean() {
            complain(ctx, out, "reserved_bits", format!("network control {:02x}", npdu.control));
        }
        // Who sent a forwarded message first is who acts.
        let origin = link.and_then(|link| link.origin).filter(|(ip, _)| !ip.is_unspecified());
        let acting = match origin {
            Some((ip, port)) => Context { src: Some(Address::Ip(ip)), src_port: port, src_mac: None, ..*ctx },
            None => *ctx,
        };
        if npdu.message.is_none() {
            self.application(ctx, &acting, link, &npdu, out);
            return true;
        }
        if let Some(mut writer) = out.message(ctx, NETWORK) {
            fields::network(&mut writer, link, &npdu);
        }
        if npdu.message_name() == "unknown_network_message" {
            complain(ctx, out, "unknown_network_message", npdu.message.unwrap_or(0).to_string());
        }
        self.session.network(&acting, &npdu, out);
        true
    }

    fn application(
        &mut self,
        ctx: &Context<'_>,
        acting: &Context<'_>,
        link: Option<&Bvlc<'_>>,
        npdu: &Npdu<'_>,
        out: &mut dyn Sink,
    ) {
        let Ok(apdu) = Apdu::read(npdu.rest) else {
            complain(ctx, out, "truncated_header", format!("application: {} octets", npdu.rest.len()));
            return;
        };
        if apdu.kind > kind::ABORT {
            complain(ctx, out, "unknown_apdu_type", apdu.kind.to_string());
            return;
        }
        let whole = self.assemble(ctx, npdu, &apdu, out);
        let body = match &whole {
            Assembled::Here => Some(apdu.body),
            Assembled::Whole(octets) => Some(&octets[..]),
            Assembled::Part => None,
        };
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::application(&mut writer, link, npdu, &apdu, body);
        }
        check(ctx, &apdu, body, out);
        if let Some(body) = body {
            self.session.application(acting, npdu, &apdu, body, out);
        }
    }

    /// Puts segments together.
    fn assemble(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) -> Assembled {
        let (Some(segment), Some(invoke_id)) = (apdu.segment, apdu.invoke_id) else { return Assembled::Here };
        if apdu.kind == kind::SEGMENT_ACK {
            return Assembled::Here;
        }
        let key = Key {
            to_server: ctx.direction == Direction::ToServer,
            kind: apdu.kind,
            invoke_id,
            source: npdu.source.unwrap_or_default(),
            destination: npdu.destination.unwrap_or_default(),
        };
        let outcome = self.segments.take(key, segment.sequence, segment.more, apdu.body);
        let fallen = std::mem::take(&mut self.segments.evicted);
        if fallen > 0 {
            out.evicted(fallen);
        }
        match outcome {
            Outcome::Whole(octets) => Assembled::Whole(octets),
            Outcome::Waiting => Assembled::Part,
            Outcome::TooLong => {
                complain(ctx, out, "segments_too_long", format!("segment {}", segment.sequence));
                Assembled::Part
            }
        }
    }
}

/// What is there of a message's parameters.
enum Assembled {
    /// All, in this datagram.
    Here,
    /// All, from several.
    Whole(Vec<u8>),
    /// Not all yet.
    Part,
}

/// What is wrong with an application message.
fn check(ctx: &Context<'_>, apdu: &Apdu<'_>, body: Option<&[u8]>, out: &mut dyn Sink) {
    if !apdu.is_clean() {
        complain(ctx, out, "reserved_bits", format!("{} flags {:x}", names::apdu_type(apdu.kind), apdu.flags));
    }
    let name = apdu.named().map_or("", |service| service.name);
    if name == names::UNKNOWN_SERVICE.name {
        complain(ctx, out, "unknown_service", format!("{} {}", names::apdu_type(apdu.kind), apdu.service.unwrap_or(0)));
        return;
    }
    let Some((schema, body)) = requests::schema(apdu).zip(body) else { return };
    let damage = schema::walk(&schema, body, &mut |_| {});
    if damage == schema::Damage::default() {
        return;
    }
    let fault = damage.fault.map(|fault| match fault {
        Fault::Truncated => "truncated_parameter",
        Fault::StrayClose | Fault::Unclosed => "unbalanced_tags",
        Fault::BadTag => "bad_tag",
    });
    let unknown = (damage.unknown > 0).then_some("unknown_parameter");
    let mistyped = (damage.mistyped > 0).then_some("mistyped_parameter");
    let deep = (damage.too_deep > 0).then_some("nested_too_deep");
    for kind in [fault, unknown, mistyped, deep].into_iter().flatten() {
        complain(ctx, out, kind, format!("{name} {}", names::apdu_type(apdu.kind)));
    }
}

/// What the datagram looks like, strictly: lengths that agree, known functions and services, clear reserved bits.
fn sound(bytes: &[u8]) -> Option<Verdict> {
    let link = Bvlc::read(bytes).ok().filter(|link| usize::from(link.length) == bytes.len())?;
    let whole = match link.kind() {
        bvlc::Kind::Carries | bvlc::Kind::Forwarded => Npdu::read(link.rest).ok().filter(Npdu::is_clean)?,
        bvlc::Kind::Answer if link.function == 0 => return (bytes.len() == 6 || link.v6).then_some(Verdict::SureServer),
        // Other messages of the link have too little structure to be known by.
        _ => return None,
    };
    if whole.message.is_some() {
        return (whole.message_name() != "unknown_network_message").then_some(Verdict::Sure);
    }
    let apdu = Apdu::read(whole.rest).ok().filter(Apdu::is_clean)?;
    if apdu.named().is_some_and(|service| service.name == names::UNKNOWN_SERVICE.name) {
        return None;
    }
    if let (Some(schema), None) = (requests::schema(&apdu), apdu.segment) {
        let damage = schema::walk(&schema, apdu.body, &mut |_| {});
        if damage.fault.is_some() || damage.unknown > 0 {
            return None;
        }
    }
    Some(match apdu.kind {
        kind::CONFIRMED if !matches!(apdu.service, Some(1 | 2 | 31 | 32)) => Verdict::SureClient,
        kind::CONFIRMED => Verdict::SureServer,
        _ if apdu.is_answer() => Verdict::SureServer,
        _ => Verdict::Sure,
    })
}

fn probe(p: &Probe<'_>) -> Verdict {
    let (Some(&(bvlc::IPV4 | bvlc::IPV6)), Transport::Udp) = (p.bytes.first(), p.transport) else { return Verdict::No };
    if let Some(verdict) = sound(p.bytes) {
        return verdict;
    }
    let own = INFO.udp.contains(&p.src_port) || INFO.udp.contains(&p.dst_port);
    if own && Bvlc::read(p.bytes).is_ok_and(|link| link.kind() != bvlc::Kind::Unknown) { Verdict::Likely } else { Verdict::No }
}
