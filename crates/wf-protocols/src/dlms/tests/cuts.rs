//! APDUs whose end a capture left out.

use super::*;

/// Plays what goes before, then the frame as far as `end`: the secrets told and everything shown.
fn cut(before: &[(Direction, Vec<u8>)], (way, frame): (Direction, &[u8]), end: usize) -> (Vec<usize>, String) {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &wrapped("c001c5 0003 0100010800ff 02 00"));
    for (way, bytes) in before {
        feeder.segment(*way, bytes);
    }
    feeder.said.secrets.clear();
    feeder.segment(way, &frame[..end]);
    if end < frame.len() {
        feeder.cut(way, frame.len() - end);
    }
    let shown = format!("{:?}", feeder.said.parsed());
    (feeder.said.secrets, shown)
}

#[test]
fn what_is_there_of_a_secret_is_told() {
    let answered = |apdu: &str| {
        let mut bytes = wrapped(apdu);
        bytes[2..6].rotate_left(2);
        bytes
    };
    let (password, clock) = ("000f 0000280000ff 07 00", "0008 0000010000ff 03 00");
    let text = "09 10 7365637265746c79 7365637265746c79";
    let read = vec![(ASK, wrapped(&format!("c001c1 {password}")))];
    let listed = vec![(ASK, wrapped(&format!("c003c1 02 {clock} {password}")))];
    let begun = vec![(ASK, wrapped(&format!("c102c1 {password} 00 00000001 02 0910"))), (ANSWER, answered("c502c1 00000001"))];
    let none = vec![];
    let accessed = format!("d9 40000001 00 02 01 {clock} 02 {password} 02 00 {text}");
    let cases: [(&[_], Direction, Vec<u8>); 11] = [
        (&none, ASK, wrapped(&format!("c101c1 {password} {text}"))),
        (&none, ASK, wrapped(&format!("c104c1 02 {clock} {password} 02 10003c {text}"))),
        (&none, ASK, wrapped(&format!("c301c1 000f 0000280000ff 02 01 {text}"))),
        (&none, ASK, wrapped(&format!("06 02 022bc8 02fa40 02 10003c {text}"))),
        (&none, ASK, wrapped(&format!("c102c1 {password} 00 00000001 10 7365637265746c79 7365637265746c79"))),
        (&begun, ASK, wrapped("c103c1 01 00000002 10 7365637265746c79 7365637265746c79")),
        (&read, ANSWER, answered(&format!("c401c1 00 {text}"))),
        (&read, ANSWER, answered("c402c1 01 00000001 00 10 7365637265746c79 7365637265746c79")),
        (&listed, ANSWER, answered(&format!("c403c1 02 00 10003c 00 {text}"))),
        (&none, ASK, wrapped(&accessed.replacen("03 00 02", "03 02", 1).replacen("07 00 02", "07 02", 1))),
        // Authenticated alone.
        (&none, ASK, wrapped(&format!("c92e 10 00000001 c101c1 {password} {text} 000102"))),
    ];
    for (at, (before, way, frame)) in cases.iter().enumerate() {
        let begins = frame.windows(3).position(|window| window == b"sec").unwrap();
        for end in 8..begins + 16 {
            let (told, shown) = cut(before, (*way, frame), end);
            let there = end.saturating_sub(begins);
            assert_eq!(told.iter().sum::<usize>(), there, "{at}: {end}");
            assert!(!shown.contains("secr") && !shown.contains("736563"), "{at}: {shown}");
        }
    }
    // What is no secret is none when it is cut.
    let plain = wrapped(&format!("c101c1 {clock} {text}"));
    assert_eq!(cut(&none, (ASK, &plain), plain.len() - 3).0, [0; 0]);
}

#[test]
fn associations_and_frames_of_hdlc_that_are_cut() {
    let asked =
        "6036a1090607608574050801018a0207808b0760857405080201ac0a80083031323334353637be10040e01000000065f1f0400007e1f0080";
    for (frame, want) in [(wrapped(asked), 8), (framed(0x10, false, &[&hex("e6e600")[..], &hex(asked)].concat()), 8)] {
        let begins = frame.windows(3).position(|window| window == b"012").unwrap();
        for end in begins..begins + 8 {
            let (told, shown) = cut(&[(ASK, framed(0x93, false, &[]))], (ASK, &frame), end);
            assert_eq!(told.iter().sum::<usize>(), (end - begins).min(want), "{end}");
            assert!(!shown.contains("30313"), "{shown}");
        }
    }
    // A challenge is none; a key for what follows is one.
    let challenge = wrapped(&asked.replace("0760857405080201", "0760857405080205"));
    assert_eq!(cut(&[], (ASK, &challenge), challenge.len() - 22).0, [0; 0]);
    let key = wrapped("6026a109060760857405080101be190417 01 01 08 7365637265746c79 0000 06 5f1f0400007e1f0080");
    assert_eq!(cut(&[], (ASK, &key), key.len() - 15).0, [5]);
    // In a datagram.
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    let ctx = context(ASK, Transport::Udp, 4059);
    let written = wrapped("c101c1 000f 0000280000ff 07 00 0908 7365637265746c79");
    decoder.datagram(&ctx, &wrapped("c001c1 0003 0100010800ff 02 00"), &mut said);
    decoder.datagram(&ctx, &written[..written.len() - 3], &mut said);
    assert_eq!(said.secrets, [5]);
    // The second piece of a write, whose first said what it is about.
    let apdu = hex("e6e600c101c1000f0000280000ff070009087365637265746c79");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &framed(0x93, false, &[]));
    feeder.segment(ASK, &framed(0x10, true, &apdu[..20]));
    let rest = framed(0x12, false, &apdu[20..]);
    feeder.segment(ASK, &rest[..rest.len() - 4]);
    feeder.cut(ASK, 4);
    assert_eq!(feeder.said.secrets.len(), 1);
}
