//! A small waterworks: what has happened comes before what might, and each in the order of its consequence.

use std::sync::Arc;
use wf_model::asset::{Asset, AssetFacts, AssetView};
use wf_model::finding::{FindingDraft, Priority};
use wf_model::observation::{Batch, Category, Operation};
use wf_model::plant::PlantModel;
use wf_model::{Address, Timestamp};
use wf_risk::{Assessed, Relations, Weight, assess, order};

/// Id, host in 10.0.0.0/24, role, functions.
const MACHINES: &[(&str, u8, &str, &[&str])] = &[
    ("intake", 11, "controller", &["pumping"]),
    ("reservoir", 12, "remote_io", &["storage"]),
    ("filters", 13, "controller", &["filtration"]),
    ("dosing", 14, "controller", &["chlorine"]),
    ("booster", 15, "rtu", &["boosting"]),
    ("laptop", 150, "laptop", &[]),
    ("desk", 103, "workstation", &[]),
    ("engineering", 24, "engineering_station", &["engineering"]),
];

/// Id, hours to restart, cost of an hour, minutes of buffer, safety, redundancy, what it needs.
const FUNCTIONS: &[(&str, f64, f64, f64, &str, &str, &str)] = &[
    ("pumping", 2.0, 6_000.0, 90.0, "low", "standby", ""),
    ("filtration", 6.0, 14_000.0, 60.0, "medium", "none", "\"pumping\""),
    ("chlorine", 4.0, 12_000.0, 45.0, "high", "none", "\"filtration\""),
    ("storage", 1.0, 3_000.0, 240.0, "low", "none", "\"chlorine\""),
    ("boosting", 1.5, 5_000.0, 30.0, "low", "parallel", "\"storage\""),
    ("engineering", 8.0, 200.0, 2_880.0, "none", "none", ""),
];

/// Name, effect, likelihood and minutes to respond as in the rules, assets, actor.
type Row = (&'static str, &'static str, f64, f64, &'static [&'static str], &'static str);
const REACHED: &[&str] = &["intake", "reservoir", "filters", "dosing", "booster", "desk"];
const FINDINGS: &[Row] = &[
    ("stopped filters", "loss_of_control", 0.9, 10.0, &["filters", "laptop"], "laptop"),
    ("writes on dosing", "manipulation", 0.6, 15.0, &["dosing", "laptop"], "laptop"),
    ("writes on intake", "manipulation", 0.6, 15.0, &["intake", "laptop"], "laptop"),
    ("writes on booster", "manipulation", 0.6, 15.0, &["booster", "laptop"], "laptop"),
    ("unknown laptop", "exposure", 0.008, 30.0, &["laptop"], "laptop"),
    ("intake to the Internet", "exposure", 0.006, 30.0, &["intake"], "intake"),
    ("desk crosses zones", "exposure", 0.005, 60.0, REACHED, "desk"),
    ("desk scans", "exposure", 0.004, 30.0, REACHED, "desk"),
    ("readable password", "exposure", 0.003, 240.0, &["intake", "engineering"], "engineering"),
    ("broken messages", "loss_of_view", 0.02, 120.0, &["intake", "laptop"], "laptop"),
];

struct Machines(Vec<Asset>);

fn address(host: u8) -> Address {
    Address::Ip([10, 0, 0, host].into())
}

fn machine((id, _, role, functions): &(&str, u8, &str, &[&str])) -> Asset {
    let functions = functions.iter().map(|f| (*f).into()).collect();
    Asset { id: (*id).into(), name: (*id).into(), role: (*role).into(), functions, ..Asset::default() }
}

impl Machines {
    fn all() -> Self {
        Self(MACHINES.iter().map(machine).collect())
    }
}

impl AssetView for Machines {
    fn by_address(&self, wanted: &Address) -> Option<AssetFacts<'_>> {
        self.by_id(MACHINES.iter().find(|m| address(m.1) == *wanted)?.0)
    }
    fn by_id(&self, id: &str) -> Option<AssetFacts<'_>> {
        self.0.iter().find(|a| a.id == id).map(Asset::facts)
    }
}

#[expect(clippy::expect_used, reason = "a test's own model")]
fn plant(currency: &str) -> PlantModel {
    let mut text = format!(
        "schema = 1\n[site]\nid = \"s\"\nname = \"S\"\ncurrency = \"{currency}\"\n[[area]]\nid = \"a\"\nname = \"A\"\n[[unit]]\nid = \"u\"\nname = \"U\"\narea = \"a\"\n"
    );
    for (id, hours, cost, buffer, safety, redundancy, needs) in FUNCTIONS {
        text.push_str(&format!(
            "[[function]]\nid = \"{id}\"\nname = \"{id}\"\nunit = \"u\"\nrestart_hours = {hours}\ncost_per_hour = {cost}\nbuffer_minutes = {buffer}\nsafety = \"{safety}\"\nredundancy = \"{redundancy}\"\ndepends_on = [{needs}]\n"
        ));
    }
    wf_risk::plant::parse(&text, "plant.toml").expect("a good model")
}

fn operation(from: u8, to: u8, category: Category, count: u64) -> Operation {
    Operation {
        ts: Timestamp(1),
        last: Timestamp(1),
        count,
        src: address(from),
        dst: address(to),
        src_mac: None,
        src_port: 40_000,
        dst_port: 502,
        protocol: "modbus".into(),
        function: "any".into(),
        category,
        target: String::new(),
        value: None,
        outcome: "ok".into(),
        frame: 1,
        packets: Vec::new(),
    }
}

