//! What changed lately, for live displays: topics by ascending number, coalesced for those that come late.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;
use tokio::sync::watch;
use wf_model::api::LiveEvent;

/// Events remembered; whoever asks for more is told to fetch everything again.
const REMEMBERED: usize = 256;

/// Events by number, with their topics.
type Remembered = VecDeque<(u64, BTreeSet<&'static str>)>;

/// The last events and a bell.
#[derive(Debug)]
pub struct Live {
    events: Mutex<(u64, Remembered)>,
    bell: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self { events: Mutex::new((0, VecDeque::new())), bell: watch::Sender::new(0) }
    }
}

impl Live {
    /// Tells that topics changed.
    pub fn tell(&self, topics: impl IntoIterator<Item = &'static str>) {
        let mut events = self.events.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        events.0 += 1;
        let id = events.0;
        events.1.push_back((id, topics.into_iter().collect()));
        if events.1.len() > REMEMBERED {
            events.1.pop_front();
        }
        self.bell.send_replace(id);
    }

    /// The topics that changed after `since`, merged; waits for the first. A number from before what is remembered, or
    /// from another run of the program, gets the topic `all`.
    pub async fn after(&self, since: u64) -> LiveEvent {
        let mut bell = self.bell.subscribe();
        loop {
            if let Some(event) = self.merged(since) {
                return event;
            }
            if bell.changed().await.is_err() {
                return LiveEvent { id: since, topics: vec!["all".into()] };
            }
        }
    }

    fn merged(&self, since: u64) -> Option<LiveEvent> {
        let events = self.events.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (newest, remembered) = &*events;
        if since == *newest {
            return None;
        }
        let oldest = remembered.front().map_or(*newest, |(id, _)| *id);
        if since > *newest || since + 1 < oldest {
            return Some(LiveEvent { id: *newest, topics: vec!["all".into()] });
        }
        let topics: BTreeSet<&str> =
            remembered.iter().filter(|(id, _)| *id > since).flat_map(|(_, topics)| topics.iter().copied()).collect();
        Some(LiveEvent { id: *newest, topics: topics.into_iter().map(str::to_owned).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn merged_in_order_and_all_after_a_gap() {
        let live = Live::default();
        live.tell(["assets"]);
        live.tell(["findings", "assets"]);
        let event = live.after(0).await;
        assert_eq!((event.id, event.topics), (2, vec!["assets".to_owned(), "findings".to_owned()]));
        assert_eq!(live.after(1).await.topics, ["assets", "findings"]);
        assert_eq!(live.after(99).await.topics, ["all"], "a number of another run");
        for _ in 0..=REMEMBERED {
            live.tell(["status"]);
        }
        assert_eq!(live.after(1).await.topics, ["all"], "too long ago");
    }
}
