//! Ten thousand damaged captures, made from the fixtures of all protocols: cut, flipped, with holes, reordered, repeated,
//! spliced into one another. Nothing panics or hangs, nothing grows, every line stays JSON, and what is whole beside the
//! damage is understood as if it were alone. `WF_DAMAGED=N` makes N of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use wf_flow::{Engine, Limits};
use wf_sensor::print::Printer;
use wf_sensor::{Sensor, Settings};
use wf_wire::capture::CaptureFile;
use wf_wire::{LinkType, RawPacket};

const VARIANTS: usize = 10_000;
/// What the process may hold at its peak, in kB: far more than any variant needs, far less than one that grows.
const PEAK_MAX: u64 = 512 << 10;

#[derive(Clone)]
struct Packet {
    ts: i64,
    original_len: u32,
    data: Vec<u8>,
}

#[derive(Clone)]
struct Capture {
    name: String,
    link: LinkType,
    packets: Vec<Packet>,
}

fn captures() -> Vec<Capture> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wf-protocols/src");
    let folders = std::fs::read_dir(source).unwrap().flatten().map(|e| e.path().join("testdata")).filter(|p| p.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()));
    let mut paths: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "pcap" || e == "pcapng")).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let mut file = CaptureFile::open(path).unwrap();
        let mut capture = Capture { name: path.display().to_string(), link: LinkType::ETHERNET, packets: Vec::new() };
        while let Some(raw) = file.next().unwrap() {
            capture.link = raw.link;
            capture.packets.push(Packet { ts: raw.ts.0, original_len: raw.original_len, data: raw.data.to_vec() });
        }
        capture
    };
    paths.iter().map(read).collect()
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }
}

fn flip(packets: &mut [Packet], dice: &mut Dice) {
    for _ in 0..=dice.roll(24) {
        let at = dice.roll(packets.len());
        let data = &mut packets[at].data;
        let at = dice.roll(data.len());
        if let Some(byte) = data.get_mut(at) {
            *byte ^= 1 << dice.roll(8);
        }
    }
}

/// Bytes of the payload become extreme: lengths and counts that promise far more than there is.
fn promise(packets: &mut [Packet], dice: &mut Dice) {
    for _ in 0..=dice.roll(8) {
        let at = dice.roll(packets.len());
        let data = &mut packets[at].data;
        let from = 42.min(data.len());
        let at = from + dice.roll(data.len() - from);
        let value = [0, 0x7f, 0x80, 0xff][dice.roll(4)];
        data.iter_mut().skip(at).take(1 << dice.roll(3)).for_each(|byte| *byte = value);
    }
}

fn cut(packets: &mut [Packet], dice: &mut Dice) {
    for _ in 0..=dice.roll(packets.len() / 4 + 1) {
        let at = dice.roll(packets.len());
        let kept = dice.roll(packets[at].data.len());
        packets[at].data.truncate(kept);
    }
}

fn holes(packets: &mut Vec<Packet>, dice: &mut Dice) {
    let keep = 2 + dice.roll(8);
    packets.retain(|_| dice.roll(keep + 1) != 0);
}

fn reorder(packets: &mut [Packet], dice: &mut Dice) {
    for _ in 0..=dice.roll(packets.len()) {
        let (a, b) = (dice.roll(packets.len()), dice.roll(8));
        let b = (a + b).min(packets.len() - 1);
        packets.swap(a, b);
    }
}

fn repeat(packets: &mut Vec<Packet>, dice: &mut Dice) {
    for _ in 0..=dice.roll(packets.len() / 2 + 1) {
        let (from, to) = (dice.roll(packets.len()), dice.roll(packets.len()));
        let again = packets[from].clone();
        packets.insert(to, again);
    }
}

/// One packet ends like another one of some other capture.
fn splice(packets: &mut [Packet], other: &Capture, dice: &mut Dice) {
    for _ in 0..=dice.roll(6) {
        let (at, from) = (dice.roll(packets.len()), dice.roll(other.packets.len()));
        let (Some(packet), Some(tail)) = (packets.get_mut(at), other.packets.get(from)) else { continue };
        let kept = dice.roll(packet.data.len());
        packet.data.truncate(kept);
        packet.data.extend(tail.data.iter().skip(kept));
    }
}

fn damage(capture: &Capture, others: &[Capture], kind: usize, dice: &mut Dice) -> Capture {
    let mut damaged = capture.clone();
    let packets = &mut damaged.packets;
    match kind % 8 {
        0 => flip(packets, dice),
        1 => cut(packets, dice),
        2 => holes(packets, dice),
        3 => reorder(packets, dice),
        4 => repeat(packets, dice),
        5 => splice(packets, &others[dice.roll(others.len())], dice),
        6 => promise(packets, dice),
        _ => {
            promise(packets, dice);
            flip(packets, dice);
            reorder(packets, dice);
            holes(packets, dice);
        }
    }
    damaged
}

