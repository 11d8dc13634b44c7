//! What slaves are, by their configuration memory (ETG.2010) and by their dictionary (ETG.1000.6, objects 0x1008 to 0x1018).

use super::names;
use super::ring::{has_slaves, measure};
use super::targets::{self, Own, Part, Slave};
use super::{NAME, SOURCE};
use wf_model::Attribute;
use wf_wire::decode::Value;
use wf_wire::{About, Context, Evidence, Sink};

/// Numbers of one slave that were told.
#[derive(Debug, Default)]
pub struct Identity {
    vendor: Option<u32>,
    product: Option<u32>,
    told: [Option<u32>; 4],
}

impl Identity {
    /// A number: told when it is new. `first`: the slave stands for the whole ring.
    pub fn number(&mut self, ctx: &Context<'_>, slave: Slave, first: bool, own: Own, number: u32, out: &mut dyn Sink) {
        let at = match own {
            Own::VendorId => 0,
            Own::ProductCode => 1,
            Own::RevisionNumber => 2,
            _ => 3,
        };
        let Some(told) = self.told.get_mut(at) else { return };
        if told.replace(number) == Some(number) {
            return;
        }
        measure(ctx, targets::coded(slave, Part::Own(own)), Value::Number(f64::from(number)), "good", out);
        match own {
            Own::VendorId => self.vendor = Some(number),
            Own::ProductCode => self.product = Some(number),
            Own::SerialNumber if first && number != 0 => evidence(ctx, Attribute::Serial, &number.to_string(), 80, out),
            _ => {}
        }
        if !first || !matches!(own, Own::VendorId | Own::ProductCode) {
            return;
        }
        if let (Own::VendorId, Some(vendor)) = (own, names::vendor(number)) {
            evidence(ctx, Attribute::Vendor, vendor, 85, out);
        }
        if let (Some(2), Some(product)) = (self.vendor, self.product)
            && let Some(series) = names::beckhoff_series(product)
        {
            evidence(ctx, Attribute::Model, &format!("{series}{}", product >> 16), 80, out);
        }
    }
}

/// A text.
pub fn text(ctx: &Context<'_>, slave: Slave, first: bool, own: Own, text: &str, out: &mut dyn Sink) {
    if text.is_empty() {
        return;
    }
    measure(ctx, targets::coded(slave, Part::Own(own)), Value::Text(text), "good", out);
    let (attribute, confidence) = match own {
        Own::DeviceName => (Attribute::Description, 60),
        Own::OrderNumber => (Attribute::OrderNumber, 75),
        Own::HardwareVersion => (Attribute::Hardware, 80),
        Own::SoftwareVersion => (Attribute::Firmware, 80),
        _ => return,
    };
    if first {
        evidence(ctx, attribute, text, confidence, out);
    }
}

/// Of the slaves: the receiver of what the master says.
fn evidence(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if has_slaves(ctx) {
        out.evidence(ctx, NAME, Evidence { about: About::Receiver, attribute, value, source: SOURCE, confidence });
    }
}

/// What the addresses of a frame that came back say of both ends.
pub fn ends(ctx: &Context<'_>, out: &mut dyn Sink) {
    for (about, value) in [(About::Sender, "controller"), (About::Receiver, "remote_io")] {
        out.evidence(ctx, NAME, Evidence { about, attribute: Attribute::Role, value, source: "", confidence: 60 });
    }
}
