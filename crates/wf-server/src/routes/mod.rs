//! The endpoints, one file a noun.

use crate::App;
use crate::error::Failure;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

mod assets;
mod findings;
mod session;
mod site;
mod users;

/// Every endpoint of the API.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::healthz))
        .routes(routes!(session::readyz))
        .routes(routes!(site::metrics))
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(session::me))
        .routes(routes!(site::status))
        .routes(routes!(site::live))
        .routes(routes!(assets::list))
        .routes(routes!(assets::show))
        .routes(routes!(assets::put_override))
        .routes(routes!(assets::points))
        .routes(routes!(assets::series))
        .routes(routes!(assets::conversations))
        .routes(routes!(assets::operations))
        .routes(routes!(assets::measurements))
        .routes(routes!(findings::list))
        .routes(routes!(findings::show))
        .routes(routes!(findings::act))
        .routes(routes!(findings::act_on_all))
        .routes(routes!(site::map))
        .routes(routes!(site::coverage))
        .routes(routes!(site::packet))
        .routes(routes!(site::pcapng))
        .routes(routes!(site::query))
        .routes(routes!(site::plant, site::put_plant))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change, users::delete))
        .routes(routes!(users::audit))
}

/// Query parameters, with errors in the API's own form.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|e| Failure::invalid(format!("the query is not right: {}", e.body_text())))
    }
}

/// A JSON body, with errors in the API's own form.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> axum::extract::FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Failure> {
        let body = axum::Json::<T>::from_request(request, state).await;
        body.map(|axum::Json(value)| Self(value))
            .map_err(|e| Failure(e.status(), format!("the body is not right: {}", e.body_text())))
    }
}
