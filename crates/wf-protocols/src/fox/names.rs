//! Types of frames, and what values are secrets.

/// Type of a frame by its letter.
pub const fn kind(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'a' => "asynchronous",
        b's' => "request",
        b'r' => "reply",
        b'n' => "empty_reply",
        b'e' => "error",
        b'k' => "keep_alive",
        b'c' => "close",
        _ => return None,
    })
}

/// Whether a value holds a password or what stands for one.
pub fn is_secret(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "credential", "secret"].iter().any(|word| name.windows(word.len()).any(|part| part == word.as_bytes()))
}
