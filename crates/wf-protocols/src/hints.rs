//! What free text (banners, descriptions, vendor classes) tells of a device, shared by the decoders that meet such text; and
//! how text is kept short.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::IpAddr;
use wf_model::Attribute;
use wf_wire::decode::{About, Context, Evidence, Sink};

/// Longest text taken over from a message into evidence, in bytes.
const TEXT_MAX: usize = 200;

/// Readable form of text from outside: ends at the first NUL, control characters dropped, trimmed, bounded.
pub(crate) fn clean(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len()).min(TEXT_MAX);
    let bytes = bytes.get(..end).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => Cow::Borrowed(text.trim()),
        _ => {
            let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect();
            Cow::Owned(text.trim().to_owned())
        }
    }
}

/// Text up to its first NUL, as it stands (invalid UTF-8 replaced).
pub(crate) fn up_to_nul(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes))
}

/// `text` cut at `max` bytes (at a character's edge).
pub(crate) fn bounded(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// `text`, where it is longer than `max` bytes cut there and ended with `…`.
pub(crate) fn cut(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return text;
    }
    let mut text = text.into_owned();
    shorten(&mut text, max);
    Cow::Owned(text)
}

/// Cuts a text that is longer than `max` bytes and ends it with `…`; whether it was.
pub(crate) fn shorten(text: &mut String, max: usize) -> bool {
    let longer = text.len() > max;
    if longer {
        text.truncate(bounded(text, max).len());
        text.push('…');
    }
    longer
}

/// A value as text of at most `max` bytes; what would follow is not even formatted.
pub(crate) fn shown(value: impl fmt::Display, max: usize) -> String {
    let mut text = Limited::new(max);
    let _ = write!(text, "{value}");
    text.into_text()
}

/// `[1, 2, 3]`, where it reaches `max` bytes `[1, 2, …]`.
pub(crate) fn list(values: impl Iterator<Item = impl fmt::Display>, max: usize) -> String {
    let mut text = String::from("[");
    for (at, value) in values.enumerate() {
        if text.len() > max {
            text.push_str(", …");
            break;
        }
        let _ = write!(text, "{}{value}", if at == 0 { "" } else { ", " });
    }
    text.push(']');
    text
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Lower-case hexadecimal digits of `max` bytes at most, then `…`.
pub(crate) fn hex_cut(bytes: &[u8], max: usize) -> String {
    let mut text = hex(bytes.get(..max).unwrap_or(bytes));
    if bytes.len() > max {
        text.push('…');
    }
    text
}

/// Text that stops growing: what does not fit is left out, `…` stands for it, and further writing fails.
#[derive(Debug)]
pub(crate) struct Limited {
    text: String,
    max: usize,
    full: bool,
}

impl Limited {
    /// Of at most `max` bytes and the `…`.
    pub(crate) const fn new(max: usize) -> Self {
        Self { text: String::new(), max, full: false }
    }

    /// Nothing more is taken, and something was left out.
    pub(crate) fn end(&mut self) {
        if !std::mem::replace(&mut self.full, true) {
            self.text.push('…');
        }
    }

    /// Nothing was written yet.
    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What was written; ends in `…` if it was too much.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.full {
            return Err(fmt::Error);
        }
        let fits = bounded(text, self.max.saturating_sub(self.text.len()));
        self.text.push_str(fits);
        if fits.len() == text.len() {
            return Ok(());
        }
        self.end();
        Err(fmt::Error)
    }
}

/// Whether a name is that of one host: no address, no pattern, no blanks, and not the one that every host has.
pub(crate) fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && name != "localhost"
        && name.parse::<IpAddr>().is_err()
        && !name.contains(['*', ' ', '/', '@', ':', '[', '%'])
}

