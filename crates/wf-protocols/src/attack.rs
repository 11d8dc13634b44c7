//! Hostile input for every decoder, whatever made it: mutated fixtures in the tests of this crate, or a fuzzer's bytes.
//!
//! A script drives one decoder as the flow layer does: its first byte says stream, datagrams or frames, then come pieces of a
//! control byte (which way it travels, whether bytes before it are missing, which of its EtherTypes carries it), a length of
//! two bytes and so many bytes.

use crate::testing::{Feeder, Recorder, context};
use crate::tls;
use std::path::Path;
use wf_model::observation::Transport;
use wf_wire::capture::{CaptureError, CaptureFile};
use wf_wire::decode::{Direction, Probe, ProtocolInfo};
use wf_wire::layers;

/// Longest script that is followed.
const SCRIPT_MAX: usize = 1 << 16;

/// What the pieces of a script are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Segments of a TCP stream.
    Stream,
    /// UDP datagrams.
    Datagrams,
    /// Payloads of frames straight on the link, or of packets straight on IP.
    Frames,
}

impl Mode {
    /// Those that a protocol has.
    #[must_use]
    pub fn of(info: &ProtocolInfo) -> Vec<Self> {
        let all = [(Self::Stream, info.tcp), (Self::Datagrams, info.udp), (Self::Frames, info.ethertypes)];
        all.into_iter().filter(|(_, numbers)| !numbers.is_empty()).map(|(mode, _)| mode).collect()
    }

    const fn code(self) -> u8 {
        match self {
            Self::Stream => 0,
            Self::Datagrams => 1,
            Self::Frames => 2,
        }
    }

    const fn read(code: u8) -> Self {
        match code & 3 {
            0 => Self::Stream,
            1 => Self::Datagrams,
            _ => Self::Frames,
        }
    }
}

/// One piece of a script.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Which way it travels.
    pub direction: Direction,
    /// Bytes are missing before it.
    pub gap: bool,
    /// Which of the protocol's EtherTypes carries it, where it has any.
    pub carrier: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The script that plays these pieces.
#[must_use]
pub fn script(mode: Mode, pieces: &[Piece]) -> Vec<u8> {
    let mut out = vec![mode.code()];
    for piece in pieces {
        let len = u16::try_from(piece.bytes.len()).unwrap_or(u16::MAX);
        out.push(u8::from(piece.direction == Direction::ToClient) | u8::from(piece.gap) << 1 | piece.carrier << 2);
        out.extend(len.to_le_bytes());
        out.extend(piece.bytes.iter().take(usize::from(len)));
    }
    out
}

fn read(script: &[u8]) -> (Mode, Vec<Piece>) {
    let script = script.get(..SCRIPT_MAX).unwrap_or(script);
    let Some((mode, mut rest)) = script.split_first() else { return (Mode::Stream, Vec::new()) };
    let mut pieces = Vec::new();
    while let [control, low, high, tail @ ..] = rest {
        let (bytes, after) = tail.split_at(usize::from(u16::from_le_bytes([*low, *high])).min(tail.len()));
        let direction = if control & 1 == 0 { Direction::ToServer } else { Direction::ToClient };
        pieces.push(Piece { direction, gap: control & 2 != 0, carrier: control >> 2, bytes: bytes.to_vec() });
        rest = after;
    }
    (Mode::read(*mode), pieces)
}

/// Scripts in one file, as corpora are kept: each behind its length of two bytes, the lower first. Longer ones are left out.
#[must_use]
pub fn pack(scripts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for script in scripts {
        let Ok(len) = u16::try_from(script.len()) else { continue };
        out.extend(len.to_le_bytes());
        out.extend_from_slice(script);
    }
    out
}

/// The scripts of a packed corpus.
#[must_use]
pub fn unpack(mut packed: &[u8]) -> Vec<&[u8]> {
    let mut scripts = Vec::new();
    while let [low, high, rest @ ..] = packed {
        let (script, after) = rest.split_at(usize::from(u16::from_le_bytes([*low, *high])).min(rest.len()));
        scripts.push(script);
        packed = after;
    }
    scripts
}

