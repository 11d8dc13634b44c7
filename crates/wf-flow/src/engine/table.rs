//! The table of flows: where each is, who falls out, and who lets go where all hold too much.

use super::Engine;
use crate::flow::{Flow, Packet};
use crate::key::{Key, spread};
use crate::observer::Observer;
use wf_model::observation::Transport;
use wf_model::{Address, Timestamp};

/// Flows in one room.
const ROOM: usize = 256;

impl Engine {
    /// Adds up what flows hold.
    pub(super) fn weighed<O: Observer>(&mut self, (before, after): (usize, usize), out: &mut O) {
        self.held = (self.held + after).saturating_sub(before);
        if self.held > self.limits.held_bytes {
            self.shed(out);
        }
    }

    /// Too much is held: those flows that hold most let go of it until a quarter of the room is free. One that floods pays
    /// for itself.
    #[cold]
    fn shed<O: Observer>(&mut self, out: &mut O) {
        let flows = self.flows.iter_mut().flatten().flatten().map(|(_, flow)| flow);
        let mut holders: Vec<&mut Flow> = flows.filter(|flow| flow.weight() > 0).collect();
        holders.sort_by_key(|flow| (std::cmp::Reverse(flow.weight()), flow.id));
        for flow in holders {
            if self.held <= self.limits.held_bytes / 4 * 3 {
                break;
            }
            flow.let_go(out);
            out.evicted(1);
            let (before, after) = flow.weigh();
            self.held = (self.held + after).saturating_sub(before);
        }
    }

    pub(super) fn flow(&mut self, at: usize) -> Option<&mut Flow> {
        self.slot(at)?.as_mut().map(|(_, flow)| flow)
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is one")]
    fn hash(&self, key: &Key) -> u32 {
        self.hasher.hash_one(key) as u32
    }

    fn slot(&mut self, at: usize) -> Option<&mut Option<(Key, Flow)>> {
        self.flows.get_mut(at / ROOM)?.get_mut(at % ROOM)
    }

    /// How many places there are, free ones among them.
    pub(super) fn places(&self) -> usize {
        self.flows.last().map_or(0, |room| (self.flows.len() - 1) * ROOM + room.len())
    }

    /// A free place.
    fn place(&mut self) -> usize {
        if let Some(at) = self.free.pop() {
            return at;
        }
        let at = self.places();
        if at.is_multiple_of(ROOM) {
            self.flows.push(Vec::with_capacity(ROOM));
        }
        if let Some(room) = self.flows.last_mut() {
            room.push(None);
        }
        at
    }

    /// Where the flow of these ends is.
    pub(super) fn find<O: Observer>(
        &mut self,
        a: (Address, u16),
        b: (Address, u16),
        transport: Transport,
        kind: u32,
        packet: &Packet<'_>,
        out: &mut O,
    ) -> usize {
        let key = Key::new(a, b, kind);
        let hash = self.hash(&key);
        let flows = &self.flows;
        let known = self.index.find(spread(hash), |(other, at)| {
            let at = *at as usize;
            let slot = flows.get(at / ROOM).and_then(|room| room.get(at % ROOM)).and_then(Option::as_ref);
            *other == hash && slot.is_some_and(|(known, _)| *known == key)
        });
        if let Some((_, at)) = known {
            return *at as usize;
        }
        if self.index.len() >= self.limits.flows {
            self.make_room(out);
        }
        self.next_id += 1;
        let flow = Flow::new(self.next_id, a, b, transport, &self.makers, packet);
        let at = self.place();
        if let Some(slot) = self.slot(at) {
            *slot = Some((key, flow));
        }
        if let Ok(place) = u32::try_from(at) {
            self.index.insert_unique(spread(hash), (hash, place), |(hash, _)| spread(*hash));
        }
        at
    }

    pub(super) fn end<O: Observer>(&mut self, at: usize, out: &mut O) {
        if let Some((key, mut flow)) = self.slot(at).and_then(Option::take) {
            if let Ok(entry) = self.index.find_entry(spread(self.hash(&key)), |(_, place)| *place as usize == at) {
                entry.remove();
            }
            self.free.push(at);
            self.held = self.held.saturating_sub(flow.weight());
            if let Some(window) = flow.finish(out) {
                out.window(&window);
            }
        }
    }

    /// Once a minute: flows that are silent for too long are over, and the others say what they did.
    pub(super) fn sweep<O: Observer>(&mut self, now: Timestamp, out: &mut O) {
        for at in 0..self.places() {
            let limits = self.limits;
            let Some(flow) = self.flow(at) else { continue };
            let idle = match flow.transport {
                Transport::Tcp if flow.closed == [true, true] => limits.closed_idle,
                Transport::Tcp => limits.tcp_idle,
                Transport::Udp | Transport::Ip | Transport::Link => limits.other_idle,
            };
            if now.since(flow.last.ts) > idle {
                self.end(at, out);
            } else if let Some(window) = flow.tell() {
                out.window(&window);
            }
        }
    }

    /// The table is full: the longest silent twentieth falls out, counted.
    fn make_room<O: Observer>(&mut self, out: &mut O) {
        let mut silent: Vec<(Timestamp, usize)> = self
            .flows
            .iter()
            .flatten()
            .enumerate()
            .filter_map(|(at, slot)| slot.as_ref().map(|(_, flow)| (flow.last.ts, at)))
            .collect();
        silent.sort_unstable();
        let count = (self.limits.flows / 20).max(1);
        for (_, at) in silent.into_iter().take(count) {
            self.end(at, out);
            out.evicted(1);
        }
    }
}
