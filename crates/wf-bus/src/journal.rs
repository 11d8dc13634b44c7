//! Writing a journal.

use crate::reader::Records;
use crate::segment::{self, HEADER_LEN, Header, JournalId, Next, PAYLOAD_MAX, RECORD_HEAD_LEN, SegmentReader};
use crate::{JournalError, Limits};
use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use wf_model::Batch;

/// An incomplete record that a crash left at the end, cut off when the journal was opened. It was never acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TornTail {
    /// Records cut off: 0 or 1.
    pub records: u64,
    /// Bytes cut off.
    pub bytes: u64,
}

/// Bytes of room that are kept for a record from one append to the next; a larger one's goes with the next batch.
const ROOM: usize = 1 << 20;
/// Bytes that are compressed at a time: a batch is not held encoded beside itself.
const PART: usize = 64 << 10;

/// A journal open for writing. See the crate's page for what it promises.
pub struct Journal {
    dir: PathBuf,
    limits: Limits,
    id: JournalId,
    _lock: Lock,
    segments: VecDeque<Segment>,
    file: File,
    /// Sequence of the next record.
    next: u64,
    synced: u64,
    failed: bool,
    torn: TornTail,
    /// Room for a batch's record, used again and again.
    record: Vec<u8>,
    /// What a test leaves of the disk.
    #[cfg(test)]
    pub(crate) space: Option<u64>,
}

/// Counts what is written.
struct Counted<W> {
    bytes: usize,
    to: W,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(part)?;
        self.bytes += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// A segment as the writer knows it.
#[derive(Clone, Copy, Debug)]
struct Segment {
    first: u64,
    /// Last sequence written up to its end; its header's `after` while it is empty.
    last: u64,
    bytes: u64,
}

impl Journal {
    /// Opens the journal of a directory for writing, making both where there are none. Cuts an incomplete last record off
    /// ([`Journal::torn`]).
    ///
    /// # Errors
    /// [`JournalError::Locked`] while another writer has it; [`JournalError::Damaged`] where the newest segment, or any
    /// segment's header, is not what was written (then [`crate::recover`] helps); [`JournalError::Io`].
    pub fn open(dir: impl Into<PathBuf>, limits: Limits) -> Result<Self, JournalError> {
        let dir = dir.into();
        std::fs::create_dir_all(&dir).map_err(JournalError::io("create", &dir))?;
        let lock = lock(&dir)?;
        Self::open_locked(dir, limits, lock)
    }

    pub(crate) fn open_locked(dir: PathBuf, limits: Limits, lock: Lock) -> Result<Self, JournalError> {
        if segment::list(&dir)?.is_empty() {
            create_segment(&dir, Header { id: JournalId(random()), first: 1, after: 0 })?;
        }
        let (mut segments, id) = survey(&dir)?;
        let Some(active) = segments.back_mut() else { return Err(JournalError::Missing { dir }) };
        let path = segment::path(&dir, active.first);
        let mut reader = SegmentReader::open(path.clone())?;
        let torn = read_to_end(&mut reader)?;
        let mut file = OpenOptions::new().write(true).open(&path).map_err(JournalError::io("open", &path))?;
        if torn.bytes > 0 {
            tracing::warn!(file = %path.display(), at = reader.at, bytes = torn.bytes, "cut off an incomplete last record");
            file.set_len(reader.at).map_err(JournalError::io("truncate", &path))?;
        }
        // What is read from now on counts as acknowledged, so it has to be on the disk.
        file.sync_all().map_err(JournalError::io("sync", &path))?;
        file.seek(SeekFrom::Start(reader.at)).map_err(JournalError::io("seek in", &path))?;
        (active.last, active.bytes) = (reader.last(), reader.at);
        let next = reader.expected;
        Ok(Self {
            dir,
            limits,
            id,
            _lock: lock,
            segments,
            file,
            next,
            synced: next.saturating_sub(1),
            failed: false,
            torn,
            record: Vec::new(),
            #[cfg(test)]
            space: None,
        })
    }

