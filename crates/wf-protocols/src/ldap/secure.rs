//! What a security layer makes of messages (RFC 4422, 3.7): a length, then a token that signs or seals. What is only signed
//! stands there to be read.

use super::message::{self, Head};
use wf_wire::Reader;

/// Longest token that is believed.
const TOKEN_MAX: usize = 1 << 20;
/// Length of the length.
pub const PREFIX: usize = 4;
/// Header of a Kerberos wrap token (RFC 4121, 4.2.6.2), and of an NTLM signature (MS-NLMP 2.2.2.9).
const HEADER: usize = 16;

/// What a token holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// Messages that are signed.
    Signed(&'a [u8]),
    /// Nothing that can be read.
    Sealed,
}

/// The length of a token with what stands before it; `None` if there can be none.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let len = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    (HEADER..TOKEN_MAX).contains(&len).then_some(len + PREFIX)
}

/// Whether a token may begin here: a known header, or at least a length that is no tag.
pub fn begins(bytes: &[u8]) -> bool {
    length(bytes).is_some() && matches!(bytes.get(PREFIX..), Some([5, 4, ..] | [1, 0, 0, 0, ..] | [0x60, ..]))
}

/// Looks into a token, without the length before it, whose last `missing` bytes are not there.
pub fn open(token: &[u8], missing: usize) -> Held<'_> {
    let inside = match token {
        // RFC 4121, 4.2.6.2: the flag 2 says sealed; the checksum stands behind the text unless it was rotated to its front.
        [5, 4, flags, 0xff, ..] if flags & 2 == 0 => {
            let mut r = Reader::new(token);
            let _ = r.skip(4);
            let (Ok(checksum), Ok(rotated)) = (r.u16(), r.u16()) else { return Held::Sealed };
            let (checksum, rotated) = (usize::from(checksum), usize::from(rotated));
            let body = token.get(HEADER..).unwrap_or_default();
            let from = if rotated == checksum { checksum } else { 0 };
            if rotated == 0 || rotated == checksum {
                let behind = (checksum - from).saturating_sub(missing);
                body.get(from..body.len().saturating_sub(behind)).unwrap_or_default()
            } else {
                &[]
            }
        }
        [1, 0, 0, 0, ..] => token.get(HEADER..).unwrap_or_default(),
        _ => &[],
    };
    if matches!(message::head(inside), Head::Whole(len, _) if len <= inside.len() || missing > 0) {
        Held::Signed(inside)
    } else {
        Held::Sealed
    }
}
