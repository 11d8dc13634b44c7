//! Neighbour discovery (RFC 4861): what its messages hold, and what follows from them.

use super::known::Known;
use super::{NAME, names};
use std::net::{IpAddr, Ipv6Addr};
use wf_model::{Address, Attribute, Mac};
use wf_wire::decode::{About, Anomaly, Evidence};
use wf_wire::{Context, MessageWriter, Reader, Short, Sink};

pub const ROUTER_SOLICITATION: u8 = 133;
pub const ROUTER_ADVERTISEMENT: u8 = 134;
pub const NEIGHBOUR_SOLICITATION: u8 = 135;
pub const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
pub const REDIRECT: u8 = 137;
/// Options of one message that are read.
const OPTIONS_MAX: usize = 32;
/// Addresses of DNS servers, and names, of one option that are read.
const LIST_MAX: usize = 16;
/// Every host on the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Discovery<'a> {
    pub kind: u8,
    /// RFC 4861, 4.2.
    router: Option<Router>,
    /// Flags of an advertisement: router, solicited, override.
    flags: u8,
    target: Option<Ipv6Addr>,
    destination: Option<Ipv6Addr>,
    options: Options<'a>,
}

#[derive(Clone, Copy, Debug)]
struct Router {
    hop_limit: u8,
    flags: u8,
    lifetime: u16,
    reachable: u32,
    retransmit: u32,
}

impl<'a> Discovery<'a> {
    /// Reads what follows the checksum.
    pub fn read(kind: u8, r: &mut Reader<'a>) -> Result<Self, Short> {
        let (mut router, mut flags, mut target, mut destination) = (None, 0, None, None);
        if kind == ROUTER_ADVERTISEMENT {
            let (hop_limit, flags) = (r.u8()?, r.u8()?);
            router = Some(Router { hop_limit, flags, lifetime: r.u16()?, reachable: r.u32()?, retransmit: r.u32()? });
        } else {
            flags = r.u8()?;
            r.skip(3)?;
        }
        if matches!(kind, NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT | REDIRECT) {
            target = Some(Ipv6Addr::from(r.array::<16>()?));
        }
        if kind == REDIRECT {
            destination = Some(Ipv6Addr::from(r.array::<16>()?));
        }
        Ok(Self { kind, router, flags, target, destination, options: Options { bytes: r.take_rest() } })
    }

    /// The hardware address in the option of this type (RFC 4861, 4.6.1).
    fn mac(&self, option: u8) -> Option<Mac> {
        let (_, body) = self.options.each().find(|(kind, _)| *kind == option)?;
        body.try_into().ok().map(Mac)
    }

    pub fn has_bad_options(&self) -> bool {
        self.options.is_broken()
    }

    pub fn write(&self, m: &mut MessageWriter<'_>) {
        if let Some(router) = &self.router {
            m.num("hop_limit", router.hop_limit).flag("managed", router.flags & 0x80 != 0);
            m.flag("other", router.flags & 0x40 != 0).text("preference", names::preference(router.flags >> 3));
            m.num("router_lifetime_s", router.lifetime).num("reachable_ms", router.reachable);
            m.num("retransmit_ms", router.retransmit);
        }
        if let Some(target) = self.target {
            m.show("target", target);
        }
        if let Some(destination) = self.destination {
            m.show("destination", destination);
        }
        if self.kind == NEIGHBOUR_ADVERTISEMENT {
            m.flag("router", self.flags & 0x80 != 0).flag("solicited", self.flags & 0x40 != 0);
            m.flag("override", self.flags & 0x20 != 0);
        }
        self.options.write(m);
    }
}

/// RFC 4861, 4.6: type, length in eights of bytes, contents.
#[derive(Clone, Copy, Debug)]
struct Options<'a> {
    bytes: &'a [u8],
}

impl<'a> Options<'a> {
    fn next(r: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
        let (kind, words) = (r.u8().ok()?, r.u8().ok()?);
        Some((kind, r.take((usize::from(words) * 8).checked_sub(2)?).ok()?))
    }

    fn each(&self) -> impl Iterator<Item = (u8, &'a [u8])> {
        let mut r = Reader::new(self.bytes);
        std::iter::from_fn(move || Self::next(&mut r)).take(OPTIONS_MAX)
    }

    fn is_broken(&self) -> bool {
        self.each().count() < OPTIONS_MAX && self.each().map(|(_, body)| body.len() + 2).sum::<usize>() < self.bytes.len()
    }

    fn prefixes(&self) -> impl Iterator<Item = Prefix> {
        self.each().filter(|(kind, _)| *kind == 3).filter_map(|(_, body)| Prefix::read(body).ok())
    }

