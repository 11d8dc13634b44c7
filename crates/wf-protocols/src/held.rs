//! Requests that wait for their answer, and for how long. Bounded: what falls out or waits too long is handed back, to be
//! told as unanswered.
//!
//! Those kept as the bytes they came in are read again when the answer is there, so nothing is built for a request that is
//! only counted, and the buffers are used again.

use std::collections::VecDeque;
use wf_model::time::SECOND;
use wf_wire::decode::{Moment, Pending, Sink};

/// A request that has waited so long by the time of the packets will not be answered any more, unless its protocol is quicker:
/// clients give up after one to thirty seconds.
pub const ANSWER_MAX: i64 = 60 * SECOND;
/// Bytes kept of one request unless said otherwise; what is longer is cut, and the rest of it is not reported at the answer.
const BYTES_MAX: usize = 8192;
/// Bytes that all open requests of one flow share: beyond them each new one is kept in `LEAST` bytes.
const ROOM: usize = 512 << 10;
/// Bytes of a request that are kept however little room is left.
const LEAST: usize = 1024;
/// Spare buffers kept, and the largest.
const SPARE_MAX: usize = 8;
const SPARE_BYTES_MAX: usize = 2048;
/// Keys remembered of requests that were given up.
const GIVEN_UP_MAX: usize = 16;

/// What every open request knows of itself.
pub trait Waits {
    /// When it was asked.
    fn asked(&self) -> Moment;
    /// Bytes of the flow went missing: an answer may have been among them.
    fn lose(&mut self);
}

/// A request of which nothing else is needed.
impl Waits for Moment {
    fn asked(&self) -> Moment {
        *self
    }

    fn lose(&mut self) {}
}

/// Takes the oldest request that has waited longer than `wait`, in units of a timestamp. To be asked for behind every message,
/// whichever way it travels.
pub fn overdue<K: PartialEq, V: Waits>(open: &mut Pending<K, V>, now: Moment, wait: i64) -> Option<(K, V)> {
    open.take_oldest_if(|_, waiting| now.ts.since(waiting.asked().ts) > wait)
}

/// Bytes of the flow went missing: what is open may have been answered.
pub fn lose<K: PartialEq, V: Waits>(open: &mut Pending<K, V>) {
    open.values_mut().for_each(V::lose);
}

/// What to say of a request to which nothing came.
#[must_use]
pub const fn missing(lost: bool) -> &'static str {
    if lost { "unconfirmed" } else { "unanswered" }
}

/// A request that waits.
#[derive(Debug)]
pub struct Waiting {
    /// When it was asked.
    pub at: Moment,
    /// Bytes of the flow went missing since.
    pub lost: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Waiting {
    /// What to say of it if nothing came.
    #[must_use]
    pub const fn missing(&self) -> &'static str {
        missing(self.lost)
    }
}

impl Waits for Waiting {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

/// Open requests of one flow by key, the oldest falling out.
#[derive(Debug)]
pub struct Held<K> {
    pending: Pending<K, Waiting>,
    spare: Vec<Vec<u8>>,
    /// Bytes of the spare buffers.
    spare_bytes: usize,
    bytes_max: usize,
    given_up: VecDeque<K>,
}

impl<K: PartialEq + Copy> Held<K> {
    /// At most `limit` open requests.
    pub const fn new(limit: usize) -> Self {
        Self::with_bytes(limit, BYTES_MAX)
    }

    /// At most `limit` open requests of at most `bytes_max` bytes each.
    pub const fn with_bytes(limit: usize, bytes_max: usize) -> Self {
        Self { pending: Pending::new(limit), spare: Vec::new(), spare_bytes: 0, bytes_max, given_up: VecDeque::new() }
    }

    /// Keeps a request; hands back the one that fell out, if any, and counts it.
    pub fn open(&mut self, key: K, at: Moment, bytes: &[u8], out: &mut dyn Sink) -> Option<(K, Waiting)> {
        let mut kept = self.spare.pop().unwrap_or_default();
        self.spare_bytes = self.spare_bytes.saturating_sub(kept.capacity());
        kept.clear();
        let most = most(self.pending.held(), self.bytes_max);
        kept.extend_from_slice(bytes.get(..most).unwrap_or(bytes));
        let held = kept.capacity();
        let fallen = self.pending.open_with(key, Waiting { at, lost: false, bytes: kept }, held);
        if fallen.is_some() {
            out.evicted(1);
        }
        self.note(fallen.as_ref());
        fallen
    }

