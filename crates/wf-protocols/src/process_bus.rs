//! What GOOSE and sampled values share: the header behind their EtherTypes (IEC 61850-8-1, annex C; IEC 61850-9-2, annex C),
//! and the session that carries both over UDP port 102 (IEC TR 61850-90-5, clause 8).

use std::borrow::Cow;
use std::fmt::Write;
use wf_model::observation::Transport;
use wf_wire::decode::{Probe, Verdict};
use wf_wire::{Reader, Short};

/// GOOSE in a session's payload (IEC TR 61850-90-5, 8.3).
pub const PAYLOAD_GOOSE: u8 = 0x81;
/// Sampled values in a session's payload.
pub const PAYLOAD_SAMPLES: u8 = 0x82;
/// Payloads of one session packet that are read.
const PAYLOADS_MAX: usize = 16;
/// Bytes from the identifier of the application to the end of the reserved fields: counted in the header's length.
const HEADER: usize = 8;

/// One application protocol data unit with what its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Identifier of the application.
    pub appid: u16,
    /// Sent by a test set (the S bit of "reserved 1", or the session's simulation flag).
    pub simulated: bool,
    /// The unit, and whatever follows it.
    pub bytes: &'a [u8],
    /// Bytes of it as the header says.
    pub said: usize,
    /// The header's length as it stands there.
    pub length: usize,
}

impl Unit<'_> {
    /// The header's length is too small for a unit of that many bytes, or larger than what is there.
    #[must_use]
    pub const fn is_length_wrong(&self, used: usize) -> bool {
        self.said < used || self.said > self.bytes.len()
    }
}

/// Reads a frame's payload behind its EtherType.
///
/// # Errors
/// The frame ends within the header.
pub fn frame(bytes: &[u8]) -> Result<Unit<'_>, Short> {
    let mut r = Reader::new(bytes);
    let (appid, length, reserved) = (r.u16()?, usize::from(r.u16()?), r.u16()?);
    r.skip(2)?;
    // The unit has a length of its own, which is the one that counts.
    Ok(Unit { appid, simulated: reserved & 0x8000 != 0, bytes: r.rest(), said: length.saturating_sub(HEADER), length })
}

/// A session packet.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// Kind: 0xa0 tunnelled, 0xa1 GOOSE, 0xa2 sampled values, 0xa3 management.
    pub kind: u8,
    payload: Reader<'a>,
}

impl<'a> Session<'a> {
    /// Reads the headers; `None`: no session packet.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        // Connectionless transport (ISO/IEC 8602): length 1, unit data.
        let ([1, 0x40], kind @ 0xa0..=0xa3) = (r.array().ok()?, r.u8().ok()?) else { return None };
        let length = usize::from(r.u8().ok()?);
        let mut header = r.sub(length).ok()?;
        let [0x80, _common] = header.array().ok()? else { return None };
        header.skip(8).ok()?; // length and number
        let version = header.u16().ok()?;
        let there = usize::try_from(r.u32().ok()?).ok()?.min(r.left());
        let payload = r.sub(there).ok()?;
        (version <= 2).then_some(Self { kind, payload })
    }

    /// The units of one kind in it.
    pub fn units(&self, wanted: u8) -> impl Iterator<Item = Unit<'a>> + use<'a> {
        let mut r = self.payload;
        let every = std::iter::from_fn(move || {
            let tag = r.u8().ok()?;
            let simulated = r.u8().ok()? != 0;
            let (appid, length) = (r.u16().ok()?, usize::from(r.u16().ok()?));
            let bytes = r.take(length.min(r.left())).ok()?;
            Some((tag, Unit { appid, simulated, bytes, said: length, length }))
        });
        every.take(PAYLOADS_MAX).filter(move |(tag, _)| *tag == wanted).map(|(_, unit)| unit)
    }
}

/// Whether a datagram is a session packet of that kind. What lies straight on the link is known by its EtherType.
#[must_use]
pub fn probe(p: &Probe<'_>, kind: u8) -> Verdict {
    let found = p.transport == Transport::Udp && Session::read(p.bytes).is_some_and(|session| session.kind == kind);
    if found { Verdict::Sure } else { Verdict::No }
}

/// VisibleString up to its first NUL. What is not ASCII is replaced byte by byte; control characters, which it must not
/// have, are written out, blanks among them as a blank.
#[must_use]
pub fn visible(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let bytes = bytes.get(..end).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|b| matches!(b, b' '..=b'~')) => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().fold(String::new(), |mut text, byte| {
            match byte {
                b' '..=b'~' => text.push(char::from(*byte)),
                b'\t' | b'\n' | b'\r' => text.push(' '),
                0x80.. => text.push('\u{fffd}'),
                _ => {
                    let _ = write!(text, "\\x{byte:x}");
                }
            }
            text
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn frames() {
        let bytes = hex("0001 000a 8000 0000 6100 ffff");
        let unit = Unit { appid: 1, simulated: true, bytes: &[0x61, 0, 0xff, 0xff], said: 2, length: 10 };
        assert_eq!(frame(&bytes), Ok(unit));
        assert!(!unit.is_length_wrong(2) && unit.is_length_wrong(3));
        let long = hex("0001 0010 0000 0000 6100");
        assert_eq!(frame(&long).map(|u| u.is_length_wrong(2)), Ok(true));
        assert!(frame(&long[..7]).is_err());
    }

    #[test]
    fn sessions() {
        let bytes = hex("0140 a117 8015 0000001c 00000007 0002 00000000 0000 00000000 00 00000008 81 01 0003 0002 6100 8500");
        let session = Session::read(&bytes).unwrap();
        assert_eq!(session.kind, 0xa1);
        let units: Vec<Unit<'_>> = session.units(PAYLOAD_GOOSE).collect();
        assert_eq!(units, [Unit { appid: 3, simulated: true, bytes: &[0x61, 0], said: 2, length: 2 }]);
        assert_eq!(session.units(PAYLOAD_SAMPLES).count(), 0);
        assert!(Session::read(&hex("0340 a117 8015")).is_none());
    }
}
