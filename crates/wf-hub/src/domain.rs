//! The domain crates of a site, applied to one batch after the other.

use crate::profiles::Profiles;
use crate::{HubConfig, HubError, lock};
use ahash::{AHashMap, AHashSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::BufWriter;
use std::sync::Mutex;
use wf_detect::{Detector, RuleSet, Settings};
use wf_inventory::Inventory;
use wf_model::asset::{AssetDetail, AssetOverride, AssetView};
use wf_model::conversation::Conversation;
use wf_model::finding::{Finding, FindingDraft, State as AlarmState};
use wf_model::id::{AssetId, FindingId};
use wf_model::plant::PlantModel;
use wf_model::{Batch, Timestamp};
use wf_risk::{Relations, Weight};
use wf_store::{Changes, State};
use wf_wire::decode::ProtocolInfo;

/// Under this the state keeps the plant model that was given at a start last, as it was given.
const PLANT_GIVEN: &str = "plant_given";

/// What the hub itself has to remember over a restart.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    /// The journal's sequence that all snapshots reach.
    sequence: u64,
    /// Empty: findings are with detection. Older data directories held them here again.
    drafts: BTreeMap<FindingId, FindingDraft>,
    places: BTreeMap<FindingId, Place>,
    event_time: Timestamp,
}

/// A finding's place in the list.
#[derive(Serialize, Deserialize)]
struct Place {
    weight: Weight,
    /// As told last; 0 while unranked.
    #[serde(skip)]
    rank: u64,
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
    /// All findings are to be assessed anew, whatever else happens.
    anew: bool,
    /// What assets are, as hashes: being seen again changes no finding.
    known: AHashMap<AssetId, u64>,
    hasher: ahash::RandomState,
}

/// What is to be stored, of which rows are worked out a few at a time: all of them take as much as what they are worked out
/// from.
pub struct Conclusion {
    /// New and changed assets, by id, those not asked for yet.
    pub assets: Vec<AssetId>,
    /// Assets that turned out to be others: old id, id.
    pub removed: Vec<(String, String)>,
    /// Places of new and changed conversations, those not asked for yet.
    pub conversations: Vec<usize>,
    /// Assets that are no more what they were.
    changed: AHashSet<AssetId>,
}

/// Rows that are worked out at once.
const ROWS: usize = 1_000;

/// The next few of a list, which are taken out.
fn some<T>(list: &mut Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.drain(..list.len().min(ROWS)).collect())
}

