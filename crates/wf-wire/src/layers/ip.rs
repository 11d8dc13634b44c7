//! IP, TCP and UDP headers.

use super::{Datagram, Fragment, Ip, Segment};
use crate::reader::{Reader, Short};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Most IPv6 extension headers.
const EXTENSIONS_MAX: usize = 12;

#[inline]
pub(super) fn ip(bytes: &[u8]) -> Result<Ip<'_>, Short> {
    match bytes.first().map(|b| b >> 4) {
        Some(4) => ipv4(bytes),
        Some(6) => ipv6(bytes),
        _ => Err(Short { needed: 20, left: bytes.len() }),
    }
}

/// RFC 791, 3.1.
#[inline]
fn ipv4(bytes: &[u8]) -> Result<Ip<'_>, Short> {
    let mut r = Reader::new(bytes);
    let header_len = usize::from(r.u8()? & 15) * 4;
    r.skip(1)?;
    let total = usize::from(r.u16()?);
    let id = r.u16()?;
    let place = r.u16()?;
    r.skip(1)?;
    let protocol = r.u8()?;
    r.skip(2)?;
    let (src, dst) = (Ipv4Addr::from(r.array::<4>()?), Ipv4Addr::from(r.array::<4>()?));
    let mut whole = Reader::new(bytes);
    whole.skip(header_len.max(20))?;
    // A length of zero is segmentation offload: the packet reaches to the end. A longer one than captured is a cut packet.
    let length = if total == 0 { whole.left() } else { total.saturating_sub(header_len.max(20)).min(whole.left()) };
    let payload = whole.take(length)?;
    let (offset, more) = (u32::from(place & 0x1fff) * 8, place & 0x2000 != 0);
    let fragment = (offset > 0 || more).then_some(Fragment { id: u32::from(id), offset, more });
    let missing = total.saturating_sub(header_len.max(20)).saturating_sub(payload.len());
    Ok(Ip { src: src.into(), dst: dst.into(), protocol, fragment, payload, missing })
}

/// RFC 8200, 3 and 4.
fn ipv6(bytes: &[u8]) -> Result<Ip<'_>, Short> {
    let mut r = Reader::new(bytes);
    r.skip(4)?;
    let length = usize::from(r.u16()?);
    let mut next = r.u8()?;
    r.skip(1)?;
    let (src, dst) = (Ipv6Addr::from(r.array::<16>()?), Ipv6Addr::from(r.array::<16>()?));
    let mut body = if length == 0 { r } else { r.sub(length.min(r.left()))? };
    let mut fragment = None;
    for _ in 0..EXTENSIONS_MAX {
        match next {
            0 | 43 | 60 | 135 | 139 | 140 => {
                next = body.u8()?;
                let more = usize::from(body.u8()?) * 8 + 6;
                body.skip(more)?;
            }
            51 => {
                next = body.u8()?;
                let more = (usize::from(body.u8()?) + 2) * 4 - 2;
                body.skip(more)?;
            }
            44 => {
                next = body.u8()?;
                body.skip(1)?;
                let place = body.u16()?;
                let (offset, more) = (u32::from(place & 0xfff8), place & 1 != 0);
                let id = body.u32()?;
                fragment = (offset > 0 || more).then_some(Fragment { id, offset, more });
                if fragment.is_some() {
                    break;
                }
            }
            _ => break,
        }
    }
    let missing = length.saturating_sub(bytes.len().saturating_sub(40));
    Ok(Ip { src: src.into(), dst: dst.into(), protocol: next, fragment, payload: body.rest(), missing })
}

/// RFC 9293, 3.1.
#[inline]
pub fn tcp(bytes: &[u8]) -> Result<Segment<'_>, Short> {
    let mut r = Reader::new(bytes);
    let (src_port, dst_port, seq, ack) = (r.u16()?, r.u16()?, r.u32()?, r.u32()?);
    let header_len = usize::from(r.u8()? >> 4) * 4;
    let flags = r.u8()?;
    r.skip(6)?;
    r.skip(header_len.checked_sub(20).ok_or(Short { needed: 20, left: header_len })?)?;
    Ok(Segment { src_port, dst_port, seq, ack, flags, payload: r.rest() })
}

/// RFC 768.
#[inline]
pub fn udp(bytes: &[u8]) -> Result<Datagram<'_>, Short> {
    let mut r = Reader::new(bytes);
    let (src_port, dst_port) = (r.u16()?, r.u16()?);
    let length = usize::from(r.u16()?);
    r.skip(2)?;
    // Zero in the length means a jumbogram or offload: to the end.
    let payload = if length < 8 { r.rest() } else { r.take((length - 8).min(r.left()))? };
    Ok(Datagram { src_port, dst_port, payload })
}
