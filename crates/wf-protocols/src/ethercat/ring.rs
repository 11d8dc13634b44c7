//! What one master and its slaves do, told where frames come back: what was written and read, and by how many.

use super::frame::{Access, Addressing, Datagram};
use super::identity::{self, Identity};
use super::mailbox::Mail;
use super::names;
use super::registers::{self, AL_CONTROL, AL_STATUS, AL_STATUS_CODE, MEMORY, SII_CONTROL, SII_DATA, STATION_ADDRESS};
use super::sii::{Done, Sii};
use super::targets::{self, Own, Part, Slave};
use super::transfer::{FileMove, Object, Parameter, hex};
use super::{NAME, breach, settings};
use std::borrow::Cow;
use std::collections::BTreeMap;
use wf_model::{Address, Category, Mac, Timestamp, time::SECOND};
use wf_wire::decode::{Moment, Value};
use wf_wire::{Coded, Context, Measurement, Operation, Sink, Target};

/// Slaves of one ring, and the ways in which they are addressed.
const SLAVES_MAX: usize = 512;
/// Parts of the process image of one ring.
const IMAGES_MAX: usize = 64;
/// Uses of a slave's memory after which all are added up anew.
const WEIGH_EVERY: u32 = 128;
/// A state that was asked for is reached within this time, or it is not known whether it was.
const STATE_MAX: i64 = 10 * SECOND;
/// Frames with the same working counter after which another one is news.
const STEADY: u32 = 100;

/// What is remembered of one slave.
#[derive(Debug, Default)]
pub struct Memory {
    /// Frame in which it was last looked up: the oldest falls out.
    touched: u64,
    status: Option<(u16, u16)>,
    wanted: Option<(Moment, u16)>,
    sii: Sii,
    texts_told: bool,
    pub identity: Identity,
    pub object: Option<Object>,
    pub file: Option<FileMove>,
    pub parameter: Option<Parameter>,
    pub tunnel_told: bool,
}

impl Memory {
    fn outside(&self) -> usize {
        let object = self.object.as_ref().map_or(0, |object| object.data.capacity());
        self.sii.weight() + object + self.file.as_ref().map_or(0, |file| file.name.capacity())
    }
}

/// A part of the process image, or of a slave's memory that is none of a mailbox.
#[derive(Debug)]
struct Image {
    command: u8,
    address: u32,
    length: usize,
    counter: u16,
    same: u32,
}

/// One ring.
#[derive(Debug, Default)]
pub struct Ring {
    slaves: BTreeMap<Slave, Memory>,
    /// Bytes that the memories hold outside themselves, and when they were added up last.
    outside: usize,
    uses: u32,
    /// How many there are.
    count: Option<u16>,
    /// Station address of the first one.
    first: Option<u16>,
    images: Vec<Image>,
    clock_told: bool,
    /// Somebody left the operational state on purpose.
    leaving: bool,
    /// When to look for what nobody answered.
    due: Option<Timestamp>,
}

/// A sender's address as the first slave marks it.
pub const fn marked(mac: Mac) -> Mac {
    let [first, a, b, c, d, e] = mac.0;
    Mac([first | 2, a, b, c, d, e])
}

/// Whether the receiver's address is that of slaves (or of a gateway to them), not one for all.
pub fn has_slaves(ctx: &Context<'_>) -> bool {
    match ctx.dst {
        Some(Address::Mac(mac)) => ctx.src_mac.is_some_and(|src| marked(src) == mac && src != mac),
        Some(address) => !address.is_group(),
        None => false,
    }
}

