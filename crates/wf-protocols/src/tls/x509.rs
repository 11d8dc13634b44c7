//! Certificates (RFC 5280) through a small bounded DER reader: who a server says it is, and for how long.

use crate::hints;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_model::Attribute;
use wf_wire::decode::{About, Anomaly, Context, Evidence, Sink};
use wf_wire::{Reader, Short};

/// Certificates counted of one chain, alternative names and name parts kept.
const CHAIN_MAX: u8 = 16;
const NAMES_MAX: usize = 32;
const PARTS_MAX: usize = 16;

/// DER tags.
const INTEGER: u8 = 0x02;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `id-at` (2.5.4) and `id-ce-subjectAltName` (2.5.29.17), encoded.
const ID_AT: [u8; 2] = [0x55, 0x04];
const ID_SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 0x11];
/// Attribute types below `id-at`.
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;

/// A certificate's readable part.
#[derive(Debug, Default)]
pub(crate) struct Certificate<'a> {
    /// Serial number.
    pub(crate) serial: &'a [u8],
    /// Who signed it.
    pub(crate) issuer: Name,
    /// Whose it is.
    pub(crate) subject: Name,
    /// From when it is valid, RFC 3339.
    pub(crate) not_before: String,
    /// Until when.
    pub(crate) not_after: String,
    /// Alternative names: hosts, addresses, URIs.
    pub(crate) names: Vec<String>,
}

/// A distinguished name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    /// `CN=…, O=…`.
    pub(crate) text: String,
    /// Common name.
    pub(crate) common_name: Option<String>,
    organization: Option<String>,
}

/// One DER element: tag and content.
fn element<'a>(r: &mut Reader<'a>) -> Result<(u8, Reader<'a>), Short> {
    let tag = r.u8()?;
    let first = r.u8()?;
    let len = match first {
        0..=0x7f => usize::from(first),
        0x81 => usize::from(r.u8()?),
        0x82 => usize::from(r.u16()?),
        0x83 => r.u24()? as usize,
        // Longer ones cannot be in a handshake message; indefinite length is not DER.
        _ => usize::MAX,
    };
    Ok((tag, r.sub(len)?))
}

/// The next element, which must have this tag.
fn expect<'a>(r: &mut Reader<'a>, tag: u8) -> Result<Reader<'a>, Short> {
    match element(r)? {
        (found, content) if found == tag => Ok(content),
        _ => Err(Short { needed: 1, left: 0 }),
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate as far as it goes; the flag says whether all of it was there.
    pub(crate) fn parse(der: &'a [u8]) -> (Self, bool) {
        let mut certificate = Self::default();
        let complete = certificate.read(der).is_ok();
        (certificate, complete)
    }

    /// Reads the part that is signed (RFC 5280, 4.1).
    fn read(&mut self, der: &'a [u8]) -> Result<(), Short> {
        let mut whole = expect(&mut Reader::new(der), SEQUENCE)?;
        let mut r = expect(&mut whole, SEQUENCE)?;
        // Version is tagged [0] and absent in version 1.
        if r.peek(0) == Some(0xa0) {
            element(&mut r)?;
        }
        self.serial = expect(&mut r, INTEGER)?.take_rest();
        expect(&mut r, SEQUENCE)?;
        self.issuer = name(&mut expect(&mut r, SEQUENCE)?)?;
        let mut validity = expect(&mut r, SEQUENCE)?;
        self.not_before = time(element(&mut validity)?);
        self.not_after = time(element(&mut validity)?);
        self.subject = name(&mut expect(&mut r, SEQUENCE)?)?;
        expect(&mut r, SEQUENCE)?;
        while !r.is_empty() {
            if let (0xa3, mut extensions) = element(&mut r)? {
                self.extensions(&mut expect(&mut extensions, SEQUENCE)?)?;
            }
        }
        Ok(())
    }

    fn extensions(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        while !r.is_empty() {
            let mut extension = expect(r, SEQUENCE)?;
            let is_names = expect(&mut extension, OBJECT_ID)?.rest() == ID_SUBJECT_ALT_NAME;
            while is_names && !extension.is_empty() {
                // The value is an octet string around the names; a criticality flag may come before.
                if let (0x04, mut value) = element(&mut extension)? {
                    self.alternative_names(&mut expect(&mut value, SEQUENCE)?)?;
                }
            }
        }
        Ok(())
    }

    fn alternative_names(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        while !r.is_empty() && self.names.len() < NAMES_MAX {
            let (tag, content) = element(r)?;
            match tag {
                0x81 | 0x82 | 0x86 => self.names.push(hints::clean(content.rest()).into_owned()),
                0x87 => self.names.extend(ip(content.rest()).map(|ip| ip.to_string())),
                _ => {}
            }
        }
        Ok(())
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(|b| IpAddr::V4(Ipv4Addr::from(b)));
    v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(|b| IpAddr::V6(Ipv6Addr::from(b))))
}

