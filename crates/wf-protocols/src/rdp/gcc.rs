//! What client and server tell each other in the conference's set-up (MS-RDPBCGR 2.2.1.3 and 2.2.1.4; T.124, 8.7).

use super::user_data;
use crate::windows;
use wf_wire::{Reader, Short};

/// Before the client's blocks, and before the server's (MS-RDPBCGR 4.1.3, 4.1.4).
const CLIENT: &[u8] = b"Duca";
const SERVER: &[u8] = b"McDn";
/// Blocks and channels that are read.
const BLOCKS_MAX: usize = 16;
const CHANNELS_MAX: usize = 31;

/// Blocks of either side: type, contents.
fn blocks<'a>(data: &'a [u8], key: &[u8]) -> Option<impl Iterator<Item = (u16, Reader<'a>)> + use<'a>> {
    let at = data.windows(key.len()).position(|window| window == key)?;
    let mut r = Reader::new(data.get(at + key.len()..)?);
    // A length in one byte, or in two with the first bit set (X.691, 10.9).
    if r.u8().ok()? & 0x80 != 0 {
        r.skip(1).ok()?;
    }
    let block = move || {
        let (kind, len) = (r.u16_le().ok()?, usize::from(r.u16_le().ok()?));
        let len = len.checked_sub(4)?;
        r.sub(len.min(r.left())).ok().map(|block| (kind, block))
    };
    Some(std::iter::from_fn(block).take(BLOCKS_MAX))
}

pub fn is_client(data: &[u8]) -> bool {
    blocks(data, CLIENT).is_some_and(|mut all| all.any(|(kind, _)| kind == 0xc001))
}

pub fn is_server(data: &[u8]) -> bool {
    blocks(data, SERVER).is_some_and(|mut all| all.any(|(kind, _)| kind == 0x0c01))
}

/// The client's blocks.
#[derive(Debug, Default)]
pub struct Client<'a> {
    pub version: u32,
    pub size: (u16, u16),
    pub keyboard_layout: u32,
    pub build: Option<u32>,
    name: &'a [u8],
    pub keyboard_type: u32,
    pub colours: Option<u16>,
    pub serial: Option<u32>,
    pub product: Option<&'a [u8]>,
    pub encryption_methods: Option<u32>,
    channels: &'a [u8],
}

impl<'a> Client<'a> {
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let mut client = Self::default();
        let mut core = false;
        for (kind, mut r) in blocks(user_data(data, 101)?, CLIENT)? {
            match kind {
                0xc001 => core = client.core(&mut r).is_ok(),
                0xc002 => client.encryption_methods = r.u32_le().ok(),
                0xc003 if r.skip(4).is_ok() => client.channels = r.take_rest(),
                _ => {}
            }
        }
        core.then_some(client)
    }

    /// MS-RDPBCGR 2.2.1.3.2; what follows the image file's name is optional.
    fn core(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        self.version = r.u32_le()?;
        self.size = (r.u16_le()?, r.u16_le()?);
        r.skip(4)?;
        self.keyboard_layout = r.u32_le()?;
        self.build = Some(r.u32_le()?);
        self.name = r.take(32)?;
        self.keyboard_type = r.u32_le()?;
        r.skip(8 + 64)?;
        let mut more = || -> Result<(), Short> {
            r.skip(2 + 2)?;
            self.serial = Some(r.u32_le()?);
            self.colours = Some(r.u16_le()?);
            r.skip(2 + 2)?;
            self.product = Some(r.take(64)?);
            Ok(())
        };
        // An older client says less.
        let _ = more();
        Ok(())
    }

    /// The client's name, at most 15 characters of it.
    pub fn name(&self) -> Option<String> {
        Some(windows::utf16(self.name).trim().to_owned()).filter(|name| !name.is_empty())
    }

    pub fn product(&self) -> Option<String> {
        self.product.map(windows::utf16).filter(|text| !text.is_empty())
    }

    /// MS-RDPBCGR 2.2.1.3.4.1: names of eight bytes, each with its options.
    pub fn channels(&self) -> impl Iterator<Item = String> + use<'a> {
        let each = self.channels.chunks_exact(12).take(CHANNELS_MAX);
        each.map(|channel| crate::hints::clean(channel.get(..8).unwrap_or_default()).into_owned())
    }
}

/// The server's blocks.
#[derive(Debug, Default)]
pub struct Server {
    pub version: u32,
    pub requested: Option<u32>,
    pub method: Option<u32>,
    pub level: Option<u32>,
    pub certificate_len: Option<u32>,
}

impl Server {
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut server = Self::default();
        let mut core = false;
        for (kind, mut r) in blocks(user_data(data, 102)?, SERVER)? {
            match kind {
                0x0c01 => {
                    core = r.u32_le().map(|version| server.version = version).is_ok();
                    server.requested = r.u32_le().ok();
                }
                // MS-RDPBCGR 2.2.1.4.3.
                0x0c02 => {
                    (server.method, server.level) = (r.u32_le().ok(), r.u32_le().ok());
                    let _ = r.skip(4);
                    server.certificate_len = r.u32_le().ok();
                }
                _ => {}
            }
        }
        core.then_some(server)
    }
}
