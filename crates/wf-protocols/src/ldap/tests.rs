use super::INFO;
use super::filter::Filter;
use super::secure::{self, Held};
use crate::testing::{Feeder, Recorder, context, datagram, hex, survives};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Verdict};

use Direction::{ToClient, ToServer};

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    [&[tag, contents.len() as u8], contents].concat()
}

fn message(id: u8, operation: u8, contents: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &[element(2, &[id]), element(operation, &contents.concat())].concat())
}

fn text(value: &str) -> Vec<u8> {
    element(4, value.as_bytes())
}

fn bind(id: u8, name: &str, password: &str) -> Vec<u8> {
    message(id, 0x60, &[element(2, &[3]), text(name), element(0x80, password.as_bytes())])
}

fn result(id: u8, operation: u8, code: u8) -> Vec<u8> {
    message(id, operation, &[element(10, &[code]), text(""), text("")])
}

fn search(id: u8, base: &str, filter: &[u8]) -> Vec<u8> {
    let limits = [element(10, &[2]), element(10, &[0]), element(2, &[0]), element(2, &[0]), element(1, &[0])].concat();
    message(id, 0x63, &[text(base), limits, filter.to_vec(), element(0x30, &text("cn"))])
}

fn equal(name: &str, value: &str) -> Vec<u8> {
    element(0xa3, &[text(name), text(value)].concat())
}

fn talk(steps: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in steps {
        let (a, b) = bytes.split_at(bytes.len() / 2);
        feeder.segment(*direction, a);
        feeder.segment(*direction, b);
    }
    feeder.finish();
    feeder.said.parsed();
    feeder.said
}

#[test]
fn logins_and_their_secrets() {
    let said = talk(&[
        (ToServer, bind(1, "cn=admin", "guessed")),
        (ToClient, result(1, 0x61, 49)),
        (ToServer, bind(2, "", "")),
        (ToClient, result(2, 0x61, 0)),
    ]);
    assert_eq!(
        said.operations,
        ["login [diagnostic] cn=admin = simple: error: 49 invalid_credentials", "login [diagnostic] anonymous = simple: ok"]
    );
    assert_eq!((said.credentials, said.secrets), (vec!["password cn=admin".to_owned()], vec![7]));
    assert_eq!(
        said.messages[0],
        r#"{"protocol":"ldap","message_id":1,"operation":0,"operation_name":"bind_request","version":3,"name":"cn=admin","authentication":0,"authentication_name":"simple","password":"(hidden)"}"#
    );
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
}

#[test]
fn a_plain_login_and_new_passwords_are_masked() {
    let plain = element(0xa3, &[text("PLAIN"), element(4, b"\0maint\0north-field")].concat());
    let change = element(0x30, &[element(0x80, b"cn=op"), element(0x81, b"old"), element(0x82, b"newer")].concat());
    let secret = element(0x30, &[text("userPassword"), element(0x31, &text("hush"))].concat());
    let said = talk(&[
        (ToServer, message(1, 0x60, &[element(2, &[3]), text(""), plain])),
        (ToClient, result(1, 0x61, 0)),
        (ToServer, message(2, 0x77, &[element(0x80, b"1.3.6.1.4.1.4203.1.11.1"), element(0x81, &change)])),
        (ToClient, result(2, 0x78, 0)),
        (ToServer, message(3, 0x66, &[text("cn=op"), element(0x30, &element(0x30, &[element(10, &[2]), secret].concat()))])),
        (ToClient, result(3, 0x67, 50)),
    ]);
    assert_eq!(said.secrets, [11, 3, 5, 4]);
    assert_eq!(
        said.operations,
        [
            "login [diagnostic] maint = PLAIN: ok",
            "change_password [write] cn=op: ok",
            "modify_entry [write] cn=op = replace userPassword=(hidden): error: 50 insufficient_access_rights",
        ]
    );
    let all = said.messages.join("\n");
    assert!(!["north-field", "newer", "hush"].iter().any(|secret| all.contains(secret)), "{all}");
}

