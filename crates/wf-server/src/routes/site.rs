//! The site: status, live events, map, coverage, packets, queries, plant model, metrics.

use super::{Body, Params};
use crate::App;
use crate::auth::Caller;
use crate::error::{ErrorBody, Failure};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures::Stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use wf_model::PacketId;
use wf_model::api::{CoverageRow, MapView, PacketView, QueryResult, Status};
use wf_model::page::Page;
use wf_model::plant::PlantModel;

/// Shortest time between two live events: the page need not refetch more often.
const LIVE_PAUSE: Duration = Duration::from_millis(500);
/// Most rows of a query's answer.
const QUERY_ROWS_MAX: usize = 10_000;
/// Most packets in one pcapng file.
const PACKETS_MAX: usize = 1_000;

/// How things stand.
#[utoipa::path(get, path = "/api/v1/status", tag = "site", responses((status = 200, body = Status), (status = 401, body = ErrorBody)))]
pub async fn status(State(app): State<App>) -> Result<Json<Status>, Failure> {
    Ok(Json(app.floor.status().await?))
}

/// Live events (server-sent): `{id, topics}` when something changed, at most two a second. `Last-Event-ID` carries on;
/// after a gap the topic `all` asks for everything to be fetched again.
#[utoipa::path(get, path = "/api/v1/live", tag = "site", responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = ErrorBody)))]
pub async fn live(State(app): State<App>, headers: HeaderMap) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok()).unwrap_or(0u64);
    let stream = futures::stream::unfold((app, last, true), |(app, last, first)| async move {
        if !first {
            tokio::time::sleep(LIVE_PAUSE).await;
        }
        let event = app.floor.live(last).await.ok()?;
        let told = Event::default().id(event.id.to_string()).json_data(&event).unwrap_or_default();
        Some((Ok(told), (app, event.id, false)))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Which groups to unfold.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// Ids of groups to unfold, separated by commas.
    #[serde(default)]
    expand: String,
}

/// The map with computed positions.
#[utoipa::path(get, path = "/api/v1/map", tag = "site", params(MapQuery), responses((status = 200, body = MapView), (status = 401, body = ErrorBody)))]
pub async fn map(State(app): State<App>, Params(query): Params<MapQuery>) -> Result<Json<MapView>, Failure> {
    let expand = query.expand.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    Ok(Json(app.floor.map(expand).await?))
}

/// Coverage by segment.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "site", responses((status = 200, body = Page<CoverageRow>), (status = 401, body = ErrorBody)))]
pub async fn coverage(State(app): State<App>) -> Result<Json<Page<CoverageRow>>, Failure> {
    Ok(Json(Page { items: app.floor.coverage().await?, next: None, total: None }))
}

fn packet_id(text: &str) -> Result<PacketId, Failure> {
    text.parse().map_err(|()| Failure::invalid(format!("'{text}' is not a packet id: 32 hexadecimal digits")))
}

/// A kept packet, decoded for a reader.
#[utoipa::path(get, path = "/api/v1/packets/{id}", tag = "packets", params(("id" = String, Path)),
    responses((status = 200, body = PacketView), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn packet(State(app): State<App>, Path(id): Path<String>) -> Result<Json<PacketView>, Failure> {
    Ok(Json(app.floor.packet_view(packet_id(&id)?).await?))
}

/// Which packets.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PacketsQuery {
    /// Packet ids, separated by commas.
    ids: String,
}

/// Kept packets as a pcapng file. Readable secrets in them are not masked: taking them out is noted in the record.
#[utoipa::path(get, path = "/api/v1/packets.pcapng", tag = "packets", params(PacketsQuery),
    responses((status = 200, content_type = "application/x-pcapng", body = Vec<u8>), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn pcapng(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<PacketsQuery>,
) -> Result<Response, Failure> {
    let ids: Vec<PacketId> = query.ids.split(',').filter(|id| !id.is_empty()).map(packet_id).collect::<Result<_, _>>()?;
    if ids.is_empty() || ids.len() > PACKETS_MAX {
        return Err(Failure::invalid(format!("ids: between 1 and {PACKETS_MAX} packet ids are needed")));
    }
    let file = app.floor.packets_pcapng(ids).await?;
    app.floor.audit(caller.user, "packets.export".into(), query.ids.chars().take(200).collect(), String::new()).await?;
    let kind = [
        (header::CONTENT_TYPE, "application/x-pcapng"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"evidence.pcapng\""),
    ];
    Ok((kind, file).into_response())
}

/// A query over the lake.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Sql {
    /// One SELECT statement.
    sql: String,
    /// Most rows wanted: 1 to 10000, 1000 when absent.
    limit: Option<usize>,
}

/// Runs a read-only SQL query over the lake and what has not reached it yet.
#[utoipa::path(post, path = "/api/v1/query", tag = "site", request_body = Sql,
    responses((status = 200, body = QueryResult), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub async fn query(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Body(query): Body<Sql>,
) -> Result<Json<QueryResult>, Failure> {
    let limit = query.limit.unwrap_or(1_000).clamp(1, QUERY_ROWS_MAX);
    app.floor.audit(caller.user, "query.run".into(), String::new(), query.sql.chars().take(500).collect()).await?;
    Ok(Json(app.floor.query(query.sql, limit).await?))
}

/// The plant model; null where none is loaded.
#[utoipa::path(get, path = "/api/v1/plant", tag = "plant", responses((status = 200, body = Option<PlantModel>), (status = 401, body = ErrorBody)))]
pub async fn plant(State(app): State<App>) -> Result<Json<Option<PlantModel>>, Failure> {
    Ok(Json(app.floor.plant().await?))
}

/// Replaces the plant model.
#[utoipa::path(put, path = "/api/v1/plant", tag = "plant", request_body = PlantModel,
    responses((status = 200, body = PlantModel), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub async fn put_plant(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Body(plant): Body<PlantModel>,
) -> Result<Json<PlantModel>, Failure> {
    Ok(Json(app.floor.set_plant(plant, caller.user).await?))
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "program", responses((status = 200, content_type = "text/plain", body = String), (status = 401, body = ErrorBody)))]
pub async fn metrics(State(app): State<App>) -> Result<Response, Failure> {
    let text = app.floor.metrics().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
