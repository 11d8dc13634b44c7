//! Requests for attributes and methods, and their answers (IEC 62056-53, 9.3).

use super::data::{element, length};
use super::names::tag;
use smallvec::SmallVec;
use std::fmt;
use wf_wire::Reader;
use wf_wire::decode::Coded;

/// Most items of a list that are read.
const ITEMS_MAX: usize = 64;

/// An attribute or a method of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    pub class: u16,
    pub name: [u8; 6],
    pub id: u8,
    /// What is written or passed to the method.
    pub data: Option<&'a [u8]>,
}

impl Item<'_> {
    /// The numbers that name it in a server: behind one address there may be several meters.
    pub fn coded(&self, server: u32) -> Coded {
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

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub kind: u8,
    pub invoke: u8,
    pub items: SmallVec<[Item<'a>; 2]>,
    /// Number of the block that is sent or asked for.
    pub block: Option<u32>,
    /// It carries on what was asked before.
    pub continues: bool,
}

impl<'a> Request<'a> {
    /// Reads the body of a get, set or action request.
    pub fn read(apdu: u8, body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, items: SmallVec::new(), block: None, continues: false };
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
                r.skip(1).ok()?;
                found.block = Some(r.u32().ok()?);
            }
            (tag::SET_REQUEST, 3) => {
                r.skip(1).ok()?;
                (found.block, found.continues) = (Some(r.u32().ok()?), true);
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
                r.skip(1).ok()?;
                found.block = Some(r.u32().ok()?);
            }
            (tag::ACTION_REQUEST, 4) => found.items.push(object(&mut r)?),
            (tag::ACTION_REQUEST, 5) => found.list(&mut r, true)?,
            (tag::ACTION_REQUEST, 6) => found.continues = true,
            _ => return None,
        }
        Some(found)
    }

    /// Reads what it is about and no more: of one that was cut.
    pub fn head(apdu: u8, body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, items: SmallVec::new(), block: None, continues: false };
        match (apdu, kind) {
            (tag::SET_REQUEST | tag::GET_REQUEST, 1) => found.items.push(attribute(&mut r)?),
            (tag::ACTION_REQUEST, 1) => found.items.push(object(&mut r)?),
            (tag::SET_REQUEST, 4) => found.list(&mut r, false)?,
            (tag::ACTION_REQUEST, 3) => found.list(&mut r, true)?,
            _ => return None,
        }
        Some(found)
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

fn object<'a>(r: &mut Reader<'a>) -> Option<Item<'a>> {
    Some(Item { class: r.u16().ok()?, name: r.array().ok()?, id: r.u8().ok()?, data: None })
}

/// An attribute with its selection, which is skipped.
fn attribute<'a>(r: &mut Reader<'a>) -> Option<Item<'a>> {
    let item = object(r)?;
    if r.u8().ok()? != 0 {
        r.skip(1).ok()?;
        element(r)?;
    }
    Some(item)
}

/// One result of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    pub result: u8,
    pub data: Option<&'a [u8]>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    pub kind: u8,
    pub invoke: u8,
    pub outcomes: SmallVec<[Outcome<'a>; 2]>,
    pub block: Option<u32>,
    /// More blocks follow or are wanted.
    pub more: bool,
}

impl<'a> Response<'a> {
    /// Reads the body of a get, set or action response.
    pub fn read(apdu: u8, body: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(body);
        let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
        let mut found = Self { kind, invoke, outcomes: SmallVec::new(), block: None, more: false };
        match (apdu, kind) {
            (tag::GET_RESPONSE, 1) => found.outcomes.push(data_or_result(&mut r)?),
            (tag::GET_RESPONSE, 2) => {
                found.more = r.u8().ok()? == 0;
                found.block = Some(r.u32().ok()?);
                let result = if r.u8().ok()? == 0 { 0 } else { r.u8().ok()? };
                found.more &= result == 0;
                found.outcomes.push(Outcome { result, data: None });
            }
            (tag::GET_RESPONSE, 3) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    found.outcomes.push(data_or_result(&mut r)?);
                }
            }
            (tag::SET_RESPONSE, 1) => found.outcomes.push(Outcome { result: r.u8().ok()?, data: None }),
            (tag::SET_RESPONSE, 2) => (found.block, found.more) = (Some(r.u32().ok()?), true),
            (tag::SET_RESPONSE, 3) => {
                found.outcomes.push(Outcome { result: r.u8().ok()?, data: None });
                found.block = Some(r.u32().ok()?);
            }
            (tag::SET_RESPONSE, 4 | 5) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    found.outcomes.push(Outcome { result: r.u8().ok()?, data: None });
                }
            }
            (tag::ACTION_RESPONSE, 1) => {
                let result = r.u8().ok()?;
                let data = if r.u8().is_ok_and(|flag| flag != 0) { data_or_result(&mut r)?.data } else { None };
                found.outcomes.push(Outcome { result, data });
            }
            (tag::ACTION_RESPONSE, 2) => {
                found.more = r.u8().ok()? == 0;
                found.block = Some(r.u32().ok()?);
            }
            (tag::ACTION_RESPONSE, 3) => {
                for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
                    let result = r.u8().ok()?;
                    let data = if r.u8().ok()? != 0 { data_or_result(&mut r)?.data } else { None };
                    found.outcomes.push(Outcome { result, data });
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
        0 => Outcome { result: 0, data: Some(element(r)?) },
        1 => Outcome { result: r.u8().ok()?, data: None },
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
                let count = length(&mut r)?;
                let time = Some(r.take(count).ok()?).filter(|time| !time.is_empty());
                Some(Self { time, item: None, data: element(&mut r)? })
            }
            tag::EVENT_NOTIFICATION => {
                let mut time = None;
                if r.u8().ok()? != 0 {
                    let count = length(&mut r)?;
                    time = Some(r.take(count).ok()?);
                }
                let item = Some(object(&mut r)?);
                Some(Self { time, item, data: element(&mut r)? })
            }
            _ => None,
        }
    }
}
