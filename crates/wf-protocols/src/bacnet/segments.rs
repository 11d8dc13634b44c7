//! Puts segmented messages together (clause 5.3), bounded.

use super::npdu::Station;
use std::collections::VecDeque;

/// Messages of one flow that are being put together.
const OPEN_MAX: usize = 4;
/// Octets of one message; more than the standard's devices take.
const OCTETS_MAX: usize = 256 * 1024;
/// Segments that may come ahead of a missing one.
const AHEAD_MAX: usize = 128;
/// Room that one of those takes beside its octets.
const AHEAD_BYTES: usize = size_of::<(u32, Vec<u8>)>();

/// Which message a segment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// It travels from client to server of the flow.
    pub to_server: bool,
    /// Type of APDU.
    pub kind: u8,
    /// Request.
    pub invoke_id: u8,
    /// Who sent it, behind routers.
    pub source: Station,
    /// For whom.
    pub destination: Station,
}

struct Partial {
    key: Key,
    /// Segments that are joined in `octets`.
    joined: u32,
    octets: Vec<u8>,
    /// Segments that came ahead of a missing one.
    ahead: Vec<(u32, Vec<u8>)>,
    ahead_octets: usize,
    /// Number of the last segment, once it was seen.
    last: Option<u32>,
}

/// What a segment did.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It completes its message.
    Whole(Vec<u8>),
    /// More are awaited.
    Waiting,
    /// The message is longer than is kept: it was let go.
    TooLong,
}

/// The messages of one flow that are being put together.
#[derive(Default)]
pub struct Segments {
    open: VecDeque<Partial>,
    /// Messages that fell out.
    pub evicted: u64,
}

impl Segments {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open
            .iter()
            .map(|partial| partial.octets.capacity() + partial.ahead_octets + AHEAD_BYTES * partial.ahead.capacity())
            .sum()
    }

    /// Takes a segment.
    pub fn take(&mut self, key: Key, sequence: u8, more: bool, body: &[u8]) -> Outcome {
        let known = self.open.iter().position(|partial| partial.key == key);
        // The first segment of another message under the same number begins it anew; the same one again does not.
        let partial = known.and_then(|at| self.open.get(at)).filter(|_| sequence == 0);
        if partial.is_some_and(|p| p.joined > 0 && p.number(0) == 0 && p.octets.starts_with(body)) {
            return Outcome::Waiting;
        }
        let fresh = partial.is_some_and(|p| p.joined > 0 && p.number(0) == 0);
        if fresh || known.is_none() {
            if let Some(at) = known.filter(|_| fresh) {
                self.open.remove(at);
            }
            if self.open.len() >= OPEN_MAX {
                self.evicted += u64::from(self.open.pop_front().is_some_and(|fallen| fallen.joined > 0));
            }
            let octets = Vec::new();
            self.open.push_back(Partial { key, joined: 0, octets, ahead: Vec::new(), ahead_octets: 0, last: None });
        }
        let at = self.open.iter().position(|partial| partial.key == key).unwrap_or(0);
        let Some(partial) = self.open.get_mut(at) else { return Outcome::Waiting };
        let outcome = partial.take(sequence, more, body);
        match outcome {
            Outcome::Waiting => {}
            _ => drop(self.open.remove(at)),
        }
        outcome
    }
}

impl Partial {
    /// The running number of a segment whose last eight bits are known: the one nearest to what is awaited.
    fn number(&self, sequence: u8) -> u32 {
        let distance = sequence.wrapping_sub(self.joined.to_le_bytes()[0]);
        if distance < 128 { self.joined + u32::from(distance) } else { (self.joined + u32::from(distance)).saturating_sub(256) }
    }

    fn take(&mut self, sequence: u8, more: bool, body: &[u8]) -> Outcome {
        let number = self.number(sequence);
        if !more {
            self.last = Some(number);
        }
        if self.octets.len() + self.ahead_octets + body.len() > OCTETS_MAX {
            return Outcome::TooLong;
        }
        if number == self.joined {
            self.octets.extend_from_slice(body);
            self.joined += 1;
            while let Some(at) = self.ahead.iter().position(|(number, _)| *number == self.joined) {
                let (_, next) = self.ahead.swap_remove(at);
                self.ahead_octets -= next.len();
                self.octets.extend_from_slice(&next);
                self.joined += 1;
            }
        } else if number > self.joined && self.ahead.len() < AHEAD_MAX && self.ahead.iter().all(|(known, _)| *known != number) {
            self.ahead_octets += body.len();
            self.ahead.push((number, body.to_vec()));
        }
        match self.last {
            Some(last) if self.joined > last => Outcome::Whole(std::mem::take(&mut self.octets)),
            _ => Outcome::Waiting,
        }
    }
}
