//! A bounded ring of recent packets, so that what an act or a finding cites can be kept.

use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use wf_model::observation::KeptPacket;
use wf_model::{PacketId, Timestamp};
use wf_wire::RawPacket;

/// 32 bytes, as much as a third of a short packet.
struct Slot {
    frame: u64,
    ts: Timestamp,
    link: u32,
    original_len: u32,
    /// Its position, the lower half: the upper one follows from where the ring stands.
    start: u32,
    len: u32,
}

/// Recent packets, oldest overwritten first.
pub struct Ring {
    bytes: Vec<u8>,
    slots: VecDeque<Slot>,
    position: usize,
}

impl Ring {
    /// Holds up to `capacity` bytes of packets, 1 GiB at most.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.min(1 << 30);
        Self { bytes: vec![0; capacity], slots: VecDeque::new(), position: 0 }
    }

    /// Remembers a packet; a packet larger than the ring is not remembered.
    pub fn push(&mut self, raw: &RawPacket<'_>) {
        let (len, capacity) = (raw.data.len(), self.bytes.len());
        if len > capacity {
            return;
        }
        // Positions count on for ever; a packet never lies across the end of the buffer.
        let place = self.position % capacity.max(1);
        if place + len > capacity {
            self.position += capacity - place;
        }
        let start = self.position;
        self.position += len;
        while self.slots.front().is_some_and(|slot| self.ago(slot) > capacity) {
            self.slots.pop_front();
        }
        let at = start % capacity.max(1);
        if let Some(room) = self.bytes.get_mut(at..at + len) {
            room.copy_from_slice(raw.data);
        }
        // How many there are follows from the lengths of packets: it changes little once the ring is full.
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(1024 + self.slots.len() / 8);
        }
        let (start, len) = (low(start), low(len));
        self.slots.push_back(Slot { frame: raw.frame, ts: raw.ts, link: raw.link.0, original_len: raw.original_len, start, len });
    }

    /// Bytes from a packet's begin to where the ring stands.
    fn ago(&self, slot: &Slot) -> usize {
        low(self.position).wrapping_sub(slot.start) as usize
    }

    /// The packet of that frame number, if it is still here.
    pub fn get(&self, frame: u64) -> Option<KeptPacket> {
        let first = self.slots.front()?.frame;
        let at = usize::try_from(frame.checked_sub(first)?).ok()?;
        let slot = self.slots.get(at).filter(|s| s.frame == frame).or_else(|| self.slots.iter().find(|s| s.frame == frame))?;
        let start = self.position.checked_sub(self.ago(slot))? % self.bytes.len().max(1);
        let data = self.bytes.get(start..start + slot.len as usize)?.to_vec();
        let id = packet_id(slot.link, slot.ts, &data);
        Some(KeptPacket { id, ts: slot.ts, frame, link: slot.link, original_len: slot.original_len, data })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
const fn low(number: usize) -> u32 {
    number as u32
}

/// The content address of a packet: six bytes of its time in milliseconds, so that a store by id is one by time, and ten of
/// the SHA-256 over link type, time and bytes.
pub fn packet_id(link: u32, ts: Timestamp, data: &[u8]) -> PacketId {
    let mut hash = Sha256::new();
    hash.update(link.to_be_bytes());
    hash.update(ts.0.to_be_bytes());
    hash.update(data);
    let digest: [u8; 32] = hash.finalize().into();
    let time = ts.0.max(0).unsigned_abs() / 1000;
    let mut id = [0u8; 16];
    let parts = time.to_be_bytes().into_iter().skip(2).chain(digest);
    id.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    PacketId(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_wire::LinkType;

    fn packet(frame: u64, data: &[u8]) -> RawPacket<'_> {
        RawPacket { frame, ts: Timestamp(1), link: LinkType::ETHERNET, interface: 0, original_len: 9, data }
    }

    #[test]
    fn keeps_the_newest_whole() {
        let mut ring = Ring::new(100);
        for frame in 1..=50u64 {
            let len = 1 + (frame as usize * 7) % 31;
            ring.push(&packet(frame, &vec![frame as u8; len]));
            let kept = ring.get(frame).map(|k| k.data);
            assert_eq!(kept, Some(vec![frame as u8; len]));
            for slot in &ring.slots {
                let data = ring.get(slot.frame).map(|k| k.data).unwrap_or_default();
                assert!(data.iter().all(|b| u64::from(*b) == slot.frame), "frame {} is torn", slot.frame);
            }
        }
        assert!(ring.get(1).is_none());
    }
}
