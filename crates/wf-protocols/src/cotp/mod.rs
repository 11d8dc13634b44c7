//! TPKT (RFC 1006, section 6) and COTP class 0 (ITU-T X.224 / ISO 8073), the carrier of S7comm and of MMS on TCP 102.

mod assembly;

pub use assembly::{Assembly, Push};

use crate::hints::clean;
use std::borrow::Cow;
use wf_wire::decode::{Context, Sink};
use wf_wire::{MessageWriter, Reader, Short};

/// First four bits of a unit with data.
const DATA: u8 = 0xf;
/// Message name of what opens and ends a transport connection.
pub const NAME: &str = "cotp";

/// Bytes of a TPKT header.
pub const TPKT_HEADER: usize = 4;

/// What the front of a stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tpkt<'a> {
    /// One whole packet of `len` bytes, its header included, around `tpdu`.
    Whole {
        /// Length with header.
        len: usize,
        /// What it carries.
        tpdu: &'a [u8],
    },
    /// That many bytes must be there.
    Need(usize),
    /// Not a TPKT header: version is not 3, or the length cannot hold a TPDU.
    Bad,
}

/// Reads the TPKT at the front of `bytes`.
#[must_use]
pub fn tpkt(bytes: &[u8]) -> Tpkt<'_> {
    let mut r = Reader::new(bytes);
    let Ok([version, _reserved, high, low]) = r.array::<4>() else {
        return if bytes.first().is_some_and(|v| *v != 3) { Tpkt::Bad } else { Tpkt::Need(TPKT_HEADER) };
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if version != 3 || len < TPKT_HEADER + 3 {
        return Tpkt::Bad;
    }
    match r.take(len.saturating_sub(TPKT_HEADER)) {
        Ok(tpdu) => Tpkt::Whole { len, tpdu },
        Err(_) => Tpkt::Need(len),
    }
}

/// Offset of the next place in `bytes` that looks like a TPKT around a TPDU that belongs on an open connection.
#[must_use]
pub fn next_tpkt(bytes: &[u8]) -> Option<usize> {
    bytes.windows(6).position(|window| match window {
        [3, 0, high, low, 2, 0xf0] => u16::from_be_bytes([*high, *low]) >= 7,
        [3, 0, high, low, li, 0xe0 | 0xd0 | 0x80] => {
            let len = u16::from_be_bytes([*high, *low]);
            *li >= 6 && u16::from(*li).saturating_add(5) <= len
        }
        _ => false,
    })
}

/// A connect request or confirm (X.224, 13.3 and 13.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Destination reference.
    pub destination: u16,
    /// Source reference.
    pub source: u16,
    /// Class and options.
    pub class: u8,
    /// TSAP of the caller.
    pub calling: &'a [u8],
    /// TSAP of the called side.
    pub called: &'a [u8],
    /// Size of a TPDU as a power of two, where said.
    pub tpdu_size: Option<u8>,
}

/// A transport protocol data unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tpdu<'a> {
    /// CR.
    ConnectRequest(Connect<'a>),
    /// CC.
    ConnectConfirm(Connect<'a>),
    /// DT: a part of a message; `last` with the end mark.
    Data {
        /// End of the message.
        last: bool,
        /// The part.
        payload: &'a [u8],
    },
    /// DR or DC.
    Disconnect,
    /// Another kind, by its code.
    Other(u8),
}

/// Reads the TPDU that a TPKT carries.
///
/// # Errors
/// The header does not fit into the bytes that there are, or is too short for its kind.
pub fn tpdu(bytes: &[u8]) -> Result<Tpdu<'_>, Short> {
    let mut r = Reader::new(bytes);
    let indicator = usize::from(r.u8()?);
    let mut header = r.sub(indicator)?;
    let payload = r.rest();
    let code = header.u8()?;
    Ok(match code & 0xf0 {
        0xe0 => Tpdu::ConnectRequest(connect(header)?),
        0xd0 => Tpdu::ConnectConfirm(connect(header)?),
        0xf0 => {
            if indicator > 2 {
                header.skip(2)?; // classes 2 to 4 carry the destination reference first
            }
            Tpdu::Data { last: header.u8()? & 0x80 != 0, payload }
        }
        0x80 | 0xc0 => Tpdu::Disconnect,
        _ => Tpdu::Other(code),
    })
}

