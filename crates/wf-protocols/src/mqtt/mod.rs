//! MQTT 3.1, 3.1.1 and 5: packets with properties, publications as values or orders, subscriptions, and what Sparkplug B lays on top.

mod fields;
mod json;
mod names;
mod packet;
mod properties;
mod session;
mod sparkplug;
#[cfg(test)]
mod tests;
mod values;

use packet::{Body, CONNECT, Head, NoHead, PUBLISH};
use session::Session;
use std::borrow::Cow;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "mqtt";
/// Name of what Sparkplug adds.
const SPARKPLUG: &str = "sparkplug_b";
/// A packet's bytes that are read: what is behind them is skipped, so a long payload costs nothing.
const READ_MAX: usize = 64 * 1024;
/// Bytes of a packet that are looked at to tell whether it is one.
const JUDGED_MAX: usize = 256;
/// Metrics of one command that are told.
const COMMANDS_MAX: usize = 64;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 64;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "MQTT",
    standard: "OASIS MQTT 5.0 and 3.1.1 (ISO/IEC 20922), MQTT 3.1; Eclipse Sparkplug 3.0.0",
    tcp: &[1883],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, SPARKPLUG],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Mqtt::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_length", "A remaining length of more than four octets."),
    kind("bad_flags", "Flags of a fixed header that its packet type does not have."),
    kind("reserved_type", "Packet type 0, or 15 before version 5."),
    kind("truncated_packet", "A packet ends within its fields."),
    kind("unknown_version", "A request to connect names a protocol or version that there is not."),
    kind("no_connect", "A client's first packet is no request to connect."),
    kind("second_connect", "A client asks to connect again on the same connection."),
    kind("bad_topic", "A topic that is empty, has wildcards or a NUL, or is no UTF-8."),
    kind("unknown_alias", "A topic alias that was not given a topic."),
    kind("bad_packet_id", "A packet identifier of 0."),
    kind("bad_properties", "Properties with an identifier that there is not, or cut off."),
    kind("no_filters", "A subscription, or the end of one, without a topic filter."),
    kind("sparkplug_truncated", "A Sparkplug payload ends within a field."),
    kind("sparkplug_sequence", "A Sparkplug edge node's sequence number does not continue the one before."),
    kind("data_before_birth", "A Sparkplug edge node sends values before its birth certificate."),
];

/// A publication with its topic known.
struct Published<'a> {
    topic: &'a str,
    payload: &'a [u8],
    id: Option<u16>,
    /// The payload is all there.
    whole: bool,
}

/// One flow.
#[derive(Default)]
struct Mqtt {
    session: Session,
    /// Topics that an alias stands for are copied here.
    scratch: String,
    /// A packet was understood.
    good: bool,
    /// Damaged places since the last good one.
    damage: u32,
}

fn complain<'a>(ctx: &Context<'_>, name: &'static str, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'a, str>>) {
    out.anomaly(ctx, name, Anomaly { kind, detail: detail.into() });
}

impl Mqtt {
    /// One packet; of a long one `bytes` is the beginning.
    fn packet(&mut self, ctx: &Context<'_>, head: Head, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        self.session.begin(ctx, head.kind, out);
        let body = packet::body(head, self.session.version, bytes).ok();
        let mut scratch = std::mem::take(&mut self.scratch);
        let topic = match body {
            Some(Body::Publish { topic, properties, .. }) => {
                let alias = properties.number(names::TOPIC_ALIAS);
                self.session.alias(ctx.direction, names::shown(topic), alias, &mut scratch, out)
            }
            _ => Cow::Borrowed(""),
        };
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, head, body.as_ref(), &topic);
        }
        self.judge(ctx, head, body.as_ref(), &topic, out);
        if let Some(body) = &body {
            self.session.packet(ctx, head, body, bytes, out);
            if let Body::Publish { id, payload, .. } = *body {
                let whole = bytes.len() == head.length;
                self.session.publication(ctx, &Published { topic: &topic, payload, id, whole }, bytes, out);
            }
        }
        drop(topic);
        self.scratch = scratch;
        self.session.expire(ctx, out);
    }

    /// What is wrong with a packet by itself.
    fn judge(&self, ctx: &Context<'_>, head: Head, body: Option<&Body<'_>>, topic: &str, out: &mut dyn Sink) {
        let name = names::packet(head.kind);
        let mut say = |kind, detail: &str| complain(ctx, NAME, out, kind, detail.to_owned());
        if head.kind == 0 || (head.kind == 15 && self.session.version != packet::FIVE) {
            say("reserved_type", &format!("{}", head.kind));
        } else if !head.has_proper_flags() {
            say("bad_flags", &format!("{name}: 0x{:x}", head.flags));
        }
        let Some(body) = body else { return say("truncated_packet", name) };
        let (id, properties) = match *body {
            Body::Connect(ref connect) => {
                if !connect.is_known() {
                    say("unknown_version", &format!("{} {}", names::shown(connect.protocol), connect.level));
                }
                (None, connect.properties)
            }
            Body::ConnAck { properties, .. } => (None, properties),
            Body::Publish { topic: raw, id, properties, .. } => {
                if raw.is_empty() && properties.number(names::TOPIC_ALIAS).is_some() {
                    if topic.is_empty() && ctx.from_start {
                        say("unknown_alias", "");
                    }
                } else if !is_topic(raw) {
                    say("bad_topic", topic);
                }
                (id, properties)
            }
            Body::Other { id, properties, list, .. } => {
                if list.is_empty() && matches!(head.kind, packet::SUBSCRIBE | packet::UNSUBSCRIBE) {
                    say("no_filters", name);
                }
                (id, properties)
            }
        };
        if id == Some(0) {
            say("bad_packet_id", name);
        }
        if !properties.is_empty() && properties.are_broken() {
            say("bad_properties", name);
        }
    }

    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        complain(ctx, NAME, out, "bad_length", "");
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

