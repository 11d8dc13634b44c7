//! Packets kept as evidence, by their content address: segments of a file each, appended to, sealed with a sorted index
//! when they are full, and deleted whole when their time is over.
//!
//! A segment is `NNNNNNNN.packets`: eight bytes of magic, then records of length, checksum and body. Its index
//! `NNNNNNNN.index` holds address and place of each record, 24 bytes, in the order of the addresses; the newest segment has
//! none and is read through when it is opened. What was cut off in the middle of a record is dropped by whoever writes next;
//! the journal still has it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wf_model::observation::KeptPacket;
use wf_model::stored::Many;
use wf_model::{PacketId, Timestamp};

const MAGIC: &[u8; 8] = b"WFPKT\x00\x00\x01";
/// Length and checksum before a body.
const HEAD: usize = 8;
/// Address, time, frame, link type, length on the wire before a packet's bytes.
const FIXED: usize = 16 + 8 + 8 + 4 + 4;
/// Address and place in an index.
const ENTRY: u64 = 24;
/// Bytes after which a segment is sealed.
const SEGMENT_BYTES: u64 = 32 << 20;
/// Packets after which it is sealed, however short they are: the addresses of the newest are in memory.
const SEGMENT_PACKETS: usize = 200_000;
/// Largest body that is believed.
const BODY_MAX: usize = 32 << 20;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file cannot be read or written.
    #[error("the evidence at {path} cannot be read or written: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// No such packet.
    #[error("packet {0} (it may have passed its retention)")]
    NotFound(PacketId),
}

/// The segment that is being written, or the newest for a reader.
#[derive(Default)]
struct Newest {
    number: u64,
    length: u64,
    index: Many<PacketId, u32>,
    file: Option<File>,
}

/// The evidence of a data directory.
pub struct Evidence {
    dir: PathBuf,
    segment_bytes: u64,
    newest: Mutex<Newest>,
}

/// One kept packet as it lies in a record.
fn encode(packet: &KeptPacket, out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend_from_slice(&[0; HEAD]);
    out.extend_from_slice(&packet.id.0);
    out.extend_from_slice(&packet.ts.0.to_le_bytes());
    out.extend_from_slice(&packet.frame.to_le_bytes());
    out.extend_from_slice(&packet.link.to_le_bytes());
    out.extend_from_slice(&packet.original_len.to_le_bytes());
    out.extend_from_slice(&packet.data);
    let body = out.get(begin + HEAD..).unwrap_or_default();
    let (length, sum) = (u32::try_from(body.len()).unwrap_or(u32::MAX), crc32fast::hash(body));
    if let Some(head) = out.get_mut(begin..begin + HEAD) {
        head.copy_from_slice(&(u64::from(sum) << 32 | u64::from(length)).to_le_bytes());
    }
}

/// A place in a segment: segments are sealed long before it is too large to be noted.
fn place(at: u64) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn decode(body: &[u8]) -> Option<KeptPacket> {
    Some(KeptPacket {
        id: PacketId(array(body, 0)?),
        ts: Timestamp(i64::from_le_bytes(array(body, 16)?)),
        frame: u64::from_le_bytes(array(body, 24)?),
        link: u32::from_le_bytes(array(body, 32)?),
        original_len: u32::from_le_bytes(array(body, 36)?),
        data: body.get(FIXED..)?.to_vec(),
    })
}

/// The next record's body; `None` at the end, or where a record is cut off or damaged.
fn record(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0u8; HEAD];
    if let Err(error) = from.read_exact(&mut head) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let head = u64::from_le_bytes(head);
    let (length, sum) = (usize::try_from(head & 0xffff_ffff).unwrap_or(usize::MAX), head >> 32);
    if !(FIXED..=BODY_MAX).contains(&length) {
        return Ok(None);
    }
    let mut body = Vec::new();
    from.take(length as u64).read_to_end(&mut body)?;
    Ok((body.len() == length && u64::from(crc32fast::hash(&body)) == sum).then_some(body))
}

