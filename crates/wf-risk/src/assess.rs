//! The consequence of a finding, its alarm priority, and the rank of all findings.

use crate::Relations;
use std::collections::{BTreeMap, BTreeSet};
use wf_model::Timestamp;
use wf_model::asset::{AssetFacts, AssetView, is_controller_role};
use wf_model::finding::{AffectedFunction, Assessment, FindingDraft, Priority};
use wf_model::plant::{Function, PlantModel};

/// A finding's consequence and alarm priority.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// What it would do to operations.
    pub assessment: Assessment,
    /// Fixed by consequence × time to respond.
    pub priority: Priority,
}

/// What an effect does: the verb for the function, and the share of a full stop's loss that it costs.
fn effect(name: &str) -> (&'static str, f64, &'static str) {
    match name {
        "loss_of_control" | "loss_of_asset" => ("stops", 1.0, "it is no longer controlled"),
        "manipulation" => ("degrades", 0.7, "it runs with values that nobody decided"),
        "loss_of_view" => ("degrades", 0.3, "nobody sees its state"),
        _ => ("stops", 1.0, "it could be stopped by who gets this far"),
    }
}

/// Share of a full stop's loss where wrong values are only felt from upstream.
const DOWNSTREAM: f64 = 0.2;

/// Money that stands for harm to people, by safety class: so that it weighs in one list with production.
fn safety_equivalent(class: &str) -> f64 {
    match class {
        "high" => 250_000.0,
        "medium" => 50_000.0,
        "low" => 5_000.0,
        _ => 0.0,
    }
}

fn safety_order(class: &str) -> usize {
    ["none", "low", "medium", "high"].iter().position(|c| *c == class).unwrap_or(0)
}

/// Share of the loss that stays although another machine can take over.
fn redundancy(kind: &str) -> (f64, &'static str) {
    match kind {
        "standby" => (0.5, "a standby takes over after a while: half of it"),
        "parallel" => (0.2, "a parallel line carries on: a fifth of it"),
        _ => (1.0, ""),
    }
}

/// Without a plant model: hours to restart and cost of an hour by role, as stated in docs/consequence.md.
fn defaults(role: &str) -> (f64, f64) {
    match role {
        "controller" | "rtu" => (4.0, 5_000.0),
        "remote_io" | "building_controller" => (3.0, 3_000.0),
        "hmi" | "scada_server" => (2.0, 2_500.0),
        "engineering_station" | "historian" => (2.0, 1_000.0),
        "network_device" => (1.0, 2_000.0),
        "server" => (2.0, 500.0),
        _ => (1.0, 200.0),
    }
}

/// Assesses a finding.
#[must_use]
pub fn assess(draft: &FindingDraft, plant: Option<&PlantModel>, view: &dyn AssetView, relations: &Relations) -> Assessed {
    let mut steps = Vec::new();
    let concerned = concerned(draft, view, relations, &mut steps);
    let currency = plant.map_or_else(|| "EUR".to_owned(), |p| p.site.currency.clone());
    let mut functions = plant.map(|p| modelled(draft, p, &concerned)).unwrap_or_default();
    let modelled = !functions.is_empty();
    if !modelled {
        functions = by_role(draft, &concerned, relations);
        let why =
            if plant.is_some() { "no function of the plant model stands on these machines" } else { "there is no plant model" };
        steps.push(format!("{why}: stated defaults by role are used"));
    }
    let mut loss = 0.0;
    for function in &functions {
        steps.push(format!("{} {}: {}", function.name, function.effect, function.reason));
        loss += function.cost;
    }
    let safety = functions.iter().map(|f| f.safety.as_str()).max_by_key(|s| safety_order(s)).unwrap_or("none").to_owned();
    let harm = safety_equivalent(&safety);
    if harm > 0.0 {
        steps.push(format!("safety class {safety} counts as {} {currency}", money(harm)));
    }
    let buffer =
        functions.iter().filter(|f| f.effect == "stops" || f.cost > 0.0).map(|f| f.buffer_minutes).fold(f64::INFINITY, f64::min);
    let expected_loss = draft.likelihood * (loss + harm);
    steps.push(format!(
        "{} {currency} × likelihood {} = {} {currency} that acting now avoids",
        money(loss + harm),
        trim(draft.likelihood),
        money(expected_loss)
    ));
    let respond =
        if buffer.is_finite() && buffer > 0.0 { draft.minutes_to_respond.min(buffer.max(5.0)) } else { draft.minutes_to_respond };
    let priority = priority(draft, loss, &safety, respond, &currency, &mut steps);
    Assessed {
        assessment: Assessment {
            functions,
            loss,
            expected_loss,
            currency,
            likelihood: draft.likelihood,
            modelled,
            safety,
            steps,
        },
        priority,
    }
}

