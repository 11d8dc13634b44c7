//! Findings: the list, and what people do with it.

use super::{Body, Params};
use crate::App;
use crate::auth::Caller;
use crate::error::{ErrorBody, Failure};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Serialize;
use wf_model::finding::{Finding, FindingAct};
use wf_model::page::{ListQuery, Page};

/// Findings, by rank.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(ListQuery),
    responses((status = 200, body = Page<Finding>), (status = 401, body = ErrorBody)))]
pub async fn list(State(app): State<App>, Params(query): Params<ListQuery>) -> Result<Json<Page<Finding>>, Failure> {
    Ok(Json(app.floor.findings(query).await?))
}

/// One finding.
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "findings", params(("id" = String, Path)),
    responses((status = 200, body = Finding), (status = 404, body = ErrorBody)))]
pub async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Finding>, Failure> {
    Ok(Json(app.floor.finding(id).await?))
}

/// Acknowledges, shelves or reopens a finding: who, why and until when are kept.
#[utoipa::path(post, path = "/api/v1/findings/{id}/act", tag = "findings", params(("id" = String, Path)), request_body = FindingAct,
    responses((status = 200, body = Finding), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn act(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Body(act): Body<FindingAct>,
) -> Result<Json<Finding>, Failure> {
    Ok(Json(app.floor.act_on_finding(id, act, caller.user).await?))
}

/// How many findings an act changed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Count {
    /// Findings changed.
    count: u64,
}

/// The same act on all findings that match, not on a page of them.
#[utoipa::path(post, path = "/api/v1/findings/act", tag = "findings", params(ListQuery), request_body = FindingAct,
    responses((status = 200, body = Count), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub async fn act_on_all(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<ListQuery>,
    Body(act): Body<FindingAct>,
) -> Result<Json<Count>, Failure> {
    Ok(Json(Count { count: app.floor.act_on_findings(query, act, caller.user).await? }))
}
