//! NTP (RFC 5905, RFC 9327) and SNTP: who keeps whose time, from what source, and the queries that attackers abuse.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::Ipv4Addr;
use wf_model::Attribute;
use wf_model::observation::Transport;
use wf_wire::decode::{About, Anomaly, AnomalyKind, Context, Decoder, Evidence, Probe, ProtocolInfo, Sink, Verdict};
use wf_wire::{Reader, Short};

/// Name in observations.
const NAME: &str = "ntp";
const PORT: u16 = 123;
/// Modes (RFC 5905, figure 10).
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const BROADCAST: u8 = 5;
const CONTROL: u8 = 6;
const PRIVATE: u8 = 7;
/// Seconds from 1900 to 1970 (RFC 5905, 6).
const EPOCH: i64 = 2_208_988_800;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "NTP",
    standard: "RFC 5905, RFC 4330, RFC 9327",
    tcp: &[],
    udp: &[PORT],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind { name: "ntp_control_query", meaning: "Somebody asks a server for its variables or changes them (mode 6)." },
        AnomalyKind {
            name: "ntp_private_query",
            meaning: "Somebody uses the implementation's own queries (mode 7), among them monlist, which attacks amplify with.",
        },
        AnomalyKind { name: "ntp_truncated", meaning: "A control message is longer than its datagram." },
        AnomalyKind { name: "ntp_refused", meaning: "A server tells its client to go away or to slow down (kiss of death)." },
    ],
    probe: |p| if p.transport == Transport::Udp { verdict(p) } else { Verdict::No },
    new: || Box::new(Ntp),
};

fn verdict(p: &Probe<'_>) -> Verdict {
    if p.src_port != PORT && p.dst_port != PORT {
        return Verdict::No;
    }
    match Packet::read(p.bytes) {
        Some(Packet { mode: CLIENT, .. }) if p.dst_port == PORT && p.src_port != PORT => Verdict::SureClient,
        Some(Packet { mode: SERVER, .. }) if p.src_port == PORT && p.dst_port != PORT => Verdict::SureServer,
        Some(_) => Verdict::Likely,
        None => Verdict::No,
    }
}

/// What a datagram holds.
#[derive(Debug)]
struct Packet<'a> {
    leap: u8,
    version: u8,
    mode: u8,
    body: Body<'a>,
}

#[derive(Debug)]
enum Body<'a> {
    Time(Time<'a>),
    /// RFC 9327, 2.
    Control {
        response: bool,
        error: bool,
        opcode: u8,
        sequence: u16,
        status: u16,
        association: u16,
        count: u16,
        data: &'a [u8],
    },
    Private {
        response: bool,
        sequence: u8,
        implementation: u8,
        request: u8,
    },
}

/// RFC 5905, 7.3.
#[derive(Debug)]
struct Time<'a> {
    stratum: u8,
    poll: i8,
    precision: i8,
    root_delay: u32,
    root_dispersion: u32,
    reference: [u8; 4],
    transmit: u64,
    /// Extension fields and the authenticator.
    rest: &'a [u8],
}

impl<'a> Packet<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::fields(&mut Reader::new(bytes)).ok().flatten()
    }

    fn fields(r: &mut Reader<'a>) -> Result<Option<Self>, Short> {
        let first = r.u8()?;
        let (leap, version, mode) = (first >> 6, first >> 3 & 7, first & 7);
        if !(1..=4).contains(&version) || mode == 0 && version > 1 {
            return Ok(None);
        }
        let body = match mode {
            // RFC 9327, 2: the upper two bits are zero; ntpd puts its leap indicator into answers.
            CONTROL => {
                let operation = r.u8()?;
                if leap != 0 && operation & 0x80 == 0 {
                    return Ok(None);
                }
                let (sequence, status, association) = (r.u16()?, r.u16()?, r.u16()?);
                let (_offset, count) = (r.u16()?, r.u16()?);
                let data = r.rest().get(..usize::from(count)).unwrap_or(r.rest());
                let (response, error) = (operation & 0x80 != 0, operation & 0x40 != 0);
                Body::Control { response, error, opcode: operation & 0x1f, sequence, status, association, count, data }
            }
            // The first bit is "response", the second "more".
            PRIVATE => {
                let (sequence, implementation, request) = (r.u8()? & 0x7f, r.u8()?, r.u8()?);
                r.skip(4)?;
                if !matches!(implementation, 0 | 2 | 3) {
                    return Ok(None);
                }
                Body::Private { response: leap & 2 != 0, sequence, implementation, request }
            }
            _ => {
                let (stratum, poll, precision) = (r.u8()?, r.u8()?.cast_signed(), r.u8()?.cast_signed());
                let (root_delay, root_dispersion, reference) = (r.u32()?, r.u32()?, r.array()?);
                r.skip(24)?;
                let transmit = r.u64()?;
                // RFC 5905, 7.3: precision is a fraction of a second; strata above 16 are reserved. Clients that keep their
                // clock to themselves ask with a precision of 32 (draft-ietf-ntp-data-minimization, 3.1), chrony among them.
                let hidden = mode == CLIENT && precision == 32;
                let plausible = stratum <= 16 && (precision <= 0 || hidden) && poll <= 36;
                let rest = r.take_rest();
                // RFC 5905, 7.5: extensions and authenticators are whole words.
                if !plausible || !rest.len().is_multiple_of(4) {
                    return Ok(None);
                }
                Body::Time(Time { stratum, poll, precision, root_delay, root_dispersion, reference, transmit, rest })
            }
        };
        Ok(Some(Self { leap, version, mode, body }))
    }
}

struct Ntp;