    /// The journal's id.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// Sequence of the last batch appended; 0 where there was none. Not acknowledged before [`Journal::sync`].
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    /// Sequence of the last batch that is durable.
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.synced
    }

    /// What opening cut off.
    #[must_use]
    pub fn torn(&self) -> TornTail {
        self.torn
    }

    /// Bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Appends a batch and returns its sequence, counted from 1. Durable only after [`Journal::sync`].
    ///
    /// # Errors
    /// On a full disk, or beyond [`Limits::total_bytes`], the journal is as it was before ([`JournalError::is_full`]), and a later append may succeed.
    pub fn append(&mut self, batch: &Batch) -> Result<u64, JournalError> {
        self.check()?;
        self.encode(batch)?;
        let (record, used) = (self.record.len() as u64, self.bytes());
        if used.saturating_add(record) > self.limits.total_bytes {
            return Err(JournalError::Full { bytes: used, limit: self.limits.total_bytes });
        }
        let active = self.active_bytes();
        if active > HEADER_LEN && active.saturating_add(record) > self.limits.segment_bytes {
            self.roll(self.next)?;
        }
        if let Err(source) = self.write() {
            let path = self.active_path();
            self.undo();
            return Err(JournalError::io("write", &path)(source));
        }
        let sequence = self.next;
        if let Some(active) = self.segments.back_mut() {
            active.bytes = active.bytes.saturating_add(record);
            active.last = sequence;
        }
        self.next = sequence.saturating_add(1);
        Ok(sequence)
    }

    /// Makes everything appended durable and returns its last sequence: that far it is acknowledged.
    ///
    /// # Errors
    /// After a failure it is not known what reached the disk; the journal refuses to go on until it is opened again.
    pub fn sync(&mut self) -> Result<u64, JournalError> {
        self.check()?;
        if self.synced < self.last_sequence() {
            if let Err(source) = self.file.sync_data() {
                self.failed = true;
                return Err(JournalError::io("sync", &self.active_path())(source));
            }
            self.synced = self.last_sequence();
        }
        Ok(self.synced)
    }

    /// Batches from a sequence on, in order, up to what is appended now.
    #[must_use]
    pub fn read_from(&self, sequence: u64) -> Records {
        Records::new(&self.dir, sequence, self.last_sequence())
    }

    /// Deletes whole segments that hold nothing after `sequence`. The newest one is closed for it once it is of some size.
    ///
    /// # Errors
    /// [`JournalError::Io`]; what could not be deleted stays readable.
    pub fn truncate_until(&mut self, sequence: u64) -> Result<(), JournalError> {
        self.check()?;
        if sequence >= self.last_sequence() && self.active_bytes() > self.limits.segment_bytes / 16 {
            self.roll(self.next)?;
        }
        while self.segments.len() > 1 {
            let Some(oldest) = self.segments.front().filter(|oldest| oldest.last <= sequence) else { break };
            let path = segment::path(&self.dir, oldest.first);
            std::fs::remove_file(&path).map_err(JournalError::io("delete", &path))?;
            self.segments.pop_front();
        }
        sync_dir(&self.dir)
    }

