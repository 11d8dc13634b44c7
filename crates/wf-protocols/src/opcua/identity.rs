//! What applications say of themselves: descriptions, endpoints, build information.

use super::NAME;
use super::certificate::Told;
use super::names;
use super::transport::policy_name;
use super::value::{DataValue, Scalar};
use super::wire::{self, Result, Text};
use crate::hints::{self, is_host_name};
use std::fmt::Write;
use wf_model::Attribute;
use wf_wire::Reader;
use wf_wire::decode::{About, Context, Evidence, Sink};

/// Endpoints of one answer that become statements.
const ENDPOINTS_MAX: usize = 16;
/// Number of the binary encoding of BuildInfo and of ServerStatusDataType.
const BUILD_INFO: u32 = 340;
const SERVER_STATUS: u32 = 864;

/// What matters of an ApplicationDescription (OPC 10000-4, 7.2).
struct Application<'a> {
    product_uri: &'a [u8],
    name: &'a [u8],
    kind: u32,
    url: &'a [u8],
}

impl<'a> Application<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        wire::string(r)?;
        let (product_uri, name, kind) = (wire::string(r)?, wire::localized(r)?.1, r.u32_le()?);
        wire::string(r)?;
        wire::string(r)?;
        let mut url: &[u8] = &[];
        for at in 0..wire::count(r)? {
            let next = wire::string(r)?;
            if at == 0 {
                url = next;
            }
        }
        Ok(Self { product_uri, name, kind, url })
    }

    fn tell(&self, ctx: &Context<'_>, confidence: u8, out: &mut dyn Sink) {
        say(ctx, Attribute::Software, self.name, "application_name", confidence, out);
        say(ctx, Attribute::Software, self.product_uri, "product_uri", confidence.saturating_sub(10), out);
    }
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &[u8], source: &'static str, confidence: u8, out: &mut dyn Sink) {
    let value = hints::clean(value);
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value: &value, source, confidence });
    }
}

/// The host in `opc.tcp://host:4840/path`.
fn host(url: &[u8]) -> &[u8] {
    let Some(start) = url.windows(3).position(|part| part == b"://") else { return &[] };
    let rest = url.get(start + 3..).unwrap_or(&[]);
    let end = rest.iter().position(|byte| matches!(byte, b':' | b'/')).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(&[])
}

fn say_host(ctx: &Context<'_>, url: &[u8], source: &'static str, out: &mut dyn Sink) {
    let host = host(url);
    if std::str::from_utf8(host).is_ok_and(is_host_name) {
        say(ctx, Attribute::Name, host, source, 50, out);
    }
}

/// The client's description in a request for a session.
pub fn client(ctx: &Context<'_>, r: &mut Reader<'_>, out: &mut dyn Sink) -> Result<()> {
    Application::read(r)?.tell(ctx, 60, out);
    Ok(())
}

/// The servers that an answer names; it speaks of its sender where there is but one.
pub fn servers(ctx: &Context<'_>, r: &mut Reader<'_>, out: &mut dyn Sink) -> Result<()> {
    let count = wire::count(r)?;
    if count == 1 {
        let application = Application::read(r)?;
        application.tell(ctx, 50, out);
        say_host(ctx, application.url, "discovery_url", out);
    }
    Ok(())
}

/// The endpoints of the sender.
pub fn endpoints(ctx: &Context<'_>, r: &mut Reader<'_>, told: &mut Told, out: &mut dyn Sink) -> Result<()> {
    for at in 0..wire::count(r)? {
        let url = wire::string(r)?;
        let application = Application::read(r)?;
        let (certificate, mode, policy) = (wire::string(r)?, r.u32_le()?, wire::string(r)?);
        let mut tokens = String::new();
        for _ in 0..wire::count(r)? {
            wire::string(r)?;
            let kind = names::user_token(r.u32_le()?);
            (0..3).try_for_each(|_| wire::string(r).map(drop))?;
            if at < ENDPOINTS_MAX && !tokens.contains(kind) {
                let _ = write!(tokens, "{}{kind}", if tokens.is_empty() { "" } else { ", " });
            }
        }
        wire::string(r)?;
        r.u8()?;
        if at >= ENDPOINTS_MAX {
            continue;
        }
        if at == 0 {
            // A discovery server's endpoints may be those of others.
            application.tell(ctx, if application.kind == 3 { 40 } else { 60 }, out);
            say_host(ctx, url, "endpoint", out);
        }
        let text = format!("{} {} {} ({tokens})", Text(url), Text(policy_name(policy)), names::security_mode(mode));
        say(ctx, Attribute::Description, text.as_bytes(), "endpoint", 30, out);
        told.tell(ctx, certificate, out);
    }
    Ok(())
}

/// A value of a node of the server object that says who the server is (OPC 10000-5, 8.3.2).
pub fn node(ctx: &Context<'_>, number: u32, data: &DataValue<'_>, out: &mut dyn Sink) {
    let attribute = match number {
        names::node::PRODUCT_NAME => Attribute::Model,
        names::node::PRODUCT_URI => Attribute::Software,
        names::node::MANUFACTURER_NAME => Attribute::Vendor,
        names::node::SOFTWARE_VERSION => Attribute::Firmware,
        names::node::BUILD_INFO | names::node::SERVER_STATUS => {
            if let Some(Scalar::Object(whole)) = data.value.and_then(|value| value.scalar())
                && let Some((kind, mut r)) = whole.binary()
            {
                // Built as far as it goes; the walk over the message complains.
                let _ = structure(ctx, kind, &mut r, out);
            }
            return;
        }
        _ => return,
    };
    if let Some(Scalar::Text(text)) = data.value.and_then(|value| value.scalar()) {
        say(ctx, attribute, text, "build_info", 75, out);
    }
}

fn structure(ctx: &Context<'_>, kind: u32, r: &mut Reader<'_>, out: &mut dyn Sink) -> Result<()> {
    match kind {
        SERVER_STATUS => r.skip(8 + 8 + 4)?,
        BUILD_INFO => {}
        _ => return Ok(()),
    }
    let (product_uri, vendor, product, version) = (wire::string(r)?, wire::string(r)?, wire::string(r)?, wire::string(r)?);
    let build = wire::string(r)?;
    say(ctx, Attribute::Vendor, vendor, "build_info", 75, out);
    say(ctx, Attribute::Model, product, "build_info", 75, out);
    say(ctx, Attribute::Firmware, version, "build_info", 75, out);
    say(ctx, Attribute::Software, product_uri, "build_info", 50, out);
    if !build.is_empty() {
        let text = format!("build {}", Text(build));
        say(ctx, Attribute::Description, text.as_bytes(), "build_info", 30, out);
    }
    Ok(())
}