/// Wherever a capture cuts a message: what there is of its secrets is masked, and shown nowhere.
#[test]
fn secrets_of_cut_messages_are_masked() {
    let change = element(0x30, &[element(0x80, b"cn=op"), element(0x82, b"NORTHFIELD")].concat());
    let values = |kind: u8| element(0x30, &[text("userPassword"), element(kind, &text("NORTHFIELD"))].concat());
    let modify = element(0x30, &element(0x30, &[element(10, &[2]), values(0x31)].concat()));
    let requests = [
        bind(1, "cn=admin", "NORTHFIELD"),
        message(
            1,
            0x60,
            &[element(2, &[3]), text(""), element(0xa3, &[text("PLAIN"), element(4, b"\0op\0NORTHFIELD")].concat())],
        ),
        message(2, 0x77, &[element(0x80, b"1.3.6.1.4.1.4203.1.11.1"), element(0x81, &change)]),
        message(3, 0x66, &[text("cn=op"), modify]),
        message(4, 0x68, &[text("cn=op"), element(0x30, &values(0x31))]),
        message(5, 0x6e, &[text("cn=op"), element(0x30, &[text("userPassword"), text("NORTHFIELD")].concat())]),
        search(6, "dc=plant", &element(0xa0, &equal("userPassword", "NORTHFIELD"))),
    ];
    let signed: Vec<_> = requests.iter().map(|request| wrapped(request)).collect();
    for request in requests.iter().chain(&signed) {
        let begin = request.windows(5).position(|window| window == b"NORTH").unwrap();
        for there in (1..=10).filter(|there| begin + there < request.len()) {
            let mut feeder = Feeder::new(&INFO);
            feeder.segment(ToServer, &request[..begin + there]);
            feeder.cut(ToServer, request.len() - begin - there);
            feeder.segment(ToClient, &result(1, 0x61, 0));
            feeder.finish();
            feeder.said.parsed();
            let said = feeder.said;
            assert_eq!((said.secrets.as_slice(), said.operations.len(), said.anomalies.len()), (&[there][..], 0, 0), "{said:?}");
            assert!(said.messages.len() == 2 && !said.messages[0].contains("\"N"), "{said:?}");
        }
    }
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToClient, &message(7, 0x64, &[text("cn=op"), element(0x30, &values(0x31))])[..40]);
    feeder.cut(ToClient, 9);
    assert_eq!(feeder.said.secrets.len(), 1, "{:?}", feeder.said);
}

/// A message that Kerberos signs: its checksum stands behind it (RFC 4121, 4.2.6.2).
fn wrapped(message: &[u8]) -> Vec<u8> {
    let token = [&[5, 4, 0, 0xff, 0, 12, 0, 0][..], &[0; 8], message, &[0xcc; 12]].concat();
    [&(token.len() as u32).to_be_bytes()[..], &token].concat()
}

