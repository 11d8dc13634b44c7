//! A message's head: start line and headers (RFC 9112, clauses 3 to 6), and how its body ends.

use smallvec::SmallVec;

/// Longest method, longest start line that a probe waits for, headers read of one head.
const METHOD_MAX: usize = 24;
const START_LINE_MAX: usize = 8192;
const HEADERS_MAX: usize = 256;

/// Methods that may stand before a target without a version (HTTP/0.9 knows GET alone; others are known by their version).
const OLD_METHOD: &[u8] = b"GET ";

/// What bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    Request,
    Response,
    /// A request without a version: `GET /` and a line end.
    OldRequest,
    /// Too few bytes to tell.
    Perhaps,
    No,
}

/// Tells what bytes begin with, strictly: a method and a version, or a version and a status.
pub(super) fn begins(bytes: &[u8]) -> Begins {
    let prefix = bytes.get(..bytes.len().min(7)).unwrap_or_default();
    if b"HTTP/1.".starts_with(prefix) {
        return match bytes.get(7..12) {
            Some([b'0'..=b'9', b' ', status @ ..]) if status.iter().all(u8::is_ascii_digit) => Begins::Response,
            Some(_) => Begins::No,
            None => Begins::Perhaps,
        };
    }
    let Some(method) = bytes.iter().take(METHOD_MAX + 1).position(|b| *b == b' ') else {
        let token = !bytes.is_empty() && bytes.len() <= METHOD_MAX && bytes.iter().all(|b| is_method(*b));
        return if token { Begins::Perhaps } else { Begins::No };
    };
    if method < 3 || !bytes.get(..method).is_some_and(|m| m.iter().all(|b| is_method(*b))) {
        return Begins::No;
    }
    match bytes.iter().take(START_LINE_MAX).position(|b| *b == b'\n') {
        Some(end) => request_line(bytes.get(..end).unwrap_or_default()),
        None if bytes.len() < START_LINE_MAX && bytes.iter().all(|b| *b >= 0x20 || *b == b'\r') => Begins::Perhaps,
        None => Begins::No,
    }
}

fn request_line(line: &[u8]) -> Begins {
    let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
    let versioned = line.len() > 9 && line.last_chunk::<9>().is_some_and(|tail| tail.starts_with(b" HTTP/1."));
    if versioned {
        return Begins::Request;
    }
    let old = line.starts_with(OLD_METHOD) && line.get(4) == Some(&b'/') && line.iter().all(|b| (0x20..0x7f).contains(b));
    if old && !line.contains_other_version() { Begins::OldRequest } else { Begins::No }
}

trait OtherVersion {
    fn contains_other_version(&self) -> bool;
}

impl OtherVersion for [u8] {
    /// Whether another protocol of this shape names itself at the end: `RTSP/1.0`, `HTTP/2.0`.
    fn contains_other_version(&self) -> bool {
        self.last_chunk::<4>().is_some_and(|[slash, major, dot, minor]| {
            *slash == b'/' && major.is_ascii_digit() && *dot == b'.' && minor.is_ascii_digit()
        })
    }
}

/// Methods are tokens (RFC 9110, 9.1); all that are registered are of these characters.
const fn is_method(byte: u8) -> bool {
    byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-')
}

