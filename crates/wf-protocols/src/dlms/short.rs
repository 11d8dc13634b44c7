//! Requests and answers by short names (IEC 62056-5-3, 9.5): variables, parameterised access, blocks.

use super::apdu::{ITEMS_MAX, Item, Outcome, Request, Response};
use super::data::{element, length, octets};
use super::names::tag;
use smallvec::SmallVec;
use wf_wire::Reader;

/// Reads a read, a write, a write without answer or a report.
pub fn request<'a>(code: u8, body: &'a [u8]) -> Option<Request<'a>> {
    let mut r = Reader::new(body);
    let mut found = nothing();
    if code == tag::INFORMATION_REPORT && r.u8().ok()? != 0 {
        octets(&mut r)?;
    }
    variables(&mut r, &mut found)?;
    if code != tag::READ_REQUEST {
        let count = length(&mut r)?;
        // A block of a write is the one value that is written.
        if found.block.is_some() {
            found.raw = super::data::string(element(&mut r)?);
        } else {
            for item in found.items.iter_mut().take(count) {
                item.data = Some(element(&mut r)?);
            }
        }
    }
    if found.block.is_some_and(|block| block > 1) || found.raw.is_none() && found.block.is_some() {
        found.continues = true;
    } else if let Some(raw) = found.raw {
        // What the first block begins with says what it is all about.
        found.items = head(code, raw).0.items;
    }
    Some(found)
}

/// Reads what a request is about as far as it goes, with what stands behind.
pub fn head(code: u8, body: &[u8]) -> (Request<'_>, &[u8]) {
    let mut r = Reader::new(body);
    let mut found = nothing();
    let timed = code == tag::INFORMATION_REPORT && r.u8().is_ok_and(|flag| flag != 0);
    if !timed || octets(&mut r).is_some() {
        // Where it is cut, what was read stays.
        let _ = variables(&mut r, &mut found);
    }
    (found, r.rest())
}

fn nothing<'a>() -> Request<'a> {
    Request { kind: 0, invoke: 0, items: SmallVec::new(), block: None, raw: None, continues: false }
}

/// What is read or written, by the kind of access.
fn variables<'a>(r: &mut Reader<'a>, found: &mut Request<'a>) -> Option<()> {
    for _ in 0..length(r)? {
        let mut item = Item::default();
        match r.u8().ok()? {
            2 => item.short = Some(r.u16().ok()?),
            // Methods that give something back are read with what is passed to them.
            4 => {
                (item.short, item.selector) = (Some(r.u16().ok()?), Some(r.u8().ok()?));
                if found.items.len() < ITEMS_MAX {
                    found.items.push(item);
                }
                let parameter = element(r)?;
                if let Some(last) = found.items.last_mut().filter(|last| **last == item) {
                    last.data = Some(parameter);
                }
                continue;
            }
            5 => found.block = Some(r.u16().ok()?.into()),
            6 => {
                r.skip(1).ok()?;
                (found.block, found.raw) = (Some(r.u16().ok()?.into()), Some(octets(r)?));
            }
            7 => {
                r.skip(1).ok()?;
                found.block = Some(r.u16().ok()?.into());
            }
            _ => return None,
        }
        if item.short.is_some() && found.items.len() < ITEMS_MAX {
            found.items.push(item);
        }
    }
    Some(())
}

/// Reads the answer to a read or to a write.
pub fn response<'a>(code: u8, body: &'a [u8]) -> Option<Response<'a>> {
    let mut r = Reader::new(body);
    let mut found = Response { kind: 0, invoke: 0, outcomes: SmallVec::new(), block: None, raw: None, more: false };
    for _ in 0..length(&mut r)?.min(ITEMS_MAX) {
        match (code, r.u8().ok()?) {
            (tag::READ_RESPONSE, 0) => found.outcomes.push(Outcome::with(element(&mut r)?)),
            (_, 0) => found.outcomes.push(Outcome::of(0)),
            (_, 1) => found.outcomes.push(Outcome::of(r.u8().ok()?)),
            (tag::READ_RESPONSE, 2) => {
                found.more = r.u8().ok()? == 0;
                (found.block, found.raw) = (Some(r.u16().ok()?.into()), Some(octets(&mut r)?));
            }
            (tag::READ_RESPONSE, 3) | (tag::WRITE_RESPONSE, 2) => (found.block, found.more) = (Some(r.u16().ok()?.into()), true),
            _ => return None,
        }
    }
    Some(found)
}
