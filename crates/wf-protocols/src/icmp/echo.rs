//! Pings: whether what comes back is what was sent.

use std::collections::VecDeque;
use wf_wire::Direction;

/// Requests of one conversation that are remembered; those that fell out are judged by nobody.
const OPEN_MAX: usize = 16;
/// Data compared, in bytes.
const DATA_MAX: usize = 48;

/// An echo request or reply.
#[derive(Clone, Copy, Debug)]
pub struct Echo<'a> {
    pub identifier: u16,
    pub sequence: u16,
    pub data: &'a [u8],
}

#[derive(Debug)]
struct Sent {
    direction: Direction,
    place: (u16, u16),
    len: usize,
    begin: Vec<u8>,
}

/// Requests that wait for their reply.
#[derive(Debug, Default)]
pub struct Echoes {
    open: VecDeque<Sent>,
}

impl Echoes {
    /// Notes a request, or says how a reply differs from its request.
    pub fn note(&mut self, direction: Direction, request: bool, echo: &Echo<'_>) -> Option<String> {
        let place = (echo.identifier, echo.sequence);
        let begin = echo.data.get(..DATA_MAX).unwrap_or(echo.data);
        if request {
            let mut kept = if self.open.len() >= OPEN_MAX { self.open.pop_front().map(|old| old.begin) } else { None };
            let bytes = kept.get_or_insert_default();
            bytes.clear();
            bytes.extend_from_slice(begin);
            self.open.push_back(Sent { direction, place, len: echo.data.len(), begin: kept.unwrap_or_default() });
            return None;
        }
        let at = self.open.iter().rposition(|sent| sent.place == place && sent.direction != direction)?;
        let sent = self.open.remove(at)?;
        if sent.len != echo.data.len() {
            return Some(format!("{} bytes sent, {} came back", sent.len, echo.data.len()));
        }
        (sent.begin != begin).then(|| format!("{} other bytes came back", sent.len))
    }
}
