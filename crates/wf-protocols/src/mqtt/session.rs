//! What one connection remembers: version, client, topic aliases, and requests that wait for their acknowledgement.

use super::json;
use super::names;
use super::packet::{
    self, Body, CONNECT, Connect, Filters, Head, PUBACK, PUBLISH, PUBREC, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE,
};
use super::properties::Value as Property;
use super::sparkplug::{self, Sparkplug};
use super::values;
use super::{NAME, Published, complain};
use crate::held::{self, Held, Waiting, Waits};
use crate::hints;
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, Moment, Pending};
use wf_wire::{About, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one connection.
const OPEN_MAX: usize = 64;
/// Sparkplug messages with commands that wait for their acknowledgement.
const COMMANDS_OPEN_MAX: usize = 16;
/// Topic aliases of one direction.
const ALIASES_MAX: usize = 256;
/// Longest topic that is remembered, in bytes.
const TOPIC_MAX: usize = 1024;
/// Bytes of a payload that are kept until the acknowledgement.
const KEPT_MAX: usize = 256;
/// Longest client identifier that is told, in bytes.
const CLIENT_MAX: usize = 128;

/// Direction, packet type, packet identifier.
type Key = (Direction, u8, u16);

/// Commands of one Sparkplug message.
struct Commands {
    at: Moment,
    list: Vec<sparkplug::Command>,
    /// Bytes went missing since: the acknowledgement may have been among them.
    lost: bool,
}

impl Commands {
    fn tell(self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        self.list.into_iter().for_each(|command| command.tell(ctx, outcome, out));
    }

    fn missing(self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let outcome = held::missing(self.lost);
        self.tell(ctx, outcome, out);
    }
}

impl Waits for Commands {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

/// One connection.
pub struct Session {
    /// Its version: that of the request, else 4, which has been usual for long.
    pub version: u8,
    aliases: [Vec<(u16, Box<str>)>; 2],
    /// Bytes of their topics.
    alias_bytes: usize,
    open: Held<Key>,
    commands: Pending<Key, Commands>,
    sparkplug: Sparkplug,
    /// Name of the point at hand, used again.
    point: String,
    /// The client has sent something.
    begun: bool,
    connected: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            version: 4,
            aliases: Default::default(),
            alias_bytes: 0,
            open: Held::new(OPEN_MAX),
            commands: Pending::new(COMMANDS_OPEN_MAX),
            sparkplug: Sparkplug::default(),
            point: String::new(),
            begun: false,
            connected: false,
        }
    }
}