/// One operation at its end.
pub fn tell(
    ctx: &Context<'_>,
    at: Moment,
    (function, category): (&'static str, Category),
    target: Coded,
    value: Option<Cow<'_, str>>,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (actor, target, outcome) = (ctx.direction, Target::Coded(target), outcome.into());
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// A value that a slave holds.
pub fn measure(ctx: &Context<'_>, point: Coded, value: Value<'_>, quality: &'static str, out: &mut dyn Sink) {
    // Where the slaves cannot be told from the master by address, the values are the sender's.
    let device = if has_slaves(ctx) { ctx.direction.reverse() } else { ctx.direction };
    out.measurement(ctx, NAME, Measurement { device, point: Target::Coded(point), value, quality });
}

impl Ring {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.slaves.len() * size_of::<(Slave, Memory)>() + self.outside + self.images.capacity() * size_of::<Image>()
    }

    /// A datagram that has been with the slaves. `heard`: one of them took part.
    pub fn datagram(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, heard: bool, out: &mut dyn Sink) {
        if self.due.is_some_and(|due| ctx.now.ts > due) {
            self.overdue(ctx, false, out);
        }
        match d.addressing() {
            Addressing::Logical => return self.image(ctx, d, out),
            Addressing::Broadcast if heard && d.slave() == d.counter => self.count = Some(d.counter),
            _ => {}
        }
        match d.access() {
            _ if matches!(d.command, 13 | 14) => self.clock(ctx, d, heard, out),
            Access::Write | Access::Both => self.write(ctx, d, heard, out),
            Access::Read if heard => self.read(ctx, d, out),
            Access::Read | Access::None => {}
        }
    }

    /// The slave that a datagram names, as it came back.
    fn slave(&self, d: &Datagram<'_>) -> Slave {
        match (d.addressing(), self.count) {
            (Addressing::Broadcast, _) => Slave::All,
            (Addressing::Station, _) => Slave::Station(d.slave()),
            (_, Some(count)) => match count.wrapping_sub(d.slave()) {
                place if place < count => Slave::Position(place),
                _ => Slave::Unplaced,
            },
            (_, None) => Slave::Unplaced,
        }
    }

    pub fn memory(&mut self, slave: Slave, frame: u64, out: &mut dyn Sink) -> &mut Memory {
        if self.slaves.len() >= SLAVES_MAX && !self.slaves.contains_key(&slave) {
            let oldest = self.slaves.iter().min_by_key(|(_, memory)| memory.touched).map(|(slave, _)| *slave);
            if let Some(oldest) = oldest {
                self.slaves.remove(&oldest);
                out.evicted(1);
            }
        }
        self.uses = self.uses.wrapping_add(1);
        if self.uses.is_multiple_of(WEIGH_EVERY) {
            self.outside = self.slaves.values().map(Memory::outside).sum();
        }
        let memory = self.slaves.entry(slave).or_default();
        memory.touched = frame;
        memory
    }

    /// Whether this is the slave whose address the frames come back with.
    pub fn is_first(&self, slave: Slave) -> bool {
        match slave {
            Slave::Position(place) => place == 0,
            Slave::Station(address) => self.first == Some(address) || self.count == Some(1),
            Slave::Unplaced | Slave::All => false,
        }
    }

    /// Something waits: it is looked after in time.
    pub fn wait(&mut self, now: Timestamp) {
        self.due.get_or_insert(now.plus(STATE_MAX));
    }

    /// What is exchanged in every cycle is told once.
    fn image(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, out: &mut dyn Sink) {
        let function = match d.command {
            10 => "read_process_image",
            11 => "write_process_image",
            _ => "exchange_process_image",
        };
        let Some(image) = self.cyclic(d, out) else {
            tell(ctx, ctx.now, (function, Category::Read), targets::image(d.address, d.data.len()), None, "ok", out);
            return;
        };
        if image.counter == d.counter {
            image.same = image.same.saturating_add(1);
            return;
        }
        let dropped = image.same >= STEADY && d.counter < image.counter;
        let before = std::mem::replace(&mut image.counter, d.counter);
        image.same = 0;
        if dropped && !self.leaving {
            let detail = format!("{} {before} to {}", targets::image(d.address, d.data.len()), d.counter);
            breach(ctx, "working_counter_dropped", detail, out);
        }
    }

    /// The part of an image that was seen before; `None` where it is new.
    fn cyclic(&mut self, d: &Datagram<'_>, out: &mut dyn Sink) -> Option<&mut Image> {
        let (command, address, length) = (d.command, d.address, d.data.len());
        let known = self.images.iter().position(|i| (i.command, i.address, i.length) == (command, address, length));
        if known.is_none() {
            if self.images.len() >= IMAGES_MAX {
                self.images.remove(0);
                out.evicted(1);
            }
            self.images.push(Image { command, address, length, counter: d.counter, same: 0 });
        }
        self.images.get_mut(known?)
    }

    fn clock(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, heard: bool, out: &mut dyn Sink) {
        if heard && !std::mem::replace(&mut self.clock_told, true) {
            let target = targets::coded(self.slave(d), Part::Memory(d.offset()));
            tell(ctx, ctx.now, ("distribute_clock", Category::Read), target, None, "ok", out);
        }
    }

    fn write(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, heard: bool, out: &mut dyn Sink) {
        let (slave, offset) = (self.slave(d), d.offset());
        let known = if d.access() == Access::Write { d.data } else { &[] };
        if offset >= MEMORY {
            return match Mail::find(known) {
                Some(mail) if heard => self.mail(ctx, slave, true, &mail, d.data.len(), out),
                Some(_) => {}
                // The last byte of a mailbox alone sends it off.
                None if d.data.len() <= 1 || self.cyclic(d, out).is_some() => {}
                None => {
                    let target = targets::coded(slave, Part::Memory(offset));
                    tell(ctx, ctx.now, ("write_memory", Category::Write), target, Some(hex(known).into()), outcome(heard), out);
                }
            };
        }
        if (SII_CONTROL..SII_DATA + 8).contains(&offset) {
            return self.sii_write(ctx, slave, d, heard, out);
        }
        if offset == AL_CONTROL {
            let control = d.word(AL_CONTROL).or(known.first().map(|low| u16::from(*low))).unwrap_or(0);
            return self.ask_state(ctx, slave, control, heard, out);
        }
        if offset == STATION_ADDRESS && heard && slave == Slave::Position(0) {
            self.first = d.word(STATION_ADDRESS);
        }
        let target = targets::coded(slave, Part::Memory(offset));
        let act = registers::write_at(offset);
        let value = if act.1.is_act() { settings::value(offset, known) } else { None };
        tell(ctx, ctx.now, act, target, value, outcome(heard), out);
    }

    fn ask_state(&mut self, ctx: &Context<'_>, slave: Slave, control: u16, heard: bool, out: &mut dyn Sink) {
        self.leaving = control & 15 != 8;
        if !heard {
            return state_asked(ctx, slave, (ctx.now, control), "unanswered", out);
        }
        let before = self.memory(slave, ctx.now.frame, out).wanted.replace((ctx.now, control));
        if let Some(before) = before {
            state_asked(ctx, slave, before, "unconfirmed", out);
        }
        self.wait(ctx.now.ts);
    }

    fn sii_write(&mut self, ctx: &Context<'_>, slave: Slave, d: &Datagram<'_>, heard: bool, out: &mut dyn Sink) {
        let memory = self.memory(slave, ctx.now.frame, out);
        let waiting = memory.sii.waiting();
        match memory.sii.write(d) {
            Some(Done::Write(word, data)) => {
                let value = hex(data.unwrap_or(&waiting)).into();
                let (act, target) = (("write_sii", Category::Configuration), targets::coded(slave, Part::Sii(word)));
                tell(ctx, ctx.now, act, target, Some(value), outcome(heard), out);
            }
            Some(Done::Reload) => {
                let target = targets::coded(slave, Part::Sii(0));
                tell(ctx, ctx.now, ("reload_sii", Category::Configuration), target, None, outcome(heard), out);
            }
            Some(Done::Words(_)) | None => {}
        }
    }

    fn read(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, out: &mut dyn Sink) {
        let (slave, offset) = (self.slave(d), d.offset());
        if offset >= MEMORY {
            match Mail::find(d.data) {
                Some(mail) => self.mail(ctx, slave, false, &mail, d.data.len(), out),
                None if d.data.len() <= 1 || self.cyclic(d, out).is_some() => {}
                None => {
                    let target = targets::coded(slave, Part::Memory(offset));
                    tell(ctx, ctx.now, ("read_memory", Category::Read), target, None, "ok", out);
                }
            }
            return;
        }
        if offset <= AL_STATUS_CODE && usize::from(offset) + d.data.len() > usize::from(AL_STATUS) {
            self.status(ctx, slave, d, out);
        }
        if (SII_CONTROL..=SII_DATA).contains(&offset) {
            return self.sii_read(ctx, slave, d, out);
        }
        if slave != Slave::All {
            let target = targets::coded(slave, Part::Memory(offset));
            tell(ctx, ctx.now, ("read_register", Category::Read), target, None, "ok", out);
        }
    }

    fn sii_read(&mut self, ctx: &Context<'_>, slave: Slave, d: &Datagram<'_>, out: &mut dyn Sink) {
        let first = self.is_first(slave);
        let memory = self.memory(slave, ctx.now.frame, out);
        let Some(Done::Words(word)) = memory.sii.read(d) else { return };
        tell(ctx, ctx.now, ("read_sii", Category::Read), targets::coded(slave, Part::Sii(word)), None, "ok", out);
        let numbers = [(8, Own::VendorId), (10, Own::ProductCode), (12, Own::RevisionNumber), (14, Own::SerialNumber)];
        for (at, own) in numbers {
            if let Some(number) = memory.sii.number(at) {
                memory.identity.number(ctx, slave, first, own, number, out);
            }
        }
        if !memory.texts_told
            && let Some([order, name]) = memory.sii.texts()
        {
            memory.texts_told = true;
            for (text, own) in [(order, Own::OrderNumber), (name, Own::DeviceName)] {
                identity::text(ctx, slave, first, own, &text, out);
            }
        }
    }

    /// What a slave says of its state, and what comes of a state that was asked for.
    fn status(&mut self, ctx: &Context<'_>, slave: Slave, d: &Datagram<'_>, out: &mut dyn Sink) {
        let low = d.register(AL_STATUS, 1).and_then(<[u8]>::first).map(|low| u16::from(*low));
        let memory = self.memory(slave, ctx.now.frame, out);
        let (before, old_code) = memory.status.unwrap_or((0, 0));
        let state = d.word(AL_STATUS).or(low).unwrap_or(before) & 0x1f;
        let failed = state & 16 != 0;
        let code = d.word(AL_STATUS_CODE).unwrap_or(if failed { old_code } else { 0 });
        memory.status = Some((state, code));
        let changed = (state, code) != (before, old_code);
        let done = memory.wanted.and_then(|(_, control)| match failed {
            false if control & 15 == state & 15 => Some("ok"),
            true if code != 0 && slave != Slave::All => Some(refused(code)),
            _ => None,
        });
        if let (Some(outcome), Some(wanted)) = (done, memory.wanted) {
            memory.wanted = None;
            state_asked(ctx, slave, wanted, outcome, out);
        }
        self.others(ctx, slave, (state, code), out);
        if slave == Slave::All || !changed {
            return;
        }
        let point = targets::coded(slave, Part::Own(Own::State));
        measure(ctx, point, Value::Text(names::state(state)), if failed { "error" } else { "good" }, out);
        if failed && code != 0 {
            let detail = format!("{point} {}: {} (0x{code:04x})", names::state(state), names::status_code(code));
            breach(ctx, "slave_error", detail, out);
        }
    }

    /// One state that all slaves have is what each was asked for; one slave that refuses keeps all from it.
    fn others(&mut self, ctx: &Context<'_>, slave: Slave, (state, code): (u16, u16), out: &mut dyn Sink) {
        if slave != Slave::All {
            let refuses = state & 16 != 0 && code != 0;
            let wanted = self.slaves.get_mut(&Slave::All).filter(|_| refuses).and_then(|all| all.wanted.take());
            if let Some(wanted) = wanted {
                state_asked(ctx, Slave::All, wanted, refused(code), out);
            }
        } else if matches!(state, 1 | 2 | 4 | 8) {
            for (slave, memory) in self.slaves.iter_mut().filter(|(_, memory)| memory.wanted.is_some()) {
                if let Some(wanted) = memory.wanted.take_if(|wanted| wanted.1 & 15 == state) {
                    state_asked(ctx, *slave, wanted, "ok", out);
                }
            }
        }
    }

    /// What waits for too long, or at the end all that waits.
    pub fn overdue(&mut self, ctx: &Context<'_>, all: bool, out: &mut dyn Sink) {
        self.due = None;
        let late = |at: Moment| all || ctx.now.ts.since(at.ts) > STATE_MAX;
        let mut left = false;
        for (slave, memory) in &mut self.slaves {
            if let Some(wanted) = memory.wanted.take_if(|wanted| late(wanted.0)) {
                let outcome = match memory.status {
                    Some((state, _)) if state & 16 != 0 => "error: refused",
                    _ => "unconfirmed",
                };
                state_asked(ctx, *slave, wanted, outcome, out);
            }
            memory.give_up(ctx, *slave, late, out);
            left |= memory.wanted.is_some() || memory.is_busy();
        }
        if left {
            self.wait(ctx.now.ts);
        }
    }
}

const fn outcome(heard: bool) -> &'static str {
    if heard { "ok" } else { "unanswered" }
}

