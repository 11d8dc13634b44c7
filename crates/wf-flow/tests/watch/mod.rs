//! An engine over packets, and what it said of them.

use wf_flow::{Engine, FlowWindow, Limits, Observer, PacketClass, PacketSummary};
use wf_model::Timestamp;
use wf_wire::decode::{
    Anomaly, Coded, Context, Credential, Direction, Evidence, File, Measurement, Operation, ProtocolInfo, Sink,
};
use wf_wire::{LinkType, MessageWriter, RawPacket};

/// What decoders say as anomalies, the windows, and each packet's VLAN and class.
#[derive(Default)]
pub struct Watch {
    pub said: Vec<String>,
    pub windows: Vec<FlowWindow>,
    pub packets: Vec<(u16, PacketClass)>,
}

impl Sink for Watch {
    fn message(&mut self, _: &Context<'_>, _: &'static str) -> Option<MessageWriter<'_>> {
        None
    }
    fn operation(&mut self, _: &Context<'_>, _: &'static str, _: Operation<'_>) {}
    fn unchanged(&mut self, _: &Context<'_>, _: Direction, _: Coded, _: &[u8]) -> bool {
        true
    }
    fn measurement(&mut self, _: &Context<'_>, _: &'static str, _: Measurement<'_>) {}
    fn evidence(&mut self, _: &Context<'_>, _: &'static str, _: Evidence<'_>) {}
    fn file(&mut self, _: &Context<'_>, _: &'static str, _: File<'_>) {}
    fn credential(&mut self, _: &Context<'_>, _: &'static str, _: Credential<'_>) {}
    fn anomaly(&mut self, _: &Context<'_>, _: &'static str, said: Anomaly<'_>) {
        self.said.push(format!("{} {}", said.kind, said.detail));
    }
    fn evicted(&mut self, _: u64) {}
}

impl Observer for Watch {
    fn packet(&mut self, _: &RawPacket<'_>, summary: &PacketSummary) {
        self.packets.push((summary.vlan, summary.class));
    }
    fn window(&mut self, window: &FlowWindow) {
        self.windows.push(*window);
    }
}

impl Watch {
    /// The windows as text, in its order.
    pub fn windows(&self, show: impl Fn(&FlowWindow) -> String) -> Vec<String> {
        let mut windows: Vec<_> = self.windows.iter().map(show).collect();
        windows.sort();
        windows
    }
}

/// Everything at the same time, from the first frame on.
pub fn run(registry: &'static [&'static ProtocolInfo], link: LinkType, packets: &[Vec<u8>]) -> Watch {
    let mut engine = Engine::new(registry, Limits::small());
    let mut watch = Watch::default();
    for (at, data) in packets.iter().enumerate() {
        let original_len = data.len() as u32;
        let raw = RawPacket { frame: at as u64 + 1, ts: Timestamp(0), link, interface: 0, original_len, data };
        engine.packet(&raw, &mut watch);
    }
    engine.finish(&mut watch);
    watch
}

/// An IPv4 packet; `place`: flags and offset of a fragment.
pub fn ipv4(src: [u8; 4], dst: [u8; 4], place: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let (len, place) = ((payload.len() as u16 + 20).to_be_bytes(), place.to_be_bytes());
    [&[0x45, 0, len[0], len[1], 0, 1, place[0], place[1], 64, protocol, 0, 0][..], &src, &dst, payload].concat()
}
