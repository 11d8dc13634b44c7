//! What results and notifications tell: values of points with their quality, and what devices say of themselves.

use super::NAME;
use super::names::{self, DEVICE, property};
use super::npdu::Station;
use super::schema::{Kind, Leaf, Schema, walk};
use super::tag::{Datum, Object, bits, text};
use super::targets::Subject;
use crate::hints;
use wf_model::Attribute;
use wf_wire::decode::Value;
use wf_wire::{About, Context, Evidence, Measurement, Sink, Target};

/// Quality of each status flag that is set, the worst first (clause 12, `Status_Flags`). Being in alarm is no fault of a value.
const QUALITIES: [(usize, &str); 3] = [(1, "fault"), (3, "out_of_service"), (2, "overridden")];

/// A value that was read or notified.
#[derive(Clone, Copy)]
struct Reading<'a> {
    subject: Subject,
    datum: Datum<'a>,
}

/// What is told of one object, gathered until the next one comes.
struct Gathering<'s, 'a> {
    station: Option<Station>,
    object: Option<Object>,
    property: u32,
    index: Option<u32>,
    /// Value whose quality may still come.
    held: smallvec::SmallVec<[Reading<'a>; 2]>,
    quality: &'static str,
    ctx: &'s Context<'s>,
}

/// Tells the values of a read result or a notification of changes, and what the device says of itself.
pub fn tell(ctx: &Context<'_>, station: Option<Station>, schema: &Schema, body: &[u8], out: &mut dyn Sink) {
    let block = Subject::of(schema, body, station).coded();
    if out.unchanged(ctx, ctx.direction, block, body) {
        return;
    }
    let (object, property, index) = (None, u32::MAX, None);
    let held = smallvec::SmallVec::new();
    let mut gathering = Gathering { station, object, property, index, held, quality: "good", ctx };
    walk(schema, body, &mut |leaf| gathering.leaf(leaf, out));
    gathering.flush(out);
}

impl<'a> Gathering<'_, 'a> {
    fn leaf(&mut self, leaf: &Leaf<'a>, out: &mut dyn Sink) {
        match (leaf.field.kind, leaf.datum) {
            (Kind::Plain(_), Datum::Object(object)) => {
                self.flush(out);
                (self.object, self.property) = (Some(object), u32::MAX);
            }
            (Kind::Property, Datum::Enumerated(property)) => (self.property, self.index) = (property, None),
            (Kind::Index, Datum::Unsigned(index)) => self.index = u32::try_from(index).ok(),
            (Kind::Any, datum) if !leaf.nested && self.property != u32::MAX => {
                self.value(datum, out);
                // Of several values only the first is the point's.
                if matches!(self.property, property::PRESENT_VALUE) {
                    self.property = u32::MAX;
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, datum: Datum<'a>, out: &mut dyn Sink) {
        match (self.property, datum) {
            (property::PRESENT_VALUE | property::SETPOINT | property::UNITS, _) => {
                let subject = Subject::point(self.object, self.property, self.index, self.station);
                self.held.push(Reading { subject, datum });
            }
            (property::STATUS_FLAGS, Datum::Bits(body)) => {
                let set = |at| bits(body).nth(at) == Some(true);
                if let Some((_, quality)) = QUALITIES.iter().find(|(at, _)| set(*at)) {
                    self.quality = quality;
                }
            }
            (property::RELIABILITY, Datum::Enumerated(reason)) if reason != 0 => {
                self.quality = names::name("reliability", reason).unwrap_or("unreliable");
            }
            (property::OUT_OF_SERVICE, Datum::Bool(true)) if self.quality == "good" => self.quality = "out_of_service",
            _ => {}
        }
        if self.object.is_some_and(|object| object.kind() == DEVICE) {
            self.identity(datum, out);
        }
    }

    fn flush(&mut self, out: &mut dyn Sink) {
        let quality = std::mem::replace(&mut self.quality, "good");
        for reading in self.held.drain(..) {
            measurement(self.ctx, &reading, quality, out);
        }
    }

    /// A property of the device object. A device behind a router is not who sends here: nothing is said of it.
    fn identity(&self, datum: Datum<'a>, out: &mut dyn Sink) {
        if self.station.is_some() {
            return;
        }
        let (attribute, confidence) = match self.property {
            property::OBJECT_NAME => (Attribute::Name, 85),
            property::VENDOR_NAME => (Attribute::Vendor, 90),
            property::VENDOR_IDENTIFIER => return vendor(self.ctx, datum.number(), 80, out),
            property::MODEL_NAME => (Attribute::Model, 90),
            property::FIRMWARE_REVISION => (Attribute::Firmware, 90),
            property::APPLICATION_SOFTWARE_VERSION => (Attribute::Software, 80),
            property::SERIAL_NUMBER => (Attribute::Serial, 90),
            property::DESCRIPTION => (Attribute::Description, 60),
            property::LOCATION => (Attribute::Description, 50),
            _ => return,
        };
        if let Datum::Text(body) = datum {
            say(self.ctx, attribute, &hints::clean(text(body).as_bytes()), confidence, out);
        }
    }
}

fn measurement(ctx: &Context<'_>, reading: &Reading<'_>, quality: &'static str, out: &mut dyn Sink) {
    let point = Target::Coded(reading.subject.coded());
    let kind = reading.subject.object.map_or(0, Object::kind);
    let mut say = |value| out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    match reading.datum {
        Datum::Bool(value) => say(Value::Flag(value)),
        Datum::Enumerated(number) if reading.subject.property == Some(property::UNITS) => {
            say(names::name("units", number).map_or(Value::Number(number.into()), Value::Text));
        }
        Datum::Enumerated(number) => match names::section_of(kind, property::PRESENT_VALUE) {
            Some("binary_pv") if number < 2 => say(Value::Flag(number == 1)),
            _ => say(Value::Number(number.into())),
        },
        #[expect(clippy::cast_precision_loss, reason = "counters beyond 53 bits are met rarely")]
        Datum::Unsigned(number) => say(Value::Number(number as f64)),
        #[expect(clippy::cast_precision_loss, reason = "numbers beyond 53 bits are met rarely")]
        Datum::Signed(number) => say(Value::Number(number as f64)),
        Datum::Real(number) => say(Value::Number(number.into())),
        Datum::Double(number) => say(Value::Number(number)),
        Datum::Text(body) => say(Value::Text(hints::bounded(&text(body), super::VALUE_MAX))),
        datum @ (Datum::Bits(_) | Datum::Date(_) | Datum::Time(_)) => say(Value::Text(&datum.to_string())),
        _ => {}
    }
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "device_object", confidence });
    }
}

