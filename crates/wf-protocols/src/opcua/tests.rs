mod damage;

use super::value::Scalar;
use super::wire::{Guid, Time};
use super::*;
use crate::testing::{Feeder, hex};

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
/// Headers of requests and good answers: no token, no times, handle 1, nothing else.
const ASKS: &str = "0000 0000000000000000 01000000 00000000 ffffffff 00000000 000000";
const GOOD: &str = "0000000000000000 01000000 00000000 00 ffffffff 000000";
const BAD_SHUTDOWN: &str = "0000000000000000 01000000 00000c80 00 ffffffff 000000";

/// A message with its size: `MSGF`, what comes after the size.
fn message(kind: &str, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + HEADER).unwrap_or(0);
    [kind.as_bytes(), &size.to_le_bytes(), body].concat()
}

/// A chunk on channel 3 with token 4.
fn chunk(kind: &str, sequence: u32, request: u32, body: &[u8]) -> Vec<u8> {
    let head = [3u32, 4, sequence, request].map(u32::to_le_bytes).concat();
    message(kind, &[&head, body].concat())
}

/// A body: number of the type, header, parameters.
fn body(number: u16, header: &str, parameters: &str) -> Vec<u8> {
    [&[1, 0], &number.to_le_bytes()[..], &hex(header), &hex(parameters)].concat()
}

/// The message that opens a channel with that policy.
fn open(policy: &str, rest: &[u8]) -> Vec<u8> {
    let uri = format!("http://opcfoundation.org/UA/SecurityPolicy#{policy}");
    let length = u32::try_from(uri.len()).unwrap_or(0).to_le_bytes();
    message("OPNF", &[&3u32.to_le_bytes(), &length[..], uri.as_bytes(), &[0xff; 8], rest].concat())
}

/// The request for a channel, and its answer.
fn opening() -> [Vec<u8>; 2] {
    let asks = body(446, ASKS, "00000000 00000000 01000000 ffffffff 80ee3600");
    let answers = body(449, GOOD, "00000000 03000000 04000000 0000000000000000 80ee3600 ffffffff");
    [asks, answers].map(|body| open("None", &[&hex("01000000 01000000"), &body[..]].concat()))
}

