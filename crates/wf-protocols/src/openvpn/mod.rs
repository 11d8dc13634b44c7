//! OpenVPN over UDP and TCP: who opens a tunnel to whom, what protects its control channel, and the TLS handshake within it.

mod channel;
mod packet;

#[cfg(test)]
mod tests;

use channel::Channel;
use packet::{Control, Wrap};
use std::borrow::Cow;
use wf_model::observation::Transport;
use wf_model::{Attribute, Category};
use wf_wire::decode::{
    About, Anomaly, AnomalyKind, Context, Decoder, Direction, Evidence, Moment, Operation, Probe, ProtocolInfo, Sink, Step,
    Target, Verdict,
};

/// Name in observations.
const NAME: &str = "openvpn";
const PORT: u16 = 1194;
/// Length of a packet's length over TCP.
const PREFIX: usize = 2;
/// Shortest data that is believed where no session was seen: a replay id and a tag.
const DATA_MIN: usize = 21;
/// So many packets in a row that are none and the flow is given up.
const DAMAGE_MAX: u32 = 16;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "OpenVPN",
    standard: "OpenVPN wire protocol (openvpn-wire-protocol), RFC 8446, RFC 5246",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: false,
    encrypted: true,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind { name: "openvpn_bad_packet", meaning: "A packet has an unknown opcode, or ends within a field." },
        AnomalyKind {
            name: "openvpn_old_key_method",
            meaning: "A session begins with key method 1, which OpenVPN 2.5 and later no longer have.",
        },
    ],
    probe,
    new: || Box::new(OpenVpn::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    let own = p.dst_port == PORT || p.src_port == PORT;
    match p.transport {
        Transport::Udp => packet_verdict(p.bytes, own),
        Transport::Tcp if own || p.from_start => stream_verdict(p.bytes, own),
        _ => Verdict::No,
    }
}

fn stream_verdict(bytes: &[u8], own: bool) -> Verdict {
    let Some(len) = length(bytes) else { return if bytes.len() < PREFIX && own { Verdict::More } else { Verdict::No } };
    match (bytes.get(PREFIX), bytes.get(PREFIX..PREFIX + len)) {
        (None, _) if own => Verdict::More,
        (None, _) => Verdict::No,
        (Some(_), Some(packet)) => packet_verdict(packet, own),
        (Some(first), None) => match packet::head(*first) {
            (opcode, _) if own && packet::is_known(opcode) && !packet::is_data(opcode) => Verdict::More,
            (opcode, _) if own && packet::is_data(opcode) && len >= DATA_MIN => Verdict::Likely,
            // The packet that begins a connection is sent in one piece.
            _ => Verdict::No,
        },
    }
}

fn packet_verdict(packet: &[u8], own: bool) -> Verdict {
    let Some((opcode, _)) = packet.first().copied().map(packet::head) else { return Verdict::No };
    if packet::begins(packet) {
        return if packet::is_client_reset(opcode) { Verdict::SureClient } else { Verdict::SureServer };
    }
    let readable = packet.iter().take(16).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    match opcode {
        _ if !own || readable => Verdict::No,
        _ if packet::is_data(opcode) && packet.len() >= DATA_MIN => Verdict::Likely,
        _ if packet::is_known(opcode) && !packet::is_data(opcode) && Wrap::of(packet).is_some() => Verdict::Sure,
        _ => Verdict::No,
    }
}

/// The length of the next packet over TCP; `None` if there can be none, or it is not there.
fn length(bytes: &[u8]) -> Option<usize> {
    let len = bytes.first_chunk().copied().map(|len| usize::from(u16::from_be_bytes(len)))?;
    (1..=packet::PACKET_MAX).contains(&len).then_some(len)
}

/// One flow.
#[derive(Default)]
struct OpenVpn {
    /// What protects the control channel, once a packet told.
    wrap: Option<Wrap>,
    channel: Option<Channel>,
    /// The session that a client asked for, not yet told.
    asked: Option<Asked>,
    /// The client's session whose connection was told.
    told: Option<u64>,
    lost: bool,
    touched: bool,
    damage: u32,
}

