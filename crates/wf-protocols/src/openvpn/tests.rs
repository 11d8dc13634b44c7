use super::packet::{self, Control, Wrap};
use super::{INFO, probe};
use crate::testing::{Feeder, Recorder, context, survives};
use proptest::prelude::*;
use wf_model::Timestamp;
use wf_model::observation::Transport;
use wf_model::time::SECOND;
use wf_wire::decode::{Decoder, Direction, Probe, Step, Verdict};

use Direction::{ToClient, ToServer};

const CLIENT: u64 = 0x1122_3344_5566_7788;
const SERVER: u64 = 0x99aa_bbcc_ddee_ff01;

/// A packet of the control channel: opcode and key, session, HMAC with replay id and time, acknowledgements with the other's session,
/// message id, payload.
fn control(opcode: u8, hmac: usize, session: u64, acks: &[u32], id: Option<u32>, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![opcode << 3];
    bytes.extend(session.to_be_bytes());
    if hmac > 0 {
        bytes.extend(vec![0xa5; hmac]);
        bytes.extend([0, 0, 0, 7, 0x5e, 0x3e, 0x7b, 0x98]);
    }
    bytes.push(acks.len() as u8);
    acks.iter().for_each(|id| bytes.extend(id.to_be_bytes()));
    if !acks.is_empty() {
        bytes.extend((if session == CLIENT { SERVER } else { CLIENT }).to_be_bytes());
    }
    bytes.extend(id.into_iter().flat_map(u32::to_be_bytes));
    bytes.extend(payload);
    bytes
}

fn client_reset(hmac: usize) -> Vec<u8> {
    control(packet::CLIENT_V2, hmac, CLIENT, &[], Some(0), &[])
}

fn server_reset(hmac: usize) -> Vec<u8> {
    control(packet::SERVER_V2, hmac, SERVER, &[0], Some(0), &[])
}

/// A hard reset that is sealed: replay id, time, HMAC, and what cannot be read.
fn sealed(opcode: u8, replay: u32, rest: &[u8]) -> Vec<u8> {
    [&[opcode << 3][..], &CLIENT.to_be_bytes(), &replay.to_be_bytes(), &[0x5e, 0x3e, 0x7b, 0x98], &[0xc3; 37], rest].concat()
}

fn data() -> Vec<u8> {
    [&[packet::DATA_V2 << 3, 0, 0, 1][..], &[0xe7; 36]].concat()
}

/// A client hello of TLS 1.2 with one cipher and no extension, in one record.
fn hello() -> Vec<u8> {
    let body = [&[3, 3][..], &[9; 32], &[0, 0, 2, 0x13, 1, 1, 0]].concat();
    let message = [&[1, 0, 0, body.len() as u8][..], &body].concat();
    [&[22, 3, 1, 0, message.len() as u8][..], &message].concat()
}

struct Talk {
    decoder: Box<dyn Decoder>,
    said: Recorder,
    seconds: i64,
}

impl Talk {
    fn new() -> Self {
        Self { decoder: (INFO.new)(), said: Recorder::default(), seconds: 0 }
    }

    fn send(&mut self, direction: Direction, bytes: &[u8]) -> bool {
        let mut ctx = context(direction, Transport::Udp, 1194);
        ctx.now.ts = Timestamp(self.seconds * SECOND);
        self.decoder.datagram(&ctx, bytes, &mut self.said)
    }

    fn end(mut self) -> Recorder {
        self.decoder.finish(&context(ToServer, Transport::Udp, 1194), &mut self.said);
        self.said.parsed();
        self.said
    }
}

fn hellos(said: &Recorder) -> usize {
    said.messages.iter().filter(|m| m.contains("tls_client_hello")).count()
}

fn ask(bytes: &[u8], transport: Transport, dst_port: u16) -> Verdict {
    probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true })
}

