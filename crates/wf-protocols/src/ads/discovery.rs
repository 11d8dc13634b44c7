//! What TwinCAT stations say over UDP: who is there, and routes that are added with a user and a password.

use super::frame::{Ams, NetId};
use super::names;
use super::{DISCOVERY, NAME};
use crate::held::Held;
use std::borrow::Cow;
use std::fmt::Write;
use wf_model::{Attribute, Category};
use wf_wire::decode::Credential;
use wf_wire::{About, Context, Evidence, MessageWriter, Operation, Reader, Sink, Target};

/// How each datagram begins.
const COOKIE: [u8; 4] = [0x03, 0x66, 0x14, 0x71];
/// Set in the service of an answer.
const ANSWER: u32 = 0x8000_0000;
const IDENTIFY: u32 = 1;
const ADD_ROUTE: u32 = 6;
/// Parts of one datagram.
const PARTS_MAX: u32 = 32;
/// Open requests of one flow, and bytes kept of each.
const OPEN_MAX: usize = 16;
const BYTES_MAX: usize = 1024;

const STATUS: u16 = 1;
const PASSWORD: u16 = 2;
const VERSION: u16 = 3;
const SYSTEM: u16 = 4;
const HOST: u16 = 5;
const NET_ID: u16 = 7;
const ROUTE: u16 = 12;
const USER: u16 = 13;
const FINGERPRINT: u16 = 18;

/// One datagram.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    pub invoke: u32,
    pub service: u32,
    pub source: Ams,
    count: u32,
    parts: Reader<'a>,
}

impl<'a> Datagram<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        if r.array().ok()? != COOKIE {
            return None;
        }
        let (invoke, service, source, count) = (r.u32_le().ok()?, r.u32_le().ok()?, Ams::read(&mut r).ok()?, r.u32_le().ok()?);
        Some(Self { invoke, service, source, count, parts: r })
    }

    pub const fn is_answer(&self) -> bool {
        self.service & ANSWER != 0
    }

    const fn kind(&self) -> u32 {
        self.service & !ANSWER
    }

    /// Its parts: what they are, their bytes.
    fn parts(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let (mut r, count) = (self.parts, self.count.min(PARTS_MAX));
        (0..count).map_while(move |_| {
            let (kind, length) = (r.u16_le().ok()?, usize::from(r.u16_le().ok()?));
            Some((kind, r.take(length).ok()?))
        })
    }

    fn part(&self, wanted: u16) -> Option<&'a [u8]> {
        self.parts().find(|(kind, _)| *kind == wanted).map(|(_, bytes)| bytes)
    }

    fn text(&self, wanted: u16) -> Option<Cow<'a, str>> {
        self.part(wanted).map(crate::hints::clean).filter(|text| !text.is_empty())
    }

    /// Fewer parts than it says.
    pub fn is_cut(&self) -> bool {
        u32::try_from(self.parts().count()).unwrap_or(u32::MAX) < self.count
    }
}

fn name(service: u32) -> &'static str {
    match service & !ANSWER {
        IDENTIFY => "identify",
        ADD_ROUTE => "add_route",
        _ => "unknown_service",
    }
}

fn version(bytes: &[u8]) -> Option<String> {
    let mut r = Reader::new(bytes);
    let ([major, minor], build) = (r.array().ok()?, r.u16_le().ok()?);
    Some(format!("{major}.{minor}.{build}"))
}

/// The operating system: numbers as Windows gives them (OSVERSIONINFO), and a name where there is one.
fn system(bytes: &[u8]) -> Option<String> {
    let mut r = Reader::new(bytes);
    r.skip(4).ok()?;
    let (major, minor, build, platform) = (r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?);
    let family = match platform {
        1 | 2 if major >= 10 && build >= 22_000 => return Some(format!("Windows 11 (build {build})")),
        1 | 2 => "Windows",
        3 => "Windows CE",
        _ if crate::hints::clean(r.rest()).contains("BSD") => "TwinCAT/BSD",
        _ => return None,
    };
    let mut text = format!("{family} {major}.{minor}");
    if build != 0 {
        let _ = write!(text, " (build {build})");
    }
    Some(text)
}

