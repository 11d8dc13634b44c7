//! Sparkplug B (Eclipse Sparkplug 3.0.0, ISO/IEC 20237): edge nodes and devices, their births, deaths, values and commands.

pub mod payload;
mod proto;

use super::{Published, SPARKPLUG, complain};
use ahash::{HashMap, RandomState};
use payload::{Content, Kind, Metric, Payload, Topic};
use std::fmt::Write;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Value};
use wf_wire::{About, Context, Direction, Evidence, Measurement, MessageWriter, Operation, Sink, Target};

/// Metrics with an alias that one flow remembers of an edge node, and over all edge nodes.
const NODE_METRICS_MAX: usize = 4096;
const METRICS_MAX: usize = 16_384;
/// Bytes of the names of all of them.
const NAMES_MAX: usize = 1 << 20;
/// Edge nodes that one flow remembers.
const NODES_MAX: usize = 512;
/// Devices of an edge node that are told as evidence.
const DEVICES_MAX: usize = 32;
/// Longest name of a metric that is remembered, in bytes.
const NAME_MAX: usize = 256;
/// Longest topic that is kept with a command, in bytes.
const TOPIC_MAX: usize = 256;
/// Longest text of a value, in bytes.
const VALUE_MAX: usize = 200;

/// What an alias stands for.
struct Known {
    name: Box<str>,
    datatype: Option<u8>,
}

/// An edge node.
#[derive(Default)]
struct Node {
    metrics: HashMap<u64, Known>,
    /// Bytes of their names.
    named: usize,
    /// Sequence number that is due, in what the node itself sends.
    due: Option<u8>,
    born: bool,
    /// The client of this flow is this node.
    own: bool,
    devices: usize,
    /// When it was heard last, in publications of the flow.
    heard: u64,
}

/// Room that a metric and a node take in their tables.
const METRIC: usize = size_of::<(u64, Known)>() + 1;
const NODE: usize = size_of::<(u64, Node)>() + 1;

/// Edge nodes of one flow.
#[derive(Default)]
pub struct Sparkplug {
    nodes: HashMap<u64, Node>,
    keys: RandomState,
    /// Metrics of all nodes.
    remembered: usize,
    /// Bytes of their names.
    named: usize,
    /// Publications so far.
    heard: u64,
    /// A node fell out, or bytes went missing: one that is not known may have been born.
    forgot: bool,
    hinted: bool,
    /// Name of the point at hand, used again.
    point: String,
}

/// A command that waits for the broker's word.
pub struct Command {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: Direction,
    function: &'static str,
    category: Category,
    target: String,
    value: String,
}

impl Command {
    /// Bytes that it holds.
    pub const fn weight(&self) -> usize {
        size_of::<Self>() + self.target.capacity() + self.value.capacity()
    }

    /// Tells it.
    pub fn tell(self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        let (value, outcome) = (Some(self.value.into()), outcome.into());
        let (at, actor, function, category, target) =
            (self.at, self.actor, self.function, self.category, Target::Text(&self.target));
        out.operation(ctx, SPARKPLUG, Operation { at, actor, function, category, target, value, outcome });
    }
}

