//! Stories: what belongs together is one finding that grows, not fifty rows.

use crate::rules::{Rule, RuleSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::Arc;
use wf_model::asset::current;
use wf_model::finding::{FindingDraft, FindingEvidence};
use wf_model::id::FindingId;
use wf_model::stored::{Few, Many, ManySet, room_for_one, sorted, sorted_set};
use wf_model::{Address, PacketId, Text, Timestamp};

/// Stories at once; further ones are counted and dropped.
const STORIES_MAX: usize = 40_000;
/// Stories of one rule, so that a flood of one kind (devices that are made up, say) hides nothing of another.
const RULE_STORIES_MAX: usize = 10_000;
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
    pub protocol: &'a Text,
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
    /// Without its sentences: they are written when somebody asks.
    draft: FindingDraft,
    words: Few<Text, Vec<String>>,
    weight: f64,
}

/// All stories.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stories {
    #[serde(serialize_with = "sorted")]
    stories: Many<FindingId, Box<Story>>,
    #[serde(serialize_with = "sorted_set")]
    changed: ManySet<FindingId>,
    /// Occurrences that found no place.
    pub dropped: u64,
    /// How many there are of each rule; counted when first asked for.
    #[serde(skip)]
    counted: BTreeMap<Arc<str>, usize>,
}

impl Stories {
    /// Adds an occurrence to its story, or begins one.
    pub fn add(&mut self, site: &str, occurrence: &Occurrence<'_>) {
        let mut parts = Vec::with_capacity(2 + occurrence.group.len());
        parts.extend([site, &occurrence.rule.id]);
        parts.extend_from_slice(occurrence.group);
        let id = FindingId::stable(&parts);
        if let Some(story) = self.stories.get_mut(&id) {
            grow(story, occurrence);
        } else if self.has_room(&occurrence.rule.id) {
            let mut story = begin(site, id, occurrence);
            grow(&mut story, occurrence);
            self.stories.insert(id, Box::new(story));
            *self.counted.entry(Arc::clone(&occurrence.rule.id)).or_default() += 1;
        } else {
            self.dropped += 1;
            return;
        }
        self.changed.insert(id);
    }

    fn has_room(&mut self, rule: &str) -> bool {
        if self.counted.is_empty() {
            for (_, story) in self.stories.iter() {
                *self.counted.entry(Arc::clone(&story.draft.rule)).or_default() += 1;
            }
        }
        self.stories.len() < STORIES_MAX && self.counted.get(rule).is_none_or(|count| *count < RULE_STORIES_MAX)
    }

    /// The stories that are new or have grown since this was called last, and those that are `wanted` besides, told anew, in
    /// the order of their ids.
    pub fn take_changes(&mut self, rules: &RuleSet, wanted: impl Fn(&FindingDraft) -> bool) -> Vec<FindingDraft> {
        let changed = std::mem::take(&mut self.changed);
        let mut all: Vec<(&FindingId, &Box<Story>)> =
            self.stories.iter().filter(|(id, story)| changed.contains(id) || wanted(&story.draft)).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all.into_iter().filter_map(|(_, story)| told(story, rules)).collect()
    }

    /// Assets turned out to be others: what was told of them is told of those.
    pub fn follow(&mut self, assets: &BTreeMap<&str, &str>) {
        let now = |asset: &String| current(assets, asset).to_owned();
        let gone = |asset: &String| assets.contains_key(asset.as_str());
        for draft in self.stories.iter_mut().map(|(_, story)| &mut story.draft) {
            if let Some(actor) = draft.actor.as_mut().filter(|actor| gone(actor)) {
                *actor = now(actor);
            }
            if draft.assets.iter().any(gone) {
                let mut known = Vec::with_capacity(draft.assets.len());
                for asset in draft.assets.iter().map(now) {
                    if !known.contains(&asset) {
                        known.push(asset);
                    }
                }
                draft.assets = known;
            }
        }
    }
}

