//! Reading a journal, also while another process writes it.

use crate::JournalError;
use crate::segment::{self, JournalId, Next, RecordHead, SegmentReader};
use std::io;
use std::path::{Path, PathBuf};
use wf_model::Batch;

/// A journal opened for reading only. Takes no lock and changes nothing, so a live data directory can be read.
#[derive(Debug)]
pub struct JournalReader {
    dir: PathBuf,
    id: JournalId,
}

impl JournalReader {
    /// Opens the journal of a directory.
    ///
    /// # Errors
    /// [`JournalError::Missing`] where there is none, [`JournalError::Damaged`] or [`JournalError::Version`] where its
    /// newest segment cannot be understood.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let dir = dir.into();
        let newest = if dir.is_dir() { segment::list(&dir)?.last().copied() } else { None };
        let Some(newest) = newest else { return Err(JournalError::Missing { dir }) };
        let id = SegmentReader::open(segment::path(&dir, newest))?.header.id;
        Ok(Self { dir, id })
    }

    /// The journal's id.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// The highest sequence that can be read now; 0 where nothing was ever written.
    ///
    /// # Errors
    /// As for reading.
    pub fn last_sequence(&self) -> Result<u64, JournalError> {
        let newest = segment::list(&self.dir)?.last().copied().ok_or_else(|| JournalError::Missing { dir: self.dir.clone() })?;
        let mut reader = SegmentReader::open(segment::path(&self.dir, newest))?;
        let mut payload = Vec::new();
        while let Next::Record(_) = reader.next(&mut payload)? {}
        Ok(reader.expected.saturating_sub(1))
    }

    /// Batches from a sequence on, in order, until the end as it is when it is reached. Begins with the oldest one that
    /// is still there where that is later.
    #[must_use]
    pub fn read_from(&self, sequence: u64) -> Records {
        Records::new(&self.dir, sequence, u64::MAX)
    }
}

/// Batches of a journal in order; ends after the first error.
pub struct Records {
    dir: PathBuf,
    from: u64,
    until: u64,
    segment: Option<SegmentReader>,
    payload: Vec<u8>,
    raw: Vec<u8>,
    done: bool,
}

impl Records {
    pub(crate) fn new(dir: &Path, from: u64, until: u64) -> Self {
        Self { dir: dir.to_owned(), from, until, segment: None, payload: Vec::new(), raw: Vec::new(), done: false }
    }

    /// The next sound record at or after `from`; its payload is in `self.payload`.
    fn next_record(&mut self) -> Result<Option<(PathBuf, u64, RecordHead)>, JournalError> {
        loop {
            let Some(segment) = &mut self.segment else {
                match self.begin()? {
                    Some(first) => self.segment = Some(first),
                    None => return Ok(None),
                }
                continue;
            };
            if segment.expected > self.until {
                return Ok(None);
            }
            let at = segment.at;
            match segment.next(&mut self.payload)? {
                Next::Record(head) if head.sequence < self.from => {}
                Next::Record(head) => return Ok(Some((segment.path.clone(), at, head))),
                Next::End => match Self::after(&self.dir, segment)? {
                    Step::Follow(next) => *segment = next,
                    Step::Again => {}
                    Step::Stop => return Ok(None),
                },
                Next::Bad(what) => match Self::judge(&self.dir, segment, what)? {
                    Step::Again => {}
                    _ => return Ok(None),
                },
            }
        }
    }

    /// The segment that holds `from`, or the oldest.
    fn begin(&self) -> Result<Option<SegmentReader>, JournalError> {
        loop {
            let all = segment::list(&self.dir)?;
            let Some(first) = all.iter().rfind(|first| **first <= self.from).or_else(|| all.first()) else { return Ok(None) };
            match SegmentReader::open(segment::path(&self.dir, *first)) {
                Err(error) if is_gone(&error) => {} // truncated since it was listed
                other => return other.map(Some),
            }
        }
    }

    /// What comes after the end of a segment.
    fn after(dir: &Path, segment: &mut SegmentReader) -> Result<Step, JournalError> {
        let Some(first) = next_segment(dir, segment)? else { return Ok(Step::Stop) };
        let next = match SegmentReader::open(segment::path(dir, first)) {
            Err(error) if is_gone(&error) => return Ok(Step::Again),
            other => other?,
        };
        if next.header.after == segment.last() {
            return Ok(Step::Follow(next));
        }
        // The writer may have gone on between the end that was seen and the listing.
        if segment.next(&mut Vec::new()).is_ok_and(|next| matches!(next, Next::Record(_))) {
            return SegmentReader::open(segment.path.clone()).map(Step::Follow);
        }
        if !segment.path.exists() {
            return Ok(Step::Follow(next)); // truncated while it was read: nothing is missing that was not let go
        }
        let what = format!("records {} to {} are missing after it", segment.last() + 1, next.header.after);
        Err(JournalError::damaged(&segment.path, segment.at, what))
    }

    /// Whether something that is no record is a record in the making, a torn end, or damage.
    fn judge(dir: &Path, segment: &mut SegmentReader, what: &'static str) -> Result<Step, JournalError> {
        let newest = next_segment(dir, segment)?.is_none();
        if newest && segment.highest_beyond()?.is_none() {
            return Ok(Step::Stop);
        }
        // Whatever follows was written later: look once more before calling it damage.
        if let Next::Record(_) = segment.next(&mut Vec::new())? {
            *segment = SegmentReader::open(segment.path.clone())?;
            return Ok(Step::Again);
        }
        Err(JournalError::damaged(&segment.path, segment.at, what))
    }

    fn decode(&mut self, path: &Path, at: u64, head: RecordHead) -> Result<(u64, Batch), JournalError> {
        self.raw.clear();
        self.raw.resize(head.raw_len as usize, 0);
        let written = zstd::bulk::decompress_to_buffer(&self.payload, &mut self.raw)
            .map_err(|error| JournalError::damaged(path, at, format!("a record does not decompress: {error}")))?;
        let bytes = self.raw.get(..written).unwrap_or_default();
        let batch = postcard::from_bytes(bytes)
            .map_err(|error| JournalError::damaged(path, at, format!("a record does not decode: {error}")))?;
        Ok((head.sequence, batch))
    }
}

/// How to go on.
enum Step {
    Follow(SegmentReader),
    Again,
    Stop,
}

fn next_segment(dir: &Path, segment: &SegmentReader) -> Result<Option<u64>, JournalError> {
    Ok(segment::list(dir)?.into_iter().find(|first| *first > segment.header.first))
}

fn is_gone(error: &JournalError) -> bool {
    matches!(error, JournalError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

impl Iterator for Records {
    type Item = Result<(u64, Batch), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = match self.next_record() {
            Ok(Some((path, at, head))) => {
                self.from = head.sequence.saturating_add(1);
                Some(self.decode(&path, at, head))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        };
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}
