//! Scripts of a decoder: `seeds unpack DECODER TESTDATA FOLDER` lays out those of its corpus and of its fixture to begin
//! with, `seeds pack DECODER TESTDATA FOLDER` keeps those of a folder as its corpus, the shortest first, up to a limit.

use std::path::Path;
use wf_protocols::attack;

/// Bytes of one protocol's corpus.
const PACKED_MAX: usize = 32 << 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, name, testdata, folder] = arguments.as_slice() else { panic!("usage: seeds unpack|pack DECODER TESTDATA FOLDER") };
    let info = wf_protocols::by_name(name).unwrap_or_else(|| panic!("there is no decoder {name:?}"));
    let (testdata, folder) = (Path::new(testdata), Path::new(folder));
    let corpus = testdata.join(format!("{name}.corpus"));
    match verb.as_str() {
        "pack" => {
            let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let mut scripts: Vec<Vec<u8>> = entries.flatten().filter_map(|entry| std::fs::read(entry.path()).ok()).collect();
            scripts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
            let mut left = PACKED_MAX;
            scripts.retain(|script| {
                let room = left.checked_sub(script.len() + 2);
                left = room.unwrap_or(left);
                room.is_some()
            });
            std::fs::write(&corpus, attack::pack(&scripts)).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()));
            println!("{}: {} scripts", corpus.display(), scripts.len());
        }
        _ => {
            let capture = testdata.join(format!("{name}.pcap"));
            let pieces = attack::pieces(info, &capture).unwrap_or_else(|error| panic!("{}: {error}", capture.display()));
            let packed = std::fs::read(&corpus).unwrap_or_default();
            let kept = attack::unpack(&packed).into_iter().map(<[u8]>::to_vec);
            let modes = attack::Mode::of(info);
            let made = modes.iter().flat_map(|mode| pieces.chunks(6).take(500).map(|part| attack::script(*mode, part)));
            for (at, script) in kept.chain(made).enumerate() {
                let path = folder.join(format!("seed-{at:04}"));
                std::fs::write(&path, script).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
    }
}
