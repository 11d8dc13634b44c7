//! What a flow counts in a minute.

use super::*;
use wf_model::{Timestamp, time::MINUTE};

pub(super) struct Window {
    /// First packet of each side; of one that is silent, nothing in particular.
    firsts: [Moment; 2],
    minute: Timestamp,
    packets: [u64; 2],
    bytes: [u64; 2],
    pub(super) gap_bytes: u64,
}

impl Window {
    pub(super) fn begin(now: Moment) -> Self {
        Self { firsts: [now; 2], minute: now.ts.floor(MINUTE), packets: [0; 2], bytes: [0; 2], gap_bytes: 0 }
    }

    /// Its first packet, whoever sent it.
    fn first(&self) -> Moment {
        let [a, b] = self.firsts;
        match self.packets {
            [_, 0] => a,
            [0, _] => b,
            _ if a.frame <= b.frame => a,
            _ => b,
        }
    }
}

impl Flow {
    /// Counts a packet. Returns the window of the minute before, if that is over.
    pub fn count(&mut self, from_a: bool, packet: &Packet<'_>) -> Option<FlowWindow> {
        let side = usize::from(!from_a);
        let told = if packet.now.ts.since(self.window.minute) >= MINUTE { self.tell() } else { None };
        if self.window.packets == [0, 0] {
            self.window.minute = packet.now.ts.floor(MINUTE);
        }
        let Window { packets, bytes, firsts, .. } = &mut self.window;
        if let (Some(packets), Some(bytes), Some(first)) = (packets.get_mut(side), bytes.get_mut(side), firsts.get_mut(side)) {
            if *packets == 0 {
                *first = packet.now;
            }
            *packets += 1;
            *bytes += u64::from(packet.wire_len);
        }
        if let (Some(first), Some(other)) = (self.macs.get_mut(side), self.other_macs.get_mut(side)) {
            match first {
                None => *first = packet.src_mac,
                Some(_) if *first != packet.src_mac => *other = packet.src_mac.or(*other),
                Some(_) => {}
            }
        }
        if packet.now.ts >= self.last.ts {
            self.last = packet.now;
        }
        told
    }

    /// The window so far, and begins a new one; `None` if nothing has happened.
    pub fn tell(&mut self) -> Option<FlowWindow> {
        if self.window.packets == [0, 0] && self.window.gap_bytes == 0 {
            return None;
        }
        let flip = |[a, b]: [u64; 2]| if self.a_is_client { [a, b] } else { [b, a] };
        let [first_a, first_b] = self.window.firsts;
        let ((client, _), (server, port)) = if self.a_is_client { (self.a, self.b) } else { (self.b, self.a) };
        let [mac_a, mac_b] = self.macs;
        let (client_mac, server_mac) = if self.a_is_client { (mac_a, mac_b) } else { (mac_b, mac_a) };
        let [other_a, other_b] = self.other_macs;
        let window = FlowWindow {
            client,
            server,
            client_mac,
            server_mac,
            other_macs: if self.a_is_client { [other_a, other_b] } else { [other_b, other_a] },
            transport: self.transport,
            port: if matches!(self.transport, Transport::Tcp | Transport::Udp) { port } else { 0 },
            protocol: self.protocol(),
            vlan: self.vlan,
            interface: self.interface,
            first: self.window.first(),
            firsts: if self.a_is_client { [first_a, first_b] } else { [first_b, first_a] },
            last: self.last,
            packets: flip(self.window.packets),
            bytes: flip(self.window.bytes),
            new_flow: !self.told_once,
            answered: self.answered && !self.told_answered,
            refused: self.refused_by_server && !self.told_refused,
            gap_bytes: self.window.gap_bytes,
            one_sided: self.transport == Transport::Tcp && self.carried && self.seen != [true, true],
            encrypted: self.protocol_info().is_some_and(|info| info.encrypted),
        };
        self.told_once = true;
        self.told_answered |= window.answered;
        self.told_refused |= window.refused;
        self.window = Window::begin(self.last);
        Some(window)
    }
}
