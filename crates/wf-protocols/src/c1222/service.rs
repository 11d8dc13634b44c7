//! Services (IEEE 1703-2012, 5.3.2.4): what each request and each answer holds.

use super::message::Title;
use super::names::{Table, asks, code};
use crate::ber::Elements;
use smallvec::SmallVec;
use wf_wire::{Reader, Short};

/// Tables in one answer at most.
const PARTS_MAX: usize = 16;
/// Titles of a trace at most.
const TITLES_MAX: usize = 64;

/// Data of a table with its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// How many bytes it says.
    pub count: u16,
    /// The bytes.
    pub bytes: &'a [u8],
    /// The check as sent.
    pub check: u8,
}

impl<'a> Data<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let count = r.u16()?;
        Ok(Self { count, bytes: r.take(count.into())?, check: r.u8()? })
    }

    /// The check as it should be: the bytes and it add up to nothing.
    pub fn expected(&self) -> u8 {
        self.bytes.iter().fold(0u8, |sum, byte| sum.wrapping_sub(*byte))
    }
}

/// Which part of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: Option<Table>,
    /// From this byte on.
    pub offset: Option<u32>,
    /// So many bytes or elements.
    pub count: Option<u16>,
    /// Indices into its structure.
    pub index: SmallVec<[u16; 5]>,
}

/// What registers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration<'a> {
    /// Attributes.
    pub node: u8,
    /// Capabilities.
    pub connection: u8,
    /// Device class, below the standard's root.
    pub class: Title<'a>,
    /// Its title.
    pub title: Title<'a>,
    /// Its serial number.
    pub serial: Title<'a>,
    /// Native address.
    pub address: &'a [u8],
    /// Seconds until it registers anew.
    pub period: u32,
    /// Pattern of the notifications that it wants.
    pub pattern: Option<&'a [u8]>,
}

/// What a device says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Standard, version, revision.
    pub standard: [u8; 3],
    /// Security mechanism.
    pub mechanism: Option<Title<'a>>,
    /// Sessions: how many (low seven bits), and whether it does without.
    pub sessions: Option<u8>,
    /// Device class.
    pub class: Option<Title<'a>>,
    /// Format of the identity, and the identity.
    pub identity: Option<(u8, &'a [u8])>,
}

