//! The encapsulation header and the common packet format (CIP volume 2, chapter 2).

use wf_wire::{Reader, Short};

/// Bytes of an encapsulation header.
pub const HEADER: usize = 24;
/// Largest length that an encapsulation header may say (volume 2, 2-3.1).
pub const LENGTH_MAX: u16 = 65_511;

/// Encapsulation commands.
pub mod command {
    /// No operation.
    pub const NOP: u16 = 0x00;
    /// Former list of targets.
    pub const LIST_TARGETS: u16 = 0x01;
    /// Which services are there.
    pub const LIST_SERVICES: u16 = 0x04;
    /// Who is there.
    pub const LIST_IDENTITY: u16 = 0x63;
    /// Which interfaces are there.
    pub const LIST_INTERFACES: u16 = 0x64;
    /// Open a session.
    pub const REGISTER: u16 = 0x65;
    /// Close a session.
    pub const UNREGISTER: u16 = 0x66;
    /// Unconnected request or answer.
    pub const SEND_RR_DATA: u16 = 0x6f;
    /// Connected message.
    pub const SEND_UNIT_DATA: u16 = 0x70;
}

/// Name of a command, snake case; `None` for one that does not exist.
pub const fn command_name(code: u16) -> Option<&'static str> {
    Some(match code {
        command::NOP => "nop",
        command::LIST_TARGETS => "list_targets",
        command::LIST_SERVICES => "list_services",
        command::LIST_IDENTITY => "list_identity",
        command::LIST_INTERFACES => "list_interfaces",
        command::REGISTER => "register_session",
        command::UNREGISTER => "unregister_session",
        command::SEND_RR_DATA => "send_rr_data",
        command::SEND_UNIT_DATA => "send_unit_data",
        0x72 => "indicate_status",
        0x73 => "cancel",
        0xc8 => "start_dtls",
        _ => return None,
    })
}

/// Outcome by the status of an encapsulation header (volume 2, table 2-3.3).
pub const fn outcome(status: u32) -> &'static str {
    match status {
        0 => "ok",
        0x01 => "error: command not supported",
        0x02 => "error: out of memory",
        0x03 => "error: incorrect data",
        0x64 => "error: invalid session",
        0x65 => "error: invalid length",
        0x69 => "error: protocol version not supported",
        0x6a => "error: service needs encryption",
        _ => "error: unknown status",
    }
}

/// An encapsulation header with what it carries, as far as that is there.
#[derive(Clone, Copy, Debug)]
pub struct Encap<'a> {
    /// Command.
    pub command: u16,
    /// Length of the data as said.
    pub length: u16,
    /// Session handle.
    pub session: u32,
    /// Status.
    pub status: u32,
    /// Context that an answer repeats.
    pub context: [u8; 8],
    /// Options; zero.
    pub options: u32,
    /// The data.
    pub data: &'a [u8],
}

impl<'a> Encap<'a> {
    /// Reads a header and the data that are there of those it announces.
    ///
    /// # Errors
    /// Fewer bytes than a header has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (command, length, session, status) = (r.u16_le()?, r.u16_le()?, r.u32_le()?, r.u32_le()?);
        let (context, options) = (r.array()?, r.u32_le()?);
        let data = r.take(usize::from(length).min(r.left()))?;
        Ok(Self { command, length, session, status, context, options, data })
    }

    /// Whether the header can be one on a flow that is known to be EtherNet/IP: known command, possible length.
    pub const fn possible(&self) -> bool {
        command_name(self.command).is_some() && self.length <= LENGTH_MAX
    }

    /// Whether the header is beyond doubt: known command, possible length and status, no options.
    pub fn plausible(&self) -> bool {
        let status = matches!(self.status, 0..=3 | 0x64 | 0x65 | 0x69 | 0x6a);
        let length = match self.command {
            command::REGISTER => self.length == 4,
            command::UNREGISTER => self.length == 0,
            command::SEND_RR_DATA | command::SEND_UNIT_DATA => self.length >= 8 || self.status != 0,
            _ => self.length <= LENGTH_MAX,
        };
        self.possible() && status && length && self.options == 0
    }
}

/// Item types of the common packet format (volume 2, table 2-6.3).
pub mod item {
    /// Null address.
    pub const NULL: u16 = 0x0000;
    /// Identity.
    pub const IDENTITY: u16 = 0x000c;
    /// Connected address.
    pub const CONNECTED_ADDRESS: u16 = 0x00a1;
    /// Connected data.
    pub const CONNECTED_DATA: u16 = 0x00b1;
    /// Unconnected data.
    pub const UNCONNECTED_DATA: u16 = 0x00b2;
    /// Services.
    pub const SERVICES: u16 = 0x0100;
    /// Sequenced address.
    pub const SEQUENCED_ADDRESS: u16 = 0x8002;
}

/// Items of a common packet one after another; a truncated one ends them with an error.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    reader: Reader<'a>,
    left: u16,
}

impl<'a> Items<'a> {
    /// Reads the item count at the front of `bytes`.
    ///
    /// # Errors
    /// No count is there.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut reader = Reader::new(bytes);
        let left = reader.u16_le()?;
        Ok(Self { reader, left })
    }

    /// Items not read yet, as the count says.
    pub const fn declared(&self) -> u16 {
        self.left
    }

    fn item(&mut self) -> Result<(u16, &'a [u8]), Short> {
        let kind = self.reader.u16_le()?;
        let len = usize::from(self.reader.u16_le()?);
        Ok((kind, self.reader.take(len)?))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<(u16, &'a [u8]), Short>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let item = self.item();
        self.left = if item.is_ok() { self.left - 1 } else { 0 };
        Some(item)
    }
}

/// What a common packet carries that matters for messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packet<'a> {
    /// Connection identifier, of connected data.
    pub connection: Option<u32>,
    /// Sequence number of the address, of implicit data.
    pub sequence: Option<u32>,
    /// Connected data.
    pub connected: Option<&'a [u8]>,
    /// Unconnected data.
    pub unconnected: Option<&'a [u8]>,
    /// Items, as counted.
    pub count: u16,
    /// An item reaches beyond the packet.
    pub truncated: bool,
}

impl<'a> Packet<'a> {
    /// Reads a common packet as far as it goes.
    pub fn parse(bytes: &'a [u8]) -> Self {
        let mut found = Self::default();
        let Ok(items) = Items::parse(bytes) else { return Self { truncated: true, ..found } };
        found.count = items.declared();
        for entry in items {
            match entry {
                Ok((item::CONNECTED_ADDRESS, data)) => found.connection = Reader::new(data).u32_le().ok(),
                Ok((item::SEQUENCED_ADDRESS, data)) => {
                    let mut r = Reader::new(data);
                    (found.connection, found.sequence) = (r.u32_le().ok(), r.u32_le().ok());
                }
                Ok((item::CONNECTED_DATA, data)) => found.connected = Some(data),
                Ok((item::UNCONNECTED_DATA, data)) => found.unconnected = Some(data),
                Ok(_) => {}
                Err(_) => found.truncated = true,
            }
        }
        found
    }

    /// Whether it is implicit I/O: a sequenced address before connected data, nothing truncated.
    pub const fn is_implicit(&self) -> bool {
        self.sequence.is_some() && self.connected.is_some() && !self.truncated && self.count >= 2 && self.count <= 4
    }
}