/// What the frames of a capture carry, as this protocol's decoder is handed it.
///
/// # Errors
/// The capture cannot be read.
pub fn pieces(info: &ProtocolInfo, capture: &Path) -> Result<Vec<Piece>, CaptureError> {
    let mut capture = CaptureFile::open(capture)?;
    let mut pieces = Vec::new();
    while let Some(packet) = capture.next()? {
        let layers = layers::parse(packet.link, packet.data);
        let carried = match layers.ip {
            Some(ip) if ip.protocol == 6 => layers::tcp(ip.payload).map(|s| (s.payload, info.tcp.contains(&s.src_port))),
            Some(ip) if ip.protocol == 17 => layers::udp(ip.payload).map(|d| (d.payload, info.udp.contains(&d.src_port))),
            Some(ip) => Ok((ip.payload, false)),
            None => Ok((layers.payload, false)),
        };
        let ethertype = layers.ip.map_or(layers.ethertype, |ip| layers::on_ip(ip.protocol));
        let carrier = (0u8..).zip(info.ethertypes).find(|(_, known)| **known == ethertype).map_or(0, |(at, _)| at);
        let Ok((bytes, from_server)) = carried else { continue };
        let direction = if from_server { Direction::ToClient } else { Direction::ToServer };
        if !bytes.is_empty() {
            pieces.push(Piece { direction, gap: false, carrier, bytes: bytes.to_vec() });
        }
    }
    Ok(pieces)
}

/// Plays a script to a fresh decoder, with every message written out.
///
/// # Panics
/// Where the decoder does, or breaks what the flow layer relies on: a step that consumes nothing, asks for what it has,
/// says a message that is no JSON, or a message or an anomaly that neither its entry names nor that of TLS, to which connections
/// of many protocols turn.
pub fn play(info: &ProtocolInfo, bytes: &[u8]) {
    let mut said = said(info, bytes);
    for message in said.parsed() {
        let name = message.get("protocol").and_then(|n| n.as_str()).unwrap_or_default();
        assert!(
            [info, &tls::INFO].iter().any(|i| i.messages.contains(&name)),
            "{} says a message of {name:?}, which its entry does not name",
            info.name
        );
    }
    for anomaly in &said.anomalies {
        let kind = anomaly.split(':').next().unwrap_or_default();
        let mut known = info.anomalies.iter().chain(tls::INFO.anomalies);
        assert!(known.any(|a| a.name == kind), "{} raises {kind:?}, which its entry does not name", info.name);
    }
}

fn said(info: &ProtocolInfo, bytes: &[u8]) -> Recorder {
    let (mode, pieces) = read(bytes);
    for piece in &pieces {
        let port = info.tcp.first().or(info.udp.first()).copied().unwrap_or(0);
        let transport = if mode == Mode::Stream { Transport::Tcp } else { Transport::Udp };
        // Its verdict is not judged: a probe may be wrong about bytes made to fool it, but must survive them.
        let _ = (info.probe)(&Probe { bytes: &piece.bytes, src_port: port, dst_port: 40_000, transport, from_start: true });
    }
    match (mode, info.udp.first()) {
        (Mode::Stream, _) => play_stream(info, &pieces),
        (Mode::Datagrams, Some(port)) => play_datagrams(info, &pieces, Transport::Udp, *port),
        _ => play_datagrams(info, &pieces, Transport::Link, 0),
    }
}

fn play_stream(info: &ProtocolInfo, pieces: &[Piece]) -> Recorder {
    let mut feeder = Feeder::new(info);
    for piece in pieces {
        if piece.gap && piece.bytes.len() % 2 == 1 {
            feeder.cut(piece.direction, piece.bytes.len());
        } else if piece.gap {
            feeder.gap(piece.direction, piece.bytes.len() as u64);
        }
        feeder.segment(piece.direction, &piece.bytes);
    }
    feeder.finish();
    feeder.said
}

