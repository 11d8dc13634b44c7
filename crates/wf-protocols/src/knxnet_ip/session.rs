//! Requests with their answers: connections, telegrams and their confirmation, properties; what devices say of themselves.

use super::NAME;
use super::cemi::{Cemi, Property, Telegram, show_destination, show_property};
use super::frame::{Description, Frame, connection, structure};
use super::names::{self, service};
use crate::held::{Held, Waiting};
use crate::hints::{hex_cut, shown};
use std::borrow::Cow;
use wf_model::{Address, Attribute, Category};
use wf_wire::decode::{Coded, Credential, Moment};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 32;
/// Bytes kept of one.
const BYTES_MAX: usize = 512;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// What an answer is known by: its service or message code, channel, and what it is about.
type Key = (Direction, u16, u8, u32);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    /// The telegram or property that was sent last: the acknowledgement of a tunnel does not say what it belongs to.
    last: Option<Key>,
    in_step: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), last: None, in_step: false }
    }
}

/// What a telegram's confirmation repeats.
fn telegram_mark(telegram: &Telegram<'_>) -> u32 {
    u32::from(telegram.destination) << 16 | u32::from(telegram.application.unwrap_or(telegram.transport.into()))
}

fn property_mark(property: &Property<'_>) -> u32 {
    u32::from(property.object) << 16 | u32::from(property.instance) << 8 | u32::from(property.property)
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One frame.
    pub fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if let Some(description) = Description::of(frame) {
            identity(ctx, &description, out);
        }
        let mut r = Reader::new(frame.body);
        match frame.service {
            service::SEARCH_REQUEST | service::SEARCH_REQUEST_EXTENDED if is_multicast(ctx) => {
                let named = ("search", Category::Diagnostic);
                say(ctx, ctx.direction, ctx.now, named, (Target::None, None), "unconfirmed".into(), out);
            }
            service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST => {
                let Ok((channel, ..)) = connection(&mut r) else { return };
                self.message(ctx, channel, r.rest(), bytes, out);
            }
            service::CONFIGURATION_ACK | service::TUNNELLING_ACK => self.acknowledged(ctx, &mut r, out),
            service::ROUTING_INDICATION | service::ROUTING_SYSTEM_BROADCAST => routed(ctx, frame, out),
            service::ROUTING_LOST => {
                let lost = structure(&mut r).and_then(|mut r| {
                    r.skip(1)?;
                    r.u16()
                });
                raise(ctx, out, "messages_lost", format!("{} telegrams", lost.unwrap_or(0)));
            }
            service::SESSION_STATUS => {
                let status = frame.body.first().copied().unwrap_or(0);
                let key = (ctx.direction.reverse(), service::SESSION_AUTHENTICATE, 0, 0);
                let outcome = if status == 0 { "ok" } else { "error: not authenticated" };
                self.close(ctx, &key, outcome.into(), out);
                if status == 1 {
                    raise(ctx, out, "authentication_failed", names::session(1).to_owned());
                }
            }
            code => match names::asks(code) {
                Some(true) => self.ask(ctx, (ctx.direction, code, channel(code, frame.body), 0), bytes, out),
                Some(false) => self.answer(ctx, frame, out),
                None if code == service::DISCONNECT_REQUEST => {
                    self.ask(ctx, (ctx.direction, code, channel(code, frame.body), 0), bytes, out);
                }
                None if code == service::DISCONNECT_RESPONSE => self.answer(ctx, frame, out),
                None => {}
            },
        }
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.expire(ctx.now, |key, late| tell(ctx, key.0, late, late.missing().into(), out));
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, waiting) in self.open.drain() {
            tell(ctx, key.0, &waiting, waiting.missing().into(), out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((key, waiting)) = self.open.open_one(key, ctx.now, bytes, out) {
            tell(ctx, key.0, &waiting, waiting.missing().into(), out);
            self.open.give_back(waiting);
        }
    }

    fn close(&mut self, ctx: &Context<'_>, key: &Key, outcome: Cow<'static, str>, out: &mut dyn Sink) -> bool {
        let Some(waiting) = self.open.close(key) else { return self.open.was_given_up(key) };
        self.in_step |= !waiting.lost;
        tell(ctx, key.0, &waiting, outcome, out);
        self.open.give_back(waiting);
        true
    }

    /// An answer of the connection's services.
    fn answer(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        let (asked, outcome) = match (frame.service, frame.body) {
            // Its channel is new: the request did not know it.
            (service::CONNECT_RESPONSE, [_, status, ..]) => ((service::CONNECT_REQUEST, 0), names::outcome(*status)),
            (code @ (service::STATE_RESPONSE | service::DISCONNECT_RESPONSE), [channel, status, ..]) => {
                ((code - 1, *channel), names::outcome(*status))
            }
            (service::FEATURE_RESPONSE, [_, channel, _, _, _, status, ..]) => {
                let get = (ctx.direction.reverse(), service::FEATURE_GET, *channel, 0);
                if self.close(ctx, &get, names::outcome(*status).into(), out) {
                    return;
                }
                ((service::FEATURE_SET, *channel), names::outcome(*status))
            }
            (service::FEATURE_INFO, _) => return,
            (code, _) => ((code - 1, 0), "ok"),
        };
        let key = (ctx.direction.reverse(), asked.0, asked.1, 0);
        let closed = self.close(ctx, &key, outcome.into(), out);
        let alone = matches!(frame.service, service::SEARCH_RESPONSE | service::SEARCH_RESPONSE_EXTENDED);
        if !closed && self.in_step && !alone {
            let detail = names::service_name(frame.service).unwrap_or("").to_owned();
            raise(ctx, out, "response_without_request", detail);
        }
    }

    /// A cEMI frame in a connection.
    fn message(&mut self, ctx: &Context<'_>, channel: u8, cemi: &[u8], bytes: &[u8], out: &mut dyn Sink) {
        match Cemi::read(cemi) {
            Some(Cemi::Data(telegram)) => {
                credential(ctx, &telegram, out);
                let mark = telegram_mark(&telegram);
                match telegram.code {
                    0x11 => {
                        let key = (ctx.direction, 0x2e, channel, mark);
                        self.last = Some(key);
                        self.ask(ctx, key, bytes, out);
                    }
                    0x2e => {
                        let outcome = if telegram.failed { "error: not confirmed by the bus" } else { "ok" };
                        let key = (ctx.direction.reverse(), 0x2e, channel, mark);
                        if self.close(ctx, &key, outcome.into(), out) && !telegram.failed {
                            measured(ctx, &telegram, ctx.direction, out);
                        }
                    }
                    // Answers come as requests of their own.
                    0x41 | 0x4a if telegram.application.is_some() => {
                        let (_, value) = telegram_target(&telegram);
                        let whole = (Target::None, value);
                        say(ctx, ctx.direction, ctx.now, telegram.named(), whole, "unconfirmed".into(), out);
                    }
                    _ => measured(ctx, &telegram, ctx.direction, out),
                }
            }
            Some(Cemi::Property(property)) => {
                let mark = property_mark(&property);
                if property.is_secret() && !property.data.is_empty() {
                    out.credential(ctx, NAME, Credential { scheme: "key", user: None, secret: property.data });
                }
                match property.code {
                    0xfc | 0xf6 => {
                        let key = (ctx.direction, u16::from(property.code - 1), channel, mark);
                        self.last = Some(key);
                        self.ask(ctx, key, bytes, out);
                    }
                    code @ (0xfb | 0xf5) => {
                        let outcome = if property.count == 0 { "error: refused" } else { "ok" };
                        self.close(ctx, &(ctx.direction.reverse(), code.into(), channel, mark), outcome.into(), out);
                    }
                    _ => {}
                }
            }
            Some(Cemi::Function(property)) => {
                let mark = property_mark(&property);
                if property.code == 0xfa {
                    self.close(ctx, &(ctx.direction.reverse(), 0xfa, channel, mark), "ok".into(), out);
                } else {
                    let key = (ctx.direction, 0xfa, channel, mark);
                    self.last = Some(key);
                    self.ask(ctx, key, bytes, out);
                }
            }
            // A reset has no answer.
            Some(Cemi::Other(0xf1)) => {
                let named = ("reset", Category::Control);
                say(ctx, ctx.direction, ctx.now, named, (Target::None, None), "unconfirmed".into(), out);
            }
            Some(Cemi::Other(_)) | None => {}
        }
    }

    /// The other end of a connection took a frame, or did not.
    fn acknowledged(&mut self, ctx: &Context<'_>, r: &mut Reader<'_>, out: &mut dyn Sink) {
        let Ok((channel, _, status)) = connection(r) else { return };
        let sent = |key: &Key| key.0 == ctx.direction.reverse() && key.2 == channel;
        if let Some(key) = self.last.filter(|key| status != 0 && sent(key)) {
            self.close(ctx, &key, names::outcome(status).into(), out);
        }
    }
}

