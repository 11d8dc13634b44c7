use super::hello::{Hello, Numbers};
use super::{INFO, fingerprint};
use crate::testing::{Feeder, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::Probe;
use wf_wire::{Direction, Step, Verdict};

const CERTIFICATE: &[u8] = include_bytes!("testdata/certificate.der");

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 3, 3];
    out.extend_from_slice(&(body.len() as u16).to_be_bytes());
    out.extend_from_slice(body);
    out
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = (u32::from(kind) << 24 | body.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(body);
    out
}

fn client_hello() -> Vec<u8> {
    let extensions = hex("0000 000c 000a 00 0007 706c632e6c616e
        000a 0006 0004 0a0a 001d 000b 0002 0100 000d 0006 0004 0403 0804
        0010 0005 0003 02 6832 002b 0005 04 0304 0303");
    let mut body = hex("0303");
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&hex("00 0006 0a0a 1301 c02f 0100"));
    body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    body.extend_from_slice(&extensions);
    handshake(1, &body)
}

fn server_hello(extensions: &str) -> Vec<u8> {
    let extensions = hex(extensions);
    let mut body = hex("0303");
    body.extend_from_slice(&[9; 32]);
    body.extend_from_slice(&hex("00 c02f 00"));
    body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    body.extend_from_slice(&extensions);
    handshake(2, &body)
}

fn certificate() -> Vec<u8> {
    let mut entry = (CERTIFICATE.len() as u32).to_be_bytes()[1..].to_vec();
    entry.extend_from_slice(CERTIFICATE);
    let mut list = (entry.len() as u32).to_be_bytes()[1..].to_vec();
    list.extend_from_slice(&entry);
    handshake(11, &list)
}

fn names(feeder: &mut Feeder) -> Vec<String> {
    feeder.said.parsed().iter().map(|m| m["protocol"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn client_hello_in_pieces() {
    let hello = client_hello();
    for cut in 1..hello.len() {
        // Cut into two records, and each record byte by byte into segments.
        let mut feeder = Feeder::new(&INFO);
        let (first, second) = hello.split_at(cut);
        for byte in [record(22, first), record(22, second)].concat() {
            feeder.segment(Direction::ToServer, &[byte]);
        }
        let messages = feeder.said.parsed();
        assert_eq!(messages.len(), 1, "cut at {cut}: {:?}", feeder.said.anomalies);
        let message = &messages[0];
        assert_eq!((&message["server_name"], &message["version"]), (&"plc.lan".into(), &"TLS 1.3".into()));
        assert_eq!(message["ja4"].as_str().and_then(|j| j.get(..10)), Some("t13d0206h2"));
        // MD5 of 771,4865-49199,0-10-11-13-16-43,29,0.
        assert_eq!(message["ja3"], "e857756ff458633748388d5dc1486381");
        assert_eq!(feeder.said.evidence, ["Receiver name=plc.lan (30)"]);
    }
}

#[test]
fn version_12_shows_its_certificate() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, &record(22, &client_hello()));
    let flight = [server_hello(""), certificate(), handshake(14, &[])].concat();
    feeder.segment(Direction::ToClient, &record(22, &flight));
    feeder.segment(Direction::ToServer, &record(20, &[1]));
    assert_eq!(feeder.over, None);
    feeder.segment(Direction::ToClient, &record(20, &[1]));
    assert_eq!(feeder.over, Some(Step::Done));
    assert_eq!(names(&mut feeder), ["tls_client_hello", "tls_server_hello", "tls_certificate"]);
    let certificate = &feeder.said.parsed()[2];
    assert_eq!(certificate["subject"], "CN=plc-1.plant.example, O=Example Works, C=DE");
    assert_eq!(certificate["names"], serde_json::json!(["plc-1", "10.0.0.2"]));
    assert_eq!(certificate["self_issued"], true);
    assert!(feeder.said.evidence.contains(&"Sender name=plc-1.plant.example (40)".to_owned()));
    assert!(feeder.said.anomalies.is_empty());
}

#[test]
fn version_13_is_done_after_the_hellos() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, &record(22, &client_hello()));
    feeder.segment(Direction::ToClient, &record(22, &server_hello("002b 0002 0304")));
    assert_eq!(feeder.over, Some(Step::Done));
    assert_eq!(names(&mut feeder), ["tls_client_hello", "tls_server_hello"]);
}

