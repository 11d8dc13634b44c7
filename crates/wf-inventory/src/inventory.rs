//! The inventory of a site: facts in, assets out.

use crate::detail::{Device, Words, addresses, counted};
use crate::facts::Facts;
use crate::identity::{Part, devices, is_bound, is_router, neighbours, subnet};
use crate::place::{Place, Standing, Subnets, Zones, place, placing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use wf_model::asset::{Asset, AssetDetail, AssetFacts, AssetOverride, AssetView};
use wf_model::id::AssetId;
use wf_model::network::Network;
use wf_model::plant::PlantModel;
use wf_model::stored::{FewSet, Many, ManySet, sorted, sorted_set};
use wf_model::{Address, Batch, Mac, Timestamp, time::MINUTE};

/// Addresses (MAC and IP, each) that are kept at most.
const ADDRESSES_MAX: usize = 200_000;

/// Event time after which everything that was seen again is worked out anew: what follows from times and counts alone.
const SETTLE_EVERY: i64 = 15 * MINUTE;

/// What fell off, to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Addresses forgotten because the tables were full.
    pub evicted: u64,
    /// Values, links and peers that found no room.
    pub overflow: u64,
}

/// What changed since it was asked last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InventoryChanges {
    /// New and changed assets, by id.
    pub upserted: Vec<AssetDetail>,
    /// Assets that are no more: old id, and the asset they became part of (empty where it was forgotten).
    pub removed: Vec<(String, String)>,
}

/// One asset as kept between batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    asset: Arc<Asset>,
    parts: Vec<(Address, u32)>,
}

/// The assets of one site and the facts behind them. Serialises whole, for snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    site: String,
    plant: Option<PlantModel>,
    facts: Facts,
    #[serde(serialize_with = "sorted")]
    known: Many<AssetId, Known>,
    /// Every asset id that an address is or was part of.
    #[serde(serialize_with = "sorted")]
    holders: Many<Address, FewSet<AssetId>>,
    #[serde(skip)]
    standing: Standing,
    subnets: Subnets,
    routers: BTreeSet<Mac>,
    /// What people said, by an address of the device.
    words: BTreeMap<Address, Words>,
    #[serde(serialize_with = "sorted_set")]
    changed: ManySet<AssetId>,
    removed: BTreeMap<String, String>,
    now: Timestamp,
    /// Addresses that were seen again since they were worked out last.
    #[serde(serialize_with = "sorted_set")]
    stale: ManySet<Address>,
    /// Event time at which everything was worked out anew last.
    settled: Timestamp,
    evicted: u64,
}

