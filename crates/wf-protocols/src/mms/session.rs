//! What lies between COTP and MMS: session (ISO 8327-1), presentation (ISO 8823-1) and association control (ISO 8650-1).

use crate::ber::{self, EXTERNAL, Element, Elements, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, Tag};
use smallvec::SmallVec;
use wf_wire::{MessageWriter, Reader, Short};

/// Presentation contexts of one connection.
const CONTEXTS_MAX: usize = 16;
/// Presentation data values of one message that are read.
const VALUES_MAX: usize = 1024;
/// SET of a connect PPDU.
const SET: Tag = Tag { class: ber::UNIVERSAL, number: 17 };
/// MMS abstract syntax without its last arc: 1.0.9506.2 (ISO 9506-2, clause 19).
pub const MMS_SYNTAX: [u8; 4] = [0x28, 0xca, 0x22, 0x02];
/// Abstract syntax of association control: 2.2.1.0.1.
const ACSE_SYNTAX: [u8; 4] = [0x52, 0x01, 0x00, 0x01];

/// A session protocol data unit's kind, by its identifier (ISO 8327-1, 8.3).
pub mod spdu {
    /// DATA TRANSFER, and GIVE TOKENS where another one follows.
    pub const DATA: u8 = 1;
    /// PLEASE TOKENS.
    pub const PLEASE_TOKENS: u8 = 2;
    /// REFUSE.
    pub const REFUSE: u8 = 12;
    /// CONNECT.
    pub const CONNECT: u8 = 13;
    /// ACCEPT.
    pub const ACCEPT: u8 = 14;
    /// ABORT.
    pub const ABORT: u8 = 25;
}

/// Reads a session message: its kind and the user data in it.
///
/// # Errors
/// A header does not fit.
pub fn session(bytes: &[u8]) -> Result<(u8, &[u8]), Short> {
    let mut r = Reader::new(bytes);
    let (mut kind, mut parameters) = unit(&mut r)?;
    // GIVE and PLEASE TOKENS stand before another unit (7.37).
    if matches!(kind, spdu::DATA | spdu::PLEASE_TOKENS) && matches!(r.peek(0), Some(1..=0x3f)) {
        (kind, parameters) = unit(&mut r)?;
    }
    if kind == spdu::DATA {
        return Ok((kind, r.rest()));
    }
    let mut user = &[][..];
    while !parameters.is_empty() {
        let (code, value) = unit(&mut parameters)?;
        if matches!(code, 193 | 194) {
            user = value.rest();
        }
    }
    Ok((kind, user))
}

/// Identifier, length (of three bytes where it begins with 0xff), parameters.
fn unit<'a>(r: &mut Reader<'a>) -> Result<(u8, Reader<'a>), Short> {
    let kind = r.u8()?;
    let length = match r.u8()? {
        0xff => usize::from(r.u16()?),
        short => usize::from(short),
    };
    // What the capture cut short is read as far as it goes.
    Ok((kind, r.sub(length.min(r.left()))?))
}

/// What a presentation context carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Acse,
    Mms,
    Other,
}

/// The contexts that a connection agreed on (ISO 8823-1, 8.2), and the application data in its messages.
#[derive(Debug, Default)]
pub struct Contexts {
    agreed: SmallVec<[(i64, Syntax); 4]>,
    /// Their abstract syntaxes, as the connect names them.
    named: SmallVec<[(i64, Identifier); 4]>,
}

/// An object identifier's bytes, of which a few are enough for those that are in use.
type Identifier = SmallVec<[u8; 12]>;
/// Bytes of an object identifier that are kept.
const OID_MAX: usize = 32;

/// What association control said around an MMS message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Association<'a> {
    /// 0 request, 1 response, 2 release request, 3 release response, 4 abort.
    pub kind: u32,
    /// Result of a response: 0 accepted.
    pub result: Option<i64>,
    /// Why, by user (context 1) or provider (2), and the number.
    pub diagnostic: Option<(u32, i64)>,
    /// Object identifiers of the application context, the mechanism of authentication, and the titles of both sides.
    pub context: &'a [u8],
    pub mechanism: &'a [u8],
    pub calling: &'a [u8],
    pub responding: &'a [u8],
    /// The password that came with it (8650-1, annex B).
    pub password: Option<&'a [u8]>,
}

impl Association<'_> {
    /// Writes what association control says, and the presentation contexts around it.
    pub fn write(&self, m: &mut MessageWriter<'_>, contexts: &Contexts) {
        let kind = ["aarq", "aare", "rlrq", "rlre", "abrt"].get(self.kind as usize).copied();
        m.text("apdu", kind.unwrap_or("unknown")).opt("result", self.result);
        if let Some((source, number)) = self.diagnostic {
            m.text("diagnostic_by", if source == 1 { "user" } else { "provider" }).num("diagnostic", number);
        }
        let names = [
            ("context_name", self.context),
            ("auth_mechanism", self.mechanism),
            ("calling_ap_title", self.calling),
            ("responding_ap_title", self.responding),
        ];
        for (name, oid) in names.into_iter().filter(|(_, oid)| !oid.is_empty()) {
            m.show(name, ber::Oid(oid));
        }
        m.objects("contexts", &contexts.named, |m, (id, oid)| {
            m.num("id", *id).show("syntax", ber::Oid(oid));
        });
    }
}

/// One application protocol data unit.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Association control, with what it carries.
    Association(Association<'a>, Option<&'a [u8]>),
    /// MMS.
    Mms(&'a [u8]),
}

