//! Cyclic data straight on the link (IEC 61158-6-10:2019, clause 4.7.1.3: APDU status): whether it flows, and what its
//! provider says of itself. A frame costs a look at four octets; nothing is built for one that says what the last one said.

use super::NAME;
use super::names;
use super::plant::Plant;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use wf_model::{Category, Timestamp, time::SECOND};
use wf_wire::MessageWriter;
use wf_wire::decode::{Anomaly, Coded, Context, Direction, Measurement, Operation, Sink, Target, Value};

/// Cyclic connections between two stations.
const STREAMS_MAX: usize = 64;
/// Silence of a provider whose watchdog is not known.
const SILENCE_US: i64 = SECOND;
/// How often silence is looked for.
const LOOK_US: i64 = SECOND / 10;
/// A cycle counter that goes back by more than this (in 31.25 µs) is not a frame out of order.
const BACK_MIN: u16 = 4096;

/// Bits of the data status.
const VALID: u8 = 0x04;
const RUN: u8 = 0x10;
const NO_PROBLEM: u8 = 0x20;
const IGNORE: u8 = 0x80;
/// Those that are told when they change.
const TOLD: u8 = VALID | RUN | NO_PROBLEM;

/// What ends a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Frame identifier.
    pub id: u16,
    /// Octets of data, padding among them.
    pub length: usize,
    /// Counts 31.25 µs.
    pub cycle: u16,
    /// Data status.
    pub status: u8,
    /// Transfer status.
    pub transfer: u8,
}

impl Frame {
    /// Reads a frame from its identifier on; `None` where it is too short.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<2>()?;
        let (data, [high, low, status, transfer]) = rest.split_last_chunk::<4>()?;
        let (id, cycle) = (u16::from_be_bytes(*id), u16::from_be_bytes([*high, *low]));
        Some(Self { id, length: data.len(), cycle, status: *status, transfer: *transfer })
    }

    /// Its fields.
    pub fn write(&self, m: &mut MessageWriter<'_>) {
        m.num("frame_id", self.id).text("class", names::cyclic_class(self.id));
        m.num("data_length", i128::try_from(self.length).unwrap_or(0)).num("cycle_counter", self.cycle);
        m.num("data_status", self.status).flag("primary", self.status & 1 != 0).flag("valid", self.status & VALID != 0);
        m.flag("run", self.status & RUN != 0).flag("problem", self.status & NO_PROBLEM == 0);
        m.flag("ignore", self.status & IGNORE != 0).num("transfer_status", self.transfer);
    }
}

struct Stream {
    id: u16,
    direction: Direction,
    last: Timestamp,
    cycle: u16,
    status: u8,
    length: usize,
    silence_us: i64,
    is_lost: bool,
    /// The relation was ended: silence is due.
    is_over: bool,
}

/// Cyclic connections between two stations.
#[derive(Default)]
pub struct Streams {
    streams: Vec<Stream>,
    looked: Option<Timestamp>,
}

fn show(n: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [id, what, ..] = *n;
    write!(
        f,
        "frame {id:#06x}{}",
        ["", " provider_run", " station_ok", " data_valid"].get(usize::try_from(what).unwrap_or(0)).unwrap_or(&"")
    )
}

fn point(id: u16, what: u64) -> Coded {
    Coded { numbers: [id.into(), what, 0, 0], show }
}

