use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_wire::decode::Moment;

const MASTER: Mac = Mac([0, 0x11, 0x22, 0x33, 0x44, 0x55]);
const SLAVES: Mac = Mac([2, 0x11, 0x22, 0x33, 0x44, 0x55]);

/// One datagram (ETG.1000.4, 5.4.1.2): command, slave, offset, data, working counter.
fn datagram(command: u8, slave: u16, offset: u16, data: &[u8], counter: u16) -> Vec<u8> {
    let length = (data.len() as u16).to_le_bytes();
    let head = [&[command, 7][..], &slave.to_le_bytes(), &offset.to_le_bytes(), &length, &[0, 0]].concat();
    [&head[..], data, &counter.to_le_bytes()].concat()
}

/// A frame of them (5.3.3): all but the last say that another follows.
fn frame(datagrams: &[Vec<u8>]) -> Vec<u8> {
    let mut body: Vec<Vec<u8>> = datagrams.to_vec();
    let last = body.len() - 1;
    body[..last].iter_mut().for_each(|d| d[7] |= 0x80);
    let body = body.concat();
    [&(body.len() as u16 | 0x1000).to_le_bytes()[..], &body].concat()
}

fn link(mac: Mac, seconds: i64) -> Context<'static> {
    let ctx = context(Direction::ToServer, Transport::Link, 0);
    let (src, dst) = (Some(Address::Mac(mac)), Some(Address::Mac(Mac([255; 6]))));
    let now = Moment { ts: ctx.now.ts.plus(seconds * 1_000_000), ..ctx.now };
    Context { src, dst, src_mac: Some(mac), dst_mac: Some(Mac([255; 6])), src_port: 0, dst_port: 0, now, ..ctx }
}

/// Frames that come back, a second apart.
fn back(frames: &[Vec<u8>]) -> Recorder {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (at, frame) in frames.iter().enumerate() {
        assert!(decoder.datagram(&link(SLAVES, at as i64), frame, &mut said));
    }
    decoder.finish(&link(SLAVES, frames.len() as i64), &mut said);
    said
}

fn one(datagram: Vec<u8>) -> Vec<u8> {
    frame(&[datagram])
}

#[track_caller]
fn check(frames: &[Vec<u8>], operations: &[&str]) -> Recorder {
    let said = back(frames);
    assert_eq!(said.operations, operations);
    said
}

/// A mailbox of 64 bytes (5.5): kind, body.
fn mail(kind: u8, body: &[u8]) -> Vec<u8> {
    let head = [&(body.len() as u16).to_le_bytes()[..], &[0, 0, 0, kind | 0x10]].concat();
    let mut mail = [&head[..], body].concat();
    mail.resize(64, 0);
    mail
}

/// It is written to a slave, or read from it.
fn put(kind: u8, body: &str) -> Vec<u8> {
    one(datagram(5, 0x1001, 0x1000, &mail(kind, &hex(body)), 1))
}

fn get(kind: u8, body: &str) -> Vec<u8> {
    one(datagram(4, 0x1001, 0x1080, &mail(kind, &hex(body)), 1))
}

#[test]
fn writes_name_slave_register_and_value() {
    let frames = [
        one(datagram(7, 3, 0x0130, &[1, 0], 3)),
        one(datagram(2, 1, 0x0010, &[2, 0x10], 1)),
        one(datagram(5, 0x1002, 0x0600, &hex("00000100 0200 00 07 0011 00 01 01 000000"), 1)),
        one(datagram(5, 0x1002, 0x0800, &hex("0010 8000 26 00 01 00"), 1)),
        one(datagram(8, 3, 0x0300, &[0; 8], 3)),
        one(datagram(5, 0x1009, 0x0981, &[3], 0)),
        one(datagram(5, 0x1002, 0x0f00, &[1], 1)),
    ];
    check(
        &frames,
        &[
            "set_station_address [configuration] position 2/station_address = 0x1002: ok",
            "write_fmmu [configuration] slave 0x1002/fmmu 0 = 0x00010000.0 to .7, 2 bytes, at 0x1100.0 read: ok",
            "write_sync_manager [configuration] slave 0x1002/sync_manager 0 = mailbox 0x1000, 128 bytes, written by the master: ok",
            "clear_error_counters [diagnostic] all slaves/rx_errors: ok",
            "write_distributed_clock [configuration] slave 0x1009/dc_activation = 0x03: unanswered",
            "write_register [configuration] slave 0x1002/register 0x0f00 = 0x01: ok",
        ],
    );
}

