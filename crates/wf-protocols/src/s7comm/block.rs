//! Names of program blocks as they stand in file names and service arguments.

use std::fmt;
use wf_wire::Reader;

/// A block named in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Type, number and file system, as in `_0A00001P`.
    Known {
        /// Two characters that name the type.
        kind: [u8; 2],
        /// Number.
        number: u32,
        /// `A` active, `P` passive, `B` both.
        place: u8,
    },
    /// Another name (a file of a numerical control).
    Name(&'a [u8]),
}

impl<'a> Block<'a> {
    /// Reads a file name: `_` or `$`, two characters of type, five digits, file system.
    pub fn from_file_name(name: &'a [u8]) -> Self {
        name.strip_prefix(b"_").or_else(|| name.strip_prefix(b"$")).and_then(Self::from_argument).unwrap_or(Self::Name(name))
    }

    /// Reads the eight characters behind the first one of a file name.
    pub fn from_argument(name: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(name);
        let kind = r.array::<2>().ok()?;
        let digits = r.array::<5>().ok()?;
        let place = r.u8().ok()?;
        let number = digits.iter().try_fold(0u32, |n, d| char::from(*d).to_digit(10).map(|d| n * 10 + d))?;
        (r.is_empty() && type_name(kind).is_some()).then_some(Self::Known { kind, number, place })
    }

    /// Where the block goes or stands: `active`, `passive`, `both`.
    pub const fn place(&self) -> Option<&'static str> {
        match self {
            Self::Known { place: b'A', .. } => Some("active"),
            Self::Known { place: b'P', .. } => Some("passive"),
            Self::Known { place: b'B', .. } => Some("both"),
            _ => None,
        }
    }
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { kind, number, .. } => write!(f, "{}{number}", type_name(*kind).unwrap_or("?")),
            Self::Name(name) => write!(f, "{}", String::from_utf8_lossy(name).trim_end_matches(['\0', ' '])),
        }
    }
}

/// Name of a block type by its two characters.
pub const fn type_name(kind: [u8; 2]) -> Option<&'static str> {
    Some(match &kind {
        b"08" => "OB",
        b"09" => "CMOD",
        b"0A" => "DB",
        b"0B" => "SDB",
        b"0C" => "FC",
        b"0D" => "SFC",
        b"0E" => "FB",
        b"0F" => "SFB",
        _ => return None,
    })
}

/// Name of a block type by the number that block information uses.
pub const fn subtype_name(code: u8) -> &'static str {
    match code {
        0x08 => "OB",
        0x0a => "DB",
        0x0b => "SDB",
        0x0c => "FC",
        0x0d => "SFC",
        0x0e => "FB",
        0x0f => "SFB",
        _ => "unknown",
    }
}

/// Name of the language that a block was written in.
pub const fn language(code: u8) -> &'static str {
    match code {
        0x01 => "AWL",
        0x02 => "KOP",
        0x03 => "FUP",
        0x04 => "SCL",
        0x05 => "DB",
        0x06 => "GRAPH",
        0x07 => "SDB",
        0x08 => "CPU-DB",
        0x29 => "encrypted",
        _ => "not defined",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &[u8], want: &str, place| {
            let block = Block::from_file_name(name);
            assert_eq!((block.to_string().as_str(), block.place()), (want, place));
        };
        check(b"_0A00001P", "DB1", Some("passive"));
        check(b"_0800001A", "OB1", Some("active"));
        check(b"$0E00120B", "FB120", Some("both"));
        check(b"_N_MPF0", "_N_MPF0", None);
        check(b"", "", None);
    }
}
