//! Transfers over the mailbox that take several messages: objects and files.

use super::mailbox::Sdo;
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::decode::Moment;

/// Bytes of a value that are kept.
const DATA_MAX: usize = 256;
/// Text of values, in characters.
const VALUE_MAX: usize = 64;

/// An object that is read or written.
#[derive(Debug)]
pub struct Object {
    pub at: Moment,
    pub index: u16,
    pub sub: u8,
    pub complete: bool,
    pub write: bool,
    /// Bytes that are to come.
    size: u32,
    /// Bytes that came.
    came: u32,
    last: bool,
    pub data: Vec<u8>,
}

impl Object {
    /// A request that begins a transfer.
    pub fn begin(at: Moment, sdo: &Sdo<'_>) -> Option<Self> {
        let write = match sdo.command() {
            1 => true,
            2 => false,
            _ => return None,
        };
        let complete = sdo.is_complete();
        let mut object =
            Self { at, index: sdo.index, sub: sdo.sub, complete, write, size: 0, came: 0, last: false, data: Vec::new() };
        if write {
            object.first(sdo);
        }
        Some(object)
    }

    fn first(&mut self, sdo: &Sdo<'_>) {
        if sdo.is_expedited() {
            self.take(sdo.expedited());
            self.last = true;
        } else {
            self.size = sdo.size();
            let rest = usize::try_from(self.size).map_or(sdo.rest, |size| sdo.rest.get(..size).unwrap_or(sdo.rest));
            self.take(rest);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = DATA_MAX.saturating_sub(self.data.len());
        self.data.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.came = self.came.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    }

    /// A segment that the master sends.
    pub fn segment(&mut self, sdo: &Sdo<'_>) {
        if self.write && sdo.command() == 0 {
            self.take(sdo.segment());
            self.last |= sdo.is_last();
        }
    }

    /// What the slave answers; whether that was the last of it. `None`: it does not belong here.
    pub fn answer(&mut self, sdo: &Sdo<'_>) -> Option<bool> {
        let same = sdo.index == self.index && sdo.sub == self.sub;
        match (self.write, sdo.command()) {
            (true, 3) if same => Some(self.last || self.came >= self.size),
            (true, 1) => Some(self.last),
            (false, 2) if same => {
                self.first(sdo);
                Some(self.last || self.came >= self.size)
            }
            (false, 0) => {
                self.take(sdo.segment());
                Some(sdo.is_last() || self.came >= self.size)
            }
            _ => None,
        }
    }

    /// What kind of act writing it is (ETG.1000.6, table 65: areas of the dictionary; CiA 402: control word).
    pub const fn category(&self) -> Category {
        match self.index {
            _ if !self.write => Category::Read,
            0x6040 => Category::Control,
            0x6000..=0x9fff => Category::Write,
            0x1f50..=0x1f5f => Category::Program,
            _ => Category::Configuration,
        }
    }

    /// As a number, where it has a number's length.
    pub fn number(&self) -> Option<u64> {
        number(&self.data).filter(|_| !self.complete)
    }

    /// For people.
    pub fn value(&self) -> Option<Cow<'static, str>> {
        if self.data.is_empty() {
            return None;
        }
        Some(match self.number() {
            Some(number) => number.to_string().into(),
            None => text(&self.data),
        })
    }
}

/// Bytes as the number that they are, lowest first.
pub fn number(bytes: &[u8]) -> Option<u64> {
    let wide = matches!(bytes.len(), 1 | 2 | 4 | 8);
    wide.then(|| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Readable bytes as text, others in hexadecimal.
pub fn text(bytes: &[u8]) -> Cow<'static, str> {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let shown = bytes.get(..end).unwrap_or(bytes);
    if !shown.is_empty() && shown.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        let mut text: String = shown.iter().take(VALUE_MAX).map(|byte| char::from(*byte)).collect();
        if shown.len() > VALUE_MAX {
            text.push('…');
        }
        return text.into();
    }
    hex(bytes).into()
}

/// Bytes in hexadecimal, cut.
pub fn hex(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().take(VALUE_MAX / 2).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > VALUE_MAX / 2 {
        text.push('…');
    }
    text
}

/// A file that is read or written.
#[derive(Debug)]
pub struct FileMove {
    pub at: Moment,
    /// When something last happened to it.
    pub last: Moment,
    pub name: String,
    pub write: bool,
    pub bytes: u64,
    /// The longest packet so far.
    pub packet_max: u64,
    /// The last packet is on its way.
    pub ending: bool,
}

/// A drive's parameter that is read or written.
#[derive(Debug)]
pub struct Parameter {
    pub at: Moment,
    pub drive: u8,
    pub number: u16,
    pub write: bool,
    pub value: Option<Cow<'static, str>>,
}
