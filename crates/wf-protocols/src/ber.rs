//! A bounded reader of ASN.1's basic encoding rules (ITU-T X.690): elements one after another, borrowed from the message.
//!
//! Nothing is recursive here and nothing is copied, but by [`closed`]. A constructed element whose contents reach beyond what is there is
//! handed over cut, so that what came before the cut can still be read; a primitive one is not.

#[cfg(test)]
mod tests;

use std::fmt;
use wf_wire::{Reader, Short};

/// Universal class (X.690, 8.1.2.2).
pub const UNIVERSAL: u8 = 0;
/// Application class.
pub const APPLICATION: u8 = 1;
/// Context-specific class.
pub const CONTEXT: u8 = 2;

/// INTEGER.
pub const INTEGER: Tag = Tag { class: UNIVERSAL, number: 2 };
/// OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: Tag = Tag { class: UNIVERSAL, number: 6 };
/// EXTERNAL.
pub const EXTERNAL: Tag = Tag { class: UNIVERSAL, number: 8 };
/// Elements in one another that are closed where their end is missing.
const OPEN_MAX: usize = 32;
/// Numbers of an object identifier that are shown.
const ARCS_MAX: usize = 128;

/// SEQUENCE and SEQUENCE OF.
pub const SEQUENCE: Tag = Tag { class: UNIVERSAL, number: 16 };

/// Class and number of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// 0 universal, 1 application, 2 context-specific, 3 private.
    pub class: u8,
    /// Number.
    pub number: u32,
}

impl Tag {
    /// A context-specific tag.
    #[must_use]
    pub const fn context(number: u32) -> Self {
        Self { class: CONTEXT, number }
    }

    /// An application tag.
    #[must_use]
    pub const fn application(number: u32) -> Self {
        Self { class: APPLICATION, number }
    }
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Contents are elements.
    pub constructed: bool,
    /// Contents, without identifier, length and end mark.
    pub bytes: &'a [u8],
    /// Contents go on beyond what is there.
    pub cut: bool,
}

impl<'a> Element<'a> {
    /// The elements inside.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements::new(self.bytes)
    }

    /// The number of a context-specific tag; none of another class.
    #[must_use]
    pub fn context(&self) -> Option<u32> {
        (self.tag.class == CONTEXT).then_some(self.tag.number)
    }
}

/// Elements in order. Ends at the first one that cannot be read, and then [`Elements::is_broken`].
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    broken: bool,
}

impl<'a> Elements<'a> {
    /// The elements in `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), broken: false }
    }

    /// An element did not fit, or its identifier or length cannot be read.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.reader.position()
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// The next element if it has this tag; else it stays.
    pub fn take_tag(&mut self, tag: Tag) -> Option<Element<'a>> {
        let mut ahead = *self;
        let found = ahead.next().filter(|e| e.tag == tag)?;
        *self = ahead;
        Some(found)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        if self.broken || self.reader.is_empty() {
            return None;
        }
        let mut r = self.reader;
        let found = head(&mut r).ok().and_then(|head| contents(&mut r, head));
        self.reader = r;
        self.broken = found.is_none_or(|e| e.cut);
        if self.broken {
            self.reader.take_rest();
        }
        found.filter(|e| !e.cut || e.constructed)
    }
}

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends.
    Short,
    /// A tag or length of a form that is not allowed there, or too large a one.
    Form,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// Identifier and length; a length of `None` is indefinite.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// First identifier octet.
    pub identifier: u8,
    /// Tag.
    pub tag: Tag,
    /// Contents are elements.
    pub constructed: bool,
    /// Octets of the contents, as said.
    pub length: Option<usize>,
}

impl Head {
    /// The length of an element of a protocol that has definite lengths and tag numbers below 31 alone.
    ///
    /// # Errors
    /// It is of another form.
    pub fn plain(&self) -> Result<usize, Fault> {
        self.length.filter(|_| self.identifier & 0x1f != 0x1f).ok_or(Fault::Form)
    }
}

