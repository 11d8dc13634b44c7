//! HTTP API, login sessions, live events and the embedded page. Everything that the page shows comes through here, and
//! who may do what is decided in one place: [`policy`].

pub mod auth;
pub mod error;
pub mod page;
pub mod policy;
mod routes;
pub mod serve;
pub mod tls;

pub use serve::{Config, ServeError, openapi, router, serve};

use std::sync::Arc;
use wf_model::api::Floor;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App {
    /// The hub's interface.
    pub floor: Arc<dyn Floor>,
    /// Failed logins lately.
    pub throttle: Arc<auth::Throttle>,
    /// Cookies are marked `Secure` (TLS is on).
    pub secure: bool,
}
