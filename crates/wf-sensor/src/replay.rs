//! Drives a sensor, or the printer, from capture files.

use crate::print::Printer;
use crate::{Sensor, Settings};
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wf_flow::{Engine, Limits};
use wf_model::observation::Origin;
use wf_model::{Batch, Timestamp};
use wf_wire::capture::{CaptureError, CaptureFile};

/// Endings of files that are taken for captures when a folder is replayed.
const ENDINGS: &[&str] = &["pcap", "pcapng", "cap", "pcap.gz", "pcapng.gz", "cap.gz", "pcap.zst", "pcapng.zst", "cap.zst"];

/// Bytes at each end of a capture that identify it.
const MARK_BYTES: u64 = 64 << 10;

/// What stops a replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A path cannot be read.
    #[error("cannot read {path}: {source}")]
    Path {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A folder has no captures.
    #[error("{0} holds no capture (files ending in .pcap, .pcapng or .cap, also with .gz or .zst)")]
    Empty(String),
    /// Not a capture, or not one packet can be read.
    #[error("{path}: {source}")]
    Capture {
        /// Which.
        path: String,
        /// Why.
        source: CaptureError,
    },
    /// What was decoded cannot be handed on.
    #[error("{0}")]
    Deliver(String),
    /// Output cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}

/// What a replay came to.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Packets read.
    pub packets: u64,
    /// Bytes of packets read.
    pub bytes: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Captures that broke off, were damaged or held nothing, each with its byte.
    pub warnings: Vec<String>,
    /// The replay was asked to stop before its end.
    pub stopped: bool,
}

/// How fast a capture is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it can be decoded.
    Full,
    /// As it was recorded.
    Real,
}

/// Where a replay stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes of the files read.
    pub read: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Packets so far.
    pub packets: u64,
    /// Event time.
    pub ts: Timestamp,
}

/// The captures behind a path: itself, or those in a folder (and below), by name.
pub fn captures(path: &Path) -> Result<Vec<PathBuf>, ReplayError> {
    let fail = |source| ReplayError::Path { path: path.display().to_string(), source };
    if !std::fs::metadata(path).map_err(fail)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?.path();
            let name = entry.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
            if entry.is_dir() {
                folders.push(entry);
            } else if ENDINGS.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                found.push(entry);
            }
        }
    }
    found.sort();
    if found.is_empty() { Err(ReplayError::Empty(path.display().to_string())) } else { Ok(found) }
}

pub(crate) fn open(path: &Path) -> Result<CaptureFile, ReplayError> {
    CaptureFile::open(path).map_err(|source| ReplayError::Capture { path: path.display().to_string(), source })
}

/// Prints every message of a capture as a line of JSON.
pub fn print(path: &Path, out: impl Write, everything: bool) -> Result<Told, ReplayError> {
    let mut file = open(path)?;
    let mut printer = Printer::new(out, everything);
    let mut engine = Engine::new(wf_protocols::REGISTRY, Limits::default());
    let mut told = Told::default();
    loop {
        match file.next() {
            Ok(Some(raw)) => {
                told.packets += 1;
                told.bytes += raw.data.len() as u64;
                engine.packet(&raw, &mut printer);
            }
            Ok(None) => break,
            Err(error) => {
                told.warnings.push(format!("{}: {error}", path.display()));
                break;
            }
        }
    }
    told.warnings.extend(file.warnings().iter().map(|w| format!("{}: {w}", path.display())));
    engine.finish(&mut printer);
    let (messages, behind_gaps) = printer.finish()?;
    told.messages = messages;
    if behind_gaps > 0 {
        told.warnings.push(format!(
            "{}: {behind_gaps} messages behind holes in their streams are left out; --all prints them",
            path.display()
        ));
    }
    Ok(told)
}

/// First and last time in the captures: what the learning share is taken of. Reads record headers only.
pub fn span(paths: &[PathBuf]) -> Result<Option<(Timestamp, Timestamp)>, ReplayError> {
    let mut span: Option<(Timestamp, Timestamp)> = None;
    for path in paths {
        let Some((begins, ends)) = open(path)?.span() else { continue };
        let (first, last) = span.unwrap_or((begins, ends));
        span = Some((first.min(begins), last.max(ends)));
    }
    Ok(span)
}

/// What identifies a capture by its content: a digest over its length, its first and its last 64 KiB.
pub fn mark(path: &Path) -> Result<String, ReplayError> {
    let read = || -> std::io::Result<String> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        let mut digest = Sha256::new();
        digest.update(length.to_le_bytes());
        for from in [0, length.saturating_sub(MARK_BYTES)] {
            let mut part = Vec::new();
            file.seek(SeekFrom::Start(from))?;
            (&mut file).take(MARK_BYTES).read_to_end(&mut part)?;
            digest.update(&part);
        }
        Ok(digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    };
    read().map_err(|source| ReplayError::Path { path: path.display().to_string(), source })
}

