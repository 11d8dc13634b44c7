//! The lake: one Delta table a kind of observation, partitioned by site and day, queried with DataFusion. Anybody's tools
//! that read Delta tables can open the same folders.
//!
//! Each table's commit carries the journal's last sequence as its application transaction, so that rows which are given
//! again after a crash are left out; `progress.json` says up to which sequence all tables have theirs.

mod keep;
mod query;
mod read;
mod thin;
mod write;

use arrow_array::RecordBatch;
use deltalake_core::{DeltaTable, DeltaTableError, ensure_table_uri};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The caller's query is not right.
    #[error("{0}")]
    Query(String),
    /// Something cannot be written.
    #[error("the lake's table {table} cannot be written: {why}")]
    Write {
        /// Which.
        table: String,
        /// Why.
        why: String,
    },
    /// What is there cannot be understood.
    #[error("the lake at {path} is damaged: {why}")]
    Damaged {
        /// Where.
        path: String,
        /// What.
        why: String,
    },
}

/// Rows of one journal sequence, by table.
pub type Sequenced = (u64, Vec<(&'static str, RecordBatch)>);

/// Rows of a journal that may not have reached the lake. A query takes of them only what a table lacks.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// The journal's id.
    pub journal_id: String,
    /// The rows, in order.
    pub batches: Vec<Sequenced>,
}

/// The lake of a data directory.
#[derive(Debug)]
pub struct Lake {
    dir: PathBuf,
    tables: tokio::sync::Mutex<HashMap<&'static str, DeltaTable>>,
    writing: tokio::sync::Mutex<()>,
}

impl Lake {
    /// Opens the lake, and makes its folder if it is not there.
    pub async fn open(dir: &Path) -> Result<Self, LakeError> {
        let made = std::fs::create_dir_all(dir);
        made.map_err(|e| LakeError::Write { table: dir.display().to_string(), why: e.to_string() })?;
        Self::open_existing(dir).await
    }

    /// Opens the lake to read it, also beside a program that writes it.
    pub async fn open_existing(dir: &Path) -> Result<Self, LakeError> {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let lake = Self { dir, tables: tokio::sync::Mutex::default(), writing: tokio::sync::Mutex::default() };
        lake.progress()?;
        Ok(lake)
    }

    fn damaged(&self, why: impl ToString) -> LakeError {
        LakeError::Damaged { path: self.dir.display().to_string(), why: why.to_string() }
    }

    fn progress(&self) -> Result<BTreeMap<String, u64>, LakeError> {
        match std::fs::read(self.dir.join("progress.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| self.damaged(format!("progress.json: {e}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(self.damaged(format!("progress.json: {error}"))),
        }
    }

    fn set_progress(&self, journal_id: &str, sequence: u64) -> Result<(), LakeError> {
        use std::io::Write;
        let mut progress = self.progress()?;
        progress.insert(journal_id.to_owned(), sequence);
        let (path, next) = (self.dir.join("progress.json"), self.dir.join("progress.json.new"));
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&next)?;
            file.write_all(&serde_json::to_vec(&progress)?)?;
            file.sync_all()?;
            std::fs::rename(&next, &path)?;
            std::fs::File::open(&self.dir)?.sync_all()
        };
        write().map_err(|e| LakeError::Write { table: "progress.json".into(), why: e.to_string() })
    }

    /// The sequence of this journal up to which every table has its rows; 0 for none.
    pub async fn committed(&self, journal_id: &str) -> Result<u64, LakeError> {
        Ok(self.progress()?.get(journal_id).copied().unwrap_or(0))
    }

    /// A table as it is now; `None` while nothing was ever written to it.
    async fn table(&self, name: &'static str) -> Result<Option<DeltaTable>, LakeError> {
        let mut tables = self.tables.lock().await;
        if let Some(table) = tables.get_mut(name) {
            table.update_state().await.map_err(|e| self.damaged(format!("{name}: {e}")))?;
            return Ok(Some(table.clone()));
        }
        let place = self.dir.join(name);
        if !place.join("_delta_log").is_dir() {
            return Ok(None);
        }
        match deltalake_core::open_table(self.uri(&place)?).await {
            Ok(table) => {
                tables.insert(name, table.clone());
                Ok(Some(table))
            }
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(error) => Err(self.damaged(format!("{name}: {error}"))),
        }
    }

    fn uri(&self, place: &Path) -> Result<url::Url, LakeError> {
        ensure_table_uri(place.to_string_lossy()).map_err(|e| self.damaged(e))
    }

    /// Commits rows. What a table has already, by its application transaction, is left out.
    pub async fn append(&self, batches: Vec<Sequenced>, journal_id: &str) -> Result<(), LakeError> {
        let _one_writer = self.writing.lock().await;
        let Some(last) = batches.iter().map(|(sequence, _)| *sequence).max() else { return Ok(()) };
        let mut by_table: BTreeMap<&'static str, Vec<(u64, RecordBatch)>> = BTreeMap::new();
        for (sequence, parts) in batches {
            for (table, rows) in parts {
                by_table.entry(table).or_default().push((sequence, rows));
            }
        }
        // File times may lag behind the clock by a tick.
        let began = SystemTime::now().checked_sub(Duration::from_secs(1)).unwrap_or(SystemTime::UNIX_EPOCH);
        for (name, parts) in by_table {
            self.append_to(name, parts, journal_id).await?;
            let synced = keep::durable(&self.dir.join(name), began);
            synced.map_err(|e| LakeError::Write { table: name.to_owned(), why: e.to_string() })?;
        }
        self.set_progress(journal_id, last.max(self.committed(journal_id).await?))
    }
}

/// The name under which a journal's sequences stand in a table's transactions.
fn application(journal_id: &str) -> String {
    format!("watchfloor/{journal_id}")
}

/// The last sequence of a journal that a table has; 0 for none.
async fn has_until(table: &DeltaTable, journal_id: &str) -> Result<u64, DeltaTableError> {
    let version = table.snapshot()?.transaction_version(table.log_store().as_ref(), &application(journal_id)).await?;
    Ok(version.and_then(|v| u64::try_from(v).ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
