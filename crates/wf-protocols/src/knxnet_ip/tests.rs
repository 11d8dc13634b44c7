use super::*;
use crate::testing::{Feeder, Recorder, context, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn sealed(service: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![6, 0x10];
    bytes.extend(service.to_be_bytes());
    bytes.extend(u16::try_from(body.len() + HEADER).unwrap_or(0).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn tunnel(cemi: &str) -> Vec<u8> {
    sealed(service::TUNNELLING_REQUEST, &[&[4, 7, 0, 0][..], &hex(cemi)].concat())
}

/// Plays datagrams, from the client or not.
fn played(datagrams: &[(Direction, Vec<u8>)]) -> Recorder {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (at, (direction, bytes)) in datagrams.iter().enumerate() {
        let mut ctx = context(*direction, Transport::Udp, PORT);
        ctx.now.frame = at as u64 + 1;
        decoder.datagram(&ctx, bytes, &mut said);
    }
    decoder.finish(&context(ASK, Transport::Udp, PORT), &mut said);
    said
}

#[track_caller]
fn check(datagrams: &[(Direction, Vec<u8>)], operations: &[&str], measurements: &[&str]) {
    let said = played(datagrams);
    assert_eq!(said.operations, operations);
    assert_eq!(said.measurements, measurements);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn keys_are_hidden_wherever_they_stand() {
    let manage = |cemi: &str| sealed(service::CONFIGURATION_REQUEST, &[&[4, 7, 0, 0][..], &hex(cemi)].concat());
    let key = "00112233445566778899aabbccddeeff";
    let mut said = played(&[(ASK, manage(&format!("f6 000b 01 5b 1001 {key}"))), (ANSWER, manage("f5 000b 01 5b 1001"))]);
    assert_eq!(said.operations, ["property_write [configuration] object 11 property 91 = hidden: ok"]);
    assert_eq!(said.secrets, [16]);
    assert!(!format!("{:?}", said.parsed()).contains(key));
    // A property of the security object in an extended service: type 17, instance 1, property 56 (the tool's key).
    let mut said = played(&[(ASK, tunnel(&format!("1100b0600000110119 01ce 0011 001038 01 0001 {key}")))]);
    assert_eq!(said.operations, ["property_ext_value_write [configuration] 1.1.1 = hidden: unanswered"]);
    assert_eq!((said.secrets.as_slice(), said.anomalies.as_slice()), (&[16][..], &[][..]));
    assert!(!format!("{:?}", said.parsed()).contains(key));
    // The confirmation of a telegram repeats the key.
    let said = played(&[(ANSWER, tunnel("2e00b0600000110106 03d1 00 01020304"))]);
    assert_eq!(said.secrets, [4]);
}

#[test]
fn keys_that_are_cut_off_are_hidden() {
    let key = "00112233445566778899aabbccddeeff";
    let frames = [tunnel("1100b0600000110106 03d1 00 01020304"), tunnel(&format!("f6 000b 01 5b 1001 {key}"))];
    let telling = [4, 16];
    for (frame, whole) in frames.iter().zip(telling) {
        for end in HEADER..=frame.len() {
            let mut feeder = Feeder::new(&INFO);
            feeder.segment(ASK, &tunnel("1100bce000000001010081"));
            feeder.segment(ASK, &frame[..end]);
            if end < frame.len() {
                feeder.cut(ASK, frame.len() - end);
            }
            let there = end.saturating_sub(frame.len() - whole);
            assert_eq!(feeder.said.secrets, if there == 0 { vec![] } else { vec![there] }, "{end}");
            assert!(!format!("{:?}", feeder.said.parsed()).contains("0102"));
        }
        // In a datagram too.
        let said = played(&[(ASK, tunnel("1100bce000000001010081")), (ASK, frame[..frame.len() - 1].to_vec())]);
        assert_eq!(said.secrets, [whole - 1]);
    }
}

#[test]
fn what_is_sent_to_the_device_itself_is_an_act() {
    // T_Data_Connected.req and T_Data_Individual.req (03.06.03, 4.1.6): the link's six bytes are empty.
    let manage = |cemi: &str| sealed(service::CONFIGURATION_REQUEST, &[&[4, 7, 0, 0][..], &hex(cemi)].concat());
    let said = played(&[(ASK, manage("41 00 000000000000 01 0380")), (ASK, manage("4a 00 000000000000 06 03d1 00 01020304"))]);
    assert_eq!(
        said.operations,
        ["device_restart [control] : unconfirmed", "authorize_request [configuration]  = hidden: unconfirmed"]
    );
    assert_eq!((said.secrets.as_slice(), said.anomalies.as_slice()), (&[4][..], &[][..]));
}

#[test]
fn functions_of_the_device_are_acts() {
    // M_FuncPropCommand.req and its confirmation (03.06.03, 4.1.7.3.7).
    let manage = |cemi: &str| sealed(service::CONFIGURATION_REQUEST, &[&[4, 7, 0, 0][..], &hex(cemi)].concat());
    check(
        &[(ASK, manage("f8 000b 01 42 0001")), (ANSWER, manage("fa 000b 01 42 00"))],
        &["function_property_command [control] object 11 property 66 = 0x0001: ok"],
        &[],
    );
    // The tool's key of the security object.
    let mut said = played(&[(ASK, manage("f8 0011 01 38 00c0ffee"))]);
    assert!(said.operations[0].ends_with("property 56 = hidden: unanswered"), "{:?}", said.operations);
    assert!(!format!("{:?}", said.parsed()).contains("c0ffee"));
}

#[test]
fn system_broadcasts_are_telegrams() {
    // 03.08.05: to all devices of all lines, here a device's individual address (0x0c0).
    let said = played(&[(ASK, sealed(0x0533, &hex("2900b0e011010000 03 00c0 1105")))]);
    assert_eq!(said.operations, ["individual_address_write [configuration] 0/0/0 = 0x1105: unconfirmed"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn a_refusal_belongs_to_its_channel() {
    let refused = sealed(service::TUNNELLING_ACK, &[4, 8, 0, 0x29]);
    check(
        &[(ASK, tunnel("1100bce011fa0a03010081")), (ANSWER, refused), (ANSWER, tunnel("2e00bce011fa0a03010081"))],
        &["group_value_write [write] 1/2/3 = 1: ok"],
        &["1/2/3 = 1 (good)"],
    );
}

#[test]
fn telegrams_and_their_confirmation() {
    let ack = sealed(service::TUNNELLING_ACK, &[4, 7, 0, 0]);
    check(
        &[(ASK, tunnel("1100bce011fa0a03010081")), (ANSWER, ack.clone()), (ANSWER, tunnel("2e00bce011fa0a03010081"))],
        &["group_value_write [write] 1/2/3 = 1: ok"],
        &["1/2/3 = 1 (good)"],
    );
    check(
        &[(ASK, tunnel("1100bce011fa0a03010081")), (ANSWER, tunnel("2e00bde011fa0a03010081"))],
        &["group_value_write [write] 1/2/3 = 1: error: not confirmed by the bus"],
        &[],
    );
    check(
        &[(ASK, tunnel("1100bce011fa0a03010081")), (ANSWER, sealed(service::TUNNELLING_ACK, &[4, 7, 0, 0x29]))],
        &["group_value_write [write] 1/2/3 = 1: error: tunnelling layer"],
        &[],
    );
    check(
        &[(ASK, tunnel("1100bce011fa2011010000")), (ANSWER, tunnel("2900bce011052011 0300400c1a"))],
        &["group_value_read [read] 4/0/17: unanswered"],
        &["4/0/17 = \"0x0c1a\" (good)"],
    );
    check(
        &[(ASK, sealed(service::ROUTING_INDICATION, &hex("2900bce011050a03 020080ff")))],
        &["group_value_write [write] 1/2/3 = 255: unconfirmed"],
        &["1/2/3 = 255 (good)"],
    );
}

#[test]
fn acts_on_devices() {
    let act = |request: &str, confirm: &str, operation: &str| {
        check(&[(ASK, tunnel(request)), (ANSWER, tunnel(confirm))], &[operation], &[]);
    };
    act("1100b06011fa1105014380", "2e00b06011fa1105014380", "device_restart [control] 1.1.5: ok");
    act(
        "1100b06011fa1105 06 4283 4000 010203",
        "2e00b06011fa1105 06 4283 4000 010203",
        "memory_write [program] 1.1.5 = 0x4000010203: ok",
    );
    act(
        "1100b0e011fa0000 03 00c0 1107",
        "2e00b0e011fa0000 03 00c0 1107",
        "individual_address_write [configuration] 0/0/0 = 0x1107: ok",
    );
    act("1100b06011fa11050080", "2e00b06011fa11050080", "transport_connect [diagnostic] 1.1.5: ok");
    let mut said = played(&[(ASK, tunnel("1100b06011fa1105 06 43d1 00 11223344"))]);
    assert_eq!(said.operations, ["authorize_request [configuration] 1.1.5 = hidden: unanswered"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["access_key ".to_owned()][..], &[4][..]));
    assert!(!format!("{:?}", said.parsed()).contains("11223344"));
}

#[test]
fn connections_and_management() {
    let endpoint = "0801 c0a80105 9c43";
    let connect = |kind: &str| (ASK, sealed(service::CONNECT_REQUEST, &hex(&format!("{endpoint}{endpoint}{kind}"))));
    check(
        &[connect("04040200"), (ANSWER, sealed(service::CONNECT_RESPONSE, &hex(&format!("0700{endpoint}040411fa"))))],
        &["connect [diagnostic]  = tunnelling: ok"],
        &[],
    );
    check(
        &[connect("0206"), (ANSWER, sealed(service::CONNECT_RESPONSE, &[0, 0x22]))],
        &["connect [diagnostic]  = remote logging: error: connection type"],
        &[],
    );
    let manage = |cemi: &str| sealed(service::CONFIGURATION_REQUEST, &[&[4, 7, 0, 0][..], &hex(cemi)].concat());
    check(
        &[(ASK, manage("fc000b01391001")), (ANSWER, manage("fb000b0139100100c501041c5a"))],
        &["property_read [read] object 11 property 57: ok"],
        &[],
    );
    check(
        &[(ASK, manage("f600000136100101")), (ANSWER, manage("f50000013600 0107"))],
        &["property_write [configuration] object 0 property 54 = 0x01: error: refused"],
        &[],
    );
    check(&[(ASK, manage("f1"))], &["reset [control] : unconfirmed"], &[]);
    let state = format!("0700{endpoint}");
    check(
        &[(ASK, sealed(service::STATE_REQUEST, &hex(&state))), (ANSWER, sealed(service::STATE_RESPONSE, &[7, 0x21]))],
        &["connection_state [diagnostic] : error: connection id"],
        &[],
    );
    // Two frames in one segment, as a gateway sends them over TCP.
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ANSWER, &hex("06100423000e04010200060010870610 0425000e040103000600"));
    feeder.segment(ANSWER, &hex("1087"));
    assert_eq!(feeder.said.parsed().len(), 2);
}

#[test]
fn devices_say_who_they_are() {
    let mut body = hex("0801c0a801320e57 3601 0200 1100 0000 00c501041c5a e000170c 02005e000010");
    body.extend(b"Hall router");
    body.resize(8 + 54, 0);
    let mut said = played(&[(ANSWER, sealed(service::SEARCH_RESPONSE, &body))]);
    let wanted = [
        "Sender name=Hall router (70)",
        "Sender serial=00c501041c5a (80)",
        "Sender mac_address=02:00:5e:00:00:10 (70)",
        "Sender role=building_controller (50)",
        "Sender description=KNX 1.1.0 TP1 (50)",
    ];
    assert_eq!(said.evidence, wanted);
    assert_eq!(said.parsed()[0]["device_name"], "Hall router");
}

#[test]
fn damage_has_names() {
    let complaint = |datagrams: &[(Direction, Vec<u8>)], want: &str| {
        let said = played(datagrams);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let state = sealed(service::STATE_REQUEST, &hex("07000801c0a801059c43"));
    let answer = sealed(service::STATE_RESPONSE, &[7, 0]);
    let fine = [(ASK, state), (ANSWER, answer.clone())];
    let after = |more: Vec<u8>| [fine[0].clone(), fine[1].clone(), (ANSWER, more)];
    complaint(&after([&sealed(service::TUNNELLING_ACK, &[4, 7, 0, 0])[..], &[0]].concat()), "bad_length");
    complaint(&after(sealed(0x0999, &[0, 0])), "unknown_service");
    complaint(&after(sealed(service::TUNNELLING_ACK, &[4])), "truncated_body");
    complaint(&after(tunnel("2900bce011050a0303008000")), "truncated_telegram");
    complaint(&after(tunnel("2900bce011050a030103ff")), "unknown_application");
    complaint(&after(answer), "response_without_request");
    complaint(&after(sealed(service::ROUTING_LOST, &[4, 0, 0, 5])), "messages_lost");
    complaint(&after(sealed(service::SESSION_STATUS, &[1, 0])), "authentication_failed");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &fine[0].1);
    feeder.segment(ASK, b"\0\0\0\0\0\0\0\0");
    assert!(feeder.said.anomalies[0].starts_with("bad_header"));
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true });
    // A search as the standard lays it out, from a capture.
    let search = hex("06100201000e 0801c0a858e7a17f");
    assert_eq!(verdict(&search, PORT, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&search, 5000, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&search[..13], PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&search[..4], PORT, Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&sealed(service::STATE_RESPONSE, &[7, 0]), 5000, Transport::Udp), Verdict::SureServer);
    assert_eq!(verdict(&tunnel("1100bce011fa0a03010081"), PORT, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&sealed(0x0999, &[0; 8]), PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(b"GET / HTTP/1.1\r\n", PORT, Transport::Tcp), Verdict::No);
}

proptest! {
    #[test]
    fn any_body_is_survived(data in proptest::collection::vec(any::<u8>(), 0..120), at in 0usize..34, code in any::<u8>()) {
        let services: Vec<u16> = (0x0200..0x0960).filter(|code| names::service_name(*code).is_some()).collect();
        let mut cemi = vec![4, 7, 0, 0, code];
        cemi.extend(&data);
        let all = [
            (ASK, sealed(service::STATE_REQUEST, &hex("07000801c0a801059c43"))),
            (ASK, sealed(services[at % services.len()], &data)),
            (ANSWER, sealed(services[at % services.len()], &data)),
            (ASK, sealed(service::TUNNELLING_REQUEST, &cemi)),
            (ANSWER, sealed(service::CONFIGURATION_REQUEST, &cemi)),
            (ASK, data),
        ];
        played(&all).parsed();
    }
}