/// Length of a head with its empty line; `from`: how far no end was found before.
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(line) = bytes.get(at..)?.iter().position(|b| *b == b'\n') {
        at += line + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// A head, as far as it could be read. Texts borrow from the bytes; what is no UTF-8 is shown with replacements later.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    /// Empty in an answer.
    pub method: &'a [u8],
    pub uri: &'a [u8],
    pub version: &'a [u8],
    /// 0 in a request.
    pub status: u16,
    pub reason: &'a [u8],
    pub host: Option<&'a [u8]>,
    pub user_agent: Option<&'a [u8]>,
    pub server: Option<&'a [u8]>,
    pub content_type: Option<&'a [u8]>,
    pub disposition: Option<&'a [u8]>,
    pub authorization: Option<&'a [u8]>,
    pub authenticate: Option<&'a [u8]>,
    pub content_length: Option<u64>,
    pub chunked: bool,
    pub upgrade: bool,
    /// What was wrong: the anomaly's name and its detail.
    pub damage: SmallVec<[(&'static str, String); 1]>,
}

impl<'a> Head<'a> {
    /// Reads a whole head; `None` if its first line is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut head = Self::default();
        head.start(lines.next()?)?;
        for line in lines.take(HEADERS_MAX).take_while(|line| !line.is_empty()) {
            // A line that begins with a blank goes on with the one before (obsolete; RFC 9112, 5.2).
            if !matches!(line.first(), Some(b' ' | b'\t')) {
                head.header(line);
            }
        }
        if head.chunked && head.content_length.is_some() {
            head.complain("http_conflicting_framing", "content length beside chunked coding".into());
        }
        Some(head)
    }

    fn start(&mut self, line: &'a [u8]) -> Option<()> {
        let first = line.iter().position(|b| *b == b' ')?;
        let (word, rest) = line.split_at_checked(first)?;
        let rest = rest.get(1..).unwrap_or_default();
        if word.starts_with(b"HTTP/") {
            self.version = word;
            let (status, reason) = rest.split_at_checked(3)?;
            self.status = std::str::from_utf8(status).ok()?.parse().ok()?;
            self.reason = reason.trim_ascii();
            return Some(());
        }
        self.method = word;
        let rest = rest.trim_ascii_end();
        match rest.windows(6).rposition(|w| w == b" HTTP/") {
            Some(at) => {
                let (uri, version) = rest.split_at_checked(at)?;
                (self.uri, self.version) = (uri, version.trim_ascii());
            }
            None => self.uri = rest,
        }
        Some(())
    }

    fn header(&mut self, line: &'a [u8]) {
        let colon = line.iter().position(|b| *b == b':');
        let Some((name, value)) = colon.and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?.trim_ascii()))) else {
            return self.complain("http_bad_header", shown(line));
        };
        if name.last().is_none_or(u8::is_ascii_whitespace) {
            self.complain("http_bad_header", shown(line));
        }
        let name = name.trim_ascii();
        let slot = match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => &mut self.host,
            6 if name.eq_ignore_ascii_case(b"server") => &mut self.server,
            10 if name.eq_ignore_ascii_case(b"user-agent") => &mut self.user_agent,
            12 if name.eq_ignore_ascii_case(b"content-type") => &mut self.content_type,
            13 if name.eq_ignore_ascii_case(b"authorization") => &mut self.authorization,
            19 if name.eq_ignore_ascii_case(b"proxy-authorization") => &mut self.authorization,
            16 if name.eq_ignore_ascii_case(b"www-authenticate") => &mut self.authenticate,
            19 if name.eq_ignore_ascii_case(b"content-disposition") => &mut self.disposition,
            14 if name.eq_ignore_ascii_case(b"content-length") => return self.length(value),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                // The last coding is the one that frames the message (RFC 9112, 6.1).
                let last = value.rsplit(|b| *b == b',').next().unwrap_or_default().trim_ascii();
                self.chunked = last.eq_ignore_ascii_case(b"chunked");
                return;
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.upgrade = true;
                return;
            }
            _ => return,
        };
        slot.get_or_insert(value);
    }

    fn length(&mut self, value: &[u8]) {
        let number = std::str::from_utf8(value).ok().and_then(|v| v.parse::<u64>().ok());
        match (number, self.content_length) {
            (None, _) => self.complain("http_bad_length", shown(value)),
            (Some(number), Some(before)) if number != before => {
                self.complain("http_bad_length", format!("{before}, then {number}"))
            }
            (Some(_), _) => self.content_length = self.content_length.or(number),
        }
    }

    fn complain(&mut self, kind: &'static str, detail: String) {
        if self.damage.len() < 4 {
            self.damage.push((kind, detail));
        }
    }

    pub fn is_request(&self) -> bool {
        self.status == 0 && !self.method.is_empty()
    }

    /// A request whose body is a form.
    pub fn is_form(&self) -> bool {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        let is_form = |kind: &[u8]| kind.get(..FORM.len()).is_some_and(|k| k.eq_ignore_ascii_case(FORM));
        self.is_request() && self.content_type.is_some_and(is_form)
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..bytes.len().min(60)).unwrap_or_default()).into_owned()
}

/// How a message's body ends (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
    /// Another protocol follows.
    Upgraded,
    /// A proxy connected through.
    Tunnel,
}

impl Framing {
    pub fn of_request(head: &Head<'_>) -> Self {
        if head.chunked {
            return Self::Chunked;
        }
        head.content_length.map_or(Self::None, Self::length)
    }

    /// `asked`: the request's method, where it was seen.
    pub fn of_response(head: &Head<'_>, asked: Option<&[u8]>) -> Self {
        match (head.status, asked) {
            (101, _) => Self::Upgraded,
            (100..=199 | 204 | 304, _) | (_, Some(b"HEAD")) => Self::None,
            (200..=299, Some(b"CONNECT")) => Self::Tunnel,
            _ if head.chunked => Self::Chunked,
            _ => head.content_length.map_or(Self::UntilClose, Self::length),
        }
    }

    fn length(len: u64) -> Self {
        Self::Length(usize::try_from(len).unwrap_or(usize::MAX))
    }
}
