//! Who reads what is found, and the decoders for it: fresh ones, or such as share what others of their protocol have learnt.

use std::sync::{Mutex, PoisonError};
use wf_model::observation::Transport;
use wf_wire::decode::{Decoder, Probe, ProtocolInfo, Verdict};

/// The protocols of an engine.
pub struct Makers {
    /// All of them, in the order in which they are asked.
    pub registry: &'static [&'static ProtocolInfo],
    /// One decoder of each protocol whose flows belong together. It reads nothing; others are made from it.
    kin: Mutex<Vec<(&'static str, Box<dyn Decoder>)>>,
}

impl Makers {
    /// With these protocols.
    pub const fn new(registry: &'static [&'static ProtocolInfo]) -> Self {
        Self { registry, kin: Mutex::new(Vec::new()) }
    }

    /// A decoder for one flow.
    pub fn make(&self, info: &'static ProtocolInfo) -> Box<dyn Decoder> {
        let mut kin = self.kin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(another) = kin.iter().find(|(name, _)| *name == info.name).and_then(|(_, first)| first.another()) {
            return another;
        }
        let first = (info.new)();
        match first.another() {
            Some(another) => {
                kin.push((info.name, first));
                another
            }
            None => first,
        }
    }

    /// Who reads frames of this EtherType, or packets of what stands for one on IP, and its place among those that share it (0
    /// for the first). Where several do, the first whose probe wants the payload; with none, frames belong to nobody.
    pub fn on_link(&self, ethertype: u16, payload: &[u8], transport: Transport) -> (u32, Option<&'static ProtocolInfo>) {
        let mut owners = self.registry.iter().copied().filter(|info| ethertype != 0 && info.ethertypes.contains(&ethertype));
        let (Some(first), second) = (owners.next(), owners.next()) else { return (0, None) };
        let Some(second) = second else { return (0, Some(first)) };
        let probe = Probe { bytes: payload, src_port: 0, dst_port: 0, transport, from_start: true };
        let all = [first, second].into_iter().chain(owners);
        let wanted = (0u32..).zip(all).find(|(_, info)| (info.probe)(&probe) != Verdict::No);
        wanted.map_or((u32::from(u8::MAX), None), |(place, info)| (place, Some(info)))
    }
}
