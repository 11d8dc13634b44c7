//! The remote data base (D301401X012, chapter 5): signals by name or address, what of them is asked for, and what is answered.

use super::names::rdb::{READ_BY_ADDRESS, READ_BY_NAME, WRITE_BY_ADDRESS, WRITE_BY_NAME};
use crate::hints::{clean, hex_cut};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use wf_wire::{Reader, Short};

/// First selector: type and inhibits, value, address.
const TYPE: u8 = 0x80;
const VALUE: u8 = 0x40;
const ADDRESS: u8 = 0x10;
/// Second selector: version of the data base.
const VERSION: u8 = 0x01;
/// Longest name that is taken for one.
const NAME_MAX: usize = 64;
/// Bytes shown of what is written in a form that is not known.
const RAW_MAX: usize = 32;

/// A signal as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal<'a> {
    /// Base, extension and attribute, joined by dots.
    Name(Cow<'a, str>),
    /// Its address, in this version of the data base.
    Address(u16, u16),
}

/// What is written to a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written<'a> {
    /// On or off.
    Logical(bool),
    /// A number.
    Analog(f32),
    /// Another field of the signal, with the bytes behind.
    Field(u8, &'a [u8]),
}

impl Written<'_> {
    /// The field descriptor as it stands in the request.
    pub const fn field(&self) -> u8 {
        match self {
            Self::Logical(true) => 9,
            Self::Logical(false) => 10,
            Self::Analog(_) => 11,
            Self::Field(field, _) => *field,
        }
    }
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logical(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Analog(number) => write!(f, "{number}"),
            Self::Field(field, []) => write!(f, "field {field}"),
            Self::Field(field, rest) => write!(f, "field {field}: {}", hex_cut(rest, RAW_MAX)),
        }
    }
}

/// One signal of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Which.
    pub signal: Signal<'a>,
    /// What is written to it, for writes.
    pub written: Option<Written<'a>>,
}

/// A request of the remote data base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'a> {
    /// Function.
    pub function: u8,
    /// What is asked for of each signal: four selectors, zero where absent.
    pub selectors: [u8; 4],
    /// Version of the data base that addresses belong to.
    pub version: Option<u16>,
    /// Security level of who asks.
    pub security: Option<u8>,
    /// How many signals it says it names.
    pub count: Option<u8>,
    /// The signals.
    pub items: SmallVec<[Item<'a>; 4]>,
    /// What is left behind them; all of it for functions that are not read closer.
    pub rest: &'a [u8],
    /// It ends too soon.
    pub short: bool,
}

impl<'a> Request<'a> {
    /// Reads a request from its function on.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let mut request = Self { function: r.u8().ok()?, ..Self::default() };
        if matches!(request.function, READ_BY_ADDRESS | READ_BY_NAME | WRITE_BY_ADDRESS | WRITE_BY_NAME) {
            request.short = request.parts(&mut r).is_err();
        }
        request.rest = r.take_rest();
        Some(request)
    }

    fn parts(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let writes = matches!(self.function, WRITE_BY_ADDRESS | WRITE_BY_NAME);
        let by_name = matches!(self.function, READ_BY_NAME | WRITE_BY_NAME);
        if !writes {
            let present = r.u8()?;
            for (bit, selector) in self.selectors.iter_mut().enumerate() {
                if present >> bit & 1 == 1 {
                    *selector = r.u8()?;
                }
            }
        }
        if !by_name {
            self.version = Some(r.u16_le()?);
        }
        self.security = Some(r.u8()?);
        let count = r.u8()?;
        self.count = Some(count);
        for _ in 0..count {
            let signal = if by_name { Signal::Name(name(r)?) } else { Signal::Address(r.u16_le()?, self.version.unwrap_or(0)) };
            let written = if writes { Some(written(r)?) } else { None };
            // Behind a field whose length is not known nothing can be told apart.
            let last = matches!(written, Some(Written::Field(..)));
            self.items.push(Item { signal, written });
            if last {
                break;
            }
        }
        Ok(())
    }

    /// Whether it names all that it says and nothing else, and names are names.
    pub fn is_whole(&self) -> bool {
        !self.short && self.rest.is_empty() && !self.items.is_empty() && self.items.iter().all(|item| item.signal.is_plausible())
    }

    /// Whether it writes.
    pub const fn writes(&self) -> bool {
        self.function & 0x80 != 0
    }
}

