//! Passwords, login sessions, CSRF and origin checks, and the throttle on failed logins.

use crate::error::Failure;
use crate::{App, policy};
use argon2::password_hash::rand_core::{OsRng, RngCore};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wf_model::Timestamp;

/// Name of the session cookie.
pub const COOKIE: &str = "wf_session";
/// How long a session lasts without a new login.
pub const SESSION_HOURS: i64 = 12;
/// Shortest password that is accepted.
pub const PASSWORD_MIN: usize = 10;
/// Failed logins of one address within [`THROTTLE_WINDOW`] before further ones must wait.
const FAILURES_MAX: usize = 5;
/// The same for one name, wherever from: more, so that nobody can keep others out with a few requests a minute.
const NAME_FAILURES_MAX: usize = 30;
/// Passwords that are verified at a time.
const VERIFIED_AT_ONCE: usize = 2;
const THROTTLE_WINDOW: Duration = Duration::from_secs(60);
/// Addresses and names that the throttle remembers.
const THROTTLE_KEYS_MAX: usize = 10_000;

/// Who asks, as found by the session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// User name.
    pub user: String,
    /// Role.
    pub role: String,
    /// CSRF token of the session.
    pub csrf: String,
    /// Hash of the session's token.
    pub token_hash: String,
}

/// The machine's clock: people log in and act in real time.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn argon() -> Argon2<'static> {
    // OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password with Argon2id.
pub fn hash_password(password: &str) -> Result<String, Failure> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(Failure::invalid(format!("the password is too short: {PASSWORD_MIN} characters at least")));
    }
    if password.len() > 1024 {
        return Err(Failure::invalid("the password is too long: 1024 bytes at most"));
    }
    let salt = SaltString::generate(&mut OsRng);
    let hash = argon().hash_password(password.as_bytes(), &salt);
    hash.map(|h| h.to_string()).map_err(|e| Failure(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot hash the password: {e}")))
}

/// Whether a password belongs to a hash.
#[must_use]
pub fn verify_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| argon().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// A random text of `bytes` × 8 bits, hexadecimal.
#[must_use]
pub fn random_token(bytes: usize) -> String {
    let mut raw = vec![0u8; bytes];
    OsRng.fill_bytes(&mut raw);
    hex(&raw)
}

/// A random password that is easy to type: 20 letters and digits in groups, about 100 bits.
#[must_use]
pub fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut raw = [0u8; 20];
    OsRng.fill_bytes(&mut raw);
    let mut text = String::new();
    for (at, byte) in raw.iter().enumerate() {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'x')));
    }
    text
}

/// SHA-256 of a session token, as stored.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Failed logins lately, by address and by name.
#[derive(Debug)]
pub struct Throttle {
    failures: Mutex<HashMap<String, Vec<Instant>>>,
    turns: Arc<Semaphore>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { failures: Mutex::default(), turns: Arc::new(Semaphore::new(VERIFIED_AT_ONCE)) }
    }
}

impl Throttle {
    /// Waits for one's turn to have a password verified.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Seconds to wait before another try, if one must wait.
    pub fn wait(&self, ip: Option<IpAddr>, name: &str) -> Option<u64> {
        let mut failures = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut longest = None;
        for (key, most) in keys(ip, name) {
            let Some(times) = failures.get_mut(&key) else { continue };
            times.retain(|t| t.elapsed() < THROTTLE_WINDOW);
            if times.len() >= most
                && let Some(first) = times.get(times.len() - most)
            {
                let left = THROTTLE_WINDOW.saturating_sub(first.elapsed()).as_secs() + 1;
                longest = longest.max(Some(left));
            }
        }
        longest
    }

    /// Notes a failed login.
    pub fn failed(&self, ip: Option<IpAddr>, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if failures.len() >= THROTTLE_KEYS_MAX {
            failures.retain(|_, times| times.iter().any(|t| t.elapsed() < THROTTLE_WINDOW));
        }
        if failures.len() < THROTTLE_KEYS_MAX {
            keys(ip, name).into_iter().for_each(|(key, _)| failures.entry(key).or_default().push(Instant::now()));
        }
    }
}

