//! Address ranges in CIDR form (RFC 4632, RFC 4291 clause 2.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: its first address and the length of its prefix. Bits after the prefix are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of `prefix` bits that `ip` lies in; too long a prefix is cut to the address's length.
    #[must_use]
    pub fn of(ip: IpAddr, prefix: u8) -> Self {
        match ip {
            IpAddr::V4(v4) => {
                let prefix = prefix.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                Self { first: Ipv4Addr::from_bits(v4.to_bits() & mask).into(), prefix }
            }
            IpAddr::V6(v6) => {
                let prefix = prefix.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Self { first: Ipv6Addr::from_bits(v6.to_bits() & mask).into(), prefix }
            }
        }
    }

    /// Length of the prefix in bits.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.first.is_ipv4() && Self::of(ip, self.prefix).first == self.first
    }

    /// Whether the address is this IPv4 network's broadcast address.
    #[must_use]
    pub fn is_broadcast(&self, ip: IpAddr) -> bool {
        let (IpAddr::V4(first), IpAddr::V4(ip)) = (self.first, ip) else { return false };
        let host_bits = u32::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        self.prefix < 31 && ip.to_bits() == first.to_bits() | host_bits
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = text.split_once('/').ok_or(())?;
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let prefix: u8 = prefix.parse().map_err(|_| ())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if prefix > longest {
            return Err(());
        }
        Ok(Self::of(address, prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_and_broadcast() {
        for (network, ip, inside, broadcast) in [
            ("10.20.10.0/24", "10.20.10.255", true, true),
            ("10.20.10.0/24", "10.20.11.1", false, false),
            ("0.0.0.0/0", "1.2.3.4", true, false),
            ("10.0.0.1/32", "10.0.0.1", true, false),
            ("10.20.10.77/23", "10.20.11.255", true, true),
            ("fd00::/8", "fd12::1", true, false),
            ("fd00::/8", "10.0.0.1", false, false),
        ] {
            let network: Network = network.parse().unwrap_or_else(|()| Network::of(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 32));
            let ip = ip.parse().unwrap_or(IpAddr::V4(Ipv4Addr::BROADCAST));
            assert_eq!((network.contains(ip), network.is_broadcast(ip)), (inside, broadcast), "{network} {ip}");
        }
        for wrong in ["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Network>(), Err(()), "{wrong}");
        }
    }
}
