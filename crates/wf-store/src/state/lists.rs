//! Lists and look-ups: filters, sorts and cursors as the interface promises them.

use super::{State, StateError};
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, Row};
use wf_model::Timestamp;
use wf_model::api::CoverageRow;
use wf_model::asset::{Asset, AssetDetail};
use wf_model::conversation::Conversation;
use wf_model::page::{ListQuery, Page};

/// What stands before the name of a protocol in the words by which an asset is found.
pub(super) const PROTOCOL: &str = "protocol:";

/// A text in which `LIKE` finds no pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    Text(String),
    Int(i64),
    Real(f64),
}

/// Builds `WHERE` and `ORDER BY`. Column names come from this program alone; whatever a caller says is bound.
pub(super) struct Select {
    table: &'static str,
    filters: Vec<String>,
    bound: Vec<Bound>,
}

impl Select {
    pub(super) fn from(table: &'static str) -> Self {
        Self { table, filters: Vec::new(), bound: Vec::new() }
    }

    fn place(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("${}", self.bound.len())
    }

    /// Adds a condition; `?` stands for the value.
    pub(super) fn filter(&mut self, condition: &str, value: Bound) {
        let place = self.place(value);
        self.filters.push(condition.replace('?', &place));
    }

    /// Adds a condition of several values; each `?` stands for the next of them.
    pub(super) fn filter_all(&mut self, condition: &str, values: impl IntoIterator<Item = Bound>) {
        let condition = values.into_iter().fold(condition.to_owned(), |condition, value| {
            let place = self.place(value);
            condition.replacen('?', &place, 1)
        });
        self.filters.push(condition);
    }

    pub(super) fn equal(&mut self, column: &str, value: Option<&String>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.filter(&format!("{column} = ?"), Bound::Text(value.clone()));
        }
    }

    /// Every word must occur.
    pub(super) fn search(&mut self, text: Option<&String>) {
        for word in text.map(|t| t.to_lowercase()).unwrap_or_default().split_whitespace().take(8) {
            self.filter("search LIKE ? ESCAPE '\\'", Bound::Text(format!("%{}%", escaped(word))));
        }
    }

    fn times(&mut self, query: &ListQuery, column: &str) -> Result<(), StateError> {
        for (name, text, compare) in [("from", &query.from, ">="), ("to", &query.to, "<=")] {
            if let Some(text) = text.as_deref().filter(|t| !t.is_empty()) {
                let time = Timestamp::parse(text)
                    .ok_or_else(|| StateError::Invalid(format!("{name}: '{text}' is not an RFC 3339 time")))?;
                self.filter(&format!("{column} {compare} ?"), Bound::Int(time.0));
            }
        }
        Ok(())
    }

    /// The conditions and their values, for a statement of another kind.
    pub(super) fn into_parts(self) -> (String, Vec<Bound>) {
        (self.conditions(), self.bound)
    }

    fn conditions(&self) -> String {
        if self.filters.is_empty() { String::new() } else { format!(" WHERE {}", self.filters.join(" AND ")) }
    }
}

/// How a list is sorted.
#[derive(Clone, Copy)]
pub(super) struct Sort {
    column: &'static str,
    kind: Kind,
    descending: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Int,
    Real,
}

