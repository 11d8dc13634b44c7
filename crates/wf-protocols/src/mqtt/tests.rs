use super::packet::{CONNACK, PUBACK, PUBREC, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE};
use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn text(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}

fn packet_of(kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let mut length = body.len();
    let mut bytes = vec![kind << 4 | flags];
    loop {
        let octet = u8::try_from(length & 0x7f).unwrap();
        length >>= 7;
        bytes.push(if length > 0 { octet | 0x80 } else { octet });
        if length == 0 {
            break;
        }
    }
    bytes.extend_from_slice(body);
    bytes
}

fn connect(level: u8, flags: u8, properties: &[u8], fields: &[&str]) -> Vec<u8> {
    let name = if level == 3 { "MQIsdp" } else { "MQTT" };
    let fields: Vec<u8> = fields.iter().flat_map(|field| text(field)).collect();
    packet_of(CONNECT, 0, &[&text(name)[..], &[level, flags, 0, 60], properties, &fields].concat())
}

fn publish(topic: &str, qos: u8, rest: &[u8]) -> Vec<u8> {
    let id = if qos > 0 { &[0u8, 7][..] } else { &[] };
    packet_of(PUBLISH, qos << 1, &[&text(topic)[..], id, rest].concat())
}

fn said(packets: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    packets.iter().for_each(|(direction, bytes)| feeder.segment(*direction, bytes));
    feeder.finish();
    feeder.said
}

/// After a connection of 3.1.1, or of 5.
fn connected(five: bool, packets: &[(Direction, Vec<u8>)]) -> Recorder {
    let (level, nothing) = if five { (5, &[0u8][..]) } else { (4, &[][..]) };
    let mut all = vec![(ASK, connect(level, 2, nothing, &["x"])), (ANSWER, packet_of(CONNACK, 0, &[&[0, 0], nothing].concat()))];
    all.extend_from_slice(packets);
    let mut said = said(&all);
    said.operations.remove(0);
    said
}

