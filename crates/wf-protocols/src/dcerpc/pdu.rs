//! Connection-oriented PDUs (C706 chapter 12, MS-RPCE 2.2.2): header, bodies, the authentication that trails them.

use crate::windows::Guid;
use wf_wire::Reader;

/// Bytes of the common header.
pub const HEADER: usize = 16;
/// NDR, the transfer syntax that everybody speaks.
pub const NDR: Guid = Guid([0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60]);
/// Proposals and results of one bind.
const CONTEXTS_MAX: usize = 32;

pub const REQUEST: u8 = 0;
pub const RESPONSE: u8 = 2;
pub const FAULT: u8 = 3;
pub const BIND: u8 = 11;
pub const BIND_ACK: u8 = 12;
pub const BIND_NAK: u8 = 13;
pub const ALTER_CONTEXT: u8 = 14;
pub const ALTER_CONTEXT_RESPONSE: u8 = 15;
pub const AUTH3: u8 = 16;

/// Flags.
pub const FIRST: u8 = 0x01;
pub const LAST: u8 = 0x02;
const OBJECT: u8 = 0x80;

/// The stub is encrypted (MS-RPCE 2.2.1.1.8).
const PRIVACY: u8 = 6;

/// The common header (C706 12.6.3.1).
#[derive(Clone, Copy)]
pub struct Head {
    pub kind: u8,
    pub flags: u8,
    /// Numbers are big-endian.
    pub big: bool,
    /// Bytes of the whole PDU.
    pub len: u16,
    pub auth_len: u16,
    pub call: u32,
}

impl Head {
    /// Reads it, if it is one: version, kind, data representation and lengths are as they must be.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let [version, minor, kind, flags, representation, float, reserved_a, reserved_b] = r.array().ok()?;
        let sound = version == 5
            && minor <= 1
            && matches!(kind, REQUEST | RESPONSE | FAULT | BIND..=19)
            && matches!(representation, 0x00 | 0x10)
            && float <= 3
            && reserved_a == 0
            && reserved_b == 0;
        if !sound {
            return None;
        }
        let big = representation == 0;
        let head = Self {
            kind,
            flags,
            big,
            len: number16(&mut r, big)?,
            auth_len: number16(&mut r, big)?,
            call: number32(&mut r, big)?,
        };
        let trailer = if head.auth_len > 0 { usize::from(head.auth_len) + 8 } else { 0 };
        (usize::from(head.len) >= HEADER + trailer).then_some(head)
    }

    /// Sent by the client.
    pub const fn is_from_client(&self) -> bool {
        matches!(self.kind, REQUEST | BIND | ALTER_CONTEXT | AUTH3 | 18 | 19)
    }
}

pub fn number16(r: &mut Reader<'_>, big: bool) -> Option<u16> {
    if big { r.u16() } else { r.u16_le() }.ok()
}

pub fn number32(r: &mut Reader<'_>, big: bool) -> Option<u32> {
    if big { r.u32() } else { r.u32_le() }.ok()
}

fn guid(r: &mut Reader<'_>, big: bool) -> Option<Guid> {
    let bytes = r.array().ok()?;
    Some(if big { Guid::from_be(bytes) } else { Guid(bytes) })
}

/// The authentication at a PDU's end.
#[derive(Clone, Copy)]
pub struct Auth<'a> {
    /// 9 negotiation, 10 NTLM, 16 Kerberos, 68 netlogon.
    pub kind: u8,
    /// 1 none, 2 connect, 4 packet, 5 integrity, 6 privacy.
    pub level: u8,
    pub token: &'a [u8],
}

/// A context that a bind proposes.
#[derive(Clone, Copy)]
pub struct Proposal {
    pub id: u16,
    pub interface: Guid,
    pub version: u16,
    pub transfer: Guid,
}

/// One PDU; its bytes may be cut behind what is kept.
#[derive(Clone, Copy)]
pub struct Pdu<'a> {
    pub head: Head,
    /// What follows the common header, without authentication.
    body: &'a [u8],
    pub auth: Option<Auth<'a>>,
    /// Bytes are missing at the end.
    pub cut: bool,
}

