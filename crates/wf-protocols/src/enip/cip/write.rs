//! Writes the fields of a CIP message.

use super::Link;
use super::connection::{self, Open, Opened};
use super::message::{Request, Response};
use super::path::Object;
use super::pccc;
use super::service::{self, Tag, class, code};
use super::status;
use super::value::{self, Type};
use crate::enip::identity::Identity;
use crate::enip::names;
use wf_wire::{MessageWriter, Reader};

/// Writes a request.
pub fn request(m: &mut MessageWriter<'_>, link: &Link, request: &Request<'_>, object: &Object) {
    m.num("service", request.service).flag("response", false);
    m.opt("class", object.class).opt("instance", object.instance).opt("attribute", request.attribute(object));
    m.text("service_name", service::describe(request.service, object).0);
    write_link(m, link);
    if !request.path.0.is_empty() {
        m.show("path", request.path);
    }
    if object.symbolic {
        let mut name = String::new();
        if let Some(index) = request.path.tag(&mut name) {
            m.show("tag", format_args!("{name}[{index}]"));
        } else {
            m.text("tag", &name);
        }
    }
    if let Some(name) = object.class.and_then(names::class) {
        m.text("class_name", name);
    }
    if let Some(tag) = service::tag(request.service, object) {
        return write_tag(m, tag, request.data);
    }
    match (object.class, request.service) {
        (Some(class::CONNECTION_MANAGER), code::OPEN | code::LARGE_OPEN) => write_open(m, request),
        (Some(class::CONNECTION_MANAGER), 0x4e) => {
            if let Ok((serial, vendor, originator)) = connection::close(request.data) {
                write_triad(m, serial, vendor, originator);
            }
        }
        (Some(class::CONNECTION_MANAGER), 0x52) => {
            if let Some(Ok(carried)) = request.carried(object) {
                m.show("route", carried.route);
            }
        }
        (Some(class::PCCC), code::PCCC) => write_pccc(m, request.data),
        (_, code::GET_LIST) => {
            m.nums("attributes", request.listed_attributes());
        }
        (_, code::MULTIPLE) => {
            m.opt("services", Reader::new(request.data).u16_le().ok());
        }
        _ if !request.data.is_empty() => {
            m.hex("data", request.data);
        }
        _ => {}
    }
}

fn write_link(m: &mut MessageWriter<'_>, link: &Link) {
    if let Link::Connected { connection, sequence } = *link {
        if let Some(connection) = connection {
            m.show("connection_id", format_args!("{connection:08x}"));
        }
        m.num("sequence", sequence);
    }
}

fn write_tag(m: &mut MessageWriter<'_>, tag: Tag, data: &[u8]) {
    let mut r = Reader::new(data);
    match tag {
        Tag::Read => {
            m.opt("elements", r.u16_le().ok());
        }
        Tag::ReadPart => {
            m.opt("elements", r.u16_le().ok()).opt("offset", r.u32_le().ok());
        }
        Tag::Write | Tag::WritePart => {
            let (Ok(of), Ok(elements)) = (Type::read(&mut r), r.u16_le()) else { return };
            m.text("type", of.name()).num("elements", elements);
            if tag == Tag::WritePart {
                m.opt("offset", r.u32_le().ok());
            }
            m.text("value", &value::text(of, r.rest()));
        }
        Tag::Modify => {
            if let Ok(size) = r.u16_le().map(usize::from) {
                let (or, and) = (r.take(size), r.take(size));
                m.hex("or_mask", or.unwrap_or(&[])).hex("and_mask", and.unwrap_or(&[]));
            }
        }
    }
}

fn write_open(m: &mut MessageWriter<'_>, request: &Request<'_>) {
    let Ok(open) = Open::parse(request.service, request.data) else { return };
    m.show("connection_id_to_originator", format_args!("{:08x}", open.to_originator));
    write_triad(m, open.serial, open.vendor, open.originator);
    m.num("rpi_to_target_us", open.interval_to_target).num("rpi_to_originator_us", open.interval_to_originator);
    m.num("parameters_to_target", open.parameters_to_target).num("parameters_to_originator", open.parameters_to_originator);
    m.num("transport_class", open.class()).show("connection_path", open.path);
    if let Some(key) = open.path.key() {
        m.show("key_vendor", names::Vendor(key.vendor)).num("key_device_type", key.device_type);
        m.num("key_product_code", key.product_code).show("key_revision", format_args!("{}.{}", key.major & 0x7f, key.minor));
    }
}

fn write_triad(m: &mut MessageWriter<'_>, serial: u16, vendor: u16, originator: u32) {
    m.num("connection_serial", serial).num("originator_vendor_id", vendor);
    m.show("originator_vendor", names::Vendor(vendor)).show("originator_serial", format_args!("{originator:08x}"));
}

