//! What passes through mailboxes: objects, files, drives' parameters, Ethernet, each told with its outcome.

use super::identity;
use super::mailbox::{Content, Mail, Sdo};
use super::names;
use super::registers::MEMORY;
use super::ring::{Memory, Ring, measure, tell};
use super::targets::{self, Own, Part, Slave};
use super::transfer::{FileMove, Object, Parameter, number, text};
use super::{NAME, breach};
use crate::arp;
use wf_model::observation::Transport;
use wf_model::{Address, Category, Mac};
use wf_wire::decode::{Carrier, Credential, File, Moment, Value};
use wf_wire::{Context, LinkType, Operation, Reader, Sink, Target, layers};

const ARP: u16 = 0x0806;

/// Vendor, product, revision, serial number (ETG.1000.6, object 0x1018).
const NUMBERS: [Own; 4] = [Own::VendorId, Own::ProductCode, Own::RevisionNumber, Own::SerialNumber];

impl Ring {
    /// A message that came through. `to_slave`: the master wrote it; `room`: bytes of the datagram that carried it.
    pub fn mail(&mut self, ctx: &Context<'_>, slave: Slave, to_slave: bool, mail: &Mail<'_>, room: usize, out: &mut dyn Sink) {
        let first = self.is_first(slave);
        let memory = self.memory(slave, ctx.now.frame, out);
        match mail.content() {
            Some(Content::Error(_, code)) if !to_slave => {
                let name = names::mailbox_error(code);
                breach(ctx, "mailbox_error", format!("{} {name}", targets::coded(slave, Part::Memory(MEMORY))), out);
                memory.fail(ctx, slave, "error: mailbox_refused", out);
            }
            Some(Content::Sdo { sdo, .. }) => memory.sdo(ctx, slave, (to_slave, first), &sdo, out),
            Some(Content::Coe { service: 1, rest, .. }) => emergency(ctx, slave, rest, out),
            Some(Content::Coe { service: 8, rest, .. }) => information(ctx, slave, rest, out),
            Some(Content::Foe { code: code @ (1 | 2), number, rest }) if to_slave => {
                password(ctx, mail, number, out);
                memory.foe(ctx, slave, (code, number), rest, (to_slave, room), out);
            }
            Some(Content::Foe { code, number, rest }) => memory.foe(ctx, slave, (code, number), rest, (to_slave, room), out),
            Some(Content::Soe { .. }) => memory.soe(ctx, slave, mail, out),
            Some(Content::Eoe { kind, last, rest, .. }) => {
                memory.eoe(ctx, slave, kind, rest, out);
                if let (0, true, Some(frame)) = (kind, last, mail.ethernet()) {
                    tunnelled(ctx, frame, out);
                }
            }
            _ => {}
        }
        if self.memory(slave, ctx.now.frame, out).is_busy() {
            self.wait(ctx.now.ts);
        }
    }
}

/// A frame that came in one piece: who is where is said by ARP.
fn tunnelled(ctx: &Context<'_>, frame: &[u8], out: &mut dyn Sink) {
    let layers = layers::parse(LinkType::ETHERNET, frame);
    if layers.ethertype == ARP && layers.damage.is_none() {
        // The ends of the frame as it was captured, not who asks whom in the ring.
        let outer = match (ctx.transport, ctx.frame_bytes.first_chunk::<12>()) {
            (Transport::Link, Some(&[a, b, c, d, e, f, g, h, i, j, k, l])) if ctx.carrier == Carrier::Ethernet => {
                Some((Mac([g, h, i, j, k, l]), Mac([a, b, c, d, e, f])))
            }
            _ => None,
        };
        let (src, dst) = outer.map_or((ctx.src, ctx.dst), |(src, dst)| (Some(Address::Mac(src)), Some(Address::Mac(dst))));
        arp::inside(&Context { src, dst, ..*ctx }, layers.payload, out);
    }
}

impl Memory {
    /// A transfer is under way.
    pub const fn is_busy(&self) -> bool {
        self.object.is_some() || self.file.is_some() || self.parameter.is_some()
    }

    fn sdo(&mut self, ctx: &Context<'_>, slave: Slave, (to_slave, first): (bool, bool), sdo: &Sdo<'_>, out: &mut dyn Sink) {
        if let Some(code) = sdo.abort_code() {
            if let Some(object) = self.object.take() {
                self.object_done(ctx, slave, first, &object, names::abort(code), out);
            }
            return;
        }
        if to_slave {
            if let Some(object) = Object::begin(ctx.now, sdo) {
                if let Some(before) = self.object.replace(object) {
                    self.object_done(ctx, slave, first, &before, "unanswered", out);
                }
            } else if let Some(object) = &mut self.object {
                object.segment(sdo);
            }
            return;
        }
        if let Some(object) = self.object.take_if(|object| object.answer(sdo) == Some(true)) {
            self.object_done(ctx, slave, first, &object, "ok", out);
        }
    }

