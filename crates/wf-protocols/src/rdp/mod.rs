//! Remote Desktop Protocol (MS-RDPBCGR): who connects to whom, with which client and which security; then TLS, or what is not
//! encrypted of the older security.

mod fields;
mod gcc;
mod info;
mod names;
mod negotiation;

#[cfg(test)]
mod tests;

use crate::ber::{self, Elements, Tag};
use crate::cotp::{self, Tpkt};
use crate::held;
use crate::{hints, tls};
use gcc::{Client, Server};
use info::Info;
use negotiation::{Answer, Request, Unit};
use std::borrow::Cow;
use wf_model::observation::Transport;
use wf_model::{Attribute, Category};
use wf_wire::decode::{
    About, Anomaly, AnomalyKind, Context, Credential, Decoder, Direction, Evidence, Moment, Operation, Probe, ProtocolInfo, Sink,
    Step, Target, Verdict, heavy,
};

/// Name in observations.
const NAME: &str = "rdp";
const PORT: u16 = 3389;
/// Units of one side after the connection was set up in which the client's logon is looked for.
const UNITS_MAX: u16 = 64;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "RDP",
    standard: "MS-RDPBCGR, ITU-T T.123, X.224, T.124, T.125",
    tcp: &[PORT],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind { name: "rdp_bad_packet", meaning: "What should be a packet's header is none." },
        AnomalyKind { name: "rdp_bad_message", meaning: "A message of the set-up breaks off or lacks what belongs there." },
        AnomalyKind {
            name: "rdp_old_security",
            meaning: "The session uses the protocol's own security, whose keys anybody between the two can have, instead of TLS.",
        },
        AnomalyKind { name: "rdp_without_encryption", meaning: "The session is not encrypted at all." },
        AnomalyKind { name: "rdp_unasked_security", meaning: "The server chose a security that the client had not offered." },
        AnomalyKind {
            name: "rdp_internal_channel",
            meaning: "A client asks for the channel MS_T120, which is the server's own: an attempt on CVE-2019-0708, or a scanner for it.",
        },
    ],
    probe,
    new: || Box::new(Rdp::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let own = p.dst_port == PORT || p.src_port == PORT;
    match cotp::tpkt(p.bytes) {
        Tpkt::Whole { len, tpdu } => match negotiation::unit(tpdu) {
            Some(Unit::Request(request)) if own || request.is_certain() => Verdict::SureClient,
            Some(Unit::Answer(_)) if own && len <= 19 => Verdict::SureServer,
            Some(Unit::Data(data)) if matches!(data, [0x7f, 0x65, ..]) && gcc::is_client(data) => Verdict::SureClient,
            Some(Unit::Data(data)) if matches!(data, [0x7f, 0x66, ..]) && gcc::is_server(data) => Verdict::SureServer,
            _ => Verdict::No,
        },
        Tpkt::Need(_) if own && p.bytes.len() < 1024 => Verdict::More,
        _ => Verdict::No,
    }
}

/// Where the set-up stands.
#[derive(Debug, Default)]
struct Rdp {
    asked: Option<(Moment, Option<String>, u32)>,
    /// The server's choice; `None` until it is known.
    chosen: Option<u32>,
    lost: bool,
    units: u16,
    touched: bool,
    inner: Inner,
}

