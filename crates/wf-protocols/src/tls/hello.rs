//! Client and server hello (RFC 8446, 4.1.2 and 4.1.3) with the extensions that identify software and server.

use super::fingerprint;
use crate::hints;
use smallvec::SmallVec;
use wf_model::Attribute;
use wf_wire::decode::{About, Context, Direction, Evidence, Sink};
use wf_wire::{Reader, Short};

/// Extension types (IANA tls-extensiontype-values).
pub(super) const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
pub(super) const ALPN: u16 = 16;
const VERSIONS: u16 = 43;

/// The random value that makes a server hello a retry request (RFC 8446, 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a,
    0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A list of two-byte numbers; hellos rarely have more than fit here without allocating.
pub(super) type Numbers = SmallVec<[u16; 32]>;

/// A hello, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Hello<'a> {
    pub version: u16,
    pub session_len: usize,
    /// Offered, or the one chosen.
    pub ciphers: Numbers,
    pub extensions: Numbers,
    pub groups: Numbers,
    pub point_formats: &'a [u8],
    pub signatures: Numbers,
    pub versions: Numbers,
    pub server_name: Option<&'a [u8]>,
    pub alpn: SmallVec<[&'a [u8]; 4]>,
}

/// Values that clients strew in to keep servers tolerant (RFC 8701).
pub(super) const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

impl<'a> Hello<'a> {
    fn client(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        self.version = r.u16()?;
        r.skip(32)?;
        let session_len = usize::from(r.u8()?);
        r.skip(session_len)?;
        self.session_len = session_len;
        let len = usize::from(r.u16()?);
        self.ciphers = numbers(&mut r.sub(len)?);
        let len = usize::from(r.u8()?);
        r.skip(len)?;
        self.extensions(r, true)
    }

    fn extensions(&mut self, r: &mut Reader<'a>, is_client: bool) -> Result<(), Short> {
        if r.is_empty() {
            return Ok(());
        }
        let len = usize::from(r.u16()?);
        let mut list = r.sub(len)?;
        while !list.is_empty() {
            let (kind, len) = (list.u16()?, usize::from(list.u16()?));
            let mut body = list.sub(len)?;
            self.extensions.push(kind);
            // A server's version is one number, a client's a list.
            if kind == VERSIONS && !is_client {
                self.versions.push(body.u16()?);
            } else {
                self.extension(kind, &mut body)?;
            }
        }
        Ok(())
    }

    fn extension(&mut self, kind: u16, body: &mut Reader<'a>) -> Result<(), Short> {
        if body.is_empty() {
            return Ok(());
        }
        match kind {
            SERVER_NAME => {
                body.skip(2)?;
                let (name_type, len) = (body.u8()?, usize::from(body.u16()?));
                let name = body.take(len)?;
                if name_type == 0 && self.server_name.is_none() {
                    self.server_name = Some(name);
                }
            }
            GROUPS => self.groups = listed(body)?,
            SIGNATURES => self.signatures = listed(body)?,
            POINT_FORMATS => {
                let len = usize::from(body.u8()?);
                self.point_formats = body.take(len)?;
            }
            VERSIONS => {
                let len = usize::from(body.u8()?);
                self.versions = numbers(&mut body.sub(len)?);
            }
            ALPN => {
                body.skip(2)?;
                while let Ok(name) = body.u8().and_then(|len| body.take(usize::from(len))) {
                    if self.alpn.len() < 16 {
                        self.alpn.push(name);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The highest version offered.
    pub fn highest(&self) -> u16 {
        self.versions.iter().copied().filter(|v| !is_grease(*v)).max().unwrap_or(self.version)
    }
}

fn listed(r: &mut Reader<'_>) -> Result<Numbers, Short> {
    let len = usize::from(r.u16()?);
    Ok(numbers(&mut r.sub(len)?))
}

fn numbers(r: &mut Reader<'_>) -> Numbers {
    let mut out = Numbers::new();
    while let Ok(number) = r.u16() {
        out.push(number);
    }
    out
}

fn version_name(version: u16) -> &'static str {
    match version {
        0x0002 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        v if v >> 8 == 0x7f => "TLS 1.3 draft",
        _ => "unknown",
    }
}

/// A client hello: says its message and the name that it asks for.
pub(super) fn client(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) -> Result<(), Short> {
    let mut hello = Hello::default();
    let complete = hello.client(&mut Reader::new(body));
    if let Some(mut m) = out.message(ctx, "tls_client_hello") {
        if let Some(name) = hello.server_name {
            m.text("server_name", &hints::up_to_nul(name));
        }
        m.text("ja3", &fingerprint::ja3(&hello)).text("ja4", &fingerprint::ja4(&hello));
        m.text("version", version_name(hello.highest())).num("legacy_version", hello.version);
        m.texts("alpn", hello.alpn.iter().map(|a| String::from_utf8_lossy(a)));
        m.nums("ciphers", hello.ciphers.iter().copied()).nums("extensions", hello.extensions.iter().copied());
        m.flag("resumes", hello.session_len > 0);
    }
    let server_is_own = ctx.dst.and_then(|a| a.ip()).is_some_and(hints::is_own);
    if let Some(name) = hello.server_name.map(hints::clean)
        && server_is_own
        && hints::is_host_name(&name)
        && ctx.direction == Direction::ToServer
    {
        let about = About::Receiver;
        out.evidence(ctx, "tls", Evidence { about, attribute: Attribute::Name, value: &name, source: "sni", confidence: 30 });
    }
    complete
}

/// The beginning of a client hello: no fingerprint can be made of it.
pub(super) fn client_in_part(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) {
    let mut hello = Hello::default();
    let _ = hello.client(&mut Reader::new(body));
    if let Some(mut m) = out.message(ctx, "tls_client_hello") {
        if let Some(name) = hello.server_name {
            m.text("server_name", &hints::up_to_nul(name));
        }
        m.text("version", version_name(hello.highest())).num("legacy_version", hello.version);
    }
}

/// A client hello in the form of SSL 2 (RFC 5246, E.2): its ciphers are of three bytes, and it has no extensions.
pub(super) fn sslv2(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(body);
    let Ok(version) = r.u8().and_then(|_| r.u16()) else { return };
    if let Some(mut m) = out.message(ctx, "tls_client_hello") {
        m.text("version", version_name(version)).num("legacy_version", version);
    }
}

/// A server hello: whether it asks the client to try again, and whether it chose TLS 1.3.
pub(super) fn server(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) -> Result<(bool, bool), Short> {
    let mut r = Reader::new(body);
    let mut hello = Hello { version: r.u16()?, ..Hello::default() };
    let retry = r.array::<32>()? == RETRY;
    hello.session_len = usize::from(r.u8()?);
    r.skip(hello.session_len)?;
    let cipher = r.u16()?;
    r.skip(1)?;
    let complete = hello.extensions(&mut r, false);
    let version = hello.highest();
    if let Some(mut m) = out.message(ctx, "tls_server_hello") {
        m.text("version", version_name(version)).num("cipher", cipher).text("ja3s", &fingerprint::ja3s(&hello, cipher));
        if let Some(alpn) = hello.alpn.first() {
            m.text("alpn", &String::from_utf8_lossy(alpn));
        }
        m.nums("extensions", hello.extensions.iter().copied()).flag("retry", retry);
    }
    complete.map(|()| (retry, version == 0x0304 || version >> 8 == 0x7f))
}