#[test]
fn states_are_told_when_they_are_reached_or_refused() {
    let status = |state, code: u16| one(datagram(4, 0x1001, 0x0130, &[state, 0, 0, 0, code as u8, (code >> 8) as u8], 1));
    let ask = |state| one(datagram(5, 0x1001, 0x0120, &[state, 0], 1));
    let frames =
        [ask(2), status(1, 0), status(2, 0), ask(8), status(0x12, 0x1d), ask(4), one(datagram(8, 2, 0x0120, &[0x11], 2))];
    let said = check(
        &frames,
        &[
            "read_register [read] slave 0x1001/al_status: ok",
            "set_state [control] slave 0x1001/state = PREOP: ok",
            "read_register [read] slave 0x1001/al_status: ok",
            "set_state [control] slave 0x1001/state = OP: error: invalid_output_configuration",
            "read_register [read] slave 0x1001/al_status: ok",
            "set_state [control] slave 0x1001/state = SAFEOP: error: refused",
            "set_state [control] all slaves/state = INIT with acknowledgement: unconfirmed",
        ],
    );
    assert_eq!(
        said.measurements,
        [
            "slave 0x1001/state = \"INIT\" (good)",
            "slave 0x1001/state = \"PREOP\" (good)",
            "slave 0x1001/state = \"PREOP\" (error)"
        ]
    );
    assert_eq!(said.anomalies, ["slave_error: slave 0x1001/state PREOP: invalid_output_configuration (0x001d)"]);
}

#[test]
fn one_answer_of_all_settles_each() {
    let ask = |slave| one(datagram(5, slave, 0x0120, &[2, 0], 1));
    let said = back(&[ask(0x1001), ask(0x1002), one(datagram(7, 2, 0x0130, &[2, 0], 2))]);
    let asked = ["set_state [control] slave 0x1001/state = PREOP: ok", "set_state [control] slave 0x1002/state = PREOP: ok"];
    assert_eq!(said.operations, asked);
}

#[test]
fn what_nobody_confirms_is_told_in_time() {
    let mut frames = vec![one(datagram(5, 0x1001, 0x0120, &[1, 0], 1))];
    frames.resize(12, one(datagram(7, 1, 0x0000, &[0x11], 1)));
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (at, frame) in frames.iter().enumerate() {
        decoder.datagram(&link(SLAVES, at as i64), frame, &mut said);
    }
    assert_eq!(said.operations, ["set_state [control] slave 0x1001/state = INIT: unconfirmed"]);
}

#[test]
fn the_configuration_memory_says_what_a_slave_is() {
    let read = |word: u8, data: &str| {
        let ask = one(datagram(5, 0x1001, 0x0502, &[0, 1, word, 0, 0, 0], 1));
        [ask, one(datagram(4, 0x1001, 0x0508, &hex(data), 1))]
    };
    let mut frames = vec![one(datagram(8, 1, 0x0101, &[0], 1))];
    for (word, data) in [
        (8, "02000000"),
        (10, "522c4c04"),
        (14, "67120000"),
        (0x40, "0a000400"),
        (0x42, "01064e41"),
        (0x44, "4d453100"),
        (0x46, "1e001000"),
        (0x48, "00000001"),
    ] {
        frames.extend(read(word, data));
    }
    let said = back(&frames);
    assert_eq!(
        said.evidence[2..],
        [
            "Receiver vendor=Beckhoff (85)",
            "Receiver model=EK1100 (80)",
            "Receiver serial=4711 (80)",
            "Receiver description=NAME1 (60)"
        ]
    );
    assert_eq!(said.measurements[1], "slave 0x1001/product_code = 72100946 (good)");
    let write = one(datagram(5, 0x1001, 0x0502, &[1, 2, 4, 0, 0, 0, 7, 0], 1));
    check(&[write], &["write_sii [configuration] slave 0x1001/sii 0x0004 = 0700: ok"]);
}

#[test]
fn objects_are_read_and_written() {
    let frames = [
        put(3, "0020 2b 4060 00 0f000000"),
        get(3, "0030 60 4060 00 00000000"),
        put(3, "0020 40 6460 00 00000000"),
        get(3, "0030 43 6460 00 d2040000"),
        put(3, "0020 2f 1810 01 01000000"),
        get(3, "0020 80 1810 01 02000106"),
        put(3, "0020 40 0910 00 00000000"),
    ];
    let said = check(
        &frames,
        &[
            "write_object [control] slave 0x1001/0x6040:00 = 15: ok",
            "read_object [read] slave 0x1001/0x6064:00: ok",
            "write_object [configuration] slave 0x1001/0x1018:01 = 1: error: read_only",
            "read_object [read] slave 0x1001/0x1009:00: unanswered",
        ],
    );
    assert_eq!(said.measurements, ["slave 0x1001/0x6040:00 = 15 (good)", "slave 0x1001/0x6064:00 = 1234 (good)"]);
}