fn relations(pairs: &[(u8, u8)]) -> Relations {
    let mut found = Relations::default();
    let operations = pairs.iter().map(|(from, to)| operation(*from, *to, Category::Write, 1)).collect();
    found.apply(&Batch { operations, ..Batch::default() }, &Machines::all());
    found
}

fn assessed(row: &Row, plant: Option<&PlantModel>, relations: &Relations) -> Assessed {
    let (name, effect, likelihood, minutes, assets, actor) = row;
    let draft = FindingDraft {
        id: (*name).into(),
        site: "s".into(),
        rule: "r".into(),
        title: String::new(),
        plant_sentence: String::new(),
        soc_sentence: String::new(),
        causes: Arc::default(),
        actions: Vec::new(),
        techniques: Arc::default(),
        assets: assets.iter().map(|a| (*a).into()).collect(),
        actor: Some((*actor).into()),
        effect: (*effect).into(),
        likelihood: *likelihood,
        minutes_to_respond: *minutes,
        first_time: Timestamp(0),
        time: Timestamp(0),
        count: 1,
        evidence: Arc::default(),
    };
    assess(&draft, plant, &Machines::all(), relations)
}

#[test]
fn the_order_of_a_bad_day() {
    let (plant, relations) = (plant("EUR"), relations(&[(150, 11), (150, 12), (150, 13), (150, 14), (150, 15)]));
    let list: Vec<_> = FINDINGS.iter().map(|row| (row.0, assessed(row, Some(&plant), &relations))).collect();
    // Handed over the wrong way round, so that only consequence can bring them in order.
    let weight = |a: &Assessed| Weight { loss: a.assessment.expected_loss, priority: a.priority, time: Timestamp(0) };
    let mut rows: Vec<_> = list.iter().rev().map(|(id, a)| (weight(a), *id)).collect();
    rows.sort_by(|a, b| order(&a.0, &b.0));
    let ranked: Vec<&str> = rows.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ranked, FINDINGS.iter().map(|row| row.0).collect::<Vec<_>>());
    let losses: Vec<f64> = list.iter().map(|(_, a)| a.assessment.expected_loss).collect();
    assert!(losses.windows(2).all(|w| w[0] > w[1]), "no tie decides: {losses:?}");
    let highest: Vec<&str> = list.iter().filter(|(_, a)| a.priority == Priority::Highest).map(|(id, _)| *id).collect();
    assert_eq!(highest, ["stopped filters"]);
}

#[test]
fn figures_add_up_and_stand_in_the_steps() {
    let (plant, relations) = (plant("EUR"), relations(&[(150, 13)]));
    for row in FINDINGS {
        let found = assessed(row, Some(&plant), &relations).assessment;
        let sum: f64 = found.functions.iter().map(|f| f.cost).sum();
        assert!((sum - found.loss).abs() < 1e-6 && found.modelled, "{}", row.0);
        for function in &found.functions {
            assert!(found.steps.iter().any(|s| s.contains(&function.reason)), "{} lacks {}", row.0, function.name);
        }
    }
    let late = assessed(&FINDINGS[9], Some(&plant), &relations).assessment.steps.join("\n");
    assert!(late.contains("120 minutes to respond would be usual, but the loss is felt after 90"), "{late}");
}

#[test]
fn an_exposed_controller_is_at_stake_beside_what_it_reaches() {
    let (plant, reaches) = (plant("EUR"), relations(&[(11, 15)]));
    let found = assessed(&FINDINGS[5], Some(&plant), &reaches).assessment;
    let names: Vec<&str> = found.functions.iter().map(|f| f.function.as_str()).collect();
    assert!(names.contains(&"pumping") && names.contains(&"boosting"), "{names:?}");
    assert!(found.steps[0].ends_with("booster, intake"), "{}", found.steps[0]);
}

#[test]
fn defaults_speak_the_currency_of_the_site() {
    let found = assessed(&("desk", "exposure", 0.1, 60.0, &["desk"], "desk"), Some(&plant("SEK")), &Relations::default());
    let text = found.assessment.steps.join("\n");
    assert!(!found.assessment.modelled && text.contains("200 SEK") && !text.contains("EUR"), "{text}");
}

#[test]
fn relations_count_who_reads_and_who_acts() {
    let mut found = relations(&[(150, 11), (24, 11), (24, 13)]);
    found.apply(
        &Batch {
            operations: vec![operation(24, 11, Category::Read, u64::MAX), operation(24, 11, Category::Read, 5)],
            ..Batch::default()
        },
        &Machines::all(),
    );
    let clients: Vec<_> = found.clients_of("intake").into_iter().map(|(id, used)| (id, used.reads, used.acts)).collect();
    assert_eq!(clients, [("engineering", u64::MAX, 1), ("laptop", 0, 1)]);
    assert_eq!(found.servers_of("engineering"), ["filters", "intake"]);
    // More clients make the loss of a controller dearer where no model says what it costs.
    let row = ("stop", "loss_of_control", 0.9, 10.0, &["intake"][..], "laptop");
    let loss = |relations: &Relations| assessed(&row, None, relations).assessment.loss;
    assert!(loss(&found) > loss(&Relations::default()));
}
