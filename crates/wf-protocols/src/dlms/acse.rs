//! Associations (IEC 62056-53, 9.4.2): context, titles, authentication, and the first xDLMS message in them.

use super::data::{length, octets};
use super::{cut, names, protected};
use wf_wire::Reader;

/// Object identifiers of DLMS: 2.16.756.5.8.
const DLMS: &[u8] = &[0x60, 0x85, 0x74, 5, 8];

/// A request for an association or the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Association<'a> {
    /// Last number of the context's name.
    pub context: Option<u8>,
    /// System title of the sender.
    pub title: Option<&'a [u8]>,
    /// Last number of the mechanism's name.
    pub mechanism: Option<u8>,
    /// Password or challenge.
    pub value: Option<&'a [u8]>,
    /// In an answer.
    pub result: Option<u8>,
    pub diagnostic: Option<u8>,
    /// The diagnostic is that of the service's provider, not of its user.
    pub provider: bool,
    /// The xDLMS message in it.
    pub user: &'a [u8],
}

impl<'a> Association<'a> {
    /// Reads the body of an AARQ or AARE; `None` where it is none.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let length = length(&mut r)?;
        let mut r = r.sub(length.min(r.left())).ok()?;
        let mut found = Self::default();
        while let Some((tag, value)) = field(&mut r) {
            match tag {
                0xa1 => found.context = dlms(inner(value, 6)?),
                0xa2 => found.result = inner(value, 2).and_then(|value| value.first().copied()),
                0xa3 => (found.diagnostic, found.provider) = (value.last().copied(), value.first() == Some(&0xa2)),
                0xa4 | 0xa6 => found.title = inner(value, 4).or(found.title),
                0x89 | 0x8b => found.mechanism = dlms(value),
                // Text, a bit string, or of a kind of its own.
                0xaa | 0xac => {
                    found.value = field(&mut Reader::new(value)).filter(|(tag, _)| (0x80..0x84).contains(tag)).map(|f| f.1)
                }
                0xbe => found.user = inner(value, 4).unwrap_or(&[]),
                _ => {}
            }
        }
        found.context.is_some().then_some(found)
    }

    /// What the xDLMS message in it says: conformance and longest PDU, where it is not encrypted.
    pub fn initiate(&self) -> Option<Initiate<'a>> {
        let mut r = Reader::new(protected::open(self.user).1);
        let mut found = Initiate::default();
        match r.u8().ok()? {
            1 => {
                if r.u8().ok()? != 0 {
                    found.dedicated_key = Some(octets(&mut r)?);
                }
                if r.u8().ok()? != 0 {
                    r.skip(1).ok()?;
                }
                if r.u8().ok()? != 0 {
                    r.skip(1).ok()?;
                }
            }
            8 => {
                if r.u8().ok()? != 0 {
                    r.skip(1).ok()?;
                }
            }
            _ => return None,
        }
        found.version = r.u8().ok()?;
        found.limits = limits(&mut r);
        Some(found)
    }

    /// How it ended, by an answer.
    pub const fn outcome(&self) -> &'static str {
        names::association(self.result, self.diagnostic, self.provider)
    }

    /// The password, where the mechanism is one that sends it as it is, or none is named.
    pub fn password(&self) -> Option<&'a [u8]> {
        self.value.filter(|_| self.mechanism.is_none_or(|mechanism| mechanism <= 1))
    }
}

/// What both sides can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Initiate<'a> {
    /// The key for what follows, where it is sent in clear.
    pub dedicated_key: Option<&'a [u8]>,
    pub version: u8,
    /// Conformance and longest PDU.
    pub limits: Option<(u32, u16)>,
}

/// Conformance, whose tag has two bytes and in older meters behind HDLC one (DLMS UA 1000-2, 9.5), and the longest PDU.
fn limits(r: &mut Reader<'_>) -> Option<(u32, u16)> {
    if r.u8().ok()? != 0x5f {
        return None;
    }
    if r.peek(0) == Some(0x1f) {
        r.skip(1).ok()?;
    }
    if r.array() != Ok([4, 0]) {
        return None;
    }
    Some((r.u24().ok()?, r.u16().ok()?))
}

fn field<'a>(r: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let tag = r.u8().ok()?;
    let count = length(r)?;
    Some((tag, r.take(count).ok()?))
}

/// The value of the one field in another.
fn inner(value: &[u8], tag: u8) -> Option<&[u8]> {
    field(&mut Reader::new(value)).filter(|(found, _)| *found == tag).map(|(_, value)| value)
}

/// Last number of an object identifier of DLMS.
fn dlms(value: &[u8]) -> Option<u8> {
    value.strip_prefix(DLMS).and_then(|rest| rest.last().copied())
}

/// The secrets of a request for an association that is cut: its password, the key for what follows.
pub fn secrets_cut(body: &[u8]) -> cut::Found<'_> {
    let mut found = cut::Found::new();
    let mut r = Reader::new(body);
    let (mut association, begins) = (Association::default(), length(&mut r).is_some());
    while begins && !r.is_empty() {
        // The last field may be there in part.
        let Ok(tag) = r.u8() else { break };
        let Some(count) = length(&mut r) else { break };
        let value = r.take(count).unwrap_or_else(|_| r.take_rest());
        let inside = |wanted: u8| {
            let mut r = Reader::new(value);
            let fits = r.u8().is_ok_and(|tag| tag & 0xfc == wanted) && length(&mut r).is_some();
            fits.then(|| r.take_rest()).filter(|bytes| !bytes.is_empty())
        };
        match tag {
            0x8b => association.mechanism = dlms(value),
            0xac => association.value = inside(0x80),
            0xbe => association.user = inside(4).unwrap_or(&[]),
            _ => {}
        }
    }
    found.extend(association.password().map(|password| ("password", password)));
    let mut r = Reader::new(protected::open_cut(association.user));
    if r.array() == Ok([1, 1])
        && let Some(count) = length(&mut r)
    {
        let key = r.rest().get(..count).unwrap_or(r.rest());
        found.extend(Some(key).filter(|key| !key.is_empty()).map(|key| ("secret", key)));
    }
    found
}