/// Reads identifier and length.
///
/// # Errors
/// They end, or are larger than anything that is read here.
#[inline]
pub fn head(r: &mut Reader<'_>) -> Result<Head, Fault> {
    let first = r.u8()?;
    let mut number = u32::from(first & 0x1f);
    if number == 0x1f {
        number = 0;
        loop {
            let octet = r.u8()?;
            number = number.checked_mul(128).ok_or(Fault::Form)? | u32::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    let constructed = first & 0x20 != 0;
    let length = match r.u8()? {
        short @ 0..=0x7f => Some(usize::from(short)),
        0x80 if constructed => None,
        long => {
            let mut length = 0usize;
            let octets = r.take(usize::from(long & 0x7f))?;
            if octets.is_empty() {
                return Err(Fault::Form);
            }
            for octet in octets {
                length = length.checked_mul(256).ok_or(Fault::Form)? | usize::from(*octet);
            }
            Some(length)
        }
    };
    Ok(Head { identifier: first, tag: Tag { class: first >> 6, number }, constructed, length })
}

/// Reads an element of a protocol that has definite lengths and tag numbers below 31 alone, with its identifier octet. One
/// that is longer than what is there ends with it.
///
/// # Errors
/// Identifier or length end, or are of another form.
pub fn plain<'a>(r: &mut Reader<'a>) -> Result<(u8, Element<'a>), Fault> {
    let head = head(r)?;
    let length = head.plain()?;
    let cut = length > r.left();
    let bytes = r.take(length.min(r.left()))?;
    Ok((head.identifier, Element { tag: head.tag, constructed: head.constructed, bytes, cut }))
}

/// The same where it must have this identifier octet; else it stays.
///
/// # Errors
/// Identifier or length end, or are of another form.
pub fn expect<'a>(r: &mut Reader<'a>, identifier: u8) -> Result<Element<'a>, Fault> {
    let mut ahead = *r;
    let (found, element) = plain(&mut ahead)?;
    if found != identifier {
        return Err(Fault::Form);
    }
    *r = ahead;
    Ok(element)
}

#[inline]
fn contents<'a>(r: &mut Reader<'a>, head: Head) -> Option<Element<'a>> {
    let Head { tag, constructed, length, .. } = head;
    let (bytes, cut) = match length {
        Some(length) if length <= r.left() => (r.take(length).ok()?, false),
        Some(_) => (r.take_rest(), true),
        None => {
            let (inside, whole) = indefinite(r.rest());
            let bytes = r.take(inside).ok()?;
            if whole {
                r.skip(2).ok()?;
            }
            (bytes, !whole)
        }
    };
    Some(Element { tag, constructed, bytes, cut })
}

/// Bytes up to the end mark that belongs to an indefinite length (X.690, 8.1.5), and whether it is there.
fn indefinite(bytes: &[u8]) -> (usize, bool) {
    let mut r = Reader::new(bytes);
    let mut open = 1usize;
    while !r.is_empty() {
        let at = r.position();
        let Ok(head) = head(&mut r) else { return (at, false) };
        match head.length {
            None => open += 1,
            Some(0) if head.tag == (Tag { class: UNIVERSAL, number: 0 }) => {
                open -= 1;
                if open == 0 {
                    return (at, true);
                }
            }
            Some(length) => {
                if r.skip(length).is_err() {
                    return (bytes.len(), false);
                }
            }
        }
    }
    (bytes.len(), false)
}

/// Elements of definite lengths whose end is missing, as they can be read: those that are open there are closed. One whose
/// identifier or length is not all there is left out.
#[must_use]
pub fn closed(bytes: &[u8]) -> Vec<u8> {
    let mut open = Vec::new();
    let mut r = Reader::new(bytes);
    let mut end = bytes.len();
    while !r.is_empty() && open.len() < OPEN_MAX {
        let begin = r.position();
        let Ok(head) = head(&mut r) else {
            end = begin;
            break;
        };
        if head.length.is_some_and(|length| r.skip(length).is_ok()) {
            continue;
        }
        open.push((begin, r.position()));
        if !head.constructed {
            break;
        }
    }
    let mut inside = Vec::new();
    for (begin, contents) in open.into_iter().rev() {
        inside = [bytes.get(contents..end).unwrap_or_default(), &inside].concat();
        let tag = bytes.get(begin..contents).unwrap_or_default();
        let more = if tag.first().is_some_and(|first| first & 0x1f == 0x1f) {
            tag.iter().skip(1).take_while(|octet| *octet & 0x80 != 0).count() + 1
        } else {
            0
        };
        let length = u32::try_from(inside.len()).unwrap_or(u32::MAX).to_be_bytes();
        inside = [tag.get(..=more).unwrap_or(tag), &[0x84], &length, &inside].concat();
        end = begin;
    }
    [bytes.get(..end).unwrap_or_default(), &inside].concat()
}

