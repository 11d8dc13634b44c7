//! What a flow is found by.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use wf_model::Address;

/// Both ends in one order, so that both directions find the same flow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    low: u128,
    high: u128,
    ports: u32,
    kind: u32,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.low);
        state.write_u128(self.high);
        state.write_u64(u64::from(self.ports) << 32 | u64::from(self.kind));
    }
}

fn number(address: &Address) -> u128 {
    match address {
        Address::Ip(IpAddr::V4(ip)) => 0xffff_0000_0000 | u128::from(u32::from(*ip)),
        Address::Ip(IpAddr::V6(ip)) => u128::from(*ip),
        Address::Mac(mac) => {
            let [a, b, c, d, e, f] = mac.0;
            u128::from(u64::from_be_bytes([0, 1, a, b, c, d, e, f])) << 64
        }
    }
}

impl Key {
    /// The key of these ends.
    pub fn new(a: (Address, u16), b: (Address, u16), kind: u32) -> Self {
        let (first, second) = ((number(&a.0), a.1), (number(&b.0), b.1));
        let (low, high) = if first <= second { (first, second) } else { (second, first) };
        Self { low: low.0, high: high.0, ports: u32::from(low.1) << 16 | u32::from(high.1), kind }
    }
}

/// Spreads half a hash over the bits by which a table finds its place.
pub fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