    fn object_done(
        &mut self,
        ctx: &Context<'_>,
        slave: Slave,
        first: bool,
        object: &Object,
        outcome: &'static str,
        out: &mut dyn Sink,
    ) {
        let target = targets::coded(slave, Part::Object { index: object.index, sub: object.sub, complete: object.complete });
        let act = (if object.write { "write_object" } else { "read_object" }, object.category());
        let value = if object.write { object.value() } else { None };
        tell(ctx, object.at, act, target, value, outcome, out);
        if outcome != "ok" {
            return;
        }
        if (0x1008..=0x100a).contains(&object.index) || object.index == 0x1018 {
            return self.identify(ctx, slave, first, object, out);
        }
        #[expect(clippy::cast_precision_loss, reason = "a measurement is a double")]
        if let Some(number) = object.number() {
            measure(ctx, target, Value::Number(number as f64), "good", out);
        } else if !object.complete && !object.data.is_empty() {
            measure(ctx, target, Value::Text(&text(&object.data)), "good", out);
        }
    }

    fn identify(&mut self, ctx: &Context<'_>, slave: Slave, first: bool, object: &Object, out: &mut dyn Sink) {
        let own = match object.index {
            0x1008 => Own::DeviceName,
            0x1009 => Own::HardwareVersion,
            0x100a => Own::SoftwareVersion,
            _ if object.complete => {
                let mut r = Reader::new(object.data.get(2..).unwrap_or_default());
                for own in NUMBERS {
                    let Ok(number) = r.u32_le() else { break };
                    self.identity.number(ctx, slave, first, own, number, out);
                }
                return;
            }
            _ => {
                let own = NUMBERS.get(usize::from(object.sub).wrapping_sub(1));
                if let (Some(own), Some(Ok(number))) = (own, object.number().map(u32::try_from)) {
                    self.identity.number(ctx, slave, first, *own, number, out);
                }
                return;
            }
        };
        identity::text(ctx, slave, first, own, &crate::hints::clean(&object.data), out);
    }

    fn foe(
        &mut self,
        ctx: &Context<'_>,
        slave: Slave,
        (code, number): (u8, u32),
        rest: &[u8],
        (to_slave, room): (bool, usize),
        out: &mut dyn Sink,
    ) {
        if matches!(code, 1 | 2) && to_slave {
            let name = crate::hints::clean(rest).into_owned();
            let (at, last) = (ctx.now, ctx.now);
            let begun = FileMove { at, last, name, write: code == 2, bytes: 0, packet_max: 0, ending: false };
            if let Some(before) = self.file.replace(begun) {
                file_done(ctx, slave, &before, "unconfirmed", out);
            }
            return;
        }
        let Some(file) = &mut self.file else { return };
        file.last = ctx.now;
        let outcome = match code {
            3 if to_slave == file.write => {
                file.packet(rest.len(), room);
                (!file.write && file.ending).then_some("ok")
            }
            4 if file.write && !to_slave => file.ending.then_some("ok"),
            5 => Some(names::foe_error(number)),
            _ => None,
        };
        if let Some(outcome) = outcome
            && let Some(file) = self.file.take()
        {
            file_done(ctx, slave, &file, outcome, out);
        }
    }

    fn soe(&mut self, ctx: &Context<'_>, slave: Slave, mail: &Mail<'_>, out: &mut dyn Sink) {
        let Some(Content::Soe { code, incomplete, error, drive, elements, number: idn, rest }) = mail.content() else { return };
        let value = || number(rest).map_or_else(|| text(rest), |number| number.to_string().into());
        match code {
            1 | 3 => {
                let value = (code == 3 && !rest.is_empty()).then(value);
                let begun = Parameter { at: ctx.now, drive, number: idn, write: code == 3, value };
                if let Some(before) = self.parameter.replace(begun) {
                    parameter_done(ctx, slave, &before, "unanswered", out);
                }
            }
            2 | 4 if !incomplete => {
                let same = |p: &mut Parameter| p.number == idn && p.drive == drive && p.write == (code == 4);
                let Some(parameter) = self.parameter.take_if(same) else { return };
                let outcome = if error { "error: refused" } else { "ok" };
                parameter_done(ctx, slave, &parameter, outcome, out);
                // The value alone, not its name, unit or limits.
                if code == 2 && !error && elements == 0x40 {
                    let point = targets::coded(slave, Part::Parameter(drive, idn));
                    #[expect(clippy::cast_precision_loss, reason = "a measurement is a double")]
                    if let Some(number) = number(rest) {
                        measure(ctx, point, Value::Number(number as f64), "good", out);
                    }
                }
            }
            6 => emergency(ctx, slave, rest, out),
            _ => {}
        }
    }

    fn eoe(&mut self, ctx: &Context<'_>, slave: Slave, kind: u8, rest: &[u8], out: &mut dyn Sink) {
        let target = targets::coded(slave, Part::Own(Own::Address));
        if kind == 2 {
            tell(
                ctx,
                ctx.now,
                ("set_ip_address", Category::Configuration),
                target,
                ip_settings(rest).map(Into::into),
                "unconfirmed",
                out,
            );
        } else if kind == 0 && !std::mem::replace(&mut self.tunnel_told, true) {
            tell(ctx, ctx.now, ("tunnel_ethernet", Category::Diagnostic), target, None, "ok", out);
        }
    }

