//! The session service that frames SMB (RFC 1002 clause 4.3): port 139 in full, port 445 with its message header alone.

use super::{NAME, SESSION};
use crate::hints;
use wf_model::Attribute;
use wf_wire::decode::{About, Evidence};
use wf_wire::{Context, MessageWriter, Reader, Sink};

/// Bytes of a header.
pub const HEADER: usize = 4;

pub const MESSAGE: u8 = 0x00;
const REQUEST: u8 = 0x81;
const KEEP_ALIVE: u8 = 0x85;

/// A header: kind, and how many bytes follow.
#[derive(Clone, Copy)]
pub struct Frame {
    pub kind: u8,
    pub len: usize,
}

impl Frame {
    /// Reads it; a message's length has 24 bits without NetBIOS, 17 with it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let kind = r.u8().ok()?;
        let len = usize::try_from(r.u24().ok()?).ok()?;
        let sound = match kind {
            MESSAGE => true,
            REQUEST => (2..=512).contains(&len),
            // Some servers send the request back with their consent.
            0x82..=KEEP_ALIVE => len <= 512,
            _ => false,
        };
        sound.then_some(Self { kind, len })
    }

    pub const fn is_request(self) -> bool {
        self.kind == REQUEST
    }
}

/// A name in its first-level encoding (RFC 1001 clause 14.1): two letters a byte, the last byte a suffix.
fn name(r: &mut Reader<'_>) -> Option<String> {
    let len = r.u8().ok()?;
    let letters = r.take(usize::from(len)).ok()?;
    if len != 32 || !letters.iter().all(|letter| (b'A'..=b'P').contains(letter)) {
        return None;
    }
    // A scope may follow, in labels up to an empty one.
    while let Ok(more @ 1..) = r.u8() {
        r.skip(usize::from(more)).ok()?;
    }
    let text = letters.get(..30).unwrap_or_default();
    let raw = text.chunks_exact(2).map(|pair| pair.iter().fold(0u8, |byte, letter| byte << 4 | (letter - b'A')));
    Some(hints::clean(&raw.collect::<Vec<u8>>()).into_owned())
}

/// Who is called, and who calls.
pub fn names(body: &[u8]) -> Option<(String, String)> {
    let mut r = Reader::new(body);
    let called = name(&mut r)?;
    Some((called, name(&mut r)?))
}

/// What is not a message of SMB.
pub fn told(ctx: &Context<'_>, frame: Frame, body: &[u8], out: &mut dyn Sink) {
    let names = if frame.is_request() { names(body) } else { None };
    if let Some(mut m) = out.message(ctx, SESSION) {
        write(&mut m, frame, body, names.as_ref());
    }
    let Some((called, calling)) = names else { return };
    // Who is called may be anybody's guess until the session stands; `*SMBSERVER` stands for whoever answers.
    for (about, value, confidence) in [(About::Receiver, &called, 40), (About::Sender, &calling, 65)] {
        if !value.is_empty() && !value.starts_with('*') {
            let evidence = Evidence { about, attribute: Attribute::Name, value, source: "netbios", confidence };
            out.evidence(ctx, NAME, evidence);
        }
    }
}

fn write(m: &mut MessageWriter<'_>, frame: Frame, body: &[u8], names: Option<&(String, String)>) {
    let name = match frame.kind {
        REQUEST => "session_request",
        0x82 => "positive_response",
        0x83 => "negative_response",
        0x84 => "retarget_response",
        KEEP_ALIVE => "keep_alive",
        _ => "empty_message",
    };
    m.num("kind", frame.kind).text("name", name);
    if let Some((called, calling)) = names {
        m.text("called", called).text("calling", calling);
    }
    if frame.kind == 0x83 {
        m.opt("error", body.first().copied());
    }
}
