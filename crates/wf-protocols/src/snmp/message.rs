//! Messages of all versions (RFC 1157, RFC 1901, RFC 3412) and their PDUs (RFC 3416), borrowed from the packet.

use crate::ber::{self, Fault, expect};
use std::net::Ipv4Addr;
use wf_wire::Reader;

/// Identifier octets of the universal class (X.690), as far as SNMP has them: tag numbers below 31, definite lengths
/// (RFC 3417, clause 8).
pub mod universal {
    /// Number.
    pub const INTEGER: u8 = 0x02;
    /// Octets.
    pub const OCTETS: u8 = 0x04;
    /// Nothing.
    pub const NULL: u8 = 0x05;
    /// Object identifier.
    pub const OID: u8 = 0x06;
    /// Sequence.
    pub const SEQUENCE: u8 = 0x30;
}

/// Types of PDU: numbers of their context tags.
pub mod pdu {
    /// Asks for values.
    pub const GET: u8 = 0;
    /// Asks for what follows.
    pub const GET_NEXT: u8 = 1;
    /// Answers.
    pub const RESPONSE: u8 = 2;
    /// Writes.
    pub const SET: u8 = 3;
    /// Reports an event (version 1).
    pub const TRAP: u8 = 4;
    /// Asks for many.
    pub const GET_BULK: u8 = 5;
    /// Reports an event and wants an answer.
    pub const INFORM: u8 = 6;
    /// Reports an event (version 2).
    pub const TRAP_V2: u8 = 7;
    /// Says why a message of version 3 was not taken.
    pub const REPORT: u8 = 8;
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// 0 for version 1, 1 for 2c, 2 for 2u, 3.
    pub version: i64,
    /// Community of versions 1 and 2c; parameters of 2u.
    pub community: Option<&'a [u8]>,
    /// Header of version 3.
    pub secure: Option<Secure<'a>>,
    /// What it carries; `None` where it is encrypted or not there.
    pub pdu: Option<Pdu<'a>>,
    /// Type of what it carries, where the standard has none such.
    pub unknown_pdu: Option<u8>,
    /// What it carries is encrypted.
    pub encrypted: bool,
    /// Octets are missing, or one of its parts is not what must be there.
    pub fault: Option<Fault>,
    /// Octets behind it.
    pub trailing: usize,
}

/// Header and security parameters of version 3 (RFC 3412, clause 6; RFC 3414, clause 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secure<'a> {
    /// Message.
    pub id: i64,
    /// Most octets of an answer.
    pub max_size: i64,
    /// Authenticated 1, encrypted 2, report wanted 4.
    pub flags: u8,
    /// 3 for the user-based model.
    pub model: i64,
    /// Engine whose clock and keys count.
    pub engine: &'a [u8],
    /// Its restarts.
    pub boots: i64,
    /// Its seconds since the last one.
    pub time: i64,
    /// User.
    pub user: &'a [u8],
    /// Engine and name of the context.
    pub context: (&'a [u8], &'a [u8]),
}

/// A PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// Type.
    pub kind: u8,
    /// Request.
    pub request_id: Option<i64>,
    /// Status of an answer; repeaters once of a bulk request.
    pub status: i64,
    /// Place of the value that failed; repetitions of a bulk request.
    pub index: i64,
    /// What a trap of version 1 says before its values.
    pub trap: Option<Trap<'a>>,
    /// Names with their values.
    pub variables: &'a [u8],
}

/// Head of a trap of version 1 (RFC 1157, clause 4.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trap<'a> {
    /// Kind of the device.
    pub enterprise: &'a [u8],
    /// Its address.
    pub agent: Option<Ipv4Addr>,
    /// Kind of event: 6 for the enterprise's own.
    pub generic: i64,
    /// The enterprise's own kind.
    pub specific: i64,
    /// Hundredths of seconds since its start.
    pub uptime: u64,
}

fn integer(r: &mut Reader<'_>) -> Result<i64, Fault> {
    ber::integer(expect(r, universal::INTEGER)?.bytes).ok_or(Fault::Form)
}

fn octets<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    Ok(expect(r, universal::OCTETS)?.bytes)
}

