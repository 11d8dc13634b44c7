//! Readable credentials: Basic (RFC 7617) and Bearer (RFC 6750) authorization, and login forms. The secret is told to be
//! masked, never kept.

use super::head::Head;
use crate::hints;
use wf_wire::decode::{Context, Credential, Sink};

/// Longest form that is looked at, and longest Basic token.
pub(super) const FORM_MAX: usize = 4096;
const TOKEN_MAX: usize = 1024;
const FIELDS_MAX: usize = 64;

/// Names of form fields for the user, lower case.
const USER_FIELDS: &[&str] =
    &["user", "username", "user_name", "userid", "user_id", "login", "uname", "usr", "email", "j_username", "account"];

pub(super) fn of_request(ctx: &Context<'_>, head: &Head<'_>, out: &mut dyn Sink) {
    if let Some(value) = head.authorization {
        authorization(ctx, value, out);
    }
    if let Some(at) = head.uri.iter().position(|b| *b == b'?') {
        form(ctx, head.uri.get(at + 1..).unwrap_or_default(), out);
    }
}

fn authorization(ctx: &Context<'_>, value: &[u8], out: &mut dyn Sink) {
    let Some((scheme, token)) = value.split_at_checked(value.iter().position(|b| *b == b' ').unwrap_or(value.len())) else {
        return;
    };
    let token = token.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"basic") {
        let plain = base64(token.get(..token.len().min(TOKEN_MAX)).unwrap_or_default());
        let end = plain.iter().position(|b| *b == b':');
        let user = end.and_then(|at| plain.get(..at)).map(hints::clean);
        out.credential(ctx, "http", Credential { scheme: "basic", user: user.as_deref(), secret: token });
    } else if scheme.eq_ignore_ascii_case(b"bearer") && !token.is_empty() {
        out.credential(ctx, "http", Credential { scheme: "bearer", user: None, secret: token });
    }
}

/// A form's or a query's fields: a credential if one of them is a password.
pub(super) fn form(ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
    let (mut user, mut secret, mut end) = (None, None, 0);
    for field in bytes.split(|b| *b == b'&').take(FIELDS_MAX) {
        end += field.len() + 1;
        let Some(at) = field.iter().position(|b| *b == b'=') else { continue };
        let name = String::from_utf8_lossy(field.get(..at).unwrap_or_default()).to_ascii_lowercase();
        let value = field.get(at + 1..).unwrap_or_default();
        if value.is_empty() {
            continue;
        }
        if USER_FIELDS.contains(&name.as_str()) && user.is_none() {
            user = Some(unescape(value));
        }
        if name.contains("passw") || matches!(name.as_str(), "pass" | "pwd" | "pw" | "passwd" | "j_password") {
            let first = secret.map_or(end - 1 - value.len(), |(first, _)| first);
            secret = Some((first, end - 1));
        }
    }
    if let Some((first, last)) = secret {
        // One credential, however often it is repeated: from the first secret to the last one.
        let secret = bytes.get(first..last).unwrap_or_default();
        let user = user.as_deref().map(hints::clean);
        out.credential(ctx, "http", Credential { scheme: "form", user: user.as_deref(), secret });
    }
}

/// Undoes percent-encoding.
fn unescape(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.first_chunk::<2>().and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, pair.and_then(|p| u8::from_str_radix(p, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*first),
        }
        rest = after;
    }
    out
}

/// Decodes base64 (RFC 4648) up to the first character that is none.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u8);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}