    /// Keeps a request under a key that is used for one at a time: the same bytes again are the same request, asked again;
    /// others mean that the one which waits was given up, and it is handed back.
    pub fn open_one(&mut self, key: K, at: Moment, bytes: &[u8], out: &mut dyn Sink) -> Option<(K, Waiting)> {
        let kept = bytes.get(..self.bytes_max).unwrap_or(bytes);
        let Some(same) = self.pending.get_mut(&key).map(|same| is_same(&same.bytes, kept)) else {
            return self.open(key, at, bytes, out);
        };
        self.expect_late(key);
        if same {
            return None;
        }
        let given_up = self.pending.close(&key).map(|waiting| (key, waiting));
        self.open(key, at, bytes, out);
        given_up
    }

    /// Takes the oldest request that has waited too long. To be asked for behind every message, whichever way it travels.
    pub fn overdue(&mut self, now: Moment) -> Option<(K, Waiting)> {
        let late = overdue(&mut self.pending, now, ANSWER_MAX);
        self.note(late.as_ref());
        late
    }

    /// Takes those that have waited too long, tells each, and keeps its buffer for the next request.
    pub fn expire(&mut self, now: Moment, mut tell: impl FnMut(K, &Waiting)) {
        while let Some((key, late)) = self.overdue(now) {
            tell(key, &late);
            self.give_back(late);
        }
    }

    fn note(&mut self, gone: Option<&(K, Waiting)>) {
        if let Some((key, _)) = gone {
            self.expect_late(*key);
        }
    }

    /// One answer more than there are requests may come under this key.
    fn expect_late(&mut self, key: K) {
        if self.given_up.len() >= GIVEN_UP_MAX {
            self.given_up.pop_front();
        }
        self.given_up.push_back(key);
    }

    /// The oldest request with this key, which goes on waiting.
    pub fn get(&mut self, key: &K) -> Option<&Waiting> {
        self.pending.get_mut(key).map(|waiting| &*waiting)
    }

    /// Takes the oldest request with this key.
    pub fn close(&mut self, key: &K) -> Option<Waiting> {
        self.pending.close(key)
    }

    /// Takes the oldest request whose key `fits`.
    pub fn close_where(&mut self, fits: impl Fn(&K) -> bool) -> Option<Waiting> {
        self.pending.close_where(|key, _| fits(key)).map(|(_, waiting)| waiting)
    }

    /// A request whose key `fits` was given up: see [`Held::was_given_up`].
    pub fn was_given_up_where(&mut self, fits: impl Fn(&K) -> bool) -> bool {
        let at = self.given_up.iter().position(fits);
        at.and_then(|at| self.given_up.remove(at)).is_some()
    }

    /// A request with this key fell out, waited too long or was asked twice: this answer to it comes late, not out of the blue.
    pub fn was_given_up(&mut self, key: &K) -> bool {
        let at = self.given_up.iter().position(|gone| gone == key);
        at.and_then(|at| self.given_up.remove(at)).is_some()
    }

    /// Bytes of the flow went missing: what is open may have been answered.
    pub fn lose(&mut self) {
        lose(&mut self.pending);
    }

    /// Gives a buffer back for the next request.
    pub fn give_back(&mut self, waiting: Waiting) {
        if self.spare.len() < SPARE_MAX && waiting.bytes.capacity() <= SPARE_BYTES_MAX {
            self.spare_bytes += waiting.bytes.capacity();
            self.spare.push(waiting.bytes);
        }
    }

    /// Bytes that it takes: [`Decoder::weight`](wf_wire::decode::Decoder::weight).
    pub fn weight(&self) -> usize {
        self.pending.weight() + self.spare_bytes
    }

    /// Takes all that wait, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, Waiting)> + '_ {
        self.pending.drain()
    }
}

/// How many bytes are kept of a request, at most `max`, where others of its flow hold so many.
pub fn most(held: usize, max: usize) -> usize {
    max.min(ROOM.saturating_sub(held).max(LEAST))
}

