//! Object headers (IEEE 1815-2012 clause 4.2.2.7) and the layout of the objects behind them (annex A).

use super::names;
use wf_wire::{Reader, Short};

/// Number in a point's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The state is in the flags.
    Flags,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Single.
    F32,
    /// Double.
    F64,
}

/// Time in a point's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// None.
    No,
    /// Milliseconds since 1970, 48 bits.
    Absolute,
    /// Milliseconds since the common time of occurrence, 16 bits.
    Relative,
}

/// A point's object: flags, number, time, in this order. Commands have their status behind the number instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// One octet of flags comes first.
    pub flags: bool,
    /// The number.
    pub number: Number,
    /// The time.
    pub time: Time,
}

/// How an object lies on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No data.
    Nothing,
    /// So many bits each, packed.
    Packed(u8),
    /// A point.
    Point(Form),
    /// So many octets of another kind.
    Octets(usize),
    /// Type, length, value (device attributes).
    Attribute,
    /// Only with its size in front.
    Sized,
}

const fn point(flags: bool, number: Number, time: Time) -> Option<Layout> {
    Some(Layout::Point(Form { flags, number, time }))
}

/// The layout of a group's variation; `None` for what the standard does not have.
#[must_use]
pub const fn layout(group: u8, variation: u8) -> Option<Layout> {
    use Number::{F32, F64, Flags, I16, I32};
    use Time::{Absolute, No, Relative};
    match (group, variation) {
        (0, _) => Some(Layout::Attribute),
        (110..=113, _) => Some(Layout::Octets(variation as usize)),
        (_, 0) | (60, 1..=4) => Some(Layout::Nothing),
        (1 | 10 | 80, 1) | (12, 3) => Some(Layout::Packed(1)),
        (3, 1) => Some(Layout::Packed(2)),
        (1 | 3 | 10, 2) | (2 | 4 | 11 | 13, 1) => point(true, Flags, No),
        (2 | 4 | 11 | 13, 2) => point(true, Flags, Absolute),
        (2 | 4, 3) => point(true, Flags, Relative),
        (12, 1 | 2) => Some(Layout::Octets(11)),
        (20..=23, _) => counter(group, variation),
        (30, 1..=6) | (31, 1 | 2 | 5..=8) | (32 | 33 | 42 | 43, _) | (31, 3 | 4) => analog(group, variation),
        (34, 1) => point(false, Number::U16, No),
        (34, 2) => point(false, Number::U32, No),
        (34, 3) => point(false, F32, No),
        (40, 1) => point(true, I32, No),
        (40, 2) => point(true, I16, No),
        (40, 3) => point(true, F32, No),
        (40, 4) => point(true, F64, No),
        (41, 1 | 3) => Some(Layout::Octets(5)),
        (41, 2) => Some(Layout::Octets(3)),
        (41, 4) => Some(Layout::Octets(9)),
        _ => other(group, variation),
    }
}

const fn other(group: u8, variation: u8) -> Option<Layout> {
    match (group, variation) {
        (50, 1 | 3) | (51, 1 | 2) => Some(Layout::Octets(6)),
        (50, 2) => Some(Layout::Octets(10)),
        (50, 4) => Some(Layout::Octets(11)),
        (52, 1 | 2) => Some(Layout::Octets(2)),
        (70, 1..=8) | (82, 1) | (83, 1 | 2) | (85, 1) | (86, 1..=3) | (87 | 88 | 90, 1) => Some(Layout::Sized),
        (81, 1) => Some(Layout::Octets(3)),
        (101, 1) => Some(Layout::Octets(2)),
        (101, 2) => Some(Layout::Octets(4)),
        (101, 3) => Some(Layout::Octets(8)),
        (102, 1) => Some(Layout::Octets(1)),
        (120, 3) => Some(Layout::Octets(6)),
        (120, 4) => Some(Layout::Octets(2)),
        (120, 1..=15) => Some(Layout::Sized),
        (121 | 122, 1) => Some(Layout::Octets(7)),
        (122, 2) => Some(Layout::Octets(13)),
        _ => None,
    }
}

/// Counters and frozen counters, static and event.
const fn counter(group: u8, variation: u8) -> Option<Layout> {
    use Number::{U16, U32};
    use Time::{Absolute, No};
    match (group, variation) {
        (_, 1 | 3) => point(true, U32, No),
        (_, 2 | 4) => point(true, U16, No),
        (20, 5 | 7) | (21, 9 | 11) => point(false, U32, No),
        (20, 6 | 8) | (21, 10 | 12) => point(false, U16, No),
        (21..=23, 5 | 7) => point(true, U32, Absolute),
        (21..=23, 6 | 8) => point(true, U16, Absolute),
        _ => None,
    }
}

