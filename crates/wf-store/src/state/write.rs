//! What the hub stores: everything that a batch changed, at once.

use super::{State, StateError};
use sqlx::{Sqlite, Transaction};
use wf_model::Address;
use wf_model::api::{CoverageRow, ProtocolCount};
use wf_model::asset::AssetDetail;
use wf_model::conversation::Conversation;
use wf_model::finding::Finding;
use wf_model::observation::{Coverage, KeptPacket};

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
    /// Packets to keep.
    pub packets: Vec<KeptPacket>,
    /// Snapshots of the domain's memory.
    pub snapshots: Vec<(String, Vec<u8>)>,
    /// Values by key.
    pub meta: Vec<(String, String)>,
    /// The journal's sequence that these changes reach.
    pub applied: Option<u64>,
    /// The site, for coverage rows.
    pub site: String,
}

impl State {
    /// Stores changes in one transaction. Coverage deltas of a sequence that was applied before are left out.
    pub async fn apply(&self, changes: &Changes) -> Result<(), StateError> {
        let before = self.applied().await?;
        let news = changes.applied.is_none_or(|sequence| sequence > before);
        let mut tx = self.pool.begin().await?;
        assets(&mut tx, changes).await?;
        conversations(&mut tx, &changes.conversations).await?;
        findings(&mut tx, changes).await?;
        if news {
            coverage(&mut tx, changes).await?;
        }
        packets(&mut tx, &changes.packets).await?;
        for (name, body) in &changes.snapshots {
            let sql = "INSERT INTO snapshot (name, body) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = excluded.body";
            sqlx::query(sql).bind(name).bind(body.as_slice()).execute(&mut *tx).await?;
        }
        let applied = changes.applied.filter(|_| news).map(|sequence| ("applied".to_owned(), sequence.to_string()));
        for (key, value) in changes.meta.iter().cloned().chain(applied) {
            let sql = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            sqlx::query(sql).bind(key).bind(value).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Drops the packets that were kept first until no more than `bytes` are left, and those before `oldest`.
    pub async fn retain_packets(&self, bytes: u64, oldest: i64) -> Result<u64, StateError> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let sql = "DELETE FROM packet WHERE ts < $1 OR kept_order <= COALESCE((SELECT MAX(kept_order) FROM \
                   (SELECT kept_order, SUM(LENGTH(body)) OVER (ORDER BY kept_order DESC) AS total FROM packet) AS sums WHERE total > $2), -1)";
        Ok(sqlx::query(sql).bind(oldest).bind(bytes).execute(&self.pool).await?.rows_affected())
    }
}

type Tx<'a> = Transaction<'a, Sqlite>;

async fn assets(tx: &mut Tx<'_>, changes: &Changes) -> Result<(), StateError> {
    let sql = "INSERT INTO asset (id, site, name, role, zone, purdue_level, vendor, first_seen, last_seen, search, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
               role = excluded.role, zone = excluded.zone, purdue_level = excluded.purdue_level, vendor = excluded.vendor, \
               first_seen = excluded.first_seen, last_seen = excluded.last_seen, search = excluded.search, body = excluded.body";
    for detail in &changes.assets {
        let asset = &detail.asset;
        sqlx::query(sql)
            .bind(&asset.id)
            .bind(&asset.site)
            .bind(&asset.name)
            .bind(&asset.role)
            .bind(asset.zone.as_deref().unwrap_or(""))
            .bind(asset.purdue_level.unwrap_or(-1.0))
            .bind(asset.vendor.as_deref().unwrap_or(""))
            .bind(asset.first_seen.0)
            .bind(asset.last_seen.0)
            .bind(asset_search(detail))
            .bind(serde_json::to_string(detail)?)
            .execute(&mut **tx)
            .await?;
    }
    for (old, id) in &changes.removed_assets {
        sqlx::query("DELETE FROM asset WHERE id = $1").bind(old).execute(&mut **tx).await?;
        let sql = "INSERT INTO asset_alias (old_id, id) VALUES ($1, $2) ON CONFLICT (old_id) DO UPDATE SET id = excluded.id";
        sqlx::query(sql).bind(old).bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}

fn asset_search(detail: &AssetDetail) -> String {
    let asset = &detail.asset;
    let texts = [&asset.vendor, &asset.model, &asset.order_number, &asset.firmware, &asset.serial, &asset.os, &asset.zone];
    let mut words = vec![asset.id.clone(), asset.name.clone(), asset.role.clone()];
    words.extend(texts.into_iter().flatten().cloned());
    words.extend(asset.ips.iter().map(ToString::to_string));
    words.extend(asset.macs.iter().map(ToString::to_string));
    words.extend(asset.protocols.iter().cloned());
    words.join(" ").to_lowercase()
}

async fn conversations(tx: &mut Tx<'_>, conversations: &[Conversation]) -> Result<(), StateError> {
    let sql = "INSERT INTO conversation (id, site, client, server, client_asset, server_asset, client_zone, server_zone, protocol, \
               packets, bytes, first_seen, last_seen, search, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
               ON CONFLICT (id) DO UPDATE SET client_asset = excluded.client_asset, server_asset = excluded.server_asset, \
               client_zone = excluded.client_zone, server_zone = excluded.server_zone, packets = excluded.packets, \
               bytes = excluded.bytes, first_seen = excluded.first_seen, last_seen = excluded.last_seen, search = excluded.search, \
               body = excluded.body";
    for c in conversations {
        let search =
            format!("{} {} {} {} {} {} {}", c.client, c.server, c.client_name, c.server_name, c.protocol, c.transport, c.port);
        sqlx::query(sql)
            .bind(&c.id)
            .bind(&c.site)
            .bind(&c.client)
            .bind(&c.server)
            .bind(c.client_asset.as_deref().unwrap_or(""))
            .bind(c.server_asset.as_deref().unwrap_or(""))
            .bind(c.client_zone.as_deref().unwrap_or(""))
            .bind(c.server_zone.as_deref().unwrap_or(""))
            .bind(&c.protocol)
            .bind(count(c.packets_to_server + c.packets_to_client))
            .bind(count(c.bytes_to_server + c.bytes_to_client))
            .bind(c.first_seen.0)
            .bind(c.last_seen.0)
            .bind(search.to_lowercase())
            .bind(serde_json::to_string(c)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn findings(tx: &mut Tx<'_>, changes: &Changes) -> Result<(), StateError> {
    // State and what people decided belong to people: only a new row gets the machine's word on them.
    let sql = "INSERT INTO finding (id, site, rule, title, priority, place, expected_loss, first_time, last_time, state, search, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
               priority = excluded.priority, place = excluded.place, expected_loss = excluded.expected_loss, \
               first_time = excluded.first_time, last_time = excluded.last_time, search = excluded.search, body = excluded.body";
    for finding in &changes.findings {
        let addresses = finding.evidence.iter().flat_map(|e| [e.src, e.dst]).flatten().map(|a: Address| a.to_string());
        let words: Vec<String> =
            addresses.chain(finding.asset_names.iter().cloned()).chain(finding.techniques.iter().cloned()).collect();
        let search = format!("{} {} {} {} {}", finding.id, finding.title, finding.rule, finding.plant_sentence, words.join(" "));
        sqlx::query(sql)
            .bind(&finding.id)
            .bind(&finding.site)
            .bind(&finding.rule)
            .bind(&finding.title)
            .bind(finding.priority as i64)
            .bind(count(finding.rank))
            .bind(finding.assessment.expected_loss)
            .bind(finding.first_time.0)
            .bind(finding.time.0)
            .bind(finding.state.name())
            .bind(search.to_lowercase())
            .bind(serde_json::to_string(finding)?)
            .execute(&mut **tx)
            .await?;
        for asset in finding.assets.iter().chain(&finding.actor) {
            let sql = "INSERT INTO finding_asset (finding, asset) VALUES ($1, $2) ON CONFLICT (finding, asset) DO NOTHING";
            sqlx::query(sql).bind(&finding.id).bind(asset).execute(&mut **tx).await?;
        }
    }
    for (id, rank) in &changes.ranks {
        sqlx::query("UPDATE finding SET place = $2 WHERE id = $1").bind(id).bind(count(*rank)).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn coverage(tx: &mut Tx<'_>, changes: &Changes) -> Result<(), StateError> {
    use sqlx::Row;
    for (sensor, delta) in &changes.coverage {
        let found = sqlx::query("SELECT body FROM coverage WHERE sensor = $1 AND segment = $2")
            .bind(sensor)
            .bind(&delta.segment)
            .fetch_optional(&mut **tx)
            .await?;
        let mut row: CoverageRow = match found {
            Some(found) => serde_json::from_str(found.try_get::<&str, _>(0)?)?,
            None => CoverageRow {
                site: changes.site.clone(),
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

async fn packets(tx: &mut Tx<'_>, packets: &[KeptPacket]) -> Result<(), StateError> {
    let sql = "INSERT INTO packet (id, ts, frame, link, original_len, body, kept_order) \
               VALUES ($1, $2, $3, $4, $5, $6, COALESCE((SELECT MAX(kept_order) FROM packet), 0) + 1) ON CONFLICT (id) DO NOTHING";
    for packet in packets {
        sqlx::query(sql)
            .bind(packet.id.to_string())
            .bind(packet.ts.0)
            .bind(count(packet.frame))
            .bind(i64::from(packet.link))
            .bind(i64::from(packet.original_len))
            .bind(packet.data.as_slice())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
