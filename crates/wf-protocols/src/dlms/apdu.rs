//! APDUs: requests for attributes and methods, and their answers (IEC 62056-53, 9.3).

use super::acse::Association;
use super::data::{element, length, octets};
use super::names::{self, tag};
use super::protected::{self, Layers};
use super::short;
use smallvec::SmallVec;
use std::fmt;
use wf_wire::Reader;
use wf_wire::decode::Coded;

/// Most items of a list that are read.
pub const ITEMS_MAX: usize = 64;

/// One APDU, read once; of what is protected the innermost one that stands in clear.
pub struct Apdu<'a> {
    /// What protects it.
    pub layers: Layers<'a>,
    pub code: u8,
    pub body: &'a [u8],
    /// With its tag.
    pub bytes: &'a [u8],
    pub content: Content<'a>,
}

/// What an APDU holds.
pub enum Content<'a> {
    Association(Association<'a>),
    Request(Request<'a>),
    Response(Response<'a>),
    Notification(Notification<'a>),
    /// Not laid out as its tag says.
    Damaged,
    /// Of a kind that is not read closer.
    Other,
}

impl<'a> Apdu<'a> {
    /// Reads an APDU; `None` where there is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (layers, bytes, whole) = protected::open(bytes);
        let (&code, body) = bytes.split_first()?;
        let content = match code {
            _ if !whole => None,
            tag::AARQ | tag::AARE => Association::read(body).map(Content::Association),
            tag::GET_REQUEST | tag::SET_REQUEST | tag::ACTION_REQUEST => Request::read(code, body).map(Content::Request),
            tag::GET_RESPONSE | tag::SET_RESPONSE | tag::ACTION_RESPONSE => Response::read(code, body).map(Content::Response),
            tag::READ_REQUEST | tag::WRITE_REQUEST | tag::UNCONFIRMED_WRITE | tag::INFORMATION_REPORT => {
                short::request(code, body).map(Content::Request)
            }
            tag::READ_RESPONSE | tag::WRITE_RESPONSE => short::response(code, body).map(Content::Response),
            tag::DATA_NOTIFICATION | tag::EVENT_NOTIFICATION => Notification::read(code, body).map(Content::Notification),
            _ => Some(Content::Other),
        };
        Some(Self { layers, code, body, bytes, content: content.unwrap_or(Content::Damaged) })
    }

    /// It is laid out as its tag says.
    pub const fn is_whole(&self) -> bool {
        !matches!(self.content, Content::Damaged)
    }
}

/// An attribute or a method of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item<'a> {
    /// Nought where a short name says it all: classes begin at one.
    pub class: u16,
    pub name: [u8; 6],
    pub id: u8,
    /// The short name that stands for class, name and number.
    pub short: Option<u16>,
    /// Which part is meant (selective or parameterised access).
    pub selector: Option<u8>,
    /// What is written or passed to the method.
    pub data: Option<&'a [u8]>,
}

impl Item<'_> {
    /// Whether what stands there is a secret.
    pub const fn is_secret(&self, is_method: bool) -> bool {
        match self.short {
            Some(short) => names::is_secret_short(short),
            None => names::is_secret(self.class, self.id, is_method),
        }
    }

    /// A reply to a challenge, which is good once.
    pub const fn is_reply(&self, is_method: bool) -> bool {
        match self.short {
            Some(short) => short == names::REPLY_SHORT,
            None => is_method && self.class == 15 && self.id == 1,
        }
    }

    /// The numbers that name it in a server: behind one address there may be several meters.
    pub fn coded(&self, server: u32) -> Coded {
        if let Some(short) = self.short {
            return Coded { numbers: [short.into(), 0, 0, server.into()], show: show_short };
        }
        let name = self.name.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
        Coded { numbers: [name, self.class.into(), self.id.into(), server.into()], show }
    }
}

/// `1.0.1.8.0.255 class 3 attribute 2`; methods are told by the operation's name.
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [name, class, id, server] = *numbers;
    for at in (0..6).rev() {
        write!(f, "{}{}", name >> (8 * at) & 0xff, if at > 0 { "." } else { "" })?;
    }
    write!(f, " class {class} index {id}")?;
    // The management device, which every meter has, goes without saying.
    if server > 1 { write!(f, " of server {server}") } else { Ok(()) }
}