impl Session {
    /// One of this version that began long ago.
    pub fn going_on(version: u8) -> Self {
        Self { version, begun: true, connected: true, ..Self::default() }
    }

    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        let aliases: usize = self.aliases.iter().map(Vec::capacity).sum();
        let aliases = aliases * size_of::<(u16, Box<str>)>() + self.alias_bytes;
        aliases + self.open.weight() + self.commands.weight() + self.sparkplug.weight()
    }

    /// Keeps the topic under its alias, or looks it up into `scratch` where only the alias is there (MQTT 5.0 clause 3.3.2.3.4).
    pub fn alias<'a>(
        &mut self,
        direction: Direction,
        topic: Cow<'a, str>,
        alias: Option<u32>,
        scratch: &'a mut String,
        out: &mut dyn Sink,
    ) -> Cow<'a, str> {
        let alias = alias.and_then(|alias| u16::try_from(alias).ok());
        let (Some(alias), Some(aliases)) = (alias, self.aliases.get_mut(direction.index())) else { return topic };
        let at = aliases.iter().position(|(known, _)| *known == alias);
        if topic.is_empty() {
            scratch.clear();
            scratch.push_str(at.and_then(|at| aliases.get(at)).map_or("", |(_, topic)| topic));
            return Cow::Borrowed(scratch);
        }
        let kept: Box<str> = hints::bounded(&topic, TOPIC_MAX).into();
        self.alias_bytes += kept.len();
        match at.and_then(|at| aliases.get_mut(at)) {
            Some(entry) => {
                let before = std::mem::replace(&mut entry.1, kept);
                self.alias_bytes = self.alias_bytes.saturating_sub(before.len());
            }
            None => {
                if aliases.len() >= ALIASES_MAX {
                    let (_, oldest) = aliases.remove(0);
                    self.alias_bytes = self.alias_bytes.saturating_sub(oldest.len());
                    out.evicted(1);
                }
                aliases.push((alias, kept));
            }
        }
        topic
    }

    /// One packet; `bytes` is what is behind its fixed header.
    pub fn packet(&mut self, ctx: &Context<'_>, head: Head, body: &Body<'_>, bytes: &[u8], out: &mut dyn Sink) {
        match *body {
            Body::Connect(ref connect) => {
                self.connect(ctx, connect, out);
                self.ask(ctx, (ctx.direction, CONNECT, 0), bytes, out);
            }
            Body::ConnAck { code, properties, .. } => {
                tell(ctx, About::Sender, Attribute::Role, "server", 40, out);
                for property in properties.filter(|property| property.id == 0x12) {
                    if let Property::Text(id) = property.value {
                        client(ctx, About::Receiver, &names::shown(id), out);
                    }
                }
                let outcome = if self.version == packet::FIVE { names::reason(code) } else { names::connect_return(code) };
                if let Some(waiting) = self.open.close(&(ctx.direction.reverse(), CONNECT, 0)) {
                    say(ctx, &waiting, ctx.direction.reverse(), "connect", Category::Diagnostic, Target::None, outcome, out);
                    self.open.give_back(waiting);
                }
            }
            // Publications are dealt with where their topic is known.
            Body::Publish { .. } => {}
            Body::Other { id: Some(id), code, list, .. } => match head.kind {
                SUBSCRIBE | UNSUBSCRIBE => self.ask(ctx, (ctx.direction, head.kind, id), bytes, out),
                PUBACK | PUBREC => self.published(ctx, id, names::reason(code.unwrap_or(0)), out),
                SUBACK => self.subscribed(ctx, (ctx.direction.reverse(), SUBSCRIBE, id), list, out),
                UNSUBACK => self.subscribed(ctx, (ctx.direction.reverse(), UNSUBSCRIBE, id), list, out),
                _ => {}
            },
            Body::Other { .. } => {}
        }
    }

    fn connect(&mut self, ctx: &Context<'_>, connect: &Connect<'_>, out: &mut dyn Sink) {
        self.version = connect.level & 0x7f;
        self.aliases = Default::default();
        self.alias_bytes = 0;
        client(ctx, About::Sender, &names::shown(connect.client_id), out);
        if connect.user.is_some() || !connect.password.is_empty() {
            let user = connect.user.map(hints::clean);
            let said = Credential { scheme: "password", user: user.as_deref(), secret: connect.password };
            out.credential(ctx, NAME, said);
        }
    }

    /// A publication: a process value, or an order.
    pub fn publication(&mut self, ctx: &Context<'_>, published: &Published<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let key = published.id.map(|id| (ctx.direction, PUBLISH, id));
        if published.topic.starts_with(sparkplug::payload::NAMESPACE) {
            let list = self.sparkplug.publication(ctx, published, out);
            let commands = Commands { at: ctx.now, list, lost: false };
            match key {
                _ if commands.list.is_empty() => {}
                None => commands.tell(ctx, "unconfirmed", out),
                Some(key) => {
                    let bytes = commands.list.iter().map(sparkplug::Command::weight).sum();
                    if let Some((_, fallen)) = self.commands.open_with(key, commands, bytes) {
                        out.evicted(1);
                        fallen.missing(ctx, out);
                    }
                }
            }
            return;
        }
        if !published.topic.starts_with("$SYS/") {
            self.measurements(ctx, published, out);
        } else if published.topic == "$SYS/broker/version" && ctx.direction == Direction::ToClient {
            tell(ctx, About::Sender, Attribute::Software, &hints::clean(published.payload), 80, out);
        }
        match key {
            Some(_) if ctx.direction == Direction::ToClient => {}
            Some(key) => {
                let unkept = published.payload.len().saturating_sub(KEPT_MAX);
                self.ask(ctx, key, bytes.get(..bytes.len().saturating_sub(unkept)).unwrap_or(bytes), out);
            }
            // What the broker passes on is no act of the broker.
            None if ctx.direction == Direction::ToServer => {
                publish(ctx, ctx.now, published.topic, published.payload, "unconfirmed", out);
            }
            None => {}
        }
    }

    /// A payload that is a value, or an object of values.
    fn measurements(&mut self, ctx: &Context<'_>, published: &Published<'_>, out: &mut dyn Sink) {
        if !published.whole {
            return;
        }
        let mut say = |point: &str, value| {
            let point = Target::Text(point);
            out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
        };
        if let Some(value) = values::value(published.payload) {
            say(published.topic, value);
        } else if published.payload.len() <= json::PAYLOAD_MAX
            && let Ok(text) = std::str::from_utf8(published.payload)
        {
            self.point.clear();
            self.point.push_str(hints::bounded(published.topic, TOPIC_MAX));
            json::values(text, &mut self.point, say);
        }
    }

    /// Keeps a request: what is behind its fixed header. That of a connection is not read again and not kept: it has a password.
    fn ask(&mut self, ctx: &Context<'_>, key: Key, bytes: &[u8], out: &mut dyn Sink) {
        let bytes = if key.1 == CONNECT { &[] } else { bytes };
        if let Some((key, fallen)) = self.open.open(key, ctx.now, bytes, out) {
            self.unanswered(ctx, key, &fallen, out);
            self.open.give_back(fallen);
        }
    }

    fn published(&mut self, ctx: &Context<'_>, id: u16, outcome: &'static str, out: &mut dyn Sink) {
        let key = (ctx.direction.reverse(), PUBLISH, id);
        if let Some(waiting) = self.open.close(&key) {
            self.tell_publication(ctx, key.0, &waiting, outcome, out);
            self.open.give_back(waiting);
        } else if let Some(commands) = self.commands.close(&key) {
            commands.tell(ctx, outcome, out);
        }
    }

    fn tell_publication(
        &self,
        ctx: &Context<'_>,
        actor: Direction,
        waiting: &Waiting,
        outcome: &'static str,
        out: &mut dyn Sink,
    ) {
        // Any delivery that is confirmed lies the same way.
        let head = Head { kind: PUBLISH, flags: 2, size: 0, length: waiting.bytes.len() };
        let Ok(Body::Publish { topic, payload, properties, .. }) = packet::body(head, self.version, &waiting.bytes) else {
            return;
        };
        let mut topic = names::shown(topic);
        if topic.is_empty()
            && let Some(alias) = properties.number(names::TOPIC_ALIAS)
        {
            let known = self.aliases.get(actor.index()).and_then(|aliases| aliases.iter().find(|a| u32::from(a.0) == alias));
            topic = Cow::Borrowed(known.map_or("", |(_, topic)| topic));
        }
        publish(ctx, waiting.at, &topic, payload, outcome, out);
    }

    fn subscribed(&mut self, ctx: &Context<'_>, key: Key, codes: &[u8], out: &mut dyn Sink) {
        let Some(waiting) = self.open.close(&key) else { return };
        // Before version 5 the end of a subscription has no codes.
        let code = |at: usize| if key.1 == UNSUBSCRIBE && codes.is_empty() { Some(0) } else { codes.get(at).copied() };
        self.tell_filters(ctx, key, &waiting, |at| code(at).map_or("unconfirmed", names::reason), out);
        self.open.give_back(waiting);
    }

    fn tell_filters(
        &self,
        ctx: &Context<'_>,
        (actor, kind, _): Key,
        waiting: &Waiting,
        outcome: impl Fn(usize) -> &'static str,
        out: &mut dyn Sink,
    ) {
        let head = Head { kind, flags: 2, size: 0, length: waiting.bytes.len() };
        let Ok(Body::Other { list, .. }) = packet::body(head, self.version, &waiting.bytes) else { return };
        let function = if kind == SUBSCRIBE { "subscribe" } else { "unsubscribe" };
        for (at, (filter, _)) in Filters::new(kind, list).enumerate() {
            let filter = names::shown(filter);
            say(ctx, waiting, actor, function, Category::Read, Target::Text(&filter), outcome(at), out);
        }
    }

    fn unanswered(&self, ctx: &Context<'_>, key: Key, waiting: &Waiting, out: &mut dyn Sink) {
        let outcome = waiting.missing();
        match key.1 {
            CONNECT => say(ctx, waiting, key.0, "connect", Category::Diagnostic, Target::None, outcome, out),
            PUBLISH => self.tell_publication(ctx, key.0, waiting, outcome, out),
            _ => self.tell_filters(ctx, key, waiting, |_| outcome, out),
        }
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((key, late)) = self.open.overdue(ctx.now) {
            self.unanswered(ctx, key, &late, out);
            self.open.give_back(late);
        }
        while let Some((_, late)) = held::overdue(&mut self.commands, ctx.now, held::ANSWER_MAX) {
            late.missing(ctx, out);
        }
    }

    /// Bytes went missing.
    pub fn gap(&mut self, direction: Direction) {
        self.open.lose();
        held::lose(&mut self.commands);
        if let Some(aliases) = self.aliases.get_mut(direction.index()) {
            aliases.clear();
        }
        self.sparkplug.gap();
    }

    /// The connection is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<_> = self.open.drain().collect();
        open.iter().for_each(|(key, waiting)| self.unanswered(ctx, *key, waiting, out));
        self.commands.drain().for_each(|(_, commands)| commands.missing(ctx, out));
    }

    /// The first packet of a client is its request to connect, and there is one (clause 3.1).
    pub fn begin(&mut self, ctx: &Context<'_>, kind: u8, out: &mut dyn Sink) {
        if ctx.direction == Direction::ToClient {
            return;
        }
        let begun = std::mem::replace(&mut self.begun, true);
        if kind == CONNECT && std::mem::replace(&mut self.connected, true) {
            complain(ctx, NAME, out, "second_connect", "");
        } else if kind != CONNECT && !begun && ctx.from_start {
            complain(ctx, NAME, out, "no_connect", names::packet(kind));
        }
    }
}

