//! `watchfloor doctor`: what is wrong, and the command that mends it.

use super::runtime;
use crate::cli::DoctorArgs;
use crate::config;
use crate::exit::{self, Failure};
use crate::output::{self, Table};
use serde::Serialize;
use std::path::Path;
use wf_hub::Hub;
use wf_model::api::Floor;

/// Free space below which people are warned, in bytes.
const DISK_MIN: u64 = 2 << 30;
/// Share of one-sided packets from which a mirror port is suspected to show one direction only.
const ONE_SIDED_MAX: f64 = 0.2;

/// One check.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    /// `ok`, `warning` or `error`.
    state: &'static str,
    message: String,
    /// What mends it, where something is to be mended.
    mend: Option<String>,
}

fn ok(name: &'static str, message: impl Into<String>) -> Check {
    Check { name, state: "ok", message: message.into(), mend: None }
}

fn bad(name: &'static str, state: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Check {
    Check { name, state, message: message.into(), mend: Some(mend.into()) }
}

/// Checks and reports; exits with 1 if anything is an error.
pub fn doctor(arguments: &DoctorArgs) -> Result<(), Failure> {
    let mut checks = Vec::new();
    match config::load(&arguments.settings, None) {
        Ok(config) => {
            checks.push(ok("configuration", "is right"));
            if let Some(path) = &config.plant {
                checks.push(plant(path));
            }
            checks.push(disk(&config.data));
            checks.push(clock());
            checks.extend(data(&config.data)?);
            checks.extend(certificate(&config.data));
        }
        Err(error) => checks.push(bad("configuration", "error", error.to_string(), "watchfloor config check")),
    }
    if let Some(interface) = &arguments.interface {
        checks.push(capture(interface));
    }
    let failed = checks.iter().any(|c| c.state == "error");
    if arguments.json {
        output::json(&checks)?;
    } else {
        let mut table = Table::new(&["CHECK", "STATE", "WHAT", "WHAT MENDS IT"]);
        for check in &checks {
            table.row([check.name.into(), check.state.into(), check.message.clone(), check.mend.clone().unwrap_or_default()]);
        }
        table.print()?;
    }
    if failed { Err(Failure::new(exit::FAILED, "something is wrong, see above")) } else { Ok(()) }
}

fn plant(path: &Path) -> Check {
    match config::plant(path) {
        Ok(plant) => ok("plant model", format!("{} functions of {}", plant.functions.len(), plant.site.name)),
        Err(error) => {
            bad("plant model", "error", error.to_string(), format!("watchfloor config check --plant {}", path.display()))
        }
    }
}

fn disk(data: &Path) -> Check {
    let place = data.ancestors().find(|p| p.exists()).unwrap_or(Path::new("."));
    let place = if place.as_os_str().is_empty() { Path::new(".") } else { place };
    match std::process::Command::new("df").args(["-B1", "--output=avail"]).arg(place).output() {
        Ok(answer) => {
            let text = String::from_utf8_lossy(&answer.stdout);
            let free: u64 = text.lines().nth(1).and_then(|l| l.trim().parse().ok()).unwrap_or(0);
            let shown = format!("{:.1} GB free at {}", free as f64 / 1e9, place.display());
            if free >= DISK_MIN {
                ok("disk", shown)
            } else {
                bad("disk", "error", shown, "free space there, or give another place with --data DIR")
            }
        }
        Err(error) => bad("disk", "warning", format!("free space is not known: {error}"), "install df (coreutils)"),
    }
}

fn clock() -> Check {
    let now = wf_server::auth::now();
    let built = wf_model::Timestamp::parse("2026-01-01T00:00:00Z").unwrap_or_default();
    if now > built {
        ok("clock", now.to_string())
    } else {
        bad("clock", "error", format!("the machine's clock says {now}, before this program was made"), "timedatectl set-ntp true")
    }
}

fn data(data: &Path) -> Result<Vec<Check>, Failure> {
    if !data.join("state.db").exists() {
        let mend = format!("watchfloor replay CAPTURE --data {}", data.display());
        return Ok(vec![bad("data directory", "warning", format!("{} holds no data yet", data.display()), mend)]);
    }
    runtime()?.block_on(async {
        let hub = match Hub::read(data).await {
            Ok(hub) => hub,
            Err(error) => {
                return Ok(vec![bad(
                    "data directory",
                    "error",
                    error.to_string(),
                    "restore it from a backup, or start with another --data DIR",
                )]);
            }
        };
        let status = hub.status().await?;
        let mut checks = vec![ok(
            "data directory",
            format!(
                "{} assets, {} conversations, {} rows not in the lake yet",
                status.assets, status.conversations, status.backlog
            ),
        )];
        for row in hub.coverage().await? {
            let share = row.one_sided as f64 / row.packets.max(1) as f64;
            if share > ONE_SIDED_MAX {
                let what = format!(
                    "{:.0} % of the packets on {} belong to flows seen in one direction only",
                    share * 100.0,
                    row.segment
                );
                checks.push(bad("mirror port", "warning", what, "mirror both directions (rx and tx) of the ports on the switch"));
            }
            if row.dropped > 0 {
                let what = format!("{} packets were dropped on {} before they were read", row.dropped, row.segment);
                checks.push(bad("capture", "warning", what, "give the sensor a core of its own, or mirror fewer ports"));
            }
        }
        Ok(checks)
    })
}

fn certificate(data: &Path) -> Option<Check> {
    let path = data.join("tls-cert.pem");
    if !path.exists() {
        return None;
    }
    Some(match wf_server::tls::configure(data, std::net::Ipv4Addr::LOCALHOST.into()) {
        Ok(_) => ok("certificate", format!("{} is usable", path.display())),
        Err(error) => bad(
            "certificate",
            "error",
            error.to_string(),
            format!("rm {} {} (a new one is made at the next start)", path.display(), data.join("tls-key.pem").display()),
        ),
    })
}

fn capture(interface: &str) -> Check {
    use wf_sensor::live::{LiveError, check};
    match check(interface) {
        Ok(()) => ok("capture", format!("may listen on {interface}")),
        Err(LiveError::Permission) => {
            let program = std::env::current_exe().map_or_else(|_| "watchfloor".into(), |p| p.display().to_string());
            bad("capture", "error", format!("no right to listen on {interface}"), format!("sudo setcap cap_net_raw=ep {program}"))
        }
        Err(error) => bad("capture", "error", error.to_string(), "ip link show"),
    }
}
