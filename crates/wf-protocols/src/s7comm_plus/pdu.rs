//! Frames, messages and what functions carry.

use super::address::{Item, Items};
use super::names::opcode;
use super::object::Parts;
use super::value::{Bad, Value};
use super::vlq;
use wf_wire::{Reader, Short};

/// First byte of every frame.
pub const PROTOCOL_ID: u8 = 0x72;
/// Version byte of a keep-alive.
const KEEP_ALIVE: u8 = 0xff;
/// Version byte of an event of the system.
const SYSTEM_EVENT: u8 = 0xfe;
/// Bytes of a digest (HMAC-SHA256).
const DIGEST: u8 = 32;

/// What one COTP message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Nothing but a number that counts up.
    KeepAlive(u8),
    /// An event of the system (a confirmation, the end of a session); its layout is known in part alone.
    Event(&'a [u8]),
    /// A message, or a part of one.
    Part(Part<'a>),
}

/// A message, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Version of the protocol.
    pub version: u8,
    /// The bytes, without a digest in front.
    pub data: &'a [u8],
    /// A digest stood in front (version 3).
    pub digest: bool,
    /// A trailer follows: the message is whole.
    pub last: bool,
    /// What is wrong with it.
    pub fault: Option<&'static str>,
}

/// Reads a frame.
///
/// # Errors
/// The header does not fit.
pub fn frame(bytes: &[u8]) -> Result<Frame<'_>, Short> {
    let mut r = Reader::new(bytes);
    r.skip(1)?;
    let version = r.u8()?;
    if version == KEEP_ALIVE {
        return Ok(Frame::KeepAlive(r.u8()?));
    }
    let len = usize::from(r.u16()?);
    let mut fault = (len > r.left()).then_some("length_mismatch");
    let mut data = r.take(len.min(r.left()))?;
    if version == SYSTEM_EVENT {
        return Ok(Frame::Event(data));
    }
    let rest = r.rest();
    if !matches!(rest, [] | [PROTOCOL_ID, _, 0, 0, ..]) {
        fault = Some("length_mismatch");
    }
    let mut digest = false;
    if version == 3 {
        match data {
            [DIGEST, behind @ ..] if behind.len() >= usize::from(DIGEST) => {
                (digest, data) = (true, behind.get(usize::from(DIGEST)..).unwrap_or(&[]));
            }
            _ => fault = Some("no_digest"),
        }
    }
    Ok(Frame::Part(Part { version, data, digest, last: !rest.is_empty(), fault }))
}

/// A message: its header read, its body apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// Kind of message.
    pub opcode: u8,
    /// Function; 0 in notifications.
    pub function: u16,
    /// Number that an answer repeats; 0 in notifications.
    pub sequence: u16,
    /// Session, in requests.
    pub session: Option<u32>,
    /// Flags of the transport.
    pub transport: u8,
    /// The rest.
    pub body: &'a [u8],
}

impl<'a> Pdu<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// Fewer bytes than the header has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let opcode = r.u8()?;
        let mut pdu = Self { opcode, function: 0, sequence: 0, session: None, transport: 0, body: &[] };
        if opcode != opcode::NOTIFICATION {
            r.skip(2)?;
            pdu.function = r.u16()?;
            r.skip(2)?;
            pdu.sequence = r.u16()?;
            if opcode == opcode::REQUEST {
                pdu.session = Some(r.u32()?);
            }
            pdu.transport = r.u8()?;
        }
        pdu.body = r.rest();
        Ok(pdu)
    }

    /// Whether it is an answer.
    pub const fn is_response(&self) -> bool {
        matches!(self.opcode, opcode::RESPONSE | opcode::RESPONSE_2)
    }

    /// The result of an answer.
    pub fn result(&self) -> Option<u64> {
        if self.is_response() { vlq::unsigned_long(&mut Reader::new(self.body)).ok() } else { None }
    }

    /// What follows the result of an answer.
    pub fn answered(&self) -> Reader<'a> {
        let mut r = Reader::new(self.body);
        let _ = vlq::unsigned_long(&mut r);
        r
    }
}

/// Request for several variables: their addresses, and what follows them.
#[derive(Clone, Debug)]
pub struct Multi<'a> {
    /// Object whose attributes are meant; 0: each address says its own. In reads also a link.
    pub object: u32,
    /// The addresses.
    pub items: Items<'a>,
    /// Values, in writes.
    pub values: Numbered<'a>,
}

