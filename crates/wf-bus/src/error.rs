//! What can go wrong with a journal.

use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refused a file operation.
    #[error("{action} {}: {source}", .path.display())]
    Io {
        /// What was tried: `write`, `open`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Another writer has the journal open.
    #[error("the journal {} is in use by another process{holder}", .dir.display())]
    Locked {
        /// The journal's directory.
        dir: PathBuf,
        /// ` (process 123)` where the holder said so.
        holder: String,
    },
    /// Bytes are not what was written.
    #[error("the journal is damaged: {} at byte {at}: {what}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Offset from the start of the file.
        at: u64,
        /// What was found.
        what: String,
    },
    /// A segment of another format version.
    #[error("{} was written by another version of the program (format {found}, this one reads {expected})", .file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// What is understood.
        expected: u32,
    },
    /// The journal has reached its size limit.
    #[error("the journal is full: {bytes} of {limit} bytes wait to reach the lake")]
    Full {
        /// Bytes in use.
        bytes: u64,
        /// Limit.
        limit: u64,
    },
    /// A batch is bigger than a record may be.
    #[error("a batch of {bytes} bytes is bigger than a record may be ({limit} bytes)")]
    TooBig {
        /// Its size, encoded.
        bytes: usize,
        /// Limit.
        limit: usize,
    },
    /// An earlier failure left it unknown what is on disk; open it anew.
    #[error("the journal {} failed earlier and must be opened again", .dir.display())]
    Failed {
        /// The journal's directory.
        dir: PathBuf,
    },
    /// A batch could not be encoded.
    #[error("a batch could not be encoded: {0}")]
    Encode(String),
    /// There is no journal in the directory.
    #[error("there is no journal in {}", .dir.display())]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
}

impl JournalError {
    /// Whether the failure is a lack of space, on the disk or under the journal's own limit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
            }
            _ => false,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(file: &Path, at: u64, what: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), at, what: what.into() }
    }
}
