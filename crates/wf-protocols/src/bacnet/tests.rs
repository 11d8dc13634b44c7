use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_wire::Context;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A datagram of BACnet/IP around an APDU, with a network header of these octets.
fn carried(network: &str, apdu: &str) -> Vec<u8> {
    let body = [hex(network), hex(apdu)].concat();
    let length = u16::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[0x81, 0x0a], &length[..], &body].concat()
}

fn udp(direction: Direction) -> Context<'static> {
    context(direction, Transport::Udp, 47808)
}

/// Datagrams of one flow, with the way they travel.
fn flow(datagrams: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut decoder = Bacnet::default();
    let mut said = Recorder::default();
    for (direction, bytes) in datagrams {
        assert!(decoder.datagram(&udp(*direction), bytes, &mut said));
    }
    decoder.finish(&udp(ASK), &mut said);
    said
}

/// A request and its answer between neighbours; a request alone where the answer is empty.
fn exchange(request: &str, answer: &str) -> Recorder {
    let mut datagrams = vec![(ASK, carried("01 04", request))];
    if !answer.is_empty() {
        datagrams.push((ANSWER, carried("01 00", answer)));
    }
    flow(&datagrams)
}

fn check(request: &str, answer: &str, operation: &str) {
    let said = exchange(request, answer);
    assert_eq!(said.operations, [operation], "{request}");
    assert_eq!(said.anomalies, [""; 0], "{request}");
}

#[test]
fn examples_of_annex_f_that_change_something() {
    // F.3.10, F.3.3, F.3.4, F.4.1, F.4.4, F.2.2, F.1.1
    check(
        "00 04 59 0f 0c 00800001 19 55 3e 44 43340000 3f",
        "20 59 0f",
        "write_property [write] analog_value 1 present_value = 180: ok",
    );
    let create = "00 04 56 0a 0e 09 0a 0f 1e 09 4d 2e 75 08 00 5472656e642031 2f 09 29 2e 91 00 2f 1f";
    let created = "create_object [configuration] file = of_type file, object_name, Trend 1, file_access_method, 0: ok";
    check(create, "30 56 0a c4 0280000d", created);
    check("00 04 57 0b c4 02c00006", "20 57 0b", "delete_object [configuration] group 6: ok");
    let off = "device_communication_control [control]  = disable for 5 min: ok";
    check("00 04 05 11 09 05 19 01 2d 08 00 23656762646621", "20 05 11", off);
    let warm = "reinitialize_device [control]  = warmstart: ok";
    check("00 04 02 14 09 01 1d 09 00 4162436445664768", "20 02 14", warm);
    let wrote = "atomic_write_file [program] file 1 = start position 30, 27 octets: ok";
    check(&format!("00 02 55 07 c4 02800001 0e 31 1e 65 1b {} 0f", "41".repeat(27)), "30 55 07 09 1e", wrote);
    let acknowledged = "acknowledge_alarm [control] analog_input 2 = acknowledging_process 1, event_state_acknowledged high_limit, \
                        sequence_number 16, acknowledgment_source MDL, date 1992-06-21, time 13:03:41.09: ok";
    let acknowledge = "00 02 07 00 09 01 1c 00000002 29 03 3e 19 10 3f 4c 00 4d 44 4c 5e 2e a4 5c061507 b4 0d032909 2f 5f";
    check(
        &acknowledge.replace("4c 00 4d 44 4c", "4c 00 4d444c"),
        "20 07 00",
        &acknowledged.replace("                        ", ""),
    );
}

