//! Frames: a header that says what it is, the station, pairs of address and value, the check, the end. Bytes from F0 on are
//! sent in two, F0 and what they are above it; those of the check are not, in the captures that there are.

use crate::checks::crc16;
use smallvec::SmallVec;

/// Starts bytes that are sent in two.
const ESCAPE: u8 = 0xf0;
/// Ends a frame.
pub const END: u8 = 0xf6;
/// Longest frame in bytes as sent: 256 pairs of which each byte is sent in two, header, station, check, end.
pub const FRAME_MAX: usize = 1040;
/// Bytes of the check.
const CHECK: usize = 2;
/// What the check starts from.
pub const CHECK_START: u16 = 0xffff;

/// Headers.
pub mod header {
    pub const ACKNOWLEDGE: u8 = 0xf1;
    pub const INDICATION: u8 = 0xf2;
    pub const CHECKBACK: u8 = 0xf3;
    pub const COMMON_CONTROL: u8 = 0xf9;
    pub const ACKNOWLEDGE_AND_POLL: u8 = 0xfa;
    pub const POLL: u8 = 0xfb;
    pub const CONTROL: u8 = 0xfc;
    pub const RECALL: u8 = 0xfd;
    pub const EXECUTE: u8 = 0xfe;
}

/// One byte of a station's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Which byte.
    pub address: u8,
    /// Its eight bits, the first of them the least significant.
    pub value: u8,
}

/// What is sent or held of an image.
pub type Pairs = SmallVec<[Pair; 16]>;

/// One frame whose bytes are all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub header: u8,
    /// To which station, or from which.
    pub station: u8,
    /// Bytes of the image.
    pub pairs: Pairs,
    /// A byte without its partner stands behind them.
    pub odd: bool,
    /// The check as sent; `None` where frames of its kind may go without.
    pub check: Option<u16>,
    /// The check as it should be.
    pub expected: u16,
    /// Bytes of the whole frame as sent.
    pub len: usize,
}

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It goes on behind the bytes at hand.
    Short,
    /// A frame cannot be like this.
    Bad,
}

impl Frame {
    /// The frame at the front of `bytes`.
    ///
    /// # Errors
    /// It is not all there, or it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.first().is_some_and(|header| !is_header(*header)) {
            return Err(Fault::Bad);
        }
        let known = bytes.get(..FRAME_MAX).unwrap_or(bytes);
        // Only the two bytes of the check may be above those that are sent in two: no search goes on behind.
        let wild = known.iter().skip(1).position(|byte| *byte > ESCAPE).map_or(known.len(), |at| at + 1);
        let reach = known.get(..wild + CHECK + 1).unwrap_or(known);
        let Some(end) = reach.iter().skip(wild).position(|byte| *byte == END).map(|at| at + wild) else {
            let over = bytes.len() > FRAME_MAX || reach.len() > wild + CHECK;
            return Err(if over { Fault::Bad } else { Fault::Short });
        };
        // The check may hold what ends a frame: it is sent as it is.
        let ends = (end..=end + 2).filter(|at| bytes.get(*at) == Some(&END));
        let proven = ends.filter_map(|at| Self::whole(bytes.get(..at)?)).find(Self::is_proven);
        let first = || bytes.get(..end).and_then(Self::whole);
        let found = proven.or_else(first).ok_or(Fault::Bad)?;
        if !found.holds() && bytes.len() < end + 3 { Err(Fault::Short) } else { Ok(found) }
    }

    /// Takes a frame apart that ends here; some send the check in two as well.
    fn whole(sent: &[u8]) -> Option<Self> {
        let len = sent.len() + 1;
        let all = plain(sent).and_then(|body| Self::split(&body, None, len));
        let bare = all.as_ref().is_some_and(Self::holds);
        let apart = sent.split_last_chunk::<2>().filter(|_| !bare).and_then(|(covered, check)| {
            let body = plain(covered)?;
            Self::split(&body, Some(u16::from_le_bytes(*check)), len)
        });
        apart.or(all)
    }

    /// Takes a body apart, with the check behind it or given.
    fn split(body: &[u8], check: Option<u16>, len: usize) -> Option<Self> {
        let (&header, &station) = (body.first()?, body.get(1)?);
        let bare = Self { header, station, pairs: Pairs::new(), odd: false, check: None, expected: 0, len };
        let (covered, check) = match (check, body.split_last_chunk::<2>()) {
            (Some(check), _) => (body, check),
            (None, _) if body.len() == 2 => return matches!(header, header::ACKNOWLEDGE | header::POLL).then_some(bare),
            (None, Some((covered, check))) => (covered, u16::from_le_bytes(*check)),
            (None, None) => return None,
        };
        let data = covered.get(2..)?;
        // What only asks has no data.
        if header == header::ACKNOWLEDGE || !data.is_empty() && !carries_data(header) {
            return None;
        }
        let pairs = data.as_chunks::<2>().0.iter().map(|&[address, value]| Pair { address, value }).collect();
        let (odd, expected) = (data.len() % 2 == 1, crc16(covered, CHECK_START));
        Some(Self { pairs, odd, check: Some(check), expected, ..bare })
    }

    /// The check holds, or there is none.
    pub fn holds(&self) -> bool {
        self.check.is_none_or(|check| check == self.expected)
    }

    /// The check is there and holds.
    pub fn is_proven(&self) -> bool {
        self.check == Some(self.expected)
    }
}

/// Bytes with those that are sent in two put together again; `None` where that cannot be.
fn plain(sent: &[u8]) -> Option<SmallVec<[u8; 128]>> {
    let (header, mut rest) = sent.split_first()?;
    let mut body = SmallVec::new();
    body.push(*header);
    while let Some((&byte, behind)) = rest.split_first() {
        rest = match (byte, behind) {
            (ESCAPE, [low @ 0..=0x0f, behind @ ..]) => {
                body.push(ESCAPE | low);
                behind
            }
            (ESCAPE.., _) => return None,
            _ => {
                body.push(byte);
                behind
            }
        };
    }
    Some(body)
}

const fn carries_data(header: u8) -> bool {
    matches!(header, header::INDICATION | header::CHECKBACK | header::COMMON_CONTROL | header::CONTROL)
}

const fn is_header(byte: u8) -> bool {
    matches!(byte, header::ACKNOWLEDGE..=header::CHECKBACK | header::COMMON_CONTROL..=header::EXECUTE)
}

/// What the master sends.
pub const fn asks(header: u8) -> bool {
    header >= header::COMMON_CONTROL
}
