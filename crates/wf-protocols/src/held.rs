//! Requests that wait for their answer, kept as the bytes they came in. They are read again when the answer is there,
//! so nothing is built for a request that is only counted, and the buffers are used again.

use wf_wire::decode::{Moment, Pending};

/// Bytes kept of one request unless said otherwise; what is longer is cut, and the rest of it is not reported at the answer.
const BYTES_MAX: usize = 8192;
/// Spare buffers kept.
const SPARE_MAX: usize = 8;

/// A request that waits.
#[derive(Debug)]
pub struct Waiting {
    /// When it was asked.
    pub at: Moment,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Open requests of one flow by key, the oldest falling out.
#[derive(Debug)]
pub struct Held<K> {
    pending: Pending<K, Waiting>,
    spare: Vec<Vec<u8>>,
    bytes_max: usize,
}

impl<K: PartialEq> Held<K> {
    /// At most `limit` open requests.
    pub const fn new(limit: usize) -> Self {
        Self::with_bytes(limit, BYTES_MAX)
    }

    /// At most `limit` open requests of at most `bytes_max` bytes each.
    pub const fn with_bytes(limit: usize, bytes_max: usize) -> Self {
        Self { pending: Pending::new(limit), spare: Vec::new(), bytes_max }
    }

    /// Keeps a request; hands back the one that fell out, if any.
    pub fn open(&mut self, key: K, at: Moment, bytes: &[u8]) -> Option<(K, Waiting)> {
        let mut kept = self.spare.pop().unwrap_or_default();
        kept.clear();
        kept.extend_from_slice(bytes.get(..self.bytes_max).unwrap_or(bytes));
        self.pending.open(key, Waiting { at, bytes: kept })
    }

    /// Takes the oldest request with this key.
    pub fn close(&mut self, key: &K) -> Option<Waiting> {
        self.pending.close(key)
    }

    /// Gives a buffer back for the next request.
    pub fn give_back(&mut self, waiting: Waiting) {
        if self.spare.len() < SPARE_MAX {
            self.spare.push(waiting.bytes);
        }
    }

    /// Takes all that wait, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, Waiting)> + '_ {
        self.pending.drain()
    }
}