#[test]
fn examples_of_annex_f_that_read() {
    // F.3.5, F.3.7, F.3.8, F.2.1, F.1.10, F.1.7
    let said = exchange("00 00 01 0c 0c 00000005 19 55", "30 01 0c 0c 00000005 19 55 3e 44 4290999a 3f");
    assert_eq!(said.operations, ["read_property [read] analog_input 5 present_value: ok"]);
    assert_eq!(said.measurements, ["analog_input 5 present_value = 72.30000305175781 (good)"]);
    assert_eq!(said.evidence, ["Sender role=building_controller (30)"]);
    let said = exchange(
        "00 04 f1 0e 0c 00000010 1e 09 55 09 67 1f",
        "30 f1 0e 0c 00000010 1e 29 55 4e 44 4290999a 4f 29 67 4e 91 00 4f 1f",
    );
    assert_eq!(said.operations, ["read_property_multiple [read] analog_input 16 present_value and 1 more: ok"]);
    assert_eq!(said.measurements, ["analog_input 16 present_value = 72.30000305175781 (good)"]);
    let said = exchange("00 02 00 06 c4 02800001 0e 31 00 21 1b 0f", "30 00 06 10 0e 31 00 61 41 0f");
    assert_eq!((said.operations[0].as_str(), said.files[0].as_str()), ("atomic_read_file [read] file 1: ok", "file 1 "));
    check("00 02 0f 05 09 12 1c 0000000a 29 01 39 00", "20 0f 05", "subscribe_cov [read] analog_input 10: ok");
    check("00 02 01 1d", "30 01 1d 0e 0f 19 00", "get_event_information [read] : ok");
}

#[test]
fn notifications_tell_values() {
    // F.1.2 and F.1.3
    let body = "09 12 1c 02000004 2c 0000000a 39 00 4e 09 55 2e 44 42820000 2f 09 6f 2e 82 04 00 2f 4f";
    let said = exchange(&format!("00 02 0f 01 {body}"), "20 0f 01");
    assert_eq!((said.measurements[0].as_str(), said.operations.len()), ("analog_input 10 present_value = 65 (good)", 0));
    let said = exchange(&format!("10 02 {}", body.replace("82 04 00", "82 04 40")), "");
    assert_eq!(said.measurements, ["analog_input 10 present_value = 65 (fault)"]);
    // F.1.4: an alarm.
    let event = "09 01 1c 02000004 2c 00000002 3e 19 10 3f 49 04 59 64 69 05 89 00 99 01 a9 00 b9 03 \
                 ce 5e 0c 42a03333 1a 04 80 2c 3f800000 3c 42a00000 5f cf";
    let said = exchange(&format!("00 02 10 02 {event}"), "20 10 02");
    let told = "confirmed_event_notification [diagnostic] analog_input 2 = out_of_range from normal to high_limit: ok";
    assert_eq!((said.operations[0].as_str(), said.anomalies.len()), (told, 0));
}

#[test]
fn devices_say_who_they_are() {
    // F.4.9 and F.4.10
    let said = exchange("10 00 c4 02000003 22 0400 91 03 21 05", "");
    assert_eq!(said.evidence, ["Sender name=device 3 (40)", "Sender vendor=Johnson Controls (80)"]);
    check("10 08 09 03 19 03", "", "who_is [diagnostic] device 3: unconfirmed");
    check("10 08", "", "who_is [diagnostic] all devices: unconfirmed");
    check("10 07 3d 08 00 4f415454656d70", "", "who_has [diagnostic] OATTemp: unconfirmed");
    let time = "time_synchronization [configuration]  = date 1992-11-17, time 22:45:30.70: unconfirmed";
    check("10 06 a4 5c0b1102 b4 162d1e46", "", time);
    let read = |property: &str, value: &str| {
        let request = format!("00 02 01 0c 0c 02000003 19 {property}");
        exchange(&request, &format!("30 01 0c 0c 02000003 19 {property} 3e {value} 3f")).evidence
    };
    for (property, value, said) in [
        ("4d", "75 05 00 50 4c 43 31", "name=PLC1 (85)"),
        ("79", "75 05 00 41 43 4d 45", "vendor=ACME (90)"),
        ("78", "21 11", "vendor=Honeywell (80)"),
        ("46", "75 05 00 42 43 2d 31", "model=BC-1 (90)"),
        ("2c", "75 05 04 0031 0032", "firmware=12 (90)"),
        ("3a", "75 05 05 43 61 66 e9", "description=Café (50)"),
    ] {
        let evidence = read(property, value);
        assert_eq!(evidence.last().map(String::as_str), Some(format!("Sender {said}").as_str()));
    }
}

