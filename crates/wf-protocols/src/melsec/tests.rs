use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
const ROUTE: &str = "00 ff ff03 00";

/// A binary 3E frame: subheader, body with timer or end code.
fn three(head: &str, body: &str) -> Vec<u8> {
    let body = hex(body);
    let len = u16::try_from(body.len()).unwrap_or(0).to_le_bytes();
    [hex(head), hex(ROUTE), len.to_vec(), body].concat()
}

/// An ASCII 3E frame.
fn text(head: &str, body: &str) -> Vec<u8> {
    format!("{head}00FF03FF00{:04X}{body}", body.len()).into_bytes()
}

fn told(asked: &[u8], answered: &[u8]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, asked);
    feeder.segment(ANSWER, answered);
    feeder.finish();
    feeder.said
}

#[track_caller]
fn check(asked: &str, answered: &str, operations: &[&str], measurements: &[&str]) {
    let said = told(&three("5000", &format!("1000 {asked}")), &three("d000", answered));
    assert_eq!(said.operations, operations, "{asked}");
    assert_eq!(said.measurements, measurements, "{asked}");
    assert_eq!(said.anomalies, [""; 0], "{asked}");
}

#[test]
fn reads_and_writes() {
    check(
        "0104 0000 640000a8 0200",
        "0000 3412 ffff",
        &["read [read] D100-D101: ok"],
        &["D100 = 4660 (good)", "D101 = 65535 (good)"],
    );
    check(
        "0104 0100 0a000090 0300",
        "0000 1010",
        &["read [read] M10-M12: ok"],
        &["M10 = true (good)", "M11 = false (good)", "M12 = true (good)"],
    );
    check(
        "0104 0000 ffff00a8 0100",
        "31 40 00ffff0300 01040000",
        &["read [read] D65535: error: device number out of range"],
        &[],
    );
    check("0114 0000 640000a8 0100 0700", "0000", &["write [write] D100 = 7: ok"], &["D100 = 7 (good)"]);
    check(
        "0304 0000 01 01 640000a8 c80000a8",
        "0000 0100 00000100",
        &["read_random [read] D100: ok", "read_random [read] D200: ok"],
        &["D100 = 1 (good)", "D200-D201 = 65536 (good)"],
    );
    check("0214 0100 01 0a000090 01", "0000", &["write_random [write] M10 = 1: ok"], &["M10 = true (good)"]);
    check(
        "0604 0000 01 01 640000a8 0100 10000090 0100",
        "0000 0500 0300",
        &["read_block [read] D100: ok", "read_block [read] M16-M31: ok"],
        &["D100 = 5 (good)", "M16-M31 = 3 (good)"],
    );
    let said = told(&text("5000", "001004010000D*0001000001"), &text("D000", "00001234"));
    assert_eq!((said.operations, said.measurements), (vec!["read [read] D100: ok".into()], vec!["D100 = 4660 (good)".into()]));
}

#[test]
fn monitored_devices_are_read_again() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &three("5000", "1000 0108 0000 01 00 640000a8"));
    feeder.segment(ANSWER, &three("d000", "0000"));
    feeder.segment(ASK, &three("5000", "1000 0208 0000"));
    feeder.segment(ANSWER, &three("d000", "0000 0900"));
    assert_eq!(feeder.said.operations, ["entry_monitor_device [diagnostic] D100: ok", "execute_monitor [read] D100: ok"]);
    assert_eq!((feeder.said.measurements.as_slice(), feeder.said.anomalies.len()), (&["D100 = 9 (good)".to_owned()][..], 0));
}