/// An INTEGER of up to eight bytes (X.690, 8.3); nine where the first is a leading zero. What does not fit is none.
#[must_use]
#[inline]
pub fn integer(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [] => None,
        [first, rest @ ..] if bytes.len() <= 8 => {
            let sign = i64::from(i8::from_be_bytes([*first]));
            Some(rest.iter().fold(sign, |number, octet| number << 8 | i64::from(*octet)))
        }
        _ => None,
    }
}

/// A whole number that is never negative, whose encoder may have left the leading zero out: up to eight significant bytes.
#[must_use]
#[inline]
pub fn unsigned(bytes: &[u8]) -> Option<u64> {
    let significant = bytes.iter().skip_while(|octet| **octet == 0);
    let count = significant.clone().count();
    (!bytes.is_empty() && count <= 8).then(|| significant.fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

/// A BOOLEAN (X.690, 8.2).
#[must_use]
#[inline]
pub fn boolean(bytes: &[u8]) -> Option<bool> {
    bytes.first().map(|octet| *octet != 0)
}

/// A BIT STRING (X.690, 8.6): the first bit is the highest of the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    unused: u8,
}

impl<'a> Bits<'a> {
    /// Reads the contents of a primitive BIT STRING.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (unused, bytes) = bytes.split_first()?;
        (*unused < 8 && (*unused == 0 || !bytes.is_empty())).then_some(Self { bytes, unused: *unused })
    }

    /// How many bits there are.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(usize::from(self.unused))
    }

    /// Bit `at`; those beyond the end are zero.
    #[must_use]
    pub fn bit(&self, at: usize) -> bool {
        at < self.len() && self.bytes.get(at / 8).is_some_and(|octet| octet & (0x80 >> (at % 8)) != 0)
    }

    /// The first bits as a number, the first one being the highest. At most 32.
    #[must_use]
    pub fn number(&self, count: usize) -> u32 {
        (0..count.min(32)).fold(0, |number, at| number << 1 | u32::from(self.bit(at)))
    }
}

/// Up to 64 bits as noughts and ones, longer ones cut.
impl fmt::Display for Bits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for at in 0..self.len().min(64) {
            f.write_str(if self.bit(at) { "1" } else { "0" })?;
        }
        if self.len() > 64 { f.write_str("…") } else { Ok(()) }
    }
}

/// An OBJECT IDENTIFIER (X.690, 8.19) in dotted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid<'a>(pub &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in Arcs::new(self.0).take(ARCS_MAX).enumerate() {
            let dot = if at > 0 { "." } else { "" };
            write!(f, "{dot}{number}")?;
        }
        Ok(())
    }
}

/// The numbers of an object identifier (X.690, 8.19). A number beyond 32 bits ends it.
#[derive(Clone, Debug)]
pub struct Arcs<'a> {
    octets: &'a [u8],
    /// The second number, which comes in one octet with the first.
    second: Option<u32>,
    begun: bool,
}

impl<'a> Arcs<'a> {
    /// Numbers of these octets.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, second: None, begun: false }
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = 0u32;
        loop {
            let (octet, rest) = self.octets.split_first()?;
            self.octets = rest;
            number = number.checked_mul(128)? | u32::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return Some(number);
            }
        }
    }
}

impl Iterator for Arcs<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some(second) = self.second.take() {
            return Some(second);
        }
        let number = self.number()?;
        if std::mem::replace(&mut self.begun, true) {
            return Some(number);
        }
        let first = (number / 40).min(2);
        self.second = Some(number - first * 40);
        Some(first)
    }
}
