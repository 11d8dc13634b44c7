//! Vendor by the first bytes of a MAC (IEEE registration authority: MA-L, MA-M, MA-S).

use std::borrow::Cow;
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
pub(crate) fn of(mac: Mac) -> Option<Cow<'static, str>> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if mac.is_local() || mac.is_group() {
        return None;
    }
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
    let mut digits = [0u8; 12];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(mac.0) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte)]);
    }
    let name = oui_data::lookup(std::str::from_utf8(&digits).ok()?)?.organization();
    (!name.eq_ignore_ascii_case("private") && !name.contains("Registration Authority")).then(|| tidy(name))
}

/// A company's name without its legal form, and not shouted.
pub(crate) fn tidy(name: &str) -> Cow<'_, str> {
    if name.split(' ').all(|word| !word.is_empty() && !word.contains(char::is_whitespace)) {
        return calmed(short(name));
    }
    let spaced = name.split_whitespace().collect::<Vec<_>>().join(" ");
    Cow::Owned(calmed(short(&spaced)).into_owned())
}

/// A name of words with one space between them, without the legal forms at its end.
fn short(mut name: &str) -> &str {
    while let Some((rest, last)) = name.rsplit_once(' ') {
        let bare = last.chars().filter(|c| !matches!(c, '.' | ',' | '(' | ')')).map(|c| c.to_ascii_lowercase());
        if !LEGAL.iter().any(|form| bare.clone().eq(form.chars())) {
            break;
        }
        name = rest;
    }
    name.trim_end_matches([',', '.', ' '])
}

fn calmed(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_lowercase) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.split(' ').map(calm).collect::<Vec<_>>().join(" "))
    }
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
