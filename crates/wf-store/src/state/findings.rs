//! Findings: the list, and what people do with it (ISA-18.2 states).

use super::lists::{Bound, Kind, Select, Sort, bind};
use super::people::note;
use super::{State, StateError, now};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};
use wf_model::Timestamp;
use wf_model::finding::{Finding, FindingAct, Priority};
use wf_model::page::{ListQuery, Page};

/// Longest reason.
const REASON_MAX: usize = 2_000;
const COLUMNS: &str = ", place, state, handled_by, handled_reason, handled_at, handled_until";

/// What people decided is in columns of its own; the body is the machine's.
fn merge(mut finding: Finding, row: &SqliteRow) -> Result<Finding, StateError> {
    use wf_model::finding::State as AlarmState;
    let until: Option<i64> = row.try_get("handled_until")?;
    let state: String = row.try_get("state")?;
    finding.state = AlarmState::from_name(&state).unwrap_or(AlarmState::Unacknowledged);
    // An acknowledgement that has run out counts no longer.
    if matches!(finding.state, AlarmState::Acknowledged | AlarmState::Shelved) && until.is_some_and(|until| until < now()) {
        finding.state = AlarmState::Returned;
    }
    finding.rank = u64::try_from(row.try_get::<i64, _>("place")?).unwrap_or(0);
    finding.handled_by = row.try_get("handled_by")?;
    finding.handled_reason = row.try_get("handled_reason")?;
    finding.handled_at = row.try_get::<Option<i64>, _>("handled_at")?.map(Timestamp);
    finding.handled_until = until.map(Timestamp);
    Ok(finding)
}

/// What an act asks for, checked.
struct Decision {
    state: &'static str,
    reason: String,
    until: Option<i64>,
}

fn decide(act: &FindingAct) -> Result<Decision, StateError> {
    let invalid = |text: String| Err(StateError::Invalid(text));
    let state = match act.act.as_str() {
        "acknowledge" => "acknowledged",
        "shelve" => "shelved",
        "reopen" => {
            return Ok(Decision { state: "unacknowledged", reason: act.reason.chars().take(REASON_MAX).collect(), until: None });
        }
        other => return invalid(format!("act: '{other}' is none of acknowledge, shelve, reopen")),
    };
    let reason = act.reason.trim();
    if reason.is_empty() || reason.len() > REASON_MAX {
        return invalid(format!("reason: say why, in 1 to {REASON_MAX} characters"));
    }
    let Some(text) = act.until.as_deref().filter(|t| !t.is_empty()) else {
        return invalid("until: say until when it holds, as an RFC 3339 time".into());
    };
    let Some(until) = Timestamp::parse(text) else {
        return invalid(format!("until: '{text}' is not an RFC 3339 time such as 2026-01-31T08:00:00Z"));
    };
    if until.0 <= now() {
        return invalid(format!("until: {text} has passed already"));
    }
    Ok(Decision { state, reason: reason.to_owned(), until: Some(until.0) })
}

fn select(query: &ListQuery) -> Result<Select, StateError> {
    let mut select = Select::from("finding");
    select.equal("site", query.site.as_ref());
    select.equal("rule", query.rule.as_ref());
    if let Some(priority) = query.priority.as_deref().filter(|p| !p.is_empty()) {
        let found = Priority::from_name(priority)
            .ok_or_else(|| StateError::Invalid(format!("priority: '{priority}' is none of low, medium, high, highest")))?;
        select.filter("priority = ?", Bound::Int(found as i64));
    }
    let handled = "(state IN ('acknowledged', 'shelved') AND COALESCE(handled_until, 0) >= ?)";
    match query.state.as_deref().unwrap_or("") {
        "" => {}
        "open" => select.filter(&format!("NOT {handled}"), Bound::Int(now())),
        "returned" => select.filter(
            "(state = 'returned' OR (state IN ('acknowledged', 'shelved') AND COALESCE(handled_until, 0) < ?))",
            Bound::Int(now()),
        ),
        "unacknowledged" => select.filter("state = ?", Bound::Text("unacknowledged".into())),
        state @ ("acknowledged" | "shelved") => {
            select.filter(handled, Bound::Int(now()));
            select.filter("state = ?", Bound::Text(state.into()));
        }
        other => {
            return Err(StateError::Invalid(format!(
                "state: '{other}' is none of unacknowledged, acknowledged, shelved, returned, open"
            )));
        }
    }
    if let Some(asset) = query.asset.as_ref().filter(|a| !a.is_empty()) {
        select.filter("id IN (SELECT finding FROM finding_asset WHERE asset = ?)", Bound::Text(asset.clone()));
    }
    if let Some(zone) = query.zone.as_ref().filter(|z| !z.is_empty()) {
        select.filter(
            "id IN (SELECT fa.finding FROM finding_asset fa JOIN asset a ON a.id = fa.asset WHERE a.zone = ?)",
            Bound::Text(zone.clone()),
        );
    }
    for (name, text, compare) in [("from", &query.from, ">="), ("to", &query.to, "<=")] {
        if let Some(text) = text.as_deref().filter(|t| !t.is_empty()) {
            let time =
                Timestamp::parse(text).ok_or_else(|| StateError::Invalid(format!("{name}: '{text}' is not an RFC 3339 time")))?;
            select.filter(&format!("last_time {compare} ?"), Bound::Int(time.0));
        }
    }
    select.search(query.q.as_ref());
    Ok(select)
}