/// A call or what came back, without its header.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub context: u16,
    /// The operation's number; of a fault, nothing.
    pub number: u16,
    pub object: Option<Guid>,
    pub stub: &'a [u8],
}

impl<'a> Pdu<'a> {
    /// A PDU of which at least the common header is there.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let head = Head::read(bytes)?;
        let whole = usize::from(head.len);
        let cut = bytes.len() < whole;
        let bytes = bytes.get(..whole).unwrap_or(bytes);
        let mut end = bytes.len();
        let mut auth = None;
        if head.auth_len > 0 {
            let at = whole - usize::from(head.auth_len) - 8;
            end = end.min(at);
            let mut r = Reader::new(bytes.get(at..).unwrap_or_default());
            if let Ok([kind, level, pad, _]) = r.array() {
                end = end.saturating_sub(usize::from(pad));
                auth = r.skip(4).ok().map(|()| Auth { kind, level, token: r.take_rest() });
            }
        }
        Some(Self { head, body: bytes.get(HEADER..end).unwrap_or_default(), auth, cut })
    }

    /// The stub cannot be read.
    pub fn is_encrypted(&self) -> bool {
        self.auth.is_some_and(|auth| auth.level == PRIVACY)
    }

    /// A request.
    pub fn request(&self) -> Option<Call<'a>> {
        let mut r = Reader::new(self.body);
        r.skip(4).ok()?;
        let (context, number) = (number16(&mut r, self.head.big)?, number16(&mut r, self.head.big)?);
        let object = if self.head.flags & OBJECT == 0 { None } else { Some(guid(&mut r, self.head.big)?) };
        Some(Call { context, number, object, stub: r.take_rest() })
    }

    /// A response.
    pub fn response(&self) -> Option<Call<'a>> {
        let mut r = Reader::new(self.body);
        r.skip(4).ok()?;
        let context = number16(&mut r, self.head.big)?;
        r.skip(2).ok()?;
        Some(Call { context, number: 0, object: None, stub: r.take_rest() })
    }

    /// A fault's status.
    pub fn fault(&self) -> Option<u32> {
        let mut r = Reader::new(self.body);
        r.skip(8).ok()?;
        number32(&mut r, self.head.big)
    }

    /// Why a bind was refused as a whole.
    pub fn refusal(&self) -> Option<u16> {
        number16(&mut Reader::new(self.body), self.head.big)
    }

    /// What a bind or an alter context proposes.
    pub fn proposals(&self) -> impl Iterator<Item = Proposal> + 'a {
        let big = self.head.big;
        let mut r = Reader::new(self.body);
        let count = r.skip(8).and_then(|()| r.u8()).and_then(|count| r.skip(3).map(|()| count)).unwrap_or(0);
        let one = move || {
            let id = number16(&mut r, big)?;
            let syntaxes = r.u8().ok()?;
            r.skip(1).ok()?;
            let (interface, version) = (guid(&mut r, big)?, number32(&mut r, big)?);
            let mut transfer = None;
            for _ in 0..syntaxes {
                let syntax = guid(&mut r, big)?;
                number32(&mut r, big)?;
                transfer = transfer.or(Some(syntax));
            }
            Some(Proposal { id, interface, version: (version & 0xffff) as u16, transfer: transfer.unwrap_or(Guid([0; 16])) })
        };
        std::iter::from_fn(one).take(usize::from(count).min(CONTEXTS_MAX))
    }

    /// What the server says to each proposal: 0 accepted, 2 refused, 3 features agreed on; and why.
    pub fn results(&self) -> impl Iterator<Item = (u16, u16)> + 'a {
        let big = self.head.big;
        let mut r = Reader::new(self.body);
        let count = (|| {
            r.skip(8).ok()?;
            let address = number16(&mut r, big)?;
            r.skip(usize::from(address)).ok()?;
            r.skip((4 - r.position() % 4) % 4).ok()?;
            let count = r.u8().ok()?;
            r.skip(3).ok()?;
            Some(count)
        })();
        let one = move || {
            let result = (number16(&mut r, big)?, number16(&mut r, big)?);
            r.skip(20).ok()?;
            Some(result)
        };
        std::iter::from_fn(one).take(usize::from(count.unwrap_or(0)).min(CONTEXTS_MAX))
    }
}
