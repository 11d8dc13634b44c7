//! Names of files that travel: programs, firmware, archives, projects.

use super::head::Head;
use crate::hints;
use wf_wire::decode::{Context, Direction, File, Sink};

/// Endings of files worth naming: what runs, what controllers and devices load, what carries others.
const ENDINGS: &[&str] = &[
    "exe", "dll", "msi", "sys", "scr", "com", "bat", "cmd", "ps1", "vbs", "js", "hta", "jar", "class", "sh", "elf", "so", "py",
    "apk", "bin", "hex", "fw", "fwu", "img", "upd", "upg", "rom", "iso", "zip", "rar", "7z", "tar", "gz", "tgz", "cab", "docm",
    "xlsm", "ap13", "ap14", "ap15", "ap16", "ap17", "ap18", "ap19", "zap15", "zap16", "zap17", "zap18", "s7p", "acd", "l5k",
    "l5x", "project", "gsd", "gsdml", "eds", "awl", "scl", "stl",
];

/// `script.js` and the like are pages' everyday parts: named only where they are handed over as files.
const EVERYDAY: &[&str] = &["js", "gz", "com"];

fn ending(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    ENDINGS.iter().copied().find(|e| e.eq_ignore_ascii_case(end))
}

/// A file sent with a request.
pub(super) fn of_request(ctx: &Context<'_>, head: &Head<'_>, out: &mut dyn Sink) {
    if head.method != b"PUT" {
        return;
    }
    let uri = String::from_utf8_lossy(head.uri);
    let name = last_part(uri.split('?').next().unwrap_or_default());
    if ending(name).is_some() {
        tell(ctx, out, name, head.content_length);
    }
}

/// A file in the answer to a request.
pub(super) fn of_response(ctx: &Context<'_>, head: &Head<'_>, method: &[u8], target: &str, out: &mut dyn Sink) {
    if method == b"HEAD" || !matches!(head.status, 200 | 206) {
        return;
    }
    if let Some(name) = head.disposition.and_then(attachment) {
        return tell(ctx, out, &name, head.content_length);
    }
    let name = last_part(target);
    if ending(name).is_some_and(|e| !EVERYDAY.contains(&e)) {
        tell(ctx, out, name, head.content_length);
    }
}

fn tell(ctx: &Context<'_>, out: &mut dyn Sink, name: &str, size: Option<u64>) {
    let direction: Direction = ctx.direction;
    out.file(ctx, "http", File { name: hints::bounded(name, 200), size, direction });
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The name in a content disposition (RFC 6266).
fn attachment(value: &[u8]) -> Option<String> {
    let text = hints::clean(value);
    let (_, name) = text.split_once("filename=")?;
    let name = name.split(';').next()?.trim().trim_matches('"');
    Some(last_part(name).to_owned()).filter(|n| !n.is_empty())
}
