use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// An element around others.
fn tlv(id: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![id];
    match body.len() {
        short @ 0..=127 => out.push(u8::try_from(short).unwrap()),
        long => out.extend([&[0x82][..], &u16::try_from(long).unwrap().to_be_bytes()].concat()),
    }
    out.extend(body);
    out
}

/// A variable: octets of its name and its value, as hexadecimal text.
fn variable(name: &str, value: &str) -> Vec<u8> {
    tlv(0x30, &[&tlv(6, &[&hex(name)]), &hex(value)])
}

fn carried(kind: u8, request: u8, [status, index]: [u8; 2], variables: &[Vec<u8>]) -> Vec<u8> {
    let list = tlv(0x30, &[&variables.concat()]);
    tlv(0xa0 | kind, &[&[2, 1, request], &[2, 1, status], &[2, 1, index], &list])
}

fn message(version: u8, community: &[u8], carried: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, version], &tlv(4, &[community]), carried])
}

fn udp(direction: Direction) -> Context<'static> {
    context(direction, Transport::Udp, 161)
}

fn flow(datagrams: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut decoder = Snmp::default();
    let mut said = Recorder::default();
    for (direction, bytes) in datagrams {
        assert!(decoder.datagram(&udp(*direction), bytes, &mut said));
    }
    decoder.finish(&udp(ASK), &mut said);
    said
}

/// A request of version 2c and its answer, which brings these variables.
fn exchange(kind: u8, asked: &[(&str, &str)], status: [u8; 2], answered: &[(&str, &str)]) -> Recorder {
    let list = |all: &[(&str, &str)]| all.iter().map(|(name, value)| variable(name, value)).collect::<Vec<_>>();
    flow(&[
        (ASK, message(1, b"public", &carried(kind, 7, [0, 0], &list(asked)))),
        (ANSWER, message(1, b"public", &carried(pdu::RESPONSE, 7, status, &list(answered)))),
    ])
}

/// RFC 3411, clause 5, `SnmpEngineID`: formats 1 and 2 hold an address, 3 that of an interface.
#[test]
fn engines_say_addresses() {
    let check = |engine: &str, want: &[&str]| {
        let scoped = tlv(0x30, &[&tlv(4, &[&hex(engine)]), &[4, 0], &carried(pdu::RESPONSE, 1, [0, 0], &[])]);
        assert_eq!(flow(&[(ANSWER, secure(1, 0, engine, b"", &scoped))]).evidence, want, "{engine}");
    };
    check("80 00 00 f8 01 c0a80a01", &["Sender vendor=Hirschmann (60)", "Sender ip_address=192.168.10.1 (40)"]);
    check(
        "80 00 00 f8 02 fe80000000000000 0000000000000001",
        &["Sender vendor=Hirschmann (60)", "Sender ip_address=fe80::1 (40)"],
    );
    check("80 00 00 f8 01 7f000001", &["Sender vendor=Hirschmann (60)"]);
    check("80 00 00 f8 01 c0a80a0101", &["Sender vendor=Hirschmann (60)"]);
}

const SYS_NAME: &str = "2b 06 01 02 01 01 05 00";
const IF_STATUS: &str = "2b 06 01 02 01 02 02 01 08 03";

#[test]
fn requests_are_joined_with_their_answers() {
    for (kind, status, expected) in [
        (pdu::GET, [0, 0], "get_request [read] sysName.0 and 1 more: ok"),
        (pdu::GET_NEXT, [0, 0], "get_next_request [read] sysName.0 and 1 more: ok"),
        (pdu::GET_BULK, [0, 0], "get_bulk_request [read] sysName.0 and 1 more: ok"),
        (pdu::GET, [2, 1], "get_request [read] sysName.0 and 1 more: error: no_such_name"),
        (pdu::GET, [99, 0], "get_request [read] sysName.0 and 1 more: error: unknown_status"),
    ] {
        let said = exchange(
            kind,
            &[(SYS_NAME, "05 00"), (IF_STATUS, "05 00")],
            status,
            &[(SYS_NAME, "04 02 4142"), (IF_STATUS, "02 01 02")],
        );
        assert_eq!(said.operations, [expected]);
        assert_eq!((said.anomalies.len(), said.credentials.len()), (0, 1));
        if status == [0, 0] {
            assert_eq!(said.measurements, ["ifOperStatus.3 = 2 (good)"]);
            assert_eq!(said.evidence, ["Sender name=AB (85)"]);
        }
    }
}