#[test]
fn long_objects_come_in_segments() {
    let up = [
        put(3, "0020 40 0810 00 00000000"),
        get(3, "0030 41 0810 00 0b000000 454c33"),
        put(3, "0020 60 000000 00000000"),
        get(3, "0030 00 30303420 2d3130"),
        put(3, "0020 70 000000 00000000"),
        get(3, "0030 1d 56000000 000000"),
    ];
    let said = check(&up, &["read_object [read] slave 0x1001/0x1008:00: ok"]);
    assert_eq!(said.measurements, ["slave 0x1001/device_name = \"EL3004 -10V\" (good)"]);
    let down = [
        put(3, "0020 21 0020 01 09000000 7465"),
        get(3, "0030 60 0020 01 00000000"),
        put(3, "0020 01 78742e2e 2e2e21"),
        get(3, "0030 20 000000 00000000"),
    ];
    check(&down, &["write_object [configuration] slave 0x1001/0x2000:01 = text....!: ok"]);
}

#[test]
fn files_go_both_ways() {
    let full = format!("0300 01000000 {}", "61".repeat(52));
    let frames = [
        put(4, "0200 34120000 6170702e656677"),
        get(4, "0400 00000000"),
        put(4, &full),
        get(4, "0400 01000000"),
        put(4, "0300 02000000 6262"),
        get(4, "0400 02000000"),
        put(4, "0100 00000000 6c6f67"),
        get(4, "0500 01800000 6e6f"),
    ];
    let said = check(
        &frames,
        &["write_file [program] slave 0x1001/app.efw = 54 bytes: ok", "read_file [program] slave 0x1001/log: error: not_found"],
    );
    assert_eq!((said.files, said.secrets), (vec!["app.efw 54".to_owned(), "log ".to_owned()], vec![4]));
}

#[test]
fn drives_and_addresses() {
    let frames = [
        put(5, "01 40 2f00"),
        get(5, "02 40 2f00 10270000"),
        put(5, "23 40 2400 05000000"),
        get(5, "34 40 2400 0170"),
        put(2, "0200 0000 0e000000 0501a8c0 00ffffff 0101a8c0"),
        get(2, "0001 0000 ffffffffffff"),
        get(3, "0010 1082 01 0000000000"),
        get(0, "0100 0200"),
    ];
    let said = check(
        &frames,
        &[
            "read_parameter [read] slave 0x1001/S-0-47: ok",
            "write_parameter [configuration] slave 0x1001/drive 1/S-0-36 = 5: error: refused",
            "set_ip_address [configuration] slave 0x1001/ip_address = 192.168.1.5 mask 255.255.255.0 gateway 192.168.1.1: unconfirmed",
            "tunnel_ethernet [diagnostic] slave 0x1001/ip_address: ok",
        ],
    );
    assert_eq!(said.measurements, ["slave 0x1001/S-0-47 = 10000 (good)"]);
    assert_eq!(
        said.anomalies,
        [
            "emergency: slave 0x1001/state 0x8210, error register 0x01",
            "mailbox_error: slave 0x1001/memory 0x1000 unsupported_protocol"
        ]
    );
}

#[test]
fn process_data_are_told_once_and_their_loss_is_noticed() {
    let cycle = |counter| frame(&[datagram(12, 0, 1, &[0; 4], counter), datagram(14, 0x1001, 0x0910, &[0; 8], 2)]);
    let mut frames = vec![cycle(6); 120];
    frames.extend([cycle(3), cycle(3)]);
    let said = check(
        &frames,
        &[
            "exchange_process_image [read] process image 0x00010000, 4 bytes: ok",
            "distribute_clock [read] slave 0x1001/dc_system_time: ok",
        ],
    );
    assert_eq!(said.anomalies, ["working_counter_dropped: process image 0x00010000, 4 bytes 6 to 3"]);
    // Not where somebody asked for it.
    frames.insert(120, one(datagram(8, 2, 0x0120, &[1], 2)));
    assert!(back(&frames).anomalies.is_empty());
}

#[test]
fn frames_on_their_way_out_are_messages_alone() {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    let out = frame(&[datagram(5, 0x1001, 0x0120, &[8, 0], 0), datagram(10, 0, 1, &[0; 2], 0)]);
    assert!(decoder.datagram(&link(MASTER, 0), &out, &mut said));
    decoder.finish(&link(MASTER, 1), &mut said);
    assert!(said.operations.is_empty() && said.evidence.is_empty());
    let messages = said.parsed();
    let keys = ["command", "index", "slave_address", "offset_address", "working_counter"].map(|key| &messages[0][key]);
    assert_eq!(keys.map(|key| key.as_u64()), [5, 7, 0x1001, 0x0120, 0].map(Some));
    assert_eq!((&messages[0]["wanted_state"], messages[1].get("slave_address")), (&"OP".into(), None));
}