impl Signal<'_> {
    fn is_plausible(&self) -> bool {
        match self {
            Self::Name(name) => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()),
            Self::Address(..) => true,
        }
    }
}

/// A name up to its NUL.
fn name<'a>(r: &mut Reader<'a>) -> Result<Cow<'a, str>, Short> {
    let rest = r.rest();
    let end = rest.iter().take(NAME_MAX + 1).position(|byte| *byte == 0).ok_or(Short { needed: 1, left: 0 })?;
    let text = r.take(end)?;
    r.skip(1)?;
    Ok(clean(text))
}

fn written<'a>(r: &mut Reader<'a>) -> Result<Written<'a>, Short> {
    Ok(match r.u8()? {
        9 => Written::Logical(true),
        10 => Written::Logical(false),
        11 => Written::Analog(r.f32_le()?),
        // How long others are is not known: what is left is all theirs.
        field => Written::Field(field, r.take_rest()),
    })
}

/// A signal's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum {
    /// On or off.
    Logical(u8),
    /// A number.
    Analog(f32),
}

/// One signal of an answer: those of its fields that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Element {
    /// Type and inhibits.
    pub kind: Option<u8>,
    /// Value.
    pub value: Option<Datum>,
    /// Address.
    pub address: Option<u16>,
    /// Version of the data base.
    pub version: Option<u16>,
}

impl Element {
    /// What is wrong with the value (type and inhibits), or `good`.
    pub fn quality(&self) -> &'static str {
        match self.kind.unwrap_or(0) {
            kind if kind & 0x80 != 0 => "questionable",
            kind if kind & 0x10 != 0 => "manual",
            _ => "good",
        }
    }
}

/// An answer of the remote data base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer<'a> {
    /// Zero where all went well.
    pub status: u8,
    /// How many signals it says it holds.
    pub count: Option<u8>,
    /// The signals, where they can be told apart.
    pub elements: SmallVec<[Element; 4]>,
    /// What could not.
    pub rest: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Reads an answer to `request`.
    pub fn read(body: &'a [u8], request: Option<&Request<'_>>) -> Option<Self> {
        let mut r = Reader::new(body);
        let mut answer = Self { status: r.u8().ok()?, count: r.u8().ok(), ..Self::default() };
        let asked = request.filter(|request| answer.status == 0 && !request.writes());
        if let (Some(request), Some(count)) = (asked, answer.count) {
            let whole = r;
            match elements(&mut r, request.selectors, count.into()) {
                Some(elements) if r.is_empty() => answer.elements = elements,
                // Half of it read would be a guess.
                _ => r = whole,
            }
        }
        answer.rest = r.take_rest();
        Some(answer)
    }
}

fn elements(r: &mut Reader<'_>, [first, second, third, fourth]: [u8; 4], count: usize) -> Option<SmallVec<[Element; 4]>> {
    // Other fields have lengths that are not known.
    if first & !(TYPE | VALUE | ADDRESS) != 0 || second & !VERSION != 0 || third | fourth != 0 || count == 0 {
        return None;
    }
    let behind = if first & ADDRESS != 0 { 2 } else { 0 } + if second & VERSION != 0 { 2 } else { 0 };
    let each = r.left() / count;
    // Without a type all signals have to be of one.
    let untyped = (first & TYPE == 0).then(|| each.checked_sub(behind).filter(|_| each * count == r.left())).flatten();
    let mut found = SmallVec::new();
    for _ in 0..count {
        let kind = if first & TYPE != 0 { Some(r.u8().ok()?) } else { None };
        let analog = match (kind.map(|kind| kind & 0x0f), untyped) {
            (Some(0), _) | (None, Some(1)) => false,
            (Some(2), _) | (None, Some(4)) => true,
            _ if first & VALUE == 0 => false,
            _ => return None,
        };
        let value = match (first & VALUE != 0, analog) {
            (true, true) => Some(Datum::Analog(r.f32_le().ok()?)),
            (true, false) => Some(Datum::Logical(r.u8().ok()?)),
            (false, _) => None,
        };
        let address = if first & ADDRESS != 0 { Some(r.u16_le().ok()?) } else { None };
        let version = if second & VERSION != 0 { Some(r.u16_le().ok()?) } else { None };
        found.push(Element { kind, value, address, version });
    }
    Some(found)
}
