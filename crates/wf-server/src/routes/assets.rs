//! Assets and what they do.

use super::{Body, Params};
use crate::App;
use crate::auth::Caller;
use crate::error::{ErrorBody, Failure};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use wf_model::Timestamp;
use wf_model::api::{PointInfo, Series};
use wf_model::asset::{Asset, AssetDetail, AssetOverride};
use wf_model::conversation::Conversation;
use wf_model::observation::{Measurement, Operation};
use wf_model::page::{ListQuery, Page};

/// Assets.
#[utoipa::path(get, path = "/api/v1/assets", tag = "assets", params(ListQuery),
    responses((status = 200, body = Page<Asset>), (status = 401, body = ErrorBody)))]
pub async fn list(State(app): State<App>, Params(query): Params<ListQuery>) -> Result<Json<Page<Asset>>, Failure> {
    Ok(Json(app.floor.assets(query).await?))
}

/// One asset with its evidence.
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = AssetDetail), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<AssetDetail>, Failure> {
    Ok(Json(app.floor.asset(id).await?))
}

/// A person's word on an asset; empty texts take it back.
#[utoipa::path(put, path = "/api/v1/assets/{id}/override", tag = "assets", params(("id" = String, Path)), request_body = AssetOverride,
    responses((status = 200, body = AssetDetail), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn put_override(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Body(word): Body<AssetOverride>,
) -> Result<Json<AssetDetail>, Failure> {
    Ok(Json(app.floor.override_asset(id, word, caller.user).await?))
}

/// Points of an asset that have values.
#[utoipa::path(get, path = "/api/v1/assets/{id}/points", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = Page<PointInfo>), (status = 404, body = ErrorBody)))]
pub async fn points(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Page<PointInfo>>, Failure> {
    Ok(Json(Page { items: app.floor.points(id).await?, next: None, total: None }))
}

/// Which series.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// Point name.
    point: String,
    /// From this time on (RFC 3339).
    from: Option<String>,
    /// Until this time (RFC 3339).
    to: Option<String>,
}

/// The values of a point over time.
#[utoipa::path(get, path = "/api/v1/assets/{id}/series", tag = "assets", params(("id" = String, Path), SeriesQuery),
    responses((status = 200, body = Series), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn series(
    State(app): State<App>,
    Path(id): Path<String>,
    Params(query): Params<SeriesQuery>,
) -> Result<Json<Series>, Failure> {
    let (from, to) = (time("from", query.from)?, time("to", query.to)?);
    Ok(Json(app.floor.series(id, query.point, from, to).await?))
}

fn time(name: &str, text: Option<String>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let parsed = Timestamp::parse(&text);
    parsed
        .map(Some)
        .ok_or_else(|| Failure::invalid(format!("{name}: '{text}' is not an RFC 3339 time such as 2026-01-31T08:00:00Z")))
}

/// Conversations.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, body = Page<Conversation>), (status = 401, body = ErrorBody)))]
pub async fn conversations(
    State(app): State<App>,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<Conversation>>, Failure> {
    Ok(Json(app.floor.conversations(query).await?))
}

/// Operations, newest first.
#[utoipa::path(get, path = "/api/v1/operations", tag = "operations", params(ListQuery),
    responses((status = 200, body = Page<Operation>), (status = 401, body = ErrorBody)))]
pub async fn operations(State(app): State<App>, Params(query): Params<ListQuery>) -> Result<Json<Page<Operation>>, Failure> {
    Ok(Json(app.floor.operations(query).await?))
}

/// Process values, newest first.
#[utoipa::path(get, path = "/api/v1/measurements", tag = "operations", params(ListQuery),
    responses((status = 200, body = Page<Measurement>), (status = 401, body = ErrorBody)))]
pub async fn measurements(State(app): State<App>, Params(query): Params<ListQuery>) -> Result<Json<Page<Measurement>>, Failure> {
    Ok(Json(app.floor.measurements(query).await?))
}
