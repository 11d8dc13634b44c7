//! Applies batches in order, gathers rows for the lake, takes snapshots, and lets go of the journal.

use crate::{Hub, HubConfig, HubError, Retention, lock, now, origin};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use wf_model::time::DAY;
use wf_model::{Batch, Timestamp};
use wf_store::Waiting;

/// How long rows may wait for the lake.
const AGE_MAX: Duration = Duration::from_secs(60);
/// How often snapshots are taken, at least.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(120);
/// Lake commits between two compactions.
const COMPACT_EVERY: u32 = 30;

/// What the worker is asked to do.
pub enum Order {
    /// Apply the batch of this sequence.
    Apply(u64, Box<Batch>),
}

/// Rows that have not reached the lake.
#[derive(Default)]
pub struct Pending {
    rows: usize,
    waiting: Waiting,
}

impl Pending {
    /// None of this journal's rows.
    pub fn new(journal_id: String) -> Self {
        Self { rows: 0, waiting: Waiting { journal_id, batches: Vec::new() } }
    }

    /// Adds a batch's rows.
    pub fn push(&mut self, sequence: u64, batch: &Batch) {
        let parts = wf_model::schema::record_batches(&batch.site, &batch.sensor, batch);
        self.rows += parts.iter().map(|(_, rows)| rows.num_rows()).sum::<usize>();
        self.waiting.batches.push((sequence, parts));
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All rows, for a query.
    pub fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    /// Lets go of what the lake has.
    fn forget_until(&mut self, sequence: u64) {
        self.waiting.batches.retain(|(s, _)| *s > sequence);
        self.rows = self.waiting.batches.iter().flat_map(|(_, parts)| parts).map(|(_, rows)| rows.num_rows()).sum();
    }
}

/// Applies again what the journal has after the last snapshot and the last lake commit.
pub async fn recover(hub: &Arc<Hub>, journal_id: &str) -> Result<(), HubError> {
    let committed = hub.lake.committed(journal_id).await?;
    let applied = hub.state.applied().await?;
    let from = lock(&hub.domain).snapshot_sequence();
    let records = match &hub.journal {
        Some(journal) => lock(journal).read_from(from.min(committed) + 1),
        None => return Ok(()),
    };
    for record in records {
        let (sequence, batch) = record?;
        if sequence > committed {
            lock(&hub.pending).push(sequence, &batch);
        }
        if sequence > from {
            let mut changes = lock(&hub.domain).apply(&batch, sequence > applied);
            changes.applied = Some(sequence);
            changes.meta = origin(&batch);
            hub.state.apply(&changes).await?;
        }
    }
    Ok(())
}

/// The worker of a hub.
pub struct Worker {
    hub: Arc<Hub>,
    journal_id: String,
    lake_rows: usize,
    retention: Retention,
    flushed: Instant,
    snapped: Instant,
    commits: u32,
    last: u64,
}

impl Worker {
    /// A worker for this hub.
    pub fn new(hub: Arc<Hub>, journal_id: String, config: &HubConfig) -> Self {
        let last = hub.journal.as_ref().map_or(0, |j| lock(j).last_sequence());
        let (lake_rows, retention) = (config.lake_rows, config.retention);
        let now = Instant::now();
        Self { hub, journal_id, lake_rows, retention, flushed: now, snapped: now, commits: 0, last }
    }

    /// Works until no more orders can come, then stores everything.
    pub async fn run(mut self, mut orders: mpsc::Receiver<Order>) -> Result<(), HubError> {
        let result = self.work(&mut orders).await;
        if let Err(error) = &result {
            tracing::error!(%error, "the hub cannot go on");
            *lock(&self.hub.failed) = Some(error.to_string());
            self.hub.warn(&format!("data are not taken in any more: {error}"));
        }
        result
    }

    async fn work(&mut self, orders: &mut mpsc::Receiver<Order>) -> Result<(), HubError> {
        loop {
            match tokio::time::timeout(Duration::from_secs(1), orders.recv()).await {
                Ok(Some(Order::Apply(sequence, batch))) => self.apply(sequence, &batch).await?,
                Ok(None) => break,
                Err(_) => {}
            }
            let rows = lock(&self.hub.pending).rows();
            if rows >= self.lake_rows || (rows > 0 && self.flushed.elapsed() >= AGE_MAX) {
                self.flush().await?;
            }
            if self.snapped.elapsed() >= SNAPSHOT_EVERY {
                self.snapshot().await?;
            }
        }
        self.flush().await?;
        self.snapshot().await?;
        self.maintain().await
    }

    async fn apply(&mut self, sequence: u64, batch: &Batch) -> Result<(), HubError> {
        lock(&self.hub.pending).push(sequence, batch);
        let mut changes = lock(&self.hub.domain).apply(batch, true);
        changes.applied = Some(sequence);
        changes.meta = origin(batch);
        self.hub.state.apply(&changes).await?;
        self.last = sequence;
        lock(&self.hub.intake).updated = now();
        let topics = [
            ("assets", !changes.assets.is_empty() || !changes.removed_assets.is_empty()),
            ("conversations", !changes.conversations.is_empty()),
            ("operations", !batch.operations.is_empty() || !batch.measurements.is_empty()),
            ("findings", !changes.findings.is_empty() || !changes.ranks.is_empty()),
            ("coverage", !changes.coverage.is_empty()),
            ("status", true),
        ];
        self.hub.live.tell(topics.into_iter().filter(|(_, on)| *on).map(|(topic, _)| topic));
        Ok(())
    }

    /// Commits what has gathered to the lake.
    async fn flush(&mut self) -> Result<(), HubError> {
        self.flushed = Instant::now();
        let batches = lock(&self.hub.pending).waiting().batches;
        let Some(last) = batches.last().map(|(sequence, _)| *sequence) else { return Ok(()) };
        self.hub.lake.append(batches, &self.journal_id).await?;
        lock(&self.hub.pending).forget_until(last);
        self.commits += 1;
        if self.commits % COMPACT_EVERY == 0 {
            self.snapshot().await?;
            self.maintain().await?;
        }
        self.truncate().await
    }

    /// Stores the domain's memory.
    async fn snapshot(&mut self) -> Result<(), HubError> {
        self.snapped = Instant::now();
        let snapshots = lock(&self.hub.domain).snapshots(self.last)?;
        let changes = wf_store::Changes { snapshots, ..wf_store::Changes::default() };
        self.hub.state.apply(&changes).await?;
        self.truncate().await
    }

    /// Lets the journal go of what both lake and snapshot have.
    async fn truncate(&self) -> Result<(), HubError> {
        let committed = self.hub.lake.committed(&self.journal_id).await?;
        let snapshot = lock(&self.hub.domain).snapshot_sequence();
        if let Some(journal) = &self.hub.journal {
            lock(journal).truncate_until(committed.min(snapshot))?;
        }
        Ok(())
    }

    /// Compacts and applies retention.
    async fn maintain(&self) -> Result<(), HubError> {
        if self.commits > 1 {
            self.hub.lake.compact().await?;
        }
        let event_time = lock(&self.hub.domain).event_time();
        let days = |count: u32| event_time.0.saturating_sub(i64::from(count) * DAY);
        let oldest = Timestamp(days(self.retention.lake_days)).day();
        self.hub.lake.retain(&oldest, self.retention.lake_bytes).await?;
        self.hub.state.retain_packets(self.retention.packet_bytes, days(self.retention.packet_days)).await?;
        Ok(())
    }
}
