//! What is remembered of each stream: its count, its last sample, and the qualities that were told of its channels.

use super::pdu::{Asdu, CHANNELS_MAX, channels, quality};
use super::{NAME, breach};
use crate::process_bus::{Unit, visible};
use smallvec::SmallVec;
use std::borrow::Cow;
use wf_model::time::SECOND;
use wf_model::{Attribute, Category, Timestamp};
use wf_wire::decode::{About, Context, Evidence, Measurement, Operation, Sink, Target, Value};

/// Streams of one flow.
const STREAMS_MAX: usize = 64;
/// Bytes of the last sample that are remembered.
const SAMPLE_MAX: usize = CHANNELS_MAX * 8;
/// Samples in a row whose data look like values with qualities before this is believed.
const PROOFS: u8 = 16;
/// Changes of a stream's qualities are told this often, and jumps of its count, in microseconds.
const TOLD_EVERY: i64 = SECOND / 10;

/// One stream.
#[derive(Debug)]
struct Stream {
    appid: u16,
    sv_id: Box<[u8]>,
    smp_cnt: u32,
    /// Count at which it began at zero last time; 0: not seen yet.
    wrap: u32,
    conf_rev: u32,
    synchronised: bool,
    simulated: bool,
    last: Timestamp,
    jump_told: Timestamp,
    quality_told: Timestamp,
    /// Samples so far that looked like values with qualities, up to [`PROOFS`]; none: they are something else.
    proofs: Option<u8>,
    told: SmallVec<[u32; 8]>,
    sample: Vec<u8>,
}

/// The streams of one flow.
#[derive(Debug, Default)]
pub struct Streams {
    streams: Vec<Stream>,
}

impl Streams {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        let outside = |stream: &Stream| stream.sample.capacity() + crate::held::outside(&stream.told);
        self.streams.capacity() * size_of::<Stream>() + self.streams.iter().map(outside).sum::<usize>()
    }

    /// Takes a sample.
    #[inline]
    pub fn take(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        let (Some(id), Some(count)) = (asdu.sv_id, asdu.smp_cnt) else { return };
        let known = self.streams.iter_mut().find(|s| s.appid == unit.appid && *s.sv_id == *id);
        match known {
            Some(stream) => stream.follow(ctx, unit, asdu, count, out),
            None => self.begin(ctx, unit, asdu, (id, count), out),
        }
    }

    fn begin(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, asdu: &Asdu<'_>, (id, count): (&[u8], u32), out: &mut dyn Sink) {
        if self.streams.len() >= STREAMS_MAX {
            let oldest = self.streams.iter().enumerate().min_by_key(|(_, s)| s.last).map(|(at, _)| at);
            if let Some(at) = oldest {
                self.streams.swap_remove(at);
                out.evicted(1);
            }
        }
        identify(ctx, id, out);
        let mut stream = Stream {
            appid: unit.appid,
            sv_id: id.into(),
            smp_cnt: count,
            wrap: 0,
            conf_rev: asdu.conf_rev.unwrap_or(0),
            synchronised: true,
            simulated: false,
            last: ctx.now.ts,
            jump_told: Timestamp(i64::MIN),
            quality_told: Timestamp(i64::MIN),
            proofs: Some(0),
            told: SmallVec::new(),
            sample: Vec::new(),
        };
        stream.state(ctx, unit, asdu, out);
        stream.look(ctx, asdu, out);
        self.streams.push(stream);
    }
}

impl Stream {
    #[inline]
    fn follow(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, asdu: &Asdu<'_>, count: u32, out: &mut dyn Sink) {
        self.last = ctx.now.ts;
        let kept = asdu.data.get(..SAMPLE_MAX).unwrap_or(asdu.data);
        if count == self.smp_cnt {
            // The same sample again is a frame seen twice, as mirror ports show it.
            if kept == self.sample {
                return;
            }
            self.jump(ctx, "sample_count_repeated", count, out);
        } else if count == 0 {
            let wrap = self.smp_cnt.wrapping_add(1);
            if self.wrap != 0 && wrap != self.wrap {
                self.jump(ctx, "sample_count_jump", count, out);
            }
            self.wrap = wrap;
        } else if count != self.smp_cnt.wrapping_add(1) {
            self.jump(ctx, "sample_count_jump", count, out);
        }
        self.smp_cnt = count;
        self.state(ctx, unit, asdu, out);
        self.look(ctx, asdu, out);
    }

    #[cold]
    fn jump(&mut self, ctx: &Context<'_>, kind: &'static str, count: u32, out: &mut dyn Sink) {
        if due(&mut self.jump_told, ctx.now.ts) {
            breach(ctx, kind, format!("{}: {count} after {}", visible(&self.sv_id), self.smp_cnt), out);
        }
    }

    /// Revision, synchronisation, simulation: told when they change for the worse.
    #[inline]
    fn state(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        let conf_rev = asdu.conf_rev.unwrap_or(self.conf_rev);
        if conf_rev != self.conf_rev {
            let detail = format!("{}: revision {conf_rev}, before {}", visible(&self.sv_id), self.conf_rev);
            breach(ctx, "configuration_changed", detail, out);
            self.conf_rev = conf_rev;
        }
        let synchronised = asdu.smp_synch.is_none_or(|s| s != 0);
        if self.synchronised && !synchronised {
            breach(ctx, "not_synchronised", visible(&self.sv_id), out);
        }
        self.synchronised = synchronised;
        if unit.simulated && !self.simulated {
            breach(ctx, "simulation", visible(&self.sv_id), out);
        }
        self.simulated = unit.simulated;
    }

    /// Remembers the sample, and looks whether a channel's quality is another one than was told.
    #[inline]
    fn look(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        self.sample.clear();
        self.sample.extend_from_slice(asdu.data.get(..SAMPLE_MAX).unwrap_or(asdu.data));
        let Some(proofs) = self.proofs else { return };
        let Some(pairs) = channels(asdu.data) else {
            self.proofs = None;
            return;
        };
        self.proofs = Some((proofs + 1).min(PROOFS));
        if proofs < PROOFS || self.told.iter().copied().eq(pairs.map(|(_, quality)| quality)) {
            return;
        }
        if due(&mut self.quality_told, ctx.now.ts) {
            self.tell(ctx, asdu.data, out);
        }
    }

    #[cold]
    fn tell(&mut self, ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
        let before = std::mem::take(&mut self.told);
        for (at, (value, bits)) in channels(data).into_iter().flatten().enumerate() {
            self.told.push(bits);
            if before.get(at) != Some(&bits) {
                let name = format!("{}.{}", visible(&self.sv_id), at + 1);
                let point = Target::Text(&name);
                let value = Value::Number(f64::from(value));
                out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: quality(bits) });
            }
        }
    }
}

/// Whether enough time has gone since this was told last, and then notes that it is told now. Time that went back counts.
fn due(told: &mut Timestamp, now: Timestamp) -> bool {
    let due = now < *told || now.since(*told) >= TOLD_EVERY;
    if due {
        *told = now;
    }
    due
}

fn identify(ctx: &Context<'_>, id: &[u8], out: &mut dyn Sink) {
    let name = visible(id);
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "sv_id", confidence });
    };
    if !name.trim().is_empty() {
        say(Attribute::Name, name.trim(), 40);
    }
    say(Attribute::Role, "remote_io", 50);
    let operation = Operation {
        at: ctx.now,
        actor: ctx.direction,
        function: "publish",
        category: Category::Read,
        target: Target::Text(&name),
        value: None,
        outcome: Cow::Borrowed("unconfirmed"),
    };
    out.operation(ctx, NAME, operation);
}
