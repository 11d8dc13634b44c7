//! Frames 3E and 4E, binary and ASCII (SH(NA)-080956ENG, chapters 4 and 5; SH(NA)-080008, chapter 4).

use wf_wire::{Reader, Short};

/// Longest message that is followed; devices take two thousand bytes at most.
const LENGTH_MAX: usize = 8192;

/// One frame: its route read, its body apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Numbers are hexadecimal text.
    pub ascii: bool,
    /// Number that an answer repeats, in 4E.
    pub serial: Option<u16>,
    /// It is an answer.
    pub answer: bool,
    /// Network; 0 is the one at hand.
    pub network: u8,
    /// Station on it; 255 is the one at hand.
    pub station: u8,
    /// Module within the station; 0x03ff is its processor.
    pub module: u16,
    /// Station behind the module.
    pub multidrop: u8,
    /// What follows the length.
    pub body: Fields<'a>,
    /// Bytes of the whole frame.
    pub len: usize,
}

/// What the front of some bytes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A whole frame.
    Whole(Frame<'a>),
    /// That many bytes must be there.
    Need(usize),
    /// No frame.
    No,
}

/// Numbers one after another, binary (least significant byte first) or as hexadecimal text.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    r: Reader<'a>,
    /// As text.
    pub ascii: bool,
}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.r.rest(), self.ascii) == (other.r.rest(), other.ascii)
    }
}

impl Eq for Fields<'_> {}

impl<'a> Fields<'a> {
    /// Numbers in `bytes`.
    pub const fn new(bytes: &'a [u8], ascii: bool) -> Self {
        Self { r: Reader::new(bytes), ascii }
    }

    /// A number of so many bytes, four at most.
    ///
    /// # Errors
    /// It does not fit, or is no hexadecimal text.
    pub fn number(&mut self, bytes: usize) -> Result<u32, Short> {
        if self.ascii {
            return self.digits(2 * bytes, 16);
        }
        Ok(self.r.take(bytes)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Text of so many digits to that base.
    ///
    /// # Errors
    /// It does not fit, or is no such text.
    pub fn digits(&mut self, count: usize, base: u32) -> Result<u32, Short> {
        let text = self.r.take(count)?;
        text.iter()
            .try_fold(0u32, |number, digit| {
                let digit = char::from(*digit).to_digit(base)?;
                Some(number.wrapping_mul(base).wrapping_add(digit))
            })
            .ok_or(Short { needed: count, left: 0 })
    }

    /// A byte.
    ///
    /// # Errors
    /// As [`Self::number`].
    pub fn u8(&mut self) -> Result<u8, Short> {
        self.number(1).map(|n| n as u8)
    }

    /// Two bytes.
    ///
    /// # Errors
    /// As [`Self::number`].
    pub fn u16(&mut self) -> Result<u16, Short> {
        self.number(2).map(|n| n as u16)
    }

    /// Bytes or characters as they stand.
    ///
    /// # Errors
    /// They do not fit.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Short> {
        self.r.take(count)
    }

    /// What is left, as it stands.
    pub fn rest(&self) -> &'a [u8] {
        self.r.rest()
    }
}

/// Reads the frame at the front of `bytes`.
pub fn frame(bytes: &[u8]) -> Found<'_> {
    let Some(head) = bytes.first_chunk::<2>() else { return Found::Need(2) };
    let (ascii, four, answer) = match head {
        [0x50, 0x00] => (false, false, false),
        [0x54, 0x00] => (false, true, false),
        [0xd0, 0x00] => (false, false, true),
        [0xd4, 0x00] => (false, true, true),
        b"50" | b"54" | b"D0" | b"D4" => (true, head.ends_with(b"4"), head.starts_with(b"D")),
        _ => return Found::No,
    };
    let size = (if four { 13 } else { 9 }) * (1 + usize::from(ascii));
    if bytes.len() < size {
        return Found::Need(size);
    }
    let mut fields = Fields::new(bytes, ascii);
    read(&mut fields, bytes, ascii, four, answer).unwrap_or(Found::No)
}

fn read<'a>(f: &mut Fields<'a>, bytes: &'a [u8], ascii: bool, four: bool, answer: bool) -> Result<Found<'a>, Short> {
    f.take(2)?;
    if ascii && f.take(2)? != b"00" {
        return Ok(Found::No);
    }
    let serial = if four { Some(f.u16()?) } else { None };
    if four && f.u16()? != 0 {
        return Ok(Found::No);
    }
    let (network, station, module, multidrop) = (f.u8()?, f.u8()?, f.u16()?, f.u8()?);
    if !is_route(network, station, module, multidrop) {
        return Ok(Found::No);
    }
    let len = usize::from(f.u16()?);
    let whole = bytes.len() - f.rest().len() + len;
    let least = if answer { 2 } else { 6 } * (1 + usize::from(ascii));
    if len < least || whole > LENGTH_MAX {
        return Ok(Found::No);
    }
    Ok(match f.take(len) {
        Ok(body) => {
            let body = Fields::new(body, ascii);
            Found::Whole(Frame { ascii, serial, answer, network, station, module, multidrop, body, len: whole })
        }
        Err(_) => Found::Need(whole),
    })
}

/// Whether such a station and module can be (SH(NA)-080956ENG, clause 4.2).
fn is_route(network: u8, station: u8, module: u16, multidrop: u8) -> bool {
    let there = matches!(network, 0..=239 | 254) && matches!(station, 0..=120 | 125 | 126 | 255);
    there && matches!(module, 0..=0x01ff | 0x03d0..=0x03e3 | 0x03ff) && multidrop <= 31
}

/// A request: what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// How long the device may wait for another station, in quarters of a second.
    pub timer: u16,
    /// Command.
    pub command: u16,
    /// Subcommand.
    pub sub: u16,
    /// The rest.
    pub data: Fields<'a>,
}

impl<'a> Request<'a> {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(mut f: Fields<'a>) -> Result<Self, Short> {
        Ok(Self { timer: f.u16()?, command: f.u16()?, sub: f.u16()?, data: f })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn frames() {
        let binary = hex("5000 00 ff ff03 00 0c00 1000 0104 0000 640000 a8 0300");
        let Found::Whole(found) = frame(&binary) else { panic!("no frame") };
        assert_eq!((found.len, found.module, found.station, found.answer), (21, 0x03ff, 255, false));
        let request = Request::read(found.body).map(|r| (r.timer, r.command, r.sub, r.data.rest().len()));
        assert_eq!(request, Ok((16, 0x0401, 0, 6)));
        assert_eq!(frame(&binary[..15]), Found::Need(21));
        let ascii = b"500000FF03FF00001800100401000".to_vec();
        let ascii = [ascii, b"0D*0001000003".to_vec()].concat();
        let Found::Whole(found) = frame(&ascii) else { panic!("no frame") };
        let request = Request::read(found.body).map(|r| (r.timer, r.command, r.data.rest()));
        assert_eq!((found.len, request), (42, Ok((16, 0x0401, &b"D*0001000003"[..]))));
        let four = hex("d400 3412 0000 00 ff ff03 00 0200 5bc0");
        assert!(matches!(frame(&four), Found::Whole(Frame { serial: Some(0x1234), answer: true, .. })));
        for other in [
            &b"GET / HTTP/1.1\r\n\r\n\r\n\r\n\r\n"[..],
            b"5001FFFFFFFFFFFFFFFFFFFFFFFFFF",
            b"\x57\0\0\0\x11\x11\x07\0\0\0\0\0\0\0",
        ] {
            assert_eq!(frame(other), Found::No);
        }
    }
}
