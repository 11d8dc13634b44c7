//! A message with its fields.

use super::names::{self, service};
use super::object::{Access, Name, file_name};
use super::pdu::{Pdu, kind};
use super::report::Report;
use crate::ber::{self, Element, Elements, SEQUENCE};
use crate::hints::clean;
use crate::mms_data;
use crate::process_bus::visible;
use wf_wire::MessageWriter;

/// Names and values of one message that are shown.
const SHOWN_MAX: usize = 256;

/// Writes a unit.
pub fn write(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    m.text("pdu", names::pdu(pdu.kind)).opt("invoke_id", pdu.invoke);
    if let Some(tag) = pdu.service().filter(|tag| names::is_service(*tag)) {
        m.num("service", tag).text("function", names::function(tag).0);
        if pdu.kind == kind::REQUEST { request(m, pdu, tag) } else { response(m, pdu, tag) }
    }
    match pdu.kind {
        kind::ERROR | kind::CANCEL_ERROR | kind::INITIATE_ERROR | kind::CONCLUDE_ERROR => {
            if let Some(error) = pdu.error() {
                m.text("error", &names::error(error));
            }
        }
        kind::REJECT => {
            m.opt("original_invoke_id", pdu.original);
            if let Some(reason) = pdu.error() {
                m.text("error", &names::reject(reason));
            }
        }
        kind::CANCEL_REQUEST => {
            m.opt("original_invoke_id", pdu.original);
        }
        kind::UNCONFIRMED => unconfirmed(m, pdu),
        kind::INITIATE_REQUEST | kind::INITIATE_RESPONSE => {
            let number = |at| pdu.field(at).and_then(|e| ber::integer(e.bytes));
            m.opt("local_detail", number(0)).opt("max_calling", number(1)).opt("max_called", number(2)).opt("nesting", number(3));
            let version = pdu.field(4).and_then(|e| e.elements().next()).and_then(|e| ber::integer(e.bytes));
            m.opt("version", version);
            // The first octet of a bit string counts its unused bits.
            let bits = |at| pdu.field(4)?.elements().find(|e| e.context() == Some(at))?.bytes.get(1..);
            for (name, at) in [("parameters", 1), ("services", 2)] {
                if let Some(bits) = bits(at) {
                    m.hex(name, bits);
                }
            }
        }
        _ => {}
    }
}

fn variables(m: &mut MessageWriter<'_>, access: Option<Access<'_>>) {
    match access {
        Some(Access::Named(name)) => drop(m.show("variable_list", name)),
        Some(list) => drop(m.texts("variables", list.variables().take(SHOWN_MAX))),
        None => {}
    }
}

/// Results of a read or a report: values, or errors.
fn results(m: &mut MessageWriter<'_>, results: Elements<'_>) {
    let text = |e: Element<'_>| match e.context() {
        Some(0) => names::access_outcome(ber::integer(e.bytes)).to_owned(),
        _ => mms_data::whole_text(&e),
    };
    m.texts("values", results.take(SHOWN_MAX).map(text));
}

fn request(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, tag: u32) {
    match tag {
        service::READ => variables(m, pdu.field(1).and_then(|e| e.elements().next()).and_then(|e| Access::read(&e))),
        service::WRITE => {
            let mut fields = pdu.elements();
            variables(m, fields.next().and_then(|e| Access::read(&e)));
            if let Some(data) = fields.find(|e| e.context() == Some(0)) {
                m.texts("values", data.elements().take(SHOWN_MAX).map(|e| mms_data::whole_text(&e)));
            }
        }
        service::GET_NAME_LIST => {
            let class = pdu.field(0).and_then(|e| e.elements().next()).and_then(|e| ber::integer(e.bytes));
            m.text("class", names::object_class(class.unwrap_or(-1)));
            if let Some(scope) = pdu.field(1).and_then(|e| e.elements().next()).filter(|e| e.context() == Some(1)) {
                m.text("domain", &visible(scope.bytes));
            }
            if let Some(after) = pdu.field(2) {
                m.text("continue_after", &visible(after.bytes));
            }
        }
        service::GET_VARIABLE_ACCESS_ATTRIBUTES => {
            if let Some(name) = pdu.field(0).and_then(|e| Name::inside(&e)) {
                m.show("object", name);
            }
        }
        service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES | service::DEFINE_NAMED_VARIABLE_LIST => {
            let mut fields = pdu.elements();
            if let Some(name) = fields.next().and_then(|e| Name::read(&e)) {
                m.show("variable_list", name);
            }
            if let Some(list) = fields.next() {
                m.texts("variables", Access::List(list.elements()).variables().take(SHOWN_MAX));
            }
        }
        service::DELETE_NAMED_VARIABLE_LIST => {
            let names = pdu.field(1).map_or(Elements::new(&[]), |e| e.elements());
            m.texts("variable_lists", names.take(SHOWN_MAX).filter_map(|e| Name::read(&e)));
        }
        _ => files(m, pdu, tag),
    }
}

