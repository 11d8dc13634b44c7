//! Search filters as text (RFC 4515), to a bounded depth and length.

use super::names::{self, HIDDEN};
use crate::ber::{self, Element, Elements};
use std::fmt::{self, Write};

/// Filters inside one another that are followed.
pub const DEPTH_MAX: usize = 16;

/// A filter as it came.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a>(pub &'a [u8]);

impl Filter<'_> {
    /// Whether it is nested deeper than is followed.
    pub fn is_deep(&self) -> bool {
        let mut level = self.0;
        for _ in 0..DEPTH_MAX {
            let Some(e) = Elements::new(level).find(|e| matches!(e.context(), Some(0..=2))) else { return false };
            level = e.bytes;
        }
        true
    }
}

impl fmt::Display for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Elements::new(self.0).next().map_or(Ok(()), |e| show(&e, DEPTH_MAX, f))
    }
}

fn show(e: &Element<'_>, left: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut parts = e.elements();
    let Some(number) = e.context().filter(|_| left > 0) else { return f.write_str("(…)") };
    f.write_char('(')?;
    match number {
        0..=2 => {
            f.write_char(match number {
                0 => '&',
                1 => '|',
                _ => '!',
            })?;
            for part in parts {
                show(&part, left - 1, f)?;
            }
        }
        3 | 5 | 6 | 8 => {
            let (name, value) = (parts.next().map(|e| e.bytes).unwrap_or_default(), parts.next());
            escaped(name, f)?;
            f.write_str(match number {
                3 => "=",
                5 => ">=",
                6 => "<=",
                _ => "~=",
            })?;
            asserted(name, value.map(|e| e.bytes).unwrap_or_default(), f)?;
        }
        4 => {
            let name = parts.next().map(|e| e.bytes).unwrap_or_default();
            escaped(name, f)?;
            f.write_char('=')?;
            if names::is_secret(name) {
                f.write_str(HIDDEN)?;
            } else {
                substrings(parts.next().map(|e| e.elements()), f)?;
            }
        }
        7 => {
            escaped(e.bytes, f)?;
            f.write_str("=*")?;
        }
        9 => extensible(parts, f)?,
        other => write!(f, "?{other}")?,
    }
    f.write_char(')')
}

fn substrings(parts: Option<Elements<'_>>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut open = false;
    for part in parts.into_iter().flatten() {
        if part.context() != Some(0) {
            f.write_char('*')?;
        }
        escaped(part.bytes, f)?;
        open = part.context() != Some(2);
    }
    if open { f.write_char('*') } else { Ok(()) }
}

/// RFC 4511, 4.5.1.7.7.
fn extensible(parts: Elements<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let part = |number| parts.clone().find(|e| e.context() == Some(number));
    let name = part(2).map(|e| e.bytes).unwrap_or_default();
    escaped(name, f)?;
    if part(4).and_then(|e| ber::boolean(e.bytes)) == Some(true) {
        f.write_str(":dn")?;
    }
    if let Some(rule) = part(1) {
        f.write_char(':')?;
        escaped(rule.bytes, f)?;
    }
    f.write_str(":=")?;
    asserted(name, part(3).map(|e| e.bytes).unwrap_or_default(), f)
}

/// What an attribute is compared with. Whoever guesses a secret shows it.
fn asserted(name: &[u8], value: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if names::is_secret(name) { f.write_str(HIDDEN) } else { escaped(value, f) }
}

/// RFC 4515, 3: what would be read as part of the filter, and what is no text, as `\xx`.
fn escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let readable = std::str::from_utf8(bytes);
    for c in readable.unwrap_or_default().chars() {
        match c {
            '(' | ')' | '*' | '\\' => write!(f, "\\{:02x}", u32::from(c))?,
            c if c.is_control() => write!(f, "\\{:02x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    if readable.is_err() {
        for byte in bytes {
            match byte {
                b' '..=b'~' if !b"()*\\".contains(byte) => f.write_char(char::from(*byte))?,
                _ => write!(f, "\\{byte:02x}")?,
            }
        }
    }
    Ok(())
}
