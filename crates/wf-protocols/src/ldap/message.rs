//! One LDAP message (RFC 4511, 4.1.1 and appendix B). Nothing is copied.

use crate::ber::{self, Element, Elements, Tag};
use crate::hints;
use std::borrow::Cow;
use wf_wire::Reader;

pub const BIND_REQUEST: u32 = 0;
pub const BIND_RESPONSE: u32 = 1;
pub const UNBIND: u32 = 2;
pub const SEARCH_REQUEST: u32 = 3;
pub const SEARCH_ENTRY: u32 = 4;
pub const SEARCH_DONE: u32 = 5;
pub const ADD_REQUEST: u32 = 8;
pub const DELETE_REQUEST: u32 = 10;
pub const EXTENDED_REQUEST: u32 = 23;
pub const EXTENDED_RESPONSE: u32 = 24;
/// Extended operations (RFC 4511, 4.14; RFC 3062; RFC 4532).
pub const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
pub const CHANGE_PASSWORD: &[u8] = b"1.3.6.1.4.1.4203.1.11.1";
pub const WHO_AM_I: &[u8] = b"1.3.6.1.4.1.4203.1.11.3";
/// Attributes, and values of one, that are read.
pub const LIST_MAX: usize = 64;
const OCTET_STRING: Tag = Tag { class: ber::UNIVERSAL, number: 4 };
const BOOLEAN: Tag = Tag { class: ber::UNIVERSAL, number: 1 };
const ENUMERATED: Tag = Tag { class: ber::UNIVERSAL, number: 10 };

/// Whether requests have this number: the rest are the server's.
pub const fn is_request(operation: u32) -> bool {
    matches!(operation, 0 | 2 | 3 | 6 | 8 | 10 | 12 | 14 | 16 | 23)
}

pub const fn is_known(operation: u32) -> bool {
    matches!(operation, 0..=16 | 19 | 23..=25)
}

/// The head of a message: its length as a whole, and its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// So many bytes, of this operation.
    Whole(usize, u32),
    /// It may be one: more bytes are needed to tell.
    More,
    /// It is none.
    None,
}

/// Reads as much as tells a message from anything else.
pub fn head(bytes: &[u8]) -> Head {
    let mut r = Reader::new(bytes);
    let short = |fault| if fault == ber::Fault::Short { Head::More } else { Head::None };
    if bytes.first().is_some_and(|first| *first != 0x30) {
        return Head::None;
    }
    let outer = match ber::head(&mut r) {
        Ok(outer) => outer,
        Err(fault) => return short(fault),
    };
    let Some(len) = outer.length.filter(|len| outer.identifier == 0x30 && *len >= 5) else { return Head::None };
    let begin = r.position();
    let Some(total) = begin.checked_add(len) else { return Head::None };
    match (r.peek(0), r.peek(1)) {
        (Some(2), Some(1..=5)) => {}
        (None | Some(2), None) => return Head::More,
        _ => return Head::None,
    }
    let id = match ber::plain(&mut r) {
        Ok((_, id)) if id.cut => return Head::More,
        Ok((_, id)) => ber::integer(id.bytes),
        Err(fault) => return short(fault),
    };
    let operation = match ber::head(&mut r) {
        Ok(operation) => operation,
        Err(fault) => return short(fault),
    };
    let number = operation.tag.number;
    // Two are without contents or bare (RFC 4511, 4.3, 4.8, 4.11).
    let formed = operation.constructed != matches!(number, UNBIND | DELETE_REQUEST | 16);
    let fits = operation.length.and_then(|len| len.checked_add(r.position())).is_some_and(|end| end <= total);
    let known = operation.tag.class == ber::APPLICATION && is_known(number) && formed && fits;
    if known && id.is_some_and(|id| (0..=i64::from(i32::MAX)).contains(&id)) { Head::Whole(total, number) } else { Head::None }
}

/// Whether a request begins as the standard says: for ports that are not LDAP's own.
pub fn is_sure(bytes: &[u8]) -> bool {
    let mut message = Elements::new(bytes);
    let Some(outer) = message.next() else { return false };
    let operation = outer.elements().nth(1);
    operation.is_some_and(|e| match Operation::read(&e) {
        Some(Operation::Bind { version: 2 | 3, auth, .. }) => !matches!(auth, Auth::Other(_)),
        Some(Operation::Search(search)) => search.scope <= 3 && !search.filter.is_empty(),
        _ => false,
    })
}