#[test]
fn who_is_behind_a_router_is_another() {
    let read = (ASK, carried("01 24 0003 01 6c ff", "02 75 07 0c 0c 00000001 19 55"));
    let answer = (ANSWER, carried("01 08 0003 01 6c", "30 07 0c 0c 00000001 19 55 3e 44 42820000 3f"));
    let said = flow(&[read.clone(), answer]);
    assert_eq!(said.operations, ["read_property [read] analog_input 1 present_value network 3 station 108: ok"]);
    assert_eq!(said.measurements, ["analog_input 1 present_value network 3 station 108 = 65 (good)"]);
    assert_eq!(said.evidence, [""; 0]);
    let announced = (ANSWER, carried("01 08 0003 01 6c", "10 00 c4 02000003 22 0400 91 03 21 05"));
    assert_eq!(flow(&[announced]).evidence, [""; 0]);
    // Clause 6.4.4: the router says that it cannot reach the network.
    let said = flow(&[read, (ANSWER, carried("01 80 03 01 0003", ""))]);
    assert_eq!(
        said.operations,
        ["read_property [read] analog_input 1 present_value network 3 station 108: error: network_unreachable"]
    );
}

/// Clause 6.4.4: the reject is for the oldest request to that network, whatever else waits.
#[test]
fn a_router_rejects_what_was_asked_of_its_network() {
    let near = (ASK, carried("01 04", "00 04 59 0f 0c 00800001 19 55 3e 44 43340000 3f"));
    let far = (ASK, carried("01 24 0003 01 6c ff", "02 75 07 0c 0c 00000001 19 55"));
    let said = flow(&[near, far, (ANSWER, carried("01 80 03 01 0003", ""))]);
    let expected = [
        "read_property [read] analog_input 1 present_value network 3 station 108: error: network_unreachable",
        "write_property [write] analog_value 1 present_value = 180: unanswered",
    ];
    assert_eq!(said.operations, expected);
}

#[test]
fn requests_wait_for_a_minute() {
    let (mut decoder, mut said) = (Bacnet::default(), Recorder::default());
    let write = carried("01 04", "00 04 59 0f 0c 00800001 19 55 3e 44 43340000 3f");
    decoder.datagram(&udp(ASK), &write, &mut said);
    let mut later = udp(ANSWER);
    later.now.ts = wf_model::Timestamp(61 * wf_model::time::SECOND);
    decoder.datagram(&later, &carried("01 00", "10 08"), &mut said);
    assert_eq!(said.operations.last().unwrap(), "write_property [write] analog_value 1 present_value = 180: unanswered");
}

#[test]
fn what_was_told_is_not_read_again() {
    let read = carried("01 04", "00 05 01 0c 0c 02000001 19 79");
    let answer = carried("01 00", "30 01 0c 0c 02000001 19 79 3e 75 05 00 41434d45 3f");
    for (unchanged, count) in [(false, 1), (true, 0)] {
        let (mut decoder, mut said) = (Bacnet::default(), Recorder::default());
        said.unchanged = unchanged;
        decoder.datagram(&udp(ASK), &read, &mut said);
        decoder.datagram(&udp(ANSWER), &answer, &mut said);
        assert_eq!(said.evidence.iter().filter(|e| e.contains("vendor=ACME")).count(), count);
    }
}

