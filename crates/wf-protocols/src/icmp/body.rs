//! One message: its head and what its type lays out behind it.

use super::discovery::{self, Discovery};
use super::echo::Echo;
use super::quoted::Quoted;
use super::{NAME, NAME_V6, names};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_wire::{Context, MessageWriter, Reader, Short, Sink};

/// Groups and routers of one message that are read.
const LIST_MAX: usize = 32;

#[derive(Debug)]
pub struct Message<'a> {
    v6: bool,
    kind: Option<u8>,
    code: u8,
    len: usize,
    /// It ends early.
    short: bool,
    pub body: Body<'a>,
}

#[derive(Debug)]
pub enum Body<'a> {
    Echo(Echo<'a>),
    Error(Problem),
    Discovery(Discovery<'a>),
    /// RFC 1256: lifetime in seconds; addresses with their preference.
    Routers(Routers<'a>),
    /// RFC 792: identifier, sequence, and three times in milliseconds since midnight.
    Times((u16, u16, [u32; 3])),
    /// RFC 950.
    Mask(Ipv4Addr),
    /// RFC 2710, RFC 3810, 5.1: the longest delay in milliseconds, and the group.
    Group((u16, Ipv6Addr)),
    /// RFC 3810, 5.2.
    Reports(Reports<'a>),
    Other,
}

/// What an error says.
#[derive(Debug, Default)]
pub struct Problem {
    pub quoted: Option<Quoted>,
    /// The other next hop of a redirect.
    pub gateway: Option<Ipv4Addr>,
    mtu: Option<u32>,
    pointer: Option<u32>,
}

#[derive(Debug)]
pub struct Routers<'a> {
    lifetime: u16,
    size: usize,
    entries: &'a [u8],
}

#[derive(Debug)]
pub struct Reports<'a> {
    count: u16,
    records: &'a [u8],
}

impl<'a> Message<'a> {
    pub fn read(v6: bool, bytes: &'a [u8]) -> Self {
        let mut message = Self { v6, kind: None, code: 0, len: bytes.len(), short: false, body: Body::Other };
        let mut r = Reader::new(bytes);
        match message.fields(&mut r) {
            Ok(body) => message.body = body,
            Err(_) => message.short = true,
        }
        message
    }

    fn fields(&mut self, r: &mut Reader<'a>) -> Result<Body<'a>, Short> {
        let kind = r.u8()?;
        self.code = r.u8()?;
        self.kind = Some(kind);
        r.skip(2)?;
        if self.v6 { Self::fields_v6(kind, r) } else { self.fields_v4(kind, r) }
    }

    fn fields_v4(&self, kind: u8, r: &mut Reader<'a>) -> Result<Body<'a>, Short> {
        Ok(match kind {
            names::ECHO | names::ECHO_REPLY => echo(r)?,
            3 | 4 | 5 | 11 | 12 => {
                let word = r.u32()?;
                let mut problem = Problem { quoted: Some(Quoted::read(r.rest(), false)?), ..Problem::default() };
                match (kind, self.code) {
                    // RFC 1191, 4: zero from a router that does not know better.
                    (3, 4) => problem.mtu = Some(word & 0xffff).filter(|mtu| *mtu > 0),
                    (5, _) => problem.gateway = Some(Ipv4Addr::from(word)),
                    (12, _) => problem.pointer = Some(word >> 24),
                    _ => {}
                }
                Body::Error(problem)
            }
            9 => {
                let (count, words, lifetime) = (usize::from(r.u8()?), usize::from(r.u8()?), r.u16()?);
                let size = words * 4;
                let entries = r.take(count.min(LIST_MAX) * size)?;
                Body::Routers(Routers { lifetime, size, entries })
            }
            13 | 14 => Body::Times((r.u16()?, r.u16()?, [r.u32()?, r.u32()?, r.u32()?])),
            17 | 18 => {
                r.skip(4)?;
                Body::Mask(Ipv4Addr::from(r.array::<4>()?))
            }
            _ => Body::Other,
        })
    }

    fn fields_v6(kind: u8, r: &mut Reader<'a>) -> Result<Body<'a>, Short> {
        Ok(match kind {
            names::ECHO_V6 | names::ECHO_REPLY_V6 => echo(r)?,
            1..=4 => {
                let word = r.u32()?;
                let quoted = Some(Quoted::read(r.rest(), true)?);
                let (mtu, pointer) = ((kind == 2).then_some(word), (kind == 4).then_some(word));
                Body::Error(Problem { quoted, gateway: None, mtu, pointer })
            }
            130..=132 => {
                let delay = r.u16()?;
                r.skip(2)?;
                Body::Group((delay, Ipv6Addr::from(r.array::<16>()?)))
            }
            discovery::ROUTER_SOLICITATION..=discovery::REDIRECT => Body::Discovery(Discovery::read(kind, r)?),
            143 => {
                r.skip(2)?;
                Body::Reports(Reports { count: r.u16()?, records: r.take_rest() })
            }
            _ => Body::Other,
        })
    }

    pub const fn is_request(&self) -> bool {
        matches!(self.kind, Some(names::ECHO | names::ECHO_V6))
    }

    fn name(&self) -> &'static str {
        let kind = self.kind.unwrap_or_default();
        if self.v6 { names::kind_v6(kind) } else { names::kind_v4(kind) }
    }

    /// The anomaly that the message is.
    pub fn fault(&self) -> Option<&'static str> {
        if self.short {
            return Some("icmp_truncated");
        }
        if self.name().is_empty() {
            return Some("icmp_unknown_type");
        }
        matches!(&self.body, Body::Discovery(said) if said.has_bad_options()).then_some("icmpv6_bad_option")
    }

    /// Which message that is, for an anomaly.
    pub fn place(&self) -> String {
        match self.kind {
            Some(kind) if self.name().is_empty() => format!("type {kind}, {} bytes", self.len),
            Some(_) => format!("{} of {} bytes", self.name(), self.len),
            None => format!("{} bytes", self.len),
        }
    }

    pub fn write(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let Some(kind) = self.kind else { return };
        let Some(mut m) = out.message(ctx, if self.v6 { NAME_V6 } else { NAME }) else { return };
        m.num("type", kind).num("code", self.code);
        if !self.name().is_empty() {
            m.text("type_name", self.name());
        }
        let code = if self.v6 { names::code_v6(kind, self.code) } else { names::code_v4(kind, self.code) };
        if !code.is_empty() {
            m.text("code_name", code);
        }
        self.body.write(&mut m);
    }
}

fn echo<'a>(r: &mut Reader<'a>) -> Result<Body<'a>, Short> {
    Ok(Body::Echo(Echo { identifier: r.u16()?, sequence: r.u16()?, data: r.take_rest() }))
}

