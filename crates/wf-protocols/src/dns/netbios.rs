//! NetBIOS names (RFC 1001, clause 14) and what NBNS records hold (RFC 1002, clause 4.2).

use std::fmt;
use std::net::Ipv4Addr;
use wf_model::Mac;
use wf_wire::{Reader, Short};

/// Names read of one node status answer.
const NAMES_MAX: u8 = 64;

/// Types of NBNS records.
pub(super) const NB: u16 = 0x20;
pub(super) const NBSTAT: u16 = 0x21;

/// A name and its suffix byte, which tells the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub text: String,
    pub suffix: u8,
}

impl Name {
    /// Undoes the first-level encoding: each half byte is a letter from `A` on.
    pub fn decode(label: &[u8]) -> Option<Self> {
        if label.len() != 32 || !label.iter().all(|b| (b'A'..=b'P').contains(b)) {
            return None;
        }
        let mut raw = [0u8; 16];
        for (byte, pair) in raw.iter_mut().zip(label.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, letter| byte << 4 | (letter - b'A'));
        }
        Some(Self::from_raw(&raw))
    }

    fn from_raw(raw: &[u8; 16]) -> Self {
        let [name @ .., suffix] = raw;
        let text: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect();
        Self { text: text.trim_end().to_owned(), suffix: *suffix }
    }

    /// Whether the suffix is of a host's own name: workstation or file server service.
    pub fn is_host(&self) -> bool {
        matches!(self.suffix, 0x00 | 0x20) && !self.text.is_empty() && self.text != "*"
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<{:02x}>", self.text, self.suffix)
    }
}

/// The first address of an NB record and whether the name is a group's.
pub(super) fn address(data: &[u8]) -> Result<(bool, Ipv4Addr), Short> {
    let mut r = Reader::new(data);
    Ok((r.u16()? & 0x8000 != 0, r.array::<4>()?.into()))
}

/// What a node status answer says: names with "is a group", and the adapter's MAC.
pub(super) fn status(data: &[u8]) -> Result<(Vec<(Name, bool)>, Mac), Short> {
    let mut r = Reader::new(data);
    let mut names = Vec::new();
    for _ in 0..r.u8()?.min(NAMES_MAX) {
        let raw = r.array::<16>()?;
        names.push((Name::from_raw(&raw), r.u16()? & 0x8000 != 0));
    }
    Ok((names, Mac(r.array()?)))
}