#[test]
fn refusals_are_outcomes() {
    let write = "00 04 59 0f 0c 00800001 19 55 3e 00 3f 49 08";
    let told = |outcome: &str| format!("write_property [write] analog_value 1 present_value = null priority 8: {outcome}");
    check(write, "50 59 0f 91 02 91 28", &told("error: write_access_denied"));
    check(write, "60 59 05", &told("error: reject_missing_required_parameter"));
    check(write, "71 59 04", &told("error: abort_segmentation_not_supported"));
    check(write, "", &told("unanswered"));
    // Clause 15.10: the second of three writes fails.
    let value = |property: &str| format!("09 {property} 2e 21 05 2f");
    let writes = format!("00 04 01 10 0c 00800001 1e {} {} {} 1f", value("55"), value("16"), value("51"));
    let said = exchange(&writes, "50 01 10 0e 91 02 91 25 0f 1e 0c 00800001 19 16 1f");
    let expected = [
        "write_property_multiple [write] analog_value 1 present_value = 5: ok",
        "write_property_multiple [configuration] analog_value 1 cov_increment = 5: error: value_out_of_range",
        "write_property_multiple [control] analog_value 1 out_of_service = 5: error: not_reached",
    ];
    assert_eq!(said.operations, expected);
}

#[test]
fn passwords_are_seen_and_not_kept() {
    let mut said = exchange("00 04 02 14 09 01 1d 09 00 4162436445664768", "50 02 14 91 04 91 1a");
    assert_eq!(said.credentials, ["password "]);
    assert_eq!(said.secrets, [8]);
    assert_eq!(said.operations, ["reinitialize_device [control]  = warmstart: error: password_failure"]);
    let all = format!("{:?} {:?}", said.parsed(), said.operations);
    assert!(all.contains("password_seen") && !all.contains("AbCdEfGh"), "{all}");
}

#[test]
fn segments_make_one_message() {
    let ask = (ASK, carried("01 04", "02 75 07 06 c4 02800001 0e 31 00 21 1b 0f"));
    let segment = |number: u8, more: bool, part: &str| {
        (ANSWER, carried("01 04", &format!("{} 07 {number:02x} 04 06 {part}", if more { "3c" } else { "38" })))
    };
    let [a, b, c] = [segment(0, true, "10 0e 31 00"), segment(1, true, "65 07 4142"), segment(2, false, "43444546 47 0f")];
    for order in [vec![&a, &b, &c], vec![&a, &a, &b, &b, &c], vec![&a, &c, &b]] {
        let mut said = flow(&std::iter::once(&ask).chain(order.iter().copied()).cloned().collect::<Vec<_>>());
        assert_eq!(said.operations, ["atomic_read_file [read] file 1: ok"]);
        assert_eq!(said.anomalies, [""; 0]);
        let last = said.parsed().pop().unwrap().to_string();
        assert!(last.contains("\"data\":\"41424344454647\""), "{last}");
    }
    // A hole that stays: the request was not answered as far as anybody can tell.
    assert_eq!(flow(&[ask, a, c]).operations, ["atomic_read_file [read] file 1: unanswered"]);
}

#[test]
fn endless_segments_are_let_go() {
    let mut segments = Segments::default();
    let (source, destination) = (npdu::Station::default(), npdu::Station::default());
    let key = Key { to_server: true, kind: 0, invoke_id: 1, source, destination };
    let outcomes: Vec<Outcome> = (0..300u32).map(|n| segments.take(key, n.to_le_bytes()[0], true, &[0; 1400])).collect();
    assert!(outcomes.contains(&Outcome::TooLong) && !outcomes.iter().any(|o| matches!(o, Outcome::Whole(_))));
    for invoke_id in 0..9 {
        segments.take(Key { invoke_id, ..key }, 0, true, &[1]);
    }
    assert_eq!(segments.evicted, 5);
    // More than 256 segments: the number wraps (clause 5.4).
    let whole = (0..300u32).map(|n| segments.take(key, n.to_le_bytes()[0], n < 299, &[7])).last();
    assert_eq!(whole, Some(Outcome::Whole(vec![7; 300])));
}

