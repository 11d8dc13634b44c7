//! What the segments of a stream come to: holes, what is cut, and bytes in order.

use super::*;
use crate::in_part::InPart;
use crate::stream::Piece;

/// Acknowledgements that prove a hole to be of the capture's making. Mirror ports may show an answer before its request,
/// so a single one decides nothing.
const PROOFS: u8 = 2;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

impl Flow {
    /// Whether this SYN begins another life of the same addresses and ports.
    pub fn is_reused_by(&self, seq: u32, flags: u8) -> bool {
        let first_syn = flags & (SYN | ACK) == SYN;
        first_syn && self.syn_seq != Some(seq) && (self.syn_seq.is_some() || self.carried || self.closed != [false; 2])
    }

    /// Takes a TCP segment, of whose data the capture left out the last `missing` bytes.
    pub fn segment(
        &mut self,
        from_a: bool,
        segment: &wf_wire::layers::Segment<'_>,
        missing: usize,
        packet: &Packet<'_>,
        out: &mut dyn Sink,
    ) -> Taken {
        let side = usize::from(!from_a);
        if segment.flags & SYN != 0 {
            if let Some(way) = self.ways.get_mut(side) {
                way.order.syn(segment.seq);
            }
            if !self.certain {
                self.certain = true;
                // The first SYN comes from the client, the SYN-ACK from the server.
                self.a_is_client = from_a == (segment.flags & ACK == 0);
            }
            if segment.flags & ACK == 0 {
                self.syn_seq = Some(segment.seq);
            } else {
                self.answered = true;
            }
        }
        let from_server = self.direction(from_a) == Direction::ToClient;
        if segment.flags & RST != 0 {
            self.refused_by_server |= from_server && !self.answered && !self.carried;
            self.closed = [true, true];
        }
        if segment.flags & FIN != 0
            && let Some(closed) = self.closed.get_mut(side)
        {
            *closed = true;
        }
        if let Some(seen) = self.seen.get_mut(side) {
            *seen = true;
        }
        if segment.flags & ACK != 0
            && let Some(other) = self.ways.get_mut(1 - side)
        {
            other.proofs = if other.order.is_acknowledged(segment.ack) { other.proofs.saturating_add(1) } else { 0 };
        }
        let mut taken = Taken::Parsed;
        // Data of a reset say nothing that an application would read.
        if (!segment.payload.is_empty() || missing > 0) && segment.flags & RST == 0 {
            self.answered |= from_server;
            self.carried = true;
            // A SYN takes the first number, its data those behind (RFC 9293, 3.4).
            let seq = segment.seq.wrapping_add(u32::from(segment.flags & SYN != 0));
            taken = self.data(from_a, (seq, missing), segment.payload, packet, out);
        }
        self.give_up_holes(1 - side, packet, out);
        taken
    }

    fn data(
        &mut self,
        from_a: bool,
        (seq, missing): (u32, usize),
        payload: &[u8],
        packet: &Packet<'_>,
        out: &mut dyn Sink,
    ) -> Taken {
        let side = usize::from(!from_a);
        match &self.speaker {
            Speaker::Done(_) => return Taken::Encrypted,
            Speaker::Nobody => return Taken::Unknown,
            Speaker::Unknown | Speaker::Known(..) => {}
        }
        let piece = self.ways.get_mut(side).map_or(Piece::Nothing, |way| way.order.segment(seq, payload, missing));
        if let Piece::Bytes(bytes, missing) = piece {
            self.in_order(from_a, (bytes, missing), packet, out);
            self.deliver_ready(side, packet, out);
        }
        self.give_up_holes(side, packet, out);
        match &self.speaker {
            Speaker::Known(..) => Taken::Parsed,
            Speaker::Done(_) => Taken::Encrypted,
            Speaker::Unknown | Speaker::Nobody => Taken::Unknown,
        }
    }

    fn deliver_ready(&mut self, side: usize, packet: &Packet<'_>, out: &mut dyn Sink) {
        while let Some((bytes, missing)) = self.ways.get_mut(side).and_then(|way| way.order.ready()) {
            self.in_order(side == 0, (&bytes, missing), packet, out);
        }
    }

    fn in_order(&mut self, from_a: bool, (bytes, missing): (&[u8], usize), packet: &Packet<'_>, out: &mut dyn Sink) {
        if missing > 0 {
            self.in_part(from_a, (bytes, missing), packet, out);
        } else {
            self.deliver(from_a, bytes, packet, out);
        }
    }

    fn give_up_holes(&mut self, side: usize, packet: &Packet<'_>, out: &mut dyn Sink) {
        while self.ways.get(side).is_some_and(|way| way.order.is_lost() || way.proofs >= PROOFS) {
            self.give_up_hole(side, packet, out);
        }
    }

    pub(super) fn give_up_hole(&mut self, side: usize, packet: &Packet<'_>, out: &mut dyn Sink) {
        let direction = self.direction(side == 0);
        let Some(way) = self.ways.get_mut(side) else { return };
        let Some(missing) = way.order.skip_hole() else { return };
        way.proofs = 0;
        way.lossy |= missing > 0;
        self.window.gap_bytes += missing;
        if missing <= way.skip {
            way.skip -= missing;
        } else {
            way.skip = 0;
            way.pending.clear();
            way.need = 0;
            way.resyncing = true;
            way.order.from_start = false;
            if let Speaker::Known(_, decoder) = &mut self.speaker {
                decoder.gap(direction, missing);
            }
        }
        self.deliver_ready(side, packet, out);
    }

    /// Hands over bytes behind which the capture left out `missing`.
    #[cold]
    fn in_part(&mut self, from_a: bool, (bytes, missing): (&[u8], usize), packet: &Packet<'_>, out: &mut dyn Sink) {
        let side = usize::from(!from_a);
        let mark = |flow: &mut Self, in_part| flow.ways.get_mut(side).into_iter().for_each(|way| way.in_part = in_part);
        mark(self, true);
        self.deliver(from_a, bytes, packet, out);
        self.cut(from_a, missing, packet, out);
        mark(self, false);
    }

    /// What came of the message at hand is all there is.
    fn cut(&mut self, from_a: bool, missing: usize, packet: &Packet<'_>, out: &mut dyn Sink) {
        let side = usize::from(!from_a);
        let (ctx, direction) = (self.context(from_a, packet), self.direction(from_a));
        let Some(way) = self.ways.get_mut(side) else { return };
        way.order.leave_out(missing);
        way.lossy = true;
        self.window.gap_bytes += missing as u64;
        if missing as u64 <= way.skip {
            way.skip -= missing as u64;
            return;
        }
        let pending = std::mem::take(&mut way.pending);
        // How much of the message at hand its decoder still waited for: behind it the next one is looked for.
        let awaited = way.need.saturating_sub(pending.len());
        let mut known = way.skip as usize;
        (way.need, way.skip, way.order.from_start) = (0, 0, false);
        if let Speaker::Known(_, decoder) = &mut self.speaker {
            if known == 0 && !way.resyncing {
                let mut messages = InPart { out, messages_only: true };
                known = decoder.cut(&ctx, &pending, missing, &mut messages).map_or(0, |len| len.saturating_sub(pending.len()));
            }
            decoder.gap(direction, missing as u64);
        }
        match known.checked_sub(missing) {
            Some(left) => way.skip = left as u64,
            None => (way.skip, way.resyncing) = (awaited.saturating_sub(missing) as u64, true),
        }
    }
}