    /// The mailbox refused what was asked.
    fn fail(&mut self, ctx: &Context<'_>, slave: Slave, outcome: &'static str, out: &mut dyn Sink) {
        if let Some(object) = self.object.take() {
            self.object_done(ctx, slave, false, &object, outcome, out);
        } else if let Some(file) = self.file.take() {
            file_done(ctx, slave, &file, outcome, out);
        } else if let Some(parameter) = self.parameter.take() {
            parameter_done(ctx, slave, &parameter, outcome, out);
        }
    }

    /// What was asked too long ago.
    pub fn give_up(&mut self, ctx: &Context<'_>, slave: Slave, late: impl Fn(Moment) -> bool, out: &mut dyn Sink) {
        if let Some(object) = self.object.take_if(|object| late(object.at)) {
            self.object_done(ctx, slave, false, &object, "unanswered", out);
        }
        if let Some(file) = self.file.take_if(|file| late(file.last)) {
            file_done(ctx, slave, &file, "unconfirmed", out);
        }
        if let Some(parameter) = self.parameter.take_if(|parameter| late(parameter.at)) {
            parameter_done(ctx, slave, &parameter, "unanswered", out);
        }
    }
}

impl FileMove {
    /// A packet of its contents: one that is shorter than its mailbox, or than those before, is the last.
    fn packet(&mut self, length: usize, room: usize) {
        let length = length as u64;
        self.ending = length + 12 < room as u64 || (self.packet_max > 0 && length < self.packet_max);
        self.packet_max = self.packet_max.max(length);
        self.bytes = self.bytes.saturating_add(length);
    }
}

fn file_done(ctx: &Context<'_>, slave: Slave, file: &FileMove, outcome: &'static str, out: &mut dyn Sink) {
    let (function, category) = if file.write { ("write_file", Category::Program) } else { ("read_file", Category::Program) };
    let station = targets::coded(slave, Part::Memory(MEMORY)).to_string();
    let target = format!("{}/{}", station.split('/').next().unwrap_or_default(), file.name);
    let operation = Operation {
        at: file.at,
        actor: ctx.direction,
        function,
        category,
        target: Target::Text(&target),
        value: (file.bytes > 0).then(|| format!("{} bytes", file.bytes).into()),
        outcome: outcome.into(),
    };
    out.operation(ctx, NAME, operation);
    let direction = if file.write { ctx.direction } else { ctx.direction.reverse() };
    let size = Some(file.bytes).filter(|_| outcome == "ok");
    out.file(ctx, NAME, File { name: &file.name, size, direction });
}

/// A file may be guarded by a number.
fn password(ctx: &Context<'_>, mail: &Mail<'_>, number: u32, out: &mut dyn Sink) {
    if let (true, Some(secret)) = (number != 0, mail.body.get(2..6)) {
        out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
    }
}

fn parameter_done(ctx: &Context<'_>, slave: Slave, parameter: &Parameter, outcome: &'static str, out: &mut dyn Sink) {
    let act = if parameter.write { ("write_parameter", Category::Configuration) } else { ("read_parameter", Category::Read) };
    let target = targets::coded(slave, Part::Parameter(parameter.drive, parameter.number));
    tell(ctx, parameter.at, act, target, parameter.value.clone(), outcome, out);
}

/// A device's emergency (ETG.1000.6, 5.6.4): code, error register, five bytes of its own.
fn emergency(ctx: &Context<'_>, slave: Slave, rest: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(rest);
    if let (Ok(code), Ok(register)) = (r.u16_le(), r.u8()) {
        let point = targets::coded(slave, Part::Own(Own::State));
        breach(ctx, "emergency", format!("{point} 0x{code:04x}, error register 0x{register:02x}"), out);
    }
}

/// Somebody looks what objects there are.
fn information(ctx: &Context<'_>, slave: Slave, rest: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(rest);
    let (Ok([code, _, _, _]), number) = (r.array(), r.u16_le().unwrap_or(0)) else { return };
    let (function, part) = match code & 0x7f {
        1 => ("list_objects", Part::Own(Own::Dictionary)),
        3 => ("describe_object", Part::Object { index: number, sub: 0, complete: false }),
        5 => ("describe_entry", Part::Object { index: number, sub: r.u8().unwrap_or(0), complete: false }),
        _ => return,
    };
    tell(ctx, ctx.now, (function, Category::Diagnostic), targets::coded(slave, part), None, "ok", out);
}

/// Address, mask, gateway as they are set (ETG.1000.6, 5.9.3): four bytes each, where the flags say that they are there.
fn ip_settings(rest: &[u8]) -> Option<String> {
    let mut r = Reader::new(rest);
    let flags = r.u32_le().ok()?;
    if flags & 1 != 0 {
        r.skip(6).ok()?;
    }
    let mut text = String::new();
    for (bit, name) in [(2, ""), (4, " mask "), (8, " gateway ")] {
        if flags & bit != 0 {
            let [d, c, b, a] = r.array().ok()?;
            text.push_str(name);
            text.push_str(&std::net::Ipv4Addr::new(a, b, c, d).to_string());
        }
    }
    Some(text)
}