    /// Makes the next sequence greater than `sequence`. Called at start with what state and lake have applied, so that a
    /// journal that lost its end (damage, an older copy put back) can never give a sequence out twice.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn ensure_after(&mut self, sequence: u64) -> Result<(), JournalError> {
        self.check()?;
        if sequence < self.next {
            return Ok(());
        }
        let next = sequence.saturating_add(1);
        self.roll(next)?;
        self.next = next;
        self.synced = sequence;
        Ok(())
    }

    fn check(&self) -> Result<(), JournalError> {
        if self.failed { Err(JournalError::Failed { dir: self.dir.clone() }) } else { Ok(()) }
    }

    fn active_path(&self) -> PathBuf {
        segment::path(&self.dir, self.segments.back().map_or(0, |active| active.first))
    }

    fn active_bytes(&self) -> u64 {
        self.segments.back().map_or(0, |active| active.bytes)
    }

    /// Makes the record in `self.record`.
    fn encode(&mut self, batch: &Batch) -> Result<(), JournalError> {
        self.record.clear();
        self.record.shrink_to(ROOM);
        self.record.resize(RECORD_HEAD_LEN as usize, 0);
        let failed = |error: &dyn Display| JournalError::Encode(error.to_string());
        let compressed = zstd::Encoder::new(&mut self.record, 1).map_err(|e| failed(&e))?;
        let parts = BufWriter::with_capacity(PART, Counted { bytes: 0, to: compressed });
        let parts = postcard::to_io(batch, parts).map_err(|e| failed(&e))?;
        let Counted { bytes, to } = parts.into_inner().map_err(|e| failed(&e))?;
        to.finish().map_err(|e| failed(&e))?;
        let raw_len = u32::try_from(bytes).ok().filter(|_| bytes <= PAYLOAD_MAX);
        let Some(raw_len) = raw_len else { return Err(JournalError::TooBig { bytes, limit: PAYLOAD_MAX }) };
        segment::seal(&mut self.record, raw_len, self.next);
        Ok(())
    }

    fn write(&mut self) -> std::io::Result<()> {
        #[cfg(test)]
        if let Some(space) = &mut self.space {
            let fits = usize::try_from(*space).unwrap_or(usize::MAX).min(self.record.len());
            *space -= fits as u64;
            if fits < self.record.len() {
                self.file.write_all(self.record.get(..fits).unwrap_or_default())?;
                return Err(std::io::ErrorKind::StorageFull.into());
            }
        }
        self.file.write_all(&self.record)
    }

    /// Takes a half-written record back.
    fn undo(&mut self) {
        let end = self.active_bytes();
        let undone = self.file.set_len(end).and_then(|()| self.file.seek(SeekFrom::Start(end)));
        self.failed = undone.is_err();
    }

    /// Closes the newest segment, durably, and begins the one of `first`.
    fn roll(&mut self, first: u64) -> Result<(), JournalError> {
        self.sync()?;
        let old = self.segments.back().copied();
        if old.is_some_and(|old| old.first == first) {
            return Ok(());
        }
        let after = old.map_or(0, |old| old.last);
        self.file = create_segment(&self.dir, Header { id: self.id, first, after })?;
        self.segments.push_back(Segment { first, last: after, bytes: HEADER_LEN });
        Ok(())
    }
}

/// The writers' lock of a journal. The system takes it back from a process that is killed.
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// Given back by name, not by closing the file alone: a process that is just being started by another thread holds the
    /// file open too, until its program is loaded, and the lock with it.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Takes the writers' lock.