fn begin(site: &str, id: FindingId, occurrence: &Occurrence<'_>) -> Story {
    let rule = occurrence.rule;
    let draft = FindingDraft {
        id: id.to_string(),
        site: site.to_owned(),
        rule: Arc::clone(&rule.id),
        title: String::new(),
        plant_sentence: String::new(),
        soc_sentence: String::new(),
        causes: Arc::clone(&rule.causes),
        actions: Vec::new(),
        techniques: Arc::clone(&rule.techniques),
        assets: Vec::new(),
        actor: None,
        effect: Arc::clone(&rule.effect),
        likelihood: 0.0,
        minutes_to_respond: rule.minutes_to_respond,
        first_time: occurrence.evidence.ts,
        time: occurrence.last,
        count: 0,
        evidence: Arc::default(),
    };
    Story { draft, words: Few::default(), weight: 0.0 }
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
            room_for_one(&mut draft.assets);
            draft.assets.push(asset.to_owned());
        }
    }
    keep(Arc::make_mut(&mut draft.evidence), &occurrence.evidence);
    story.weight = story.weight.max(occurrence.weight);
    let mut text = String::new();
    for (name, word) in occurrence.words {
        let Some((words, _)) = story.words.room(*name, usize::MAX, |_| Text::Borrowed(name)) else { continue };
        // Names follow what is known now; everything else is listed.
        let is_name = matches!(*name, "actor" | "target" | "tries" | "hosts");
        if !is_name && words.len() > WORDS_MAX {
            continue;
        }
        text.clear();
        let _ = write!(text, "{word}");
        if is_name && !words.is_empty() {
            words.truncate(1);
            words.iter_mut().for_each(|old| old.clone_from(&text));
        } else if is_name || (!text.is_empty() && !words.contains(&text)) {
            room_for_one(words);
            words.push(text.clone());
        }
    }
}

/// Keeps evidence: what came first stays, of the rest what came last. What falls out makes room for what comes.
fn keep(all: &mut Vec<FindingEvidence>, evidence: &Evidence<'_>) {
    if all.len() < 2 * EVIDENCE_EACH {
        room_for_one(all);
        all.push(FindingEvidence {
            ts: evidence.ts,
            kind: Text::Borrowed(evidence.kind),
            text: evidence.text.to_string(),
            src: Some(evidence.src),
            dst: evidence.dst,
            protocol: evidence.protocol.clone(),
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
    last.kind = Text::Borrowed(evidence.kind);
    last.protocol.clone_from(evidence.protocol);
    evidence.packets.clone_into(&mut last.packets);
}

/// A story with its sentences; `None` where its rule is no more.
fn told(story: &Story, rules: &RuleSet) -> Option<FindingDraft> {
    let rule = rules.rules().iter().find(|r| r.id == story.draft.rule)?;
    let fill = |template: &str| filled(template, story);
    Some(FindingDraft {
        title: fill(&rule.title),
        plant_sentence: fill(&rule.plant),
        soc_sentence: fill(&rule.soc),
        actions: rule.actions.iter().map(|action| fill(action)).collect(),
        likelihood: (rule.likelihood * story.weight).clamp(0.0, 1.0),
        ..story.draft.clone()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence<'a>(rule: &'a Rule, group: &'a [&'a str], actor: &'a str, target: &'a str) -> Occurrence<'a> {
        Occurrence {
            rule,
            group,
            assets: [Some(target), Some(actor)],
            actor: Some(actor),
            words: &[],
            evidence: Evidence {
                ts: Timestamp(1),
                kind: "asset",
                text: &"",
                src: Address::Ip([10, 0, 0, 1].into()),
                dst: None,
                protocol: &Text::Borrowed("arp"),
                frame: 1,
                packets: &[],
            },
            last: Timestamp(1),
            count: 1,
            weight: 1.0,
        }
    }

    #[test]
    fn a_flood_of_one_kind_hides_nothing_of_another() {
        let rules = RuleSet::shipped();
        let [one, other, ..] = rules.rules() else { panic!("two rules at least") };
        let mut stories = Stories::default();
        for number in 0..=RULE_STORIES_MAX {
            stories.add("works", &occurrence(one, &[&number.to_string()], "a", "b"));
        }
        assert_eq!(stories.dropped, 1);
        stories.add("works", &occurrence(other, &["x"], "a", "b"));
        assert_eq!((stories.dropped, stories.take_changes(&rules, |_| false).len()), (1, RULE_STORIES_MAX + 1));
    }

    #[test]
    fn a_story_follows_its_assets() {
        let rules = RuleSet::shipped();
        let mut stories = Stories::default();
        let mut seen = |actor, target| stories.add("works", &occurrence(&rules.rules()[0], &["one"], actor, target));
        seen("a", "x");
        seen("b", "x");
        // Told or not: what is gone is named no more, and nothing twice.
        stories.follow(&BTreeMap::from([("a", "b"), ("b", "c"), ("x", "y")]));
        let told = stories.take_changes(&rules, |_| false);
        assert_eq!((told[0].assets.clone(), told[0].actor.as_deref()), (vec!["y".to_owned(), "c".to_owned()], Some("c")));
    }
}
