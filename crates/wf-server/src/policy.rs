//! Who may do what. The one place where roles meet endpoints: an endpoint that is not listed here is refused.

use axum::http::Method;

/// Roles, least first. Each may do what those before it may.
pub const ROLES: &[&str] = &["viewer", "analyst", "operator", "engineer", "admin"];

/// What an endpoint asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a login.
    Public,
    /// Any logged-in user.
    Login,
    /// A logged-in user with this permission.
    Permission(&'static str),
}

/// Permissions and the least role that has each.
pub const PERMISSIONS: &[(&str, &str)] = &[
    ("query.run", "analyst"),
    ("packets.read", "analyst"),
    ("findings.act", "analyst"),
    ("assets.edit", "engineer"),
    ("plant.edit", "engineer"),
    ("audit.read", "engineer"),
    ("users.manage", "admin"),
];

/// Every endpoint and what it asks for. Paths as in the OpenAPI document.
pub const ENDPOINTS: &[(&str, &str, Access)] = &[
    ("GET", "/healthz", Access::Public),
    ("GET", "/readyz", Access::Public),
    ("GET", "/metrics", Access::Login),
    ("POST", "/api/v1/login", Access::Public),
    ("POST", "/api/v1/logout", Access::Login),
    ("GET", "/api/v1/me", Access::Login),
    ("GET", "/api/v1/openapi.json", Access::Login),
    ("GET", "/api/v1/status", Access::Login),
    ("GET", "/api/v1/live", Access::Login),
    ("GET", "/api/v1/assets", Access::Login),
    ("GET", "/api/v1/assets/{id}", Access::Login),
    ("PUT", "/api/v1/assets/{id}/override", Access::Permission("assets.edit")),
    ("GET", "/api/v1/assets/{id}/points", Access::Login),
    ("GET", "/api/v1/assets/{id}/series", Access::Login),
    ("GET", "/api/v1/conversations", Access::Login),
    ("GET", "/api/v1/operations", Access::Login),
    ("GET", "/api/v1/measurements", Access::Login),
    ("GET", "/api/v1/findings", Access::Login),
    ("GET", "/api/v1/findings/{id}", Access::Login),
    ("POST", "/api/v1/findings/{id}/act", Access::Permission("findings.act")),
    ("POST", "/api/v1/findings/act", Access::Permission("findings.act")),
    ("GET", "/api/v1/map", Access::Login),
    ("GET", "/api/v1/coverage", Access::Login),
    ("GET", "/api/v1/packets/{id}", Access::Permission("packets.read")),
    ("GET", "/api/v1/packets.pcapng", Access::Permission("packets.read")),
    ("POST", "/api/v1/query", Access::Permission("query.run")),
    ("GET", "/api/v1/plant", Access::Login),
    ("PUT", "/api/v1/plant", Access::Permission("plant.edit")),
    ("GET", "/api/v1/users", Access::Permission("users.manage")),
    ("POST", "/api/v1/users", Access::Permission("users.manage")),
    ("PATCH", "/api/v1/users/{name}", Access::Permission("users.manage")),
    ("DELETE", "/api/v1/users/{name}", Access::Permission("users.manage")),
    ("GET", "/api/v1/audit", Access::Permission("audit.read")),
];

/// What the endpoint of a matched path asks for; `None`: not listed, so refused.
#[must_use]
pub fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ENDPOINTS.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, access)| *access)
}

fn level(role: &str) -> Option<usize> {
    ROLES.iter().position(|r| *r == role)
}

/// Whether a role has a permission. An unknown role has none.
#[must_use]
pub fn allows(role: &str, permission: &str) -> bool {
    let needed = PERMISSIONS.iter().find(|(name, _)| *name == permission).and_then(|(_, least)| level(least));
    matches!((level(role), needed), (Some(has), Some(needed)) if has >= needed)
}

/// The permissions of a role.
#[must_use]
pub fn permissions(role: &str) -> Vec<String> {
    PERMISSIONS.iter().filter(|(name, _)| allows(role, name)).map(|(name, _)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grow() {
        assert!(!allows("viewer", "findings.act") && allows("analyst", "findings.act") && allows("admin", "findings.act"));
        assert!(!allows("engineer", "users.manage") && allows("admin", "users.manage"));
        assert!(!allows("root", "query.run") && !allows("admin", "no.such"));
        for (_, _, access) in ENDPOINTS {
            if let Access::Permission(name) = access {
                assert!(allows("admin", name), "{name} is not a permission");
            }
        }
    }
}
