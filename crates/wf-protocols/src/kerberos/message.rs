//! One message (RFC 4120, 5.4 to 5.9), as far as it is not encrypted. Nothing is copied.

use crate::ber::{self, Bits, Element, Elements, Tag};
use crate::hints;
use std::fmt;
use wf_wire::Reader;

pub const AS_REQUEST: u8 = 10;
pub const AS_REPLY: u8 = 11;
pub const TGS_REQUEST: u8 = 12;
pub const TGS_REPLY: u8 = 13;
pub const AP_REQUEST: u8 = 14;
pub const AP_REPLY: u8 = 15;
pub const PRIVATE: u8 = 21;
pub const ERROR: u8 = 30;
const TICKET: Tag = Tag::application(1);
/// Items of one list that are read.
const LIST_MAX: usize = 32;
/// Parts of a name.
const PARTS_MAX: usize = 8;

/// Message types (RFC 4120, 7.5.7).
pub const fn is_known(kind: u8) -> bool {
    matches!(kind, AS_REQUEST..=AP_REPLY | 20..=22 | ERROR)
}

/// The type of a message that begins as the standard says, with version 5 and its own type; `None` where that is not certain.
pub fn sure_kind(bytes: &[u8]) -> Option<u8> {
    let mut r = Reader::new(bytes);
    let outer = ber::head(&mut r).ok()?;
    ber::head(&mut r).ok()?;
    let [first, 3, 2, 1, 5, second, 3, 2, 1, kind] = r.array::<10>().ok()? else { return None };
    // A request to the centre counts its members from 1.
    let numbered = second == first + 1 && matches!(first, 0xa0 | 0xa1);
    (numbered && u32::from(kind) == outer.tag.number).then_some(kind)
}

/// A message; what it lacks is empty.
#[derive(Debug, Default)]
pub struct Message<'a> {
    pub kind: u8,
    /// A part does not parse or lacks what belongs there.
    pub broken: bool,
    pub preauthentication: List<'a>,
    pub options: Option<u32>,
    pub client: Option<Name<'a>>,
    pub client_realm: Option<&'a [u8]>,
    pub realm: Option<&'a [u8]>,
    pub service: Option<Name<'a>>,
    pub from: Option<&'a [u8]>,
    pub till: Option<&'a [u8]>,
    pub renew_till: Option<&'a [u8]>,
    pub nonce: Option<i64>,
    pub encryptions: List<'a>,
    pub addresses: List<'a>,
    pub ticket: Option<Ticket<'a>>,
    /// Of the part of a reply that the client reads, or of an authenticator.
    pub encryption: Option<i64>,
    pub error: Option<i64>,
    pub error_text: Option<&'a [u8]>,
    pub error_data: Option<&'a [u8]>,
    pub server_time: Option<&'a [u8]>,
}

/// The elements of a list, read where they are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct List<'a>(&'a [u8]);

impl<'a> List<'a> {
    /// The elements in `bytes`.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn each(&self) -> impl Iterator<Item = Element<'a>> + Clone + use<'a> {
        Elements::new(self.0).take(LIST_MAX)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn numbers(&self) -> impl Iterator<Item = i64> + Clone + use<'a> {
        self.each().filter_map(|e| ber::integer(e.bytes))
    }
}

/// A principal's name (RFC 4120, 5.2.2): its parts with `/` between them.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    parts: &'a [u8],
}

impl<'a> Name<'a> {
    fn read(element: &Element<'a>) -> Option<Self> {
        let sequence = element.elements().next().filter(|e| e.tag == ber::SEQUENCE)?;
        Some(Self { parts: inner(&sequence, 1)?.bytes })
    }

    pub fn parts(&self) -> impl Iterator<Item = std::borrow::Cow<'a, str>> + use<'a> {
        Elements::new(self.parts).take(PARTS_MAX).map(|part| hints::clean(part.bytes))
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts().enumerate() {
            write!(f, "{}{part}", if at > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}

/// A ticket (RFC 4120, 5.3).
#[derive(Clone, Copy, Debug)]
pub struct Ticket<'a> {
    pub realm: &'a [u8],
    pub service: Name<'a>,
    pub encryption: i64,
    pub key_version: Option<i64>,
}

impl<'a> Ticket<'a> {
    /// Reads the element that holds a ticket.
    pub fn read(holder: &Element<'a>) -> Option<Self> {
        let ticket = holder.elements().next().filter(|e| e.tag == TICKET)?.elements().next()?;
        let (encryption, key_version) = encrypted(&member(&ticket, 3)?)?;
        Some(Self { realm: inner(&ticket, 1)?.bytes, service: Name::read(&member(&ticket, 2)?)?, encryption, key_version })
    }
}

/// A member by its number.
pub fn member<'a>(sequence: &Element<'a>, number: u32) -> Option<Element<'a>> {
    sequence.elements().find(|e| e.context() == Some(number))
}

/// The value of a member by its number.
pub fn inner<'a>(sequence: &Element<'a>, number: u32) -> Option<Element<'a>> {
    member(sequence, number)?.elements().next()
}

