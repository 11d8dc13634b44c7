//! `watchfloor run`: sensor, hub and server in one process.

use super::ingest::{self, captures, feed, not_taken_in, on_interrupt, open_hub, packets_taken};
use super::{hub_failure, users};
use crate::cli::{PaceArg, RunArgs};
use crate::config::{self, Config};
use crate::exit::{self, Failure};
use crate::output::{self, say};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wf_hub::{Hub, Source};
use wf_model::api::{Floor, User, UserRecord};
use wf_sensor::replay::Pace;
use wf_server::{ServeError, auth};

/// The name of the admin that the first start makes.
const FIRST_ADMIN: &str = "admin";

/// Runs the product until it is interrupted.
pub fn run(arguments: RunArgs) -> Result<(), Failure> {
    let config = config::load(&arguments.settings, arguments.listen)?;
    super::settings::logging(&config);
    let paths = captures(&arguments.capture)?;
    if let Some(interface) = &arguments.interface {
        wf_sensor::live::check(interface).map_err(|e| live_failure(interface, &e))?;
    }
    let runtime = super::runtime()?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut ending = on_interrupt(&runtime, Arc::clone(&stop));
    let hub = runtime.block_on(open_hub(&config, true))?;
    let given = !paths.is_empty();
    let paths = runtime.block_on(not_taken_in(&hub, paths))?;
    let taken = runtime.block_on(packets_taken(&hub, &paths))?;
    // Last of what may fail: a password that is made up here is told once.
    let login = runtime.block_on(first_admin(&hub, arguments.admin_password_file.as_deref()))?;
    hub.set_source(if given { Source::Done } else { Source::Idle });
    let intake = intake(&hub, &config, &arguments, paths, taken, &stop)?;
    let serving = wf_server::Config { listen: config.listen, insecure_http: arguments.insecure_http, data: config.data.clone() };
    let scheme = if arguments.insecure_http { "http" } else { "https" };
    let floor: Arc<dyn Floor> = Arc::clone(&hub) as Arc<dyn Floor>;
    let login = login.map(|password| {
        format!(
            "First login: {FIRST_ADMIN} / {password}   (shown once; change it in Settings or with `watchfloor user passwd {FIRST_ADMIN}`)\n"
        )
    });
    let ready = |address: std::net::SocketAddr| {
        let lines = format!("Watchfloor is at {scheme}://{address}\n{}", login.as_deref().unwrap_or_default());
        if let Err(error) = output::text(&lines) {
            say!("warning: {error}");
        }
    };
    let served = runtime.block_on(wf_server::serve(floor, serving, ready, async move {
        let _ = ending.changed().await;
    }));
    if let (Err(ServeError::Listen { .. } | ServeError::Insecure(_) | ServeError::Tls(_)), Some(login)) = (&served, &login) {
        // The admin is made, and the next start makes no other.
        if let Err(error) = output::text(login) {
            say!("warning: {error}");
        }
    }
    stop.store(true, Ordering::Relaxed);
    let fed = intake.map_or(Ok(Ok(())), std::thread::JoinHandle::join);
    runtime.block_on(hub.finish()).map_err(hub_failure)?;
    served.map_err(|e| serve_failure(&e))?;
    fed.map_err(|_| Failure::new(exit::FAILED, "taking data in ended unexpectedly"))?
}

/// Starts what feeds the hub, on a thread of its own.
fn intake(
    hub: &Arc<Hub>,
    config: &Config,
    arguments: &RunArgs,
    paths: Vec<PathBuf>,
    taken: u64,
    stop: &Arc<AtomicBool>,
) -> Result<Option<std::thread::JoinHandle<Result<(), Failure>>>, Failure> {
    let (hub, config, stop) = (Arc::clone(hub), config.clone(), Arc::clone(stop));
    let spawn = |work: Box<dyn FnOnce() -> Result<(), Failure> + Send>| {
        let thread = std::thread::Builder::new().name("intake".into()).spawn(work);
        thread.map(Some).map_err(|e| Failure::new(exit::FAILED, format!("cannot start a thread: {e}")))
    };
    if let Some(interface) = arguments.interface.clone() {
        return spawn(Box::new(move || listen(&hub, &config, &interface, &stop)));
    }
    if paths.is_empty() {
        return Ok(None);
    }
    let pace = if arguments.pace == PaceArg::Real { Pace::Real } else { Pace::Full };
    spawn(Box::new(move || {
        let fed = feed(&hub, &config, &paths, pace, taken, &stop);
        match fed {
            Ok(told) if !told.stopped => {
                say!("{} packets and {} messages are taken in; the page stays up", told.packets, told.messages);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                say!("error: {error}");
                hub.warn(&error.to_string());
                Err(error)
            }
        }
    }))
}

fn listen(hub: &Arc<Hub>, config: &Config, interface: &str, stop: &AtomicBool) -> Result<(), Failure> {
    let settings = wf_sensor::Settings {
        site: hub.site(),
        sensor: config.sensor.clone(),
        segment: interface.to_owned(),
        batch_rows: config.batch_rows as usize,
        ..wf_sensor::Settings::default()
    };
    hub.set_source(Source::Live);
    let deliver = |batch| hub.ingest(batch).map_err(|e| e.to_string());
    wf_sensor::live::listen(interface, settings, stop, deliver).map_err(|e| {
        hub.warn(&format!("nothing is taken in from {interface} any more: {e}; start the program again when that is mended"));
        hub.set_source(Source::Idle);
        live_failure(interface, &e)
    })
}

fn live_failure(interface: &str, error: &wf_sensor::live::LiveError) -> Failure {
    let code = match error {
        wf_sensor::live::LiveError::Permission => exit::PERMISSION,
        wf_sensor::live::LiveError::Unknown(_) => exit::NO_INPUT,
        _ => exit::FAILED,
    };
    ingest::interface_failure(interface, error, code)
}

fn serve_failure(error: &ServeError) -> Failure {
    let code = match error {
        ServeError::Listen { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => exit::PERMISSION,
        ServeError::Listen { .. } => exit::UNAVAILABLE,
        ServeError::Insecure(_) => exit::USAGE,
        ServeError::Tls(_) => exit::IO,
        ServeError::Ended(_) => exit::FAILED,
    };
    Failure::new(code, error)
}

/// Makes the first admin if there is no user yet; returns the password if it was made up here.
async fn first_admin(hub: &Hub, file: Option<&Path>) -> Result<Option<String>, Failure> {
    if !hub.users().await?.is_empty() {
        return Ok(None);
    }
    let given = file.map(|path| users::password(Some(path))).transpose()?;
    let password = given.clone().unwrap_or_else(auth::random_password);
    let password_hash = auth::hash_password(&password).map_err(|e| Failure::new(exit::USAGE, e.1))?;
    let user = User { name: FIRST_ADMIN.into(), role: "admin".into(), created: auth::now(), last_login: None, enabled: true };
    hub.put_user(UserRecord { user, password_hash }, "first start".into()).await?;
    hub.audit("first start".into(), "user.add".into(), FIRST_ADMIN.into(), "admin".into()).await?;
    Ok(if given.is_some() { None } else { Some(password) })
}
