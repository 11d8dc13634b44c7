//! Packets of OpenVPN's wire protocol: the opcode, and for the control channel what stands before its payload.

use wf_wire::{Reader, Short};

/// Longest packet that is believed: a tunnel's frame with what encryption adds.
pub const PACKET_MAX: usize = 10_000;
/// Most acknowledgements in one packet.
const ACKS_MAX: usize = 8;
/// Ids of messages of the control channel begin at 0 with every key: a handshake needs few.
const MESSAGE_ID_MAX: u32 = 0xffff;
/// Lengths of the HMACs in use: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
const HMACS: [usize; 6] = [20, 32, 64, 16, 48, 28];
/// Replay id and time.
const REPLAY: usize = 8;
/// Opcode with key id, and session id.
const HEAD: usize = 9;
/// The HMAC of `tls-crypt`.
const CRYPT_TAG: usize = 32;
/// Sealed: a count of acknowledgements and a message id.
const CRYPT_MIN: usize = HEAD + REPLAY + CRYPT_TAG + 5;
/// Times that packets may carry: 2001 to 2106.
const TIMES: std::ops::Range<u32> = 0x3a00_0000..0xff00_0000;
/// What a client that can do without state on the server sets in its replay ids.
const EARLY: u32 = 0x0f00_0000;

pub const CLIENT_V1: u8 = 1;
pub const SERVER_V1: u8 = 2;
pub const SOFT_RESET: u8 = 3;
pub const CONTROL: u8 = 4;
pub const ACK: u8 = 5;
pub const DATA_V1: u8 = 6;
pub const CLIENT_V2: u8 = 7;
pub const SERVER_V2: u8 = 8;
pub const DATA_V2: u8 = 9;
pub const CLIENT_V3: u8 = 10;
pub const CONTROL_WKC: u8 = 11;

/// Opcode and key id.
pub const fn head(byte: u8) -> (u8, u8) {
    (byte >> 3, byte & 7)
}

pub const fn is_data(opcode: u8) -> bool {
    matches!(opcode, DATA_V1 | DATA_V2)
}

pub const fn is_known(opcode: u8) -> bool {
    matches!(opcode, CLIENT_V1..=CONTROL_WKC)
}

pub const fn is_client_reset(opcode: u8) -> bool {
    matches!(opcode, CLIENT_V1 | CLIENT_V2 | CLIENT_V3)
}

pub const fn is_server_reset(opcode: u8) -> bool {
    matches!(opcode, SERVER_V1 | SERVER_V2)
}

/// Name of an opcode.
pub const fn name(opcode: u8) -> &'static str {
    match opcode {
        CLIENT_V1 => "hard_reset_client_v1",
        SERVER_V1 => "hard_reset_server_v1",
        SOFT_RESET => "soft_reset_v1",
        CONTROL => "control_v1",
        ACK => "ack_v1",
        DATA_V1 => "data_v1",
        CLIENT_V2 => "hard_reset_client_v2",
        SERVER_V2 => "hard_reset_server_v2",
        DATA_V2 => "data_v2",
        CLIENT_V3 => "hard_reset_client_v3",
        CONTROL_WKC => "control_wkc_v1",
        _ => "unknown",
    }
}

/// What protects the control channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing.
    Plain,
    /// An HMAC of so many bytes (`tls-auth`).
    Auth(usize),
    /// It is sealed (`tls-crypt`).
    Crypt,
}

impl Wrap {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Auth(_) => "tls_auth",
            Self::Crypt => "tls_crypt",
        }
    }

    /// The one under which this packet of the control channel holds together.
    pub fn of(packet: &[u8]) -> Option<Self> {
        // What is sealed would often pass for plain: its replay id stands where there is no acknowledgement and a message id.
        let mut all = HMACS.into_iter().map(Self::Auth).chain([Self::Crypt, Self::Plain]);
        all.find(|wrap| Control::read(packet, *wrap).is_ok_and(|control| control.fits()))
    }
}

/// A packet of the control channel.
#[derive(Debug)]
pub struct Control<'a> {
    pub opcode: u8,
    pub key: u8,
    pub session: u64,
    pub wrap: Wrap,
    /// Replay id and time in seconds since 1970.
    pub replay: Option<(u32, u32)>,
    /// Ids that are acknowledged, four bytes each.
    acks: &'a [u8],
    pub remote: Option<u64>,
    /// Id of this message; none in an acknowledgement, or where it is sealed.
    pub id: Option<u32>,
    /// A part of TLS; empty where it is sealed.
    pub payload: &'a [u8],
    /// Length of the client's key that the server wrapped (`tls-crypt-v2`).
    pub wrapped_key: Option<u16>,
}

