//! What a file that is carried to or from a device is, by its name: a program, a configuration, or anything else.

use crate::smb;
use wf_model::Category;

/// Ends of names of images that devices run, beside those of programs.
const IMAGES: &[&str] = &["bin", "img", "rom", "hex", "s19", "srec", "elf", "ipk", "swu", "trx", "ubi", "cfm"];
/// Ends of names of configurations.
const CONFIGURATIONS: &[&str] = &["cfg", "cnf", "conf", "config", "ini", "confg", "rsc", "xcf"];
/// Parts of names that stand for a configuration whatever the end.
const CONFIGURATION_WORDS: &[&str] = &["startup-config", "running-config", "-confg", "backup-config"];

/// The act of carrying a file of that name.
pub(crate) fn category(name: &str) -> Category {
    let file = name.rsplit(['/', '\\', ':']).next().unwrap_or(name);
    let is = |ends: &[&str]| file.rsplit_once('.').is_some_and(|(_, end)| ends.iter().any(|e| e.eq_ignore_ascii_case(end)));
    let lower = || file.to_ascii_lowercase();
    if smb::is_program(file) || is(IMAGES) {
        Category::Program
    } else if is(CONFIGURATIONS) || CONFIGURATION_WORDS.iter().any(|word| lower().contains(word)) {
        Category::Configuration
    } else {
        Category::Write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        for (name, expected) in [
            ("/flash/update.FW", Category::Program),
            ("plc.bin", Category::Program),
            ("flash:c2960-lanbase.bin", Category::Program),
            ("switch-1-confg", Category::Configuration),
            ("a/startup-config", Category::Configuration),
            ("unit.cfg", Category::Configuration),
            ("report.csv", Category::Write),
            ("bin", Category::Write),
            ("", Category::Write),
        ] {
            assert_eq!(category(name), expected, "{name}");
        }
    }
}