impl Body<'_> {
    fn write(&self, m: &mut MessageWriter<'_>) {
        match self {
            Self::Echo(echo) => {
                m.num("identifier", echo.identifier).num("sequence", echo.sequence);
                m.num("data_bytes", echo.data.len() as u64);
            }
            Self::Error(problem) => {
                m.opt("mtu", problem.mtu).opt("pointer", problem.pointer);
                if let Some(gateway) = problem.gateway {
                    m.show("gateway", gateway);
                }
                if let Some(quoted) = &problem.quoted {
                    quoted.write(m);
                }
            }
            Self::Discovery(said) => said.write(m),
            Self::Routers(routers) => {
                m.num("router_lifetime_s", routers.lifetime);
                let each = routers.entries.chunks_exact(routers.size.max(8));
                m.texts("routers", each.filter_map(|entry| entry.first_chunk::<4>().map(|ip| Ipv4Addr::from(*ip))));
            }
            Self::Times((identifier, sequence, [originate, receive, transmit])) => {
                m.num("identifier", *identifier).num("sequence", *sequence);
                m.num("originate_ms", *originate).num("receive_ms", *receive).num("transmit_ms", *transmit);
            }
            Self::Mask(mask) => drop(m.show("mask", mask)),
            Self::Group((delay, group)) => drop(m.num("delay_ms", *delay).show("group", group)),
            Self::Reports(reports) => {
                m.num("count", reports.count);
                m.objects("groups", reports.each(), |m, (kind, group)| {
                    m.text("change", names::record(kind)).show("group", IpAddr::V6(group));
                });
            }
            Self::Other => {}
        }
    }
}

impl Reports<'_> {
    /// Each record's type and group.
    fn each(&self) -> impl Iterator<Item = (u8, Ipv6Addr)> {
        let mut r = Reader::new(self.records);
        let record = move || {
            let (kind, auxiliary, sources) = (r.u8().ok()?, usize::from(r.u8().ok()?), usize::from(r.u16().ok()?));
            let group = Ipv6Addr::from(r.array::<16>().ok()?);
            // What is cut behind the group leaves no further record.
            let _ = r.skip(sources * 16 + auxiliary * 4).map_err(|_| r.take_rest());
            Some((kind, group))
        };
        std::iter::from_fn(record).take(LIST_MAX.min(usize::from(self.count)))
    }
}
