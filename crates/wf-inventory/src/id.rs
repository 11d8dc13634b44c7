//! Ids of assets as numbers: as text they are looked at and stored, but not compared a million times.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An asset's id: `a-` and these sixteen hexadecimal digits. Ids as numbers have the order of ids as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u64);

impl Id {
    /// The id that is written so.
    pub fn of(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("a-").filter(|d| d.len() == 16)?;
        let plain = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u64::from_str_radix(digits, 16).ok().filter(|_| plain).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a-{:016x}", self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is not an asset's id")))
    }
}