#[test]
fn filters_as_text() {
    // RFC 4515, 4: examples.
    for (bytes, expected) in [
        (equal("cn", "Babs Jensen"), "(cn=Babs Jensen)"),
        (element(0xa2, &equal("cn", "Tim Howes")), "(!(cn=Tim Howes))"),
        (element(0x87, b"seeAlso"), "(seeAlso=*)"),
        (
            element(
                0xa4,
                &[text("o"), element(0x30, &[element(0x80, b"univ"), element(0x81, b"of"), element(0x81, b"mich")].concat())]
                    .concat(),
            ),
            "(o=univ*of*mich*)",
        ),
        (element(0xa4, &[text("cn"), element(0x30, &element(0x82, b"end"))].concat()), "(cn=*end)"),
        (equal("o", "Parens R Us (for all your parenthetical needs)"), r"(o=Parens R Us \28for all your parenthetical needs\29)"),
        (equal("filename", r"C:\MyFile"), r"(filename=C:\5cMyFile)"),
        (element(0xa3, &[text("bin"), element(4, &[0, 0, 0, 4])].concat()), r"(bin=\00\00\00\04)"),
        (
            element(
                0xa9,
                &[element(0x81, b"2.4.6.8.10"), element(0x82, b"o"), element(0x83, b"Ace"), element(0x84, &[0xff])].concat(),
            ),
            "(o:dn:2.4.6.8.10:=Ace)",
        ),
        (element(0xa0, &[equal("a", "1"), element(0xa1, &equal("b", "2"))].concat()), "(&(a=1)(|(b=2)))"),
    ] {
        assert_eq!(Filter(&bytes).to_string(), expected);
    }
    let deep = (0..20).fold(equal("a", "b"), |inner, _| element(0xa2, &inner));
    assert!(Filter(&deep).is_deep() && Filter(&deep).to_string().contains('…'));
    let said = talk(&[(ToServer, search(1, "", &deep))]);
    assert_eq!(said.anomalies, ["ldap_deep_filter: 48 bytes"]);
}

#[test]
fn searches_end_with_their_result() {
    let entry =
        message(7, 0x64, &[text("cn=op"), element(0x30, &element(0x30, &[text("cn"), element(0x31, &text("op"))].concat()))]);
    let said = talk(&[
        (ToServer, search(7, "dc=plant", &equal("objectClass", "person"))),
        (ToClient, entry),
        (ToClient, result(7, 0x65, 0)),
        (ToClient, result(9, 0x65, 0)),
        (ToServer, search(8, "dc=plant", &equal("cn", "x"))),
    ]);
    assert_eq!(
        said.operations,
        ["search [read] dc=plant = (objectClass=person): ok", "search [read] dc=plant = (cn=x): unanswered"]
    );
    assert_eq!(said.anomalies, ["ldap_unasked_reply: search_result_done 9"]);
}

#[test]
fn a_long_search_was_answered_and_an_abandoned_one_may_be() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, &search(1, "dc=plant", &equal("cn", "x")));
    feeder.segment(ToClient, &message(1, 0x64, &[text("cn=x"), element(0x30, &[])]));
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ToServer, &search(2, "dc=plant", &equal("cn", "y")));
    feeder.segment(ToServer, &message(3, 0x50, &[]).into_iter().collect::<Vec<_>>());
    feeder.finish();
    assert_eq!(feeder.said.operations[0], "search [read] dc=plant = (cn=x): unconfirmed");
    let abandon = [&[0x30, 6, 2, 1, 3, 0x50, 1, 2][..]].concat();
    let said = talk(&[(ToServer, search(2, "dc=plant", &equal("cn", "y"))), (ToServer, abandon), (ToClient, result(2, 0x65, 0))]);
    assert!(said.anomalies.is_empty() && said.operations.is_empty(), "{said:?}");
}

#[test]
fn over_udp_asked_twice_is_asked_once() {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    let ctx = |direction| context(direction, Transport::Udp, 389);
    for _ in 0..2 {
        assert!(decoder.datagram(&ctx(ToServer), &search(1, "", &equal("NtVer", "6")), &mut said));
    }
    assert!(decoder.datagram(&ctx(ToClient), &result(1, 0x65, 0), &mut said));
    decoder.finish(&ctx(ToServer), &mut said);
    assert_eq!(said.operations, ["search [read]  = (NtVer=6): ok"]);
}

