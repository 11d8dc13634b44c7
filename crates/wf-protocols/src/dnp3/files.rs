//! File objects (IEEE 1815-2012 annex A, group 70). Names are found by offset and size from the object's start.

use std::borrow::Cow;
use wf_wire::{Reader, Short};

/// What a file object says.
#[derive(Clone, Debug, PartialEq)]
pub enum File<'a> {
    /// 70.2: user name and password.
    Authentication {
        /// User.
        user: Cow<'a, str>,
        /// Password as sent, as far as it is there; `None` without one.
        password: Option<&'a [u8]>,
    },
    /// 70.3: open, delete.
    Command {
        /// Name.
        name: Cow<'a, str>,
        /// Size in octets.
        size: u32,
        /// 0 delete, 1 read, 2 write, 3 append.
        mode: u16,
    },
    /// 70.4: answer to a command.
    Status {
        /// Handle.
        handle: u32,
        /// Size in octets.
        size: u32,
        /// State.
        status: u8,
    },
    /// 70.5: one block.
    Block {
        /// Handle.
        handle: u32,
        /// Block number.
        block: u32,
        /// Last block.
        last: bool,
        /// Octets of data.
        length: usize,
    },
    /// 70.6: answer to a block.
    BlockStatus {
        /// Handle.
        handle: u32,
        /// Block number.
        block: u32,
        /// State.
        status: u8,
    },
    /// 70.7: what a directory or a request for information says.
    Descriptor {
        /// Name.
        name: Cow<'a, str>,
        /// 0 directory, 1 file.
        kind: u16,
        /// Size in octets, or entries.
        size: u32,
    },
    /// 70.8: a name.
    Specification(Cow<'a, str>),
}

/// Reads a file object.
#[must_use]
pub fn read(variation: u8, octets: &[u8]) -> Option<File<'_>> {
    parse(variation, octets).ok().flatten()
}

fn parse(variation: u8, octets: &[u8]) -> Result<Option<File<'_>>, Short> {
    let mut r = Reader::new(octets);
    Ok(Some(match variation {
        2 => {
            let (user, password) = ((r.u16_le()?, r.u16_le()?), (r.u16_le()?, r.u16_le()?));
            File::Authentication { user: string(octets, user), password: (password.1 > 0).then(|| part(octets, password)) }
        }
        3 => {
            let name = (r.u16_le()?, r.u16_le()?);
            r.skip(6 + 2 + 4)?;
            File::Command { name: string(octets, name), size: r.u32_le()?, mode: r.u16_le()? }
        }
        4 => {
            let (handle, size) = (r.u32_le()?, r.u32_le()?);
            r.skip(4)?;
            File::Status { handle, size, status: r.u8()? }
        }
        5 => {
            let (handle, block) = (r.u32_le()?, r.u32_le()?);
            File::Block { handle, block: block & 0x7fff_ffff, last: block & 0x8000_0000 != 0, length: r.left() }
        }
        6 => {
            let (handle, block) = (r.u32_le()?, r.u32_le()?);
            File::BlockStatus { handle, block: block & 0x7fff_ffff, status: r.u8()? }
        }
        7 => {
            let (name, kind, size) = ((r.u16_le()?, r.u16_le()?), r.u16_le()?, r.u32_le()?);
            File::Descriptor { name: string(octets, name), kind, size }
        }
        8 => File::Specification(String::from_utf8_lossy(octets)),
        _ => return Ok(None),
    }))
}

fn part(octets: &[u8], (offset, size): (u16, u16)) -> &[u8] {
    let (start, size) = (usize::from(offset), usize::from(size));
    octets.get(start..start.saturating_add(size)).unwrap_or(&[])
}

fn string(octets: &[u8], place: (u16, u16)) -> Cow<'_, str> {
    String::from_utf8_lossy(part(octets, place))
}