/// Writes everything that was read, but no password.
pub fn write(m: &mut MessageWriter<'_>, d: &Datagram<'_>) {
    m.num("service", d.kind()).num("invoke_id", d.invoke).text("name", name(d.service)).flag("response", d.is_answer());
    m.show("source", d.source);
    for (kind, bytes) in d.parts() {
        match kind {
            STATUS => {
                let status = Reader::new(bytes).u32_le().unwrap_or(0);
                m.num("status", status).text("outcome", names::outcome(status));
            }
            PASSWORD => {
                m.flag("password", !bytes.is_empty());
            }
            VERSION => {
                m.text("version", &version(bytes).unwrap_or_default());
            }
            SYSTEM => {
                m.text("system", &system(bytes).unwrap_or_default());
            }
            NET_ID => {
                if let Some(id) = bytes.first_chunk() {
                    m.show("net_id", NetId(*id));
                }
            }
            HOST => {
                m.text("host", &crate::hints::clean(bytes));
            }
            ROUTE => {
                m.text("route", &crate::hints::clean(bytes));
            }
            USER => {
                m.text("user", &crate::hints::clean(bytes));
            }
            FINGERPRINT => {
                m.text("fingerprint", &crate::hints::clean(bytes));
            }
            _ => {}
        }
    }
}

/// Open requests of one flow.
pub struct Discovery {
    open: Held<(u32, u32)>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX) }
    }
}

impl Discovery {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    pub fn datagram(&mut self, ctx: &Context<'_>, d: &Datagram<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if let Some(mut m) = out.message(ctx, DISCOVERY) {
            write(&mut m, d);
        }
        if !d.is_answer() {
            if let (ADD_ROUTE, Some(secret)) = (d.kind(), d.part(PASSWORD)) {
                let end = secret.iter().position(|byte| *byte == 0).unwrap_or(secret.len());
                let (user, secret) = (d.text(USER), secret.get(..end).unwrap_or(secret));
                out.credential(ctx, NAME, Credential { scheme: "password", user: user.as_deref(), secret });
            }
            if let Some((_, waiting)) = self.open.open((d.invoke, d.kind()), ctx.now, bytes, out) {
                unanswered(ctx, &waiting, out);
            }
            return;
        }
        let status = d.part(STATUS).and_then(|bytes| Reader::new(bytes).u32_le().ok()).unwrap_or(0);
        if let Some(waiting) = self.open.close(&(d.invoke, d.kind())) {
            if let Some(request) = Datagram::read(&waiting.bytes) {
                tell(ctx, ctx.direction.reverse(), waiting.at, &request, names::outcome(status), out);
            }
            self.open.give_back(waiting);
        }
        if d.kind() == IDENTIFY {
            describe(ctx, d, out);
        }
    }

    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let held: Vec<_> = self.open.drain().collect();
        for (_, waiting) in held {
            unanswered(ctx, &waiting, out);
        }
    }
}

fn unanswered(ctx: &Context<'_>, waiting: &crate::held::Waiting, out: &mut dyn Sink) {
    if let Some(request) = Datagram::read(&waiting.bytes) {
        tell(ctx, wf_wire::Direction::ToServer, waiting.at, &request, "unanswered", out);
    }
}

fn tell(
    ctx: &Context<'_>,
    actor: wf_wire::Direction,
    at: wf_wire::decode::Moment,
    d: &Datagram<'_>,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (function, category) = match d.kind() {
        ADD_ROUTE => ("add_route", Category::Configuration),
        _ => (name(d.service), Category::Diagnostic),
    };
    let route = d.text(ROUTE);
    let target = route.as_deref().map_or(Target::None, Target::Text);
    let value = (d.kind() == ADD_ROUTE).then(|| {
        let id = d.part(NET_ID).and_then(<[u8]>::first_chunk).map(|id| NetId(*id).to_string()).unwrap_or_default();
        let host = d.text(HOST).unwrap_or_default();
        Cow::Owned(format!("{id} at {host}"))
    });
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
}

/// What a station says of itself.
fn describe(ctx: &Context<'_>, d: &Datagram<'_>, out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "identify", confidence });
        }
    };
    say(Attribute::Name, &d.text(HOST).unwrap_or_default(), 90);
    say(Attribute::Os, &d.part(SYSTEM).and_then(system).unwrap_or_default(), 80);
    if let Some(version) = d.part(VERSION).and_then(version) {
        say(Attribute::Software, &format!("TwinCAT {version}"), 85);
    }
    say(Attribute::Description, &format!("AMS NetId {}", NetId(d.source.net_id)), 30);
}
