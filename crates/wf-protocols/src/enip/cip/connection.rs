//! Connections: forward open and forward close (CIP volume 1, 3-5.5), and which are open in a flow.

use super::path::{Path, Route};
use super::service::code;
use wf_wire::{Reader, Short, Sink};

/// Connections remembered of one flow.
const CONNECTIONS_MAX: usize = 64;

/// A request to open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open<'a> {
    /// Identifier for data to the target (the target chooses it: mostly zero here).
    pub to_target: u32,
    /// Identifier for data to the originator.
    pub to_originator: u32,
    /// Serial number of the connection.
    pub serial: u16,
    /// Vendor of the originator.
    pub vendor: u16,
    /// Serial number of the originator.
    pub originator: u32,
    /// Requested packet interval to the target, µs.
    pub interval_to_target: u32,
    /// Parameters of the connection to the target.
    pub parameters_to_target: u32,
    /// Requested packet interval to the originator, µs.
    pub interval_to_originator: u32,
    /// Parameters of the connection to the originator.
    pub parameters_to_originator: u32,
    /// Transport class and trigger.
    pub trigger: u8,
    /// Where to.
    pub path: Path<'a>,
}

impl<'a> Open<'a> {
    /// Reads the data of a forward open or large forward open.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn parse(service: u8, data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(2)?;
        let (to_target, to_originator) = (r.u32_le()?, r.u32_le()?);
        let (serial, vendor, originator) = (r.u16_le()?, r.u16_le()?, r.u32_le()?);
        r.skip(4)?;
        let large = service == code::LARGE_OPEN;
        let parameters = |r: &mut Reader<'_>| if large { r.u32_le() } else { r.u16_le().map(u32::from) };
        let (interval_to_target, parameters_to_target) = (r.u32_le()?, parameters(&mut r)?);
        let (interval_to_originator, parameters_to_originator) = (r.u32_le()?, parameters(&mut r)?);
        let trigger = r.u8()?;
        let words = usize::from(r.u8()?);
        Ok(Self {
            to_target,
            to_originator,
            serial,
            vendor,
            originator,
            interval_to_target,
            parameters_to_target,
            interval_to_originator,
            parameters_to_originator,
            trigger,
            path: Path(r.take(words * 2)?),
        })
    }

    /// Transport class: 0 and 1 carry implicit I/O, 3 explicit messages.
    pub const fn class(&self) -> u8 {
        self.trigger & 0x0f
    }
}

/// A successful answer to an open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Identifier for data to the target.
    pub to_target: u32,
    /// Identifier for data to the originator.
    pub to_originator: u32,
    /// Serial number of the connection.
    pub serial: u16,
    /// Vendor of the originator.
    pub vendor: u16,
    /// Serial number of the originator.
    pub originator: u32,
    /// Actual packet interval to the target, µs.
    pub interval_to_target: u32,
    /// Actual packet interval to the originator, µs.
    pub interval_to_originator: u32,
}

impl Opened {
    /// Reads the data of an answer.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn parse(data: &[u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        Ok(Self {
            to_target: r.u32_le()?,
            to_originator: r.u32_le()?,
            serial: r.u16_le()?,
            vendor: r.u16_le()?,
            originator: r.u32_le()?,
            interval_to_target: r.u32_le()?,
            interval_to_originator: r.u32_le()?,
        })
    }
}

/// What names a connection in a close: serial number, vendor and serial number of the originator.
pub type Triad = (u16, u16, u32);

/// Reads the triad of a forward close.
///
/// # Errors
/// It does not fit.
pub fn close(data: &[u8]) -> Result<Triad, Short> {
    let mut r = Reader::new(data);
    r.skip(2)?;
    Ok((r.u16_le()?, r.u16_le()?, r.u32_le()?))
}

/// An open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Identifier for data to the target.
    pub to_target: u32,
    /// Identifier for data to the originator.
    pub to_originator: u32,
    /// What a close names.
    pub triad: Triad,
    /// Transport class.
    pub class: u8,
    /// Whether it goes through a port: the device at the address is then not the one that answers.
    pub route: Route,
}

/// Connections opened in a flow, the oldest falling out.
#[derive(Debug, Default)]
pub struct Connections(Vec<Connection>);

impl Connections {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Remembers one.
    pub fn insert(&mut self, connection: Connection, out: &mut dyn Sink) {
        self.0.retain(|known| known.to_target != connection.to_target);
        if self.0.len() >= CONNECTIONS_MAX {
            self.0.remove(0);
            out.evicted(1);
        }
        self.0.push(connection);
    }

    /// Forgets one.
    pub fn remove(&mut self, triad: Triad) {
        self.0.retain(|known| known.triad != triad);
    }

    /// The connection with that identifier in either direction.
    pub fn find(&self, id: u32) -> Option<&Connection> {
        self.0.iter().find(|known| known.to_target == id || known.to_originator == id)
    }
}
