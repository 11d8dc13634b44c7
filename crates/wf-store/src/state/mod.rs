//! State: assets, conversations, findings, what people decided, users, the record. One SQL text for SQLite and PostgreSQL.
//!
//! Machine-made rows are stored in one transaction with the journal's sequence that they come from, so that a batch that is
//! applied again after a crash changes nothing twice.

mod findings;
mod lists;
mod people;
mod write;

pub use write::Changes;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlSafeStr, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

/// The steps from nothing to the tables of today: one file each, never changed once released.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "state", include_str!("../../migrations/0001_state.sql"))];

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

type Tx<'a> = Transaction<'a, Sqlite>;

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
        let damaged = |e: sqlx::Error| match is_full(&e) {
            true => StateError::Sql(e),
            false => StateError::Damaged { path: path.display().to_string(), why: e.to_string() },
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode a power cut may take the last transactions with it, never the file's consistency; the journal
            // still has what they came from. What people do is written through with a checkpoint.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(20))
            // Large transactions stay in memory until they are committed, and pages that change often are copied once.
            .pragma("cache_size", "-32000")
            .pragma("wal_autocheckpoint", "1000")
            // What a statement of many rows may have to take back is kept in memory, not in a file.
            .pragma("temp_store", "MEMORY")
            // A row is one to four kilobytes: larger pages leave less room unused and are fewer to write. It holds for a new
            // file; one that is there keeps its own.
            .page_size(16_384);
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(damaged)?;
        let state = Self { pool };
        if create {
            state.migrate(path).await?;
        } else {
            state.check(path).await?;
        }
        Ok(state)
    }

    /// Brings the tables up to date.
    async fn migrate(&self, path: &Path) -> Result<(), StateError> {
        let step = |(version, name, sql): &(i64, &'static str, &'static str)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        let path = || path.display().to_string();
        match Migrator::with_migrations(MIGRATIONS.iter().map(step).collect()).run(&self.pool).await {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(found)) => Err(StateError::Newer { path: path(), found: found.to_string() }),
            // A full disk says nothing of what is on it.
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) if is_full(&error) => {
                Err(StateError::Sql(error))
            }
            Err(error) => Err(StateError::Damaged { path: path(), why: error.to_string() }),
        }
    }

    /// A reader, perhaps beside a running program, changes no tables: they have to be those of this program.
    async fn check(&self, path: &Path) -> Result<(), StateError> {
        let path = || path.display().to_string();
        let row = sqlx::query("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&self.pool).await;
        let row = row.map_err(|e| StateError::Damaged { path: path(), why: e.to_string() })?;
        let (found, known) = (row.try_get::<i64, _>(0)?, MIGRATIONS.last().map_or(0, |m| m.0));
        if found > known {
            return Err(StateError::Newer { path: path(), found: found.to_string() });
        }
        if found < known {
            let why = "an older Watchfloor made it: start `watchfloor run` on it once, which brings it up to date";
            return Err(StateError::Damaged { path: path(), why: why.into() });
        }
        Ok(())
    }

    /// Begins a transaction that writes: it has the write lock from its first statement on, and whoever is dropped in the
    /// middle of one leaves nothing behind.
    async fn begin(&self) -> Result<Tx<'_>, StateError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
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

    /// Makes everything committed so far survive a power cut, which a commit by itself need not.
    pub async fn sync(&self) -> Result<(), StateError> {
        // A checkpoint writes the log through before it copies from it, even where a reader keeps it from copying all.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_all(&self.pool).await?;
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Whether there is no room left: SQLITE_FULL, or SQLITE_IOERR while writing.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 10 | 13))
}

/// Microseconds of the machine's clock: what people do happens in real time.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
