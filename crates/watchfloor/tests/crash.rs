//! Killed in the middle of taking data in: nothing acknowledged is lost, nothing is counted twice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

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

const SMALL: [(&str, &str); 2] = [("WATCHFLOOR_BATCH_ROWS", "150"), ("WATCHFLOOR_LAKE_ROWS", "600")];

/// A place for data directories, and what a replay of the bundled capture comes to when nothing disturbs it.
struct Ground {
    folder: tempfile::TempDir,
    capture: String,
    plant: String,
}

impl Ground {
    fn new() -> Self {
        let text = |path: &str| in_repository(path).to_str().unwrap().to_owned();
        Self { folder: tempfile::tempdir().unwrap(), capture: text("demo/waterworks.pcapng.gz"), plant: text("demo/plant.toml") }
    }

    fn place(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn arguments<'a>(&'a self, data: &'a str) -> [&'a str; 7] {
        ["replay", &self.capture, "--plant", &self.plant, "--data", data, "--json"]
    }

    fn replay(&self, data: &str) {
        let done = program().args(self.arguments(data)).envs(SMALL).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Runs under strace with one system call tampered with; `None` where strace is not to be had.
    fn tampered(&self, data: &str, calls: &str, tamper: &str) -> Option<std::process::Output> {
        let seen = std::process::Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status();
        if !seen.is_ok_and(|status| status.success()) {
            eprintln!("skipped: strace is not there, or may not trace");
            return None;
        }
        let mut command = std::process::Command::new("strace");
        command.args(["-f", "-qqq", "-o", "/dev/null", "-e"]);
        command.arg(format!("trace={calls}")).arg("-e").arg(format!("inject={calls}:{tamper}"));
        command.arg(env!("CARGO_BIN_EXE_watchfloor")).args(self.arguments(data)).envs(SMALL);
        Some(command.output().unwrap())
    }
}

/// Everything that a data directory says.
fn everything(data: &str) -> (Vec<Value>, Vec<Vec<Value>>) {
    let list = |noun: &str| {
        let mut items = program::items(&json(&[noun, "list", "--limit", "1000", "--data", data, "--json"])).clone();
        items.sort_by_key(|i| i["id"].to_string());
        items
    };
    (figures(data), ["asset", "conversation", "finding"].map(list).to_vec())
}

/// Killed at system calls that make things durable, all over a replay: journal, state, lake and what follows. Started again, all
/// is there once.
#[test]
fn killed_anywhere_and_started_again() {
    let ground = Ground::new();
    let whole = ground.place("whole");
    ground.replay(&whole);
    let expected = everything(&whole);
    let mut killed = 0;
    let points: [(&str, &[u32]); 7] = [
        ("fdatasync,fsync", &[1, 2, 4, 7, 11, 16, 22, 40]),
        ("pwrite64", &[1, 5, 30, 80, 200, 500]),
        ("ftruncate", &[1, 2]),
        ("rename,renameat,renameat2", &[1, 2, 4]),
        ("link,linkat", &[1, 2, 3]),
        ("unlink,unlinkat", &[1, 3, 6]),
        ("write", &[3, 9, 20, 40]),
    ];
    for (calls, times) in points {
        for when in times {
            let data = ground.place(&format!("killed-{}-{when}", calls.split(',').next().unwrap()));
            let Some(done) = ground.tampered(&data, calls, &format!("signal=KILL:when={when}")) else { return };
            if done.status.success() {
                continue;
            }
            killed += 1;
            ground.replay(&data);
            assert_eq!(everything(&data), expected, "killed at {calls} number {when}");
            std::fs::remove_dir_all(&data).unwrap();
        }
    }
    assert!(killed >= 12, "only {killed} of the runs were cut off: the points have to be chosen anew");
}

/// A small disk of its own in a mount namespace: taken in until it is full, then again with room.
const FULL_DISK: &str = r#"
set -eu
program=$1 disk=$2 kb=$3 copy=$4
shift 4
mkdir -p "$disk"
mount -t tmpfs -o "size=${kb}k" none "$disk"
code=0
"$program" "$@" >"$disk.out" 2>"$disk.err" || code=$?
echo "$code" >"$disk.code"
mount -o remount,size=1g "$disk"
"$program" "$@" >"$disk.out"
cp -r "$disk/data" "$copy"
"#;

/// The disk is full at some point: the program says so and ends with its exit code; with room, it carries on.
#[test]
fn a_full_disk_loses_nothing() {
    let allowed = std::process::Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !allowed.is_ok_and(|done| done.status.success()) {
        eprintln!("skipped: no mount namespace can be made here");
        return;
    }
    let ground = Ground::new();
    let whole = ground.place("whole");
    ground.replay(&whole);
    let expected = everything(&whole);
    let mut full = 0;
    for kb in [100, 400, 800, 1200, 1600, 2400] {
        let (disk, copy) = (ground.place(&format!("disk-{kb}")), ground.place(&format!("copy-{kb}")));
        let data = format!("{disk}/data");
        let mut command = std::process::Command::new("unshare");
        command.args(["-rm", "sh", "-c", FULL_DISK, "sh", env!("CARGO_BIN_EXE_watchfloor"), &disk, &kb.to_string(), &copy]);
        let done = command.args(ground.arguments(&data)).envs(SMALL).output().unwrap();
        assert!(done.status.success(), "{kb} kB: {}", String::from_utf8_lossy(&done.stderr));
        let said = |ending: &str| std::fs::read_to_string(format!("{disk}.{ending}")).unwrap();
        if said("code").trim() != "0" {
            full += 1;
            assert_eq!(said("code").trim(), "74", "{kb} kB: {}", said("err"));
            assert!(said("err").contains("error: "), "{kb} kB: {}", said("err"));
        }
        assert_eq!(everything(&copy), expected, "{kb} kB were full");
    }
    assert!(full >= 3, "the disk was full {full} times only: its sizes have to be chosen anew");
}

/// Everything is acknowledged and nothing is stored when the program is killed: a reader sees it all at once.
#[test]
fn what_is_acknowledged_is_seen_at_once() {
    let ground = Ground::new();
    let (whole, killed) = (ground.place("whole"), ground.place("killed"));
    json(&ground.arguments(&whole));
    let mut child = held(program().args(ground.arguments(&killed)));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(figures(&killed), figures(&whole));
    // Taken in to its end: nothing is taken in again.
    let again = json(&ground.arguments(&killed));
    assert_eq!(again["packets"], 0);
    assert_eq!(everything(&killed), everything(&whole));
}

/// Starts the program and waits until all it was given is durable and nothing of it is stored.
fn held(command: &mut std::process::Command) -> std::process::Child {
    let mut child = command.env("WATCHFLOOR_HOLD_AT_END", "1").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let errors = child.stderr.as_mut().unwrap();
    let (mut text, mut byte) = (String::new(), [0u8; 1]);
    while !text.contains("holding") {
        assert_eq!(errors.read(&mut byte).unwrap(), 1, "the program ended before it held: {text}");
        text.push(char::from(byte[0]));
    }
    child
}

#[test]
fn one_program_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    let arguments = ["replay", fixture.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let mut child = held(program().args(arguments));
    let second = program::run(&arguments);
    assert_eq!(second.status.code(), Some(69), "{}", String::from_utf8_lossy(&second.stderr));
    child.kill().unwrap();
    child.wait().unwrap();
}
