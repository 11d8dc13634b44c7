//! Message headers of the connection protocol and of secure conversation (OPC 10000-6, 7.1.2 and 6.7.2).

use super::services;
use super::wire::{self, Fault, Id, NodeId, Result};
use wf_wire::Reader;

/// Bytes of the header that every message has.
pub const HEADER: usize = 8;
/// Longest chunk that is followed whole; what is longer is read as far as this.
pub const CHUNK_MAX: usize = 512 << 10;
/// Chunks that are looked at for the last one of a message.
const AHEAD_MAX: usize = 64;
/// Longest size that a header may say: beyond it, it is no header.
const SIZE_MAX: usize = 64 << 20;

/// Types of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Hello: the client opens the connection.
    Hello,
    /// Acknowledge.
    Acknowledge,
    /// Error: the connection ends.
    Error,
    /// Reverse hello: the server opened the connection.
    ReverseHello,
    /// Opens a secure channel or renews its token.
    Open,
    /// Closes a secure channel.
    Close,
    /// A service's message.
    Message,
}

impl Kind {
    /// Its three letters.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Hello => "HEL",
            Self::Acknowledge => "ACK",
            Self::Error => "ERR",
            Self::ReverseHello => "RHE",
            Self::Open => "OPN",
            Self::Close => "CLO",
            Self::Message => "MSG",
        }
    }

    /// Least bytes of such a message: what comes before its first string or body.
    const fn size_min(self) -> usize {
        match self {
            Self::Hello => 32,
            Self::Acknowledge => 28,
            Self::Error | Self::ReverseHello => 16,
            Self::Open => 32,
            Self::Close | Self::Message => 24,
        }
    }
}

/// The header that every message has.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Type.
    pub kind: Kind,
    /// `F` final, `C` more chunks follow, `A` aborted.
    pub chunk: u8,
    /// Bytes of the message with this header.
    pub size: usize,
}

impl Header {
    /// Reads a header; `None` where none can begin.
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        let [a, b, c, chunk] = r.array().ok()?;
        let kind = match &[a, b, c] {
            b"HEL" => Kind::Hello,
            b"ACK" => Kind::Acknowledge,
            b"ERR" => Kind::Error,
            b"RHE" => Kind::ReverseHello,
            b"OPN" => Kind::Open,
            b"CLO" => Kind::Close,
            b"MSG" => Kind::Message,
            _ => return None,
        };
        let size = usize::try_from(r.u32_le().ok()?).ok()?;
        (matches!(chunk, b'F' | b'C' | b'A') && (kind.size_min()..=SIZE_MAX).contains(&size)).then_some(Self {
            kind,
            chunk,
            size,
        })
    }
}

/// What hello and acknowledge say (7.1.2.3, 7.1.2.4).
#[derive(Clone, Copy)]
pub struct Limits {
    /// Version of the protocol.
    pub version: u32,
    /// Largest chunk that the sender takes.
    pub receive_buffer: u32,
    /// Largest chunk that the sender sends.
    pub send_buffer: u32,
    /// Largest message, 0 for any.
    pub message_max: u32,
    /// Most chunks of a message, 0 for any.
    pub chunks_max: u32,
}

impl Limits {
    /// Reads the five numbers.
    pub fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            version: r.u32_le()?,
            receive_buffer: r.u32_le()?,
            send_buffer: r.u32_le()?,
            message_max: r.u32_le()?,
            chunks_max: r.u32_le()?,
        })
    }
}

/// The asymmetric security header (6.7.2.3).
#[derive(Clone, Copy)]
pub struct Asymmetric<'a> {
    /// URI of the security policy.
    pub policy: &'a [u8],
    /// The sender's certificate, or a chain of them.
    pub certificate: &'a [u8],
    /// Thumbprint of the receiver's.
    pub thumbprint: &'a [u8],
}

impl<'a> Asymmetric<'a> {
    /// Reads the header.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        Ok(Self { policy: wire::string(r)?, certificate: wire::string(r)?, thumbprint: wire::string(r)? })
    }
}

/// Security policies (OPC 10000-7, 6.6.161 ff.).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Not said: the channel was opened before the capture began.
    #[default]
    Unknown,
    /// No security: neither signed nor encrypted.
    None,
    /// One with signatures of that many bytes after each chunk.
    Protects(usize),
}