fn operations(five: bool, packets: &[(Direction, Vec<u8>)], expected: &[&str]) {
    let said = connected(five, packets);
    assert_eq!(said.operations, expected);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn connections_of_three_versions() {
    for (level, properties) in [(3, &[][..]), (4, &[]), (5, &[5, 0x11, 0, 0, 0, 10]), (0x84, &[])] {
        let mut all = said(&[
            (ASK, connect(level, 0xc2, properties, &["pump-gateway-1", "operator", "Kingfisher"])),
            (ANSWER, packet_of(CONNACK, 0, if level == 5 { &[0, 0x87, 0] } else { &[0, 5] })),
        ]);
        assert_eq!(all.operations, ["connect [diagnostic] : error: not_authorized"]);
        assert_eq!(all.credentials, ["password operator"]);
        assert_eq!(all.secrets, [10]);
        assert_eq!(all.evidence, ["Sender name=pump-gateway-1 (30)", "Sender role=server (40)"]);
        assert_eq!(all.anomalies, [""; 0]);
        let messages = all.parsed();
        assert_eq!(messages.first().and_then(|m| m.get("client_id")?.as_str()), Some("pump-gateway-1"));
        assert!(!all.messages.concat().contains("Kingfisher"));
    }
    // The broker gives a name; what a library makes up tells the library.
    let given = packet_of(CONNACK, 0, &[&[0, 0, 9, 0x12][..], &text("hmi-01")].concat());
    let all = said(&[(ASK, connect(5, 2, &[0], &[""])), (ANSWER, given)]);
    assert_eq!(all.evidence, ["Sender role=server (40)", "Receiver name=hmi-01 (30)"]);
    let all = said(&[(ASK, connect(4, 2, &[], &["mosq-4kd8mUY2"]))]);
    assert_eq!(all.evidence, ["Sender software=Mosquitto client (50)"]);
    assert_eq!(all.operations, ["connect [diagnostic] : unanswered"]);
    let all = said(&[(ASK, connect(4, 2, &[], &["4b68909de75faa916271b402d4206b29"]))]);
    assert_eq!(all.evidence, [""; 0]);
    let version = publish("$SYS/broker/version", 0, b"mosquitto version 2.0.11");
    assert_eq!(
        connected(false, &[(ANSWER, version)]).evidence.last().map(String::as_str),
        Some("Sender software=mosquitto version 2.0.11 (80)")
    );
}

#[test]
fn publications_are_values_and_orders() {
    operations(false, &[(ASK, publish("plant/level", 0, b"452.5"))], &["publish [read] plant/level: unconfirmed"]);
    operations(
        false,
        &[(ASK, publish("pump/1/set", 1, b"on")), (ANSWER, packet_of(PUBACK, 0, &[0, 7]))],
        &["publish [write] pump/1/set = on: ok"],
    );
    operations(
        true,
        &[(ASK, publish("cmnd/pump/POWER", 2, &[&[0][..], &[0xff, 0]].concat())), (ANSWER, packet_of(PUBREC, 0, &[0, 7, 0x87]))],
        &["publish [write] cmnd/pump/POWER = ff00: error: not_authorized"],
    );
    operations(false, &[(ASK, publish("pump/1/set", 1, b"on"))], &["publish [write] pump/1/set = on: unanswered"]);
    operations(false, &[(ANSWER, publish("pump/1/set", 0, b"on"))], &[]);
    let values: Vec<(Direction, Vec<u8>)> = [&b"-1.5e2"[..], b"ON", b"false", b"idle", b"inf", b"[1]", b"\xff\x00", b""]
        .iter()
        .map(|p| (ANSWER, publish("t", 0, p)))
        .collect();
    let expected = ["t = -150 (good)", "t = true (good)", "t = false (good)", "t = \"idle\" (good)", "t = \"inf\" (good)"];
    assert_eq!(connected(false, &values).measurements, expected);
}

#[test]
fn objects_have_values_by_path() {
    let values = |payload: &str| connected(false, &[(ASK, publish("t", 0, payload.as_bytes()))]).measurements;
    assert_eq!(
        values(
            r#"{ "flow": 17.5, "on":true, "s":"idle", "n":null, "list":[1,"]",[2]], "pump":{"speed":1455,"x":{}}, "e\"":"a\"b", "z":-1e3 }"#
        ),
        [
            "t.flow = 17.5 (good)",
            "t.on = true (good)",
            "t.s = \"idle\" (good)",
            "t.pump.speed = 1455 (good)",
            "t.z = -1000 (good)"
        ]
    );
    // As far as it can be read, and no further.
    assert_eq!(values(r#"{"a":1,"b":"#), ["t.a = 1 (good)"]);
    assert_eq!(values(r#"{"a":1 "b" 2}"#), ["t.a = 1 (good)"]);
    assert_eq!(values(r#"{"a":"#.repeat(500).as_str()), [""; 0]);
    assert_eq!(values("[1,2]"), [""; 0]);
}

#[test]
fn subscriptions_by_filter() {
    let two = [&[0u8, 1][..], &text("a/#"), &[1], &text("b/+"), &[0]].concat();
    operations(
        false,
        &[(ASK, packet_of(SUBSCRIBE, 2, &two)), (ANSWER, packet_of(SUBACK, 0, &[0, 1, 1, 0x80]))],
        &["subscribe [read] a/#: ok", "subscribe [read] b/+: error: unspecified"],
    );
    let end = [&[0u8, 2][..], &text("a/#")].concat();
    operations(
        false,
        &[(ASK, packet_of(UNSUBSCRIBE, 2, &end)), (ANSWER, packet_of(UNSUBACK, 0, &[0, 2]))],
        &["unsubscribe [read] a/#: ok"],
    );
    let five = [&[0u8, 2, 0][..], &text("a/#")].concat();
    operations(
        true,
        &[(ASK, packet_of(UNSUBSCRIBE, 2, &five)), (ANSWER, packet_of(UNSUBACK, 0, &[0, 2, 0, 0x8f]))],
        &["unsubscribe [read] a/#: error: topic_filter_invalid"],
    );
}

#[test]
fn aliases_stand_for_topics() {
    let alias = [3u8, 0x23, 0, 3];
    let with = |topic: &str, payload: &[u8]| publish(topic, 0, &[&alias[..], payload].concat());
    let mut said = connected(true, &[(ASK, with("plant/flow", b"1")), (ASK, with("", b"2"))]);
    assert_eq!(said.measurements, ["plant/flow = 1 (good)", "plant/flow = 2 (good)"]);
    assert_eq!(said.anomalies, [""; 0]);
    assert_eq!(said.parsed().last().and_then(|m| m.get("topic")?.as_str().map(str::to_owned)).as_deref(), Some("plant/flow"));
    assert_eq!(connected(true, &[(ASK, with("", b"2"))]).anomalies, ["unknown_alias: "]);
}

#[test]
fn messages_carry_the_keys() {
    let mut said = connected(false, &[(ASK, publish("a/b", 1, b"12"))]);
    let message = said.parsed().pop().unwrap_or_default();
    let expected = [("type", "3"), ("topic", "\"a/b\""), ("packet_id", "7"), ("payload", "\"12\""), ("qos", "1")];
    for (key, value) in expected {
        assert_eq!(message.get(key).map(ToString::to_string).as_deref(), Some(value), "{key}");
    }
    // Secrets of enhanced authentication stay unsaid.
    let properties = [&[17u8, 0x15][..], &text("SCRAM"), &[0x16], &text("secret")].concat();
    let mut said = self::said(&[(ASK, connect(5, 2, &properties, &["x"]))]);
    said.parsed();
    assert!(said.messages.concat().contains("SCRAM") && !said.messages.concat().contains("secret"));
}

/// A field of a payload: key, then its bytes with their length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()][..], bytes].concat()
}

fn metric(name: &str, rest: &str) -> Vec<u8> {
    let name = if name.is_empty() { Vec::new() } else { field(1, name.as_bytes()) };
    field(2, &[name, hex(rest)].concat())
}

/// A payload with a sequence number.
fn spb(kind: &str, device: &str, sequence: u8, metrics: &[Vec<u8>]) -> Vec<u8> {
    let body = [&[0x08u8, 0x64][..], &metrics.concat(), &[0x18, sequence]].concat();
    publish(&format!("spBv1.0/Plant/{kind}/gateway{device}"), 0, &body)
}

#[test]
fn sparkplug_from_birth_to_death() {
    let birth = [
        metric("bdSeq", "20 08 58 00"),
        metric("Properties/Hardware Make", "20 0c 7a04 41434d45"),
        metric("Level", "10 01 20 0a 69 000000000000f83f"),
    ];
    let device = [metric("Speed", "10 02 20 03 50 feffffff0f"), metric("Running", "10 03 20 0b 70 01")];
    let said = connected(
        false,
        &[
            (ASK, spb("NBIRTH", "", 0, &birth)),
            (ASK, spb("DBIRTH", "/vfd", 1, &device)),
            (ASK, spb("NDATA", "", 2, &[metric("", "10 01 69 0000000000000040")])),
            (ASK, spb("DDATA", "/vfd", 3, &[metric("", "10 02 50 05"), metric("", "10 03 28 01 70 00")])),
            (ANSWER, spb("DCMD", "/vfd", 0, &[metric("", "10 02 50 64")])),
            (ANSWER, spb("NCMD", "", 0, &[metric("Node Control/Reboot", "20 0b 70 01")])),
            (ASK, spb("DDEATH", "/vfd", 4, &[])),
        ],
    );
    let expected = [
        "Plant/gateway/bdSeq = 0 (good)",
        "Plant/gateway/Properties/Hardware Make = \"ACME\" (good)",
        "Plant/gateway/Level = 1.5 (good)",
        "Plant/gateway/vfd/Speed = -2 (good)",
        "Plant/gateway/vfd/Running = true (good)",
        "Plant/gateway/Level = 2 (good)",
        "Plant/gateway/vfd/Speed = 5 (good)",
    ];
    assert_eq!(said.measurements, expected);
    let expected = [
        "node_birth [diagnostic] Plant/gateway: unconfirmed",
        "device_birth [diagnostic] Plant/gateway/vfd: unconfirmed",
        "device_command [write] Plant/gateway/vfd/Speed = 100: unconfirmed",
        "node_command [control] Plant/gateway/Node Control/Reboot = true: unconfirmed",
        "device_death [diagnostic] Plant/gateway/vfd: unconfirmed",
    ];
    assert_eq!(said.operations, expected);
    let expected = [
        "Sender name=gateway (70)",
        "Sender description=Sparkplug edge node Plant/gateway (45)",
        "Sender role=gateway (60)",
        "Sender vendor=ACME (75)",
        "Sender description=Sparkplug device vfd (40)",
    ];
    assert_eq!(said.evidence.get(1..), Some(&expected.map(String::from)[..]));
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn sparkplug_commands_wait_for_their_acknowledgement() {
    let body = [&[0x08u8, 0x64][..], &metric("Speed", "20 09 65 00009644")].concat();
    let command = publish("spBv1.0/Plant/DCMD/gateway/vfd", 1, &body);
    operations(
        false,
        &[(ASK, command.clone()), (ANSWER, packet_of(PUBACK, 0, &[0, 7]))],
        &["device_command [write] Plant/gateway/vfd/Speed = 1200: ok"],
    );
    operations(false, &[(ASK, command)], &["device_command [write] Plant/gateway/vfd/Speed = 1200: unanswered"]);
    let state = publish("spBv1.0/STATE/scada", 0, b"{\"online\":true}");
    assert_eq!(connected(false, &[(ASK, state)]).evidence.get(1).map(String::as_str), Some("Sender role=scada_server (60)"));
}

fn complaint(five: bool, packet: Vec<u8>, anomaly: &str) {
    let said = connected(five, &[(ASK, packet.clone())]);
    let kinds: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
    assert_eq!(kinds, [anomaly], "{packet:02x?}");
    assert!(INFO.anomalies.iter().any(|kind| kind.name == anomaly));
}

#[test]
fn breaches_have_names() {
    complaint(false, vec![0, 0], "reserved_type");
    complaint(false, vec![0xf0, 0], "reserved_type");
    complaint(false, packet_of(PUBLISH, 6, &[&text("a")[..], &[0, 1]].concat()), "bad_flags");
    complaint(false, packet_of(SUBSCRIBE, 0, &[&[0, 1][..], &text("a"), &[0]].concat()), "bad_flags");
    complaint(false, packet_of(PUBLISH, 0, &[0, 9, b'a']), "truncated_packet");
    complaint(false, publish("a/#", 0, b""), "bad_topic");
    complaint(false, packet_of(PUBLISH, 2, &[&text("a")[..], &[0, 0]].concat()), "bad_packet_id");
    complaint(true, publish("a", 0, &[2, 0x7f, 0]), "bad_properties");
    complaint(false, packet_of(SUBSCRIBE, 2, &[0, 1]), "no_filters");
    complaint(false, connect(4, 2, &[], &["x"]), "second_connect");
    complaint(false, vec![0xc0, 0xff, 0xff, 0xff, 0xff, 0x7f], "bad_length");
    complaint(false, spb("NDATA", "", 0, &[]), "data_before_birth");
    complaint(false, publish("spBv1.0/Plant/NBIRTH/gateway", 0, &[0x12, 9]), "sparkplug_truncated");
    let twice = [spb("NBIRTH", "", 0, &[]), spb("NDATA", "", 2, &[])].concat();
    complaint(false, twice, "sparkplug_sequence");
    assert_eq!(said(&[(ASK, connect(9, 2, &[], &["x"]))]).anomalies, ["unknown_version: MQTT 9"]);
    assert_eq!(said(&[(ASK, publish("a", 0, b"1"))]).anomalies, ["no_connect: publish"]);
}

#[test]
fn long_payloads_are_skipped() {
    let long = publish("big", 1, &vec![b'z'; 300_000]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &connect(4, 2, &[], &["x"]));
    long.chunks(1400).for_each(|bytes| feeder.segment(ASK, bytes));
    feeder.segment(ASK, &publish("after", 0, b"1"));
    feeder.segment(ANSWER, &packet_of(PUBACK, 0, &[0, 7]));
    feeder.finish();
    assert_eq!(feeder.said.measurements, ["after = 1 (good)"]);
    assert_eq!(feeder.said.operations.get(1).map(String::as_str), Some("publish [read] big: ok"));
}

#[test]
fn segments_cut_anywhere() {
    let stream = [connect(4, 2, &[], &["x"]), publish("a", 0, b"1"), publish("b", 0, b"2")].concat();
    let pieces: Vec<_> = stream.chunks(3).map(|bytes| (ASK, bytes.to_vec())).collect();
    let mut said = said(&pieces);
    assert_eq!((said.parsed().len(), said.anomalies.len()), (3, 0));
    // Behind a hole, from the middle of a payload on.
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &connect(4, 2, &[], &["x"]));
    feeder.gap(ASK, 100);
    feeder.segment(ASK, &publish("c", 0, b"3"));
    assert_eq!(feeder.said.measurements, ["c = 3 (good)"]);
}

#[test]
fn probes() {
    let at = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true })
    };
    let whole = connect(5, 2, &[0], &["x"]);
    assert_eq!(
        (at(&whole, 1, 2), at(&whole[..3], 1, 2), at(&whole[..1], 1, 2)),
        (Verdict::SureClient, Verdict::More, Verdict::More)
    );
    assert_eq!(at(&publish("a/b", 0, b"1"), 1883, 40000), Verdict::SureServer);
    assert_eq!(at(&publish("a/b", 0, b"1"), 1, 2), Verdict::No);
    assert_eq!(at(&publish("spBv1.0/G/NDATA/N", 0, b"1"), 1, 2), Verdict::Sure);
    for foreign in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n", b"\x10\x0c\0\x04HTTP"]
    {
        assert_eq!(at(foreign, 40000, 1883), Verdict::No, "{foreign:02x?}");
    }
}

#[test]
fn requests_wait_for_a_minute_and_holes_end() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &connect(4, 2, &[], &["x"]));
    let body = [&[0x08u8, 0x64][..], &metric("Speed", "20 09 65 00009644")].concat();
    let command = publish("spBv1.0/Plant/DCMD/gateway/vfd", 1, &body);
    feeder.segment(ASK, &command);
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ANSWER, &publish("a", 0, b"1"));
    let expected = ["connect [diagnostic] : unanswered", "device_command [write] Plant/gateway/vfd/Speed = 1200: unanswered"];
    assert_eq!(feeder.said.operations, expected);
    feeder.segment(ASK, &publish("b", 1, b"1"));
    feeder.segment(ASK, &command);
    feeder.gap(ANSWER, 100);
    feeder.segment(ASK, &publish("c", 1, b"1"));
    feeder.finish();
    let expected = [
        "publish [read] b: unconfirmed",
        "publish [read] c: unanswered",
        "device_command [write] Plant/gateway/vfd/Speed = 1200: unconfirmed",
    ];
    assert_eq!(feeder.said.operations.get(2..).unwrap(), expected);
}

