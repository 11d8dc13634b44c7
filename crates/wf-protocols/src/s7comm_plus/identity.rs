//! What both sides say of themselves when a session begins.

use super::NAME;
use super::names::{self, attribute, function};
use super::object::{Object, Part, Parts};
use super::pdu::{self, Pdu};
use super::value::Value;
use crate::hints::clean;
use wf_model::Attribute;
use wf_wire::decode::{About, Context, Evidence, Sink};

/// Says a role of the sender.
pub fn role(ctx: &Context<'_>, value: &str, confidence: u8, out: &mut dyn Sink) {
    say(ctx, Attribute::Role, value, "", confidence, out);
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, source: &'static str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
    }
}

/// Attributes of sessions among objects.
fn session<'a>(parts: Parts<'a>, mut each: impl FnMut(u32, Value<'a>)) {
    let mut within = Object::default();
    for part in parts {
        match part {
            Part::Begin(object) => within = object,
            Part::Attribute(id, value) if within.class == names::CLASS_SESSION => each(id, value),
            _ => {}
        }
    }
}

/// What a request for a session says of the client.
pub fn client(ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    if pdu.function != function::CREATE_OBJECT {
        return;
    }
    let Ok((names::SESSIONS, parts)) = pdu::create(pdu.body) else { return };
    session(parts, |id, value| {
        let Some(text) = value.characters().map(clean) else { return };
        match id {
            attribute::APPLICATION => say(ctx, Attribute::Software, &text, "session", 50, out),
            attribute::HOST => match host(&text) {
                Some(name) => say(ctx, Attribute::Name, name, "session", 60, out),
                None => say(ctx, Attribute::Description, &text, "session", 30, out),
            },
            _ => {}
        }
    });
}

/// A host's name, where the text is one: TIA Portal puts a number behind it.
fn host(text: &str) -> Option<&str> {
    let name = match text.rsplit_once('_') {
        Some((name, number)) if number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => text,
    };
    let fits =
        (2..=63).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (fits && name != "YourHost").then_some(name)
}

/// What an answer says of the controller: `1;6ES7 511-1AK00-0AB0;V1.0`.
pub fn server(ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    if pdu.function != function::CREATE_OBJECT {
        return;
    }
    let Ok((_, parts)) = pdu::created(pdu.answered()) else { return };
    session(parts, |id, value| {
        if id == attribute::VERSION
            && let Some(text) = value.member(attribute::PAOM).and_then(|paom| paom.characters())
        {
            versions(ctx, &clean(text), out);
        }
    });
}

fn versions(ctx: &Context<'_>, text: &str, out: &mut dyn Sink) {
    let mut parts = text.split(';').skip(1).map(str::trim);
    let (Some(order), Some(firmware)) = (parts.next(), parts.next()) else { return };
    say(ctx, Attribute::OrderNumber, order, "session", 85, out);
    say(ctx, Attribute::Firmware, firmware, "session", 85, out);
    if order.starts_with("6ES7") || order.starts_with("6AG") {
        say(ctx, Attribute::Vendor, "Siemens", "session", 85, out);
    }
    // The digits behind the family tell the device.
    let model = match order.get(5..8).unwrap_or("") {
        "211" | "212" | "214" | "215" | "217" => "SIMATIC S7-1200",
        "510" => "SIMATIC ET 200SP",
        "511" | "513" | "515" | "516" | "517" | "518" => "SIMATIC S7-1500",
        _ => return,
    };
    say(ctx, Attribute::Model, model, "session", 60, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, want) in [
            ("ES-01_12345678", Some("ES-01")),
            ("PANEL_2", Some("PANEL_2")),
            ("HMI HOST", None),
            (":::\"OPC Server_1\"::VM/", None),
            ("YourHost", None),
        ] {
            assert_eq!(host(text), want, "{text}");
        }
    }
}
