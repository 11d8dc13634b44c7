//! The bundled capture against the truth that the emulated plant wrote down: every device, every act, the right order of
//! the top findings.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use program::{in_repository, items, json};
use serde_json::Value;
use std::collections::BTreeSet;

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

#[test]
fn devices_acts_and_findings() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (capture, plant) = (in_repository("demo/waterworks.pcapng.gz"), in_repository("demo/plant.toml"));
    let truth: Value = serde_json::from_str(&std::fs::read_to_string(in_repository("demo/truth.json")).unwrap()).unwrap();
    json(&["replay", capture.to_str().unwrap(), "--plant", plant.to_str().unwrap(), "--data", data, "--json"]);
    let assets = json(&["asset", "list", "--data", data, "--json"]);
    let mut wrong = devices(&truth, items(&assets));
    wrong.extend(acts(&truth, items(&json(&["operation", "list", "--category", "acts", "--data", data, "--json"]))));
    wrong.extend(findings(&truth, items(&json(&["finding", "list", "--data", data, "--json"])), items(&assets)));
    let holders = json(&["query", "SELECT DISTINCT device, protocol FROM measurement", "--data", data, "--json"]);
    wrong.extend(values(&truth, &holders["rows"]));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Process values belong to the device that holds them, whoever asks for them or sets them.
fn values(truth: &Value, rows: &Value) -> Vec<String> {
    let roles = ["controller", "rtu", "remote_io", "drive", "sensor"];
    let devices = truth["devices"].as_array().unwrap();
    let holding: BTreeSet<String> = devices
        .iter()
        .filter(|d| roles.contains(&d["role"].as_str().unwrap_or_default()))
        .flat_map(|d| texts(&d["ips"]))
        .collect();
    let rows: Vec<&Value> = rows.as_array().into_iter().flatten().collect();
    assert!(rows.len() >= 4, "values of {} devices only", rows.len());
    let wrong = rows.into_iter().filter(|row| row[0].as_str().is_none_or(|device| !holding.contains(device)));
    wrong.map(|row| format!("values are said to be of {row}, which holds none")).collect()
}

fn devices(truth: &Value, assets: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for device in truth["devices"].as_array().unwrap() {
        let ips = texts(&device["ips"]);
        let found: Vec<&Value> = assets.iter().filter(|a| !texts(&a["ips"]).is_disjoint(&ips)).collect();
        let [asset] = found.as_slice() else {
            wrong.push(format!("device {}: {} assets have its addresses", device["name"], found.len()));
            continue;
        };
        for field in ["vendor", "model", "order_number", "firmware", "serial", "role", "zone", "purdue_level"] {
            let (expected, got) = (&device[field], &asset[field]);
            let same = match (expected.as_f64(), got.as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                _ => expected.is_null() || same_text(expected, got),
            };
            if !same {
                wrong.push(format!("device {} {field}: {got} instead of {expected}", device["name"]));
            }
        }
        if !texts(&device["macs"]).is_subset(&texts(&asset["macs"])) {
            wrong.push(format!("device {} macs: {} instead of {}", device["name"], asset["macs"], device["macs"]));
        }
    }
    let known: BTreeSet<String> = truth["devices"].as_array().unwrap().iter().flat_map(|d| texts(&d["ips"])).collect();
    let outside = texts(&truth["external_addresses"]);
    for asset in assets {
        let ips = texts(&asset["ips"]);
        let expected = !ips.is_disjoint(&known) || !ips.is_disjoint(&outside);
        if !expected {
            wrong.push(format!("a ghost: {} {} {}", asset["name"], asset["ips"], asset["macs"]));
        }
    }
    wrong
}

/// Vendors are written in many ways: one name is enough of the other.
fn same_text(expected: &Value, got: &Value) -> bool {
    let plain = |v: &Value| v.as_str().unwrap_or_default().to_lowercase().replace([' ', ',', '.', '-', '(', ')'], "");
    let (expected, got) = (plain(expected), plain(got));
    !got.is_empty() && (got.contains(&expected) || expected.contains(&got))
}

fn acts(truth: &Value, operations: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for act in truth["acts"].as_array().unwrap() {
        let fits = |o: &&Value| ["src", "dst", "protocol", "function", "category", "frame"].iter().all(|f| o[*f] == act[*f]);
        match operations.iter().find(fits) {
            None => wrong.push(format!("act is missing: {act}")),
            Some(found) => {
                for field in ["target", "outcome"] {
                    if found[field] != act[field] {
                        wrong.push(format!("act in frame {} {field}: {} instead of {}", act["frame"], found[field], act[field]));
                    }
                }
                if found["value"].as_str().is_none_or(str::is_empty) && !act["value"].is_null() {
                    wrong.push(format!("act in frame {} has no value instead of {}", act["frame"], act["value"]));
                }
            }
        }
    }
    wrong
}

fn findings(truth: &Value, findings: &[Value], assets: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last = 0;
    for expected in truth["findings_expected_order"].as_array().unwrap() {
        let ips = texts(&expected["assets"]);
        let ids: BTreeSet<String> = assets
            .iter()
            .filter(|a| !texts(&a["ips"]).is_disjoint(&ips))
            .filter_map(|a| a["id"].as_str().map(str::to_owned))
            .collect();
        let place = findings.iter().position(|f| {
            let mut about = texts(&f["assets"]);
            about.extend(f["actor"].as_str().map(str::to_owned));
            f["rule"] == expected["rule"] && ids.is_subset(&about)
        });
        match place {
            None => wrong.push(format!("finding is missing: {expected}")),
            Some(at) if at < last => {
                wrong.push(format!("finding at place {} comes before place {}: {expected}", at + 1, last + 1))
            }
            Some(at) => last = at,
        }
    }
    if wrong.is_empty() && findings.is_empty() {
        wrong.push("there are no findings".into());
    }
    if !wrong.is_empty() {
        let list =
            findings.iter().map(|f| format!("  {} {} {} {}", f["rank"], f["rule"], f["title"], f["assessment"]["expected_loss"]));
        wrong.extend(list);
    }
    wrong
}
