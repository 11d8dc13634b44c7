//! A message's head: start line and headers (RFC 9112, clauses 3 to 6), and how its body ends.

use smallvec::SmallVec;

/// Longest method, longest start line that a probe waits for, headers read of one head.
const METHOD_MAX: usize = 24;
const START_LINE_MAX: usize = 8192;
const HEADERS_MAX: usize = 256;
/// Longest body that is believed.
const LENGTH_MAX: u64 = i64::MAX as u64;

/// Registered methods (IANA http-methods) and those of Microsoft's and UPnP's relatives: known even where the version is damaged.
const METHODS: &[&[u8]] = &[
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"COPY",
    b"LOCK",
    b"MOVE",
    b"MKCOL",
    b"PROPFIND",
    b"PROPPATCH",
    b"UNLOCK",
    b"SEARCH",
    b"REPORT",
    b"CHECKOUT",
    b"CHECKIN",
    b"MERGE",
    b"LABEL",
    b"UPDATE",
    b"MKACTIVITY",
    b"MKWORKSPACE",
    b"UNCHECKOUT",
    b"VERSION-CONTROL",
    b"BASELINE-CONTROL",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"POLL",
    b"BCOPY",
    b"BMOVE",
    b"BDELETE",
    b"BPROPFIND",
    b"BPROPPATCH",
    b"RPC_CONNECT",
    b"CCM_POST",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
];

/// What bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    Request,
    Response,
    /// A known method, but no version: `GET /` (HTTP/0.9), or a damaged one.
    BareRequest,
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
    let Some(method) = bytes.iter().take(METHOD_MAX + 1).position(|b| !is_method(*b)) else {
        return if !bytes.is_empty() && bytes.len() <= METHOD_MAX { Begins::Perhaps } else { Begins::No };
    };
    let word = bytes.get(..method).unwrap_or_default();
    if method < 3 || !matches!(bytes.get(method), Some(b' ' | b'\r' | b'\n')) {
        return Begins::No;
    }
    match bytes.iter().take(START_LINE_MAX).position(|b| *b == b'\n') {
        Some(end) => request_line(word, bytes.get(..end).unwrap_or_default()),
        None if bytes.len() < START_LINE_MAX && bytes.iter().all(|b| *b >= 0x20 || *b == b'\r') => Begins::Perhaps,
        None => Begins::No,
    }
}

/// Whether a head begins here, be it that its first line is not all there.
pub(super) fn begins_in_part(bytes: &[u8]) -> bool {
    match begins(bytes) {
        Begins::Request | Begins::Response => true,
        Begins::Perhaps => {
            bytes.iter().position(|b| *b == b' ').and_then(|at| bytes.get(..at)).is_some_and(|m| METHODS.contains(&m))
        }
        Begins::BareRequest | Begins::No => false,
    }
}

fn request_line(method: &[u8], line: &[u8]) -> Begins {
    let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
    if let Some([b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor]) = line.last_chunk::<9>()
        && minor.is_ascii_digit()
    {
        return Begins::Request;
    }
    // Other protocols of this shape name themselves at the end: `RTSP/1.0`, `SIP/2.0`, `HTTP/2.0`.
    let other = match line.last_chunk::<4>() {
        Some([b'/', major, b'.', minor]) => major.is_ascii_digit() && minor.is_ascii_digit() && !line.ends_with(b"/HTTP/1.1"),
        _ => false,
    };
    if METHODS.contains(&method) && !other && line.iter().all(|b| (0x20..0x7f).contains(b)) {
        Begins::BareRequest
    } else {
        Begins::No
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

/// Length of the head of a request without a version: HTTP/0.9 has but one line, which nothing follows.
pub(super) fn bare_end(bytes: &[u8], from: usize) -> Option<usize> {
    let line = bytes.iter().position(|b| *b == b'\n').map(|at| at + 1);
    line.filter(|line| *line == bytes.len() && bytes.starts_with(b"GET /")).or_else(|| end(bytes, from))
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
        let mut name: &[u8] = b"";
        for line in lines.take(HEADERS_MAX).take_while(|line| !line.is_empty()) {
            // A line that begins with a blank goes on with the one before (obsolete; RFC 9112, 5.2).
            if matches!(line.first(), Some(b' ' | b'\t')) {
                head.field(name, line.trim_ascii());
            } else {
                name = head.header(line);
            }
        }
        if head.chunked && head.content_length.is_some() {
            head.complain("http_conflicting_framing", "content length beside chunked coding".into());
        }
        Some(head)
    }

    fn start(&mut self, line: &'a [u8]) -> Option<()> {
        let (word, rest) = line.split_at_checked(line.iter().position(|b| *b == b' ').unwrap_or(line.len()))?;
        let rest = rest.get(1..).unwrap_or_default();
        if word.starts_with(b"HTTP/") {
            self.version = word;
            let (status, reason) = rest.split_at_checked(3)?;
            self.status = std::str::from_utf8(status).ok()?.parse().ok()?;
            self.reason = reason.trim_ascii();
            return Some(());
        }
        self.method = word;
        // A target has no blanks (RFC 9112, 3.2): what follows the first is not its part.
        let rest = rest.trim_ascii_end();
        let (uri, version) = rest.split_at_checked(rest.iter().position(|b| *b == b' ').unwrap_or(rest.len()))?;
        (self.uri, self.version) = (uri, version.trim_ascii());
        if !matches!(self.version, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9']) {
            self.complain("http_bad_request_line", shown(line));
        }
        Some(())
    }

    /// Reads a header line and hands back its name.
    fn header(&mut self, line: &'a [u8]) -> &'a [u8] {
        let colon = line.iter().position(|b| *b == b':');
        let Some((name, value)) = colon.and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?.trim_ascii()))) else {
            self.complain("http_bad_header", shown(line));
            return b"";
        };
        if name.last().is_none_or(u8::is_ascii_whitespace) {
            self.complain("http_bad_header", shown(line));
        }
        let name = name.trim_ascii();
        self.field(name, value);
        name
    }

    fn field(&mut self, name: &[u8], value: &'a [u8]) {
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
        // The first counts; one that was empty goes on in the next line.
        if slot.is_none_or(<[u8]>::is_empty) {
            *slot = Some(value);
        }
    }

    fn length(&mut self, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        let number = std::str::from_utf8(value).ok().and_then(|v| v.parse::<u64>().ok()).filter(|n| *n <= LENGTH_MAX);
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
    Length(u64),
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
        head.content_length.map_or(Self::None, Self::Length)
    }

    /// `asked`: the request's method, where it was seen.
    pub fn of_response(head: &Head<'_>, asked: Option<&[u8]>) -> Self {
        match (head.status, asked) {
            (101, _) => Self::Upgraded,
            (100..=199 | 204 | 304, _) | (_, Some(b"HEAD")) => Self::None,
            (200..=299, Some(b"CONNECT")) => Self::Tunnel,
            _ if head.chunked => Self::Chunked,
            _ => head.content_length.map_or(Self::UntilClose, Self::Length),
        }
    }
}
