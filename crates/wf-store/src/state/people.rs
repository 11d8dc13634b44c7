//! Users, sessions, overrides, and the tamper-evident record of what people did.

use super::{State, StateError, Tx, now};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wf_model::Timestamp;
use wf_model::api::{AuditEntry, SessionRecord, User, UserRecord};
use wf_model::asset::AssetOverride;
use wf_model::page::{ListQuery, Page};

/// Longest text of one field of the record.
const TEXT_MAX: usize = 4_000;

fn user(row: &SqliteRow) -> Result<UserRecord, StateError> {
    let user = User {
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        created: Timestamp(row.try_get("created")?),
        last_login: row.try_get::<Option<i64>, _>("last_login")?.map(Timestamp),
        enabled: row.try_get::<i64, _>("enabled")? != 0,
    };
    Ok(UserRecord { user, password_hash: row.try_get("password_hash")? })
}

/// Each row of the record holds the hash of the one before it: a row that is changed or taken out breaks the chain.
fn chain(before: &str, entry: &AuditEntry) -> String {
    let mut hash = Sha256::new();
    for part in [before, &entry.id.to_string(), &entry.at.0.to_string(), &entry.user, &entry.action, &entry.object, &entry.detail]
    {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn entry(row: &SqliteRow) -> Result<AuditEntry, StateError> {
    Ok(AuditEntry {
        id: u64::try_from(row.try_get::<i64, _>("id")?).unwrap_or(0),
        at: Timestamp(row.try_get("at")?),
        user: row.try_get("user_name")?,
        action: row.try_get("action")?,
        object: row.try_get("object")?,
        detail: row.try_get("detail")?,
    })
}

/// Notes an act in the transaction that does it, which has the write lock: there is no act without its record.
pub(super) async fn note(tx: &mut Tx<'_>, user: &str, action: &str, object: &str, detail: &str) -> Result<(), StateError> {
    let cut = |text: &str| text.chars().take(TEXT_MAX).collect::<String>();
    let last = sqlx::query("SELECT id, chain FROM audit ORDER BY id DESC LIMIT 1").fetch_optional(&mut **tx).await?;
    let (id, before) = match &last {
        Some(row) => (row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?),
        None => (0, String::new()),
    };
    let entry = AuditEntry {
        id: u64::try_from(id + 1).unwrap_or(0),
        at: Timestamp(now()),
        user: cut(user),
        action: cut(action),
        object: cut(object),
        detail: cut(detail),
    };
    let link = chain(&before, &entry);
    sqlx::query("INSERT INTO audit (id, at, user_name, action, object, detail, chain) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id + 1)
        .bind(entry.at.0)
        .bind(entry.user)
        .bind(entry.action)
        .bind(entry.object)
        .bind(entry.detail)
        .bind(link)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl State {
    /// All users by name.
    pub async fn users(&self) -> Result<Vec<User>, StateError> {
        let rows = sqlx::query("SELECT * FROM user_account ORDER BY name").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(user(row)?.user)).collect()
    }

    /// One user.
    pub async fn user(&self, name: &str) -> Result<Option<UserRecord>, StateError> {
        let row = sqlx::query("SELECT * FROM user_account WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
        row.as_ref().map(user).transpose()
    }

    /// Adds or replaces a user. A changed password or role ends the user's sessions.
    pub async fn put_user(&self, record: &UserRecord) -> Result<(), StateError> {
        let before = self.user(&record.user.name).await?;
        let sql = "INSERT INTO user_account (name, role, password_hash, created, last_login, enabled) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (name) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash, \
                   last_login = excluded.last_login, enabled = excluded.enabled";
        sqlx::query(sql)
            .bind(&record.user.name)
            .bind(&record.user.role)
            .bind(&record.password_hash)
            .bind(record.user.created.0)
            .bind(record.user.last_login.map(|t| t.0))
            .bind(i64::from(record.user.enabled))
            .execute(&self.pool)
            .await?;
        let changed = before
            .is_some_and(|b| b.password_hash != record.password_hash || b.user.role != record.user.role || !record.user.enabled);
        if changed {
            sqlx::query("DELETE FROM login_session WHERE user_name = $1").bind(&record.user.name).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Lets a user in whose password was found to be right: notes the time and begins the session, unless the user was
    /// changed, barred or deleted meanwhile. Says whether it did.
    pub async fn log_in(&self, record: &UserRecord, session: &SessionRecord) -> Result<bool, StateError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE user_account SET last_login = $2 WHERE name = $1 AND enabled = 1 AND password_hash = $3 AND role = $4";
        let let_in = sqlx::query(sql)
            .bind(&record.user.name)
            .bind(now())
            .bind(&record.password_hash)
            .bind(&record.user.role)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if let_in == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM login_session WHERE expires < $1").bind(now()).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO login_session (token_hash, user_name, csrf, expires) VALUES ($1, $2, $3, $4)")
            .bind(&session.token_hash)
            .bind(&session.user)
            .bind(&session.csrf)
            .bind(session.expires.0)
            .execute(&mut *tx)
            .await?;
        note(&mut tx, &record.user.name, "session.login", "", "").await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Deletes a user and its sessions.
    pub async fn delete_user(&self, name: &str) -> Result<(), StateError> {
        sqlx::query("DELETE FROM login_session WHERE user_name = $1").bind(name).execute(&self.pool).await?;
        sqlx::query("DELETE FROM user_account WHERE name = $1").bind(name).execute(&self.pool).await?;
        Ok(())
    }

    /// A session by its token's hash.
    pub async fn session(&self, token_hash: &str) -> Result<Option<SessionRecord>, StateError> {
        let row =
            sqlx::query("SELECT * FROM login_session WHERE token_hash = $1").bind(token_hash).fetch_optional(&self.pool).await?;
        let session = |row: SqliteRow| -> Result<SessionRecord, StateError> {
            Ok(SessionRecord {
                token_hash: row.try_get("token_hash")?,
                user: row.try_get("user_name")?,
                csrf: row.try_get("csrf")?,
                expires: Timestamp(row.try_get("expires")?),
            })
        };
        row.map(session).transpose()
    }

    /// Ends a session.
    pub async fn end_session(&self, token_hash: &str) -> Result<(), StateError> {
        sqlx::query("DELETE FROM login_session WHERE token_hash = $1").bind(token_hash).execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps a person's word on an asset, beside what was said before of what this one leaves out, with its record.
    pub async fn put_override(&self, id: &str, word: &AssetOverride, by: &str) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        let before = sqlx::query("SELECT word FROM asset_override WHERE id = $1").bind(id).fetch_optional(&mut *tx).await?;
        let before: AssetOverride = match before {
            Some(row) => serde_json::from_str(row.try_get(0)?)?,
            None => AssetOverride::default(),
        };
        let whole = AssetOverride {
            name: word.name.clone().or(before.name),
            vendor: word.vendor.clone().or(before.vendor),
            model: word.model.clone().or(before.model),
            role: word.role.clone().or(before.role),
            purdue_level: word.purdue_level.clone().or(before.purdue_level),
            zone: word.zone.clone().or(before.zone),
        };
        let sql = "INSERT INTO asset_override (id, word, given_by, given_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (id) DO UPDATE SET word = excluded.word, given_by = excluded.given_by, given_at = excluded.given_at";
        sqlx::query(sql).bind(id).bind(serde_json::to_string(&whole)?).bind(by).bind(now()).execute(&mut *tx).await?;
        note(&mut tx, by, "asset.override", id, &serde_json::to_string(word)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// All words on assets: id of the asset as it is now, word, who.
    pub async fn overrides(&self) -> Result<Vec<(String, AssetOverride, String)>, StateError> {
        let rows = sqlx::query(
            "SELECT COALESCE(a.id, o.id), o.word, o.given_by FROM asset_override o \
                   LEFT JOIN asset_alias a ON a.old_id = o.id ORDER BY o.given_at",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, serde_json::from_str(row.try_get(1)?)?, row.try_get(2)?))).collect()
    }

    /// Notes an act.
    pub async fn audit(&self, user: &str, action: &str, object: &str, detail: &str) -> Result<(), StateError> {
        // The row before is read and the new one written under one write lock, so that the chain has no forks.
        let mut tx = self.begin().await?;
        note(&mut tx, user, action, object, detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The record, newest first.
    pub async fn audit_log(&self, query: &ListQuery) -> Result<Page<AuditEntry>, StateError> {
        let before = match query.cursor.as_deref().filter(|c| !c.is_empty()) {
            Some(cursor) => {
                cursor.parse().map_err(|_| StateError::Invalid("cursor: this is not a cursor of this list".into()))?
            }
            None => i64::MAX,
        };
        let size = i64::from(query.page_size());
        let sql = "SELECT * FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(before).bind(size).fetch_all(&self.pool).await?;
        let items: Vec<AuditEntry> = rows.iter().map(entry).collect::<Result<_, _>>()?;
        let next = items.last().filter(|e| e.id > 1 && items.len() as i64 == size).map(|e| e.id.to_string());
        Ok(Page { items, next, total: None })
    }

    /// Checks the record's chain; the number of the first row that does not fit, if any.
    pub async fn verify_audit(&self) -> Result<Option<u64>, StateError> {
        let rows = sqlx::query("SELECT * FROM audit ORDER BY id").fetch_all(&self.pool).await?;
        let mut before = String::new();
        for (at, row) in rows.iter().enumerate() {
            let found = entry(row)?;
            let link: String = row.try_get("chain")?;
            if found.id != at as u64 + 1 || chain(&before, &found) != link {
                return Ok(Some(found.id));
            }
            before = link;
        }
        Ok(None)
    }
}