impl<'a> Multi<'a> {
    /// Reads a request for several variables.
    ///
    /// # Errors
    /// An address does not fit.
    pub fn read(body: &'a [u8]) -> Result<Self, Bad> {
        let mut r = Reader::new(body);
        let (object, count, fields) = (r.u32()?, vlq::unsigned(&mut r)?, vlq::unsigned(&mut r)?);
        let addresses = if object == 0 { count } else { fields };
        let start = r.rest();
        for _ in 0..addresses {
            if object == 0 {
                Item::read(&mut r)?;
            } else {
                vlq::unsigned(&mut r)?;
            }
        }
        Ok(Self { object, items: Items::new(start, addresses, object), values: Numbered::new(r.rest(), Some(count)) })
    }
}

/// Values with a number each, ended by number 0 or after a count.
#[derive(Clone, Debug)]
pub struct Numbered<'a> {
    reader: Reader<'a>,
    left: Option<u32>,
    over: bool,
    /// What stopped it, if anything did.
    pub failed: Option<Bad>,
}

impl<'a> Numbered<'a> {
    /// Values in `bytes`, so many or until number 0.
    pub const fn new(bytes: &'a [u8], count: Option<u32>) -> Self {
        Self { reader: Reader::new(bytes), left: count, over: false, failed: None }
    }

    /// What follows.
    pub fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    fn one(&mut self) -> Result<Option<(u32, Value<'a>)>, Bad> {
        if self.left == Some(0) {
            return Ok(None);
        }
        let number = vlq::unsigned(&mut self.reader)?;
        if number == 0 {
            return Ok(None);
        }
        self.left = self.left.map(|left| left - 1);
        Value::read(&mut self.reader).map(|value| Some((number, value)))
    }
}

impl<'a> Iterator for Numbered<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let one = self.one();
        self.over = !matches!(one, Ok(Some(_)));
        self.failed = one.err();
        one.ok().flatten()
    }
}

/// Results with the number of the variable each, ended by number 0.
#[derive(Clone, Debug)]
pub struct Refused<'a>(Reader<'a>);

impl<'a> Refused<'a> {
    /// Results in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }
}

impl Iterator for Refused<'_> {
    type Item = (u32, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let number = vlq::unsigned(&mut self.0).ok().filter(|number| *number != 0)?;
        vlq::unsigned_long(&mut self.0).ok().map(|result| (number, result))
    }
}

/// Request to write attributes of one object.
pub fn set_variable(body: &[u8]) -> Result<(u32, Numbered<'_>), Bad> {
    let mut r = Reader::new(body);
    let (object, count) = (r.u32()?, vlq::unsigned(&mut r)?);
    Ok((object, Numbered::new(r.rest(), Some(count))))
}

/// Request to make an object: the object that will hold it, and the object.
pub fn create(body: &[u8]) -> Result<(u32, Parts<'_>), Bad> {
    let mut r = Reader::new(body);
    let parent = r.u32()?;
    Value::read(&mut r)?;
    r.skip(4)?;
    Ok((parent, objects(&mut r)))
}

/// Answer to it, behind the result: numbers of what was made, then objects.
pub fn created(mut r: Reader<'_>) -> Result<(Vec<u32>, Parts<'_>), Short> {
    let count = r.u8()?;
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(vlq::unsigned(&mut r)?);
    }
    Ok((ids, objects(&mut r)))
}

/// Objects; some controllers put a number in front of them.
fn objects<'a>(r: &mut Reader<'a>) -> Parts<'a> {
    if r.peek(0) != Some(0xa1) {
        let _ = vlq::unsigned(r);
    }
    Parts::new(r.rest())
}

/// Request to browse.
#[derive(Clone, Debug)]
pub struct Explore<'a> {
    /// From which object on.
    pub object: u32,
    /// Objects within too.
    pub within: bool,
    /// The attributes that are wanted; none: all.
    pub attributes: Items<'a>,
}

impl<'a> Explore<'a> {
    /// Reads a request to browse.
    ///
    /// # Errors
    /// It does not fit, or has a filter.
    pub fn read(body: &'a [u8]) -> Result<Self, Bad> {
        let mut r = Reader::new(body);
        let object = r.u32()?;
        vlq::unsigned(&mut r)?;
        let [within, _, _, filters] = r.array()?;
        if filters != 0 {
            return Err(Bad::Unknown);
        }
        let count = vlq::unsigned(&mut r)?;
        // As attributes of an object, 0 would mean full addresses.
        Ok(Self { object, within: within != 0, attributes: Items::new(r.rest(), count, object.max(1)) })
    }
}