/// What a service holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Nothing.
    None,
    /// Asks for a part of a table.
    Read(Place),
    /// Changes a part of a table.
    Write(Place, Data<'a>),
    /// Parts of a table.
    Tables(SmallVec<[Data<'a>; 1]>),
    /// Number of a user, name, seconds of idleness.
    Logon(u16, &'a [u8], Option<u16>),
    /// Seconds of idleness.
    Session(u16),
    /// A password and the number of a user.
    Security(&'a [u8], Option<u16>),
    /// Seconds.
    Wait(u8),
    /// A registration.
    Register(Registration<'a>),
    /// Title, seconds of delay, seconds until anew, flags.
    Registered(Title<'a>, u16, u32, u8),
    /// A node.
    Node(Title<'a>),
    /// A native address.
    Address(&'a [u8]),
    /// Nodes on the way.
    Nodes(SmallVec<[Title<'a>; 4]>),
    /// Who a device is.
    Identity(Identity<'a>),
    /// Largest size of a request or answer.
    Limit(u32),
    /// Bytes.
    Other(&'a [u8]),
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    /// Its code.
    pub code: u8,
    /// What it holds.
    pub body: Body<'a>,
    /// It ends too soon.
    pub short: bool,
    /// Its table holds passwords or keys.
    pub secret: bool,
}

impl<'a> Service<'a> {
    /// Reads a service; an answer by its request.
    pub fn read(bytes: &'a [u8], asked: Option<&[u8]>) -> Option<Self> {
        let (&code, rest) = bytes.split_first()?;
        let mut r = Reader::new(rest);
        let body =
            if asks(code) { request(code, &mut r) } else { answer(code, asked.and_then(|asked| asked.first().copied()), &mut r) };
        let (short, body) = (body.is_none(), body.unwrap_or(Body::Other(rest)));
        let secret = match (&body, asked) {
            (Body::Write(place, data), _) => place.table.is_some_and(|table| table.is_secret(data.bytes)),
            (Body::Tables(_), Some([_, high, low, ..])) => Table(u16::from_be_bytes([*high, *low])).is_secret(&[]),
            // What is cut off is as secret as the whole.
            (Body::Other(_), Some([code::READ..=0x39 | code::READ_DEFAULT | code::READ_OFFSET, high, low, ..])) if short => {
                code == 0 && Table(u16::from_be_bytes([*high, *low])).is_secret(&[])
            }
            (Body::Other(rest), _) if short => cut_secret(code, rest),
            _ => false,
        };
        Some(Self { code, body, short, secret })
    }

    /// Passwords and keys that it carries.
    pub fn secrets(&self) -> impl Iterator<Item = &'a [u8]> {
        let (one, tables) = match &self.body {
            Body::Security(password, _) => (Some(password.trim_ascii_end()), &[][..]),
            Body::Other(rest) if self.secret => (Some(*rest), &[][..]),
            Body::Write(_, data) if self.secret => (Some(data.bytes), &[][..]),
            Body::Tables(tables) if self.secret => (None, tables.as_slice()),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(tables.iter().map(|data| data.bytes))
    }
}

/// Whether a request that ends too soon holds a password or keys: its table stands first.
fn cut_secret(code: u8, rest: &[u8]) -> bool {
    match (code, rest) {
        (code::SECURITY, _) => true,
        (code::WRITE..=0x49 | code::WRITE_OFFSET, [high, low, behind @ ..]) => {
            Table(u16::from_be_bytes([*high, *low])).is_secret(behind.get(2..).unwrap_or(&[]))
        }
        _ => false,
    }
}

fn request<'a>(code: u8, r: &mut Reader<'a>) -> Option<Body<'a>> {
    Some(match code {
        code::READ..=0x39 | code::READ_OFFSET => Body::Read(place(code & 0x0f, r, true)?),
        code::WRITE..=0x49 | code::WRITE_OFFSET => {
            let place = place(code & 0x0f, r, false)?;
            Body::Write(place, Data::read(r).ok()?)
        }
        code::LOGON => Body::Logon(r.u16().ok()?, r.take(10).ok()?, r.u16().ok()),
        code::SECURITY => Body::Security(r.take(20).ok()?, r.u16().ok()),
        code::WAIT => Body::Wait(r.u8().ok()?),
        code::REGISTER => Body::Register(registration(r)?),
        code::DEREGISTER | code::RESOLVE => Body::Node(title(r)?),
        code::TRACE => Body::Nodes(titles(r)),
        _ if r.is_empty() => Body::None,
        _ => Body::Other(r.rest()),
    })
}

/// The part of a table that a read or write means; `form` is the low half of its code.
fn place(form: u8, r: &mut Reader<'_>, counted: bool) -> Option<Place> {
    let mut place = Place { table: Some(Table(r.u16().ok()?)), ..Place::default() };
    match form {
        0 => return Some(place),
        0x0f => place.offset = Some(r.u24().ok()?),
        depth => {
            for _ in 0..depth {
                place.index.push(r.u16().ok()?);
            }
        }
    }
    if counted {
        place.count = Some(r.u16().ok()?);
    }
    Some(place)
}

fn answer<'a>(code: u8, asked: Option<u8>, r: &mut Reader<'a>) -> Option<Body<'a>> {
    Some(match (code, asked) {
        (0x0f | 0x10, _) if r.left() >= 4 => Body::Limit(r.u32().ok()?),
        (0, Some(code::IDENTIFY)) => Body::Identity(identity(r)?),
        (0, Some(code::READ..=0x39 | code::READ_DEFAULT | code::READ_OFFSET)) => {
            let mut tables = SmallVec::new();
            while !r.is_empty() && tables.len() < PARTS_MAX {
                tables.push(Data::read(r).ok()?);
            }
            Body::Tables(tables)
        }
        (0, Some(code::LOGON)) if r.left() >= 2 => Body::Session(r.u16().ok()?),
        (0, Some(code::REGISTER)) => Body::Registered(title(r)?, r.u16().ok()?, r.u24().ok()?, r.u8().ok()?),
        (0, Some(code::RESOLVE)) => {
            let count = r.u8().ok()?;
            Body::Address(r.take(count.into()).ok()?)
        }
        (_, Some(code::TRACE)) => Body::Nodes(titles(r)),
        _ if r.is_empty() => Body::None,
        _ => Body::Other(r.rest()),
    })
}

fn title<'a>(r: &mut Reader<'a>) -> Option<Title<'a>> {
    let mut elements = Elements::new(r.rest());
    let title = Title::read(&elements.next()?)?;
    r.skip(elements.used()).ok()?;
    Some(title)
}

fn titles<'a>(r: &mut Reader<'a>) -> SmallVec<[Title<'a>; 4]> {
    std::iter::from_fn(|| title(r)).take(TITLES_MAX).collect()
}

fn registration<'a>(r: &mut Reader<'a>) -> Option<Registration<'a>> {
    let (node, connection) = (r.u8().ok()?, r.u8().ok()?);
    let class = Title { relative: true, octets: r.take(4).ok()? };
    let (title, serial) = (title(r)?, title(r)?);
    let count = r.u8().ok()?;
    let (address, period) = (r.take(count.into()).ok()?, r.u24().ok()?);
    let pattern = if node & 0x80 == 0 {
        None
    } else {
        let count = r.u8().ok()?;
        Some(r.take(count.into()).ok()?)
    };
    Some(Registration { node, connection, class, title, serial, address, period, pattern })
}

fn identity<'a>(r: &mut Reader<'a>) -> Option<Identity<'a>> {
    let mut identity = Identity { standard: r.array().ok()?, ..Identity::default() };
    // Features until the list's end.
    while let Ok(tag @ 1..) = r.u8() {
        match tag {
            4 => identity.mechanism = Some(title(r)?),
            5 => identity.sessions = Some(r.u8().ok()?),
            6 => identity.class = Some(title(r)?),
            7 => {
                let count = r.u8().ok()?;
                let mut inner = r.sub(count.into()).ok()?;
                identity.identity = Some((inner.u8().ok()?, inner.rest()));
            }
            _ => return None,
        }
    }
    Some(identity)
}
