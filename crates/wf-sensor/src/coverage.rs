//! Coverage: what each segment's packets came to, per minute.

use std::fmt::Write;
use wf_flow::{PacketClass, PacketSummary};
use wf_model::observation::{Coverage, Transport};
use wf_model::{Text, Timestamp, time::MINUTE};
use wf_wire::RawPacket;

/// Distinct protocols counted apart in one segment and minute; further ones are counted as `other`.
const PROTOCOLS_MAX: usize = 200;

struct Segment {
    key: (u32, u16),
    row: Coverage,
    protocols: Vec<(ProtocolKey, u64)>,
}

#[derive(Clone, Copy, PartialEq)]
enum ProtocolKey {
    Known(&'static str),
    Port(Transport, u16),
    Other,
}

/// Counts per segment of the current minute.
pub struct Counters {
    segments: Vec<Segment>,
    last: usize,
    prefix: String,
}

impl Counters {
    /// Segments are named `prefix`, with the interface's index where there are several, and the VLAN.
    pub fn new(prefix: &str) -> Self {
        Self { segments: Vec::new(), last: 0, prefix: prefix.to_owned() }
    }

    /// The name of a segment.
    pub fn name(&self, interface: u32, vlan: u16) -> Text {
        let mut name = self.prefix.clone();
        if interface > 0 {
            let _ = write!(name, "-{interface}");
        }
        if vlan > 0 {
            let _ = write!(name, ".{vlan}");
        }
        Text::Owned(name)
    }

    fn segment(&mut self, interface: u32, vlan: u16, ts: Timestamp) -> Option<&mut Segment> {
        let key = (interface, vlan);
        if self.segments.get(self.last).is_none_or(|s| s.key != key) {
            self.last = match self.segments.iter().position(|s| s.key == key) {
                Some(at) => at,
                None => {
                    let row = Coverage {
                        ts: ts.floor(MINUTE),
                        segment: self.name(interface, vlan).into_owned(),
                        ..Coverage::default()
                    };
                    self.segments.push(Segment { key, row, protocols: Vec::new() });
                    self.segments.len() - 1
                }
            };
        }
        self.segments.get_mut(self.last)
    }

    /// Counts one packet.
    pub fn packet(&mut self, raw: &RawPacket<'_>, summary: &PacketSummary) {
        let Some(segment) = self.segment(raw.interface, summary.vlan, raw.ts) else { return };
        let row = &mut segment.row;
        row.packets += 1;
        row.bytes += u64::from(raw.original_len);
        match summary.class {
            PacketClass::Parsed => row.parsed += 1,
            PacketClass::NotParsed => row.not_parsed += 1,
            PacketClass::Encrypted => row.encrypted += 1,
            PacketClass::Damaged => row.damaged += 1,
        }
        let key = match summary.protocol {
            Some(name) => ProtocolKey::Known(name),
            None => ProtocolKey::Port(summary.transport, summary.port),
        };
        count(&mut segment.protocols, key);
    }

    /// Packets of flows of which only one direction was seen.
    pub fn one_sided(&mut self, interface: u32, vlan: u16, ts: Timestamp, packets: u64) {
        if let Some(segment) = self.segment(interface, vlan, ts) {
            segment.row.one_sided += packets;
        }
    }

    /// Packets dropped before they reached the sensor, and what fell out of its tables.
    pub fn lost(&mut self, ts: Timestamp, dropped: u64, evicted: u64) {
        if let Some(segment) = self.segment(0, 0, ts) {
            segment.row.dropped += dropped;
            segment.row.evicted += evicted;
        }
    }

    /// Takes the rows of the minute that is over.
    pub fn take(&mut self) -> Vec<Coverage> {
        self.last = 0;
        std::mem::take(&mut self.segments).into_iter().map(finish).collect()
    }
}

fn count(protocols: &mut Vec<(ProtocolKey, u64)>, key: ProtocolKey) {
    // The protocol of the packet before is the likeliest one again: it is kept in front.
    if let Some(at) = protocols.iter().position(|(k, _)| *k == key) {
        if let Some((_, packets)) = protocols.get_mut(at) {
            *packets += 1;
        }
        if at > 0 {
            protocols.swap(at, at / 2);
        }
    } else if protocols.len() < PROTOCOLS_MAX {
        protocols.push((key, 1));
    } else if key != ProtocolKey::Other {
        count(protocols, ProtocolKey::Other);
        if protocols.iter().all(|(k, _)| *k != ProtocolKey::Other)
            && let Some(last) = protocols.last_mut()
        {
            *last = (ProtocolKey::Other, last.1 + 1);
        }
    }
}

fn finish(segment: Segment) -> Coverage {
    let mut row = segment.row;
    let mut named: Vec<(String, u64)> = segment.protocols.into_iter().map(|(key, packets)| (label(key), packets)).collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    row.protocols = named;
    row
}

fn label(key: ProtocolKey) -> String {
    match key {
        ProtocolKey::Known(name) => name.to_owned(),
        ProtocolKey::Port(transport, 0) => transport.name().to_owned(),
        ProtocolKey::Port(transport, port) => format!("{transport}/{port}"),
        ProtocolKey::Other => "other".to_owned(),
    }
}
