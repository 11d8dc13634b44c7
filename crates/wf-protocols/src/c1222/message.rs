//! The association control element around every message (IEEE 1703-2012, 5.3.4) and the envelope of services in it (5.3.3).

use crate::ber::{Element, Elements, INTEGER, OBJECT_IDENTIFIER, Oid, head, unsigned};
use smallvec::SmallVec;
use std::fmt;
use wf_wire::Reader;

/// APPLICATION 0, constructed: begins a message.
const MESSAGE: u8 = 0x60;
/// Longest message in bytes.
pub const MESSAGE_MAX: usize = 65_535;
/// Bytes of the code that authenticates.
const MAC: usize = 4;

/// An identifier of a node: a full object identifier, or one below a root that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title<'a> {
    /// Below a root.
    pub relative: bool,
    /// Its numbers as sent.
    pub octets: &'a [u8],
}

impl<'a> Title<'a> {
    /// Reads an identifier with its tag.
    pub fn read(element: &Element<'a>) -> Option<Self> {
        let relative = match (element.tag, element.constructed) {
            (OBJECT_IDENTIFIER, false) => false,
            (tag, false) if tag.number == 13 || element.context() == Some(0) => true,
            _ => return None,
        };
        Some(Self { relative, octets: element.bytes })
    }
}

/// `1.3.6.1.4.1.33507`, `.123.4`.
impl fmt::Display for Title<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.relative {
            return Oid(self.octets).fmt(f);
        }
        let mut number = 0u64;
        for octet in self.octets.iter().take(64) {
            number = number.wrapping_mul(128) | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                write!(f, ".{number}")?;
                number = 0;
            }
        }
        Ok(())
    }
}

/// How the sender authenticates (5.3.4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// C12.22: which key, and the initial vector.
    Key {
        /// Number of the key.
        id: Option<u64>,
        /// Initial vector.
        vector: Option<u64>,
    },
    /// C12.21: an identification (0), a request (1), a response (2), with its bytes.
    Exchange(u32, &'a [u8]),
    /// Bytes.
    Octets(&'a [u8]),
    /// Another form.
    Other,
}

/// The control byte of the envelope (5.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control(pub u8);

impl Control {
    /// 0 clear, 1 clear with authentication, 2 encrypted.
    pub const fn security(self) -> u8 {
        self.0 >> 2 & 3
    }

    /// 0 always answer, 1 answer errors, 2 never answer.
    pub const fn response(self) -> u8 {
        self.0 & 3
    }

    /// The services cannot be read.
    pub const fn is_encrypted(self) -> bool {
        self.security() >= 2
    }
}

/// The envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// How it is sent.
    pub control: Control,
    /// Class of the end device.
    pub class: Option<[u8; 4]>,
    /// Services, each behind its length; encrypted or not.
    pub services: &'a [u8],
    /// Code that authenticates.
    pub code: Option<[u8; MAC]>,
}

impl<'a> Envelope<'a> {
    fn read(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let control = Control(r.u8().ok()?);
        let class = if control.0 & 0x10 == 0 { None } else { Some(r.array().ok()?) };
        if cut {
            return Some(Self { control, class, services: r.rest(), code: None });
        }
        let (services, code) = match (control.security(), r.rest().split_last_chunk()) {
            (0, _) => (r.rest(), None),
            (_, Some((services, code))) => (services, Some(*code)),
            (_, None) => return None,
        };
        Some(Self { control, class, services, code })
    }

    /// The services where they can be read; whether all could be.
    pub fn services(&self) -> (SmallVec<[&'a [u8]; 4]>, bool) {
        let mut found = SmallVec::new();
        if self.control.is_encrypted() {
            return (found, true);
        }
        let mut r = Reader::new(self.services);
        while !r.is_empty() {
            match length(&mut r).and_then(|count| r.take(count).ok()) {
                Some([]) => break,
                Some(service) => found.push(service),
                // What is there of one that is cut may hold a secret.
                None => {
                    found.push(r.rest());
                    found.retain(|service| !service.is_empty());
                    return (found, false);
                }
            }
        }
        (found, true)
    }
}

/// A length (5.2.2).
fn length(r: &mut Reader<'_>) -> Option<usize> {
    let first = r.u8().ok()?;
    if first < 0x80 {
        return Some(first.into());
    }
    let octets = r.take((first & 0x7f).into()).ok()?;
    unsigned(octets).and_then(|count| usize::try_from(count).ok())
}

/// A message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Message<'a> {
    /// Application context.
    pub context: Option<Title<'a>>,
    /// To whom.
    pub called: Option<Title<'a>>,
    /// From whom.
    pub calling: Option<Title<'a>>,
    /// Number of the message that this one answers.
    pub called_id: Option<u64>,
    /// Number of this message.
    pub calling_id: Option<u64>,
    /// Qualifier: 1 test, 2 urgent, 4 notification.
    pub qualifier: Option<u64>,
    /// Security mechanism.
    pub mechanism: Option<Title<'a>>,
    /// Authentication.
    pub authentication: Option<Authentication<'a>>,
    /// How the authentication is encoded.
    pub reference: Option<u64>,
    /// How the user information is encoded.
    pub encoding: Option<u64>,
    /// The envelope.
    pub envelope: Option<Envelope<'a>>,
    /// Part of it cannot be read.
    pub broken: bool,
    /// Bytes of it all.
    pub len: usize,
}

