//! Control packets (MQTT 5.0 and 3.1.1 clauses 2 and 3, MQTT 3.1 clauses 2 and 3).

use super::properties::Properties;
use wf_wire::{Reader, Short};

/// CONNECT.
pub const CONNECT: u8 = 1;
/// CONNACK.
pub const CONNACK: u8 = 2;
/// PUBLISH.
pub const PUBLISH: u8 = 3;
/// PUBACK.
pub const PUBACK: u8 = 4;
/// PUBREC.
pub const PUBREC: u8 = 5;
/// PUBREL.
pub const PUBREL: u8 = 6;
/// PUBCOMP.
pub const PUBCOMP: u8 = 7;
/// SUBSCRIBE.
pub const SUBSCRIBE: u8 = 8;
/// SUBACK.
pub const SUBACK: u8 = 9;
/// UNSUBSCRIBE.
pub const UNSUBSCRIBE: u8 = 10;
/// UNSUBACK.
pub const UNSUBACK: u8 = 11;

/// The version whose packets have properties.
pub const FIVE: u8 = 5;

/// A variable byte integer: seven bits an octet, four octets at most (clause 1.5.5).
pub fn variable(r: &mut Reader<'_>) -> Result<u32, Short> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let octet = r.u8()?;
        value |= u32::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Short { needed: 1, left: 0 })
}

/// Bytes behind their length of two octets.
pub fn counted<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Short> {
    let length = r.u16()?;
    r.take(length.into())
}

/// Type, flags and remaining length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Packet type, 0 to 15.
    pub kind: u8,
    /// The four bits beside it.
    pub flags: u8,
    /// Octets of the fixed header.
    pub size: usize,
    /// Octets behind it.
    pub length: usize,
}

/// Why there is no fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHead {
    /// Too few bytes.
    Short,
    /// A fifth octet of length.
    Length,
}

impl Head {
    /// Reads the fixed header.
    pub fn read(bytes: &[u8]) -> Result<Self, NoHead> {
        let mut r = Reader::new(bytes);
        let first = r.u8().map_err(|_| NoHead::Short)?;
        let length = variable(&mut r).map_err(|_| if bytes.len() > 4 { NoHead::Length } else { NoHead::Short })?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self { kind: first >> 4, flags: first & 0x0f, size: r.position(), length })
    }

    /// Octets of the whole packet.
    #[must_use]
    pub const fn whole(&self) -> usize {
        self.size + self.length
    }

    /// The flags are those that the type has (clause 2.1.3); version 3.1 has a duplicate flag for some.
    #[must_use]
    pub const fn has_proper_flags(&self) -> bool {
        match self.kind {
            PUBLISH => self.flags & 6 != 6,
            PUBREL | SUBSCRIBE | UNSUBSCRIBE => self.flags & 7 == 2,
            _ => self.flags == 0,
        }
    }

    /// Flags and length are such as the type can have.
    #[must_use]
    pub const fn is_proper(&self) -> bool {
        let length = match self.kind {
            0 => false,
            CONNECT => self.length >= 10,
            PUBLISH => self.length >= 3,
            SUBSCRIBE | UNSUBSCRIBE => self.length >= 5,
            SUBACK => self.length >= 3,
            CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | UNSUBACK => self.length >= 2,
            12 | 13 => self.length == 0,
            _ => true,
        };
        length && self.has_proper_flags()
    }

    /// How a publication is to be delivered, 0 to 3.
    #[must_use]
    pub const fn qos(&self) -> u8 {
        self.flags >> 1 & 3
    }
}

/// What a client leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct Will<'a> {
    /// Where it is to be published.
    pub topic: &'a [u8],
    /// What.
    pub payload: &'a [u8],
}

/// A connection's request.
#[derive(Clone, Copy, Debug)]
pub struct Connect<'a> {
    /// `MQTT`, or before 3.1.1 `MQIsdp`.
    pub protocol: &'a [u8],
    /// Version, with the highest bit of a bridge.
    pub level: u8,
    /// Flags.
    pub flags: u8,
    /// Seconds.
    pub keep_alive: u16,
    /// Properties.
    pub properties: Properties<'a>,
    /// Client identifier.
    pub client_id: &'a [u8],
    /// Will.
    pub will: Option<Will<'a>>,
    /// User name.
    pub user: Option<&'a [u8]>,
    /// Password, empty without one: it is not kept.
    pub password: &'a [u8],
}