#[test]
fn writes_are_acts() {
    let asked = [(SYS_NAME, "04 03 736831"), ("2b 06 01 02 01 02 02 01 07 03", "02 01 02")];
    let said = exchange(pdu::SET, &asked, [17, 1], &asked);
    let expected = [
        "set_request [configuration] sysName.0 = sh1: error: not_writable",
        "set_request [configuration] ifAdminStatus.3 = 2: error: not_writable",
    ];
    assert_eq!(said.operations, expected);
    let alone = flow(&[(ASK, message(0, b"w", &carried(pdu::SET, 1, [0, 0], &[variable(SYS_NAME, "04 01 41")])))]);
    assert_eq!(alone.operations, ["set_request [configuration] sysName.0 = A: unanswered"]);
}

#[test]
fn communities_are_told_once_and_not_kept() {
    let get = |community: &[u8], request| {
        (ASK, message(1, community, &carried(pdu::GET, request, [0, 0], &[variable(SYS_NAME, "05 00")])))
    };
    let said = flow(&[get(b"secret-1", 1), get(b"secret-1", 2), get(b"secret-2", 3), get(b"", 4)]);
    assert_eq!(said.credentials, ["community ", "community "]);
    assert_eq!(said.secrets, [8, 8]);
    let answer = message(1, b"secret-1", &carried(pdu::RESPONSE, 1, [0, 0], &[]));
    assert_eq!(community(&answer), Some(&b"secret-1"[..]));
    assert!(!format!("{:?}{:?}{:?}", said.operations, said.evidence, said.anomalies).contains("secret"));
}

#[test]
fn devices_say_who_they_are() {
    let physical = |column: &str, index: &str| format!("2b 06 01 02 01 2f 01 01 01 01 {column} {index}");
    let chassis = [
        (physical("05", "87 69"), "02 01 03"),
        (physical("0d", "87 69"), "04 04 4d533230"),
        (physical("0d", "87 6a"), "04 02 5858"),
        (physical("0b", "87 69"), "04 03 534e31"),
        (physical("0c", "87 69"), "04 03 4d6f78"),
        (physical("09", "87 69"), "04 03 312e32"),
    ];
    let answered: Vec<(&str, &str)> = chassis.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let said = exchange(pdu::GET_BULK, &[], [0, 0], &answered);
    let expected = ["Sender model=MS20 (85)", "Sender serial=SN1 (85)", "Sender vendor=Mox (85)", "Sender firmware=1.2 (80)"];
    assert_eq!(said.evidence, expected);
    for (name, value, expected) in [
        ("2b 06 01 02 01 01 02 00", "06 09 2b 06 01 04 01 81 78 0e 0a", "vendor=Hirschmann (75)"),
        ("2b 06 01 02 01 01 06 00", "04 04 48616c6c", "description=Hall (50)"),
        ("2b 06 01 02 01 02 02 01 06 01", "04 06 008063010203", "mac_address=00:80:63:01:02:03 (60)"),
        ("2b 06 01 02 01 04 14 01 01 0a 00 00 09", "40 04 0a000009", "ip_address=10.0.0.9 (70)"),
        ("2b 06 01 02 01 21 01 01 02 00", "04 03 555053", "model=UPS (85)"),
        ("2b 06 01 02 01 2b 05 01 01 11 01", "04 02 5331", "serial=S1 (85)"),
    ] {
        let said = exchange(pdu::GET, &[(name, "05 00")], [0, 0], &[(name, value)]);
        assert_eq!(said.evidence, [format!("Sender {expected}")], "{name}");
    }
    let description = format!("04 05 {}", "4c696e7578");
    let said = exchange(pdu::GET, &[], [0, 0], &[("2b 06 01 02 01 01 01 00", &description)]);
    assert_eq!(said.evidence, ["Sender description=Linux (60)", "Sender os=Linux (60)"]);
}

