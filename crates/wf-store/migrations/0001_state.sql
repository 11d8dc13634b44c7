-- The state. SQL that SQLite and PostgreSQL both take: times are microseconds since the epoch, lists are JSON text.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE snapshot (name TEXT PRIMARY KEY, body BYTEA NOT NULL);
CREATE TABLE asset (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, zone TEXT NOT NULL,
    purdue_level REAL NOT NULL, vendor TEXT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX asset_name ON asset (name, id);
CREATE INDEX asset_role ON asset (role, id);
CREATE INDEX asset_zone ON asset (zone, id);
CREATE INDEX asset_last_seen ON asset (last_seen, id);
CREATE TABLE asset_alias (old_id TEXT PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE asset_override (id TEXT PRIMARY KEY, word TEXT NOT NULL, given_by TEXT NOT NULL, given_at BIGINT NOT NULL);
CREATE TABLE conversation (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, client TEXT NOT NULL, server TEXT NOT NULL, client_asset TEXT NOT NULL,
    server_asset TEXT NOT NULL, client_zone TEXT NOT NULL, server_zone TEXT NOT NULL, protocol TEXT NOT NULL,
    packets BIGINT NOT NULL, bytes BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX conversation_client ON conversation (client_asset);
CREATE INDEX conversation_server ON conversation (server_asset);
CREATE INDEX conversation_last_seen ON conversation (last_seen, id);
CREATE TABLE finding (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, rule TEXT NOT NULL, title TEXT NOT NULL, priority BIGINT NOT NULL,
    place BIGINT NOT NULL, expected_loss REAL NOT NULL, first_time BIGINT NOT NULL, last_time BIGINT NOT NULL,
    state TEXT NOT NULL, handled_by TEXT, handled_reason TEXT, handled_at BIGINT, handled_until BIGINT,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX finding_place ON finding (place, id);
CREATE TABLE finding_asset (finding TEXT NOT NULL, asset TEXT NOT NULL, PRIMARY KEY (finding, asset));
CREATE INDEX finding_asset_asset ON finding_asset (asset);
CREATE TABLE coverage (
    sensor TEXT NOT NULL, segment TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (sensor, segment));
CREATE TABLE user_account (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password_hash TEXT NOT NULL, created BIGINT NOT NULL,
    last_login BIGINT, enabled BIGINT NOT NULL);
CREATE TABLE login_session (
    token_hash TEXT PRIMARY KEY, user_name TEXT NOT NULL, csrf TEXT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE audit (
    id BIGINT PRIMARY KEY, at BIGINT NOT NULL, user_name TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,
    detail TEXT NOT NULL, chain TEXT NOT NULL);