impl Sort {
    /// The sort asked for, among those that there are; the first is the default.
    pub(super) fn of(asked: Option<&str>, known: &[(&str, &'static str, Kind, bool)]) -> Result<Self, StateError> {
        let Some(asked) = asked.filter(|a| !a.is_empty()) else {
            return known
                .first()
                .map(|(_, column, kind, descending)| Self { column, kind: *kind, descending: *descending })
                .ok_or_else(|| StateError::Invalid("nothing to sort by".into()));
        };
        let (name, descending) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
        let found = known.iter().find(|(n, ..)| *n == name);
        found.map(|(_, column, kind, _)| Self { column, kind: *kind, descending }).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(n, ..)| *n).collect();
            StateError::Invalid(format!("sort: '{asked}' is none of {}", names.join(", ")))
        })
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<String> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let bytes = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

impl State {
    /// One page: bodies in order, cursor of the next, count of all.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        mut select: Select,
        sort: Sort,
        query: &ListQuery,
        columns: &str,
    ) -> Result<(Vec<(T, sqlx::sqlite::SqliteRow)>, Option<String>, u64), StateError> {
        let counted = format!("SELECT COUNT(*) FROM {}{}", select.table, select.conditions());
        let total: i64 = bind(sqlx::query(AssertSqlSafe(counted)), &select.bound).fetch_one(&self.pool).await?.try_get(0)?;
        if let Some(cursor) = query.cursor.as_deref().filter(|c| !c.is_empty()) {
            let wrong = || StateError::Invalid("cursor: this is not a cursor of this list".into());
            let plain = unhex(cursor).ok_or_else(wrong)?;
            let (value, id) = plain.split_once('\u{1f}').ok_or_else(wrong)?;
            let value = match sort.kind {
                Kind::Text => Bound::Text(value.to_owned()),
                Kind::Int => Bound::Int(value.parse().map_err(|_| wrong())?),
                Kind::Real => Bound::Real(value.parse().map_err(|_| wrong())?),
            };
            let compare = if sort.descending { '<' } else { '>' };
            let (first, second) = (select.place(value), select.place(Bound::Text(id.to_owned())));
            select.filters.push(format!("({} {compare} {first} OR ({} = {first} AND id > {second}))", sort.column, sort.column));
        }
        let size = query.page_size();
        let direction = if sort.descending { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT body, id, {} AS sort_value{columns} FROM {}{} ORDER BY {} {direction}, id ASC LIMIT {}",
            sort.column,
            select.table,
            select.conditions(),
            sort.column,
            size + 1
        );
        let mut rows = bind(sqlx::query(AssertSqlSafe(sql)), &select.bound).fetch_all(&self.pool).await?;
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let next = match rows.last().filter(|_| more) {
            Some(last) => {
                let value = match sort.kind {
                    Kind::Text => last.try_get::<String, _>("sort_value")?,
                    Kind::Int => last.try_get::<i64, _>("sort_value")?.to_string(),
                    Kind::Real => last.try_get::<f64, _>("sort_value")?.to_string(),
                };
                Some(hex(&format!("{value}\u{1f}{}", last.try_get::<String, _>("id")?)))
            }
            None => None,
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push((serde_json::from_str(row.try_get::<&str, _>("body")?)?, row));
        }
        Ok((items, next, u64::try_from(total).unwrap_or(0)))
    }

    /// Assets by query.
    pub async fn assets(&self, query: &ListQuery) -> Result<Page<Asset>, StateError> {
        let mut select = Select::from("asset");
        select.equal("site", query.site.as_ref());
        select.equal("id", query.asset.as_ref());
        select.equal("zone", query.zone.as_ref());
        select.equal("role", query.role.as_ref());
        if let Some(protocol) = query.protocol.as_ref().filter(|p| !p.is_empty()) {
            let word = escaped(&protocol.to_lowercase());
            select.filter("search || ' ' LIKE ? ESCAPE '\\'", Bound::Text(format!("% {PROTOCOL}{word} %")));
        }
        select.search(query.q.as_ref());
        select.times(query, "last_seen")?;
        let sorts = [
            ("name", "name", Kind::Text, false),
            ("role", "role", Kind::Text, false),
            ("zone", "zone", Kind::Text, false),
            ("purdue_level", "purdue_level", Kind::Real, false),
            ("vendor", "vendor", Kind::Text, false),
            ("last_seen", "last_seen", Kind::Int, false),
            ("first_seen", "first_seen", Kind::Int, false),
        ];
        let sort = Sort::of(query.sort.as_deref(), &sorts)?;
        let (items, next, total) = self.page::<Asset>(select, sort, query, "").await?;
        Ok(Page { items: items.into_iter().map(|(asset, _)| asset).collect(), next, total: Some(total) })
    }

