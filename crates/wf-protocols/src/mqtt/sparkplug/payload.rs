//! Payloads and metrics (Sparkplug 3.0.0 clause 6.4).

use super::proto::{Fields, Value as Raw};
use std::fmt;

/// Beginning of topics that carry such payloads.
pub const NAMESPACE: &str = "spBv1.0/";

/// What a topic says (clause 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    /// Group.
    pub group: &'a str,
    /// Message type.
    pub kind: Kind,
    /// Edge node.
    pub node: &'a str,
    /// Device behind it.
    pub device: Option<&'a str>,
}

/// Message types (clause 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Birth certificate of an edge node.
    NodeBirth,
    /// Death certificate of an edge node.
    NodeDeath,
    /// Birth certificate of a device.
    DeviceBirth,
    /// Death certificate of a device.
    DeviceDeath,
    /// Values of an edge node.
    NodeData,
    /// Values of a device.
    DeviceData,
    /// Command to an edge node.
    NodeCommand,
    /// Command to a device.
    DeviceCommand,
}

impl Kind {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "NBIRTH" => Self::NodeBirth,
            "NDEATH" => Self::NodeDeath,
            "DBIRTH" => Self::DeviceBirth,
            "DDEATH" => Self::DeviceDeath,
            "NDATA" => Self::NodeData,
            "DDATA" => Self::DeviceData,
            "NCMD" => Self::NodeCommand,
            "DCMD" => Self::DeviceCommand,
            _ => return None,
        })
    }

    /// As in topics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NodeBirth => "NBIRTH",
            Self::NodeDeath => "NDEATH",
            Self::DeviceBirth => "DBIRTH",
            Self::DeviceDeath => "DDEATH",
            Self::NodeData => "NDATA",
            Self::DeviceData => "DDATA",
            Self::NodeCommand => "NCMD",
            Self::DeviceCommand => "DCMD",
        }
    }

    /// Function of an operation.
    #[must_use]
    pub const fn function(self) -> &'static str {
        match self {
            Self::NodeBirth => "node_birth",
            Self::NodeDeath => "node_death",
            Self::DeviceBirth => "device_birth",
            Self::DeviceDeath => "device_death",
            Self::NodeData => "node_data",
            Self::DeviceData => "device_data",
            Self::NodeCommand => "node_command",
            Self::DeviceCommand => "device_command",
        }
    }

    /// Says what metrics there are.
    #[must_use]
    pub const fn is_birth(self) -> bool {
        matches!(self, Self::NodeBirth | Self::DeviceBirth)
    }

    /// An order.
    #[must_use]
    pub const fn is_command(self) -> bool {
        matches!(self, Self::NodeCommand | Self::DeviceCommand)
    }
}

impl<'a> Topic<'a> {
    /// Reads a topic of edge nodes and devices; that of a host's state is another matter.
    #[must_use]
    pub fn read(topic: &'a str) -> Option<Self> {
        let mut parts = topic.strip_prefix(NAMESPACE)?.splitn(4, '/');
        let (group, kind, node) = (parts.next()?, Kind::read(parts.next()?)?, parts.next()?);
        Some(Self { group, kind, node, device: parts.next() })
    }
}

/// `group/node` or `group/node/device`.
impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.node)?;
        self.device.map_or(Ok(()), |device| write!(f, "/{device}"))
    }
}

/// A payload.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// Milliseconds since 1970.
    pub timestamp: Option<u64>,
    /// Sequence number, 0 to 255.
    pub sequence: Option<u64>,
    /// It ends within a field.
    pub broken: bool,
    bytes: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Reads what is beside the metrics.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        let mut payload = Self { timestamp: None, sequence: None, broken: false, bytes };
        let mut fields = Fields::new(bytes);
        for (number, value) in fields.by_ref() {
            match number {
                1 => payload.timestamp = value.number(),
                3 => payload.sequence = value.number(),
                _ => {}
            }
        }
        payload.broken = fields.broken;
        payload
    }

    /// Its metrics one by one.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        Fields::new(self.bytes).filter(|(number, _)| *number == 2).filter_map(|(_, value)| value.bytes()).map(Metric::read)
    }
}

