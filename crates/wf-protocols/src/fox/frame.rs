//! Frames: a line of text, a body of named and typed values between braces, `;;`.

use smallvec::SmallVec;
use std::borrow::Cow;

/// What every frame begins with.
pub const MAGIC: &[u8] = b"fox ";
/// Longest frame that is followed.
pub const FRAME_MAX: usize = 1 << 16;
/// Longest first line.
const LINE_MAX: usize = 200;
/// Values kept of one body.
const VALUES_MAX: usize = 64;
/// Deepest nesting that is followed.
const DEPTH_MAX: usize = 8;

/// One value of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    pub name: &'a [u8],
    /// `s` text, `i` number, `z` flag, `b` bytes, `o` object, `m` body within, and others.
    pub kind: u8,
    /// As it stands; of bytes and objects what is in the brackets.
    pub data: &'a [u8],
}

impl<'a> Value<'a> {
    /// As text.
    pub fn text(&self) -> Cow<'a, str> {
        plain(self.data)
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: u8,
    pub sequence: i64,
    /// Number that joins a request and its answer; -1 for none.
    pub reply: i64,
    pub channel: &'a str,
    pub command: &'a str,
    pub values: SmallVec<[Value<'a>; 16]>,
    pub len: usize,
}

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// So many bytes are needed.
    Need(usize),
    /// It is none, or damaged.
    Bad,
}

impl<'a> Frame<'a> {
    /// The first line alone, with where it ends.
    pub fn line(bytes: &'a [u8]) -> Result<(Self, usize), Stop> {
        let shown = bytes.get(..MAGIC.len()).unwrap_or(bytes);
        if !MAGIC.starts_with(shown) {
            return Err(Stop::Bad);
        }
        let Some(end) = bytes.iter().take(LINE_MAX).position(|byte| *byte == b'\n') else {
            return Err(if bytes.len() < LINE_MAX { Stop::Need(bytes.len() + 1) } else { Stop::Bad });
        };
        let line = std::str::from_utf8(bytes.get(MAGIC.len()..end).ok_or(Stop::Bad)?).map_err(|_| Stop::Bad)?;
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or(Stop::Bad);
        let &[kind] = word()?.as_bytes() else { return Err(Stop::Bad) };
        let (sequence, reply) = (word()?.parse().map_err(|_| Stop::Bad)?, word()?.parse().map_err(|_| Stop::Bad)?);
        let (channel, command) = (word()?, word()?);
        let named = |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_graphic());
        if super::names::kind(kind).is_none() || !named(channel) || !named(command) || words.next().is_some() {
            return Err(Stop::Bad);
        }
        Ok((Self { kind, sequence, reply, channel, command, values: SmallVec::new(), len: end + 1 }, end + 1))
    }

    /// The frame at the front.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Stop> {
        let (mut frame, from) = Self::line(bytes)?;
        let mut at = from;
        if bytes.get(at) == Some(&b'{') {
            at = body(bytes, at, 0, &mut frame.values, &mut 0)?;
        }
        at = expect(bytes, at, b";;")?;
        // The end of the line may come with the next segment, or not at all.
        if bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
        frame.len = at;
        Ok(frame)
    }

    /// A frame that is cut: its first line, the values that are whole, and what is there of the last.
    pub fn cut(bytes: &'a [u8]) -> Option<Self> {
        let (mut frame, from) = Self::line(bytes).ok()?;
        let mut reached = from;
        // Where it is cut, what was read stays.
        let _ = body(bytes, from, 0, &mut frame.values, &mut reached);
        let mut parts = bytes.get(reached..)?.splitn(2, |byte| *byte == b'=');
        if let (Some(name), Some([kind, b':', data @ ..])) = (parts.next(), parts.next()) {
            frame.values.push(Value { name, kind: *kind, data });
        }
        Some(frame)
    }

    /// A value by its name.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.values.iter().find(|value| value.name == name.as_bytes())
    }

    /// The text of a value.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).map(Value::text).filter(|text| !text.is_empty())
    }
}

fn expect(bytes: &[u8], at: usize, wanted: &[u8]) -> Result<usize, Stop> {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.get(..wanted.len()) {
        Some(found) if found == wanted => Ok(at + wanted.len()),
        Some(_) => Err(Stop::Bad),
        None if wanted.starts_with(rest) => Err(Stop::Need(at + wanted.len())),
        None => Err(Stop::Bad),
    }
}

/// Where `wanted` stands from `at` on.
fn find(bytes: &[u8], at: usize, wanted: u8) -> Result<usize, Stop> {
    let rest = bytes.get(at..).unwrap_or(&[]);
    rest.iter().position(|byte| *byte == wanted).map(|found| at + found).ok_or(Stop::Need(bytes.len() + 1))
}

/// Walks a body that begins with a brace; its values are kept at the top alone. Returns where it ends, and says on the way which
/// value it has reached.
fn body<'a>(
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    values: &mut SmallVec<[Value<'a>; 16]>,
    reached: &mut usize,
) -> Result<usize, Stop> {
    if depth > DEPTH_MAX {
        return Err(Stop::Bad);
    }
    let mut at = expect(bytes, at, b"{\n")?;
    loop {
        *reached = at;
        match bytes.get(at) {
            None => return Err(Stop::Need(at + 1)),
            Some(b'}') => return Ok(at + 1),
            Some(_) => {}
        }
        let equals = find(bytes, at, b'=')?;
        let name = bytes.get(at..equals).ok_or(Stop::Bad)?;
        if name.contains(&b'\n') {
            return Err(Stop::Bad);
        }
        let kind = *bytes.get(equals + 1).ok_or(Stop::Need(equals + 2))?;
        let from = expect(bytes, equals + 2, b":")?;
        let (data, end) = value(bytes, from, kind, depth)?;
        if depth == 0 && values.len() < VALUES_MAX {
            values.push(Value { name, kind, data });
        }
        at = expect(bytes, end, b"\n")?;
    }
}

fn value(bytes: &[u8], from: usize, kind: u8, depth: usize) -> Result<(&[u8], usize), Stop> {
    match kind {
        b'b' | b'o' => {
            let open = find(bytes, from, b'[')?;
            let head = bytes.get(from..open).and_then(|head| std::str::from_utf8(head).ok()).ok_or(Stop::Bad)?;
            let count: usize = head.rsplit(' ').next().and_then(|count| count.parse().ok()).ok_or(Stop::Bad)?;
            let end = open.checked_add(1).and_then(|at| at.checked_add(count)).ok_or(Stop::Bad)?;
            let data = bytes.get(open + 1..end).ok_or(Stop::Need(end.saturating_add(1)))?;
            Ok((data, expect(bytes, end, b"]")?))
        }
        b'm' => {
            let end = body(bytes, from, depth + 1, &mut SmallVec::new(), &mut 0)?;
            Ok((bytes.get(from..end).unwrap_or(&[]), end))
        }
        _ => {
            let end = find(bytes, from, b'\n')?;
            Ok((bytes.get(from..end).unwrap_or(&[]), end))
        }
    }
}

/// Text without its escapes (`#` and hexadecimal digits up to `;`).
fn plain(data: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(data);
    if !text.contains('#') {
        return text;
    }
    let mut parts = text.split('#');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let read = part.split_once(';').and_then(|(digits, rest)| {
            let code = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(code)?, rest))
        });
        match read {
            Some((c, rest)) => {
                out.push(c);
                out.push_str(rest);
            }
            None => {
                out.push('#');
                out.push_str(part);
            }
        }
    }
    Cow::Owned(out)
}