    /// RFC 8106, 5.1.
    fn dns_servers(&self) -> impl Iterator<Item = Ipv6Addr> {
        let of = |body: &'a [u8]| body.get(6..).unwrap_or_default().chunks_exact(16).take(LIST_MAX);
        let all = self.each().filter(|(kind, _)| *kind == 25).flat_map(move |(_, body)| of(body));
        all.filter_map(|bytes| <[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from))
    }

    /// RFC 8106, 5.2: names as in DNS, without compression.
    fn search(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (_, body) in self.each().filter(|(kind, _)| *kind == 31) {
            let mut r = Reader::new(body.get(6..).unwrap_or_default());
            while names.len() < LIST_MAX {
                let mut name = String::new();
                while let Some(label) = r.u8().ok().filter(|len| *len > 0).and_then(|len| r.take(usize::from(len)).ok()) {
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(&crate::hints::clean(label));
                }
                if name.is_empty() {
                    break;
                }
                names.push(name);
            }
        }
        names
    }

    fn write(&self, m: &mut MessageWriter<'_>) {
        if self.bytes.is_empty() {
            return;
        }
        for (kind, body) in self.each() {
            let number = |at: usize| body.get(at..).and_then(|b| b.first_chunk().copied()).map(u32::from_be_bytes);
            match (kind, <[u8; 6]>::try_from(body)) {
                (1, Ok(mac)) => drop(m.show("source_mac", Mac(mac))),
                (2, Ok(mac)) => drop(m.show("target_mac", Mac(mac))),
                (5, _) => drop(m.opt("mtu", number(2))),
                _ => {}
            }
        }
        let mut prefixes = self.prefixes().peekable();
        if prefixes.peek().is_some() {
            m.objects("prefixes", prefixes, |m, prefix| prefix.write(m));
        }
        let mut servers = self.dns_servers().peekable();
        if servers.peek().is_some() {
            m.texts("dns_servers", servers);
        }
        let search = self.search();
        if !search.is_empty() {
            m.texts("dns_search", search);
        }
        let routes = self.each().filter(|(kind, _)| *kind == 24).filter_map(|(_, body)| route(body));
        let mut routes = routes.peekable();
        if routes.peek().is_some() {
            m.texts("routes", routes);
        }
    }
}

/// RFC 4861, 4.6.2.
struct Prefix {
    length: u8,
    flags: u8,
    valid: u32,
    preferred: u32,
    prefix: Ipv6Addr,
}

impl Prefix {
    fn read(body: &[u8]) -> Result<Self, Short> {
        let mut r = Reader::new(body);
        let (length, flags, valid, preferred) = (r.u8()?, r.u8()?, r.u32()?, r.u32()?);
        r.skip(4)?;
        Ok(Self { length, flags, valid, preferred, prefix: Ipv6Addr::from(r.array::<16>()?) })
    }

    fn write(&self, m: &mut MessageWriter<'_>) {
        m.show("prefix", self.prefix).num("length", self.length);
        m.flag("on_link", self.flags & 0x80 != 0).flag("autonomous", self.flags & 0x40 != 0);
        m.num("valid_s", self.valid).num("preferred_s", self.preferred);
    }
}

/// RFC 4191, 2.3: only as much of the prefix as its length needs is sent.
fn route(body: &[u8]) -> Option<String> {
    let mut r = Reader::new(body);
    let length = r.u8().ok()?;
    r.skip(5).ok()?;
    let mut prefix = [0u8; 16];
    prefix.iter_mut().zip(r.take_rest()).for_each(|(to, byte)| *to = *byte);
    Some(format!("{}/{length}", Ipv6Addr::from(prefix)))
}

/// Says what a message tells of hosts, and what is wrong about it.
pub fn tell(ctx: &Context<'_>, said: &Discovery<'_>, known: &mut Known, out: &mut dyn Sink) {
    let Some(Address::Ip(IpAddr::V6(src))) = ctx.src else { return };
    // RFC 4861, 4.1 to 4.4: a target's own address in an advertisement, the sender's elsewhere.
    let (mac, ip) = match said.kind {
        NEIGHBOUR_ADVERTISEMENT => (said.mac(2), said.target),
        REDIRECT => (None, None),
        _ => (said.mac(1), Some(src)),
    };
    if let (Some(mac), Some(ip)) = (mac, ip.filter(|ip| !ip.is_unspecified() && !ip.is_multicast())) {
        bind(ctx, mac, ip, known, out);
    }
    match said.kind {
        NEIGHBOUR_SOLICITATION if src.is_unspecified() => want(ctx, said, known, out),
        NEIGHBOUR_ADVERTISEMENT => defend(ctx, said, known, out),
        ROUTER_ADVERTISEMENT => advertise(ctx, said, src, known, out),
        REDIRECT => {
            if let (Some(target), Some(destination)) = (said.target, said.destination) {
                let detail = format!("{destination} by way of {target}");
                out.anomaly(ctx, NAME, Anomaly { kind: "icmp_redirect", detail: detail.into() });
            }
        }
        _ => {}
    }
}