#[test]
fn values_have_their_types() {
    for (value, expected) in [
        ("02 01 ff", "-1"),
        ("42 02 ffff", "65535"),
        ("44 07 9f 78 04 41480000", "12.5"),
        ("44 0b 9f 79 08 4029000000000000", "12.5"),
        ("41 01 05", ""),
        ("43 01 05", ""),
        ("46 01 05", ""),
        ("80 00", ""),
        ("04 01 41", ""),
    ] {
        let said = exchange(pdu::GET, &[(IF_STATUS, "05 00")], [0, 0], &[(IF_STATUS, value)]);
        let wanted: Vec<String> =
            (!expected.is_empty()).then(|| format!("ifOperStatus.3 = {expected} (good)")).into_iter().collect();
        assert_eq!((said.measurements, said.anomalies.len()), (wanted, 0), "{value}");
    }
}

#[test]
fn events_are_told() {
    let first = tlv(
        0xa4,
        &[
            &tlv(6, &[&hex("2b 06 01 04 01 81 78")]),
            &hex("40 04 0a000002 02 01 06 02 01 07 43 01 09"),
            &tlv(0x30, &[&variable(IF_STATUS, "02 01 02")]),
        ],
    );
    let said = flow(&[(ASK, message(0, b"public", &first))]);
    assert_eq!(said.operations, ["trap [diagnostic] 1.3.6.1.4.1.248.0.7 = ifOperStatus.3 2: unconfirmed"]);
    let list = [
        variable("2b 06 01 02 01 01 03 00", "43 01 05"),
        variable("2b 06 01 06 03 01 01 04 01 00", "06 09 2b 06 01 06 03 01 01 05 03"),
    ];
    let said = flow(&[
        (ASK, message(1, b"public", &carried(pdu::INFORM, 3, [0, 0], &list))),
        (ANSWER, message(1, b"public", &carried(pdu::RESPONSE, 3, [0, 0], &list))),
    ]);
    assert_eq!(said.operations, ["inform_request [diagnostic] linkDown: unconfirmed"]);
}

/// A message of version 3 around a scoped PDU, or encrypted.
fn secure(id: u8, flags: u8, engine: &str, user: &[u8], data: &[u8]) -> Vec<u8> {
    let global = tlv(0x30, &[&[2, 1, id], &hex("02 03 00ffe3"), &[4, 1, flags], &[2, 1, 3]]);
    let parameters = tlv(0x30, &[&tlv(4, &[&hex(engine)]), &hex("02 01 02 02 01 04"), &tlv(4, &[user]), &hex("04 00 04 00")]);
    tlv(0x30, &[&[2, 1, 3], &global, &tlv(4, &[&parameters]), data])
}