impl Domain {
    /// A domain that knows nothing.
    pub fn empty() -> Self {
        let settings = Settings { learning_share: 0.3, learning_hours: 24.0 };
        Self {
            site: String::new(),
            plant: None,
            inventory: Inventory::new(""),
            detector: knowing(Detector::new(RuleSet::shipped(), settings)),
            relations: Relations::default(),
            profiles: Profiles::default(),
            memory: Memory::default(),
            anew: false,
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
        let text = |plant: &PlantModel| serde_json::to_string(plant).map_err(|e| HubError::Failed(e.to_string()));
        let given = config.plant.as_ref().map(text).transpose()?;
        // A file that is given again as it was does not undo what was changed in the page since.
        let news = given.is_some() && (stored.is_none() || state.meta(PLANT_GIVEN).await? != given);
        let plant = config.plant.clone().filter(|_| news).or(stored);
        let site = plant.as_ref().map_or_else(|| config.site.clone(), |p| p.site.id.clone());
        let before = state.meta("site").await?;
        if let Some(before) = before.filter(|b| *b != site) {
            return Err(HubError::Failed(format!(
                "this data directory holds the site '{before}', not '{site}': give another one with --data DIR"
            )));
        }
        state.set_meta("site", &site).await?;
        if let Some(given) = given.filter(|_| news) {
            state.set_meta("plant", &given).await?;
            state.set_meta(PLANT_GIVEN, &given).await?;
        }
        let mut domain = Self {
            inventory: load(state, "inventory").await?.unwrap_or_else(|| Inventory::new(&site)),
            detector: knowing(load(state, "detector").await?.unwrap_or_else(|| Detector::new(RuleSet::shipped(), settings))),
            relations: load(state, "relations").await?.unwrap_or_default(),
            memory: load(state, "hub").await?.unwrap_or_default(),
            profiles: Profiles::default(),
            anew: false,
            known: AHashMap::new(),
            hasher: ahash::RandomState::with_seeds(1, 2, 3, 4),
            plant: None,
            site,
        };
        domain.memory.drafts.clear();
        domain.profiles.load(state.all_conversations().await?);
        if let Some(plant) = plant {
            domain.use_plant(plant);
        }
        Ok(domain)
    }

    /// Applies what people said of assets, as it is stored.
    pub async fn say_again(domain: &Mutex<Self>, state: &State) -> Result<(), HubError> {
        let words = state.overrides().await?;
        let mut domain = lock(domain);
        for (id, word, by) in words {
            domain.inventory.override_asset(&id, &word, &by);
        }
        Ok(())
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
        self.memory.event_time
    }

    /// End of the learning period.
    pub fn learning_until(&self) -> Option<Timestamp> {
        self.detector.learning_until()
    }

    /// What has had no room any more, for people to know.
    pub fn full(&self) -> impl Iterator<Item = &'static str> {
        let inventory = self.inventory.counters();
        let full = [
            (self.profiles.evicted > 0, "the list of conversations is full: new ones are in the lake alone"),
            (
                self.detector.is_full(),
                "there are too many findings: of one kind or in all, some were counted and not listed: look for what makes so many",
            ),
            (inventory.evicted > 0, "there are too many addresses: those silent longest were forgotten"),
        ];
        full.into_iter().filter_map(|(is_full, text)| is_full.then_some(text))
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
        self.anew = true;
    }

    /// Applies a person's word on an asset; `false` where there is none of that id.
    pub fn override_asset(&mut self, id: &str, word: &AssetOverride, by: &str) -> bool {
        self.inventory.override_asset(id, word, by).is_some()
    }

    /// Applies a batch. `fresh` is false for a batch whose conversations are in the state already.
    pub fn apply(&mut self, batch: &Batch, fresh: bool) {
        self.inventory.apply(batch);
        self.relations.apply(batch, &self.inventory);
        self.detector.apply(batch, &self.inventory);
        if fresh {
            for window in &batch.conversations {
                self.profiles.window(&self.site, window, self.detector.conversation_status(window, &self.inventory));
            }
            batch.operations.iter().for_each(|operation| self.profiles.operation(operation));
        }
        if batch.origin.as_ref().is_some_and(|origin| !origin.finished.is_empty()) {
            self.inventory.settle_all();
        }
        self.memory.event_time = self.memory.event_time.max(batch.watermark);
    }

    /// What follows from everything that was applied since this was asked last, to be stored: assets, conversations,
    /// findings with consequence, places in the list. It must be stored with the last sequence that was applied, since
    /// conversations add up.
    pub fn conclude(&mut self) -> Conclusion {
        let (assets, removed) = self.inventory.take_changed();
        let follows: BTreeMap<&str, &str> =
            removed.iter().filter(|(_, id)| !id.is_empty()).map(|(old, id)| (old.as_str(), id.as_str())).collect();
        if !follows.is_empty() {
            self.detector.follow(&follows);
            self.relations.follow(&follows);
        }
        let ids = removed.iter().flat_map(|(old, id)| [old, id]);
        let mut changed: AHashSet<AssetId> = ids.filter_map(|id| AssetId::of(id)).collect();
        for id in removed.iter().filter_map(|(old, _)| AssetId::of(old)) {
            self.known.remove(&id);
        }
        for id in &assets {
            let Some(asset) = self.inventory.asset(*id) else { continue };
            let is = (&asset.name, &asset.role, &asset.zone, asset.purdue_level.map(f64::to_bits), asset.internet);
            // An address that it has no more is another's: conversations with it are told anew.
            let hash = self.hasher.hash_one((is, &asset.functions, &asset.ips, &asset.macs));
            if self.known.insert(*id, hash) != Some(hash) {
                changed.insert(*id);
            }
        }
        let conversations = self.profiles.take_changes(&changed, &self.inventory);
        Conclusion { assets, removed, conversations, changed }
    }

