//! The fields of one message, for `decode`.

use super::apdu::{Apdu, kind};
use super::bvlc::Bvlc;
use super::names::{self, Named, property};
use super::npdu::{Npdu, Station};
use super::requests;
use super::schema::{DEPTH_MAX, Damage, Field, Kind, Part, Parts, Schema, walk};
use super::tag::{Datum, Element, Elements, Object, Valued, bits, text};
use std::fmt;
use wf_wire::MessageWriter;

/// Object and property that the values at hand belong to: they say how an enumeration is called.
#[derive(Clone, Copy, Default)]
struct Place {
    object_type: u16,
    property: u32,
}

/// Writes a link message that carries nothing for the network layer.
pub fn link(m: &mut MessageWriter<'_>, bvlc: &Bvlc<'_>) {
    link_head(m, bvlc);
    if let Some(code) = bvlc.result() {
        m.num("result", code).text("outcome", bvlc.outcome());
    }
    m.opt("time_to_live", bvlc.time_to_live());
    let mut entries = bvlc.entries().take(512).peekable();
    if entries.peek().is_some() {
        m.objects("entries", entries, |m, entry| {
            m.show("address", entry.address.0).num("port", entry.address.1);
            if let Some(mask) = entry.mask {
                m.show("broadcast_mask", mask);
            }
            if let Some((live, left)) = entry.times {
                m.num("time_to_live", live).num("seconds_left", left);
            }
        });
    }
}

fn link_head(m: &mut MessageWriter<'_>, bvlc: &Bvlc<'_>) {
    m.num(if bvlc.v6 { "bvlc6_function" } else { "bvlc_function" }, bvlc.function).text("link", bvlc.name());
    if let Some((ip, port)) = bvlc.origin {
        m.show("origin", ip).num("origin_port", port);
    }
    m.opt("virtual_source", bvlc.virtual_source).opt("virtual_target", bvlc.virtual_target);
}

fn station(m: &mut MessageWriter<'_>, names: [&str; 2], station: Option<Station>) {
    if let Some(station) = station {
        m.num(names[0], station.network).hex(names[1], station.octets());
    }
}

fn network_head(m: &mut MessageWriter<'_>, npdu: &Npdu<'_>) {
    station(m, ["destination_network", "destination_address"], npdu.destination);
    station(m, ["source_network", "source_address"], npdu.source);
    m.opt("hop_count", npdu.hop_count);
    if npdu.priority() != 0 {
        m.num("network_priority", npdu.priority());
    }
}

/// Writes a message of the network layer itself.
pub fn network(m: &mut MessageWriter<'_>, bvlc: Option<&Bvlc<'_>>, npdu: &Npdu<'_>) {
    if let Some(bvlc) = bvlc {
        link_head(m, bvlc);
    }
    m.opt("message_type", npdu.message).text("name", npdu.message_name()).opt("vendor_identifier", npdu.vendor);
    network_head(m, npdu);
    let mut networks = npdu.networks().peekable();
    if networks.peek().is_some() {
        m.nums("networks", networks);
    }
    match npdu.reject() {
        Some((reason, _)) => m.text("reason", names::network_reject(reason).trim_start_matches("error: ")),
        None => m,
    };
    let mut ports = npdu.ports().peekable();
    if ports.peek().is_some() {
        m.objects("routes", ports, |m, port| {
            m.num("network", port.network).num("port", port.port).hex("information", port.information);
        });
    }
}

