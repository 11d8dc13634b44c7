//! The hub of a site: batches of observations in, the domain crates applied in order, everything stored and given out.
//!
//! A batch is in the journal before [`Hub::ingest`] returns. A worker applies it: inventory, detection, consequence and
//! conversation profiles change the state in one transaction with the journal's sequence, and its rows gather for the lake.
//! A restart takes the domain's memory from the last snapshot and applies again what the journal has after it.

mod domain;
mod floor;
mod live;
pub mod map;
mod packet;
mod profiles;
mod worker;

use crate::domain::Domain;
use crate::live::Live;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use wf_bus::{Journal, JournalError, JournalReader};
use wf_model::plant::PlantModel;
use wf_model::{Batch, Timestamp};
use wf_store::{Evidence, EvidenceError, Lake, LakeError, State, StateError};

/// Batches that wait to be applied; whoever brings more waits.
const WAITING_MAX: usize = 1;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Another program has the data directory.
    #[error("{0}")]
    Locked(String),
    /// The data directory cannot be understood.
    #[error("{0}")]
    Damaged(String),
    /// Something cannot be written.
    #[error("{0}")]
    Write(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl From<JournalError> for HubError {
    fn from(error: JournalError) -> Self {
        match &error {
            JournalError::Locked { .. } => Self::Locked(error.to_string()),
            JournalError::Damaged { .. } | JournalError::Version { .. } => Self::Damaged(error.to_string()),
            _ => Self::Write(error.to_string()),
        }
    }
}

impl From<StateError> for HubError {
    fn from(error: StateError) -> Self {
        match &error {
            StateError::Damaged { .. } | StateError::Newer { .. } | StateError::Row(_) => Self::Damaged(error.to_string()),
            StateError::Sql(_) => Self::Write(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<LakeError> for HubError {
    fn from(error: LakeError) -> Self {
        match &error {
            LakeError::Damaged { .. } => Self::Damaged(error.to_string()),
            LakeError::Query(_) => Self::Failed(error.to_string()),
            _ => Self::Write(error.to_string()),
        }
    }
}

impl From<EvidenceError> for HubError {
    fn from(error: EvidenceError) -> Self {
        Self::Write(error.to_string())
    }
}

/// How long and how much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Days in the lake.
    pub lake_days: u32,
    /// Bytes of the lake.
    pub lake_bytes: u64,
    /// Bytes of packets kept as evidence.
    pub packet_bytes: u64,
    /// Days of packets kept as evidence.
    pub packet_days: u32,
}

/// What a hub is told when it starts.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// Data directory.
    pub data: PathBuf,
    /// Site id where no plant model says it.
    pub site: String,
    /// The plant model given now; the stored one is used where there is none.
    pub plant: Option<PlantModel>,
    /// Share of a finite capture that is learned from.
    pub learning_share: f64,
    /// Hours of live traffic that are learned from.
    pub learning_hours: f64,
    /// Rows that gather before the lake is written.
    pub lake_rows: usize,
    /// Whether people look on meanwhile: then what was applied is stored at once, else now and then.
    pub watched: bool,
    /// Retention.
    pub retention: Retention,
}

/// Where data come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Nothing is coming in.
    Idle,
    /// A replay, this share of it done.
    Replay(f64),
    /// An interface.
    Live,
    /// A replay that is at its end.
    Done,
}

/// What displays are told of the intake.
#[derive(Clone, Debug)]
struct Intake {
    source: Source,
    updated: Timestamp,
    warnings: Vec<String>,
}

/// Warnings that are remembered.
const WARNINGS_MAX: usize = 50;

/// A site's hub.
pub struct Hub {
    data: PathBuf,
    state: State,
    lake: Lake,
    evidence: Evidence,
    journal: Option<Mutex<Journal>>,
    domain: Arc<Mutex<Domain>>,
    pending: Arc<Mutex<worker::Pending>>,
    live: Arc<Live>,
    intake: Mutex<Intake>,
    queue: Mutex<Option<mpsc::Sender<worker::Order>>>,
    worker: Mutex<Option<tokio::task::JoinHandle<Result<(), HubError>>>>,
    failed: Arc<Mutex<Option<String>>>,
    observations: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The machine's clock, for displays and for what people do.
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl Hub {
    /// Opens a data directory to take observations in; makes what is missing. One program at a time.
    pub async fn open(config: HubConfig) -> Result<Arc<Self>, HubError> {
        let mut journal = Journal::open(config.data.join("journal"), wf_bus::Limits::default())?;
        let state = State::open(&config.data.join("state.db")).await?;
        let lake = Lake::open(&config.data.join("lake")).await?;
        let journal_id = journal.id().to_string();
        // A journal that lost its end must not give a sequence out again that state or lake have seen.
        journal.ensure_after(state.applied().await?.max(lake.committed(&journal_id).await?))?;
        let domain = Domain::restore(&state, &config).await?;
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let hub = Arc::new(Self {
            data: config.data.clone(),
            state: state.clone(),
            lake,
            evidence: Evidence::open(&config.data.join("evidence"))?,
            journal: Some(Mutex::new(journal)),
            domain: Arc::new(Mutex::new(domain)),
            pending: Arc::new(Mutex::new(worker::Pending::new(journal_id.clone()))),
            live: Arc::default(),
            intake: Mutex::new(Intake { source: Source::Idle, updated: now(), warnings: Vec::new() }),
            queue: Mutex::new(Some(sender)),
            worker: Mutex::new(None),
            failed: Arc::default(),
            observations: AtomicU64::new(0),
        });
        worker::recover(&hub, &journal_id).await?;
        let worker = worker::Worker::new(Arc::clone(&hub), journal_id, &config);
        *lock(&hub.worker) = Some(tokio::spawn(worker.run(receiver)));
        Ok(hub)
    }

    /// Opens a data directory to read it, also beside a running program.
    pub async fn read(data: &Path) -> Result<Arc<Self>, HubError> {
        let state = State::open_existing(&data.join("state.db")).await?;
        let lake = Lake::open_existing(&data.join("lake")).await?;
        let hub = Arc::new(Self {
            data: data.to_owned(),
            state: state.clone(),
            lake,
            evidence: Evidence::open_existing(&data.join("evidence")),
            journal: None,
            domain: Arc::new(Mutex::new(Domain::empty())),
            pending: Arc::default(),
            live: Arc::default(),
            intake: Mutex::new(Intake { source: Source::Idle, updated: now(), warnings: Vec::new() }),
            queue: Mutex::new(None),
            worker: Mutex::new(None),
            failed: Arc::default(),
            observations: AtomicU64::new(0),
        });
        *lock(&hub.domain) = Domain::for_reading(&state).await?;
        if let Ok(journal) = JournalReader::open(data.join("journal")) {
            let committed = hub.lake.committed(&journal.id().to_string()).await?;
            let mut pending = worker::Pending::new(journal.id().to_string());
            for record in journal.read_from(committed + 1) {
                // A record that is being written right now ends what can be read.
                let Ok((sequence, batch)) = record else { break };
                pending.push(sequence, &batch);
            }
            *lock(&hub.pending) = pending;
        }
        Ok(hub)
    }

    /// The site's id.
    #[must_use]
    pub fn site(&self) -> String {
        lock(&self.domain).site().to_owned()
    }

    /// Takes a batch. When this returns, the batch is durable; it is applied a little later, in order.
    pub fn ingest(&self, batch: Batch) -> Result<(), HubError> {
        if let Some(why) = lock(&self.failed).clone() {
            return Err(HubError::Write(why));
        }
        let Some(journal) = &self.journal else {
            return Err(HubError::Failed("this data directory is open for reading only".into()));
        };
        let queue = lock(&self.queue).clone();
        let Some(queue) = queue else { return Err(HubError::Failed("the hub is ending".into())) };
        let sequence = {
            let mut journal = lock(journal);
            let sequence = journal.append(&batch)?;
            journal.sync()?;
            sequence
        };
        self.observations.fetch_add(batch.len() as u64, Ordering::Relaxed);
        queue.blocking_send(worker::Order::Apply(sequence, Box::new(batch))).map_err(|_| self.why_ended())
    }

    fn why_ended(&self) -> HubError {
        HubError::Write(lock(&self.failed).clone().unwrap_or_else(|| "the hub has ended".into()))
    }

    /// Applies everything that waits, commits the lake, takes a snapshot and ends the worker.
    pub async fn finish(&self) -> Result<(), HubError> {
        drop(lock(&self.queue).take());
        let worker = lock(&self.worker).take();
        if let Some(worker) = worker {
            worker.await.map_err(|e| HubError::Failed(format!("the hub ended unexpectedly: {e}")))??;
        }
        Ok(())
    }

    /// Says where data come from, for displays.
    pub fn set_source(&self, source: Source) {
        let mut intake = lock(&self.intake);
        let moved = intake.source != source;
        intake.source = source;
        drop(intake);
        if moved {
            self.live.tell(["status"]);
        }
    }

    /// Tells people something that they should see.
    pub fn warn(&self, text: &str) {
        let mut intake = lock(&self.intake);
        if !intake.warnings.iter().any(|w| w == text) {
            // The newest is what people have to know.
            if intake.warnings.len() >= WARNINGS_MAX {
                intake.warnings.remove(0);
            }
            intake.warnings.push(text.to_owned());
        }
        drop(intake);
        self.live.tell(["status"]);
    }

    /// Packets of these captures, taken together, that are durable here: a replay goes on behind them.
    pub async fn packets_taken(&self, source: &str) -> Result<u64, HubError> {
        Ok(self.state.meta(&format!("{ORIGIN}{source}")).await?.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    /// Whether a capture was taken in to its end.
    pub async fn was_taken_in(&self, capture: &str) -> Result<bool, HubError> {
        Ok(self.state.meta(&format!("{TAKEN_IN}{capture}")).await?.is_some())
    }
}

/// Keys of the state under which it is noted how far captures are taken in.
const ORIGIN: &str = "origin/";
const TAKEN_IN: &str = "taken_in/";

/// What the state has to remember of where a batch came from.
fn origin(batch: &Batch) -> Vec<(String, String)> {
    let Some(origin) = &batch.origin else { return Vec::new() };
    let finished = origin.finished.iter().map(|capture| (format!("{TAKEN_IN}{capture}"), batch.watermark.to_string()));
    std::iter::once((format!("{ORIGIN}{}", origin.source), origin.packets.to_string())).chain(finished).collect()
}