impl Inventory {
    /// An empty inventory.
    #[must_use]
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            plant: None,
            facts: Facts::default(),
            known: Many::default(),
            holders: Many::default(),
            standing: Standing::default(),
            subnets: Subnets::default(),
            routers: BTreeSet::new(),
            words: BTreeMap::new(),
            changed: ManySet::default(),
            removed: BTreeMap::new(),
            now: Timestamp(0),
            stale: ManySet::default(),
            settled: Timestamp(0),
            evicted: 0,
        }
    }

    /// Takes a plant model: all zones, levels and functions are worked out anew.
    pub fn set_plant(&mut self, plant: &PlantModel) {
        self.plant = Some(plant.clone());
        self.facts.dirty.extend(self.facts.macs.keys().map(|mac| Address::Mac(*mac)));
        self.facts.dirty.extend(self.facts.ips.keys().map(|ip| Address::Ip(*ip)));
        self.derive();
    }

    /// Folds a batch in.
    pub fn apply(&mut self, batch: &Batch) {
        for row in &batch.evidence {
            self.facts.evidence(row);
        }
        for row in &batch.conversations {
            self.facts.conversation(row);
        }
        for row in &batch.operations {
            self.facts.operation(row);
        }
        self.now = self.now.max(batch.watermark);
        self.evicted += self.facts.evict(ADDRESSES_MAX);
        if self.now.since(self.settled) >= SETTLE_EVERY {
            self.settled = self.now;
            return self.settle_all();
        }
        self.derive();
        self.touch();
    }

    /// Works out anew everything of which more was seen: what follows from times and counts alone.
    pub fn settle_all(&mut self) {
        self.facts.dirty.extend(self.facts.touched.drain());
        self.facts.dirty.extend(self.stale.drain());
        self.derive();
    }

    /// Devices of which only more of the same was seen: they stay what they are, and were seen later.
    fn touch(&mut self) {
        for address in &self.facts.touched {
            let Some(last) = self.facts.node(address).and_then(|n| n.sent.as_ref()).map(|s| s.last) else { continue };
            for id in self.holders.get(address).map(|ids| ids.iter()).into_iter().flatten() {
                let Some(known) = self.known.get_mut(id) else { continue };
                if known.asset.last_seen < last && addresses(&known.asset).any(|a| a == *address) {
                    Arc::make_mut(&mut known.asset).last_seen = last;
                    self.changed.insert(*id);
                }
            }
        }
        self.stale.extend(self.facts.touched.drain());
    }

    /// A person's word on an asset; an empty text takes it back. `None` where there is no such asset.
    pub fn override_asset(&mut self, id: &str, word: &AssetOverride, by: &str) -> Option<AssetDetail> {
        let parts: Vec<Address> = self.known.get(&AssetId::of(id)?)?.parts.iter().map(|(address, _)| *address).collect();
        // A card that is known to be the device's stays with it; an IP may be another's tomorrow, and a card that only stands
        // before the address may turn out to be a router's.
        let ips: Vec<IpAddr> = parts.iter().filter_map(|address| address.ip()).collect();
        let own = |mac: Mac| ips.is_empty() || ips.iter().any(|ip| is_bound(&self.facts, mac, *ip));
        let key = *parts.iter().find(|address| matches!(address, Address::Mac(mac) if own(*mac))).or(parts.first())?;
        let fields = [
            ("name", &word.name),
            ("vendor", &word.vendor),
            ("model", &word.model),
            ("role", &word.role),
            ("purdue_level", &word.purdue_level),
            ("zone", &word.zone),
        ];
        for (field, value) in fields {
            let Some(value) = value.as_deref().map(str::trim) else { continue };
            // Said again, it stays whose word it was, and when.
            let said = parts.iter().filter_map(|address| self.words.get(address)?.get(field)).next();
            if said.is_some_and(|(present, ..)| present == value) {
                continue;
            }
            // What was said of it by another of its addresses holds no longer.
            for address in &parts {
                if let Some(words) = self.words.get_mut(address) {
                    words.remove(field);
                }
            }
            if !value.is_empty() {
                let word = (value.to_owned(), by.to_owned(), self.now);
                self.words.entry(key).or_default().insert(field.to_owned(), word);
            }
        }
        self.words.retain(|_, words| !words.is_empty());
        self.facts.dirty.insert(key);
        self.derive();
        self.detail_of(*self.holders.get(&key)?.first()?, &self.zones())
    }

    /// What changed since this or [`Self::take_changed`] was called last, in the order of ids.
    pub fn take_changes(&mut self) -> InventoryChanges {
        let (changed, removed) = self.take_changed();
        InventoryChanges { upserted: self.details(&changed), removed }
    }

    /// The same with the ids of new and changed assets alone, whose [`Self::details`] can be asked for a few at a time.
    pub fn take_changed(&mut self) -> (Vec<AssetId>, Vec<(String, String)>) {
        let mut changed: Vec<AssetId> = std::mem::take(&mut self.changed).into_iter().collect();
        changed.sort_unstable();
        let is = |id: &str| AssetId::of(id).is_some_and(|id| self.known.contains_key(&id));
        let removed = std::mem::take(&mut self.removed).into_iter().filter(|(id, _)| !is(id)).collect();
        (changed, removed)
    }

    /// An asset as it stands.
    #[must_use]
    pub fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.known.get(&id).map(|known| &*known.asset)
    }

    /// Assets with all their attributes; those that are no more are left out.
    #[must_use]
    pub fn details(&self, ids: &[AssetId]) -> Vec<AssetDetail> {
        let zones = self.zones();
        let mut details = Vec::with_capacity(ids.len());
        details.extend(ids.iter().filter_map(|id| self.detail_of(*id, &zones)));
        details
    }

    /// All assets in the order of their ids.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        let mut all: Vec<&Asset> = self.known.values().map(|k| &*k.asset).collect();
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        all.into_iter()
    }

    /// How many assets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// An asset with all its attributes.
    #[must_use]
    pub fn detail(&self, id: &str) -> Option<AssetDetail> {
        self.detail_of(AssetId::of(id)?, &self.zones())
    }

    fn detail_of(&self, id: AssetId, zones: &Zones) -> Option<AssetDetail> {
        let known = self.known.get(&id)?;
        let parts = parts(known);
        let attributes = Device::of(&self.facts, zones, &parts).attributes(&self.subnets, &self.words_of(&parts))?;
        Some(AssetDetail { asset: Arc::clone(&known.asset), attributes })
    }

    /// What fell off.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters { evicted: self.evicted, overflow: self.facts.overflow }
    }

    fn zones(&self) -> Zones {
        self.plant.as_ref().map(Zones::of).unwrap_or_default()
    }

    fn words_of(&self, parts: &[Part]) -> Words {
        let mut all = Words::new();
        if self.words.is_empty() {
            return all;
        }
        for words in parts.iter().filter_map(|p| self.words.get(&p.address())) {
            all.extend(words.iter().map(|(field, word)| (field.clone(), word.clone())));
        }
        all
    }

    /// Works out anew every device that the dirty addresses touch.
    fn derive(&mut self) {
        let mut seen = std::mem::take(&mut self.facts.dirty);
        if seen.is_empty() {
            return;
        }
        self.update_routers(&mut seen);
        // All addresses that hang together with these. A device that was known by one of them may lose others by this: they
        // are looked at too.
        let mut all: Vec<Address> = seen.iter().copied().collect();
        let mut old: ManySet<AssetId> = ManySet::default();
        let mut at = 0;
        while let Some(address) = all.get(at).copied() {
            at += 1;
            let mut see = |address| {
                if seen.insert(address) {
                    all.push(address);
                }
            };
            neighbours(&self.facts, &self.routers, &address, &mut see);
            for id in self.holders.get(&address).map(|ids| ids.iter()).into_iter().flatten() {
                if old.insert(*id) {
                    let lost = self.known.get(id).map(|k| k.parts.iter()).into_iter().flatten();
                    lost.for_each(|(address, _)| see(*address));
                }
            }
        }
        self.replace(&old, &all);
    }

    /// A MAC turns out to be a router's, or not: the addresses behind it are then looked at again.
    fn update_routers(&mut self, dirty: &mut ManySet<Address>) {
        let mut macs: ManySet<Mac> = ManySet::default();
        for address in dirty.iter() {
            match address {
                Address::Mac(mac) => drop(macs.insert(*mac)),
                Address::Ip(ip) => macs.extend(self.facts.ips.get(ip).map(|f| f.links.keys().copied()).into_iter().flatten()),
            }
        }
        for mac in macs {
            let router = is_router(&self.facts, mac);
            let Some(facts) = self.facts.macs.get_mut(&mac) else {
                self.routers.remove(&mac);
                continue;
            };
            if facts.router == router {
                continue;
            }
            facts.router = router;
            dirty.insert(Address::Mac(mac));
            dirty.extend(facts.ips.iter().map(|ip| Address::Ip(*ip)));
            if router {
                self.routers.insert(mac)
            } else {
                self.routers.remove(&mac)
            };
        }
    }

    fn replace(&mut self, old: &ManySet<AssetId>, touched: &[Address]) {
        self.standing.fill(self.known.iter().map(|(id, known)| (*id, &*known.asset)));
        let zones = self.zones();
        let (mut moved, mut fresh): (ManySet<Network>, ManySet<AssetId>) = Default::default();
        for found in devices(&self.facts, &self.routers, touched) {
            fresh.extend(self.place_device(&zones, &found, &mut moved));
        }
        let gone: Vec<AssetId> = old.iter().filter(|id| !fresh.contains(id)).copied().collect();
        let gone: Vec<Known> = gone.into_iter().filter_map(|id| self.take_out(&zones, id, &mut moved)).collect();
        for known in gone {
            let into = known.parts.iter().find_map(|(a, _)| self.holders.get(a)?.first().copied());
            self.removed.insert(known.asset.id.clone(), into.map(|id| id.to_string()).unwrap_or_default());
        }
        self.settle_levels(&zones, &moved, fresh);
    }

    /// Takes an asset out of all tables.
    fn take_out(&mut self, zones: &Zones, id: AssetId, moved: &mut ManySet<Network>) -> Option<Known> {
        let known = self.known.remove(&id)?;
        self.count(id, &known.asset, false);
        note_moved(zones, &known.asset, moved);
        for (address, _) in &known.parts {
            let empty = self.holders.get_mut(address).is_some_and(|ids| {
                ids.remove(&id);
                ids.is_empty()
            });
            if empty {
                self.holders.remove(address);
            }
        }
        self.changed.remove(&id);
        Some(known)
    }

    fn place_device(&mut self, zones: &Zones, found: &[Part], moved: &mut ManySet<Network>) -> Option<AssetId> {
        let device = Device::of(&self.facts, zones, found);
        let key = device.key()?;
        if device.is_broadcast() {
            return None;
        }
        let id = AssetId::stable(&[&self.site, &key]);
        let mut asset = device.asset(&self.site, id.to_string(), &self.subnets, &self.words_of(found))?;
        asset.functions = self.functions_of(&asset);
        note_moved(zones, &asset, moved);
        if !self.removed.is_empty() {
            self.removed.remove(&asset.id);
        }
        let parts: Vec<(Address, u32)> = found.iter().map(part_key).collect();
        let asset = Arc::new(asset);
        match self.known.get_mut(&id) {
            // The usual case: it stands where it stood.
            Some(known) if known.parts == parts && counts_alike(&known.asset, &asset) => known.asset = asset,
            _ => {
                self.take_out(zones, id, moved);
                self.count(id, &asset, true);
                for part in found {
                    self.holders.entry(part.address()).or_default().insert(id);
                }
                self.known.insert(id, Known { asset, parts });
            }
        }
        self.changed.insert(id);
        Some(id)
    }

    /// Counts an asset in (or out of) its subnets.
    fn count(&mut self, id: AssetId, asset: &Asset, add: bool) {
        if !asset.internet {
            for ip in counted(&asset.ips) {
                let net = subnet(ip);
                self.subnets.count(net, &asset.role, add);
                self.standing.note(net, id, add);
            }
        }
    }

    /// Levels follow the roles of the neighbours: where the balance of a subnet changed, all its devices are placed again,
    /// elsewhere those that were just worked out.
    fn settle_levels(&mut self, zones: &Zones, moved: &ManySet<Network>, mut ids: ManySet<AssetId>) {
        for net in moved.iter().filter(|net| self.subnets.shifted(**net)) {
            ids.extend(self.standing.in_subnet(*net));
        }
        let mut places = Many::default();
        for id in ids {
            self.settle(zones, id, &mut places);
        }
    }

    /// Places an asset again. Where its subnet alone tells, devices of a role stand alike: `places` remembers them.
    fn settle(&mut self, zones: &Zones, id: AssetId, places: &mut Many<(Network, String), Place>) {
        let Some(known) = self.known.get_mut(&id).filter(|k| !k.asset.internet) else { return };
        let said = |field: &str| known.parts.iter().any(|(a, _)| self.words.get(a).is_some_and(|w| w.contains_key(field)));
        let (level_said, zone_said) = if self.words.is_empty() { (false, false) } else { (said("purdue_level"), said("zone")) };
        let asset = &mut known.asset;
        let work_out = || place(zones, &self.subnets, &asset.ips, &asset.role, false);
        let own;
        let place = match placing(zones, &asset.ips) {
            Some(net) => &*places.entry((net, asset.role.clone())).or_insert_with(work_out),
            None => {
                own = work_out();
                &own
            }
        };
        if !level_said && asset.purdue_level != place.level {
            Arc::make_mut(asset).purdue_level = place.level;
            self.changed.insert(id);
        }
        if !zone_said && (asset.zone != place.zone || asset.zone_reason != place.reason) {
            let asset = Arc::make_mut(asset);
            asset.zone.clone_from(&place.zone);
            asset.zone_reason.clone_from(&place.reason);
            self.changed.insert(id);
        }
    }

    /// Ids of the plant model's functions that stand on an asset, by its IPs, MACs or name.
    fn functions_of(&self, asset: &Asset) -> Vec<String> {
        let Some(plant) = &self.plant else { return Vec::new() };
        let is = |said: &String| match said.parse::<Address>() {
            Ok(address) => addresses(asset).any(|a| a == address),
            Err(()) => said.eq_ignore_ascii_case(&asset.name),
        };
        plant.functions.iter().filter(|f| f.assets.iter().any(is)).map(|f| f.id.clone()).collect()
    }
}

