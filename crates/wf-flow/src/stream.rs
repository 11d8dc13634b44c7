//! One direction of a TCP stream put in order (RFC 9293, 3.4 and 3.10.7.4), seen passively: both ends' view is guessed
//! from what the capture shows. Sans-IO and bounded.

use std::collections::VecDeque;

/// Bytes of one direction that wait for a hole before them to be filled.
const WAITING_BYTES_MAX: usize = 512 << 10;
/// Segments that wait.
const WAITING_SEGMENTS_MAX: usize = 256;
/// A segment this far ahead belongs to another life of the connection.
const AHEAD_MAX: i32 = 64 << 20;

/// Order of one direction.
#[derive(Debug, Default)]
pub struct Order {
    next: Option<u32>,
    /// Where the stream began, if its SYN was seen.
    start: Option<u32>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// The stream was seen from its SYN on.
    pub from_start: bool,
}

/// A segment behind a hole.
#[derive(Debug)]
struct Waiting {
    seq: u32,
    data: Vec<u8>,
    /// Bytes behind its data that the capture left out.
    missing: usize,
}

/// What a segment's bytes come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes of the stream, and how many behind them the capture left out.
    Bytes(&'a [u8], usize),
    /// Seen before, or kept for later.
    Nothing,
}

/// How far `b` is ahead of `a` in sequence space.
#[expect(clippy::cast_possible_wrap, reason = "sequence arithmetic is modulo 2^32")]
fn ahead(a: u32, b: u32) -> i32 {
    b.wrapping_sub(a) as i32
}

#[expect(clippy::cast_possible_truncation, reason = "segments are far below 4 GiB")]
fn after(seq: u32, bytes: usize) -> u32 {
    seq.wrapping_add(bytes as u32)
}

/// What lies behind the first `known` bytes of a segment: of its data, and of what the capture left out behind them.
fn behind(data: &[u8], missing: usize, known: usize) -> (&[u8], usize) {
    match data.get(known..) {
        Some(rest) => (rest, missing),
        None => (&[], missing.saturating_sub(known - data.len())),
    }
}

impl Order {
    /// A direction of which nothing was seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// A SYN was seen: the stream begins after it. The same one again (repeated by its sender, or shown twice by a mirror)
    /// says nothing new.
    pub fn syn(&mut self, seq: u32) {
        let start = Some(seq.wrapping_add(1));
        if self.start == start {
            return;
        }
        (self.start, self.next) = (start, start);
        self.from_start = true;
        self.waiting.clear();
        self.waiting_bytes = 0;
    }

