//! Upkeep: small files put together, old days dropped, and commits made to outlive a power cut.

use super::write::properties;
use super::{Lake, LakeError, query};
use deltalake_core::{DeltaTable, DeltaTableError};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;
use wf_model::schema::TABLES;

fn failing(table: &str) -> impl Fn(DeltaTableError) -> LakeError + Copy {
    move |error| LakeError::Write { table: table.to_owned(), why: error.to_string() }
}

/// Deletes what has been out of use for so long.
async fn vacuum(table: DeltaTable, age: chrono::Duration) -> Result<DeltaTable, DeltaTableError> {
    let vacuum = table.vacuum().with_retention_period(age).with_enforce_retention_duration(false);
    vacuum.await.map(|(table, _)| table)
}

impl Lake {
    /// Puts small files of a partition together. What they replace stays for as long as a query, also another program's,
    /// may be reading it, and goes with the next call.
    pub async fn compact(&self) -> Result<(), LakeError> {
        let _one_writer = self.writing.lock().await;
        let age = chrono::Duration::seconds(2 * i64::try_from(query::TIME_MAX.as_secs()).unwrap_or(i64::MAX / 4));
        for name in TABLES {
            let Some(table) = self.table(name).await? else { continue };
            let (table, _) = table.optimize().with_writer_properties(properties(name)).await.map_err(failing(name))?;
            let table = vacuum(table, age).await.map_err(failing(name))?;
            self.tables.lock().await.insert(name, table);
        }
        Ok(())
    }

    /// Drops whole days: those before `oldest_day`, and then the oldest until no more than `bytes_max` are left. The newest
    /// day stays, however small the space: it is what people are looking at. Space is free at once. Says whether
    /// any was dropped.
    pub async fn retain(&self, oldest_day: &str, bytes_max: u64) -> Result<bool, LakeError> {
        let days = self.days().await?;
        let mut total: u64 = days.values().sum();
        let newest = days.keys().next_back();
        let old = days.iter().take_while(|(day, bytes)| {
            let goes = (day.as_str() < oldest_day || total > bytes_max) && Some(*day) != newest;
            total = total.saturating_sub(**bytes);
            goes
        });
        let Some((last, _)) = old.last() else { return Ok(false) };
        self.drop_until(last).await?;
        Ok(true)
    }

    /// Bytes in use by day, all tables together.
    pub(super) async fn days(&self) -> Result<BTreeMap<String, u64>, LakeError> {
        let mut days: BTreeMap<String, u64> = BTreeMap::new();
        for name in TABLES {
            let Some(table) = self.table(name).await? else { continue };
            for file in table.snapshot().map_err(|e| self.damaged(e))?.log_data().iter() {
                let day = file.partition_values_map().remove("day").flatten().unwrap_or_default();
                *days.entry(day).or_default() += u64::try_from(file.size()).unwrap_or(0);
            }
        }
        Ok(days)
    }

    /// Drops days up to and with this one: a table is rewritten once, however many they are.
    async fn drop_until(&self, day: &str) -> Result<(), LakeError> {
        let _one_writer = self.writing.lock().await;
        for name in TABLES {
            let Some(table) = self.table(name).await? else { continue };
            let predicate = format!("day <= '{}'", day.replace('\'', "''"));
            let (table, gone) = table.delete().with_predicate(predicate).await.map_err(failing(name))?;
            let table = match gone.num_removed_files {
                0 => table,
                _ => vacuum(table, chrono::Duration::zero()).await.map_err(failing(name))?,
            };
            self.tables.lock().await.insert(name, table);
        }
        Ok(())
    }
}

/// Puts on disk what was written below a folder since a time, and the folders that hold it: the journal lets go of rows
/// that the lake says it has.
pub(super) fn durable(place: &Path, since: SystemTime) -> std::io::Result<()> {
    let mut fresh = false;
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_dir() {
            durable(&entry.path(), since)?;
        }
        if about.modified()? >= since {
            fresh = true;
            if about.is_file() {
                std::fs::File::open(entry.path())?.sync_all()?;
            }
        }
    }
    if fresh { std::fs::File::open(place)?.sync_all() } else { Ok(()) }
}
