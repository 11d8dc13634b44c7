use super::INFO;
use crate::testing::{Feeder, Recorder, context, datagram, survives};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Verdict};

/// An element of at most 127 bytes.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len();
    let head = if len < 128 { vec![tag, len as u8] } else { vec![tag, 0x81, len as u8] };
    [head, contents.to_vec()].concat()
}

fn integer(tag: u8, value: u8) -> Vec<u8> {
    element(tag, &[2, 1, value])
}

fn name(tag: u8, parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| element(0x1b, part.as_bytes())).collect();
    element(tag, &element(0x30, &[integer(0xa0, 1), element(0xa1, &element(0x30, &parts))].concat()))
}

fn text(tag: u8, value: &str) -> Vec<u8> {
    element(tag, &element(0x1b, value.as_bytes()))
}

/// A request (RFC 4120, 5.4.1) of that type with these encryption types; with proof or without.
fn request(kind: u8, client: &str, service: &[&str], encryptions: &[u8], proof: bool) -> Vec<u8> {
    let offered: Vec<u8> = encryptions.iter().flat_map(|number| [2, 1, *number]).collect();
    let timestamp = element(0x30, &[integer(0xa1, 2), element(0xa2, &[4, 1, 0])].concat());
    let proof = if proof { element(0xa3, &element(0x30, &timestamp)) } else { Vec::new() };
    let client = if client.is_empty() { Vec::new() } else { name(0xa1, &[client]) };
    let body = [
        element(0xa0, &[3, 5, 0, 0x40, 0, 0, 0x10]),
        client,
        text(0xa2, "PLANT.EXAMPLE"),
        name(0xa3, service),
        element(0xa5, &element(0x18, b"20300101000000Z")),
        integer(0xa7, 9),
        element(0xa8, &element(0x30, &offered)),
    ];
    let whole = [integer(0xa1, 5), integer(0xa2, kind), proof, element(0xa4, &element(0x30, &body.concat()))].concat();
    element(0x60 | kind, &element(0x30, &whole))
}

/// A reply (RFC 4120, 5.4.2) with a ticket encrypted so.
fn reply(kind: u8, client: &str, service: &[&str], encryption: u8) -> Vec<u8> {
    let sealed = |tag| element(tag, &element(0x30, &[integer(0xa0, encryption), element(0xa2, &[4, 1, 0])].concat()));
    let ticket = [integer(0xa0, 5), text(0xa1, "PLANT.EXAMPLE"), name(0xa2, service), sealed(0xa3)].concat();
    let ticket = element(0xa5, &element(0x61, &element(0x30, &ticket)));
    let whole = [integer(0xa0, 5), integer(0xa1, kind), text(0xa3, "PLANT.EXAMPLE"), name(0xa4, &[client]), ticket, sealed(0xa6)];
    element(0x60 | kind, &element(0x30, &whole.concat()))
}

/// RFC 4120, 5.9.1.
fn error(code: u8) -> Vec<u8> {
    let time = element(0xa4, &element(0x18, b"20260101000000Z"));
    let whole =
        [integer(0xa0, 5), integer(0xa1, 30), time, integer(0xa6, code), text(0xa9, "PLANT.EXAMPLE"), name(0xaa, &["krbtgt"])];
    element(0x7e, &element(0x30, &whole.concat()))
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

fn talk(steps: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, message) in steps {
        // In two pieces: a message may begin anywhere.
        let framed = framed(message);
        let (a, b) = framed.split_at(framed.len() / 2);
        feeder.segment(*direction, a);
        feeder.segment(*direction, b);
    }
    feeder.finish();
    feeder.said.parsed();
    feeder.said
}

use Direction::{ToClient, ToServer};
const KRBTGT: &[&str] = &["krbtgt", "PLANT.EXAMPLE"];

#[test]
fn a_login_that_must_prove_itself() {
    let said = talk(&[
        (ToServer, request(10, "operator", KRBTGT, &[18, 23], false)),
        (ToClient, error(25)),
        (ToServer, request(10, "operator", KRBTGT, &[18, 23], true)),
        (ToClient, error(24)),
        (ToServer, request(10, "operator", KRBTGT, &[18, 23], true)),
        (ToClient, reply(11, "operator", KRBTGT, 18)),
    ]);
    assert_eq!(
        said.operations,
        [
            "login [diagnostic] operator@PLANT.EXAMPLE = krbtgt/PLANT.EXAMPLE: error: 24 preauthentication_failed",
            "login [diagnostic] operator@PLANT.EXAMPLE = krbtgt/PLANT.EXAMPLE: ok",
        ]
    );
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
    assert_eq!(
        said.messages[0],
        r#"{"protocol":"kerberos","msg_type":10,"msg_name":"as_request","realm":"PLANT.EXAMPLE","cname":"operator","sname":"krbtgt/PLANT.EXAMPLE","options":"0x40000010","option_names":["forwardable","renewable_ok"],"till":"2030-01-01T00:00:00Z","nonce":9,"etypes":[18,23],"etype_names":["aes256-cts-hmac-sha1-96","rc4-hmac"]}"#
    );
}

