//! The state of a connection: sequence numbers (IEC 60870-5-104 clause 5.1) and whether user data may flow (clause 5.3).

use super::apci::{self, Format, MODULUS};
use wf_wire::Direction;

/// What is wrong with a header in the light of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Another send sequence number was due.
    Send {
        /// Due.
        expected: u16,
        /// Said.
        got: u16,
    },
    /// What is acknowledged was acknowledged before, or never sent.
    Receive {
        /// Said.
        got: u16,
        /// Acknowledged last, or sent.
        limit: u16,
    },
    /// User data on a stopped connection.
    Stopped,
}

/// One side of a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Next send sequence number.
    next: Option<u16>,
    /// Last receive sequence number that it told.
    acknowledged: Option<u16>,
    /// It acknowledged more than was seen so far: perhaps the capture shows both ways out of order.
    ahead: Option<u16>,
}

/// Both sides.
#[derive(Debug, Default)]
pub struct Sequence {
    sides: [Side; 2],
    seen: [bool; 2],
    started: Option<bool>,
    /// That data flow while stopped was said.
    told: bool,
}

/// `a` lies behind `b` in the circle of sequence numbers.
const fn is_after(a: u16, b: u16) -> bool {
    let ahead = a.wrapping_sub(b) & (MODULUS - 1);
    ahead > 0 && ahead < MODULUS / 2
}

impl Sequence {
    /// Takes a header; says what does not fit.
    pub fn take(&mut self, direction: Direction, from_start: bool, format: Format, mut breach: impl FnMut(Breach)) {
        let [here, there] = [direction.index(), direction.reverse().index()];
        if let (Some(seen), Some(side)) = (self.seen.get_mut(here), self.sides.get_mut(here))
            && !*seen
        {
            *seen = true;
            if from_start {
                side.next = Some(0);
                self.started = self.started.or(Some(false));
            }
        }
        match format {
            Format::Control(apci::START_ACT | apci::START_CON) => (self.started, self.told) = (Some(true), false),
            Format::Control(apci::STOP_CON) => (self.started, self.told) = (Some(false), false),
            Format::Control(_) => {}
            Format::Supervision { receive } => self.acknowledge(here, there, receive, &mut breach),
            Format::Information { send, receive } => {
                if self.started == Some(false) && !self.told {
                    self.told = true;
                    breach(Breach::Stopped);
                }
                if let Some(side) = self.sides.get_mut(here) {
                    if let Some(expected) = side.next.filter(|expected| *expected != send) {
                        breach(Breach::Send { expected, got: send });
                    }
                    side.next = Some((send + 1) & (MODULUS - 1));
                }
                self.acknowledge(here, there, receive, &mut breach);
            }
        }
    }

    fn acknowledge(&mut self, here: usize, there: usize, receive: u16, breach: &mut impl FnMut(Breach)) {
        let sent = self.sides.get(there).and_then(|side| side.next);
        let Some(side) = self.sides.get_mut(here) else { return };
        if let Some(limit) = side.acknowledged.filter(|last| is_after(*last, receive)) {
            breach(Breach::Receive { got: receive, limit });
        }
        side.acknowledged = Some(receive);
        let Some(sent) = sent else { return };
        if let Some(got) = side.ahead.take() {
            if is_after(got, sent) {
                breach(Breach::Receive { got, limit: sent });
            }
        } else if is_after(receive, sent) {
            side.ahead = Some(receive);
        }
    }

    /// Bytes of a direction are missing.
    pub fn gap(&mut self) {
        *self = Self { seen: [true; 2], ..Self::default() };
    }
}