    /// Some of the assets of a conclusion with all that is known of them, each once; `None` when there are no more.
    pub fn some_assets(&self, of: &mut Conclusion) -> Option<Vec<AssetDetail>> {
        some(&mut of.assets).map(|ids| self.inventory.details(&ids))
    }

    /// Some of the conversations of a conclusion, each once; `None` when there are no more.
    pub fn some_conversations(&self, of: &mut Conclusion) -> Option<Vec<Conversation>> {
        some(&mut of.conversations).map(|places| self.profiles.told(&self.site, &places, &self.inventory))
    }

    /// The rest of a conclusion: findings, with their places in the list, and assets that are no more.
    pub fn rest(&mut self, of: Conclusion) -> Changes {
        let Conclusion { changed, removed, .. } = of;
        // What is assessed anew: findings that are new or grown, and those about assets that changed what they are.
        let about = |id: &String| AssetId::of(id).is_some_and(|id| changed.contains(&id));
        let anew = std::mem::take(&mut self.anew);
        let told = self.detector.take_changes(|draft| anew || draft.assets.iter().chain(&draft.actor).any(about));
        let mut findings: Vec<Finding> = told.into_iter().map(|draft| self.finding(draft)).collect();
        let ranks = self.rank(&mut findings);
        Changes { removed_assets: removed, findings, ranks, site: self.site.clone(), ..Changes::default() }
    }

    /// Ranks all findings, these with their new weights; gives those whose place changed.
    fn rank(&mut self, findings: &mut [Finding]) -> Vec<(String, u64)> {
        let places = &mut self.memory.places;
        for finding in &*findings {
            let weight = Weight { loss: finding.assessment.expected_loss, priority: finding.priority, time: finding.time };
            if let Some(id) = FindingId::of(&finding.id) {
                places.entry(id).or_insert(Place { weight, rank: 0 }).weight = weight;
            }
        }
        let mut order: Vec<(&FindingId, &mut Place)> = places.iter_mut().collect();
        order.sort_by(|(_, a), (_, b)| wf_risk::order(&a.weight, &b.weight));
        let mut moved = Vec::new();
        for ((id, place), rank) in order.into_iter().zip(1..) {
            if std::mem::replace(&mut place.rank, rank) != rank {
                moved.push((*id, rank));
            }
        }
        for finding in &mut *findings {
            finding.rank = FindingId::of(&finding.id).and_then(|id| places.get(&id)).map_or(0, |place| place.rank);
        }
        moved.into_iter().map(|(id, rank)| (id.to_string(), rank)).collect()
    }

