//! Requests and their answers: operations with their outcome, values, identity.

use super::NAME;
use super::access::{Access, Plan, Unit, Values, plan};
use super::device::show_route;
use super::frame::{Fields, Found, Frame, Request, frame};
use super::names::{self, command};
use crate::held::{Held, Waiting};
use crate::hints::clean;
use std::borrow::Cow;
use std::fmt::Write;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, Moment, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 32;
/// Values of one row of which each becomes a point.
const POINTS_MAX: usize = 128;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// What one flow remembers.
#[derive(Debug)]
pub struct Session {
    /// Requests by their number; those of 3E frames have none and are answered in turn.
    open: Held<Option<u16>>,
    /// The request whose devices are monitored.
    monitored: Option<Vec<u8>>,
    in_step: bool,
    hinted: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::new(OPEN_MAX), monitored: None, in_step: false, hinted: false }
    }
}

/// A request with when it was asked.
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    route: u64,
    request: Request<'a>,
}

fn asked<'a>(bytes: &'a [u8], at: Moment, actor: Direction) -> Option<Asked<'a>> {
    let Found::Whole(found) = frame(bytes) else { return None };
    let request = Request::read(found.body).ok()?;
    Some(Asked { at, actor, route: u64::from(found.network) << 8 | u64::from(found.station), request })
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.monitored.as_ref().map_or(0, Vec::capacity)
    }

    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, found: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let Ok(request) = Request::read(found.body) else { return };
        if names::named(request.command).is_none() {
            breach(ctx, "unknown_command", format!("0x{:04x}", request.command), out);
        } else if is_short(&request) {
            breach(ctx, "truncated_request", names::named(request.command).map_or("", |(name, _)| name).to_owned(), out);
        }
        if matches!(request.command, command::UNLOCK | command::LOCK) {
            let mut f = request.data;
            let secret = f.u16().and_then(|count| f.take(usize::from(count))).unwrap_or(&[]);
            out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
        }
        while let Some((_, late)) = self.open.overdue(ctx.now) {
            self.unanswered(ctx, &late, ctx.direction, out);
            self.open.give_back(late);
        }
        // Without a serial number there is one request at a time: another means that the one before was given up.
        let fallen = match found.serial {
            Some(_) => self.open.open(found.serial, ctx.now, bytes, out),
            None => self.open.open_one(None, ctx.now, bytes, out),
        };
        if let Some((_, fallen)) = fallen {
            self.unanswered(ctx, &fallen, ctx.direction, out);
            self.open.give_back(fallen);
        }
    }

    /// An answer: closes its request.
    pub fn answer(&mut self, ctx: &Context<'_>, found: &Frame<'_>, out: &mut dyn Sink) {
        let Some(waiting) = self.open.close(&found.serial) else {
            if !self.open.was_given_up(&found.serial) && self.in_step {
                breach(ctx, "response_without_request", found.serial.map_or_else(String::new, |n| n.to_string()), out);
            }
            return;
        };
        self.in_step = true;
        if !std::mem::replace(&mut self.hinted, true) {
            say(ctx, Attribute::Role, "controller", 60, out);
        }
        let mut data = found.body;
        if let (Ok(code), Some(asked)) = (data.u16(), asked(&waiting.bytes, waiting.at, ctx.direction.reverse())) {
            self.told(ctx, &asked, &waiting.bytes, code, data, out);
        }
        self.open.give_back(waiting);
    }

    fn told(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, bytes: &[u8], code: u16, data: Fields<'_>, out: &mut dyn Sink) {
        let request = &asked.request;
        if code == 0 && request.command == command::READ_TYPE_NAME {
            identity(ctx, data, out);
        }
        if code == 0 && request.command == command::ENTRY_MONITOR {
            self.monitored = Some(bytes.to_vec());
        }
        let monitored = self.monitored.as_deref().filter(|_| request.command == command::EXECUTE_MONITOR);
        let entry = monitored.and_then(|bytes| self::asked(bytes, asked.at, asked.actor));
        let plan = entry.as_ref().map_or_else(|| plan(request), |entry| plan(&entry.request));
        tell(ctx, asked, plan.as_ref(), names::outcome(code), out);
        if let (0, Some(plan)) = (code, plan) {
            values(ctx, asked, &plan, data, out);
        }
    }

    fn unanswered(&self, ctx: &Context<'_>, waiting: &Waiting, actor: Direction, out: &mut dyn Sink) {
        if let Some(asked) = asked(&waiting.bytes, waiting.at, actor) {
            tell(ctx, &asked, plan(&asked.request).as_ref(), Cow::Borrowed(waiting.missing()), out);
        }
    }

    /// Bytes went missing: answers may belong to requests that were not seen.
    pub fn gap(&mut self) {
        self.in_step = false;
        self.open.lose();
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<_> = self.open.drain().collect();
        for (_, waiting) in open {
            self.unanswered(ctx, &waiting, Direction::ToServer, out);
        }
    }
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: String, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// Whether a request for devices does not hold what it says.
fn is_short(request: &Request<'_>) -> bool {
    let devices = matches!(
        request.command,
        command::READ
            | command::WRITE
            | command::READ_RANDOM
            | command::WRITE_RANDOM
            | command::READ_BLOCK
            | command::WRITE_BLOCK
            | command::ENTRY_MONITOR
    );
    devices && matches!(request.sub, 0..=3) && plan(request).is_none()
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "", confidence });
    }
}