#[test]
fn version_3_shows_what_is_open() {
    let engine = "80 00 00 f8 03 008063010203";
    let scoped = |carried: &[u8]| tlv(0x30, &[&tlv(4, &[&hex(engine)]), &[4, 0], carried]);
    let unknown = variable("2b 06 01 06 03 0f 01 01 04 00", "41 01 01");
    let wrong = variable("2b 06 01 06 03 0f 01 01 05 00", "41 01 01");
    let get = carried(pdu::GET, 9, [0, 0], &[variable(SYS_NAME, "05 00")]);
    let mut said = flow(&[
        (ASK, secure(1, 4, "", b"", &scoped(&carried(pdu::GET, 1, [0, 0], &[])))),
        (ANSWER, secure(1, 0, engine, b"", &scoped(&carried(pdu::REPORT, 0, [0, 0], &[unknown])))),
        (ASK, secure(2, 5, engine, b"operator", &scoped(&get))),
        (ANSWER, secure(2, 1, engine, b"operator", &scoped(&carried(pdu::REPORT, 9, [0, 0], &[wrong])))),
        (ASK, secure(3, 7, engine, b"admin", &tlv(4, &[&[0x55; 40]]))),
    ]);
    assert_eq!(said.operations, ["get_request [diagnostic] : ok", "get_request [read] sysName.0: error: wrong_digests"]);
    assert_eq!((said.anomalies.len(), said.credentials.len()), (0, 0));
    assert!(said.evidence.contains(&"Sender vendor=Hirschmann (60)".to_owned()));
    assert!(said.evidence.contains(&"Sender mac_address=00:80:63:01:02:03 (60)".to_owned()));
    let last = said.parsed().pop().unwrap();
    assert_eq!(
        (last["protocol"].as_str(), last["encrypted"].as_bool(), last["user"].as_str()),
        (Some("snmpv3"), Some(true), Some("admin"))
    );
}

#[test]
fn messages_carry_the_keys() {
    let said = &mut exchange(pdu::GET, &[(SYS_NAME, "05 00")], [0, 0], &[(SYS_NAME, "04 01 41")]);
    let expected = r#"{"protocol":"snmp","version":1,"community":"public","pdu_type":0,"request_id":7,"name":"get_request","error_status":0,"variables":[{"oid":"1.3.6.1.2.1.1.5.0","name":"sysName.0"}]}"#;
    said.parsed();
    assert_eq!(said.messages[0], expected);
}

fn complaint(bytes: &[u8], kind: &str) {
    let (_, said) = datagram(&INFO, &udp(ASK), bytes);
    assert_eq!(said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(), [kind], "{bytes:02x?}");
    assert!(INFO.anomalies.iter().any(|a| a.name == kind));
}

#[test]
fn breaches_have_names() {
    let get = message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[variable(SYS_NAME, "05 00")]));
    complaint(&get[..get.len() - 4], "truncated_message");
    complaint(&[&get[..], b"x"].concat(), "trailing_bytes");
    complaint(&message(1, b"public", &[4, 0]), "bad_encoding");
    complaint(&message(1, b"public", &carried(12, 7, [0, 0], &[])), "unknown_pdu");
    complaint(&message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[variable(SYS_NAME, "49 00")])), "unknown_value_type");
    complaint(&message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[vec![0x31, 0]])), "bad_encoding");
    let answer = |request| (ANSWER, message(1, b"p", &carried(pdu::RESPONSE, request, [0, 0], &[])));
    let ask = (ASK, message(1, b"p", &carried(pdu::GET, 7, [0, 0], &[])));
    assert_eq!(flow(&[ask, answer(7), answer(7), answer(8)]).anomalies, ["response_without_request: request 8"]);
}

#[test]
fn streams_are_followed() {
    let get = message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[variable(SYS_NAME, "05 00")]));
    let answer = message(1, b"public", &carried(pdu::RESPONSE, 7, [0, 0], &[variable(SYS_NAME, "04 01 41")]));
    for size in [1, 7, 100] {
        let mut feeder = Feeder::new(&INFO);
        get.chunks(size).for_each(|part| feeder.segment(ASK, part));
        answer.chunks(size).for_each(|part| feeder.segment(ANSWER, part));
        assert_eq!(feeder.said.operations, ["get_request [read] sysName.0: ok"]);
        feeder.segment(ASK, b"noise");
        feeder.segment(ASK, &get);
        feeder.finish();
        assert_eq!(feeder.said.operations.len(), 2);
    }
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn long_identifiers_are_points_of_their_own() {
    let long = |last: &str| "2b 06 01 04 01 ".to_owned() + &"81 01 ".repeat(15) + last;
    let names = [long("07"), long("08")];
    let said = exchange(pdu::GET, &[(&names[0], "05 00")], [0, 0], &[(&names[0], "02 01 01"), (&names[1], "02 01 02")]);
    let dotted = "1.3.6.1.4.1".to_owned() + &".129".repeat(15);
    assert_eq!(said.measurements, [format!("{dotted}.7 = 1 (good)"), format!("{dotted}.8 = 2 (good)")]);
    assert_ne!(mib::block(&hex(&names[0])).numbers, mib::block(&hex(&names[1])).numbers);
}

