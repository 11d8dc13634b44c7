//! Protocol Buffers on the wire, as far as Sparkplug needs them: fields one by one, nothing built. Messages nest only as deep as the
//! callers go.

use wf_wire::{Reader, Short};

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Variable-length integer.
    Number(u64),
    /// Eight bytes.
    Eight(u64),
    /// Bytes with their length: text, bytes, a message.
    Bytes(&'a [u8]),
    /// Four bytes.
    Four(u32),
}

impl<'a> Value<'a> {
    /// The integer.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Fields of one message, as far as they can be read.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    reader: Reader<'a>,
    /// A field that cannot be read ended the message.
    pub broken: bool,
}

impl<'a> Fields<'a> {
    /// Of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), broken: false }
    }

    fn field(&mut self) -> Result<Option<(u32, Value<'a>)>, Short> {
        let r = &mut self.reader;
        let key = varint(r)?;
        let value = match key & 7 {
            0 => Value::Number(varint(r)?),
            1 => Value::Eight(r.u64_le()?),
            2 => {
                let length = varint(r)?;
                Value::Bytes(r.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => Value::Four(r.u32_le()?),
            _ => return Ok(None),
        };
        Ok(u32::try_from(key >> 3).ok().filter(|number| *number > 0).map(|number| (number, value)))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<(u32, Value<'a>)> {
        if self.broken || self.reader.is_empty() {
            return None;
        }
        let field = self.field().ok().flatten();
        self.broken = field.is_none();
        field
    }
}

/// Seven bits a byte, ten bytes at most.
fn varint(r: &mut Reader<'_>) -> Result<u64, Short> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let octet = r.u8()?;
        value |= u64::from(octet & 0x7f).checked_shl(shift).unwrap_or(0);
        if octet & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Short { needed: 1, left: 0 })
}
