//! BSAP over UDP: a header with sequence numbers, then messages, each with its length and a number of its own.
//!
//! The manual does not lay this out; it is read as the public captures show it.

use wf_wire::{Reader, Short};

/// Bytes of the header that is seen everywhere.
pub const HEADER: u16 = 14;
/// Bytes of a longer one that carries eight more.
const HEADER_LONG: u16 = 22;
/// Bytes of a message before its body.
const MESSAGE_HEADER: usize = 9;

/// What a datagram is, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Acknowledges what came last; nothing else.
    Acknowledge,
    /// Carries requests.
    Request,
    /// Carries answers.
    Answer,
}

/// The header of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Messages in the datagram.
    pub count: u16,
    /// Its type as sent.
    pub code: u16,
    /// What the type means.
    pub kind: Kind,
    /// Number of this datagram.
    pub sequence: u32,
    /// Number of the last one that came from the other side.
    pub acknowledged: u32,
}

/// One message of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Bytes of it, these among them.
    pub length: u32,
    /// How it is laid out: 12 wherever it was seen.
    pub layout: u8,
    /// The same in request and answer.
    pub id: u32,
    /// What it asks or answers.
    pub body: &'a [u8],
}

impl Header {
    /// Reads the header; `None` where it is not one.
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        let length = r.u16_le().ok()?;
        let (count, code) = (r.u16_le().ok()?, r.u16_le().ok()?);
        let kind = match code {
            0 => Kind::Acknowledge,
            1 | 5 => Kind::Answer,
            6 | 0x84 | 0x86 => Kind::Request,
            _ => return None,
        };
        let header = Self { count, code, kind, sequence: r.u32_le().ok()?, acknowledged: r.u32_le().ok()? };
        let more = if length == HEADER_LONG { usize::from(HEADER_LONG - HEADER) } else { 0 };
        r.skip(more).ok()?;
        let fits = matches!(length, HEADER | HEADER_LONG) && (kind == Kind::Acknowledge) == (count == 0);
        fits.then_some(header)
    }
}

impl<'a> Part<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// It is cut off, or its length cannot be.
    pub fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let left = r.left();
        let (length, layout, id) = (r.u32_le()?, r.u8()?, r.u32_le()?);
        let body = usize::try_from(length).ok().and_then(|length| length.checked_sub(MESSAGE_HEADER));
        let body = r.take(body.ok_or(Short { needed: MESSAGE_HEADER, left })?)?;
        Ok(Self { length, layout, id, body })
    }
}

/// Whether a datagram is one from end to end.
pub fn is_whole(bytes: &[u8]) -> Option<Header> {
    let mut r = Reader::new(bytes);
    let header = Header::read(&mut r)?;
    for _ in 0..header.count {
        Part::read(&mut r).ok()?;
    }
    r.is_empty().then_some(header)
}