/// A session that a client asked for.
struct Asked {
    at: Moment,
    session: u64,
    answered: bool,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'static, str>>) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl OpenVpn {
    /// One packet. `false`: it is none.
    fn packet(&mut self, ctx: &Context<'_>, packet: &[u8], out: &mut dyn Sink) -> bool {
        let Some((opcode, key)) = packet.first().copied().map(packet::head) else { return false };
        let understood = if packet::is_data(opcode) {
            self.data(ctx, opcode, key, packet, out)
        } else {
            packet::is_known(opcode) && self.control(ctx, packet, out)
        };
        if understood {
            (self.touched, self.damage) = (true, 0);
        } else if self.touched {
            self.damage += 1;
            raise(ctx, out, "openvpn_bad_packet", format!("opcode {opcode}, {} bytes", packet.len()));
        }
        if self.asked.as_ref().is_some_and(|asked| ctx.now.ts.since(asked.at.ts) > crate::held::ANSWER_MAX) {
            self.tell(ctx, None, out);
        }
        understood
    }

    fn data(&mut self, ctx: &Context<'_>, opcode: u8, key: u8, packet: &[u8], out: &mut dyn Sink) -> bool {
        let peer = match (opcode, packet) {
            (packet::DATA_V2, [_, a, b, c, ..]) => Some(u32::from_be_bytes([0, *a, *b, *c])),
            (packet::DATA_V2, _) => return false,
            _ => None,
        };
        if let Some(mut m) = out.message(ctx, NAME) {
            m.text("pdu", packet::name(opcode)).num("opcode", opcode).num("key_id", key).opt("peer_id", peer);
        }
        // Keys are there, so both sides were content with each other.
        if ctx.direction == Direction::ToClient {
            self.tell(ctx, Some("ok"), out);
        }
        true
    }

    fn control(&mut self, ctx: &Context<'_>, packet: &[u8], out: &mut dyn Sink) -> bool {
        let opcode = packet.first().map_or(0, |byte| packet::head(*byte).0);
        let begins = packet::is_client_reset(opcode) || packet::is_server_reset(opcode);
        let wrap = if begins { Wrap::of(packet).or(self.wrap) } else { self.wrap.or_else(|| Wrap::of(packet)) };
        let Some(wrap) = wrap else { return false };
        let Ok(said) = Control::read(packet, wrap) else { return false };
        self.wrap = Some(wrap);
        if packet::is_client_reset(opcode) {
            self.begin(ctx, &said, out);
        } else if ctx.direction == Direction::ToClient
            && let Some(asked) = &mut self.asked
            && said.remote.is_none_or(|remote| remote == asked.session)
        {
            asked.answered = true;
        }
        if packet::is_server_reset(opcode) {
            let (attribute, value) = (Attribute::Description, "OpenVPN server");
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "reset", confidence: 40 });
        }
        self.turn(&said);
        let repeated = self.channel.as_ref().is_some_and(|channel| channel.has(ctx.direction, &said));
        fields(ctx, &said, repeated, out);
        if let Some(channel) = &mut self.channel {
            channel.take(ctx, &said, out);
        }
        true
    }

    /// A client asks for a session, or asks again.
    fn begin(&mut self, ctx: &Context<'_>, said: &Control<'_>, out: &mut dyn Sink) {
        let again = self.asked.as_ref().is_some_and(|asked| asked.session == said.session) || self.told == Some(said.session);
        if again {
            return;
        }
        self.tell(ctx, None, out);
        self.asked = Some(Asked { at: ctx.now, session: said.session, answered: false });
        if said.opcode == packet::CLIENT_V1 {
            raise(ctx, out, "openvpn_old_key_method", "asked for by the client");
        }
    }

    /// A new session or a new key has a TLS of its own.
    fn turn(&mut self, said: &Control<'_>) {
        let begins = packet::is_client_reset(said.opcode) || said.opcode == packet::SOFT_RESET;
        let known = self.channel.as_ref().is_some_and(|channel| channel.is(said));
        if self.channel.is_none() || begins && !known {
            self.channel = Some(Channel::new(said.key, begins.then_some(said.session)));
        }
    }

    /// Tells the connection that was asked for, if one was.
    fn tell(&mut self, ctx: &Context<'_>, outcome: Option<&'static str>, out: &mut dyn Sink) {
        let Some(asked) = self.asked.take() else { return };
        self.told = Some(asked.session);
        let missing = crate::held::missing(self.lost || asked.answered);
        out.operation(
            ctx,
            NAME,
            Operation {
                at: asked.at,
                actor: Direction::ToServer,
                function: "connect",
                category: Category::Diagnostic,
                target: Target::None,
                value: self.wrap.map(|wrap| wrap.name().into()),
                outcome: outcome.unwrap_or(missing).into(),
            },
        );
    }
}

