//! What a message says: its fields, and what it tells of machines.

use super::message::{self, List, Message, Name, inner};
use super::{NAME, names, password};
use crate::ber::{self, Elements};
use crate::hints;
use std::fmt;
use wf_model::Attribute;
use wf_wire::decode::{About, Evidence};
use wf_wire::{Context, MessageWriter, Sink};

/// An address that is a NetBIOS name (RFC 4120, 7.5.3).
const NETBIOS: i64 = 20;

/// A time (RFC 4120, 5.2.3: `19700101000000Z`), as others are written.
struct Time<'a>(&'a [u8]);

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = hints::clean(self.0);
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        if text.len() != 15 || !text.ends_with('Z') || !part(0, 14).bytes().all(|b| b.is_ascii_digit()) {
            return f.write_str(&text);
        }
        write!(f, "{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14))
    }
}

pub fn write(ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.num("msg_type", said.kind).text("msg_name", names::kind(said.kind));
    if let Some(code) = said.error {
        m.num("error_code", code).text("error_name", names::error(code));
    }
    for (name, bytes) in [("crealm", said.client_realm), ("realm", said.realm)] {
        if let Some(bytes) = bytes {
            m.text(name, &hints::clean(bytes));
        }
    }
    for (name, principal) in [("cname", said.client), ("sname", said.service)] {
        if let Some(principal) = principal {
            m.show(name, principal);
        }
    }
    if let Some(options) = said.options {
        m.show("options", format_args!("0x{options:08x}"));
        if said.kind != message::AP_REQUEST {
            m.texts("option_names", names::options(options));
        }
    }
    for (name, time) in [("from", said.from), ("till", said.till), ("rtime", said.renew_till), ("stime", said.server_time)] {
        if let Some(time) = time {
            m.show(name, Time(time));
        }
    }
    m.opt("nonce", said.nonce);
    if !said.encryptions.is_empty() {
        m.nums("etypes", said.encryptions.numbers()).texts("etype_names", said.encryptions.numbers().map(names::encryption));
    }
    if !said.preauthentication.is_empty() {
        m.nums("padata_types", said.pa_types());
    }
    if !said.addresses.is_empty() {
        m.texts("netbios_names", netbios(&said.addresses));
    }
    if let Some(ticket) = &said.ticket {
        m.text("ticket_realm", &hints::clean(ticket.realm)).show("ticket_sname", ticket.service);
        m.num("ticket_etype", ticket.encryption).text("ticket_etype_name", names::encryption(ticket.encryption));
        m.opt("ticket_kvno", ticket.key_version);
    }
    m.opt("etype", said.encryption);
    if let Some(text) = said.error_text {
        m.text("error_text", &hints::clean(text));
    }
    // The password service answers without a wrapping of its own, too (RFC 3244, 2).
    if [ctx.src_port, ctx.dst_port].contains(&password::PORT)
        && let Some((code, text)) = password::result(said)
    {
        m.num("result_code", code).text("result_name", names::password_result(code)).text("result_text", &hints::clean(text));
    }
    hint(&mut m, said);
}

/// What a centre that wants proof first says of the key (RFC 4120, 5.2.7.5): with which encryption and salt.
fn hint(m: &mut MessageWriter<'_>, said: &Message<'_>) {
    let Some(data) = said.error_data.filter(|_| said.error == Some(25)) else { return };
    let methods = Elements::new(data).next().map(|list| List::of(list.bytes)).unwrap_or_default();
    let typed = methods.each().filter_map(|e| Some((ber::integer(inner(&e, 1)?.bytes)?, inner(&e, 2)?.bytes)));
    let kinds: Vec<i64> = typed.clone().map(|(kind, _)| kind).collect();
    m.nums("wanted_padata_types", kinds);
    let info = typed.filter(|(kind, _)| *kind == 19).find_map(|(_, value)| Elements::new(value).next());
    let Some(entries) = info else { return };
    m.nums("wanted_etypes", entries.elements().take(8).filter_map(|entry| ber::integer(inner(&entry, 0)?.bytes)));
    if let Some(salt) = entries.elements().find_map(|entry| inner(&entry, 1)) {
        m.text("salt", &hints::clean(salt.bytes));
    }
}

/// Names among the addresses of a request (RFC 4120, 5.2.5): Windows clients give their own.
fn netbios(addresses: &List<'_>) -> impl Iterator<Item = String> {
    addresses.each().filter_map(|e| {
        let kind = ber::integer(inner(&e, 0)?.bytes)?;
        (kind == NETBIOS).then(|| inner(&e, 1).map(|name| hints::clean(name.bytes).into_owned())).flatten()
    })
}

/// The machine that a name belongs to: `PLC-7$` is an account of a machine, `host/plc-7.example` one of its services.
fn machine(name: &Name<'_>) -> Option<String> {
    let mut parts = name.parts();
    let (first, second) = (parts.next()?, parts.next());
    let host = match second {
        Some(host) if first.eq_ignore_ascii_case("host") => host.into_owned(),
        Some(_) => return None,
        None => first.strip_suffix('$')?.to_owned(),
    };
    hints::is_host_name(&host).then_some(host)
}

pub fn evidence(ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
    let mut say = |about, attribute, value: &str, source, confidence| {
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source, confidence });
    };
    match said.kind {
        message::AS_REQUEST => {
            // Whoever asks without proof may name whom they like.
            if let Some(host) = said.client.as_ref().and_then(machine) {
                say(About::Sender, Attribute::Name, &host, "client", if said.proves() { 70 } else { 50 });
            }
            for name in netbios(&said.addresses).filter(|name| hints::is_host_name(name)) {
                say(About::Sender, Attribute::Name, &name, "address", 60);
            }
        }
        message::AS_REPLY | message::TGS_REPLY => {
            if let Some(host) = said.client.as_ref().and_then(machine) {
                say(About::Receiver, Attribute::Name, &host, "client", 75);
            }
            if let Some(realm) = said.ticket.map(|ticket| hints::clean(ticket.realm)).filter(|realm| !realm.is_empty()) {
                let value = format!("Kerberos key distribution centre of {realm}");
                say(About::Sender, Attribute::Description, &value, "ticket", 50);
            }
        }
        message::AP_REQUEST => {
            // `kadmin/changepw` and `kadmin/admin` name no host.
            let ticket = said.ticket.as_ref().filter(|t| t.service.parts().next().is_some_and(|service| service != "kadmin"));
            if let Some(host) = ticket.and_then(|t| t.service.parts().nth(1)).filter(|host| hints::is_host_name(host)) {
                say(About::Receiver, Attribute::Name, &host, "ticket", 65);
            }
        }
        _ => {}
    }
}
