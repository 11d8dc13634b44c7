//! What a flow speaks: its bytes to probes until somebody knows them, then to its decoder.

use super::*;

impl Flow {
    /// Hands in-order bytes to whoever deals with them.
    pub(super) fn deliver(&mut self, from_a: bool, bytes: &[u8], packet: &Packet<'_>, out: &mut dyn Sink) {
        let side = usize::from(!from_a);
        let Some(way) = self.ways.get_mut(side) else { return };
        let skip = usize::try_from(way.skip).unwrap_or(usize::MAX).min(bytes.len());
        way.skip -= skip as u64;
        let Some(bytes) = bytes.get(skip..).filter(|rest| !rest.is_empty()) else { return };
        if way.pending.is_empty() {
            let left = self.work(from_a, bytes, packet, out);
            if let Some(way) = self.ways.get_mut(side) {
                way.pending.extend_from_slice(bytes.get(bytes.len() - left..).unwrap_or_default());
            }
            return;
        }
        way.pending.extend_from_slice(bytes);
        if way.pending.len() < way.need {
            return;
        }
        let mut pending = std::mem::take(&mut way.pending);
        let mut left = self.work(from_a, &pending, packet, out);
        if left == 0 && matches!(self.speaker, Speaker::Unknown) {
            // What came before may have been another's: a proxy's greeting, or the end of a message that began earlier.
            left = self.work(from_a, bytes, packet, out);
        }
        pending.drain(..pending.len() - left);
        // A long message does not keep its room for ever.
        if pending.capacity() > ROOMY && pending.len() < ROOMY / 4 {
            pending.shrink_to(ROOMY / 4);
        }
        if let Some(way) = self.ways.get_mut(side) {
            way.pending = pending;
        }
    }

