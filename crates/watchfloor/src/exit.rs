//! Exit codes, as documented in docs/command-line.md (numbers follow BSD sysexits).

use std::fmt;
use std::process::ExitCode;

/// Something failed that no other code names.
pub const FAILED: u8 = 1;
/// The command line is not right.
pub const USAGE: u8 = 64;
/// Input was found but nothing in it could be read.
pub const DATA: u8 = 65;
/// Input is not there or cannot be opened.
pub const NO_INPUT: u8 = 66;
/// An address or service is not available (port taken).
pub const UNAVAILABLE: u8 = 69;
/// Output or data cannot be written (disk full).
pub const IO: u8 = 74;
/// Permission is missing.
pub const PERMISSION: u8 = 77;
/// Configuration or plant model is not right.
pub const CONFIG: u8 = 78;

/// An error that ends the program, with its exit code.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    message: String,
}

impl Failure {
    /// An error with its code: one sentence on what happened, to which input, and what to do.
    pub fn new(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }

    /// Nobody reads the output any more: no message.
    pub fn is_silent(&self) -> bool {
        self.message.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<wf_model::api::ApiError> for Failure {
    fn from(error: wf_model::api::ApiError) -> Self {
        Self::new(FAILED, error)
    }
}

/// The process's exit code.
pub fn code(code: u8) -> ExitCode {
    ExitCode::from(code)
}
