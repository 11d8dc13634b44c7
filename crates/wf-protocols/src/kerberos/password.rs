//! The password service on port 464 (RFC 3244): an application request or reply, and around the new password or the result a
//! private message, or an error.

use super::message::{self, Message};
use super::names;
use crate::hints;
use wf_wire::{Context, Reader, Sink};

/// Port of the service.
pub const PORT: u16 = 464;
/// Name of its messages.
pub const NAME: &str = "kpasswd";
/// Bytes before the application message: length, version, length of the application message.
const HEADER: usize = 6;
/// One changes one's own password; also the version of every reply.
const CHANGE: u16 = 1;
/// Somebody sets a password, maybe another's.
const SET: u16 = 0xff80;

/// One message.
#[derive(Debug)]
pub struct Frame<'a> {
    len: u16,
    version: u16,
    proof_len: u16,
    /// Who asks, or that the service is the right one.
    pub proof: Option<Message<'a>>,
    /// The new password or the result, encrypted; or an error.
    pub rest: Option<Message<'a>>,
}

impl<'a> Frame<'a> {
    /// Reads a message of which the capture may hold a part; `None` if it is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let (len, version, proof_len) = (r.u16().ok()?, r.u16().ok()?, r.u16().ok()?);
        let (whole, proof_whole) = (usize::from(len), usize::from(proof_len));
        if whole < bytes.len() || HEADER + proof_whole > whole || !matches!(version, CHANGE | SET) {
            return None;
        }
        let proof = Message::read(r.take(proof_whole.min(r.left())).ok()?);
        let rest = Message::read(r.rest());
        let fits = match (&proof, &rest) {
            (Some(proof), rest) => {
                matches!(proof.kind, message::AP_REQUEST | message::AP_REPLY)
                    && rest.as_ref().is_none_or(|rest| rest.kind == message::PRIVATE)
            }
            (None, Some(rest)) => proof_len == 0 && rest.kind == message::ERROR,
            (None, None) => false,
        };
        fits.then_some(Self { len, version, proof_len, proof, rest })
    }

    /// Its length as it says itself.
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// It asks for something.
    pub fn is_request(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.kind == message::AP_REQUEST)
    }

    /// A password is set rather than changed by whom it belongs to.
    pub const fn sets(&self) -> bool {
        self.version == SET
    }

    /// The fields of its own; what it carries are messages of Kerberos.
    pub fn write(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let Some(mut m) = out.message(ctx, NAME) else { return };
        let kind = match (self.is_request(), self.sets()) {
            (true, true) => "set_password",
            (true, false) => "change_password",
            _ => "reply",
        };
        m.text("kind", kind).num("message_length", self.len).num("version", self.version);
        m.num("application_length", self.proof_len);
        if let Some((code, text)) = self.rest.as_ref().and_then(result) {
            m.num("result_code", code).text("result_name", names::password_result(code));
            m.text("result_text", &hints::clean(text));
        }
    }
}

/// Result code and text that an error of the service carries as its data (RFC 3244, 2); those of a reply are encrypted.
pub fn result<'a>(said: &Message<'a>) -> Option<(u16, &'a [u8])> {
    let (code, text) = said.error_data.filter(|_| said.kind == message::ERROR)?.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*code), text))
}
