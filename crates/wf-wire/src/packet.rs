//! A captured packet before anything is decoded.

use wf_model::Timestamp;

/// Link-layer type, numbered as in tcpdump.org's LINKTYPE list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback, 4-byte family in host order.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Raw IP (also numbered 12 and 14 by some writers).
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback, 4-byte family in network order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked v1.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked v2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// One packet as captured, borrowed from the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct RawPacket<'a> {
    /// Number from 1 in its capture.
    pub frame: u64,
    /// Capture time.
    pub ts: Timestamp,
    /// Link type of the interface that it was captured on.
    pub link: LinkType,
    /// Index of that interface (pcapng); 0 otherwise.
    pub interface: u32,
    /// Length on the wire, at least `data.len()` in sane captures.
    pub original_len: u32,
    /// The bytes captured.
    pub data: &'a [u8],
}