impl Contexts {
    /// Tells each application protocol data unit in a session's user data. `false`: something did not fit.
    pub fn values<'a>(&mut self, user: &'a [u8], mut each: impl FnMut(&Self, Value<'a>)) -> bool {
        let mut outer = Elements::new(user);
        let Some(ppdu) = outer.next() else { return user.is_empty() };
        let data = if ppdu.tag == Tag::application(1) { Some(ppdu) } else { self.connect(&ppdu) };
        let Some(data) = data else { return !outer.is_broken() };
        let mut sound = !outer.is_broken();
        let mut list = data.elements();
        for pdv in list.by_ref().take(VALUES_MAX) {
            match self.value(&pdv) {
                Some(Some(value)) => each(self, value),
                Some(None) => {}
                None => sound = false,
            }
        }
        sound && !list.is_broken()
    }

    /// A connect, accept or abort: takes note of the contexts, and finds the user data.
    fn connect<'a>(&mut self, ppdu: &Element<'a>) -> Option<Element<'a>> {
        let parameters = if ppdu.tag == SET { ppdu.elements().find(|e| e.context() == Some(2))? } else { *ppdu };
        let mut data = None;
        for e in parameters.elements() {
            match e.context() {
                Some(4) if ppdu.tag == SET => self.define(&e),
                None if e.tag == Tag::application(1) => data = Some(e),
                _ => {}
            }
        }
        data
    }

    fn define(&mut self, list: &Element<'_>) {
        self.agreed.clear();
        self.named.clear();
        for item in list.elements().take(CONTEXTS_MAX) {
            let mut fields = item.elements();
            let id = fields.take_tag(INTEGER).and_then(|e| ber::integer(e.bytes));
            let named = fields.take_tag(OBJECT_IDENTIFIER);
            if let (Some(id), Some(named)) = (id, &named) {
                self.named.push((id, named.bytes.iter().copied().take(OID_MAX).collect()));
            }
            let syntax = named.map(|e| match e.bytes {
                bytes if bytes.starts_with(&MMS_SYNTAX) => Syntax::Mms,
                bytes if bytes == ACSE_SYNTAX => Syntax::Acse,
                _ => Syntax::Other,
            });
            if let (Some(id), Some(syntax)) = (id, syntax) {
                self.agreed.push((id, syntax));
            }
        }
    }

    /// One PDV-list (ISO 8823-1, 8.4.2.8). Without the connection's beginning, tags tell what it carries.
    fn value<'a>(&self, pdv: &Element<'a>) -> Option<Option<Value<'a>>> {
        if pdv.tag != SEQUENCE {
            return None;
        }
        let mut fields = pdv.elements();
        fields.take_tag(OBJECT_IDENTIFIER);
        let id = ber::integer(fields.take_tag(INTEGER)?.bytes)?;
        let data = fields.next().filter(|e| matches!(e.context(), Some(0 | 1)))?;
        let inside = data.elements().next()?;
        let agreed = self.agreed.iter().find(|(known, _)| *known == id).map(|(_, syntax)| *syntax);
        let syntax = agreed.unwrap_or(if inside.tag.class == ber::APPLICATION { Syntax::Acse } else { Syntax::Mms });
        Some(match syntax {
            Syntax::Mms => Some(Value::Mms(data.bytes)),
            Syntax::Acse if inside.tag.class == ber::APPLICATION => {
                let (association, user) = association(&inside);
                Some(Value::Association(association, user))
            }
            Syntax::Acse | Syntax::Other => None,
        })
    }
}

/// An ACSE APDU (ISO 8650-1, 9.1), and the first piece of user information in it.
fn association<'a>(apdu: &Element<'a>) -> (Association<'a>, Option<&'a [u8]>) {
    let mut found = Association { kind: apdu.tag.number, ..Association::default() };
    let mut user = None;
    for e in apdu.elements() {
        match (found.kind, e.context()) {
            (1, Some(2)) => found.result = e.elements().take_tag(INTEGER).and_then(|e| ber::integer(e.bytes)),
            (1, Some(3)) => found.diagnostic = diagnostic(&e),
            (_, Some(1)) => found.context = identifier(&e),
            (0, Some(6)) => found.calling = identifier(&e),
            (1, Some(4)) => found.responding = identifier(&e),
            (0, Some(11)) | (1, Some(9)) => found.mechanism = e.bytes,
            (0, Some(12)) => found.password = e.elements().next().filter(|e| e.context() == Some(0)).map(|e| e.bytes),
            (_, Some(30)) => user = external(&e),
            _ => {}
        }
    }
    (found, user)
}

fn identifier<'a>(e: &Element<'a>) -> &'a [u8] {
    e.elements().take_tag(OBJECT_IDENTIFIER).map_or(&[], |e| e.bytes)
}

/// Associate-source-diagnostic: by whom, and the number.
fn diagnostic(e: &Element<'_>) -> Option<(u32, i64)> {
    let by = e.elements().next()?;
    Some((by.context()?, ber::integer(by.elements().take_tag(INTEGER)?.bytes)?))
}

/// Association-information: the data of the first EXTERNAL.
fn external<'a>(e: &Element<'a>) -> Option<&'a [u8]> {
    let external = e.elements().find(|e| e.tag == EXTERNAL)?;
    external.elements().find(|e| matches!(e.context(), Some(0 | 1))).map(|e| e.bytes)
}
