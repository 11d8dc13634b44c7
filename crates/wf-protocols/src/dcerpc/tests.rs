use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
const WINREG: &str = "01d08c33 4422 f131 aaaa 900038001003";
const SVCCTL: &str = "81bb7a36 4498 f135 ad32 98f038001003";
const TASKS: &str = "4959d386 c983 4440 b424 db363231fd0c";
const EPM: &str = "0883afe1 1f5d c911 91a4 08002b14a0fa";
const NDR: &str = "045d888aeb1cc9119fe808002b104860 02000000";

/// A PDU (C706 12.6.3.1): kind, flags, call, what follows the common header.
fn pdu(kind: u8, flags: u8, call: u32, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u16 + 16).to_le_bytes();
    [&[5, 0, kind, flags, 0x10, 0, 0, 0][..], &len, &[0, 0], &call.to_le_bytes(), body].concat()
}

fn bind(interface: &str) -> Vec<u8> {
    pdu(11, 3, 1, &hex(&format!("b810b810 00000000 01000000 0000 0100 {interface} 01000000 {NDR}")))
}

fn bound(result: &str) -> Vec<u8> {
    pdu(12, 3, 1, &hex(&format!("b810b810 01000000 0400 313335 00 0000 01000000 {result} {NDR}")))
}

fn call(call: u32, number: u16, stub: &[u8]) -> Vec<u8> {
    pdu(0, 3, call, &[&[0; 6][..], &number.to_le_bytes(), stub].concat())
}

fn said(call: u32, stub: &[u8]) -> Vec<u8> {
    pdu(2, 3, call, &[&[0; 8][..], stub].concat())
}

/// A conformant varying string (C706 14.3.4.2), padded to four bytes.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let count = (units.len() as u32).to_le_bytes();
    let mut bytes = [&count[..], &[0; 4], &count].concat();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn handle(fill: u8) -> Vec<u8> {
    [&[0; 4][..], &[fill; 16]].concat()
}

