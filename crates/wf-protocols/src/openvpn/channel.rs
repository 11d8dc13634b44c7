//! The control channel of one key: messages brought into order and put together, and the TLS within them.

use super::packet::{Control, Wrap};
use crate::tls;
use std::collections::BTreeMap;
use wf_wire::decode::{Context, Decoder, Direction, Sink, Step};

/// Messages that may wait for an earlier one; a sender has no more in flight.
const AHEAD_MAX: u32 = 16;
/// Longest payload of a message that waits.
const WAITING_MAX: usize = 2048;
/// Bytes of TLS that wait for more: a record.
const STREAM_MAX: usize = 20_000;

/// One side.
#[derive(Default)]
struct Side {
    /// Id of the message that comes next.
    next: u32,
    waiting: BTreeMap<u32, Vec<u8>>,
    /// TLS that was not yet taken.
    stream: Vec<u8>,
    /// Bytes of it that are skipped as they come.
    skip: usize,
    /// A message is missing for good.
    lost: bool,
}

/// What one key negotiates.
pub struct Channel {
    key: u8,
    /// The session that began it; `None` where its beginning was not seen.
    session: Option<u64>,
    sides: [Side; 2],
    tls: Option<Box<dyn Decoder>>,
}

impl Channel {
    pub fn new(key: u8, session: Option<u64>) -> Self {
        Self { key, session, sides: Default::default(), tls: Some((tls::INFO.new)()) }
    }

    /// Whether this reset is the one that began it, or the other side's for the same key.
    pub fn is(&self, said: &Control<'_>) -> bool {
        let soft = said.opcode == super::packet::SOFT_RESET;
        self.key == said.key && (soft || self.session == Some(said.session))
    }

    fn side(&mut self, direction: Direction) -> &mut Side {
        let [client, server] = &mut self.sides;
        match direction {
            Direction::ToServer => client,
            Direction::ToClient => server,
        }
    }

    /// Whether this message was there before.
    pub fn has(&self, direction: Direction, said: &Control<'_>) -> bool {
        let [client, server] = &self.sides;
        let side = if direction == Direction::ToServer { client } else { server };
        said.key == self.key && said.id.is_some_and(|id| id < side.next || side.waiting.contains_key(&id))
    }

    /// Takes a packet of this key.
    pub fn take(&mut self, ctx: &Context<'_>, said: &Control<'_>, out: &mut dyn Sink) {
        let Some(id) = said.id else { return };
        let mine = said.key == self.key && said.wrap != Wrap::Crypt;
        let side = self.side(ctx.direction);
        if !mine || side.lost {
            return;
        }
        // Where the beginning was not seen, a handshake may still begin here: behind its reset.
        let Some(ahead) = id.checked_sub(side.next) else { return };
        if ahead == 0 || (side.next == 0 && id == 1) {
            side.next = id.saturating_add(1);
            self.deliver(ctx, said.payload, out);
            self.follow(ctx, out);
        } else if ahead <= AHEAD_MAX && said.payload.len() <= WAITING_MAX {
            side.waiting.entry(id).or_insert_with(|| said.payload.to_vec());
        } else {
            out.evicted(side.waiting.len() as u64);
            self.lose(ctx.direction);
        }
    }

    /// Messages that waited for the one that came.
    fn follow(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        loop {
            let side = self.side(ctx.direction);
            let next = side.next;
            let Some(payload) = side.waiting.remove(&next) else { return };
            side.next = next.saturating_add(1);
            self.deliver(ctx, &payload, out);
        }
    }

    fn deliver(&mut self, ctx: &Context<'_>, payload: &[u8], out: &mut dyn Sink) {
        let Some(mut tls) = self.tls.take() else { return };
        let side = self.side(ctx.direction);
        let skipped = side.skip.min(payload.len());
        side.skip -= skipped;
        side.stream.extend_from_slice(payload.get(skipped..).unwrap_or_default());
        while !side.stream.is_empty() {
            let have = side.stream.len();
            match tls.stream(ctx, &side.stream, out) {
                Step::Consumed(count) => {
                    side.skip = count.saturating_sub(have);
                    side.stream.drain(..count.min(have));
                }
                Step::Need(_) if have < STREAM_MAX => break,
                // In one stream without holes there is nothing to look for behind what is no TLS.
                _ => {
                    self.sides.iter_mut().for_each(|side| side.stream = Vec::new());
                    return;
                }
            }
        }
        self.tls = Some(tls);
    }

    /// Messages of that side are missing: what continues them cannot be read.
    pub fn lose(&mut self, direction: Direction) {
        let side = self.side(direction);
        *side = Side { lost: true, next: side.next, ..Side::default() };
    }

    /// Bytes held.
    pub fn weight(&self) -> usize {
        self.sides.iter().map(|side| side.stream.len() + side.waiting.values().map(Vec::len).sum::<usize>()).sum()
    }
}
