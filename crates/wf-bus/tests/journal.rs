//! What a journal promises, held against damage of every kind.

use proptest::prelude::*;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wf_bus::{Journal, JournalError, JournalReader, Limits, recover};
use wf_model::observation::{Coverage, KeptPacket};
use wf_model::{Batch, PacketId, Timestamp};

type Outcome = Result<(), Box<dyn Error>>;

const SMALL: Limits = Limits { segment_bytes: 600, total_bytes: 1 << 20 };

fn batch(number: u64) -> Batch {
    let noise = (0..number % 90).map(|i| (i.wrapping_mul(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let link = 1;
    Batch {
        site: "works".into(),
        sensor: format!("sensor-{number}"),
        coverage: vec![Coverage { packets: number, protocols: vec![("modbus".into(), number)], ..Coverage::default() }],
        packets: vec![KeptPacket { id: PacketId([7; 16]), ts: Timestamp(5), frame: number, link, original_len: 9, data: noise }],
        ..Batch::default()
    }
}

fn write(dir: &Path, count: u64) -> Result<(), JournalError> {
    let mut journal = Journal::open(dir, SMALL)?;
    for _ in 0..count {
        let number = journal.last_sequence() + 1;
        assert_eq!(journal.append(&batch(number))?, number);
    }
    assert_eq!(journal.sync()?, journal.last_sequence());
    Ok(())
}

fn sequences(records: impl Iterator<Item = Result<(u64, Batch), JournalError>>) -> Result<Vec<u64>, JournalError> {
    records
        .map(|record| {
            let (sequence, found) = record?;
            assert_eq!(found, batch(sequence));
            Ok(sequence)
        })
        .collect()
}

fn segments(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    all.retain(|path| path.extension().is_some_and(|extension| extension == "wfj"));
    all.sort();
    Ok(all)
}

#[test]
fn carries_on_after_reopening() -> Outcome {
    let dir = tempfile::tempdir()?;
    for _ in 0..3 {
        write(dir.path(), 20)?;
    }
    assert!(segments(dir.path())?.len() > 3);
    let journal = Journal::open(dir.path(), SMALL)?;
    assert_eq!(sequences(journal.read_from(0))?, (1..=60).collect::<Vec<_>>());
    assert_eq!(sequences(journal.read_from(37))?, (37..=60).collect::<Vec<_>>());
    assert_eq!(sequences(journal.read_from(61))?, Vec::<u64>::new());
    Ok(())
}

#[test]
fn one_writer_many_readers() -> Outcome {
    let dir = tempfile::tempdir()?;
    assert!(matches!(JournalReader::open(dir.path()), Err(JournalError::Missing { .. })));
    let mut journal = Journal::open(dir.path(), SMALL)?;
    let refused = Journal::open(dir.path(), SMALL).err().ok_or("opened twice")?.to_string();
    assert!(refused.contains("in use by another process (process "), "{refused}");
    let reader = JournalReader::open(dir.path())?;
    assert_eq!((reader.id(), reader.last_sequence()?), (journal.id(), 0));
    let mut records = reader.read_from(1);
    let mut read = 0;
    for number in 1..=50 {
        journal.append(&batch(number))?;
        if let Some(record) = records.next() {
            assert_eq!(record?, (number, batch(number)));
            read = number;
        } else {
            records = reader.read_from(number);
            assert_eq!(sequences(&mut records)?, [number]);
            records = reader.read_from(number + 1);
        }
    }
    assert!(read > 0);
    assert_eq!(reader.last_sequence()?, 50);
    Ok(())
}

#[test]
fn truncation_frees_whole_segments_and_keeps_count() -> Outcome {
    let dir = tempfile::tempdir()?;
    write(dir.path(), 60)?;
    let id = JournalReader::open(dir.path())?.id();
    {
        let mut journal = Journal::open(dir.path(), SMALL)?;
        let before = journal.bytes();
        journal.truncate_until(30)?;
        assert!(journal.bytes() < before);
        let left = sequences(journal.read_from(0))?;
        assert!(left.first().is_some_and(|first| (2..=31).contains(first)) && left.last() == Some(&60));
        journal.truncate_until(60)?;
        assert_eq!(sequences(journal.read_from(0))?, Vec::<u64>::new());
        assert_eq!(segments(dir.path())?.len(), 1);
    }
    let mut journal = Journal::open(dir.path(), SMALL)?;
    assert_eq!((journal.id(), journal.last_sequence()), (id, 60));
    journal.ensure_after(50)?;
    assert_eq!(journal.last_sequence(), 60);
    journal.ensure_after(99)?;
    assert_eq!(journal.append(&batch(100))?, 100);
    drop(journal);
    assert_eq!(sequences(Journal::open(dir.path(), SMALL)?.read_from(0))?, [100]);
    Ok(())
}

#[test]
fn own_limit_is_kept_and_lifts() -> Outcome {
    let dir = tempfile::tempdir()?;
    let mut journal = Journal::open(dir.path(), Limits { segment_bytes: 300, total_bytes: 1000 })?;
    let refused = (1..100).find_map(|number| journal.append(&batch(number)).err()).ok_or("never full")?;
    assert!(refused.is_full());
    let last = journal.sync()?;
    assert_eq!(sequences(journal.read_from(1))?.len() as u64, last);
    journal.truncate_until(last)?;
    journal.append(&batch(last + 1))?;
    Ok(())
}

#[test]
fn missing_and_foreign_segments_are_named() -> Outcome {
    let dir = tempfile::tempdir()?;
    write(dir.path(), 60)?;
    let all = segments(dir.path())?;
    let gone = all.get(1).ok_or("too few")?;
    fs::remove_file(gone)?;
    let found = Journal::open(dir.path(), SMALL)?.read_from(1).find_map(Result::err).ok_or("nothing missed")?.to_string();
    assert!(found.contains("are missing after it"), "{found}");
    let other = tempfile::tempdir()?;
    write(other.path(), 60)?;
    fs::copy(segments(other.path())?.get(1).ok_or("too few")?, gone)?;
    assert!(matches!(Journal::open(dir.path(), SMALL), Err(JournalError::Damaged { .. })));
    let (journal, losses) = recover(dir.path(), SMALL)?;
    assert_eq!(losses.len(), 1);
    let loss = losses.first().ok_or("no loss")?;
    let left = sequences(journal.read_from(1))?;
    assert_eq!(left, (1..loss.first).chain(loss.last + 1..=60).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_missing_segment_is_accounted_for() -> Outcome {
    for place in [1, 3] {
        let dir = tempfile::tempdir()?;
        write(dir.path(), 60)?;
        fs::remove_file(segments(dir.path())?.get(place).ok_or("too few")?)?;
        survives(dir.path(), 60, false)?;
    }
    Ok(())
}

/// A real process, really killed: all that it was told is durable is found again. The child is this test itself.
#[test]
fn killed_process() -> Outcome {
    const DIR: &str = "WF_BUS_TEST_CHILD_DIR";
    if let Some(dir) = std::env::var_os(DIR) {
        let mut journal = Journal::open(dir, SMALL)?;
        loop {
            let number = journal.last_sequence() + 1;
            journal.append(&batch(number))?;
            if number.is_multiple_of(5) {
                writeln!(std::io::stdout(), "acknowledged {}", journal.sync()?)?;
            }
        }
    }
    let dir = tempfile::tempdir()?;
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "killed_process", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let told = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        let acknowledged = told.take(20).last().ok_or("the child said nothing")?;
        child.kill()?;
        child.wait()?;
        let journal = Journal::open(dir.path(), SMALL)?;
        assert!(journal.last_sequence() >= acknowledged);
        assert_eq!(sequences(journal.read_from(1))?, (1..=journal.last_sequence()).collect::<Vec<_>>());
    }
    Ok(())
}

/// Opens what a mishap left, by recovery where it is damaged. Everything found must be as written; what is missing must
/// be in the account, but for an end that looks as a crash leaves it; new batches must get new sequences.
fn survives(dir: &Path, acknowledged: u64, end_may_be_gone: bool) -> Outcome {
    let opened =
        Journal::open(dir, SMALL).and_then(|journal| sequences(journal.read_from(1)).map(|found| (found, journal.torn())));
    let (found, losses, torn) = match opened {
        Ok((found, torn)) => (found, Vec::new(), torn.records == 1),
        Err(JournalError::Damaged { .. }) => {
            let (journal, losses) = recover(dir, SMALL)?;
            assert!(!losses.is_empty());
            (sequences(journal.read_from(1))?, losses, journal.torn().records == 1)
        }
        Err(error) => return Err(error.into()),
    };
    let accounted = |sequence: &u64| losses.iter().any(|loss| (loss.first..=loss.last).contains(sequence));
    let missing: Vec<u64> = (1..=acknowledged).filter(|sequence| !found.contains(sequence) && !accounted(sequence)).collect();
    let at_the_end = missing.first().is_none_or(|first| *missing == (*first..=acknowledged).collect::<Vec<_>>());
    let excused = if end_may_be_gone { at_the_end } else { missing.is_empty() || torn && missing == [acknowledged] };
    assert!(excused, "missing {missing:?}, found {found:?}, {losses:?}");
    let mut journal = Journal::open(dir, SMALL)?;
    let next = journal.append(&batch(journal.last_sequence() + 1))?;
    assert!(!found.contains(&next) && !accounted(&next));
    assert!(end_may_be_gone || next > acknowledged || torn && next == acknowledged);
    drop(journal);
    assert_eq!(sequences(Journal::open(dir, SMALL)?.read_from(1))?.last(), Some(&next));
    Ok(())
}

fn damage(count: u64, place: usize, end_may_be_gone: bool, change: impl Fn(&mut Vec<u8>)) -> Outcome {
    let dir = tempfile::tempdir()?;
    write(dir.path(), count)?;
    let all = segments(dir.path())?;
    let file = all.get(place % all.len()).ok_or("no segment")?;
    let mut bytes = fs::read(file)?;
    change(&mut bytes);
    fs::write(file, bytes)?;
    survives(dir.path(), count, end_may_be_gone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn flipped_bits(count in 1u64..40, place: usize, at: usize, bit in 0u32..8) {
        let flip = |bytes: &mut Vec<u8>| {
            let at = at % bytes.len();
            if let Some(byte) = bytes.get_mut(at) { *byte ^= 1 << bit; }
        };
        damage(count, place, false, flip).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }

    #[test]
    fn cut_short(count in 1u64..40, place: usize, keep: usize) {
        let cut = |bytes: &mut Vec<u8>| { let keep = keep % bytes.len(); bytes.truncate(keep); };
        damage(count, place, true, cut).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }

    /// What a kill leaves: everything acknowledged, and some part of what came after.
    #[test]
    fn killed(acknowledged in 1u64..40, after in 0u64..10, keep: usize) {
        let run = || -> Outcome {
            let dir = tempfile::tempdir()?;
            write(dir.path(), acknowledged)?;
            let newest = segments(dir.path())?.pop().ok_or("no segment")?;
            let safe = fs::read(&newest)?.len();
            let big = Limits { segment_bytes: 1 << 20, total_bytes: 1 << 30 };
            let mut journal = Journal::open(dir.path(), big)?;
            for number in 1..=after { journal.append(&batch(acknowledged + number))?; }
            drop(journal);
            let mut bytes = fs::read(&newest)?;
            bytes.truncate(safe + keep % (bytes.len() - safe + 1));
            fs::write(&newest, &bytes)?;
            let journal = Journal::open(dir.path(), SMALL)?;
            let found = sequences(journal.read_from(1))?;
            assert!(found.len() as u64 >= acknowledged);
            assert_eq!(found, (1..=journal.last_sequence()).collect::<Vec<_>>());
            Ok(())
        };
        run().map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