/// A client's identifier: what made it up, or a name that somebody gave.
fn client(ctx: &Context<'_>, about: About, id: &str, out: &mut dyn Sink) {
    let id = hints::bounded(id, CLIENT_MAX);
    if let Some(software) = names::software(id) {
        tell(ctx, about, Attribute::Software, software, 50, out);
    } else if names::is_telling(id) {
        tell(ctx, about, Attribute::Name, id, 30, out);
    }
}

fn tell(ctx: &Context<'_>, about: About, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "", confidence });
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one operation")]
fn say(
    ctx: &Context<'_>,
    waiting: &Waiting,
    actor: Direction,
    function: &'static str,
    category: Category,
    target: Target<'_>,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (at, outcome) = (waiting.at, Cow::Borrowed(outcome));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value: None, outcome });
}

/// Readings are published all the time and are counted; orders are acts.
fn publish(ctx: &Context<'_>, at: Moment, topic: &str, payload: &[u8], outcome: &'static str, out: &mut dyn Sink) {
    let order = names::is_order(topic);
    let (category, value) = if order { (Category::Write, Some(values::shown(payload))) } else { (Category::Read, None) };
    let (actor, target, outcome) = (Direction::ToServer, Target::Text(topic), Cow::Borrowed(outcome));
    out.operation(ctx, NAME, Operation { at, actor, function: "publish", category, target, value, outcome });
}
