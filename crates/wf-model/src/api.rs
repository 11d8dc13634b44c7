//! The interface that the HTTP server and the command line use: implemented by the hub over its stores.

use crate::asset::{Asset, AssetDetail, AssetOverride};
use crate::conversation::Conversation;
use crate::finding::{Finding, FindingAct};
use crate::observation::{KeptPacket, Measurement, Operation};
use crate::page::{ListQuery, Page};
use crate::plant::PlantModel;
use crate::{PacketId, Timestamp};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;

/// What can go wrong for a caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// There is no such thing.
    #[error("{0} not found")]
    NotFound(String),
    /// The request cannot be right; says what was expected.
    #[error("{0}")]
    Invalid(String),
    /// It conflicts with what is there.
    #[error("{0}")]
    Conflict(String),
    /// The product failed; details are in its log.
    #[error("internal error: {0}")]
    Internal(String),
}

/// The answer of an interface call.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Series of one point, for a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    /// Point name.
    pub point: String,
    /// Protocol.
    pub protocol: String,
    /// Times, ascending, seconds since the epoch with fraction.
    pub times: Vec<f64>,
    /// Values; `null` where the quality was bad or the value is text.
    pub values: Vec<Option<f64>>,
}

/// A point of a device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PointInfo {
    /// Point name.
    pub point: String,
    /// Protocol.
    pub protocol: String,
    /// Kept changes.
    pub changes: u64,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Last value.
    pub last: Option<f64>,
}

/// One node of the map: an asset, a folded group of assets, or a zone box.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapNode {
    /// Asset id, `group:…` or `zone:…`.
    pub id: String,
    /// `asset`, `group` or `zone`.
    pub kind: String,
    /// Label.
    pub label: String,
    /// Role (assets, groups of one role).
    pub role: String,
    /// Zone id.
    pub zone: Option<String>,
    /// Purdue band: 5 to 0, 3.5; `None` is the Unknown band.
    pub purdue_level: Option<f64>,
    /// Parent node (zone box).
    pub parent: Option<String>,
    /// Centre, map units (1 unit = 1 px at 100 %).
    pub x: f64,
    /// Centre, downwards.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// How many assets it stands for.
    pub count: u64,
    /// Highest priority of an open finding on it.
    pub priority: Option<String>,
}

/// One edge of the map: conversations between two nodes, folded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapEdge {
    /// Node of the clients.
    pub from: String,
    /// Node of the servers.
    pub to: String,
    /// Protocols, sorted.
    pub protocols: Vec<String>,
    /// Conversations folded here.
    pub conversations: u64,
    /// One of them crosses zones without a conduit that allows it.
    pub forbidden: bool,
}

/// A horizontal Purdue band.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapBand {
    /// Level; `None` is Unknown.
    pub purdue_level: Option<f64>,
    /// Label: `Level 1 · Control`.
    pub label: String,
    /// Top.
    pub y: f64,
    /// Height.
    pub height: f64,
}

/// The map with computed positions; never over 1,000 elements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapView {
    /// Bands, top to bottom.
    pub bands: Vec<MapBand>,
    /// Nodes.
    pub nodes: Vec<MapNode>,
    /// Edges.
    pub edges: Vec<MapEdge>,
    /// Total width.
    pub width: f64,
    /// Total height.
    pub height: f64,
    /// Groups that can be expanded were folded to stay within the limit.
    pub folded: bool,
}

/// Coverage of one segment over the whole time kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageRow {
    /// Site.
    pub site: String,
    /// Sensor.
    pub sensor: String,
    /// Segment.
    pub segment: String,
    /// Packets seen.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// Understood.
    pub parsed: u64,
    /// With payload that nobody decodes.
    pub not_parsed: u64,
    /// Dropped.
    pub dropped: u64,
    /// Of one-sided flows.
    pub one_sided: u64,
    /// Encrypted.
    pub encrypted: u64,
    /// Damaged.
    pub damaged: u64,
    /// Fell out of full tables.
    pub evicted: u64,
    /// Packets by protocol, most first.
    pub protocols: Vec<ProtocolCount>,
    /// First minute.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub first_seen: Timestamp,
    /// Last minute.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_seen: Timestamp,
}

