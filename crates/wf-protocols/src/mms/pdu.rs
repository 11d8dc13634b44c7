//! MMS protocol data units (ISO 9506-2, clause 7), borrowed from the message.

use crate::ber::{self, Element, Elements, INTEGER, SEQUENCE};

/// Kinds of protocol data units, by the tags of the MMSpdu choice.
pub mod kind {
    /// confirmed-RequestPDU.
    pub const REQUEST: u32 = 0;
    /// confirmed-ResponsePDU.
    pub const RESPONSE: u32 = 1;
    /// confirmed-ErrorPDU.
    pub const ERROR: u32 = 2;
    /// unconfirmed-PDU.
    pub const UNCONFIRMED: u32 = 3;
    /// rejectPDU.
    pub const REJECT: u32 = 4;
    /// cancel-RequestPDU.
    pub const CANCEL_REQUEST: u32 = 5;
    /// cancel-ErrorPDU.
    pub const CANCEL_ERROR: u32 = 7;
    /// initiate-RequestPDU.
    pub const INITIATE_REQUEST: u32 = 8;
    /// initiate-ResponsePDU.
    pub const INITIATE_RESPONSE: u32 = 9;
    /// initiate-ErrorPDU.
    pub const INITIATE_ERROR: u32 = 10;
    /// conclude-RequestPDU.
    pub const CONCLUDE_REQUEST: u32 = 11;
    /// conclude-ResponsePDU.
    pub const CONCLUDE_RESPONSE: u32 = 12;
    /// conclude-ErrorPDU.
    pub const CONCLUDE_ERROR: u32 = 13;
}

/// One protocol data unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pdu<'a> {
    /// Tag of the choice.
    pub kind: u32,
    /// Invoke identifier, of confirmed services and their errors.
    pub invoke: Option<i32>,
    /// Invoke identifier that a reject or a cancel is about.
    pub original: Option<i32>,
    /// The service, or what the unit is made of.
    pub body: Option<Element<'a>>,
    /// A part is missing or damaged.
    pub damaged: bool,
}

#[expect(clippy::cast_possible_truncation, reason = "Unsigned32, shown signed where its leading zero is missing")]
fn invoke(e: Element<'_>) -> Option<i32> {
    ber::integer(e.bytes).map(|n| n as i32)
}

impl<'a> Pdu<'a> {
    /// Reads a unit; `None`: no MMS.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let outer = Elements::new(bytes).next()?;
        let kind = outer.context().filter(|kind| *kind <= kind::CONCLUDE_ERROR)?;
        let mut found = Self { kind, invoke: None, original: None, body: None, damaged: outer.cut };
        let mut fields = outer.elements();
        match kind {
            kind::REQUEST | kind::RESPONSE => {
                found.invoke = fields.take_tag(INTEGER).and_then(invoke);
                if kind == kind::REQUEST {
                    fields.take_tag(SEQUENCE); // modifiers
                }
                found.body = fields.next().filter(|e| e.context().is_some());
                found.damaged |= found.invoke.is_none() || fields.is_broken();
            }
            kind::ERROR => {
                for e in fields.by_ref() {
                    match e.context() {
                        Some(0) => found.invoke = invoke(e),
                        Some(2) => found.body = Some(e),
                        _ => {}
                    }
                }
                found.damaged |= found.invoke.is_none() || fields.is_broken();
            }
            kind::UNCONFIRMED => {
                found.body = fields.next().filter(|e| e.context().is_some());
                found.damaged |= found.body.is_none();
            }
            kind::REJECT | kind::CANCEL_ERROR => {
                found.original = fields.take_tag(ber::Tag::context(0)).and_then(invoke);
                found.body = fields.next();
            }
            kind::CANCEL_REQUEST | 6 => found.original = invoke(outer),
            kind::INITIATE_ERROR | kind::CONCLUDE_ERROR | kind::INITIATE_REQUEST | kind::INITIATE_RESPONSE => {
                found.body = Some(outer);
            }
            _ => {}
        }
        Some(found)
    }

    /// What an answer and its request have in common: the invoke identifier; numbers of their own for the association.
    #[must_use]
    pub fn key(&self) -> i32 {
        match self.kind {
            kind::INITIATE_REQUEST | kind::INITIATE_RESPONSE | kind::INITIATE_ERROR => i32::MIN,
            kind::CONCLUDE_REQUEST | kind::CONCLUDE_RESPONSE | kind::CONCLUDE_ERROR => i32::MIN + 1,
            _ => self.invoke.or(self.original).unwrap_or(i32::MIN + 2),
        }
    }

    /// Whether it has what its kind must have: for telling MMS from other applications.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        match self.kind {
            kind::REQUEST | kind::RESPONSE | kind::ERROR => self.invoke.is_some(),
            kind::UNCONFIRMED => self.service_tag().is_some_and(|tag| tag <= 2),
            kind::REJECT => self.error().is_some(),
            kind::CANCEL_REQUEST | 6 | kind::CANCEL_ERROR => self.original.is_some(),
            kind::INITIATE_REQUEST | kind::INITIATE_RESPONSE => self.field(4).is_some() || self.field(1).is_some(),
            _ => true,
        }
    }

    /// The tag of the service, confirmed or not.
    #[must_use]
    pub fn service_tag(&self) -> Option<u32> {
        self.body.and_then(|b| b.context())
    }

    /// The service of a confirmed request or response, by its tag.
    #[must_use]
    pub fn service(&self) -> Option<u32> {
        match self.kind {
            kind::REQUEST | kind::RESPONSE => self.body.and_then(|b| b.context()),
            _ => None,
        }
    }

    /// Contents of the service; nothing where it has none.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements::new(self.body.map_or(&[], |b| b.bytes))
    }

    /// The first element of the service with this context-specific tag.
    #[must_use]
    pub fn field(&self, number: u32) -> Option<Element<'a>> {
        self.elements().find(|e| e.context() == Some(number))
    }

    /// Class and code of an error; of a reject its reason.
    #[must_use]
    pub fn error(&self) -> Option<(u32, i64)> {
        let body = self.body?;
        if self.kind == kind::REJECT {
            return Some((body.context()?, ber::integer(body.bytes)?));
        }
        let class = body.elements().find(|e| e.context() == Some(0))?;
        let code = class.elements().next()?;
        Some((code.context()?, ber::integer(code.bytes)?))
    }
}
