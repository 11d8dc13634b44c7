//! What the parts of a sensor cost on given captures.

use crate::replay::{self, ReplayError};
use crate::{Sensor, Settings};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use wf_model::Batch;
use wf_wire::RawPacket;

/// What packets of one protocol cost, from their layers to rows: everything that happens while they are taken in, so what
/// falls to a packet by chance (the end of a minute) is in it too.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// The protocol; empty for packets that no decoder knows.
    pub protocol: String,
    /// Packets.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Wall time spent on them, in nanoseconds.
    pub nanoseconds: u64,
}

/// Reads the packets of captures and does nothing with them. Gives packets and bytes.
///
/// # Errors
/// [`ReplayError`]: a capture cannot be read.
pub fn read(paths: &[PathBuf]) -> Result<(u64, u64), ReplayError> {
    let mut sums = (0, 0);
    each(paths, |raw| {
        sums.0 += 1;
        sums.1 += raw.data.len() as u64;
    })?;
    Ok(sums)
}

/// Decodes and aggregates captures; `deliver` gets the batches. Gives what each protocol costs, the dearest first.
///
/// # Errors
/// [`ReplayError`]: a capture cannot be read, or a batch not handed on.
pub fn sense(
    paths: &[PathBuf],
    settings: Settings,
    mut deliver: impl FnMut(Batch) -> Result<(), String>,
) -> Result<Vec<Cost>, ReplayError> {
    let mut sensor = Sensor::new(settings);
    if let Some(span) = replay::span(paths)? {
        sensor.set_span(span);
    }
    let mut costs: BTreeMap<&'static str, Cost> = BTreeMap::new();
    let mut failed = None;
    let mut frame = 0;
    let mut before = Instant::now();
    each(paths, |raw| {
        frame += 1;
        let messages = sensor.messages();
        let summary = sensor.packet(&RawPacket { frame, ..*raw });
        let cost = costs.entry(summary.protocol.unwrap_or_default()).or_default();
        cost.packets += 1;
        cost.bytes += raw.data.len() as u64;
        cost.messages += sensor.messages() - messages;
        let now = Instant::now();
        cost.nanoseconds += u64::try_from(now.duration_since(before).as_nanos()).unwrap_or(u64::MAX);
        before = now;
        if let Some(batch) = sensor.take_batch(false) {
            failed = failed.take().or(deliver(batch).err());
            before = Instant::now();
        }
    })?;
    failed = failed.or(sensor.finish().and_then(|batch| deliver(batch).err()));
    if let Some(why) = failed {
        return Err(ReplayError::Deliver(why));
    }
    let mut costs: Vec<Cost> = costs.into_iter().map(|(protocol, cost)| Cost { protocol: protocol.to_owned(), ..cost }).collect();
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.nanoseconds));
    Ok(costs)
}

/// Every packet of captures. What follows damage in one is left out.
fn each(paths: &[PathBuf], mut take: impl FnMut(&RawPacket<'_>)) -> Result<(), ReplayError> {
    for path in paths {
        let mut file = replay::open(path)?;
        while let Ok(Some(raw)) = file.next() {
            take(&raw);
        }
    }
    Ok(())
}