/// RFC 4120, 5.2.9: encryption type and key version.
fn encrypted(holder: &Element<'_>) -> Option<(i64, Option<i64>)> {
    let data = holder.elements().next()?;
    Some((ber::integer(inner(&data, 0)?.bytes)?, inner(&data, 1).and_then(|e| ber::integer(e.bytes))))
}

impl<'a> Message<'a> {
    /// Reads a message; `None` if it is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut all = Elements::new(bytes);
        let outer = all.next().filter(|e| e.tag.class == ber::APPLICATION)?;
        let kind = u8::try_from(outer.tag.number).ok().filter(|kind| is_known(*kind))?;
        let body = outer.elements().next().filter(|e| e.tag == ber::SEQUENCE)?;
        let mut message = Self { kind, broken: outer.cut || body.cut, ..Self::default() };
        let fields = match kind {
            AS_REQUEST | TGS_REQUEST => Self::request,
            AS_REPLY | TGS_REPLY => Self::reply,
            AP_REQUEST | AP_REPLY => Self::application,
            ERROR => Self::error,
            _ => return Some(message),
        };
        let mut elements = body.elements();
        for e in elements.by_ref() {
            if let Some(number) = e.context() {
                message.broken |= fields(&mut message, number, &e).is_none();
            }
        }
        message.broken |= elements.is_broken() || message.lacks();
        Some(message)
    }

    const fn lacks(&self) -> bool {
        match self.kind {
            AS_REQUEST | TGS_REQUEST => self.realm.is_none() || self.nonce.is_none(),
            AS_REPLY | TGS_REPLY => self.client.is_none() || self.ticket.is_none(),
            AP_REQUEST => self.ticket.is_none(),
            ERROR => self.error.is_none(),
            _ => false,
        }
    }

    /// Whether what it says of the client was proven by something that only the client could make.
    pub fn proves(&self) -> bool {
        // Encrypted timestamp, public key (RFC 4556), one-time password, encrypted challenge, and what armours them (RFC 6113).
        self.pa_types().any(|kind| matches!(kind, 2 | 14..=17 | 136 | 138 | 142 | 147))
    }

    pub fn pa_types(&self) -> impl Iterator<Item = i64> + Clone + use<'a> {
        self.preauthentication.each().filter_map(|e| ber::integer(inner(&e, 1)?.bytes))
    }

    fn request(&mut self, number: u32, e: &Element<'a>) -> Option<()> {
        match number {
            3 => self.preauthentication = List(e.elements().next()?.bytes),
            4 => {
                let body = e.elements().next().filter(|e| e.tag == ber::SEQUENCE)?;
                let mut elements = body.elements();
                for e in elements.by_ref() {
                    if let Some(number) = e.context() {
                        self.broken |= self.request_body(number, &e).is_none();
                    }
                }
                self.broken |= elements.is_broken();
            }
            _ => {}
        }
        Some(())
    }

    fn request_body(&mut self, number: u32, e: &Element<'a>) -> Option<()> {
        let value = e.elements().next()?;
        match number {
            0 => self.options = Some(Bits::read(value.bytes)?.number(32)),
            1 => self.client = Some(Name::read(e)?),
            2 => self.realm = Some(value.bytes),
            3 => self.service = Some(Name::read(e)?),
            4 => self.from = Some(value.bytes),
            5 => self.till = Some(value.bytes),
            6 => self.renew_till = Some(value.bytes),
            7 => self.nonce = Some(ber::integer(value.bytes)?),
            8 => self.encryptions = List(value.bytes),
            9 => self.addresses = List(value.bytes),
            _ => {}
        }
        Some(())
    }

    fn reply(&mut self, number: u32, e: &Element<'a>) -> Option<()> {
        let value = e.elements().next()?;
        match number {
            2 => self.preauthentication = List(value.bytes),
            3 => self.client_realm = Some(value.bytes),
            4 => self.client = Some(Name::read(e)?),
            5 => self.ticket = Some(Ticket::read(e)?),
            6 => self.encryption = Some(encrypted(e)?.0),
            _ => {}
        }
        Some(())
    }

    fn application(&mut self, number: u32, e: &Element<'a>) -> Option<()> {
        match (self.kind, number) {
            (AP_REQUEST, 2) => self.options = Some(Bits::read(e.elements().next()?.bytes)?.number(32)),
            (AP_REQUEST, 3) => self.ticket = Some(Ticket::read(e)?),
            (AP_REQUEST, 4) | (AP_REPLY, 2) => self.encryption = Some(encrypted(e)?.0),
            _ => {}
        }
        Some(())
    }

    fn error(&mut self, number: u32, e: &Element<'a>) -> Option<()> {
        let value = e.elements().next()?;
        match number {
            4 => self.server_time = Some(value.bytes),
            6 => self.error = Some(ber::integer(value.bytes)?),
            7 => self.client_realm = Some(value.bytes),
            8 => self.client = Some(Name::read(e)?),
            9 => self.realm = Some(value.bytes),
            10 => self.service = Some(Name::read(e)?),
            11 => self.error_text = Some(value.bytes),
            12 => self.error_data = Some(value.bytes),
            _ => {}
        }
        Some(())
    }
}