/// An address that routers share: whichever of them is on duty answers with it, from a frame of its own or of that address.
/// VRRP (RFC 9568, 7.3), HSRP of both versions and for IPv6, GLBP, where one address of the network has several.
const fn is_shared(mac: Mac) -> bool {
    matches!(
        mac.0,
        [0, 0, 0x5e, 0, 1 | 2, _]
            | [0, 0, 0x0c, 7, 0xac, _]
            | [0, 0, 0x0c, 0x9f, 0xf0..=0xff, _]
            | [0, 5, 0x73, 0xa0, 0..=0x0f, _]
            | [0, 7, 0xb4, ..]
    )
}

fn bind(ctx: &Context<'_>, mac: Mac, ip: Ipv6Addr, known: &mut Known, out: &mut dyn Sink) {
    let mut raise = |kind, detail: String| out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
    if mac.is_group() {
        return raise("icmpv6_group_sender", format!("{ip} at {mac}"));
    }
    if mac.is_zero() {
        return;
    }
    if let Some(src) = ctx.src_mac.filter(|src| *src != mac && !is_shared(*src) && !is_shared(mac)) {
        raise("icmpv6_sender_mismatch", format!("{ip} at {mac} in a frame of {src}"));
    }
    let (before, fallen) = known.bind(ctx.vlan, ip, mac);
    if let Some(before) = before.filter(|before| !(is_shared(*before) && is_shared(mac))) {
        raise("icmpv6_neighbour_changed", format!("{ip} at {mac}, before at {before}"));
    }
    if fallen > 0 {
        out.evicted(fallen);
    }
    let about = About::Host { mac: Some(mac), ip: Some(IpAddr::V6(ip)) };
    out.evidence(ctx, NAME, Evidence { about, attribute: Attribute::Presence, value: "", source: "", confidence: 90 });
}

/// RFC 4862, 5.4: without an address yet, it asks whether one is free.
fn want(ctx: &Context<'_>, said: &Discovery<'_>, known: &mut Known, out: &mut dyn Sink) {
    let Some(target) = said.target else { return };
    let (contested, fallen) = known.want(ctx.vlan, target, ctx.src_mac, ctx.now.ts);
    if contested {
        let detail = format!("{target} is wanted by two hosts");
        out.anomaly(ctx, NAME, Anomaly { kind: "icmpv6_duplicate_address", detail: detail.into() });
    }
    if fallen > 0 {
        out.evicted(fallen);
    }
}

fn defend(ctx: &Context<'_>, said: &Discovery<'_>, known: &mut Known, out: &mut dyn Sink) {
    let (Some(target), Some(mac)) = (said.target, said.mac(2).or(ctx.src_mac)) else { return };
    if ctx.dst != Some(Address::Ip(IpAddr::V6(ALL_NODES))) || said.flags & 0x40 != 0 {
        return;
    }
    if known.defend(ctx.vlan, target, mac, ctx.now.ts) {
        let detail = format!("{target} is in use at {mac}");
        out.anomaly(ctx, NAME, Anomaly { kind: "icmpv6_duplicate_address", detail: detail.into() });
    }
}

/// A lifetime of zero means that it is no default router (RFC 4861, 4.2).
fn advertise(ctx: &Context<'_>, said: &Discovery<'_>, src: Ipv6Addr, known: &mut Known, out: &mut dyn Sink) {
    if said.router.is_none_or(|router| router.lifetime == 0) {
        return;
    }
    let (about, attribute) = (About::Sender, Attribute::Role);
    let source = "router_advertisement";
    out.evidence(ctx, NAME, Evidence { about, attribute, value: "network_device", source, confidence: 75 });
    let (others, fallen) = known.router(ctx.vlan, src, said.mac(1).or(ctx.src_mac));
    if let Some(others) = others {
        let detail = format!("{src} beside {others} other{}", if others == 1 { "" } else { "s" });
        out.anomaly(ctx, NAME, Anomaly { kind: "icmpv6_second_router", detail: detail.into() });
    }
    if fallen > 0 {
        out.evicted(fallen);
    }
}