fn write_pccc(m: &mut MessageWriter<'_>, data: &[u8]) {
    let Ok(command) = pccc::Command::parse(data) else { return };
    m.num("pccc_command", command.command).num("pccc_status", command.status).num("pccc_transaction", command.transaction);
    m.opt("pccc_function", command.function);
    if command.function.is_some() {
        m.text("pccc_name", command.describe().0);
    }
    if let Some((address, rest)) = command.address() {
        m.text("pccc_address", &address.name());
        if !rest.is_empty() {
            m.text("value", &address.text(rest));
        }
    } else if !command.data.is_empty() {
        m.hex("data", command.data);
    }
}

/// Writes a response; `request` is what it answers, where that is known.
pub fn response(m: &mut MessageWriter<'_>, link: &Link, response: &Response<'_>, request: Option<&Request<'_>>) {
    m.num("service", response.service).flag("response", true).num("status", response.status);
    write_link(m, link);
    if response.status != 0 {
        m.text("status_name", status::outcome(response.status)).opt("extended_status", response.extended());
    }
    let Some(request) = request else {
        if !response.data.is_empty() {
            m.hex("data", response.data);
        }
        return;
    };
    let object = request.object();
    m.text("service_name", service::describe(response.service, &object).0);
    m.opt("request_class", object.class).opt("request_instance", object.instance);
    m.opt("request_attribute", request.attribute(&object));
    if object.symbolic {
        let mut name = String::new();
        let index = request.path.tag(&mut name);
        match index {
            Some(index) => m.show("tag", format_args!("{name}[{index}]")),
            None => m.text("tag", &name),
        };
    }
    if status::is_ok(response.status) {
        write_result(m, response, request, &object);
    }
}

fn write_result(m: &mut MessageWriter<'_>, response: &Response<'_>, request: &Request<'_>, object: &Object) {
    let mut r = Reader::new(response.data);
    match (service::tag(response.service, object), object.class, response.service) {
        (Some(Tag::Read | Tag::ReadPart), ..) => {
            if let Ok(of) = Type::read(&mut r) {
                m.text("type", of.name()).text("value", &value::text(of, r.rest()));
            }
        }
        (_, Some(class::CONNECTION_MANAGER), code::OPEN | code::LARGE_OPEN) => {
            if let Ok(opened) = Opened::parse(response.data) {
                m.show("connection_id_to_target", format_args!("{:08x}", opened.to_target));
                m.show("connection_id_to_originator", format_args!("{:08x}", opened.to_originator));
                write_triad(m, opened.serial, opened.vendor, opened.originator);
                m.num("api_to_target_us", opened.interval_to_target).num("api_to_originator_us", opened.interval_to_originator);
            }
        }
        (_, Some(class::PCCC), code::PCCC) => write_pccc(m, response.data),
        (_, Some(class::SYMBOL), code::LIST_INSTANCES) => {
            let mut names = Vec::new();
            tags(request, response.data, |name| names.push(name));
            m.texts("tags", names);
        }
        _ => {
            let identity = identity(request, object, response);
            if let Some(identity) = &identity {
                identity.write(m);
            }
            // A list may hold attributes beside those of the identity.
            let told = identity.is_some() && response.service != code::GET_LIST;
            if !told && !response.data.is_empty() && !response.is_multiple() {
                m.hex("data", response.data);
            }
        }
    }
}

/// The identity that an answer from the identity object holds.
pub fn identity(request: &Request<'_>, object: &Object, response: &Response<'_>) -> Option<Identity> {
    if object.class != Some(class::IDENTITY) || object.instance != Some(1) || !status::is_ok(response.status) {
        return None;
    }
    let mut r = Reader::new(response.data);
    match response.service {
        code::GET_ALL => Identity::from_attributes(&mut r).ok(),
        code::GET_SINGLE => {
            let mut found = Identity::default();
            let number = u16::try_from(request.attribute(object)?).ok()?;
            matches!(found.attribute(number, &mut r), Ok(true)).then_some(found)
        }
        code::GET_LIST => {
            let mut found = Identity::default();
            let count = r.u16_le().ok()?;
            for _ in 0..count {
                let (Ok(number), Ok(state)) = (r.u16_le(), r.u16_le()) else { break };
                if state == 0 && !matches!(found.attribute(number, &mut r), Ok(true)) {
                    break;
                }
            }
            Some(found)
        }
        _ => None,
    }
}

/// Names in an answer that lists symbols: instance, then the attributes that were asked for.
fn tags(request: &Request<'_>, data: &[u8], mut each: impl FnMut(String)) {
    let mut asked = Reader::new(request.data);
    let count = asked.u16_le().unwrap_or(0);
    let attributes: Vec<u16> = (0..count.min(16)).map_while(|_| asked.u16_le().ok()).collect();
    let mut r = Reader::new(data);
    while r.skip(4).is_ok() {
        for attribute in &attributes {
            let fits = match attribute {
                1 => r.u16_le().and_then(|len| r.take(len.into())).map(|name| each(name.escape_ascii().to_string())),
                2 | 7 => r.skip(2),
                3 | 5 | 6 => r.skip(4),
                8 => r.skip(12),
                10 => r.skip(1),
                _ => return,
            };
            if fits.is_err() {
                return;
            }
        }
    }
}
