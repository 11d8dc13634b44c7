//! What the hub stores: everything that a batch changed, at once.

use super::lists::PROTOCOL;
use super::{State, StateError, Tx};
use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use wf_model::Address;
use wf_model::api::{CoverageRow, ProtocolCount};
use wf_model::asset::{Asset, AssetDetail};
use wf_model::conversation::Conversation;
use wf_model::finding::Finding;
use wf_model::observation::Coverage;

/// Protocols that a segment's coverage names; the rest is summed.
const PROTOCOLS_MAX: usize = 100;

/// Everything that changed, to be stored in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Assets, new or changed.
    pub assets: Vec<AssetDetail>,
    /// Assets that turned out to be others: old id, id.
    pub removed_assets: Vec<(String, String)>,
    /// Conversations, new or changed.
    pub conversations: Vec<Conversation>,
    /// Findings, new or changed. What people decided about them stays.
    pub findings: Vec<Finding>,
    /// Places in the list: finding id, rank.
    pub ranks: Vec<(String, u64)>,
    /// Coverage deltas of a sensor. Added only if `applied` is news.
    pub coverage: Vec<(String, Coverage)>,
    /// Snapshots of the domain's memory.
    pub snapshots: Vec<(String, Vec<u8>)>,
    /// Values by key.
    pub meta: Vec<(String, String)>,
    /// The journal's sequence that these changes reach.
    pub applied: Option<u64>,
    /// The site, for coverage rows.
    pub site: String,
}

/// A transaction in which changes are stored part by part, so that not all of them have to be in memory at once. Nothing is
/// stored where it is dropped before its end.
pub struct Storing<'a> {
    tx: Tx<'a>,
    /// The sequence that is stored before this.
    before: u64,
}

impl State {
    /// Stores changes in one transaction. Coverage deltas of a sequence that was applied before are left out.
    pub async fn apply(&self, changes: Changes) -> Result<(), StateError> {
        self.store().await?.finish(changes).await
    }

    /// Begins to store changes in parts.
    pub async fn store(&self) -> Result<Storing<'_>, StateError> {
        let before = self.applied().await?;
        Ok(Storing { tx: self.begin().await?, before })
    }
}

