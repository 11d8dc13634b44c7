//! Records that say what a device is and how it is: identification and maintenance, ports and neighbours, diagnosis
//! (IEC 61158-6-10:2019, clauses 5.2.8 to 5.2.13), and the annotation of the endpoint mapper.

use super::blocks::{Block, Blocks, kind};
use super::names;
use super::rpc::long;
use std::fmt::Write;
use std::net::Ipv4Addr;
use wf_model::Mac;
use wf_wire::{Reader, Short};

/// Identification and maintenance 0.
#[derive(Clone, Copy)]
pub struct Im0<'a> {
    /// Vendor's identifier.
    pub vendor: u16,
    /// Order number.
    pub order: &'a [u8],
    /// Serial number.
    pub serial: &'a [u8],
    /// Hardware revision.
    pub hardware: u16,
    /// Software revision: prefix letter and three numbers.
    pub software: [u8; 4],
    /// Counts changes of the others.
    pub counter: u16,
    /// Profile.
    pub profile: u16,
    /// Which of I&M1 to I&M15 there are.
    pub supported: u16,
}

impl<'a> Im0<'a> {
    /// Reads it.
    #[must_use]
    pub fn read(block: &Block<'a>) -> Option<Self> {
        if block.kind == kind::IM0 { Self::body(block.reader()).ok() } else { None }
    }

    fn body(mut r: Reader<'a>) -> Result<Self, Short> {
        let (vendor, order, serial, hardware) = (r.u16()?, r.take(20)?, r.take(16)?, r.u16()?);
        let (software, counter, profile) = (r.array()?, r.u16()?, r.u16()?);
        r.skip(4)?; // type within the profile, version of I&M
        Ok(Self { vendor, order, serial, hardware, software, counter, profile, supported: r.u16()? })
    }

    /// `V2.1.0`.
    #[must_use]
    pub fn firmware(&self) -> String {
        let [prefix, major, minor, fix] = self.software;
        let prefix = if prefix.is_ascii_alphabetic() { char::from(prefix).to_string() } else { String::new() };
        format!("{prefix}{major}.{minor}.{fix}")
    }
}

/// Texts of identification and maintenance 1 to 4: name of the field and value.
#[must_use]
pub fn texts<'a>(block: &Block<'a>) -> [Option<(&'static str, &'a [u8])>; 2] {
    let mut r = block.reader();
    let mut field = |name, length: usize| r.take(length.min(r.left())).ok().map(|value| (name, value));
    match block.kind {
        kind::IM1 => [field("tag_function", 32), field("tag_location", 22)],
        kind::IM2 => [field("date", 16), None],
        kind::IM3 => [field("descriptor", 54), None],
        kind::IM5_DATA => [field("annotation", 64), field("order_number", 64)],
        _ => [None, None],
    }
}

/// The block within I&M5.
#[must_use]
pub fn inner<'a>(block: &Block<'a>) -> Blocks<'a> {
    let mut r = block.reader();
    let skipped = match block.kind {
        kind::IM5 => r.skip(2),
        // Padding, application process, slot, subslot.
        kind::MULTIPLE => r.skip(10),
        _ => r.skip(r.left()),
    };
    Blocks::new(if skipped.is_ok() { r.rest() } else { &[] })
}

/// Skips to a multiple of four octets of the block (its header has six).
fn align(r: &mut Reader<'_>) -> Result<(), Short> {
    r.skip((r.position() + 6).wrapping_neg() & 3)
}

/// What an interface is.
#[derive(Clone, Copy)]
pub struct InterfaceReal<'a> {
    /// Its name.
    pub chassis: &'a [u8],
    /// MAC.
    pub mac: Mac,
    /// Address, mask, gateway.
    pub ip: [Ipv4Addr; 3],
}

impl<'a> InterfaceReal<'a> {
    /// Reads it.
    #[must_use]
    pub fn read(block: &Block<'a>) -> Option<Self> {
        if block.kind == kind::INTERFACE_REAL { Self::body(block.reader()).ok() } else { None }
    }

    fn body(mut r: Reader<'a>) -> Result<Self, Short> {
        let length = usize::from(r.u8()?);
        let chassis = r.take(length)?;
        align(&mut r)?;
        let mac = Mac(r.array()?);
        align(&mut r)?;
        let mut address = || r.array::<4>().map(Ipv4Addr::from);
        Ok(Self { chassis, mac, ip: [address()?, address()?, address()?] })
    }
}

/// A port.
#[derive(Clone, Copy)]
pub struct PortReal<'a> {
    /// Slot and subslot.
    pub place: (u16, u16),
    /// Name.
    pub port: &'a [u8],
    /// The first neighbour: its port, its name, its MAC.
    pub peer: Option<(&'a [u8], &'a [u8], Mac)>,
    /// Neighbours.
    pub peers: u8,
    /// Kind of medium and speed.
    pub mau: u16,
    /// State of the link: 1 up, 2 down.
    pub link: u8,
}

impl<'a> PortReal<'a> {
    /// Reads it.
    #[must_use]
    pub fn read(block: &Block<'a>) -> Option<Self> {
        if block.kind == kind::PORT_REAL { Self::body(block.reader()).ok() } else { None }
    }