/// The name at the end of a policy's URI.
pub fn policy_name(uri: &[u8]) -> &[u8] {
    uri.iter().rposition(|byte| *byte == b'#').and_then(|at| uri.get(at + 1..)).unwrap_or(uri)
}

impl Policy {
    /// The policy with that URI.
    pub fn of(uri: &[u8]) -> Self {
        match policy_name(uri) {
            b"None" => Self::None,
            b"Basic128Rsa15" | b"Basic256" => Self::Protects(20),
            name if name.ends_with(b"P384") || name.ends_with(b"P384r1") => Self::Protects(48),
            name if name.starts_with(b"ECC_curve") => Self::Protects(16),
            _ => Self::Protects(32),
        }
    }
}

/// Headers before the body of a chunk on a secure channel (6.7.2.2 to 6.7.2.4).
#[derive(Clone, Copy)]
pub struct Secured<'a> {
    /// Number of the channel; 0 where it is being opened.
    pub channel: u32,
    /// Number of the token, of symmetric messages.
    pub token: Option<u32>,
    /// The asymmetric header, of messages that open.
    pub asymmetric: Option<Asymmetric<'a>>,
    /// Number of the chunk.
    pub sequence: u32,
    /// Which request this is, or which one is answered.
    pub request: u32,
    /// What follows.
    pub body: &'a [u8],
}

impl<'a> Secured<'a> {
    /// Reads the headers after the message header.
    pub fn read(kind: Kind, r: &mut Reader<'a>) -> Result<Self> {
        let channel = r.u32_le()?;
        let asymmetric = if kind == Kind::Open { Some(Asymmetric::read(r)?) } else { None };
        let token = if asymmetric.is_some() { None } else { Some(r.u32_le()?) };
        let (sequence, request) = (r.u32_le()?, r.u32_le()?);
        Ok(Self { channel, token, asymmetric, sequence, request, body: r.take_rest() })
    }
}

/// The type of a body; its number is said of a plain numeric node alone.
pub fn body_type<'a>(r: &mut Reader<'a>) -> Result<(NodeId<'a>, Option<u32>)> {
    let plain = r.peek(0).is_some_and(|form| form <= 2);
    let node = NodeId::read(r)?;
    let number = match node.id {
        Id::Numeric(number) if plain => Some(number),
        _ => None,
    };
    Ok((node, number))
}

/// The number at the place of a body's type, if one can be read there.
pub fn number_at_front(body: &[u8]) -> Option<u32> {
    body_type(&mut Reader::new(body)).ok()?.1
}

/// Whether the last chunk of that request's message lies among the bytes that came in the same frame.
pub fn ends_within(mut behind: &[u8], request: u32) -> bool {
    for _ in 0..AHEAD_MAX {
        let mut r = Reader::new(behind);
        let Some(header) = Header::read(&mut r) else { return false };
        let Some(rest) = behind.get(header.size..) else { return false };
        let Ok(secured) = Secured::read(header.kind, &mut r) else { return false };
        if header.kind == Kind::Message && secured.request == request {
            match header.chunk {
                b'F' => return true,
                b'A' => return false,
                _ => {}
            }
        }
        behind = rest;
    }
    false
}

/// Whether a body begins with the type of a known message: what is encrypted does so once in millions of times.
pub fn is_readable(body: &[u8]) -> bool {
    match NodeId::read(&mut Reader::new(body)).map(|node| node.standard()) {
        Ok(Some(number)) => body.first().is_some_and(|form| matches!(form, 1 | 2)) && is_message(number),
        Ok(None) | Err(Fault::Short | Fault::Length | Fault::Depth | Fault::Encoding) => false,
    }
}

/// Whether that number is one of a service's message.
pub fn is_message(number: u32) -> bool {
    number == services::FAULT || services::find(number).is_some()
}

/// The next byte at which a message plausibly begins, with another one behind it where the bytes reach so far.
pub fn next(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len().saturating_sub(HEADER - 1)).find(|at| bytes.get(*at..).is_some_and(begins))
}

fn begins(bytes: &[u8]) -> bool {
    let Some(header) = Header::read(&mut Reader::new(bytes)) else { return false };
    match bytes.get(header.size..) {
        Some(behind) if behind.len() >= HEADER => Header::read(&mut Reader::new(behind)).is_some(),
        _ => true,
    }
}
