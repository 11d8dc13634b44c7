//! `watchfloor bench`: the way from a packet to what is stored, one stage more with each run.

use super::decode::replay_failure;
use super::ingest::{captures, open_hub};
use crate::cli::{self, BenchArgs};
use crate::config;
use crate::exit::{self, Failure};
use crate::output::{self, Table};
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wf_bus::{Journal, Limits};
use wf_model::Batch;
use wf_sensor::Settings;
use wf_sensor::profile::{self, Cost};

/// A run that goes as far as this stage.
#[derive(Debug, Serialize)]
struct Stage {
    name: &'static str,
    what: &'static str,
    /// CPU time of the whole process, seconds: of this stage and all before it.
    cpu_seconds: f64,
    /// What this stage adds to the one before.
    added_cpu_seconds: f64,
    wall_seconds: f64,
    packets_per_cpu_second: f64,
}

/// Measures, and prints.
pub fn bench(arguments: &BenchArgs) -> Result<(), Failure> {
    let paths = captures(&arguments.captures)?;
    let cannot = |e: std::io::Error| {
        Failure::new(exit::IO, format!("cannot make a folder to measure in: {e}; give a place with --scratch DIR"))
    };
    let scratch = match &arguments.scratch {
        Some(place) => tempfile::tempdir_in(place),
        None => tempfile::tempdir(),
    }
    .map_err(cannot)?;
    // Once for nothing: the files are in memory from here on.
    let (packets, bytes) = profile::read(&paths).map_err(|e| replay_failure(&e))?;
    let mut stages = Stages { packets, done: Vec::new() };
    stages.run("read", "records of the captures", || profile::read(&paths).map(drop).map_err(|e| replay_failure(&e)))?;
    let costs = stages.run("sense", "layers, flows, decoders, rows", || sense(&paths, |_| Ok(())))?;
    let mut journal = Journal::open(scratch.path().join("journal"), Limits { total_bytes: u64::MAX, ..Limits::default() })
        .map_err(|e| Failure::new(exit::IO, e))?;
    stages.run("journal", "batches encoded, compressed, on the disk", || {
        sense(&paths, |batch| journal.append(&batch).and_then(|_| journal.sync()).map(drop).map_err(|e| e.to_string()))
    })?;
    drop(journal);
    let messages = costs.iter().map(|cost| cost.messages).sum::<u64>();
    stages.run("store", "inventory, detection, consequence, state, lake", || store(&paths, scratch.path().join("data")))?;
    show(arguments.json, bytes, messages, &stages, &costs)
}

fn sense(paths: &[PathBuf], deliver: impl FnMut(Batch) -> Result<(), String>) -> Result<Vec<Cost>, Failure> {
    profile::sense(paths, Settings::default(), deliver).map_err(|e| replay_failure(&e))
}

/// What `replay` does, into a data directory of its own.
fn store(paths: &[PathBuf], data: PathBuf) -> Result<(), Failure> {
    let config = config::load(&cli::Settings { data: Some(data), ..cli::Settings::default() }, None)?;
    let runtime = super::runtime()?;
    let hub = runtime.block_on(open_hub(&config, false))?;
    let settings = Settings { batch_rows: config.batch_rows as usize, site: hub.site(), ..Settings::default() };
    let fed = profile::sense(paths, settings, |batch| hub.ingest(batch).map_err(|e| e.to_string()));
    let finished = runtime.block_on(hub.finish()).map_err(super::hub_failure);
    fed.map_err(|e| replay_failure(&e))?;
    finished
}

struct Stages {
    packets: u64,
    done: Vec<Stage>,
}

impl Stages {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn run<T>(&mut self, name: &'static str, what: &'static str, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let (cpu, wall) = (cpu_time(), Instant::now());
        let result = run()?;
        let cpu_seconds = cpu_time().saturating_sub(cpu).as_secs_f64();
        let before = self.done.last().map_or(0.0, |stage| stage.cpu_seconds);
        self.done.push(Stage {
            name,
            what,
            cpu_seconds,
            added_cpu_seconds: cpu_seconds - before,
            wall_seconds: wall.elapsed().as_secs_f64(),
            packets_per_cpu_second: self.packets as f64 / cpu_seconds.max(1e-9),
        });
        Ok(result)
    }
}

/// CPU time of this process so far, of all its threads.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn show(json: bool, bytes: u64, messages: u64, stages: &Stages, costs: &[Cost]) -> Result<(), Failure> {
    if json {
        return output::json(&serde_json::json!({
            "packets": stages.packets, "bytes": bytes, "messages": messages, "stages": stages.done, "protocols": costs,
        }));
    }
    output::text(&format!("{} packets, {bytes} bytes, {messages} messages\n\n", stages.packets))?;
    let whole = stages.done.last().map_or(0.0, |stage| stage.cpu_seconds).max(1e-9);
    let mut table = Table::new(&["stage", "adds CPU s", "share", "packets per CPU s so far", "what it does"]);
    for stage in &stages.done {
        table.row([
            stage.name.to_owned(),
            format!("{:.2}", stage.added_cpu_seconds),
            format!("{:.0} %", 100.0 * stage.added_cpu_seconds / whole),
            format!("{:.0}", stage.packets_per_cpu_second),
            stage.what.to_owned(),
        ]);
    }
    table.print()?;
    output::text("\n")?;
    let all = costs.iter().map(|cost| cost.nanoseconds).sum::<u64>().max(1) as f64;
    let mut table = Table::new(&["protocol", "packets", "messages", "ns a packet", "share of sensing"]);
    for cost in costs {
        table.row([
            if cost.protocol.is_empty() { "(not decoded)".to_owned() } else { cost.protocol.clone() },
            cost.packets.to_string(),
            cost.messages.to_string(),
            format!("{:.0}", cost.nanoseconds as f64 / cost.packets.max(1) as f64),
            format!("{:.1} %", 100.0 * cost.nanoseconds as f64 / all),
        ]);
    }
    table.print()
}