#[test]
fn secrets_that_are_read_or_guessed_are_masked() {
    let values = element(0x30, &[text("ms-Mcs-AdmPwd"), element(0x31, &text("calm-river"))].concat());
    let parts = element(0x30, &element(0x80, b"cal"));
    let filter = [equal("userPassword", "hunted"), element(0xa4, &[text("2.5.4.35"), parts].concat())].concat();
    let said = talk(&[
        (ToServer, search(2, "dc=plant", &element(0xa1, &filter))),
        (ToClient, message(2, 0x64, &[text("cn=hmi"), element(0x30, &values)])),
        (ToClient, result(2, 0x65, 0)),
    ]);
    assert_eq!((said.secrets, said.credentials.last()), (vec![6, 3, 10], Some(&"password cn=hmi".to_owned())));
    assert_eq!(said.operations, ["search [read] dc=plant = (|(userPassword=(hidden))(2.5.4.35=(hidden))): ok"]);
    let all = said.messages.join("");
    assert!(!["hunted", "cal"].iter().any(|secret| all.contains(secret)), "{all}");
}

#[test]
fn an_entry_speaks_for_the_server_where_it_is_the_root() {
    let entry = |name: &str| {
        let value = |kind: &str, value: &str| element(0x30, &[text(kind), element(0x31, &text(value))].concat());
        let values = [value("namingContexts", "dc=plant"), value("dnsHostName", "dc-1.plant.example")].concat();
        talk(&[(ToClient, message(1, 0x64, &[text(name), element(0x30, &values)]))]).evidence
    };
    assert_eq!(entry(""), ["Sender name=dc-1.plant.example (80)"]);
    assert!(entry("cn=other").is_empty());
}

#[test]
fn code_to_be_loaded_is_told() {
    let values = element(0x30, &[text("javaCodeBase"), element(0x31, &text("http://192.0.2.66/"))].concat());
    let said = talk(&[
        (ToServer, search(2, "a", &element(0x87, b"objectClass"))),
        (ToClient, message(2, 0x64, &[text("a"), element(0x30, &values)])),
        (ToClient, result(2, 0x65, 0)),
    ]);
    assert_eq!(said.anomalies, ["ldap_code_reference: javaCodeBase=http://192.0.2.66/"]);
}

#[test]
fn tls_begins_where_it_is_granted() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, &message(1, 0x77, &[element(0x80, b"1.3.6.1.4.1.1466.20037")]));
    feeder.segment(ToClient, &result(1, 0x78, 0));
    // An alert: close_notify.
    feeder.segment(ToClient, &hex("15 0303 0002 01 00"));
    feeder.finish();
    assert!(feeder.said.operations.is_empty() && feeder.said.anomalies.is_empty(), "{:?}", feeder.said.anomalies);
    assert!(feeder.said.parsed().iter().any(|m| m["protocol"] == "tls_alert"));
}

#[test]
fn tls_begins_where_its_grant_was_not_seen() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, &message(1, 0x77, &[element(0x80, b"1.3.6.1.4.1.1466.20037")]));
    feeder.gap(ToClient, 14);
    // A hello that is cut short.
    feeder.segment(ToServer, &hex("16 0303 0006 01000002 0303"));
    feeder.segment(ToClient, &hex("15 0303 0002 01 00"));
    feeder.said.parsed();
    let said = feeder.said;
    assert!(said.messages.iter().any(|m| m.contains("tls_alert")), "{said:?}");
    assert!(!said.anomalies.iter().any(|a| a.starts_with("ldap_bad_message")), "{said:?}");
}