/// Why there is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// So many bytes are needed.
    Short(usize),
    /// A message cannot be like this.
    Bad,
}

impl<'a> Message<'a> {
    /// The message at the front of `bytes`.
    ///
    /// # Errors
    /// It is not all there, or it is none.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.first().is_some_and(|first| *first != MESSAGE) {
            return Err(Fault::Bad);
        }
        let mut r = Reader::new(bytes);
        let Ok(head) = head(&mut r) else {
            return Err(if bytes.len() < 6 { Fault::Short(bytes.len() + 1) } else { Fault::Bad });
        };
        let length = head.length.filter(|length| *length <= MESSAGE_MAX).ok_or(Fault::Bad)?;
        let len = r.position() + length;
        let inside = r.take(length).map_err(|_| Fault::Short(len))?;
        let mut message = Self { len, ..Self::default() };
        let mut elements = Elements::new(inside);
        for element in elements.by_ref() {
            message.broken |= message.take(&element).is_none();
        }
        message.broken |= elements.is_broken();
        Ok(message)
    }

    /// The message that begins here and is cut: its elements, and what is there of the envelope.
    pub fn cut(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        if bytes.first() != Some(&MESSAGE) {
            return None;
        }
        let length = head(&mut r).ok()?.length.filter(|length| *length <= MESSAGE_MAX)?;
        let mut message = Self { len: r.position() + length, ..Self::default() };
        while !r.is_empty() {
            let mut elements = Elements::new(r.rest());
            if let Some(element) = elements.next().filter(|element| !element.cut) {
                let _ = message.take(&element);
                r.skip(elements.used()).ok()?;
                continue;
            }
            // The last one is there in part: user information, an external, its octets.
            let wraps = [0xbe, 0x28].iter().all(|wanted| r.peek(0) == Some(*wanted) && head(&mut r).is_ok());
            let mut parts = Elements::new(r.rest());
            if wraps && let Some(encoding) = parts.take_tag(INTEGER) {
                message.encoding = unsigned(encoding.bytes);
                r.skip(parts.used()).ok()?;
            }
            if wraps && r.peek(0) == Some(0x81) && head(&mut r).is_ok() {
                message.envelope = Envelope::read(r.rest(), true);
            }
            break;
        }
        Some(message)
    }

    fn take(&mut self, element: &Element<'a>) -> Option<()> {
        let inner = element.elements().next();
        let title = || inner.as_ref().and_then(Title::read);
        let number = || inner.filter(|inner| inner.tag == INTEGER).and_then(|inner| unsigned(inner.bytes));
        match element.context()? {
            1 => self.context = Some(title()?),
            2 => self.called = Some(title()?),
            3 | 7 => self.qualifier = Some(number()?),
            4 => self.called_id = Some(number()?),
            6 => self.calling = Some(title()?),
            8 => self.calling_id = Some(number()?),
            11 => self.mechanism = Some(Title { relative: false, octets: element.bytes }),
            12 => {
                let mut parts = inner?.elements();
                self.reference = parts.take_tag(INTEGER).and_then(|element| unsigned(element.bytes));
                self.authentication = Some(authentication(parts.next().as_ref()));
            }
            30 => {
                let mut parts = inner?.elements();
                self.encoding = parts.take_tag(INTEGER).and_then(|element| unsigned(element.bytes));
                self.envelope = Some(Envelope::read(parts.next().filter(|part| part.context() == Some(1))?.bytes, false)?);
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether it is one beyond doubt: whole, with what each has to have.
    pub const fn is_certain(&self) -> bool {
        !self.broken && self.calling_id.is_some() && self.envelope.is_some() && (self.called.is_some() || self.calling.is_some())
    }
}

fn authentication<'a>(part: Option<&Element<'a>>) -> Authentication<'a> {
    let Some(part) = part else { return Authentication::Other };
    if part.context() == Some(1) {
        return Authentication::Octets(part.bytes);
    }
    let Some(mechanism) = part.elements().next() else { return Authentication::Other };
    match mechanism.context() {
        Some(1) => {
            let (mut id, mut vector) = (None, None);
            for element in mechanism.elements() {
                match element.context() {
                    Some(0) => id = unsigned(element.bytes),
                    Some(1) => vector = unsigned(element.bytes),
                    _ => {}
                }
            }
            Authentication::Key { id, vector }
        }
        Some(0) => mechanism
            .elements()
            .next()
            .map_or(Authentication::Other, |element| Authentication::Exchange(element.context().unwrap_or(0), element.bytes)),
        _ => Authentication::Other,
    }
}