/// The machines whose loss is at stake: the targets; for exposure also what the machines in question reach or stand beside.
fn concerned(draft: &FindingDraft, view: &dyn AssetView, relations: &Relations, steps: &mut Vec<String>) -> Vec<AssetFacts> {
    let actor = draft.actor.as_deref();
    let known: Vec<AssetFacts> = draft.assets.iter().filter_map(|id| view.by_id(id)).collect();
    let targets: Vec<AssetFacts> =
        known.iter().filter(|f| Some(f.id.as_str()) != actor || draft.assets.len() == 1).cloned().collect();
    if draft.effect != "exposure" || targets.iter().any(|f| is_controller_role(&f.role) && Some(f.id.as_str()) != actor) {
        return if targets.is_empty() { known } else { targets };
    }
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for facts in &known {
        ids.extend(relations.servers_of(&facts.id).into_iter().map(str::to_owned));
    }
    let mut reached: Vec<AssetFacts> =
        ids.iter().filter_map(|id| view.by_id(id)).filter(|f| is_controller_role(&f.role)).collect();
    reached.sort_by(|a, b| a.id.cmp(&b.id));
    if reached.is_empty() {
        return if targets.is_empty() { known } else { targets };
    }
    let names: Vec<&str> = reached.iter().map(|f| f.name.as_str()).take(6).collect();
    steps.push(format!("at stake is what it reaches: {}", names.join(", ")));
    reached
}

/// Functions of the plant model that stand on these machines, and those that cannot run without them.
fn modelled(draft: &FindingDraft, plant: &PlantModel, concerned: &[AssetFacts]) -> Vec<AffectedFunction> {
    let by_id: BTreeMap<&str, &Function> = plant.functions.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
    for facts in concerned {
        for id in &facts.functions {
            if let Some(function) = by_id.get(id.as_str()) {
                reasons.entry(function.id.as_str()).or_insert_with(|| format!("it stands on {}", facts.name));
            }
        }
    }
    let direct: BTreeSet<&str> = reasons.keys().copied().collect();
    let mut open: Vec<&str> = direct.iter().copied().collect();
    // What nobody sees still runs: only stops and wrong values reach what depends on it.
    let spreads = draft.effect != "loss_of_view";
    while let Some(stopped) = open.pop().filter(|_| spreads) {
        for function in plant.functions.iter().filter(|f| f.depends_on.iter().any(|d| d == stopped)) {
            if !reasons.contains_key(function.id.as_str()) {
                let name = by_id.get(stopped).map_or(stopped, |f| f.name.as_str());
                reasons.insert(&function.id, format!("it needs {name}"));
                open.push(&function.id);
            }
        }
    }
    let mut affected: Vec<AffectedFunction> = reasons
        .iter()
        .filter_map(|(id, why)| by_id.get(id).map(|f| function(draft, plant, f, why, direct.contains(id))))
        .collect();
    affected.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.function.cmp(&b.function)));
    affected
}

