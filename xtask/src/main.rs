//! Tidy: what the compiler cannot hold but the architecture promises. `cargo run -p xtask -- tidy`.
//! Docs: the pages of the protocols, made anew. `cargo run -p xtask -- docs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of the workspace each may know. What is not listed may know nothing.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("wf-model", &[]),
    ("wf-wire", &["wf-model"]),
    ("wf-protocols", &["wf-model", "wf-wire"]),
    ("wf-flow", &["wf-model", "wf-wire"]),
    ("wf-sensor", &["wf-model", "wf-wire", "wf-protocols", "wf-flow"]),
    ("wf-inventory", &["wf-model"]),
    ("wf-detect", &["wf-model"]),
    ("wf-risk", &["wf-model"]),
    ("wf-bus", &["wf-model"]),
    ("wf-store", &["wf-model"]),
    ("wf-hub", &["wf-model", "wf-wire", "wf-protocols", "wf-flow", "wf-inventory", "wf-detect", "wf-risk", "wf-bus", "wf-store"]),
    ("wf-server", &["wf-model"]),
    ("xtask", &[]),
];

/// Words that name a place of one machine; they belong in no file of the project.
const PLACES: &[&str] = &["/home/", "/Users/"];

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        Some("docs") => docs(),
        _ => bail!("usage: cargo run -p xtask -- tidy|docs"),
    }
}

fn workspace() -> Result<PathBuf> {
    // Where it is run, not where it was built: a target folder may be shared by several clones.
    let root = std::env::current_dir()?;
    if !root.join("crates/wf-protocols").is_dir() {
        bail!("{} is not the workspace: run this in its folder", root.display());
    }
    Ok(root)
}

/// Writes docs/protocols anew. The test that compares them with their sources is what writes them: it can see the
/// registry, and this program stays small.
fn docs() -> Result<()> {
    let test = ["test", "--release", "--locked", "-p", "wf-protocols", "--test", "docs"];
    let done = Command::new("cargo").args(test).env("WF_UPDATE", "1").current_dir(workspace()?).status().context("cargo test")?;
    if !done.success() {
        bail!("docs/protocols could not be written: see above");
    }
    Ok(())
}

fn tidy() -> Result<()> {
    let root = workspace()?;
    let mut faults = directions(&root)?;
    faults.extend(protocol_folders(&root)?);
    faults.extend(documents(&root)?);
    faults.extend(places(&root)?);
    if faults.is_empty() {
        println!("tidy: all is in order");
        return Ok(());
    }
    faults.iter().for_each(|fault| eprintln!("tidy: {fault}"));
    bail!("{} things are out of order", faults.len())
}

/// Crates know only what they may.
fn directions(root: &Path) -> Result<Vec<String>> {
    let answer = Command::new("cargo").args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).output()?;
    let metadata: Value = serde_json::from_slice(&answer.stdout).context("cargo metadata")?;
    let rules: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if name == "watchfloor" {
            continue;
        }
        let Some(allowed) = rules.get(name) else {
            faults.push(format!("{name} is not listed in xtask's MAY_KNOW: say what it may know"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            if other.starts_with("wf-") && !for_tests && !allowed.contains(&other) {
                faults.push(format!("{name} must not know {other}"));
            }
        }
    }
    Ok(faults)
}

/// Each protocol's folder has a decoder, a fixture, a golden and a page.
fn protocol_folders(root: &Path) -> Result<Vec<String>> {
    let source = root.join("crates/wf-protocols/src");
    let registry = std::fs::read_to_string(source.join("lib.rs"))?;
    let begin = registry.find("REGISTRY").context("wf-protocols has a REGISTRY")?;
    let list = registry.get(begin..).unwrap_or_default().split("];").next().unwrap_or_default();
    let mut faults = Vec::new();
    let mut found = 0;
    for entry in list.split('&').filter_map(|part| part.split("::INFO").next()).filter(|name| !name.contains(['[', '=', ' '])) {
        let name = entry.trim().trim_start_matches("crate::").trim_start_matches("self::");
        found += 1;
        for path in [
            format!("{name}/mod.rs"),
            format!("{name}/testdata/{name}.pcap"),
            format!("{name}/testdata/{name}.jsonl"),
            format!("{name}/about.md"),
        ] {
            if !source.join(&path).exists() {
                faults.push(format!("crates/wf-protocols/src/{path} is missing"));
            }
        }
        if !root.join(format!("docs/protocols/{name}.md")).exists() {
            faults.push(format!("docs/protocols/{name}.md is missing"));
        }
    }
    if found == 0 {
        faults.push("no protocol was found in the registry: has its form changed?".into());
    }
    Ok(faults)
}

/// The documents that people look for first are there.
fn documents(root: &Path) -> Result<Vec<String>> {
    let wanted = [
        "README.md",
        "ARCHITECTURE.md",
        "STYLE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "LICENSE",
        "docs/command-line.md",
    ];
    Ok(wanted.iter().filter(|path| !root.join(path).exists()).map(|path| format!("{path} is missing")).collect())
}

/// No file carries a path of one machine.
fn places(root: &Path) -> Result<Vec<String>> {
    let answer = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output()?;
    let mut faults = Vec::new();
    for name in String::from_utf8_lossy(&answer.stdout).split('\0').filter(|n| !n.is_empty()) {
        let path: PathBuf = root.join(name);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if name != "xtask/src/main.rs"
            && !name.ends_with("package-lock.json")
            && let Some(place) = PLACES.iter().find(|place| text.contains(**place))
        {
            faults.push(format!("{name} names a place of one machine: {place}"));
        }
    }
    Ok(faults)
}
