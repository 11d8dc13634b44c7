//! The network layer (clause 6): where a message comes from and goes to beyond routers, and routers' own messages.

use super::names;
use std::fmt;
use wf_wire::{Reader, Short};

/// Longest address of a station kept.
const MAC_MAX: usize = 7;

/// A station on a network: the other end behind routers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Station {
    /// Network; 0 for the local one, 65535 for all.
    pub network: u16,
    /// Octets of its address; none for all stations of the network.
    pub len: u8,
    /// Its address.
    pub mac: [u8; MAC_MAX],
}

impl Station {
    fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        let network = r.u16()?;
        let len = r.u8()?;
        let octets = r.take(usize::from(len))?;
        let mut mac = [0; MAC_MAX];
        mac.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
        Ok(Self { network, len, mac })
    }

    /// Octets of its address as far as they are kept.
    pub fn octets(&self) -> &[u8] {
        self.mac.get(..usize::from(self.len)).unwrap_or(&self.mac)
    }

    /// One station behind a router, rather than the neighbour or everybody.
    pub const fn is_remote(&self) -> bool {
        self.network != 0 && self.network != 0xffff
    }

    /// Two numbers that hold it, for targets that are put into words late.
    pub fn pack(&self) -> (u64, u64) {
        let mac = self.mac.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
        (mac, u64::from(self.network) << 8 | u64::from(self.len))
    }

    /// The station that these numbers hold.
    #[expect(clippy::cast_possible_truncation, reason = "packed from just so many bits")]
    pub const fn unpack(mac: u64, rest: u64) -> Self {
        let [_, a, b, c, d, e, f, g] = mac.to_be_bytes();
        Self { network: (rest >> 8) as u16, len: rest as u8, mac: [a, b, c, d, e, f, g] }
    }
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}", self.network)?;
        match self.octets() {
            [] => Ok(()),
            [one] => write!(f, " station {one}"),
            octets => {
                f.write_str(" station ")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// The head of a network message (clause 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Npdu<'a> {
    /// 1.
    pub version: u8,
    /// Control octet.
    pub control: u8,
    /// Whom it is for, behind routers.
    pub destination: Option<Station>,
    /// Who sent it, behind routers.
    pub source: Option<Station>,
    /// Routers that it may still pass.
    pub hop_count: Option<u8>,
    /// A message of the network layer itself, else an APDU follows.
    pub message: Option<u8>,
    /// Whose message, for 128 and above.
    pub vendor: Option<u16>,
    /// What follows.
    pub rest: &'a [u8],
}

impl<'a> Npdu<'a> {
    /// Reads the head.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (version, control) = (r.u8()?, r.u8()?);
        let destination = if control & 0x20 != 0 { Some(Station::read(&mut r)?) } else { None };
        let source = if control & 0x08 != 0 { Some(Station::read(&mut r)?) } else { None };
        let hop_count = if destination.is_some() { Some(r.u8()?) } else { None };
        let message = if control & 0x80 != 0 { Some(r.u8()?) } else { None };
        let vendor = if message.is_some_and(|kind| kind >= 0x80) { Some(r.u16()?) } else { None };
        Ok(Self { version, control, destination, source, hop_count, message, vendor, rest: r.rest() })
    }

    /// 0 normal, 1 urgent, 2 critical equipment, 3 life safety.
    pub const fn priority(&self) -> u8 {
        self.control & 3
    }

    /// Reserved bits are clear (clause 6.2.2).
    pub const fn is_clean(&self) -> bool {
        self.version == 1 && self.control & 0x50 == 0
    }

    /// Name of the network message.
    pub const fn message_name(&self) -> &'static str {
        match self.message {
            Some(code) => names::network_message(code),
            None => "apdu",
        }
    }

    /// Networks that a router's message lists, or the one that it is about.
    pub fn networks(&self) -> impl Iterator<Item = u16> + '_ {
        let octets = match self.message {
            Some(0x03) => self.rest.get(1..3).unwrap_or(&[]),
            Some(0x02 | 0x08 | 0x09 | 0x13) => self.rest.get(..2).unwrap_or(&[]),
            Some(0x00 | 0x01 | 0x04 | 0x05) => self.rest,
            _ => &[],
        };
        octets.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair))
    }

    /// Why a router rejected a message, and towards which network.
    pub fn reject(&self) -> Option<(u8, u16)> {
        match (self.message, self.rest) {
            (Some(0x03), [reason, high, low, ..]) => Some((*reason, u16::from_be_bytes([*high, *low]))),
            _ => None,
        }
    }

    /// Ports of a routing table that is set or told (clause 6.4.7).
    pub fn ports(&self) -> Ports<'a> {
        let table = matches!(self.message, Some(0x06 | 0x07));
        let mut reader = Reader::new(if table { self.rest } else { &[] });
        let left = reader.u8().unwrap_or(0);
        Ports { reader, left }
    }
}

/// One port of a routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port<'a> {
    /// Network that is reached.
    pub network: u16,
    /// Port through which.
    pub port: u8,
    /// What else is said of it.
    pub information: &'a [u8],
}

/// Reads ports one after the other.
pub struct Ports<'a> {
    reader: Reader<'a>,
    left: u8,
}

impl<'a> Iterator for Ports<'a> {
    type Item = Port<'a>;

    fn next(&mut self) -> Option<Port<'a>> {
        self.left = self.left.checked_sub(1)?;
        let r = &mut self.reader;
        let (network, port) = (r.u16().ok()?, r.u8().ok()?);
        let len = usize::from(r.u8().ok()?);
        Some(Port { network, port, information: r.take(len).ok()? })
    }
}