fn feed(capture: &Capture, mut take: impl FnMut(&RawPacket<'_>)) {
    for (frame, packet) in (1..).zip(&capture.packets) {
        take(&RawPacket {
            frame,
            ts: wf_model::Timestamp(packet.ts),
            link: capture.link,
            interface: 0,
            original_len: packet.original_len,
            data: &packet.data,
        });
    }
}

fn observe(capture: &Capture) {
    let mut sensor = Sensor::new(Settings { batch_rows: 500, ..Settings::default() });
    feed(capture, |raw| {
        sensor.packet(raw);
        drop(sensor.take_batch(false));
    });
    drop(sensor.finish());
}

fn print(capture: &Capture) -> String {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, true);
    let mut engine = Engine::new(wf_protocols::REGISTRY, Limits::default());
    feed(capture, |raw| {
        engine.packet(raw, &mut printer);
    });
    engine.finish(&mut printer);
    printer.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn damaged_captures_are_survived() {
    let captures = captures();
    assert!(!captures.is_empty(), "no fixture was found");
    let variants = std::env::var("WF_DAMAGED").ok().and_then(|n| n.parse().ok()).unwrap_or(VARIANTS);
    for round in 0..variants {
        let capture = &captures[round % captures.len()];
        // A number of its own for each, so that one can be made again alone.
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (round as u64).wrapping_mul(0xd129_0d3f_4a35_11b7) | 1);
        let damaged = damage(capture, &captures, round / captures.len(), &mut dice);
        if damaged.packets.is_empty() {
            continue;
        }
        observe(&damaged);
        if round % 4 == 0 {
            for line in print(&damaged).lines() {
                let parsed = serde_json::from_str::<serde_json::Value>(line);
                parsed.unwrap_or_else(|error| panic!("round {round}, {}: {error}: {line}", capture.name));
            }
        }
    }
    assert!(peak() < PEAK_MAX, "memory grew to {} kB", peak());
}

/// Ethernet and IPv4: moved into a network of its own, so that it meets nobody.
fn elsewhere(packet: &mut Packet) {
    if packet.data.get(12..14) == Some(&[8, 0]) {
        for at in [27, 31] {
            if let Some(byte) = packet.data.get_mut(at) {
                *byte ^= 0x55;
            }
        }
    }
    for at in [3, 9] {
        if let Some(byte) = packet.data.get_mut(at) {
            *byte ^= 0x55;
        }
    }
}

/// What was understood, without the numbers of frames, which the company changes.
fn statements(printed: &str) -> BTreeMap<String, usize> {
    let mut said = BTreeMap::new();
    for line in printed.lines() {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(object) = value.as_object_mut() else { continue };
        object.retain(|key, _| !key.contains("frame"));
        *said.entry(value.to_string()).or_insert(0) += 1;
    }
    said
}

#[test]
fn a_stream_that_misbehaves_silences_no_other() {
    let captures = captures();
    let is_ethernet = |capture: &&Capture| capture.link == LinkType::ETHERNET && !capture.packets.is_empty();
    let captures: Vec<Capture> = captures.iter().filter(is_ethernet).cloned().collect();
    for (at, clean) in captures.iter().enumerate() {
        let alone = statements(&print(clean));
        for round in 0..8 {
            let mut dice = Dice((at as u64 * 8 + round as u64).wrapping_mul(0xd129_0d3f_4a35_11b7) | 1);
            let company = &captures[(at + 1 + round * 5) % captures.len()];
            let mut damaged = damage(company, &captures, round, &mut dice);
            damaged.packets.iter_mut().for_each(elsewhere);
            // Interleaved, at the times of the clean one.
            let mut both = Capture { packets: Vec::new(), ..clean.clone() };
            let mut others = damaged.packets.into_iter();
            for packet in &clean.packets {
                let ts = packet.ts;
                both.packets.extend(others.next().map(|other| Packet { ts, ..other }));
                both.packets.push(packet.clone());
            }
            let together = statements(&print(&both));
            for (statement, count) in &alone {
                let found = together.get(statement).copied().unwrap_or(0);
                assert!(found >= *count, "{} beside {} (round {round}): {statement} is missing", clean.name, company.name);
            }
        }
    }
}

/// A TCP segment of Ethernet and IPv4 as two, the first with three sevenths of its bytes.
fn recut(packet: &Packet) -> Vec<Packet> {
    let whole = || vec![packet.clone()];
    let data = &packet.data;
    if data.get(12..15) != Some(&[8, 0, 0x45]) || data.get(23) != Some(&6) {
        return whole();
    }
    let length = usize::from(u16::from_be_bytes([data[16], data[17]]));
    let Some(head) = data.get(46).map(|offset| 34 + usize::from(offset >> 4) * 4) else { return whole() };
    let Some(payload) = data.get(head..14 + length).filter(|payload| payload.len() > 1) else { return whole() };
    let (first, second) = payload.split_at((payload.len() * 3 / 7).max(1));
    let seq = u32::from_be_bytes([data[38], data[39], data[40], data[41]]);
    let piece = |seq: u32, bytes: &[u8]| {
        let mut data = [&data[..head], bytes].concat();
        let length = u16::try_from(head - 14 + bytes.len()).unwrap();
        data[16..18].copy_from_slice(&length.to_be_bytes());
        data[38..42].copy_from_slice(&seq.to_be_bytes());
        Packet { original_len: u32::try_from(data.len()).unwrap(), data, ..*packet }
    };
    vec![piece(seq, first), piece(seq.wrapping_add(u32::try_from(first.len()).unwrap()), second)]
}

/// Where a sender cuts its stream into segments says nothing: the same messages come out.
#[test]
fn segments_cut_otherwise_say_the_same() {
    let messages = |capture: &Capture| {
        let mut said = statements(&print(capture));
        // Text that is typed or shown is told as it comes.
        said.retain(|line, _| line.contains("\"protocol\":") && !line.contains("\"protocol\":\"telnet\""));
        said
    };
    for capture in captures() {
        let cut = Capture { packets: capture.packets.iter().flat_map(recut).collect(), ..capture.clone() };
        let (before, after) = (messages(&capture), messages(&cut));
        let missing: Vec<_> = before.iter().filter(|(line, count)| after.get(*line) != Some(count)).take(3).collect();
        assert!(missing.is_empty(), "{}: {missing:#?} missing", capture.name);
        assert_eq!(before, after, "{}", capture.name);
    }
}