/// Analog inputs and outputs, frozen and event.
const fn analog(group: u8, variation: u8) -> Option<Layout> {
    use Number::{F32, F64, I16, I32};
    use Time::{Absolute, No};
    match (group, variation) {
        (_, 1) => point(true, I32, No),
        (_, 2) => point(true, I16, No),
        (30, 3) | (31, 5) => point(false, I32, No),
        (30, 4) | (31, 6) => point(false, I16, No),
        (31..=33 | 42 | 43, 3) => point(true, I32, Absolute),
        (31..=33 | 42 | 43, 4) => point(true, I16, Absolute),
        (30, 5) | (31, 7) | (32 | 33 | 42 | 43, 5) => point(true, F32, No),
        (30, 6) | (31, 8) | (32 | 33 | 42 | 43, 6) => point(true, F64, No),
        (32 | 33 | 42 | 43, 7) => point(true, F32, Absolute),
        (32 | 33 | 42 | 43, 8) => point(true, F64, Absolute),
        _ => None,
    }
}

impl Form {
    /// Octets of the object.
    #[must_use]
    pub const fn size(self) -> usize {
        let number = match self.number {
            Number::Flags => 0,
            Number::U16 | Number::I16 => 2,
            Number::U32 | Number::I32 | Number::F32 => 4,
            Number::F64 => 8,
        };
        let time = match self.time {
            Time::No => 0,
            Time::Relative => 2,
            Time::Absolute => 6,
        };
        self.flags as usize + number + time
    }
}

/// Which points a header speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// All.
    All,
    /// From first to last.
    Span(u32, u32),
    /// So many, each with what the prefix says.
    Count(u32),
}

impl Range {
    /// How many objects follow.
    #[must_use]
    pub const fn count(self) -> u64 {
        match self {
            Self::All => 0,
            Self::Span(first, last) => (last as u64 + 1).saturating_sub(first as u64),
            Self::Count(count) => count as u64,
        }
    }
}

/// One object header with the data of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Group.
    pub group: u8,
    /// Variation.
    pub variation: u8,
    /// Qualifier.
    pub qualifier: u8,
    /// Range.
    pub range: Range,
    /// Layout of its objects; `None` where unknown.
    pub layout: Option<Layout>,
    /// Objects carry data (not only their prefix).
    pub with_data: bool,
    /// Octets of all its objects.
    pub data: &'a [u8],
}

/// What is wrong with a run of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A header or its objects end too early.
    Truncated,
    /// Group and variation, or their qualifier, that nobody can give a size: `unknown_object`.
    Unknown,
    /// First is beyond last.
    Range,
}

/// Reads header after header.
pub struct Headers<'a> {
    reader: Reader<'a>,
    function: u8,
    /// Nothing more can be read.
    over: bool,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

impl<'a> Headers<'a> {
    /// Headers of a message with that function.
    #[must_use]
    pub const fn new(bytes: &'a [u8], function: u8) -> Self {
        Self { reader: Reader::new(bytes), function, over: !names::has_objects(function), fault: None }
    }

    fn note(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
    }

    fn end(&mut self, fault: Fault) {
        self.over = true;
        self.note(fault);
    }

    /// Sized objects, the times of a freeze and the first object of an aggressive authentication carry their data
    /// whatever the function.
    const fn with_data(&self, header: &Header<'_>) -> bool {
        let freeze = matches!(self.function, 11 | 12) && header.group == 50;
        names::carries_data(self.function) || header.sized() || freeze || (header.group == 120 && header.variation == 3)
    }

    fn range(&mut self, specifier: u8) -> Result<Option<Range>, Short> {
        let r = &mut self.reader;
        Ok(Some(match specifier {
            0 | 3 => Range::Span(r.u8()?.into(), r.u8()?.into()),
            1 | 4 => Range::Span(r.u16_le()?.into(), r.u16_le()?.into()),
            2 | 5 => Range::Span(r.u32_le()?, r.u32_le()?),
            6 => Range::All,
            7 | 11 => Range::Count(r.u8()?.into()),
            8 => Range::Count(r.u16_le()?.into()),
            9 => Range::Count(r.u32_le()?),
            _ => return Ok(None),
        }))
    }

    fn read(&mut self) -> Result<Header<'a>, Short> {
        let (group, variation, qualifier) = (self.reader.u8()?, self.reader.u8()?, self.reader.u8()?);
        let mut header = Header { group, variation, qualifier, range: Range::All, layout: None, with_data: false, data: &[] };
        let Some(range) = self.range(qualifier & 0x0f)? else {
            self.end(Fault::Unknown);
            return Ok(header);
        };
        header.range = range;
        header.layout = layout(group, variation);
        header.with_data = self.with_data(&header);
        if header.layout.is_none() {
            self.note(Fault::Unknown);
        }
        if matches!(range, Range::Span(first, last) if last < first) {
            self.note(Fault::Range);
            return Ok(header);
        }
        match header.length(self.reader.rest()) {
            Ok(length) => match self.reader.take(length) {
                Ok(data) => header.data = data,
                Err(_) => {
                    header.data = self.reader.take_rest();
                    self.end(Fault::Truncated);
                }
            },
            Err(fault) => self.end(fault),
        }
        Ok(header)
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.over || self.reader.is_empty() {
            return None;
        }
        let header = self.read().ok();
        if header.is_none() {
            self.end(Fault::Truncated);
        }
        header
    }
}

