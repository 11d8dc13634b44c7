//! Scripts to begin with, from a decoder's fixture: `seeds DECODER CAPTURE FOLDER`.

use std::path::Path;
use wf_protocols::attack;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, capture, folder] = arguments.as_slice() else { panic!("usage: seeds DECODER CAPTURE FOLDER") };
    let info = wf_protocols::by_name(name).unwrap_or_else(|| panic!("there is no decoder {name:?}"));
    let pieces = attack::pieces(info, Path::new(capture)).unwrap_or_else(|error| panic!("{capture}: {error}"));
    for mode in attack::Mode::of(info) {
        for (at, part) in pieces.chunks(6).take(500).enumerate() {
            let path = Path::new(folder).join(format!("seed-{mode:?}-{at:03}").to_lowercase());
            let script = attack::script(mode, part);
            std::fs::write(&path, script).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}