impl Evidence {
    /// Opens the evidence to add to it; makes the folder where it is missing.
    pub fn open(dir: &Path) -> Result<Self, EvidenceError> {
        Self::open_with(dir, SEGMENT_BYTES)
    }

    fn open_with(dir: &Path, segment_bytes: u64) -> Result<Self, EvidenceError> {
        let fail = |source| EvidenceError::Io { path: dir.display().to_string(), source };
        std::fs::create_dir_all(dir).map_err(fail)?;
        let evidence = Self { dir: dir.to_owned(), segment_bytes, newest: Mutex::default() };
        let mut newest = evidence.scan().map_err(fail)?;
        if newest.number == 0 || evidence.path(newest.number, "index").exists() {
            newest = Newest { number: newest.number + 1, ..Newest::default() };
        }
        let path = evidence.path(newest.number, "packets");
        let open = || -> io::Result<File> {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            file.set_len(newest.length)?;
            if newest.length == 0 {
                file.write_all(MAGIC)?;
                File::open(dir)?.sync_all()?;
            }
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        newest.file = Some(open().map_err(fail)?);
        newest.length = newest.length.max(MAGIC.len() as u64);
        *evidence.lock() = newest;
        Ok(evidence)
    }

    /// Opens the evidence to read it, also beside a program that adds to it.
    #[must_use]
    pub fn open_existing(dir: &Path) -> Self {
        let evidence = Self { dir: dir.to_owned(), segment_bytes: SEGMENT_BYTES, newest: Mutex::default() };
        // What cannot be read holds no packets for a reader.
        let newest = evidence.scan().unwrap_or_default();
        *evidence.lock() = newest;
        evidence
    }

    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, number: u64, ending: &str) -> PathBuf {
        self.dir.join(format!("{number:08}.{ending}"))
    }

    fn numbers(&self, ending: &str) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let number: Option<u64> = name.to_str().and_then(|n| n.strip_suffix(ending)?.strip_suffix('.')?.parse().ok());
            found.extend(number);
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Reads the newest segment through.
    fn scan(&self) -> io::Result<Newest> {
        let Some(number) = self.numbers("packets")?.pop() else { return Ok(Newest::default()) };
        let mut from = BufReader::with_capacity(1 << 18, File::open(self.path(number, "packets"))?);
        let mut magic = [0u8; MAGIC.len()];
        let whole = from.read_exact(&mut magic).is_ok() && magic == *MAGIC;
        let mut newest = Newest { number, length: if whole { MAGIC.len() as u64 } else { 0 }, ..Newest::default() };
        while let Some(body) = if whole { record(&mut from)? } else { None } {
            if let Some(id) = array(&body, 0) {
                newest.index.insert(PacketId(id), place(newest.length));
            }
            newest.length += (HEAD + body.len()) as u64;
        }
        Ok(newest)
    }

    /// Keeps packets. Those that the newest segment has are left out.
    pub fn keep(&self, packets: &[KeptPacket]) -> Result<(), EvidenceError> {
        let mut newest = self.lock();
        let mut out = Vec::new();
        let at = newest.length;
        for packet in packets {
            let place = place(at + out.len() as u64);
            if let std::collections::hash_map::Entry::Vacant(entry) = newest.index.entry(packet.id) {
                entry.insert(place);
                encode(packet, &mut out);
            }
        }
        let path = self.path(newest.number, "packets");
        let written = match newest.file.as_mut() {
            Some(file) => file.write_all(&out),
            None => Err(io::Error::other("it is open for reading only")),
        };
        if let Err(source) = written {
            newest.index.retain(|_, place| u64::from(*place) < at);
            // What was written of it is overwritten by whoever writes next.
            if let Some(file) = newest.file.as_mut() {
                let _ = file.set_len(at).and_then(|()| file.seek(SeekFrom::Start(at)));
            }
            return Err(EvidenceError::Io { path: path.display().to_string(), source });
        }
        newest.length += out.len() as u64;
        if newest.length >= self.segment_bytes || newest.index.len() >= SEGMENT_PACKETS {
            self.seal(&mut newest).map_err(|source| EvidenceError::Io { path: path.display().to_string(), source })?;
        }
        Ok(())
    }

