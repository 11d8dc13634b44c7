//! The detector: learns for a while, then says what is new, forbidden or dangerous.

use crate::policy::{self, Policy};
use crate::rules::{Kind, Rule, RuleSet};
use crate::scan::Scans;
use crate::story::{Evidence, Occurrence, Stories};
use crate::talks::Talks;
use crate::words::{Outcome, Service, Spaced, Times, conversation_evidence};
use ahash::AHashSet;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use wf_model::address::is_internet;
use wf_model::asset::{AssetFacts, AssetView, is_controller_role};
use wf_model::finding::FindingDraft;
use wf_model::observation::{Anomaly, AssetEvidence, Batch, ConversationWindow, Credential, Operation};
use wf_model::plant::PlantModel;
use wf_model::stored::{ManySet, sorted_set};
use wf_model::{Address, Attribute, Timestamp, time::HOUR};

/// Pairs, devices and conversations that are remembered as learned.
const LEARNED_MAX: usize = 500_000;
/// Likelihood of what happens in the office, as a share of the same near the process.
const OFFICE_WEIGHT: f64 = 0.3;
const OFFICE_LEVEL: f64 = 4.0;

/// How long is learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Share of a finite capture, 0 to 1.
    pub learning_share: f64,
    /// Hours of live traffic.
    pub learning_hours: f64,
}

/// Detection of one site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detector {
    #[serde(skip)]
    rules: RuleSet,
    #[serde(skip)]
    policy: Option<Policy>,
    #[serde(skip)]
    industrial: AHashSet<&'static str>,
    settings: Settings,
    learning_until: Option<Timestamp>,
    /// Who acted on whom while learning.
    #[serde(serialize_with = "sorted_set")]
    actors: ManySet<(Address, Address)>,
    /// Who talked to whom, by protocol.
    conversations: Talks,
    anomalies: BTreeMap<(Address, Address, String), u64>,
    scans: Scans,
    stories: Stories,
}

impl Detector {
    /// A detector that has learned nothing.
    #[must_use]
    pub fn new(rules: RuleSet, settings: Settings) -> Self {
        Self {
            rules,
            policy: None,
            industrial: AHashSet::new(),
            settings,
            learning_until: None,
            actors: ManySet::default(),
            conversations: Talks::default(),
            anomalies: BTreeMap::new(),
            scans: Scans::default(),
            stories: Stories::default(),
        }
    }

    /// Says which protocols are industrial, by the names under which operations are told.
    pub fn set_industrial(&mut self, protocols: impl IntoIterator<Item = &'static str>) {
        self.industrial = protocols.into_iter().collect();
    }

    /// Puts a plant model in force: its conduits are the policy.
    pub fn set_plant(&mut self, plant: &PlantModel) {
        self.policy = Some(Policy::of(plant));
    }

    /// Event time until which is learned.
    #[must_use]
    pub fn learning_until(&self) -> Option<Timestamp> {
        self.learning_until
    }