fn files(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, tag: u32) {
    let mut file = |name, e: Option<Element<'_>>| {
        if let Some(e) = e {
            m.text(name, &file_name(&e));
        }
    };
    match tag {
        service::FILE_OPEN | service::FILE_DIRECTORY => file("file", pdu.field(0)),
        service::FILE_DELETE => file("file", pdu.body),
        service::FILE_RENAME => {
            file("file", pdu.field(0));
            file("new_name", pdu.field(1));
        }
        service::OBTAIN_FILE => {
            file("source", pdu.field(1));
            file("file", pdu.field(2));
        }
        service::FILE_READ | service::FILE_CLOSE => {
            m.opt("file_number", pdu.body.and_then(|e| ber::integer(e.bytes)));
        }
        _ => {}
    }
}

fn response(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, tag: u32) {
    let number = |at| pdu.field(at).and_then(|e| ber::integer(e.bytes));
    match tag {
        service::READ => {
            // A server may repeat what was asked for (ISO 9506-2, Read-Response).
            variables(m, pdu.field(0).and_then(|e| e.elements().next()).and_then(|e| Access::read(&e)));
            results(m, pdu.field(1).map_or(Elements::new(&[]), |e| e.elements()));
        }
        service::WRITE => {
            let outcome =
                |e: Element<'_>| if e.context() == Some(0) { names::access_outcome(ber::integer(e.bytes)) } else { "ok" };
            m.texts("outcomes", pdu.elements().take(SHOWN_MAX).map(outcome));
        }
        service::STATUS => {
            let (logical, physical) = names::states(number(0).unwrap_or(-1), number(1).unwrap_or(-1));
            m.text("logical_status", logical).text("physical_status", physical);
        }
        service::IDENTIFY => {
            for (at, name) in [(0, "vendor"), (1, "model"), (2, "revision")] {
                if let Some(e) = pdu.field(at) {
                    m.text(name, &clean(e.bytes));
                }
            }
        }
        service::GET_NAME_LIST => {
            let list = pdu.field(0).map_or(Elements::new(&[]), |e| e.elements());
            m.texts("names", list.take(SHOWN_MAX).map(|e| visible(e.bytes)));
            m.flag("more", pdu.field(1).is_none_or(|e| ber::boolean(e.bytes).unwrap_or(true)));
        }
        service::GET_VARIABLE_ACCESS_ATTRIBUTES => {
            if let Some(kind) = pdu.field(2).and_then(|e| e.elements().next()) {
                m.text("type", &mms_data::type_text(&kind));
            }
        }
        service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES => {
            let list = pdu.field(1).map_or(Elements::new(&[]), |e| e.elements());
            m.texts("variables", Access::List(list).variables().take(SHOWN_MAX));
        }
        service::DELETE_NAMED_VARIABLE_LIST => {
            m.opt("matched", number(0)).opt("deleted", number(1));
        }
        service::FILE_OPEN => {
            let size = pdu.field(1).and_then(|e| e.elements().next()).and_then(|e| ber::unsigned(e.bytes));
            m.opt("file_number", number(0)).opt("size", size);
        }
        service::FILE_READ => {
            m.num("bytes", pdu.field(0).map_or(0, |e| e.bytes.len() as u64));
        }
        service::FILE_DIRECTORY => {
            m.texts("files", directory(pdu));
        }
        _ => {}
    }
}

/// Entries of a directory: names with sizes.
fn directory(pdu: &Pdu<'_>) -> Vec<String> {
    let list = pdu.field(0).map_or(Elements::new(&[]), |e| e.elements());
    // The list has an explicit tag around it.
    let mut ahead = list;
    let entries = match ahead.next() {
        Some(e) if e.elements().next().is_some_and(|inside| inside.tag == SEQUENCE) => e.elements(),
        _ => list,
    };
    let entry = |e: Element<'_>| {
        let name = file_name(&e.elements().find(|e| e.context() == Some(0))?);
        let attributes = e.elements().find(|e| e.context() == Some(1));
        let size = attributes.and_then(|a| a.elements().next()).and_then(|e| ber::unsigned(e.bytes));
        Some(size.map_or_else(|| name.clone(), |size| format!("{name} ({size} bytes)")))
    };
    entries.filter_map(entry).take(SHOWN_MAX).collect()
}

fn unconfirmed(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    m.text("function", names::unconfirmed(pdu.service_tag().unwrap_or(u32::MAX)));
    if pdu.service_tag() == Some(0) {
        let mut fields = pdu.elements();
        let access = fields.next().and_then(|e| Access::read(&e));
        variables(m, access);
        let list = fields.find(|e| e.context() == Some(0)).map(|e| e.elements());
        if matches!(access, Some(Access::Named(Name::Vmd(b"RPT"))))
            && let Some(report) = list.and_then(Report::read)
        {
            m.text("rpt_id", &visible(report.rpt_id)).opt("sq_num", report.sq_num).opt("conf_rev", report.conf_rev);
            if let Some(name) = report.dat_set {
                m.text("dat_set", &visible(name));
            }
        }
        if let Some(list) = list {
            results(m, list);
        }
    }
}