/// A topic that something may be published under (clause 4.7).
fn is_topic(topic: &[u8]) -> bool {
    !topic.is_empty() && std::str::from_utf8(topic).is_ok_and(|text| !text.contains(['+', '#', '\0']))
}

impl Decoder for Mqtt {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let head = match Head::read(bytes) {
            Ok(head) => head,
            Err(NoHead::Short) => return Step::Need(bytes.len() + 1),
            Err(NoHead::Length) => return self.damaged(ctx, out),
        };
        if !self.good && !head.is_proper() {
            return Step::NotMine;
        }
        let read = head.whole().min(READ_MAX);
        let Some(body) = bytes.get(head.size..read) else { return Step::Need(read) };
        self.packet(ctx, head, body, out);
        Step::Consumed(head.whole())
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let head = Head::read(bytes).ok().filter(Head::is_proper)?;
        self.packet(ctx, head, bytes.get(head.size..).unwrap_or(&[]), out);
        Some(head.whole())
    }

    fn gap(&mut self, direction: Direction, _: u64) {
        self.session.gap(direction);
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(|rest| begins(rest, self.session.version)))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { session: Session::going_on(self.session.version), good: true, ..Self::default() }))
    }
}

/// Whether a packet plausibly begins here, as far as the bytes reach, and another one behind it.
fn begins(bytes: &[u8], version: u8) -> bool {
    let Ok(head) = Head::read(bytes) else { return bytes.len() == 1 && bytes != [0] };
    if !head.is_proper() {
        return false;
    }
    let body = bytes.get(head.size..).unwrap_or(&[]);
    // Asked of every byte behind a hole: a look at the beginning must do.
    let whole = body.get(..head.length).filter(|whole| whole.len() <= JUDGED_MAX);
    let body = body.get(..JUDGED_MAX).unwrap_or(body);
    let sound = match packet::body(head, version, whole.unwrap_or(body)) {
        Ok(Body::Connect(connect)) => connect.is_known(),
        Ok(Body::Publish { topic, properties, .. }) => {
            is_topic(topic) || (topic.is_empty() && properties.number(names::TOPIC_ALIAS).is_some())
        }
        Ok(Body::ConnAck { code, .. }) => code <= 5 || code >= 0x80,
        Ok(Body::Other { id, .. }) => id != Some(0),
        Err(_) => whole.is_none(),
    };
    let next = bytes.get(head.whole()..).unwrap_or(&[]);
    sound && Head::read(next).map_or_else(|fault| fault == NoHead::Short, |head| head.is_proper())
}

/// A request to connect names its protocol, whatever the port, and Sparkplug's topics are nobody else's. On its own port a plausible
/// packet is enough.
fn probe(probe: &Probe<'_>) -> Verdict {
    let from_server = INFO.tcp.contains(&probe.src_port);
    let own = from_server != INFO.tcp.contains(&probe.dst_port);
    let head = match Head::read(probe.bytes) {
        Ok(head) => head,
        Err(NoHead::Short) if own || probe.bytes.first() == Some(&(CONNECT << 4)) => return Verdict::More,
        Err(_) => return Verdict::No,
    };
    let mut r = Reader::new(probe.bytes);
    let named = r.skip(head.size).and_then(|()| packet::counted(&mut r));
    match (head.kind, named) {
        (CONNECT, Ok(name)) if head.flags == 0 && matches!(name, b"MQTT" | b"MQIsdp") => return Verdict::SureClient,
        (CONNECT, Ok(_)) => return Verdict::No,
        (CONNECT, Err(_)) if head.is_proper() && probe.bytes.len() < 12 => return Verdict::More,
        (PUBLISH, Ok(topic)) if head.is_proper() && topic.starts_with(sparkplug::payload::NAMESPACE.as_bytes()) => {
            return if own { by_port(from_server) } else { Verdict::Sure };
        }
        _ => {}
    }
    if own && begins(probe.bytes, 4) { by_port(from_server) } else { Verdict::No }
}

const fn by_port(from_server: bool) -> Verdict {
    if from_server { Verdict::SureServer } else { Verdict::SureClient }
}