/// `short name 0xfa08`.
fn show_short(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [short, _, _, server] = *numbers;
    write!(f, "short name 0x{short:04x}")?;
    if server > 1 { write!(f, " of server {server}") } else { Ok(()) }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub kind: u8,
    pub invoke: u8,
    pub items: SmallVec<[Item<'a>; 2]>,
    /// Number of the block that is sent or asked for.
    pub block: Option<u32>,
    /// What the block holds.
    pub raw: Option<&'a [u8]>,
    /// It carries on what was asked before.
    pub continues: bool,
}

impl<'a> Request<'a> {
    /// Reads the body of a get, set or action request, or of one by short names.
    pub fn read(apdu: u8, body: &'a [u8]) -> Option<Self> {
        if apdu < tag::AARQ {
            return short::request(apdu, body);
        }
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, items: SmallVec::new(), block: None, raw: None, continues: false };
        match (apdu, kind) {
            (tag::GET_REQUEST, 1) => found.items.push(attribute(&mut r)?),
            (tag::GET_REQUEST, 2) | (tag::ACTION_REQUEST, 2) => {
                (found.block, found.continues) = (Some(r.u32().ok()?), true);
            }
            (tag::GET_REQUEST, 3) => found.list(&mut r, false)?,
            (tag::SET_REQUEST, 1) => {
                let mut item = attribute(&mut r)?;
                item.data = Some(element(&mut r)?);
                found.items.push(item);
            }
            (tag::SET_REQUEST, 2) => {
                found.items.push(attribute(&mut r)?);
                found.piece(&mut r)?;
            }
            (tag::SET_REQUEST, 3) | (tag::ACTION_REQUEST, 6) => {
                found.piece(&mut r)?;
                found.continues = true;
            }
            (tag::SET_REQUEST, 4) => {
                found.list(&mut r, false)?;
                found.values(&mut r)?;
            }
            (tag::ACTION_REQUEST, 1) => {
                let mut item = object(&mut r)?;
                if r.u8().ok()? != 0 {
                    item.data = Some(element(&mut r)?);
                }
                found.items.push(item);
            }
            (tag::ACTION_REQUEST, 3) => {
                found.list(&mut r, true)?;
                found.values(&mut r)?;
            }
            (tag::SET_REQUEST, 5) => {
                found.list(&mut r, false)?;
                found.piece(&mut r)?;
            }
            (tag::ACTION_REQUEST, 4) => {
                found.items.push(object(&mut r)?);
                found.piece(&mut r)?;
            }
            (tag::ACTION_REQUEST, 5) => {
                found.list(&mut r, true)?;
                found.piece(&mut r)?;
            }
            _ => return None,
        }
        Some(found)
    }

    /// Reads what it is about and no more, of one that was cut; with what stands behind.
    pub fn head(apdu: u8, body: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if apdu < tag::AARQ {
            return Some(short::head(apdu, body));
        }
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, items: SmallVec::new(), block: None, raw: None, continues: false };
        match (apdu, kind) {
            (tag::SET_REQUEST, 1 | 2) | (tag::GET_REQUEST, 1) => found.items.push(attribute(&mut r)?),
            (tag::ACTION_REQUEST, 1 | 4) => found.items.push(object(&mut r)?),
            (tag::SET_REQUEST, 4 | 5) | (tag::GET_REQUEST, 3) => found.list(&mut r, false)?,
            (tag::ACTION_REQUEST, 3 | 5) => found.list(&mut r, true)?,
            _ => return None,
        }
        Some((found, r.rest()))
    }

    /// A block: whether it is the last, its number, its bytes (`DataBlock-SA`).
    fn piece(&mut self, r: &mut Reader<'a>) -> Option<()> {
        r.skip(1).ok()?;
        self.block = Some(r.u32().ok()?);
        self.raw = Some(octets(r)?);
        Some(())
    }

    fn list(&mut self, r: &mut Reader<'a>, methods: bool) -> Option<()> {
        let count = length(r)?;
        for _ in 0..count {
            let item = if methods { object(r)? } else { attribute(r)? };
            if self.items.len() < ITEMS_MAX {
                self.items.push(item);
            }
        }
        Some(())
    }

    fn values(&mut self, r: &mut Reader<'a>) -> Option<()> {
        let count = length(r)?;
        for item in self.items.iter_mut().take(count) {
            item.data = Some(element(r)?);
        }
        Some(())
    }
}

/// Class, name and number of an attribute or a method.
pub fn object<'a>(r: &mut Reader<'a>) -> Option<Item<'a>> {
    Some(Item { class: r.u16().ok()?, name: r.array().ok()?, id: r.u8().ok()?, ..Item::default() })
}

/// An attribute with its selection, of which the selector is kept.
fn attribute<'a>(r: &mut Reader<'a>) -> Option<Item<'a>> {
    let mut item = object(r)?;
    if r.u8().ok()? != 0 {
        item.selector = Some(r.u8().ok()?);
        element(r)?;
    }
    Some(item)
}

