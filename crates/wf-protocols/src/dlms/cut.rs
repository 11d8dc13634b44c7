//! Secrets in an APDU whose end a capture left out: what is there of them.

use super::access::{self, Kind};
use super::acse;
use super::apdu::Request;
use super::data::{element, length};
use super::names::tag;
use super::protected;
use smallvec::SmallVec;
use wf_wire::Reader;

/// What is there of passwords and keys, with what kind each is.
pub type Found<'a> = SmallVec<[(&'static str, &'a [u8]); 2]>;

/// The secrets of an APDU that is cut; `begun` says by a request's tag and number which of its items are secrets.
pub fn secrets<'a>(bytes: &'a [u8], begun: impl FnOnce(u8, u8) -> SmallVec<[bool; 2]>) -> Found<'a> {
    let bytes = protected::open_cut(bytes);
    let mut found = Found::new();
    let Some((&code, body)) = bytes.split_first() else { return found };
    let asked = match code {
        tag::AARQ => return acse::secrets_cut(body),
        tag::ACCESS_REQUEST => {
            let _ = accessed(body, &mut found);
            return found;
        }
        tag::SET_REQUEST | tag::ACTION_REQUEST | tag::GET_RESPONSE | tag::WRITE_REQUEST | tag::UNCONFIRMED_WRITE => code,
        _ => return found,
    };
    // Where it ends, what was found stays.
    let _ = match asked {
        tag::GET_RESPONSE => response(body, begun, &mut found),
        tag::WRITE_REQUEST | tag::UNCONFIRMED_WRITE => written(code, body, &mut found),
        _ => request(code, body, begun, &mut found),
    };
    found
}

fn request<'a>(code: u8, body: &'a [u8], begun: impl FnOnce(u8, u8) -> SmallVec<[bool; 2]>, found: &mut Found<'a>) -> Option<()> {
    let (kind, invoke) = (*body.first()?, *body.get(1)? & 0x0f);
    if matches!((code, kind), (tag::SET_REQUEST, 3) | (tag::ACTION_REQUEST, 6)) {
        let mut r = Reader::new(body.get(2..)?);
        return begun(code, invoke).contains(&true).then(|| block(&mut r, found))?;
    }
    let (head, rest) = Request::head(code, body)?;
    let mut r = Reader::new(rest);
    let is_method = code == tag::ACTION_REQUEST;
    let secret = head.items.iter().map(|item| item.is_secret(is_method) && !item.is_reply(is_method));
    match (code, kind) {
        (tag::SET_REQUEST, 1) => values(&mut r, secret, found),
        (tag::ACTION_REQUEST, 1) if r.u8().ok()? != 0 => values(&mut r, secret, found),
        (tag::SET_REQUEST, 4) | (tag::ACTION_REQUEST, 3) => {
            length(&mut r)?;
            values(&mut r, secret, found)
        }
        (tag::SET_REQUEST, 2 | 5) | (tag::ACTION_REQUEST, 4 | 5) => {
            secret.clone().any(|secret| secret).then(|| block(&mut r, found))?
        }
        _ => None,
    }
}

/// A request of the access service, cut or whole.
fn accessed<'a>(body: &'a [u8], found: &mut Found<'a>) -> Option<()> {
    let mut r = Reader::new(body);
    let asked = access::specifications(&mut r)?;
    let secret = |(kind, item): &(Kind, super::apdu::Item<'_>)| {
        let is_method = *kind == Kind::Action;
        *kind != Kind::Get && item.is_secret(is_method) && !item.is_reply(is_method)
    };
    values(&mut r, asked.iter().map(secret), found)
}

fn written<'a>(code: u8, body: &'a [u8], found: &mut Found<'a>) -> Option<()> {
    let (head, rest) = Request::head(code, body)?;
    let mut r = Reader::new(rest);
    length(&mut r)?;
    values(&mut r, head.items.iter().map(|item| item.is_secret(false) && !item.is_reply(false)), found)
}

fn response<'a>(body: &'a [u8], begun: impl FnOnce(u8, u8) -> SmallVec<[bool; 2]>, found: &mut Found<'a>) -> Option<()> {
    let mut r = Reader::new(body);
    let (kind, invoke) = (r.u8().ok()?, r.u8().ok()? & 0x0f);
    let secret = begun(tag::GET_REQUEST, invoke);
    match kind {
        1 if r.u8().ok()? == 0 => values(&mut r, secret.into_iter(), found),
        2 if secret.contains(&true) => {
            r.skip(5).ok()?;
            if r.u8().ok()? == 0 { raw(&mut r, found) } else { None }
        }
        3 => {
            length(&mut r)?;
            for secret in secret {
                match r.u8().ok()? {
                    0 => values(&mut r, std::iter::once(secret), found)?,
                    _ => r.skip(1).ok()?,
                }
            }
            Some(())
        }
        _ => None,
    }
}

/// Values, of which the last may be cut.
fn values<'a>(r: &mut Reader<'a>, secret: impl Iterator<Item = bool>, found: &mut Found<'a>) -> Option<()> {
    for secret in secret {
        let rest = r.rest();
        let value = element(r);
        if secret {
            push(text(value.unwrap_or(rest)), found);
        }
        value?;
    }
    Some(())
}

/// What a value holds as far as it is there: of strings without type and length.
fn text(value: &[u8]) -> &[u8] {
    let mut r = Reader::new(value);
    match r.u8() {
        Ok(9 | 10 | 12) => length(&mut r).map_or(&[], |_| r.rest()),
        _ => value,
    }
}

/// A block: whether it is the last, its number, its bytes.
fn block<'a>(r: &mut Reader<'a>, found: &mut Found<'a>) -> Option<()> {
    r.skip(5).ok()?;
    raw(r, found)
}

fn raw<'a>(r: &mut Reader<'a>, found: &mut Found<'a>) -> Option<()> {
    let count = length(r)?;
    push(r.rest().get(..count).unwrap_or(r.rest()), found);
    Some(())
}

fn push<'a>(secret: &'a [u8], found: &mut Found<'a>) {
    if !secret.is_empty() {
        found.push(("secret", secret));
    }
}
