//! Requests of the access service (DLMS UA 1000-2, 9.5): a list of gets, sets and actions, then a value for each.

use super::apdu::{ITEMS_MAX, Item, object};
use super::data::{element, length, octets};
use smallvec::SmallVec;
use wf_wire::Reader;

/// What is asked of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Get,
    Set,
    Action,
}

/// What is asked, of what, with which value.
pub type Asked<'a> = SmallVec<[(Kind, Item<'a>); 2]>;

/// What a request asks without the values, which stand behind; `None` where it is cut before them.
pub fn specifications<'a>(r: &mut Reader<'a>) -> Option<Asked<'a>> {
    r.skip(4).ok()?;
    octets(r)?;
    let mut found = Asked::new();
    for _ in 0..length(r)? {
        let code = r.u8().ok()?;
        let kind = match code {
            1 | 4 => Kind::Get,
            2 | 5 => Kind::Set,
            3 => Kind::Action,
            _ => return None,
        };
        let mut item = object(r)?;
        if code > 3 {
            item.selector = Some(r.u8().ok()?);
            element(r)?;
        }
        if found.len() < ITEMS_MAX {
            found.push((kind, item));
        }
    }
    length(r)?;
    Some(found)
}

/// What a request asks, each with its value.
pub fn request(body: &[u8]) -> Option<Asked<'_>> {
    let mut r = Reader::new(body);
    let mut found = specifications(&mut r)?;
    for (kind, item) in &mut found {
        let value = element(&mut r)?;
        item.data = Some(value).filter(|_| *kind != Kind::Get);
    }
    Some(found)
}
