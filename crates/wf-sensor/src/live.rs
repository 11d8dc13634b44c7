//! Listens on an interface. The capture handle is opened for reading only; nothing is ever sent.

use crate::{Sensor, Settings};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wf_model::{Batch, Timestamp};
use wf_wire::{LinkType, RawPacket};

/// Bytes of one packet that are captured.
const SNAPLEN: i32 = 65_535;
/// Kernel buffer, bytes.
const BUFFER: i32 = 32 << 20;
/// How long the kernel may gather packets before it hands them over.
const GATHER_MS: i32 = 100;
/// How long after the last packet nothing of it can be gathering any more.
const GATHERED: Duration = Duration::from_millis(2 * GATHER_MS as u64);
/// How long the sensor rests when nothing has come. It never waits in the capture library: on a silent interface that may not
/// return, and neither an order to end nor the last packets would get through (packet(7), TPACKET_V3 wakes on packets alone).
const REST: Duration = Duration::from_millis(20);
/// How often what was seen is handed over.
const HAND_OVER: Duration = Duration::from_millis(250);

/// How long what has gathered is taken in when the end is asked for.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// What keeps a sensor from listening.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No right to open the interface.
    #[error("permission is missing: run as root, or give the program the right with `sudo setcap cap_net_raw=ep PROGRAM`")]
    Permission,
    /// There is no such interface.
    #[error("there is no such interface; there are: {0}")]
    Unknown(String),
    /// The capture library failed.
    #[error("{0}")]
    Capture(pcap::Error),
    /// What was decoded cannot be handed on.
    #[error("{0}")]
    Deliver(String),
}

fn open(interface: &str) -> Result<pcap::Capture<pcap::Active>, LiveError> {
    // This process's own view: /sys may still show the interfaces of the namespace that mounted it.
    let known: Vec<String> = std::fs::read_to_string("/proc/self/net/dev")
        .map(|table| table.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect())
        .unwrap_or_default();
    if !known.is_empty() && interface != "any" && !known.iter().any(|k| k == interface) {
        return Err(LiveError::Unknown(known.join(", ")));
    }
    let capture = pcap::Capture::from_device(interface).map_err(LiveError::Capture)?;
    let opened = capture.promisc(true).snaplen(SNAPLEN).buffer_size(BUFFER).timeout(GATHER_MS).open();
    opened.map_err(|error| {
        let text = error.to_string().to_lowercase();
        if text.contains("permi") || text.contains("not permitted") { LiveError::Permission } else { LiveError::Capture(error) }
    })
}

/// The link type as capture files number it: on a live interface some have the system's own numbers (pcap-linktype(7)).
fn link_type(datalink: i32) -> LinkType {
    match datalink {
        12 | 14 => LinkType(101),
        other => LinkType(u32::try_from(other).unwrap_or(0)),
    }
}

/// Whether an interface can be listened on.
pub fn check(interface: &str) -> Result<(), LiveError> {
    open(interface).map(|_| ())
}

/// Listens until `stop` is set. `deliver` takes each batch and must have made it durable when it returns.
pub fn listen(
    interface: &str,
    settings: Settings,
    stop: &AtomicBool,
    mut deliver: impl FnMut(Batch) -> Result<(), String>,
) -> Result<(), LiveError> {
    let mut capture = open(interface)?.setnonblock().map_err(LiveError::Capture)?;
    let link = link_type(capture.get_datalink().0);
    let mut sensor = Sensor::new(settings);
    let (mut frame, mut dropped, mut last) = (0u64, 0u64, Instant::now());
    let mut asked = None;
    // What the kernel has gathered until then is taken in too, as long as that ends.
    while asked.is_none_or(|asked: Instant| asked.elapsed() < DRAIN_MAX) {
        if asked.is_none() && stop.load(Ordering::Relaxed) {
            asked = Some(Instant::now());
        }
        match capture.next_packet() {
            Ok(packet) => {
                frame += 1;
                let time = packet.header.ts;
                let ts = Timestamp(time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_usec));
                sensor.packet(&RawPacket { frame, ts, link, interface: 0, original_len: packet.header.len, data: packet.data });
            }
            // What came just before may still be gathered.
            Err(pcap::Error::TimeoutExpired) if asked.is_some_and(|asked| asked.elapsed() > GATHERED) => break,
            Err(pcap::Error::TimeoutExpired) => std::thread::sleep(REST),
            Err(error) => return Err(LiveError::Capture(error)),
        }
        if last.elapsed() >= HAND_OVER {
            last = Instant::now();
            if let Ok(stats) = capture.stats() {
                let now = u64::from(stats.dropped) + u64::from(stats.if_dropped);
                sensor.dropped(now.saturating_sub(dropped));
                dropped = now.max(dropped);
            }
            if let Some(batch) = sensor.take_batch(true) {
                deliver(batch).map_err(LiveError::Deliver)?;
            }
        }
    }
    if let Some(batch) = sensor.finish() {
        deliver(batch).map_err(LiveError::Deliver)?;
    }
    Ok(())
}
