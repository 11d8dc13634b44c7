//! The durable stream between sensor and hub: a local journal of [`wf_model::Batch`].
//!
//! A batch is acknowledged once [`Journal::sync`] has returned after its [`Journal::append`]: many appends may share one
//! sync. What is acknowledged is found again after a crash at any point. Batches leave the journal, in whole segments,
//! when [`Journal::truncate_until`] says that the lake has committed them.
//!
//! On disk: segment files `journal-<first sequence>.wfj`, each a header and records; see [`mod@segment`] for the bytes.
//! One process writes (`journal.lock`), any number read beside it with [`JournalReader`].

mod error;
mod journal;
mod reader;
mod recover;
pub mod segment;

pub use error::JournalError;
pub use journal::{Journal, TornTail};
pub use reader::{JournalReader, Records};
pub use recover::{Loss, recover};
pub use segment::JournalId;

/// Bounds of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A segment file is closed and the next one begun at this size, in bytes.
    pub segment_bytes: u64,
    /// All segments together; an append beyond it fails with [`JournalError::Full`].
    pub total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, total_bytes: 16 << 30 }
    }
}
