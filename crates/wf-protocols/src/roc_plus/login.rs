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
    // Operator and password in bytes, then an access level or the word LOGOUT.
    let (name, secret) = match data.len() {
        5 | 6 | 11 => (3, 2),
        70 | 71 | 76 => (30, 40),
        _ => return None,
    };
    Some(Login { user: clean(data.get(..name)?), secret: data.get(name..name + secret)?.trim_ascii_end() })
}

/// Level of access that a login asks for, where it says one.
pub fn access(data: &[u8]) -> Option<u8> {
    matches!(data.len(), 6 | 71).then(|| data.last().copied()).flatten()
}
