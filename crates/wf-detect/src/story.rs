//! Stories: what belongs together is one finding that grows, not fifty rows.

use crate::rules::{Rule, RuleSet};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wf_model::finding::{FindingDraft, FindingEvidence};
use wf_model::{Timestamp, id};

/// Stories at once; further ones are counted and dropped.
const STORIES_MAX: usize = 20_000;
/// Evidence kept from the beginning, and from the end, of a story.
const EVIDENCE_EACH: usize = 10;
/// Distinct words (functions, values, targets) that a sentence names.
const WORDS_MAX: usize = 6;

/// One occurrence that a rule found.
pub struct Occurrence<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What makes it one story: actor, target and the like.
    pub group: Vec<String>,
    /// Assets, the most affected first.
    pub assets: Vec<String>,
    /// The asset that acted.
    pub actor: Option<String>,
    /// Words that sentences may name: `actor` → `laptop-7`.
    pub words: Vec<(&'static str, String)>,
    /// Evidence.
    pub evidence: FindingEvidence,
    /// Last time.
    pub last: Timestamp,
    /// How many observations this is.
    pub count: u64,
    /// Multiplies the rule's likelihood.
    pub weight: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Story {
    draft: FindingDraft,
    words: BTreeMap<String, Vec<String>>,
    weight: f64,
}

/// All stories.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stories {
    stories: BTreeMap<String, Story>,
    changed: BTreeSet<String>,
    /// Occurrences that found no place.
    pub dropped: u64,
}

impl Stories {
    /// Adds an occurrence to its story, or begins one.
    pub fn add(&mut self, site: &str, occurrence: Occurrence<'_>) {
        let rule = occurrence.rule;
        let mut parts = vec![site, rule.id.as_str()];
        parts.extend(occurrence.group.iter().map(String::as_str));
        let id = id::stable("f-", &parts);
        if !self.stories.contains_key(&id) {
            if self.stories.len() >= STORIES_MAX {
                self.dropped += 1;
                return;
            }
            self.stories.insert(id.clone(), begin(site, &id, &occurrence));
        }
        let Some(story) = self.stories.get_mut(&id) else { return };
        grow(story, occurrence);
        self.changed.insert(id);
    }

    /// Takes the stories that are new or have grown, told anew.
    pub fn take_changes(&mut self, rules: &RuleSet) -> Vec<FindingDraft> {
        let mut drafts = Vec::new();
        for id in std::mem::take(&mut self.changed) {
            let Some(story) = self.stories.get_mut(&id) else { continue };
            let Some(rule) = rules.rules().iter().find(|r| r.id == story.draft.rule) else { continue };
            tell(story, rule);
            drafts.push(story.draft.clone());
        }
        drafts
    }
}

fn begin(site: &str, id: &str, occurrence: &Occurrence<'_>) -> Story {
    let rule = occurrence.rule;
    let draft = FindingDraft {
        id: id.to_owned(),
        site: site.to_owned(),
        rule: rule.id.clone(),
        title: String::new(),
        plant_sentence: String::new(),
        soc_sentence: String::new(),
        causes: rule.causes.clone(),
        actions: Vec::new(),
        techniques: rule.techniques.clone(),
        assets: Vec::new(),
        actor: None,
        effect: rule.effect.clone(),
        likelihood: 0.0,
        minutes_to_respond: rule.minutes_to_respond,
        first_time: occurrence.evidence.ts,
        time: occurrence.last,
        count: 0,
        evidence: Vec::new(),
    };
    Story { draft, words: BTreeMap::new(), weight: 0.0 }
}

fn grow(story: &mut Story, occurrence: Occurrence<'_>) {
    let draft = &mut story.draft;
    draft.first_time = draft.first_time.min(occurrence.evidence.ts);
    draft.time = draft.time.max(occurrence.last);
    draft.count += occurrence.count;
    draft.actor = occurrence.actor.or(draft.actor.take());
    for asset in occurrence.assets {
        if !draft.assets.contains(&asset) && draft.assets.len() < 100 {
            draft.assets.push(asset);
        }
    }
    draft.evidence.push(occurrence.evidence);
    if draft.evidence.len() > 2 * EVIDENCE_EACH {
        draft.evidence.remove(EVIDENCE_EACH);
    }
    story.weight = story.weight.max(occurrence.weight);
    for (name, word) in occurrence.words {
        let words = story.words.entry(name.to_owned()).or_default();
        // Names follow what is known now; everything else is listed.
        if matches!(name, "actor" | "target" | "tries" | "hosts") {
            *words = vec![word];
        } else if !word.is_empty() && !words.contains(&word) && words.len() <= WORDS_MAX {
            words.push(word);
        }
    }
}

/// Writes the sentences.
fn tell(story: &mut Story, rule: &Rule) {
    let fill = |template: &str| {
        let mut text = template.replace("{count}", &story.draft.count.to_string());
        for (name, words) in &story.words {
            let shown: Vec<&str> = words.iter().take(WORDS_MAX).map(String::as_str).collect();
            let more = if words.len() > WORDS_MAX { " and more" } else { "" };
            text = text.replace(&format!("{{{name}}}"), &format!("{}{more}", shown.join(", ")));
        }
        text
    };
    let (title, plant, soc) = (fill(&rule.title), fill(&rule.plant), fill(&rule.soc));
    let actions = rule.actions.iter().map(|action| fill(action)).collect();
    let draft = &mut story.draft;
    draft.actions = actions;
    (draft.title, draft.plant_sentence, draft.soc_sentence) = (title, plant, soc);
    draft.likelihood = (rule.likelihood * story.weight).clamp(0.0, 1.0);
}
