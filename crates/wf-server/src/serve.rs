//! Puts the router together and serves it.

use crate::{App, auth, page, routes, tls};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use wf_model::api::Floor;

/// Largest request body.
const BODY_MAX: usize = 2 << 20;
/// How long open requests may take once the program is asked to end.
const DRAIN: Duration = Duration::from_secs(3);

/// Where and how to serve.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address and port.
    pub listen: SocketAddr,
    /// Plain HTTP: for loopback only.
    pub insecure_http: bool,
    /// Where certificate and key are kept.
    pub data: PathBuf,
}

/// What keeps the server from starting.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; give another with --listen ADDRESS:PORT")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Plain HTTP on an address that others can reach.
    #[error("--insecure-http is for loopback only, and {0} is not: leave it out (TLS is on by default) or listen on 127.0.0.1")]
    Insecure(SocketAddr),
    /// TLS cannot start.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Ended(std::io::Error),
}

/// The OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> OpenApi {
    let (_, mut document) = routes::api().split_for_parts();
    document.info = utoipa::openapi::InfoBuilder::new()
        .title("Watchfloor")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("What the page uses and the command line too. Log in with POST /api/v1/login; send x-csrf-token with every request that changes something."))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").build()))
        .build();
    document
}

/// The whole router.
pub fn router(floor: Arc<dyn Floor>, secure: bool) -> Router {
    let app = App { floor, throttle: Arc::default(), secure };
    let (api, _) = routes::api().split_for_parts();
    let document = openapi().to_json().unwrap_or_default();
    let api = api.route(
        "/api/v1/openapi.json",
        axum::routing::get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
    );
    api.route_layer(middleware::from_fn_with_state(app.clone(), auth::guard))
        .fallback(page::page)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        // Live events are left as they are: the layer passes event streams by.
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(move |request: Request, next: Next| headers(secure, request, next)))
        .with_state(app)
}

/// Headers on every answer: strict content policy, no framing, no sniffing, no caching of data.
async fn headers(secure: bool, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set = [
        (
            "content-security-policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
             object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if secure {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Serves until `shutdown` is done. `ready` is told the address that is listened on.
pub async fn serve(
    floor: Arc<dyn Floor>,
    config: Config,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    if config.insecure_http && !config.listen.ip().is_loopback() {
        return Err(ServeError::Insecure(config.listen));
    }
    let listen = |source| ServeError::Listen { address: config.listen, source };
    let listener = std::net::TcpListener::bind(config.listen).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let service = router(floor, !config.insecure_http).into_make_service_with_connect_info::<SocketAddr>();
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        ending.graceful_shutdown(Some(DRAIN));
    });
    // Small answers must not wait for the receiver's delayed acknowledgement (40 ms).
    let at_once = NoDelayAcceptor::new();
    let served = if config.insecure_http {
        ready(address);
        axum_server::from_tcp(listener).map_err(listen)?.acceptor(at_once).handle(handle).serve(service).await
    } else {
        let tls = RustlsConfig::from_config(tls::configure(&config.data, config.listen.ip())?);
        ready(address);
        let acceptor = RustlsAcceptor::new(tls).acceptor(at_once);
        axum_server::from_tcp(listener).map_err(listen)?.acceptor(acceptor).handle(handle).serve(service).await
    };
    served.map_err(ServeError::Ended)
}