pub(crate) fn lock(dir: &Path) -> Result<Lock, JournalError> {
    let path = dir.join("journal.lock");
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = options.map_err(JournalError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let known = (&file).take(20).read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
            let holder = if known { format!(" (process {})", holder.trim()) } else { String::new() };
            return Err(JournalError::Locked { dir: dir.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(JournalError::io("lock", &path)(source)),
    }
    // The number is for people; the lock itself does not depend on it.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Lock(file))
}

/// Reads all headers and checks that they are one chain.
fn survey(dir: &Path) -> Result<(VecDeque<Segment>, JournalId), JournalError> {
    let mut segments: VecDeque<Segment> = VecDeque::new();
    let mut id = None;
    for first in segment::list(dir)? {
        let path = segment::path(dir, first);
        let header = SegmentReader::open(path.clone())?.header;
        if header.first != first || *id.get_or_insert(header.id) != header.id {
            return Err(JournalError::damaged(&path, 0, "it does not belong here: its header names another place or journal"));
        }
        let bytes = std::fs::metadata(&path).map_err(JournalError::io("read", &path))?.len();
        if let Some(before) = segments.back_mut() {
            before.last = header.after;
        }
        segments.push_back(Segment { first, last: header.after, bytes });
    }
    let id = id.ok_or_else(|| JournalError::Missing { dir: dir.to_owned() })?;
    Ok((segments, id))
}

/// Reads the newest segment up to its sound end; says what lies beyond it.
fn read_to_end(reader: &mut SegmentReader) -> Result<TornTail, JournalError> {
    let mut payload = Vec::new();
    let what = loop {
        match reader.next(&mut payload)? {
            Next::Record(_) => {}
            Next::End => return Ok(TornTail::default()),
            Next::Bad(what) => break what,
        }
    };
    if reader.highest_beyond()?.is_some() {
        return Err(JournalError::damaged(&reader.path, reader.at, what));
    }
    let len = std::fs::metadata(&reader.path).map_err(JournalError::io("read", &reader.path))?.len();
    Ok(TornTail { records: 1, bytes: len.saturating_sub(reader.at) })
}

/// Makes a segment under another name first: no crash leaves one without a sound header.
pub(crate) fn create_segment(dir: &Path, header: Header) -> Result<File, JournalError> {
    let path = segment::path(dir, header.first);
    let draft = path.with_extension("new");
    let options = OpenOptions::new().write(true).create(true).truncate(true).open(&draft);
    let mut file = options.map_err(JournalError::io("create", &draft))?;
    file.write_all(&header.encode()).map_err(JournalError::io("write", &draft))?;
    file.sync_all().map_err(JournalError::io("sync", &draft))?;
    std::fs::rename(&draft, &path).map_err(JournalError::io("rename", &draft))?;
    sync_dir(dir)?;
    Ok(file)
}

pub(crate) fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(JournalError::io("sync", dir))
}

/// 16 bytes that no other journal has: the standard library seeds each of its hashers from the system's randomness.
fn random() -> [u8; 16] {
    let half = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes();
    let mut bytes = [0; 16];
    // Two hashers of one thread differ in one key by one only, so the second half hashes the time and process as well.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let mut second = std::collections::hash_map::RandomState::new().build_hasher();
    second.write_u128(now);
    second.write_u32(std::process::id());
    bytes.iter_mut().zip(half().into_iter().chain(second.finish().to_le_bytes())).for_each(|(to, from)| *to = from);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sensor: &str) -> Batch {
        Batch { sensor: sensor.into(), ..Batch::default() }
    }

    #[test]
    fn full_disk_leaves_the_journal_as_it_was() -> Result<(), JournalError> {
        let dir = tempfile::tempdir().map_err(JournalError::io("create", Path::new("")))?;
        let mut journal = Journal::open(dir.path(), Limits::default())?;
        journal.append(&batch("a"))?;
        for space in 0..30 {
            journal.space = Some(space);
            assert!(journal.append(&batch("lost")).is_err_and(|error| error.is_full()));
        }
        journal.space = None;
        assert_eq!(journal.append(&batch("b"))?, 2);
        journal.sync()?;
        drop(journal);
        let journal = Journal::open(dir.path(), Limits::default())?;
        assert_eq!(journal.torn(), TornTail::default());
        let sensors: Vec<String> = journal.read_from(1).map(|r| r.map(|(_, b)| b.sensor)).collect::<Result<_, _>>()?;
        assert_eq!(sensors, ["a", "b"]);
        Ok(())
    }

    /// A program that is being started has every open file of this one for a moment.
    #[test]
    fn the_lock_goes_though_the_file_is_open_elsewhere() -> Result<(), JournalError> {
        let dir = tempfile::tempdir().map_err(JournalError::io("create", Path::new("")))?;
        let held = lock(dir.path())?;
        let elsewhere = held.0.try_clone().map_err(JournalError::io("open", dir.path()))?;
        assert!(matches!(lock(dir.path()), Err(JournalError::Locked { .. })));
        drop(held);
        lock(dir.path())?;
        drop(elsewhere);
        Ok(())
    }
}
