-- State, version 1. SQL that SQLite and PostgreSQL both take: times are microseconds since the epoch, lists are JSON text.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (name TEXT PRIMARY KEY, body BYTEA NOT NULL);
CREATE TABLE IF NOT EXISTS asset (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, zone TEXT NOT NULL,
    purdue_level REAL NOT NULL, vendor TEXT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS asset_name ON asset (name, id);
CREATE INDEX IF NOT EXISTS asset_role ON asset (role, id);
CREATE INDEX IF NOT EXISTS asset_zone ON asset (zone, id);
CREATE INDEX IF NOT EXISTS asset_last_seen ON asset (last_seen, id);
CREATE TABLE IF NOT EXISTS asset_alias (old_id TEXT PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS asset_override (id TEXT PRIMARY KEY, word TEXT NOT NULL, given_by TEXT NOT NULL, given_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS conversation (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, client TEXT NOT NULL, server TEXT NOT NULL, client_asset TEXT NOT NULL,
    server_asset TEXT NOT NULL, client_zone TEXT NOT NULL, server_zone TEXT NOT NULL, protocol TEXT NOT NULL,
    packets BIGINT NOT NULL, bytes BIGINT NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS conversation_client ON conversation (client_asset);
CREATE INDEX IF NOT EXISTS conversation_server ON conversation (server_asset);
CREATE INDEX IF NOT EXISTS conversation_last_seen ON conversation (last_seen, id);
CREATE TABLE IF NOT EXISTS finding (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, rule TEXT NOT NULL, title TEXT NOT NULL, priority BIGINT NOT NULL,
    place BIGINT NOT NULL, expected_loss REAL NOT NULL, first_time BIGINT NOT NULL, last_time BIGINT NOT NULL,
    state TEXT NOT NULL, handled_by TEXT, handled_reason TEXT, handled_at BIGINT, handled_until BIGINT,
    search TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS finding_place ON finding (place, id);
CREATE TABLE IF NOT EXISTS finding_asset (finding TEXT NOT NULL, asset TEXT NOT NULL, PRIMARY KEY (finding, asset));
CREATE INDEX IF NOT EXISTS finding_asset_asset ON finding_asset (asset);
CREATE TABLE IF NOT EXISTS coverage (
    sensor TEXT NOT NULL, segment TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (sensor, segment));
CREATE TABLE IF NOT EXISTS packet (
    id TEXT PRIMARY KEY, ts BIGINT NOT NULL, frame BIGINT NOT NULL, link BIGINT NOT NULL, original_len BIGINT NOT NULL,
    body BYTEA NOT NULL, kept_order BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS packet_kept_order ON packet (kept_order);
CREATE TABLE IF NOT EXISTS user_account (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password_hash TEXT NOT NULL, created BIGINT NOT NULL,
    last_login BIGINT, enabled BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS login_session (
    token_hash TEXT PRIMARY KEY, user_name TEXT NOT NULL, csrf TEXT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS audit (
    id BIGINT PRIMARY KEY, at BIGINT NOT NULL, user_name TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,
    detail TEXT NOT NULL, chain TEXT NOT NULL);
