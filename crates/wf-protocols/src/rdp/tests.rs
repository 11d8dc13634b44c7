use super::INFO;
use crate::testing::{Feeder, Recorder, survives};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Step, Verdict};

use Direction::{ToClient, ToServer};

fn packet(tpdu: &[u8]) -> Vec<u8> {
    let len = tpdu.len() as u16 + 4;
    [&[3, 0][..], &len.to_be_bytes(), tpdu].concat()
}

/// A connection request or confirm (MS-RDPBCGR 2.2.1.1, 2.2.1.2).
fn connect(code: u8, data: &[u8]) -> Vec<u8> {
    packet(&[&[data.len() as u8 + 6, code, 0, 0, 0, 0, 0][..], data].concat())
}

fn request(cookie: &str, protocols: Option<u8>) -> Vec<u8> {
    let asked = protocols.map(|bits| vec![1, 0, 8, 0, bits, 0, 0, 0]).unwrap_or_default();
    connect(0xe0, &[cookie.as_bytes(), &asked].concat())
}

fn confirm(kind: u8, value: u8) -> Vec<u8> {
    connect(0xd0, &[kind, 0, 8, 0, value, 0, 0, 0])
}

fn data(mcs: &[u8]) -> Vec<u8> {
    packet(&[&[2, 0xf0, 0x80][..], mcs].concat())
}

fn element(tag: &[u8], contents: &[u8]) -> Vec<u8> {
    [tag, &[0x82], &(contents.len() as u16).to_be_bytes()[..], contents].concat()
}

fn block(kind: u16, contents: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(contents.len() as u16 + 4).to_le_bytes(), contents].concat()
}

fn wide(text: &str, len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.resize(len, 0);
    bytes
}

/// A conference's request with the client's blocks (MS-RDPBCGR 2.2.1.3, 4.1.3).
fn initial(name: &str, channels: &[&str]) -> Vec<u8> {
    let core = [
        &0x0008_0004u32.to_le_bytes()[..],
        &[0, 4, 0, 3, 1, 0xca, 3, 0xaa],
        &0x0407u32.to_le_bytes(),
        &7601u32.to_le_bytes(),
        &wide(name, 32),
        &[4, 0, 0, 0],
        &[0; 72],
    ]
    .concat();
    let named: Vec<u8> = channels.iter().flat_map(|name| [wide_name(name), vec![0; 4]].concat()).collect();
    let net = [&(channels.len() as u32).to_le_bytes()[..], &named].concat();
    let blocks = [block(0xc001, &core), block(0xc002, &[3, 0, 0, 0, 0, 0, 0, 0]), block(0xc003, &net)].concat();
    let length = (blocks.len() as u16 | 0x8000).to_be_bytes();
    let conference =
        [&[0, 5, 0, 0x14, 0x7c, 0, 1, 0x81, 0, 0, 8, 0, 0x10, 0, 1, 0xc0, 0][..], b"Duca", &length, &blocks].concat();
    let whole = [vec![4, 1, 1, 4, 1, 1, 1, 1, 0xff, 0x30, 0, 0x30, 0, 0x30, 0], element(&[4], &conference)].concat();
    data(&element(&[0x7f, 0x65], &whole))
}

fn wide_name(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(8, 0);
    bytes
}

/// The server's answer with its security (MS-RDPBCGR 2.2.1.4, 4.1.4).
fn response(method: u8, level: u8) -> Vec<u8> {
    let core = [&0x0008_0004u32.to_le_bytes()[..], &[0; 4]].concat();
    let security = [method, 0, 0, 0, level, 0, 0, 0];
    let blocks = [block(0x0c01, &core), block(0x0c02, &security)].concat();
    let conference =
        [&[0, 5, 0, 0x14, 0x7c, 0, 1, 0x2a, 0x14, 0x76, 0x0a, 1, 1, 0, 1, 0xc0, 0][..], b"McDn", &[blocks.len() as u8], &blocks];
    let whole = [vec![10, 1, 0, 2, 1, 0, 0x30, 0], element(&[4], &conference.concat())].concat();
    data(&element(&[0x7f, 0x66], &whole))
}

