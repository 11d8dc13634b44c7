use super::*;
use crate::testing::{Feeder, Recorder};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// Greetings as in a capture of a station and a workbench, names changed.
const WORKBENCH: &[u8] =
    b"fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\nhostName=s:eng-ws-4\nhostAddress=s:192.168.1.125\n\
app.name=s:Workbench\napp.version=s:3.7.44\nos.name=s:Windows XP\nos.version=s:5.1\nhostId=s:Win-99CB-D49D-5442-0000\n\
brandId=s:vykon\n};;\n";
const STATION: &[u8] = b"fox a 0 -1 fox hello\n{\nfox.version=s:1.0\nid=i:2\nhostName=s:192.168.2.15\napp.name=s:Station\n\
app.version=s:3.5.41.1\nvm.name=s:J9\nvm.version=s:2.3\nos.name=s:QNX\nos.version=s:6.3.2\nstation.name=s:Hall_4\n\
hostId=s:Qnx-NPM6-0000-1490-0000\nsysInfo=o:bog 11[<bog>\n};;\n\n]\n};;\n";

fn played(segments: &[(Direction, &[u8])]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in segments {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    feeder.said
}

#[test]
fn greetings_say_who_it_is() {
    let mut said = played(&[(ASK, WORKBENCH), (ANSWER, STATION)]);
    assert_eq!(said.operations, ["hello [diagnostic]  = Workbench: ok"]);
    assert_eq!(said.anomalies, [""; 0]);
    let wanted = [
        "role=engineering_station (60)",
        "name=eng-ws-4 (65)",
        "serial=Win-99CB-D49D-5442-0000 (70)",
        "os=Windows XP 5.1 (75)",
        "software=Niagara Workbench 3.7.44 (75)",
        "description=Niagara brand vykon (45)",
        "role=building_controller (60)",
        "name=Hall_4 (75)",
        "serial=Qnx-NPM6-0000-1490-0000 (70)",
        "model=NPM6 (60)",
        "os=QNX 6.3.2 (75)",
        "software=Niagara Station 3.5.41.1 (75)",
        "software=J9 2.3 (60)",
    ];
    assert_eq!(said.evidence, wanted.map(|text| format!("Sender {text}")));
    let messages = said.parsed();
    assert_eq!((&messages[1]["values"][11]["name"], &messages[1]["values"][11]["bytes"]), (&"sysInfo".into(), &11.into()));
    // The same byte by byte.
    let mut feeder = Feeder::new(&INFO);
    STATION.iter().for_each(|byte| feeder.segment(ANSWER, &[*byte]));
    assert_eq!(feeder.said.parsed().len(), 1);
}

#[test]
fn logins() {
    let challenge = b"fox a 1 -1 fox challenge\n{\nmethod=s:digest-md5\nnonce=b:4[;;\n}]\n};;\n";
    let login = b"fox a 2 -1 fox username\n{\nusername=s:op#20;1\npassword=s:c2VjcmV0\n};;\n";
    let mut said = played(&[(ASK, WORKBENCH), (ANSWER, challenge), (ASK, login), (ANSWER, b"fox a 2 -1 fox welcome\n{\n};;\n")]);
    assert_eq!(said.operations.first().map(String::as_str), Some("login [diagnostic]  = op 1: ok"));
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password op 1".to_owned()][..], &[8][..]));
    assert!(!format!("{:?}", said.parsed()).contains("c2VjcmV0"));
    let refused = b"fox a 2 -1 fox rejected\n{\nauthfail_reason=s:User Lockout\n};;\n";
    let said = played(&[(ASK, login), (ANSWER, refused)]);
    assert_eq!(said.operations, ["login [diagnostic]  = op 1: error: User Lockout"]);
    assert_eq!(said.anomalies, ["login_rejected: User Lockout"]);
}

#[test]
fn passwords_that_are_cut_off_are_hidden() {
    let login = b"fox a 2 -1 fox username\n{\nusername=s:op\npassword=s:c2VjcmV0\nmore=s:x\n};;\n";
    let secret = login.windows(3).position(|window| window == b"c2V").unwrap();
    for end in 1..login.len() {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, WORKBENCH);
        feeder.segment(ASK, &login[..end]);
        feeder.cut(ASK, login.len() - end);
        let there = end.saturating_sub(secret).min(8);
        let want = if there == 0 { vec![] } else { vec![there] };
        assert_eq!(feeder.said.secrets, want, "{end}");
        assert!(!format!("{:?}", feeder.said.parsed()).contains("c2"));
    }
}

