//! Stable ids: the same parts give the same id in every run and on every machine.

/// `prefix` followed by 16 hexadecimal digits, the 64-bit FNV-1a hash of the parts (each ended by a zero byte).
#[must_use]
pub fn stable(prefix: &str, parts: &[&str]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain(std::iter::once(0)));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{prefix}{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(super::stable("a-", &["ab", "c"]), super::stable("a-", &["a", "bc"]));
        assert_eq!(super::stable("a-", &[]), "a-cbf29ce484222325");
    }
}
