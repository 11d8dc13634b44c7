//! The domain crates of a site, applied to one batch after the other.

use crate::profiles::Profiles;
use crate::{HubConfig, HubError};
use ahash::AHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wf_detect::{Detector, RuleSet, Settings};
use wf_inventory::Inventory;
use wf_model::asset::{AssetOverride, AssetView};
use wf_model::finding::{Finding, FindingDraft, Priority, State as AlarmState};
use wf_model::plant::PlantModel;
use wf_model::{Batch, Timestamp};
use wf_risk::Relations;
use wf_store::{Changes, State};

/// Findings that are kept ranked; beyond it the least ones are not added.
const FINDINGS_MAX: usize = 20_000;

/// What the hub itself has to remember over a restart.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    /// The journal's sequence that all snapshots reach.
    sequence: u64,
    drafts: BTreeMap<String, FindingDraft>,
    places: BTreeMap<String, (f64, u8, i64)>,
    event_time: i64,
}

/// Everything that a site knows, in memory.
pub struct Domain {
    site: String,
    /// The plant model in force.
    pub plant: Option<PlantModel>,
    /// Assets.
    pub inventory: Inventory,
    detector: Detector,
    relations: Relations,
    profiles: Profiles,
    memory: Memory,
    ranks: BTreeMap<String, u64>,
    /// Findings to be assessed anew, whatever else happens.
    anew: BTreeSet<String>,
    /// What assets are, as hashes: being seen again changes no finding.
    known: AHashMap<String, u64>,
    hasher: ahash::RandomState,
}

impl Domain {
    /// A domain that knows nothing.
    pub fn empty() -> Self {
        let settings = Settings { learning_share: 0.3, learning_hours: 24.0 };
        Self {
            site: String::new(),
            plant: None,
            inventory: Inventory::new(""),
            detector: Detector::new(RuleSet::shipped(), settings),
            relations: Relations::default(),
            profiles: Profiles::default(),
            memory: Memory::default(),
            ranks: BTreeMap::new(),
            anew: BTreeSet::new(),
            known: AHashMap::new(),
            hasher: ahash::RandomState::with_seeds(1, 2, 3, 4),
        }
    }

    /// What a reader of the data directory needs.
    pub async fn for_reading(state: &State) -> Result<Self, HubError> {
        let plant = stored_plant(state).await?;
        let site = state.meta("site").await?.unwrap_or_default();
        Ok(Self { site, plant, ..Self::empty() })
    }

    /// Takes everything back from the state.
    pub async fn restore(state: &State, config: &HubConfig) -> Result<Self, HubError> {
        let settings = Settings { learning_share: config.learning_share, learning_hours: config.learning_hours };
        let stored = stored_plant(state).await?;
        let plant = config.plant.clone().or(stored);
        let site = plant.as_ref().map_or_else(|| config.site.clone(), |p| p.site.id.clone());
        let before = state.meta("site").await?;
        if let Some(before) = before.filter(|b| *b != site) {
            return Err(HubError::Failed(format!(
                "this data directory holds the site '{before}', not '{site}': give another one with --data DIR"
            )));
        }
        state.set_meta("site", &site).await?;
        if let Some(plant) = &config.plant {
            state.set_meta("plant", &serde_json::to_string(plant).map_err(|e| HubError::Failed(e.to_string()))?).await?;
        }
        let mut domain = Self {
            inventory: load(state, "inventory").await?.unwrap_or_else(|| Inventory::new(&site)),
            detector: load(state, "detector").await?.unwrap_or_else(|| Detector::new(RuleSet::shipped(), settings)),
            relations: load(state, "relations").await?.unwrap_or_default(),
            memory: load(state, "hub").await?.unwrap_or_default(),
            profiles: Profiles::default(),
            ranks: BTreeMap::new(),
            anew: BTreeSet::new(),
            known: AHashMap::new(),
            hasher: ahash::RandomState::with_seeds(1, 2, 3, 4),
            plant: None,
            site,
        };
        domain.profiles.load(state.all_conversations().await?);
        for (id, word, by) in state.overrides().await? {
            domain.inventory.override_asset(&id, &word, &by);
        }
        if let Some(plant) = plant {
            domain.use_plant(plant);
        }
        Ok(domain)
    }