impl<'a> Control<'a> {
    /// Reads a packet that is protected so.
    pub fn read(packet: &'a [u8], wrap: Wrap) -> Result<Self, Short> {
        let mut r = Reader::new(packet);
        let (opcode, key) = head(r.u8()?);
        let session = r.u64()?;
        let mut said =
            Self { opcode, key, session, wrap, replay: None, acks: &[], remote: None, id: None, payload: &[], wrapped_key: None };
        match wrap {
            Wrap::Plain => {}
            Wrap::Auth(len) => {
                r.skip(len)?;
                said.replay = Some((r.u32()?, r.u32()?));
            }
            Wrap::Crypt => {
                said.replay = Some((r.u32()?, r.u32()?));
                r.skip(CRYPT_MIN - HEAD - REPLAY)?;
                if matches!(opcode, CLIENT_V3 | CONTROL_WKC) {
                    said.wrapped_key = packet.last_chunk().copied().map(u16::from_be_bytes);
                }
                return Ok(said);
            }
        }
        let count = usize::from(r.u8()?);
        said.acks = r.take(count * 4)?;
        if count > 0 {
            said.remote = Some(r.u64()?);
        }
        if opcode != ACK {
            said.id = Some(r.u32()?);
        }
        said.payload = r.rest();
        Ok(said)
    }

    /// Ids that are acknowledged.
    pub fn acks(&self) -> impl Iterator<Item = u32> + '_ {
        self.acks.chunks_exact(4).filter_map(|id| id.first_chunk().copied().map(u32::from_be_bytes))
    }

    /// Whether what is read makes sense: bytes cut at other places seldom do.
    fn fits(&self) -> bool {
        let replay = self.replay.is_none_or(|(id, time)| {
            let low = id & !EARLY;
            low > 0 && low < 1 << 24 && TIMES.contains(&time)
        });
        let ids = self.acks().all(|id| id <= MESSAGE_ID_MAX) && self.id.is_none_or(|id| id <= MESSAGE_ID_MAX);
        let sessions = self.session != 0 && self.remote != Some(0);
        replay && ids && sessions && self.acks.len() <= ACKS_MAX * 4 && (self.wrap == Wrap::Crypt || self.shape())
    }

    /// Whether acknowledgements, message id and payload are as the opcode wants them.
    fn shape(&self) -> bool {
        match self.opcode {
            CLIENT_V1 | CLIENT_V2 => self.key == 0 && self.acks.is_empty() && self.id == Some(0) && self.payload.is_empty(),
            SERVER_V1 | SERVER_V2 => self.key == 0 && self.id == Some(0) && self.payload.is_empty(),
            SOFT_RESET => self.id == Some(0) && self.payload.is_empty(),
            ACK => !self.acks.is_empty() && self.payload.is_empty(),
            CONTROL => {
                self.id.is_some_and(|id| id > 0) && !self.payload.is_empty() && (self.id != Some(1) || begins_tls(self.payload))
            }
            _ => false,
        }
    }
}

/// The first message of a key is the beginning of a handshake (RFC 8446, 5.1), or an alert.
const fn begins_tls(payload: &[u8]) -> bool {
    matches!(payload, [21 | 22, 3, 0..=4, ..])
}

/// Whether a packet can only be the beginning of a session, whatever the port: a hard reset of exactly its length, with a session id
/// that is random.
pub fn begins(packet: &[u8]) -> bool {
    let Some((opcode, 0)) = packet.first().copied().map(head) else { return false };
    if !is_client_reset(opcode) && !is_server_reset(opcode) {
        return false;
    }
    let random = packet.get(1..HEAD).is_some_and(|id| id.iter().filter(|byte| **byte != 0).count() >= 5);
    random && Wrap::of(packet).is_some_and(|wrap| wrap != Wrap::Crypt || sealed_begins(packet, opcode))
}

/// A sealed hard reset: one of the first packets of its sender, of exactly its length or with the client's key behind it.
fn sealed_begins(packet: &[u8], opcode: u8) -> bool {
    let Ok(said) = Control::read(packet, Wrap::Crypt) else { return false };
    let early = said.replay.is_some_and(|(id, _)| (1..64).contains(&(id & !EARLY)));
    let len = packet.len();
    early
        && match opcode {
            CLIENT_V2 => len == CRYPT_MIN,
            // Behind the acknowledgement may stand what the server can do without state.
            SERVER_V2 => len == CRYPT_MIN || len == CRYPT_MIN + 12 || len == CRYPT_MIN + 18,
            CLIENT_V3 => said.wrapped_key.is_some_and(|key| len == CRYPT_MIN + usize::from(key)),
            _ => false,
        }
}
