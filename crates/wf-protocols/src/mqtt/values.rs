//! What a payload says where nothing tells its form: a number, on or off, short text.

use crate::hints;
use std::borrow::Cow;
use wf_wire::decode::Value;

/// Longest payload that is taken for a value, in bytes.
const TEXT_MAX: usize = 64;
/// Longest text of a payload in operations, in bytes.
const SHOWN_MAX: usize = 200;
/// Bytes of a payload that are shown where it is no text.
const HEX_MAX: usize = 32;

fn text(payload: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(payload).ok()?.trim();
    (!text.contains(char::is_control)).then_some(text)
}

/// The value that a payload is, if it is one.
#[must_use]
pub fn value(payload: &[u8]) -> Option<Value<'_>> {
    if payload.is_empty() || payload.len() > TEXT_MAX {
        return None;
    }
    let text = text(payload)?;
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && let Ok(number) = text.parse()
    {
        return Some(Value::Number(number));
    }
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") || is("on") {
        return Some(Value::Flag(true));
    }
    if is("false") || is("off") {
        return Some(Value::Flag(false));
    }
    // Structured text is no value.
    (!text.is_empty() && !text.starts_with(['{', '[', '<'])).then_some(Value::Text(text))
}

/// A payload as people can read it, bounded.
#[must_use]
pub fn shown(payload: &[u8]) -> Cow<'_, str> {
    match text(payload) {
        Some(text) => hints::cut(text.into(), SHOWN_MAX),
        None => Cow::Owned(hints::hex_cut(payload, HEX_MAX)),
    }
}
