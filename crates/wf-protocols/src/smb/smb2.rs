//! SMB 2 and 3: the header and the bodies of requests and answers (MS-SMB2 2.2). Offsets count from the header.

use super::files::Key;
use crate::windows::{self, Guid};
use wf_wire::Reader;

/// Bytes of the header.
pub const HEADER: usize = 64;
/// A file identifier that means the one of the request before in the same chain (MS-SMB2 3.2.4.1.4).
pub const SAME_FILE: Key = [0xff; 16];
/// Size of an error's body (MS-SMB2 2.2.2); the answer to a session's set-up has the same.
const ERROR_STRUCTURE: u16 = 9;
/// Nothing was answered yet: the answer comes later.
pub const PENDING: u32 = 0x103;
/// A logon goes on.
pub const MORE_PROCESSING: u32 = 0xc000_0016;

pub const NEGOTIATE: u16 = 0;
pub const SESSION_SETUP: u16 = 1;
pub const TREE_CONNECT: u16 = 3;
pub const CREATE: u16 = 5;
pub const CLOSE: u16 = 6;
pub const READ: u16 = 8;
pub const WRITE: u16 = 9;
pub const IOCTL: u16 = 11;
pub const QUERY_DIRECTORY: u16 = 14;
pub const CHANGE_NOTIFY: u16 = 15;
pub const QUERY_INFO: u16 = 16;
pub const SET_INFO: u16 = 17;

/// The header (MS-SMB2 2.2.1).
#[derive(Clone, Copy)]
pub struct Head {
    pub structure: u16,
    pub status: u32,
    pub command: u16,
    pub flags: u32,
    /// Where the next one of a chain begins, counted from this one; 0 for the last.
    pub next: u32,
    pub message: u64,
    /// Of an asynchronous answer, nothing.
    pub tree: Option<u32>,
    pub session: u64,
}

impl Head {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        r.skip(4).ok()?;
        let structure = r.u16_le().ok()?;
        r.skip(2).ok()?;
        let (status, command) = (r.u32_le().ok()?, r.u16_le().ok()?);
        r.skip(2).ok()?;
        let (flags, next, message) = (r.u32_le().ok()?, r.u32_le().ok()?, r.u64_le().ok()?);
        r.skip(4).ok()?;
        let tree = r.u32_le().ok()?;
        let session = r.u64_le().ok()?;
        let tree = (flags & 2 == 0).then_some(tree);
        Some(Self { structure, status, command, flags, next, message, tree, session })
    }

    pub const fn is_answer(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// What a request asks.
pub enum Ask<'a> {
    Negotiate {
        mode: u16,
        guid: Guid,
        dialects: &'a [u8],
    },
    SessionSetup {
        mode: u8,
        token: &'a [u8],
    },
    TreeConnect {
        path: String,
    },
    Create(Create),
    Read {
        file: Key,
        len: u32,
        offset: u64,
    },
    Write {
        file: Key,
        len: u32,
        offset: u64,
        data: &'a [u8],
    },
    Ioctl {
        file: Key,
        code: u32,
        input: &'a [u8],
    },
    QueryDirectory {
        file: Key,
        class: u8,
        pattern: String,
    },
    QueryInfo {
        file: Key,
        kind: u8,
        class: u8,
    },
    SetInfo {
        file: Key,
        kind: u8,
        class: u8,
        data: &'a [u8],
    },
    /// Only the file matters: close, flush, lock, change notify.
    OnFile {
        file: Key,
    },
    Other,
}

/// How a file is to be opened (MS-SMB2 2.2.13).
pub struct Create {
    pub access: u32,
    pub disposition: u32,
    pub options: u32,
    pub name: String,
}

fn part(whole: &[u8], offset: usize, len: usize) -> &[u8] {
    let end = offset.saturating_add(len).min(whole.len());
    if len == 0 { &[] } else { whole.get(offset..end).unwrap_or_default() }
}

/// A buffer by offset and length, two bytes each.
fn buffer<'a>(whole: &'a [u8], r: &mut Reader<'_>) -> Option<&'a [u8]> {
    let (offset, len) = (r.u16_le().ok()?, r.u16_le().ok()?);
    Some(part(whole, usize::from(offset), usize::from(len)))
}

