//! Connectionless DCE RPC (version 4, C706 clause 12.5): the header in either byte order, and messages put together from
//! their fragments.

use super::PORT;
use std::fmt;
use wf_wire::decode::{Direction, Verdict};
use wf_wire::{Reader, Short};

/// Messages of one flow that are being put together.
const OPEN_MAX: usize = 4;
/// Longest message: a connect of a large device takes a few thousand octets, records up to 64 KiB.
const MESSAGE_MAX: usize = 1 << 17;

/// A UUID, most significant octet first whatever the byte order it came in.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// Reads one.
    pub fn read(r: &mut Reader<'_>, little: bool) -> Result<Self, Short> {
        let mut bytes: [u8; 16] = r.array()?;
        if little && let [a, b, c, d, e, f, g, h, ..] = &mut bytes {
            (*a, *b, *c, *d) = (*d, *c, *b, *a);
            (*e, *f) = (*f, *e);
            (*g, *h) = (*h, *g);
        }
        Ok(Self(bytes))
    }

    /// Device and vendor identifier in the object UUID of a PROFINET station.
    #[must_use]
    pub fn station(&self) -> Option<(u16, u16)> {
        let [0xde, 0xa0, 0, 0, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, _, _, a, b, c, d] = self.0 else { return None };
        Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// Whose interface is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// An IO device's.
    Device,
    /// An IO controller's: it is told that a device is ready.
    Controller,
    /// An IO supervisor's.
    Supervisor,
    /// A parameter server's.
    ParameterServer,
    /// The endpoint mapper.
    EndpointMapper,
    /// Another.
    Other,
}

impl Interface {
    fn of(uuid: &Uuid) -> Self {
        const TAIL: [u8; 12] = [0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d];
        const MAPPER: [u8; 16] = [0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0, 0x2b, 0x14, 0xa0, 0xfa];
        match uuid.0 {
            MAPPER => Self::EndpointMapper,
            [0xde, 0xa0, 0, number, tail @ ..] if tail == TAIL => match number {
                1 => Self::Device,
                2 => Self::Controller,
                3 => Self::Supervisor,
                4 => Self::ParameterServer,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }

    /// Name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Controller => "controller",
            Self::Supervisor => "supervisor",
            Self::ParameterServer => "parameter_server",
            Self::EndpointMapper => "endpoint_mapper",
            Self::Other => "other",
        }
    }

    /// PROFINET's own.
    #[must_use]
    pub const fn is_profinet(self) -> bool {
        !matches!(self, Self::EndpointMapper | Self::Other)
    }
}

/// Packet types.
pub const REQUEST: u8 = 0;
/// Answer.
pub const RESPONSE: u8 = 2;
/// The call failed in the server.
pub const FAULT: u8 = 3;
/// The call was refused.
pub const REJECT: u8 = 6;
/// Fragments were received.
pub const FACK: u8 = 9;

/// Name of a packet type.
#[must_use]
pub const fn packet_type(kind: u8) -> &'static str {
    match kind {
        0 => "request",
        1 => "ping",
        2 => "response",
        3 => "fault",
        4 => "working",
        5 => "nocall",
        6 => "reject",
        7 => "ack",
        8 => "cancel",
        9 => "fack",
        10 => "cancel_ack",
        _ => "unknown",
    }
}

/// The header.
#[derive(Clone, Copy)]
pub struct Header {
    /// Packet type.
    pub kind: u8,
    /// First flags: 2 last fragment, 4 fragment, 8 no fragment acknowledgement, 32 idempotent.
    pub flags: u8,
    /// Second flags: 2 cancel was pending at the call's end.
    pub flags2: u8,
    /// Numbers are little-endian.
    pub little: bool,
    /// Characters are EBCDIC.
    pub ebcdic: bool,
    /// Form of floating point numbers: IEEE, VAX, Cray, IBM.
    pub float: u8,
    /// Number of the fragment acknowledgement that it asks for or is.
    pub serial: u16,
    /// Object: which station.
    pub object: Uuid,
    /// Interface.
    pub interface: Interface,
    /// Its identifier.
    pub interface_uuid: Uuid,
    /// Hints of where the server keeps interface and activity; 65535 none.
    pub hints: [u16; 2],
    /// Activity: with the sequence number it names a call.
    pub activity: Uuid,
    /// Seconds at which the server started.
    pub boot: u32,
    /// Version of the interface.
    pub version: u32,
    /// Number of the call within its activity.
    pub sequence: u32,
    /// Operation.
    pub opnum: u16,
    /// Octets behind the header.
    pub length: u16,
    /// Number of the fragment.
    pub fragment: u16,
    /// Authentication: 0 none.
    pub authentication: u8,
}

