//! What stubs show without their interface's definition: texts, the endpoint mapper's towers, a task's command.

use super::names;
use super::pdu::number32;
use crate::windows::{self, Guid};
use std::fmt;
use std::net::Ipv4Addr;
use wf_wire::Reader;

/// Texts taken of one stub, and the longest one that is believed in.
const TEXTS_MAX: usize = 8;
const UNITS_MAX: u32 = 16_384;
/// Towers of one answer.
const TOWERS_MAX: usize = 16;

/// Conformant and varying UTF-16 strings (C706 14.3.4): room, offset 0, length, units; the three numbers have 32 bits, or 64 in
/// NDR64 (MS-RPCE 2.2.5). They begin at multiples of four.
pub fn texts(stub: &[u8], big: bool) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < TEXTS_MAX {
        let Some(rest) = stub.get(at..).filter(|rest| rest.len() >= 12) else { break };
        match text(rest, big, false).map(|units| (units, 12)).or_else(|| text(rest, big, true).map(|units| (units, 24))) {
            Some((units, head)) => {
                at += head + units.len().next_multiple_of(4);
                if units.iter().any(|byte| *byte != 0) {
                    found.push(units);
                }
            }
            None => at += 4,
        }
    }
    found
}

fn text(bytes: &[u8], big: bool, wide: bool) -> Option<&[u8]> {
    let mut r = Reader::new(bytes);
    let mut number = || {
        let first = number32(&mut r, big)?;
        match (wide, big) {
            (false, _) => Some(first),
            (true, false) => (number32(&mut r, big)? == 0).then_some(first),
            (true, true) => number32(&mut r, big).filter(|_| first == 0),
        }
    };
    let (room, offset, len) = (number()?, number()?, number()?);
    if offset != 0 || len == 0 || len > room || room > UNITS_MAX {
        return None;
    }
    let units = r.take(usize::try_from(len).ok()? * 2).ok()?;
    let last = units.len() / 2 - 1;
    let readable = units.chunks_exact(2).enumerate().all(|(at, pair)| match pair {
        [0, 0] => at == last,
        [low, 0] => *low >= 0x20 || matches!(low, b'\t' | b'\r' | b'\n'),
        [_, high] => *high < 0xd8 && *high > 0,
        _ => false,
    });
    readable.then_some(units)
}

/// What a scheduled task runs: command and arguments of its definition (MS-TSCH 2.5.5).
pub fn task_command(definition: &[u8]) -> Option<String> {
    let units = definition.chunks_exact(2).filter_map(|pair| pair.first_chunk::<2>().copied().map(u16::from_le_bytes));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(inner, _)| inner.trim().to_owned())
    };
    let command = element("Command")?;
    Some(element("Arguments").map_or_else(|| command.clone(), |arguments| format!("{command} {arguments}")))
}

/// One way to reach an interface (C706 appendix I, L).
#[derive(Clone, Copy)]
pub struct Tower<'a> {
    interface: Guid,
    tcp: Option<u16>,
    udp: Option<u16>,
    http: Option<u16>,
    pipe: Option<&'a [u8]>,
    ip: Option<Ipv4Addr>,
}

impl Tower<'_> {
    /// It names an endpoint, not only what is sought.
    pub fn is_answer(&self) -> bool {
        self.pipe.is_some_and(|p| p.len() > 1) || [self.tcp, self.udp, self.http].iter().flatten().any(|port| *port != 0)
    }
}

impl fmt::Display for Tower<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match names::interface(self.interface) {
            Some(interface) => f.write_str(interface.name)?,
            None => write!(f, "{}", self.interface)?,
        }
        for (name, port) in [("tcp", self.tcp), ("udp", self.udp), ("http", self.http)] {
            if let Some(port) = port.filter(|port| *port != 0) {
                write!(f, " {name} {port}")?;
            }
        }
        if let Some(pipe) = self.pipe.filter(|p| p.len() > 1) {
            write!(f, " pipe {}", crate::hints::clean(pipe))?;
        }
        match self.ip.filter(|ip| !ip.is_unspecified()) {
            Some(ip) => write!(f, " at {ip}"),
            None => Ok(()),
        }
    }
}

/// Towers anywhere in a stub: number of floors, then a floor of 19 bytes that begins with 0x0d, an interface.
pub fn towers(stub: &[u8]) -> impl Iterator<Item = Tower<'_>> {
    let starts = stub.windows(5).enumerate().filter(|(_, w)| matches!(w, [3..=7, 0, 19, 0, 0x0d])).map(|(at, _)| at);
    starts.filter_map(|at| tower(stub.get(at..)?)).take(TOWERS_MAX)
}

fn tower(bytes: &[u8]) -> Option<Tower<'_>> {
    let mut r = Reader::new(bytes);
    let floors = r.u16_le().ok()?;
    let mut tower: Option<Tower<'_>> = None;
    for _ in 0..floors {
        let left = r.u16_le().ok()?;
        let left = r.take(usize::from(left)).ok()?;
        let right = r.u16_le().ok()?;
        let right = r.take(usize::from(right)).ok()?;
        let port = right.first_chunk::<2>().copied().map(u16::from_be_bytes);
        match (left, &mut tower) {
            ([0x0d, rest @ ..], None) => {
                let interface = Guid(*rest.first_chunk::<16>()?);
                tower = Some(Tower { interface, tcp: None, udp: None, http: None, pipe: None, ip: None });
            }
            ([0x07], Some(tower)) => tower.tcp = port,
            ([0x08], Some(tower)) => tower.udp = port,
            ([0x1f], Some(tower)) => tower.http = port,
            ([0x0f], Some(tower)) => tower.pipe = Some(right),
            ([0x09], Some(tower)) => tower.ip = right.first_chunk::<4>().copied().map(Ipv4Addr::from),
            _ => {}
        }
    }
    tower
}

/// The readable form of texts, without a server's own name before them.
pub fn readable(texts: &[&[u8]]) -> Vec<String> {
    let all = texts.iter().map(|units| windows::utf16(units));
    all.filter(|text| text.strip_prefix(r"\\").is_none_or(|rest| rest.contains('\\'))).collect()
}
