//! Every endpoint × every role, logins, CSRF and origins, against the real router with a floor that has nothing on it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod floor;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use floor::EmptyFloor;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;
use wf_model::api::Floor;
use wf_server::policy::{self, Access, ENDPOINTS, ROLES};

const PASSWORD: &str = "a password for tests";

async fn site() -> (Arc<EmptyFloor>, Router) {
    let floor = Arc::new(EmptyFloor::default());
    let hash = wf_server::auth::hash_password(PASSWORD).unwrap();
    for role in ROLES {
        floor.add_user(role, role, &hash);
    }
    let router = wf_server::router(Arc::clone(&floor) as Arc<dyn Floor>, true);
    (floor, router)
}

async fn send(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (StatusCode, header::HeaderMap, String) {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let answer = router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let streaming = parts.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/event-stream"));
    let text = if streaming { Vec::new() } else { axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec() };
    (parts.status, parts.headers, String::from_utf8_lossy(&text).into_owned())
}

struct Login {
    cookie: String,
    csrf: String,
}

async fn login(router: &Router, name: &str) -> Login {
    let body = format!(r#"{{"name":"{name}","password":"{PASSWORD}"}}"#);
    let (status, headers, text) = send(router, "POST", "/api/v1/login", &[], &body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let cookie = headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let me: serde_json::Value = serde_json::from_str(&text).unwrap();
    Login { cookie: cookie.split(';').next().unwrap().to_owned(), csrf: me["csrf"].as_str().unwrap().to_owned() }
}

fn concrete(path: &str) -> String {
    let id = "00112233445566778899aabbccddeeff";
    let path = path.replace("{id}", id).replace("{name}", "nobody");
    match path.as_str() {
        "/api/v1/packets.pcapng" => format!("{path}?ids={id}"),
        p if p.ends_with("/series") => format!("{path}?point=x"),
        _ => path,
    }
}

fn body_for(method: &str, path: &str) -> &'static str {
    match (method, path) {
        ("POST", "/api/v1/login") => r#"{"name":"nobody","password":"x"}"#,
        (_, p) if p.ends_with("/act") => r#"{"act":"acknowledge","reason":"r","until":"2030-01-01T00:00:00Z"}"#,
        ("POST", "/api/v1/query") => r#"{"sql":"SELECT 1"}"#,
        ("POST", "/api/v1/users") => r#"{"name":"new","role":"viewer","password":"long enough password"}"#,
        ("PUT", "/api/v1/plant") => r#"{"schema":1,"site":{"id":"s","name":"S"}}"#,
        ("POST" | "PUT" | "PATCH", p) if p != "/api/v1/logout" => "{}",
        _ => "",
    }
}

#[tokio::test]
async fn every_endpoint_for_every_role() {
    for role in ROLES {
        let (_, router) = site().await;
        let login = login(&router, role).await;
        // Logging out ends the session, so it comes last.
        let logout = ENDPOINTS.iter().filter(|(_, path, _)| path.ends_with("/logout"));
        for (method, path, access) in ENDPOINTS.iter().filter(|(_, path, _)| !path.ends_with("/logout")).chain(logout) {
            let headers = [("cookie", login.cookie.as_str()), ("x-csrf-token", login.csrf.as_str())];
            let (status, _, text) = send(&router, method, &concrete(path), &headers, body_for(method, path)).await;
            let allowed = match access {
                Access::Public | Access::Login => true,
                Access::Permission(permission) => policy::allows(role, permission),
            };
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(!refused, allowed, "{role} {method} {path}: {status} {text}");
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{role} {method} {path}: {text}");
        }
    }
}

#[tokio::test]
async fn nothing_without_a_login() {
    let (_, router) = site().await;
    for (method, path, access) in ENDPOINTS {
        let (status, _, text) = send(&router, method, &concrete(path), &[], body_for(method, path)).await;
        match access {
            Access::Public => assert_ne!(status, StatusCode::FORBIDDEN, "{method} {path}: {text}"),
            _ => assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {text}"),
        }
    }
    let bad = [("cookie", "wf_session=0000")];
    let (status, _, _) = send(&router, "GET", "/api/v1/status", &bad, "").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_documented_endpoint_is_in_the_policy_and_the_other_way_round() {
    let document = serde_json::to_value(wf_server::openapi()).unwrap();
    let mut documented = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|m| ["get", "put", "post", "patch", "delete"].contains(&m.as_str()))
        {
            documented.push((method.to_uppercase(), path.clone()));
            let listed = ENDPOINTS.iter().any(|(m, p, _)| *m == method.to_uppercase() && p == path);
            assert!(listed, "{method} {path} has no line in policy::ENDPOINTS");
        }
    }
    for (method, path, _) in ENDPOINTS.iter().filter(|(_, p, _)| *p != "/api/v1/openapi.json") {
        assert!(documented.iter().any(|(m, p)| m == method && p == path), "{method} {path} is not in the OpenAPI document");
    }
}

#[tokio::test]
async fn changes_need_the_token_and_the_same_origin() {
    let (_, router) = site().await;
    let login = login(&router, "admin").await;
    let cookie = ("cookie", login.cookie.as_str());
    let csrf = ("x-csrf-token", login.csrf.as_str());
    let act = body_for("POST", "/api/v1/findings/act");
    let check = async |headers: &[(&str, &str)]| send(&router, "POST", "/api/v1/findings/act", headers, act).await.0;
    assert_eq!(check(&[cookie]).await, StatusCode::FORBIDDEN);
    assert_eq!(check(&[cookie, ("x-csrf-token", "wrong")]).await, StatusCode::FORBIDDEN);
    assert_eq!(check(&[cookie, csrf, ("host", "floor:8443"), ("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(check(&[cookie, csrf, ("host", "floor:8443"), ("origin", "https://floor:8443")]).await, StatusCode::OK);
}

#[tokio::test]
async fn logins_are_throttled_and_logout_ends_the_session() {
    let (_, router) = site().await;
    let login = login(&router, "viewer").await;
    let headers = [("cookie", login.cookie.as_str()), ("x-csrf-token", login.csrf.as_str())];
    assert_eq!(send(&router, "GET", "/api/v1/me", &headers, "").await.0, StatusCode::OK);
    assert_eq!(send(&router, "POST", "/api/v1/logout", &headers, "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(send(&router, "GET", "/api/v1/me", &headers, "").await.0, StatusCode::UNAUTHORIZED);
    let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 50_000)));
    let router = router.layer(axum::Extension(peer));
    let wrong = async || send(&router, "POST", "/api/v1/login", &[], r#"{"name":"admin","password":"wrong"}"#).await;
    for _ in 0..5 {
        assert_eq!(wrong().await.0, StatusCode::UNAUTHORIZED);
    }
    let (status, headers, _) = wrong().await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn hostile_requests_get_an_answer_in_words() {
    let (_, router) = site().await;
    let login = login(&router, "admin").await;
    let headers = [("cookie", login.cookie.as_str()), ("x-csrf-token", login.csrf.as_str())];
    let cases = [
        ("GET", "/api/v1/packets/zz", "", StatusCode::BAD_REQUEST),
        ("GET", "/api/v1/packets.pcapng?ids=", "", StatusCode::BAD_REQUEST),
        ("GET", "/api/v1/assets?limit=many", "", StatusCode::BAD_REQUEST),
        ("GET", "/api/v1/assets/x/series?point=p&from=soon", "", StatusCode::BAD_REQUEST),
        (
            "POST",
            "/api/v1/users",
            r#"{"name":"../x","role":"viewer","password":"long enough password"}"#,
            StatusCode::BAD_REQUEST,
        ),
        ("POST", "/api/v1/users", r#"{"name":"x","role":"god","password":"long enough password"}"#, StatusCode::BAD_REQUEST),
        ("POST", "/api/v1/users", r#"{"name":"x","role":"viewer","password":"short"}"#, StatusCode::BAD_REQUEST),
        ("POST", "/api/v1/users", "{", StatusCode::BAD_REQUEST),
        ("DELETE", "/api/v1/users/admin", "", StatusCode::CONFLICT),
        ("PATCH", "/api/v1/users/admin", r#"{"role":"viewer"}"#, StatusCode::CONFLICT),
        ("GET", "/api/v1/nothing", "", StatusCode::NOT_FOUND),
        ("GET", "/assets/nothing.js", "", StatusCode::NOT_FOUND),
        ("GET", "/../../etc/passwd", "", StatusCode::OK),
    ];
    for (method, path, body, expected) in cases {
        let (status, headers, text) = send(&router, method, path, &headers, body).await;
        assert_eq!(status, expected, "{method} {path}: {text}");
        assert!(headers.get("content-security-policy").is_some(), "{path} has no content policy");
        if expected != StatusCode::OK {
            assert!(text.contains("\"error\""), "{method} {path}: {text}");
        }
    }
    let big = format!(r#"{{"sql":"{}"}}"#, "x".repeat(3 << 20));
    assert_eq!(send(&router, "POST", "/api/v1/query", &headers, &big).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

/// `docs/openapi.json` is what the program serves. `WF_UPDATE=1` rewrites it.
#[test]
fn openapi_document_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let now = wf_server::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("WF_UPDATE").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "docs/openapi.json is not in step: run `WF_UPDATE=1 cargo test -p wf-server` and `npm run api` in web/"
    );
}
