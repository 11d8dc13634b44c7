//! `watchfloor replay`, and what `run` shares with it: opening the hub and feeding it from captures.

use super::decode::replay_failure;
use super::{hub_failure, make_data};
use crate::cli::ReplayArgs;
use crate::config::{self, Config};
use crate::exit::{self, Failure};
use crate::output;
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
pub async fn open_hub(config: &Config) -> Result<Arc<Hub>, Failure> {
    let plant = config.plant.as_deref().map(config::plant).transpose()?;
    make_data(&config.data)?;
    let hub = HubConfig {
        data: config.data.clone(),
        site: config.site.clone(),
        plant,
        learning_share: config.learning_share,
        learning_hours: config.learning_hours,
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

/// What identifies captures that were taken in already: names and sizes.
pub fn fingerprint(paths: &[PathBuf]) -> String {
    let one = |path: &PathBuf| {
        let full = path.canonicalize().unwrap_or_else(|_| path.clone());
        format!("{}:{}", full.display(), std::fs::metadata(path).map_or(0, |m| m.len()))
    };
    paths.iter().map(one).collect::<Vec<_>>().join("|")
}

/// Replays captures into the hub. Each batch is durable before the next is read.
pub fn feed(hub: &Arc<Hub>, config: &Config, paths: &[PathBuf], pace: Pace, stop: &AtomicBool) -> Result<Told, Failure> {
    let settings = Settings { site: hub.site(), sensor: config.sensor.clone(), ..Settings::default() };
    let mut shown = Shown::new();
    let watch = |progress: Progress| {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        hub.set_source(Source::Replay(progress.read as f64 / progress.total.max(1) as f64));
        shown.show(&progress);
        !stop.load(Ordering::Relaxed)
    };
    let told = replay::replay(paths, settings, pace, watch, |batch| hub.ingest(batch).map_err(|e| e.to_string()));
    shown.end();
    let told = told.map_err(|e| replay_failure(&e))?;
    for warning in &told.warnings {
        eprintln!("warning: {warning}");
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
            eprintln!("{} of {} bytes, {} packets", progress.read, progress.total, progress.packets);
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
        eprintln!("ending: storing what was taken in (interrupt again to end at once)");
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
    let hub = runtime.block_on(open_hub(&config))?;
    let told = feed(&hub, &config, &paths, Pace::Full, &stop);
    hold_at_end();
    let finished = runtime.block_on(hub.finish()).map_err(hub_failure);
    let told = told?;
    finished?;
    let status = runtime.block_on(wf_model::api::Floor::status(hub.as_ref()))?;
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
    ))
}

/// Waits for ever once everything is durable and before it is stored, when a test asks for it: so that the program can be
/// killed at a known point.
fn hold_at_end() {
    if std::env::var_os("WATCHFLOOR_HOLD_AT_END").is_some() {
        eprintln!("holding");
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