/// TLS, once it was agreed on (MS-RDPBCGR 5.4.5).
#[derive(Default)]
struct Inner(Option<Box<dyn Decoder>>);

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Tls" } else { "None" })
    }
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'static, str>>) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Rdp {
    fn request(&mut self, ctx: &Context<'_>, request: &Request<'_>, out: &mut dyn Sink) {
        fields::request(ctx, request, out);
        self.tell(ctx, held::missing(self.lost).into(), out);
        let user = request.user().map(Cow::into_owned);
        self.asked = Some((ctx.now, user, request.protocols.unwrap_or(0)));
        self.chosen = None;
    }

    fn answer(&mut self, ctx: &Context<'_>, answer: &Answer, out: &mut dyn Sink) {
        fields::answer(ctx, answer, out);
        match *answer {
            Answer::Refused(code) => self.tell(ctx, format!("error: {code} {}", names::failure(code)).into(), out),
            Answer::Chosen { protocol, .. } => {
                let offered = self.asked.as_ref().map(|(.., offered)| *offered);
                // No bit stands for the old security: it is always on offer.
                if offered.is_some_and(|offered| protocol & !offered != 0) {
                    raise(ctx, out, "rdp_unasked_security", names::protocol(protocol));
                }
                if protocol == 0 {
                    raise(ctx, out, "rdp_old_security", "chosen by the server");
                } else {
                    self.inner = Inner(Some((tls::INFO.new)()));
                }
                self.chosen = Some(protocol);
                self.tell(ctx, "ok".into(), out);
            }
        }
    }

    /// Tells the connection that was asked for, if one was.
    fn tell(&mut self, ctx: &Context<'_>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
        let Some((at, user, _)) = self.asked.take() else { return };
        let target = user.as_deref().map_or(Target::None, Target::Text);
        let value = self.chosen.map(|protocol| Cow::Borrowed(names::protocol(protocol)));
        let (actor, category) = (Direction::ToServer, Category::Diagnostic);
        out.operation(ctx, NAME, Operation { at, actor, function: "connect", category, target, value, outcome });
    }

    /// Units of MCS (T.125). `true`: nothing more is to be learned.
    fn data(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) -> bool {
        match data {
            [0x7f, 0x65, ..] => match Client::read(data) {
                Some(client) => {
                    fields::client(ctx, &client, out);
                    client_says(ctx, &client, out);
                }
                None => raise(ctx, out, "rdp_bad_message", "connect-initial"),
            },
            [0x7f, 0x66, ..] => match Server::read(data) {
                Some(server) => {
                    fields::server(ctx, &server, out);
                    if self.chosen.is_none_or(|protocol| protocol == 0) && server.method == Some(0) {
                        raise(ctx, out, "rdp_without_encryption", "chosen by the server");
                    }
                }
                None => raise(ctx, out, "rdp_bad_message", "connect-response"),
            },
            _ => return self.session(ctx, data, out),
        }
        false
    }

    fn session(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) -> bool {
        fields::unit(ctx, data, out);
        self.units = self.units.saturating_add(1);
        let Some((encrypted, data)) = info::logon(data) else { return self.units > UNITS_MAX };
        match Info::read(data) {
            _ if encrypted => {}
            Some(info) => logon(ctx, &info, out),
            None => raise(ctx, out, "rdp_bad_message", "client info"),
        }
        true
    }
}

/// What the client's own words tell of it.
fn client_says(ctx: &Context<'_>, client: &Client<'_>, out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "client", confidence });
    };
    if let Some(name) = client.name().filter(|name| hints::is_host_name(name)) {
        say(Attribute::Name, &name, 65);
    }
    if let Some(system) = client.build.and_then(names::system) {
        say(Attribute::Os, &system, 40);
    }
    if client.channels().any(|name| name.eq_ignore_ascii_case("MS_T120")) {
        raise(ctx, out, "rdp_internal_channel", "MS_T120");
    }
}

/// A logon that can be read (MS-RDPBCGR 2.2.1.11).
fn logon(ctx: &Context<'_>, info: &Info<'_>, out: &mut dyn Sink) {
    fields::info(ctx, info, out);
    let user = info.account();
    let user = Some(user.as_str()).filter(|user| !user.is_empty());
    secret(ctx, user, info, out);
    let target = user.map_or(Target::None, Target::Text);
    let (actor, category) = (Direction::ToServer, Category::Diagnostic);
    let outcome = "unconfirmed".into();
    out.operation(ctx, NAME, Operation { at: ctx.now, actor, function: "login", category, target, value: None, outcome });
}

