//! Datagrams: type, channel, length, body, check; in the body of a command its own header with a sum.

use crate::checks::crc16;
use wf_wire::Reader;

/// Bytes before the body.
const HEADER: usize = 4;
/// Bytes of the check behind it.
const CHECK: usize = 2;
/// Type of a datagram that carries a command or its answer.
pub const COMMAND: u8 = 5;

/// One datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is for.
    pub kind: u8,
    /// Channel.
    pub channel: u8,
    /// Length of the body as it says.
    pub length: u16,
    /// Body as far as it is there.
    pub body: &'a [u8],
    /// The CRC-16 at its end holds.
    pub checked: bool,
    /// The length fits the datagram.
    pub fits: bool,
}

/// A command or an answer in a datagram's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// The controller sends it.
    pub from_controller: bool,
    /// Number of the connection.
    pub connection: u8,
    /// Function code.
    pub code: u8,
    /// Number that joins answer and command.
    pub sequence: u8,
    /// Length as it says, header included.
    pub length: u16,
    /// The sum over it holds.
    pub summed: bool,
    /// Its data.
    pub data: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads a datagram; `None` where it is too short to be one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let (kind, channel, length) = (r.u8().ok()?, r.u8().ok()?, r.u16_le().ok()?);
        let body = r.take(r.left().checked_sub(CHECK)?).ok()?;
        let covered = bytes.get(..HEADER + body.len())?;
        let checked = r.u16_le().ok()? == crc16(covered, 0);
        Some(Self { kind, channel, length, body, checked, fits: usize::from(length) == body.len() })
    }

    /// The command in it.
    pub fn command(&self) -> Option<Command<'a>> {
        if self.kind != COMMAND {
            return None;
        }
        let mut r = Reader::new(self.body);
        let (path, connection, code, sequence) = (r.u8().ok()?, r.u8().ok()?, r.u8().ok()?, r.u8().ok()?);
        let (_, sum, length) = (r.u16().ok()?, r.u16_le().ok()?, r.u16_le().ok()?);
        if path > 1 {
            return None;
        }
        let data = r.take_rest();
        let summed = sum_of(self.body, length) == sum;
        Some(Command { from_controller: path == 1, connection, code, sequence, length, summed, data })
    }

    /// A command whose lengths and sums agree: hardly anything else looks like it.
    pub fn is_certain(&self) -> bool {
        let sound = |command: Command<'_>| command.summed && usize::from(command.length) == self.body.len();
        self.checked && self.fits && self.command().is_some_and(sound)
    }
}

/// Every byte but those of the sum itself, and the length once more.
fn sum_of(body: &[u8], length: u16) -> u16 {
    let all = body.iter().enumerate().filter(|(at, _)| !matches!(at, 6 | 7));
    all.fold(length, |sum, (_, byte)| sum.wrapping_add(u16::from(*byte)))
}
