//! The inventory of a site: facts in, assets out.

use crate::detail::{Device, Words, addresses, counted_subnets};
use crate::facts::Facts;
use crate::identity::{Part, closure, devices, is_router, subnet};
use crate::place::{Subnets, Zones};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::asset::{Asset, AssetDetail, AssetFacts, AssetOverride, AssetView};
use wf_model::network::Network;
use wf_model::plant::PlantModel;
use wf_model::{Address, Batch, Mac, Timestamp};

/// Addresses (MAC and IP, each) that are kept at most.
const ADDRESSES_MAX: usize = 200_000;

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
    asset: Asset,
    parts: Vec<(Address, u32)>,
}

/// The assets of one site and the facts behind them. Serialises whole, for snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    site: String,
    plant: Option<PlantModel>,
    facts: Facts,
    known: BTreeMap<String, Known>,
    /// Every asset id that an address is or was part of.
    holders: BTreeMap<Address, BTreeSet<String>>,
    subnets: Subnets,
    routers: BTreeSet<Mac>,
    /// What people said, by an address of the device.
    words: BTreeMap<Address, Words>,
    changed: BTreeSet<String>,
    removed: BTreeMap<String, String>,
    now: Timestamp,
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
            known: BTreeMap::new(),
            holders: BTreeMap::new(),
            subnets: Subnets::default(),
            routers: BTreeSet::new(),
            words: BTreeMap::new(),
            changed: BTreeSet::new(),
            removed: BTreeMap::new(),
            now: Timestamp(0),
            evicted: 0,
        }
    }

    /// Takes a plant model: all zones, levels and functions are worked out anew.
    pub fn set_plant(&mut self, plant: &PlantModel) {
        self.plant = Some(plant.clone());
        let macs = self.facts.macs.keys().map(|m| Address::Mac(*m));
        let all: BTreeSet<Address> = self.facts.ips.keys().map(|ip| Address::Ip(*ip)).chain(macs).collect();
        self.facts.dirty.extend(all);
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
        self.derive();
    }

    /// A person's word on an asset; an empty text takes it back. `None` where there is no such asset.
    pub fn override_asset(&mut self, id: &str, word: &AssetOverride, by: &str) -> Option<AssetDetail> {
        let key = self.known.get(id)?.parts.first()?.0;
        let words = self.words.entry(key).or_default();
        let fields = [
            ("name", &word.name),
            ("vendor", &word.vendor),
            ("model", &word.model),
            ("role", &word.role),
            ("purdue_level", &word.purdue_level),
            ("zone", &word.zone),
        ];
        for (field, value) in fields {
            match value.as_deref().map(str::trim) {
                Some("") => drop(words.remove(field)),
                Some(value) => drop(words.insert(field.to_owned(), (value.to_owned(), by.to_owned(), self.now))),
                None => {}
            }
        }
        if words.is_empty() {
            self.words.remove(&key);
        }
        self.facts.dirty.insert(key);
        self.derive();
        self.detail(self.holders.get(&key)?.first()?.clone().as_str())
    }

    /// What changed since this was called last, in the order of ids.
    pub fn take_changes(&mut self) -> InventoryChanges {
        let changed = std::mem::take(&mut self.changed);
        let upserted = changed.iter().filter_map(|id| self.detail(id)).collect();
        let removed = std::mem::take(&mut self.removed).into_iter().filter(|(id, _)| !self.known.contains_key(id)).collect();
        InventoryChanges { upserted, removed }
    }

    /// All assets in the order of their ids.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.known.values().map(|k| &k.asset)
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
        let known = self.known.get(id)?;
        let parts = parts(known);
        let zones = self.zones();
        let device = Device { facts: &self.facts, zones: &zones, parts: &parts };
        let (_, attributes) = device.describe(&self.site, id, &self.subnets, &self.words_of(&parts))?;
        Some(AssetDetail { asset: known.asset.clone(), attributes })
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
        for words in parts.iter().filter_map(|p| self.words.get(&p.address())) {
            all.extend(words.iter().map(|(field, word)| (field.clone(), word.clone())));
        }
        all
    }

    /// Works out anew every device that the dirty addresses touch.
    fn derive(&mut self) {
        let mut dirty = std::mem::take(&mut self.facts.dirty);
        if dirty.is_empty() {
            return;
        }
        self.update_routers(&mut dirty);
        let mut touched = closure(&self.facts, &self.routers, dirty);
        // A device that was known by one of these addresses may lose others by this: look at those too.
        let mut old: BTreeSet<String> = BTreeSet::new();
        loop {
            let ids: Vec<String> =
                touched.iter().filter_map(|a| self.holders.get(a)).flatten().filter(|id| !old.contains(*id)).cloned().collect();
            if ids.is_empty() {
                break;
            }
            let lost = ids.iter().filter_map(|id| self.known.get(id)).flat_map(|k| k.parts.iter().map(|(a, _)| *a));
            let more: BTreeSet<Address> = lost.filter(|a| !touched.contains(a)).collect();
            old.extend(ids);
            touched.extend(closure(&self.facts, &self.routers, more));
        }
        self.replace(&old, &touched);
    }

    /// A MAC turns out to be a router's, or not: the addresses behind it are then looked at again.
    fn update_routers(&mut self, dirty: &mut BTreeSet<Address>) {
        let mut macs: BTreeSet<Mac> = BTreeSet::new();
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
            if facts.router != router {
                facts.router = router;
                dirty.insert(Address::Mac(mac));
                dirty.extend(facts.ips.iter().map(|ip| Address::Ip(*ip)));
            }
            if router {
                self.routers.insert(mac)
            } else {
                self.routers.remove(&mac)
            };
        }
    }

    fn replace(&mut self, old: &BTreeSet<String>, touched: &BTreeSet<Address>) {
        let mut before: BTreeMap<String, Known> = BTreeMap::new();
        for id in old {
            let Some(known) = self.known.remove(id) else { continue };
            self.count(&known.asset, false);
            for (address, _) in &known.parts {
                let empty = self.holders.get_mut(address).is_some_and(|ids| {
                    ids.remove(id);
                    ids.is_empty()
                });
                if empty {
                    self.holders.remove(address);
                }
            }
            before.insert(id.clone(), known);
        }
        let zones = self.zones();
        let (mut moved, mut fresh): (BTreeSet<IpAddr>, BTreeSet<String>) = Default::default();
        for found in devices(&self.facts, &self.routers, touched) {
            fresh.extend(self.place_device(&zones, &found, &mut moved));
        }
        for (id, known) in &before {
            moved.extend(counted_subnets(&known.asset.ips));
            if !self.known.contains_key(id) {
                let into = known.parts.iter().find_map(|(a, _)| self.holders.get(a)?.first().cloned());
                self.changed.remove(id);
                self.removed.insert(id.clone(), into.unwrap_or_default());
            }
        }
        self.settle_levels(&zones, &moved, &fresh);
    }

    fn place_device(&mut self, zones: &Zones, found: &[Part], moved: &mut BTreeSet<IpAddr>) -> Option<String> {
        let device = Device { facts: &self.facts, zones, parts: found };
        let key = device.key()?;
        if found.iter().all(|p| matches!(p, Part::Ip(ip, _) if zones.is_broadcast(*ip))) {
            return None;
        }
        let id = wf_model::id::stable("a-", &[&self.site, &key]);
        let words = self.words_of(found);
        let (mut asset, _) = device.describe(&self.site, &id, &self.subnets, &words)?;
        asset.functions = self.functions_of(&asset);
        moved.extend(counted_subnets(&asset.ips));
        self.count(&asset, true);
        let parts: Vec<(Address, u32)> = found.iter().map(part_key).collect();
        for (address, _) in &parts {
            self.holders.entry(*address).or_default().insert(id.clone());
        }
        self.changed.insert(id.clone());
        self.removed.remove(&id);
        self.known.insert(id.clone(), Known { asset, parts });
        Some(id)
    }

    fn count(&mut self, asset: &Asset, add: bool) {
        if !asset.internet {
            for ip in counted_subnets(&asset.ips) {
                self.subnets.count(ip, &asset.role, add);
            }
        }
    }

    /// Levels follow the roles of the neighbours: where the balance of a subnet changed, all its devices are placed again,
    /// elsewhere those that were just worked out.
    fn settle_levels(&mut self, zones: &Zones, moved: &BTreeSet<IpAddr>, fresh: &BTreeSet<String>) {
        let shifted: Vec<IpAddr> = moved.iter().copied().filter(|ip| !zones.contains(*ip) && self.subnets.shifted(*ip)).collect();
        let ids: Vec<String> = if shifted.is_empty() {
            fresh.iter().cloned().collect()
        } else {
            let nets: BTreeSet<Network> = shifted.iter().map(|ip| subnet(*ip)).collect();
            let near = |(_, k): &(&String, &Known)| k.asset.ips.iter().any(|ip| nets.contains(&subnet(*ip)));
            self.known.iter().filter(near).map(|(id, _)| id.clone()).chain(fresh.iter().cloned()).collect()
        };
        for id in ids {
            self.settle(zones, &id);
        }
    }

    fn settle(&mut self, zones: &Zones, id: &str) {
        let Some(known) = self.known.get_mut(id).filter(|k| !k.asset.internet) else { return };
        let said = |field: &str| known.parts.iter().any(|(a, _)| self.words.get(a).is_some_and(|w| w.contains_key(field)));
        let (level_said, zone_said) = (said("purdue_level"), said("zone"));
        let asset = &mut known.asset;
        let place = crate::place::place(zones, &self.subnets, &asset.ips, &asset.role, false);
        if !level_said && asset.purdue_level != place.level {
            asset.purdue_level = place.level;
            self.changed.insert(id.to_owned());
        }
        if !zone_said && (asset.zone != place.zone || asset.zone_reason != place.reason) {
            (asset.zone, asset.zone_reason) = (place.zone, place.reason);
            self.changed.insert(id.to_owned());
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

    fn facts_of(&self, known: &Known) -> AssetFacts {
        let a = &known.asset;
        AssetFacts {
            id: a.id.clone(),
            name: a.name.clone(),
            role: a.role.clone(),
            purdue_level: a.purdue_level,
            zone: a.zone.clone(),
            internet: a.internet,
            first_seen: a.first_seen,
            functions: a.functions.clone(),
        }
    }
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
    fn by_address(&self, address: &Address) -> Option<AssetFacts> {
        let ids = self.holders.get(address)?;
        let has = |k: &&Known| addresses(&k.asset).any(|a| a == *address);
        let all: Vec<&Known> = ids.iter().filter_map(|id| self.known.get(id)).collect();
        all.iter().copied().find(has).or_else(|| all.first().copied()).map(|k| self.facts_of(k))
    }

    fn by_id(&self, id: &str) -> Option<AssetFacts> {
        self.known.get(id).map(|k| self.facts_of(k))
    }
}