fn connect(mut header: Reader<'_>) -> Result<Connect<'_>, Short> {
    let mut found = Connect { destination: header.u16()?, source: header.u16()?, class: header.u8()?, ..Connect::default() };
    while let (Ok(code), Ok(len)) = (header.u8(), header.u8()) {
        let value = header.take(usize::from(len))?;
        match (code, value) {
            (0xc0, [size, ..]) => found.tpdu_size = Some(*size),
            (0xc1, _) => found.calling = value,
            (0xc2, _) => found.called = value,
            _ => {}
        }
    }
    Ok(found)
}

/// Tells the units that carry no data: connects, disconnects, rejects, errors. Those with data are what they carry.
pub fn tell(ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
    let code = bytes.get(1).map_or(DATA, |code| code >> 4);
    if code == DATA {
        return;
    }
    let Ok(unit) = tpdu(bytes) else { return };
    if let Some(mut m) = out.message(ctx, NAME) {
        m.num("pdu_code", code).text("pdu_name", name(code));
        match unit {
            Tpdu::ConnectRequest(said) | Tpdu::ConnectConfirm(said) => write_connect(&mut m, &said),
            // The reason of a disconnect, the cause of an error (X.224, 13.5 and 13.12).
            _ if matches!(code, 7 | 8) => {
                m.opt("reason", bytes.get(if code == 8 { 6 } else { 4 }).copied());
            }
            _ => {}
        }
    }
}

fn write_connect(m: &mut MessageWriter<'_>, said: &Connect<'_>) {
    m.num("destination_reference", said.destination).num("source_reference", said.source).num("class", said.class >> 4);
    m.hex("calling_tsap", said.calling).text("calling", &clean(said.calling));
    m.hex("called_tsap", said.called).text("called", &clean(said.called));
    m.opt("tpdu_size", said.tpdu_size.filter(|power| *power < 16).map(|power| 1u32 << power));
}

/// Names of units by the first four bits of their code (X.224, table 8).
const fn name(code: u8) -> &'static str {
    match code {
        0x1 => "expedited_data",
        0x2 => "expedited_data_acknowledge",
        0x5 => "reject",
        0x6 => "data_acknowledge",
        0x7 => "error",
        0x8 => "disconnect_request",
        0xc => "disconnect_confirm",
        0xd => "connect_confirm",
        0xe => "connect_request",
        DATA => "data",
        _ => "unknown",
    }
}

/// What is there of the first message at the front of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Front<'a> {
    /// Its bytes so far: of one DT, or of several put together.
    pub payload: Cow<'a, [u8]>,
    /// More of it may come.
    pub open: bool,
}

/// Bytes of a message that are enough to tell whose it is.
const TELLING: usize = 12;

impl Front<'_> {
    /// Too little of it is there yet to say more than that it begins right.
    #[must_use]
    pub fn is_scant(&self) -> bool {
        self.open && self.payload.len() < TELLING
    }
}

/// The first message in the DTs at the front of a stream, as far as it is there; `None` if it has not begun yet. For probes: it
/// holds no more than the bytes that it is shown.
#[must_use]
pub fn front(mut bytes: &[u8]) -> Option<Result<Front<'_>, ()>> {
    let mut payload = Cow::Borrowed(&[][..]);
    loop {
        let (rest, body) = match tpkt(bytes) {
            Tpkt::Whole { len, tpdu } => (bytes.get(len..).unwrap_or(&[]), tpdu),
            Tpkt::Need(_) => match partial_payload(bytes) {
                Some(Ok(part)) => return Some(Ok(Front { payload: joined(payload, part), open: true })),
                None if !payload.is_empty() => return Some(Ok(Front { payload, open: true })),
                other => return other.map(|_| Err(())),
            },
            Tpkt::Bad => return Some(Err(())),
        };
        match tpdu(body) {
            Ok(Tpdu::Data { payload: part, last }) => {
                payload = joined(payload, part);
                // The end mark closes the message (X.224, 13.7.3); one without a byte says nothing.
                if last && !payload.is_empty() {
                    return Some(Ok(Front { payload, open: false }));
                }
            }
            Ok(Tpdu::Other(_)) | Err(_) => return Some(Err(())),
            // The connection is over, or another one begins: no more of that message will come.
            Ok(_) if !payload.is_empty() => return Some(Ok(Front { payload, open: false })),
            Ok(_) => {}
        }
        bytes = rest;
    }
}

