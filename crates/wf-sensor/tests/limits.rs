//! Every table of the sensor at its limit: what is stated in docs/limits.md holds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use wf_flow::{Engine, Limits};
use wf_model::Timestamp;
use wf_sensor::{Aggregator, Sensor, Settings};
use wf_wire::{LinkType, RawPacket};

fn frame(number: u32, protocol: u8, to: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let from = number.to_be_bytes();
    let len = u16::try_from(payload.len() + 20).unwrap().to_be_bytes();
    let head = [2, 0, 0, 0, 0, 1, 2, 1, from[1], from[2], from[3], 0, 8, 0];
    let ip = [0x45, 0, len[0], len[1], 0, 1, 0, 0, 64, protocol, 0, 0, 10, from[1], from[2], from[3], to[0], to[1], to[2], to[3]];
    [&head[..], &ip, payload].concat()
}

fn tcp(number: u32, (src, dst): (u16, u16), seq: u32, data: &[u8]) -> Vec<u8> {
    let mut segment = [src.to_be_bytes(), dst.to_be_bytes()].concat();
    segment.extend(seq.to_be_bytes());
    segment.extend([0, 0, 0, 0, 0x50, 0x10, 0x20, 0, 0, 0, 0, 0]);
    segment.extend(data);
    frame(number, 6, [10, 255, 0, 1], &segment)
}

fn udp(number: u32, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len() + 8).unwrap().to_be_bytes();
    let head = [0x9c, 0x40, 0x9c, 0x41, len[0], len[1], 0, 0];
    frame(number, 17, [10, 255, 0, 1], &[&head[..], data].concat())
}

fn raw(frame: u64, data: &[u8]) -> RawPacket<'_> {
    let ts = Timestamp(1_700_000_000_000_000 + i64::try_from(frame).unwrap());
    RawPacket { frame, ts, link: LinkType::ETHERNET, interface: 0, original_len: u32::try_from(data.len()).unwrap(), data }
}

/// A thousand streams with holes would hold 300 MB; they hold what is stated, and a conversation among them whose messages
/// come in two pieces is understood whole.
#[test]
fn streams_that_wait_share_a_stated_room() {
    let limits = Limits { held_bytes: 4 << 20, ..Limits::default() };
    let mut engine = Engine::new(wf_protocols::REGISTRY, limits);
    let mut rows = Aggregator::new(Settings::default());
    let mut at = 0;
    let mut packet = |data: &[u8]| {
        at += 1;
        rows.begin_packet(&raw(at, data));
        engine.packet(&raw(at, data), &mut rows);
        assert!(engine.held() <= limits.held_bytes, "{} bytes wait", engine.held());
    };
    let mut asked = 0;
    for stream in 1..1000_u32 {
        packet(&tcp(stream, (40_000, 7777), 1000, b"x"));
        for piece in 0..220_u32 {
            packet(&tcp(stream, (40_000, 7777), 5000 + piece * 1400, &[0x55; 1400]));
        }
        // Modbus, read holding registers, in two pieces with the flood between them.
        let seq = 1 + 12 * asked;
        let request = [u8::try_from(asked >> 8).unwrap(), u8::try_from(asked & 255).unwrap(), 0, 0, 0, 6, 1, 3, 0, 0, 0, 2];
        packet(&tcp(0, (50_000, 502), seq, &request[..7]));
        packet(&tcp(stream, (40_000, 7777), 900_000, &[0x55; 1400]));
        packet(&tcp(0, (50_000, 502), seq + 7, &request[7..]));
        asked += 1;
    }
    engine.finish(&mut rows);
    assert_eq!(rows.messages(), u64::from(asked), "every request is understood");
    let evicted: u64 = rows.finish().unwrap().coverage.iter().map(|row| row.evicted).sum();
    assert!(evicted > 0, "what was let go of is told");
}

/// More flows, senders and points than there is room for, in the whole sensor with the limits it ships with.
#[test]
fn full_tables_stay_within_the_stated_memory() {
    let mut sensor = Sensor::new(Settings { points_max: 100_000, ..Settings::default() });
    let mut evicted = 0;
    let mut count = |batch: Option<wf_model::Batch>| {
        evicted += batch.iter().flat_map(|batch| &batch.coverage).map(|row| row.evicted).sum::<u64>();
    };
    for number in 0..450_000_u32 {
        let frame = u64::from(number) + 1;
        sensor.packet(&raw(frame, &udp(number, b"what nobody knows")));
        count(sensor.take_batch(false));
    }
    count(sensor.finish());
    assert!(evicted >= 250_000, "{evicted} were told to have fallen out");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|l| l.split_whitespace().next()?.parse().ok());
    let peak: u64 = peak.unwrap_or(0) / 1024;
    assert!(peak < 384, "{peak} MB at the peak");
}