    /// The site's id.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The journal's sequence that the snapshots reach.
    pub fn snapshot_sequence(&self) -> u64 {
        self.memory.sequence
    }

    /// Event time up to which everything is folded in.
    pub fn event_time(&self) -> Timestamp {
        Timestamp(self.memory.event_time)
    }

    /// End of the learning period.
    pub fn learning_until(&self) -> Option<Timestamp> {
        self.detector.learning_until()
    }

    /// Conversation profiles.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    fn use_plant(&mut self, plant: PlantModel) {
        self.inventory.set_plant(&plant);
        self.detector.set_plant(&plant);
        self.plant = Some(plant);
    }

    /// Puts another plant model in force; everything is assessed anew.
    pub fn set_plant(&mut self, plant: PlantModel) {
        self.use_plant(plant);
        self.anew = self.memory.drafts.keys().cloned().collect();
    }

    /// Applies a person's word on an asset.
    pub fn override_asset(&mut self, id: &str, word: &AssetOverride, by: &str) {
        self.inventory.override_asset(id, word, by);
    }

    /// Applies a batch. `fresh` is false for a batch whose conversations are in the state already.
    pub fn apply(&mut self, batch: &Batch, fresh: bool) {
        self.inventory.apply(batch);
        self.relations.apply(batch, &self.inventory);
        self.detector.apply(batch, &self.inventory);
        if fresh {
            let (detector, inventory) = (&self.detector, &self.inventory);
            for window in &batch.conversations {
                self.profiles.window(&self.site, window, &self.inventory, |w| detector.conversation_status(w, inventory));
            }
            batch.operations.iter().for_each(|operation| self.profiles.operation(operation));
        }
        if batch.origin.as_ref().is_some_and(|origin| !origin.finished.is_empty()) {
            self.inventory.settle_all();
        }
        self.memory.event_time = self.memory.event_time.max(batch.watermark.0);
    }

    /// What follows from everything that was applied since this was asked last, to be stored: assets, conversations,
    /// findings with consequence, places in the list. It must be stored with the last sequence that was applied, since
    /// conversations add up.
    pub fn conclude(&mut self) -> Changes {
        let drafts = self.detector.take_changes();
        let inventory = self.inventory.take_changes();
        let mut changed: BTreeSet<&str> = inventory.removed.iter().map(|(old, _)| old.as_str()).collect();
        for detail in &inventory.upserted {
            let asset = &detail.asset;
            let is =
                (&asset.name, &asset.role, &asset.zone, asset.purdue_level.map(f64::to_bits), asset.internet, &asset.functions);
            let hash = self.hasher.hash_one(is);
            if self.known.insert(asset.id.clone(), hash) != Some(hash) {
                changed.insert(&asset.id);
            }
        }
        for (old, _) in &inventory.removed {
            self.known.remove(old);
        }
        if !changed.is_empty() {
            self.profiles.rename(&changed, &self.inventory);
        }
        for (old, id) in inventory.removed.iter().filter(|(_, id)| !id.is_empty()) {
            self.follow(old, id);
        }
        let mut again = std::mem::take(&mut self.anew);
        again.extend(drafts.iter().map(|d| d.id.clone()));
        for draft in drafts {
            if self.memory.drafts.len() < FINDINGS_MAX || self.memory.drafts.contains_key(&draft.id) {
                self.memory.drafts.insert(draft.id.clone(), draft);
            }
        }
        // What is assessed anew: findings that are new or grown, and those about assets that changed what they are.
        let concerned = |draft: &FindingDraft| draft.assets.iter().chain(&draft.actor).any(|id| changed.contains(id.as_str()));
        again.extend(self.memory.drafts.values().filter(|d| concerned(d)).map(|d| d.id.clone()));
        let mut findings: Vec<Finding> =
            again.iter().filter_map(|id| self.memory.drafts.get(id)).map(|draft| self.finding(draft)).collect();
        for finding in &findings {
            let place = (finding.assessment.expected_loss, finding.priority as u8, finding.time.0);
            self.memory.places.insert(finding.id.clone(), place);
        }
        let ranks = self.rank();
        for finding in &mut findings {
            finding.rank = self.ranks.get(&finding.id).copied().unwrap_or(0);
        }
        Changes {
            assets: inventory.upserted,
            removed_assets: inventory.removed,
            conversations: self.profiles.take_changes(),
            findings,
            ranks,
            site: self.site.clone(),
            ..Changes::default()
        }
    }

    /// An asset turned out to be another one: findings about it are about that one.
    fn follow(&mut self, old: &str, id: &str) {
        for draft in self.memory.drafts.values_mut() {
            for asset in draft.assets.iter_mut().chain(&mut draft.actor).filter(|a| *a == old) {
                id.clone_into(asset);
            }
        }
    }

    /// Ranks all findings; gives those whose place changed.
    fn rank(&mut self) -> Vec<(String, u64)> {
        let list: Vec<(String, f64, Priority, Timestamp)> = self
            .memory
            .places
            .iter()
            .map(|(id, (loss, priority, time))| {
                (id.clone(), *loss, Priority::ALL.get(usize::from(*priority)).copied().unwrap_or(Priority::Low), Timestamp(*time))
            })
            .collect();
        let ranks: BTreeMap<String, u64> = wf_risk::rank(&list).into_iter().collect();
        let moved =
            ranks.iter().filter(|(id, rank)| self.ranks.get(*id) != Some(rank)).map(|(id, rank)| (id.clone(), *rank)).collect();
        self.ranks = ranks;
        moved
    }

    fn finding(&self, draft: &FindingDraft) -> Finding {
        let assessed = wf_risk::assess(draft, self.plant.as_ref(), &self.inventory, &self.relations);
        let name = |id: &String| self.inventory.by_id(id).map_or_else(|| id.clone(), |facts| facts.name.to_owned());
        Finding {
            id: draft.id.clone(),
            site: draft.site.clone(),
            rule: draft.rule.clone(),
            title: draft.title.clone(),
            priority: assessed.priority,
            rank: 0,
            time: draft.time,
            first_time: draft.first_time,
            assets: draft.assets.clone(),
            asset_names: draft.assets.iter().map(name).collect(),
            actor: draft.actor.clone(),
            techniques: draft.techniques.clone(),
            state: AlarmState::Unacknowledged,
            count: draft.count,
            plant_sentence: draft.plant_sentence.clone(),
            soc_sentence: draft.soc_sentence.clone(),
            causes: draft.causes.clone(),
            actions: draft.actions.clone(),
            minutes_to_respond: draft.minutes_to_respond,
            evidence: draft.evidence.clone(),
            assessment: assessed.assessment,
            handled_by: None,
            handled_reason: None,
            handled_at: None,
            handled_until: None,
        }
    }

    /// Snapshots of everything that a restart needs, as of this sequence.
    pub fn snapshots(&mut self, sequence: u64) -> Result<Vec<(String, Vec<u8>)>, HubError> {
        self.memory.sequence = sequence;
        Ok(vec![
            save("inventory", &self.inventory)?,
            save("detector", &self.detector)?,
            save("relations", &self.relations)?,
            save("hub", &self.memory)?,
        ])
    }
}

async fn stored_plant(state: &State) -> Result<Option<PlantModel>, HubError> {
    let text = state.meta("plant").await?;
    text.map(|t| serde_json::from_str(&t).map_err(|e| HubError::Damaged(format!("the stored plant model does not parse: {e}"))))
        .transpose()
}

fn save(name: &str, value: &impl Serialize) -> Result<(String, Vec<u8>), HubError> {
    let bytes = postcard::to_stdvec(value).map_err(|e| HubError::Failed(format!("the {name} cannot be stored: {e}")))?;
    Ok((name.to_owned(), bytes))
}

async fn load<T: for<'de> Deserialize<'de>>(state: &State, name: &str) -> Result<Option<T>, HubError> {
    let Some(bytes) = state.snapshot(name).await? else { return Ok(None) };
    postcard::from_bytes(&bytes)
        .map(Some)
        .map_err(|e| HubError::Damaged(format!("the stored {name} does not parse: {e}; it may come from another version")))
}
