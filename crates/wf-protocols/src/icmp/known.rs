//! What neighbour discovery has told so far on each VLAN: whose addresses are whose, which routers there are, and which
//! addresses somebody is about to take. All of it is bounded; what falls out is counted.

use ahash::RandomState;
use std::collections::{HashMap, VecDeque};
use std::net::Ipv6Addr;
use wf_model::{Mac, Timestamp, time::SECOND};
use wf_wire::decode::Pending;

/// Neighbours remembered.
const NEIGHBOURS_MAX: usize = 8192;
/// Routers remembered.
const ROUTERS_MAX: usize = 256;
/// Addresses about to be taken.
const WANTED_MAX: usize = 256;
/// How long after asking a host takes an address (RFC 4862, 5.4: a second, and what a slow host adds).
const WANTED_FOR: i64 = 3 * SECOND;

type Place = (u16, Ipv6Addr);

/// A host that wants an address.
#[derive(Clone, Copy, Debug)]
struct Wants {
    mac: Option<Mac>,
    at: Timestamp,
}

#[derive(Debug)]
pub struct Known {
    neighbours: HashMap<Place, Mac, RandomState>,
    /// Neighbours, the oldest first.
    order: VecDeque<Place>,
    /// Routers by VLAN, address and MAC.
    routers: VecDeque<(Place, Option<Mac>)>,
    wanted: Pending<Place, Wants>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            neighbours: HashMap::default(),
            order: VecDeque::new(),
            routers: VecDeque::new(),
            wanted: Pending::new(WANTED_MAX),
        }
    }
}

impl Known {
    /// An address is said to belong to a MAC; the MAC that it belonged to, where that was another, and how many neighbours
    /// fell out.
    pub fn bind(&mut self, vlan: u16, ip: Ipv6Addr, mac: Mac) -> (Option<Mac>, u64) {
        let place = (vlan, ip);
        if let Some(known) = self.neighbours.get_mut(&place) {
            let before = std::mem::replace(known, mac);
            return ((before != mac).then_some(before), 0);
        }
        let mut fallen = 0;
        if self.neighbours.len() >= NEIGHBOURS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.neighbours.remove(&oldest);
            fallen = 1;
        }
        self.neighbours.insert(place, mac);
        self.order.push_back(place);
        (None, fallen)
    }

    /// A router advertises itself; how many others are known on the link where it is new, and how many fell out.
    pub fn router(&mut self, vlan: u16, ip: Ipv6Addr, mac: Option<Mac>) -> (Option<usize>, u64) {
        let router = ((vlan, ip), mac);
        if self.routers.contains(&router) {
            return (None, 0);
        }
        let others = self.routers.iter().filter(|((known, _), _)| *known == vlan).count();
        let full = self.routers.len() >= ROUTERS_MAX;
        if full {
            self.routers.pop_front();
        }
        self.routers.push_back(router);
        ((others > 0).then_some(others), u64::from(full))
    }

    /// A host asks whether an address is free. True where another host asks for the same one at the same time, and how many
    /// fell out.
    pub fn want(&mut self, vlan: u16, ip: Ipv6Addr, mac: Option<Mac>, now: Timestamp) -> (bool, u64) {
        while self.wanted.take_oldest_if(|_, wants| now.since(wants.at) > WANTED_FOR).is_some() {}
        if let Some(other) = self.wanted.get_mut(&(vlan, ip)) {
            return (other.mac.is_some() && mac.is_some() && other.mac != mac, 0);
        }
        let fallen = self.wanted.open((vlan, ip), Wants { mac, at: now });
        (false, u64::from(fallen.is_some()))
    }

    /// A host says to all that an address is its own. True where another one was about to take it.
    pub fn defend(&mut self, vlan: u16, ip: Ipv6Addr, mac: Mac, now: Timestamp) -> bool {
        let wants = self.wanted.close(&(vlan, ip));
        wants.is_some_and(|wants| now.since(wants.at) <= WANTED_FOR && wants.mac.is_some_and(|other| other != mac))
    }
}
