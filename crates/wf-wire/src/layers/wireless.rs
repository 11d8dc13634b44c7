//! Frames of IEEE 802.11, as a monitor captured them or as an access point handed them on.

use super::{Layers, link};
use crate::reader::{Reader, Short};
use wf_model::Mac;

/// Flags of the frame control field (IEEE 802.11-2020, 9.2.4.1).
const TO_SYSTEM: u8 = 0x01;
const FROM_SYSTEM: u8 = 0x02;
const ORDER: u8 = 0x80;
/// Bits of the first byte: a data frame, one without data, one with quality of service.
const DATA: u8 = 0x08;
const NO_DATA: u8 = 0x40;
const QOS: u8 = 0x80;

/// A header with the length that a monitor put in front of the frame, then the frame.
pub(super) fn radiotap(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(2)?;
    let length = usize::from(r.u16_le()?);
    r.skip(length.saturating_sub(4))?;
    frame(r, layers)
}

/// IEEE 802.11-2020, 9.3.2: a data frame with the packet behind LLC and SNAP. Other frames, and those that are encrypted, have
/// neither addresses nor an EtherType here.
pub(super) fn frame(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let [kind, flags] = r.array()?;
    data(r, kind, flags, layers)
}

/// A frame out of CAPWAP. Some access points swap the bytes of the frame control field; what stands behind the header decides.
pub(super) fn handed_on<'a>(bytes: &'a [u8], layers: &mut Layers<'a>) -> Option<()> {
    let mut start = Reader::new(bytes);
    let [first, second] = start.array().ok()?;
    for (kind, flags) in [(first, second), (second, first)] {
        let (mut r, mut found) = (start, *layers);
        if data(&mut r, kind, flags, &mut found).is_ok() && found.ethertype != 0 {
            *layers = Layers { payload: r.rest(), ..found };
            return Some(());
        }
    }
    None
}

fn data(r: &mut Reader<'_>, kind: u8, flags: u8, layers: &mut Layers<'_>) -> Result<(), Short> {
    if kind & 0x0f != DATA || kind & NO_DATA != 0 {
        return Ok(());
    }
    r.skip(2)?;
    let (first, second, third) = (Mac(r.array()?), Mac(r.array()?), Mac(r.array()?));
    r.skip(2)?;
    // 9.3.2.1, table 9-30: which address is whose.
    let (dst, src) = match (flags & TO_SYSTEM != 0, flags & FROM_SYSTEM != 0) {
        (false, false) => (first, second),
        (true, false) => (third, second),
        (false, true) => (first, third),
        (true, true) => (third, Mac(r.array()?)),
    };
    if kind & QOS != 0 {
        r.skip(if flags & ORDER != 0 { 6 } else { 2 })?;
    }
    if link::snap(r, layers) {
        layers.dst_mac = Some(dst);
        layers.src_mac = Some(src);
    }
    Ok(())
}
