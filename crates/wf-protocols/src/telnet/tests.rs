use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn play(parts: &[(Direction, &[u8])]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in parts {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    feeder.said
}

#[test]
fn a_login_by_lines() {
    let mut said = play(&[
        (ANSWER, &hex("fffd18 fffd1f")),
        (ASK, &hex("fffb18 fffa1f00500018fff0 fffa1800 7874 fff0")),
        (ANSWER, b"\r\nOpenBSD/i386 (gate) (ttyp2)\r\n\r\nlogin: "),
        (ASK, b"maint\r\n"),
        (ANSWER, b"Password:"),
        (ASK, b"wrong\r\n"),
        (ANSWER, b"\r\nLogin incorrect\r\nlogin: "),
        (ASK, b"maint\r\0"),
        (ANSWER, b"Password: "),
        (ASK, b"north\r\0"),
        (ANSWER, b"\r\nLast login: Mon\r\n$ "),
        (ASK, b"ls\r\n"),
    ]);
    assert_eq!(said.operations, ["login [diagnostic] maint: error: refused", "login [diagnostic] maint: ok"]);
    assert_eq!(said.credentials, ["password maint", "password maint"]);
    assert_eq!(said.secrets, [5, 5]);
    assert_eq!(said.evidence, ["Sender software=OpenBSD/i386 (gate) (ttyp2) (40)", "Sender os=OpenBSD (60)"]);
    let messages = said.parsed();
    assert!(!messages.iter().any(|m| m.to_string().contains("north") || m.to_string().contains("wrong")));
    assert!(messages.iter().any(|m| m["value"] == "xt") && messages.iter().any(|m| m["height"] == 24));
}

#[test]
fn a_login_by_characters() {
    let mut said = play(&[
        (ANSWER, b"User Access Verification\r\n\r\nUsername: "),
        (ASK, b"a"),
        (ANSWER, b"a"),
        (ASK, b"b\r\0"),
        (ANSWER, b"b\r\nPassword: "),
        (ASK, b"x"),
        (ANSWER, b"x"),
        (ASK, b"y"),
        (ASK, b"\r\0"),
        (ANSWER, b"\r\nswitch>"),
    ]);
    assert_eq!(
        (said.operations.as_slice(), said.credentials.as_slice()),
        (&["login [diagnostic] ab: ok".to_owned()][..], &["password ab".to_owned()][..])
    );
    assert_eq!(said.evidence, ["Sender software=User Access Verification (40)", "Sender vendor=Cisco (60)"]);
    assert!(!said.parsed().iter().any(|m| m["text"] == "x"), "an echoed secret is not shown");
}

#[test]
fn units() {
    for (bytes, expected) in [
        ("ffff", Some((Unit::Data(&[255, 255]), 2))),
        ("6162ff", Some((Unit::Data(b"ab"), 2))),
        ("fff4", Some((Unit::Command(244), 2))),
        ("ff", None),
        ("fffb", None),
        ("fffb01", Some((Unit::Option { verb: 251, option: 1 }, 3))),
        ("fffa1800", None),
        ("fffa18fff0", Some((Unit::Subnegotiation { option: 24, body: &[] }, 5))),
        ("fffa1801fffff0fff0", Some((Unit::Subnegotiation { option: 24, body: &[1, 255, 255, 0xf0] }, 9))),
    ] {
        assert_eq!(Unit::read(&hex(bytes)), expected, "{bytes}");
    }
}

#[test]
fn breaches() {
    for (bytes, expected) in [
        (&hex("ff10")[..], "telnet_bad_command: 16"),
        (&[&hex("fffa2700 00 55534552 01")[..], b"-f root", &hex("fff0")].concat(), "telnet_login_bypass: -f root"),
        (&[&hex("fffa18")[..], &[b'a'; 2048]].concat(), "telnet_long_subnegotiation: over 2048 bytes"),
    ] {
        assert_eq!(play(&[(ASK, bytes)]).anomalies, [expected]);
    }
}

#[test]
fn waits_and_holes() {
    let begun = |feeder: &mut Feeder| {
        feeder.segment(ANSWER, b"Password: ");
        feeder.segment(ASK, b"x\r\n");
    };
    let mut feeder = Feeder::new(&INFO);
    begun(&mut feeder);
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ASK, b"\r\n");
    assert_eq!(feeder.said.operations, ["login [diagnostic] : unanswered"]);
    let mut feeder = Feeder::new(&INFO);
    begun(&mut feeder);
    feeder.gap(ANSWER, 4);
    feeder.finish();
    assert_eq!(feeder.said.operations, ["login [diagnostic] : unconfirmed"]);
}

#[test]
fn probes() {
    for (bytes, src_port, dst_port, expected) in [
        (&hex("fffd18fffb01")[..], 2323, 40_000, Verdict::Sure),
        (&hex("fffd18"), 23, 40_000, Verdict::Likely),
        (&hex("fffd18"), 2323, 40_000, Verdict::No),
        (b"\r\nlogin: ", 23, 40_000, Verdict::Likely),
        (b"SSH-2.0-x\r\n", 23, 40_000, Verdict::No),
        (b"GET / HTTP/1.1\r\n", 40_000, 23, Verdict::No),
        (&hex("00010203"), 23, 40_000, Verdict::No),
    ] {
        let verdict = probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true });
        assert_eq!(verdict, expected, "{}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    #[test]
    fn survives_anything(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..12)) {
        crate::testing::survives(&INFO, &[(false, b"login: ".to_vec()), (true, b"a\r\n".to_vec()), (false, b"Password: ".to_vec())], &stream);
    }
}