#[test]
fn control_and_identity() {
    check("0110 0000 0300 00 00", "0000", &["remote_run [control]  = forced: ok"], &[]);
    check("0210 0000 0100", "0000", &["remote_stop [control] : ok"], &[]);
    check("0610 0000 0100", "1040", &["remote_reset [control] : error: not possible while running"], &[]);
    let model = "51303355444543505520202020202020 6302";
    let said = told(&three("5000", "1000 0101 0000"), &three("d000", &format!("0000 {model}")));
    assert_eq!(
        said.evidence,
        ["Sender role=controller (60)", "Sender vendor=Mitsubishi Electric (80)", "Sender model=Q03UDECPU (85)"]
    );
    let mut said = told(&three("5000", "1000 3016 0000 0400 31323334"), &three("d000", "00c2"));
    assert_eq!(said.operations, ["remote_password_unlock [configuration] : error: wrong remote password"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password ".to_owned()][..], &[4][..]));
    let lines = format!("{:?}", said.parsed());
    assert!(!lines.contains("31323334") && lines.contains("hidden"), "{lines}");
}

#[test]
fn numbered_frames_and_other_stations() {
    let asked = hex("5400 0100 0000 01 02 ff03 00 0c00 1000 0104 0000 640000 a8 0100");
    let other = hex("5400 0200 0000 00 ff ff03 00 0c00 1000 0104 0000 650000 a8 0100");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &[asked, other].concat());
    feeder.segment(ANSWER, &hex("d400 0200 0000 00 ff ff03 00 0400 0000 0200"));
    feeder.segment(ANSWER, &hex("d400 0100 0000 01 02 ff03 00 0400 0000 0100"));
    feeder.segment(ANSWER, &hex("d400 0900 0000 01 02 ff03 00 0400 0000 0100"));
    assert_eq!(feeder.said.measurements, ["D101 = 2 (good)", "D100 network 1 station 2 = 1 (good)"]);
    assert_eq!(feeder.said.anomalies, ["response_without_request: 9"]);
    let ctx = context(ASK, Transport::Udp, 5000);
    let (mine, said) = datagram(&INFO, &ctx, &three("5000", "1000 0210 0000 0100"));
    assert!(mine && said.messages.len() == 1);
    assert!(!datagram(&INFO, &ctx, b"\x50\0\0\xff\xff\x03\0\x0c\0").0);
}

#[test]
fn damage_has_names() {
    let complaint = |asked: &[u8], answered: &[u8], want: &str| {
        let said = told(asked, answered);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let read = three("5000", "1000 0104 0000 640000a8 0200");
    let fine = three("d000", "0000 0100 0200");
    complaint(&[&read[..], &three("5000", "1000 9999 0000")].concat(), &fine, "unknown_command");
    complaint(&three("5000", "1000 0114 0000 640000a8 0200 0700"), &three("d000", "61c0"), "truncated_request");
    complaint(&read, &three("d000", "0000 0100"), "truncated_answer");
    complaint(&[&read[..], b"\xff\xff\xff"].concat(), &fine, "bad_frame");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], transport| probe(&Probe { bytes, src_port: 40_000, dst_port: 7000, transport, from_start: true });
    let read = three("5000", "1000 0104 0000 640000a8 0200");
    assert_eq!(verdict(&read, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&read, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&three("d000", "0000 0100"), Transport::Tcp), Verdict::Likely);
    assert_eq!(verdict(&text("5000", "001004010000D*0001000001"), Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&read[..12], Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&read[..12], Transport::Udp), Verdict::No);
    assert_eq!(verdict(&three("5000", "1000 0104 0700 99"), Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&three("5000", "1000 9999 0000"), Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&[&read[..], b"xx"].concat(), Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&hex("5700 0000 0011 1107 0000 ffff 0300 0000"), Transport::Tcp), Verdict::No);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), command in any::<u16>(), sub in 0u16..5) {
        let mut feeder = Feeder::new(&INFO);
        let body = [&[16, 0][..], &command.to_le_bytes(), &sub.to_le_bytes(), &bytes].concat();
        let text: String = body.iter().map(|b| format!("{b:02x}")).collect();
        feeder.segment(ASK, &three("5000", "1000 0104 0000 640000a8 0200"));
        feeder.segment(ASK, &three("5000", &text));
        feeder.segment(ANSWER, &three("d000", &text));
        feeder.segment(ASK, &bytes);
        feeder.finish();
        feeder.said.parsed();
    }

    #[test]
    fn any_text_is_survived(body in "[0-9A-F*MDXZ ]{0,60}", which in proptest::sample::select(vec!["0401", "1401", "0403", "1402", "0406", "1406", "0801", "1630"]), sub in 0u8..4) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &text("5000", &format!("0010{which}000{sub}{body}")));
        feeder.segment(ANSWER, &text("D000", &format!("0000{body}")));
        feeder.finish();
        feeder.said.parsed();
    }
}
