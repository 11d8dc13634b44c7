//! Logins (D301180X012, opcode 17): a short form with a number for password, a long one with names and words.

use crate::hints::clean;
use std::borrow::Cow;

/// Who logs in or out.
pub struct Login<'a> {
    /// Operator.
    pub user: Cow<'a, str>,
    /// Password as it stands in the frame; empty where none is sent.
    pub secret: &'a [u8],
}

/// Reads a login or logout; `None` for requests for a session key and what is not known.
pub fn read(data: &[u8]) -> Option<Login<'_>> {
    let (name, secret) = form(data.len())?;
    Some(Login { user: clean(data.get(..name)?), secret: data.get(name..name + secret)?.trim_ascii_end() })
}

/// Bytes of operator and password, behind which an access level or the word LOGOUT may stand, by the length of it all.
const fn form(length: usize) -> Option<(usize, usize)> {
    match length {
        5 | 6 | 11 => Some((3, 2)),
        70 | 71 | 76 => Some((30, 40)),
        _ => None,
    }
}

/// What is there of the password of a login that is cut and should have so many bytes.
pub fn cut(data: &[u8], said: usize) -> Option<&[u8]> {
    let (name, secret) = form(said)?;
    let rest = data.get(name..)?;
    Some(rest.get(..secret).unwrap_or(rest)).filter(|secret| !secret.is_empty())
}

/// Level of access that a login asks for, where it says one.
pub fn access(data: &[u8]) -> Option<u8> {
    matches!(data.len(), 6 | 71).then(|| data.last().copied()).flatten()
}
