//! Addresses as packets carry them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An EUI-48 address. Text form: lower case, colons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Group (multicast or broadcast) address: never one device.
    #[must_use]
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// All zero: no address.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        matches!(self.0, [0, 0, 0, 0, 0, 0])
    }

    /// Locally administered (virtual machines, randomised addresses): the first three bytes name no vendor.
    #[must_use]
    pub const fn is_local(self) -> bool {
        self.0[0] & 2 == 2
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"00:00:00:00:00:00";
        for (place, byte) in text.chunks_mut(3).zip(self.0) {
            place.iter_mut().zip(crate::observation::hex(byte)).for_each(|(to, digit)| *to = digit);
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Mac {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut bytes = [0u8; 6];
        let mut parts = text.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().filter(|p| (1..=2).contains(&p.len())).ok_or(())?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| ())?;
        }
        parts.next().map_or(Ok(Self(bytes)), |_| Err(()))
    }
}

/// The innermost network address of a party: IP, or MAC where there is no IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A MAC address of a party that speaks below IP.
    Mac(Mac),
}

impl Address {
    /// Multicast, broadcast (255.255.255.255 or a group MAC) or unspecified: never one device.
    #[must_use]
    pub fn is_group(&self) -> bool {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast() || ip.is_unspecified(),
            Self::Ip(IpAddr::V6(ip)) => ip.is_multicast() || ip.is_unspecified(),
            Self::Mac(mac) => mac.is_group() || mac.is_zero(),
        }
    }

    /// The IP address, if this is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Mac(_) => None,
        }
    }
}

/// Whether an IP address lies outside private, link-local, loopback, multicast and unspecified space, i.e. on the
/// Internet (RFC 1918, RFC 4193, RFC 3927, RFC 6598). Documentation prefixes count as Internet.
#[must_use]
pub fn is_internet(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && (v4.octets()[1] & 0xc0) == 64;
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified();
            !(local || v4.is_multicast() || v4.is_broadcast() || shared) && v4.octets()[0] != 0 && v4.octets()[0] < 240
        }
        IpAddr::V6(v6) => (v6.segments()[0] & 0xe000) == 0x2000,
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Mac(mac) => mac.fmt(f),
        }
    }
}

impl FromStr for Address {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self::Ip).or_else(|_| text.parse().map(Self::Mac))
    }
}

macro_rules! text_serde {
    ($kind:ty, $binary:ty, $to:expr, $from:expr, $what:literal) => {
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    let binary: $binary = $to(self);
                    binary.serialize(serializer)
                }
            }
        }
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <$binary>::deserialize(deserializer).map($from);
                }
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(|()| serde::de::Error::custom(format!(concat!("'{}' is not ", $what), text)))
            }
        }
    };
}

#[derive(Serialize, Deserialize)]
enum BinaryAddress {
    Ip(IpAddr),
    Mac([u8; 6]),
}

text_serde!(Mac, [u8; 6], |mac: &Mac| mac.0, Mac, "a MAC address");
text_serde!(
    Address,
    BinaryAddress,
    |address: &Address| match address {
        Address::Ip(ip) => BinaryAddress::Ip(*ip),
        Address::Mac(mac) => BinaryAddress::Mac(mac.0),
    },
    |binary| match binary {
        BinaryAddress::Ip(ip) => Address::Ip(ip),
        BinaryAddress::Mac(mac) => Address::Mac(Mac(mac)),
    },
    "an IP or MAC address"
);
