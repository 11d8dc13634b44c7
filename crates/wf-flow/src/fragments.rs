//! IP fragments put together (RFC 791, 3.2; RFC 8200, 4.5), bounded. What arrived first stands where pieces overlap.

use std::collections::VecDeque;
use std::net::IpAddr;
use wf_model::{Timestamp, time::SECOND};
use wf_wire::layers::Ip;

/// Packets being put together.
const PACKETS_MAX: usize = 1024;
/// Pieces of one packet.
const PIECES_MAX: usize = 128;
/// Largest packet.
const BYTES_MAX: usize = 65_535;
/// How long a packet waits for its pieces.
const WAIT: i64 = 30 * SECOND;

type Key = (IpAddr, IpAddr, u8, u32);

struct Partial {
    key: Key,
    began: Timestamp,
    pieces: Vec<(usize, Vec<u8>)>,
    end: Option<usize>,
    /// Bytes of the last piece that the capture left out.
    missing: usize,
}

/// Packets being put together, oldest first.
#[derive(Default)]
pub struct Fragments {
    partial: VecDeque<Partial>,
}

/// What a piece leads to.
pub enum Outcome {
    /// The whole payload, and how many bytes at its end the capture left out.
    Whole(Vec<u8>, usize),
    /// More pieces are awaited; so many unfinished packets fell out.
    Waiting(u64),
}

impl Fragments {
    /// Takes a piece.
    pub fn piece(&mut self, ip: &Ip<'_>, now: Timestamp) -> Outcome {
        let Some(fragment) = ip.fragment else { return Outcome::Whole(ip.payload.to_vec(), ip.missing) };
        let mut fallen = 0;
        while self.partial.front().is_some_and(|p| now.since(p.began) > WAIT) || self.partial.len() > PACKETS_MAX {
            self.partial.pop_front();
            fallen += 1;
        }
        let key = (ip.src, ip.dst, ip.protocol, fragment.id);
        let offset = usize::try_from(fragment.offset).unwrap_or(usize::MAX);
        if offset.saturating_add(ip.payload.len()) > BYTES_MAX + 40 {
            return Outcome::Waiting(fallen + 1);
        }
        let at = match self.partial.iter().position(|p| p.key == key) {
            Some(at) => at,
            None => {
                self.partial.push_back(Partial { key, began: now, pieces: Vec::new(), end: None, missing: 0 });
                self.partial.len() - 1
            }
        };
        let Some(partial) = self.partial.get_mut(at) else { return Outcome::Waiting(fallen) };
        if partial.pieces.len() < PIECES_MAX {
            partial.pieces.push((offset, ip.payload.to_vec()));
        }
        if !fragment.more {
            (partial.end, partial.missing) = (Some(offset + ip.payload.len()), ip.missing);
        }
        match partial.whole() {
            Some(whole) => {
                let missing = partial.missing;
                self.partial.remove(at);
                Outcome::Whole(whole, missing)
            }
            None => Outcome::Waiting(fallen),
        }
    }
}

impl Partial {
    fn whole(&mut self) -> Option<Vec<u8>> {
        let end = self.end?;
        self.pieces.sort_by_key(|(offset, _)| *offset);
        let mut whole: Vec<u8> = Vec::new();
        for (offset, data) in &self.pieces {
            let known = whole.len().checked_sub(*offset)?;
            whole.extend_from_slice(data.get(known..).unwrap_or_default());
        }
        (whole.len() >= end).then(|| {
            whole.truncate(end);
            whole
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use wf_wire::layers::Fragment;

    #[test]
    fn a_last_piece_that_is_cut_says_what_is_missing() {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut fragments = Fragments::default();
        let mut piece = |offset, more, missing| {
            let fragment = Some(Fragment { id: 9, offset, more });
            let ip = Ip { src: host, dst: host, protocol: 17, fragment, payload: &[7; 8], missing };
            match fragments.piece(&ip, Timestamp(0)) {
                Outcome::Whole(bytes, missing) => Some((bytes.len(), missing)),
                Outcome::Waiting(_) => None,
            }
        };
        assert_eq!((piece(0, true, 0), piece(8, false, 90)), (None, Some((16, 90))));
    }

    #[test]
    fn any_order_and_overlap() {
        let whole: Vec<u8> = (0..=99).collect();
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let pieces = [(64usize, 100usize), (0, 32), (24, 56), (48, 72)];
        let mut fragments = Fragments::default();
        for (at, (from, to)) in pieces.into_iter().enumerate() {
            let fragment = Some(Fragment { id: 9, offset: from as u32, more: to < 100 });
            let ip = Ip { src: host, dst: host, protocol: 17, fragment, payload: &whole[from..to], missing: 0 };
            match fragments.piece(&ip, Timestamp(0)) {
                Outcome::Whole(bytes, missing) => assert_eq!((at, bytes, missing), (3, whole.clone(), 0)),
                Outcome::Waiting(_) => assert!(at < 3),
            }
        }
        assert!(fragments.partial.is_empty());
    }
}
