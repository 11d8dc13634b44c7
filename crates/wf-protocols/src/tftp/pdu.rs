//! Packets (RFC 1350, 5; RFC 2347).

/// Longest block (RFC 2348).
const BLOCK_MAX: usize = 65_464;

/// One datagram.
#[derive(Debug)]
pub enum Packet<'a> {
    Request { write: bool, name: &'a [u8], mode: &'a [u8], options: &'a [u8] },
    Data { block: u16, data: &'a [u8] },
    Ack { block: u16 },
    Error { code: u16, text: &'a [u8] },
    Options { options: &'a [u8] },
}

impl<'a> Packet<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let number = |rest: &'a [u8]| rest.split_first_chunk::<2>().map(|(n, rest)| (u16::from_be_bytes(*n), rest));
        match u16::from_be_bytes(*head) {
            code @ (1 | 2) => {
                let (name, rest) = text(rest)?;
                let (mode, options) = text(rest)?;
                let known = [&b"octet"[..], b"netascii", b"mail"].iter().any(|known| known.eq_ignore_ascii_case(mode));
                (known && !name.is_empty() && pairs(options)).then_some(Self::Request { write: code == 2, name, mode, options })
            }
            3 => number(rest).filter(|(_, data)| data.len() <= BLOCK_MAX).map(|(block, data)| Self::Data { block, data }),
            4 => number(rest).filter(|(_, rest)| rest.is_empty()).map(|(block, _)| Self::Ack { block }),
            5 => {
                let (code, rest) = number(rest)?;
                // RFC 1350, 5: a NUL ends the text; some boot loaders leave it out.
                let text = rest.strip_suffix(&[0]).unwrap_or(rest);
                (code <= 8 && text.iter().all(|b| printable(*b))).then_some(Self::Error { code, text })
            }
            6 if !rest.is_empty() && pairs(rest) => Some(Self::Options { options: rest }),
            _ => None,
        }
    }

    /// Could be the first answer to a request.
    pub const fn begins(&self) -> bool {
        match self {
            Self::Data { block, .. } => *block == 1,
            Self::Ack { block } => *block == 0,
            Self::Error { .. } | Self::Options { .. } => true,
            Self::Request { .. } => false,
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Request { write: false, .. } => "read_request",
            Self::Request { write: true, .. } => "write_request",
            Self::Data { .. } => "data",
            Self::Ack { .. } => "acknowledgement",
            Self::Error { .. } => "error",
            Self::Options { .. } => "option_acknowledgement",
        }
    }
}

/// Printable text that a NUL ends, and what follows it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == 0)?;
    let (text, rest) = bytes.split_at_checked(end)?;
    text.iter().all(|b| printable(*b)).then_some((text, rest.get(1..).unwrap_or_default()))
}

const fn printable(byte: u8) -> bool {
    byte >= 0x20 && byte != 0x7f
}

/// Options are names with values, each a text (RFC 2347).
fn pairs(mut bytes: &[u8]) -> bool {
    let mut count = 0;
    while !bytes.is_empty() {
        let Some((_, rest)) = text(bytes) else { return false };
        (bytes, count) = (rest, count + 1);
    }
    count % 2 == 0
}

/// The number that an option has.
pub fn option(mut options: &[u8], name: &str) -> Option<u64> {
    loop {
        let (key, rest) = text(options)?;
        let (value, rest) = text(rest)?;
        if key.eq_ignore_ascii_case(name.as_bytes()) {
            return std::str::from_utf8(value).ok()?.parse().ok();
        }
        options = rest;
    }
}

/// RFC 1350, appendix; RFC 2347.
pub const fn error(code: u16) -> &'static str {
    match code {
        1 => "file_not_found",
        2 => "access_violation",
        3 => "disk_full",
        4 => "illegal_operation",
        5 => "unknown_transfer",
        6 => "file_exists",
        7 => "no_such_user",
        8 => "options_refused",
        _ => "not_defined",
    }
}
