//! Lines of the control connection: commands (RFC 959, 5.3) and replies (4.2).

/// Telnet's "interpret as command", which may stand before ABOR (RFC 959, 4.1.3).
const IAC: u8 = 0xff;
/// Commands of RFC 959, 775, 2228, 2389, 2428, 3659 and of wide use.
const COMMANDS: &[&[u8]] = &[
    b"USER", b"PASS", b"ACCT", b"CWD", b"CDUP", b"SMNT", b"REIN", b"QUIT", b"PORT", b"PASV", b"TYPE", b"STRU", b"MODE", b"RETR",
    b"STOR", b"STOU", b"APPE", b"ALLO", b"REST", b"RNFR", b"RNTO", b"ABOR", b"DELE", b"RMD", b"MKD", b"PWD", b"LIST", b"NLST",
    b"SITE", b"SYST", b"STAT", b"HELP", b"NOOP", b"XCWD", b"XPWD", b"XMKD", b"XRMD", b"XCUP", b"AUTH", b"ADAT", b"PROT", b"PBSZ",
    b"CCC", b"MIC", b"CONF", b"ENC", b"FEAT", b"OPTS", b"EPRT", b"EPSV", b"SIZE", b"MDTM", b"MLST", b"MLSD", b"CLNT", b"LANG",
    b"HOST", b"MFMT", b"EPRT", b"LPRT", b"LPSV", b"HASH", b"XCRC", b"XMD5", b"XSHA1", b"XSHA256", b"CSID", b"AVBL", b"MFF",
];

/// One line of the client.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// As sent.
    pub verb: &'a [u8],
    /// What follows the first blank; empty without one.
    pub argument: &'a [u8],
}

impl<'a> Command<'a> {
    /// RFC 959, 4.1: three or four letters (some have more), and an argument behind a blank.
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let line = trimmed(line);
        let from = line.iter().rposition(|b| *b == IAC || (0xf0..IAC).contains(b)).filter(|at| *at < 4).map_or(0, |at| at + 1);
        let line = line.get(from..)?;
        let end = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
        let (verb, rest) = line.split_at_checked(end)?;
        let letters = verb.iter().all(|b| b.is_ascii_alphanumeric()) && verb.first().is_some_and(u8::is_ascii_alphabetic);
        ((3..=8).contains(&verb.len()) && letters).then(|| Self { verb, argument: rest.strip_prefix(b" ").unwrap_or(rest) })
    }

    pub fn is(&self, verb: &str) -> bool {
        self.verb.eq_ignore_ascii_case(verb.as_bytes())
    }

    /// A command that some standard names.
    pub fn is_known(&self) -> bool {
        COMMANDS.iter().any(|known| known.eq_ignore_ascii_case(self.verb))
    }

    /// Whether the argument holds a secret.
    pub fn is_secret(&self) -> bool {
        const WORDS: &[&str] = &["PASS", "PSWD", "PWD", "ADDUSER"];
        let first = self.argument.split(|b| *b == b' ').next().unwrap_or_default().to_ascii_uppercase();
        let site = self.is("SITE") && WORDS.iter().any(|word| first.windows(word.len()).any(|part| part == word.as_bytes()));
        site || ["PASS", "ACCT", "ADAT", "MIC", "CONF", "ENC"].iter().any(|verb| self.is(verb))
    }
}

/// The first line of a reply.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    pub code: u16,
    pub text: &'a [u8],
    /// More lines follow.
    pub goes_on: bool,
}

impl<'a> Reply<'a> {
    /// RFC 959, 4.2: three digits, then a blank or `-`. Some servers leave the blank out.
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let line = trimmed(line);
        let (digits, rest) = line.split_first_chunk::<3>()?;
        let known = matches!(digits, [b'1'..=b'6', b'0'..=b'9', b'0'..=b'9']);
        if !known || !matches!(rest.first(), None | Some(b' ' | b'-')) {
            return None;
        }
        let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        Some(Self { code, text: rest.get(1..).unwrap_or_default(), goes_on: rest.first() == Some(&b'-') })
    }

    pub fn names_ftp(&self) -> bool {
        self.text.windows(3).any(|w| w.eq_ignore_ascii_case(b"ftp"))
    }

    pub fn names_mail(&self) -> bool {
        self.text.windows(4).any(|w| w.eq_ignore_ascii_case(b"smtp"))
    }
}

/// Without its line end.
pub fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

/// Could be the beginning of a server's greeting (RFC 959, 5.4).
pub fn may_greet(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(3)).unwrap_or_default();
    b"220".starts_with(head)
}

/// Nothing that no line of text holds.
pub fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().take(64).all(|b| !b.is_ascii_control() || matches!(b, b'\r' | b'\t'))
}

/// The machine and port of PORT and of the reply 227 (`h1,h2,h3,h4,p1,p2`), or of EPRT (RFC 2428, 2: `|1|host|port|`).
pub fn address(text: &[u8]) -> Option<(std::net::IpAddr, u16)> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if let Some(mark) = text.chars().next().filter(|c| c.is_ascii_punctuation()) {
        let mut parts = text.split(mark).skip(2);
        return Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?));
    }
    let mut numbers = text.split(',').map(|part| part.trim().parse::<u8>().ok());
    let mut next = || numbers.next().flatten();
    let ip = [next()?, next()?, next()?, next()?];
    Some((ip.into(), u16::from_be_bytes([next()?, next()?])))
}

/// Bytes of a file as a reply 150 tells them: `… (1234 bytes)`.
pub fn size(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let (before, _) = text.rsplit_once(" bytes")?;
    before.rsplit_once('(')?.1.trim().parse().ok()
}