impl Streams {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        self.streams.capacity() * size_of::<Stream>()
    }

    /// One frame.
    pub fn take(&mut self, ctx: &Context<'_>, frame: &Frame, plant: &Mutex<Plant>, out: &mut dyn Sink) {
        match self.streams.iter_mut().find(|s| s.id == frame.id && s.direction == ctx.direction) {
            Some(stream) => stream.next(ctx, frame, out),
            None => self.begin(ctx, frame, plant, out),
        }
        let due = self.looked.is_none_or(|looked| ctx.now.ts.since(looked) > LOOK_US);
        if due {
            self.looked = Some(ctx.now.ts);
            self.look(ctx, plant, out);
        }
    }

    fn begin(&mut self, ctx: &Context<'_>, frame: &Frame, plant: &Mutex<Plant>, out: &mut dyn Sink) {
        if self.streams.len() >= STREAMS_MAX {
            self.streams.remove(0);
            out.evicted(1);
        }
        let mut value = None;
        let mut silence_us = SILENCE_US;
        let plant = plant.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((relation, known)) = ctx.src_mac.and_then(|mac| plant.provided(mac, frame.id)) {
            value = Some(format!("{} of {}", names::iocr_type(known.kind), relation.station).into());
            // A consumer's watchdog may be a few milliseconds; a mirror port's jitter is not an outage.
            if known.watchdog_us > 0 {
                silence_us = known.watchdog_us.max(LOOK_US);
            }
        }
        drop(plant);
        let (function, category, target) = ("provide", Category::Read, Target::Coded(point(frame.id, 0)));
        let (at, actor, outcome) = (ctx.now, ctx.direction, Cow::Borrowed("unconfirmed"));
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
        let mut stream = Stream {
            id: frame.id,
            direction: ctx.direction,
            last: ctx.now.ts,
            cycle: frame.cycle,
            status: TOLD,
            length: frame.length,
            silence_us,
            is_lost: false,
            is_over: false,
        };
        for (what, bit) in [(1, RUN), (2, NO_PROBLEM), (3, VALID)] {
            measure(ctx, frame.id, what, frame.status & bit != 0, out);
        }
        stream.complain(ctx, frame, out);
        stream.status = frame.status;
        self.streams.push(stream);
    }

    /// Looks for providers that have fallen silent.
    fn look(&mut self, ctx: &Context<'_>, plant: &Mutex<Plant>, out: &mut dyn Sink) {
        for stream in self.streams.iter_mut().filter(|s| !s.is_lost && !s.is_over) {
            let silent_us = ctx.now.ts.since(stream.last);
            if silent_us <= stream.silence_us {
                continue;
            }
            let provider = if stream.direction == ctx.direction { ctx.src_mac } else { ctx.dst_mac };
            let plant = plant.lock().unwrap_or_else(PoisonError::into_inner);
            stream.is_over =
                provider.and_then(|mac| plant.provided(mac, stream.id)).is_some_and(|(relation, _)| relation.released);
            stream.is_lost = !stream.is_over;
            if stream.is_lost {
                raise(ctx, out, "provider_silent", format!("frame {:#06x}", stream.id));
            }
        }
    }

    /// The relation between the two was ended.
    pub fn end(&mut self) {
        for stream in &mut self.streams {
            stream.is_over = true;
        }
    }
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

fn measure(ctx: &Context<'_>, id: u16, what: u64, is_set: bool, out: &mut dyn Sink) {
    let (device, point, value) = (ctx.direction, Target::Coded(point(id, what)), Value::Flag(is_set));
    out.measurement(ctx, NAME, Measurement { device, point, value, quality: "good" });
}

impl Stream {
    fn next(&mut self, ctx: &Context<'_>, frame: &Frame, out: &mut dyn Sink) {
        let back = self.cycle.wrapping_sub(frame.cycle);
        let silent_us = ctx.now.ts.since(self.last);
        self.last = self.last.max(ctx.now.ts);
        if frame.length != self.length {
            raise(ctx, out, "length_changed", format!("frame {:#06x}: {} octets after {}", self.id, frame.length, self.length));
            self.length = frame.length;
            // What ends the frame is not certain to be its status.
            return;
        }
        if silent_us < self.silence_us && back < 0x8000 && back > BACK_MIN {
            raise(ctx, out, "cycle_counter_back", format!("frame {:#06x}", self.id));
        }
        self.cycle = frame.cycle;
        if self.is_over && silent_us > self.silence_us {
            // Set up anew.
            self.is_over = false;
        } else if (self.is_lost || silent_us > self.silence_us) && !self.is_over {
            if !self.is_lost {
                raise(ctx, out, "provider_silent", format!("frame {:#06x}", self.id));
            }
            self.is_lost = false;
        }
        if frame.transfer != 0 {
            raise(ctx, out, "bad_transfer", format!("frame {:#06x}: {:#04x}", self.id, frame.transfer));
        }
        if frame.status & IGNORE == 0 && (frame.status ^ self.status) & TOLD != 0 {
            self.changed(ctx, frame, out);
            self.status = frame.status;
        }
    }

    fn changed(&mut self, ctx: &Context<'_>, frame: &Frame, out: &mut dyn Sink) {
        let changed = frame.status ^ self.status;
        for (what, bit) in [(1, RUN), (2, NO_PROBLEM), (3, VALID)] {
            if changed & bit != 0 {
                measure(ctx, self.id, what, frame.status & bit != 0, out);
            }
        }
        if changed & RUN != 0 {
            let function = if frame.status & RUN != 0 { "provider_run" } else { "provider_stop" };
            let (at, actor, category, target) = (ctx.now, ctx.direction, Category::Control, Target::Coded(point(self.id, 0)));
            let outcome = Cow::Borrowed("unconfirmed");
            out.operation(ctx, NAME, Operation { at, actor, function, category, target, value: None, outcome });
        }
        self.complain(ctx, frame, out);
    }

    /// What the provider says is wrong and did not say before.
    fn complain(&self, ctx: &Context<'_>, frame: &Frame, out: &mut dyn Sink) {
        if frame.status & IGNORE != 0 {
            return;
        }
        let gone = self.status & !frame.status;
        for (bit, kind) in [(RUN, "provider_stopped"), (NO_PROBLEM, "station_problem"), (VALID, "data_invalid")] {
            if gone & bit != 0 {
                raise(ctx, out, kind, format!("frame {:#06x}", frame.id));
            }
        }
    }
}
