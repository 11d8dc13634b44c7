//! X.224 units, and what RDP puts behind those that set up a connection (MS-RDPBCGR 2.2.1.1 and 2.2.1.2).

use crate::hints;
use std::borrow::Cow;
use wf_wire::{Reader, Short};

const USER: &[u8] = b"Cookie: mstshash=";
const ROUTE: &[u8] = b"Cookie: msts=";
/// Kinds of what is negotiated.
const REQUEST: u8 = 1;
const CHOICE: u8 = 2;
const REFUSAL: u8 = 3;

/// A unit.
pub enum Unit<'a> {
    Request(Request<'a>),
    Answer(Answer),
    Data(&'a [u8]),
    /// Another kind: an end, an error.
    Other,
}

/// A connection is asked for.
pub struct Request<'a> {
    /// A line that names the user, or where a balancer is to send the connection.
    pub cookie: Option<&'a [u8]>,
    pub flags: Option<u8>,
    pub protocols: Option<u32>,
}

/// What becomes of it.
pub enum Answer {
    Chosen { flags: u8, protocol: u32 },
    Refused(u32),
}

impl<'a> Request<'a> {
    fn read(mut r: Reader<'a>) -> Self {
        let rest = r.rest();
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let cookie = end.filter(|_| rest.first().is_some_and(u8::is_ascii_alphabetic)).and_then(|end| rest.get(..end));
        if let Some(cookie) = cookie {
            let _ = r.skip(cookie.len() + 2);
        }
        let (flags, protocols) = match negotiated(&mut r) {
            Ok((REQUEST, flags, protocols)) => (Some(flags), Some(protocols)),
            _ => (None, None),
        };
        Self { cookie, flags, protocols }
    }

    /// Nothing else than RDP looks like this.
    pub fn is_certain(&self) -> bool {
        self.cookie.is_some_and(|cookie| cookie.starts_with(USER) || cookie.starts_with(ROUTE))
            || self.protocols.is_some_and(|protocols| protocols < 0x20) && self.flags.is_some_and(|flags| flags & !0x0b == 0)
    }

    /// Who is about to log on; Windows cuts the name at nine characters.
    pub fn user(&self) -> Option<Cow<'a, str>> {
        self.cookie?.strip_prefix(USER).map(hints::clean).filter(|user| !user.is_empty())
    }

    pub fn routing(&self) -> Option<Cow<'a, str>> {
        self.cookie.filter(|cookie| !cookie.starts_with(USER)).map(hints::clean)
    }
}

/// Kind, flags and value: eight bytes, little-endian.
fn negotiated(r: &mut Reader<'_>) -> Result<(u8, u8, u32), Short> {
    let (kind, flags, len, value) = (r.u8()?, r.u8()?, r.u16_le()?, r.u32_le()?);
    if len == 8 { Ok((kind, flags, value)) } else { Err(Short { needed: 8, left: usize::from(len) }) }
}

/// Reads a unit (X.224, 13); `None` if it is none of RDP's.
pub fn unit(tpdu: &[u8]) -> Option<Unit<'_>> {
    let mut r = Reader::new(tpdu);
    let indicator = usize::from(r.u8().ok()?);
    let mut header = r.sub(indicator).ok()?;
    match header.u8().ok()? {
        0xe0 | 0xd0 if !r.is_empty() => None,
        code @ (0xe0 | 0xd0) => {
            // References and class 0.
            let (_, _, class) = (header.u16().ok()?, header.u16().ok()?, header.u8().ok()?);
            if class & 0xf0 != 0 {
                return None;
            }
            if code == 0xe0 {
                return Some(Unit::Request(Request::read(header)));
            }
            Some(Unit::Answer(match negotiated(&mut header) {
                Ok((CHOICE, flags, protocol)) => Answer::Chosen { flags, protocol },
                Ok((REFUSAL, _, code)) => Answer::Refused(code),
                // An old server does not negotiate.
                _ => Answer::Chosen { flags: 0, protocol: 0 },
            }))
        }
        0xf0 => Some(Unit::Data(r.rest())),
        0x80 | 0x70 => Some(Unit::Other),
        _ => None,
    }
}