/// Packets of one protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProtocolCount {
    /// Protocol, or transport and port where none was recognised.
    pub protocol: String,
    /// Packets.
    pub packets: u64,
}

/// A kept packet, decoded for a reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacketView {
    /// Content address.
    pub id: String,
    /// Capture time.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ts: Timestamp,
    /// Frame number.
    pub frame: u64,
    /// Length on the wire.
    pub original_len: u32,
    /// Headers from the link up: each a title and its fields.
    pub layers: Vec<PacketLayer>,
    /// Bytes as lower-case hexadecimal, secrets masked as in the layers.
    pub hex: String,
}

/// One layer of a decoded packet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacketLayer {
    /// `Ethernet II`, `IPv4`, `TCP`, `modbus`.
    pub title: String,
    /// Name and value pairs.
    pub fields: Vec<PacketField>,
}

/// One field of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacketField {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// Rows of a query over the lake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryResult {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, each a list of JSON values in the order of the columns.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<Object>>))]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// There were more rows than the limit.
    pub truncated: bool,
}

/// How things stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// Program version.
    pub version: String,
    /// Site id.
    pub site: String,
    /// Site name.
    pub site_name: String,
    /// `replay`, `live`, `done` or `idle`.
    pub source: String,
    /// Replay progress 0 to 1.
    pub progress: Option<f64>,
    /// Event time up to which everything is folded in.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub event_time: Timestamp,
    /// When the last batch was applied (machine's clock).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub updated: Timestamp,
    /// End of the learning period (event time); `None` while the span is unknown.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub learning_until: Option<Timestamp>,
    /// Assets.
    pub assets: u64,
    /// Conversations.
    pub conversations: u64,
    /// Findings not acknowledged nor shelved, by priority: low, medium, high, highest.
    pub open_findings: [u64; 4],
    /// Observations journalled but not in the lake yet.
    pub backlog: u64,
    /// Warnings that people should see (damaged capture, disk nearly full).
    pub warnings: Vec<String>,
    /// A plant model is loaded.
    pub plant_model: bool,
}

/// A user without secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Login name.
    pub name: String,
    /// viewer, analyst, operator, engineer, admin.
    pub role: String,
    /// When made.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created: Timestamp,
    /// Last login.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub last_login: Option<Timestamp>,
    /// May log in.
    pub enabled: bool,
}

/// A user as stored, with the password's argon2 PHC string.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// Argon2id hash.
    pub password_hash: String,
}

/// A login session as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the token, hexadecimal: the token itself is only in the cookie.
    pub token_hash: String,
    /// User name.
    pub user: String,
    /// CSRF token bound to the session.
    pub csrf: String,
    /// Ends at (machine's clock).
    pub expires: Timestamp,
}

/// One row of the record of what people did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Number from 1.
    pub id: u64,
    /// When (machine's clock).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub at: Timestamp,
    /// Who.
    pub user: String,
    /// What: `finding.acknowledge`.
    pub action: String,
    /// On what.
    pub object: String,
    /// Details.
    pub detail: String,
}

/// What changed, for live displays. Small on purpose: the page refetches what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Ascending number.
    pub id: u64,
    /// Topics that changed: `status`, `assets`, `conversations`, `operations`, `findings`, `coverage`, `plant`, `users`.
    pub topics: Vec<String>,
}

