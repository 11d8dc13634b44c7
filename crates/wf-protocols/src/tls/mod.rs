//! TLS (RFC 8446, RFC 5246) as far as it is readable: hellos, and certificates up to version 1.2.

mod fingerprint;
mod handshake;
mod hello;
pub(crate) mod x509;

#[cfg(test)]
mod tests;

use handshake::Side;
use wf_model::observation::Transport;
use wf_wire::Reader;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "tls",
    title: "TLS",
    standard: "RFC 8446, RFC 5246, RFC 6066, RFC 7301, RFC 5280",
    tcp: &[
        443, 465, 563, 636, 802, 853, 989, 990, 992, 993, 994, 995, 2221, 2376, 3269, 4843, 5061, 5223, 5671, 6443, 6514, 8443,
        8883, 9443, 10443, 19998,
    ],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: true,
    messages: &["tls_client_hello", "tls_server_hello", "tls_certificate", "tls_alert"],
    anomalies: &[
        AnomalyKind { name: "tls_bad_record", meaning: "What should be a record header is none." },
        AnomalyKind { name: "tls_bad_handshake", meaning: "A handshake message ends within a field." },
        AnomalyKind { name: "tls_handshake_too_long", meaning: "A handshake message is longer than is read." },
        AnomalyKind { name: "tls_bad_certificate", meaning: "A certificate's structure does not parse." },
        AnomalyKind { name: "tls_sslv2_hello", meaning: "The client greets in the form of SSL 2." },
    ],
    probe,
    new: || Box::new(Tls::default()),
};

/// Record content types (RFC 8446, 5.1; 24 is heartbeat, RFC 6520).
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION: u8 = 23;
/// Longest record: 2^14 bytes and what encryption may add (RFC 5246, 6.2.3).
const RECORD_MAX: usize = 16_384 + 2_048;
/// Length of a record header.
const HEADER: usize = 5;
/// Encrypted records of one side after which there is nothing more to wait for, whatever was missed.
const ENCRYPTED_ENOUGH: u8 = 4;

/// A record header: content type, version, length; `None` if it cannot be one.
fn header(bytes: &[u8]) -> Option<(u8, usize)> {
    let &[kind, major, minor, high, low] = bytes.first_chunk::<HEADER>()?;
    let len = usize::from(u16::from_be_bytes([high, low]));
    let sane = (CHANGE_CIPHER_SPEC..=24).contains(&kind) && major == 3 && minor <= 4 && len <= RECORD_MAX;
    let fits = match kind {
        CHANGE_CIPHER_SPEC => len == 1,
        ALERT => len >= 2,
        HANDSHAKE => len >= 1,
        _ => true,
    };
    (sane && fits).then_some((kind, len))
}

/// A handshake begins here: a hello in a record.
pub(crate) fn is_hello(bytes: &[u8]) -> bool {
    header(bytes).is_some_and(|(kind, len)| kind == HANDSHAKE && len >= 4) && matches!(bytes.get(HEADER), Some(1 | 2))
}

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let Some((kind, len)) = header(p.bytes) else {
        let begun = matches!(p.bytes, [HANDSHAKE] | [HANDSHAKE, 3] | [HANDSHAKE, 3, 0..=4, ..]) && p.bytes.len() < HEADER;
        let old = is_sslv2_hello(p.bytes) && INFO.tcp.contains(&p.dst_port);
        return if begun {
            Verdict::More
        } else if old {
            Verdict::SureClient
        } else {
            Verdict::No
        };
    };
    match (kind, p.bytes.get(HEADER)) {
        (HANDSHAKE, None) => return Verdict::More,
        (HANDSHAKE, Some(1)) if len >= 4 => return Verdict::SureClient,
        (HANDSHAKE, Some(2)) if len >= 4 => return Verdict::SureServer,
        _ => {}
    }
    // Picked up in the middle: a second header where the first record ends makes chance unlikely.
    match p.bytes.get(HEADER + len..).map(header) {
        Some(Some(_)) if len > 0 => Verdict::Sure,
        _ => Verdict::Likely,
    }
}

/// A client hello in SSL 2 form that offers SSL 3 or later (RFC 5246, E.2).
fn is_sslv2_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, 1, 3, 0..=3, ..] if high & 0x80 != 0 && (high & 0x7f != 0 || *low >= 9))
}