impl Header {
    /// Reads the header; `None` where these bytes cannot be one.
    #[must_use]
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        let [4, kind @ 0..=10, flags, flags2, drep, float, _, serial] = r.array().ok()? else { return None };
        if flags2 & 0xfc != 0 || !matches!(drep, 0x00 | 0x01 | 0x10 | 0x11) || float > 3 {
            return None;
        }
        let mut header = Self::rest(r, kind, flags, drep & 0x10 != 0).ok()?;
        (header.flags2, header.ebcdic, header.float) = (flags2, drep & 1 != 0, float);
        header.serial |= u16::from(serial) << 8;
        Some(header)
    }

    fn rest(r: &mut Reader<'_>, kind: u8, flags: u8, little: bool) -> Result<Self, Short> {
        let object = Uuid::read(r, little)?;
        let interface_uuid = Uuid::read(r, little)?;
        let activity = Uuid::read(r, little)?;
        let (boot, version, sequence) = (long(r, little)?, long(r, little)?, long(r, little)?);
        let opnum = short(r, little)?;
        let hints = [short(r, little)?, short(r, little)?];
        let (length, fragment) = (short(r, little)?, short(r, little)?);
        let [authentication, serial] = r.array()?;
        Ok(Self {
            kind,
            flags,
            flags2: 0,
            little,
            ebcdic: false,
            float: 0,
            serial: u16::from(serial),
            object,
            interface: Interface::of(&interface_uuid),
            interface_uuid,
            hints,
            activity,
            boot,
            version,
            sequence,
            opnum,
            length,
            fragment,
            authentication,
        })
    }

    /// One of several pieces of a message.
    #[must_use]
    pub const fn is_fragment(&self) -> bool {
        self.flags & 4 != 0
    }

    /// The last one.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Who sends packets of this type: `ToServer` for the caller's. Acknowledgements of fragments come from either.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        match self.kind {
            0 | 1 | 7 | 8 => Some(Direction::ToServer),
            9 => None,
            _ => Some(Direction::ToClient),
        }
    }
}

/// A number of four octets in the sender's order.
pub fn long(r: &mut Reader<'_>, little: bool) -> Result<u32, Short> {
    if little { r.u32_le() } else { r.u32() }
}

/// A number of two octets in the sender's order.
pub fn short(r: &mut Reader<'_>, little: bool) -> Result<u16, Short> {
    if little { r.u16_le() } else { r.u16() }
}

/// Whether a datagram is one of ours.
#[must_use]
pub fn probe(bytes: &[u8], src_port: u16, dst_port: u16) -> Verdict {
    let mut r = Reader::new(bytes);
    let Some(header) = Header::read(&mut r) else { return Verdict::No };
    let own_port = src_port == PORT || dst_port == PORT;
    if usize::from(header.length) > r.left() || !(header.interface.is_profinet() || own_port) {
        return Verdict::No;
    }
    match (header.interface, header.direction()) {
        // Others call over this port too; what is asked of it is still ours to name.
        (Interface::Other, _) => Verdict::Likely,
        (_, Some(Direction::ToServer)) => Verdict::SureClient,
        (_, Some(Direction::ToClient)) => Verdict::SureServer,
        (_, None) => Verdict::Sure,
    }
}

struct Assembly {
    activity: Uuid,
    sequence: u32,
    kind: u8,
    next: u16,
    bytes: Vec<u8>,
}

/// What becomes of a fragment.
pub enum Joined {
    /// The message is whole.
    Whole(Vec<u8>),
    /// More is to come, or the fragment was seen before.
    Waiting,
    /// Fragments before this one are missing, or the message is too long: it is given up.
    Lost,
}

/// Messages of one flow that are being put together.
#[derive(Default)]
pub struct Fragments {
    open: Vec<Assembly>,
}

impl Fragments {
    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        self.open.iter().map(|open| open.bytes.capacity()).sum()
    }

    /// Adds a fragment's body. `fallen` counts messages that had to make room.
    pub fn add(&mut self, header: &Header, body: &[u8], fallen: &mut u64) -> Joined {
        let same = |a: &Assembly| (a.sequence, a.kind) == (header.sequence, header.kind) && a.activity == header.activity;
        let at = match self.open.iter().position(same) {
            Some(at) => at,
            None if header.fragment == 0 => {
                if self.open.len() >= OPEN_MAX {
                    self.open.remove(0);
                    *fallen += 1;
                }
                let (activity, sequence, kind) = (header.activity, header.sequence, header.kind);
                self.open.push(Assembly { activity, sequence, kind, next: 0, bytes: Vec::new() });
                self.open.len() - 1
            }
            None => return Joined::Lost,
        };
        let Some(open) = self.open.get_mut(at) else { return Joined::Lost };
        if header.fragment < open.next {
            return Joined::Waiting;
        }
        if header.fragment > open.next || open.bytes.len() + body.len() > MESSAGE_MAX {
            self.open.swap_remove(at);
            return Joined::Lost;
        }
        open.bytes.extend_from_slice(body);
        open.next = open.next.saturating_add(1);
        if header.is_last() { Joined::Whole(self.open.swap_remove(at).bytes) } else { Joined::Waiting }
    }
}
