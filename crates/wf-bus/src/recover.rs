//! Getting a damaged journal going again, with an account of what it cost.

use crate::journal::{create_segment, lock, sync_dir};
use crate::segment::{self, HEADER_LEN, Header, JournalId, Next, SegmentReader};
use crate::{Journal, JournalError, Limits};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What one damaged segment cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The damaged segment. What it held from `at` on lies beside it under the same name with `.<at>.damaged`.
    pub file: PathBuf,
    /// Where the damage begins, bytes from the start of the file.
    pub at: u64,
    /// Bytes put aside.
    pub bytes: u64,
    /// First sequence lost.
    pub first: u64,
    /// Last sequence lost, as far as can be told.
    pub last: u64,
}

/// Opens a journal for writing, putting aside what is damaged: of each damaged segment everything from the damage on.
/// Sequences that were lost are not given out again.
///
/// # Errors
/// [`JournalError::Locked`], [`JournalError::Version`], [`JournalError::Io`].
pub fn recover(dir: impl Into<PathBuf>, limits: Limits) -> Result<(Journal, Vec<Loss>), JournalError> {
    let dir = dir.into();
    if !dir.is_dir() {
        return Err(JournalError::Missing { dir });
    }
    let lock = lock(&dir)?;
    let mut losses = Vec::new();
    let firsts = segment::list(&dir)?;
    let mut id = None;
    // Last sequence of the sound part so far; `None` before the oldest sound segment.
    let mut last: Option<u64> = None;
    for (place, first) in firsts.iter().enumerate() {
        let path = segment::path(&dir, *first);
        let next_first = firsts.get(place.saturating_add(1)).copied();
        let Some(mut reader) = open(&path, *first, &mut id)? else {
            let beyond = segment::highest_from(&path, 0, *first)?;
            let bytes = put_aside(&path, 0)?;
            losses.push(Loss { file: path, at: 0, bytes, first: *first, last: last_lost(*first, next_first, beyond) });
            continue;
        };
        let header = reader.header;
        if let Some(sound) = last.filter(|sound| *sound != header.after) {
            note_missing(&mut losses, &path, sound, header.after);
            rewrite(&path, Header { after: sound, ..header })?;
            reader = SegmentReader::open(path.clone())?;
        }
        losses.extend(mend(&mut reader, next_first)?);
        last = Some(reader.last());
    }
    sync_dir(&dir)?;
    let highest = losses.iter().map(|loss| loss.last).max();
    if segment::list(&dir)?.is_empty() {
        // Nothing sound is left, not even the id: a new journal, which begins after what was lost.
        drop(lock);
        let mut journal = Journal::open(dir, limits)?;
        journal.ensure_after(highest.unwrap_or(0))?;
        return Ok((journal, losses));
    }
    if let (Some(highest), Some(sound), Some(id)) = (highest, last, id)
        && highest > sound
    {
        create_segment(&dir, Header { id, first: highest.saturating_add(1), after: sound })?;
    }
    Journal::open_locked(dir, limits, lock).map(|journal| (journal, losses))
}

/// Opens a segment unless its header is damaged or another journal's.
fn open(path: &Path, first: u64, id: &mut Option<JournalId>) -> Result<Option<SegmentReader>, JournalError> {
    match SegmentReader::open(path.to_owned()) {
        Ok(reader) if reader.header.first == first && *id.get_or_insert(reader.header.id) == reader.header.id => Ok(Some(reader)),
        Ok(_) | Err(JournalError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a segment through and cuts it where it is damaged. A torn end of the newest segment is no damage: opening sees
/// to it.
fn mend(reader: &mut SegmentReader, next_first: Option<u64>) -> Result<Option<Loss>, JournalError> {
    let mut payload = Vec::new();
    loop {
        match reader.next(&mut payload)? {
            Next::Record(_) => {}
            Next::End => return Ok(None),
            Next::Bad(_) => break,
        }
    }
    let beyond = reader.highest_beyond()?;
    if next_first.is_none() && beyond.is_none() {
        return Ok(None);
    }
    let bytes = put_aside(&reader.path, reader.at)?;
    let last = last_lost(reader.expected, next_first, beyond);
    Ok(Some(Loss { file: reader.path.clone(), at: reader.at, bytes, first: reader.expected, last }))
}

/// The last sequence lost: the next segment tells, or the soundest record that was still found, or it was one at least.
fn last_lost(first: u64, next_first: Option<u64>, beyond: Option<u64>) -> u64 {
    beyond.max(next_first.map(|next| next.saturating_sub(1))).unwrap_or(first).max(first)
}

/// Counts a gap between two segments, unless a loss that covers it was counted already.
fn note_missing(losses: &mut Vec<Loss>, path: &Path, sound: u64, after: u64) {
    let counted = losses.last().is_some_and(|loss| loss.first == sound.saturating_add(1));
    if after <= sound {
        return;
    }
    match losses.last_mut().filter(|_| counted) {
        Some(loss) => loss.last = loss.last.max(after),
        None => {
            losses.push(Loss { file: path.to_owned(), at: HEADER_LEN, bytes: 0, first: sound.saturating_add(1), last: after })
        }
    }
}

/// Copies what lies from `at` on to `<name>.damaged` and takes it out of the segment; all of it where `at` is 0.
fn put_aside(path: &Path, at: u64) -> Result<u64, JournalError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{at}.damaged"));
    let aside = PathBuf::from(aside);
    if at == 0 {
        let bytes = std::fs::metadata(path).map_err(JournalError::io("read", path))?.len();
        std::fs::rename(path, &aside).map_err(JournalError::io("rename", path))?;
        return Ok(bytes);
    }
    let all = std::fs::read(path).map_err(JournalError::io("read", path))?;
    let rest = usize::try_from(at).ok().and_then(|at| all.get(at..)).unwrap_or_default();
    let mut file = std::fs::File::create(&aside).map_err(JournalError::io("create", &aside))?;
    file.write_all(rest).and_then(|()| file.sync_all()).map_err(JournalError::io("write", &aside))?;
    let segment = OpenOptions::new().write(true).open(path).map_err(JournalError::io("open", path))?;
    segment.set_len(at).and_then(|()| segment.sync_all()).map_err(JournalError::io("truncate", path))?;
    Ok(rest.len() as u64)
}

fn rewrite(path: &Path, header: Header) -> Result<(), JournalError> {
    let mut file = OpenOptions::new().write(true).open(path).map_err(JournalError::io("open", path))?;
    file.write_all(&header.encode()).and_then(|()| file.sync_all()).map_err(JournalError::io("write", path))
}
