//! Vendor by the first bytes of a MAC (IEEE registration authority: MA-L, MA-M, MA-S).

use wf_model::Mac;

/// Words at the end of a company's name that say only what kind of company it is.
const LEGAL: &[&str] = &[
    "co",
    "ltd",
    "limited",
    "inc",
    "corp",
    "corporation",
    "ag",
    "gmbh",
    "kg",
    "llc",
    "bv",
    "sa",
    "spa",
    "srl",
    "oy",
    "ab",
    "as",
    "plc",
    "pte",
    "pty",
    "&",
];

/// The company that this MAC's prefix is assigned to, without legal forms; none for locally administered addresses.
pub(crate) fn of(mac: Mac) -> Option<String> {
    if mac.is_local() || mac.is_group() {
        return None;
    }
    let digits: String = mac.0.iter().map(|byte| format!("{byte:02X}")).collect();
    let name = oui_data::lookup(&digits)?.organization();
    (!name.eq_ignore_ascii_case("private") && !name.contains("Registration Authority")).then(|| tidy(name))
}

/// A company's name without its legal form, and not shouted.
pub(crate) fn tidy(name: &str) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 {
        let last = words.last().map(|w| w.replace(['.', ',', '(', ')'], "").to_ascii_lowercase()).unwrap_or_default();
        if !LEGAL.contains(&last.as_str()) {
            break;
        }
        words.pop();
    }
    let name = words.join(" ");
    let name = name.trim_end_matches([',', '.', ' ']);
    if name.contains(char::is_lowercase) { name.to_owned() } else { name.split(' ').map(calm).collect::<Vec<_>>().join(" ") }
}

/// A word in capitals with only its first one left; short ones may be abbreviations and stay.
fn calm(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) if word.chars().count() > 4 => first.to_string() + &letters.as_str().to_lowercase(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (mac, vendor) in [
            ("00:80:f4:00:00:01", Some("Telemecanique Electrique")),
            ("00:50:56:8a:20:0d", Some("VMware")),
            ("8c:16:45:9b:10:96", Some("LCFC(Hefei) Electronics Technology")),
            ("18:66:da:41:20:0b", Some("Dell")),
            ("00:1b:1b:77:10:10", Some("Siemens")),
            ("00:30:de:0a:10:0c", Some("WAGO Kontakttechnik")),
            ("02:00:00:00:00:01", None),
        ] {
            assert_eq!(mac.parse().ok().and_then(of).as_deref(), vendor, "{mac}");
        }
    }
}
