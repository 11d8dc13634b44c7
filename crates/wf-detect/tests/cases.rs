//! Every rule against the cases in its file, and the generated document against the rules.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use wf_detect::{Case, Detector, RuleSet, Settings};
use wf_model::asset::{Asset, AssetFacts, AssetView};
use wf_model::observation::{Anomaly, AssetEvidence, Batch, ConversationWindow, Credential, Operation, Transport};
use wf_model::{Address, Attribute, Category, Text, Timestamp, time::SECOND};

/// What is industrial in the cases; the program says it of every decoder.
const INDUSTRIAL: &[&str] = &["modbus", "s7comm", "iec104", "omron_fins", "bacnet", "tristation"];

#[derive(Default)]
struct Machines(BTreeMap<Address, Asset>);

impl AssetView for Machines {
    fn by_address(&self, address: &Address) -> Option<AssetFacts<'_>> {
        self.0.get(address).map(Asset::facts)
    }
    fn by_id(&self, id: &str) -> Option<AssetFacts<'_>> {
        self.0.values().find(|a| a.id == id).map(Asset::facts)
    }
}

fn text(row: &toml::Table, key: &str) -> String {
    row.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
}

fn number(row: &toml::Table, key: &str, default: i64) -> i64 {
    row.get(key).and_then(toml::Value::as_integer).unwrap_or(default)
}

fn time(row: &toml::Table) -> Timestamp {
    Timestamp(number(row, "at", 500) * SECOND)
}

fn address(row: &toml::Table, key: &str) -> Address {
    text(row, key).parse().unwrap_or_else(|()| panic!("{key} in {row:?} is no address"))
}

fn machines(case: &Case) -> (Machines, Vec<AssetEvidence>) {
    let mut found = Machines::default();
    let mut evidence = Vec::new();
    for row in &case.devices {
        let at = address(row, "ip");
        let level = row.get("level").and_then(|v| v.as_float().or(v.as_integer().map(|i| i as f64)));
        let asset = Asset {
            id: format!("a-{at}"),
            name: text(row, "name"),
            role: text(row, "role"),
            purdue_level: level,
            zone: Some(text(row, "zone")),
            first_seen: time(row),
            ..Asset::default()
        };
        evidence.push(AssetEvidence {
            ts: time(row),
            last: time(row),
            count: 1,
            mac: None,
            ip: at.ip(),
            bound: false,
            attribute: Attribute::Presence,
            value: String::new(),
            source: Text::Borrowed("frame"),
            confidence: 50,
            frame: 1,
            packet: None,
        });
        found.0.insert(at, asset);
    }
    (found, evidence)
}

fn operation(row: &toml::Table) -> Operation {
    Operation {
        ts: time(row),
        last: time(row),
        count: 1,
        src: address(row, "src"),
        dst: address(row, "dst"),
        src_mac: None,
        src_port: 50_000,
        dst_port: 1,
        protocol: text(row, "protocol").into(),
        function: text(row, "function").into(),
        category: Category::from_name(&text(row, "category")).expect("a category"),
        target: text(row, "target"),
        value: row.get("value").map(ToString::to_string),
        outcome: Text::Borrowed("ok"),
        frame: 1,
        packets: Vec::new(),
    }
}

fn conversation(row: &toml::Table) -> Vec<ConversationWindow> {
    let answered = row.get("answered").and_then(toml::Value::as_bool).unwrap_or(true);
    let ports = number(row, "ports", 1);
    (0..ports)
        .map(|at| ConversationWindow {
            ts: time(row),
            last: time(row),
            client: address(row, "client"),
            server: address(row, "server"),
            client_mac: None,
            server_mac: None,
            transport: Transport::Tcp,
            port: u16::try_from(number(row, "port", 80) + at).unwrap(),
            protocol: text(row, "protocol").into(),
            segment: Text::Borrowed("x"),
            packets: [2, if answered { 2 } else { 0 }],
            bytes: [100, 100],
            flows: 1,
            messages: 0,
            answered: u32::from(answered),
            refused: 0,
            gap_bytes: 0,
            one_sided: false,
            encrypted: false,
            frame: 1,
            packet: None,
        })
        .collect()
}

fn batch(case: &Case, evidence: Vec<AssetEvidence>) -> Batch {
    let anomaly = |row: &toml::Table| Anomaly {
        ts: time(row),
        last: time(row),
        count: number(row, "count", 1).unsigned_abs(),
        src: address(row, "src"),
        dst: address(row, "dst"),
        port: 1,
        protocol: text(row, "protocol").into(),
        kind: text(row, "anomaly").into(),
        detail: String::new(),
        frame: 1,
        packet: None,
    };
    let credential = |row: &toml::Table| Credential {
        ts: time(row),
        src: address(row, "src"),
        dst: address(row, "dst"),
        port: 80,
        protocol: text(row, "protocol").into(),
        scheme: text(row, "scheme").into(),
        user: Some(text(row, "user")),
        frame: 1,
        packet: None,
    };
    Batch {
        site: "s".into(),
        sensor: "x".into(),
        span: Some((Timestamp(0), Timestamp(1_000 * SECOND))),
        evidence,
        operations: case.operations.iter().map(operation).collect(),
        conversations: case.conversations.iter().flat_map(conversation).collect(),
        anomalies: case.anomalies.iter().map(anomaly).collect(),
        credentials: case.credentials.iter().map(credential).collect(),
        ..Batch::default()
    }
}

#[test]
fn every_rule_keeps_its_cases() {
    let rules = RuleSet::checked().unwrap_or_else(|error| panic!("{error}"));
    assert!(!rules.rules().is_empty(), "no rules were found");
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        let fires = rule.cases.iter().filter(|c| c.findings > 0).count();
        if fires == 0 || fires == rule.cases.len() {
            wrong.push(format!("{}: a positive and a benign case are needed", rule.id));
        }
        for case in &rule.cases {
            let (view, evidence) = machines(case);
            let mut detector = Detector::new(rules.clone(), Settings { learning_share: 0.3, learning_hours: 24.0 });
            detector.set_industrial(INDUSTRIAL.iter().copied());
            detector.apply(&batch(case, evidence), &view);
            let found: Vec<_> = detector.take_changes(|_| false).into_iter().filter(|d| d.rule == rule.id).collect();
            if found.len() != case.findings {
                wrong.push(format!("{}: {}: {} findings instead of {}", rule.id, case.name, found.len(), case.findings));
            }
            for draft in found {
                for sentence in [&draft.title, &draft.plant_sentence, &draft.soc_sentence]
                    .into_iter()
                    .chain(&draft.actions)
                    .chain(draft.causes.iter())
                {
                    if sentence.contains(['{', '}']) || sentence.is_empty() {
                        wrong.push(format!("{}: {}: not filled in: {sentence}", rule.id, case.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `docs/rules.md` is generated. `WF_UPDATE=1` rewrites it.
#[test]
fn document_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let now = wf_detect::documentation();
    if std::env::var_os("WF_UPDATE").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == now,
        "docs/rules.md is not in step: WF_UPDATE=1 cargo test -p wf-detect"
    );
}