#[test]
fn what_can_be_guessed_offline_is_told() {
    let said = talk(&[
        (ToServer, request(10, "GATE-1$", KRBTGT, &[23, 3], false)),
        (ToClient, reply(11, "GATE-1$", KRBTGT, 18)),
        (ToServer, request(12, "", &["cifs", "files.plant.example"], &[18], true)),
        (ToClient, reply(13, "GATE-1$", &["cifs", "files.plant.example"], 23)),
    ]);
    assert_eq!(
        said.anomalies,
        [
            "kerberos_weak_request: [rc4-hmac, des-cbc-md5]",
            "kerberos_without_preauthentication: GATE-1$@PLANT.EXAMPLE",
            "kerberos_weak_ticket: cifs/files.plant.example with rc4-hmac",
        ]
    );
    assert_eq!(said.operations[1], "get_service_ticket [diagnostic] cifs/files.plant.example = GATE-1$@PLANT.EXAMPLE: ok");
    let told = ["Sender name=GATE-1 (50)", "Receiver name=GATE-1 (75)"];
    assert!(told.iter().all(|line| said.evidence.iter().any(|e| e == line)), "{:?}", said.evidence);
}

#[test]
fn over_udp_asked_twice_is_asked_once() {
    let mut decoder = (INFO.new)();
    let mut said = Recorder::default();
    let ask = request(10, "operator", KRBTGT, &[18], true);
    for _ in 0..2 {
        assert!(decoder.datagram(&context(ToServer, Transport::Udp, 88), &ask, &mut said));
    }
    decoder.finish(&context(ToServer, Transport::Udp, 88), &mut said);
    assert_eq!(said.operations, ["login [diagnostic] operator@PLANT.EXAMPLE = krbtgt/PLANT.EXAMPLE: unanswered"]);
}

#[test]
fn an_answer_goes_to_what_it_names() {
    let (files, host) = (&["cifs", "files.plant.example"][..], &["host", "hmi-2.plant.example"][..]);
    let said = talk(&[
        (ToServer, request(12, "", files, &[18], true)),
        (ToServer, request(12, "", host, &[18], true).into_iter().map(|b| if b == 9 { 8 } else { b }).collect()),
        (ToClient, reply(13, "operator", host, 18)),
    ]);
    assert_eq!(
        said.operations,
        [
            "get_service_ticket [diagnostic] host/hmi-2.plant.example = operator@PLANT.EXAMPLE: ok",
            "get_service_ticket [diagnostic] cifs/files.plant.example: unanswered",
        ]
    );
}

#[test]
fn damage_is_told_and_gone_on_from() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, &framed(&request(10, "operator", KRBTGT, &[18], true)));
    feeder.segment(ToServer, &[0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
    feeder.segment(ToServer, &framed(&request(12, "", &["host", "a"], &[18], true)));
    feeder.segment(ToClient, &framed(&element(0x7e, &element(0x30, &[integer(0xa0, 5), integer(0xa1, 30)].concat()))));
    feeder.finish();
    assert!(feeder.said.anomalies.iter().any(|a| a.starts_with("kerberos_bad_length")), "{:?}", feeder.said.anomalies);
    assert!(feeder.said.anomalies.iter().any(|a| a == "kerberos_bad_message: error"), "{:?}", feeder.said.anomalies);
    assert_eq!(feeder.said.parsed().len(), 3);
}

#[test]
fn strangers_are_not_claimed() {
    let verdict = |bytes: &[u8], dst_port, transport| {
        (INFO.probe)(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true })
    };
    let ask = request(10, "operator", KRBTGT, &[18], true);
    assert_eq!(verdict(&ask, 88, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&framed(&ask), 88, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&framed(&ask), 1088, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&framed(&reply(11, "a", KRBTGT, 18)), 88, Transport::Tcp), Verdict::SureServer);
    for other in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x30, 5, 2, 1, 0, 4, 0], &[0; 64], &[]] {
        assert_eq!(verdict(other, 88, Transport::Udp), Verdict::No, "{other:?}");
        assert_eq!(verdict(other, 1088, Transport::Tcp), Verdict::No, "{other:?}");
    }
    // A capture that keeps the front of each packet: on the own port alone, and where a message begins for certain.
    for kept in [40, 100, ask.len() - 1] {
        assert_eq!(verdict(&ask[..kept], 88, Transport::Udp), Verdict::Likely, "{kept}");
        assert_eq!(verdict(&ask[..kept], 1088, Transport::Udp), Verdict::No, "{kept}");
    }
    assert_eq!(verdict(&[&ask[..], &[0]].concat(), 88, Transport::Udp), Verdict::No);
}

