//! The lake: one Delta table a kind of observation, partitioned by site and day, queried with DataFusion. Anybody's tools
//! that read Delta tables can open the same folders.
//!
//! Each table's commit carries the journal's last sequence as its application transaction, so that rows which are given
//! again after a crash are left out; `progress.json` says up to which sequence all tables have theirs.

mod query;
mod read;

use arrow_array::RecordBatch;
use deltalake_core::kernel::Transaction;
use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::parquet::basic::{Compression, ZstdLevel};
use deltalake_core::parquet::file::properties::WriterProperties;
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, DeltaTableError, ensure_table_uri};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use wf_model::schema::{PARTITIONS, TABLES};

/// Rows in one Parquet row group.
const ROW_GROUP: usize = 128 * 1024;

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
            std::fs::rename(&next, &path)
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
        for (name, parts) in by_table {
            self.append_to(name, parts, journal_id).await?;
        }
        self.set_progress(journal_id, last.max(self.committed(journal_id).await?))
    }

    async fn append_to(&self, name: &'static str, parts: Vec<(u64, RecordBatch)>, journal_id: &str) -> Result<(), LakeError> {
        let fail = |e: DeltaTableError| LakeError::Write { table: name.to_owned(), why: e.to_string() };
        let app = format!("watchfloor/{journal_id}");
        let existing = self.table(name).await?;
        let had = match &existing {
            Some(table) => {
                let state = table.snapshot().map_err(fail)?;
                let version = state.transaction_version(table.log_store().as_ref(), &app).await.map_err(fail)?;
                version.and_then(|v| u64::try_from(v).ok()).unwrap_or(0)
            }
            None => 0,
        };
        let fresh: Vec<(u64, RecordBatch)> = parts.into_iter().filter(|(sequence, _)| *sequence > had).collect();
        let Some(last) = fresh.iter().map(|(sequence, _)| *sequence).max() else { return Ok(()) };
        let table = match existing {
            Some(table) => table,
            None => {
                let place = self.dir.join(name);
                std::fs::create_dir_all(&place).map_err(|e| LakeError::Write { table: name.to_owned(), why: e.to_string() })?;
                DeltaTable::try_from_url(self.uri(&place)?).await.map_err(fail)?
            }
        };
        let version = i64::try_from(last).unwrap_or(i64::MAX);
        let commit = CommitProperties::default().with_application_transaction(Transaction::new(app, version));
        let written = table
            .write(fresh.into_iter().map(|(_, rows)| rows))
            .with_save_mode(SaveMode::Append)
            .with_partition_columns(PARTITIONS.iter().copied())
            .with_writer_properties(properties())
            .with_commit_properties(commit)
            .await
            .map_err(fail)?;
        self.tables.lock().await.insert(name, written);
        Ok(())
    }

    /// Puts small files of a partition together.
    pub async fn compact(&self) -> Result<(), LakeError> {
        let _one_writer = self.writing.lock().await;
        for name in TABLES {
            let Some(table) = self.table(name).await? else { continue };
            let fail = |e: DeltaTableError| LakeError::Write { table: (*name).to_owned(), why: e.to_string() };
            let (compacted, _) = table.optimize().with_writer_properties(properties()).await.map_err(fail)?;
            let (vacuumed, _) = compacted
                .vacuum()
                .with_retention_period(chrono_zero())
                .with_enforce_retention_duration(false)
                .await
                .map_err(fail)?;
            self.tables.lock().await.insert(name, vacuumed);
        }
        Ok(())
    }

    /// Drops whole days: those before `oldest_day`, and then the oldest until no more than `bytes_max` are left.
    pub async fn retain(&self, oldest_day: &str, bytes_max: u64) -> Result<(), LakeError> {
        let mut days: BTreeMap<String, u64> = BTreeMap::new();
        for name in TABLES {
            for entry in files(&self.dir.join(name)) {
                if let Some(day) = entry.0 {
                    *days.entry(day).or_default() += entry.1;
                }
            }
        }
        let mut total: u64 = days.values().sum();
        let mut drop_days: BTreeSet<String> = BTreeSet::new();
        let newest = days.keys().next_back().cloned();
        for (day, bytes) in &days {
            // The newest day stays, however small the space: it is what people are looking at.
            let too_old = day.as_str() < oldest_day || total > bytes_max;
            if too_old && Some(day) != newest.as_ref() {
                drop_days.insert(day.clone());
                total -= bytes;
            }
        }
        for day in drop_days {
            self.drop_day(&day).await?;
        }
        Ok(())
    }

    async fn drop_day(&self, day: &str) -> Result<(), LakeError> {
        let _one_writer = self.writing.lock().await;
        for name in TABLES {
            let Some(table) = self.table(name).await? else { continue };
            let fail = |e: DeltaTableError| LakeError::Write { table: (*name).to_owned(), why: e.to_string() };
            if !files(&self.dir.join(name)).iter().any(|(of, _)| of.as_deref() == Some(day)) {
                continue;
            }
            let predicate = format!("day = '{}'", day.replace('\'', "''"));
            let (left, _) = table.delete().with_predicate(predicate).await.map_err(fail)?;
            let (vacuumed, _) =
                left.vacuum().with_retention_period(chrono_zero()).with_enforce_retention_duration(false).await.map_err(fail)?;
            self.tables.lock().await.insert(name, vacuumed);
        }
        Ok(())
    }
}

fn chrono_zero() -> chrono::Duration {
    chrono::Duration::zero()
}

fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder().set_compression(Compression::ZSTD(level)).set_max_row_group_row_count(Some(ROW_GROUP)).build()
}

/// The Parquet files below a folder: the day of each, from its path, and its size.
fn files(place: &Path) -> Vec<(Option<String>, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![(place.to_owned(), None)];
    while let Some((folder, day)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                let day = name.strip_prefix("day=").map(str::to_owned).or_else(|| day.clone());
                folders.push((entry.path(), day));
            } else if name.ends_with(".parquet") {
                found.push((day.clone(), about.len()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
