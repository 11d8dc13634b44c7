//! The program: command line, configuration, and the wiring of the crates.

mod cli;
mod commands;
mod config;
mod exit;
mod output;

use clap::Parser;
use output::say;
use std::process::ExitCode;

/// Many small rows are made and dropped all the time, on several threads.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // A fault in one task is told in one line; the task's error says what it means for the user.
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        say!("internal fault: {} ({place})", fault.payload_as_str().unwrap_or("unknown"));
    }));
    let arguments = match cli::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::code(exit::USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_silent() {
                say!("error: {error}");
            }
            exit::code(error.code)
        }
    }
}