/// A logon that is not encrypted (MS-RDPBCGR 2.2.1.11.1.1).
fn logon() -> Vec<u8> {
    let texts = ["PLANT", "maint", "north", "", ""];
    let lengths: Vec<u8> = texts.iter().flat_map(|text| (text.len() as u16 * 2).to_le_bytes()).collect();
    let words: Vec<u8> = texts.iter().flat_map(|text| wide(text, text.len() * 2 + 2)).collect();
    let address = wide("192.0.2.7", 20);
    let more = [&[2, 0, 20, 0][..], &address].concat();
    let info = [&[0x40, 0, 0, 0][..], &[0; 4], &[0x10, 0, 0, 0], &lengths, &words, &more].concat();
    let len = (info.len() as u16 | 0x8000).to_be_bytes();
    data(&[&[0x64, 0, 7, 3, 0xeb, 0x70][..], &len, &info].concat())
}

fn talk(steps: &[(Direction, Vec<u8>)]) -> (Recorder, Option<Step>) {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in steps {
        let (a, b) = bytes.split_at(bytes.len() / 2);
        feeder.segment(*direction, a);
        feeder.segment(*direction, b);
    }
    feeder.finish();
    feeder.said.parsed();
    (feeder.said, feeder.over)
}

#[test]
fn tls_is_agreed_on_and_read() {
    let (said, over) = talk(&[
        (ToServer, request("Cookie: mstshash=operator\r\n", Some(3))),
        (ToClient, confirm(2, 1)),
        (ToClient, vec![21, 3, 3, 0, 2, 2, 40]),
    ]);
    assert_eq!(said.operations, ["connect [diagnostic] operator = tls: ok"]);
    assert_eq!(
        said.messages[0],
        r#"{"protocol":"rdp","pdu":"connection_request","cookie":"Cookie: mstshash=operator","user":"operator","request_flags":0,"requested_protocols":3,"requested_protocol_names":["tls","credssp"]}"#
    );
    assert!(said.messages[2].contains("tls_alert") && said.anomalies.is_empty() && over.is_none(), "{said:?}");
}

#[test]
fn tls_begins_where_it_was_not_seen_to_be_agreed_on() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, &request("Cookie: mstshash=operator\r\n", Some(3)));
    feeder.gap(ToClient, 19);
    feeder.segment(ToServer, &[22, 3, 3, 0, 6, 1, 0, 0, 2, 3, 3]);
    feeder.segment(ToClient, &[21, 3, 3, 0, 2, 2, 40]);
    feeder.finish();
    feeder.said.parsed();
    let said = feeder.said;
    assert_eq!(said.operations, ["connect [diagnostic] operator: unconfirmed"]);
    assert!(said.messages.iter().any(|m| m.contains("tls_alert")), "{said:?}");
    assert!(!said.anomalies.iter().any(|a| a.starts_with("rdp_")), "{said:?}");
}

#[test]
fn who_is_turned_away() {
    let (said, _) = talk(&[
        (ToServer, request("Cookie: mstshash=operator\r\n", Some(0))),
        (ToClient, confirm(3, 5)),
        (ToServer, request("", None)),
    ]);
    assert_eq!(
        said.operations,
        ["connect [diagnostic] operator: error: 5 credssp_required", "connect [diagnostic] : unanswered"]
    );
}

