use super::*;
use crate::testing::{Feeder, Recorder};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn play(lines: &[(Direction, &str)]) -> (Recorder, Option<Step>) {
    let mut feeder = Feeder::new(&INFO);
    for (direction, line) in lines {
        feeder.segment(*direction, format!("{line}\r\n").as_bytes());
    }
    feeder.finish();
    (feeder.said, feeder.over)
}

#[test]
fn a_login_and_files() {
    let (mut said, _) = play(&[
        (ANSWER, "220 ProFTPD 1.3.5 Server (Debian)"),
        (ASK, "USER maint"),
        (ANSWER, "331 Password required"),
        (ASK, "PASS s3cret"),
        (ANSWER, "230-Welcome"),
        (ANSWER, " to the unit"),
        (ANSWER, "230 Done"),
        (ASK, "PORT 10,0,0,1,4,1"),
        (ANSWER, "200 ok"),
        (ASK, "STOR /flash/unit.bin"),
        (ANSWER, "150 Opening"),
        (ANSWER, "226 Complete"),
        (ASK, "RETR log.csv"),
        (ANSWER, "150 Opening (1234 bytes)"),
        (ANSWER, "226 Complete"),
        (ASK, "RNFR a.cfg"),
        (ANSWER, "350 Ready"),
        (ASK, "RNTO b.cfg"),
        (ANSWER, "250 ok"),
        (ASK, "DELE x"),
        (ANSWER, "550 No such file"),
        (ASK, "MKD d"),
    ]);
    assert_eq!(
        said.operations,
        [
            "login [diagnostic] maint: ok",
            "store_file [program] /flash/unit.bin: ok",
            "retrieve_file [read] log.csv: ok",
            "rename [write] a.cfg = b.cfg: ok",
            "delete_file [write] x: error: 550 file_unavailable",
            "make_directory [write] d: unanswered",
        ]
    );
    assert_eq!(said.files, ["/flash/unit.bin ", "log.csv 1234"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password maint".to_owned()][..], &[6][..]));
    assert_eq!(said.evidence, ["Sender software=ProFTPD 1.3.5 Server (Debian) (60)", "Sender os=Debian (60)"]);
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
    let messages = said.parsed();
    assert_eq!(messages.len(), 20);
    assert!(!messages.iter().any(|m| m.to_string().contains("s3cret")));
}

#[test]
fn breaches() {
    for (lines, expected) in [
        (&[(ASK, "PORT 10,0,0,9,0,22")][..], "ftp_foreign_address: 10.0.0.9 port 22"),
        (&[(ASK, "EPRT |2|fe80::1|6446|")], "ftp_foreign_address: fe80::1 port 6446"),
        (&[(ASK, "PORT 10,0,0")], "ftp_bad_address: 10,0,0"),
        (&[(ANSWER, "230 in")], "ftp_unasked_reply: code 230"),
        (&[(ASK, "?? x")], "ftp_bad_command: 4 bytes"),
        (&[(ANSWER, "hello")], "ftp_bad_reply: 5 bytes"),
    ] {
        let lines: Vec<_> = [(ANSWER, "220 FTP")].iter().chain(lines).copied().collect();
        assert_eq!(play(&lines).0.anomalies, [expected]);
    }
}

#[test]
fn a_client_that_does_not_wait_for_the_greeting() {
    let (said, _) = play(&[
        (ASK, "USER a"),
        (ASK, "PASS b"),
        (ANSWER, "220 ready"),
        (ANSWER, "331 go on"),
        (ANSWER, "530 no"),
        (ANSWER, "221 bye"),
    ]);
    assert_eq!(said.operations, ["login [diagnostic] a: error: 530 not_logged_in"]);
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
}

#[test]
fn what_is_not_ftp_is_let_go() {
    assert_eq!(play(&[(ASK, "?? x")]).1, Some(Step::NotMine));
    let tls = play(&[(ANSWER, "220 FTP"), (ASK, "AUTH TLS"), (ANSWER, "234 go"), (ASK, "\x16\x03\x01")]);
    assert!(tls.1.is_none() && tls.0.anomalies.is_empty(), "the record goes on");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ANSWER, b"220 FTP\r\n");
    feeder.segment(ASK, &[b'a'; LINE_MAX + 1]);
    assert_eq!(feeder.said.anomalies, ["ftp_long_line: 4097 bytes"]);
}

#[test]
fn waits_and_holes() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, b"DELE a\r\nDELE b\r\n");
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ASK, b"DELE c\r\n");
    assert_eq!(feeder.said.operations, ["delete_file [write] a: unanswered", "delete_file [write] b: unanswered"]);
    feeder.gap(ANSWER, 10);
    feeder.finish();
    assert_eq!(feeder.said.operations.last().map(String::as_str), Some("delete_file [write] c: unconfirmed"));
    let mut feeder = Feeder::new(&INFO);
    for _ in 0..40 {
        feeder.segment(ASK, b"NOOP\r\n");
    }
    assert_eq!(feeder.said.evicted, 8);
}

#[test]
fn probes() {
    let ask = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true })
    };
    for (bytes, src, dst, expected) in [
        (&b"220 FTP ready\r\n"[..], 2121, 40_000, Verdict::SureServer),
        (b"220 ready\r\n", 21, 40_000, Verdict::Likely),
        (b"220 ready\r\n", 2121, 40_000, Verdict::No),
        (b"220 mail ESMTP FTP\r\n", 21, 40_000, Verdict::No),
        (b"22", 2121, 40_000, Verdict::More),
        (b"USER a\r\n", 40_000, 21, Verdict::Likely),
        (b"USER a\r\n", 40_000, 110, Verdict::No),
        (b"GET / HTTP/1.0\r\n", 40_000, 21, Verdict::No),
        (b"\x16\x03\x01\n", 40_000, 21, Verdict::No),
    ] {
        assert_eq!(ask(bytes, src, dst), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    #[test]
    fn survives_anything(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..12)) {
        crate::testing::survives(&INFO, &[(false, b"220 FTP\r\n".to_vec())], &stream);
    }
}
