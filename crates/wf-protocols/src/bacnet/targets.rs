//! What operations act on and which points values belong to: numbers, put into words late.

use super::names::Named;
use super::npdu::Station;
use super::schema::{Kind, Schema, walk};
use super::tag::{Datum, Object};
use std::fmt;
use wf_wire::Coded;

/// No object, no property.
const NONE: u32 = u32::MAX;
/// Bits for the number of further points in what a target packs beside a station.
const MORE_SHIFT: u32 = 32;

/// An object's property on a station, and how many more a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Object.
    pub object: Option<Object>,
    /// Property.
    pub property: Option<u32>,
    /// Index in an array.
    pub index: Option<u32>,
    /// Further properties in the same message.
    pub more: u32,
    /// Station behind a router that holds it.
    pub station: Option<Station>,
}

impl Subject {
    /// Nothing but the device.
    pub const fn device(station: Option<Station>) -> Self {
        Self { object: None, property: None, index: None, more: 0, station }
    }

    /// A property of an object.
    pub const fn point(object: Option<Object>, property: u32, index: Option<u32>, station: Option<Station>) -> Self {
        Self { object, property: Some(property), index, more: 0, station }
    }

    /// What the parameters of a service are about: the last object before the first property, and that property.
    pub fn of(schema: &Schema, body: &[u8], station: Option<Station>) -> Self {
        let mut subject = Self::device(station);
        walk(schema, body, &mut |leaf| match (leaf.datum, leaf.field.kind) {
            (Datum::Object(object), Kind::Plain(_)) if subject.property.is_none() => {
                // The device that reports comes before the object that it reports about.
                subject.object = Some(object);
            }
            (Datum::Enumerated(_), Kind::Property) if subject.property.is_some() => subject.more += 1,
            (Datum::Enumerated(property), Kind::Property) => subject.property = Some(property),
            (Datum::Unsigned(index), Kind::Index) if subject.more == 0 => subject.index = u32::try_from(index).ok(),
            _ => {}
        });
        subject
    }

    /// As a target.
    pub fn coded(&self) -> Coded {
        let (mac, rest) = self.station.map_or((0, 0), |station| station.pack());
        let object = u64::from(self.object.map_or(NONE, |object| object.0)) | u64::from(self.object.is_some()) << 32;
        let index = self.index.map_or(0, |index| u64::from(index).wrapping_add(1)) << 32;
        let property = u64::from(self.property.unwrap_or(NONE)) | index;
        Coded { numbers: [object, property, mac, rest | u64::from(self.more.min(9999)) << MORE_SHIFT], show }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "packed from just so many bits")]
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [object, property, mac, rest] = *numbers;
    let mut gap = "";
    if object >> 32 != 0 {
        write!(f, "{}", Object(object as u32))?;
        gap = " ";
    }
    if property as u32 != NONE {
        write!(f, "{gap}{}", Named("property", property as u32))?;
        gap = " ";
    }
    if property >> 32 != 0 {
        write!(f, "[{}]", (property >> 32) - 1)?;
    }
    if rest >> MORE_SHIFT != 0 {
        write!(f, " and {} more", rest >> MORE_SHIFT)?;
    }
    let station = Station::unpack(mac, rest & u64::from(u32::MAX));
    if station.is_remote() { write!(f, "{gap}{station}") } else { Ok(()) }
}

/// A range of device instances, or all.
pub fn devices(low: Option<u64>, high: Option<u64>) -> Coded {
    let (low, high) = (low.map_or(0, |low| low.saturating_add(1)), high.map_or(0, |high| high.saturating_add(1)));
    Coded { numbers: [low, high, 0, 0], show: show_devices }
}

fn show_devices(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match *numbers {
        [0, _, ..] | [_, 0, ..] => f.write_str("all devices"),
        [low, high, ..] if low == high => write!(f, "device {}", low - 1),
        [low, high, ..] => write!(f, "device {}-{}", low - 1, high - 1),
    }
}

/// A network, or all of them.
pub fn network(number: Option<u16>) -> Coded {
    Coded { numbers: [number.map_or(u64::MAX, u64::from), 0, 0, 0], show: show_network }
}

fn show_network(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match numbers.first() {
        Some(&number) if number != u64::MAX => write!(f, "network {number}"),
        _ => f.write_str("all networks"),
    }
}

/// A vendor's own service.
pub fn private(vendor: Option<u64>, service: Option<u64>) -> Coded {
    Coded { numbers: [vendor.unwrap_or(u64::MAX), service.unwrap_or(u64::MAX), 0, 0], show: show_private }
}

fn show_private(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [vendor, service, ..] = *numbers;
    if vendor != u64::MAX {
        write!(f, "vendor {vendor} ")?;
    }
    if service == u64::MAX { f.write_str("service unknown") } else { write!(f, "service {service}") }
}
