//! What carries APDUs: HDLC frames (IEC 62056-46) and the wrapper over TCP and UDP (IEC 62056-47).

use crate::checks::crc_ccitt;
use wf_wire::{Reader, Short};

const FLAG: u8 = 0x7e;
/// Bytes of the wrapper.
pub const WRAPPER: usize = 8;

/// One frame with the bytes that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub source: u32,
    pub destination: u32,
    /// Control byte of an HDLC frame; `None` in the wrapper.
    pub control: Option<u8>,
    /// More of the APDU follows in the next frame.
    pub more: bool,
    /// Both checks hold.
    pub checked: bool,
    /// An APDU or a piece of one.
    pub data: &'a [u8],
    /// Bytes of the whole frame.
    pub len: usize,
}

/// What stands at the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    Frame(Frame<'a>),
    /// So many bytes are needed to tell.
    Need(usize),
    /// A flag that begins nothing: to be skipped.
    Idle,
    /// Neither.
    No,
}

impl<'a> Frame<'a> {
    /// Reads the frame at the front.
    pub fn read(bytes: &'a [u8]) -> Found<'a> {
        match bytes.first() {
            None => Found::Need(1),
            Some(&FLAG) => Self::hdlc(bytes),
            Some(0) => Self::wrapper(bytes),
            Some(_) => Found::No,
        }
    }

    /// The frame that begins here and is cut, as far as its data are there; its checks are not.
    pub fn cut(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        if bytes.first() == Some(&FLAG) {
            r.skip(1).ok()?;
            let format = r.u16().ok()?;
            let (destination, source) = (address(&mut r)?, address(&mut r)?);
            let control = r.u8().ok()?;
            r.skip(2).ok()?;
            let (more, len) = (format & 0x0800 != 0, usize::from(format & 0x07ff) + 2);
            let found = Self { source, destination, control: Some(control), more, checked: false, data: r.rest(), len };
            return Some(found).filter(|_| format >> 12 == 0xa);
        }
        let (version, source, destination, length) = (r.u16().ok()?, r.u16().ok()?, r.u16().ok()?, r.u16().ok()?);
        let (source, destination, len) = (source.into(), destination.into(), WRAPPER + usize::from(length));
        let found = Self { source, destination, control: None, more: false, checked: true, data: r.rest(), len };
        Some(found).filter(|_| version == 1)
    }

    fn wrapper(bytes: &'a [u8]) -> Found<'a> {
        if bytes.get(1).is_some_and(|version| *version != 1) {
            return Found::No;
        }
        let mut r = Reader::new(bytes);
        let head = (|| Ok::<_, Short>((r.u16()?, r.u16()?, r.u16()?, r.u16()?)))();
        let Ok((_, source, destination, length)) = head else { return Found::Need(WRAPPER) };
        let len = WRAPPER + usize::from(length);
        let Some(data) = bytes.get(WRAPPER..len) else { return Found::Need(len) };
        let (source, destination) = (source.into(), destination.into());
        Found::Frame(Self { source, destination, control: None, more: false, checked: true, data, len })
    }

    fn hdlc(bytes: &'a [u8]) -> Found<'a> {
        let (Some(high), Some(low)) = (bytes.get(1), bytes.get(2)) else {
            return if matches!(bytes.get(1), Some(&FLAG)) { Found::Idle } else { Found::Need(3) };
        };
        if *high == FLAG {
            return Found::Idle;
        }
        let format = u16::from_be_bytes([*high, *low]);
        let length = usize::from(format & 0x07ff);
        if format >> 12 != 0xa || length < 7 {
            return Found::No;
        }
        let Some(inner) = bytes.get(1..=length) else { return Found::Need(length + 2) };
        match bytes.get(length + 1) {
            None => return Found::Need(length + 2),
            Some(&FLAG) => {}
            Some(_) => return Found::No,
        }
        let Some(mut frame) = Self::inner(inner) else { return Found::No };
        frame.more = format & 0x0800 != 0;
        // One flag may end a frame and begin the next.
        let shared = bytes.get(length + 2).is_some_and(|next| next >> 4 == 0xa);
        frame.len = length + if shared { 1 } else { 2 };
        Found::Frame(frame)
    }

    /// What stands between the flags.
    fn inner(inner: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(inner);
        r.skip(2).ok()?;
        let (destination, source) = (address(&mut r)?, address(&mut r)?);
        let control = r.u8().ok()?;
        let mut data: &[u8] = &[];
        let mut checked = true;
        // The short check first: bytes that only look like a frame cost little.
        if r.left() > 2 {
            checked = holds(inner.get(..r.position() + 2)?);
            r.skip(2).ok()?;
            data = r.take(r.left().checked_sub(2)?).ok()?;
        }
        checked = checked && holds(inner);
        Some(Self { source, destination, control: Some(control), more: false, checked, data, len: 0 })
    }

    /// Name of an HDLC frame by its control byte (IEC 62056-46, 6.4.2).
    pub const fn kind(control: u8) -> &'static str {
        match control & 0xef {
            0x83 => "snrm",
            0x63 => "ua",
            0x43 => "disc",
            0x0f => "dm",
            0x87 => "frmr",
            0x03 => "ui",
            c if c & 1 == 0 => "i",
            c if c & 0x0f == 1 => "rr",
            c if c & 0x0f == 5 => "rnr",
            _ => "unknown",
        }
    }
}

/// An address of one to four bytes, the last one marked.
fn address(r: &mut Reader<'_>) -> Option<u32> {
    let mut value = 0;
    for _ in 0..4 {
        let byte = r.u8().ok()?;
        value = value << 7 | u32::from(byte >> 1);
        if byte & 1 == 1 {
            return Some(value);
        }
    }
    None
}

/// Whether bytes end with their check (ISO 13239).
fn holds(bytes: &[u8]) -> bool {
    let Some((covered, check)) = bytes.split_last_chunk::<2>() else { return false };
    crc(covered).to_le_bytes() == *check
}

/// CRC-16 of ISO 13239.
pub fn crc(bytes: &[u8]) -> u16 {
    !crc_ccitt(bytes, !0)
}
