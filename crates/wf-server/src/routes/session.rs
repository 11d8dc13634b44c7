//! Logging in and out, and whether the program is well.

use super::Body;
use crate::auth::{self, COOKIE, Caller, SESSION_HOURS};
use crate::error::{ErrorBody, Failure};
use crate::{App, policy};
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wf_model::api::SessionRecord;
use wf_model::time::HOUR;

/// A login.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Login {
    /// User name.
    name: String,
    /// Password.
    password: String,
}

/// Who is logged in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    /// User name.
    user: String,
    /// Role.
    role: String,
    /// To be sent as `x-csrf-token` with every request that changes something.
    csrf: String,
    /// What the role may do beyond looking.
    permissions: Vec<String>,
}

/// The program runs.
#[utoipa::path(get, path = "/healthz", tag = "program", responses((status = 200, body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The stores answer and data are taken in.
#[utoipa::path(get, path = "/readyz", tag = "program", responses((status = 200, body = String), (status = 503, body = ErrorBody)))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Failure> {
    match app.floor.ready().await {
        Ok(true) => Ok("ready\n"),
        _ => Err(Failure(StatusCode::SERVICE_UNAVAILABLE, "not ready: the stores do not answer".into())),
    }
}

/// Logs in; the session is an HttpOnly cookie.
#[utoipa::path(post, path = "/api/v1/login", tag = "session", request_body = Login,
    responses((status = 200, body = Me), (status = 401, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn login(
    State(app): State<App>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Body(login): Body<Login>,
) -> Result<Response, Failure> {
    let ip = peer.map(|Extension(ConnectInfo(address))| address.ip());
    if let Some(refused) = throttled(&app, ip, &login.name) {
        return Ok(refused);
    }
    // One hash takes 19 MiB: few are worked out at a time, and who waited is asked again whether it has to wait longer.
    let turn = app.throttle.turn().await;
    if let Some(refused) = throttled(&app, ip, &login.name) {
        return Ok(refused);
    }
    let record = app.floor.user(login.name.clone()).await?.filter(|r| r.user.enabled);
    // A name that is not there costs the same as one that is: a hash is verified either way.
    let hash = record.as_ref().map_or_else(|| DUMMY_HASH.to_owned(), |r| r.password_hash.clone());
    let (password, name, throttle, known) = (login.password, login.name.clone(), Arc::clone(&app.throttle), record.is_some());
    // It goes on when the client goes away: the turn and the count of failures belong to it.
    let verify = move || {
        let verified = auth::verify_password(&password, &hash) && known;
        if !verified {
            throttle.failed(ip, &name);
        }
        drop(turn);
        verified
    };
    let verified = tokio::task::spawn_blocking(verify).await.unwrap_or(false);
    let Some(record) = record.filter(|_| verified) else { return refuse(&app, ip, &login.name).await };
    let (token, csrf) = (auth::random_token(32), auth::random_token(16));
    let expires = auth::now().plus(SESSION_HOURS * HOUR);
    let (user, role) = (record.user.name.clone(), record.user.role.clone());
    let session = SessionRecord { token_hash: auth::token_hash(&token), user: user.clone(), csrf: csrf.clone(), expires };
    if !app.floor.log_in(record, session).await? {
        return refuse(&app, ip, &user).await;
    }
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{secure}", SESSION_HOURS * 3600);
    let me = Me { permissions: policy::permissions(&role), user, role, csrf };
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

fn throttled(app: &App, ip: Option<IpAddr>, name: &str) -> Option<Response> {
    let seconds = app.throttle.wait(ip, name)?;
    let body = Failure(StatusCode::TOO_MANY_REQUESTS, format!("too many failed logins: try again in {seconds} seconds"));
    Some(([(header::RETRY_AFTER, seconds.to_string())], body).into_response())
}

async fn refuse(app: &App, ip: Option<IpAddr>, name: &str) -> Result<Response, Failure> {
    let from = ip.map(|ip| ip.to_string()).unwrap_or_default();
    app.floor.audit(clip(name), "session.refused".into(), String::new(), from).await?;
    Err(Failure(StatusCode::UNAUTHORIZED, "name or password is wrong".into()))
}

/// Verified against when the name is unknown; belongs to no password.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$kwlqAxCu7YHqZT6JHTPBIwHfPzTMcOuONPpwrBHTbTM";

fn clip(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Logs out.
#[utoipa::path(post, path = "/api/v1/logout", tag = "session", responses((status = 204), (status = 401, body = ErrorBody)))]
pub async fn logout(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Response, Failure> {
    app.floor.end_session(caller.token_hash).await?;
    let gone = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// Who is logged in, and what the role may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = ErrorBody)))]
pub async fn me(Extension(caller): Extension<Caller>) -> Json<Me> {
    Json(Me { permissions: policy::permissions(&caller.role), user: caller.user, role: caller.role, csrf: caller.csrf })
}