/// A metric's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'a> {
    /// None, or null.
    Nothing,
    /// An integer, to be read by its type.
    Integer(u64),
    /// A floating point number.
    Float(f64),
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(&'a str),
    /// So many bytes of something else: bytes, file, data set, template, array.
    Bytes(usize),
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric<'a> {
    /// Name, which later messages may leave out.
    pub name: Option<&'a str>,
    /// Number that stands in for it.
    pub alias: Option<u64>,
    /// Milliseconds since 1970.
    pub timestamp: Option<u64>,
    /// Type (clause 6.4.16).
    pub datatype: Option<u8>,
    /// A value of the past, sent late.
    pub historical: bool,
    /// Value.
    pub content: Content<'a>,
}

fn text(value: Raw<'_>) -> Option<&str> {
    value.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

impl<'a> Metric<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let content = Content::Nothing;
        let mut metric = Self { name: None, alias: None, timestamp: None, datatype: None, historical: false, content };
        for (number, value) in Fields::new(bytes) {
            match (number, value) {
                (1, _) => metric.name = text(value).filter(|name| !name.is_empty()),
                (2, Raw::Number(alias)) => metric.alias = Some(alias),
                (3, Raw::Number(time)) => metric.timestamp = Some(time),
                (4, Raw::Number(kind)) => metric.datatype = u8::try_from(kind).ok(),
                (5, Raw::Number(flag)) => metric.historical = flag != 0,
                (10 | 11, Raw::Number(integer)) => metric.content = Content::Integer(integer),
                (12, Raw::Four(bits)) => metric.content = Content::Float(f32::from_bits(bits).into()),
                (13, Raw::Eight(bits)) => metric.content = Content::Float(f64::from_bits(bits)),
                (14, Raw::Number(flag)) => metric.content = Content::Flag(flag != 0),
                (15, Raw::Bytes(bytes)) => metric.content = text(value).map_or(Content::Bytes(bytes.len()), Content::Text),
                (16..=19, Raw::Bytes(bytes)) => metric.content = Content::Bytes(bytes.len()),
                _ => {}
            }
        }
        metric
    }

    /// The value as a number with the sign that its type has, or as what else it is.
    #[must_use]
    pub fn value(&self, datatype: Option<u8>) -> Option<wf_wire::decode::Value<'a>> {
        use wf_wire::decode::Value;
        Some(match self.content {
            Content::Nothing | Content::Bytes(_) => return None,
            Content::Integer(integer) => Value::Number(signed(integer, datatype.unwrap_or(0))),
            Content::Float(number) => Value::Number(number),
            Content::Flag(flag) => Value::Flag(flag),
            Content::Text(text) => Value::Text(text),
        })
    }
}

/// Integers lie in unsigned fields; the signed types use them in two's complement.
fn signed(raw: u64, datatype: u8) -> f64 {
    let bytes = raw.to_le_bytes();
    let [one, two, three, four, ..] = bytes;
    match datatype {
        1 => i8::from_le_bytes([one]).into(),
        2 => i16::from_le_bytes([one, two]).into(),
        3 => i32::from_le_bytes([one, two, three, four]).into(),
        4 => i64::from_le_bytes(bytes) as f64,
        _ => raw as f64,
    }
}

/// Name of a type.
#[must_use]
pub const fn datatype(kind: u8) -> &'static str {
    match kind {
        1 => "int8",
        2 => "int16",
        3 => "int32",
        4 => "int64",
        5 => "uint8",
        6 => "uint16",
        7 => "uint32",
        8 => "uint64",
        9 => "float",
        10 => "double",
        11 => "boolean",
        12 => "string",
        13 => "date_time",
        14 => "text",
        15 => "uuid",
        16 => "data_set",
        17 => "bytes",
        18 => "file",
        19 => "template",
        20 => "property_set",
        21 => "property_set_list",
        22..=34 => "array",
        _ => "unknown",
    }
}
