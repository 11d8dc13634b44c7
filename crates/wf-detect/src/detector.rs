//! The detector: learns for a while, then says what is new, forbidden or dangerous.

use crate::policy;
use crate::rules::{Kind, Rule, RuleSet};
use crate::scan::Scans;
use crate::story::{Occurrence, Stories};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wf_model::address::is_internet;
use wf_model::asset::{AssetFacts, AssetView, is_controller_role};
use wf_model::finding::{FindingDraft, FindingEvidence};
use wf_model::observation::{Anomaly, AssetEvidence, Batch, ConversationWindow, Credential, Operation};
use wf_model::plant::PlantModel;
use wf_model::{Address, Attribute, Text, Timestamp, time::HOUR};

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
    plant: Option<PlantModel>,
    settings: Settings,
    learning_until: Option<Timestamp>,
    /// Who acted on whom while learning.
    actors: BTreeSet<(Address, Address)>,
    /// Who talked to whom, by protocol.
    conversations: BTreeSet<(Address, Address, String)>,
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
            plant: None,
            settings,
            learning_until: None,
            actors: BTreeSet::new(),
            conversations: BTreeSet::new(),
            anomalies: BTreeMap::new(),
            scans: Scans::default(),
            stories: Stories::default(),
        }
    }

    /// Puts a plant model in force: its conduits are the policy.
    pub fn set_plant(&mut self, plant: &PlantModel) {
        self.plant = Some(plant.clone());
    }

    /// Event time until which is learned.
    #[must_use]
    pub fn learning_until(&self) -> Option<Timestamp> {
        self.learning_until
    }

    /// Takes the findings that are new or have grown.
    pub fn take_changes(&mut self) -> Vec<FindingDraft> {
        self.stories.take_changes(&self.rules)
    }

    /// Whether a conversation was learned, and whether it is forbidden.
    #[must_use]
    pub fn conversation_status(&self, window: &ConversationWindow, view: &dyn AssetView) -> (bool, bool) {
        let learned = self.is_learning(window.ts)
            || self.conversations.contains(&(window.client, window.server, window.protocol.to_string()));
        let forbidden = match (view.by_address(&window.client), view.by_address(&window.server)) {
            (Some(client), Some(server)) => policy::forbidden(self.plant.as_ref(), window, &client, &server),
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
                self.conversations.insert((window.client, window.server, window.protocol.to_string()));
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
        let fits = fits
            && listed(&wanted.protocols, &operation.protocol)
            && listed(&wanted.categories, operation.category.name())
            && listed(&wanted.functions, &operation.function)
            && !wanted.except_functions.iter().any(|f| *f == operation.function);
        if !fits || !self.due(rule, operation.ts) || (wanted.new_source && self.actors.contains(&(operation.src, operation.dst)))
        {
            return;
        }
        let (actor, target) = (Party::of(&operation.src, view), Party::of(&operation.dst, view));
        let on = if operation.target.is_empty() { String::new() } else { format!(" {}", operation.target) };
        let value = operation.value.as_deref().map(|v| format!(" = {v}")).unwrap_or_default();
        let times = if operation.count > 1 { format!(" × {}", operation.count) } else { String::new() };
        let text = format!(
            "{} → {}: {} {}{on}{value}{times}, {}",
            actor.name, target.name, operation.protocol, operation.function, operation.outcome
        );
        let words = vec![
            ("actor", actor.name.clone()),
            ("target", target.name.clone()),
            ("protocol", operation.protocol.to_string()),
            ("functions", operation.function.replace('_', " ")),
            ("points", operation.target.clone()),
            ("values", format!("{}{value}", operation.target)),
            ("outcome", operation.outcome.to_string()),
        ];
        let evidence = evidence(
            "operation",
            operation.ts,
            text,
            &operation.src,
            &operation.dst,
            &operation.protocol,
            operation.frame,
            operation.packets.clone(),
        );
        let group = vec![actor.key(), target.key()];
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group,
                assets: ids([&target, &actor]),
                actor: actor.id,
                words,
                evidence,
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
        let zone = facts.zone.unwrap_or("an unknown zone").to_owned();
        let text = format!("{} ({address}) was first seen in {zone}", facts.name);
        let words = vec![
            ("actor", facts.name.to_owned()),
            ("address", address.to_string()),
            ("zone", zone),
            ("mac", row.mac.map(|m| m.to_string()).unwrap_or_default()),
        ];
        let evidence =
            evidence("asset", row.ts, text, &address, &address, &row.source, row.frame, row.packet.into_iter().collect());
        let evidence = FindingEvidence { dst: None, ..evidence };
        let weight = weight(&facts);
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group: vec![facts.id.to_owned()],
                assets: vec![facts.id.to_owned()],
                actor: Some(facts.id.to_owned()),
                words,
                evidence,
                last: row.last,
                count: row.count,
                weight,
            },
        );
    }

    fn cross_zone(&mut self, rule: &Rule, batch: &Batch, window: &ConversationWindow, view: &dyn AssetView) {
        let answered = window.answered > 0 || window.packets.iter().all(|p| *p > 0);
        if !answered || !self.due(rule, window.ts) {
            return;
        }
        let (Some(client), Some(server)) = (view.by_address(&window.client), view.by_address(&window.server)) else { return };
        if !policy::forbidden(self.plant.as_ref(), window, &client, &server) {
            return;
        }
        let zone = |facts: &AssetFacts| facts.zone.unwrap_or_default().to_owned();
        let words = vec![
            ("actor", client.name.to_owned()),
            ("target", server.name.to_owned()),
            ("targets", server.name.to_owned()),
            ("from", zone(&client)),
            ("to", zone(&server)),
            ("services", service(window)),
        ];
        let group = vec![client.id.to_owned(), zone(&client), zone(&server)];
        let evidence = conversation_evidence(window, client.name, server.name);
        let occurrence = Occurrence {
            rule,
            group,
            assets: vec![server.id.to_owned(), client.id.to_owned()],
            actor: Some(client.id.to_owned()),
            words,
            evidence,
            last: window.last,
            count: u64::from(window.flows.max(1)),
            weight: 1.0,
        };
        self.stories.add(&batch.site, occurrence);
    }

    fn scan(&mut self, rule: &Rule, batch: &Batch, window: &ConversationWindow, view: &dyn AssetView) {
        let Some(tries) = self.scans.note(window, rule.conditions.at_least) else { return };
        if !self.due(rule, window.ts) {
            return;
        }
        let (client, server) = (Party::of(&window.client, view), Party::of(&window.server, view));
        let words =
            vec![("actor", client.name.to_owned()), ("tries", tries.tries.to_string()), ("hosts", tries.hosts.to_string())];
        let evidence = conversation_evidence(window, &client.name, &server.name);
        let assets = ids([&server, &client]);
        let weight = 1.0;
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group: vec![client.key()],
                assets,
                actor: client.id,
                words,
                evidence,
                last: window.last,
                count: u64::from(window.flows.max(1)),
                weight,
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
        let words = vec![("target", facts.name.to_owned()), ("address", outer.to_string()), ("services", service(window))];
        let (client, server) = (Party::of(&window.client, view), Party::of(&window.server, view));
        let evidence = conversation_evidence(window, &client.name, &server.name);
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group: vec![facts.id.to_owned()],
                assets: vec![facts.id.to_owned()],
                actor: client.id,
                words,
                evidence,
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
        let user = row.user.clone().unwrap_or_else(|| "an unnamed user".into());
        let text = format!("{} → {}: {} {} login of {user}, readable", actor.name, target.name, row.protocol, row.scheme);
        let words = vec![
            ("actor", actor.name.clone()),
            ("target", target.name.clone()),
            ("protocol", row.protocol.to_string()),
            ("scheme", row.scheme.to_string()),
            ("users", user),
        ];
        let evidence =
            evidence("credential", row.ts, text, &row.src, &row.dst, &row.protocol, row.frame, row.packet.into_iter().collect());
        let weight = view.by_address(&row.dst).map_or(1.0, |facts| weight(&facts));
        let group = vec![target.key(), row.protocol.to_string()];
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group,
                assets: ids([&target, &actor]),
                actor: actor.id,
                words,
                evidence,
                last: row.ts,
                count: 1,
                weight,
            },
        );
    }

    fn anomaly(&mut self, rule: &Rule, batch: &Batch, row: &Anomaly, view: &dyn AssetView) {
        // An answer may be broken because the question was: both directions are one story.
        let key = (row.src.min(row.dst), row.src.max(row.dst), row.protocol.to_string());
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
        let text = format!("{} ↔ {}: {} {} × {count}: {}", actor.name, target.name, row.protocol, row.kind, row.detail);
        let words = vec![
            ("actor", actor.name.clone()),
            ("target", target.name.clone()),
            ("protocol", row.protocol.to_string()),
            ("kinds", row.kind.replace('_', " ")),
        ];
        let evidence =
            evidence("anomaly", row.ts, text, &row.src, &row.dst, &row.protocol, row.frame, row.packet.into_iter().collect());
        let weight = view.by_address(to).map_or(1.0, |facts| weight(&facts));
        let group = vec![actor.key(), target.key(), row.protocol.to_string()];
        self.stories.add(
            &batch.site,
            Occurrence {
                rule,
                group,
                assets: ids([&target, &actor]),
                actor: actor.id,
                words,
                evidence,
                last: row.last,
                count,
                weight,
            },
        );
    }
}

