//! Process values of an ASDU as measurements.

use super::NAME;
use super::asdu::{Asdu, Element, Form, Time};
use super::targets;
use super::values::{self, Reading};
use wf_wire::decode::Value;
use wf_wire::{Context, Measurement, Sink, Target};

/// Tells the points of an ASDU of process information. Several without time that did not change are skipped.
pub fn tell(ctx: &Context<'_>, asdu: &Asdu<'_>, form: Form, out: &mut dyn Sink) {
    let station = asdu.common_address;
    // Test data are none of the process (clause 7.2.3, T).
    if asdu.test {
        return;
    }
    if form.time == Time::No && asdu.count > 1 {
        let block = targets::block(asdu.type_id, asdu.first_object().unwrap_or(0), asdu.count, station);
        if out.unchanged(ctx, ctx.direction, block, asdu.objects) {
            return;
        }
    }
    for item in asdu.items() {
        let Some(reading) = values::reading(form, item.octets) else { continue };
        if form.element == Element::Packed {
            packed(ctx, asdu, item.address, &reading, out);
            continue;
        }
        let point = Target::Coded(targets::point(asdu.type_id, item.address, station));
        let (value, quality) = (reading.value, reading.quality());
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    }
}

/// Sixteen single points in one object; the upper half says which of them changed (7.2.6.40).
fn packed(ctx: &Context<'_>, asdu: &Asdu<'_>, address: u32, reading: &Reading, out: &mut dyn Sink) {
    let Value::Number(bits) = reading.value else { return };
    let (bits, quality) = (bits as u32, reading.quality());
    for bit in 0..16u8 {
        let point = Target::Coded(targets::bit(asdu.type_id, address, bit, asdu.common_address));
        let value = Value::Flag(bits >> bit & 1 == 1);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    }
}
