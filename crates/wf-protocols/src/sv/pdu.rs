//! The message of sampled values (IEC 61850-9-2, table 14 and annex A), borrowed from the frame.

use crate::ber::{self, Element, Elements, SEQUENCE, Tag};
use crate::mms_data::UtcTime;
use crate::process_bus::{Unit, visible};
use wf_wire::MessageWriter;

/// Channels that are looked at.
pub const CHANNELS_MAX: usize = 32;
/// Bits of a quality in a sample (IEC 61850-9-2, table 15, with `derived`).
const QUALITY_MASK: u32 = 0x3fff;

/// One message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples<'a> {
    /// Number of samples as said.
    pub count: Option<u64>,
    /// A field could not be read.
    pub damaged: bool,
    list: Option<Element<'a>>,
}

impl<'a> Samples<'a> {
    /// Reads the message; `None`: another one.
    #[must_use]
    pub fn read(pdu: &Element<'a>) -> Option<Self> {
        if pdu.tag != Tag::application(0) {
            return None;
        }
        let mut found = Self { damaged: pdu.cut, ..Self::default() };
        let mut fields = pdu.elements();
        for e in fields.by_ref() {
            match e.context() {
                Some(0) => found.count = ber::unsigned(e.bytes),
                Some(1) => {} // security
                Some(2) => found.list = found.list.or(Some(e)),
                _ => found.damaged = true,
            }
        }
        found.damaged |= fields.is_broken() || found.list.is_none();
        Some(found)
    }

    /// Its samples.
    #[must_use]
    pub fn asdus(&self) -> Elements<'a> {
        Elements::new(self.list.map_or(&[], |list| list.bytes))
    }
}

/// One sample of every channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asdu<'a> {
    /// Identifier of the stream.
    pub sv_id: Option<&'a [u8]>,
    /// Reference of the data set.
    pub dat_set: Option<&'a [u8]>,
    /// Sample count.
    pub smp_cnt: Option<u32>,
    /// Configuration revision.
    pub conf_rev: Option<u32>,
    /// When it was sampled.
    pub refr_tm: Option<UtcTime>,
    /// 0 not synchronised, 1 by a local clock, 2 by a global one, 5 to 254 by a clock with this number.
    pub smp_synch: Option<u32>,
    /// Samples a period, a second, or seconds a sample.
    pub smp_rate: Option<u32>,
    /// What the rate counts.
    pub smp_mod: Option<u32>,
    /// The channels' values.
    pub data: &'a [u8],
    /// A field could not be read.
    pub damaged: bool,
}

/// A number in one to four bytes, or longer with leading zeros.
fn number(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [a, b] => Some(u32::from(u16::from_be_bytes([*a, *b]))),
        _ => ber::unsigned(bytes).and_then(|n| u32::try_from(n).ok()),
    }
}

impl<'a> Asdu<'a> {
    /// Reads a sample; `None`: not one.
    #[must_use]
    #[inline]
    pub fn read(e: &Element<'a>) -> Option<Self> {
        if e.tag != SEQUENCE {
            return None;
        }
        let mut found = Self { damaged: e.cut, ..Self::default() };
        let mut fields = e.elements();
        for e in fields.by_ref() {
            let readable = match e.context() {
                Some(0) => keep(&mut found.sv_id, Some(e.bytes)),
                Some(1) => keep(&mut found.dat_set, Some(e.bytes)),
                Some(2) => keep(&mut found.smp_cnt, number(e.bytes)),
                Some(3) => keep(&mut found.conf_rev, number(e.bytes)),
                Some(4) => keep(&mut found.refr_tm, UtcTime::read(e.bytes)),
                Some(5) => keep(&mut found.smp_synch, number(e.bytes)),
                Some(6) => keep(&mut found.smp_rate, number(e.bytes)),
                Some(7) => {
                    found.data = e.bytes;
                    true
                }
                Some(8) => keep(&mut found.smp_mod, number(e.bytes)),
                Some(9) => true, // identity of the grandmaster clock
                _ => false,
            };
            found.damaged |= !readable;
        }
        found.damaged |= fields.is_broken();
        Some(found)
    }

    /// The first mandatory field that is not there.
    #[must_use]
    pub const fn missing(&self) -> Option<&'static str> {
        if self.sv_id.is_none() {
            Some("svID")
        } else if self.smp_cnt.is_none() {
            Some("smpCnt")
        } else if self.conf_rev.is_none() {
            Some("confRev")
        } else if self.smp_synch.is_none() {
            Some("smpSynch")
        } else {
            None
        }
    }
}

fn keep<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    let readable = value.is_some();
    *field = value;
    readable
}

/// The channels of a sample as pairs of value and quality (IEC 61869-9, 6.904: INT32 and quality), where its data have
/// that form: eight bytes a channel, and no quality with bits that there are not.
#[must_use]
#[inline]
pub fn channels(data: &[u8]) -> Option<impl Iterator<Item = (i32, u32)> + use<'_>> {
    let pair = |chunk: &[u8; 8]| {
        let [a, b, c, d, e, f, g, h] = *chunk;
        (i32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    };
    let (chunks, rest) = data.as_chunks::<8>();
    let fits = rest.is_empty() && !chunks.is_empty() && chunks.iter().all(|chunk| pair(chunk).1 <= QUALITY_MASK);
    fits.then(|| chunks.iter().take(CHANNELS_MAX).map(pair))
}

/// A quality's worst in a word.
#[must_use]
pub const fn quality(bits: u32) -> &'static str {
    match (bits & 3, bits) {
        (1 | 3, b) if b & 0x40 != 0 => "failure",
        (1 | 3, b) if b & 0x80 != 0 => "old_data",
        (1 | 3, b) if b & 0x10 != 0 => "bad_reference",
        (1 | 3, b) if b & 0x08 != 0 => "out_of_range",
        (1 | 3, b) if b & 0x04 != 0 => "overflow",
        (1 | 3, b) if b & 0x20 != 0 => "oscillatory",
        (1 | 3, b) if b & 0x100 != 0 => "inconsistent",
        (1 | 3, b) if b & 0x200 != 0 => "inaccurate",
        (1, _) => "invalid",
        (3, _) => "questionable",
        (2, _) => "reserved",
        (_, b) if b & 0x800 != 0 => "test",
        (_, b) if b & 0x1000 != 0 => "operator_blocked",
        (_, b) if b & 0x400 != 0 => "substituted",
        _ => "good",
    }
}

/// Writes a sample with its fields.
pub fn write(m: &mut MessageWriter<'_>, unit: &Unit<'_>, asdu: &Asdu<'_>) {
    m.num("appid", unit.appid).num("length", unit.length as u64);
    if let Some(id) = asdu.sv_id {
        m.text("sv_id", &visible(id));
    }
    if let Some(name) = asdu.dat_set {
        m.text("dat_set", &visible(name));
    }
    m.opt("smp_cnt", asdu.smp_cnt).opt("conf_rev", asdu.conf_rev);
    if let Some(t) = asdu.refr_tm {
        m.show("refr_tm", t.ts);
    }
    m.opt("smp_synch", asdu.smp_synch).opt("smp_rate", asdu.smp_rate).opt("smp_mod", asdu.smp_mod);
    if unit.simulated {
        m.flag("simulation", true);
    }
    match (channels(asdu.data), channels(asdu.data)) {
        (Some(values), Some(qualities)) => {
            m.nums("values", values.map(|(value, _)| value)).nums("qualities", qualities.map(|(_, quality)| quality));
        }
        _ => {
            m.hex("data", asdu.data);
        }
    }
}