/// The channel that a request and its answer share.
fn channel(code: u16, body: &[u8]) -> u8 {
    match code {
        service::STATE_REQUEST | service::DISCONNECT_REQUEST => body.first().copied().unwrap_or(0),
        service::FEATURE_GET | service::FEATURE_SET => body.get(1).copied().unwrap_or(0),
        _ => 0,
    }
}

fn is_multicast(ctx: &Context<'_>) -> bool {
    matches!(ctx.dst, Some(Address::Ip(ip)) if ip.is_multicast())
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// A telegram sent to all: what its sender does to the bus, with no answer.
fn routed(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let Some(Cemi::Data(telegram)) = Cemi::read(frame.body) else { return };
    credential(ctx, &telegram, out);
    let named = telegram.named();
    if named.1 != Category::Diagnostic || telegram.application.is_some() {
        say(ctx, ctx.direction, ctx.now, named, telegram_target(&telegram), "unconfirmed".into(), out);
    }
    measured(ctx, &telegram, ctx.direction, out);
}

/// The key of an access level, which opens a device to changes, or one that a property holds.
fn credential(ctx: &Context<'_>, telegram: &Telegram<'_>, out: &mut dyn Sink) {
    if let Some(secret) = telegram.secret().filter(|secret| !secret.is_empty()) {
        out.credential(ctx, NAME, Credential { scheme: "access_key", user: None, secret });
    }
}

fn telegram_target(telegram: &Telegram<'_>) -> (Target<'static>, Option<String>) {
    let numbers = [telegram.destination.into(), u64::from(telegram.to_group), 0, 0];
    let target = Target::Coded(Coded { numbers, show: show_destination });
    let value = match telegram.application {
        Some(_) if telegram.secret().is_some() => Some("hidden".to_owned()),
        Some(_) if telegram.tells_group() => Some(shown(telegram.value(), VALUE_MAX)),
        Some(_) if telegram.data.is_empty() => None,
        Some(_) => Some(format!("0x{}", hex_cut(telegram.data, VALUE_MAX / 2))),
        None => None,
    };
    (target, value)
}

fn measured(ctx: &Context<'_>, telegram: &Telegram<'_>, device: Direction, out: &mut dyn Sink) {
    if !telegram.tells_group() {
        return;
    }
    let point = Target::Coded(Coded { numbers: [telegram.destination.into(), 1, 0, 0], show: show_destination });
    telegram.value().with(|value| out.measurement(ctx, NAME, Measurement { device, point, value, quality: "good" }));
}

fn identity(ctx: &Context<'_>, description: &Description<'_>, out: &mut dyn Sink) {
    let Some(device) = &description.device else { return };
    let mut tell = |attribute, value: &str, confidence| {
        if !value.is_empty() {
            let about = About::Sender;
            out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "device_information", confidence });
        }
    };
    tell(Attribute::Name, &device.name, 70);
    tell(Attribute::Serial, &device.serial, 80);
    tell(Attribute::MacAddress, &device.mac.to_string(), 70);
    tell(Attribute::Role, "building_controller", 50);
    let medium = names::medium(device.medium);
    tell(Attribute::Description, &format!("KNX {} {medium}", device.address), 50);
}