/// Writes an application message. `body` is what its segments came to; none for a segment that completes nothing.
pub fn application(m: &mut MessageWriter<'_>, bvlc: Option<&Bvlc<'_>>, npdu: &Npdu<'_>, apdu: &Apdu<'_>, body: Option<&[u8]>) {
    let v4 = bvlc.filter(|bvlc| !bvlc.v6);
    m.opt("bvlc_function", v4.map(|bvlc| bvlc.function)).num("apdu_type", apdu.kind);
    m.opt("service", apdu.service).opt("invoke_id", apdu.invoke_id);
    let schema = requests::schema(apdu);
    let first = schema.zip(body).map(|(schema, body)| Firsts::of(&schema, body)).unwrap_or_default();
    if let Some(object) = first.object {
        m.num("object_type", object.kind()).num("object_instance", object.instance());
    }
    m.opt("property", first.property);
    m.text("type", names::apdu_type(apdu.kind));
    if let Some(service) = apdu.named() {
        m.text("name", service.name);
    }
    if let Some(bvlc) = bvlc {
        if bvlc.v6 {
            m.num("bvlc6_function", bvlc.function);
        }
        m.text("link", bvlc.name());
        if let Some((ip, port)) = bvlc.origin {
            m.show("origin", ip).num("origin_port", port);
        }
        m.opt("virtual_source", bvlc.virtual_source).opt("virtual_target", bvlc.virtual_target);
    }
    network_head(m, npdu);
    if let Some(segment) = apdu.segment {
        m.num("sequence_number", segment.sequence).num("window_size", segment.window);
        if apdu.kind != kind::SEGMENT_ACK {
            m.flag("more_segments", segment.more);
        }
    }
    m.opt("max_apdu_octets", apdu.octets_max());
    match (apdu.kind, apdu.reason) {
        (kind::REJECT, Some(reason)) => m.show("reason", Named("reject_reason", reason.into())),
        (kind::ABORT, Some(reason)) => m.show("reason", Named("abort_reason", reason.into())),
        (kind::SEGMENT_ACK, _) => m.flag("negative", apdu.flags & 2 != 0),
        _ => m,
    };
    if let Some((schema, body)) = schema.zip(body) {
        parameters(m, &schema, body);
    }
}

/// The first object and property that a message names.
#[derive(Clone, Copy, Debug, Default)]
struct Firsts {
    object: Option<Object>,
    property: Option<u32>,
}

impl Firsts {
    fn of(schema: &Schema, body: &[u8]) -> Self {
        let mut first = Self::default();
        let _: Damage = walk(schema, body, &mut |leaf| match (leaf.datum, leaf.field.kind) {
            (Datum::Object(object), _) => first.object = first.object.or(Some(object)),
            (Datum::Enumerated(number), Kind::Property) => first.property = first.property.or(Some(number)),
            _ => {}
        });
        first
    }
}

fn parameters(m: &mut MessageWriter<'_>, schema: &Schema, body: &[u8]) {
    let mut place = Place::default();
    match schema.list {
        Some(name) => {
            m.objects(name, items(schema.fields, false, body), |m, item| parts(m, &item, &mut place, 0));
        }
        None => {
            let item: Vec<Part<'_>> = Parts::new(schema.fields, false, body).take_while(|part| !part.fresh).collect();
            parts(m, &item, &mut place, 0);
        }
    }
}

/// The items of a sequence of sequences.
fn items<'a>(fields: &'static [Field], choice: bool, body: &'a [u8]) -> Vec<Vec<Part<'a>>> {
    let mut items: Vec<Vec<Part<'a>>> = Vec::new();
    for part in Parts::new(fields, choice, body) {
        match items.last_mut() {
            Some(item) if !part.fresh => item.push(part),
            _ => items.push(vec![part]),
        }
    }
    items
}

fn parts(m: &mut MessageWriter<'_>, parts: &[Part<'_>], place: &mut Place, depth: u8) {
    for part in parts {
        let Some(field) = part.field else { continue };
        match (part.element, field.kind) {
            (Element::Group { inner, .. }, Kind::Seq(fields)) if depth < DEPTH_MAX => {
                group(m, field.name, fields, false, inner, place, depth)
            }
            (Element::Group { inner, .. }, Kind::Choice(fields)) if depth < DEPTH_MAX => {
                group(m, field.name, fields, true, inner, place, depth)
            }
            (Element::Group { inner, .. }, _) => any(m, field.name, inner, place, depth),
            _ => {
                if let Some(datum) = part.datum() {
                    note(field, datum, place);
                    datum_of(m, field, datum, *place);
                }
            }
        }
    }
}

fn group(
    m: &mut MessageWriter<'_>,
    name: &str,
    fields: &'static [Field],
    choice: bool,
    inner: &[u8],
    place: &mut Place,
    depth: u8,
) {
    m.objects(name, items(fields, choice, inner), |m, item| parts(m, &item, place, depth + 1));
}

fn note(field: &Field, datum: Datum<'_>, place: &mut Place) {
    match (datum, field.kind) {
        (Datum::Object(object), _) => place.object_type = object.kind(),
        (Datum::Enumerated(number), Kind::Property) => place.property = number,
        _ => {}
    }
}

