//! Scans: one sender, many addresses or ports tried in vain within a stretch of event time.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wf_model::observation::{ConversationWindow, Transport};
use wf_model::{Address, Timestamp, time::MINUTE};

/// Stretch of event time that tries are counted in.
const STRETCH: i64 = 10 * MINUTE;
/// Senders that are watched; the one silent for longest falls out.
const SENDERS_MAX: usize = 10_000;
/// Tries that are remembered of one sender.
const TRIES_MAX: usize = 5_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sender {
    began: Timestamp,
    last: Timestamp,
    tried: BTreeSet<(Address, u16)>,
    found: bool,
}

/// Who tried what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scans {
    senders: BTreeMap<Address, Sender>,
}

/// What a sender has tried in its stretch.
pub struct Tries {
    /// Distinct addresses.
    pub hosts: usize,
    /// Distinct address and port pairs.
    pub tries: usize,
}

impl Scans {
    /// Notes a conversation that led nowhere; the sender's tries once there are `at_least`, and again as they grow.
    pub fn note(&mut self, window: &ConversationWindow, at_least: u64) -> Option<Tries> {
        let in_vain = window.packets[1] == 0 || window.refused > 0;
        let aimed = matches!(window.transport, Transport::Tcp | Transport::Udp) && !window.server.is_group();
        if !in_vain || !aimed || window.flows == 0 {
            return None;
        }
        if self.senders.len() >= SENDERS_MAX
            && !self.senders.contains_key(&window.client)
            && let Some(oldest) = self.senders.iter().min_by_key(|(_, s)| s.last).map(|(a, _)| *a)
        {
            self.senders.remove(&oldest);
        }
        let sender = self.senders.entry(window.client).or_default();
        if window.ts.since(sender.began) > STRETCH {
            *sender = Sender { began: window.ts, ..Sender::default() };
        }
        sender.last = sender.last.max(window.last);
        if sender.tried.len() < TRIES_MAX {
            sender.tried.insert((window.server, window.port));
        }
        sender.found |= sender.tried.len() as u64 >= at_least;
        // Tries are in the order of addresses: each begins where another one ended.
        let hosts = || 1 + sender.tried.iter().zip(sender.tried.iter().skip(1)).filter(|(a, b)| a.0 != b.0).count();
        sender.found.then(|| Tries { hosts: hosts(), tries: sender.tried.len() })
    }
}
