//! What a command carries: index group and offset, what is written, and how sums hold several of them.

use super::frame::{ADD_NOTIFICATION, Frame, READ, READ_WRITE, WRITE};
use super::names::{self, SUM_READ, SUM_READ_EX, SUM_READ_EX2, SUM_READ_WRITE, SUM_WRITE};
use super::symbols::{self, Symbol};
use std::borrow::Cow;
use std::fmt::{self, Write};
use wf_wire::{Coded, Reader, Short};

/// Parts of one sum that are looked at.
pub const PARTS_MAX: usize = 512;
/// Bytes of a value that are shown.
const SHOWN_MAX: usize = 64;

/// One access.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Read, write or both, as a command.
    pub command: u16,
    pub group: u32,
    pub offset: u32,
    /// Bytes asked for.
    pub wanted: u32,
    /// Bytes written.
    pub written: &'a [u8],
}

fn bytes<'a>(r: &mut Reader<'a>, length: u32) -> &'a [u8] {
    r.take(usize::try_from(length).unwrap_or(usize::MAX).min(r.left())).unwrap_or_default()
}

impl<'a> Access<'a> {
    /// The access that a request is.
    pub fn of(frame: &Frame<'a>) -> Option<Self> {
        Self::read(frame).ok().flatten()
    }

    fn read(frame: &Frame<'a>) -> Result<Option<Self>, Short> {
        let mut r = Reader::new(frame.data);
        if !matches!(frame.command, READ | WRITE | READ_WRITE | ADD_NOTIFICATION) {
            return Ok(None);
        }
        let (group, offset, length) = (r.u32_le()?, r.u32_le()?, r.u32_le()?);
        let access = Self { command: frame.command, group, offset, wanted: length, written: &[] };
        Ok(Some(match frame.command {
            WRITE => Self { wanted: 0, written: bytes(&mut r, length), ..access },
            READ_WRITE => {
                let length = r.u32_le()?;
                Self { written: bytes(&mut r, length), ..access }
            }
            _ => access,
        }))
    }

    /// The accesses that a sum holds.
    pub fn parts(&self) -> Option<Parts<'a>> {
        let command = match self.group {
            SUM_READ | SUM_READ_EX | SUM_READ_EX2 => READ,
            SUM_WRITE => WRITE,
            SUM_READ_WRITE => READ_WRITE,
            _ => return None,
        };
        if self.command != READ_WRITE {
            return None;
        }
        let count = usize::try_from(self.offset).unwrap_or(usize::MAX).min(PARTS_MAX);
        let each = if command == READ_WRITE { 16 } else { 12 };
        let head = usize::try_from(self.offset).ok()?.checked_mul(each)?;
        let (heads, data) = self.written.split_at_checked(head)?;
        Some(Parts { command, heads: Reader::new(heads), data: Reader::new(data), left: count })
    }
}

/// Steps through the parts of a sum.
pub struct Parts<'a> {
    command: u16,
    heads: Reader<'a>,
    data: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Access<'a>;

    fn next(&mut self) -> Option<Access<'a>> {
        self.left = self.left.checked_sub(1)?;
        let r = &mut self.heads;
        let (group, offset, length) = (r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?);
        let access = Access { command: self.command, group, offset, wanted: length, written: &[] };
        Some(match self.command {
            WRITE => Access { wanted: 0, written: bytes(&mut self.data, length), ..access },
            READ_WRITE => {
                let length = self.heads.u32_le().ok()?;
                Access { written: bytes(&mut self.data, length), ..access }
            }
            _ => access,
        })
    }
}

/// Errors and data that answer the parts of a sum.
pub struct Answers<'a> {
    heads: Reader<'a>,
    data: Reader<'a>,
    group: u32,
}

impl<'a> Answers<'a> {
    /// `data`: what follows result and length of the answer.
    pub fn new(sum: &Access<'_>, data: &'a [u8]) -> Option<Self> {
        let each = match sum.group {
            SUM_READ_WRITE | SUM_READ_EX2 => 8,
            _ => 4,
        };
        let (heads, data) = data.split_at_checked(usize::try_from(sum.offset).ok()?.checked_mul(each)?)?;
        Some(Self { heads: Reader::new(heads), data: Reader::new(data), group: sum.group })
    }

    /// The answer to the next part.
    pub fn next(&mut self, part: &Access<'_>) -> Option<(u32, &'a [u8])> {
        let error = self.heads.u32_le().ok()?;
        let length = match self.group {
            SUM_READ_WRITE | SUM_READ_EX2 => self.heads.u32_le().ok()?,
            SUM_WRITE => 0,
            // The plain sum leaves room for values that could not be read, the extended one does not.
            SUM_READ => part.wanted,
            _ if error != 0 => 0,
            _ => part.wanted,
        };
        Some((error, bytes(&mut self.data, length)))
    }
}

/// Result and data of an answer.
pub fn answer<'a>(frame: &Frame<'a>) -> (u32, &'a [u8]) {
    let mut r = Reader::new(frame.data);
    let result = r.u32_le().unwrap_or(0);
    let data = match frame.command {
        READ | READ_WRITE => match r.u32_le() {
            Ok(length) => bytes(&mut r, length),
            Err(_) => &[],
        },
        _ => r.rest(),
    };
    (if frame.error != 0 { frame.error } else { result }, data)
}

/// A place as a target: port of the server, index group, index offset.
pub fn place(port: u16, group: u32, offset: u32) -> Coded {
    Coded { numbers: [u64::from(port), u64::from(group), u64::from(offset), 0], show: show_place }
}

fn show_place([port, group, offset, _]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{port}/")?;
    match u32::try_from(*group).ok().and_then(names::group) {
        Some(name) => f.write_str(name)?,
        None => write!(f, "0x{group:x}")?,
    }
    write!(f, ":0x{offset:x}")
}

/// A server as a target.
pub fn server(port: u16) -> Coded {
    Coded { numbers: [u64::from(port), 0, 0, 0], show: show_server }
}

fn show_server([port, ..]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match u16::try_from(*port).ok().and_then(names::server) {
        Some(name) => write!(f, "{port}/{name}"),
        None => write!(f, "{port}"),
    }
}

/// A notification as a target.
pub fn notification(port: u16, handle: u32) -> Coded {
    Coded { numbers: [u64::from(port), u64::from(handle), 0, 0], show: show_notification }
}

fn show_notification([port, handle, ..]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{port}/notification 0x{handle:x}")
}

/// A value for people.
pub fn value(symbol: Option<&Symbol>, bytes: &[u8]) -> Cow<'static, str> {
    let kind = symbol.map_or(0, |s| s.kind);
    if let Some(number) = symbols::number(kind, bytes) {
        return number.to_string().into();
    }
    if kind == symbols::TEXT { crate::hints::clean(bytes).into_owned().into() } else { text(bytes) }
}

/// Readable bytes as text, others in hexadecimal; both cut.
pub fn text(bytes: &[u8]) -> Cow<'static, str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (shown, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    if shown.len() >= 2 && rest.iter().all(|byte| *byte == 0) && shown.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        let mut text: String = shown.iter().take(SHOWN_MAX).map(|byte| char::from(*byte)).collect();
        if shown.len() > SHOWN_MAX {
            text.push('…');
        }
        return text.into();
    }
    let mut text = String::with_capacity(SHOWN_MAX + 3);
    for byte in bytes.iter().take(SHOWN_MAX / 2) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN_MAX / 2 {
        text.push('…');
    }
    text.into()
}
