//! Stories: what belongs together is one finding that grows, not fifty rows.

use crate::rules::{Rule, RuleSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use wf_model::finding::{FindingDraft, FindingEvidence};
use wf_model::stored::{Many, ManySet, sorted, sorted_set};
use wf_model::{Address, PacketId, Timestamp, id};

/// Stories at once; further ones are counted and dropped.
const STORIES_MAX: usize = 20_000;
/// Evidence kept from the beginning, and from the end, of a story.
const EVIDENCE_EACH: usize = 10;
/// Distinct words (functions, values, targets) that a sentence names.
const WORDS_MAX: usize = 6;
/// Assets that a story names.
const ASSETS_MAX: usize = 100;

/// Evidence of an occurrence, put into words where it is kept.
pub struct Evidence<'a> {
    /// When.
    pub ts: Timestamp,
    /// What it is: `operation`, `conversation`, `asset`, `anomaly`, `credential`.
    pub kind: &'static str,
    /// In words.
    pub text: &'a dyn Display,
    /// Actor's address.
    pub src: Address,
    /// Target's address.
    pub dst: Option<Address>,
    /// Protocol.
    pub protocol: &'a str,
    /// Frame number.
    pub frame: u64,
    /// Kept packets.
    pub packets: &'a [PacketId],
}

/// One occurrence that a rule found.
pub struct Occurrence<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What makes it one story: actor, target and the like.
    pub group: &'a [&'a str],
    /// Assets, the most affected first.
    pub assets: [Option<&'a str>; 2],
    /// The asset that acted.
    pub actor: Option<&'a str>,
    /// Words that sentences may name: `actor` → `laptop-7`.
    pub words: &'a [(&'static str, &'a dyn Display)],
    /// Evidence.
    pub evidence: Evidence<'a>,
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
    #[serde(serialize_with = "sorted")]
    stories: Many<String, Story>,
    #[serde(serialize_with = "sorted_set")]
    changed: ManySet<String>,
    /// Occurrences that found no place.
    pub dropped: u64,
}

impl Stories {
    /// Adds an occurrence to its story, or begins one.
    pub fn add(&mut self, site: &str, occurrence: &Occurrence<'_>) {
        let mut parts = Vec::with_capacity(2 + occurrence.group.len());
        parts.extend([site, occurrence.rule.id.as_str()]);
        parts.extend_from_slice(occurrence.group);
        let id = id::stable("f-", &parts);
        if let Some(story) = self.stories.get_mut(&id) {
            grow(story, occurrence);
        } else if self.stories.len() < STORIES_MAX {
            let mut story = begin(site, &id, occurrence);
            grow(&mut story, occurrence);
            self.stories.insert(id.clone(), story);
        } else {
            self.dropped += 1;
            return;
        }
        self.changed.insert(id);
    }

    /// Takes the stories that are new or have grown, told anew, in the order of their ids.
    pub fn take_changes(&mut self, rules: &RuleSet) -> Vec<FindingDraft> {
        let mut changed: Vec<String> = self.changed.drain().collect();
        changed.sort_unstable();
        let mut drafts = Vec::with_capacity(changed.len());
        for id in changed {
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

fn grow(story: &mut Story, occurrence: &Occurrence<'_>) {
    let draft = &mut story.draft;
    draft.first_time = draft.first_time.min(occurrence.evidence.ts);
    draft.time = draft.time.max(occurrence.last);
    draft.count += occurrence.count;
    if occurrence.actor.is_some() && draft.actor.as_deref() != occurrence.actor {
        draft.actor = occurrence.actor.map(str::to_owned);
    }
    for asset in occurrence.assets.into_iter().flatten() {
        if draft.assets.len() < ASSETS_MAX && !draft.assets.iter().any(|known| known == asset) {
            draft.assets.push(asset.to_owned());
        }
    }
    keep(&mut draft.evidence, &occurrence.evidence);
    story.weight = story.weight.max(occurrence.weight);
    let mut text = String::new();
    for (name, word) in occurrence.words {
        if !story.words.contains_key(*name) {
            story.words.insert((*name).to_owned(), Vec::new());
        }
        let Some(words) = story.words.get_mut(*name) else { continue };
        // Names follow what is known now; everything else is listed.
        let is_name = matches!(*name, "actor" | "target" | "tries" | "hosts");
        if !is_name && words.len() > WORDS_MAX {
            continue;
        }
        text.clear();
        let _ = write!(text, "{word}");
        if is_name {
            words.resize_with(1, String::new);
            words.iter_mut().for_each(|old| old.clone_from(&text));
        } else if !text.is_empty() && !words.contains(&text) {
            words.push(text.clone());
        }
    }
}

/// Keeps evidence: what came first stays, of the rest what came last. What falls out makes room for what comes.
fn keep(all: &mut Vec<FindingEvidence>, evidence: &Evidence<'_>) {
    if all.len() < 2 * EVIDENCE_EACH {
        all.push(FindingEvidence {
            ts: evidence.ts,
            kind: evidence.kind.to_owned(),
            text: evidence.text.to_string(),
            src: Some(evidence.src),
            dst: evidence.dst,
            protocol: evidence.protocol.to_owned(),
            frame: evidence.frame,
            packets: evidence.packets.to_vec(),
        });
        return;
    }
    if let Some(latest) = all.get_mut(EVIDENCE_EACH..) {
        latest.rotate_left(1);
    }
    let Some(last) = all.last_mut() else { return };
    (last.ts, last.src, last.dst, last.frame) = (evidence.ts, Some(evidence.src), evidence.dst, evidence.frame);
    last.text.clear();
    let _ = write!(last.text, "{}", evidence.text);
    evidence.kind.clone_into(&mut last.kind);
    evidence.protocol.clone_into(&mut last.protocol);
    evidence.packets.clone_into(&mut last.packets);
}

/// Writes the sentences.
fn tell(story: &mut Story, rule: &Rule) {
    let fill = |template: &str| filled(template, story);
    let (title, plant, soc) = (fill(&rule.title), fill(&rule.plant), fill(&rule.soc));
    let actions = rule.actions.iter().map(|action| fill(action)).collect();
    let draft = &mut story.draft;
    draft.actions = actions;
    (draft.title, draft.plant_sentence, draft.soc_sentence) = (title, plant, soc);
    draft.likelihood = (rule.likelihood * story.weight).clamp(0.0, 1.0);
}

/// A sentence in which `{count}` and the names of words stand for what is known; what stands for nothing stays as it is.
fn filled(template: &str, story: &Story) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut left = template;
    while let Some((before, behind)) = left.split_once('{') {
        text.push_str(before);
        let named = behind.split_once('}').map(|(name, rest)| (name, rest, story.words.get(name)));
        left = match named {
            Some(("count", rest, _)) => {
                let _ = write!(text, "{}", story.draft.count);
                rest
            }
            Some((_, rest, Some(words))) => {
                for (at, word) in words.iter().take(WORDS_MAX).enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    text.push_str(word);
                }
                text.push_str(if words.len() > WORDS_MAX { " and more" } else { "" });
                rest
            }
            _ => {
                text.push('{');
                behind
            }
        };
    }
    text.push_str(left);
    text
}
