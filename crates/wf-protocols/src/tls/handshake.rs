//! Handshake messages of one side (RFC 8446, clause 4), put together across records.

use super::{hello, x509};
use std::borrow::Cow;
use wf_wire::Reader;
use wf_wire::decode::{Anomaly, Context, Sink};

pub(super) const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
/// Longest handshake message that is read; certificate chains are the long ones.
const MESSAGE_MAX: usize = 65_536;

/// One side's state.
#[derive(Default)]
pub(super) struct Side {
    /// Bytes of a handshake message that goes on in the next record.
    partial: Vec<u8>,
    /// From here on nothing is readable.
    pub encrypted: bool,
    /// Encrypted records seen.
    pub encrypted_records: u8,
    /// A record was seen.
    pub spoken: bool,
}

/// What a record's handshake messages mean for the connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    pub client_hello: bool,
    pub retry: bool,
    pub version_13: bool,
}

impl Side {
    /// Bytes that it holds.
    pub const fn weight(&self) -> usize {
        self.partial.capacity()
    }

    /// Deals with the handshake messages that are complete with this record.
    pub fn handshake(&mut self, ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) -> Heard {
        let mut heard = Heard::default();
        let mut carried = std::mem::take(&mut self.partial);
        let bytes: Cow<'_, [u8]> = if carried.is_empty() {
            Cow::Borrowed(body)
        } else {
            carried.extend_from_slice(body);
            Cow::Owned(carried)
        };
        let mut r = Reader::new(&bytes);
        while let Some((kind, len)) = head(&r) {
            if len > MESSAGE_MAX || !known(kind) {
                // An unknown type means ciphertext whose change of cipher was missed.
                if known(kind) {
                    let detail = format!("type {kind} of {len} bytes").into();
                    out.anomaly(ctx, "tls", Anomaly { kind: "tls_handshake_too_long", detail });
                }
                self.encrypted = true;
                return heard;
            }
            let mut message = r;
            let Ok(body) = message.skip(4).and_then(|()| message.take(len)) else { break };
            r = message;
            one(ctx, kind, body, out, &mut heard);
        }
        self.partial = r.rest().to_vec();
        heard
    }

    pub fn forget(&mut self) {
        self.partial = Vec::new();
    }
}

/// Type and length of the next message.
fn head(r: &Reader<'_>) -> Option<(u8, usize)> {
    let mut r = *r;
    let kind = r.u8().ok()?;
    // A lone type byte is enough to tell that it is none.
    let len = r.u24().map_or_else(|_| if known(kind) { None } else { Some(0) }, |len| Some(len as usize))?;
    Some((kind, len))
}

/// Handshake types in use (IANA tls-parameters).
const fn known(kind: u8) -> bool {
    matches!(kind, 0..=6 | 8 | 9 | 10..=16 | 20..=25 | 67)
}

fn one(ctx: &Context<'_>, kind: u8, body: &[u8], out: &mut dyn Sink, heard: &mut Heard) {
    let complete = match kind {
        CLIENT_HELLO => {
            heard.client_hello = true;
            hello::client(ctx, body, out)
        }
        SERVER_HELLO => hello::server(ctx, body, out).map(|(retry, version_13)| {
            heard.retry = retry;
            heard.version_13 = version_13 && !retry;
        }),
        CERTIFICATE => x509::chain(ctx, body, out),
        _ => Ok(()),
    };
    if let Err(short) = complete {
        out.anomaly(ctx, "tls", Anomaly { kind: "tls_bad_handshake", detail: format!("type {kind}: {short}").into() });
    }
}
