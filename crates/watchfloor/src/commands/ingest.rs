//! `watchfloor replay`, and what `run` shares with it: opening the hub and feeding it from captures.

use super::decode::replay_failure;
use super::{hub_failure, make_data};
use crate::cli::ReplayArgs;
use crate::config::{self, Config};
use crate::exit::{self, Failure};
use crate::output::{self, say};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wf_hub::{Hub, HubConfig, Retention, Source};
use wf_sensor::Settings;
use wf_sensor::replay::{self, Pace, Progress, Told};

/// Time between two plain progress lines where there is no terminal.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Opens the hub on its data directory.
pub async fn open_hub(config: &Config, watched: bool) -> Result<Arc<Hub>, Failure> {
    let plant = config.plant.as_deref().map(config::plant).transpose()?;
    make_data(&config.data)?;
    let hub = HubConfig {
        data: config.data.clone(),
        site: config.site.clone(),
        plant,
        learning_share: config.learning_share,
        learning_hours: config.learning_hours,
        lake_rows: config.lake_rows as usize,
        watched,
        retention: Retention {
            lake_days: config.lake_days,
            lake_bytes: gigabytes(config.lake_gigabytes),
            packet_bytes: config.evidence_megabytes << 20,
            packet_days: config.evidence_days,
        },
    };
    Hub::open(hub).await.map_err(hub_failure)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a checked positive number of gigabytes")]
fn gigabytes(amount: f64) -> u64 {
    (amount * 1e9) as u64
}

/// The captures behind all paths given.
pub fn captures(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(replay::captures(path).map_err(|e| replay_failure(&e))?);
    }
    Ok(found)
}

/// Leaves out the captures that were taken in to their end before, and says so.
pub async fn not_taken_in(hub: &Hub, paths: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    let mut left = Vec::new();
    for path in paths {
        let mark = replay::mark(&path).map_err(|e| replay_failure(&e))?;
        if hub.was_taken_in(&mark).await.map_err(hub_failure)? {
            say!("{} was taken in before: it is not taken in again", path.display());
        } else {
            left.push(path);
        }
    }
    Ok(left)
}

/// Packets of these captures that are taken in already, where a replay of them was cut off.
pub async fn packets_taken(hub: &Hub, paths: &[PathBuf]) -> Result<u64, Failure> {
    let marks: Vec<String> = paths.iter().map(|p| replay::mark(p)).collect::<Result<_, _>>().map_err(|e| replay_failure(&e))?;
    hub.packets_taken(&replay::source(&marks)).await.map_err(hub_failure)
}

/// Replays captures into the hub, behind the `taken` packets that it has. Each batch is durable before the next is read.
pub fn feed(
    hub: &Arc<Hub>,
    config: &Config,
    paths: &[PathBuf],
    pace: Pace,
    taken: u64,
    stop: &AtomicBool,
) -> Result<Told, Failure> {
    if taken > 0 {
        say!("carrying on behind packet {taken}");
    }
    let settings = Settings {
        site: hub.site(),
        sensor: config.sensor.clone(),
        batch_rows: config.batch_rows as usize,
        ..Settings::default()
    };
    let mut shown = Shown::new();
    let watch = |progress: Progress| {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        hub.set_source(Source::Replay(progress.read as f64 / progress.total.max(1) as f64));
        shown.show(&progress);
        !stop.load(Ordering::Relaxed)
    };
    let told = replay::replay(paths, settings, pace, taken, watch, |batch| hub.ingest(batch).map_err(|e| e.to_string()));
    shown.end();
    let told = told.map_err(|e| replay_failure(&e))?;
    for warning in &told.warnings {
        say!("warning: {warning}");
        hub.warn(warning);
    }
    hub.set_source(if told.stopped { Source::Idle } else { Source::Done });
    Ok(told)
}

/// Progress: a bar on a terminal, a line now and then elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    last: Instant,
}

impl Shown {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {eta}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, last: Instant::now() }
    }

    fn show(&mut self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_length(progress.total);
            bar.set_position(progress.read);
            bar.set_message(format!("{} packets", progress.packets));
        } else if self.last.elapsed() >= PROGRESS_EVERY {
            self.last = Instant::now();
            say!("{} of {} bytes, {} packets", progress.read, progress.total, progress.packets);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Says once that the program is ending, and ends it on the second interrupt.
pub fn on_interrupt(runtime: &tokio::runtime::Runtime, stop: Arc<AtomicBool>) -> tokio::sync::watch::Receiver<bool> {
    let (ended, ending) = tokio::sync::watch::channel(false);
    runtime.spawn(async move {
        interrupted().await;
        say!("ending: storing what was taken in (interrupt again to end at once)");
        stop.store(true, Ordering::Relaxed);
        let _ = ended.send(true);
        interrupted().await;
        std::process::exit(130);
    });
    ending
}

async fn interrupted() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Takes captures in and ends when everything is stored.
pub fn replay(arguments: ReplayArgs) -> Result<(), Failure> {
    let config = config::load(&arguments.settings, None)?;
    super::settings::logging(&config);
    let paths = captures(&arguments.captures)?;
    let runtime = super::runtime()?;
    let stop = Arc::new(AtomicBool::new(false));
    on_interrupt(&runtime, Arc::clone(&stop));
    let began = Instant::now();
    let hub = runtime.block_on(open_hub(&config, false))?;
    let paths = runtime.block_on(not_taken_in(&hub, paths))?;
    let taken = runtime.block_on(packets_taken(&hub, &paths))?;
    let told = if paths.is_empty() { Ok(Told::default()) } else { feed(&hub, &config, &paths, Pace::Full, taken, &stop) };
    hold_at_end();
    let finished = runtime.block_on(hub.finish()).map_err(hub_failure);
    let told = told?;
    finished?;
    let status = runtime.block_on(wf_model::api::Floor::status(hub.as_ref()))?;
    for warning in status.warnings.iter().filter(|warning| !told.warnings.contains(warning)) {
        say!("warning: {warning}");
    }
    if arguments.json {
        return output::json(&serde_json::json!({
            "packets": told.packets, "bytes": told.bytes, "messages": told.messages, "warnings": told.warnings,
            "assets": status.assets, "conversations": status.conversations, "open_findings": status.open_findings,
            "stopped": told.stopped, "seconds": began.elapsed().as_secs_f64(),
        }));
    }
    let findings: u64 = status.open_findings.iter().sum();
    let verb = if told.stopped { "stopped after" } else { "stored" };
    output::text(&format!(
        "{verb} {} packets, {} messages: {} assets, {} conversations, {findings} open findings in {}\n",
        told.packets,
        told.messages,
        status.assets,
        status.conversations,
        shown(&config.data)
    ))?;
    if told.stopped {
        output::text("start again with the same captures and the same --data to carry on\n")?;
    }
    Ok(())
}

/// Waits for ever once everything is durable and before it is stored, when a test asks for it: so that the program can be
/// killed at a known point.
fn hold_at_end() {
    if std::env::var_os("WATCHFLOOR_HOLD_AT_END").is_some() {
        say!("holding");
        loop {
            std::thread::park();
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A failure of permission on an interface, with what mends it.
pub fn interface_failure(interface: &str, why: impl std::fmt::Display, code: u8) -> Failure {
    let code = if code == 0 { exit::NO_INPUT } else { code };
    Failure::new(code, format!("cannot listen on {interface}: {why}"))
}