fn datum_of(m: &mut MessageWriter<'_>, field: &Field, datum: Datum<'_>, place: Place) {
    match (field.kind, datum) {
        (Kind::Secret, _) => m.flag(&format!("{}_seen", field.name), true),
        (Kind::Enum(section), Datum::Enumerated(number)) => m.show(field.name, Named(section, number)),
        (Kind::Property, Datum::Enumerated(number)) => m.show(field.name, Named("property", number)),
        (Kind::Flags(flags), Datum::Bits(body)) => m.texts(field.name, set_flags(flags, body)),
        (Kind::Plain(_), Datum::Unsigned(number)) if field.name == "vendor_identifier" => {
            let vendor = u32::try_from(number).ok().and_then(|number| names::name("vendor", number));
            m.num(field.name, number);
            match vendor {
                Some(vendor) => m.text("vendor", vendor),
                None => m,
            }
        }
        (Kind::Any, datum) => value(m, field.name, datum, place),
        (_, datum) => plain(m, field.name, datum),
    };
}

/// The names of the bits that are set.
pub fn set_flags<'a>(flags: &'static [&'static str], body: &'a [u8]) -> impl Iterator<Item = &'static str> + 'a {
    bits(body).zip(flags).filter(|(set, _)| *set).map(|(_, flag)| *flag)
}

fn plain<'m, 'w>(m: &'m mut MessageWriter<'w>, name: &str, datum: Datum<'_>) -> &'m mut MessageWriter<'w> {
    match datum {
        Datum::Bool(value) => m.flag(name, value),
        Datum::Unsigned(value) => m.num(name, value),
        Datum::Signed(value) => m.num(name, value),
        Datum::Enumerated(value) => m.num(name, value),
        // As short as single precision has it.
        Datum::Real(value) => m.float(name, value.to_string().parse().unwrap_or(f64::NAN)),
        Datum::Double(value) => m.float(name, value),
        Datum::Octets(body) | Datum::Raw(body) => m.hex(name, body),
        Datum::Text(body) => m.text(name, &text(body)),
        datum => m.show(name, datum),
    }
}

fn value<'m, 'w>(m: &'m mut MessageWriter<'w>, name: &str, datum: Datum<'_>, place: Place) -> &'m mut MessageWriter<'w> {
    match (datum, names::section_of(place.object_type, place.property)) {
        (Datum::Enumerated(_), section @ Some(_)) => m.show(name, Valued(datum, section)),
        _ => plain(m, name, datum),
    }
}

/// A value of whatever type: as it is where it is one primitive, else as a list.
fn any(m: &mut MessageWriter<'_>, name: &str, inner: &[u8], place: &mut Place, depth: u8) {
    let mut elements = Elements::new(inner);
    if let Some(Element::Application { kind, lvt, body }) = elements.next()
        && elements.next().is_none()
    {
        let datum = Datum::application(kind, lvt, body);
        match (datum, place.property) {
            (Datum::Bits(body), property::STATUS_FLAGS) => m.texts(name, set_flags(super::STATUS_FLAGS, body)),
            _ => value(m, name, datum, *place),
        };
        return;
    }
    match requests::value_schema(place.property) {
        Some(schema) if depth < DEPTH_MAX => {
            let (mut inside, choice) = (*place, place.property == 130);
            m.objects(name, items(schema.fields, choice, inner), |m, item| parts(m, &item, &mut inside, depth + 1));
        }
        _ => {
            let section = names::section_of(place.object_type, place.property);
            m.texts(name, Elements::new(inner).map(|element| Shown { element, section, depth }));
        }
    }
}

/// An element of unknown structure, for people: `12.5`, `[1] 0a02`, `[3]{[0] 01, 5}`.
pub struct Shown<'a> {
    /// The element.
    pub element: Element<'a>,
    /// Names of enumerated values.
    pub section: Option<&'static str>,
    /// How deep it lies.
    pub depth: u8,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.element {
            Element::Application { kind, lvt, body } => Valued(Datum::application(kind, lvt, body), self.section).fmt(f),
            Element::Context { number, body } => write!(f, "[{number}] {}", Datum::Raw(body)),
            Element::Group { number, .. } if self.depth >= DEPTH_MAX => write!(f, "[{number}]{{…}}"),
            Element::Group { number, inner } => {
                write!(f, "[{number}]{{")?;
                for (at, element) in Elements::new(inner).enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    Shown { element, section: self.section, depth: self.depth + 1 }.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}