impl State {
    /// Findings by query, by rank unless sorted.
    pub async fn findings(&self, query: &ListQuery) -> Result<Page<Finding>, StateError> {
        let sorts = [
            ("rank", "place", Kind::Int, false),
            ("time", "last_time", Kind::Int, false),
            ("first_time", "first_time", Kind::Int, false),
            ("priority", "priority", Kind::Int, false),
            ("title", "title", Kind::Text, false),
            ("rule", "rule", Kind::Text, false),
        ];
        let sort = Sort::of(query.sort.as_deref(), &sorts)?;
        let (items, next, total) = self.page::<Finding>(select(query)?, sort, query, COLUMNS).await?;
        let items = items.into_iter().map(|(finding, row)| merge(finding, &row)).collect::<Result<_, _>>()?;
        Ok(Page { items, next, total: Some(total) })
    }

    /// One finding.
    pub async fn finding(&self, id: &str) -> Result<Finding, StateError> {
        let sql = format!("SELECT body{COLUMNS} FROM finding WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.pool).await?;
        let row = row.ok_or_else(|| StateError::NotFound(format!("finding {id}")))?;
        merge(serde_json::from_str(row.try_get("body")?)?, &row)
    }

    /// Does a person's act on one finding.
    pub async fn act_on_finding(&self, id: &str, act: &FindingAct, by: &str) -> Result<Finding, StateError> {
        let decision = decide(act)?;
        self.finding(id).await?;
        let sql = "UPDATE finding SET state = $2, handled_by = $3, handled_reason = $4, handled_at = $5, handled_until = $6 WHERE id = $1";
        let statement =
            sqlx::query(sql).bind(id).bind(decision.state).bind(by).bind(&decision.reason).bind(now()).bind(decision.until);
        let mut tx = self.begin().await?;
        statement.execute(&mut *tx).await?;
        note(&mut tx, by, &format!("finding.{}", act.act), id, &decision_text(&decision)).await?;
        tx.commit().await?;
        self.finding(id).await
    }

    /// Does the same on every finding that matches.
    pub async fn act_on_findings(&self, query: &ListQuery, act: &FindingAct, by: &str) -> Result<u64, StateError> {
        let decision = decide(act)?;
        let mut select = select(query)?;
        if decision.until.is_some() {
            // One whose time has run out is decided anew.
            select.filter_all(
                "NOT (state = ? AND COALESCE(handled_until, 0) >= ?)",
                [Bound::Text(decision.state.into()), Bound::Int(now())],
            );
        } else {
            select.filter("state <> ?", Bound::Text(decision.state.into()));
        }
        let (conditions, mut bound) = select.into_parts();
        let first = bound.len();
        bound.extend([
            Bound::Text(decision.state.into()),
            Bound::Text(by.into()),
            Bound::Text(decision.reason.clone()),
            Bound::Int(now()),
        ]);
        let until = decision.until.map_or_else(|| "NULL".to_owned(), |until| until.to_string());
        let places: Vec<String> = (1..=4).map(|n| format!("${}", first + n)).collect();
        let sql = format!(
            "UPDATE finding SET state = {}, handled_by = {}, handled_reason = {}, handled_at = {}, handled_until = {until}{conditions}",
            places.first().map_or("", String::as_str),
            places.get(1).map_or("", String::as_str),
            places.get(2).map_or("", String::as_str),
            places.get(3).map_or("", String::as_str),
        );
        let mut tx = self.begin().await?;
        let changed = bind(sqlx::query(AssertSqlSafe(sql)), &bound).execute(&mut *tx).await?.rows_affected();
        let detail = format!("{} for {}", decision_text(&decision), serde_json::to_string(query)?);
        note(&mut tx, by, &format!("finding.{}", act.act), &format!("{changed} findings"), &detail).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Open findings by priority: low, medium, high, highest.
    pub async fn open_findings(&self) -> Result<[u64; 4], StateError> {
        let sql = "SELECT priority, COUNT(*) FROM finding WHERE NOT (state IN ('acknowledged', 'shelved') AND COALESCE(handled_until, 0) >= $1) GROUP BY priority";
        let mut open = [0; 4];
        for row in sqlx::query(sql).bind(now()).fetch_all(&self.pool).await? {
            let at = usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0);
            if let Some(count) = open.get_mut(at) {
                *count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
            }
        }
        Ok(open)
    }

    /// The highest priority of open findings by asset.
    pub async fn open_priorities(&self) -> Result<Vec<(String, Priority)>, StateError> {
        let sql = "SELECT fa.asset, MAX(f.priority) FROM finding f JOIN finding_asset fa ON fa.finding = f.id \
                   WHERE NOT (f.state IN ('acknowledged', 'shelved') AND COALESCE(f.handled_until, 0) >= $1) GROUP BY fa.asset";
        let rows = sqlx::query(sql).bind(now()).fetch_all(&self.pool).await?;
        let mut found = Vec::new();
        for row in rows {
            let at = usize::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
            if let Some(priority) = Priority::ALL.get(at) {
                found.push((row.try_get(0)?, *priority));
            }
        }
        Ok(found)
    }
}

fn decision_text(decision: &Decision) -> String {
    match decision.until {
        Some(until) => format!("{} until {}", decision.reason, Timestamp(until)),
        None => decision.reason.clone(),
    }
}