/// Whether this is an address of the plant's own: private, link-local or unique-local.
pub(crate) fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Operating systems by what banners call them; the first that occurs counts, so the special come before the general.
const SYSTEMS: &[(&str, &str)] = &[
    ("windows nt 10.0", "Windows 10 or later"),
    ("windows nt 6.3", "Windows 8.1"),
    ("windows nt 6.2", "Windows 8"),
    ("windows nt 6.1", "Windows 7"),
    ("windows nt 6.0", "Windows Vista"),
    ("windows nt 5.1", "Windows XP"),
    ("windows nt 5.2", "Windows Server 2003"),
    ("windows ce", "Windows CE"),
    ("windows", "Windows"),
    ("msft 5.0", "Windows"),
    ("microsoft-iis", "Windows"),
    ("win32", "Windows"),
    ("win64", "Windows"),
    ("android", "Android"),
    ("iphone os", "iOS"),
    ("mac os x", "macOS"),
    ("darwin", "macOS"),
    ("cisco ios", "Cisco IOS"),
    ("routeros", "MikroTik RouterOS"),
    ("rosssh", "MikroTik RouterOS"),
    ("junos", "Junos"),
    ("vxworks", "VxWorks"),
    ("qnx", "QNX"),
    ("nucleus", "Nucleus RTOS"),
    ("ubuntu", "Ubuntu"),
    ("raspbian", "Raspbian"),
    ("debian", "Debian"),
    ("red hat", "Red Hat Linux"),
    ("centos", "CentOS"),
    ("fedora", "Fedora"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("netbsd", "NetBSD"),
    ("sunos", "Solaris"),
    ("udhcp", "Linux"),
    ("dropbear", "Linux"),
    ("linux", "Linux"),
];

/// The operating system that a text names, if it names one.
pub(crate) fn os_in(text: &str) -> Option<&'static str> {
    let lower = bounded(text, 512).to_ascii_lowercase();
    SYSTEMS.iter().find(|(word, _)| lower.contains(word)).map(|(_, os)| *os)
}

/// What a switch's description tells of it; empty where it does not say.
#[derive(Debug, PartialEq, Eq)]
struct Switch<'a> {
    vendor: &'static str,
    model: &'a str,
    firmware: &'a str,
}

/// Descriptions of makers of switches: `Hirschmann Railswitch RS20-0800T1T1SDAE, SW: L2P-09.1.00`,
/// `Hirschmann MICE Switch, MS20-0800SAAE, L2P-09.1.00`, `Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, …`.
fn switch<'a>(parts: &[&'a str]) -> Option<Switch<'a>> {
    let first = *parts.first()?;
    let lower = first.to_ascii_lowercase();
    if lower.starts_with("hirschmann") {
        // An order code has the family, a hyphen and at least six more letters and digits.
        let code = |word: &&str| {
            word.split_once('-').is_some_and(|(family, rest)| {
                (2..=6).contains(&family.len())
                    && rest.len() >= 6
                    && family.ends_with(|c: char| c.is_ascii_digit())
                    && !rest.contains('.')
            })
        };
        let model = parts.iter().flat_map(|part| part.split_whitespace()).find(code).unwrap_or_default();
        let version = |part: &&&str| {
            part.starts_with("SW:")
                || part.split_once('-').is_some_and(|(family, rest)| family.starts_with('L') && rest.contains('.'))
        };
        let firmware = parts.get(1..)?.iter().find(version).map(|part| part.trim_start_matches("SW:").trim()).unwrap_or_default();
        return Some(Switch { vendor: "Hirschmann", model, firmware });
    }
    if lower.starts_with("cisco ios software") || lower.starts_with("cisco internetwork operating system") {
        let model = parts.get(1).and_then(|part| part.split_whitespace().next()).unwrap_or_default();
        let firmware =
            parts.iter().find_map(|part| part.strip_prefix("Version ")).map(|v| v.split_whitespace().next().unwrap_or_default());
        return Some(Switch { vendor: "Cisco", model, firmware: firmware.unwrap_or_default() });
    }
    None
}

