//! One file a noun.

mod bench;
mod decode;
mod doctor;
mod ingest;
mod lists;
mod manual;
mod run;
mod settings;
mod users;

use crate::cli::{Cli, Command};
use crate::exit::{self, Failure};
use crate::{config, output};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wf_hub::Hub;

/// Runs a command.
pub fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Replay(arguments) => ingest::replay(arguments),
        Command::Decode(arguments) => decode::decode(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Asset(command) => lists::asset(command),
        Command::Conversation(command) => lists::conversation(command),
        Command::Operation(command) => lists::operation(command),
        Command::Finding(command) => lists::finding(command),
        Command::Query(arguments) => lists::query(arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Config(command) => settings::settings(command),
        Command::User(command) => users::users(command),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder } => manual::pages(folder.as_deref()),
        Command::Openapi => output::text(&format!("{}\n", openapi()?)),
    }
}

fn openapi() -> Result<String, Failure> {
    wf_server::openapi().to_pretty_json().map_err(|e| Failure::new(exit::FAILED, e))
}

/// A runtime for commands that read.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot start: {e}")))
}

/// Opens a data directory to read it (and to note what people decide), beside a running program if there is one.
async fn reader(data: Option<PathBuf>) -> Result<Arc<Hub>, Failure> {
    let settings = crate::cli::Settings { data, ..crate::cli::Settings::default() };
    let config = config::load(&settings, None)?;
    if !config.data.join("state.db").exists() {
        let data = config.data.display();
        return Err(Failure::new(
            exit::NO_INPUT,
            format!(
                "{data} is not a Watchfloor data directory: give one with --data DIR, or make one with `watchfloor replay CAPTURE --data {data}`"
            ),
        ));
    }
    Hub::read(&config.data).await.map_err(hub_failure)
}

/// A hub's error with its exit code.
fn hub_failure(error: wf_hub::HubError) -> Failure {
    let code = match &error {
        wf_hub::HubError::Locked(_) => exit::UNAVAILABLE,
        wf_hub::HubError::Damaged(_) => exit::DATA,
        wf_hub::HubError::Write(_) => exit::IO,
        wf_hub::HubError::Failed(_) => exit::FAILED,
    };
    Failure::new(code, error)
}

/// Makes the data directory.
fn make_data(data: &Path) -> Result<(), Failure> {
    // Password hashes and packets are nobody else's business; a directory that is there keeps its rights.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|e| {
        let code = if e.kind() == std::io::ErrorKind::PermissionDenied { exit::PERMISSION } else { exit::IO };
        Failure::new(code, format!("cannot make the data directory {}: {e}", data.display()))
    })
}
