//! Transport function (IEEE 1815-2012 clause 8): application fragments out of segments, per pair of link addresses.

/// Pairs of addresses with an unfinished fragment in one flow.
const PAIRS_MAX: usize = 8;
/// Octets of one fragment. The standard's usual limit is 2048; devices may agree on more.
const FRAGMENT_MAX: usize = 16 * 1024;

const FIN: u8 = 0x80;
const FIR: u8 = 0x40;

/// Whether a segment with this transport octet is a fragment by itself.
pub const fn is_whole(octet: u8) -> bool {
    octet & (FIN | FIR) == FIN | FIR
}

/// What became of a segment.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment {
    /// It was a whole fragment by itself: everything after the transport octet.
    Whole,
    /// It completed this fragment.
    Complete(Vec<u8>),
    /// More are needed.
    Partial,
    /// It does not continue what came before: a segment is missing (anomaly `transport_sequence`).
    OutOfSequence,
    /// The same as the one before: sent again.
    Repeated,
    /// The fragment grew too long and was let go.
    TooLong,
}

struct Building {
    pair: (u16, u16),
    sequence: u8,
    bytes: Vec<u8>,
}

/// Unfinished fragments of one flow.
#[derive(Default)]
pub struct Assembly {
    building: Vec<Building>,
    /// Fragments that were let go for want of room.
    pub evicted: u64,
}

impl Assembly {
    /// Bytes that it holds, of a few fragments.
    pub fn weight(&self) -> usize {
        self.building.iter().map(|building| building.bytes.capacity()).sum()
    }

    /// Takes one segment: the transport octet and what follows it.
    pub fn push(&mut self, pair: (u16, u16), octet: u8, data: &[u8]) -> Segment {
        let at = self.building.iter().position(|b| b.pair == pair);
        if octet & FIR != 0 {
            if let Some(at) = at {
                self.building.swap_remove(at);
            }
            if octet & FIN != 0 {
                return Segment::Whole;
            }
            if self.building.len() >= PAIRS_MAX {
                self.building.remove(0);
                self.evicted += 1;
            }
            self.building.push(Building { pair, sequence: octet & 0x3f, bytes: data.to_vec() });
            return Segment::Partial;
        }
        let Some((at, building)) = at.and_then(|at| self.building.get_mut(at).map(|b| (at, b))) else {
            return Segment::OutOfSequence;
        };
        if octet & 0x3f == building.sequence && building.bytes.ends_with(data) {
            return Segment::Repeated;
        }
        if octet & 0x3f != (building.sequence + 1) & 0x3f {
            self.building.swap_remove(at);
            return Segment::OutOfSequence;
        }
        if building.bytes.len() + data.len() > FRAGMENT_MAX {
            self.building.swap_remove(at);
            return Segment::TooLong;
        }
        building.sequence = octet & 0x3f;
        building.bytes.extend_from_slice(data);
        if octet & FIN == 0 { Segment::Partial } else { Segment::Complete(self.building.swap_remove(at).bytes) }
    }

    /// Bytes went missing: nothing unfinished can be trusted.
    pub fn clear(&mut self) {
        self.building.clear();
    }
}
