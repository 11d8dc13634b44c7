//! The protocols, one folder each, and the registry. Adding one is a folder and a line in [`REGISTRY`].

pub mod arp;
pub mod dhcp;
pub mod dns;
mod hints;
pub mod http;
pub mod lldp;
pub mod ssh;
#[cfg(test)]
mod testing;
pub mod tls;

use wf_wire::decode::ProtocolInfo;

/// Every protocol, in the order in which probes are asked where no port decides.
pub static REGISTRY: &[&ProtocolInfo] = &[
];

/// The entry of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static ProtocolInfo> {
    REGISTRY.iter().copied().find(|p| p.name == name)
}