#[test]
fn what_is_signed_is_read_and_what_is_sealed_is_not() {
    let inside = search(3, "dc=plant", &equal("cn", "x"));
    let header = |flags: u8, rotated: u8| [&[5, 4, flags, 0xff, 0, 12, 0, rotated][..], &[0; 8]].concat();
    let behind = [header(4, 0), inside.clone(), vec![9; 12]].concat();
    let before = [header(4, 12), vec![9; 12], inside.clone()].concat();
    assert_eq!([secure::open(&behind, 0), secure::open(&before, 0)], [Held::Signed(&inside), Held::Signed(&inside)]);
    let ntlm = [hex("01000000 0102030405060708 00000000"), inside.clone()].concat();
    assert_eq!(secure::open(&ntlm, 0), Held::Signed(&inside));
    assert_eq!(secure::open(&[header(6, 28), vec![7; 60]].concat(), 0), Held::Sealed);
    let framed = |token: &[u8]| [&(token.len() as u32).to_be_bytes(), token].concat();
    let said = talk(&[
        (ToServer, bind(1, "", "")),
        (ToClient, result(1, 0x61, 0)),
        (ToServer, framed(&before)),
        (ToClient, framed(&[header(6, 28), vec![7; 60]].concat())),
    ]);
    assert_eq!(said.operations[1], "search [read] dc=plant = (cn=x): unanswered");
    assert_eq!(said.messages[3], r#"{"protocol":"ldap","sealed":true,"bytes":76}"#);
}

#[test]
fn a_domain_controller_says_who_it_is() {
    let filter =
        element(0xa0, &[equal("DnsDomain", "plant.example"), equal("Host", "HMI-2"), equal("NtVer", "\u{16}\0\0\0")].concat());
    let (mine, said) = datagram(&INFO, &context(ToServer, Transport::Udp, 389), &search(1, "", &filter));
    assert!(mine);
    assert_eq!(said.evidence, ["Sender name=HMI-2 (70)"]);
    // MS-ADTS 6.3.1.9, names compressed as in RFC 1035, 4.1.4.
    let answer = [
        &[23, 0, 0, 0, 0xfd, 0xf3, 0, 0][..],
        &[1; 16],
        b"\x05plant\x07example\0\xc0\x18\x04dc-1\xc0\x18\x05PLANT\0\x04DC-1\0\0\x06Hall-4\0\xc0\x3e",
    ]
    .concat();
    let values = element(0x30, &[text("netlogon"), element(0x31, &element(4, &answer))].concat());
    let (mine, said) =
        datagram(&INFO, &context(ToClient, Transport::Udp, 389), &message(1, 0x64, &[text(""), element(0x30, &values)]));
    assert!(mine);
    assert_eq!(
        said.evidence,
        [
            "Sender name=dc-1.plant.example (85)",
            "Sender name=DC-1 (80)",
            "Sender description=domain controller of plant.example (70)"
        ]
    );
    assert!(said.messages[0].contains(r#""netlogon_client_site":"Hall-4""#), "{}", said.messages[0]);
}

#[test]
fn damage_is_told_and_gone_on_from() {
    let said = talk(&[
        (ToServer, bind(1, "cn=a", "b")),
        (ToServer, vec![0xff, 0xff, 0xff, 0xff, 0xff]),
        (ToServer, search(2, "dc=plant", &equal("cn", "x"))),
        (ToServer, message(3, 0x63, &[text("dc=plant")])),
    ]);
    assert_eq!(
        said.anomalies,
        ["ldap_bad_message: among 2 bytes", "ldap_bad_message: among 3 bytes", "ldap_bad_message: search_request"]
    );
    assert_eq!(said.messages.len(), 3);
}

#[test]
fn strangers_are_not_claimed() {
    let verdict = |bytes: &[u8], dst_port, transport| {
        (INFO.probe)(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true })
    };
    let ask = search(1, "dc=plant", &equal("cn", "x"));
    assert_eq!(verdict(&ask, 389, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&ask, 10389, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&ask, 10389, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&result(1, 0x65, 0), 10389, Transport::Tcp), Verdict::No);
    // SNMP, a bare sequence, text, a certificate.
    for other in [
        hex("3026 020101 0406 7075626c6963 a019 0201 01"),
        hex("3003 020101"),
        b"GET / HTTP/1.0".to_vec(),
        hex("3082 0300 3082 0200"),
    ] {
        for port in [389, 10389] {
            assert_eq!(verdict(&other, port, Transport::Tcp), Verdict::No, "{other:02x?}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        survives(&INFO, &[(true, bind(1, "cn=a", "b"))], &stream);
    }

    #[test]
    fn any_filter(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let filter = Filter(&bytes);
        let _ = (filter.to_string(), filter.is_deep());
    }
}
