use super::*;
use crate::testing::{Feeder, Recorder, context, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
/// Of the captures that others published: the meter's title, the host's, the number of the message.
const CALLED: &str = "a211060f2b060104018285638e7f85f1c24e00";
const CALLING: &str = "a60a06082b06010401828563";
const NUMBER: &str = "a806020413e81421";

/// An element with its length.
fn element(tag: u8, inside: &[u8]) -> Vec<u8> {
    let count = u16::try_from(inside.len()).unwrap();
    let [high, low] = count.to_be_bytes();
    let length = if count < 0x80 { vec![low] } else { vec![0x82, high, low] };
    [&[tag][..], &length, inside].concat()
}

fn message(elements: &str, envelope: &[u8]) -> Vec<u8> {
    let user = element(0xbe, &element(0x28, &element(0x81, envelope)));
    element(0x60, &[&hex(elements)[..], &user].concat())
}

/// A message in clear with these services.
fn clear(elements: &str, services: &[&str]) -> Vec<u8> {
    let mut envelope = vec![0x80];
    for service in services.iter().map(|service| hex(service)) {
        envelope.push(u8::try_from(service.len()).unwrap());
        envelope.extend(service);
    }
    message(elements, &envelope)
}

fn ask(services: &[&str]) -> Vec<u8> {
    clear(&format!("{CALLED}{CALLING}{NUMBER}"), services)
}

fn answer(services: &[&str]) -> Vec<u8> {
    clear(&format!("{CALLED}a406020413e81421{CALLING}a80302012c"), services)
}

fn told(asked: &[u8], answered: &[u8]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, asked);
    feeder.segment(ANSWER, answered);
    feeder.finish();
    feeder.said
}

#[track_caller]
fn check(asked: &[&str], answered: &[&str], operations: &[&str]) -> Vec<serde_json::Value> {
    let mut said = told(&ask(asked), &answer(answered));
    assert_eq!(said.operations, operations, "{asked:?}");
    assert_eq!(said.anomalies, [""; 0], "{asked:?}");
    said.parsed()
}

/// The field of the first service of the last message.
fn field<'a>(messages: &'a [serde_json::Value], name: &str) -> &'a serde_json::Value {
    &messages.last().unwrap()["services"][0][name]
}

#[test]
fn tables() {
    let table = "00 0004 01020304 f6";
    let m = check(&["30 0017"], &[table], &["read [read] table 23 current_register_data: ok"]);
    assert_eq!(field(&m, "tables")[0]["data"], "01020304");
    check(&["3f 0040 000014 0004"], &[table], &["read_at_offset [read] table 64 load_profile_data_1 from byte 20: ok"]);
    let m =
        check(&["32 0802 0001 0002 0003"], &["00 0001 05 fb"], &["read_by_index [read] manufacturer table 2 element 1.2: ok"]);
    assert_eq!(m[0]["services"][0]["index"], serde_json::json!([1, 2]));
    check(&["40 1006 0002 0102 fd"], &["00"], &["write [write] pending table 6 utility_information = 0102: ok"]);
    check(
        &["4f 0006 000001 0001 07 f9"],
        &["03"],
        &["write_at_offset [write] table 6 utility_information from byte 1 = 07: error: insufficient security clearance"],
    );
    check(
        &["41 0006 0001 0001 07 f9", "30 0001"],
        &["00", "01"],
        &[
            "write_by_index [write] table 6 utility_information element 1 = 07: ok",
            "read [read] table 1 manufacturer_identification: error: error",
        ],
    );
    // The first error ends the services that were asked for together.
    check(
        &["30 0001", "30 0005"],
        &["06"],
        &[
            "read [read] table 1 manufacturer_identification: error: device busy",
            "read [read] table 5 device_identification: error: device busy",
        ],
    );
}