impl Decoder for Ntp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(packet) = Packet::read(bytes) else { return false };
        if let Some(mut m) = out.message(ctx, NAME) {
            m.num("version", packet.version).num("mode", packet.mode).text("mode_name", mode(packet.mode));
            match &packet.body {
                Body::Time(time) => {
                    m.num("leap", packet.leap).num("stratum", time.stratum);
                    m.show("reference", time.reference()).num("poll", time.poll).num("precision", time.precision);
                    // RFC 5905, 6: sixteen bits of seconds, sixteen of their fraction.
                    m.float("root_delay_s", f64::from(time.root_delay) / 65_536.0);
                    m.float("root_dispersion_s", f64::from(time.root_dispersion) / 65_536.0);
                    m.opt("transmit_unix_s", unix(time.transmit));
                    m.flag("authenticated_or_extended", !time.rest.is_empty());
                }
                Body::Control { response, error, opcode, sequence, status, association, count, data: _ } => {
                    m.flag("response", *response).flag("error", *error).text("operation", control(*opcode));
                    m.num("sequence", *sequence).num("status", *status).num("association", *association).num("count", *count);
                }
                Body::Private { response, sequence, implementation, request } => {
                    m.flag("response", *response).num("sequence", *sequence);
                    m.num("implementation", *implementation).num("request", *request).text("request_name", private(*request));
                }
            }
        }
        packet.tell(ctx, out);
        true
    }
}

impl Packet<'_> {
    fn tell(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let mut raise = |kind, detail: Cow<'_, str>| out.anomaly(ctx, NAME, Anomaly { kind, detail });
        match &self.body {
            Body::Time(time) if matches!(self.mode, SERVER | BROADCAST) => {
                // RFC 5905, 7.4: stratum 0 in an answer is a kiss code.
                if time.stratum == 0 && time.reference.iter().all(u8::is_ascii_uppercase) {
                    raise("ntp_refused", String::from_utf8_lossy(&time.reference));
                }
                time.evidence(ctx, out);
            }
            Body::Control { response, opcode, count, data, .. } => {
                if !response {
                    raise("ntp_control_query", control(*opcode).into());
                }
                if data.len() < usize::from(*count) {
                    raise("ntp_truncated", format!("{} of {count} bytes", data.len()).into());
                }
                if *response {
                    variables(ctx, data, out);
                }
            }
            Body::Private { response: false, request, .. } => {
                raise("ntp_private_query", format!("request {request} {}", private(*request)).trim_end().to_owned().into());
            }
            Body::Time(_) | Body::Private { .. } => {}
        }
    }
}

impl Time<'_> {
    /// RFC 5905, 7.3: a word at strata 0 and 1, else where the server has its time from (IPv4, or a hash of IPv6).
    fn reference(&self) -> Cow<'_, str> {
        if self.stratum > 1 {
            return Ipv4Addr::from(self.reference).to_string().into();
        }
        crate::hints::clean(&self.reference)
    }

    fn evidence(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        // A primary server says what its clock is.
        let clocks: &[&[u8]] = &[b"GPS", b"GNSS", b"PPS", b"DCFa", b"DCF", b"MSF", b"WWVB", b"IRIG", b"GAL", b"GOES", b"PTP"];
        let word = self.reference.split(|b| *b == 0).next().unwrap_or_default();
        if self.stratum == 1 && clocks.contains(&word) {
            let value = format!("time source: {}", String::from_utf8_lossy(word));
            let attribute = Attribute::Description;
            let about = About::Sender;
            out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source: "reference", confidence: 40 });
        }
    }
}

/// RFC 9327, 3: what a server answers to "read variables", `version="ntpd 4.2.6", system="Linux/3.2", …`.
fn variables(ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
    let text = String::from_utf8_lossy(data);
    let value = |name: &str| {
        let pattern = format!("{name}=\"");
        let (_, rest) = text.split_once(&pattern)?;
        rest.split('"').next().map(|value| crate::hints::clean(value.as_bytes()).into_owned()).filter(|value| !value.is_empty())
    };
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "variables", confidence });
    };
    if let Some(software) = value("version") {
        say(Attribute::Software, crate::hints::bounded(&software, 120), 80);
    }
    if let Some(system) = value("system") {
        say(Attribute::Os, &system.replace('/', " "), 80);
    }
}

/// Seconds since 1970; none for a time that is not set.
fn unix(time: u64) -> Option<i64> {
    let seconds = i64::try_from(time >> 32).unwrap_or_default();
    // RFC 4330, 3: seconds without the upper bit are those after 2036.
    let era = if seconds & 0x8000_0000 == 0 { 1 << 32 } else { 0 };
    (time != 0).then_some(seconds + era - EPOCH)
}

const fn mode(mode: u8) -> &'static str {
    match mode {
        1 => "symmetric_active",
        2 => "symmetric_passive",
        CLIENT => "client",
        SERVER => "server",
        BROADCAST => "broadcast",
        CONTROL => "control",
        PRIVATE => "private",
        _ => "reserved",
    }
}

/// RFC 9327, 2, table 1.
const fn control(opcode: u8) -> &'static str {
    match opcode {
        1 => "read_status",
        2 => "read_variables",
        3 => "write_variables",
        4 => "read_clock_variables",
        5 => "write_clock_variables",
        6 => "set_trap",
        7 => "asynchronous_message",
        8 => "configure",
        9 => "save_configuration",
        10 => "read_most_recently_used",
        11 => "read_ordered_list",
        12 => "request_nonce",
        31 => "unset_trap",
        _ => "unknown",
    }
}

/// Requests of ntpd's own protocol, those that matter.
const fn private(request: u8) -> &'static str {
    match request {
        0 => "peer_list",
        1 => "peer_list_summary",
        2 => "peer_information",
        4 => "system_information",
        20 | 42 => "monlist",
        _ => "",
    }
}