/// Answer to it, behind the result.
pub fn explored(mut r: Reader<'_>) -> Result<(u32, Parts<'_>), Short> {
    let object = r.u32()?;
    Ok((object, objects(&mut r)))
}

/// Request for a part of a value: its address, and what is written.
pub fn sub_streamed(body: &[u8]) -> Result<(Item, Option<Value<'_>>), Bad> {
    let mut r = Reader::new(body);
    let object = r.u32()?;
    let address = Value::read(&mut r)?;
    let item = super::address::from_numbers(object, address.numbers());
    Ok((item, written(&mut r).ok()))
}

/// What is written stands behind the object qualifier.
fn written<'a>(r: &mut Reader<'a>) -> Result<Value<'a>, Bad> {
    let qualifier = r.u32()?;
    if qualifier != 1256 {
        return Err(Bad::Unknown);
    }
    while vlq::unsigned(r)? != 0 {
        Value::read(r)?;
    }
    r.skip(1)?;
    vlq::unsigned(r)?;
    Value::read(r)
}

/// A notification: values that a subscription asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification<'a> {
    /// The subscription.
    pub subscription: u32,
    /// How many more will come before the client must ask anew; 0 for no limit.
    pub credit: u8,
    /// Counts up.
    pub sequence: u32,
    /// The values.
    pub values: &'a [u8],
}

impl<'a> Notification<'a> {
    /// Reads a notification.
    ///
    /// # Errors
    /// It does not fit, or has a form that is not known.
    pub fn read(body: &'a [u8]) -> Result<Self, Bad> {
        let mut r = Reader::new(body);
        let (subscription, form) = (r.u32()?, r.u16()?);
        if form != 0x0400 {
            return Err(Bad::Unknown);
        }
        r.skip(4)?;
        let credit = r.u8()?;
        // Objects of the newer controllers have high numbers; these count with variable length.
        let newer = subscription > 0x7000_0000;
        let sequence = if newer { vlq::unsigned(&mut r)? } else { r.u8()?.into() };
        if matches!(r.peek(0), Some(1..=0x0f)) {
            r.skip(1)?;
        }
        Ok(Self { subscription, credit, sequence, values: r.rest() })
    }

    /// The values by their reference; `None` where the controller could not read one.
    pub fn values(&self) -> Notified<'a> {
        Notified(Reader::new(self.values))
    }
}

/// Values of a notification.
#[derive(Clone, Debug)]
pub struct Notified<'a>(Reader<'a>);

impl<'a> Iterator for Notified<'a> {
    type Item = (u32, Option<Value<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        let r = &mut self.0;
        match r.u8().ok()? {
            0x92 => Some((r.u32().ok()?, Some(Value::read(r).ok()?))),
            0x9b => Some((vlq::unsigned(r).ok()?, Some(Value::read(r).ok()?))),
            0x13 => Some((r.u32().ok()?, None)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn frames() {
        let check = |bytes: &str, last, fault| match frame(&hex(bytes)) {
            Ok(Frame::Part(part)) => assert_eq!((part.last, part.fault), (last, fault), "{bytes}"),
            other => panic!("{other:?}"),
        };
        check("7201 0002 3100 72010000", true, None);
        check("7202 0002 3100", false, None);
        check("7202 0005 3100", false, Some("length_mismatch"));
        check("7202 0001 31 00", true, Some("length_mismatch"));
        check("7203 0002 3100 72030000", true, Some("no_digest"));
        let signed = [hex("7203 0022 20"), vec![7; 32], hex("33 72030000")].concat();
        let want = Part { version: 3, data: &[0x33], digest: true, last: true, fault: None };
        assert_eq!(frame(&signed), Ok(Frame::Part(want)));
        assert_eq!(frame(&hex("72ff0500")), Ok(Frame::KeepAlive(5)));
        assert_eq!(frame(&hex("72fe 0001 07")), Ok(Frame::Event(&[7])));
        assert!(frame(&hex("7202 00")).is_err());
    }

    #[test]
    fn notifications() {
        let body = hex("1000006a 0400 0000 0000 01 01 92ffffffff 0007 03e9 92fffffffe 0007 0002 1300000001 00 00000000");
        let found =
            Notification::read(&body).map(|n| (n.sequence, n.values().map(|(r, v)| (r, v.is_some())).collect::<Vec<_>>()));
        assert_eq!(found, Ok((1, vec![(0xffff_ffff, true), (0xffff_fffe, true), (1, false)])));
    }
}