#[derive(Default)]
struct Tls {
    sides: [Side; 2],
    /// The server asked for a second client hello (RFC 8446, 4.1.4) that has not come.
    retry: bool,
    complained: bool,
}

impl Tls {
    fn side(&mut self, direction: Direction) -> &mut Side {
        let [client, server] = &mut self.sides;
        match direction {
            Direction::ToServer => client,
            Direction::ToClient => server,
        }
    }

    /// Whether all that was readable has been read.
    fn over(&self) -> bool {
        let [client, server] = &self.sides;
        let both = client.encrypted && server.encrypted && !self.retry;
        both || self.sides.iter().any(|s| s.encrypted_records >= ENCRYPTED_ENOUGH)
    }

    fn record(&mut self, ctx: &Context<'_>, kind: u8, body: &[u8], out: &mut dyn Sink) {
        let retry = self.retry;
        let side = self.side(ctx.direction);
        match kind {
            HANDSHAKE if !side.encrypted || (retry && body.first() == Some(&handshake::CLIENT_HELLO)) => {
                let heard = side.handshake(ctx, body, out);
                if heard.client_hello {
                    self.retry = false;
                }
                if heard.retry {
                    self.retry = true;
                } else if heard.version_13 {
                    // All after this server hello is encrypted, on both sides (RFC 8446, 2).
                    self.sides.iter_mut().for_each(|s| s.encrypted = true);
                }
            }
            CHANGE_CIPHER_SPEC => side.encrypted |= !retry,
            ALERT if !side.encrypted => alert(ctx, body, out),
            _ => {
                side.encrypted = true;
                side.encrypted_records = side.encrypted_records.saturating_add(1);
            }
        }
    }

    fn not_a_record(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let untouched = self.sides.iter().all(|s| !s.spoken);
        if untouched && is_sslv2_hello(bytes) {
            let mut r = Reader::new(bytes);
            let len = usize::from(r.u16().unwrap_or(0) & 0x7fff);
            self.side(ctx.direction).spoken = true;
            hello::sslv2(ctx, r.rest(), out);
            out.anomaly(ctx, "tls", Anomaly { kind: "tls_sslv2_hello", detail: format!("{len} bytes").into() });
            return Step::Consumed(2 + len);
        }
        if untouched {
            return Step::NotMine;
        }
        if !self.complained {
            self.complained = true;
            let detail = format!("{:02x?}", bytes.get(..HEADER).unwrap_or(bytes)).into();
            out.anomaly(ctx, "tls", Anomaly { kind: "tls_bad_record", detail });
        }
        Step::Resync
    }
}

/// A readable alert (RFC 8446, 6).
fn alert(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) {
    if let &[level @ (1 | 2), description] = body
        && let Some(mut m) = out.message(ctx, "tls_alert")
    {
        m.num("level", level).num("description", description);
    }
}

impl Decoder for Tls {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if bytes.len() < HEADER {
            return Step::Need(HEADER);
        }
        let Some((kind, len)) = header(bytes) else { return self.not_a_record(ctx, bytes, out) };
        let hidden = kind == APPLICATION || self.side(ctx.direction).encrypted && !self.retry;
        let body = bytes.get(HEADER..HEADER + len);
        if body.is_none() && !hidden {
            return Step::Need(HEADER + len);
        }
        self.side(ctx.direction).spoken = true;
        self.record(ctx, kind, body.unwrap_or_default(), out);
        if self.over() { Step::Done } else { Step::Consumed(HEADER + len) }
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let (kind, len) = header(bytes)?;
        let side = self.side(ctx.direction);
        side.spoken = true;
        if let (HANDSHAKE, false, Some(&[handshake::CLIENT_HELLO, _, _, _, ref hello @ ..])) =
            (kind, side.encrypted, bytes.get(HEADER..))
        {
            hello::client_in_part(ctx, hello, out);
        }
        Some(HEADER + len)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.side(direction).forget();
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or_default();
            header(rest).is_some_and(|(_, len)| {
                len > 0 && rest.get(HEADER + len..).is_none_or(|next| next.len() < HEADER || header(next).is_some())
            })
        })
    }

    fn weight(&self) -> usize {
        heavy(self.sides.iter().map(Side::weight).sum())
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        let retry = self.retry;
        let sides = std::mem::take(&mut self.sides).map(|mut side| {
            side.forget();
            side
        });
        Some(Box::new(Self { sides, retry, complained: self.complained }))
    }
}
