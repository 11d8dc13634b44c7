//! cEMI frames (03.06.03): link layer data with network, transport and application layer; properties of devices.

use super::frame::{Group, Individual};
use super::names;
use crate::hints::hex_cut;
use std::fmt;
use wf_model::Category;
use wf_wire::Reader;
use wf_wire::decode::Value;

/// Most data shown of a value, in bytes.
const DATA_MAX: usize = 64;

/// One cEMI frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cemi<'a> {
    /// Link layer data (`L_Data`), and the transport layer's to the device itself (`T_Data`).
    Data(Telegram<'a>),
    /// A property of the device itself (`M_Prop…`).
    Property(Property<'a>),
    /// A function of the device itself (`M_FuncProp…`): object, instance, property, and what it is given.
    Function(Property<'a>),
    /// Any other message by its code.
    Other(u8),
}

/// A telegram of the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telegram<'a> {
    /// Message code.
    pub code: u8,
    pub source: Individual,
    /// The destination is a group.
    pub to_group: bool,
    pub destination: u16,
    /// The bus did not confirm it.
    pub failed: bool,
    /// The byte of the transport layer.
    pub transport: u8,
    /// Ten bits of the application layer's service; `None` for control of the transport layer alone.
    pub application: Option<u16>,
    /// Data behind the service, without the bits that stand in it.
    pub data: &'a [u8],
    /// The length fits the bytes.
    pub whole: bool,
}

/// A property of an interface object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    pub code: u8,
    pub object: u16,
    pub instance: u8,
    pub property: u8,
    /// How many elements; 0 in an answer is a refusal.
    pub count: u8,
    pub start: u16,
    pub data: &'a [u8],
}

impl<'a> Cemi<'a> {
    /// Reads a frame; `None` where it is cut off.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let code = r.u8().ok()?;
        match code {
            // Between a client and the device itself the link's fields are there and empty (03.06.03, 4.1.6).
            0x11 | 0x29 | 0x2e | 0x41 | 0x4a | 0x89 | 0x94 => Telegram::read(code, &mut r).map(Self::Data),
            0xfb | 0xfc | 0xf5 | 0xf6 | 0xf7 => Property::read(code, &mut r).map(Self::Property),
            0xf8..=0xfa => Property::function(code, &mut r).map(Self::Function),
            _ => Some(Self::Other(code)),
        }
    }
}

impl<'a> Telegram<'a> {
    fn read(code: u8, r: &mut Reader<'a>) -> Option<Self> {
        let more = usize::from(r.u8().ok()?);
        r.skip(more).ok()?;
        let (control, second) = (r.u8().ok()?, r.u8().ok()?);
        let (source, destination, length) = (Individual(r.u16().ok()?), r.u16().ok()?, r.u8().ok()?);
        let transport = r.u8().ok()?;
        let is_control = transport & 0x80 != 0;
        let application =
            if is_control || length == 0 { None } else { Some(u16::from(transport & 3) << 8 | u16::from(r.u8().ok()?)) };
        let wanted = usize::from(length).saturating_sub(usize::from(application.is_some()));
        let whole = r.left() == wanted;
        let data = r.rest().get(..wanted).unwrap_or(r.rest());
        // What goes to the device itself goes to no group.
        let to_group = second & 0x80 != 0 && matches!(code, 0x11 | 0x29 | 0x2e);
        Some(Self { code, source, to_group, destination, failed: control & 1 == 1, transport, application, data, whole })
    }

    /// What the application layer does, and what kind of act it is.
    pub fn named(&self) -> (&'static str, Category) {
        match self.application {
            Some(bits) => {
                let (name, category, _) = names::application(bits);
                (name, category)
            }
            None => (self.control(), Category::Diagnostic),
        }
    }

    fn control(&self) -> &'static str {
        match (self.transport & 0x80, self.transport & 3) {
            (0, _) => "transport_data",
            (_, 0) => "transport_connect",
            (_, 1) => "transport_disconnect",
            (_, 2) => "transport_ack",
            _ => "transport_nak",
        }
    }

    /// The keys that it carries: that of an access level, those in a property that is named by its object's type (03.03.07,
    /// extended property services: type, twelve bits each of instance and property, count, start, values).
    pub fn secret(&self) -> Option<&'a [u8]> {
        match (self.application?, self.data) {
            (0x3d1 | 0x3d3, data) => Some(data.get(1..).map_or(&[][..], |key| key.get(..4).unwrap_or(key))),
            (0x1cd | 0x1ce | 0x1d0, [high, low, _, middle, last, _, _, _, values @ ..]) if !values.is_empty() => {
                let (object, property) = (u16::from_be_bytes([*high, *low]), u16::from_be_bytes([*middle & 0x0f, *last]));
                is_secret(object, property).then_some(values)
            }
            _ => None,
        }
    }

    /// The value of a group, by its size: the type is known to the project alone.
    pub fn value(&self) -> Datum<'a> {
        match (self.application, self.data) {
            (Some(bits), []) => Datum::Number((bits & 0x3f) as u8),
            (_, [byte]) => Datum::Number(*byte),
            (_, data) => Datum::Bytes(data),
        }
    }

    /// Whether it tells a value of a group.
    pub fn tells_group(&self) -> bool {
        self.to_group && matches!(self.application, Some(0x040..=0x0bf))
    }
}

impl<'a> Property<'a> {
    /// Keys and passwords: of the KNXnet/IP parameters the backbone's key, the device's code and the users' passwords (AN159);
    /// of the security object the tables of keys and the tool's key.
    pub const fn is_secret(&self) -> bool {
        is_secret(self.object, self.property as u16)
    }

    /// Without count and start (03.06.03, 4.1.7.3.7).
    fn function(code: u8, r: &mut Reader<'a>) -> Option<Self> {
        let (object, instance, property) = (r.u16().ok()?, r.u8().ok()?, r.u8().ok()?);
        Some(Self { code, object, instance, property, count: 0, start: 0, data: r.rest() })
    }

    fn read(code: u8, r: &mut Reader<'a>) -> Option<Self> {
        let (object, instance, property) = (r.u16().ok()?, r.u8().ok()?, r.u8().ok()?);
        let range = r.u16().ok()?;
        Some(Self { code, object, instance, property, count: (range >> 12) as u8, start: range & 0xfff, data: r.rest() })
    }
}

const fn is_secret(object: u16, property: u16) -> bool {
    matches!((object, property), (11, 91..=93) | (17, 52..=54 | 56))
}

/// A value by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum<'a> {
    /// Six bits or a byte.
    Number(u8),
    /// Longer: as it stands.
    Bytes(&'a [u8]),
}

impl Datum<'_> {
    /// Gives it as a value.
    pub fn with<T>(self, say: impl FnOnce(Value<'_>) -> T) -> T {
        match self {
            Self::Number(number) => say(Value::Number(number.into())),
            Self::Bytes(_) => say(Value::Text(&self.to_string())),
        }
    }
}

impl fmt::Display for Datum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => write!(f, "0x{}", hex_cut(bytes, DATA_MAX)),
        }
    }
}

/// Where a telegram goes, for people.
pub fn show_destination(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let address = (numbers[0] & 0xffff) as u16;
    if numbers[1] == 1 { write!(f, "{}", Group(address)) } else { write!(f, "{}", Individual(address)) }
}

/// `object 0 property 11`, for people.
pub fn show_property(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "object {}", numbers[0])?;
    if numbers[1] > 1 {
        write!(f, " instance {}", numbers[1])?;
    }
    write!(f, " property {}", numbers[2])
}