impl<'a> Header<'a> {
    /// Objects have their size in front.
    #[must_use]
    pub const fn sized(&self) -> bool {
        matches!(self.qualifier >> 4 & 7, 4..=6)
    }

    /// Octets of each object's prefix.
    const fn prefix(&self) -> usize {
        match self.qualifier >> 4 & 7 {
            1 | 4 => 1,
            2 | 5 => 2,
            3 | 6 => 4,
            _ => 0,
        }
    }

    /// Octets of one object without its prefix, where that is fixed.
    const fn fixed(&self) -> Option<usize> {
        match self.layout {
            _ if !self.with_data => Some(0),
            Some(Layout::Nothing) if self.variation > 0 => Some(0),
            Some(Layout::Point(form)) => Some(form.size()),
            Some(Layout::Octets(octets)) => Some(octets),
            // Packed objects behind an index take one octet each.
            Some(Layout::Packed(_)) if self.prefix() > 0 => Some(1),
            _ => None,
        }
    }

    /// Octets of all objects.
    fn length(&self, rest: &[u8]) -> Result<usize, Fault> {
        let count = usize::try_from(self.range.count()).map_err(|_| Fault::Truncated)?;
        if self.sized() {
            return self.walk(rest, count, |reader| self.size(reader));
        }
        match (self.fixed(), self.layout) {
            _ if count == 0 => Ok(0),
            (Some(size), _) => Ok(count.saturating_mul(size + self.prefix())),
            (None, Some(Layout::Packed(bits))) => Ok(count.saturating_mul(usize::from(bits)).div_ceil(8)),
            (None, Some(Layout::Attribute)) => self.walk(rest, count, |reader| {
                reader.skip(self.prefix())?;
                reader.u8()?;
                reader.u8().map(usize::from)
            }),
            _ => Err(Fault::Unknown),
        }
    }

    /// The number in front of a sized object.
    fn size(&self, reader: &mut Reader<'_>) -> Result<usize, Short> {
        match self.prefix() {
            1 => reader.u8().map(usize::from),
            2 => reader.u16_le().map(usize::from),
            4 => reader.u32_le().map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
            _ => Ok(0),
        }
    }

    fn walk(&self, rest: &[u8], count: usize, size: impl Fn(&mut Reader<'_>) -> Result<usize, Short>) -> Result<usize, Fault> {
        let mut reader = Reader::new(rest);
        for _ in 0..count {
            if reader.is_empty() {
                return Err(Fault::Truncated);
            }
            let size = size(&mut reader).map_err(|_| Fault::Truncated)?;
            reader.skip(size).map_err(|_| Fault::Truncated)?;
        }
        Ok(reader.position())
    }

    /// The objects one by one.
    #[must_use]
    pub const fn items(&self) -> Items<'a> {
        Items { header: *self, reader: Reader::new(self.data), at: 0 }
    }
}

/// One object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its index, where the header or the prefix gives one.
    pub index: Option<u32>,
    /// Its octets; for packed ones the state alone.
    pub data: ItemData<'a>,
}

/// An object's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemData<'a> {
    /// Octets.
    Octets(&'a [u8]),
    /// Packed state.
    State(u8),
}

impl<'a> ItemData<'a> {
    /// The octets; none for packed ones.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        match self {
            Self::Octets(octets) => octets,
            Self::State(_) => &[],
        }
    }
}

/// Objects of one header.
pub struct Items<'a> {
    header: Header<'a>,
    reader: Reader<'a>,
    at: u32,
}

impl<'a> Items<'a> {
    fn packed(&self, bits: u8) -> Option<ItemData<'a>> {
        let bit = usize::try_from(self.at).ok()?.checked_mul(usize::from(bits))?;
        let octet = self.header.data.get(bit / 8)?;
        Some(ItemData::State(octet >> (bit % 8) & ((1 << bits) - 1)))
    }

    fn read(&mut self) -> Option<Item<'a>> {
        let header = self.header;
        let mut index = match header.range {
            Range::Span(first, _) => first.checked_add(self.at),
            _ => None,
        };
        let mut size = header.fixed();
        match (header.qualifier >> 4 & 7, header.layout) {
            (4..=6, _) => size = Some(header.size(&mut self.reader).ok()?),
            (1, _) => index = Some(self.reader.u8().ok()?.into()),
            (2, _) => index = Some(self.reader.u16_le().ok()?.into()),
            (3, _) => index = Some(self.reader.u32_le().ok()?),
            (_, Some(Layout::Packed(bits))) if header.with_data => {
                return self.packed(bits).map(|data| Item { index, data });
            }
            _ => {}
        }
        if header.with_data && header.layout == Some(Layout::Attribute) && !header.sized() {
            size = self.reader.peek(1).map(|length| 2 + usize::from(length));
        }
        let data = ItemData::Octets(self.reader.take(size?).ok()?);
        Some(Item { index, data })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if u64::from(self.at) >= self.header.range.count() || self.header.data.is_empty() {
            return None;
        }
        let item = self.read()?;
        self.at = self.at.checked_add(1)?;
        Some(item)
    }
}
