//! The bytes of a segment file.
//!
//! Header, 48 bytes, integers little-endian: magic `WFJRNL\r\n` · format version u32 · journal id 16 bytes · first
//! sequence u64 · last sequence before this segment u64 (0 where there was none) · CRC-32 of the 44 bytes before it.
//! A later version keeps magic, version and checksum where they are.
//!
//! Record: payload length u32 · length before compression u32 · CRC-32 of all but this field u32 · sequence u64 ·
//! payload (zstd of the postcard encoding of a `Batch`). Sequences within a segment follow one another without a gap.
//!
//! postcard does not describe itself: whoever changes what a type that a `Batch` holds is written as raises [`VERSION`].

use crate::JournalError;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Format version; see the module's last paragraph.
pub const VERSION: u32 = 2;
/// Bytes of a segment's header.
pub const HEADER_LEN: u64 = 48;
/// Bytes of a record before its payload.
pub const RECORD_HEAD_LEN: u64 = 20;
/// Greatest length of a payload, compressed or not, bytes.
pub const PAYLOAD_MAX: usize = 128 << 20;

/// More records than a segment can hold: a head that names a sequence further ahead is not one.
const SEGMENT_RECORDS_MAX: u64 = 1 << 24;
/// How far a damaged segment is searched, bytes.
const SEARCH_MAX: u64 = 1 << 30;

const MAGIC: [u8; 8] = *b"WFJRNL\r\n";
const PREFIX: &str = "journal-";
const SUFFIX: &str = ".wfj";

/// Names one journal for ever: made at random when it is first opened. The lake's commits carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JournalId(pub [u8; 16]);

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub id: JournalId,
    /// Sequence of the first record.
    pub first: u64,
    /// Last sequence written before this segment was begun.
    pub after: u64,
}

impl Header {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.id.0);
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.after.to_le_bytes());
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn decode(file: &Path, bytes: &[u8]) -> Result<Self, JournalError> {
        let bad = |at, what: &str| JournalError::damaged(file, at, what);
        if field(bytes, 0) != Some(MAGIC) {
            return Err(bad(0, "not a journal segment"));
        }
        let short = || bad(bytes.len() as u64, "the header is cut short");
        let crc = u32::from_le_bytes(field(bytes, 44).ok_or_else(short)?);
        if bytes.get(..44).map(crc32fast::hash) != Some(crc) {
            return Err(bad(0, "the header's checksum does not match"));
        }
        let version = u32::from_le_bytes(field(bytes, 8).ok_or_else(short)?);
        if version != VERSION {
            return Err(JournalError::Version { file: file.to_owned(), found: version, expected: VERSION });
        }
        let id = JournalId(field(bytes, 12).ok_or_else(short)?);
        let first = u64::from_le_bytes(field(bytes, 28).ok_or_else(short)?);
        let after = u64::from_le_bytes(field(bytes, 36).ok_or_else(short)?);
        Ok(Self { id, first, after })
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The head of a record.
#[derive(Clone, Copy)]
pub(crate) struct RecordHead {
    pub len: u32,
    pub raw_len: u32,
    pub crc: u32,
    pub sequence: u64,
}

impl RecordHead {
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            len: u32::from_le_bytes(field(bytes, 0)?),
            raw_len: u32::from_le_bytes(field(bytes, 4)?),
            crc: u32::from_le_bytes(field(bytes, 8)?),
            sequence: u64::from_le_bytes(field(bytes, 12)?),
        })
    }

    fn bounded(&self) -> bool {
        self.len as usize <= PAYLOAD_MAX && self.raw_len as usize <= PAYLOAD_MAX
    }

    fn checksum(&self, payload: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.len.to_le_bytes());
        hasher.update(&self.raw_len.to_le_bytes());
        hasher.update(&self.sequence.to_le_bytes());
        hasher.update(payload);
        hasher.finalize()
    }
}

/// Writes the head of the record whose payload already lies in `record` after [`RECORD_HEAD_LEN`] bytes kept free.
pub(crate) fn seal(record: &mut [u8], raw_len: u32, sequence: u64) {
    let Some((space, payload)) = record.split_first_chunk_mut::<{ RECORD_HEAD_LEN as usize }>() else { return };
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut head = RecordHead { len, raw_len, crc: 0, sequence };
    head.crc = head.checksum(payload);
    let fields = head.len.to_le_bytes().into_iter().chain(head.raw_len.to_le_bytes());
    let fields = fields.chain(head.crc.to_le_bytes()).chain(head.sequence.to_le_bytes());
    space.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
}

/// The file of the segment that begins with a sequence.
pub(crate) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{PREFIX}{first:020}{SUFFIX}"))
}