#[test]
fn procedures_and_secrets() {
    check(&["40 0007 0003 0000 01 ff"], &["00"], &["execute_procedure [control] procedure 0 cold_start: ok"]);
    check(
        &["40 0007 0005 0a00 02 0305 ec"],
        &["00"],
        &["execute_procedure [configuration] procedure 10 set_date_or_time = 0305: ok"],
    );
    let m = check(
        &["40 0007 0003 0508 03 f0"],
        &["04"],
        &["execute_procedure [control] manufacturer procedure 5: error: operation not possible"],
    );
    assert_eq!(m[0]["services"][0]["procedure"], 5);
    let m = check(&["40 002a 0002 abcd 88"], &["00"], &["write [write] table 42 security = hidden: ok"]);
    assert!(!format!("{m:?}").contains("abcd"));
    let mut said = told(&ask(&["40 0007 0006 1200 04 abcdef 83", "30 002d"]), &answer(&["00", "00 0002 abcd 88"]));
    assert_eq!(
        said.operations,
        ["execute_procedure [configuration] procedure 18 log_in = hidden: ok", "read [read] table 45 keys: ok"]
    );
    assert_eq!((said.secrets.as_slice(), said.anomalies.len()), (&[6, 2][..], 0));
    assert!(!format!("{:?}", said.parsed()).contains("abcd"));
    // The same procedure, whose answer is to be posted when it is done.
    let mut said = told(&ask(&["40 0007 0006 1210 04 abcdef 73"]), &answer(&["00"]));
    assert_eq!(said.operations, ["execute_procedure [configuration] procedure 18 log_in = hidden: ok"]);
    assert!(!format!("{:?}", said.parsed()).contains("abcd"));
    let password = format!("51 {} 0002", "41".repeat(4) + &"20".repeat(16));
    let mut said = told(&ask(&["50 1234 68656c6c6f776f726c64 003c", &password]), &answer(&["00 0e10", "00"]));
    assert_eq!(said.operations, ["logon [configuration]  = helloworld (4660): ok", "security [configuration] : ok"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password ".to_owned()][..], &[4][..]));
    let messages = said.parsed();
    assert_eq!(field(&messages, "idle_seconds"), 3600);
    assert!(!format!("{messages:?}").contains("41414141"));
}

#[test]
fn nodes() {
    let uid = "06082b06010401828563";
    let m = check(&["20"], &[&format!("00 000100 04{uid} 05 81 06{uid} 07 03 01 0a0b 00")], &["identify [diagnostic] : ok"]);
    let identity = ["version", "security_mechanism", "sessions", "sessionless", "class", "identity_format", "identity"];
    assert_eq!(
        identity.map(|name| field(&m, name).to_string()),
        ["1", "\"1.3.6.1.4.1.33507\"", "1", "true", "\"1.3.6.1.4.1.33507\"", "1", "\"0a0b\""]
    );
    let register = format!("27 fe ef 01828563 {uid} {uid} 08 66697a7a62757a7a 010203 04 62656566");
    let mut said = told(&ask(&[&register]), &answer(&[&format!("00 {uid} 0e10 000000 ef")]));
    assert_eq!(said.operations, ["register [configuration] 1.3.6.1.4.1.33507 = serial 1.3.6.1.4.1.33507, address fizzbuzz: ok"]);
    assert_eq!(said.evidence, ["Sender serial=1.3.6.1.4.1.33507 (60)", "Sender name=1.3.6.1.4.1.33507 (50)"]);
    let m = said.parsed();
    let asked = &m[0]["services"][0];
    assert_eq!(
        (&asked["class"], &asked["pattern"], &asked["period_seconds"]),
        (&".1.33507".into(), &"beef".into(), &66_051.into())
    );
    assert_eq!(asked["node"].as_array().unwrap().len(), 7);
    assert_eq!((field(&m, "delay_seconds"), field(&m, "period_seconds")), (&3600.into(), &0.into()));
    check(&[&format!("24 {uid}")], &["00"], &["deregister [configuration] 1.3.6.1.4.1.33507: ok"]);
    let m = check(&[&format!("25 {uid}")], &["00 03 6c6f63"], &["resolve [diagnostic] 1.3.6.1.4.1.33507: ok"]);
    assert_eq!(field(&m, "address"), "loc");
    let m = check(&[&format!("26 {uid}")], &[&format!("00 {uid} 8002 7b04")], &["trace [diagnostic] : ok"]);
    assert_eq!(field(&m, "titles"), &serde_json::json!(["1.3.6.1.4.1.33507", ".123.4"]));
    check(&["70 70"], &["00"], &["wait [diagnostic]  = 112 s: ok"]);
    let m = check(
        &["52", "21", "22"],
        &["00", "00", "0f 00000400"],
        &["logoff [configuration] : ok", "terminate [diagnostic] : ok", "disconnect [configuration] : error: request too large"],
    );
    assert_eq!(m.last().unwrap()["services"][2]["size_max"], 1024);
}

#[test]
fn nodes_behind_a_relay_count_by_themselves() {
    // Two hosts ask through one relay with the same number (5.3.4.3): an answer goes to the title that asked.
    let titled = |last: u8| format!("060b2b06010401828563{last:02x}{last:02x}00");
    let title = |tag: &str, last: u8| format!("{tag}0d{}", titled(last));
    let number = |tag: &str| format!("{tag}03020107");
    let from = |host: u8, service: &str| clear(&format!("{CALLED}{}{}", title("a6", host), number("a8")), &[service]);
    let to = |host: u8, service: &str| clear(&format!("{}{}{CALLING}a80302012c", title("a2", host), number("a4")), &[service]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &from(1, "300017"));
    feeder.segment(ASK, &from(2, "300003"));
    feeder.segment(ANSWER, &to(2, "03"));
    feeder.segment(ANSWER, &to(1, "00 0001 05 fb"));
    let wanted = [
        "read [read] table 3 end_device_mode_status: error: insufficient security clearance",
        "read [read] table 23 current_register_data: ok",
    ];
    assert_eq!(feeder.said.operations, wanted);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn nodes_behind_a_relay_are_named() {
    let other = "a20f060d2b060104018285638e7f010200";
    let plate = "00 0018 47454e20 4d4f44454c2d3120 01 02 03 04 3132333435363738";
    let sum = hex(plate).iter().skip(3).fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
    let plate = format!("{plate}{sum:02x}");
    let asked = |called: &str, service: &str| clear(&format!("{called}{CALLING}{NUMBER}"), &[service]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &asked(CALLED, "30 0017"));
    feeder.segment(ANSWER, &answer(&["03"]));
    feeder.segment(ASK, &asked(other, "30 0001"));
    feeder.segment(ANSWER, &answer(&[&plate]));
    feeder.segment(ASK, &asked(other, "21"));
    feeder.finish();
    let wanted = [
        "read [read] table 23 current_register_data: error: insufficient security clearance",
        "read [read] table 1 manufacturer_identification of node 1.3.6.1.4.1.33507.1919.1.2.0: ok",
        "terminate [diagnostic] node 1.3.6.1.4.1.33507.1919.1.2.0: unanswered",
    ];
    assert_eq!(feeder.said.operations, wanted);
    // What is behind says nothing of who passes it on.
    assert_eq!(feeder.said.evidence, [""; 0]);
}

#[test]
fn secrets_that_are_cut_off_are_hidden() {
    // A password of four bytes instead of twenty (5.3.2.4.7), a write to the table of keys that ends too soon.
    for service in ["51 53455343", "40 002d 0010 53455343"] {
        let mut said = told(&ask(&[service]), &answer(&["03"]));
        assert_eq!(said.secrets.len(), 1, "{service}");
        assert!(!format!("{:?} {:?}", said.parsed(), said.operations).contains("53455343"), "{service}");
    }
}

#[test]
fn messages_that_are_cut_keep_their_secrets() {
    let password = format!("51 {} 0002", "53".repeat(20));
    let keys = format!("40 002d 0014 {} 00", "53".repeat(20));
    for service in [password.as_str(), keys.as_str()] {
        let whole = ask(&["20", service]);
        let begins = whole.windows(2).position(|window| window == b"SS").unwrap();
        for end in 6..begins + 20 {
            let mut feeder = Feeder::new(&INFO);
            feeder.segment(ASK, &ask(&["20"]));
            feeder.segment(ASK, &whole[..end]);
            feeder.cut(ASK, whole.len() - end);
            let told = feeder.said.secrets.iter().sum::<usize>();
            assert!(told >= end.saturating_sub(begins) && told <= 24, "{end}: {told}");
            assert!(!format!("{:?}", feeder.said.parsed()).contains("5353"), "{end}");
        }
    }
    // An answer with the table of keys, whose request is known.
    let whole = answer(&[&format!("00 0014 {} 00", "53".repeat(20))]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &ask(&["30 002d"]));
    feeder.segment(ANSWER, &whole[..whole.len() - 5]);
    feeder.cut(ANSWER, 5);
    assert_eq!(feeder.said.secrets.len(), 1);
    assert!(!format!("{:?}", feeder.said.parsed()).contains("5353"));
    // In a datagram.
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    let ctx = context(ASK, Transport::Udp, PORT);
    let whole = ask(&[&password]);
    assert!(decoder.datagram(&ctx, &ask(&["20"]), &mut said) && decoder.datagram(&ctx, &whole[..whole.len() - 10], &mut said));
    assert_eq!(said.secrets.len(), 1);
}

#[test]
fn nameplates() {
    let plate = "00 0018 47454e20 4d4f44454c2d3120 01 02 03 04 3132333435363738";
    let sum = hex(plate).iter().skip(3).fold(0u8, |sum, byte| sum.wrapping_sub(*byte));
    let said = told(&ask(&["30 0001"]), &answer(&[&format!("{plate}{sum:02x}")]));
    assert_eq!(
        said.evidence,
        [
            "Sender vendor=GEN (70)",
            "Sender model=MODEL-1 (80)",
            "Sender hardware=1.2 (80)",
            "Sender firmware=3.4 (80)",
            "Sender serial=12345678 (80)"
        ]
    );
}

#[test]
fn encrypted_messages() {
    // A request and an answer of a capture that others published.
    let asked = hex(&format!("6047{CALLED}{CALLING}{NUMBER}ac0fa20da00ba10980010081044c97f489be0d280b81098865f1e271a71f7f27"));
    let answered = hex(
        "606da20a06082b06010401828563a406020413e81421a611060f2b060104018285638e7f85f1c24e00a80302012cac0fa20da00ba10980010081044c97f489be2e282c812a88e6976be9206159ccea0cd39941f3f24409e294a1f98463865e8b96c5e576039a90e4e70fa138a2d998",
    );
    let mut said = told(&asked, &answered);
    assert_eq!(
        (said.operations.as_slice(), said.anomalies.len()),
        (&["encrypted_services [diagnostic] : unconfirmed".to_owned()][..], 0)
    );
    let m = said.parsed();
    for (name, value) in [
        ("called_title", "1.3.6.1.4.1.33507.1919.12345678.0".into()),
        ("calling_title", "1.3.6.1.4.1.33507".into()),
        ("calling_id", serde_json::json!(0x13e8_1421)),
        ("initial_vector", 1_285_026_953.into()),
        ("key_id", 0.into()),
        ("mac", "a71f7f27".into()),
        ("ciphertext", "65f1e271".into()),
        ("security_mode", "encrypted_with_authentication".into()),
        ("response", false.into()),
    ] {
        assert_eq!(m[0][name], value, "{name}");
    }
    assert_eq!((&m[1]["response"], &m[1]["called_id"]), (&true.into(), &serde_json::json!(0x13e8_1421)));
}

#[test]
fn other_elements() {
    let elements = format!("a108 0606 6086480186fc a203 8001 05 a703 0201 04 {NUMBER} 8b03 2a0304 ac07 2805 0201 00 8100");
    let mut said = told(&message(&elements, &hex("97 01020304 01 20 aabbccdd")), &[]);
    let m = said.parsed();
    assert_eq!((&m[0]["called_title"], &m[0]["qualifier"], &m[0]["mechanism"]), (&".5".into(), &4.into(), &"1.2.3.4".into()));
    assert_eq!(
        (&m[0]["device_class"], &m[0]["mac"], &m[0]["response_control"]),
        (&"01020304".into(), &"aabbccdd".into(), &"unknown".into())
    );
    assert_eq!((&m[0]["authentication"], &m[0]["names"][0]), (&"octets".into(), &"identify".into()));
    assert_eq!(said.operations, ["identify [diagnostic] : unanswered"]);
    let c1221 = format!("{CALLED}{NUMBER}ac0a a208 a006 a004 8102 abcd");
    let said = told(&message(&c1221, &hex("82 01 20")), &[]).parsed();
    assert_eq!((&said[0]["authentication"], &said[0]["authentication_request"]), (&"c1221".into(), &"abcd".into()));
}

#[test]
fn damage_has_names() {
    let complaint = |asked: Vec<u8>, answered: Vec<u8>, want: &str| {
        let said = told(&[ask(&["20"]), asked].concat(), &[answer(&["00"]), answered].concat());
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert!(found.contains(&want), "{want}: {found:?}");
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    complaint(message(&format!("{CALLED}{NUMBER}"), &hex("80 05 20")), vec![], "bad_message");
    complaint(hex("60 05 a203 0203 01"), vec![], "bad_message");
    complaint(hex("61 00"), vec![], "bad_message");
    complaint(ask(&["40 0006 0001 07 00"]), vec![], "bad_check");
    complaint(ask(&["30 00"]), vec![], "truncated_service");
    complaint(ask(&["7f"]), vec![], "unknown_service");
    complaint(vec![], answer(&["00"]), "response_without_request");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true });
    let asked = ask(&["20"]);
    assert_eq!(verdict(&asked, PORT, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&asked, 5000, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&answer(&["00"]), 5000, Transport::Udp), Verdict::SureServer);
    assert_eq!(verdict(&asked[..20], PORT, Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&asked[..20], PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&[&asked[..], b"x"].concat(), PORT, Transport::Udp), Verdict::No);
    // DLMS and MMS begin in the same way.
    let dlms = hex("601da109060760857405080101be10040e01000000065f1f0400007e1fffff");
    assert_eq!(verdict(&dlms, PORT, Transport::Tcp), Verdict::No);
    let (mine, said) = crate::testing::datagram(&INFO, &context(ASK, Transport::Udp, PORT), &asked);
    assert!(mine && said.messages.len() == 1);
    assert!(!crate::testing::datagram(&INFO, &context(ASK, Transport::Udp, PORT), &dlms).0);
}

#[test]
fn waiting() {
    let errors_only = told(&message(&format!("{CALLED}{NUMBER}"), &hex("81 01 20")), &[]);
    assert_eq!(errors_only.operations, ["identify [diagnostic] : unconfirmed"]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &ask(&["20"]));
    feeder.segment(ASK, &ask(&["20"]));
    feeder.segment(ASK, &ask(&["30 0001"]));
    feeder.gap(ANSWER, 10);
    feeder.now = wf_model::Timestamp(61_000_000_000);
    feeder.segment(ASK, &message(&format!("{CALLED}{NUMBER}"), &hex("82 01 22")));
    feeder.finish();
    assert_eq!(
        feeder.said.operations,
        [
            "identify [diagnostic] : unanswered",
            "disconnect [configuration] : unconfirmed",
            "read [read] table 1 manufacturer_identification: unconfirmed"
        ]
    );
}

proptest! {
    #[test]
    fn any_data_is_survived(data in proptest::collection::vec(any::<u8>(), 0..120), code in any::<u8>()) {
        let service: String = std::iter::once(&code).chain(&data).map(|byte| format!("{byte:02x}")).collect();
        let begun = [(true, ask(&["20"])), (false, answer(&["00"]))];
        crate::testing::survives(&INFO, &begun, &[
            (true, ask(&[&service])), (false, answer(&[&service])), (true, element(0x60, &data)),
            (false, message(NUMBER, &data)), (true, data),
        ]);
    }
}
