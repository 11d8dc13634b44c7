//! The packet that an error is about, as far as it is quoted. It is named and never read as traffic: whoever sends the error
//! chooses what stands there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_wire::{MessageWriter, Reader, Short, layers};

/// Its addresses and ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: u8,
    /// Of TCP and UDP, where the quotation holds them.
    pub ports: Option<(u16, u16)>,
}

impl Quoted {
    /// RFC 792: "Internet header + 64 bits of data datagram"; RFC 4443, 2.4: as much as fits.
    pub fn read(bytes: &[u8], v6: bool) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (src, dst, protocol, ported): (IpAddr, IpAddr, u8, bool) = if v6 {
            r.skip(6)?;
            let protocol = r.u8()?;
            r.skip(1)?;
            (Ipv6Addr::from(r.array::<16>()?).into(), Ipv6Addr::from(r.array::<16>()?).into(), protocol, true)
        } else {
            let header = usize::from(r.u8()? & 15) * 4;
            r.skip(5)?;
            let place = r.u16()?;
            r.skip(1)?;
            let protocol = r.u8()?;
            r.skip(2)?;
            let ends = (Ipv4Addr::from(r.array::<4>()?).into(), Ipv4Addr::from(r.array::<4>()?).into());
            // A later fragment has no ports, nor what lies behind options that are cut.
            let ported = place & 0x1fff == 0 && r.skip(header.saturating_sub(20)).is_ok();
            (ends.0, ends.1, protocol, ported)
        };
        let ported = ported && matches!(protocol, layers::TCP | layers::UDP);
        let ports = if ported { r.u16().and_then(|src| Ok((src, r.u16()?))).ok() } else { None };
        Ok(Self { src, dst, protocol, ports })
    }

    pub fn write(&self, m: &mut MessageWriter<'_>) {
        m.show("quoted_src", self.src).show("quoted_dst", self.dst).num("quoted_protocol", self.protocol);
        if let Some((src, dst)) = self.ports {
            m.num("quoted_src_port", src).num("quoted_dst_port", dst);
        }
    }
}
