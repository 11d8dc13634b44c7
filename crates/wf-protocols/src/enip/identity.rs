//! Identity: the item of a list identity answer and the identity object (CIP volume 1, 5-2; volume 2, 2-4.3.3).

use super::NAME;
use super::names;
use std::net::{IpAddr, Ipv4Addr};
use wf_model::{Address, Attribute};
use wf_wire::decode::{About, Context, Evidence, Sink};
use wf_wire::{MessageWriter, Reader, Short};

/// Identity of a device, as far as it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Version of the encapsulation that the device speaks.
    pub encapsulation: Option<u16>,
    /// Port that the device says it listens on.
    pub port: Option<u16>,
    /// Address that the device says it has.
    pub address: Option<Ipv4Addr>,
    /// Vendor number.
    pub vendor: Option<u16>,
    /// Device type.
    pub device_type: Option<u16>,
    /// Product code.
    pub product_code: Option<u16>,
    /// Major and minor revision.
    pub revision: Option<(u8, u8)>,
    /// Status word.
    pub status: Option<u16>,
    /// Serial number.
    pub serial: Option<u32>,
    /// Product name.
    pub product: Option<String>,
    /// State.
    pub state: Option<u8>,
}

impl Identity {
    /// Reads the identity item of a list identity answer.
    ///
    /// # Errors
    /// A fixed field does not fit.
    pub fn from_item(bytes: &[u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let encapsulation = r.u16_le()?;
        r.skip(2)?; // address family; it and what follows of the address are big-endian
        let port = r.u16()?;
        let address = Ipv4Addr::from(r.array::<4>()?);
        r.skip(8)?;
        let mut found = Self::from_attributes(&mut r)?;
        (found.encapsulation, found.port) = (Some(encapsulation), Some(port));
        found.address = (!address.is_unspecified()).then_some(address);
        found.state = r.u8().ok();
        Ok(found)
    }

    /// Reads all attributes of the identity object, in their order.
    ///
    /// # Errors
    /// A fixed field does not fit.
    pub fn from_attributes(r: &mut Reader<'_>) -> Result<Self, Short> {
        let mut found = Self::default();
        for attribute in 1..=6 {
            found.attribute(attribute, r)?;
        }
        let _ = found.attribute(7, r);
        Ok(found)
    }

    /// Reads one attribute by its number. `Ok(false)`: its length is not known.
    ///
    /// # Errors
    /// It does not fit.
    pub fn attribute(&mut self, number: u16, r: &mut Reader<'_>) -> Result<bool, Short> {
        match number {
            1 => self.vendor = Some(r.u16_le()?),
            2 => self.device_type = Some(r.u16_le()?),
            3 => self.product_code = Some(r.u16_le()?),
            4 => self.revision = Some((r.u8()?, r.u8()?)),
            5 => self.status = Some(r.u16_le()?),
            6 => self.serial = Some(r.u32_le()?),
            7 => {
                let len = usize::from(r.u8()?);
                let name = r.take(len)?;
                self.product =
                    Some(name.iter().map(|b| char::from(*b)).filter(|c| !c.is_control()).collect::<String>().trim().to_owned());
            }
            8 => self.state = Some(r.u8()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Writes what is known.
    pub fn write(&self, m: &mut MessageWriter<'_>) {
        m.opt("encapsulation_version", self.encapsulation);
        if let Some(address) = self.address {
            m.show("identity_address", address);
        }
        m.opt("identity_port", self.port);
        if let Some(vendor) = self.vendor {
            m.num("vendor_id", vendor).show("vendor", names::Vendor(vendor));
        }
        if let Some(kind) = self.device_type {
            m.num("device_type", kind).text("device_type_name", names::device_type(kind));
        }
        m.opt("product_code", self.product_code);
        if let Some((major, minor)) = self.revision {
            m.show("revision", format_args!("{major}.{minor}"));
        }
        m.opt("device_status", self.status);
        if let Some(serial) = self.serial {
            m.show("serial_number", format_args!("{serial:08x}"));
        }
        if let Some(product) = &self.product {
            m.text("product_name", product);
        }
        m.opt("device_state", self.state);
    }

    /// Tells it about the sender.
    pub fn tell(&self, ctx: &Context<'_>, source: &'static str, confidence: u8, out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, confidence| {
            if !value.is_empty() {
                out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
            }
        };
        if let Some(vendor) = self.vendor.filter(|v| *v != 0) {
            say(Attribute::Vendor, &names::Vendor(vendor).to_string(), confidence);
        }
        if let Some(product) = &self.product {
            say(Attribute::Model, product, confidence);
        }
        if let Some((major, minor)) = self.revision {
            say(Attribute::Firmware, &format!("{major}.{minor}"), confidence);
        }
        if let Some(serial) = self.serial.filter(|s| *s != 0) {
            say(Attribute::Serial, &format!("{serial:08x}"), confidence);
        }
        if let Some((role, trust)) = self.device_type.and_then(names::role) {
            say(Attribute::Role, role, trust.min(confidence));
        }
        if let Some(address) = self.address.filter(|a| ctx.src != Some(Address::Ip(IpAddr::V4(*a)))) {
            say(Attribute::IpAddress, &address.to_string(), confidence.saturating_sub(25));
        }
    }
}