fn identity(ctx: &Context<'_>, mut data: Fields<'_>, out: &mut dyn Sink) {
    if let Ok(name) = data.take(16) {
        say(ctx, Attribute::Vendor, "Mitsubishi Electric", 80, out);
        say(ctx, Attribute::Model, &clean(name), 85, out);
    }
}

/// Tells a request: one operation for each row of devices.
fn tell(ctx: &Context<'_>, asked: &Asked<'_>, plan: Option<&Plan<'_>>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let (function, category) = names::named(asked.request.command).unwrap_or(("unknown_command", Category::Diagnostic));
    let mut one = |target: Target<'_>, value: Option<String>| {
        let (at, actor, outcome) = (asked.at, asked.actor, outcome.clone());
        let value = value.map(Cow::Owned);
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
    };
    match plan.filter(|plan| !plan.is_empty()) {
        Some(plan) => {
            for access in plan {
                let target = Target::Coded(access.device.coded(access.devices(), asked.route));
                one(target, access.written.map(|values| list(access, values)));
            }
        }
        None => {
            let coded = Coded { numbers: [asked.route, 0, 0, 0], show: |[route, ..], f| show_route(*route, f) };
            let target = if matches!(asked.route, 0 | 0xff) { Target::None } else { Target::Coded(coded) };
            one(target, forced(&asked.request));
        }
    }
}

/// How a start or pause is meant.
fn forced(request: &Request<'_>) -> Option<String> {
    let mut f = request.data;
    match (request.command, f.u16().ok()?) {
        (command::REMOTE_RUN | command::REMOTE_PAUSE, 3) => Some("forced".to_owned()),
        _ => None,
    }
}

fn list(access: &Access<'_>, values: Values<'_>) -> String {
    let mut text = String::new();
    for (at, value) in values.enumerate() {
        if text.len() > VALUE_MAX - 16 {
            text.push_str(", …");
            break;
        }
        let _ = if at == 0 { write!(text, "{value}") } else { write!(text, ", {value}") };
    }
    if access.count > 1 { format!("[{text}]") } else { text }
}

/// Values that were read, or written with success.
fn values(ctx: &Context<'_>, asked: &Asked<'_>, plan: &Plan<'_>, mut data: Fields<'_>, out: &mut dyn Sink) {
    for access in plan {
        let values = match access.written {
            Some(written) => Ok(written),
            None if asked.request.command == command::ENTRY_MONITOR => return,
            None => Values::take(&mut data, access.unit, access.count),
        };
        let Ok(values) = values else {
            return breach(ctx, "truncated_answer", names::named(asked.request.command).map_or("", |(n, _)| n).to_owned(), out);
        };
        let device = ctx.direction;
        if out.unchanged(ctx, device, access.device.coded(access.devices(), asked.route), values.bytes()) {
            continue;
        }
        let mut at = access.device;
        for value in values.take(POINTS_MAX) {
            let told =
                if matches!(access.unit, Unit::Bit | Unit::Byte) { Value::Flag(value != 0) } else { Value::Number(value.into()) };
            let point = Target::Coded(at.coded(access.step().into(), asked.route));
            out.measurement(ctx, NAME, Measurement { device, point, value: told, quality: "good" });
            at.number = at.number.saturating_add(access.step());
        }
    }
}