fn joined<'a>(mut before: Cow<'a, [u8]>, part: &'a [u8]) -> Cow<'a, [u8]> {
    if before.is_empty() {
        return Cow::Borrowed(part);
    }
    if !part.is_empty() {
        before.to_mut().extend_from_slice(part);
    }
    before
}

/// The start of a DT that is not all there yet: long enough to be told apart.
fn partial_payload(bytes: &[u8]) -> Option<Result<&[u8], ()>> {
    match bytes {
        [3, 0, _, _, 2, 0xf0, _, payload @ ..] if payload.len() >= TELLING => Some(Ok(payload)),
        [3, _, _, _, li, code, ..] if *code < 0x10 || *li < 2 => Some(Err(())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let check = |bytes: &[u8], want: Tpkt<'_>| assert_eq!(tpkt(bytes), want, "{bytes:02x?}");
        check(&[], Tpkt::Need(4));
        check(&[3, 0, 0], Tpkt::Need(4));
        check(&[2], Tpkt::Bad);
        check(&[3, 0, 0, 6, 2, 0xf0], Tpkt::Bad);
        check(&[3, 0, 0, 8, 2, 0xf0, 0x80], Tpkt::Need(8));
        check(&[3, 0, 0, 8, 2, 0xf0, 0x80, 9, 7], Tpkt::Whole { len: 8, tpdu: &[2, 0xf0, 0x80, 9] });
    }

    #[test]
    fn units() {
        let cr = [0x11, 0xe0, 0, 0, 0, 5, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2];
        let want = Connect { destination: 0, source: 5, class: 0, calling: &[1, 0], called: &[1, 2], tpdu_size: Some(10) };
        assert_eq!(tpdu(&cr), Ok(Tpdu::ConnectRequest(want)));
        assert_eq!(tpdu(&[2, 0xf0, 0x80, 0x32]), Ok(Tpdu::Data { last: true, payload: &[0x32] }));
        assert_eq!(tpdu(&[4, 0xf0, 0, 1, 0, 0x32]), Ok(Tpdu::Data { last: false, payload: &[0x32] }));
        assert!(tpdu(&[9, 0xf0, 0x80]).is_err());
        assert_eq!(next_tpkt(&[0, 3, 3, 0, 0, 9, 2, 0xf0, 0x80]), Some(2));
    }

    #[test]
    fn messages_at_the_front() {
        let stream = [3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0, 3, 0, 0, 9, 2, 0xf0, 0x80, 0x32, 1];
        let part = |payload: &[u8], end| [&[3, 0, 0, 7 + payload.len() as u8, 2, 0xf0, end], payload].concat();
        let connect = stream.get(..11).unwrap_or_default();
        let check = |bytes: &[u8], payload: &[u8], open| {
            assert_eq!(front(bytes), Some(Ok(Front { payload: payload.into(), open })), "{bytes:02x?}");
        };
        check(&stream, &[0x32, 1], false);
        assert_eq!(front(connect), None);
        assert_eq!(front(b"GET / HTTP/1.1\r\n"), Some(Err(())));
        // X.224, 13.7.3: a TSDU ends with the DT that has the end mark.
        check(&[connect, &part(&[0x32], 0)].concat(), &[0x32], true);
        check(&[part(&[0x32], 0), part(&[1, 0], 0x80), part(&[9], 0x80)].concat(), &[0x32, 1, 0], false);
        check(&[&part(&[13], 0)[..], &[3, 0, 0, 11, 2, 0xf0]].concat(), &[13], true);
        check(&[&part(&[13], 0)[..], connect].concat(), &[13], false);
        check(&[part(&[], 0), part(&[5], 0x80)].concat(), &[5], false);
        assert_eq!(front(&[&part(&[13], 0)[..], b"GET / "].concat()), Some(Err(())));
    }
}
