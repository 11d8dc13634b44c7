//! Applies batches in order, gathers rows for the lake, takes snapshots, and lets go of the journal.

use crate::domain::Domain;
use crate::{Hub, HubConfig, HubError, Retention, lock, now, origin};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use wf_model::time::DAY;
use wf_model::{Batch, Timestamp};
use wf_store::{Changes, Waiting};

/// How long rows may wait for the lake.
const AGE_MAX: Duration = Duration::from_secs(60);
/// How often snapshots are taken, at least.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(120);
/// Lake commits between two compactions, and the fewest of few rows that are worth one at the end.
const COMPACT_EVERY: u32 = 30;
const COMPACT_FROM: u32 = 8;
/// Rows below which a commit's files are small: those that age closes are, those of a replay in full swing are not.
const FEW_ROWS: usize = 50_000;

/// How often what was applied is stored, at most; storing takes no more than a share of the time.
const SAVE_EVERY: Duration = Duration::from_millis(200);
const SAVE_SHARE: u32 = 10;
/// Batches that are applied again after a crash before what follows is stored.
const RECOVERED_MAX: usize = 50;

/// How long the worker sleeps when there is nothing to do.
const IDLE: Duration = Duration::from_secs(1);

/// What the worker is asked to do.
pub enum Order {
    /// Apply the batch of this sequence.
    Apply(u64, Box<Batch>),
    /// Store what was applied and what people said, and tell when that is done.
    Save(oneshot::Sender<()>),
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
    let mut unsaved = Changes::default();
    // What people said holds for what is applied again; and once more behind it, for devices that come with it.
    Domain::say_again(&hub.domain, &hub.state).await?;
    let mut count = 0;
    for record in records {
        let (sequence, mut batch) = record?;
        if sequence > committed {
            lock(&hub.pending).push(sequence, &batch);
        }
        if sequence > from {
            hub.evidence.keep(&batch.packets)?;
            lock(&hub.domain).apply(&batch, sequence > applied);
            gather(&mut unsaved, sequence, &mut batch, sequence > applied);
            count += 1;
            if count % RECOVERED_MAX == 0 {
                save(hub, &mut unsaved).await?;
            }
        }
    }
    Domain::say_again(&hub.domain, &hub.state).await?;
    save(hub, &mut unsaved).await.map(|_| ())
}

/// Adds what a batch brings to what is to be stored with the sequence.
fn gather(unsaved: &mut Changes, sequence: u64, batch: &mut Batch, fresh: bool) {
    unsaved.applied = Some(sequence);
    // What a later batch says of the same key is stored behind it and stands.
    unsaved.meta.extend(origin(batch));
    if fresh {
        let sensor = &batch.sensor;
        unsaved.coverage.extend(std::mem::take(&mut batch.coverage).into_iter().map(|row| (sensor.clone(), row)));
    }
}

/// Stores what was applied, with the sequence that it reaches, in one transaction. Gives the topics that changed.
async fn save(hub: &Hub, unsaved: &mut Changes) -> Result<Vec<&'static str>, HubError> {
    let mut concluded = lock(&hub.domain).conclude();
    let waited = std::mem::take(unsaved);
    let assets = !concluded.assets.is_empty() || !concluded.removed.is_empty();
    let conversations = !concluded.conversations.is_empty();
    let mut storing = hub.state.store().await?;
    loop {
        let some = lock(&hub.domain).some_assets(&mut concluded);
        let Some(some) = some else { break };
        storing.assets(some).await?;
    }
    loop {
        let some = lock(&hub.domain).some_conversations(&mut concluded);
        let Some(some) = some else { break };
        storing.conversations(some).await?;
    }
    let rest = lock(&hub.domain).rest(concluded);
    let changes = Changes { coverage: waited.coverage, meta: waited.meta, applied: waited.applied, ..rest };
    let topics = [
        ("assets", assets),
        ("conversations", conversations),
        ("findings", !changes.findings.is_empty() || !changes.ranks.is_empty()),
        ("coverage", !changes.coverage.is_empty()),
        ("status", true),
    ];
    storing.finish(changes).await?;
    Ok(topics.into_iter().filter(|(_, on)| *on).map(|(topic, _)| topic).collect())
}

/// The worker of a hub.
pub struct Worker {
    hub: Arc<Hub>,
    journal_id: String,
    lake_rows: usize,
    watched: bool,
    retention: Retention,
    flushed: Instant,
    snapped: Instant,
    /// Since the last compaction: all, and those of few rows.
    commits: u32,
    small: u32,
    last: u64,
    /// What is to be stored beside what the domain concludes.
    unsaved: Changes,
    operations: bool,
    saved: Instant,
    saving: Duration,
}