impl Sparkplug {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        // Tables have room for up to twice of what is in them.
        self.named + self.remembered * 2 * METRIC + self.nodes.capacity() * NODE
    }

    /// A publication under the namespace. Commands are handed back: what becomes of them is the broker's to say.
    pub fn publication(&mut self, ctx: &Context<'_>, published: &Published<'_>, out: &mut dyn Sink) -> Vec<Command> {
        let Some(topic) = Topic::read(published.topic) else {
            state(ctx, published, out);
            return Vec::new();
        };
        let payload = Payload::read(published.payload);
        if payload.broken && published.whole {
            complain(ctx, SPARKPLUG, out, "sparkplug_truncated", format!("{} {topic}", topic.kind.label()));
        }
        let key = self.keys.hash_one((topic.group, topic.node));
        self.follow(ctx, key, &topic, &payload, out);
        if let Some(mut writer) = out.message(ctx, SPARKPLUG) {
            self.write(&mut writer, key, &topic, &payload);
        }
        if topic.kind.is_command() {
            return self.commands(ctx, key, &topic, &payload);
        }
        self.lives(ctx, key, &topic, out);
        self.points(ctx, key, &topic, &payload, out);
        Vec::new()
    }

    /// Keeps births and deaths, and the order of what a node sends itself (clauses 6.4.6.4 and 6.4.7).
    fn follow(&mut self, ctx: &Context<'_>, key: u64, topic: &Topic<'_>, payload: &Payload<'_>, out: &mut dyn Sink) {
        if topic.kind.is_command() {
            return;
        }
        self.make_room(key, out);
        let forgot = self.forgot;
        let node = self.nodes.entry(key).or_insert_with(|| Node { born: forgot, ..Node::default() });
        node.heard = self.heard;
        let own = ctx.direction == Direction::ToServer;
        node.own |= own;
        match topic.kind {
            Kind::NodeBirth => {
                self.remembered = self.remembered.saturating_sub(node.metrics.len());
                self.named = self.named.saturating_sub(std::mem::take(&mut node.named));
                node.metrics = HashMap::default();
                (node.born, node.due) = (true, None);
            }
            Kind::NodeDeath => node.born = false,
            kind if own && ctx.from_start && !node.born && !ctx.after_gap => {
                complain(ctx, SPARKPLUG, out, "data_before_birth", format!("{} {topic}", kind.label()));
                node.born = true;
            }
            _ => {}
        }
        let sequence = payload.sequence.and_then(|sequence| u8::try_from(sequence).ok());
        if own
            && topic.kind != Kind::NodeDeath
            && let Some(sequence) = sequence
        {
            if let Some(due) = node.due.filter(|due| *due != sequence) {
                complain(ctx, SPARKPLUG, out, "sparkplug_sequence", format!("{topic}: {sequence} where {due} was due"));
            }
            node.due = Some(sequence.wrapping_add(1));
        }
        if topic.kind.is_birth() {
            self.learn(key, payload, out);
        }
    }

    /// Where there is no room for another node the one that was silent longest falls out.
    fn make_room(&mut self, key: u64, out: &mut dyn Sink) {
        self.heard += 1;
        if self.nodes.contains_key(&key) || self.nodes.len() < NODES_MAX {
            return;
        }
        let silent = self.nodes.iter().min_by_key(|(_, node)| node.heard).map(|(key, _)| *key);
        if let Some(node) = silent.and_then(|key| self.nodes.remove(&key)) {
            self.remembered = self.remembered.saturating_sub(node.metrics.len());
            self.named = self.named.saturating_sub(node.named);
            self.forgot = true;
            out.evicted(1);
        }
    }

    /// What the aliases of a birth stand for. Where there is no room for them, others of the same node or of nodes that were
    /// silent longer are forgotten: names alone, not that the nodes were born.
    fn learn(&mut self, key: u64, payload: &Payload<'_>, out: &mut dyn Sink) {
        let mut fallen = 0u64;
        for metric in payload.metrics() {
            let (Some(alias), Some(name)) = (metric.alias, metric.name) else { continue };
            let Some(node) = self.nodes.get_mut(&key) else { return };
            let fresh = !node.metrics.contains_key(&alias);
            if fresh && node.metrics.len() >= NODE_METRICS_MAX {
                fallen += 1;
                continue;
            }
            let name: Box<str> = crate::hints::bounded(name, NAME_MAX).into();
            let more = name.len();
            let before = node.metrics.insert(alias, Known { name, datatype: metric.datatype });
            let less = before.map_or(0, |before| before.name.len());
            node.named = (node.named + more).saturating_sub(less);
            self.named = (self.named + more).saturating_sub(less);
            self.remembered += usize::from(fresh);
            while self.remembered > METRICS_MAX || self.named > NAMES_MAX {
                match self.forget(key) {
                    0 => break,
                    some => fallen += some,
                }
            }
        }
        if fallen > 0 {
            out.evicted(fallen);
        }
    }

    /// Forgets the metrics of the node that was silent longest; how many they were.
    fn forget(&mut self, but: u64) -> u64 {
        let others = self.nodes.iter_mut().filter(|(key, node)| **key != but && !node.metrics.is_empty());
        let Some((_, silent)) = others.min_by_key(|(_, node)| node.heard) else { return 0 };
        let count = silent.metrics.len();
        silent.metrics = HashMap::default();
        self.named = self.named.saturating_sub(std::mem::take(&mut silent.named));
        self.remembered = self.remembered.saturating_sub(count);
        count as u64
    }

    /// Bytes went missing: births may have been among them.
    pub fn gap(&mut self) {
        for node in self.nodes.values_mut() {
            (node.born, node.due) = (true, None);
        }
        self.forgot = true;
    }

    /// Births and deaths as operations, and what they say of machines.
    fn lives(&mut self, ctx: &Context<'_>, key: u64, topic: &Topic<'_>, out: &mut dyn Sink) {
        // The broker passes on what others are; a node's death is its own to tell.
        let passed_on = ctx.direction == Direction::ToClient && topic.kind != Kind::NodeDeath;
        if passed_on || matches!(topic.kind, Kind::NodeData | Kind::DeviceData) {
            return;
        }
        let point = self.point_of(topic, "");
        let operation = Operation {
            at: ctx.now,
            actor: ctx.direction,
            function: topic.kind.function(),
            category: Category::Diagnostic,
            target: Target::Text(point),
            value: None,
            outcome: "unconfirmed".into(),
        };
        out.operation(ctx, SPARKPLUG, operation);
        if !topic.kind.is_birth() {
            return;
        }
        if let Some(device) = topic.device {
            let Some(node) = self.nodes.get_mut(&key) else { return };
            node.devices += 1;
            if node.devices <= DEVICES_MAX {
                tell(ctx, Attribute::Description, &format!("Sparkplug device {device}"), 40, out);
            }
        } else if !std::mem::replace(&mut self.hinted, true) {
            tell(ctx, Attribute::Name, topic.node, 70, out);
            tell(ctx, Attribute::Description, &format!("Sparkplug edge node {topic}"), 45, out);
        }
    }

    fn point_of(&mut self, topic: &Topic<'_>, metric: &str) -> &str {
        self.point.clear();
        let _ = write!(self.point, "{topic}");
        if !metric.is_empty() {
            self.point.push('/');
            self.point.push_str(metric);
        }
        &self.point
    }

    fn points(&mut self, ctx: &Context<'_>, key: u64, topic: &Topic<'_>, payload: &Payload<'_>, out: &mut dyn Sink) {
        let own_birth = topic.kind == Kind::NodeBirth && ctx.direction == Direction::ToServer;
        if own_birth {
            // An edge node brings the values of what stands behind it to the broker (clause 2.5).
            tell(ctx, Attribute::Role, "gateway", 60, out);
        }
        for metric in payload.metrics() {
            let known = metric.alias.and_then(|alias| self.nodes.get(&key)?.metrics.get(&alias));
            let Some(name) = metric.name.or(known.map(|known| &*known.name)) else { continue };
            let value = metric.value(metric.datatype.or(known.and_then(|known| known.datatype)));
            if own_birth && let Some(Value::Text(text)) = value {
                properties(ctx, name, text, out);
            }
            // Late values of the past would stand beside those of now.
            let Some(value) = value.filter(|_| !metric.historical) else { continue };
            self.point.clear();
            let _ = write!(self.point, "{topic}/{name}");
            let value = match value {
                Value::Text(text) => Value::Text(crate::hints::bounded(text, VALUE_MAX)),
                value => value,
            };
            let point = Target::Text(&self.point);
            out.measurement(ctx, SPARKPLUG, Measurement { device: ctx.direction, point, value, quality: "good" });
        }
    }

    fn commands(&self, ctx: &Context<'_>, key: u64, topic: &Topic<'_>, payload: &Payload<'_>) -> Vec<Command> {
        let kind = topic.kind;
        let node = self.nodes.get(&key);
        let topic = crate::hints::shown(topic, TOPIC_MAX);
        // A command that the broker passes on is one to the node itself; others only listen.
        if ctx.direction == Direction::ToClient && !node.is_some_and(|node| node.own) {
            return Vec::new();
        }
        let function = kind.function();
        let one = |metric: Metric<'_>| {
            let known = metric.alias.and_then(|alias| node?.metrics.get(&alias));
            let name = metric.name.or(known.map(|known| &*known.name));
            let value = written(&metric, metric.datatype.or(known.and_then(|known| known.datatype)));
            let target = match (name, metric.alias) {
                (Some(name), _) => format!("{topic}/{}", crate::hints::bounded(name, NAME_MAX)),
                (None, Some(alias)) => format!("{topic}/alias {alias}"),
                (None, None) => topic.clone(),
            };
            let category = if name == Some("Node Control/Reboot") { Category::Control } else { Category::Write };
            let (at, actor) = (ctx.now, ctx.direction);
            Command { at, actor, function, category, target, value }
        };
        payload.metrics().take(super::COMMANDS_MAX).map(one).collect()
    }

    fn write(&self, m: &mut MessageWriter<'_>, key: u64, topic: &Topic<'_>, payload: &Payload<'_>) {
        m.text("message", topic.kind.label()).text("group", topic.group).text("node", topic.node);
        if let Some(device) = topic.device {
            m.text("device", device);
        }
        m.opt("sequence", payload.sequence).opt("timestamp", payload.timestamp);
        let node = self.nodes.get(&key);
        m.objects("metrics", payload.metrics(), |m, metric| {
            let known = metric.alias.and_then(|alias| node?.metrics.get(&alias));
            if let Some(name) = metric.name.or(known.map(|known| &*known.name)) {
                m.text("name", name);
            }
            let kind = metric.datatype.or(known.and_then(|known| known.datatype));
            m.opt("alias", metric.alias).opt("timestamp", metric.timestamp);
            if let Some(kind) = kind {
                m.text("type", payload::datatype(kind));
            }
            if metric.historical {
                m.flag("historical", true);
            }
            match metric.value(kind) {
                Some(Value::Number(number)) => m.float("value", number),
                Some(Value::Flag(flag)) => m.flag("value", flag),
                Some(Value::Text(text)) => m.text("value", text),
                None => match metric.content {
                    Content::Bytes(length) => m.num("bytes", i128::try_from(length).unwrap_or(0)),
                    _ => m,
                },
            };
        });
    }
}