#[test]
fn links_and_routers_speak() {
    let said = flow(&[
        (ASK, hex("81 05 0006 001e")),
        (ANSWER, hex("81 00 0006 0000")),
        (ASK, hex("81 08 000a 0a000009 bac0")),
        (ANSWER, hex("81 00 0006 0050")),
    ]);
    let expected = [
        "register_foreign_device [diagnostic]  = 30 s: ok",
        "delete_foreign_device_table_entry [configuration]  = 10.0.0.9:47808: error: delete_foreign_device_table_entry_nak",
    ];
    assert_eq!(said.operations, expected);
    let mut said = flow(&[
        (ASK, hex("81 01 000e 0a000001 bac0 ffffffff")),
        (ANSWER, hex("81 00 0006 0000")),
        (ASK, hex("81 0a 0007 01 80 00")),
        (ANSWER, hex("81 0b 000b 01 80 01 0003 0004")),
        (ASK, hex("81 0a 000d 01 84 06 01 0005 01 00 00")),
        (ANSWER, hex("81 0a 0007 01 80 07")),
    ]);
    let expected = [
        "write_broadcast_distribution_table [configuration]  = 10.0.0.1:47808: ok",
        "who_is_router_to_network [diagnostic] all networks: unconfirmed",
        "initialize_routing_table [configuration]  = network 5 port 1: ok",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.evidence, ["Sender role=network_device (30)"]);
    assert!(said.parsed().iter().any(|m| m["networks"] == serde_json::json!([3, 4])));
}

#[test]
fn forwarded_messages_are_their_first_senders() {
    let (mine, mut said) = crate::testing::datagram(&INFO, &udp(ASK), &hex("81 04 000e 0a000107 bac0 01 00 10 08"));
    assert!(mine);
    let message = said.parsed().remove(0);
    assert_eq!((message["bvlc_function"].as_u64(), message["origin"].as_str()), (Some(4), Some("10.0.1.7")));
}

#[test]
fn straight_on_ethernet_and_ipv6() {
    let mut decoder = Bacnet::default();
    let mut said = Recorder::default();
    assert!(decoder.datagram(&context(ASK, Transport::Link, 0), &hex("01 00 10 08"), &mut said));
    assert!(decoder.datagram(&udp(ASK), &hex("82 02 000b 000005 01 00 10 08"), &mut said));
    let messages = said.parsed();
    assert_eq!((messages.len(), said.operations.len(), said.anomalies.len()), (2, 2, 0));
    assert!(messages.iter().all(|m| m["bvlc_function"].is_null()));
    assert_eq!(messages[1]["virtual_source"].as_u64(), Some(5));
}

fn complaint(bytes: &[u8], kind: &str) {
    let (_, said) = crate::testing::datagram(&INFO, &udp(ASK), bytes);
    assert_eq!(said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(), [kind], "{bytes:02x?}");
    assert!(INFO.anomalies.iter().any(|a| a.name == kind));
}

#[test]
fn breaches_have_names() {
    complaint(&hex("81 0a 00"), "truncated_header");
    complaint(&hex("81 0a 0009 01 00 10 08"), "bad_length");
    complaint(&hex("81 77 0004"), "unknown_link_function");
    complaint(&carried("02 00", "10 08"), "bad_version");
    complaint(&carried("01 40", "10 08"), "reserved_bits");
    complaint(&carried("01 80 30", ""), "unknown_network_message");
    complaint(&carried("01 00", "90 08"), "unknown_apdu_type");
    complaint(&carried("01 00", "10 63"), "unknown_service");
    complaint(&carried("01 00", "00"), "truncated_header");
    complaint(&carried("01 04", "00 00 01 0c 0c 000000"), "truncated_parameter");
    complaint(&carried("01 04", "00 00 01 0f 0c 00000005 19 55 3e 21 05"), "unbalanced_tags");
    complaint(&carried("01 04", "00 00 01 0f 0c 00000005 19 55 3e 21 05 4f"), "unbalanced_tags");
    complaint(&carried("01 04", "00 00 01 0c 0c 00000005 19 55 16"), "bad_tag");
    complaint(&carried("01 04", "00 00 01 0c 0c 00000005 19 55 79 01"), "unknown_parameter");
    complaint(&carried("01 04", "00 00 01 0c 0a 0005 19 55"), "mistyped_parameter");
    let deep = format!("00 00 01 0f 0c 00000005 19 55 {} {}", "3e".repeat(20), "3f".repeat(20));
    complaint(&carried("01 04", &deep), "nested_too_deep");
    let mismatch = exchange("00 00 01 0c 0c 00000005 19 55", "20 01 0f");
    assert_eq!(mismatch.anomalies, ["service_mismatch: read_property asked, write_property answered"]);
    let again = carried("01 00", "20 01 0b");
    let said = flow(&[
        (ASK, carried("01 04", "00 00 01 0b c4 02c00006")),
        (ANSWER, again.clone()),
        (ANSWER, again),
        (ANSWER, carried("01 00", "20 02 0b")),
    ]);
    assert_eq!(said.anomalies, ["response_without_request: simple_ack 2"]);
}