#[test]
fn old_security_without_encryption_shows_the_logon() {
    let (said, over) = talk(&[
        (ToServer, request("Cookie: msts=1234.5678.0000\r\n", None)),
        (ToClient, connect(0xd0, &[])),
        (ToServer, initial("HMI-2", &["rdpdr", "cliprdr"])),
        (ToClient, response(0, 0)),
        (ToServer, data(&[4, 1, 0, 1, 0])),
        (ToServer, logon()),
    ]);
    assert_eq!(over, Some(Step::Done));
    assert_eq!(said.operations, ["connect [diagnostic]  = rdp: ok", "login [diagnostic] PLANT\\maint: unconfirmed"]);
    assert_eq!((said.credentials, said.secrets), (vec!["password PLANT\\maint".to_owned()], vec![10]));
    assert_eq!(said.evidence, ["Sender name=HMI-2 (65)", "Sender os=Windows 7 or Server 2008 R2 (6.1.7601) (40)"]);
    assert_eq!(said.anomalies, ["rdp_old_security: chosen by the server", "rdp_without_encryption: chosen by the server"]);
    let client = &said.messages[2];
    assert!(client.contains(r#""client_build":7601"#) && client.contains(r#""channels":["rdpdr","cliprdr"]"#), "{client}");
    let last = said.messages.last().unwrap();
    assert!(
        last.contains(r#""user":"maint""#) && last.contains(r#""client_address":"192.0.2.7""#) && !last.contains("north"),
        "{last}"
    );
}

/// Wherever a capture cuts the logon: what there is of its password is masked, and shown nowhere.
#[test]
fn the_password_of_a_cut_logon_is_masked() {
    let whole = logon();
    let password = wide("north", 10);
    let begin = whole.windows(10).position(|window| window == password).unwrap();
    for there in 0..=30 {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ToServer, &request("", None));
        feeder.segment(ToServer, &whole[..begin + there]);
        feeder.cut(ToServer, whole.len() - begin - there);
        feeder.said.parsed();
        let said = feeder.said;
        let (secrets, last) = (said.secrets, said.messages.last().unwrap());
        assert_eq!(secrets, if there == 0 { vec![] } else { vec![there.min(10)] });
        assert!(last.contains(r#""user":"maint""#) && !last.contains("\"n"), "{last}");
        assert!(said.operations.is_empty() && said.anomalies.is_empty());
    }
}

#[test]
fn attempts_are_told() {
    let (said, _) = talk(&[(ToServer, request("", Some(1))), (ToClient, confirm(2, 2))]);
    assert_eq!(said.anomalies, ["rdp_unasked_security: credssp"]);
    let (said, _) = talk(&[(ToServer, request("", Some(0))), (ToClient, confirm(2, 0)), (ToServer, initial("x", &["MS_T120"]))]);
    assert_eq!(said.anomalies, ["rdp_old_security: chosen by the server", "rdp_internal_channel: MS_T120"]);
}

#[test]
fn damage_is_told() {
    let cut = initial("HMI-2", &[]);
    let (said, _) = talk(&[
        (ToServer, request("", Some(0))),
        (ToClient, confirm(2, 0)),
        (ToServer, data(&cut[7..60])),
        (ToServer, vec![9, 9, 9]),
    ]);
    assert_eq!(
        said.anomalies,
        ["rdp_old_security: chosen by the server", "rdp_bad_message: connect-initial", "rdp_bad_packet: no packet header"]
    );
}

#[test]
fn strangers_are_not_claimed() {
    let verdict = |bytes: &[u8], dst_port| {
        (INFO.probe)(&Probe { bytes, src_port: 40_000, dst_port, transport: Transport::Tcp, from_start: true })
    };
    for port in [3389, 33890] {
        assert_eq!(verdict(&request("Cookie: mstshash=a\r\n", Some(3)), port), Verdict::SureClient);
        assert_eq!(verdict(&initial("HMI-2", &[]), port), Verdict::SureClient);
        assert_eq!(verdict(&response(2, 3), port), Verdict::SureServer);
    }
    // A connection of S7: terminals by their selectors (RFC 1006).
    let s7 = connect(0xe0, &[0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10]);
    assert_eq!(verdict(&s7, 102), Verdict::No);
    assert_eq!(verdict(b"GET / HTTP/1.1\r\n", 3389), Verdict::No);
}

proptest! {
    #[test]
    fn any_bytes(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        survives(&INFO, &[(true, request("", Some(0))), (false, confirm(2, 0))], &stream);
    }

    #[test]
    fn any_unit(units in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        let units: Vec<_> = units.into_iter().map(|(to_server, mcs)| (to_server, data(&mcs))).collect();
        survives(&INFO, &[(true, request("", Some(0))), (false, confirm(2, 0))], &units);
    }
}