    /// Writes the index of the newest segment and begins another.
    fn seal(&self, newest: &mut Newest) -> io::Result<()> {
        if let Some(file) = &newest.file {
            file.sync_data()?;
        }
        let mut entries: Vec<(PacketId, u32)> = std::mem::take(&mut newest.index).into_iter().collect();
        entries.sort_unstable();
        let mut bytes = Vec::with_capacity(entries.len() * 24);
        for (id, place) in entries {
            bytes.extend_from_slice(&id.0);
            bytes.extend_from_slice(&u64::from(place).to_le_bytes());
        }
        let (path, next) = (self.path(newest.number, "index"), self.path(newest.number, "index.new"));
        let mut index = File::create(&next)?;
        index.write_all(&bytes)?;
        index.sync_all()?;
        std::fs::rename(&next, &path)?;
        let number = newest.number + 1;
        let mut file = OpenOptions::new().create_new(true).write(true).open(self.path(number, "packets"))?;
        file.write_all(MAGIC)?;
        File::open(&self.dir)?.sync_all()?;
        *newest = Newest { number, length: MAGIC.len() as u64, index: Many::default(), file: Some(file) };
        Ok(())
    }

    /// Puts everything on disk: the journal lets go of what was kept before.
    pub fn sync(&self) -> Result<(), EvidenceError> {
        let newest = self.lock();
        let path = self.path(newest.number, "packets");
        let synced = newest.file.as_ref().map_or(Ok(()), File::sync_data);
        synced.map_err(|source| EvidenceError::Io { path: path.display().to_string(), source })
    }

    /// A packet by its address.
    pub fn packet(&self, id: PacketId) -> Result<KeptPacket, EvidenceError> {
        let found = self.find(id);
        found
            .map_err(|source| EvidenceError::Io { path: self.dir.display().to_string(), source })?
            .ok_or(EvidenceError::NotFound(id))
    }

    fn find(&self, id: PacketId) -> io::Result<Option<KeptPacket>> {
        let (number, place) = {
            let newest = self.lock();
            (newest.number, newest.index.get(&id).copied())
        };
        if let Some(place) = place {
            return self.at(number, u64::from(place));
        }
        for number in self.numbers("index")?.into_iter().rev() {
            if let Some(place) = self.indexed(number, id)? {
                return self.at(number, place);
            }
        }
        Ok(None)
    }

