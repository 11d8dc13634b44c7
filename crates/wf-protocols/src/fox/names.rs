//! Types of frames, what requests do, and what values are secrets.

use wf_model::Category;

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

/// What a request does, by the verb that its command begins with (`invoke`, `deleteFile`): no list of commands is published.
pub fn request(command: &str) -> (&'static str, Category) {
    let end = command.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(command.len());
    match command.get(..end).unwrap_or(command) {
        "invoke" | "execute" | "run" => ("invoke", Category::Control),
        "start" | "stop" | "restart" | "reboot" | "kill" | "reset" => ("control", Category::Control),
        "write" | "set" | "put" | "override" => ("write", Category::Write),
        "add" | "create" | "make" | "copy" | "move" | "rename" | "delete" | "remove" | "reorder" | "save" => {
            ("change", Category::Configuration)
        }
        "install" | "upgrade" => ("install", Category::Program),
        _ => ("request", Category::Diagnostic),
    }
}

/// Whether a value holds a password or what stands for one.
pub fn is_secret(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "credential", "secret"].iter().any(|word| name.windows(word.len()).any(|part| part == word.as_bytes()))
}