fn written(metric: &Metric<'_>, datatype: Option<u8>) -> String {
    match (metric.value(datatype), metric.content) {
        (Some(Value::Number(number)), _) => number.to_string(),
        (Some(Value::Flag(flag)), _) => flag.to_string(),
        (Some(Value::Text(text)), _) => crate::hints::bounded(text, VALUE_MAX).to_owned(),
        (None, Content::Bytes(length)) => format!("{length} bytes"),
        (None, _) => "null".to_owned(),
    }
}

/// Properties that edge nodes give by convention (clause 6.4.23).
fn properties(ctx: &Context<'_>, name: &str, value: &str, out: &mut dyn Sink) {
    let Some(name) = name.strip_prefix("Properties/") else { return };
    let attribute = match name {
        "Hardware Make" => Attribute::Vendor,
        "Hardware Model" => Attribute::Model,
        "FW" | "Firmware" | "Firmware Version" => Attribute::Firmware,
        "OS" => Attribute::Os,
        "Serial Number" => Attribute::Serial,
        _ => return,
    };
    tell(ctx, attribute, crate::hints::bounded(value, VALUE_MAX), 75, out);
}

fn tell(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        let evidence = Evidence { about: About::Sender, attribute, value, source: "birth", confidence };
        out.evidence(ctx, SPARKPLUG, evidence);
    }
}

/// A host application tells whether it is there (clause 6.4.26): the SCADA system.
fn state(ctx: &Context<'_>, published: &Published<'_>, out: &mut dyn Sink) {
    let host = published.topic.strip_prefix(payload::NAMESPACE).and_then(|rest| rest.strip_prefix("STATE/"));
    let Some(host) = host else { return };
    if let Some(mut writer) = out.message(ctx, SPARKPLUG) {
        writer.text("message", "STATE").text("host", host).text("state", &super::values::shown(published.payload));
    }
    if ctx.direction == Direction::ToServer {
        tell(ctx, Attribute::Role, "scada_server", 60, out);
        tell(ctx, Attribute::Description, &format!("Sparkplug host application {host}"), 45, out);
    }
}