/// What failures are counted by, and how many each may have.
fn keys(ip: Option<IpAddr>, name: &str) -> Vec<(String, usize)> {
    let short: String = name.chars().take(64).collect();
    let by_ip = ip.map(|ip| (format!("ip {ip}"), FAILURES_MAX));
    by_ip.into_iter().chain([(format!("name {short}"), NAME_FAILURES_MAX)]).collect()
}

/// The session cookie's value.
#[must_use]
pub fn cookie(headers: &HeaderMap) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    })
}

/// Every request passes here: finds the caller, checks CSRF and origin, and asks [`policy`].
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Failure> {
    let path = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let Some(path) = path else { return Ok(next.run(request).await) };
    let access = policy::access(request.method(), &path).ok_or_else(|| refused("this endpoint is not open to anybody"))?;
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes {
        same_origin(request.uri().authority().map(|a| a.as_str()), request.headers())?;
    }
    if access == policy::Access::Public {
        return Ok(next.run(request).await);
    }
    let caller = caller(&app, request.headers()).await?;
    if changes && !csrf_matches(request.headers(), &caller.csrf) {
        return Err(refused("the x-csrf-token header is missing or does not belong to this session: reload the page"));
    }
    if let policy::Access::Permission(permission) = access
        && !policy::allows(&caller.role, permission)
    {
        return Err(refused(&format!("the role {} may not do this: it takes the permission {permission}", caller.role)));
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn refused(message: &str) -> Failure {
    Failure(StatusCode::FORBIDDEN, message.to_owned())
}

fn csrf_matches(headers: &HeaderMap, expected: &str) -> bool {
    headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).is_some_and(|given| token_hash(given) == token_hash(expected))
}

/// A browser says where a request comes from; a request from another site is refused.
/// HTTP/2 names the host in the request's authority, HTTP/1 in a header.
fn same_origin(authority: Option<&str>, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    if authority.or_else(|| text(header::HOST)).is_some_and(|h| h.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(refused("the request comes from another site"))
}

async fn caller(app: &App, headers: &HeaderMap) -> Result<Caller, Failure> {
    let unknown = || Failure(StatusCode::UNAUTHORIZED, "log in first: there is no valid session".into());
    let token_hash = token_hash(&cookie(headers).ok_or_else(unknown)?);
    let session = app.floor.session(token_hash.clone()).await?.ok_or_else(unknown)?;
    if session.expires < now() {
        app.floor.end_session(token_hash).await?;
        return Err(unknown());
    }
    let user = app.floor.user(session.user.clone()).await?.filter(|u| u.user.enabled).ok_or_else(unknown)?;
    Ok(Caller { user: user.user.name, role: user.user.role, csrf: session.csrf, token_hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        assert!(hash_password("short").is_err());
        let hash = hash_password("a long enough one").unwrap_or_default();
        assert!(hash.starts_with("$argon2id$") && verify_password("a long enough one", &hash));
        assert!(!verify_password("another one here", &hash) && !verify_password("x", "not a hash"));
        assert_ne!(random_password(), random_password());
    }

    #[test]
    fn five_failures_and_one_waits() {
        let throttle = Throttle::default();
        let ip = Some(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait(ip, "ann"), None);
            throttle.failed(ip, "ann");
        }
        assert!(throttle.wait(ip, "bob").is_some(), "the address waits, whatever the name");
        assert_eq!(throttle.wait(None, "ann"), None, "nobody keeps others out with a few tries");
        for _ in FAILURES_MAX..NAME_FAILURES_MAX {
            throttle.failed(None, "ann");
        }
        assert!(throttle.wait(None, "ann").is_some(), "the name waits, wherever from");
        assert_eq!(throttle.wait(None, "bob"), None);
    }
}