impl<'a> Message<'a> {
    /// Reads a message; `None` where it is not one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let whole = expect(&mut r, universal::SEQUENCE).ok()?;
        let mut inside = Reader::new(whole.bytes);
        let version = integer(&mut inside).ok().filter(|version| (0..=3).contains(version))?;
        let (community, secure, encrypted, trailing) = (None, None, false, r.left());
        let fault = whole.cut.then_some(Fault::Short);
        let mut message = Self { version, community, secure, pdu: None, unknown_pdu: None, encrypted, fault, trailing };
        if let Err(fault) = message.rest(&mut inside) {
            message.fault = message.fault.or(Some(fault));
        }
        Some(message)
    }

    fn rest(&mut self, r: &mut Reader<'a>) -> Result<(), Fault> {
        if self.version == 3 {
            return self.secured(r);
        }
        self.community = Some(octets(r)?);
        // Version 2u may encrypt what it carries (RFC 1910).
        if self.version == 2 && r.peek(0) == Some(universal::OCTETS) {
            self.encrypted = true;
            return Ok(());
        }
        self.carried(r)
    }

    fn secured(&mut self, r: &mut Reader<'a>) -> Result<(), Fault> {
        let secure = self.secure.insert(Secure::default());
        let mut global = Reader::new(expect(r, universal::SEQUENCE)?.bytes);
        secure.id = integer(&mut global)?;
        secure.max_size = integer(&mut global)?;
        secure.flags = octets(&mut global)?.first().copied().unwrap_or(0);
        secure.model = integer(&mut global)?;
        let mut parameters = Reader::new(octets(r)?);
        if secure.model == 3 {
            let mut user = Reader::new(expect(&mut parameters, universal::SEQUENCE)?.bytes);
            secure.engine = octets(&mut user)?;
            secure.boots = integer(&mut user)?;
            secure.time = integer(&mut user)?;
            secure.user = octets(&mut user)?;
        }
        if r.peek(0) == Some(universal::OCTETS) {
            self.encrypted = true;
            return Ok(());
        }
        let mut scoped = Reader::new(expect(r, universal::SEQUENCE)?.bytes);
        secure.context = (octets(&mut scoped)?, octets(&mut scoped)?);
        self.carried(&mut scoped)
    }

    fn carried(&mut self, r: &mut Reader<'a>) -> Result<(), Fault> {
        let (identifier, element) = ber::plain(r)?;
        if identifier & 0xe0 != 0xa0 {
            return Err(Fault::Form);
        }
        let kind = identifier & 0x1f;
        if kind > pdu::REPORT {
            self.unknown_pdu = Some(kind);
            return Ok(());
        }
        let (pdu, fault) = Pdu::read(kind, element.bytes);
        self.pdu = Some(pdu);
        let cut = element.cut.then_some(Fault::Short);
        fault.or(cut).map_or(Ok(()), Err)
    }
}

impl<'a> Pdu<'a> {
    fn read(kind: u8, bytes: &'a [u8]) -> (Self, Option<Fault>) {
        let mut pdu = Self { kind, request_id: None, status: 0, index: 0, trap: None, variables: &[] };
        let fault = pdu.fill(&mut Reader::new(bytes)).err();
        (pdu, fault)
    }

    fn fill(&mut self, r: &mut Reader<'a>) -> Result<(), Fault> {
        if self.kind == pdu::TRAP {
            let enterprise = expect(r, universal::OID)?.bytes;
            let agent = expect(r, value::ADDRESS)?.bytes.first_chunk::<4>().map(|octets| Ipv4Addr::from(*octets));
            let (generic, specific) = (integer(r)?, integer(r)?);
            let uptime = ber::unsigned(expect(r, value::TICKS)?.bytes).ok_or(Fault::Form)?;
            self.trap = Some(Trap { enterprise, agent, generic, specific, uptime });
        } else {
            // A number of 32 bits; some write it without a sign, in five octets.
            #[expect(clippy::cast_possible_truncation, reason = "the same 32 bits")]
            let request_id = integer(r)? as i32;
            self.request_id = Some(request_id.into());
            self.status = integer(r)?;
            self.index = integer(r)?;
        }
        let variables = expect(r, universal::SEQUENCE)?;
        self.variables = variables.bytes;
        if variables.cut { Err(Fault::Short) } else { Ok(()) }
    }

    /// Its names and values.
    pub const fn variables(&self) -> Variables<'a> {
        Variables { reader: Reader::new(self.variables), fault: None }
    }
}

