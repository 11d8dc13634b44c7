//! `replay [--digest] CAPTURE…`: the sensor's whole path without what lies behind it. Prints what came out by kind; with
//! `--digest` also a digest of every row, so that two builds can be compared. For work on speed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use sha2::{Digest, Sha256};
use wf_model::Batch;
use wf_sensor::Settings;
use wf_sensor::replay::{Pace, replay};

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let digested = arguments.iter().any(|a| a == "--digest");
    let paths: Vec<_> = arguments.iter().filter(|a| !a.starts_with("--")).map(Into::into).collect();
    let mut digest = Sha256::new();
    let mut rows = [0; 9];
    let mut batches = 0;
    let deliver = |batch: Batch| {
        batches += 1;
        let more = [
            batch.operations.len(),
            batch.measurements.len(),
            batch.conversations.len(),
            batch.evidence.len(),
            batch.files.len(),
            batch.credentials.len(),
            batch.anomalies.len(),
            batch.coverage.len(),
            batch.packets.len(),
        ];
        rows.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        if digested {
            digest.update(format!("{batch:?}"));
        }
        Ok(())
    };
    match replay(&paths, Settings::default(), Pace::Full, 0, |_| true, deliver) {
        Ok(told) => {
            let names = "operations measurements conversations evidence files credentials anomalies coverage packets";
            names.split(' ').zip(rows).for_each(|(name, rows)| println!("{name:13} {rows}"));
            println!("{} packets, {} bytes, {} messages, {batches} batches", told.packets, told.bytes, told.messages);
            told.warnings.iter().for_each(|warning| println!("{warning}"));
            if digested {
                println!("{:x}", digest.finalize());
            }
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::from(65)
        }
    }
}