#[test]
fn too_many_open_requests_fall_out() {
    let read = |network: u16| (ASK, carried(&format!("01 24 {network:04x} 01 6c ff"), "02 75 07 0c 0c 00000001 19 55"));
    let said = flow(&(1..=140).map(read).collect::<Vec<_>>());
    assert_eq!((said.evicted, said.operations.len()), (12, 140));
}

#[test]
fn every_name_is_found() {
    for (section, number, name) in [
        ("object_type", 8, "device"),
        ("property", 85, "present_value"),
        ("property", 4_194_303, ""),
        ("error_code", 31, "unknown_object"),
        ("units", 62, "degrees_celsius"),
        ("vendor", 36, "Tridium"),
        ("no_such_section", 1, ""),
    ] {
        assert_eq!(names::name(section, number).unwrap_or(""), name, "{section} {number}");
    }
}

fn probed(bytes: &[u8], src_port: u16, dst_port: u16) -> Verdict {
    probe(&Probe { bytes, src_port, dst_port, transport: Transport::Udp, from_start: true })
}

#[test]
fn probes() {
    let read = carried("01 04", "00 00 01 0c 0c 00000005 19 55");
    for (bytes, port, verdict) in [
        (read.clone(), 47808, Verdict::SureClient),
        (read.clone(), 5000, Verdict::SureClient),
        (carried("01 00", "20 01 0f"), 5000, Verdict::SureServer),
        (carried("01 00", "10 08"), 5000, Verdict::Sure),
        (carried("01 00", "10 63"), 5000, Verdict::No),
        (carried("01 00", "10 63"), 47808, Verdict::Likely),
        (carried("09 00", "10 08"), 5000, Verdict::No),
        (hex("81 05 0006 001e"), 5000, Verdict::No),
        (hex("81 05 0006 001e"), 47810, Verdict::Likely),
        (hex("80 05 0006 001e"), 47808, Verdict::No),
        (read[..12].to_vec(), 5000, Verdict::No),
    ] {
        assert_eq!(probed(&bytes, 40_000, port), verdict, "{bytes:02x?} {port}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), server in any::<bool>(), six in any::<bool>()) {
        let mut decoder = Bacnet::default();
        let mut said = Recorder::default();
        let way = if server { ANSWER } else { ASK };
        decoder.datagram(&udp(ASK), &carried("01 04", "00 00 01 0c 0c 00000005 19 55"), &mut said);
        decoder.datagram(&udp(way), &[&[if six { 0x82 } else { 0x81 }], &bytes[..]].concat(), &mut said);
        decoder.datagram(&context(way, Transport::Link, 0), &bytes, &mut said);
        decoder.finish(&udp(ASK), &mut said);
        let _ = probed(&bytes, 1, 2);
        said.parsed();
    }

    #[test]
    fn any_parameters_are_survived(kind in 0u8..8, service in 0u8..36, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut decoder = Bacnet::default();
        let mut said = Recorder::default();
        let text: String = body.iter().map(|octet| format!("{octet:02x}")).collect();
        for (way, apdu) in [(ASK, format!("02 75 07 {service:02x} {text}")), (ANSWER, format!("{kind:x}0 07 {service:02x} {text}"))] {
            decoder.datagram(&udp(way), &carried("01 04", &apdu), &mut said);
        }
        decoder.finish(&udp(ASK), &mut said);
        said.parsed();
    }
}