    /// One asset with its evidence; an id that turned out to be another asset finds that one.
    pub async fn asset(&self, id: &str) -> Result<AssetDetail, StateError> {
        let sql = "SELECT body FROM asset WHERE id = $1 OR id = (SELECT id FROM asset_alias WHERE old_id = $1)";
        let row = sqlx::query(sql).bind(id).fetch_optional(&self.pool).await?;
        let row = row.ok_or_else(|| StateError::NotFound(format!("asset {id}")))?;
        Ok(serde_json::from_str(row.try_get(0)?)?)
    }

    /// Conversations by query.
    pub async fn conversations(&self, query: &ListQuery) -> Result<Page<Conversation>, StateError> {
        let mut select = Select::from("conversation");
        select.equal("site", query.site.as_ref());
        if let Some(asset) = query.asset.as_ref().filter(|a| !a.is_empty()) {
            select.filter("(client_asset = ? OR server_asset = ?)", Bound::Text(asset.clone()));
        }
        if let Some(zone) = query.zone.as_ref().filter(|z| !z.is_empty()) {
            select.filter("(client_zone = ? OR server_zone = ?)", Bound::Text(zone.clone()));
        }
        select.equal("protocol", query.protocol.as_ref());
        if let Some(state) = query.state.as_deref().filter(|s| !s.is_empty()) {
            let flag = ["forbidden", "one_sided", "encrypted", "learned"].into_iter().find(|f| *f == state);
            let flag = flag.ok_or_else(|| {
                StateError::Invalid(format!("state: '{state}' is none of forbidden, one_sided, encrypted, learned"))
            })?;
            select.filter("body LIKE ?", Bound::Text(format!("%\"{flag}\":true%")));
        }
        select.search(query.q.as_ref());
        select.times(query, "last_seen")?;
        let sorts = [
            ("last_seen", "last_seen", Kind::Int, true),
            ("first_seen", "first_seen", Kind::Int, false),
            ("bytes", "bytes", Kind::Int, false),
            ("packets", "packets", Kind::Int, false),
            ("client", "client", Kind::Text, false),
            ("server", "server", Kind::Text, false),
            ("protocol", "protocol", Kind::Text, false),
        ];
        let sort = Sort::of(query.sort.as_deref(), &sorts)?;
        let (items, next, total) = self.page::<Conversation>(select, sort, query, "").await?;
        Ok(Page { items: items.into_iter().map(|(c, _)| c).collect(), next, total: Some(total) })
    }

    /// Every conversation, for a restart.
    pub async fn all_conversations(&self) -> Result<Vec<Conversation>, StateError> {
        let rows = sqlx::query("SELECT body FROM conversation ORDER BY first_seen, id").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).collect()
    }

    /// Rows in assets, conversations.
    pub async fn counts(&self) -> Result<(u64, u64), StateError> {
        let row =
            sqlx::query("SELECT (SELECT COUNT(*) FROM asset), (SELECT COUNT(*) FROM conversation)").fetch_one(&self.pool).await?;
        Ok((u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0), u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0)))
    }

    /// Coverage by sensor and segment.
    pub async fn coverage(&self) -> Result<Vec<CoverageRow>, StateError> {
        let rows = sqlx::query("SELECT body FROM coverage ORDER BY sensor, segment").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).collect()
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, <sqlx::Sqlite as sqlx::Database>::Arguments>;

pub(super) fn bind<'q>(mut query: Query<'q>, bound: &[Bound]) -> Query<'q> {
    for value in bound {
        query = match value {
            Bound::Text(text) => query.bind(text.clone()),
            Bound::Int(number) => query.bind(*number),
            Bound::Real(number) => query.bind(*number),
        };
    }
    query
}