    /// Looks an address up in a sealed segment's index, by halving.
    fn indexed(&self, number: u64, id: PacketId) -> io::Result<Option<u64>> {
        let mut index = File::open(self.path(number, "index"))?;
        let (mut low, mut high) = (0, index.metadata()?.len() / ENTRY);
        while low < high {
            let middle = low.midpoint(high);
            let mut entry = [0u8; 24];
            index.seek(SeekFrom::Start(middle * ENTRY))?;
            index.read_exact(&mut entry)?;
            let (Some(here), Some(place)) = (array(&entry, 0), array(&entry, 16)) else { return Ok(None) };
            match PacketId(here).cmp(&id) {
                std::cmp::Ordering::Equal => return Ok(Some(u64::from_le_bytes(place))),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    fn at(&self, number: u64, place: u64) -> io::Result<Option<KeptPacket>> {
        let mut file = File::open(self.path(number, "packets"))?;
        file.seek(SeekFrom::Start(place))?;
        Ok(record(&mut file)?.and_then(|body| decode(&body)))
    }

    /// Deletes the oldest sealed segments until no more than `bytes` are left, and those whose newest packet is older than
    /// `oldest`, in microseconds. Returns how many.
    pub fn retain(&self, bytes: u64, oldest: i64) -> Result<u64, EvidenceError> {
        let drop = || -> io::Result<u64> {
            let size = |number: &u64| std::fs::metadata(self.path(*number, "packets")).map_or(0, |m| m.len());
            let sealed = self.numbers("index")?;
            let mut total: u64 = sealed.iter().map(size).sum::<u64>() + self.lock().length;
            let mut gone = 0;
            for number in &sealed {
                if total <= bytes && self.newest_time(*number)? >= oldest {
                    continue;
                }
                total -= size(number).min(total);
                std::fs::remove_file(self.path(*number, "index"))?;
                std::fs::remove_file(self.path(*number, "packets"))?;
                gone += 1;
            }
            Ok(gone)
        };
        drop().map_err(|source| EvidenceError::Io { path: self.dir.display().to_string(), source })
    }

    /// Time of the newest packet of a sealed segment, in microseconds, to the millisecond: its address begins with it.
    fn newest_time(&self, number: u64) -> io::Result<i64> {
        let mut index = File::open(self.path(number, "index"))?;
        let mut entry = [0u8; 24];
        if index.metadata()?.len() < ENTRY {
            return Ok(i64::MAX);
        }
        index.seek(SeekFrom::End(-24))?;
        index.read_exact(&mut entry)?;
        let ms = entry.iter().take(6).fold(0i64, |ms, byte| ms << 8 | i64::from(*byte));
        Ok(ms.saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(n: u16) -> KeptPacket {
        let mut id = [0u8; 16];
        let ms = 1_000_000u64 + u64::from(n);
        id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
        id[14..].copy_from_slice(&n.to_be_bytes());
        let ts = Timestamp(i64::try_from(ms).unwrap() * 1000);
        KeptPacket {
            id: PacketId(id),
            ts,
            frame: u64::from(n),
            link: 1,
            original_len: 100,
            data: vec![n as u8; usize::from(n % 90)],
        }
    }

    fn packets(range: std::ops::Range<u16>) -> Vec<KeptPacket> {
        range.map(packet).collect()
    }

    #[test]
    fn kept_once_found_again_and_dropped_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let evidence = Evidence::open_with(folder.path(), 4000).unwrap();
        for start in (0..200).step_by(10) {
            // In no order, and the end of the last lot once more.
            let mut lot = packets(start.max(3) - 3..start + 10);
            lot.reverse();
            evidence.keep(&lot).unwrap();
        }
        let reader = Evidence::open_existing(folder.path());
        for (n, store) in (0..200).flat_map(|n| [(n, &evidence), (n, &reader)]) {
            assert_eq!(store.packet(packet(n).id).unwrap(), packet(n));
        }
        assert!(matches!(evidence.packet(packet(500).id), Err(EvidenceError::NotFound(_))));
        assert!(reader.keep(&packets(900..901)).is_err(), "a reader adds nothing");
        let sealed = evidence.numbers("index").unwrap().len();
        assert!(sealed >= 3, "{sealed}");
        assert_eq!(evidence.retain(u64::MAX, packet(60).ts.0).unwrap(), 1, "the segments before that time");
        assert!(evidence.packet(packet(5).id).is_err() && evidence.packet(packet(70).id).is_ok());
        evidence.retain(0, 0).unwrap();
        assert!(evidence.numbers("index").unwrap().is_empty() && evidence.packet(packet(199).id).is_ok(), "the newest stays");
    }

    #[test]
    fn cut_off_anywhere_what_came_before_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("00000001.packets");
        drop(Evidence::open(folder.path()).map(|e| e.keep(&packets(0..5))).unwrap());
        let whole = std::fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&file, &whole[..cut]).unwrap();
            let evidence = Evidence::open(folder.path()).unwrap();
            evidence.keep(&packets(0..8)).unwrap();
            drop(evidence);
            let again = Evidence::open_existing(folder.path());
            for n in 0..8 {
                assert_eq!(again.packet(packet(n).id).unwrap(), packet(n), "cut at {cut}");
            }
        }
    }
}