/// Notes the subnets whose balance an asset may change. Where a zone holds its address, the zone tells the level.
fn note_moved(zones: &Zones, asset: &Asset, moved: &mut ManySet<Network>) {
    moved.extend(counted(&asset.ips).into_iter().filter(|ip| !zones.contains(*ip)).map(subnet));
}

/// Whether two states of an asset count alike in their subnets.
fn counts_alike(a: &Asset, b: &Asset) -> bool {
    a.ips == b.ips && a.role == b.role && a.internet == b.internet
}

fn part_key(part: &Part) -> (Address, u32) {
    match part {
        Part::Ip(ip, at) => (Address::Ip(*ip), u32::try_from(*at).unwrap_or(u32::MAX)),
        Part::Mac(mac) => (Address::Mac(*mac), 0),
    }
}

fn parts(known: &Known) -> Vec<Part> {
    let part = |(address, at): &(Address, u32)| match address {
        Address::Ip(ip) => Part::Ip(*ip, *at as usize),
        Address::Mac(mac) => Part::Mac(*mac),
    };
    known.parts.iter().map(part).collect()
}

impl AssetView for Inventory {
    fn by_address(&self, address: &Address) -> Option<AssetFacts<'_>> {
        let ids = self.holders.get(address)?;
        let mut all = ids.iter().filter_map(|id| self.known.get(id)).map(|k| &*k.asset);
        if ids.len() == 1 {
            return all.next().map(Asset::facts);
        }
        let first = all.clone().next();
        all.find(|asset| addresses(asset).any(|a| a == *address)).or(first).map(Asset::facts)
    }

    fn by_id(&self, id: &str) -> Option<AssetFacts<'_>> {
        self.known.get(&AssetId::of(id)?).map(|k| k.asset.facts())
    }
}
