//! State: assets, conversations, findings, what people decided, users, the record. One SQL text for SQLite and PostgreSQL.
//!
//! Machine-made rows are stored in one transaction with the journal's sequence that they come from, so that a batch that is
//! applied again after a crash changes nothing twice.

mod findings;
mod lists;
mod people;
mod write;

pub use write::Changes;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Row, SqlitePool};
use std::path::Path;
use std::time::Duration;

/// Version of the tables.
const VERSION: &str = "1";

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The database file is damaged or something else.
    #[error("{path} cannot be used as Watchfloor's state: {why}")]
    Damaged {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// Made by a newer program.
    #[error("{path} was made by a newer Watchfloor (state version {found}): use that one")]
    Newer {
        /// Which.
        path: String,
        /// Its version.
        found: String,
    },
    /// A statement failed.
    #[error("the state cannot be read or written: {0}")]
    Sql(#[from] sqlx::Error),
    /// A stored row does not parse.
    #[error("a stored row does not parse: {0}")]
    Row(#[from] serde_json::Error),
    /// There is no such thing.
    #[error("{0} not found")]
    NotFound(String),
    /// The request cannot be right.
    #[error("{0}")]
    Invalid(String),
}

/// The state's database.
#[derive(Clone, Debug)]
pub struct State {
    pool: SqlitePool,
}

impl State {
    /// Opens the state, and makes it if it is not there.
    pub async fn open(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, true).await
    }

    /// Opens the state of a data directory that is there.
    pub async fn open_existing(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, false).await
    }

    async fn connect(path: &Path, create: bool) -> Result<Self, StateError> {
        let damaged = |e: sqlx::Error| StateError::Damaged { path: path.display().to_string(), why: e.to_string() };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode a power cut may take the last transactions with it, never the file's consistency; the journal
            // still has what they came from. What people do is written through with a checkpoint.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(20))
            .pragma("cache_size", "-8000");
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(damaged)?;
        for statement in include_str!("schema.sql").split(';').map(str::trim).filter(|s| !s.is_empty()) {
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&pool).await.map_err(damaged)?;
        }
        let state = Self { pool };
        match state.meta("version").await? {
            None => state.set_meta("version", VERSION).await?,
            Some(found) if found != VERSION => return Err(StateError::Newer { path: path.display().to_string(), found }),
            Some(_) => {}
        }
        Ok(state)
    }

    /// A value by its key.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StateError> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = $1").bind(key).fetch_optional(&self.pool).await?;
        Ok(row.map(|r| r.try_get(0)).transpose()?)
    }

    /// Sets a value.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<(), StateError> {
        let sql = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind(key).bind(value).execute(&self.pool).await?;
        Ok(())
    }

    /// The journal's sequence up to which everything is applied; 0 for nothing.
    pub async fn applied(&self) -> Result<u64, StateError> {
        Ok(self.meta("applied").await?.and_then(|v| v.parse().ok()).unwrap_or(0))
    }

    /// A snapshot by its name.
    pub async fn snapshot(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        let row = sqlx::query("SELECT body FROM snapshot WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
        Ok(row.map(|r| r.try_get(0)).transpose()?)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Microseconds of the machine's clock: what people do happens in real time.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