    fn body(mut r: Reader<'a>) -> Result<Self, Short> {
        align(&mut r)?;
        let place = (r.u16()?, r.u16()?);
        let length = usize::from(r.u8()?);
        let (port, peers) = (r.take(length)?, r.u8()?);
        align(&mut r)?;
        let mut peer = None;
        for _ in 0..peers {
            let length = usize::from(r.u8()?);
            let port = r.take(length)?;
            let length = usize::from(r.u8()?);
            let chassis = r.take(length)?;
            align(&mut r)?;
            r.skip(4)?; // delay of the line
            let mac = Mac(r.array()?);
            align(&mut r)?;
            peer = peer.or(Some((port, chassis, mac)));
        }
        let mau = r.u16()?;
        r.skip(2 + 4 + 4 + 1)?; // padding, boundaries, state of the port
        Ok(Self { place, port, peer, peers, mau, link: r.u8()? })
    }
}

/// One diagnosis of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Channel; 0x8000 is the whole submodule.
    pub channel: u16,
    /// Properties: whether it appears, how grave it is.
    pub properties: u16,
    /// What is wrong.
    pub error: u16,
    /// More precisely.
    pub extended: Option<u16>,
}

impl Diagnosis {
    fn read(r: &mut Reader<'_>, identifier: u16) -> Result<Self, Short> {
        let (channel, properties, error) = (r.u16()?, r.u16()?, r.u16()?);
        let mut extended = None;
        if matches!(identifier, 0x8002 | 0x8003) {
            extended = Some(r.u16()?);
            r.skip(if identifier == 0x8003 { 8 } else { 4 })?;
        }
        Ok(Self { channel, properties, error, extended })
    }

    /// `channel 3: wire_break appears`.
    pub fn show(&self, out: &mut String) {
        if self.channel < 0x8000 {
            let _ = write!(out, "channel {}: ", self.channel);
        }
        out.push_str(names::channel_error(self.error));
        if names::channel_error(self.error).ends_with("specific") {
            let _ = write!(out, " {:#06x}", self.error);
        }
        if let Some(extended) = self.extended {
            let _ = write!(out, " ({extended:#06x})");
        }
        let _ = write!(out, " {}", names::specifier(self.properties));
        if names::severity(self.properties) != "fault" {
            let _ = write!(out, ", {}", names::severity(self.properties));
        }
    }
}

/// What stands behind a user structure identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A diagnosis.
    Diagnosis(Diagnosis),
    /// Maintenance: bit 0 required, bit 1 demanded.
    Maintenance(u32),
    /// Identifier and octets of something else.
    Other(u16, &'a [u8]),
}

/// Items of one alarm or block.
const ITEMS_MAX: usize = 64;

/// Items of an alarm, each behind its identifier.
pub fn items<'a>(r: &mut Reader<'a>, mut each: impl FnMut(Item<'a>)) {
    for _ in 0..ITEMS_MAX {
        let Ok(identifier) = r.u16() else { return };
        match identifier {
            0x8000 | 0x8002 | 0x8003 => match Diagnosis::read(r, identifier) {
                Ok(diagnosis) => each(Item::Diagnosis(diagnosis)),
                Err(_) => return,
            },
            0x8100 => match Blocks::new(r.rest()).next().filter(|b| b.kind == kind::MAINTENANCE) {
                Some(block) => {
                    let mut inside = block.reader();
                    if let Ok(status) = inside.skip(2).and_then(|()| inside.u32()) {
                        each(Item::Maintenance(status));
                    }
                    if r.skip(6 + block.body.len()).is_err() {
                        return;
                    }
                }
                None => return,
            },
            // How long others are only their makers know.
            other => return each(Item::Other(other, r.take_rest())),
        }
    }
}

/// The diagnosis that a record lists, with its slot and subslot.
pub fn diagnosis(block: &Block<'_>, mut each: impl FnMut(u16, u16, &Diagnosis)) {
    if block.kind != kind::DIAGNOSIS {
        return;
    }
    let mut r = block.reader();
    let mut head = || -> Result<(u16, u16, u16), Short> {
        if block.version != (1, 0) {
            r.skip(4)?; // application process
        }
        let (slot, subslot, _channel, _properties) = (r.u16()?, r.u16()?, r.u16()?, r.u16()?);
        Ok((slot, subslot, r.u16()?))
    };
    let Ok((slot, subslot, identifier)) = head() else { return };
    if !matches!(identifier, 0x8000 | 0x8002 | 0x8003) {
        return;
    }
    for _ in 0..ITEMS_MAX {
        let Ok(diagnosis) = Diagnosis::read(&mut r, identifier) else { return };
        each(slot, subslot, &diagnosis);
    }
}

/// What the endpoint mapper says of a device: type, order number, hardware revision, software revision.
#[must_use]
pub fn annotation(bytes: &[u8], little: bool) -> Option<[&[u8]; 4]> {
    let mut r = Reader::new(bytes);
    r.skip(20).ok()?; // handle
    let count = long(&mut r, little).ok()?;
    // Array of entries: its most, its first, its count; then object, tower's reference, the annotation's place and length.
    r.skip(12 + 16 + 4 + 4).ok()?;
    let length = usize::try_from(long(&mut r, little).ok()?).ok()?;
    if count == 0 || length > 64 {
        return None;
    }
    let mut text = r.sub(length.min(r.left())).ok()?;
    let mut part = |length: usize| {
        let part = text.take(length.min(text.left())).ok();
        let _ = text.skip(1);
        part
    };
    Some([part(25)?, part(20)?, part(5)?, part(11)?])
}
