//! Consequence, priority and rank.

use std::sync::Arc;
use wf_model::asset::{Asset, AssetFacts, AssetView};
use wf_model::finding::{FindingDraft, Priority};
use wf_model::{Address, Timestamp};
use wf_risk::{Relations, Weight, assess, order};

struct Machines(Vec<Asset>);

impl AssetView for Machines {
    fn by_address(&self, _: &Address) -> Option<AssetFacts<'_>> {
        None
    }
    fn by_id(&self, id: &str) -> Option<AssetFacts<'_>> {
        self.0.iter().find(|a| a.id == id).map(Asset::facts)
    }
}

fn machine(id: &str, role: &str, functions: &[&str]) -> Asset {
    Asset {
        id: id.into(),
        name: id.to_uppercase(),
        role: role.into(),
        functions: functions.iter().map(|f| (*f).into()).collect(),
        ..Asset::default()
    }
}

fn draft(effect: &str, likelihood: f64, minutes: f64, assets: &[&str], actor: Option<&str>) -> FindingDraft {
    FindingDraft {
        id: "f".into(),
        site: "s".into(),
        rule: "r".into(),
        title: String::new(),
        plant_sentence: String::new(),
        soc_sentence: String::new(),
        causes: Arc::default(),
        actions: Vec::new(),
        techniques: Arc::default(),
        assets: assets.iter().map(|a| (*a).into()).collect(),
        actor: actor.map(str::to_owned),
        effect: effect.into(),
        likelihood,
        minutes_to_respond: minutes,
        first_time: Timestamp(0),
        time: Timestamp(0),
        count: 1,
        evidence: Arc::default(),
    }
}

const PLANT: &str = "schema = 1\n[site]\nid = \"s\"\nname = \"S\"\n[[area]]\nid = \"a\"\nname = \"Treatment\"\n[[unit]]\nid = \"u\"\nname = \"Filters\"\narea = \"a\"\n\
    [[function]]\nid = \"dosing\"\nname = \"Dosing\"\nunit = \"u\"\nrestart_hours = 4\ncost_per_hour = 12000\nbuffer_minutes = 45\nsafety = \"high\"\n\
    [[function]]\nid = \"supply\"\nname = \"Supply\"\nunit = \"u\"\nrestart_hours = 2\ncost_per_hour = 3000\nredundancy = \"standby\"\ndepends_on = [\"dosing\"]\n";

#[test]
fn a_stop_spreads_to_what_depends_on_it_and_every_figure_is_explained() {
    let plant = wf_risk::plant::parse(PLANT, "p").unwrap();
    let view = Machines(vec![machine("plc", "controller", &["dosing"]), machine("laptop", "laptop", &[])]);
    let found = assess(
        &draft("loss_of_control", 0.9, 10.0, &["plc", "laptop"], Some("laptop")),
        Some(&plant),
        &view,
        &Relations::default(),
    );
    let costs: Vec<(&str, f64)> = found.assessment.functions.iter().map(|f| (f.name.as_str(), f.cost)).collect();
    assert_eq!(costs, [("Dosing", 48_000.0), ("Supply", 3_000.0)]);
    assert_eq!((found.assessment.loss, found.priority), (51_000.0, Priority::Highest));
    assert!((found.assessment.expected_loss - 0.9 * 301_000.0).abs() < 1e-6);
    let text = found.assessment.steps.join("\n");
    for part in [
        "4 h restart × 12,000 EUR/h = 48,000 EUR",
        "it needs Dosing",
        "a standby takes over",
        "counts as 250,000 EUR",
        "likelihood 0.9",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn without_a_model_stated_defaults_hold() {
    let view = Machines(vec![machine("plc", "controller", &[]), machine("pc", "workstation", &[])]);
    let stop = assess(&draft("loss_of_control", 0.9, 10.0, &["plc"], None), None, &view, &Relations::default());
    let office = assess(&draft("exposure", 0.05, 30.0, &["pc"], Some("pc")), None, &view, &Relations::default());
    assert!(!stop.assessment.modelled && stop.assessment.expected_loss > office.assessment.expected_loss);
    assert_eq!((stop.priority, office.priority), (Priority::Medium, Priority::Low));
    assert!(stop.assessment.steps[0].contains("no plant model"));
}

#[test]
fn a_safety_controller_stands_where_people_could_be_harmed() {
    let view = Machines(vec![machine("sis", "safety_controller", &[]), machine("plc", "controller", &[])]);
    let of = |asset| assess(&draft("loss_of_control", 0.6, 10.0, &[asset], None), None, &view, &Relations::default());
    let (safety, basic) = (of("sis"), of("plc"));
    assert_eq!((safety.priority, safety.assessment.safety.as_ref()), (Priority::Highest, "high"));
    assert!(safety.assessment.expected_loss > 10.0 * basic.assessment.expected_loss);
}

#[test]
fn ranked_by_expected_loss() {
    let row = |id, loss, time| (id, Weight { loss, priority: Priority::Low, time: Timestamp(time) });
    let mut rows = [row("a", 1.0, 1), row("b", 9.0, 1), row("c", 1.0, 5)];
    rows.sort_by(|a, b| order(&a.1, &b.1));
    assert_eq!(rows.map(|(id, _)| id), ["b", "c", "a"]);
}
