//! Stable ids: the same parts give the same id in every run and on every machine. As text they are looked at and stored; as
//! numbers they are compared a million times.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An id: its letter, a dash, and sixteen hexadecimal digits. Ids as numbers have the order of ids as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<const LETTER: char>(u64);

/// An asset's id.
pub type AssetId = Id<'a'>;
/// A conversation's id.
pub type ConversationId = Id<'c'>;
/// A finding's id.
pub type FindingId = Id<'f'>;

impl<const LETTER: char> Id<LETTER> {
    /// The id of these parts, each ended by a zero byte.
    #[must_use]
    pub fn stable(parts: &[&str]) -> Self {
        Self::of_bytes(parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0))))
    }

    /// The id of these bytes: their 64-bit FNV-1a hash.
    #[must_use]
    pub fn of_bytes(bytes: impl Iterator<Item = u8>) -> Self {
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)))
    }

    /// The id that is written so.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(LETTER)?.strip_prefix('-').filter(|d| d.len() == 16)?;
        let plain = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u64::from_str_radix(digits, 16).ok().filter(|_| plain).map(Self)
    }
}

impl<const LETTER: char> fmt::Display for Id<LETTER> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LETTER}-{:016x}", self.0)
    }
}

impl<const LETTER: char> Serialize for Id<LETTER> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const LETTER: char> Deserialize<'de> for Id<LETTER> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is not an id {LETTER}-…")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(AssetId::stable(&["ab", "c"]), AssetId::stable(&["a", "bc"]));
        assert_eq!(AssetId::stable(&[]).to_string(), "a-cbf29ce484222325");
    }

    #[test]
    fn text_and_back() {
        for (text, is_one) in [
            ("f-00000000000000ff", true),
            ("a-00000000000000ff", false),
            ("f-00000000000000FF", false),
            ("f-+0000000000000ff", false),
            ("f-ff", false),
        ] {
            assert_eq!(FindingId::of(text).map(|id| id.to_string()).as_deref(), is_one.then_some(text), "{text}");
        }
    }
}
