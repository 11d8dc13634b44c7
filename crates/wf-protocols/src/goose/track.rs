//! What is remembered of each control block: its numbers, and the values it said last, so that changes are told and
//! repeats are not.

use super::pdu::Goose;
use super::{NAME, breach};
use crate::ber::{Element, Elements};
use crate::mms_data::{self, Data};
use crate::process_bus::{Unit, visible};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt::Write;
use wf_model::{Attribute, Category, Timestamp};
use wf_wire::decode::{About, Context, Evidence, Measurement, Operation, Sink, Target};

/// Control blocks of one flow.
const STREAMS_MAX: usize = 64;
/// Bytes of values remembered of one control block: a frame's worth.
const DATA_MAX: usize = 2048;
/// Structures within structures whose changes are looked for.
const DEPTH_MAX: usize = 10;

/// One control block.
#[derive(Debug)]
struct Stream {
    appid: u16,
    gocb_ref: Box<[u8]>,
    st_num: u32,
    sq_num: u32,
    conf_rev: u32,
    entries: i32,
    /// Milliseconds within which the next message is due.
    live_ms: u32,
    last: Timestamp,
    simulated: bool,
    nds_com: bool,
    data: Vec<u8>,
}

/// The control blocks of one flow.
#[derive(Debug, Default)]
pub struct Streams {
    streams: Vec<Stream>,
}

impl Streams {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        self.streams.capacity() * size_of::<Stream>() + self.streams.iter().map(|s| s.data.capacity()).sum::<usize>()
    }

    /// Takes a message.
    pub fn take(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, goose: &Goose<'_>, out: &mut dyn Sink) {
        let (Some(name), Some(st_num), Some(sq_num)) = (goose.gocb_ref, goose.st_num, goose.sq_num) else { return };
        let known = self.streams.iter_mut().find(|s| s.appid == unit.appid && *s.gocb_ref == *name);
        let data = goose.data.map_or(&[][..], |d| d.bytes);
        let simulated = goose.simulation || unit.simulated;
        let mut fresh = Stream {
            appid: unit.appid,
            gocb_ref: Box::default(),
            st_num,
            sq_num,
            conf_rev: goose.conf_rev.unwrap_or(0),
            entries: goose.entries.unwrap_or(0),
            live_ms: goose.live_ms.unwrap_or(0),
            last: ctx.now.ts,
            simulated,
            nds_com: goose.nds_com,
            data: Vec::new(),
        };
        let was = known.as_ref().map(|s| (s.simulated, s.nds_com)).unwrap_or_default();
        if simulated && !was.0 {
            breach(ctx, "simulation", visible(name), out);
        }
        if goose.nds_com && !was.1 {
            breach(ctx, "needs_commissioning", visible(name), out);
        }
        match known {
            Some(stream) => {
                stream.check(ctx, &fresh, data != stream.data, out);
                fresh.gocb_ref = std::mem::take(&mut stream.gocb_ref);
                fresh.data = std::mem::take(&mut stream.data);
                *stream = fresh;
                if stream.data != data {
                    changes(ctx, goose, simulated, Some(&stream.data), data, out);
                    stream.remember(data);
                }
            }
            None => {
                identify(ctx, name, out);
                changes(ctx, goose, simulated, None, data, out);
                fresh.gocb_ref = name.into();
                fresh.remember(data);
                self.insert(fresh, out);
            }
        }
    }

    fn insert(&mut self, stream: Stream, out: &mut dyn Sink) {
        if self.streams.len() >= STREAMS_MAX {
            let oldest = self.streams.iter().enumerate().min_by_key(|(_, s)| s.last).map(|(at, _)| at);
            if let Some(at) = oldest {
                self.streams.swap_remove(at);
                out.evicted(1);
            }
        }
        self.streams.push(stream);
    }
}

impl Stream {
    /// Remembers the values; too many are not remembered, and are then told each time.
    fn remember(&mut self, data: &[u8]) {
        self.data.clear();
        if data.len() <= DATA_MAX {
            self.data.extend_from_slice(data);
        }
    }

