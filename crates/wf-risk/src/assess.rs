//! The consequence of a finding, its alarm priority, and the rank of all findings.

use crate::Relations;
use crate::figures::{DOWNSTREAM, default_safety, defaults, effect, money, redundancy, safety_equivalent, safety_order, trim};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use wf_model::asset::{AssetFacts, AssetView, is_controller_role};
use wf_model::finding::{AffectedFunction, Assessment, FindingDraft, Priority};
use wf_model::plant::{Function, PlantModel};
use wf_model::{Text, Timestamp};

/// A finding's consequence and alarm priority.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessed {
    /// What it would do to operations.
    pub assessment: Assessment,
    /// Fixed by consequence × time to respond.
    pub priority: Priority,
}

/// Assesses a finding.
#[must_use]
pub fn assess(draft: &FindingDraft, plant: Option<&PlantModel>, view: &dyn AssetView, relations: &Relations) -> Assessed {
    let mut steps = Vec::new();
    let concerned = concerned(draft, view, relations, &mut steps);
    let currency = plant.map_or(Text::Borrowed("EUR"), |p| Text::Owned(p.site.currency.clone()));
    let mut functions = plant.map(|p| modelled(draft, p, &concerned)).unwrap_or_default();
    let modelled = !functions.is_empty();
    if !modelled {
        functions = by_role(draft, &concerned, relations, &currency);
        let why =
            if plant.is_some() { "no function of the plant model stands on these machines" } else { "there is no plant model" };
        steps.push(format!("{why}: stated defaults by role are used"));
    }
    let mut loss = 0.0;
    for function in &functions {
        steps.push(format!("{} {}: {}", function.name, function.effect, function.reason));
        loss += function.cost;
    }
    let safety = functions.iter().map(|f| &f.safety).max_by_key(|s| safety_order(s)).cloned().unwrap_or(Text::Borrowed("none"));
    let harm = safety_equivalent(&safety);
    if harm > 0.0 {
        steps.push(format!("safety class {safety} counts as {} {currency}", money(harm)));
    }
    let buffer =
        functions.iter().filter(|f| f.effect == "stops" || f.cost > 0.0).map(|f| f.buffer_minutes).fold(f64::INFINITY, f64::min);
    let expected_loss = draft.likelihood * (loss + harm);
    steps.push(format!(
        "({} + {}) {currency} × likelihood {} = {} {currency} expected loss, if nobody acts",
        money(loss),
        money(harm),
        trim(draft.likelihood),
        money(expected_loss)
    ));
    let respond =
        if buffer.is_finite() && buffer > 0.0 { draft.minutes_to_respond.min(buffer.max(5.0)) } else { draft.minutes_to_respond };
    if respond < draft.minutes_to_respond {
        let (felt, given) = (trim(buffer), trim(draft.minutes_to_respond));
        steps.push(format!(
            "{given} minutes to respond would be usual, but the loss is felt after {felt}: {} count",
            trim(respond)
        ));
    }
    let priority = priority(draft, loss, &safety, respond, &currency, &mut steps);
    Assessed {
        assessment: Assessment {
            functions,
            loss,
            harm,
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
fn concerned<'a>(
    draft: &FindingDraft,
    view: &'a dyn AssetView,
    relations: &Relations,
    steps: &mut Vec<String>,
) -> Vec<AssetFacts<'a>> {
    let actor = draft.actor.as_deref();
    let known: Vec<AssetFacts<'a>> = draft.assets.iter().filter_map(|id| view.by_id(id)).collect();
    let targets: Vec<AssetFacts<'a>> = known.iter().filter(|f| Some(f.id) != actor || draft.assets.len() == 1).copied().collect();
    if &*draft.effect != "exposure" || targets.iter().any(|f| is_controller_role(f.role) && Some(f.id) != actor) {
        return if targets.is_empty() { known } else { targets };
    }
    let mut ids: Vec<&str> = known.iter().flat_map(|facts| relations.servers_of(facts.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut reached: Vec<AssetFacts<'a>> =
        ids.iter().filter_map(|id| view.by_id(id)).filter(|f| is_controller_role(f.role)).collect();
    if reached.is_empty() {
        return if targets.is_empty() { known } else { targets };
    }
    // A controller that is exposed itself is at stake beside what it reaches.
    reached.extend(targets.into_iter().filter(|f| is_controller_role(f.role)));
    reached.sort_by(|a, b| a.id.cmp(b.id));
    reached.dedup_by(|a, b| a.id == b.id);
    let names: Vec<&str> = reached.iter().map(|f| f.name).take(6).collect();
    steps.push(format!("at stake is what it reaches: {}", names.join(", ")));
    reached
}

/// Functions of the plant model that stand on these machines, and those that cannot run without them.
fn modelled(draft: &FindingDraft, plant: &PlantModel, concerned: &[AssetFacts<'_>]) -> Vec<AffectedFunction> {
    if concerned.iter().all(|facts| facts.functions.is_empty()) {
        return Vec::new();
    }
    let by_id: BTreeMap<&str, &Function> = plant.functions.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
    for facts in concerned {
        for id in facts.functions {
            if let Some(function) = by_id.get(id.as_str()) {
                reasons.entry(function.id.as_str()).or_insert_with(|| format!("it stands on {}", facts.name));
            }
        }
    }
    let direct: BTreeSet<&str> = reasons.keys().copied().collect();
    let mut open: Vec<&str> = direct.iter().copied().collect();
    // What nobody sees still runs: only stops and wrong values reach what depends on it.
    let spreads = &*draft.effect != "loss_of_view";
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
        effect: Text::Borrowed(verb),
        hours: function.restart_hours,
        cost,
        buffer_minutes: function.buffer_minutes,
        safety: if direct || verb == "stops" { function.safety.clone().into() } else { Text::Borrowed("none") },
        reason,
    }
}

/// Without a model: what machines of such a role usually cost, more where several others work with them.
fn by_role(draft: &FindingDraft, concerned: &[AssetFacts<'_>], relations: &Relations, currency: &str) -> Vec<AffectedFunction> {
    let (verb, share, what) = effect(&draft.effect);
    let mut affected: Vec<AffectedFunction> = concerned
        .iter()
        .take(20)
        .map(|facts| {
            let (hours, hourly) = defaults(facts.role);
            let clients = relations.clients(facts.id);
            #[expect(clippy::cast_precision_loss, reason = "a handful of clients")]
            let factor = 1.0 + 0.1 * clients.min(10) as f64;
            let cost = hours * hourly * share * factor;
            let role = facts.role.replace('_', " ");
            let reason = format!(
                "{what}; {} h × {} {currency}/h for a {role} × {} ({clients} machines work with it) × {} = {} {currency}",
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
                effect: Text::Borrowed(verb),
                hours,
                cost,
                buffer_minutes: 0.0,
                safety: Text::Borrowed(if verb == "stops" { default_safety(facts.role) } else { "none" }),
                reason,
            }
        })
        .collect();
    affected.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.name.cmp(&b.name)));
    affected
}

/// Consequence class × time to respond (ISA-18.2, 8.4; EEMUA 191): severe and urgent is highest. What is only exposed or
/// unseen has not happened yet and counts two classes less, so that highest stays rare.
fn priority(draft: &FindingDraft, loss: f64, safety: &str, minutes: f64, currency: &str, steps: &mut Vec<String>) -> Priority {
    let by_money =
        [(5_000.0, 0), (25_000.0, 1), (100_000.0, 2)].into_iter().find(|(limit, _)| loss < *limit).map_or(3, |(_, class)| class);
    let mut class = by_money.max(safety_order(safety));
    let exposed = matches!(&*draft.effect, "exposure" | "loss_of_view");
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
    let eased = if exposed { ", two classes less: not happened yet" } else { "" };
    steps.push(format!(
        "consequence {word} ({} {currency}, safety {safety}{eased}), {} minutes to respond → {found}",
        money(loss),
        trim(minutes)
    ));
    found
}

/// What gives a finding its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// Expected loss.
    pub loss: f64,
    /// Alarm priority.
    pub priority: Priority,
    /// Last time.
    pub time: Timestamp,
}

/// The order of the list: by expected loss, then priority, then what happened last.
#[must_use]
pub fn order(a: &Weight, b: &Weight) -> Ordering {
    b.loss.total_cmp(&a.loss).then(b.priority.cmp(&a.priority)).then(b.time.cmp(&a.time))
}