#[test]
fn aliases_fall_out_and_are_counted() {
    let alias = |number: u16| {
        let [high, low] = number.to_be_bytes();
        (ASK, packet_of(PUBLISH, 0, &[&text("t")[..], &[3, 0x23, high, low], b"1"].concat()))
    };
    assert_eq!(connected(true, &(1..=300).map(alias).collect::<Vec<_>>()).evicted, 300 - 256);
}

/// A birth of that node with so many metrics.
fn birth(node: usize, metrics: usize) -> Vec<u8> {
    let metrics: Vec<u8> = (0..metrics)
        .flat_map(|alias| {
            let (low, high) = (alias as u8 & 0x7f | 0x80, (alias >> 7) as u8 & 0x7f);
            field(2, &[&field(1, b"m")[..], &[0x10, low, high, 0x20, 3, 0x50, 1]].concat())
        })
        .collect();
    publish(&format!("spBv1.0/Plant/NBIRTH/node{node}"), 0, &[&metrics[..], &[0x18, 0]].concat())
}

#[test]
fn full_tables_of_sparkplug_forget_no_birth() {
    let mut stream: Vec<_> = (0..6).map(|node| (ASK, birth(node, 3000))).collect();
    stream.extend((0..6).map(|node| (ASK, publish(&format!("spBv1.0/Plant/NDATA/node{node}"), 0, &[0x18, 1]))));
    let said = connected(false, &stream);
    assert_eq!((said.evicted, said.anomalies), (3000, Vec::<String>::new()), "the names of the node that was silent longest");
    assert_eq!(connected(false, &[(ASK, birth(1, 5000))]).evicted, 5000 - 4096);
    let mut stream: Vec<_> = (0..513).map(|node| (ASK, birth(node, 1))).collect();
    stream.push((ASK, publish("spBv1.0/Plant/NDATA/node0", 0, &[0x18, 1])));
    let said = connected(false, &stream);
    assert_eq!((said.evicted, said.anomalies), (2, Vec::<String>::new()), "a node that fell out had been born");
}

