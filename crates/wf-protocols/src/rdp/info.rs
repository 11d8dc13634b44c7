//! Units of a session (T.125), and the client's logon in one of them (MS-RDPBCGR 2.2.1.11 and 2.2.8.1.1.2).

use crate::windows;
use wf_wire::{Reader, Short};

/// Data from the client (T.125, 7: choice 25).
const SEND_DATA_REQUEST: u8 = 25;
/// Flags of the security header.
const ENCRYPTED: u16 = 0x0008;
const INFO: u16 = 0x0040;
const CHECKED: u16 = 0x0800;
/// Flags of the logon.
const UNICODE: u32 = 0x10;

/// The number of a unit's kind.
pub fn kind(data: &[u8]) -> Option<u8> {
    data.first().map(|first| first >> 2)
}

/// The logon that a unit carries, and whether it is encrypted; `None` where it carries something else.
pub fn logon(data: &[u8]) -> Option<(bool, &[u8])> {
    if kind(data)? != SEND_DATA_REQUEST {
        return None;
    }
    let mut r = Reader::new(data);
    r.skip(1 + 2 + 2 + 1).ok()?;
    // A length in one byte, or in two with the first bit set (X.691, 10.9).
    if r.u8().ok()? & 0x80 != 0 {
        r.skip(1).ok()?;
    }
    // The upper flags of the header have no meaning in it.
    let (flags, _) = (r.u16_le().ok()?, r.u16_le().ok()?);
    (flags & !(ENCRYPTED | CHECKED) == INFO).then(|| (flags & ENCRYPTED != 0, r.rest()))
}

/// A logon.
#[derive(Debug)]
pub struct Info<'a> {
    unicode: bool,
    pub domain: &'a [u8],
    pub user: &'a [u8],
    pub password: &'a [u8],
    pub shell: &'a [u8],
    pub address: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    pub fn read(data: &'a [u8]) -> Option<Self> {
        Self::fields(&mut Reader::new(data), true).ok()
    }

    /// A logon of which the end is missing: texts as far as they are there.
    pub fn in_part(data: &'a [u8]) -> Option<Self> {
        Self::fields(&mut Reader::new(data), false).ok()
    }

    fn fields(r: &mut Reader<'a>, whole: bool) -> Result<Self, Short> {
        r.skip(4)?;
        let unicode = r.u32_le()? & UNICODE != 0;
        // Lengths are without the zero at the end.
        let zero = if unicode { 2 } else { 1 };
        let lengths = [r.u16_le()?, r.u16_le()?, r.u16_le()?, r.u16_le()?, r.u16_le()?].map(usize::from);
        let text = |r: &mut Reader<'a>, len: usize| {
            let there = |r: &Reader<'_>, len: usize| if whole { len } else { len.min(r.left()) };
            let text = r.take(there(r, len))?;
            r.skip(there(r, zero))?;
            Ok(text)
        };
        let [domain, user, password, shell, folder] = lengths;
        let mut info = Self {
            unicode,
            domain: text(r, domain)?,
            user: text(r, user)?,
            password: text(r, password)?,
            shell: text(r, shell)?,
            address: None,
        };
        text(r, folder)?;
        let mut address = || -> Result<&'a [u8], Short> {
            r.skip(2)?;
            let len = usize::from(r.u16_le()?);
            r.take(len)
        };
        info.address = address().ok();
        Ok(info)
    }

    pub fn text(&self, bytes: &[u8]) -> String {
        windows::text(bytes, self.unicode)
    }

    /// `DOMAIN\user`.
    pub fn account(&self) -> String {
        let (domain, user) = (self.text(self.domain), self.text(self.user));
        if domain.is_empty() || user.is_empty() { user } else { format!("{domain}\\{user}") }
    }
}
