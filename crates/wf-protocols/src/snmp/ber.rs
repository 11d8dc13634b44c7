//! BER as SNMP uses it (X.690; RFC 3417, clause 8: definite lengths alone), bounded.

use wf_wire::{Reader, Short};

/// Tags of the universal class.
pub mod universal {
    /// Number.
    pub const INTEGER: u8 = 0x02;
    /// Octets.
    pub const OCTETS: u8 = 0x04;
    /// Nothing.
    pub const NULL: u8 = 0x05;
    /// Object identifier.
    pub const OID: u8 = 0x06;
    /// Sequence.
    pub const SEQUENCE: u8 = 0x30;
}

/// Identifier octet, as far as SNMP has them: class, constructed, tag number below 31.
pub type Identifier = u8;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Identifier octet.
    pub id: Identifier,
    /// Contents, as far as they are there.
    pub body: &'a [u8],
    /// They are shorter than said.
    pub cut: bool,
}

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends.
    Short,
    /// A tag number of several octets, an indefinite length, or one of more than four octets.
    Form,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// Reads identifier and length. The length may reach beyond what is there.
pub fn head(r: &mut Reader<'_>) -> Result<(Identifier, usize), Fault> {
    let id = r.u8()?;
    if id & 0x1f == 0x1f {
        return Err(Fault::Form);
    }
    let first = r.u8()?;
    let length = match first {
        0..=0x7f => u32::from(first),
        0x81..=0x84 => {
            let mut length = 0u32;
            for _ in 0x80..first {
                length = length << 8 | u32::from(r.u8()?);
            }
            length
        }
        _ => return Err(Fault::Form),
    };
    Ok((id, length as usize))
}

/// Reads an element; one that is longer than what is there ends with it.
pub fn element<'a>(r: &mut Reader<'a>) -> Result<Element<'a>, Fault> {
    let (id, length) = head(r)?;
    let cut = length > r.left();
    let body = r.take(length.min(r.left()))?;
    Ok(Element { id, body, cut })
}

/// Reads an element that must be of that kind.
pub fn expect<'a>(r: &mut Reader<'a>, id: Identifier) -> Result<Element<'a>, Fault> {
    let mut ahead = *r;
    let found = element(&mut ahead)?;
    if found.id != id {
        return Err(Fault::Form);
    }
    *r = ahead;
    Ok(found)
}

/// A number of up to eight octets in two's complement.
pub fn integer(body: &[u8]) -> Option<i64> {
    if body.is_empty() || body.len() > 8 {
        return None;
    }
    let first = if body.first().is_some_and(|octet| octet & 0x80 != 0) { -1i64 } else { 0 };
    Some(body.iter().fold(first, |sum, octet| sum << 8 | i64::from(*octet)))
}

/// A number of up to eight octets without a sign; a leading zero octet keeps the sign off.
pub fn unsigned(body: &[u8]) -> Option<u64> {
    let body = match body {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    (1..=8).contains(&body.len()).then(|| body.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet)))
}

/// The numbers of an object identifier (X.690, 8.19). A number beyond 32 bits ends it.
pub struct Arcs<'a> {
    octets: &'a [u8],
    /// The second number, which comes in one octet with the first.
    second: Option<u32>,
    begun: bool,
}

impl<'a> Arcs<'a> {
    /// Numbers of these octets.
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