/// Tells a request with its outcome.
fn tell(ctx: &Context<'_>, actor: Direction, waiting: &Waiting, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let Some(frame) = Frame::read(&waiting.bytes) else { return };
    let mut r = Reader::new(frame.body);
    let told = |named, what, out: &mut dyn Sink| say(ctx, actor, waiting.at, named, what, outcome, out);
    match frame.service {
        service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST => {
            if connection(&mut r).is_err() {
                return;
            }
            match Cemi::read(r.rest()) {
                Some(Cemi::Data(telegram)) => told(telegram.named(), telegram_target(&telegram), out),
                Some(Cemi::Property(property)) => {
                    let numbers = [property.object.into(), property.instance.into(), property.property.into(), 0];
                    let target = Target::Coded(Coded { numbers, show: show_property });
                    if property.code == 0xf6 {
                        let shown = || format!("0x{}", hex_cut(property.data, VALUE_MAX / 2));
                        let value = Some(if property.is_secret() { "hidden".to_owned() } else { shown() });
                        told(("property_write", Category::Configuration), (target, value), out);
                    } else {
                        told(("property_read", Category::Read), (target, None), out);
                    }
                }
                Some(Cemi::Function(property)) => {
                    let numbers = [property.object.into(), property.instance.into(), property.property.into(), 0];
                    let target = Target::Coded(Coded { numbers, show: show_property });
                    if property.code == 0xf8 {
                        let value = if property.is_secret() {
                            "hidden".to_owned()
                        } else {
                            format!("0x{}", hex_cut(property.data, VALUE_MAX / 2))
                        };
                        let value = Some(value);
                        told(("function_property_command", Category::Control), (target, value), out);
                    } else {
                        told(("function_property_state_read", Category::Read), (target, None), out);
                    }
                }
                Some(Cemi::Other(_)) | None => {}
            }
        }
        service::CONNECT_REQUEST => {
            let kind = frame.body.get(17).copied().unwrap_or(0);
            let value = Some(names::connection(kind).to_owned());
            told(("connect", Category::Diagnostic), (Target::None, value), out);
        }
        service::FEATURE_SET => {
            let feature = frame.body.get(4).map(|feature| format!("feature {feature}"));
            let value = frame.body.get(6..).map(|value| format!("0x{}", hex_cut(value, VALUE_MAX / 2)));
            let target = feature.as_deref().map_or(Target::None, Target::Text);
            told(("set_feature", Category::Configuration), (target, value), out);
        }
        code => told(asked(code), (Target::None, None), out),
    }
}

const fn asked(code: u16) -> (&'static str, Category) {
    match code {
        service::SEARCH_REQUEST | service::SEARCH_REQUEST_EXTENDED => ("search", Category::Diagnostic),
        service::DESCRIPTION_REQUEST => ("description", Category::Diagnostic),
        service::STATE_REQUEST => ("connection_state", Category::Diagnostic),
        service::DISCONNECT_REQUEST => ("disconnect", Category::Diagnostic),
        service::FEATURE_GET => ("get_feature", Category::Diagnostic),
        service::SESSION_REQUEST => ("secure_session", Category::Diagnostic),
        service::SESSION_AUTHENTICATE => ("authenticate", Category::Diagnostic),
        0x0740 => ("remote_diagnostic", Category::Diagnostic),
        0x0742 => ("remote_configuration", Category::Configuration),
        0x0743 => ("reset", Category::Control),
        _ => ("request", Category::Diagnostic),
    }
}

fn say(
    ctx: &Context<'_>,
    actor: Direction,
    at: Moment,
    (function, category): (&'static str, Category),
    (target, value): (Target<'_>, Option<String>),
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let value = value.map(Cow::Owned);
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}