impl Storing<'_> {
    /// Stores some of the assets.
    pub async fn assets(&mut self, some: Vec<AssetDetail>) -> Result<(), StateError> {
        assets(&mut self.tx, some).await
    }

    /// Stores some of the conversations.
    pub async fn conversations(&mut self, some: Vec<Conversation>) -> Result<(), StateError> {
        conversations(&mut self.tx, some).await
    }

    /// Stores the rest, and ends the transaction.
    pub async fn finish(self, changes: Changes) -> Result<(), StateError> {
        let Self { mut tx, before } = self;
        let news = changes.applied.is_none_or(|sequence| sequence > before);
        assets(&mut tx, changes.assets).await?;
        removed_assets(&mut tx, &changes.removed_assets).await?;
        conversations(&mut tx, changes.conversations).await?;
        findings(&mut tx, changes.findings, &changes.ranks).await?;
        if news {
            coverage(&mut tx, &changes.site, &changes.coverage).await?;
        }
        for (name, body) in changes.snapshots {
            let sql = "INSERT INTO snapshot (name, body) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = excluded.body";
            sqlx::query(sql).bind(name).bind(body).execute(&mut *tx).await?;
        }
        let applied = changes.applied.filter(|_| news).map(|sequence| ("applied".to_owned(), sequence.to_string()));
        for (key, value) in changes.meta.into_iter().chain(applied) {
            let sql = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            sqlx::query(sql).bind(key).bind(value).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

type Values<'a> = Separated<'a, Sqlite, &'static str>;

/// Values bound in one statement, at most: both databases take this many.
const VALUES_MAX: usize = 30_000;

/// Rows into a table, many to a statement: `head` up to the values, `tail` behind them. A row is let go of once it is bound.
async fn insert<T>(
    tx: &mut Tx<'_>,
    (head, columns, tail): (&str, usize, &str),
    rows: Vec<T>,
    mut bind: impl FnMut(&mut Values<'_>, T) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = rows.len().min(VALUES_MAX / columns).min(ROWS_MAX);
        let mut query = QueryBuilder::<Sqlite>::new(head);
        let mut outcome = Ok(());
        query.push_values(rows.by_ref().take(count), |mut values, row| {
            if outcome.is_ok() {
                outcome = bind(&mut values, row);
            }
        });
        outcome?;
        query.push(tail);
        query.build().persistent(count == ROWS_MAX).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Rows in one statement.
const ROWS_MAX: usize = 250;

async fn assets(tx: &mut Tx<'_>, assets: Vec<AssetDetail>) -> Result<(), StateError> {
    let statement = (
        "INSERT INTO asset (id, site, name, role, zone, purdue_level, vendor, first_seen, last_seen, search, body) ",
        11,
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         role = excluded.role, zone = excluded.zone, purdue_level = excluded.purdue_level, vendor = excluded.vendor, \
         first_seen = excluded.first_seen, last_seen = excluded.last_seen, search = excluded.search, body = excluded.body",
    );
    insert(tx, statement, assets, |row, detail| {
        let body = serde_json::to_string(&detail)?;
        let asset = detail.asset;
        let search = asset_search(&asset);
        row.push_bind(asset.id.clone())
            .push_bind(asset.site.clone())
            .push_bind(asset.name.clone())
            .push_bind(asset.role.clone())
            .push_bind(asset.zone.clone().unwrap_or_default())
            .push_bind(asset.purdue_level.unwrap_or(-1.0))
            .push_bind(asset.vendor.clone().unwrap_or_default())
            .push_bind(asset.first_seen.0)
            .push_bind(asset.last_seen.0)
            .push_bind(search)
            .push_bind(body);
        Ok(())
    })
    .await
}

async fn removed_assets(tx: &mut Tx<'_>, removed: &[(String, String)]) -> Result<(), StateError> {
    for (old, id) in removed {
        sqlx::query("DELETE FROM asset WHERE id = $1").bind(old).execute(&mut **tx).await?;
        // What led to the old one leads on.
        sqlx::query("UPDATE asset_alias SET id = $2 WHERE id = $1").bind(old).bind(id).execute(&mut **tx).await?;
        let sql = "INSERT INTO asset_alias (old_id, id) VALUES ($1, $2) ON CONFLICT (old_id) DO UPDATE SET id = excluded.id";
        sqlx::query(sql).bind(old).bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}

fn asset_search(asset: &Asset) -> String {
    let texts = [&asset.vendor, &asset.model, &asset.order_number, &asset.firmware, &asset.serial, &asset.os, &asset.zone];
    let mut words = format!("{} {} {}", asset.id, asset.name, asset.role);
    for text in texts.into_iter().flatten() {
        words.extend([" ", text]);
    }
    for protocol in &asset.protocols {
        words.extend([" ", PROTOCOL, protocol]);
    }
    // Writing to a string cannot fail.
    let _ = asset.ips.iter().try_for_each(|ip| write!(words, " {ip}"));
    let _ = asset.macs.iter().try_for_each(|mac| write!(words, " {mac}"));
    words.to_lowercase()
}

async fn conversations(tx: &mut Tx<'_>, conversations: Vec<Conversation>) -> Result<(), StateError> {
    let statement = (
        "INSERT INTO conversation (id, site, client, server, client_asset, server_asset, client_zone, server_zone, protocol, \
         packets, bytes, first_seen, last_seen, search, body) ",
        15,
        " ON CONFLICT (id) DO UPDATE SET client_asset = excluded.client_asset, server_asset = excluded.server_asset, \
         client_zone = excluded.client_zone, server_zone = excluded.server_zone, packets = excluded.packets, \
         bytes = excluded.bytes, first_seen = excluded.first_seen, last_seen = excluded.last_seen, search = excluded.search, \
         body = excluded.body",
    );
    insert(tx, statement, conversations, |row, c| {
        let body = serde_json::to_string(&c)?;
        let search =
            format!("{} {} {} {} {} {} {}", c.client, c.server, c.client_name, c.server_name, c.protocol, c.transport, c.port);
        row.push_bind(c.id)
            .push_bind(c.site)
            .push_bind(c.client)
            .push_bind(c.server)
            .push_bind(c.client_asset.unwrap_or_default())
            .push_bind(c.server_asset.unwrap_or_default())
            .push_bind(c.client_zone.unwrap_or_default())
            .push_bind(c.server_zone.unwrap_or_default())
            .push_bind(c.protocol)
            .push_bind(count(c.packets_to_server + c.packets_to_client))
            .push_bind(count(c.bytes_to_server + c.bytes_to_client))
            .push_bind(c.first_seen.0)
            .push_bind(c.last_seen.0)
            .push_bind(search.to_lowercase())
            .push_bind(body);
        Ok(())
    })
    .await
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn findings(tx: &mut Tx<'_>, findings: Vec<Finding>, ranks: &[(String, u64)]) -> Result<(), StateError> {
    let pairs: Vec<(String, String)> =
        findings.iter().flat_map(|f| f.assets.iter().chain(&f.actor).map(|asset| (f.id.clone(), asset.clone()))).collect();
    let mut moved: BTreeMap<&str, u64> = ranks.iter().map(|(id, rank)| (id.as_str(), *rank)).collect();
    // State and what people decided belong to people: only a new row gets the machine's word on them.
    let statement = (
        "INSERT INTO finding (id, site, rule, title, priority, place, expected_loss, first_time, last_time, state, search, body) ",
        12,
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
         priority = excluded.priority, place = excluded.place, expected_loss = excluded.expected_loss, \
         first_time = excluded.first_time, last_time = excluded.last_time, search = excluded.search, body = excluded.body",
    );
    insert(tx, statement, findings, |row, finding| {
        let body = serde_json::to_string(&finding)?;
        let search = finding_search(&finding);
        let place = moved.remove(finding.id.as_str()).unwrap_or(finding.rank);
        row.push_bind(finding.id)
            .push_bind(finding.site)
            .push_bind(finding.rule)
            .push_bind(finding.title)
            .push_bind(finding.priority as i64)
            .push_bind(count(place))
            .push_bind(finding.assessment.expected_loss)
            .push_bind(finding.first_time.0)
            .push_bind(finding.time.0)
            .push_bind(finding.state.name())
            .push_bind(search)
            .push_bind(body);
        Ok(())
    })
    .await?;
    let statement = ("INSERT INTO finding_asset (finding, asset) ", 2, " ON CONFLICT (finding, asset) DO NOTHING");
    insert(tx, statement, pairs, |row, (finding, asset)| {
        row.push_bind(finding).push_bind(asset);
        Ok(())
    })
    .await?;
    for (id, rank) in moved {
        sqlx::query("UPDATE finding SET place = $2 WHERE id = $1").bind(id).bind(count(rank)).execute(&mut **tx).await?;
    }
    Ok(())
}

fn finding_search(finding: &Finding) -> String {
    let addresses: BTreeSet<Address> = finding.evidence.iter().flat_map(|e| [e.src, e.dst]).flatten().collect();
    let words = addresses.iter().map(ToString::to_string);
    let words = words.chain(finding.asset_names.iter().cloned()).chain(finding.techniques.iter().cloned());
    let words = words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ");
    format!("{} {} {} {} {words}", finding.id, finding.title, finding.rule, finding.plant_sentence).to_lowercase()
}

async fn coverage(tx: &mut Tx<'_>, site: &str, deltas: &[(String, Coverage)]) -> Result<(), StateError> {
    use sqlx::Row;
    for (sensor, delta) in deltas {
        let found = sqlx::query("SELECT body FROM coverage WHERE sensor = $1 AND segment = $2")
            .bind(sensor)
            .bind(&delta.segment)
            .fetch_optional(&mut **tx)
            .await?;
        let mut row: CoverageRow = match found {
            Some(found) => serde_json::from_str(found.try_get::<&str, _>(0)?)?,
            None => CoverageRow {
                site: site.to_owned(),
                sensor: sensor.clone(),
                segment: delta.segment.clone(),
                first_seen: delta.ts,
                ..CoverageRow::default()
            },
        };
        add(&mut row, delta);
        let sql = "INSERT INTO coverage (sensor, segment, body) VALUES ($1, $2, $3) ON CONFLICT (sensor, segment) DO UPDATE SET body = excluded.body";
        sqlx::query(sql).bind(sensor).bind(&delta.segment).bind(serde_json::to_string(&row)?).execute(&mut **tx).await?;
    }
    Ok(())
}

fn add(row: &mut CoverageRow, delta: &Coverage) {
    row.packets += delta.packets;
    row.bytes += delta.bytes;
    row.parsed += delta.parsed;
    row.not_parsed += delta.not_parsed;
    row.dropped += delta.dropped;
    row.one_sided += delta.one_sided;
    row.encrypted += delta.encrypted;
    row.damaged += delta.damaged;
    row.evicted += delta.evicted;
    row.first_seen = row.first_seen.min(delta.ts);
    row.last_seen = row.last_seen.max(delta.ts);
    for (protocol, packets) in &delta.protocols {
        let known = row.protocols.iter().any(|p| p.protocol == *protocol);
        let name = if known || row.protocols.len() < PROTOCOLS_MAX { protocol.as_str() } else { "other" };
        match row.protocols.iter_mut().find(|p| p.protocol == name) {
            Some(counted) => counted.packets += packets,
            None => row.protocols.push(ProtocolCount { protocol: name.to_owned(), packets: *packets }),
        }
    }
    row.protocols.sort_by(|a, b| b.packets.cmp(&a.packets).then_with(|| a.protocol.cmp(&b.protocol)));
}
