//! Users and the record of what people did.

use super::{Body, Params};
use crate::App;
use crate::auth::{self, Caller};
use crate::error::{ErrorBody, Failure};
use crate::policy::ROLES;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use wf_model::api::{ApiError, AuditEntry, User, UserRecord};
use wf_model::page::{ListQuery, Page};

/// Longest user name.
const NAME_MAX: usize = 64;

/// A new user.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewUser {
    /// Login name: letters, digits, `.`, `-`, `_`, `@`.
    name: String,
    /// viewer, analyst, operator, engineer, admin.
    role: String,
    /// Password, 10 characters at least.
    password: String,
}

/// A change of a user; what is absent stays.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct UserChange {
    /// New role.
    role: Option<String>,
    /// New password.
    password: Option<String>,
    /// May log in.
    enabled: Option<bool>,
}

/// Users.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", responses((status = 200, body = Page<User>), (status = 403, body = ErrorBody)))]
pub async fn list(State(app): State<App>) -> Result<Json<Page<User>>, Failure> {
    Ok(Json(Page { items: app.floor.users().await?, next: None, total: None }))
}

fn check_role(role: &str) -> Result<(), Failure> {
    if ROLES.contains(&role) { Ok(()) } else { Err(Failure::invalid(format!("role: '{role}' is none of {}", ROLES.join(", ")))) }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let fits =
        !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_@".contains(c));
    if fits { Ok(()) } else { Err(Failure::invalid("name: 1 to 64 letters, digits, '.', '-', '_' or '@'")) }
}

async fn hash(password: String) -> Result<String, Failure> {
    let hashed = tokio::task::spawn_blocking(move || auth::hash_password(&password)).await;
    hashed.unwrap_or_else(|e| Err(Failure(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot hash the password: {e}"))))
}

/// Adds a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = User), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<User>), Failure> {
    check_name(&new.name)?;
    check_role(&new.role)?;
    if app.floor.user(new.name.clone()).await?.is_some() {
        return Err(ApiError::Conflict(format!("there is a user {} already", new.name)).into());
    }
    let user = User { name: new.name, role: new.role, created: auth::now(), last_login: None, enabled: true };
    let record = UserRecord { user: user.clone(), password_hash: hash(new.password).await? };
    app.floor.put_user(record, caller.user.clone()).await?;
    app.floor.audit(caller.user, "user.add".into(), user.name.clone(), user.role.clone()).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Changes a user's role or password, or bars it.
#[utoipa::path(patch, path = "/api/v1/users/{name}", tag = "users", params(("name" = String, Path)), request_body = UserChange,
    responses((status = 200, body = User), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Body(change): Body<UserChange>,
) -> Result<Json<User>, Failure> {
    let mut record = app.floor.user(name.clone()).await?.ok_or_else(|| ApiError::NotFound(format!("user {name}")))?;
    let mut told = Vec::new();
    if let Some(role) = change.role {
        check_role(&role)?;
        told.push(format!("role {role}"));
        record.user.role = role;
    }
    if let Some(enabled) = change.enabled {
        told.push(format!("enabled {enabled}"));
        record.user.enabled = enabled;
    }
    if let Some(password) = change.password {
        told.push("password".into());
        record.password_hash = hash(password).await?;
    }
    keep_an_admin(&app, &record.user).await?;
    app.floor.put_user(record.clone(), caller.user.clone()).await?;
    app.floor.audit(caller.user, "user.change".into(), name, told.join(", ")).await?;
    Ok(Json(record.user))
}

/// The last enabled admin stays one: otherwise nobody could mend it.
async fn keep_an_admin(app: &App, changed: &User) -> Result<(), Failure> {
    if changed.role == "admin" && changed.enabled {
        return Ok(());
    }
    let others = app.floor.users().await?.into_iter().any(|u| u.name != changed.name && u.role == "admin" && u.enabled);
    if others { Ok(()) } else { Err(ApiError::Conflict("this is the last enabled admin: make another one first".into()).into()) }
}

/// Deletes a user and ends its sessions.
#[utoipa::path(delete, path = "/api/v1/users/{name}", tag = "users", params(("name" = String, Path)),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    app.floor.user(name.clone()).await?.ok_or_else(|| ApiError::NotFound(format!("user {name}")))?;
    keep_an_admin(&app, &User { name: name.clone(), ..User::default() }).await?;
    app.floor.delete_user(name.clone(), caller.user.clone()).await?;
    app.floor.audit(caller.user, "user.delete".into(), name, String::new()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The record of what people did, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "users", params(ListQuery), responses((status = 200, body = Page<AuditEntry>), (status = 403, body = ErrorBody)))]
pub async fn audit(State(app): State<App>, Params(query): Params<ListQuery>) -> Result<Json<Page<AuditEntry>>, Failure> {
    Ok(Json(app.floor.audit_log(query).await?))
}