/// Everything that the page and the command line can ask of a site's hub.
pub trait Floor: Send + Sync {
    /// How things stand.
    fn status(&self) -> Answer<'_, Status>;
    /// Assets by query; sorts: name, role, zone, purdue_level, vendor, last_seen, first_seen.
    fn assets(&self, query: ListQuery) -> Answer<'_, Page<Asset>>;
    /// One asset with its evidence.
    fn asset(&self, id: String) -> Answer<'_, AssetDetail>;
    /// A person's word on an asset.
    fn override_asset(&self, id: String, word: AssetOverride, by: String) -> Answer<'_, AssetDetail>;
    /// Conversations by query; sorts: last_seen, first_seen, bytes, packets, client, server, protocol.
    fn conversations(&self, query: ListQuery) -> Answer<'_, Page<Conversation>>;
    /// Operations by query, newest first unless sorted.
    fn operations(&self, query: ListQuery) -> Answer<'_, Page<Operation>>;
    /// Points of an asset that have values.
    fn points(&self, asset: String) -> Answer<'_, Vec<PointInfo>>;
    /// The series of a point between two times.
    fn series(&self, asset: String, point: String, from: Option<Timestamp>, to: Option<Timestamp>) -> Answer<'_, Series>;
    /// Raw measurements by query.
    fn measurements(&self, query: ListQuery) -> Answer<'_, Page<Measurement>>;
    /// Findings by query, by rank unless sorted.
    fn findings(&self, query: ListQuery) -> Answer<'_, Page<Finding>>;
    /// One finding.
    fn finding(&self, id: String) -> Answer<'_, Finding>;
    /// Acknowledge, shelve, reopen.
    fn act_on_finding(&self, id: String, act: FindingAct, by: String) -> Answer<'_, Finding>;
    /// The same on all findings that match a query; returns how many.
    fn act_on_findings(&self, query: ListQuery, act: FindingAct, by: String) -> Answer<'_, u64>;
    /// The map; `expand` names groups to unfold.
    fn map(&self, expand: Vec<String>) -> Answer<'_, MapView>;
    /// Coverage by segment.
    fn coverage(&self) -> Answer<'_, Vec<CoverageRow>>;
    /// A kept packet.
    fn packet(&self, id: PacketId) -> Answer<'_, KeptPacket>;
    /// A kept packet decoded for a reader.
    fn packet_view(&self, id: PacketId) -> Answer<'_, PacketView>;
    /// Kept packets as a pcapng file.
    fn packets_pcapng(&self, ids: Vec<PacketId>) -> Answer<'_, Vec<u8>>;
    /// A read-only SQL query over the lake and what has not reached it yet.
    fn query(&self, sql: String, limit: usize) -> Answer<'_, QueryResult>;
    /// The plant model, if one is loaded.
    fn plant(&self) -> Answer<'_, Option<PlantModel>>;
    /// Replaces the plant model (validated first).
    fn set_plant(&self, plant: PlantModel, by: String) -> Answer<'_, PlantModel>;
    /// Users.
    fn users(&self) -> Answer<'_, Vec<User>>;
    /// One user with its hash.
    fn user(&self, name: String) -> Answer<'_, Option<UserRecord>>;
    /// Adds or replaces a user.
    fn put_user(&self, record: UserRecord, by: String) -> Answer<'_, ()>;
    /// Deletes a user and its sessions; the last enabled admin cannot be deleted.
    fn delete_user(&self, name: String, by: String) -> Answer<'_, ()>;
    /// Begins the session of a user whose password was found to be right, and notes it; `false` where the user was changed,
    /// barred or deleted since this record was read.
    fn log_in(&self, record: UserRecord, session: SessionRecord) -> Answer<'_, bool>;
    /// A session by its token's hash.
    fn session(&self, token_hash: String) -> Answer<'_, Option<SessionRecord>>;
    /// Ends a session.
    fn end_session(&self, token_hash: String) -> Answer<'_, ()>;
    /// Notes an act in the record.
    fn audit(&self, user: String, action: String, object: String, detail: String) -> Answer<'_, ()>;
    /// The record, newest first.
    fn audit_log(&self, query: ListQuery) -> Answer<'_, Page<AuditEntry>>;
    /// The number of the newest live event, and whether `since` lies within what is remembered, with the merged topics
    /// after it. Waits until there is something after `since`.
    fn live(&self, since: u64) -> Answer<'_, LiveEvent>;
    /// Prometheus text.
    fn metrics(&self) -> Answer<'_, String>;
    /// Whether the stores answer and ingest runs.
    fn ready(&self) -> Answer<'_, bool>;
}