    /// Whether bytes wait behind a hole.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Bytes behind a hole.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Takes a segment with data, of which the capture left out the last `missing` bytes. The usual case hands its bytes
    /// straight back.
    #[inline]
    pub fn segment<'a>(&mut self, seq: u32, data: &'a [u8], missing: usize) -> Piece<'a> {
        let next = *self.next.get_or_insert(seq);
        let distance = ahead(next, seq);
        if distance == 0 {
            self.next = Some(after(seq, data.len()));
            return Piece::Bytes(data, missing);
        }
        if distance < 0 {
            // Seen before, in part or in whole; what was delivered first stands.
            let known = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
            let (rest, missing) = behind(data, missing, known);
            if rest.is_empty() && missing == 0 {
                return Piece::Nothing;
            }
            self.next = Some(after(next, rest.len()));
            return Piece::Bytes(rest, missing);
        }
        if distance > AHEAD_MAX {
            return Piece::Nothing;
        }
        self.keep(seq, data, missing);
        Piece::Nothing
    }

    fn keep(&mut self, seq: u32, data: &[u8], missing: usize) {
        let base = self.next.unwrap_or(seq);
        let place = self.waiting.partition_point(|other| ahead(base, other.seq) < ahead(base, seq));
        if self.waiting.get(place).is_some_and(|same| same.seq == seq && same.data.len() >= data.len()) {
            return;
        }
        self.waiting_bytes += data.len();
        self.waiting.insert(place, Waiting { seq, data: data.to_vec(), missing });
    }

    /// The next waiting bytes that are in order now, and how many behind them the capture left out.
    pub fn ready(&mut self) -> Option<(Vec<u8>, usize)> {
        let next = self.next?;
        while let Some(first) = self.waiting.front() {
            let distance = ahead(next, first.seq);
            if distance > 0 {
                return None;
            }
            let Waiting { mut data, missing, .. } = self.waiting.pop_front()?;
            self.waiting_bytes = self.waiting_bytes.saturating_sub(data.len());
            let known = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
            let (rest, missing) = behind(&data, missing, known);
            if !rest.is_empty() || missing > 0 {
                let seen = data.len() - rest.len();
                data.drain(..seen);
                self.next = Some(after(next, data.len()));
                return Some((data, missing));
            }
        }
        None
    }

    /// The next `count` bytes are not in the capture: the stream goes on behind them.
    pub fn leave_out(&mut self, count: usize) {
        self.next = self.next.map(|next| after(next, count));
    }

    /// Whether the receiver has acknowledged what waits behind a hole: then the hole was not lost on the wire.
    pub fn is_acknowledged(&self, ack: u32) -> bool {
        self.waiting.front().is_some_and(|first| ahead(after(first.seq, first.data.len()), ack) >= 0)
    }

    /// Whether too much waits behind a hole for it to be filled any more.
    pub fn is_lost(&self) -> bool {
        self.waiting_bytes > WAITING_BYTES_MAX || self.waiting.len() > WAITING_SEGMENTS_MAX
    }

    /// Gives the hole up: how many bytes are missing. `ready` then goes on behind it.
    pub fn skip_hole(&mut self) -> Option<u64> {
        let first = self.waiting.front()?.seq;
        let missing = ahead(self.next.unwrap_or(first), first);
        self.next = Some(first);
        Some(u64::from(missing.max(0).unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(order: &mut Order, out: &mut Vec<u8>, seq: u32, data: &[u8]) {
        cut(order, out, seq, data, 0);
    }

    /// What the capture left out is shown as dots.
    fn cut(order: &mut Order, out: &mut Vec<u8>, seq: u32, data: &[u8], missing: usize) {
        let mut take = |order: &mut Order, bytes: &[u8], missing: usize| {
            order.leave_out(missing);
            out.extend_from_slice(bytes);
            out.extend(std::iter::repeat_n(b'.', missing));
        };
        if let Piece::Bytes(bytes, missing) = order.segment(seq, data, missing) {
            take(order, bytes, missing);
        }
        while let Some((bytes, missing)) = order.ready() {
            take(order, &bytes, missing);
        }
    }

    proptest! {
        /// However a stream is cut, shuffled within reach, overlapped and repeated: the same bytes come out.
        #[test]
        fn any_segmentation_gives_the_same_stream(
            start in any::<u32>(),
            stream in proptest::collection::vec(any::<u8>(), 1..600),
            cuts in proptest::collection::vec((0usize..600, 1usize..80), 0..60),
            seed in any::<u64>(),
        ) {
            let mut order = Order::new();
            order.syn(start.wrapping_sub(1));
            let mut segments: Vec<(usize, usize)> = (0..stream.len()).step_by(40).map(|at| (at, (at + 40).min(stream.len()))).collect();
            segments.extend(cuts.iter().map(|(at, len)| ((*at).min(stream.len() - 1), (at + len).min(stream.len()))).filter(|(a, b)| a < b));
            let mut state = seed | 1;
            for at in (1..segments.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                segments.swap(at, (state >> 33) as usize % (at + 1));
            }
            let mut out = Vec::new();
            for (from, to) in segments {
                feed(&mut order, &mut out, start.wrapping_add(from as u32), &stream[from..to]);
            }
            prop_assert_eq!(out, stream);
        }
    }

    #[test]
    fn a_syn_shown_twice_is_one() {
        let mut order = Order::new();
        let mut out = Vec::new();
        order.syn(99);
        feed(&mut order, &mut out, 100, b"abc");
        order.syn(99);
        feed(&mut order, &mut out, 103, b"def");
        assert_eq!(out, b"abcdef");
        order.syn(499);
        feed(&mut order, &mut out, 500, b"g");
        assert_eq!(out, b"abcdefg", "another one is another life");
    }

    #[test]
    fn a_hole_is_given_up_when_the_receiver_has_gone_on() {
        let mut order = Order::new();
        let mut out = Vec::new();
        feed(&mut order, &mut out, 100, b"abc");
        for at in [110, 120, 130] {
            feed(&mut order, &mut out, at, b"0123456789");
        }
        assert!(!order.is_acknowledged(103) && order.is_acknowledged(120) && !order.is_lost());
        assert_eq!(order.skip_hole(), Some(7));
        while let Some((bytes, _)) = order.ready() {
            out.extend_from_slice(&bytes);
        }
        assert_eq!(out, b"abc012345678901234567890123456789");
    }

    #[test]
    fn what_is_cut_takes_its_place_in_any_order() {
        let whole = [(100, &b"ab"[..], 3), (105, b"cd", 3), (110, b"ef", 3)];
        for order_of in [[0, 1, 2], [0, 2, 1], [0, 1, 1]] {
            let (mut order, mut out) = (Order::new(), Vec::new());
            for at in order_of {
                let (seq, data, missing) = whole[at];
                cut(&mut order, &mut out, seq, data, missing);
            }
            let seen = if order_of == [0, 1, 1] { 10 } else { 15 };
            assert_eq!((&out[..], order.has_waiting()), (&b"ab...cd...ef..."[..seen], false));
        }
    }

    #[test]
    fn a_longer_repetition_of_what_is_cut_goes_on_behind_it() {
        let (mut order, mut out) = (Order::new(), Vec::new());
        cut(&mut order, &mut out, 100, b"ab", 3);
        cut(&mut order, &mut out, 100, b"ab", 8);
        feed(&mut order, &mut out, 110, b"g");
        assert_eq!(out, b"ab........g");
        // Nothing of it but its place is there.
        cut(&mut order, &mut out, 111, b"", 4);
        feed(&mut order, &mut out, 115, b"h");
        assert_eq!(out, b"ab........g....h");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut order = Order::new();
        let mut out = Vec::new();
        feed(&mut order, &mut out, 0, b"x");
        let mut at = 0u32;
        while !order.is_lost() {
            at += 1;
            feed(&mut order, &mut out, 10 + at * 1500, &[0; 1400]);
            assert!(at < 1000, "the bound is never reached");
        }
        assert!(order.waiting_bytes <= WAITING_BYTES_MAX + 1400);
    }
}
