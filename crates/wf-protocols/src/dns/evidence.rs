//! What answers say about devices.

use super::wire::Message;
use super::{Kind, netbios};
use crate::hints;
use std::net::IpAddr;
use wf_model::Attribute;
use wf_wire::Reader;
use wf_wire::decode::{About, Anomaly, Context, Evidence, Sink};

/// Statements made of one message.
const STATEMENTS_MAX: usize = 32;

/// Says what `message` tells; `true` if the sender was said to be a name server.
pub(super) fn say(kind: Kind, message: &Message<'_>, ctx: &Context<'_>, out: &mut dyn Sink, role_said: bool) -> bool {
    match kind {
        Kind::Netbios => {
            netbios_names(message, ctx, out);
            false
        }
        Kind::Mdns | Kind::Llmnr => {
            addresses(kind, message, ctx, out);
            device_info(message, ctx, out);
            false
        }
        Kind::Dns => {
            addresses(kind, message, ctx, out);
            let serves = !role_said && ctx.src_port == 53;
            if serves {
                tell(ctx, out, kind, About::Sender, Attribute::Role, "server", 50);
            }
            serves
        }
    }
}

fn tell(ctx: &Context<'_>, out: &mut dyn Sink, kind: Kind, about: About, attribute: Attribute, value: &str, confidence: u8) {
    if !value.is_empty() {
        out.evidence(ctx, "dns", Evidence { about, attribute, value, source: source(kind), confidence });
    }
}

const fn source(kind: Kind) -> &'static str {
    match kind {
        Kind::Dns => "",
        Kind::Mdns => "mdns",
        Kind::Llmnr => "llmnr",
        Kind::Netbios => "nbns",
    }
}

/// Names of the plant's own addresses. On the local link a host answers for itself (RFC 6762, 6; RFC 4795, 2.3), so
/// such names weigh more than those that a name server gives.
fn addresses(kind: Kind, message: &Message<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let sender = ctx.src.and_then(|a| a.ip());
    for record in message.records.iter().take(STATEMENTS_MAX) {
        let ip = match record.address() {
            Ok(Some(ip)) => ip,
            Ok(None) => continue,
            Err(len) => {
                let detail = format!("type {} of {len} bytes", record.kind).into();
                out.anomaly(ctx, "dns", Anomaly { kind: "dns_bad_record", detail });
                continue;
            }
        };
        if !hints::is_own(ip) {
            continue;
        }
        let name = message.name_text(record.name_at);
        let name = name.strip_suffix(".local").unwrap_or(&name);
        let (about, confidence) = match kind {
            Kind::Dns => (About::Host { mac: None, ip: Some(ip) }, 40),
            _ if sender == Some(ip) => (About::Sender, 60),
            _ => (About::Host { mac: None, ip: Some(ip) }, 50),
        };
        if !name.ends_with(".arpa") {
            tell(ctx, out, kind, about, Attribute::Name, name, confidence);
        }
    }
}

/// The text record of `_device-info._tcp`: `model=…`, and of printers and cameras: `ty=…`, `mdl=…`, `mfg=…`.
fn device_info(message: &Message<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    for record in message.records.iter().filter(|r| r.kind == 16).take(STATEMENTS_MAX) {
        let mut r = Reader::new(record.data);
        while let Ok(text) = r.u8().and_then(|len| r.take(usize::from(len))) {
            let text = hints::clean(text);
            let Some((key, value)) = text.split_once('=') else { continue };
            let attribute = match key.to_ascii_lowercase().as_str() {
                "model" | "mdl" | "usb_mdl" | "ty" => Attribute::Model,
                "mfg" | "usb_mfg" | "manufacturer" => Attribute::Vendor,
                "serialnumber" | "sn" => Attribute::Serial,
                "fw" | "fv" | "firmware" => Attribute::Firmware,
                _ => continue,
            };
            tell(ctx, out, Kind::Mdns, About::Sender, attribute, value.trim(), 40);
        }
    }
}

/// Registrations, refreshes, answers and node status (RFC 1002, 4.2).
fn netbios_names(message: &Message<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    for record in message.records.iter().take(STATEMENTS_MAX) {
        match record.kind {
            netbios::NB => {
                let Some(name) = message.first_label(record.name_at).and_then(netbios::Name::decode) else { continue };
                // A denied registration (rcode) says that the name is not the sender's.
                if let Ok((false, ip)) = netbios::address(record.data)
                    && name.is_host()
                    && message.rcode() == 0
                    && !ip.is_unspecified()
                {
                    let about = About::Host { mac: None, ip: Some(IpAddr::V4(ip)) };
                    tell(ctx, out, Kind::Netbios, about, Attribute::Name, &name.text, 60);
                }
            }
            netbios::NBSTAT => {
                let Ok((names, mac)) = netbios::status(record.data) else { continue };
                if let Some((name, _)) = names.iter().find(|(name, group)| !group && name.is_host()) {
                    tell(ctx, out, Kind::Netbios, About::Sender, Attribute::Name, &name.text, 70);
                }
                if !mac.is_zero() && !mac.is_group() {
                    tell(ctx, out, Kind::Netbios, About::Sender, Attribute::MacAddress, &mac.to_string(), 70);
                }
            }
            _ => {}
        }
    }
}