#[test]
fn what_was_told_is_not_read_again() {
    let get = message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[variable(SYS_NAME, "05 00")]));
    let answer = message(1, b"public", &carried(pdu::RESPONSE, 7, [0, 0], &[variable(SYS_NAME, "04 01 41")]));
    for (unchanged, count) in [(false, 1), (true, 0)] {
        let (mut decoder, mut said) = (Snmp::default(), Recorder::default());
        said.unchanged = unchanged;
        decoder.datagram(&udp(ASK), &get, &mut said);
        decoder.datagram(&udp(ANSWER), &answer, &mut said);
        assert_eq!(said.evidence.len(), count);
    }
}

#[test]
fn long_identifiers_and_many_requests_are_bounded() {
    let long = "2b 06 01 04 01 ".to_owned() + &"81 01 ".repeat(40);
    let said = exchange(pdu::GET, &[(&long, "05 00")], [0, 0], &[]);
    assert_eq!(said.operations, [format!("get_request [read] 1.3.6.1.4.1{}: ok", ".129".repeat(40))]);
    let get = |n: u8| (ASK, message(1, b"p", &carried(pdu::GET, n, [0, 0], &[variable(SYS_NAME, "05 00")])));
    let said = flow(&(0..70).map(get).collect::<Vec<_>>());
    assert_eq!((said.evicted, said.operations.len()), (6, 70));
}

fn probed(bytes: &[u8], src_port: u16, dst_port: u16) -> Verdict {
    probe(&Probe { bytes, src_port, dst_port, transport: Transport::Udp, from_start: true })
}

#[test]
fn probes() {
    let get = message(1, b"public", &carried(pdu::GET, 7, [0, 0], &[variable(SYS_NAME, "05 00")]));
    for (bytes, port, verdict) in [
        (get.clone(), 161, Verdict::SureClient),
        (get.clone(), 1161, Verdict::SureClient),
        (message(0, b"public", &carried(pdu::RESPONSE, 7, [0, 0], &[])), 1161, Verdict::SureServer),
        (get[..20].to_vec(), 161, Verdict::Likely),
        // LDAP: a bind request.
        (hex("30 0c 02 01 01 60 07 02 01 03 04 00 80 00"), 389, Verdict::Likely),
        (message(7, b"public", &[]), 161, Verdict::No),
        (b"GET /".to_vec(), 161, Verdict::No),
    ] {
        assert_eq!(probed(&bytes, 40_000, port), verdict, "{bytes:02x?} {port}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), server in any::<bool>()) {
        let mut decoder = Snmp::default();
        let mut said = Recorder::default();
        let way = if server { ANSWER } else { ASK };
        decoder.datagram(&udp(way), &bytes, &mut said);
        decoder.datagram(&udp(way), &message(1, b"p", &bytes), &mut said);
        decoder.datagram(&udp(way), &message(1, b"p", &tlv(0xa2, &[&bytes])), &mut said);
        decoder.datagram(&udp(way), &message(0, b"p", &carried(pdu::RESPONSE, 1, [0, 0], &[tlv(0x30, &[&bytes])])), &mut said);
        decoder.datagram(&udp(way), &tlv(0x30, &[&[2, 1, 3], &bytes]), &mut said);
        decoder.finish(&udp(ASK), &mut said);
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(way, &bytes);
        feeder.finish();
        let _ = probed(&bytes, 1, 2);
        said.parsed();
    }
}
