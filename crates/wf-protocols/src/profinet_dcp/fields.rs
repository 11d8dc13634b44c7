//! The fields of one message, for `decode`.

use super::blocks::{Block, Blocks, Content, Header};
use super::{names, text};
use wf_model::Mac;
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, header: &Header, blocks: &[u8]) {
    m.num("service_id", header.service_id).num("service_type", header.service_type).num("xid", header.xid);
    let says = header.is_known() && !is_pair(header);
    if let Some(station) = Blocks::new(header, blocks).find(|block| says && (block.option, block.suboption) == (2, 2)) {
        m.text("name_of_station", &name(station.value));
    }
    m.num("frame_id", header.frame_id).text("service", names::service(header.service_id));
    m.text("type", names::service_type(header.service_type));
    if header.service_id == names::IDENTIFY && header.is_request() {
        m.num("response_delay", header.delay);
    }
    m.objects("blocks", Blocks::new(header, blocks), |m, block| {
        m.num("option", block.option).num("suboption", block.suboption);
        m.text("name", names::option(block.option, block.suboption));
        if !is_pair(header) {
            let lead = if header.is_request() && header.service_id == names::SET { "qualifier" } else { "info" };
            m.opt(lead, block.lead);
            content(m, &block);
        }
    });
}

const fn is_pair(header: &Header) -> bool {
    header.service_id == names::GET && header.is_request()
}

/// A name as it stands, without trimming. Names are ASCII; what is not shows as such.
fn name(value: &[u8]) -> String {
    let ascii = |octet: &u8| if octet.is_ascii() { char::from(*octet) } else { char::REPLACEMENT_CHARACTER };
    value.iter().take_while(|octet| **octet != 0).map(ascii).collect()
}

fn content(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    match block.content() {
        Content::Octets if block.value.is_empty() => {}
        Content::Octets => {
            m.hex("data", block.value);
        }
        Content::Text(value) => {
            m.text("value", &text(value));
        }
        Content::Ip([address, mask, gateway]) => {
            m.show("ip", address).show("mask", mask).show("gateway", gateway);
        }
        Content::Mac(mac) => {
            m.show("mac", Mac(mac));
        }
        Content::DeviceId(vendor, device) => {
            m.num("vendor_id", vendor).num("device_id", device);
            if let Some(vendor) = names::vendor(vendor) {
                m.text("vendor_name", vendor);
            }
        }
        Content::Role(role) => {
            m.num("role", role).texts("roles", super::roles(role).map(|(name, _)| name));
        }
        Content::Options(pairs) => {
            let known = pairs.chunks_exact(2).filter_map(|pair| pair.first().zip(pair.get(1)));
            m.texts("options", known.map(|(option, suboption)| names::option(*option, *suboption)));
        }
        Content::Instance(high, low) => {
            m.num("instance_high", high).num("instance_low", low);
        }
        Content::Address(address) => {
            m.show("address", address);
        }
        Content::Response(option, suboption, error) => {
            m.text("of", names::option(option, suboption)).num("error", error).text("outcome", names::outcome(error));
        }
        Content::Number(number) => {
            m.num("value", number);
        }
    }
}