impl Connect<'_> {
    /// A protocol and version that there is: 3.1, 3.1.1, 5, and the first two of a bridge.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match self.protocol {
            b"MQTT" => matches!(self.level & 0x7f, 4 | 5),
            b"MQIsdp" => self.level & 0x7f == 3,
            _ => false,
        }
    }
}

/// What is behind the fixed header.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// CONNECT.
    Connect(Connect<'a>),
    /// CONNACK.
    ConnAck {
        /// The broker kept a session.
        present: bool,
        /// Return or reason code.
        code: u8,
        /// Properties.
        properties: Properties<'a>,
    },
    /// PUBLISH.
    Publish {
        /// Topic, empty where an alias stands in.
        topic: &'a [u8],
        /// Packet identifier of what is to be confirmed.
        id: Option<u16>,
        /// Properties.
        properties: Properties<'a>,
        /// Payload, as far as it is kept.
        payload: &'a [u8],
    },
    /// What has an identifier, a list, or a reason code: all acknowledgements, subscriptions, DISCONNECT, AUTH.
    Other {
        /// Packet identifier.
        id: Option<u16>,
        /// Reason code.
        code: Option<u8>,
        /// Properties.
        properties: Properties<'a>,
        /// Topic filters, or a code for each of them.
        list: &'a [u8],
    },
}

/// Reads what is behind the fixed header; what a cut packet has in front is given with the error.
pub fn body<'a>(head: Head, version: u8, bytes: &'a [u8]) -> Result<Body<'a>, Short> {
    let mut r = Reader::new(bytes);
    match head.kind {
        CONNECT => connect(&mut r).map(Body::Connect),
        CONNACK => {
            let (present, code) = (r.u8()? & 1 != 0, r.u8()?);
            let properties = if version == FIVE && !r.is_empty() { Properties::read(&mut r)? } else { Properties::NONE };
            Ok(Body::ConnAck { present, code, properties })
        }
        PUBLISH => {
            let topic = counted(&mut r)?;
            let id = if head.qos() > 0 { Some(r.u16()?) } else { None };
            let properties = if version == FIVE { Properties::read(&mut r)? } else { Properties::NONE };
            Ok(Body::Publish { topic, id, properties, payload: r.rest() })
        }
        _ => other(head.kind, version, &mut r),
    }
}

fn connect<'a>(r: &mut Reader<'a>) -> Result<Connect<'a>, Short> {
    let (protocol, level, flags, keep_alive) = (counted(r)?, r.u8()?, r.u8()?, r.u16()?);
    let five = level & 0x7f == FIVE;
    let properties = if five { Properties::read(r)? } else { Properties::NONE };
    let client_id = counted(r)?;
    let will = if flags & 4 != 0 {
        if five {
            Properties::read(r)?;
        }
        Some(Will { topic: counted(r)?, payload: counted(r)? })
    } else {
        None
    };
    let user = if flags & 0x80 != 0 { Some(counted(r)?) } else { None };
    let password = if flags & 0x40 != 0 { counted(r)? } else { &[] };
    Ok(Connect { protocol, level, flags, keep_alive, properties, client_id, will, user, password })
}

fn other<'a>(kind: u8, version: u8, r: &mut Reader<'a>) -> Result<Body<'a>, Short> {
    let five = version == FIVE;
    let id = if matches!(kind, PUBACK..=UNSUBACK) { Some(r.u16()?) } else { None };
    // A success without properties may leave its reason code out.
    let coded = matches!(kind, PUBACK..=PUBCOMP | 14 | 15) && five && !r.is_empty();
    let code = if coded { Some(r.u8()?) } else { None };
    let may_have = matches!(kind, SUBSCRIBE..=UNSUBACK) || (coded && !r.is_empty());
    let properties = if five && may_have { Properties::read(r)? } else { Properties::NONE };
    Ok(Body::Other { id, code, properties, list: r.rest() })
}

/// Topic filters of a subscription (with their options) or of its end.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    reader: Reader<'a>,
    options: bool,
}

impl<'a> Filters<'a> {
    /// Those of a packet of that kind.
    #[must_use]
    pub const fn new(kind: u8, list: &'a [u8]) -> Self {
        Self { reader: Reader::new(list), options: kind == SUBSCRIBE }
    }
}

impl<'a> Iterator for Filters<'a> {
    type Item = (&'a [u8], u8);

    fn next(&mut self) -> Option<(&'a [u8], u8)> {
        let filter = counted(&mut self.reader).ok()?;
        let options = if self.options { self.reader.u8().ok()? } else { 0 };
        Some((filter, options))
    }
}