    /// Whether something was found that had no room among the findings.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.stories.dropped > 0
    }

    /// Takes the findings that are new or have grown, and those that are `wanted` besides, in the order of their ids.
    pub fn take_changes(&mut self, wanted: impl Fn(&FindingDraft) -> bool) -> Vec<FindingDraft> {
        self.stories.take_changes(&self.rules, wanted)
    }

    /// Assets turned out to be others: findings about them are about those.
    pub fn follow(&mut self, assets: &BTreeMap<&str, &str>) {
        self.stories.follow(assets);
    }

    /// Whether a conversation was learned, and whether it is forbidden.
    #[must_use]
    pub fn conversation_status(&self, window: &ConversationWindow, view: &dyn AssetView) -> (bool, bool) {
        let learned = self.is_learning(window.ts) || self.conversations.contains(window.client, window.server, &window.protocol);
        let forbidden = match (view.by_address(&window.client), view.by_address(&window.server)) {
            (Some(client), Some(server)) => policy::forbidden(self.policy.as_ref(), window, &client, &server).is_some(),
            _ => false,
        };
        (learned, forbidden)
    }

    /// Applies a batch: first what is to be learned of it, then the rules.
    pub fn apply(&mut self, batch: &Batch, view: &dyn AssetView) {
        if self.learning_until.is_none() {
            self.learning_until = self.learning_end(batch);
        }
        self.learn(batch);
        let rules = self.rules.clone();
        for operation in &batch.operations {
            rules.of(Kind::Act).for_each(|rule| self.act(rule, batch, operation, view));
        }
        for window in &batch.conversations {
            rules.of(Kind::CrossZone).for_each(|rule| self.cross_zone(rule, batch, window, view));
            rules.of(Kind::Scan).for_each(|rule| self.scan(rule, batch, window, view));
            rules.of(Kind::Internet).for_each(|rule| self.internet(rule, batch, window, view));
        }
        for row in batch.evidence.iter().filter(|row| row.attribute == Attribute::Presence) {
            rules.of(Kind::NewDevice).for_each(|rule| self.new_device(rule, batch, row, view));
        }
        for row in &batch.credentials {
            rules.of(Kind::Credentials).for_each(|rule| self.credentials(rule, batch, row, view));
        }
        for row in &batch.anomalies {
            rules.of(Kind::Anomalies).for_each(|rule| self.anomaly(rule, batch, row, view));
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of a time span")]
    fn learning_end(&self, batch: &Batch) -> Option<Timestamp> {
        if let Some((first, last)) = batch.span {
            return Some(first.plus((last.since(first) as f64 * self.settings.learning_share) as i64));
        }
        let hours = self.settings.learning_hours * HOUR as f64;
        (!batch.is_empty()).then(|| batch.started.plus(hours as i64))
    }

    fn is_learning(&self, ts: Timestamp) -> bool {
        self.learning_until.is_none_or(|until| ts < until)
    }

    fn learn(&mut self, batch: &Batch) {
        for operation in batch.operations.iter().filter(|o| o.category.is_act()) {
            if self.is_learning(operation.ts) && self.actors.len() < LEARNED_MAX {
                self.actors.insert((operation.src, operation.dst));
            }
        }
        for window in &batch.conversations {
            if self.is_learning(window.ts) && self.conversations.len() < LEARNED_MAX {
                self.conversations.insert(window.client, window.server, &window.protocol);
            }
        }
    }

    fn due(&self, rule: &Rule, ts: Timestamp) -> bool {
        rule.from_start || !self.is_learning(ts)
    }

    fn act(&mut self, rule: &Rule, batch: &Batch, operation: &Operation, view: &dyn AssetView) {
        let wanted = &rule.conditions;
        let listed = |list: &[String], word: &str| list.is_empty() || list.iter().any(|l| l == word);
        let fits = operation.category.is_act() || !wanted.functions.is_empty();
        let industrial = wanted.industrial && self.industrial.contains(&*operation.protocol);
        let named = || (!wanted.industrial || !wanted.protocols.is_empty()) && listed(&wanted.protocols, &operation.protocol);
        let fits = fits
            && (industrial || named())
            && listed(&wanted.categories, operation.category.name())
            && listed(&wanted.functions, &operation.function)
            && !wanted.except_functions.iter().any(|f| *f == operation.function);
        if !fits || !self.due(rule, operation.ts) || (wanted.new_source && self.actors.contains(&(operation.src, operation.dst)))
        {
            return;
        }
        let (actor, target) = (Party::of(&operation.src, view), Party::of(&operation.dst, view));
        let on = if operation.target.is_empty() { "" } else { " " };
        let (equals, value) = operation.value.as_deref().map_or(("", ""), |value| (" = ", value));
        let times = Times(operation.count);
        let Operation { protocol, function, outcome, target: on_what, .. } = operation;
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[&actor.key(), &target.key()],
                assets: [target.id(), actor.id()],
                actor: actor.id(),
                words: &[
                    ("actor", &actor),
                    ("target", &target),
                    ("protocol", protocol),
                    ("functions", &Spaced(function)),
                    ("points", on_what),
                    ("values", &format_args!("{on_what}{equals}{value}")),
                    ("outcome", outcome),
                ],
                evidence: Evidence {
                    ts: operation.ts,
                    kind: "operation",
                    text: &format_args!(
                        "{actor} → {target}: {protocol} {function}{on}{on_what}{equals}{value}{times}, {outcome}"
                    ),
                    src: operation.src,
                    dst: Some(operation.dst),
                    protocol,
                    frame: operation.frame,
                    packets: &operation.packets,
                },
                last: operation.last,
                count: operation.count,
                weight: 1.0,
            },
        );
    }

    fn new_device(&mut self, rule: &Rule, batch: &Batch, row: &AssetEvidence, view: &dyn AssetView) {
        let Some(address) = row.ip.map(Address::Ip).or(row.mac.map(Address::Mac)) else { return };
        let Some(facts) = view.by_address(&address) else { return };
        if !self.due(rule, row.ts) || self.is_learning(facts.first_seen) || facts.internet {
            return;
        }
        let zone = facts.zone.unwrap_or("an unknown zone");
        let mac: &dyn Display = row.mac.as_ref().map_or(&"", |mac| mac);
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[facts.id],
                assets: [Some(facts.id), None],
                actor: Some(facts.id),
                words: &[("actor", &facts.name), ("address", &address), ("zone", &zone), ("mac", mac)],
                evidence: Evidence {
                    ts: row.ts,
                    kind: "asset",
                    text: &format_args!("{} ({address}) was first seen in {zone}", facts.name),
                    src: address,
                    dst: None,
                    protocol: &row.source,
                    frame: row.frame,
                    packets: row.packet.as_slice(),
                },
                last: row.last,
                count: row.count,
                weight: weight(&facts),
            },
        );
    }

    fn cross_zone(&mut self, rule: &Rule, batch: &Batch, window: &ConversationWindow, view: &dyn AssetView) {
        let answered = window.answered > 0 || window.packets.iter().all(|p| *p > 0);
        if !answered || !self.due(rule, window.ts) {
            return;
        }
        let (Some(client), Some(server)) = (view.by_address(&window.client), view.by_address(&window.server)) else { return };
        let Some([from, to]) = policy::forbidden(self.policy.as_ref(), window, &client, &server) else { return };
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[client.id, from, to],
                assets: [Some(server.id), Some(client.id)],
                actor: Some(client.id),
                words: &[
                    ("actor", &client.name),
                    ("target", &server.name),
                    ("targets", &server.name),
                    ("from", &from),
                    ("to", &to),
                    ("services", &Service(window)),
                ],
                evidence: conversation_evidence(window, &Outcome { window, client: &client.name, server: &server.name }),
                last: window.last,
                count: u64::from(window.flows.max(1)),
                weight: 1.0,
            },
        );
    }

    fn scan(&mut self, rule: &Rule, batch: &Batch, window: &ConversationWindow, view: &dyn AssetView) {
        let Some(tries) = self.scans.note(window, rule.conditions.at_least) else { return };
        if !self.due(rule, window.ts) {
            return;
        }
        let (client, server) = (Party::of(&window.client, view), Party::of(&window.server, view));
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[&client.key()],
                assets: [server.id(), client.id()],
                actor: client.id(),
                words: &[("actor", &client), ("tries", &tries.tries), ("hosts", &tries.hosts)],
                evidence: conversation_evidence(window, &Outcome { window, client: &client, server: &server }),
                last: window.last,
                count: u64::from(window.flows.max(1)),
                weight: 1.0,
            },
        );
    }

    fn internet(&mut self, rule: &Rule, batch: &Batch, window: &ConversationWindow, view: &dyn AssetView) {
        let outside = |address: &Address| address.ip().is_some_and(is_internet);
        let (inner, outer) = match (outside(&window.client), outside(&window.server)) {
            (false, true) => (&window.client, &window.server),
            (true, false) => (&window.server, &window.client),
            _ => return,
        };
        let Some(facts) = view.by_address(inner) else { return };
        let near = facts.purdue_level.is_some_and(|l| rule.conditions.level_max.is_some_and(|max| l <= max));
        if !(near || is_controller_role(facts.role)) || !self.due(rule, window.ts) {
            return;
        }
        let (client, server) = (Party::of(&window.client, view), Party::of(&window.server, view));
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[facts.id],
                assets: [Some(facts.id), None],
                actor: client.id(),
                words: &[("target", &facts.name), ("address", outer), ("services", &Service(window))],
                evidence: conversation_evidence(window, &Outcome { window, client: &client, server: &server }),
                last: window.last,
                count: u64::from(window.flows.max(1)),
                weight: 1.0,
            },
        );
    }

    fn credentials(&mut self, rule: &Rule, batch: &Batch, row: &Credential, view: &dyn AssetView) {
        if !self.due(rule, row.ts) {
            return;
        }
        let (actor, target) = (Party::of(&row.src, view), Party::of(&row.dst, view));
        let user = row.user.as_deref().unwrap_or("an unnamed user");
        let Credential { protocol, scheme, .. } = row;
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[&target.key(), protocol],
                assets: [target.id(), actor.id()],
                actor: actor.id(),
                words: &[("actor", &actor), ("target", &target), ("protocol", protocol), ("scheme", scheme), ("users", &user)],
                evidence: Evidence {
                    ts: row.ts,
                    kind: "credential",
                    text: &format_args!("{actor} → {target}: {protocol} {scheme} login of {user}, readable"),
                    src: row.src,
                    dst: Some(row.dst),
                    protocol,
                    frame: row.frame,
                    packets: row.packet.as_slice(),
                },
                last: row.ts,
                count: 1,
                weight: target.weight(),
            },
        );
    }

    fn anomaly(&mut self, rule: &Rule, batch: &Batch, row: &Anomaly, view: &dyn AssetView) {
        let listed = |kinds: &[String]| kinds.iter().any(|kind| *kind == row.kind);
        let named = listed(&rule.conditions.kinds);
        if listed(&rule.conditions.except_kinds) || (!rule.conditions.kinds.is_empty() && !named) {
            return;
        }
        let counted = if named { format!("{} {}", row.protocol, row.kind) } else { row.protocol.to_string() };
        // An answer may be broken because the question was: both directions are one story.
        let key = (row.src.min(row.dst), row.src.max(row.dst), counted);
        if self.anomalies.len() >= LEARNED_MAX && !self.anomalies.contains_key(&key) {
            return;
        }
        let seen = self.anomalies.entry(key).or_insert(0);
        *seen += row.count;
        if *seen < rule.conditions.at_least || !self.due(rule, row.ts) {
            return;
        }
        let count = row.count;
        let is_controller = |address: &Address| view.by_address(address).is_some_and(|f| is_controller_role(f.role));
        let (from, to) =
            if is_controller(&row.src) && !is_controller(&row.dst) { (&row.dst, &row.src) } else { (&row.src, &row.dst) };
        let (actor, target) = (Party::of(from, view), Party::of(to, view));
        let Anomaly { protocol, kind, detail, .. } = row;
        self.stories.add(
            &batch.site,
            &Occurrence {
                rule,
                group: &[&actor.key(), &target.key(), protocol],
                assets: [target.id(), actor.id()],
                actor: actor.id(),
                words: &[("actor", &actor), ("target", &target), ("protocol", protocol), ("kinds", &Spaced(kind))],
                evidence: Evidence {
                    ts: row.ts,
                    kind: "anomaly",
                    text: &format_args!("{actor} ↔ {target}: {protocol} {kind} × {count}: {detail}"),
                    src: row.src,
                    dst: Some(row.dst),
                    protocol,
                    frame: row.frame,
                    packets: row.packet.as_slice(),
                },
                last: row.last,
                count,
                weight: target.weight(),
            },
        );
    }
}

/// One side of an occurrence: an asset, or an address that is none. It reads as its name.
struct Party<'a> {
    facts: Option<AssetFacts<'a>>,
    address: &'a Address,
}

impl<'a> Party<'a> {
    fn of(address: &'a Address, view: &'a dyn AssetView) -> Self {
        Self { facts: view.by_address(address), address }
    }

    fn id(&self) -> Option<&'a str> {
        self.facts.map(|facts| facts.id)
    }

    fn key(&self) -> Cow<'a, str> {
        self.id().map_or_else(|| Cow::Owned(self.address.to_string()), Cow::Borrowed)
    }

    fn weight(&self) -> f64 {
        self.facts.as_ref().map_or(1.0, weight)
    }
}

impl Display for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.facts {
            Some(facts) => f.write_str(facts.name),
            None => self.address.fmt(f),
        }
    }
}

fn weight(facts: &AssetFacts) -> f64 {
    if facts.purdue_level.is_some_and(|l| l >= OFFICE_LEVEL) { OFFICE_WEIGHT } else { 1.0 }
}