#[test]
fn a_retry_brings_a_second_client_hello() {
    let mut retry = server_hello("002b 0002 0304");
    let random = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    retry[6..38].copy_from_slice(&random);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, &record(22, &client_hello()));
    feeder.segment(Direction::ToClient, &[record(22, &retry), record(20, &[1])].concat());
    feeder.segment(Direction::ToServer, &[record(20, &[1]), record(22, &client_hello())].concat());
    feeder.segment(Direction::ToClient, &record(22, &server_hello("002b 0002 0304")));
    assert_eq!(names(&mut feeder), ["tls_client_hello", "tls_server_hello", "tls_client_hello", "tls_server_hello"]);
    assert_eq!(feeder.over, Some(Step::Done));
}

#[test]
fn ja4_of_the_published_example() {
    let numbers = |text: &str| -> Numbers { text.split(',').filter_map(|n| u16::from_str_radix(n, 16).ok()).collect() };
    let hello = Hello {
        version: 0x0303,
        ciphers: numbers("2a2a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
        extensions: numbers("001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015"),
        signatures: numbers("0403,0804,0401,0503,0805,0501,0806,0601"),
        versions: numbers("0a0a,0304,0303"),
        alpn: [&b"h2"[..], b"http/1.1"].into_iter().collect(),
        ..Hello::default()
    };
    assert_eq!(fingerprint::ja4(&hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

#[test]
fn says_what_is_damaged() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, &record(22, &handshake(1, &[3, 3, 0])));
    feeder.segment(Direction::ToServer, &[0; 8]);
    assert_eq!(
        feeder.said.anomalies,
        ["tls_bad_handshake: type 1: 32 bytes needed, 1 left", "tls_bad_record: [00, 00, 00, 00, 00]"]
    );
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToClient, &record(22, &handshake(11, &hex("000006 000003 300100"))));
    assert_eq!(feeder.said.anomalies, ["tls_bad_certificate: 1 bytes needed, 0 left"]);
}

#[test]
fn probes() {
    let verdict = |bytes: &[u8]| {
        let probe = Probe { bytes, src_port: 40_000, dst_port: 443, transport: Transport::Tcp, from_start: true };
        (INFO.probe)(&probe)
    };
    for (bytes, expected) in [
        (record(22, &client_hello()), Verdict::SureClient),
        (record(22, &server_hello("")), Verdict::SureServer),
        (vec![22, 3], Verdict::More),
        (vec![22, 3, 1, 0, 9], Verdict::More),
        (record(23, &[0; 40]), Verdict::Likely),
        ([record(23, &[0; 40]), record(23, &[0; 9])].concat(), Verdict::Sure),
        (b"GET / HTTP/1.1\r\n".to_vec(), Verdict::No),
        (hex("802e 01 0301 0015 0000 0010"), Verdict::SureClient),
    ] {
        assert_eq!(verdict(&bytes), expected, "{bytes:02x?}");
    }
}

/// RFC 5246, E.2: version, lengths of ciphers, session and challenge.
#[test]
fn a_hello_in_the_form_of_ssl_2() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, &hex("801c 01 0301 0003 0000 0010 00002f 00000000000000000000000000000000"));
    assert_eq!(feeder.said.parsed().len(), 1);
    assert!(feeder.said.messages.join("").starts_with(r#"{"protocol":"tls_client_hello","version":"TLS 1.0""#));
    assert_eq!(feeder.said.anomalies, ["tls_sslv2_hello: 28 bytes"]);
}

#[test]
fn a_hello_of_which_the_capture_holds_the_beginning() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToServer, record(22, &client_hello()).get(..20).unwrap_or_default());
    feeder.cut(Direction::ToServer, 100);
    assert_eq!(names(&mut feeder), ["tls_client_hello"]);
    assert!(!feeder.said.messages.join("").contains("ja3"), "a fingerprint needs all of it");
}

proptest! {
    #[test]
    fn any_bytes(parts in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..300)), 1..6)) {
        let mut feeder = Feeder::new(&INFO);
        for (client, part) in parts {
            let direction = if client { Direction::ToServer } else { Direction::ToClient };
            feeder.segment(direction, &record(22, &part));
            feeder.segment(direction, &part);
        }
        feeder.said.parsed();
    }

    #[test]
    fn mutated(at in any::<prop::sample::Index>(), byte in any::<u8>(), client in any::<bool>()) {
        let mut flight = if client { client_hello() } else { [server_hello(""), certificate()].concat() };
        let place = at.index(flight.len());
        flight[place] = byte;
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(if client { Direction::ToServer } else { Direction::ToClient }, &record(22, &flight));
        prop_assert!(feeder.said.parsed().len() <= 4);
    }
}