fn fields(ctx: &Context<'_>, said: &Control<'_>, repeated: bool, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", packet::name(said.opcode)).num("opcode", said.opcode).num("key_id", said.key);
    m.show("session_id", format_args!("{:#018x}", said.session)).text("wrap", said.wrap.name());
    if let Wrap::Auth(len) = said.wrap {
        m.num("hmac_bytes", len as u64);
    }
    if let Some((id, time)) = said.replay {
        m.num("replay_id", id).num("time_s", time);
    }
    if said.wrap != Wrap::Crypt {
        m.nums("acks", said.acks());
    }
    if let Some(remote) = said.remote {
        m.show("remote_session_id", format_args!("{remote:#018x}"));
    }
    m.opt("message_id", said.id).opt("wrapped_key_bytes", said.wrapped_key);
    if !said.payload.is_empty() {
        m.num("payload_bytes", said.payload.len() as u64);
    }
    if repeated {
        m.flag("repeated", true);
    }
}

impl Decoder for OpenVpn {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if bytes.len() <= PREFIX {
            return Step::Need(PREFIX + 1);
        }
        let damaged = match length(bytes) {
            None => true,
            Some(len) => {
                let whole = PREFIX + len;
                let is_data = bytes.get(PREFIX).is_some_and(|first| packet::is_data(packet::head(*first).0));
                // What is encrypted need not be there.
                let shown = if is_data { whole.min(PREFIX + 4) } else { whole };
                let Some(packet) = bytes.get(PREFIX..shown) else { return Step::Need(shown) };
                if self.packet(ctx, packet, out) {
                    return Step::Consumed(whole);
                }
                false
            }
        };
        if !self.touched {
            return Step::NotMine;
        }
        if damaged {
            self.damage += 1;
            raise(ctx, out, "openvpn_bad_packet", "no length");
        }
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        self.damage <= DAMAGE_MAX && self.packet(ctx, bytes, out)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.lost = true;
        if let Some(channel) = &mut self.channel {
            channel.lose(direction);
        }
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        let begins = |at: usize| {
            let rest = bytes.get(at..)?;
            let (len, first) = (length(rest)?, rest.get(PREFIX)?);
            let opcode = packet::head(*first).0;
            match rest.get(PREFIX..PREFIX + len) {
                Some(packet) if !packet::is_data(opcode) => Wrap::of(packet).map(drop),
                // Data have no marks: another packet must follow.
                Some(_) => {
                    let next = rest.get(PREFIX + len..)?;
                    (len >= DATA_MIN && length(next).is_some() && packet::is_known(packet::head(*next.get(PREFIX)?).0))
                        .then_some(())
                }
                None => None,
            }
        };
        (0..bytes.len()).find(|at| begins(*at).is_some())
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.tell(ctx, None, out);
    }

    fn weight(&self) -> usize {
        self.channel.as_ref().map_or(0, Channel::weight)
    }
}
