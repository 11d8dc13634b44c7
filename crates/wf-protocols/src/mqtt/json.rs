//! Payloads that are JSON objects (RFC 8259), by far the most usual form beside plain values: their numbers, truths and short texts, each
//! under its path. Nothing is built and nothing recurses; what is no JSON ends the reading.

use crate::hints;
use smallvec::SmallVec;
use wf_wire::decode::Value;

/// Longest payload that is looked into, in bytes.
pub const PAYLOAD_MAX: usize = 8192;
/// Objects within one another.
const DEPTH_MAX: usize = 6;
/// Values of one payload.
const VALUES_MAX: usize = 64;
/// Longest name, in bytes.
const NAME_MAX: usize = 64;
/// Longest text that is a value, in bytes.
const TEXT_MAX: usize = 64;

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips blanks; takes that character if it is next.
    fn eat(&mut self, wanted: u8) -> bool {
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    /// The inside of a string whose opening quote was taken.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    let inside = self.text.get(start..self.at)?;
                    self.at += 1;
                    return Some(inside);
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// A number or a word.
    fn word(&mut self) -> Option<&'a str> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.')) {
            self.at += 1;
        }
        self.text.get(start..self.at).filter(|word| !word.is_empty())
    }

    /// Leaves an array out, whose opening bracket was taken.
    fn array(&mut self) -> Option<()> {
        let mut open = 1;
        while open > 0 {
            let next = self.peek()?;
            self.at += 1;
            match next {
                b'[' => open += 1,
                b']' => open -= 1,
                b'"' => drop(self.string()?),
                _ => {}
            }
        }
        Some(())
    }

    fn value(&mut self) -> Option<Option<Value<'a>>> {
        if self.eat(b'"') {
            let text = self.string()?;
            return Some((!text.is_empty() && text.len() <= TEXT_MAX && !text.contains('\\')).then_some(Value::Text(text)));
        }
        if self.eat(b'[') {
            return self.array().map(|()| None);
        }
        Some(match self.word()? {
            "true" => Some(Value::Flag(true)),
            "false" => Some(Value::Flag(false)),
            "null" => None,
            number => Some(Value::Number(number.parse().ok().filter(|n: &f64| n.is_finite())?)),
        })
    }
}

/// Tells the values of an object; `path` is what stands in front of their names, and is left as it was.
pub fn values<'a>(text: &'a str, path: &mut String, mut each: impl FnMut(&str, Value<'a>)) {
    let before = path.len();
    let _ = object(text, path, &mut each);
    path.truncate(before);
}

fn object<'a>(text: &'a str, path: &mut String, each: &mut impl FnMut(&str, Value<'a>)) -> Option<()> {
    let mut scan = Scan { text, at: 0 };
    let mut open: SmallVec<[usize; DEPTH_MAX]> = SmallVec::new();
    let mut told = 0;
    if scan.eat(b'{') {
        open.push(path.len());
    }
    while !open.is_empty() && told < VALUES_MAX {
        if scan.eat(b'}') {
            path.truncate(open.pop()?);
            scan.eat(b',');
            continue;
        }
        let name = scan.eat(b'"').then(|| scan.string()).flatten()?;
        let before = path.len();
        path.push('.');
        path.push_str(hints::bounded(name, NAME_MAX));
        if !scan.eat(b':') {
            return None;
        }
        if scan.eat(b'{') {
            if open.len() >= DEPTH_MAX {
                return None;
            }
            open.push(before);
            continue;
        }
        if let Some(value) = scan.value()? {
            told += 1;
            each(path, value);
        }
        path.truncate(before);
        scan.eat(b',');
    }
    Some(())
}
