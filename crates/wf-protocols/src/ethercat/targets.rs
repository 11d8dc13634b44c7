//! What operations act on and which points values belong to: numbers, put into words late.

use super::registers;
use std::fmt;
use wf_wire::Coded;

/// A slave as a frame names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slave {
    /// By the address that its master gave it.
    Station(u16),
    /// By its place in the ring, from 0.
    Position(u16),
    /// By a place in a ring of unknown length.
    Unplaced,
    /// All of them.
    All,
}

impl Slave {
    const fn code(self) -> u64 {
        match self {
            Self::Station(address) => address as u64,
            Self::Position(place) => 0x1_0000 | place as u64,
            Self::Unplaced => 0x2_0000,
            Self::All => 0x3_0000,
        }
    }
}

/// What belongs to a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Memory of its controller.
    Memory(u16),
    /// A word of its configuration memory.
    Sii(u32),
    /// An object of its dictionary; all its entries.
    Object { index: u16, sub: u8, complete: bool },
    /// A parameter of a drive: drive, number.
    Parameter(u8, u16),
    /// A value of its own, by name.
    Own(Own),
}

/// What a slave is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    State,
    VendorId,
    ProductCode,
    RevisionNumber,
    SerialNumber,
    DeviceName,
    HardwareVersion,
    SoftwareVersion,
    OrderNumber,
    Dictionary,
    Address,
}

impl Own {
    const ALL: [(Self, &'static str); 11] = [
        (Self::State, "state"),
        (Self::VendorId, "vendor_id"),
        (Self::ProductCode, "product_code"),
        (Self::RevisionNumber, "revision"),
        (Self::SerialNumber, "serial"),
        (Self::DeviceName, "device_name"),
        (Self::HardwareVersion, "hardware_version"),
        (Self::SoftwareVersion, "software_version"),
        (Self::OrderNumber, "order_number"),
        (Self::Dictionary, "object_dictionary"),
        (Self::Address, "ip_address"),
    ];
}

/// A part of a slave as a target or a point.
pub fn coded(slave: Slave, part: Part) -> Coded {
    let (kind, number) = match part {
        Part::Memory(offset) => (0, u64::from(offset)),
        Part::Sii(word) => (1, u64::from(word)),
        Part::Object { index, sub, complete } => (2, u64::from(complete) << 24 | u64::from(index) << 8 | u64::from(sub)),
        Part::Parameter(drive, number) => (3, u64::from(drive) << 16 | u64::from(number)),
        Part::Own(own) => (4, Own::ALL.iter().position(|(o, _)| *o == own).unwrap_or(0) as u64),
    };
    Coded { numbers: [slave.code(), kind, number, 0], show }
}

/// A part of the logical process image.
pub fn image(address: u32, length: usize) -> Coded {
    Coded { numbers: [u64::from(address), length as u64, 0, 0], show: show_image }
}

fn show_image([address, length, ..]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "process image 0x{address:08x}, {length} bytes")
}

fn show([slave, kind, number, _]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match slave >> 16 {
        0 => write!(f, "slave 0x{slave:04x}/")?,
        1 => write!(f, "position {}/", slave & 0xffff)?,
        2 => f.write_str("position ?/")?,
        _ => f.write_str("all slaves/")?,
    }
    match kind {
        0 => memory(u16::try_from(*number).unwrap_or(0), f),
        1 => write!(f, "sii 0x{number:04x}"),
        2 if number >> 24 != 0 => write!(f, "0x{:04x} complete", number >> 8 & 0xffff),
        2 => write!(f, "0x{:04x}:{:02x}", number >> 8, number & 0xff),
        3 => {
            let (drive, kind) = (number >> 16, if number & 0x8000 != 0 { 'P' } else { 'S' });
            if drive != 0 {
                write!(f, "drive {drive}/")?;
            }
            write!(f, "{kind}-{}-{}", number >> 12 & 7, number & 0xfff)
        }
        _ => f.write_str(usize::try_from(*number).ok().and_then(|at| Own::ALL.get(at)).map_or("", |(_, name)| name)),
    }
}

fn memory(offset: u16, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match registers::at(offset) {
        Some(register) if register.each > 0 => {
            let (place, within) = ((offset - register.from) / register.each, (offset - register.from) % register.each);
            write!(f, "{} {place}", register.name)?;
            if within > 0 { write!(f, " +{within}") } else { Ok(()) }
        }
        Some(register) if offset == register.from => f.write_str(register.name),
        Some(register) => write!(f, "{} +{}", register.name, offset - register.from),
        None if offset >= registers::MEMORY => write!(f, "memory 0x{offset:04x}"),
        None => write!(f, "register 0x{offset:04x}"),
    }
}
