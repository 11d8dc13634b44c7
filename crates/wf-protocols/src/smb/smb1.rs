//! SMB 1: header, words and bytes of the commands that are understood (MS-CIFS 2.2.3 and 2.2.4, MS-SMB 2.2.4).

use crate::hints;
use crate::windows::{self, Guid};
use wf_wire::Reader;

/// Bytes of the header.
pub const HEADER: usize = 32;

pub const NEGOTIATE: u8 = 0x72;
pub const SESSION_SETUP: u8 = 0x73;
pub const TREE_CONNECT: u8 = 0x75;
/// Of the core protocol: path, password and service as texts.
pub const TREE_CONNECT_CORE: u8 = 0x70;
pub const NT_CREATE: u8 = 0xa2;
pub const CLOSE: u8 = 0x04;
pub const READ: u8 = 0x2e;
pub const WRITE: u8 = 0x2f;
pub const TRANSACTION: u8 = 0x25;
pub const TRANSACTION2: u8 = 0x32;

/// Dialects proposed, and commands of one chain.
const DIALECTS_MAX: usize = 16;
const CHAIN_MAX: usize = 8;

/// One message.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub command: u8,
    pub status: u32,
    flags: u8,
    flags2: u16,
    pub tid: u16,
    pub pid: u16,
    pub uid: u16,
    pub mid: u16,
    /// Where this command's parameters begin: behind the header, or where the command before it says.
    start: usize,
    /// Its parameters.
    words: &'a [u8],
    /// Its bytes.
    data: &'a [u8],
    whole: &'a [u8],
    /// The file that the command before it in the chain opened.
    opened: Option<u16>,
}

/// Commands that say which one follows.
const fn is_chain(command: u8) -> bool {
    matches!(command, 0x24 | 0x2d..=0x2f | 0x73..=0x75 | 0xa2)
}

impl<'a> Message<'a> {
    /// Reads the header and the first command's parts, as far as they are there.
    pub fn read(whole: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(whole);
        r.skip(4).ok()?;
        let (command, status, flags, flags2) = (r.u8().ok()?, r.u32_le().ok()?, r.u8().ok()?, r.u16_le().ok()?);
        r.skip(12).ok()?;
        let (tid, pid, uid, mid) = (r.u16_le().ok()?, r.u16_le().ok()?, r.u16_le().ok()?, r.u16_le().ok()?);
        let (words, data) = parts(whole, HEADER);
        Some(Self { command, status, flags, flags2, tid, pid, uid, mid, start: HEADER, words, data, whole, opened: None })
    }

    /// The command that follows in the same message (MS-CIFS 2.2.3.4): further on, with parameters and bytes of its own.
    fn next(&self) -> Option<Self> {
        if !is_chain(self.command) {
            return None;
        }
        let (command, start) = (self.byte(0)?, usize::from(self.word(1)?));
        let (words, data) = parts(self.whole, start);
        (command != 0xff && start > self.start).then_some(Self { command, start, words, data, ..*self })
    }

    /// The commands of the message, itself first.
    pub fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), Self::next).take(CHAIN_MAX)
    }

    /// As a later command of a chain whose earlier ones came to this share and this file.
    #[must_use]
    pub const fn following(self, tid: u16, opened: Option<u16>) -> Self {
        Self { tid, opened, ..self }
    }

    pub const fn is_answer(&self) -> bool {
        self.flags & 0x80 != 0
    }

    pub const fn is_unicode(&self) -> bool {
        self.flags2 & 0x8000 != 0
    }

    /// Signing is required of everybody.
    pub const fn is_signed(&self) -> bool {
        self.flags2 & 0x0004 != 0
    }

    /// Errors are NT status, not DOS classes.
    pub const fn has_nt_status(&self) -> bool {
        self.flags2 & 0x4000 != 0
    }

    /// A parameter by its number.
    pub fn word(&self, at: usize) -> Option<u16> {
        self.words.get(at * 2..at * 2 + 2)?.first_chunk::<2>().copied().map(u16::from_le_bytes)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.words.get(at).copied()
    }

    fn long(&self, at_byte: usize) -> Option<u32> {
        self.words.get(at_byte..at_byte + 4)?.first_chunk::<4>().copied().map(u32::from_le_bytes)
    }

    fn word_count(&self) -> usize {
        self.words.len() / 2
    }

    /// Where `data` begins within the message.
    fn data_at(&self) -> usize {
        self.start + 1 + self.words.len() + 2
    }

    /// A text of the bytes at `at`, and where the next one begins. UTF-16 lies at even offsets of the message.
    fn text(&self, at: usize) -> Option<(String, usize)> {
        let at = if self.is_unicode() { at + (self.data_at() + at) % 2 } else { at };
        let rest = self.data.get(at..)?;
        if self.is_unicode() {
            let end = rest.chunks_exact(2).position(|pair| pair == [0, 0]).map_or(rest.len(), |units| units * 2);
            return Some((windows::utf16(rest.get(..end)?), at + end + 2));
        }
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        Some((hints::clean(rest.get(..end)?).into_owned(), at + end + 1))
    }

    fn texts<const N: usize>(&self, mut at: usize) -> [String; N] {
        std::array::from_fn(|_| match self.text(at) {
            Some((text, next)) => {
                at = next;
                text
            }
            None => String::new(),
        })
    }

    /// Dialects proposed (MS-CIFS 2.2.4.52.1).
    pub fn dialects(&self) -> impl Iterator<Item = &'a [u8]> {
        let names = self.data.split(|byte| *byte == 0).filter_map(|name| name.strip_prefix(&[2]));
        names.take(DIALECTS_MAX)
    }

    /// The name of a delete, a directory's creation or removal, or the two of a rename: each behind a 4.
    pub fn names(&self) -> (String, String) {
        let Some((first, next)) = self.text(1) else { return (String::new(), String::new()) };
        (first, self.text(next + 1).map(|(second, _)| second).unwrap_or_default())
    }
}

