//! The configuration memory of a slave (ETG.1000.6, clause 5.4; ETG.2010), put together from the words that its master reads.

use super::frame::Datagram;
use super::registers::{SII_ADDRESS, SII_CONTROL, SII_DATA};
use std::borrow::Cow;
use wf_wire::Reader;

/// Words that are kept: identity, strings and the general category lie at the front.
const WORDS: usize = 1024;
/// Where the categories begin.
const CATEGORIES: usize = 0x40;
/// Categories that are looked at.
const CATEGORIES_MAX: usize = 64;
const STRINGS: u16 = 10;
const GENERAL: u16 = 30;

/// What one datagram did.
#[derive(Debug, PartialEq, Eq)]
pub enum Done<'a> {
    /// Words came in from there.
    Words(u32),
    /// A word is written: where, what.
    Write(u32, Option<&'a [u8]>),
    /// The slave loads its settings anew.
    Reload,
}

/// One slave's.
#[derive(Debug, Default)]
pub struct Sii {
    address: u32,
    /// The controller gives eight bytes at once.
    eight: bool,
    /// Bytes to be written, once the command comes.
    data: [u8; 2],
    bytes: Vec<u8>,
    have: Vec<bool>,
}

impl Sii {
    /// Bytes that it holds.
    pub const fn weight(&self) -> usize {
        self.bytes.capacity() + self.have.capacity()
    }

    /// A command or an address is written.
    pub fn write<'a>(&mut self, d: &Datagram<'a>) -> Option<Done<'a>> {
        if let Some(address) = d.register(SII_ADDRESS, 4).and_then(<[u8]>::first_chunk) {
            self.address = u32::from_le_bytes(*address);
        }
        let data = d.register(SII_DATA, 2);
        if let Some(data) = data.and_then(<[u8]>::first_chunk) {
            self.data = *data;
        }
        match d.word(SII_CONTROL)? >> 8 & 7 {
            2 => Some(Done::Write(self.address, data)),
            4 => Some(Done::Reload),
            _ => None,
        }
    }

    /// The word that waits to be written.
    pub const fn waiting(&self) -> [u8; 2] {
        self.data
    }

    /// Status or data are read.
    pub fn read<'a>(&mut self, d: &Datagram<'_>) -> Option<Done<'a>> {
        if let Some(status) = d.word(SII_CONTROL) {
            self.eight = status & 0x40 != 0;
            // Busy, or the last command failed.
            if status & 0xe000 != 0 {
                return None;
            }
        }
        if let Some(address) = d.register(SII_ADDRESS, 4).and_then(<[u8]>::first_chunk) {
            self.address = u32::from_le_bytes(*address);
        }
        let data = match self.eight {
            true => d.register(SII_DATA, 8).or_else(|| d.register(SII_DATA, 4)),
            false => d.register(SII_DATA, 4),
        }?;
        let at = usize::try_from(self.address).ok()?;
        for (place, word) in data.chunks_exact(2).enumerate() {
            self.keep(at.checked_add(place)?, word);
        }
        Some(Done::Words(self.address))
    }

    fn keep(&mut self, at: usize, word: &[u8]) {
        if at >= WORDS {
            return;
        }
        if self.have.len() <= at {
            self.have.resize(at + 1, false);
            self.bytes.resize((at + 1) * 2, 0);
        }
        if let (Some(have), Some(kept)) = (self.have.get_mut(at), self.bytes.get_mut(at * 2..at * 2 + 2)) {
            *have = true;
            kept.copy_from_slice(word);
        }
    }

    fn words(&self, at: usize, count: usize) -> Option<&[u8]> {
        let there = self.have.get(at..at.checked_add(count)?)?.iter().all(|have| *have);
        if there { self.bytes.get(at * 2..(at + count) * 2) } else { None }
    }

    /// A number of two words.
    pub fn number(&self, at: usize) -> Option<u32> {
        self.words(at, 2)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The bytes from there on that have been read.
    fn from(&self, at: usize, count: usize) -> &[u8] {
        let have = self.have.get(at..).unwrap_or_default().iter().take(count).take_while(|have| **have).count();
        self.bytes.get(at * 2..(at + have) * 2).unwrap_or_default()
    }

    /// Order number and device name, once the words that hold them have been read.
    pub fn texts(&self) -> Option<[Cow<'_, str>; 2]> {
        let (mut at, mut strings, mut general) = (CATEGORIES, None, None);
        for _ in 0..CATEGORIES_MAX {
            let mut r = Reader::new(self.words(at, 2)?);
            let (kind, length) = (r.u16_le().ok()? & 0x7fff, usize::from(r.u16_le().ok()?));
            match kind {
                STRINGS => strings = Some(self.from(at + 2, length)),
                GENERAL => general = Some(self.from(at + 2, length)),
                0x7fff => break,
                _ => {}
            }
            if strings.is_some() && general.is_some() {
                break;
            }
            at += 2 + length;
        }
        let (strings, [_group, _image, order, name]) = (strings?, *general?.first_chunk()?);
        Some([string(strings, order)?, string(strings, name)?])
    }
}

/// A string by its number, from 1; 0 is none. `None`: it has not been read.
fn string(strings: &[u8], number: u8) -> Option<Cow<'_, str>> {
    let mut r = Reader::new(strings);
    if number == 0 || number > r.u8().ok()? {
        return Some(Cow::Borrowed(""));
    }
    for _ in 1..number {
        let length = usize::from(r.u8().ok()?);
        r.skip(length).ok()?;
    }
    let length = usize::from(r.u8().ok()?);
    r.take(length).ok().map(crate::hints::clean)
}