/// Identifier octets of values (RFC 2578, clause 7.1; RFC 3416, clause 3).
pub mod value {
    /// IPv4 address.
    pub const ADDRESS: u8 = 0x40;
    /// Counter of 32 bits.
    pub const COUNTER: u8 = 0x41;
    /// Gauge, or unsigned number.
    pub const GAUGE: u8 = 0x42;
    /// Hundredths of seconds.
    pub const TICKS: u8 = 0x43;
    /// Whatever in octets.
    pub const OPAQUE: u8 = 0x44;
    /// Counter of 64 bits.
    pub const COUNTER64: u8 = 0x46;
    /// Unsigned number of version 2u.
    pub const UNSIGNED: u8 = 0x47;
    /// There is no such object.
    pub const NO_OBJECT: u8 = 0x80;
    /// The object has no such instance.
    pub const NO_INSTANCE: u8 = 0x81;
    /// Nothing follows.
    pub const END: u8 = 0x82;
}

/// A name with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Octets of its object identifier.
    pub name: &'a [u8],
    /// Identifier octet of its value.
    pub kind: u8,
    /// Octets of its value.
    pub body: &'a [u8],
}

/// A value by its meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'a> {
    /// None: in requests.
    Nothing,
    /// Signed number.
    Integer(i64),
    /// Gauge or other unsigned number.
    Unsigned(u64),
    /// Number that only rises.
    Counter(u64),
    /// Hundredths of seconds.
    Ticks(u64),
    /// Floating point number in an opaque value.
    Float(f64),
    /// Octets, perhaps text.
    Octets(&'a [u8]),
    /// Object identifier.
    Oid(&'a [u8]),
    /// IPv4 address.
    Address(Ipv4Addr),
    /// Why there is none.
    Exception(&'static str),
}

impl<'a> Variable<'a> {
    /// Its value; octets where they do not fit its type.
    pub fn content(&self) -> Content<'a> {
        let octets = Content::Octets(self.body);
        match self.kind {
            universal::NULL => Content::Nothing,
            universal::INTEGER => ber::integer(self.body).map_or(octets, Content::Integer),
            universal::OID => Content::Oid(self.body),
            value::ADDRESS => self.body.try_into().map_or(octets, |four: [u8; 4]| Content::Address(four.into())),
            value::COUNTER | value::COUNTER64 => ber::unsigned(self.body).map_or(octets, Content::Counter),
            value::GAUGE | value::UNSIGNED => ber::unsigned(self.body).map_or(octets, Content::Unsigned),
            value::TICKS => ber::unsigned(self.body).map_or(octets, Content::Ticks),
            value::OPAQUE => match self.body {
                // Net-SNMP's floating point numbers: context tags 120 and 121, wrapped.
                [0x9f, 0x78, 4, four @ ..] => four.try_into().map_or(octets, |f| Content::Float(f32::from_be_bytes(f).into())),
                [0x9f, 0x79, 8, eight @ ..] => eight.try_into().map_or(octets, |f| Content::Float(f64::from_be_bytes(f))),
                _ => octets,
            },
            value::NO_OBJECT => Content::Exception("no_such_object"),
            value::NO_INSTANCE => Content::Exception("no_such_instance"),
            value::END => Content::Exception("end_of_mib_view"),
            _ => octets,
        }
    }

    /// A type that the standard has.
    pub const fn is_known(&self) -> bool {
        matches!(self.kind, 0x02 | 0x04..=0x06 | 0x40..=0x47 | 0x80..=0x82)
    }
}

/// Reads variables one after the other.
#[derive(Clone, Copy)]
pub struct Variables<'a> {
    reader: Reader<'a>,
    /// What ended the reading before its end.
    pub fault: Option<Fault>,
}

impl<'a> Variables<'a> {
    /// Variables of these octets.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), fault: None }
    }

    fn read(&mut self) -> Result<Variable<'a>, Fault> {
        let pair = expect(&mut self.reader, universal::SEQUENCE)?;
        let mut inside = Reader::new(pair.bytes);
        let name = expect(&mut inside, universal::OID)?.bytes;
        let (kind, value) = ber::plain(&mut inside)?;
        if value.cut {
            return Err(Fault::Short);
        }
        Ok(Variable { name, kind, body: value.bytes })
    }
}

impl<'a> Iterator for Variables<'a> {
    type Item = Variable<'a>;

    fn next(&mut self) -> Option<Variable<'a>> {
        if self.fault.is_some() || self.reader.is_empty() {
            return None;
        }
        self.read().map_err(|fault| self.fault = Some(fault)).ok()
    }
}