fn state_asked(ctx: &Context<'_>, slave: Slave, (at, control): (Moment, u16), outcome: &'static str, out: &mut dyn Sink) {
    let acknowledges = if control & 16 != 0 { " with acknowledgement" } else { "" };
    let value = format!("{}{acknowledges}", names::state(control));
    let target = targets::coded(slave, Part::Own(Own::State));
    tell(ctx, at, ("set_state", Category::Control), target, Some(value.into()), outcome, out);
}

/// A refusal in words, for the codes that come up.
const fn refused(code: u16) -> &'static str {
    match code {
        0x0011 => "error: invalid_requested_state_change",
        0x0012 => "error: unknown_requested_state",
        0x0013 => "error: bootstrap_not_supported",
        0x0014 => "error: no_valid_firmware",
        0x0015 | 0x0016 => "error: invalid_mailbox_configuration",
        0x0017 => "error: invalid_sync_manager_configuration",
        0x001b => "error: sync_manager_watchdog",
        0x001d => "error: invalid_output_configuration",
        0x001e => "error: invalid_input_configuration",
        0x001f => "error: invalid_watchdog_configuration",
        0x0024 => "error: invalid_input_mapping",
        0x0025 => "error: invalid_output_mapping",
        0x0030 => "error: invalid_dc_configuration",
        _ => "error: refused",
    }
}