/// First sequences of the segments in a directory, ascending.
pub(crate) fn list(dir: &Path) -> Result<Vec<u64>, JournalError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(JournalError::io("read", dir))? {
        let name = entry.map_err(JournalError::io("read", dir))?.file_name();
        let first: Option<u64> = name.to_str().and_then(|n| n.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
        found.extend(first);
    }
    found.sort_unstable();
    Ok(found)
}

/// What lies at the place of the next record.
pub(crate) enum Next {
    /// A sound record; its payload is in the buffer.
    Record(RecordHead),
    /// The end of the file.
    End,
    /// Something else.
    Bad(&'static str),
}

/// Reads one segment from its start.
pub(crate) struct SegmentReader {
    pub header: Header,
    pub path: PathBuf,
    /// Where the next record begins.
    pub at: u64,
    /// Sequence that the next record has to have.
    pub expected: u64,
    file: BufReader<File>,
}

impl SegmentReader {
    pub fn open(path: PathBuf) -> Result<Self, JournalError> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(&path).map_err(JournalError::io("open", &path))?);
        let mut bytes = Vec::new();
        file.by_ref().take(HEADER_LEN).read_to_end(&mut bytes).map_err(JournalError::io("read", &path))?;
        let header = Header::decode(&path, &bytes)?;
        Ok(Self { header, path, at: HEADER_LEN, expected: header.first, file })
    }

    /// Last sequence read, or the last one before this segment.
    pub fn last(&self) -> u64 {
        if self.expected == self.header.first { self.header.after } else { self.expected.saturating_sub(1) }
    }

    /// The next record. After anything but a record the reader stays where it is, so that it can be asked again.
    pub fn next(&mut self, payload: &mut Vec<u8>) -> Result<Next, JournalError> {
        let next = self.read_record(payload).map_err(JournalError::io("read", &self.path))?;
        if let Next::Record(head) = next {
            self.at = self.at.saturating_add(RECORD_HEAD_LEN).saturating_add(u64::from(head.len));
            self.expected = self.expected.saturating_add(1);
        } else {
            self.file.seek(SeekFrom::Start(self.at)).map_err(JournalError::io("read", &self.path))?;
        }
        Ok(next)
    }

    fn read_record(&mut self, payload: &mut Vec<u8>) -> io::Result<Next> {
        payload.clear();
        self.file.by_ref().take(RECORD_HEAD_LEN).read_to_end(payload)?;
        if payload.is_empty() {
            return Ok(Next::End);
        }
        let Some(head) = RecordHead::decode(payload) else { return Ok(Next::Bad("a record's head is cut short")) };
        if !head.bounded() {
            return Ok(Next::Bad("a record's length is beyond what was ever written"));
        }
        payload.clear();
        let read = self.file.by_ref().take(u64::from(head.len)).read_to_end(payload)?;
        if read < head.len as usize {
            return Ok(Next::Bad("a record is cut short"));
        }
        if head.checksum(payload) != head.crc {
            return Ok(Next::Bad("a record's checksum does not match"));
        }
        if head.sequence != self.expected {
            return Ok(Next::Bad("a record is out of sequence"));
        }
        Ok(Next::Record(head))
    }

    /// The highest sequence of a sound record anywhere after the place of the next one: tells a torn end from damage in
    /// the middle, and what was lost by it.
    pub fn highest_beyond(&mut self) -> Result<Option<u64>, JournalError> {
        highest_from(&self.path, self.at.saturating_add(1), self.expected)
    }
}

/// The highest sequence, at or after `expected`, of a sound record anywhere in a file from a byte on.
pub(crate) fn highest_from(path: &Path, at: u64, expected: u64) -> Result<Option<u64>, JournalError> {
    let rest = rest(path, at).map_err(JournalError::io("read", path))?;
    let (mut from, mut highest) = (0usize, None);
    while let Some(head) = rest.get(from..).and_then(RecordHead::decode) {
        let body = from.saturating_add(RECORD_HEAD_LEN as usize);
        let near = head.sequence.checked_sub(expected).is_some_and(|ahead| ahead < SEGMENT_RECORDS_MAX);
        let payload = if near && head.bounded() { rest.get(body..body.saturating_add(head.len as usize)) } else { None };
        from = match payload.filter(|payload| head.checksum(payload) == head.crc) {
            Some(payload) => {
                highest = highest.max(Some(head.sequence));
                body.saturating_add(payload.len())
            }
            None => from.saturating_add(1),
        };
    }
    Ok(highest)
}

fn rest(path: &Path, at: u64) -> io::Result<Vec<u8>> {
    let (mut file, mut rest) = (File::open(path)?, Vec::new());
    file.seek(SeekFrom::Start(at))?;
    file.take(SEARCH_MAX).read_to_end(&mut rest)?;
    Ok(rest)
}
