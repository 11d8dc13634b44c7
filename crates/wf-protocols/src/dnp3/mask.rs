//! Masking within link frames, whose blocks are kept apart by CRCs.

use super::link::{BLOCK, HEADER, Link, crc};
use std::ops::Range;

/// Overwrites every occurrence of `secret` in the user data of the link frames in `bytes` (a packet, with whatever
/// headers in front) with `mask`, across blocks and frames, and makes their CRCs right again: what is left can still be
/// read.
pub fn mask(bytes: &mut [u8], secret: &[u8], mask: u8) {
    let blocks = blocks(bytes);
    // The first octet of a frame's user data is the transport function's: a fragment goes on behind it.
    let places: Vec<usize> = blocks.iter().flat_map(|(block, first)| block.clone().skip(usize::from(*first))).collect();
    let told: Vec<u8> = places.iter().filter_map(|at| bytes.get(*at).copied()).collect();
    if secret.is_empty() || told.len() != places.len() {
        return;
    }
    for (hit, _) in told.windows(secret.len()).enumerate().filter(|(_, window)| *window == secret) {
        for at in places.iter().skip(hit).take(secret.len()) {
            if let Some(byte) = bytes.get_mut(*at) {
                *byte = mask;
            }
        }
    }
    for (block, _) in blocks {
        let check = bytes.get(block.clone()).map(crc).unwrap_or_default().to_le_bytes();
        if let Some(room) = bytes.get_mut(block.end..block.end + 2) {
            room.copy_from_slice(&check);
        }
    }
}

/// The intact blocks of all link frames, and whether they are the first of theirs.
fn blocks(bytes: &[u8]) -> Vec<(Range<usize>, bool)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= HEADER) {
        let Ok(link) = Link::read(rest) else {
            at += 1;
            continue;
        };
        let (first, end) = (at + HEADER, at + link.whole());
        let mut left = link.data;
        let mut start = first;
        while left > 0 {
            let block = start..start + left.min(BLOCK);
            let check = bytes.get(block.end..block.end + 2);
            if bytes.get(block.clone()).map(crc).map(u16::to_le_bytes).as_ref().map(<[u8; 2]>::as_slice) != check {
                break;
            }
            left -= block.len();
            start = block.end + 2;
            found.push((block.clone(), block.start == first));
        }
        at = end;
    }
    found
}
