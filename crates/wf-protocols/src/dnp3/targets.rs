//! What a request acts on, as numbers that are put into words late.

use super::names;
use super::objects::{Header, Range};
use std::fmt;
use wf_wire::Coded;

/// The link address that widely used stacks give an outstation unless told otherwise: left out of names. Any other
/// address is part of a point's name, since one host may stand for many outstations.
const USUAL_OUTSTATION: u64 = 10;

const DEVICE: u64 = 0;
const POINTS: u64 = 1;
const CLASSES: u64 = 2;
const GROUPS: u64 = 3;

/// Points `first` to `first + count - 1` of a group; the whole group where `count` is 0.
#[must_use]
pub fn points(group: u8, first: u32, count: u32, outstation: u16) -> Coded {
    let span = u64::from(first) << 32 | u64::from(count);
    Coded { numbers: [POINTS, u64::from(group), span, u64::from(outstation)], show }
}

/// Which block of static values an object header brings: group, variation, qualifier; range.
#[must_use]
pub fn block(header: &Header<'_>, outstation: u16) -> Coded {
    let (first, count) = span(header);
    let kind = u64::from(header.group) | u64::from(header.variation) << 8 | u64::from(header.qualifier) << 16;
    Coded { numbers: [POINTS, kind, u64::from(first) << 32 | u64::from(count), u64::from(outstation)], show }
}

/// What the headers of a request name: `class 1 2 3`, `analog_input 3-9`, `counter, analog_input`.
#[must_use]
pub fn of_headers<'a>(headers: impl Iterator<Item = Header<'a>>, outstation: u16) -> Coded {
    let (mut classes, mut groups, mut count, mut only) = (0u64, 0u64, 0u32, None);
    for header in headers.take(64) {
        match (header.group, header.variation) {
            (60, 1..=4) => classes |= 1 << (header.variation - 1),
            _ => classes |= 1 << 63,
        }
        // The first eight groups are named; a group named twice in a row counts once.
        if count < 8 && groups & 0xff != u64::from(header.group) {
            groups = groups << 8 | u64::from(header.group);
        }
        count += 1;
        only = Some(header);
    }
    let numbers = |kind, what, more| Coded { numbers: [kind, what, more, u64::from(outstation)], show };
    match (count, only) {
        (0, _) => numbers(DEVICE, 0, 0),
        _ if classes >> 63 == 0 => numbers(CLASSES, classes, 0),
        (1, Some(header)) => {
            let (first, count) = span(&header);
            points(header.group, first, count, outstation)
        }
        _ => numbers(GROUPS, groups, u64::from(count)),
    }
}

fn span(header: &Header<'_>) -> (u32, u32) {
    match header.range {
        Range::All => (0, 0),
        Range::Span(first, last) => (first, last.saturating_sub(first).saturating_add(1)),
        Range::Count(_) => header.items().next().and_then(|item| item.index).map_or((0, 0), |index| (index, 1)),
    }
}

fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [kind, what, more, outstation] = *numbers;
    let group = |code: u64| names::group(u8::try_from(code & 0xff).unwrap_or(u8::MAX));
    match kind {
        POINTS => {
            let (first, count) = (more >> 32, more & 0xffff_ffff);
            f.write_str(group(what))?;
            match count {
                0 => {}
                1 => write!(f, " {first}")?,
                _ => write!(f, " {first}-{}", first + count - 1)?,
            }
        }
        CLASSES => {
            f.write_str("class")?;
            (0..4).filter(|bit| what >> bit & 1 == 1).try_for_each(|bit| write!(f, " {bit}"))?;
        }
        GROUPS => {
            let octets = what.to_be_bytes();
            let mut named = octets.iter().skip_while(|octet| **octet == 0);
            named.next().map_or(Ok(()), |first| f.write_str(group(u64::from(*first))))?;
            named.try_for_each(|octet| write!(f, ", {}", group(u64::from(*octet))))?;
        }
        _ if outstation == USUAL_OUTSTATION => {}
        _ => return write!(f, "outstation {outstation}"),
    }
    if outstation == USUAL_OUTSTATION { Ok(()) } else { write!(f, " outstation {outstation}") }
}
