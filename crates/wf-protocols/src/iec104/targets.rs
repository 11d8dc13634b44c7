//! What a request acts on and which point a value belongs to, as numbers that are put into words late.

use super::names;
use std::fmt::{self, Display};
use wf_wire::Coded;

/// The common address that stations have unless told otherwise: left out of names.
const USUAL_STATION: u64 = 1;

const POINT: u64 = 0;
const BIT: u64 = 1 << 8;
const INTERROGATION: u64 = 2 << 8;
const COUNTERS: u64 = 3 << 8;
const STATION: u64 = 4 << 8;
const FILE: u64 = 5 << 8;
const BLOCK: u64 = 6 << 8;
const CONNECTION: u64 = 7 << 8;

const fn coded(kind: u64, first: u64, second: u64, station: u16) -> Coded {
    Coded { numbers: [kind, first, second, station as u64], show }
}

/// One point: `measured_value 4001 station 12`.
#[must_use]
pub const fn point(type_id: u8, address: u32, station: u16) -> Coded {
    coded(POINT | names::first_of_kind(type_id) as u64, address as u64, 0, station)
}

/// One bit of packed points: `packed_single_points 100.3`.
#[must_use]
pub const fn bit(type_id: u8, address: u32, bit: u8, station: u16) -> Coded {
    coded(BIT | names::first_of_kind(type_id) as u64, address as u64, bit as u64, station)
}

/// The objects of one ASDU, to tell whether they changed.
#[must_use]
pub const fn block(type_id: u8, address: u32, count: u8, station: u16) -> Coded {
    coded(BLOCK | type_id as u64, address as u64, count as u64, station)
}

/// What a request names: its object, or for what concerns a whole station the qualifier.
#[must_use]
pub const fn request(type_id: u8, address: u32, octet: u8, station: u16) -> Coded {
    match type_id {
        100 => coded(INTERROGATION, octet as u64, 0, station),
        101 => coded(COUNTERS, octet as u64 & 0x3f, 0, station),
        70 | 103..=107 => coded(STATION, 0, 0, station),
        _ => point(type_id, address, station),
    }
}

/// A file: `file 3 object 7`.
#[must_use]
pub const fn file(name: u16, address: u32, station: u16) -> Coded {
    coded(FILE, name as u64, address as u64, station)
}

/// The connection as such.
#[must_use]
pub const fn connection() -> Coded {
    coded(CONNECTION, 0, 0, 0)
}

fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [kind, first, second, station] = *numbers;
    let octet = u8::try_from(first & 0xff).unwrap_or(0);
    let name = names::kind(u8::try_from(kind & 0xff).unwrap_or(0));
    match kind & !0xff {
        CONNECTION => return Ok(()),
        STATION => return if station == USUAL_STATION { Ok(()) } else { write!(f, "station {station}") },
        BIT => write!(f, "{name} {first}.{second}")?,
        INTERROGATION => names::Interrogated(octet).fmt(f)?,
        COUNTERS => names::Counters(octet).fmt(f)?,
        FILE => write!(f, "file {first} object {second}")?,
        _ => write!(f, "{name} {first}")?,
    }
    if station == USUAL_STATION { Ok(()) } else { write!(f, " station {station}") }
}
