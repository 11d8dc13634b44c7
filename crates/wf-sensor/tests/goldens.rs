//! Each protocol's fixture decodes to its golden. Found by glob, never listed. `WF_UPDATE=1` rewrites the goldens.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn fixtures() -> Vec<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wf-protocols/src");
    let folders = std::fs::read_dir(source).unwrap().flatten().map(|e| e.path().join("testdata")).filter(|p| p.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()));
    let mut found: Vec<PathBuf> = files.filter(|p| p.extension().is_some_and(|e| e == "pcap" || e == "pcapng")).collect();
    found.sort();
    found
}

#[test]
fn fixtures_decode_to_their_goldens() {
    let update = std::env::var_os("WF_UPDATE").is_some();
    let fixtures = fixtures();
    assert!(!fixtures.is_empty(), "no fixture was found");
    let mut differences = String::new();
    for fixture in fixtures {
        let mut decoded = Vec::new();
        wf_sensor::replay::print(&fixture, &mut decoded, true).unwrap();
        let decoded = String::from_utf8(decoded).unwrap();
        let golden = fixture.with_extension("jsonl");
        if update {
            std::fs::write(&golden, &decoded).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if decoded != expected {
            let line = decoded.lines().zip(expected.lines()).position(|(a, b)| a != b);
            let at = line.unwrap_or_else(|| decoded.lines().count().min(expected.lines().count()));
            let (now, then) = (decoded.lines().nth(at).unwrap_or("(end)"), expected.lines().nth(at).unwrap_or("(end)"));
            let _ = writeln!(differences, "{} line {}:\n  golden: {then}\n  now:    {now}", golden.display(), at + 1);
        }
    }
    assert!(differences.is_empty(), "{differences}run with WF_UPDATE=1 if the new answers are right");
}
