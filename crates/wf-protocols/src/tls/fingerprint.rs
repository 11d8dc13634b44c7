//! Fingerprints of hellos: JA3 and JA3S (MD5 over the lists as sent), JA4 of the client (SHA-256 over sorted lists).

use super::hello::{ALPN, Hello, SERVER_NAME, is_grease};
use crate::hints::hex;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;

/// Hexadecimal digits of a JA4 part.
const PART: usize = 12;

/// Version, ciphers, extensions, groups, point formats in decimal, without GREASE values.
pub(super) fn ja3(hello: &Hello<'_>) -> String {
    let mut text = hello.version.to_string();
    for list in [&hello.ciphers, &hello.extensions, &hello.groups] {
        text.push(',');
        join(&mut text, list.iter().copied().filter(|n| !is_grease(*n)));
    }
    text.push(',');
    join(&mut text, hello.point_formats.iter().copied().map(u16::from));
    hex(&Md5::digest(text.as_bytes()))
}

/// Version, chosen cipher, extensions.
pub(super) fn ja3s(hello: &Hello<'_>, cipher: u16) -> String {
    let mut text = format!("{},{cipher},", hello.version);
    join(&mut text, hello.extensions.iter().copied());
    hex(&Md5::digest(text.as_bytes()))
}

/// `t13d1516h2_8daaf6152771_b0da82dd1658`: readable part, ciphers, extensions with signature algorithms.
pub(super) fn ja4(hello: &Hello<'_>) -> String {
    let sorted = |list: &[u16], keep: fn(u16) -> bool| {
        let mut list: Vec<u16> = list.iter().copied().filter(|n| !is_grease(*n) && keep(*n)).collect();
        list.sort_unstable();
        list
    };
    let ciphers = sorted(&hello.ciphers, |_| true);
    let all_extensions = sorted(&hello.extensions, |_| true);
    let extensions = sorted(&hello.extensions, |n| n != SERVER_NAME && n != ALPN);
    let version = match hello.highest() {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    };
    let named = if all_extensions.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let [first, last] = alpn_ends(hello.alpn.first().copied().unwrap_or_default());
    let (cipher_count, extension_count) = (ciphers.len().min(99), all_extensions.len().min(99));
    let mut tail = hex_list(&extensions);
    let signatures: Vec<u16> = hello.signatures.iter().copied().filter(|n| !is_grease(*n)).collect();
    if !signatures.is_empty() {
        let _ = write!(tail, "_{}", hex_list(&signatures));
    }
    let tail = if extensions.is_empty() { String::new() } else { tail };
    let (ciphers, tail) = (cut_hash(&hex_list(&ciphers)), cut_hash(&tail));
    format!("t{version}{named}{cipher_count:02}{extension_count:02}{first}{last}_{ciphers}_{tail}")
}

/// First and last character of the first protocol name; of its hexadecimal form if they are not letters or digits.
fn alpn_ends(name: &[u8]) -> [char; 2] {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return ['0', '0'] };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(first), char::from(last)];
    }
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 15)]
}

fn cut_hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(PART);
    }
    let mut out = hex(&Sha256::digest(text.as_bytes()));
    out.truncate(PART);
    out
}

fn hex_list(list: &[u16]) -> String {
    list.iter().map(|n| format!("{n:04x}")).collect::<Vec<_>>().join(",")
}

fn join(out: &mut String, list: impl Iterator<Item = u16>) {
    for (at, number) in list.enumerate() {
        let _ = write!(out, "{}{number}", if at > 0 { "-" } else { "" });
    }
}