/// A message.
#[derive(Debug)]
pub struct Message<'a> {
    pub id: i64,
    pub number: u32,
    /// `None`: its contents do not parse.
    pub operation: Option<Operation<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    Bind { version: i64, name: &'a [u8], auth: Auth<'a> },
    Unbind,
    Search(Search<'a>),
    Entry { name: &'a [u8], attributes: Attributes<'a> },
    Reference(&'a [u8]),
    Result(Outcome<'a>),
    Modify { name: &'a [u8], changes: &'a [u8] },
    Add { name: &'a [u8], attributes: Attributes<'a> },
    Delete(&'a [u8]),
    Rename { name: &'a [u8], new: &'a [u8], delete_old: bool, superior: Option<&'a [u8]> },
    Compare { name: &'a [u8], attribute: &'a [u8], value: &'a [u8] },
    Abandon(i64),
    Extended { name: &'a [u8], value: Option<&'a [u8]> },
    Intermediate,
}

/// RFC 4511, 4.2; the numbers from 9 on are Microsoft's (MS-ADTS 5.1.1.1.3).
#[derive(Clone, Copy, Debug)]
pub enum Auth<'a> {
    Simple(&'a [u8]),
    Sasl { mechanism: &'a [u8], token: &'a [u8] },
    Sicily { step: u32, token: &'a [u8] },
    Other(u32),
}

/// RFC 4511, 4.5.1.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    pub base: &'a [u8],
    pub scope: i64,
    pub deref: i64,
    pub size_limit: i64,
    pub time_limit: i64,
    pub filter: &'a [u8],
    pub attributes: &'a [u8],
}

/// RFC 4511, 4.1.9.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    pub code: i64,
    pub matched: &'a [u8],
    pub text: &'a [u8],
    /// What a server says in an exchange of tokens.
    pub token: Option<&'a [u8]>,
    /// Name of an extended response.
    pub name: Option<&'a [u8]>,
}

/// Attributes with their values (RFC 4511, 4.1.7).
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    pub fn each(&self) -> impl Iterator<Item = (&'a [u8], Elements<'a>)> + use<'a> {
        Elements::new(self.0).take(LIST_MAX).filter_map(|e| attribute(&e))
    }

    /// The first value of an attribute.
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        let is = |kind: &[u8]| kind.eq_ignore_ascii_case(name.as_bytes());
        self.each().find(|(kind, _)| is(kind)).and_then(|(_, mut values)| values.next()).map(|e| e.bytes)
    }
}

/// Type and values.
pub fn attribute<'a>(e: &Element<'a>) -> Option<(&'a [u8], Elements<'a>)> {
    let mut parts = e.elements();
    Some((parts.take_tag(OCTET_STRING)?.bytes, parts.next()?.elements()))
}

impl<'a> Message<'a> {
    /// Reads a message that `head` has found whole.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut parts = Elements::new(bytes).next()?.elements();
        let id = ber::integer(parts.take_tag(ber::INTEGER)?.bytes)?;
        let operation = parts.next().filter(|e| e.tag.class == ber::APPLICATION)?;
        Some(Self { id, number: operation.tag.number, operation: Operation::read(&operation) })
    }
}