/// What identifies captures taken together.
#[must_use]
pub fn source(marks: &[String]) -> String {
    let mut sorted = marks.to_vec();
    sorted.sort();
    Sha256::digest(sorted.concat().as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Replays captures through a sensor, in the order of their first packets. `watch` is called now and then and says
/// whether to go on; `deliver` takes each batch and must have made it durable when it returns. Each batch says where it
/// stands ([`Origin`]): a replay that is given the packets of the last durable one carries on behind it, telling what it
/// would have told had it never been cut off.
pub fn replay(
    paths: &[PathBuf],
    settings: Settings,
    pace: Pace,
    taken: u64,
    mut watch: impl FnMut(Progress) -> bool,
    mut deliver: impl FnMut(Batch) -> Result<(), String>,
) -> Result<Told, ReplayError> {
    let mut sensor = Sensor::new(settings);
    if let Some(span) = span(paths)? {
        sensor.set_span(span);
    }
    let marks: Vec<String> = paths.iter().map(|path| mark(path)).collect::<Result<_, _>>()?;
    let source = source(&marks);
    let mut deliver = |mut batch: Batch, packets: u64, finished: &[String]| {
        batch.origin = Some(Origin { source: source.clone(), packets, finished: finished.to_vec() });
        deliver(batch).map_err(ReplayError::Deliver)
    };
    let mut told = Told::default();
    let mut pacer = Pacer::new(pace);
    let total = paths.iter().filter_map(|p| std::fs::metadata(p).ok()).map(|m| m.len()).sum();
    let mut before = 0;
    'files: for path in in_order(paths)? {
        let mut file = open(&path)?;
        let base = told.packets;
        loop {
            let read = before + file.bytes_read();
            let raw = match file.next() {
                Ok(Some(raw)) => raw,
                Ok(None) => break,
                Err(error) => {
                    told.warnings.push(format!("{}: {error}", path.display()));
                    break;
                }
            };
            let at = base + raw.frame;
            let raw = wf_wire::RawPacket { frame: at, ..raw };
            let progress = Progress { read, total, packets: at, ts: raw.ts };
            let again = at <= taken;
            let waits = if again { None } else { pacer.wait_for(raw.ts) };
            if waits.is_some()
                && let Some(batch) = sensor.take_batch(true)
            {
                deliver(batch, told.packets, &[])?;
            }
            if (at % 4096 == 1 && !watch(progress)) || !nap(waits, || watch(progress)) {
                told.stopped = true;
                break 'files;
            }
            told.packets = at;
            told.bytes += raw.data.len() as u64;
            sensor.packet(&raw);
            // What was told before is told to nobody; from the same packet on everything is told again as it was.
            match sensor.take_batch(at == taken) {
                Some(batch) if !again => deliver(batch, told.packets, &[])?,
                _ => {}
            }
        }
        before += file.bytes_read();
        told.warnings.extend(file.warnings().iter().map(|w| format!("{}: {w}", path.display())));
    }
    if told.stopped {
        // What is still being folded waits for the replay to carry on.
        if let Some(batch) = sensor.take_batch(true).filter(|_| told.packets > taken) {
            deliver(batch, told.packets, &[])?;
        }
    } else if let Some(batch) = sensor.finish() {
        deliver(batch, told.packets, &marks)?;
    }
    told.messages = sensor.messages();
    watch(Progress { read: total, total, packets: told.packets, ts: Timestamp::default() });
    Ok(told)
}

/// The files in the order of their first packets.
fn in_order(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ReplayError> {
    let mut starts = Vec::new();
    for path in paths {
        let first = match open(path)?.next() {
            Ok(Some(raw)) => raw.ts,
            Ok(None) | Err(_) => Timestamp(i64::MAX),
        };
        starts.push((first, path.clone()));
    }
    starts.sort();
    Ok(starts.into_iter().map(|(_, path)| path).collect())
}

/// Longest single sleep, so that a replay can be stopped at any time.
const NAP_MAX: Duration = Duration::from_millis(200);

/// Sleeps in naps; `false` if asked to stop meanwhile.
fn nap(time: Option<Duration>, mut go_on: impl FnMut() -> bool) -> bool {
    let mut left = time.unwrap_or_default();
    while !left.is_zero() {
        if !go_on() {
            return false;
        }
        let slice = left.min(NAP_MAX);
        std::thread::sleep(slice);
        left -= slice;
    }
    true
}

struct Pacer {
    pace: Pace,
    start: Option<(Instant, Timestamp)>,
}

impl Pacer {
    fn new(pace: Pace) -> Self {
        Self { pace, start: None }
    }

    /// How long to sleep before the packet of this time is due.
    fn wait_for(&mut self, ts: Timestamp) -> Option<Duration> {
        if self.pace == Pace::Full {
            return None;
        }
        let (began, first) = *self.start.get_or_insert_with(|| (Instant::now(), ts));
        let due = Duration::from_micros(u64::try_from(ts.since(first)).unwrap_or(0));
        let left = due.checked_sub(began.elapsed())?;
        Some(left).filter(|l| !l.is_zero())
    }
}
