//! Units of a stream: data, commands, negotiations and subnegotiations (RFC 854, RFC 855).

pub const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;
/// End of file, suspend, abort (RFC 1184, 2.5) are the lowest.
pub const LOWEST_COMMAND: u8 = 236;
/// RFC 1572.
pub const NEW_ENVIRON: u8 = 39;
/// Longest subnegotiation that is read.
pub const SUBNEGOTIATION_MAX: usize = 2048;

/// One piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit<'a> {
    /// Up to the next command, or all that is there.
    Data(&'a [u8]),
    /// WILL, WONT, DO or DONT.
    Option { verb: u8, option: u8 },
    /// What one side says of an option.
    Subnegotiation { option: u8, body: &'a [u8] },
    /// Any other.
    Command(u8),
}

impl<'a> Unit<'a> {
    /// The first unit and its length; `None` where it goes on.
    pub fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        match *bytes {
            // A data byte of 255 is sent twice (RFC 854).
            [IAC, IAC, ..] => Some((Self::Data(bytes.get(..2)?), 2)),
            [IAC, SB, option, ..] => {
                let end = bytes.windows(2).take(SUBNEGOTIATION_MAX).skip(3).scan(false, |escaped, pair| {
                    // The second of two is no beginning.
                    let here = !*escaped && pair.first() == Some(&IAC);
                    *escaped = here && pair.last() == Some(&IAC);
                    Some(here && pair.last() == Some(&SE))
                });
                let end = end.into_iter().position(|is_end| is_end)? + 3;
                Some((Self::Subnegotiation { option, body: bytes.get(3..end)? }, end + 2))
            }
            [IAC, SB] | [IAC] | [] | [IAC, 251..=254] => None,
            [IAC, verb @ 251..=254, option, ..] => Some((Self::Option { verb, option }, 3)),
            [IAC, code, ..] => Some((Self::Command(code), 2)),
            _ => {
                let end = bytes.iter().position(|b| *b == IAC).unwrap_or(bytes.len());
                Some((Self::Data(bytes.get(..end)?), end))
            }
        }
    }
}

/// How many negotiations of known options the bytes begin with, two at most.
pub fn negotiations(bytes: &[u8]) -> usize {
    let known = |c: &[u8]| matches!(c, [IAC, 251..=254, 0..=49 | 138..=140]);
    bytes.chunks(3).take(2).take_while(|c| known(c)).count()
}

/// Text as a server shows it before a login, and no protocol's own greeting.
pub fn is_prose(bytes: &[u8]) -> bool {
    let text = |b: &u8| matches!(b, b'\r' | b'\n' | b'\t' | 0 | 7 | 8 | 0x1b) || (0x20..0x7f).contains(b);
    let other = [&b"SSH-"[..], b"HTTP/", b"220", b"RFB ", b"+OK", b"* OK"].iter().any(|begin| bytes.starts_with(begin));
    bytes.len() >= 2 && !other && bytes.iter().take(256).all(text) && bytes.iter().any(u8::is_ascii_alphabetic)
}

/// The variable USER out of a subnegotiation of the environment (RFC 1572, 2: IS or INFO, then VAR name VALUE value).
pub fn environment_user(body: &[u8]) -> Option<&[u8]> {
    let [0 | 2, rest @ ..] = body else { return None };
    let rest = rest.strip_prefix(&[0]).or_else(|| rest.strip_prefix(&[3]))?;
    // VAR (0) and USERVAR (3) begin a variable, VALUE (1) its value.
    rest.split(|b| matches!(b, 0 | 3)).take(32).find_map(|variable| {
        let at = variable.iter().position(|b| *b == 1)?;
        (variable.get(..at)? == b"USER").then(|| variable.get(at + 1..)).flatten().filter(|value| !value.is_empty())
    })
}

pub const fn verb(code: u8) -> &'static str {
    match code {
        251 => "will",
        252 => "wont",
        253 => "do",
        _ => "dont",
    }
}

/// RFC 854, RFC 885, RFC 1184.
pub const fn command(code: u8) -> &'static str {
    match code {
        236 => "end_of_file",
        237 => "suspend",
        238 => "abort_process",
        239 => "end_of_record",
        240 => "subnegotiation_end",
        241 => "no_operation",
        242 => "data_mark",
        243 => "break",
        244 => "interrupt_process",
        245 => "abort_output",
        246 => "are_you_there",
        247 => "erase_character",
        248 => "erase_line",
        249 => "go_ahead",
        _ => "unknown",
    }
}

/// Options as IANA lists them.
pub const fn option(code: u8) -> &'static str {
    match code {
        0 => "binary",
        1 => "echo",
        3 => "suppress_go_ahead",
        5 => "status",
        6 => "timing_mark",
        24 => "terminal_type",
        25 => "end_of_record",
        31 => "window_size",
        32 => "terminal_speed",
        33 => "remote_flow_control",
        34 => "linemode",
        35 => "x_display",
        36 => "environment",
        37 => "authentication",
        38 => "encryption",
        39 => "new_environment",
        44 => "com_port",
        _ => "other",
    }
}