impl Worker {
    /// A worker for this hub.
    pub fn new(hub: Arc<Hub>, journal_id: String, config: &HubConfig) -> Self {
        let last = hub.journal.as_ref().map_or(0, |j| lock(j).last_sequence());
        let (lake_rows, retention, watched) = (config.lake_rows, config.retention, config.watched);
        let now = Instant::now();
        Self {
            hub,
            journal_id,
            lake_rows,
            watched,
            retention,
            flushed: now,
            snapped: now,
            commits: 0,
            small: 0,
            last,
            unsaved: Changes::default(),
            operations: false,
            saved: now,
            saving: Duration::ZERO,
        }
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
            let wait = if self.unsaved.applied.is_some() { self.save_in().min(IDLE) } else { IDLE };
            match tokio::time::timeout(wait, orders.recv()).await {
                Ok(Some(Order::Apply(sequence, batch))) => self.apply(sequence, *batch).await?,
                Ok(Some(Order::Save(told))) => {
                    self.save().await?;
                    // Whoever asked may have gone meanwhile.
                    let _ = told.send(());
                }
                Ok(None) => break,
                Err(_) => {}
            }
            if self.unsaved.applied.is_some() && self.save_in().is_zero() {
                self.save().await?;
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

    async fn apply(&mut self, sequence: u64, mut batch: Batch) -> Result<(), HubError> {
        lock(&self.hub.pending).push(sequence, &batch);
        self.hub.evidence.keep(&batch.packets)?;
        lock(&self.hub.domain).apply(&batch, true);
        self.operations |= !batch.operations.is_empty() || !batch.measurements.is_empty();
        gather(&mut self.unsaved, sequence, &mut batch, true);
        self.last = sequence;
        lock(&self.hub.intake).updated = now();
        Ok(())
    }

    /// When what was applied is to be stored: soon, but so that storing takes no more than its share of the time.
    fn save_in(&self) -> Duration {
        if !self.watched {
            return SNAPSHOT_EVERY;
        }
        SAVE_EVERY.max(self.saving * SAVE_SHARE).saturating_sub(self.saved.elapsed())
    }

    async fn save(&mut self) -> Result<(), HubError> {
        let began = Instant::now();
        let topics = save(&self.hub, &mut self.unsaved).await?;
        let operations = std::mem::take(&mut self.operations).then_some("operations");
        self.hub.live.tell(topics.into_iter().chain(operations));
        let full: Vec<&str> = lock(&self.hub.domain).full().collect();
        full.into_iter().for_each(|text| self.hub.warn(text));
        (self.saved, self.saving) = (Instant::now(), began.elapsed());
        Ok(())
    }

    /// Commits what has gathered to the lake.
    async fn flush(&mut self) -> Result<(), HubError> {
        self.flushed = Instant::now();
        let (batches, rows) = {
            let mut pending = lock(&self.hub.pending);
            let rows = pending.rows();
            // Where nobody looks on, a table's rows go while they are written.
            let batches = if self.watched { pending.waiting().batches } else { std::mem::take(&mut pending.waiting.batches) };
            (batches, rows)
        };
        let Some(last) = batches.last().map(|(sequence, _)| *sequence) else { return Ok(()) };
        self.hub.lake.append(batches, &self.journal_id).await?;
        lock(&self.hub.pending).forget_until(last);
        self.commits += 1;
        self.small += u32::from(rows < FEW_ROWS);
        if self.commits >= COMPACT_EVERY {
            self.snapshot().await?;
            self.maintain().await?;
        }
        self.truncate().await
    }

    /// Stores the domain's memory.
    async fn snapshot(&mut self) -> Result<(), HubError> {
        self.save().await?;
        self.hub.evidence.sync()?;
        self.snapped = Instant::now();
        let snapshots = lock(&self.hub.domain).snapshots(self.last)?;
        let changes = Changes { snapshots, ..Changes::default() };
        self.hub.state.apply(changes).await?;
        // The journal lets go of what the snapshot has: it must be on the disk first.
        self.hub.state.sync().await?;
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
    async fn maintain(&mut self) -> Result<(), HubError> {
        if self.commits >= COMPACT_EVERY || self.small >= COMPACT_FROM {
            self.hub.lake.compact().await?;
            (self.commits, self.small) = (0, 0);
        }
        // A packet whose time lies ahead of the clock makes nothing old.
        let newest = lock(&self.hub.domain).event_time().min(now());
        let days = |count: u32| newest.0.saturating_sub(i64::from(count) * DAY);
        let oldest = Timestamp(days(self.retention.lake_days)).day();
        if self.hub.lake.retain(&oldest, self.retention.lake_bytes).await? {
            self.hub.warn(&format!(
                "old observations were dropped: lake_days keeps {} days before the newest, lake_gigabytes {:.1} GB",
                self.retention.lake_days,
                self.retention.lake_bytes as f64 / 1e9
            ));
        }
        self.hub.evidence.retain(self.retention.packet_bytes, days(self.retention.packet_days))?;
        Ok(())
    }
}