#[test]
fn protection_is_found_by_trial() {
    for hmac in [16, 20, 28, 32, 48, 64] {
        assert_eq!(Wrap::of(&client_reset(hmac)), Some(Wrap::Auth(hmac)));
        assert_eq!(Wrap::of(&control(packet::ACK, hmac, CLIENT, &[3, 2], None, &[])), Some(Wrap::Auth(hmac)));
        assert_eq!(Wrap::of(&control(packet::CONTROL, hmac, CLIENT, &[], Some(1), &hello())), Some(Wrap::Auth(hmac)));
    }
    assert_eq!([client_reset(0), server_reset(0)].map(|bytes| Wrap::of(&bytes)), [Some(Wrap::Plain); 2]);
    assert_eq!(Wrap::of(&sealed(packet::CLIENT_V2, 1, &[])), Some(Wrap::Crypt));
    assert_eq!(Wrap::of(&sealed(packet::CONTROL, 2, &[0x77; 200])), Some(Wrap::Crypt));
    assert_eq!(Wrap::of(&control(packet::CONTROL, 0, CLIENT, &[], Some(2), &[0x77; 200])), Some(Wrap::Plain));
    assert_eq!(Wrap::of(&[7 << 3; 60]), None);
}

#[test]
fn sessions_are_known_on_any_port() {
    let wrapped = [&[0x55; 300][..], &302u16.to_be_bytes()].concat();
    for (bytes, expected) in [
        (client_reset(0), Verdict::SureClient),
        (client_reset(20), Verdict::SureClient),
        (server_reset(64), Verdict::SureServer),
        (sealed(packet::CLIENT_V2, 1, &[]), Verdict::SureClient),
        (sealed(packet::CLIENT_V3, 0x0f00_0001, &wrapped), Verdict::SureClient),
        (sealed(packet::SERVER_V2, 1, &[0; 12]), Verdict::SureServer),
        (sealed(packet::CLIENT_V2, 1, &[0]), Verdict::No),
        (sealed(packet::CLIENT_V2, 5000, &[]), Verdict::No),
        ([client_reset(0), vec![0]].concat(), Verdict::No),
        ([&[7 << 3][..], &[0; 13]].concat(), Verdict::No),
        (control(packet::ACK, 0, CLIENT, &[1], None, &[]), Verdict::No),
        (data(), Verdict::No),
    ] {
        let stream = [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
        assert_eq!(ask(&bytes, Transport::Udp, 443), expected, "{bytes:02x?}");
        assert_eq!(ask(&stream, Transport::Tcp, 443), expected, "{bytes:02x?}");
    }
}

#[test]
fn its_own_port_takes_what_is_under_way() {
    for (bytes, expected) in [
        (data(), Verdict::Likely),
        (control(packet::ACK, 20, CLIENT, &[1], None, &[]), Verdict::Sure),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n".to_vec(), Verdict::No),
        (vec![0x16; 40], Verdict::No),
        (Vec::new(), Verdict::No),
    ] {
        assert_eq!(ask(&bytes, Transport::Udp, 1194), expected, "{bytes:02x?}");
    }
    assert_eq!(ask(&[0], Transport::Tcp, 1194), Verdict::More);
    assert_eq!(ask(&[0, 42, 0x38, 1], Transport::Tcp, 1194), Verdict::More);
    assert_eq!(ask(b"GET / HTTP/1.1\r\n", Transport::Tcp, 1194), Verdict::No);
}

#[test]
fn handshakes_are_put_together() {
    let (hello, mut talk) = (hello(), Talk::new());
    let (first, rest) = hello.split_at(20);
    let (second, third) = rest.split_at(10);
    assert!(talk.send(ToServer, &client_reset(20)) && talk.send(ToClient, &server_reset(20)));
    let part = |id, bytes: &[u8]| control(packet::CONTROL, 20, CLIENT, &[], Some(id), bytes);
    for (id, bytes) in [(1, first), (3, third), (1, first), (3, third)] {
        assert!(talk.send(ToServer, &part(id, bytes)));
        assert_eq!(hellos(&talk.said), 0);
    }
    assert!(talk.send(ToServer, &part(2, second)));
    assert!(talk.send(ToServer, &part(2, second)) && talk.send(ToClient, &data()));
    let said = talk.end();
    assert_eq!(hellos(&said), 1);
    assert_eq!(said.messages.iter().filter(|m| m.contains(r#""repeated":true"#)).count(), 3);
    assert_eq!(said.operations, ["connect [diagnostic]  = tls_auth: ok"]);
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
}

#[test]
fn connections_have_outcomes() {
    let mut silent = Talk::new();
    silent.send(ToServer, &client_reset(0));
    silent.send(ToServer, &client_reset(0));
    assert_eq!(silent.end().operations, ["connect [diagnostic]  = plain: unanswered"]);

    let mut refused = Talk::new();
    refused.send(ToServer, &client_reset(0));
    refused.send(ToClient, &server_reset(0));
    refused.seconds = 61;
    refused.send(ToClient, &server_reset(0));
    assert_eq!(refused.said.operations, ["connect [diagnostic]  = plain: unconfirmed"]);
    assert_eq!(refused.end().operations.len(), 1);

    let mut hidden = Talk::new();
    hidden.send(ToServer, &sealed(packet::CLIENT_V2, 1, &[]));
    hidden.send(ToClient, &data());
    hidden.send(ToServer, &sealed(packet::CLIENT_V2, 2, &[]));
    assert_eq!(hidden.end().operations, ["connect [diagnostic]  = tls_crypt: ok"]);
}

#[test]
fn every_key_has_its_own_handshake() {
    let mut talk = Talk::new();
    let renewed = |mut bytes: Vec<u8>| {
        bytes[0] |= 1;
        bytes
    };
    talk.send(ToServer, &client_reset(0));
    talk.send(ToServer, &control(packet::CONTROL, 0, CLIENT, &[], Some(1), &hello()));
    talk.send(ToClient, &renewed(control(packet::SOFT_RESET, 0, SERVER, &[], Some(0), &[])));
    talk.send(ToServer, &renewed(control(packet::SOFT_RESET, 0, CLIENT, &[0], Some(0), &[])));
    talk.send(ToServer, &renewed(control(packet::CONTROL, 0, CLIENT, &[], Some(1), &hello())));
    assert_eq!(hellos(&talk.end()), 2);
}

#[test]
fn holes_end_a_handshake_and_nothing_grows() {
    let mut talk = Talk::new();
    talk.send(ToServer, &client_reset(0));
    for id in 2..60 {
        talk.send(ToServer, &control(packet::CONTROL, 0, CLIENT, &[], Some(id), &hello()));
        assert!(talk.decoder.weight() < 16 * 100);
    }
    talk.send(ToServer, &control(packet::CONTROL, 0, CLIENT, &[], Some(1), &hello()));
    let said = talk.end();
    assert!(hellos(&said) == 0 && said.evicted > 0);
}

#[test]
fn breaches_are_said() {
    let mut talk = Talk::new();
    assert!(!talk.send(ToServer, &[0xff; 30]));
    assert!(talk.send(ToServer, &control(packet::CLIENT_V1, 0, CLIENT, &[], Some(0), &[])));
    assert!(!talk.send(ToServer, &[0xff; 30]));
    let said = talk.end();
    assert_eq!(said.anomalies, ["openvpn_old_key_method: asked for by the client", "openvpn_bad_packet: opcode 31, 30 bytes"]);
}

#[test]
fn streams_are_cut_at_their_lengths() {
    let framed = |packet: &[u8]| [&(packet.len() as u16).to_be_bytes()[..], packet].concat();
    let mut feeder = Feeder::new(&INFO);
    let hello = control(packet::CONTROL, 20, CLIENT, &[0], Some(1), &hello());
    let up = [client_reset(20), hello, data()].map(|packet| framed(&packet)).concat();
    let (a, b) = up.split_at(50);
    feeder.segment(ToServer, a);
    feeder.segment(ToClient, &[framed(&server_reset(20)), framed(&data())].concat());
    feeder.segment(ToServer, b);
    feeder.gap(ToServer, 10);
    feeder.segment(ToServer, &[vec![0xff; 5], framed(&control(packet::ACK, 20, CLIENT, &[1], None, &[]))].concat());
    feeder.finish();
    assert_eq!(feeder.said.operations, ["connect [diagnostic]  = tls_auth: ok"]);
    assert_eq!(hellos(&feeder.said), 1);
    assert!(feeder.said.parsed().iter().any(|m| m["pdu"] == "ack_v1"));

    let mut other = Feeder::new(&INFO);
    other.segment(ToServer, b"\0\x20none of this at all, whatever it is");
    assert_eq!(other.over, Some(Step::NotMine));
}

#[test]
fn short_packets_are_no_packets() {
    for len in 0..26 {
        assert!(Control::read(&server_reset(0)[..len], Wrap::Plain).is_err());
    }
}

proptest! {
    #[test]
    fn survives_anything(stream in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..200)), 1..8)) {
        let begun = [(true, [&[0, 14][..], &client_reset(0)].concat())];
        survives(&INFO, &begun, &stream);
    }
}