fn function(draft: &FindingDraft, plant: &PlantModel, function: &Function, why: &str, direct: bool) -> AffectedFunction {
    let (verb, share, what) = match effect(&draft.effect) {
        // Wrong values upstream are felt downstream, but are not wrong values there: harm to people counts where they are set.
        ("degrades", ..) if !direct => ("degrades", DOWNSTREAM, "what comes before it runs with values that nobody decided"),
        found => found,
    };
    let (stays, said) = redundancy(&function.redundancy);
    let cost = function.restart_hours * function.cost_per_hour * share * stays;
    let unit = plant.units.iter().find(|u| u.id == function.unit);
    let area = unit.and_then(|u| plant.areas.iter().find(|a| a.id == u.area));
    let place: Vec<&str> = [unit.map(|u| u.name.as_str()), area.map(|a| a.name.as_str())].into_iter().flatten().collect();
    let mut reason = format!(
        "{why}, and {what}; {} h restart × {} {}/h",
        trim(function.restart_hours),
        money(function.cost_per_hour),
        plant.site.currency
    );
    if share < 1.0 {
        reason.push_str(&format!(" × {} (degraded, not stopped)", trim(share)));
    }
    if stays < 1.0 {
        reason.push_str(&format!(" × {} ({said})", trim(stays)));
    }
    reason.push_str(&format!(" = {} {}, felt after {} minutes", money(cost), plant.site.currency, trim(function.buffer_minutes)));
    AffectedFunction {
        function: function.id.clone(),
        name: function.name.clone(),
        place: place.join(" · "),
        effect: verb.to_owned(),
        hours: function.restart_hours,
        cost,
        buffer_minutes: function.buffer_minutes,
        safety: if direct || verb == "stops" { function.safety.clone() } else { "none".into() },
        reason,
    }
}

/// Without a model: what machines of such a role usually cost, more where several others work with them.
fn by_role(draft: &FindingDraft, concerned: &[AssetFacts], relations: &Relations) -> Vec<AffectedFunction> {
    let (verb, share, what) = effect(&draft.effect);
    let mut affected: Vec<AffectedFunction> = concerned
        .iter()
        .take(20)
        .map(|facts| {
            let (hours, hourly) = defaults(&facts.role);
            let clients = relations.clients_of(&facts.id).len();
            #[expect(clippy::cast_precision_loss, reason = "a handful of clients")]
            let factor = 1.0 + 0.1 * clients.min(10) as f64;
            let cost = hours * hourly * share * factor;
            let role = facts.role.replace('_', " ");
            let reason = format!(
                "{what}; {} h × {} EUR/h for a {role} × {} ({clients} machines work with it) × {} = {} EUR",
                trim(hours),
                money(hourly),
                trim(factor),
                trim(share),
                money(cost)
            );
            AffectedFunction {
                function: String::new(),
                name: format!("the work of {}", facts.name),
                place: String::new(),
                effect: verb.to_owned(),
                hours,
                cost,
                buffer_minutes: 0.0,
                safety: "none".into(),
                reason,
            }
        })
        .collect();
    affected.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.name.cmp(&b.name)));
    affected
}