fn opened() -> Feeder {
    let mut feeder = Feeder::new(&INFO);
    let [asked, answered] = opening();
    feeder.segment(ASK, &asked);
    feeder.segment(ANSWER, &answered);
    assert_eq!(std::mem::take(&mut feeder.said.operations), ["open_secure_channel [diagnostic] None none: ok"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
    feeder
}

/// A request: number, parameters. An answer: number, header, parameters.
type Asks<'a> = (u16, &'a str);
type Answers<'a> = (u16, &'a str, &'a str);

/// Requests and answers one after another on an open channel.
fn exchange(pairs: &[(Asks<'_>, Answers<'_>)]) -> Feeder {
    let mut feeder = opened();
    for (at, ((request, asks), (response, header, answers))) in (2..).zip(pairs) {
        feeder.segment(ASK, &chunk("MSGF", at, at, &body(*request, ASKS, asks)));
        feeder.segment(ANSWER, &chunk("MSGF", at, at, &body(*response, header, answers)));
    }
    feeder
}

fn check(request: Asks<'_>, response: Answers<'_>, operations: &[&str], measurements: &[&str]) {
    let feeder = exchange(&[(request, response)]);
    assert_eq!(feeder.said.operations, operations, "{request:?}");
    assert_eq!(feeder.said.measurements, measurements, "{request:?}");
    assert_eq!(feeder.said.anomalies, [""; 0], "{request:?}");
}

/// The examples of OPC 10000-6, 5.2.2.
#[test]
fn built_in_types() {
    fn scalar(kind: u8, text: &str) -> String {
        let bytes = hex(text);
        let mut r = Reader::new(&bytes);
        let shown = Scalar::read(kind, &mut r, 0).map(|s| s.to_string()).unwrap_or_default();
        assert!(r.is_empty(), "{text}");
        shown
    }
    for (kind, bytes, shown) in [
        (6, "00ca9a3b", "1000000000"),
        (10, "0000d0c0", "-6.5"),
        (12, "06000000 e6b0b4426f79", "水Boy"),
        (12, "ffffffff", "null"),
        (14, "912b9672 75fa e64a 8d28 b404dc7daf63", "72962b91-fa75-4ae6-8d28-b404dc7daf63"),
        (17, "03 0100 06000000 486f74e6b0b4", "ns=1;s=Hot水"),
        (17, "00 48", "i=72"),
        (17, "01 05 0104", "ns=5;i=1025"),
        (17, "05 0200 05000000 0102030405", "ns=2;b=AQIDBAU="),
        (18, "c0 07 03000000 61 62 63 02000000", "svr=2;nsu=abc;i=7"),
        (19, "0000 3480", "BadNodeIdUnknown"),
        (20, "0200 04000000 50756d70", "2:Pump"),
        (21, "03 02000000 656e 05000000 48656c6c6f", "Hello"),
        (22, "01 00 0001 01 02000000 beef", "{i=256, 2 bytes}"),
        (24, "81 03000000 00 01 01", "[false, true, true]"),
    ] {
        assert_eq!(scalar(kind, bytes), shown, "{bytes}");
    }
    assert_eq!(Time(132_000_000_000_000_000).to_string(), "2019-04-17T18:40:00.000000Z");
    assert_eq!((Time(0).to_string(), Guid([0; 16]).to_string().len()), ("0".to_owned(), 36));
}

/// OPC 10000-6, 5.2.2.16: a Variant may hold a DataValue, whose type and times are its own.
#[test]
fn a_value_within_a_value_stands_by_itself() {
    let answer = (634, GOOD, "01000000 05 17 07 06 07000000 00000780 00804d2b0eb1d501 00804d2b0eb1d501 ffffffff");
    let mut feeder = exchange(&[((631, "0000000000000000 02000000 01000000 00 07 0d000000 ffffffff 0000 ffffffff"), answer)]);
    let result = feeder.said.parsed().pop().unwrap_or_default()["results"][0].take();
    let inner = &result["value"][0];
    assert_eq!(
        (result["type"].as_str(), inner["type"].as_str(), inner["value"].as_i64()),
        (Some("DataValue"), Some("Int32"), Some(7))
    );
    assert!(result["status"].is_null() && inner["status"] == "BadDecodingError", "{result}");
    assert!(result["source_timestamp"].is_string() && inner["source_timestamp"].is_string(), "{result}");
}

#[test]
fn tables_are_in_order() {
    assert!(services::SERVICES.is_sorted_by(|a, b| a.request < a.response && a.response < b.request));
    assert!(structs::STRUCTURES.is_sorted_by(|a, b| a.number < b.number));
    assert_eq!((status::name(0x80340000), status::outcome(0x8034_0000)), ("BadNodeIdUnknown", "error: BadNodeIdUnknown"));
    assert_eq!((status::name(0x8fff_0000), status::quality(0x0000_0480)), ("Bad (vendor's code)", "good"));
    assert!(services::find(632).is_none() && services::find(0).is_none() && services::find(634).is_some_and(|(_, r)| !r));
}

#[test]
fn reads_and_writes() {
    check(
        (
            631,
            "0000000000000000 02000000 02000000 03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 00 07 04000000 ffffffff 0000 ffffffff",
        ),
        (634, GOOD, "02000000 05 0b 0000000000003540 0000000000000000 03 15 02 04000000 6e616d65 00009240 ffffffff"),
        &["read [read] ns=2;s=a: ok", "read [read] i=7 DisplayName: ok"],
        &["ns=2;s=a = 21 (good)"],
    );
    check(
        (673, "02000000 01 02 0500 0d000000 ffffffff 01 86 02000000 01000000 fffffff f 00 07 04000000 ffffffff 00"),
        (676, GOOD, "02000000 00000000 00003b80 ffffffff"),
        &["write [write] ns=2;i=5 = [1, -1]: ok", "write [configuration] i=7 DisplayName = null: error: BadNotWritable"],
        &["ns=2;i=5[0] = 1 (good)", "ns=2;i=5[1] = -1 (good)"],
    );
    check(
        (673, "01000000 01 02 0500 0d000000 03000000 313a32 01 01 01"),
        (397, BAD_SHUTDOWN, ""),
        &["write [write] ns=2;i=5[1:2] = true: error: BadShutdown"],
        &[],
    );
    let unsure = "01000000 0b 0a 00000041 00009040 0000000000000000 ffffffff";
    check(
        (631, "0000000000000000 02000000 01000000 01 02 0500 0d000000 ffffffff 0000 ffffffff"),
        (634, GOOD, unsure),
        &["read [read] ns=2;i=5: ok"],
        &["ns=2;i=5 = 8 (UncertainLastUsableValue)"],
    );
}

#[test]
fn acts_name_what_they_act_on() {
    check(
        (712, "01000000 01 02 0500 01 02 0600 02000000 0b 000000000000f83f 01 01"),
        (715, GOOD, "01000000 00000000 ffffffff ffffffff 01000000 01 01 ffffffff"),
        &["call [control] ns=2;i=6 of ns=2;i=5 = (1.5, true): ok"],
        &[],
    );
    check(
        (488, "01000000 0055 0023 01 01 0000 0100 03000000 546f70 01000000 000000 003a"),
        (491, GOOD, "01000000 00000000 01 01 0900 ffffffff"),
        &["add_nodes [configuration] ns=1;i=9 = object 1:Top below i=85: ok"],
        &[],
    );
    check(
        (488, "01000000 0055 0023 0000 0100 03000000 546f70 01000000 000000 003a"),
        (491, GOOD, "01000000 00001f80 0000 ffffffff"),
        &["add_nodes [configuration] 1:Top below i=85 = object 1:Top below i=85: error: BadUserAccessDenied"],
        &[],
    );
    check((500, "01000000 0009 01"), (503, GOOD, "01000000 00000000 ffffffff"), &["delete_nodes [configuration] i=9: ok"], &[]);
    check(
        (494, "01000000 0009 0023 01 ffffffff 0055 01000000"),
        (497, GOOD, "01000000 00000000 ffffffff"),
        &["add_references [configuration] i=9 = i=35 to i=85: ok"],
        &[],
    );
    let update = "01000000 01 00aa02 01 14000000 0009 01000000 01000000 01 0b 000000000000f83f";
    check(
        (700, update),
        (703, GOOD, "01000000 00000000 01000000 00000000 ffffffff ffffffff"),
        &["history_update [write] i=9 = UpdateDataDetails insert 1.5: ok"],
        &[],
    );
    check(
        (554, "01000000 0055 01000000 0023 00 01 0200 01000000 61"),
        (557, GOOD, "01000000 00006f80 ffffffff ffffffff"),
        &["translate_browse_paths [diagnostic] i=85/2:a: error: BadNoMatch"],
        &[],
    );
    let browse = "0000 0000000000000000 00000000 00000000 01000000 0055 00000000 0000 01 00000000 3f000000";
    check((527, browse), (530, GOOD, "01000000 00000000 ffffffff 00000000 ffffffff"), &["browse [diagnostic] i=85: ok"], &[]);
    check(
        (847, "01000000 05000000"),
        (850, GOOD, "01000000 00000000 ffffffff"),
        &["delete_subscriptions [diagnostic] subscription 5: ok"],
        &[],
    );
}

/// Number of the subscription, and a notification of two values.
const CHANGES: &str = "05000000 ffffffff 00 01000000 0000000000000000 01000000 01 002b03 01 20000000 02000000 \
    07000000 01 0b 000000000000f83f 08000000 01 06 02000000 ffffffff ffffffff ffffffff";

#[test]
fn notifications_find_their_nodes() {
    let item = "03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 02000000 07000000 0000000000000000 000000 01000000 01";
    let made = "01000000 00000000 01000000 0000000000000000 01000000 000000 ffffffff";
    let create = format!("05000000 02000000 01000000 {item}");
    let mut feeder = exchange(&[((751, &create), (754, GOOD, made)), ((826, "ffffffff"), (829, GOOD, CHANGES))]);
    let operations = ["create_monitored_items [read] ns=2;s=a: ok", "publish [read] subscription 5: ok"];
    assert_eq!(feeder.said.operations, operations);
    let last = feeder.said.parsed().pop().unwrap_or_default();
    assert_eq!(last.get("nodes"), Some(&["ns=2;s=a", "subscription 5 item 8"].as_slice().into()));
    assert_eq!(feeder.said.measurements, ["ns=2;s=a = 1.5 (good)", "subscription 5 item 8 = 2 (good)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn handles_may_change() {
    let item = "03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 02000000 01000000 0000000000000000 000000 01000000 01";
    let made = "01000000 00000000 09000000 0000000000000000 01000000 000000 ffffffff";
    let create = format!("05000000 02000000 01000000 {item}");
    let modify = "05000000 02000000 01000000 09000000 07000000 0000000000000000 000000 01000000 01";
    let modified = "01000000 00000000 0000000000000000 01000000 000000 ffffffff";
    let feeder = exchange(&[
        ((751, &create), (754, GOOD, made)),
        ((763, modify), (766, GOOD, modified)),
        ((826, "ffffffff"), (829, GOOD, CHANGES)),
    ]);
    assert_eq!(feeder.said.measurements, ["ns=2;s=a = 1.5 (good)", "subscription 5 item 8 = 2 (good)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn items_end_with_their_deletion() {
    let item = "03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 02000000 07000000 0000000000000000 000000 01000000 01";
    let made = "01000000 00000000 09000000 0000000000000000 01000000 000000 ffffffff";
    let create = format!("05000000 02000000 01000000 {item}");
    let create = ((751, create.as_str()), (754, GOOD, made));
    let publish = ((826, "ffffffff"), (829, GOOD, CHANGES));
    for (asks, answers, first) in [
        ((781, "05000000 01000000 09000000"), (784, GOOD, "01000000 00000000 ffffffff"), "subscription 5 item 7"),
        ((781, "05000000 01000000 09000000"), (784, GOOD, "01000000 00004280 ffffffff"), "ns=2;s=a"),
        ((847, "01000000 05000000"), (850, GOOD, "01000000 00000000 ffffffff"), "subscription 5 item 7"),
        ((847, "01000000 06000000"), (850, GOOD, "01000000 00000000 ffffffff"), "ns=2;s=a"),
    ] {
        let feeder = exchange(&[create, (asks, answers), publish]);
        assert_eq!(feeder.said.measurements, [format!("{first} = 1.5 (good)"), "subscription 5 item 8 = 2 (good)".to_owned()]);
        assert_eq!(feeder.said.anomalies, [""; 0]);
    }
}

#[test]
fn items_fall_out() {
    let made = |number: u32| format!("00000000 {:08x} 0000000000000000 01000000 000000", number.swap_bytes());
    let item = |handle: u32| {
        let handle = handle.swap_bytes();
        format!("03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 02000000 {handle:08x} 0000000000000000 000000 01000000 01")
    };
    let lists = |from: u32| {
        let items: Vec<String> = (from..from + 900).map(item).collect();
        let results: Vec<String> = (from..from + 900).map(made).collect();
        (format!("05000000 02000000 84030000 {}", items.concat()), format!("84030000 {} ffffffff", results.concat()))
    };
    let made: Vec<_> = (0..5).map(|part| lists(part * 900)).collect();
    let pairs: Vec<_> = made.iter().map(|(asks, answers)| ((751, asks.as_str()), (754, GOOD, answers.as_str()))).collect();
    let feeder = exchange(&pairs);
    assert_eq!((feeder.said.evicted, feeder.said.operations.len()), (4500 - 4096, 4500));
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn events_are_told_by_their_filter() {
    let clause = |name: &str| {
        let name: String = name.bytes().map(|b| format!("{b:02x}")).collect();
        format!("01 00f907 01000000 0000 {:02x}000000 {name} 0d000000 ffffffff", name.len() / 2)
    };
    let clauses = [clause("EventId"), clause("SourceName"), clause("Severity"), clause("Message")].concat();
    let filter = hex(&format!("04000000 {clauses} 00000000"));
    let filter: String = filter.iter().map(|b| format!("{b:02x}")).collect();
    let item = format!(
        "01 00cd08 0c000000 ffffffff 0000 ffffffff 02000000 07000000 0000000000000000 01 00d702 01 {:02x}000000 {filter} 00000000 01",
        filter.len() / 2
    );
    let made = "01000000 00000000 01000000 0000000000000000 01000000 000000 ffffffff";
    let event = "07000000 04000000 0f 01000000 aa 0c 01000000 62 05 2c01 15 02 04000000 68696768";
    let event = format!("01000000 {event}");
    let publish = format!(
        "05000000 ffffffff 00 01000000 0000000000000000 01000000 01 009403 01 {:02x}000000 {event} ffffffff ffffffff",
        hex(&event).len()
    );
    let create = format!("05000000 02000000 01000000 {item}");
    let feeder = exchange(&[((751, &create), (754, GOOD, made)), ((826, "ffffffff"), (829, GOOD, &publish))]);
    assert_eq!(feeder.said.measurements, ["i=2253 EventNotifier = \"b: high (severity 300)\" (good)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn users_are_told_without_their_secrets() {
    // Signature, certificates, locales; the token; its signature.
    let with = |token: &str| format!("ffffffff ffffffff ffffffff ffffffff {token} ffffffff ffffffff");
    let user = with("01 004401 01 18000000 01000000 70 03000000 6a6f65 04000000 736e6f77 ffffffff");
    let answers = "ffffffff ffffffff ffffffff";
    let mut feeder = exchange(&[((467, &user), (470, GOOD, answers))]);
    assert_eq!(feeder.said.operations, ["activate_session [diagnostic] user name joe: ok"]);
    assert_eq!(feeder.said.credentials, ["password joe"]);
    assert_eq!(feeder.said.secrets, [4]);
    feeder.said.parsed();
    assert!(!feeder.said.messages.iter().any(|m| m.contains("snow") || m.contains("736e6f77")), "the password is shown");
    let encrypted = with("01 004401 01 19000000 01000000 70 03000000 6a6f65 04000000 736e6f77 01000000 61");
    assert_eq!(exchange(&[((467, &encrypted), (470, GOOD, answers))]).said.credentials, [""; 0]);
    let feeder = exchange(&[((467, &with("000000")), (470, GOOD, answers))]);
    assert_eq!(feeder.said.operations, ["activate_session [diagnostic] anonymous: ok"]);
}

#[test]
fn chunks_are_put_together() {
    let whole = body(673, ASKS, "01000000 01 02 0500 0d000000 ffffffff 01 06 07000000");
    let (first, rest) = whole.split_at(20);
    let (second, third) = rest.split_at(10);
    let mut feeder = opened();
    for (at, (kind, part)) in (2..).zip([("MSGC", first), ("MSGC", second), ("MSGF", third)]) {
        feeder.segment(ASK, &chunk(kind, at, 2, part));
    }
    feeder.segment(ANSWER, &chunk("MSGF", 2, 2, &body(676, GOOD, "01000000 00000000 ffffffff")));
    assert_eq!(feeder.said.operations, ["write [write] ns=2;i=5 = 7: ok"]);
    let services: Vec<_> =
        feeder.said.parsed().iter().filter_map(|m| m.get("service").and_then(serde_json::Value::as_u64)).collect();
    assert_eq!(services, [446, 449, 673, 676]);
    feeder.segment(ASK, &chunk("MSGC", 5, 3, first));
    feeder.segment(ASK, &chunk("MSGA", 6, 3, &hex("00000380 04000000 6d757374")));
    feeder.segment(ASK, &chunk("MSGF", 7, 4, &body(452, ASKS, "")));
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn what_is_encrypted_is_told_apart() {
    let noise: Vec<u8> = (0..96u8).map(|n| n.wrapping_mul(37) ^ 0x5a).collect();
    let mut feeder = Feeder::new(&INFO);
    for direction in [ASK, ANSWER] {
        feeder.segment(direction, &open("Basic256Sha256", &noise));
    }
    feeder.segment(ASK, &chunk("MSGF", 0x1234_5678, 9, &noise));
    assert_eq!(feeder.said.operations, ["open_secure_channel [diagnostic] Basic256Sha256: ok"]);
    let last = feeder.said.parsed().pop().unwrap_or_default();
    assert_eq!((last.get("encrypted"), last.get("service")), (Some(&true.into()), None));
    // The same channel with signatures alone: 32 bytes after each chunk.
    let read = body(631, ASKS, "0000000000000000 02000000 01000000 00 07 0d000000 ffffffff 0000 ffffffff");
    let value = body(634, GOOD, "01000000 01 0b 0000000000003540 ffffffff");
    feeder.segment(ASK, &chunk("MSGF", 2, 2, &[&read[..], &noise[..32]].concat()));
    feeder.segment(ANSWER, &chunk("MSGC", 2, 2, &[&value[..30], &noise[..32]].concat()));
    feeder.segment(ANSWER, &chunk("MSGF", 3, 2, &[&value[30..], &noise[..32]].concat()));
    assert_eq!(feeder.said.measurements, ["i=7 = 21 (good)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn connections() {
    let mut feeder = Feeder::new(&INFO);
    let limits = "00000000 00200000 00200000 00000000 00000000";
    feeder.segment(ANSWER, &message("RHEF", &hex("01000000 61 01000000 62")));
    feeder.segment(ASK, &message("HELF", &hex(&format!("{limits} 01000000 62"))));
    feeder.segment(ANSWER, &message("ACKF", &hex(limits)));
    feeder.segment(ASK, &message("HELF", &hex(&format!("{limits} 01000000 62"))));
    feeder.segment(ANSWER, &message("ERRF", &hex("00007d80 03000000 6e6f21")));
    let operations = [
        "reverse_hello [diagnostic] b: unconfirmed",
        "hello [diagnostic] b: ok",
        "hello [diagnostic] b: error: BadTcpServerTooBusy",
    ];
    assert_eq!(feeder.said.operations, operations);
    let last = feeder.said.parsed().pop().unwrap_or_default();
    assert_eq!((last.get("error"), last.get("reason")), (Some(&"BadTcpServerTooBusy".into()), Some(&"no!".into())));
}

#[test]
fn devices_say_who_they_are() {
    let built = "01000000 75 01000000 76 01000000 70 01000000 31 01000000 62 0000000000000000";
    let value = format!("01000000 01 16 01 005401 01 {:02x}000000 {built} ffffffff", hex(built).len());
    let read = "0000000000000000 02000000 01000000 01 00d408 0d000000 ffffffff 0000 ffffffff";
    let feeder = exchange(&[((631, read), (634, GOOD, &value))]);
    let said = [
        "Sender vendor=v (75)",
        "Sender model=p (75)",
        "Sender firmware=1 (75)",
        "Sender software=u (50)",
        "Sender description=build b (30)",
    ];
    assert_eq!(feeder.said.evidence, said);
    let url: String = "opc.tcp://plc-7:4840/a".bytes().map(|b| format!("{b:02x}")).collect();
    let policy = "0b000000 687474703a2f2f23 4e6f6e65";
    let policy = policy.replacen("0b", "0c", 1);
    let endpoint = format!(
        "01000000 16000000 {url} 01000000 75 01000000 76 02 03000000 506c63 00000000 ffffffff ffffffff ffffffff ffffffff \
         01000000 {policy} 01000000 01000000 70 01000000 ffffffff ffffffff ffffffff ffffffff 00"
    );
    let feeder = exchange(&[((428, "ffffffff ffffffff ffffffff"), (431, GOOD, &endpoint))]);
    let said = [
        "Sender software=Plc (60)",
        "Sender software=v (50)",
        "Sender name=plc-7 (50)",
        "Sender description=opc.tcp://plc-7:4840/a None none (user_name) (30)",
    ];
    assert_eq!(feeder.said.evidence, said);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}
