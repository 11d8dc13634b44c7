mod cuts;
mod layers;
mod short_names;

use super::*;
use crate::testing::{Feeder, Recorder, context, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn wrapped(apdu: &str) -> Vec<u8> {
    let apdu = hex(apdu);
    let mut bytes = vec![0, 1, 0, 16, 0, 1];
    bytes.extend(u16::try_from(apdu.len()).unwrap_or(0).to_be_bytes());
    bytes.extend(apdu);
    bytes
}

/// An HDLC frame from client 16 to server 1.
fn framed(control: u8, more: bool, data: &[u8]) -> Vec<u8> {
    between([0x03, 0x21], control, more, data)
}

fn between(addresses: [u8; 2], control: u8, more: bool, data: &[u8]) -> Vec<u8> {
    let length = 7 + if data.is_empty() { 0 } else { data.len() + 2 };
    let format = 0xa000 | u16::from(more) << 11 | u16::try_from(length).unwrap_or(0);
    let mut inner = format.to_be_bytes().to_vec();
    inner.extend(addresses);
    inner.push(control);
    if !data.is_empty() {
        let check = link::crc(&inner).to_le_bytes();
        inner.extend(check);
        inner.extend(data);
    }
    let check = link::crc(&inner).to_le_bytes();
    inner.extend(check);
    [&[0x7e][..], &inner, &[0x7e]].concat()
}

fn played(segments: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in segments {
        let mut bytes = bytes.clone();
        // What answers in a wrapper comes from server 1.
        if *direction == ANSWER && bytes.starts_with(&[0, 1, 0, 16, 0, 1]) {
            bytes[2..6].rotate_left(2);
        }
        feeder.segment(*direction, &bytes);
    }
    feeder.finish();
    feeder.said
}

#[track_caller]
fn check(asked: &str, answered: &str, operations: &[&str], measurements: &[&str]) {
    let said = played(&[(ASK, wrapped(asked)), (ANSWER, wrapped(answered))]);
    assert_eq!(said.operations, operations, "{asked}");
    assert_eq!(said.measurements, measurements, "{asked}");
    assert_eq!(said.anomalies, [""; 0], "{asked}");
}

#[test]
fn attributes_read_and_written() {
    let energy = "1.0.1.8.0.255 class 3 index 2";
    check(
        "c001c1 0003 0100010800ff 02 00",
        "c401c1 00 0600012d68",
        &["get [read] 1.0.1.8.0.255 class 3 index 2: ok"],
        &[&format!("{energy} = 77160 (good)")],
    );
    check("c001c1 0003 0100010800ff 02 00", "c401c1 01 03", &[&format!("get [read] {energy}: error: read-write denied")], &[]);
    check(
        "c101c1 0001 0000600100ff 02 00 1205dc",
        "c501c1 00",
        &["set [write] 0.0.96.1.0.255 class 1 index 2 = 1500: ok"],
        &["0.0.96.1.0.255 class 1 index 2 = 1500 (good)"],
    );
    check(
        "c101c1 0008 0000010000ff 02 00 090c07ea0b1c060e2000ff800000",
        "c501c1 00",
        &["set [configuration] 0.0.1.0.0.255 class 8 index 2 = 2026-11-28 14:32:00: ok"],
        &[],
    );
    check(
        "c003c1 02 0003 0100010800ff 02 00 0003 0100020800ff 02 00",
        "c403c1 02 00 1207d0 01 04",
        &["get [read] 1.0.1.8.0.255 class 3 index 2: ok", "get [read] 1.0.2.8.0.255 class 3 index 2: error: object undefined"],
        &["1.0.1.8.0.255 class 3 index 2 = 2000 (good)"],
    );
    check(
        "c001c1 0001 00002a0000ff 02 00",
        "d80102",
        &["get [read] 0.0.42.0.0.255 class 1 index 2: error: service not supported"],
        &[],
    );
}

#[test]
fn blocks_belong_to_one_request() {
    let said = played(&[
        (ASK, wrapped("c001c1 0007 0100630100ff 02 00")),
        (ANSWER, wrapped("c402c1 00 00000001 00 03 010203")),
        (ASK, wrapped("c002c1 00000001")),
        (ANSWER, wrapped("c402c1 01 00000002 00 01 04")),
    ]);
    assert_eq!(said.operations, ["get [read] 1.0.99.1.0.255 class 7 index 2: ok"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn methods_are_acts() {
    check(
        "c301c1 0046 0000600 30aff 01 01 0f00",
        "c701c1 00 00",
        &["remote_disconnect [control] 0.0.96.3.10.255 class 70 index 1 = 0: ok"],
        &[],
    );
    check(
        "c301c1 0012 00002c0000ff 04 01 0f00",
        "c701c1 02 00",
        &["image_activate [program] 0.0.44.0.0.255 class 18 index 4 = 0: error: temporary failure"],
        &[],
    );
}

#[test]
fn associations_and_secrets() {
    // From a capture of a meter: association with a password, accepted.
    let asked =
        "6036a1090607608574050801018a0207808b0760857405080201ac0a80083031323334353637be10040e01000000065f1f0400007e1f0080";
    let answered = "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000181d007d0007";
    let mut said = played(&[(ASK, wrapped(asked)), (ANSWER, wrapped(answered))]);
    assert_eq!(said.operations, ["associate [diagnostic]  = logical names, password: ok"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password ".to_owned()][..], &[8][..]));
    let messages = said.parsed();
    assert_eq!((&messages[0]["conformance"], &messages[1]["pdu_max"]), (&"007e1f".into(), &125.into()));
    assert!(!format!("{messages:?}").contains("01234567"));
    let refused = "611fa109060760857405080101a203020101a305a10302010da40a04084e465700 00010203";
    let said = played(&[(ASK, wrapped(asked)), (ANSWER, wrapped(refused))]);
    assert_eq!(said.operations, ["associate [diagnostic]  = logical names, password: error: authentication failure"]);
    assert_eq!(said.anomalies, ["association_rejected: authentication failure"]);
    let mut said = played(&[(ASK, wrapped("c101c1 000f 0000280000ff 07 00 0908 6e65777365637265"))]);
    assert_eq!(said.operations, ["set [configuration] 0.0.40.0.0.255 class 15 index 7 = hidden: unanswered"]);
    assert_eq!(said.secrets, [8]);
    assert!(!format!("{:?}", said.parsed()).contains("newsecre"));
    let said = played(&[(ASK, wrapped("c101c1 002e 0000190900ff 04 00 0904 6162636 4"))]);
    assert_eq!(said.operations, ["set [configuration] 0.0.25.9.0.255 class 46 index 4 = hidden: unanswered"]);
}

#[test]
fn secrets_are_hidden_wherever_they_stand() {
    // A read of the password of an association (62056-6-2, class 15, attribute 7), alone, in a list and in a block.
    let hidden = |segments: &[(Direction, Vec<u8>)], secrets: &[usize]| {
        let mut said = played(segments);
        assert_eq!(said.secrets, secrets);
        let shown = format!("{:?} {:?}", said.parsed(), said.operations);
        assert!(!shown.contains("secretly") && !shown.contains("73656372"), "{shown}");
        said
    };
    let (password, clock) = ("000f 0000280000ff 07 00", "0008 0000010000ff 03 00");
    let read = (ASK, wrapped(&format!("c001c1 {password}")));
    let said = hidden(&[read.clone(), (ANSWER, wrapped("c401c1 00 0908 7365637265746c79"))], &[8]);
    assert_eq!(said.operations, ["get [read] 0.0.40.0.0.255 class 15 index 7: ok"]);
    let listed = (ASK, wrapped(&format!("c003c1 02 {clock} {password}")));
    let mut said = hidden(&[listed, (ANSWER, wrapped("c403c1 02 00 10003c 00 0908 7365637265746c79"))], &[8]);
    assert_eq!(said.parsed()[1]["results"][0]["value"], "60");
    hidden(&[read, (ANSWER, wrapped("c402c1 01 00000001 00 0a 0908 7365637265746c79"))], &[10]);
    // Written in two blocks (62056-53, 9.3.8).
    let begun = format!("c102c1 {password} 00 00000001 06 0908 73656372");
    let blocks = [(ASK, wrapped(&begun)), (ANSWER, wrapped("c502c1 00000001")), (ASK, wrapped("c103c1 01 00000002 04 65746c79"))];
    hidden(&blocks, &[6, 4]);
    // The password of the local port, the key of a meter on the M-Bus, a key for what follows an association.
    hidden(&[(ASK, wrapped("c101c1 0013 0000140000ff 07 00 0908 7365637265746c79"))], &[8]);
    hidden(&[(ASK, wrapped("c301c1 0048 0000180100ff 07 01 0908 7365637265746c79"))], &[8]);
    let dedicated = "601da109060760857405080101be10040e01 01 08 7365637265746c79 0000 06 5f1f04 00007e1f 0080";
    let dedicated = dedicated.replacen("601d", "6026", 1).replacen("be10040e", "be190417", 1);
    hidden(&[(ASK, wrapped(&dedicated))], &[8]);
}

#[test]
fn pieces_after_a_hole_are_not_taken_for_apdus() {
    // The end of an APDU in three frames, then a whole one behind its header (IEC 62056-46, 6.2).
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &framed(0x93, false, &[]));
    feeder.gap(ANSWER, 20);
    feeder.segment(ANSWER, &between([0x21, 0x03], 0x32, true, &hex("f00102")));
    feeder.segment(ANSWER, &between([0x21, 0x03], 0x34, false, &hex("c40102")));
    feeder.segment(ANSWER, &between([0x21, 0x03], 0x36, false, &hex("e6e700c401c1000600012d68")));
    assert_eq!(feeder.said.anomalies, [""; 0]);
    assert_eq!(feeder.said.parsed()[3]["name"], "get_response");
}

#[test]
fn tags_of_ciphered_services_and_gateways_are_known() {
    // 62056-53, 9.5: dedicated ciphering of read and write by short names; the gateway's header.
    let said = played(&[(ASK, wrapped("46 0830 00000001 112233")), (ANSWER, wrapped("4d 0830 00000001 112233"))]);
    assert_eq!(said.operations, ["write_ciphered [write] : unconfirmed"]);
    let said = played(&[(ASK, wrapped("36 0830 00000001 112233")), (ASK, wrapped("e6 00 01 11 c001c1"))]);
    assert_eq!((said.operations.len(), said.anomalies.as_slice()), (1, &[][..]));
    // The results of a method in blocks are not put together: nobody knows how it ended.
    let image = "c301c1 0012 00002c0000ff 03 01 0f00";
    let said = played(&[(ASK, wrapped(image)), (ANSWER, wrapped("c702c1 01 00000001 02 0300"))]);
    assert_eq!(said.operations, ["image_verify [program] 0.0.44.0.0.255 class 18 index 3 = 0: unconfirmed"]);
    // Refused by the provider of the association (a2), not by its user.
    let refused = "6117a109060760857405080101a203020101a305a203020102";
    let said = played(&[(ASK, wrapped("600ba109060760857405080101")), (ANSWER, wrapped(refused))]);
    assert_eq!(said.anomalies, ["association_rejected: no common version"]);
}

#[test]
fn meters_say_who_they_are() {
    let said = played(&[
        (ASK, wrapped("c001c1 0001 00002a0000ff 02 00")),
        (ANSWER, wrapped("c401c1 00 0910 4e4657303030303030303031303230")),
    ]);
    assert_eq!(said.anomalies, ["truncated_apdu: get_response"]);
    let name = "c401c1 00 0910 4e465730303030303030303130323033";
    let said = played(&[(ASK, wrapped("c001c1 0001 00002a0000ff 02 00")), (ANSWER, wrapped(name))]);
    assert_eq!(said.evidence, ["Sender name=NFW0000000010203 (75)"]);
    let titled = "6135a109060760857405080101a203020100a305a103020100a40a04084e46570000010203be10040e0800065f1f040000181d007d0007";
    let said = played(&[(ANSWER, wrapped(titled))]);
    assert_eq!(said.evidence, ["Sender description=DLMS system title 4e46570000010203 of manufacturer NFW (50)"]);
}

#[test]
fn hdlc_frames_and_their_pieces() {
    let request = hex("e6e600c001c10003 0100010800ff0200");
    let answer = hex("e6e700c401c1000600012d68");
    let said = played(&[
        (ASK, framed(0x93, false, &[])),
        (ANSWER, between([0x21, 0x03], 0x73, false, &hex("818012050180060180070400000001080400000001"))),
        (ASK, framed(0x10, false, &request)),
        (ANSWER, between([0x21, 0x03], 0x30, true, &answer[..6])),
        (ASK, framed(0x31, false, &[])),
        (ANSWER, between([0x21, 0x03], 0x32, false, &answer[6..])),
    ]);
    assert_eq!(said.operations, ["get [read] 1.0.1.8.0.255 class 3 index 2: ok"]);
    assert_eq!(said.measurements, ["1.0.1.8.0.255 class 3 index 2 = 77160 (good)"]);
    assert_eq!(said.anomalies, [""; 0]);
    // Two frames with one flag between them, from a capture, and idle flags.
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &hex("7ea0070321930f017ea0070321930f017e7e7e"));
    assert_eq!(feeder.said.parsed().len(), 2);
}

#[test]
fn pushes_and_ciphered_messages() {
    let push = "0f00000001 0c07ea0b1c060e1e00ff800000 0202 09060100010800ff 0600012d68";
    let mut said = played(&[(ANSWER, wrapped(push))]);
    assert_eq!(said.parsed()[0]["value"], "{0x0100010800ff, 77160}");
    assert_eq!(said.parsed()[0]["time"], "2026-11-28 14:30:00");
    let mut said = played(&[(ANSWER, wrapped("c2 00 0003 0100010800ff 02 1207d0")), (ASK, wrapped("c80930 00000001 00112233"))]);
    assert_eq!(said.measurements, ["1.0.1.8.0.255 class 3 index 2 = 2000 (good)"]);
    assert_eq!(said.parsed()[1]["name"], "glo_get_request");
}

#[test]
fn acts_in_pieces_and_ciphered_ones_are_told() {
    // A set with a list and its first block (9.3.8), an action with its first block (9.3.9), a set that is longer than is kept.
    let listed = "c105c1 01 0014 00000d0000ff 06 00 00 00000001 02 0102";
    let said = played(&[(ASK, wrapped(listed)), (ANSWER, wrapped("c504c1 01 00 00000001"))]);
    assert_eq!(said.operations, ["set [configuration] 0.0.13.0.0.255 class 20 index 6: ok"]);
    let image = "c304c1 0012 00002c0000ff 02 01 00000001 02 0102";
    let said = played(&[(ASK, wrapped(image)), (ANSWER, wrapped("c701c1 00 00"))]);
    assert_eq!(said.operations, ["image_block_transfer [program] 0.0.44.0.0.255 class 18 index 2: ok"]);
    let long = format!("c101c1 0012 00002c0000ff 05 00 09820fa0 {}", "00".repeat(4000));
    let said = played(&[(ASK, wrapped(&long)), (ANSWER, wrapped("c501c1 00"))]);
    assert_eq!(said.operations, ["set [program] 0.0.44.0.0.255 class 18 index 5: ok"]);
    let said = played(&[(ASK, wrapped("c90930 00000001 00112233")), (ANSWER, wrapped("cd0830 00000001 001122"))]);
    assert_eq!(said.operations, ["set_ciphered [write] : unconfirmed"]);
    // Nothing answers what asks for no answer.
    let said = played(&[(ASK, wrapped("c10181 0001 0000600100ff 02 00 1205dc"))]);
    assert_eq!(said.operations, ["set [write] 0.0.96.1.0.255 class 1 index 2 = 1500: unconfirmed"]);
}

#[test]
fn meters_behind_one_address_stay_apart() {
    let of = |server: u8, way, apdu: &str| {
        let mut bytes = wrapped(apdu);
        bytes[if way == ASK { 5 } else { 3 }] = server;
        bytes[if way == ASK { 3 } else { 5 }] = 16;
        (way, bytes)
    };
    let (asked, name) = ("c001c1 0001 00002a0000ff 02 00", "c401c1 00 0905 41424344");
    let energy = "c001c1 0003 0100010800ff 02 00";
    let said = played(&[
        of(1, ASK, asked),
        of(2, ASK, asked),
        of(2, ANSWER, &format!("{name}32")),
        of(1, ANSWER, &format!("{name}31")),
        of(1, ASK, energy),
        of(2, ASK, energy),
        of(2, ANSWER, "c401c1 00 1202"),
        of(2, ANSWER, "c401c1 00 120002"),
        of(1, ANSWER, "c401c1 00 120001"),
    ]);
    assert_eq!(said.evidence, ["Sender name=ABCD2 (75)"]);
    let values = ["1.0.1.8.0.255 class 3 index 2 of server 2 = 2 (good)", "1.0.1.8.0.255 class 3 index 2 = 1 (good)"];
    assert_eq!(said.measurements, values);
    assert_eq!(said.anomalies, ["truncated_apdu: get_response"]);
}

#[test]
fn compact_arrays_are_elements() {
    // A structure of two numbers, twice (type description, then the bytes).
    let said =
        played(&[(ASK, wrapped("c001c1 0007 0100630100ff 02 00")), (ANSWER, wrapped("c401c1 00 13 02021211 06 000102000304"))]);
    assert_eq!((said.operations.len(), said.anomalies.as_slice()), (1, &[][..]));
}

#[test]
fn a_password_without_a_mechanism_is_hidden() {
    let asked = "6029a1090607608574050801018a02078 0ac0a80083031323334353637be10040e01000000065f1f0400007e1f0080";
    let mut said = played(&[(ASK, wrapped(asked))]);
    assert_eq!(said.secrets, [8]);
    assert!(!format!("{:?}", said.parsed()).contains("3031323334353637"));
}

#[test]
fn damage_has_names() {
    let complaint = |segments: &[(Direction, Vec<u8>)], want: &str| {
        let said = played(segments);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let fine = [(ASK, wrapped("c001c1 0003 0100010800ff 02 00")), (ANSWER, wrapped("c401c1 00 0600012d68"))];
    let after = |more: Vec<u8>, way| [fine[0].clone(), fine[1].clone(), (way, more)];
    let mut broken = framed(0x10, false, &hex("e6e600c001c100030100010800ff0200"));
    broken[12] ^= 1;
    complaint(&after(broken, ASK), "bad_check");
    complaint(&after(wrapped("f001"), ASK), "unknown_apdu");
    complaint(&after(wrapped("c001c10003"), ASK), "truncated_apdu");
    complaint(&after(wrapped("c401c2 00 00"), ANSWER), "response_without_request");
    complaint(&after(b"\xff".to_vec(), ASK), "bad_frame");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
    let mut pieces = vec![(ASK, framed(0x93, false, &[]))];
    pieces.extend((0..34).map(|_| (ASK, framed(0x10, true, &[0; 2000]))));
    complaint(&pieces, "apdu_too_long");
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true });
    let get = wrapped("c001c1 0003 0100010800ff 02 00");
    assert_eq!(verdict(&get, 4059, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&get, 5000, Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&get[..5], 4059, Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&framed(0x93, false, &[]), 5000, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&framed(0x73, false, &[]), 5000, Transport::Tcp), Verdict::SureServer);
    assert_eq!(verdict(&wrapped("6036a109"), 4059, Transport::Udp), Verdict::No);
    assert_eq!(verdict(b"GET / HTTP/1.1\r\n", 4059, Transport::Tcp), Verdict::No);
    let (mine, said) = crate::testing::datagram(&INFO, &context(ASK, Transport::Udp, 4059), &get);
    assert!(mine && said.messages.len() == 1);
}

proptest! {
    #[test]
    fn any_apdu_is_survived(data in proptest::collection::vec(any::<u8>(), 0..120), at in 0usize..60, more in any::<bool>()) {
        let tags: Vec<u8> = (0..=255).filter(|tag| names::apdu(*tag).is_some()).collect();
        let apdu = [&[tags[at % tags.len()]][..], &data].concat();
        let digits: String = apdu.iter().map(|byte| format!("{byte:02x}")).collect();
        let all = [
            (ASK, wrapped("c001c1 0003 0100010800ff 02 00")),
            (ASK, wrapped(&digits)),
            (ANSWER, wrapped(&digits)),
            (ASK, framed(0x10, more, &apdu)),
            (ANSWER, framed(0x30, false, &apdu)),
            (ASK, data),
        ];
        played(&all).parsed();
    }
}