fn vendor(ctx: &Context<'_>, number: Option<u64>, confidence: u8, out: &mut dyn Sink) {
    let name = number.and_then(|number| u32::try_from(number).ok()).and_then(|number| names::name("vendor", number));
    if let Some(name) = name {
        say(ctx, Attribute::Vendor, name, confidence, out);
    }
}

/// What a device says of itself to all: I-Am, I-Have, Who-Am-I.
pub fn announced(ctx: &Context<'_>, service: u8, schema: &Schema, body: &[u8], out: &mut dyn Sink) {
    let mut first = true;
    walk(schema, body, &mut |leaf| {
        match (leaf.field.name, leaf.datum) {
            ("device_identifier", Datum::Object(device)) if first && service <= 1 && device.kind() == DEVICE => {
                say(ctx, Attribute::Name, &format!("device {}", device.instance()), 40, out);
            }
            ("vendor_identifier", datum) => vendor(ctx, datum.number(), 80, out),
            ("model_name", Datum::Text(body)) => say(ctx, Attribute::Model, &hints::clean(text(body).as_bytes()), 80, out),
            ("serial_number", Datum::Text(body)) => say(ctx, Attribute::Serial, &hints::clean(text(body).as_bytes()), 80, out),
            _ => {}
        }
        first = false;
    });
}