    /// What is wrong with a message after the last one (IEC 61850-8-1, 18.1.2: numbers and retransmission).
    fn check(&self, ctx: &Context<'_>, next: &Self, changed: bool, out: &mut dyn Sink) {
        let waited_ms = next.last.since(self.last) / 1000;
        if self.live_ms > 0 && waited_ms > i64::from(self.live_ms) {
            breach(ctx, "time_allowed_to_live_exceeded", format!("{waited_ms} ms, {} allowed", self.live_ms), out);
        }
        if (next.conf_rev, next.entries) != (self.conf_rev, self.entries) {
            let detail = format!(
                "revision {} with {} entries, before {} with {}",
                next.conf_rev, next.entries, self.conf_rev, self.entries
            );
            breach(ctx, "configuration_changed", detail, out);
        }
        let follows = |next: u32, last: u32| next == last.wrapping_add(1) || (last == u32::MAX && next == 1);
        let numbers = || format!("{}/{} after {}/{}", next.st_num, next.sq_num, self.st_num, self.sq_num);
        if next.st_num == self.st_num {
            if changed {
                breach(ctx, "changed_without_state", numbers(), out);
            }
            // The same number again is a frame seen twice, as mirror ports show it.
            if next.sq_num != self.sq_num && !follows(next.sq_num, self.sq_num) {
                breach(ctx, "sequence_number_jump", numbers(), out);
            }
        } else if follows(next.st_num, self.st_num) {
            if next.sq_num > 1 {
                breach(ctx, "sequence_number_jump", numbers(), out);
            }
        } else if next.st_num == 1 && next.sq_num <= 1 {
            breach(ctx, "publisher_restarted", numbers(), out);
        } else {
            breach(ctx, "state_number_jump", numbers(), out);
        }
    }
}

/// The logical device in a reference names the publisher.
fn identify(ctx: &Context<'_>, gocb_ref: &[u8], out: &mut dyn Sink) {
    let name = visible(gocb_ref);
    let device = name.split('/').next().unwrap_or_default().trim();
    let mut say = |attribute, value: &str, confidence| {
        let evidence = Evidence { about: About::Sender, attribute, value, source: "gocb_ref", confidence };
        out.evidence(ctx, NAME, evidence);
    };
    if !device.is_empty() && name.contains('/') {
        say(Attribute::Name, device, 50);
    }
    say(Attribute::Role, "controller", 60);
    let operation = Operation {
        at: ctx.now,
        actor: ctx.direction,
        function: "publish",
        // Receivers act on what they hear: whoever sends to them, from whichever address, commands them.
        category: Category::Control,
        target: Target::Text(&name),
        value: None,
        outcome: Cow::Borrowed("unconfirmed"),
    };
    out.operation(ctx, NAME, operation);
}

type Entries<'a> = SmallVec<[Element<'a>; 32]>;

/// Tells what changed since `before`, or everything where there is no before. What is simulated is of the quality `test`.
fn changes(ctx: &Context<'_>, goose: &Goose<'_>, simulated: bool, before: Option<&[u8]>, now: &[u8], out: &mut dyn Sink) {
    let Some(set) = goose.dat_set.or(goose.gocb_ref) else { return };
    let entries: Entries<'_> = Elements::new(now).collect();
    let old: Entries<'_> = before.map(|b| Elements::new(b).collect()).unwrap_or_default();
    let mut path = visible(set).into_owned();
    let end = path.len();
    for (at, entry) in entries.iter().enumerate() {
        let quality = entries.get(at + 1).filter(|e| is_quality(e));
        let (was, was_quality) = (old.get(at), old.get(at + 1).filter(|e| is_quality(e)));
        if before.is_some() && was == Some(entry) && was_quality == quality {
            continue;
        }
        let _ = write!(path, ".{}", at + 1);
        let word = quality.and_then(|q| Data::read(q)?.quality()).unwrap_or("good");
        mms_data::leaves(&mut path, entry, None, word, &mut |point, value, quality| {
            let (point, quality) = (Target::Text(point), if simulated { "test" } else { quality });
            out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
        });
        if was.is_some_and(|was| state_changed(was, entry, DEPTH_MAX)) {
            out.operation(
                ctx,
                NAME,
                Operation {
                    at: ctx.now,
                    actor: ctx.direction,
                    function: "state_change",
                    category: Category::Control,
                    target: Target::Text(&path),
                    value: Some(words(entry, simulated)),
                    outcome: Cow::Borrowed("unconfirmed"),
                },
            );
        }
        path.truncate(end);
    }
}

/// An entry's new value.
fn words(entry: &Element<'_>, simulated: bool) -> Cow<'static, str> {
    let text = match Data::read(entry) {
        Some(Data::Bits(bits)) if bits.len() == 2 => mms_data::double_point(&bits).map(Cow::Borrowed),
        _ => None,
    };
    let text = text.unwrap_or_else(|| Cow::Owned(mms_data::text(entry)));
    if simulated { Cow::Owned(format!("{text} (simulated)")) } else { text }
}

fn is_quality(e: &Element<'_>) -> bool {
    Data::read(e).is_some_and(|data| data.quality().is_some())
}

/// Whether something that receivers act on changed: a state, a position, a number; not a measured value, quality or time.
fn state_changed(was: &Element<'_>, now: &Element<'_>, depth: usize) -> bool {
    if was == now {
        return false;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (Data::read(was), Data::read(now)) {
        (Some(Data::Structure(a)), Some(Data::Structure(b))) | (Some(Data::Array(a)), Some(Data::Array(b))) => {
            a.zip(b).any(|(a, b)| state_changed(&a, &b, depth))
        }
        (_, Some(Data::Float(_) | Data::Time(_)) | None) => false,
        (_, Some(data)) => data.quality().is_none(),
    }
}
