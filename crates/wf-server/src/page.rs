//! The embedded page: assets by their path, the page itself for its own routes, 404 for anything else.

use crate::error::Failure;
use axum::body::Body;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Page;

/// Serves the page. A path with a file ending that is not there, or below `/api`, is not found.
pub async fn page(method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Failure(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not allowed here")).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Page::get(path) {
        // Names of built assets carry their hash; the page itself does not.
        let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        return answer(file, cache);
    }
    let is_route = !path.starts_with("api/") && !path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    match Page::get("index.html").filter(|_| is_route) {
        Some(index) => answer(index, "no-cache"),
        None => Failure(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path())).into_response(),
    }
}

fn answer(file: rust_embed::EmbeddedFile, cache: &'static str) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())], Body::from(file.data)).into_response()
}