fn size(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl<'a> Ask<'a> {
    /// A request from its header on.
    pub fn read(head: &Head, whole: &'a [u8]) -> Option<Self> {
        // Behind the structure size.
        let mut r = Reader::new(whole.get(HEADER + 2..)?);
        Some(match head.command {
            NEGOTIATE => {
                let count = r.u16_le().ok()?;
                let mode = r.u16_le().ok()?;
                r.skip(6).ok()?;
                let guid = Guid(r.array().ok()?);
                r.skip(8).ok()?;
                let dialects = r.rest();
                Self::Negotiate { mode, guid, dialects: dialects.get(..usize::from(count) * 2).unwrap_or(dialects) }
            }
            SESSION_SETUP => {
                r.skip(1).ok()?;
                let mode = r.u8().ok()?;
                r.skip(8).ok()?;
                Self::SessionSetup { mode, token: buffer(whole, &mut r)? }
            }
            TREE_CONNECT => {
                r.skip(2).ok()?;
                Self::TreeConnect { path: windows::utf16(buffer(whole, &mut r)?) }
            }
            CREATE => {
                r.skip(22).ok()?;
                let access = r.u32_le().ok()?;
                r.skip(8).ok()?;
                let (disposition, options) = (r.u32_le().ok()?, r.u32_le().ok()?);
                let name = windows::utf16(buffer(whole, &mut r)?);
                Self::Create(Create { access, disposition, options, name })
            }
            READ => {
                r.skip(2).ok()?;
                let (len, offset) = (r.u32_le().ok()?, r.u64_le().ok()?);
                Self::Read { file: r.array().ok()?, len, offset }
            }
            WRITE => {
                let (at, len, offset) = (r.u16_le().ok()?, r.u32_le().ok()?, r.u64_le().ok()?);
                Self::Write { file: r.array().ok()?, len, offset, data: part(whole, usize::from(at), size(len)) }
            }
            IOCTL => {
                r.skip(2).ok()?;
                let (code, file) = (r.u32_le().ok()?, r.array().ok()?);
                let (at, len) = (r.u32_le().ok()?, r.u32_le().ok()?);
                Self::Ioctl { file, code, input: part(whole, size(at), size(len)) }
            }
            QUERY_DIRECTORY => {
                let class = r.u8().ok()?;
                r.skip(5).ok()?;
                Self::QueryDirectory { file: r.array().ok()?, class, pattern: windows::utf16(buffer(whole, &mut r)?) }
            }
            QUERY_INFO => {
                let (kind, class) = (r.u8().ok()?, r.u8().ok()?);
                r.skip(20).ok()?;
                Self::QueryInfo { file: r.array().ok()?, kind, class }
            }
            SET_INFO => {
                let (kind, class, len, at) = (r.u8().ok()?, r.u8().ok()?, r.u32_le().ok()?, r.u16_le().ok()?);
                r.skip(6).ok()?;
                Self::SetInfo { file: r.array().ok()?, kind, class, data: part(whole, usize::from(at), size(len)) }
            }
            CLOSE | 7 | 10 | CHANGE_NOTIFY => {
                r.skip(6).ok()?;
                Self::OnFile { file: r.array().ok()? }
            }
            _ => Self::Other,
        })
    }

    /// The file that it is about.
    pub const fn file(&self) -> Option<Key> {
        match self {
            Self::Read { file, .. }
            | Self::Write { file, .. }
            | Self::Ioctl { file, .. }
            | Self::QueryDirectory { file, .. }
            | Self::QueryInfo { file, .. }
            | Self::SetInfo { file, .. }
            | Self::OnFile { file } => Some(*file),
            _ => None,
        }
    }
}

/// What an answer says.
pub enum Said<'a> {
    Negotiate { mode: u16, dialect: u16, guid: Guid },
    SessionSetup { flags: u16, token: &'a [u8] },
    TreeConnect { share: u8 },
    Create { action: u32, size: u64, file: Key },
    Read { len: u32, data: &'a [u8] },
    Write { count: u32 },
    Ioctl { code: u32, file: Key, output: &'a [u8] },
    Other,
}

impl<'a> Said<'a> {
    /// An answer from its header on; an error has a body of its own (2.2.2), which its size tells from that of its command.
    pub fn read(head: &Head, whole: &'a [u8]) -> Option<Self> {
        let carries = head.status >> 30 != 3 || (head.command == SESSION_SETUP && head.status == MORE_PROCESSING);
        if !carries || head.status == PENDING {
            return Some(Self::Other);
        }
        let mut r = Reader::new(whole.get(HEADER..)?);
        if r.u16_le().ok()? == ERROR_STRUCTURE && head.command != SESSION_SETUP {
            return Some(Self::Other);
        }
        Some(match head.command {
            NEGOTIATE => {
                let (mode, dialect) = (r.u16_le().ok()?, r.u16_le().ok()?);
                r.skip(2).ok()?;
                Self::Negotiate { mode, dialect, guid: Guid(r.array().ok()?) }
            }
            SESSION_SETUP => {
                let flags = r.u16_le().ok()?;
                Self::SessionSetup { flags, token: buffer(whole, &mut r)? }
            }
            TREE_CONNECT => Self::TreeConnect { share: r.u8().ok()? },
            CREATE => {
                r.skip(2).ok()?;
                let action = r.u32_le().ok()?;
                r.skip(40).ok()?;
                let size = r.u64_le().ok()?;
                r.skip(8).ok()?;
                Self::Create { action, size, file: r.array().ok()? }
            }
            READ => {
                let at = r.u8().ok()?;
                r.skip(1).ok()?;
                let len = r.u32_le().ok()?;
                Self::Read { len, data: part(whole, usize::from(at), size(len)) }
            }
            WRITE => {
                r.skip(2).ok()?;
                Self::Write { count: r.u32_le().ok()? }
            }
            IOCTL => {
                r.skip(2).ok()?;
                let (code, file) = (r.u32_le().ok()?, r.array().ok()?);
                r.skip(8).ok()?;
                let (at, len) = (r.u32_le().ok()?, r.u32_le().ok()?);
                Self::Ioctl { code, file, output: part(whole, size(at), size(len)) }
            }
            _ => Self::Other,
        })
    }
}