/// Parameters and bytes of the command at `start`, as far as they are there.
fn parts(whole: &[u8], start: usize) -> (&[u8], &[u8]) {
    let mut r = Reader::new(whole.get(start..).unwrap_or_default());
    let count = r.u8().unwrap_or(0);
    let words = r.take(usize::from(count) * 2).unwrap_or_default();
    let bytes = r.u16_le().unwrap_or(0);
    // Large writes carry more than the count can say; their data are found by offset.
    let data = r.rest();
    (words, data.get(..usize::from(bytes)).unwrap_or(data))
}

/// A negotiate's answer (MS-SMB 2.2.4.5.2).
pub struct Negotiated {
    /// Number of the dialect chosen; 0xffff for none.
    pub dialect: u16,
    /// Bit 1: passwords are challenged; 2: signatures are possible; 3: required.
    pub mode: u8,
    pub guid: Option<Guid>,
    pub domain: String,
    pub server: String,
}

/// A session's set-up (MS-CIFS 2.2.4.53, MS-SMB 2.2.4.6).
pub struct Logon<'a> {
    /// SPNEGO or NTLM.
    pub token: &'a [u8],
    /// What the older form carries: answers to the challenge, or a password.
    pub secret: &'a [u8],
    pub account: String,
    pub domain: String,
    pub os: String,
    pub software: String,
    /// Bit 0: as guest.
    pub action: u16,
}

/// A transaction, its parts cut at what is there.
pub struct Transaction<'a> {
    /// Of a pipe or a mailslot.
    pub name: String,
    /// Subcommand and what it is about.
    pub setup: [u16; 2],
    pub parameters: &'a [u8],
    pub data: &'a [u8],
}

impl<'a> Message<'a> {
    pub fn negotiated(&self) -> Option<Negotiated> {
        let dialect = self.word(0)?;
        // The core protocol has no such byte, and no challenge either (MS-CIFS 2.2.4.52.2).
        let mode = self.byte(2).unwrap_or(0);
        let capabilities = self.long(19).unwrap_or(0);
        let mut said = Negotiated { dialect, mode, guid: None, domain: String::new(), server: String::new() };
        if capabilities & 0x8000_0000 != 0 {
            said.guid = self.data.first_chunk::<16>().copied().map(Guid);
        } else if let Some(challenge) = self.byte(33) {
            // These two are not aligned.
            let rest = self.data.get(usize::from(challenge)..).unwrap_or_default();
            let end = rest.chunks_exact(2).position(|pair| pair == [0, 0]).map_or(rest.len(), |units| units * 2);
            said.domain = windows::utf16(rest.get(..end).unwrap_or_default());
            said.server = windows::utf16(rest.get(end + 2..).unwrap_or_default());
        }
        Some(said)
    }

