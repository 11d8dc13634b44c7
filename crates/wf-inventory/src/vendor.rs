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

fn tidy(name: &str) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 {
        let last = words.last().map(|w| w.replace(['.', ',', '(', ')'], "").to_ascii_lowercase()).unwrap_or_default();
        if !LEGAL.contains(&last.as_str()) {
            break;
        }
        words.pop();
    }
    words.join(" ").trim_end_matches([',', '.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (mac, vendor) in [
            ("00:80:f4:00:00:01", Some("TELEMECANIQUE ELECTRIQUE")),
            ("00:50:56:8a:20:0d", Some("VMware")),
            ("8c:16:45:9b:10:96", Some("LCFC(Hefei) Electronics Technology")),
            ("18:66:da:41:20:0b", Some("Dell")),
            ("02:00:00:00:00:01", None),
        ] {
            assert_eq!(mac.parse().ok().and_then(of).as_deref(), vendor, "{mac}");
        }
    }
}