/// Of a datagram that the capture holds in part, what is there is said.
#[test]
fn the_front_of_a_datagram_is_read() {
    let ask = request(10, "operator", KRBTGT, &[18], true);
    let until = |what: &[u8]| ask.windows(what.len()).position(|w| w == what).unwrap() + what.len();
    let (mine, mut said) = datagram(&INFO, &context(ToServer, Transport::Udp, 88), &ask[..until(b"PLANT.EXAMPLE")]);
    let messages = said.parsed();
    assert!(mine);
    assert_eq!((&messages[0]["cname"], &messages[0]["realm"]), (&"operator".into(), &"PLANT.EXAMPLE".into()));
}

/// An application request or reply (RFC 4120, 5.5.1 and 5.5.2).
fn application(kind: u8) -> Vec<u8> {
    let sealed = |tag| element(tag, &element(0x30, &[integer(0xa0, 18), element(0xa2, &[4, 1, 0])].concat()));
    let ticket = [integer(0xa0, 5), text(0xa1, "PLANT.EXAMPLE"), name(0xa2, &["kadmin", "changepw"]), sealed(0xa3)].concat();
    let ticket = element(0xa3, &element(0x61, &element(0x30, &ticket)));
    let options = element(0xa2, &[3, 5, 0, 0, 0, 0, 0]);
    let whole = match kind {
        14 => [integer(0xa0, 5), integer(0xa1, 14), options, ticket, sealed(0xa4)].concat(),
        _ => [integer(0xa0, 5), integer(0xa1, 15), sealed(0xa2)].concat(),
    };
    element(0x60 | kind, &element(0x30, &whole))
}

/// RFC 3244, 2: a message of the password service.
fn password(version: u16, proof: &[u8], rest: &[u8]) -> Vec<u8> {
    let len = (6 + proof.len() + rest.len()) as u16;
    [&len.to_be_bytes()[..], &version.to_be_bytes(), &(proof.len() as u16).to_be_bytes(), proof, rest].concat()
}

/// RFC 3244, 2: one's own password (version 1), anybody's (0xff80); an error that says the result, wrapped or bare.
#[test]
fn passwords_are_changed() {
    let private = element(0x75, &element(0x30, &[integer(0xa0, 5), integer(0xa1, 21), element(0xa3, &[0x30, 0])].concat()));
    let data = element(0xac, &element(4, b"\0\x05not yours"));
    let refused =
        [integer(0xa0, 5), integer(0xa1, 30), integer(0xa6, 60), text(0xa9, "PLANT.EXAMPLE"), name(0xaa, &["kadmin"]), data];
    let refused = element(0x7e, &element(0x30, &refused.concat()));
    let change = password(1, &application(14), &private);
    let mut feeder = Feeder::on(&INFO, 464);
    for (direction, message) in [
        (ToServer, change.clone()),
        (ToClient, password(1, &application(15), &private)),
        (ToServer, password(0xff80, &application(14), &private)),
        (ToClient, password(1, &[], &refused)),
        (ToServer, change.clone()),
        (ToClient, refused.clone()),
        (ToServer, change.clone()),
    ] {
        feeder.segment(direction, &framed(&message));
    }
    feeder.finish();
    let expected = [
        "change_password [configuration] kadmin/changepw@PLANT.EXAMPLE: unconfirmed",
        "set_password [configuration] kadmin/changepw@PLANT.EXAMPLE: error: 5 access_denied",
        "change_password [configuration] kadmin/changepw@PLANT.EXAMPLE: error: 5 access_denied",
        "change_password [configuration] kadmin/changepw@PLANT.EXAMPLE: unanswered",
    ];
    assert_eq!((&feeder.said.operations[..], &feeder.said.anomalies[..]), (&expected.map(str::to_owned)[..], &[][..]));
    assert_eq!(feeder.said.evidence, [""; 0]);
    let messages = feeder.said.parsed();
    let named = messages.iter().filter(|m| m["protocol"] == "kpasswd");
    let named: Vec<_> = named.map(|m| [&m["kind"], &m["result_name"]].map(|text| text.as_str().unwrap_or_default())).collect();
    let expected = [["change_password", ""], ["reply", ""], ["set_password", ""], ["reply", "access_denied"]];
    assert_eq!(named[..4], expected);
    let verdict = |bytes: &[u8], dst_port, transport| {
        (INFO.probe)(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true })
    };
    assert_eq!(verdict(&change, 464, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&framed(&change), 464, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&change[..90], 464, Transport::Udp), Verdict::Likely);
    assert_eq!(verdict(&refused, 464, Transport::Udp), Verdict::SureServer);
    assert_eq!(verdict(&change, 88, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&change[1..], 464, Transport::Udp), Verdict::No);
}

proptest! {
    #[test]
    fn any_bytes(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        let begun = [(true, framed(&request(10, "operator", KRBTGT, &[18], true)))];
        survives(&INFO, &begun, &stream);
    }
}
