//! Application instance certificates (OPC 10000-6, 6.2.2): whose, by which name, for how long.

use super::{NAME, breach};
use crate::ber::Elements;
use crate::hints;
use crate::tls::x509::Certificate;
use sha1::{Digest, Sha1};
use std::net::IpAddr;
use wf_model::Attribute;
use wf_wire::decode::{About, Context, Evidence, Sink};

/// Message name of a certificate.
pub const MESSAGE: &str = "opcua_certificate";
/// Alternative names that become statements.
const NAMES_MAX: usize = 8;

/// The first of the certificates that follow one another in a chain (6.2.6).
fn first(der: &[u8]) -> &[u8] {
    let mut elements = Elements::new(der);
    elements.next().and_then(|_| der.get(..elements.used())).unwrap_or(der)
}

/// SHA-1 of the first certificate, by which applications name it (OPC 10000-6, 6.7.2.3).
pub fn thumbprint(der: &[u8]) -> String {
    hints::hex(&Sha1::digest(first(der)))
}

/// Common name of a user's certificate, or its whole subject.
pub fn subject(der: &[u8]) -> String {
    let (certificate, _) = Certificate::parse(first(der));
    certificate.subject.common_name.unwrap_or(certificate.subject.text)
}

/// Certificates told of a flow, by direction.
#[derive(Debug, Default)]
pub struct Told([u64; 2]);

impl Told {
    /// Tells of the sender's certificate, unless it is the one that was told last.
    pub fn tell(&mut self, ctx: &Context<'_>, der: &[u8], out: &mut dyn Sink) {
        let hash = ahash::RandomState::with_seeds(1, 2, 3, 4).hash_one(der);
        match self.0.get_mut(ctx.direction.index()) {
            Some(last) if *last != hash && !der.is_empty() => *last = hash,
            _ => return,
        }
        let der = first(der);
        let (certificate, complete) = Certificate::parse(der);
        write(ctx, &certificate, der, out);
        if !complete {
            return breach(ctx, "certificate_malformed", "", out);
        }
        check_time(ctx, &certificate, out);
        state(ctx, &certificate, der, out);
    }
}

fn write(ctx: &Context<'_>, certificate: &Certificate<'_>, der: &[u8], out: &mut dyn Sink) {
    if let Some(mut m) = out.message(ctx, MESSAGE) {
        m.text("subject", &certificate.subject.text).text("issuer", &certificate.issuer.text);
        if let Some(uri) = application_uri(certificate) {
            m.text("application_uri", uri);
        }
        m.hex("serial", certificate.serial).text("not_before", &certificate.not_before).text("not_after", &certificate.not_after);
        m.texts("names", &certificate.names).text("thumbprint", &thumbprint(der));
        m.flag("self_issued", certificate.subject == certificate.issuer);
    }
}

fn check_time(ctx: &Context<'_>, certificate: &Certificate<'_>, out: &mut dyn Sink) {
    // RFC 3339 texts of the same form sort as their times do; the decimals and the Z are left out.
    let now = ctx.now.ts.to_string();
    let (now, from, until) = (seconds(&now), seconds(&certificate.not_before), seconds(&certificate.not_after));
    if until.len() == from.len() && !(from..=until).contains(&now) {
        breach(ctx, "certificate_expired", &format!("valid from {from} to {until}, used {now}"), out);
    }
}

fn seconds(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}

fn state(ctx: &Context<'_>, certificate: &Certificate<'_>, der: &[u8], out: &mut dyn Sink) {
    let about = About::Sender;
    let mut say = |attribute, value: &str, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "certificate", confidence });
        }
    };
    for name in certificate.names.iter().take(NAMES_MAX).filter(|name| hints::is_host_name(name)) {
        say(Attribute::Name, name, 50);
    }
    if let Some(uri) = application_uri(certificate) {
        say(Attribute::Software, uri, 40);
    }
    let (subject, until) = (&certificate.subject.text, seconds(&certificate.not_after));
    let text = format!("certificate {subject}, valid until {until}, thumbprint {}", thumbprint(der));
    say(Attribute::Description, hints::bounded(&text, 400), 30);
}

/// The alternative name that is a URI.
fn application_uri<'a>(certificate: &'a Certificate<'_>) -> Option<&'a str> {
    certificate.names.iter().map(String::as_str).find(|name| name.contains(':') && name.parse::<IpAddr>().is_err())
}