fn play_datagrams(info: &ProtocolInfo, pieces: &[Piece], transport: Transport, port: u16) -> Recorder {
    let mut decoder = (info.new)();
    let mut said = Recorder::default();
    for (at, piece) in pieces.iter().enumerate() {
        let mut ctx = context(piece.direction, transport, port);
        ctx.now.frame = at as u64 + 1;
        let carrier = usize::from(piece.carrier);
        ctx.ethertype = info.ethertypes.get(carrier).or(info.ethertypes.first()).copied().unwrap_or(0);
        ctx.frame_bytes = &piece.bytes;
        decoder.datagram(&ctx, &piece.bytes, &mut said);
    }
    decoder.finish(&context(Direction::ToServer, transport, port), &mut said);
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::REGISTRY;
    use std::path::PathBuf;

    /// Scripts played to each decoder: `WF_FUZZ_ROUNDS` for more, `WF_FUZZ_SEED` for others.
    const ROUNDS: u64 = 4_000;

    /// Xorshift: the same numbers on every machine.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap() % end.max(1)
        }
    }

    fn number(name: &str) -> Option<u64> {
        std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text:?} is no number")))
    }

    /// Bytes at which parsers break: ends of ranges, signs, lengths that are almost right.
    const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x20, 0x0a];

    fn damage(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = dice.below(bytes.len());
        match dice.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + 1 + dice.below(8)).min(bytes.len()))),
            2 => bytes.splice(at..at, other.iter().copied().skip(dice.below(other.len())).take(64)).for_each(drop),
            3 => bytes.extend_from_within(at..),
            4 | 5 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = EDGES[dice.below(EDGES.len())];
                }
            }
            _ => {
                let edge = EDGES[dice.below(EDGES.len())];
                bytes.iter_mut().skip(at).take(1 + dice.below(4)).for_each(|byte| *byte = edge);
            }
        }
    }

    fn survives(info: &ProtocolInfo, script: &[u8], which: impl std::fmt::Display) {
        if let Err(fault) = std::panic::catch_unwind(|| play(info, script)) {
            let hex: String = script.iter().map(|byte| format!("{byte:02x}")).collect();
            eprintln!("{}, {which}: script {hex}", info.name);
            std::panic::resume_unwind(fault);
        }
    }

    fn testdata(info: &ProtocolInfo) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "src", info.name, "testdata"].iter().collect()
    }

    /// What fuzzers found worth keeping (`make fuzz`), one corpus a protocol.
    #[test]
    fn every_decoder_survives_its_corpus() {
        for info in REGISTRY {
            let corpus = std::fs::read(testdata(info).join(format!("{}.corpus", info.name))).unwrap_or_default();
            let scripts = unpack(&corpus);
            assert!(!scripts.is_empty(), "{} has no corpus: make fuzz OF={}", info.name, info.name);
            for (at, script) in scripts.iter().enumerate() {
                survives(info, script, format_args!("script {at} of its corpus"));
            }
        }
    }

    #[test]
    fn every_decoder_survives_mutations_of_its_fixture() {
        let rounds = number("WF_FUZZ_ROUNDS").unwrap_or(ROUNDS);
        for info in REGISTRY {
            let whole = pieces(info, &testdata(info).join(format!("{}.pcap", info.name))).unwrap();
            assert!(!whole.is_empty(), "{} has nothing to be damaged", info.name);
            let modes = Mode::of(info);
            let mut dice = Dice(number("WF_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15) | 1);
            for round in 0..rounds {
                let from = dice.below(whole.len());
                let mut part: Vec<Piece> = whole.iter().skip(from).take(1 + dice.below(6)).cloned().collect();
                for piece in &mut part {
                    for _ in 0..dice.below(4) {
                        let other = &whole[dice.below(whole.len())].bytes;
                        damage(&mut dice, &mut piece.bytes, other);
                    }
                    piece.gap = dice.below(12) == 0;
                    if dice.below(12) == 0 {
                        piece.direction = piece.direction.reverse();
                    }
                }
                let script = script(modes[dice.below(modes.len())], &part);
                survives(info, &script, format_args!("round {round}"));
            }
        }
    }

    #[test]
    fn frames_reach_the_decoders_of_the_link() {
        // A header of the process bus that ends; BACnet's Who-Is; an SNMP message without a PDU.
        for (name, frame, reaches) in [
            ("goose", &[0u8, 1][..], "truncated_header: 2 octets"),
            ("sv", &[0, 1], "truncated_header: 2 octets"),
            ("bacnet", &[2, 0, 0x10, 8], "bad_version: 2"),
            ("snmp", &[0x30, 3, 2, 1, 0], "truncated_message: message"),
        ] {
            let info = crate::by_name(name).unwrap();
            assert!(Mode::of(info).contains(&Mode::Frames) && Mode::of(info).contains(&Mode::Datagrams));
            let piece = Piece { direction: Direction::ToServer, gap: false, carrier: 0, bytes: frame.to_vec() };
            let said = said(info, &script(Mode::Frames, &[piece]));
            assert!(said.anomalies.iter().any(|anomaly| anomaly == reaches), "{name}: {:?}", said.anomalies);
        }
    }

    #[test]
    fn a_corpus_is_packed_and_unpacked() {
        let scripts = [vec![1, 2, 3], vec![0; 70_000], vec![], vec![9; 300]];
        let packed = pack(&scripts);
        assert_eq!(unpack(&packed), [&scripts[0][..], &scripts[2], &scripts[3]]);
        assert_eq!(unpack(&packed[..packed.len() - 100])[2].len(), 200);
    }

    #[test]
    fn a_script_reads_back() {
        let piece = Piece { direction: Direction::ToClient, gap: true, carrier: 1, bytes: vec![1, 2, 3] };
        let (mode, pieces) = read(&script(Mode::Datagrams, &[piece]));
        assert!(mode == Mode::Datagrams && pieces.len() == 1);
        assert!(
            pieces[0].gap && pieces[0].carrier == 1 && pieces[0].direction == Direction::ToClient && pieces[0].bytes == [1, 2, 3]
        );
    }
}