/// One result of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    pub result: u8,
    pub data: Option<&'a [u8]>,
    /// The data is a secret, by what was asked.
    pub hidden: bool,
}

impl<'a> Outcome<'a> {
    /// A value.
    pub const fn with(data: &'a [u8]) -> Self {
        Self { result: 0, data: Some(data), hidden: false }
    }

    /// A result alone.
    pub const fn of(result: u8) -> Self {
        Self { result, data: None, hidden: false }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    pub kind: u8,
    pub invoke: u8,
    pub outcomes: SmallVec<[Outcome<'a>; 2]>,
    pub block: Option<u32>,
    /// What the block holds.
    pub raw: Option<&'a [u8]>,
    /// More blocks follow or are wanted.
    pub more: bool,
}

impl<'a> Response<'a> {
    /// Reads the body of a get, set or action response.
    pub fn read(apdu: u8, body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, outcomes: SmallVec::new(), block: None, raw: None, more: false };
        match (apdu, kind) {
            (tag::GET_RESPONSE, 1) => found.outcomes.push(data_or_result(&mut r)?),
            (tag::GET_RESPONSE, 2) => {
                found.more = r.u8().ok()? == 0;
                found.block = Some(r.u32().ok()?);
                let result = match r.u8().ok()? {
                    0 => {
                        found.raw = Some(octets(&mut r)?);
                        0
                    }
                    _ => r.u8().ok()?,
                };
                found.more &= result == 0;
                found.outcomes.push(Outcome::of(result));
            }
            (tag::GET_RESPONSE, 3) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    found.outcomes.push(data_or_result(&mut r)?);
                }
            }
            (tag::SET_RESPONSE, 1) => found.outcomes.push(Outcome::of(r.u8().ok()?)),
            (tag::SET_RESPONSE, 2) => (found.block, found.more) = (Some(r.u32().ok()?), true),
            (tag::SET_RESPONSE, 3) => {
                found.outcomes.push(Outcome::of(r.u8().ok()?));
                found.block = Some(r.u32().ok()?);
            }
            (tag::SET_RESPONSE, 4 | 5) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    found.outcomes.push(Outcome::of(r.u8().ok()?));
                }
            }
            (tag::ACTION_RESPONSE, 1) => {
                let result = r.u8().ok()?;
                let data = if r.u8().is_ok_and(|flag| flag != 0) { data_or_result(&mut r)?.data } else { None };
                found.outcomes.push(Outcome { result, data, hidden: false });
            }
            (tag::ACTION_RESPONSE, 2) => {
                found.more = r.u8().ok()? == 0;
                found.block = Some(r.u32().ok()?);
            }
            (tag::ACTION_RESPONSE, 3) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    let result = r.u8().ok()?;
                    let data = if r.u8().ok()? != 0 { data_or_result(&mut r)?.data } else { None };
                    found.outcomes.push(Outcome { result, data, hidden: false });
                }
            }
            (tag::ACTION_RESPONSE, 4) => (found.block, found.more) = (Some(r.u32().ok()?), true),
            _ => return None,
        }
        Some(found)
    }
}

fn data_or_result<'a>(r: &mut Reader<'a>) -> Option<Outcome<'a>> {
    Some(match r.u8().ok()? {
        0 => Outcome { result: 0, data: Some(element(r)?), hidden: false },
        1 => Outcome::of(r.u8().ok()?),
        _ => return None,
    })
}

/// What a device tells unasked: time and attribute or body.
pub struct Notification<'a> {
    pub time: Option<&'a [u8]>,
    pub item: Option<Item<'a>>,
    pub data: &'a [u8],
}

impl<'a> Notification<'a> {
    /// Reads a data or event notification.
    pub fn read(apdu: u8, body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        match apdu {
            tag::DATA_NOTIFICATION => {
                r.skip(4).ok()?;
                let time = Some(octets(&mut r)?).filter(|time| !time.is_empty());
                Some(Self { time, item: None, data: element(&mut r)? })
            }
            tag::EVENT_NOTIFICATION => {
                let mut time = None;
                if r.u8().ok()? != 0 {
                    // Twelve bytes behind their length, or without it where the text of the standard fixes the size.
                    let bare = matches!(r.peek(0), Some(7 | 8));
                    time = Some(if bare { r.take(12).ok()? } else { octets(&mut r)? });
                }
                let item = Some(object(&mut r)?);
                Some(Self { time, item, data: element(&mut r)? })
            }
            _ => None,
        }
    }
}
