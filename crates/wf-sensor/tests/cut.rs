//! A capture that holds only the beginning of each packet (a snap length) still shows each message that begins there.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

/// The same capture with at most `most` bytes of each packet; pcap in the writer's byte order, as the fixtures are.
fn snapped(capture: &[u8], most: usize) -> Vec<u8> {
    let (head, mut rest) = capture.split_at(24);
    let mut out = head.to_vec();
    while let Some((record, behind)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(record[8..12].try_into().unwrap()) as usize;
        let kept = length.min(most);
        out.extend(&record[..8]);
        out.extend((kept as u32).to_le_bytes());
        out.extend(&record[12..]);
        out.extend(&behind[..kept]);
        rest = &behind[length..];
    }
    out
}

fn decoded(bytes: &[u8]) -> Vec<serde_json::Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.pcap");
    std::fs::write(&path, bytes).unwrap();
    let mut out = Vec::new();
    wf_sensor::replay::print(&path, &mut out, true).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many of a protocol's messages a capture shows, and how often it is told of a breach.
fn count(said: &[serde_json::Value], protocol: &str) -> (usize, usize) {
    let messages = said.iter().filter(|line| line["protocol"] == protocol && line.get("record").is_none());
    let anomalies = said.iter().filter(|line| line["record"] == "anomaly" && line["of"] == protocol);
    (messages.count(), anomalies.count())
}

#[test]
fn each_message_shows_its_beginning() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wf-protocols/src");
    // What of a hundred messages is seen at least: where several lie in one packet, those behind the cut are not.
    let fixtures = [
        ("modbus", "modbus", 100),
        ("enip", "enip", 100),
        ("s7comm", "s7comm", 100),
        ("iec104", "iec104", 100),
        ("synchrophasor", "synchrophasor", 100),
        ("dnp3", "dnp3", 80),
        ("opcua", "opcua", 90),
        ("hart_ip", "hart_ip", 90),
        ("omron_fins", "omron_fins", 90),
        ("mqtt", "mqtt", 90),
        ("smb", "smb2", 80),
        ("ldap", "ldap", 90),
        ("rdp", "rdp", 80),
        ("http", "http", 80),
        ("tls", "tls_client_hello", 100),
        ("goose", "goose", 0),
        ("lldp", "lldp", 0),
        ("ethercat", "ethercat", 0),
        ("profinet_dcp", "profinet_dcp", 0),
    ];
    for (folder, protocol, least) in fixtures {
        let whole = std::fs::read(source.join(folder).join(format!("testdata/{folder}.pcap"))).unwrap();
        let (all, usual) = count(&decoded(&whole), protocol);
        let (seen, breaches) = count(&decoded(&snapped(&whole, 110)), protocol);
        assert!(seen * 100 >= all * least && seen <= all, "{protocol}: {seen} of {all} messages");
        assert!(breaches <= usual, "{protocol}: {breaches} breaches instead of {usual}");
    }
}

/// RFC 9293, 3.4: data may come with the SYN, as of TCP Fast Open (RFC 7413).
#[test]
fn data_behind_a_syn_are_read() {
    let request = b"POST /a HTTP/1.1\r\nHost: plc-7\r\nContent-Length: 2\r\n\r\nok";
    let mut packet = vec![0x45, 0, 0, 40 + request.len() as u8, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0]);
    packet.extend(request);
    let length = (packet.len() as u32).to_le_bytes();
    let head = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0];
    let capture = [&head[..], &[0; 8], &length, &length, &packet].concat();
    assert_eq!(count(&decoded(&capture), "http"), (1, 0));
}