impl<'a> Operation<'a> {
    fn read(e: &Element<'a>) -> Option<Self> {
        let mut r = e.elements();
        let text = |r: &mut Elements<'a>| r.take_tag(OCTET_STRING).map(|e| e.bytes);
        Some(match e.tag.number {
            BIND_REQUEST => Self::bind(&mut r)?,
            UNBIND => Self::Unbind,
            SEARCH_REQUEST => Self::Search(Search::read(&mut r)?),
            SEARCH_ENTRY => Self::Entry { name: text(&mut r)?, attributes: Attributes(r.next()?.bytes) },
            BIND_RESPONSE | SEARCH_DONE | 7 | 9 | 11 | 13 | 15 | EXTENDED_RESPONSE => Self::Result(Outcome::read(&mut r)?),
            6 => Self::Modify { name: text(&mut r)?, changes: r.next()?.bytes },
            ADD_REQUEST => Self::Add { name: text(&mut r)?, attributes: Attributes(r.next()?.bytes) },
            DELETE_REQUEST => Self::Delete(e.bytes),
            12 => Self::Rename {
                name: text(&mut r)?,
                new: text(&mut r)?,
                delete_old: ber::boolean(r.take_tag(BOOLEAN)?.bytes)?,
                superior: r.take_tag(Tag::context(0)).map(|e| e.bytes),
            },
            14 => {
                let name = text(&mut r)?;
                let mut pair = r.next()?.elements();
                Self::Compare { name, attribute: text(&mut pair)?, value: text(&mut pair)? }
            }
            16 => Self::Abandon(ber::integer(e.bytes)?),
            19 => Self::Reference(r.next()?.bytes),
            EXTENDED_REQUEST => {
                let name = r.take_tag(Tag::context(0))?.bytes;
                Self::Extended { name, value: r.take_tag(Tag::context(1)).map(|e| e.bytes) }
            }
            25 => Self::Intermediate,
            _ => return None,
        })
    }

    fn bind(r: &mut Elements<'a>) -> Option<Self> {
        let version = ber::integer(r.take_tag(ber::INTEGER)?.bytes)?;
        let name = r.take_tag(OCTET_STRING)?.bytes;
        let auth = r.next().filter(|e| e.tag.class == ber::CONTEXT)?;
        let auth = match auth.tag.number {
            0 => Auth::Simple(auth.bytes),
            3 => {
                let mut parts = auth.elements();
                let mechanism = parts.take_tag(OCTET_STRING)?.bytes;
                Auth::Sasl { mechanism, token: parts.take_tag(OCTET_STRING).map(|e| e.bytes).unwrap_or_default() }
            }
            step @ 9..=11 => Auth::Sicily { step, token: auth.bytes },
            other => Auth::Other(other),
        };
        Some(Self::Bind { version, name, auth })
    }
}

impl<'a> Search<'a> {
    fn read(r: &mut Elements<'a>) -> Option<Self> {
        let base = r.take_tag(OCTET_STRING)?.bytes;
        let mut number = |tag| ber::integer(r.take_tag(tag)?.bytes);
        let (scope, deref) = (number(ENUMERATED)?, number(ENUMERATED)?);
        let (size_limit, time_limit) = (number(ber::INTEGER)?, number(ber::INTEGER)?);
        r.take_tag(BOOLEAN)?;
        // The filter is any context element: where it stands is known, how long it is its reader finds.
        let mut ahead = *r;
        let filter_at = ahead.used();
        ahead.next().filter(|e| e.tag.class == ber::CONTEXT)?;
        let filter = r.rest().get(..ahead.used() - filter_at)?;
        *r = ahead;
        let attributes = r.next().map(|e| e.bytes).unwrap_or_default();
        Some(Self { base, scope, deref, size_limit, time_limit, filter, attributes })
    }
}

impl<'a> Outcome<'a> {
    fn read(r: &mut Elements<'a>) -> Option<Self> {
        let code = ber::integer(r.take_tag(ENUMERATED)?.bytes)?;
        let (matched, text) = (r.take_tag(OCTET_STRING)?.bytes, r.take_tag(OCTET_STRING)?.bytes);
        let mut outcome = Self { code, matched, text, token: None, name: None };
        for e in r.by_ref() {
            match e.context() {
                Some(7) => outcome.token = Some(e.bytes),
                Some(10) => outcome.name = Some(e.bytes),
                _ => {}
            }
        }
        // A bind of Microsoft's own kind is answered in the place of the name (MS-ADTS 5.1.1.1.3).
        if outcome.matched.starts_with(b"NTLMSSP\0") {
            outcome.token = Some(std::mem::take(&mut outcome.matched));
        }
        Some(outcome)
    }
}

/// A name or value as text.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => hints::cut(text.into(), 512),
        Ok(_) | Err(_) => hints::cut(String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect(), 512),
    }
}