/// One side of an occurrence: an asset, or an address that is none.
struct Party {
    id: Option<String>,
    name: String,
    address: String,
}

impl Party {
    fn of(address: &Address, view: &dyn AssetView) -> Self {
        let facts = view.by_address(address);
        let name = facts.as_ref().map_or_else(|| address.to_string(), |f| f.name.to_owned());
        Self { id: facts.map(|f| f.id.to_owned()), name, address: address.to_string() }
    }

    fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.address.clone())
    }
}

fn ids(parties: [&Party; 2]) -> Vec<String> {
    parties.into_iter().filter_map(|p| p.id.clone()).collect()
}

fn weight(facts: &AssetFacts) -> f64 {
    if facts.purdue_level.is_some_and(|l| l >= OFFICE_LEVEL) { OFFICE_WEIGHT } else { 1.0 }
}

fn service(window: &ConversationWindow) -> String {
    let protocol = if window.protocol.is_empty() { "unrecognised" } else { window.protocol.as_ref() };
    format!("{protocol} on {}/{}", window.transport, window.port)
}

fn conversation_evidence(window: &ConversationWindow, client: &str, server: &str) -> FindingEvidence {
    let outcome = if window.packets[1] == 0 {
        "no answer"
    } else if window.refused > 0 {
        "refused"
    } else {
        "answered"
    };
    let text = format!("{client} → {server}: {}, {} packets, {outcome}", service(window), window.packets.iter().sum::<u64>());
    evidence(
        "conversation",
        window.ts,
        text,
        &window.client,
        &window.server,
        &window.protocol,
        window.frame,
        window.packet.into_iter().collect(),
    )
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, named at the call")]
fn evidence(
    kind: &str,
    ts: Timestamp,
    text: String,
    src: &Address,
    dst: &Address,
    protocol: &Text,
    frame: u64,
    packets: Vec<wf_model::PacketId>,
) -> FindingEvidence {
    FindingEvidence {
        ts,
        kind: kind.to_owned(),
        text,
        src: Some(*src),
        dst: Some(*dst),
        protocol: protocol.to_string(),
        frame,
        packets,
    }
}
