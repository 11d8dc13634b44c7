//! `watchfloor decode`.

use crate::cli::DecodeArgs;
use crate::exit::{self, Failure};
use crate::output::say;
use std::io::{self, BufWriter};
use wf_sensor::replay::{self, ReplayError};
use wf_wire::capture::CaptureError;

/// Prints every message.
pub fn decode(arguments: &DecodeArgs) -> Result<(), Failure> {
    let out = BufWriter::new(io::stdout().lock());
    let told = replay::print(&arguments.capture, out, arguments.all).map_err(|e| replay_failure(&e))?;
    for warning in &told.warnings {
        say!("warning: {warning}");
    }
    if told.packets == 0 {
        say!("warning: {} holds no packet", arguments.capture.display());
    }
    Ok(())
}

/// A replay's error with its exit code.
pub fn replay_failure(error: &ReplayError) -> Failure {
    let code = match error {
        ReplayError::Path { .. } | ReplayError::Empty(_) | ReplayError::Capture { source: CaptureError::Io { .. }, .. } => {
            exit::NO_INPUT
        }
        ReplayError::Capture { .. } => exit::DATA,
        ReplayError::Deliver(_) => exit::IO,
        ReplayError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => return Failure::new(0, ""),
        ReplayError::Output(_) => exit::IO,
    };
    Failure::new(code, error)
}