/// Bytes that a small vector holds outside itself.
pub fn outside<A: smallvec::Array>(bytes: &smallvec::SmallVec<A>) -> usize {
    if bytes.spilled() { bytes.capacity() * size_of::<A::Item>() } else { 0 }
}

/// Bytes that a table takes, without what its entries hold outside it.
pub fn map_weight<K, V, S>(map: &std::collections::HashMap<K, V, S>) -> usize {
    // Seven of eight places are used at most, and each has a byte beside it.
    map.capacity() / 7 * 8 * (size_of::<(K, V)>() + 1)
}

/// Whether these are the bytes that were kept of a request, where there was little room perhaps not all.
pub fn is_same(kept: &[u8], bytes: &[u8]) -> bool {
    kept == bytes || kept.len() >= LEAST && bytes.starts_with(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Recorder;
    use wf_model::Timestamp;

    fn at(seconds: i64) -> Moment {
        Moment { frame: 1, ts: Timestamp(seconds * SECOND) }
    }

    #[test]
    fn what_waits_too_long_is_handed_back_and_its_answer_is_late() {
        let (mut held, mut said) = (Held::new(4), Recorder::default());
        for (key, seconds) in [(1, 0), (2, 30)] {
            assert!(held.open(key, at(seconds), &[key], &mut said).is_none());
        }
        assert!(held.overdue(at(60)).is_none());
        assert_eq!(held.overdue(at(61)).map(|(key, waiting)| (key, waiting.missing())), Some((1, "unanswered")));
        assert!(held.overdue(at(61)).is_none());
        assert!(held.close(&1).is_none() && held.was_given_up(&1) && !held.was_given_up(&1));
        assert!(held.close(&2).is_some() && !held.was_given_up(&2));
    }

    #[test]
    fn what_waits_during_a_hole_may_have_been_answered() {
        let (mut held, mut said) = (Held::new(1), Recorder::default());
        held.open(1, at(0), &[1], &mut said);
        held.lose();
        let fallen = held.open(2, at(1), &[2], &mut said);
        assert_eq!(fallen.map(|(key, waiting)| (key, waiting.missing())), Some((1, "unconfirmed")));
        assert!(held.was_given_up(&1) && said.evicted == 1);
        assert_eq!(held.drain().map(|(_, waiting)| waiting.missing()).collect::<Vec<_>>(), ["unanswered"]);
    }

    #[test]
    fn a_key_used_anew_is_another_request() {
        let (mut held, mut said) = (Held::new(2), Recorder::default());
        assert!(held.open_one(1, at(0), &[1], &mut said).is_none());
        assert!(held.open_one(1, at(1), &[1], &mut said).is_none(), "asked again");
        assert!(matches!(held.open_one(1, at(2), &[2], &mut said), Some((1, Waiting { ref bytes, .. })) if *bytes == [1]));
        assert!(matches!(held.close(&1), Some(Waiting { ref bytes, .. }) if *bytes == [2]));
        assert!(held.close(&1).is_none() && said.evicted == 0);
        assert!(held.was_given_up(&1) && held.was_given_up(&1) && !held.was_given_up(&1), "the other two may be answered too");
    }

    #[test]
    fn long_requests_share_a_room() {
        let (mut held, mut said) = (Held::with_bytes(512, 64 << 10), Recorder::default());
        for key in 0..512_u32 {
            held.open(key, at(0), &[7; 64 << 10], &mut said);
        }
        let most = ROOM + 512 * (LEAST + 128);
        assert!((ROOM..=most).contains(&held.weight()), "{}", held.weight());
        assert!(held.open_one(511, at(1), &[7; 64 << 10], &mut said).is_none(), "the same, of which less was kept");
        let all: Vec<_> = held.drain().map(|(_, waiting)| waiting).collect();
        assert!(all.iter().all(|waiting| waiting.bytes.len() >= LEAST) && said.evicted == 0);
        all.into_iter().for_each(|waiting| held.give_back(waiting));
        assert!(held.weight() < 512 * 128 + SPARE_MAX * SPARE_BYTES_MAX, "{}", held.weight());
    }
}
