//! `watchfloor completions` and `watchfloor man`: both follow from the command line itself.

use crate::cli::Cli;
use crate::exit::{self, Failure};
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::path::Path;

/// Prints what a shell needs to complete the command line.
pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "watchfloor", &mut script);
    output::text(&String::from_utf8_lossy(&script))
}

/// Prints the program's manual page, or writes it and one of each command into a folder.
pub fn pages(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(command()).render(&mut page).map_err(|e| Failure::new(exit::FAILED, e))?;
        return output::text(&String::from_utf8_lossy(&page));
    };
    let fail = |e: std::io::Error| {
        let code = if e.kind() == std::io::ErrorKind::PermissionDenied { exit::PERMISSION } else { exit::IO };
        Failure::new(code, format!("cannot write manual pages into {}: {e}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    clap_mangen::generate_to(command(), folder).map_err(fail)
}

/// The command line without what is for our own use.
fn command() -> clap::Command {
    Cli::command().disable_help_subcommand(true)
}