/// Says each part of a comma-separated description that has a known form:
/// `Siemens, SIMATIC S7, CPU-1214C, 6ES7 214-1AG40-0XB0, HW: 1, FW: V.4.2.3, S C-…`.
pub(crate) fn describe(ctx: &Context<'_>, out: &mut dyn Sink, protocol: &'static str, about: About, text: &str) {
    let mut say = |attribute, value: &str, confidence| {
        let value = value.trim();
        if !value.is_empty() {
            out.evidence(ctx, protocol, Evidence { about, attribute, value, source: "description", confidence });
        }
    };
    say(Attribute::Description, text, 60);
    if let Some(os) = os_in(text) {
        say(Attribute::Os, os, 60);
    }
    let parts: Vec<&str> = text.split(',').map(str::trim).take(12).collect();
    if let Some(switch) = switch(&parts) {
        say(Attribute::Vendor, switch.vendor, 80);
        say(Attribute::Model, switch.model, 75);
        say(Attribute::Firmware, switch.firmware, 75);
        return;
    }
    if parts.len() < 4 || !parts.first().is_some_and(|p| p.to_ascii_lowercase().starts_with("siemens")) {
        return;
    }
    say(Attribute::Vendor, "Siemens", 80);
    if let Some(model) = parts.get(2) {
        say(Attribute::Model, model, 80);
    }
    for part in parts.iter().skip(3) {
        match part.split_once(':') {
            Some(("HW", value)) => say(Attribute::Hardware, value, 80),
            Some(("FW", value)) => say(Attribute::Firmware, &value.trim().replacen("V.", "V", 1), 80),
            Some(("SN", value)) => say(Attribute::Serial, value, 80),
            Some(_) => {}
            None if part.starts_with('6') && part.len() >= 12 => say(Attribute::OrderNumber, part, 80),
            None => {
                if let Some(serial) = part.strip_prefix("S ") {
                    say(Attribute::Serial, serial, 80);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text() {
        for (bytes, expected) in
            [(&b" plc-1 \0rest"[..], "plc-1"), (b"a\x01b\n", "ab"), (b"\xff\xfe", "\u{fffd}\u{fffd}"), (b"", "")]
        {
            assert_eq!(clean(bytes), expected);
        }
        assert_eq!(bounded("aé", 2), "a");
    }

    #[test]
    fn keeps_text_short() {
        for (text, max, expected) in [("abc", 3, "abc"), ("abcd", 3, "abc…"), ("aé", 2, "a…"), ("", 0, "")] {
            assert_eq!((cut(text.into(), max), shown(text, max)), (expected.into(), expected.to_owned()));
        }
        assert_eq!([list([1, 2].iter(), 9), list(1..9, 4), list(1..1, 4)], ["[1, 2]", "[1, 2, …]", "[]"]);
        assert_eq!([hex_cut(&[1, 0xab], 2), hex_cut(&[1, 0xab], 1)], ["01ab", "01…"]);
        let mut text = Limited::new(2);
        assert!(write!(text, "ab").is_ok() && write!(text, "c").is_err() && write!(text, "").is_err());
        assert_eq!(text.into_text(), "ab…");
    }

    #[test]
    fn reads_descriptions_of_switches() {
        let read = |text: &'static str| {
            let parts: Vec<&str> = text.split(',').map(str::trim).collect();
            switch(&parts).map(|s| (s.vendor, s.model, s.firmware))
        };
        assert_eq!(
            read("Hirschmann Railswitch RS20-0800T1T1SDAE, SW: L2P-09.1.00"),
            Some(("Hirschmann", "RS20-0800T1T1SDAE", "L2P-09.1.00"))
        );
        assert_eq!(
            read("Hirschmann MICE Switch, MS20-0800SAAE, L2P-09.1.00"),
            Some(("Hirschmann", "MS20-0800SAAE", "L2P-09.1.00"))
        );
        let cisco = "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)";
        assert_eq!(read(cisco), Some(("Cisco", "C2960", "15.0(2)SE11")));
        assert_eq!(read("Hirschmann"), Some(("Hirschmann", "", "")));
        assert_eq!(read("Linux nas 5.10"), None);
    }

    #[test]
    fn host_names() {
        assert!(is_host_name("plc-7.plant"));
        for other in ["", "localhost", "10.0.0.1", "*.plant", "a b", "[::1]", "http://a"] {
            assert!(!is_host_name(other), "{other}");
        }
    }

    #[test]
    fn finds_operating_systems() {
        for (text, expected) in [
            ("SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6", Some("Ubuntu")),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", Some("Windows 10 or later")),
            ("Mozilla/5.0 (Linux; Android 4.1)", Some("Android")),
            ("nginx", None),
        ] {
            assert_eq!(os_in(text), expected, "{text}");
        }
    }
}
