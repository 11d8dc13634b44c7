//! Protection around an APDU (DLMS UA 1000-2, 9.2.7 and 9.5): by the tag of a service, or by a general one with titles. What is
//! authenticated or signed alone stands in clear within and is read on.

use super::data::{length, octets};
use super::names;
use smallvec::SmallVec;
use wf_wire::Reader;

/// Most layers that are taken off: a MAC of the last hop, a signature, a MAC of the origin, and one more.
const LAYERS_MAX: usize = 4;
/// Bytes of the authentication tag, in every suite.
const TAG: usize = 12;
const AUTHENTICATED: u8 = 0x10;
const ENCRYPTED: u8 = 0x20;
const COMPRESSED: u8 = 0x80;

/// One layer of protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layer<'a> {
    pub code: u8,
    pub transaction: Option<&'a [u8]>,
    /// System title of the one who protected it.
    pub title: Option<&'a [u8]>,
    pub recipient: Option<&'a [u8]>,
    /// Suite in the low bits, then authenticated, encrypted, broadcast key, compressed; a signature has none.
    pub control: Option<u8>,
    /// Invocation counter.
    pub counter: Option<u32>,
}

impl<'a> Layer<'a> {
    /// Reads the layer that begins here and what stands in clear in it; `None` where none begins or it is cut.
    fn read(bytes: &'a [u8], cut: bool) -> Option<(Self, Option<&'a [u8]>)> {
        let mut r = Reader::new(bytes);
        let mut found = Self { code: r.u8().ok()?, ..Self::default() };
        match found.code {
            0xdb | 0xdc => found.title = Some(octets(&mut r)?),
            0xdd | 0xdf => found.head(&mut r)?,
            code if is_layer(code) => {}
            _ => return None,
        }
        let count = length(&mut r)?;
        let content = if cut { r.rest().get(..count).unwrap_or(r.rest()) } else { r.take(count).ok()? };
        if found.code == 0xdf {
            if !cut {
                octets(&mut r)?;
            }
            return Some((found, Some(content)));
        }
        let mut r = Reader::new(content);
        let control = r.u8().ok()?;
        (found.control, found.counter) = (Some(control), Some(r.u32().ok()?));
        // Of what is cut nobody knows where the authentication's tag begins.
        let tag = if control & AUTHENTICATED == 0 || content.len() < count { 0 } else { TAG };
        let inner = r.rest().len().checked_sub(tag).and_then(|count| r.take(count).ok());
        Some((found, inner.filter(|_| control & (ENCRYPTED | COMPRESSED) == 0)))
    }

    /// What general ciphering and signing begin with: transaction, both titles, time, other information; ciphering says which
    /// key is meant.
    fn head(&mut self, r: &mut Reader<'a>) -> Option<()> {
        self.transaction = Some(octets(r)?).filter(|bytes| !bytes.is_empty());
        self.title = Some(octets(r)?).filter(|bytes| !bytes.is_empty());
        self.recipient = Some(octets(r)?).filter(|bytes| !bytes.is_empty());
        octets(r)?;
        octets(r)?;
        if self.code == 0xdd && r.u8().ok()? != 0 {
            match r.u8().ok()? {
                0 => r.skip(1).ok()?,
                1 => {
                    r.skip(1).ok()?;
                    octets(r)?;
                }
                2 => {
                    octets(r)?;
                    octets(r)?;
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// Nobody reads what is within.
    pub fn is_encrypted(&self) -> bool {
        self.control.is_some_and(|control| control & ENCRYPTED != 0)
    }

    /// It cannot be changed on the way.
    pub fn is_authenticated(&self) -> bool {
        self.control.is_none_or(|control| control & AUTHENTICATED != 0)
    }
}

/// Whether a tag is that of protection.
pub const fn is_layer(code: u8) -> bool {
    let of_short_names = matches!(code & 0x9f, 1 | 5 | 6 | 8 | 12..=14 | 22 | 24) && matches!(code >> 5, 1 | 2);
    of_short_names || matches!(code, 0xc8..=0xcd | 0xcf..=0xd5 | 0xd7 | 0xdb..=0xdd | 0xdf)
}

/// Layers from the outside.
pub type Layers<'a> = SmallVec<[Layer<'a>; 1]>;

/// Takes off what protects an APDU as far as what is within stands in clear: the layers and the innermost APDU that can be read;
/// `None` where a layer is cut.
pub fn open(mut bytes: &[u8]) -> (Layers<'_>, &[u8], bool) {
    let mut layers = Layers::new();
    while layers.len() < LAYERS_MAX {
        let Some((layer, inner)) = Layer::read(bytes, false) else {
            let whole = bytes.first().is_none_or(|code| !is_layer(*code));
            return (layers, bytes, whole);
        };
        layers.push(layer);
        match inner.filter(|inner| inner.first().is_some_and(|code| names::apdu(*code).is_some())) {
            Some(inner) => bytes = inner,
            None => break,
        }
    }
    (layers, bytes, true)
}

/// The innermost APDU that can be read of one that is cut.
pub fn open_cut(mut bytes: &[u8]) -> &[u8] {
    for _ in 0..LAYERS_MAX {
        match Layer::read(bytes, true) {
            Some((_, Some(inner))) => bytes = inner,
            _ => break,
        }
    }
    bytes
}