/// Consequence class × time to respond (ISA-18.2, 8.4; EEMUA 191): severe and urgent is highest. What is only exposed has
/// not happened yet and counts one class less.
fn priority(draft: &FindingDraft, loss: f64, safety: &str, minutes: f64, currency: &str, steps: &mut Vec<String>) -> Priority {
    let by_money =
        [(5_000.0, 0), (25_000.0, 1), (100_000.0, 2)].into_iter().find(|(limit, _)| loss < *limit).map_or(3, |(_, class)| class);
    let mut class = by_money.max(safety_order(safety));
    let exposed = matches!(draft.effect.as_str(), "exposure" | "loss_of_view");
    if exposed {
        class = class.saturating_sub(2);
    }
    let urgency = if minutes < 15.0 {
        2
    } else if minutes <= 60.0 {
        1
    } else {
        0
    };
    let matrix = [
        [Priority::Low, Priority::Low, Priority::Low],
        [Priority::Low, Priority::Low, Priority::Medium],
        [Priority::Low, Priority::Medium, Priority::High],
        [Priority::Medium, Priority::High, Priority::Highest],
    ];
    let found = matrix.get(class).and_then(|row| row.get(urgency)).copied().unwrap_or(Priority::Low);
    let word = ["minor", "moderate", "major", "severe"].get(class).copied().unwrap_or("severe");
    let eased = if exposed { ", not happened yet" } else { "" };
    steps.push(format!(
        "consequence {word} ({} {currency}, safety {safety}{eased}), {} minutes to respond → {found}",
        money(loss),
        trim(minutes)
    ));
    found
}

/// Thousands apart.
fn money(amount: f64) -> String {
    let whole = format!("{:.0}", amount.max(0.0));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn trim(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Places in the list, from 1: by expected loss, then priority, then what happened last.
#[must_use]
pub fn rank(findings: &[(String, f64, Priority, Timestamp)]) -> Vec<(String, u64)> {
    let mut order: Vec<&(String, f64, Priority, Timestamp)> = findings.iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.cmp(&a.2)).then(b.3.cmp(&a.3)).then_with(|| a.0.cmp(&b.0)));
    order.into_iter().zip(1..).map(|((id, ..), place)| (id.clone(), place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_model::Address;

    struct Machines(Vec<AssetFacts>);

    impl AssetView for Machines {
        fn by_address(&self, _: &Address) -> Option<AssetFacts> {
            None
        }
        fn by_id(&self, id: &str) -> Option<AssetFacts> {
            self.0.iter().find(|f| f.id == id).cloned()
        }
    }

    fn machine(id: &str, role: &str, functions: &[&str]) -> AssetFacts {
        AssetFacts {
            id: id.into(),
            name: id.to_uppercase(),
            role: role.into(),
            functions: functions.iter().map(|f| (*f).into()).collect(),
            ..AssetFacts::default()
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
            causes: Vec::new(),
            actions: Vec::new(),
            techniques: Vec::new(),
            assets: assets.iter().map(|a| (*a).into()).collect(),
            actor: actor.map(str::to_owned),
            effect: effect.into(),
            likelihood,
            minutes_to_respond: minutes,
            first_time: Timestamp(0),
            time: Timestamp(0),
            count: 1,
            evidence: Vec::new(),
        }
    }

    const PLANT: &str = "schema = 1\n[site]\nid = \"s\"\nname = \"S\"\n[[area]]\nid = \"a\"\nname = \"Treatment\"\n[[unit]]\nid = \"u\"\nname = \"Filters\"\narea = \"a\"\n\
        [[function]]\nid = \"dosing\"\nname = \"Dosing\"\nunit = \"u\"\nrestart_hours = 4\ncost_per_hour = 12000\nbuffer_minutes = 45\nsafety = \"high\"\n\
        [[function]]\nid = \"supply\"\nname = \"Supply\"\nunit = \"u\"\nrestart_hours = 2\ncost_per_hour = 3000\nredundancy = \"standby\"\ndepends_on = [\"dosing\"]\n";

    #[test]
    fn a_stop_spreads_to_what_depends_on_it_and_every_figure_is_explained() {
        let plant = crate::plant::parse(PLANT, "p").unwrap();
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
    fn ranked_by_expected_loss() {
        let row = |id: &str, loss: f64, time: i64| (id.to_owned(), loss, Priority::Low, Timestamp(time));
        let ranked = rank(&[row("a", 1.0, 1), row("b", 9.0, 1), row("c", 1.0, 5)]);
        assert_eq!(ranked, [("b".into(), 1), ("c".into(), 2), ("a".into(), 3)]);
    }
}
