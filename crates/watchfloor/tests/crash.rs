//! Killed in the middle of taking data in: nothing acknowledged is lost, nothing is counted twice.

mod program;

use program::{in_repository, json, program};
use serde_json::Value;
use std::io::Read;
use std::process::Stdio;

/// Rows by table, and the bytes and packets that coverage and conversations add up to.
fn figures(data: &str) -> Vec<Value> {
    let one = |sql: &str| json(&["query", sql, "--data", data, "--json"])["rows"].clone();
    let mut found: Vec<Value> =
        ["operation", "measurement", "conversation", "asset_evidence", "anomaly", "credential", "coverage"]
            .iter()
            .map(|table| one(&format!("SELECT count(*) FROM {table}")))
            .collect();
    found.push(one("SELECT sum(packets), sum(bytes) FROM coverage"));
    found.push(one("SELECT sum(count) FROM operation"));
    found
}

#[test]
fn killed_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (whole, killed) = (place("whole"), place("killed"));
    let (capture, plant) = (in_repository("demo/waterworks.pcapng.gz"), in_repository("demo/plant.toml"));
    let (capture, plant) = (capture.to_str().unwrap(), plant.to_str().unwrap());
    json(&["replay", capture, "--plant", plant, "--data", &whole, "--json"]);

    // Everything is in the journal, then the program is killed before it has finished: the pipe tells when.
    let mut child = program()
        .args(["replay", capture, "--plant", plant, "--data", &killed, "--json"])
        .env("WATCHFLOOR_HOLD_AT_END", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = child.stderr.take().unwrap();
    let mut text = String::new();
    let mut byte = [0u8; 1];
    while !text.contains("holding") {
        assert_eq!(errors.read(&mut byte).unwrap(), 1, "the program ended before it held: {text}");
        text.push(char::from(byte[0]));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    // What was acknowledged is there for a reader at once, and after a restart that stores the rest.
    assert_eq!(figures(&killed), figures(&whole), "before the restart");
    let empty = place("none.pcap");
    std::fs::write(&empty, b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0").unwrap();
    json(&["replay", &empty, "--data", &killed, "--json"]);
    assert_eq!(figures(&killed), figures(&whole), "after the restart");
    let list = |noun: &str, data: &str| {
        let mut items = program::items(&json(&[noun, "list", "--data", data, "--json"])).clone();
        items.iter_mut().for_each(|i| i["rank"] = Value::Null);
        items.sort_by_key(|i| i["id"].to_string());
        items
    };
    for noun in ["asset", "conversation", "finding"] {
        assert_eq!(list(noun, &killed), list(noun, &whole), "{noun}");
    }
}

#[test]
fn one_program_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    let mut child = program()
        .args(["replay", fixture.to_str().unwrap(), "--data", data.to_str().unwrap()])
        .env("WATCHFLOOR_HOLD_AT_END", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = child.stderr.take().unwrap();
    let mut byte = [0u8; 1];
    let mut text = String::new();
    while !text.contains("holding") {
        assert_eq!(errors.read(&mut byte).unwrap(), 1, "{text}");
        text.push(char::from(byte[0]));
    }
    let second = program::run(&["replay", fixture.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    assert_eq!(second.status.code(), Some(69), "{}", String::from_utf8_lossy(&second.stderr));
    child.kill().unwrap();
    child.wait().unwrap();
}