fn play(messages: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in messages {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    feeder.said
}

#[test]
fn passwords_of_shares_are_not_shown() {
    // MS-SRVS 3.1.4.7 with a SHARE_INFO_2 (2.2.4.24): server, name, remark, path and password.
    let share = ["\\\\plc-hist", "backup", "nightly", "C:\\backup", "hush"].map(text).concat();
    // MS-WKST 3.2.4.7 with a USE_INFO_1 (2.2.5.2): device, share and password.
    let used = ["Z:", "\\\\plc-hist\\backup", "hush"].map(text).concat();
    for (interface, number, stub, shown) in [
        ("c84f324b 7016 d301 1278 5a47bf6ee188", 14, share, r"backup = C:\backup"),
        ("98d0ff6b 12a1 1036 9833 46c3f87e345a", 8, used, r"Z: = \\plc-hist\backup"),
    ] {
        let call = call(2, number, &[&[0; 8][..], &stub].concat());
        let said = play(&[(ASK, bind(interface)), (ANSWER, bound("0000 0000")), (ASK, call), (ANSWER, said(2, &[0; 8]))]);
        let told = said.operations.last().unwrap();
        assert!(told.contains(shown) && !told.contains("hush"), "{told}");
    }
}

#[test]
fn names_behind_handles() {
    let said = play(&[
        (ASK, bind(WINREG)),
        (ANSWER, bound("00000000")),
        (ASK, call(2, 2, &[0; 8])),
        (ANSWER, said(2, &[handle(1), vec![0; 4]].concat())),
        (ASK, call(3, 15, &[handle(1), vec![10, 0, 10, 0, 1, 0, 0, 0], text("SOFTWARE\\Run")].concat())),
        (ANSWER, said(3, &[handle(2), vec![0; 4]].concat())),
        (ASK, call(4, 22, &[handle(2), vec![10, 0, 10, 0, 1, 0, 0, 0], text("updater")].concat())),
        (ANSWER, said(4, &[5, 0, 0, 0])),
        (ASK, call(5, 24, &[])),
    ]);
    let expected = [
        "bind [diagnostic] winreg: ok",
        "winreg_open_local_machine [diagnostic] HKLM: ok",
        r"winreg_open_key [diagnostic] HKLM\SOFTWARE\Run: ok",
        r"winreg_set_value [configuration] HKLM\SOFTWARE\Run = updater: error: access_denied",
        "winreg_initiate_system_shutdown [control] : unanswered",
    ];
    assert_eq!(said.operations, expected);
}

/// MS-SCMR 3.1.4.12, MS-TSCH 3.2.5.4.2: what is to run is said, what may be a password is not.
#[test]
fn what_is_to_run() {
    let service = [handle(1), text("UPD"), vec![0, 0, 2, 0], text("Update"), vec![0; 16], text("C:\\a.exe")].concat();
    let said_once = play(&[
        (ASK, bind(SVCCTL)),
        (ANSWER, bound("00000000")),
        (ASK, call(2, 12, &service)),
        (ANSWER, said(2, &[vec![0; 4], handle(3), vec![0; 4]].concat())),
        (ASK, call(3, 19, &[handle(3), vec![0; 8]].concat())),
        (ANSWER, said(3, &[0x20, 4, 0, 0])),
    ]);
    let expected = [
        "svcctl_create_service [configuration] UPD = Update, C:\\a.exe: ok",
        "svcctl_start_service [control] UPD: error: service_already_running",
    ];
    assert_eq!(said_once.operations[1..], expected);
    let task = "<Task><Exec><Command>cmd.exe</Command><Arguments>/c whoami</Arguments></Exec></Task>";
    let stub = [vec![0, 0, 2, 0], text("\\job"), text(task), vec![0; 12], text("user"), text("password")].concat();
    let mut said =
        play(&[(ASK, bind(TASKS)), (ANSWER, bound("00000000")), (ASK, call(2, 1, &stub)), (ANSWER, said(2, &[0; 12]))]);
    assert_eq!(said.operations[1..], ["itaskscheduler_register_task [configuration] \\job = cmd.exe /c whoami: ok"]);
    assert!(said.parsed().iter().all(|m| !m.to_string().contains("password")));
}

/// MS-RPCE 2.2.5: in NDR64 lengths have eight bytes. MS-TSCH 3.2.5.2.1.
#[test]
fn texts_of_ndr64() {
    let wide = |text: &str| {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let count = (units.len() as u64).to_le_bytes();
        let mut bytes = [&count[..], &[0; 8], &count].concat();
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    };
    let job = [&[0, 0, 2, 0, 0, 0, 0, 0][..], &wide("\\\\HMI-2"), &[1; 24], &wide("cmd /c a.bat")].concat();
    let said = play(&[
        (ASK, bind("8206f71f 510a e830 076d 740be8cee98b")),
        (ANSWER, bound("00000000")),
        (ASK, call(2, 0, &job)),
        (ANSWER, said(2, &[1, 0, 0, 0, 0, 0, 0, 0])),
    ]);
    assert_eq!(said.operations[1..], ["atsvc_job_add [control] cmd /c a.bat: ok"]);
}

/// C706 appendix L: the mapper's answer names a port.
#[test]
fn where_an_interface_is() {
    let tower = |port: &str, ip: &str| {
        hex(&format!(
            "0500 1300 0d {SVCCTL} 0200 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 0100 0b 0200 0000 0100 07 0200 {port} 0100 09 0400 {ip}"
        ))
    };
    let mut said = play(&[
        (ASK, bind(EPM)),
        (ANSWER, bound("00000000")),
        (ASK, call(2, 3, &[vec![0; 16], tower("0087", "00000000")].concat())),
        (ANSWER, said(2, &[vec![0; 44], tower("c003", "0a000002"), vec![0; 5]].concat())),
    ]);
    assert_eq!(said.operations[1..], ["epmapper_map [diagnostic] svcctl tcp 135 = svcctl tcp 49155 at 10.0.0.2: ok"]);
    assert_eq!(said.parsed()[3]["towers"][0], "svcctl tcp 49155 at 10.0.0.2");
}

#[test]
fn refusals_and_faults() {
    let unknown = "11111111 2222 3333 4444 555555555555";
    let said = play(&[
        (ASK, bind(unknown)),
        (ANSWER, bound("02000100")),
        (ASK, call(2, 7, &[])),
        (ANSWER, pdu(3, 3, 2, &[&[0; 8][..], &0x1c01_0003u32.to_le_bytes(), &[0; 4]].concat())),
        (ASK, bind(unknown)),
        (ANSWER, pdu(13, 3, 1, &[0; 8])),
    ]);
    let expected = [
        "bind [diagnostic] 11111111-2222-3333-4444-555555555555: error: abstract_syntax_not_supported",
        "call [diagnostic] 11111111-2222-3333-4444-555555555555 operation 7: error: unknown_interface",
        "bind [diagnostic] 11111111-2222-3333-4444-555555555555: error: bind_refused",
    ];
    assert_eq!(said.operations, expected);
}

/// MS-RPCE 2.2.2.11: with privacy nothing but the operation's number can be read.
#[test]
fn encrypted_stubs() {
    let seal = |mut bytes: Vec<u8>| {
        bytes.extend([10, 6, 0, 0, 0, 0, 0, 0]);
        bytes.extend([1; 16]);
        let len = (bytes.len() as u16).to_le_bytes();
        bytes[8..10].copy_from_slice(&len);
        bytes[10] = 16;
        bytes
    };
    let said = play(&[
        (ASK, bind(SVCCTL)),
        (ANSWER, bound("00000000")),
        (ASK, seal(call(2, 12, &[handle(1), text("UPD")].concat()))),
        (ANSWER, seal(said(2, &[5, 0, 0, 0]))),
    ]);
    assert_eq!(said.operations[1..], ["svcctl_create_service [configuration] : ok"]);
}

/// C706 14.1: numbers in the sender's own order.
#[test]
fn big_endian() {
    let head = |kind: &str, len: &str| format!("0500{kind}03 00000000 {len} 0000 00000001");
    let bind = format!(
        "{} 10b810b8 00000000 01000000 0000 0100 367abb81 9844 35f1 ad32 98f038001003 00020000 8a885d04 1ceb 11c9 9fe8 08002b104860 00000002",
        head("0b", "0048")
    );
    let call = format!("{} 00000004 0000 0013", head("00", "0018"));
    let fault = format!("{} 00000000 0000 0000 00000005 00000000", head("03", "0020"));
    let said = play(&[(ASK, hex(&bind)), (ASK, hex(&call)), (ANSWER, hex(&fault))]);
    assert_eq!(said.operations.len(), 2);
    assert!(said.operations.iter().any(|op| op == "bind [diagnostic] svcctl: error: access_denied"));
}

#[test]
fn long_fragments_and_damage() {
    let long = call(2, 0, &vec![0; 30_000]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &bind(SVCCTL));
    long.chunks(1400).for_each(|part| feeder.segment(ASK, part));
    feeder.segment(ASK, b"this is not a PDU of DCE-RPC at all");
    feeder.segment(ASK, &call(3, 2, &handle(1)));
    feeder.finish();
    assert_eq!(feeder.said.anomalies, ["rpc_bad_header: 7468697320697320"]);
    assert_eq!(feeder.said.parsed().len(), 3);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, b"GET / HTTP/1.1\r\nHost: x\r\n");
    assert_eq!(feeder.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let asks = |bytes: &[u8], port| {
        probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport: Transport::Tcp, from_start: true })
    };
    assert_eq!(asks(&bind(SVCCTL), 49_155), Verdict::SureClient);
    assert_eq!(asks(&bound("00000000"), 49_155), Verdict::SureServer);
    assert_eq!(asks(&bind(SVCCTL)[..10], 135), Verdict::More);
    // C706 12.6.3.1: a request may want no answer; nothing else may, and one flag is reserved.
    let flagged = |kind: u8, flags: u8| asks(&pdu(kind, 3 | flags, 1, &[0; 80]), 49_155);
    assert_eq!([flagged(0, 0x40), flagged(2, 0x40), flagged(0, 8)], [Verdict::SureClient, Verdict::No, Verdict::No]);
    assert_eq!(asks(&[bind(SVCCTL), vec![9; 30]].concat(), 135), Verdict::No, "something else follows");
    assert_eq!(asks(&hex("0564 05c0 0100 0004 e921 0564 05c0 0100"), 20_000), Verdict::No, "DNP3");
    assert_eq!(asks(&hex("0501 00"), 1080), Verdict::More, "SOCKS, so far");
    assert_eq!(asks(&hex("05010003 0b6578616d706c652e636f6d 0050"), 1080), Verdict::No, "SOCKS");
}

proptest! {
    #[test]
    fn any_bytes(kind in 0u8..20, flags in any::<u8>(), number in 0u16..70, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let messages = [
            (ASK, bind(SVCCTL)),
            (ASK, call(2, number, &body)),
            (ANSWER, said(2, &body)),
            (ASK, pdu(kind, flags, 3, &body)),
            (ANSWER, pdu(kind, flags, 3, &body)),
        ];
        let _ = play(&messages).parsed();
    }
}