fn secret(ctx: &Context<'_>, user: Option<&str>, info: &Info<'_>, out: &mut dyn Sink) {
    if !info.password.is_empty() {
        out.credential(ctx, NAME, Credential { scheme: "password", user, secret: info.password });
    }
}

impl Decoder for Rdp {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if let Inner(Some(inner)) = &mut self.inner {
            return match inner.stream(ctx, bytes, out) {
                Step::NotMine => Step::Done,
                step => step,
            };
        }
        let (len, tpdu) = match cotp::tpkt(bytes) {
            Tpkt::Whole { len, tpdu } => (len, tpdu),
            Tpkt::Need(len) => return Step::Need(len),
            // Input and output may take a shorter way (MS-RDPBCGR 2.2.8.1.2): the set-up is over.
            Tpkt::Bad if self.units > 0 => return Step::Done,
            // Both agreed on TLS where nobody saw it, or will yet see it.
            Tpkt::Bad if self.touched && tls::is_hello(bytes) => {
                return self.inner.0.insert((tls::INFO.new)()).stream(ctx, bytes, out);
            }
            Tpkt::Bad if !self.touched => return Step::NotMine,
            Tpkt::Bad if self.lost => return Step::Done,
            Tpkt::Bad => {
                raise(ctx, out, "rdp_bad_packet", "no packet header");
                return Step::Done;
            }
        };
        match negotiation::unit(tpdu) {
            Some(Unit::Request(request)) => self.request(ctx, &request, out),
            Some(Unit::Answer(answer)) => self.answer(ctx, &answer, out),
            Some(Unit::Data(data)) => {
                if self.data(ctx, data, out) {
                    return Step::Done;
                }
            }
            Some(Unit::Other) => {}
            None if !self.touched => return Step::NotMine,
            None => raise(ctx, out, "rdp_bad_message", format!("{len} bytes")),
        }
        self.touched = true;
        Step::Consumed(len)
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], missing: usize, out: &mut dyn Sink) -> Option<usize> {
        if let Inner(Some(inner)) = &mut self.inner {
            return inner.cut(ctx, bytes, missing, out);
        }
        let Tpkt::Need(len) = cotp::tpkt(bytes) else { return None };
        let tpdu = bytes.get(cotp::TPKT_HEADER..)?;
        // What sets the connection up cannot be read in part.
        if let Some(Unit::Data(data)) = negotiation::unit(tpdu)
            && !matches!(data, [0x7f, ..])
        {
            fields::unit(ctx, data, out);
            if let Some(info) = info::logon(data).and_then(|(encrypted, data)| Info::in_part(data).filter(|_| !encrypted)) {
                fields::info(ctx, &info, out);
                secret(ctx, None, &info, out);
            }
        }
        Some(len)
    }

    fn gap(&mut self, direction: Direction, len: u64) {
        self.lost = true;
        if let Inner(Some(inner)) = &mut self.inner {
            inner.gap(direction, len);
        }
    }

    fn resync(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        match &mut self.inner {
            Inner(Some(inner)) => inner.resync(direction, bytes),
            Inner(None) => cotp::next_tpkt(bytes),
        }
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Inner(Some(inner)) = &mut self.inner {
            inner.finish(ctx, out);
        }
        self.tell(ctx, held::missing(self.lost).into(), out);
    }

    fn weight(&self) -> usize {
        heavy(self.inner.0.as_ref().map_or(0, |inner| inner.weight()))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self {
            inner: std::mem::take(&mut self.inner),
            chosen: self.chosen,
            touched: self.touched,
            ..Self::default()
        }))
    }
}

/// The user data of a connect message of MCS: the last octet string of its application element (T.125, 7).
fn user_data(data: &[u8], tag: u32) -> Option<&[u8]> {
    let outer = Elements::new(data).next().filter(|e| e.tag == Tag::application(tag))?;
    let octets = |e: &ber::Element<'_>| e.tag == Tag { class: ber::UNIVERSAL, number: 4 };
    outer.elements().filter(octets).last().map(|e| e.bytes)
}
