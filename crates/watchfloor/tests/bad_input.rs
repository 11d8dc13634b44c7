//! Bad input gets one clear sentence on stderr and its documented exit code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use program::{in_repository, json, program, run};
use std::path::Path;

fn check(arguments: &[&str], code: i32, says: &[&str]) {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    for word in says {
        assert!(errors.contains(word), "{arguments:?} does not say '{word}': {errors}");
    }
    assert!(!errors.contains("panicked"), "{errors}");
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn captures() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    check(&["decode", "--json", "/no/such.pcap"], 66, &["/no/such.pcap"]);
    check(&["decode", "--json", &write(place, "empty.pcap", b"")], 65, &["empty.pcap", "empty"]);
    check(
        &["decode", "--json", &write(place, "text.pcap", b"this is not a capture at all, only text")],
        65,
        &["text.pcap", "pcap"],
    );
    check(&["replay", place.join("nothing").to_str().unwrap(), "--data", "x"], 66, &["nothing"]);
    let header = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0";
    check(&["decode", "--json", &write(place, "header.pcap", header)], 0, &["no packet"]);
    let mut torn = header.to_vec();
    torn.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, 1, 2, 3]);
    check(&["decode", "--json", &write(place, "torn.pcap", &torn)], 0, &["torn.pcap", "byte"]);
    let mut unknown = header.to_vec();
    unknown[20] = 0x93;
    unknown.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 2]);
    check(&["decode", "--json", &write(place, "unknown-link.pcap", &unknown)], 0, &["link type 147"]);
}

#[test]
fn configuration_and_plant_model() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let broken = write(
        place,
        "plant.toml",
        b"schema = 1\n[site]\nid = \"s\"\nname = \"S\"\n[[zone]]\nid = \"a\"\nname = \"A\"\npurdue_level = 9\n",
    );
    check(&["config", "check", "--plant", &broken], 78, &["plant.toml", "purdue_level"]);
    let typo = write(place, "typo.toml", b"schema = 1\n[site]\nid = \"s\"\nname = \"S\"\ncurency = \"EUR\"\n");
    check(&["config", "check", "--plant", &typo], 78, &["typo.toml", "5", "curency"]);
    check(&["config", "check", "--config", &write(place, "c.toml", b"lissten = 1\n")], 78, &["c.toml", "lissten"]);
    let output = program().args(["config", "check"]).env("WATCHFLOOR_LISTEN", "here").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    check(&["asset", "list", "--data", place.to_str().unwrap()], 66, &["not a Watchfloor data directory", "--data"]);
    check(&["asset", "lst"], 64, &["lst"]);
    check(&["run", "--interface", "no-such-if0", "--data", place.join("d").to_str().unwrap()], 66, &["no-such-if0"]);
    check(&["run", "--insecure-http", "--listen", "0.0.0.0:0", "--data", place.join("d").to_str().unwrap()], 64, &["loopback"]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    check(&["run", "--listen", &address, "--data", folder.path().to_str().unwrap()], 69, &[&address, "--listen"]);
}

#[test]
fn a_damaged_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    json(&["replay", fixture.to_str().unwrap(), "--data", data.to_str().unwrap(), "--json"]);
    std::fs::write(data.join("state.db"), b"this was a database once, long ago, and is none any more").unwrap();
    let _ = std::fs::remove_file(data.join("state.db-wal"));
    let _ = std::fs::remove_file(data.join("state.db-shm"));
    check(&["asset", "list", "--data", data.to_str().unwrap()], 65, &["state.db"]);
}

#[test]
fn queries_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    json(&["replay", fixture.to_str().unwrap(), "--data", data, "--json"]);
    let counted = json(&["query", "SELECT count(*) AS n FROM operation WHERE protocol = 'modbus'", "--data", data, "--json"]);
    assert!(counted["rows"][0][0].as_u64().unwrap() > 0, "{counted}");
    check(&["query", "DROP TABLE operation", "--data", data], 1, &["read"]);
    check(&["query", "SELECT nothing FROM nowhere", "--data", data], 1, &["nowhere"]);
}

#[test]
fn a_data_directory_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new").join("data");
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    let done = run(&["replay", fixture.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}
