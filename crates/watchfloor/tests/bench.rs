//! `bench` says what the stages and the protocols cost, and leaves nothing behind.

mod program;

use program::{in_repository, json, run};

#[test]
fn stages_and_protocols() {
    let scratch = tempfile::tempdir().unwrap();
    let place = scratch.path().to_str().unwrap();
    let capture = in_repository("demo/waterworks.pcapng.gz");
    let told = json(&["bench", "--json", "--scratch", place, capture.to_str().unwrap()]);
    let names: Vec<&str> = told["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["read", "sense", "journal", "store"]);
    let protocols = told["protocols"].as_array().unwrap();
    let sum = |field: &str| protocols.iter().map(|row| row[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("packets"), sum("messages")), (told["packets"].as_u64().unwrap(), told["messages"].as_u64().unwrap()));
    assert!(protocols.iter().any(|row| row["protocol"] == "modbus" && row["messages"].as_u64().unwrap() > 100));
    assert_eq!(std::fs::read_dir(place).unwrap().count(), 0);
    let refused = run(&["bench", "--scratch", "/no/such/folder", capture.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--scratch"));
    assert_eq!(run(&["bench", "/no/such.pcap"]).status.code(), Some(66));
}