    fn finding(&self, draft: FindingDraft) -> Finding {
        let assessed = wf_risk::assess(&draft, self.plant.as_ref(), &self.inventory, &self.relations);
        let name = |id: &String| self.inventory.by_id(id).map_or_else(|| id.clone(), |facts| facts.name.to_owned());
        Finding {
            asset_names: draft.assets.iter().map(name).collect(),
            id: draft.id,
            site: draft.site,
            rule: draft.rule.to_string(),
            title: draft.title,
            priority: assessed.priority,
            rank: 0,
            time: draft.time,
            first_time: draft.first_time,
            assets: draft.assets,
            actor: draft.actor,
            techniques: draft.techniques,
            state: AlarmState::Unacknowledged,
            count: draft.count,
            plant_sentence: draft.plant_sentence,
            soc_sentence: draft.soc_sentence,
            causes: draft.causes,
            actions: draft.actions,
            minutes_to_respond: draft.minutes_to_respond,
            evidence: draft.evidence,
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

/// The names under which industrial protocols tell what was done: a decoder that is added brings its acts before the rules.
fn industrial() -> impl Iterator<Item = &'static str> {
    let entries = |industrial: bool| wf_protocols::REGISTRY.iter().filter(move |info| info.industrial == industrial);
    let names = |info: &'static ProtocolInfo| std::iter::once(info.name).chain(info.messages.iter().copied());
    // What an industrial protocol merely carries is none.
    entries(true)
        .copied()
        .flat_map(names)
        .filter(move |name| !entries(false).copied().flat_map(names).any(|other| other == *name))
}

fn knowing(mut detector: Detector) -> Detector {
    detector.set_industrial(industrial());
    detector
}

async fn stored_plant(state: &State) -> Result<Option<PlantModel>, HubError> {
    let text = state.meta("plant").await?;
    text.map(|t| serde_json::from_str(&t).map_err(|e| HubError::Damaged(format!("the stored plant model does not parse: {e}"))))
        .transpose()
}

/// How a compressed snapshot begins. A plain one, as programs before stored them, does not: it begins with a name, a share or
/// a count.
const COMPRESSED: [u8; 4] = zstd::zstd_safe::MAGICNUMBER.to_le_bytes();
/// Bytes that are compressed at a time, so that what is stored is not held whole beside what it is made from.
const PART: usize = 64 << 10;

fn save(name: &str, value: &impl Serialize) -> Result<(String, Vec<u8>), HubError> {
    let failed = |why: &dyn Display| HubError::Failed(format!("the {name} cannot be stored: {why}"));
    let mut compressed = zstd::Encoder::new(Vec::new(), 1).map_err(|e| failed(&e))?;
    postcard::to_io(value, BufWriter::with_capacity(PART, &mut compressed)).map_err(|e| failed(&e))?;
    Ok((name.to_owned(), compressed.finish().map_err(|e| failed(&e))?))
}

async fn load<T: for<'de> Deserialize<'de>>(state: &State, name: &str) -> Result<Option<T>, HubError> {
    let damaged = |why: &dyn Display| {
        HubError::Damaged(format!("the stored {name} does not parse: {why}; it may come from another version"))
    };
    let Some(mut bytes) = state.snapshot(name).await? else { return Ok(None) };
    if bytes.starts_with(&COMPRESSED) {
        bytes = zstd::decode_all(bytes.as_slice()).map_err(|e| damaged(&e))?;
    }
    postcard::from_bytes(&bytes).map(Some).map_err(|e| damaged(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_industrial_protocol_is_known_to_the_rules() {
        let known: AHashSet<&str> = industrial().collect();
        for info in wf_protocols::REGISTRY {
            assert_eq!(known.contains(info.name), info.industrial, "{}", info.name);
        }
        assert!(["cip", "sparkplug_b"].iter().all(|name| known.contains(name)) && !known.contains("arp"));
        let rules = RuleSet::shipped();
        let acts = rules
            .rules()
            .iter()
            .filter(|rule| rule.id.starts_with("controller-") && rule.id.as_ref() != "controller-to-internet");
        assert!(acts.clone().count() == 2 && acts.clone().all(|rule| rule.conditions.industrial), "acts of any decoder count");
    }

    #[tokio::test]
    async fn a_snapshot_is_read_back_compressed_or_plain() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state.db")).await.unwrap();
        let memory = vec!["what the domain remembers".to_owned(); 50_000];
        let (compressed, plain) = (save("now", &memory).unwrap(), ("before".to_owned(), postcard::to_stdvec(&memory).unwrap()));
        assert!(compressed.1.len() < plain.1.len() / 10);
        let cut = ("cut".to_owned(), compressed.1[..compressed.1.len() / 2].to_vec());
        state.apply(Changes { snapshots: vec![compressed, plain, cut], ..Changes::default() }).await.unwrap();
        for name in ["now", "before"] {
            assert_eq!(load::<Vec<String>>(&state, name).await.unwrap().as_ref(), Some(&memory), "{name}");
        }
        assert!(matches!(load::<Vec<String>>(&state, "cut").await, Err(HubError::Damaged(_))));
    }
}