#[test]
fn long_topics_of_commands_are_cut() {
    let metrics: Vec<u8> = (0..64).flat_map(|_| field(2, &hex("10 02 20 03 50 64"))).collect();
    let topic = format!("spBv1.0/{}/NCMD/node", "g".repeat(60_000));
    let mut session = Session::default();
    let mut said = Recorder::default();
    for id in 0..16 {
        let published = Published { topic: &topic, payload: &metrics, whole: true, id: Some(id) };
        session.publication(&crate::testing::context(ASK, Transport::Tcp, 1883), &published, &[], &mut said);
    }
    assert!((128 << 10..1 << 20).contains(&session.weight()), "{}", session.weight());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), five in any::<bool>()) {
        connected(five, &[(ASK, bytes.clone()), (ANSWER, bytes)]).parsed();
    }

    #[test]
    fn any_object_is_survived(text in r#"\{("[a-z]{0,2}"|[0-9]|[:,{}\[\]\\" ]|é){0,60}"#) {
        connected(false, &[(ASK, publish("t", 0, text.as_bytes()))]);
    }

    #[test]
    fn any_packet_is_survived(
        kind in 0u8..16,
        flags in 0u8..16,
        five in any::<bool>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let packet = packet_of(kind, flags, &body);
        connected(five, &[(ASK, packet.clone()), (ANSWER, packet)]).parsed();
    }

    #[test]
    fn any_payload_is_survived(
        kind in proptest::sample::select(vec!["NBIRTH", "DBIRTH", "NDATA", "DDATA", "NCMD", "DCMD", "NDEATH", "DDEATH"]),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let packet = publish(&format!("spBv1.0/G/{kind}/N/D"), 0, &body);
        connected(false, &[(ASK, packet.clone()), (ANSWER, packet)]).parsed();
    }
}