    pub fn logon(&self) -> Option<Logon<'a>> {
        let blob = |at: usize| self.word(at).map(usize::from).and_then(|len| Some((self.data.get(..len)?, len)));
        let mut said = Logon {
            token: &[],
            secret: &[],
            account: String::new(),
            domain: String::new(),
            os: String::new(),
            software: String::new(),
            action: 0,
        };
        match (self.is_answer(), self.word_count()) {
            (false, 12) => {
                let (token, len) = blob(7)?;
                said.token = token;
                [said.os, said.software] = self.texts(len);
            }
            // LAN Manager, before NT (MS-CIFS 2.2.4.53.1): one password, no capabilities.
            (false, 10) => {
                let len = usize::from(self.word(7)?);
                said.secret = self.data.get(..len).unwrap_or(self.data);
                [said.account, said.domain, said.os, said.software] = self.texts(len);
            }
            (false, 13) => {
                let (oem, unicode) = (usize::from(self.word(7)?), usize::from(self.word(8)?));
                said.secret = self.data.get(..oem + unicode).unwrap_or(self.data);
                [said.account, said.domain, said.os, said.software] = self.texts(oem + unicode);
            }
            (true, 4) => {
                said.action = self.word(2)?;
                let (token, len) = blob(3)?;
                said.token = token;
                [said.os, said.software] = self.texts(len);
            }
            (true, 3) => {
                said.action = self.word(2)?;
                [said.os, said.software, said.domain] = self.texts(0);
            }
            _ => return None,
        }
        Some(said)
    }

    /// Path and password of a tree connect's request (MS-CIFS 2.2.4.55.1 and 2.2.4.50.1); the password has none or one byte where
    /// the share is opened to users.
    pub fn path(&self) -> Option<(String, &'a [u8])> {
        if self.command == TREE_CONNECT {
            let len = usize::from(self.word(3)?);
            let path = self.text(len).map(|(path, _)| path).unwrap_or_default();
            return Some((path, self.data.get(..len).unwrap_or(self.data)));
        }
        // Each behind a 4.
        let (path, next) = self.text(1)?;
        let rest = self.data.get(next + 1..).unwrap_or_default();
        Some((path, rest.get(..rest.iter().position(|byte| *byte == 0)?).unwrap_or_default()))
    }

    /// The service of its answer: `A:`, `IPC`, `LPT1:`.
    pub fn service(&self) -> String {
        hints::clean(self.data).into_owned()
    }

    /// Disposition, options and name of a create's request.
    pub fn create(&self) -> Option<(u32, u32, String)> {
        Some((self.long(35)?, self.long(39)?, self.text(0)?.0))
    }

    /// FID, action and size of its answer.
    pub fn created(&self) -> Option<(u16, u32, u64)> {
        let fid = self.words.get(5..7)?.first_chunk::<2>().copied().map(u16::from_le_bytes)?;
        let size = self.words.get(55..63)?.first_chunk::<8>().copied().map(u64::from_le_bytes)?;
        Some((fid, self.long(7)?, size))
    }

    /// The FID of a close, a read or a write.
    pub fn fid(&self) -> Option<u16> {
        self.opened.or_else(|| self.word(if self.command == CLOSE { 0 } else { 2 }))
    }

    /// Offset and length of a read or a write.
    pub fn range(&self) -> Option<(u64, u64)> {
        let low = u64::from(self.long(6)?);
        if self.command == WRITE {
            let high = self.long(24).unwrap_or(0);
            return Some((u64::from(high) << 32 | low, u64::from(self.word(9)?) << 16 | u64::from(self.word(10)?)));
        }
        // The high half is there with twelve words alone (MS-CIFS 2.2.4.42.1).
        let high = self.long(20).unwrap_or(0);
        Some((u64::from(high) << 32 | low, u64::from(self.word(5)?)))
    }

    /// What a write's request or a read's answer carries.
    pub fn carried(&self) -> &'a [u8] {
        let (at, len) = if self.is_answer() { (self.word(6), self.word(5)) } else { (self.word(11), self.word(10)) };
        self.at(at.unwrap_or(0), len.unwrap_or(0))
    }

    fn at(&self, offset: u16, len: u16) -> &'a [u8] {
        let end = (usize::from(offset) + usize::from(len)).min(self.whole.len());
        self.whole.get(usize::from(offset)..end).unwrap_or_default()
    }

    /// A transaction's request or answer.
    pub fn transaction(&self) -> Option<Transaction<'a>> {
        if self.is_answer() {
            let (parameters, data) = (self.at(self.word(4)?, self.word(3)?), self.at(self.word(7)?, self.word(6)?));
            return Some(Transaction { name: String::new(), setup: [0; 2], parameters, data });
        }
        let (parameters, data) = (self.at(self.word(10)?, self.word(9)?), self.at(self.word(12)?, self.word(11)?));
        let name =
            if self.command == TRANSACTION { self.text(0).map(|(name, _)| name).unwrap_or_default() } else { String::new() };
        Some(Transaction { name, setup: [self.word(14).unwrap_or(0), self.word(15).unwrap_or(0)], parameters, data })
    }

    /// The name within a transaction's parameters, from `at` on.
    pub fn name_in(&self, parameters: &[u8], at: usize) -> String {
        windows::text(parameters.get(at..).unwrap_or_default(), self.is_unicode())
    }
}