    /// Works through bytes; returns how many at the end are to be kept.
    pub(super) fn work(&mut self, from_a: bool, bytes: &[u8], packet: &Packet<'_>, out: &mut dyn Sink) -> usize {
        let mut at = 0;
        // Each round consumes a byte, asks for more, or changes who speaks; refusals are bounded by the registry.
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if matches!(self.speaker, Speaker::Unknown) {
                match self.identify(from_a, rest, packet, out) {
                    Identified::Known => {}
                    Identified::Keep => return rest.len(),
                    Identified::Drop => return 0,
                }
            }
            let ctx = self.context(from_a, packet);
            let Some(way) = self.ways.get_mut(usize::from(!from_a)) else { return 0 };
            let Speaker::Known(info, decoder) = &mut self.speaker else { return 0 };
            if way.resyncing {
                match decoder.resync(ctx.direction, rest).filter(|offset| *offset < rest.len()) {
                    Some(offset) => {
                        at += offset;
                        way.resyncing = false;
                        if offset > 0 {
                            continue;
                        }
                    }
                    None => return rest.len().min(RESYNC_TAIL),
                }
            }
            match decoder.stream(&ctx, rest, out) {
                Step::Consumed(count) => {
                    let count = count.max(1);
                    way.need = 0;
                    way.skip = count.saturating_sub(rest.len()) as u64;
                    at += count.min(rest.len());
                }
                Step::Need(count) if count <= PENDING_MAX && rest.len() < PENDING_MAX => {
                    way.need = count.max(rest.len() + 1);
                    return rest.len();
                }
                Step::NotMine if !self.renewed => {
                    let info = *info;
                    self.refuse(info);
                }
                Step::Need(_) | Step::Resync | Step::NotMine => {
                    way.need = 0;
                    way.resyncing = true;
                    at += 1;
                }
                Step::Done => {
                    self.speaker = Speaker::Done(info);
                    self.ways = [Way::new(), Way::new()];
                    return 0;
                }
            }
        }
        0
    }

    /// Takes a guess back.
    pub(super) fn refuse(&mut self, info: &'static ProtocolInfo) {
        if let Some(at) = self.makers.registry.iter().position(|i| std::ptr::eq(*i, info)) {
            self.refused |= 1u128.checked_shl(u32::try_from(at).unwrap_or(0)).unwrap_or(0);
        }
        self.speaker = Speaker::Unknown;
        for way in &mut self.ways {
            (way.need, way.skip, way.resyncing) = (0, 0, false);
        }
    }

    /// Asks the probes about bytes of one direction.
    pub(super) fn identify(&mut self, from_a: bool, bytes: &[u8], packet: &Packet<'_>, out: &mut dyn Sink) -> Identified {
        let side = usize::from(!from_a);
        let (src, dst) = if from_a { (self.a, self.b) } else { (self.b, self.a) };
        let Some(way) = self.ways.get_mut(side) else { return Identified::Drop };
        let probe =
            Probe { bytes, src_port: src.1, dst_port: dst.1, transport: self.transport, from_start: way.order.from_start };
        match identify::ask(self.makers.registry, &probe, self.refused, way.in_part) {
            Answer::Found(info, by_client) => {
                let before = self.refused;
                self.speaker = Speaker::Known(info, self.make(info));
                if let Some(by_client) = by_client {
                    self.a_is_client = from_a == by_client;
                    self.certain = true;
                } else if !self.certain {
                    self.a_is_client = by_port(info, self.a.1, self.b.1, self.transport).unwrap_or(self.a_is_client);
                }
                self.earlier(1 - side, packet, out);
                let sure = || matches!((info.probe)(&probe), Verdict::Sure | Verdict::SureClient | Verdict::SureServer);
                if matches!(self.speaker, Speaker::Unknown) && sure() {
                    // What waited was another's, a proxy's answer to its own greeting: it says nothing against this one.
                    self.refused = before;
                    self.a_is_client = by_client.map_or(self.a_is_client, |by_client| from_a == by_client);
                    self.ways.get_mut(1 - side).into_iter().for_each(|other| other.pending.clear());
                    self.speaker = Speaker::Known(info, self.make(info));
                }
                if matches!(self.speaker, Speaker::Known(..)) { Identified::Known } else { Identified::Drop }
            }
            Answer::More if bytes.len() < PROBE_MAX => Identified::Keep,
            Answer::More | Answer::None => {
                // The next bytes get another chance: a capture may begin in the middle of a message.
                way.asked = way.asked.saturating_add(1);
                let asked: u32 = self.ways.iter().map(|w| u32::from(w.asked)).sum();
                if asked >= u32::from(ASK_MAX) {
                    self.speaker = Speaker::Nobody;
                    self.ways = [Way::new(), Way::new()];
                }
                Identified::Drop
            }
        }
    }

    /// Bytes of the other direction that waited for the protocol to be known.
    pub(super) fn earlier(&mut self, side: usize, packet: &Packet<'_>, out: &mut dyn Sink) {
        let Some(way) = self.ways.get_mut(side) else { return };
        let pending = std::mem::take(&mut way.pending);
        if pending.is_empty() {
            return;
        }
        let left = self.work(side == 0, &pending, packet, out);
        if let Some(way) = self.ways.get_mut(side) {
            way.pending = pending.get(pending.len() - left..).unwrap_or_default().to_vec();
        }
    }

    /// Takes a UDP datagram's payload, or a frame's.
    pub fn datagram(&mut self, from_a: bool, payload: &[u8], packet: &Packet<'_>, out: &mut dyn Sink) -> Taken {
        self.answered |= self.direction(from_a) == Direction::ToClient;
        if payload.is_empty() {
            return Taken::Parsed;
        }
        // A decoder may refuse; then the others are asked about the same bytes.
        loop {
            if matches!(self.speaker, Speaker::Unknown) && !self.identify_datagram(from_a, payload) {
                return Taken::Unknown;
            }
            let ctx = self.context(from_a, packet);
            match &mut self.speaker {
                Speaker::Known(info, decoder) => {
                    if decoder.datagram(&ctx, payload, out) {
                        self.carried = true;
                        return if info.encrypted { Taken::Encrypted } else { Taken::Parsed };
                    }
                    if self.carried {
                        return Taken::Unknown;
                    }
                    let info = *info;
                    self.refuse(info);
                }
                Speaker::Done(_) => return Taken::Encrypted,
                Speaker::Unknown | Speaker::Nobody => return Taken::Unknown,
            }
        }
    }

    pub(super) fn identify_datagram(&mut self, from_a: bool, payload: &[u8]) -> bool {
        let (src, dst) = if from_a { (self.a, self.b) } else { (self.b, self.a) };
        let probe = Probe { bytes: payload, src_port: src.1, dst_port: dst.1, transport: self.transport, from_start: true };
        if let Answer::Found(info, by_client) = identify::ask(self.makers.registry, &probe, self.refused, false) {
            self.speaker = Speaker::Known(info, self.make(info));
            let by_port = || by_port(info, self.a.1, self.b.1, self.transport).unwrap_or(self.a_is_client);
            self.a_is_client = by_client.map_or_else(by_port, |by_client| from_a == by_client);
            return true;
        }
        let Some(way) = self.ways.get_mut(usize::from(!from_a)) else { return false };
        way.asked = way.asked.saturating_add(1);
        // What other decoders refused may be theirs in the next datagram.
        self.refused = 0;
        if way.asked >= ASK_MAX {
            self.speaker = Speaker::Nobody;
        }
        false
    }
}