fn name(r: &mut Reader<'_>) -> Result<Name, Short> {
    let mut name = Name::default();
    for _ in 0..PARTS_MAX {
        if r.is_empty() {
            break;
        }
        let (_, mut set) = element(r)?;
        let mut pair = expect(&mut set, SEQUENCE)?;
        let kind = expect(&mut pair, OBJECT_ID)?.take_rest();
        let (tag, value) = element(&mut pair)?;
        let value = string(tag, value.rest());
        let Some(attribute) = kind.strip_prefix(&ID_AT).and_then(|k| k.first().copied()) else { continue };
        let _ = write!(name.text, "{}{}={value}", if name.text.is_empty() { "" } else { ", " }, attribute_name(attribute));
        match attribute {
            COMMON_NAME => name.common_name = Some(value),
            ORGANIZATION => name.organization = Some(value),
            _ => {}
        }
    }
    Ok(name)
}

/// A directory string: BMPString (30) has two bytes a character.
fn string(tag: u8, bytes: &[u8]) -> String {
    if tag != 30 {
        return hints::clean(bytes).into_owned();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).take(128).map(|p| p.iter().fold(0, |n, b| n << 8 | u16::from(*b))).collect();
    String::from_utf16_lossy(&units)
}

const fn attribute_name(kind: u8) -> &'static str {
    match kind {
        COMMON_NAME => "CN",
        5 => "serialNumber",
        6 => "C",
        7 => "L",
        8 => "ST",
        ORGANIZATION => "O",
        11 => "OU",
        _ => "id-at",
    }
}

/// UTCTime (years from 1950 on) or GeneralizedTime as RFC 3339.
fn time((tag, content): (u8, Reader<'_>)) -> String {
    let text = hints::clean(content.rest());
    let short = tag == 0x17;
    let full = match text.get(..2) {
        Some(year) if short => format!("{}{text}", if year < "50" { "20" } else { "19" }),
        _ => text.into_owned(),
    };
    let part = |from: usize, to: usize| full.get(from..to).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
    match (part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14)) {
        (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) => {
            format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")
        }
        _ => full,
    }
}

/// A certificate message (RFC 5246, 7.4.2): tells of the first certificate, the sender's own.
pub(super) fn chain(ctx: &Context<'_>, body: &[u8], out: &mut dyn Sink) -> Result<(), Short> {
    let mut r = Reader::new(body);
    let len = r.u24()? as usize;
    let mut list = r.sub(len)?;
    let Ok(len) = list.u24() else { return Ok(()) };
    let first = list.take(len as usize)?;
    let mut count = 1u8;
    while count < CHAIN_MAX && list.u24().and_then(|len| list.skip(len as usize)).is_ok() {
        count += 1;
    }
    let mut certificate = Certificate::default();
    let complete = certificate.read(first);
    say(ctx, &certificate, first, count, out);
    if let Err(short) = complete {
        out.anomaly(ctx, "tls", Anomaly { kind: "tls_bad_certificate", detail: short.to_string().into() });
    }
    Ok(())
}

fn say(ctx: &Context<'_>, certificate: &Certificate<'_>, der: &[u8], count: u8, out: &mut dyn Sink) {
    if let Some(mut m) = out.message(ctx, "tls_certificate") {
        m.text("subject", &certificate.subject.text).text("issuer", &certificate.issuer.text);
        m.hex("serial", certificate.serial).text("not_before", &certificate.not_before).text("not_after", &certificate.not_after);
        m.texts("names", &certificate.names).num("chain", count);
        m.flag("self_issued", certificate.subject == certificate.issuer);
        m.text("sha256", &hints::hex(&Sha256::digest(der)));
    }
    let Some(name) = certificate.subject.common_name.as_deref().filter(|n| hints::is_host_name(n)) else { return };
    let (about, attribute) = (About::Sender, Attribute::Name);
    out.evidence(ctx, "tls", Evidence { about, attribute, value: name, source: "certificate", confidence: 40 });
}