#[test]
fn requests_and_answers() {
    let said = played(&[
        (ASK, b"fox s 3 1 station load\n{\nd=m:{\nx=i:1\n}\n};;\nfox s 4 2 file get\n{\n};;\nfox s 5 3 sys time\n{\n};;\n"),
        (ANSWER, b"fox r 3 1 station load\n{\n};;\nfox e 4 2 file get\n{\n};;\nfox k -1 -1 fox keepalive\n{\n};;\n"),
    ]);
    let wanted = ["station.load: ok", "file.get: error: refused", "sys.time: unanswered"];
    assert_eq!(said.operations, wanted.map(|text| format!("request [diagnostic] {text}")));
}

#[test]
fn acts_are_told_by_the_verb_of_their_command() {
    let said = played(&[
        (ASK, b"fox s 3 1 station invoke\n{\nslot=s:/Fan/out\naction=s:override\nold=m:{\n}\n};;\n"),
        (ANSWER, b"fox n 3 1 station invoke\n{\n};;\n"),
        (ASK, b"fox s 4 2 file deleteFile\n{\npath=s:a.bog\nuserPassword=s:x\n};;\n"),
        (ANSWER, b"fox e 4 2 file deleteFile\n{\n};;\n"),
        (ASK, b"fox a 5 -1 station setValue\n{\nv=i:5\n};;\nfox a 6 -1 station settings\n{\n};;\n"),
    ]);
    let wanted = [
        "invoke [control] station.invoke = slot /Fan/out, action override: ok",
        "change [configuration] file.deleteFile = path a.bog, userPassword hidden: error: refused",
        "write [write] station.setValue = v 5: unconfirmed",
    ];
    assert_eq!(said.operations, wanted);
}

#[test]
fn damage_has_names() {
    let complaint = |segments: &[(Direction, &[u8])], want: &str| {
        let said = played(segments);
        assert_eq!(said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(), [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    complaint(&[(ASK, WORKBENCH), (ASK, b"nonsense fox a 2 -1 fox hello\n{\n};;\n")], "bad_frame");
    complaint(&[(ASK, WORKBENCH), (ASK, b"fox a 2 -1 fox x\n{\nb=b:99999[1]\n};;\n")], "frame_too_long");
    complaint(&[(ASK, WORKBENCH), (ANSWER, b"fox a 1 -1 fox rejected\n{\n};;\n")], "login_rejected");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true })
    };
    assert_eq!(verdict(WORKBENCH, 40_000, 1911), Verdict::SureClient);
    assert_eq!(verdict(STATION, 1911, 40_000), Verdict::SureServer);
    assert_eq!(verdict(WORKBENCH, 40_000, 5000), Verdict::SureClient);
    assert_eq!(verdict(STATION, 40_000, 5000), Verdict::SureServer);
    assert_eq!(verdict(b"fo", 40_000, 5000), Verdict::More);
    assert_eq!(verdict(b"fox hunting\n", 40_000, 1911), Verdict::No);
    assert_eq!(verdict(b"\x16\x03\x01\x02\x00\x01", 40_000, 4911), Verdict::No);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..200), letter in any::<u8>()) {
        let head = [b"fox ", &[letter][..], b" 1 1 fox hello\n{\nx=b:"].concat();
        let frame = [&head[..], &data, b"\n};;\n"].concat();
        played(&[(ASK, WORKBENCH), (ASK, &frame), (ANSWER, &data), (ANSWER, &frame)]).parsed();
    }
}