#[test]
fn a_marked_master_is_seen_both_ways() {
    let reset = |index: u8, counter| {
        let mut reset = datagram(5, 0x1001, 0x0040, &[0x52], counter);
        reset[1] = index;
        one(reset)
    };
    let frames: Vec<_> = (1..=4).flat_map(|index| [reset(index, 0), reset(index, 1)]).collect();
    let said = back(&frames);
    // Until it is sure, frames on their way out cannot be told from those that nobody took.
    let told = ["unanswered", "ok", "unanswered", "ok", "ok", "ok"];
    assert_eq!(said.operations, told.map(|outcome| format!("reset [control] slave 0x1001/reset = 0x52: {outcome}")));
    assert!(said.evidence.is_empty());
    // A slave that comes back is no reason.
    let said = back(&[reset(1, 0), reset(1, 1), reset(1, 1), reset(1, 1), reset(1, 0)]);
    assert_eq!((said.operations.len(), said.evidence.len()), (5, 2));
}

#[test]
fn breaches() {
    let mut bad = one(datagram(0x40, 0, 0, &[0; 4], 0));
    bad[8] = 4;
    bad[9] = 0x48;
    for (bytes, kinds) in [
        (hex("0d"), vec!["truncated_header"]),
        (hex("0d10 0701"), vec!["truncated_datagram"]),
        (bad, vec!["unknown_command", "reserved_bits", "circulating_frame"]),
        ([hex("2010"), one(datagram(7, 0, 0, &[0], 0))[2..].to_vec()].concat(), vec!["bad_length"]),
        (hex("0218 0000"), vec!["reserved_bits", "truncated_datagram"]),
        (hex("0270 0000"), vec!["unknown_frame_type"]),
        (hex("0240 0000"), vec![]),
    ] {
        let said = back(std::slice::from_ref(&bytes));
        let found: Vec<_> = said.anomalies.iter().filter_map(|a| a.split(':').next()).collect();
        assert_eq!(found, kinds, "{bytes:02x?}");
    }
}

#[test]
fn a_gateway_passes_mail_on() {
    let ask = hex("1050 0a00 0110 00 13 0020 40 0910 00 00000000");
    let reply = hex("1050 0a00 0110 00 13 0030 4f 0910 00 41000000");
    let udp = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Udp, from_start: true })
    };
    assert_eq!((udp(&ask, 4000, PORT), udp(&reply, PORT, 4000)), (Verdict::SureClient, Verdict::SureServer));
    assert_eq!((udp(&ask, 4000, 4001), udp(&ask[1..], 4000, PORT)), (Verdict::No, Verdict::No));
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    decoder.datagram(&context(Direction::ToServer, Transport::Udp, PORT), &ask, &mut said);
    decoder.datagram(&context(Direction::ToClient, Transport::Udp, PORT), &reply, &mut said);
    assert_eq!(said.operations, ["read_object [read] slave 0x1001/0x1009:00: ok"]);
    let whole = [one(datagram(7, 0, 0, &[0], 0)), vec![0; 6]].concat();
    assert_eq!(udp(&whole, PORT, PORT), Verdict::Sure);
}

#[test]
fn slaves_beyond_the_limit_are_counted() {
    let frames: Vec<_> = (0..600).map(|at| one(datagram(5, at, 0x0120, &[1], 1))).collect();
    assert_eq!(back(&frames).evicted, 600 - 512);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(frames in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..90)), 1..6)) {
        let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
        for (marked, mut bytes) in frames {
            if let Some(high) = bytes.get_mut(1) {
                *high = 0x10;
            }
            decoder.datagram(&link(if marked { SLAVES } else { MASTER }, 0), &bytes, &mut said);
        }
        said.parsed();
    }
}

/// ETG.1000.6, 5.7: a frame in one piece, from the third station through its mailbox; RFC 5227, 2.3: an announcement.
#[test]
fn an_address_behind_a_slave() {
    let carried = hex("ffffffffffff 0201053003e9 0806 0001 0800 06 04 0001 0201053003e9 c0a80007 000000000000 c0a80007");
    let eoe = [&[0, 1, 0x80, 0][..], &carried].concat();
    let mail = Mail { address: 0, channel: 0, kind: 2, counter: 1, body: &eoe };
    let mut said = Recorder::default();
    let mut ring = Ring::default();
    ring.mail(&context(Direction::ToServer, Transport::Link, 0), Slave::Station(1001), false, &mail, 64, &mut said);
    let arp = said.parsed().into_iter().find(|message| message["protocol"] == "arp");
    assert_eq!(arp.map(|message| message["sender_ip"].clone()), Some("192.168.0.7".into()));
    assert!(said.evidence.iter().any(|line| line.contains("02:01:05:30:03:e9")), "{:?}", said.evidence);
}
