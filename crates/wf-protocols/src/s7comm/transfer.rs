//! Parameters of block transfers (functions 0x1a to 0x1f) and of program invocation services (0x28, 0x29).

use super::block::Block;
use super::names::function;
use std::fmt;
use wf_wire::{Reader, Short};

/// Parameters of a block transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// Status flags: 1 more data follow, 2 error.
    pub status: u8,
    /// Identifier of an upload.
    pub id: Option<u32>,
    /// File name.
    pub name: Option<&'a [u8]>,
    /// Bytes in load memory, where said.
    pub load_size: Option<u64>,
    /// Bytes of code, where said.
    pub code_size: Option<u64>,
}

impl<'a> Transfer<'a> {
    /// Reads the parameters of a request, function code included.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn request(params: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(params);
        let code = r.u8()?;
        let mut found = Self { status: r.u8()?, ..Self::default() };
        r.skip(2)?;
        let id = r.u32()?;
        if matches!(code, function::UPLOAD | function::END_UPLOAD) {
            found.id = Some(id);
            return Ok(found);
        }
        let name_len = usize::from(r.u8()?);
        found.name = Some(r.take(name_len)?);
        if code == function::REQUEST_DOWNLOAD && !r.is_empty() {
            let len = usize::from(r.u8()?);
            let mut sizes = r.sub(len)?;
            sizes.skip(1)?;
            found.load_size = digits(sizes.take(6)?);
            found.code_size = digits(sizes.take(6)?);
        }
        Ok(found)
    }

    /// Reads the parameters of an answer to a start of an upload: its identifier and the length of the block.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn started(params: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(params);
        r.skip(1)?;
        let mut found = Self { status: r.u8()?, ..Self::default() };
        r.skip(2)?;
        found.id = Some(r.u32()?);
        let len = usize::from(r.u8()?);
        found.load_size = digits(r.take(len)?);
        Ok(found)
    }

    /// The block that the name means.
    pub fn block(&self) -> Option<Block<'a>> {
        self.name.map(Block::from_file_name)
    }
}

/// A decimal number in ASCII.
fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0u64, |n, c| char::from(*c).to_digit(10).map(|d| n.saturating_mul(10).saturating_add(d.into())))
}

/// Bytes of a block in the data of a transfer's answer (or of the controller's request for a part): length, 00 fb, bytes.
pub fn block_bytes(data: &[u8]) -> Option<usize> {
    let mut r = Reader::new(data);
    let len = usize::from(r.u16().ok()?);
    r.skip(2).ok()?;
    Some(len.min(r.left()))
}

/// A call of a program invocation service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// Service name, `P_PROGRAM`.
    pub service: &'a [u8],
    /// Argument of the service.
    pub argument: &'a [u8],
}

impl<'a> Invocation<'a> {
    /// Reads the parameters of function 0x28 or 0x29.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn parse(params: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(params);
        let mut argument: &[u8] = &[];
        if r.u8()? == function::CONTROL {
            r.skip(7)?;
            let len = usize::from(r.u16()?);
            argument = r.take(len)?;
        } else {
            r.skip(5)?;
        }
        let len = usize::from(r.u8()?);
        Ok(Self { service: r.take(len)?, argument })
    }

    /// The blocks that an argument lists (services that insert or delete blocks).
    pub fn blocks(&self) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let listed = matches!(self.service, b"_INSE" | b"_INS2" | b"_DELE");
        let list = if listed { self.argument.get(2..).unwrap_or(&[]) } else { &[] };
        list.chunks_exact(8).filter_map(Block::from_argument)
    }

    /// Whether it starts the program.
    pub fn starts_program(&self) -> bool {
        self.service == b"P_PROGRAM"
    }

    /// The service as text.
    pub fn name(&self) -> impl fmt::Display + use<'a> {
        self.service.escape_ascii()
    }

    /// The argument for people: blocks by name, else its characters. Empty without one.
    pub fn argument_text(&self) -> String {
        let blocks: Vec<String> = self.blocks().take(16).map(|b| b.to_string()).collect();
        if blocks.is_empty() {
            self.argument
                .iter()
                .take(64)
                .map(|b| char::from(*b))
                .filter(|c| !c.is_control())
                .collect::<String>()
                .trim()
                .to_owned()
        } else {
            blocks.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn download() {
        let params = [&[0x1a, 0, 1, 0, 0, 0, 0, 0, 9], &b"_0A00001P"[..], &[13], b"1000120000044"].concat();
        let found = Transfer::request(&params).unwrap_or_default();
        assert_eq!(found.block().map(|b| b.to_string()).as_deref(), Some("DB1"));
        assert_eq!((found.load_size, found.code_size), (Some(120), Some(44)));
        let started = [&[0x1d, 0, 1, 0, 0, 0, 0, 7, 7], &b"0000216"[..]].concat();
        let found = Transfer::started(&started).unwrap_or_default();
        assert_eq!((found.id, found.load_size), (Some(7), Some(216)));
    }

    #[test]
    fn invocation() {
        let params = [&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 10, 1, 0], &b"0800001P"[..], &[5], b"_INSE"].concat();
        let call = Invocation::parse(&params);
        assert_eq!(call.map(|c| (c.name().to_string(), c.argument_text())), Ok(("_INSE".into(), "OB1".into())));
        assert!(Invocation::parse(&[0x29, 0, 0, 0, 0, 0, 9, b'P']).is_err());
    }
}
