//! Observations: facts from a sensor, typed, each with time and evidence. These are the rows of the lake.

use crate::measurements::Measurements;
use crate::{Address, Mac, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident { $($(#[$item_doc:meta])* $item:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $kind { $($(#[$item_doc])* #[serde(rename = $name)] #[cfg_attr(feature = "openapi", schema(rename = $name))] $item),+ }
        impl $kind {
            /// All values, in order.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];
            /// The stable name used in JSON, SQL and files.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$item => $name),+ } }
            /// The value of a stable name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { Self::ALL.iter().copied().find(|k| k.name() == name) }
        }
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.name()) }
        }
    };
}
pub(crate) use named;

named! {
    /// What an operation does to its target. All but `read` and `diagnostic` are acts: kept one by one.
    Category {
        /// Reads values or state; cyclic polling is folded.
        Read = "read",
        /// Writes process values (registers, tags, points).
        Write = "write",
        /// Starts, stops, operates, changes mode.
        Control = "control",
        /// Moves or changes program or firmware.
        Program = "program",
        /// Changes a device's configuration (name, address, clock, users).
        Configuration = "configuration",
        /// Asks a device about itself; discovery; sessions.
        Diagnostic = "diagnostic",
    }
}

impl Category {
    /// Whether an operation of this category is kept by itself with its values.
    #[must_use]
    pub const fn is_act(self) -> bool {
        !matches!(self, Self::Read | Self::Diagnostic)
    }
}

named! {
    /// An attribute that a packet can say about a device.
    Attribute {
        /// Host, station or system name.
        Name = "name",
        /// Vendor as the device says it.
        Vendor = "vendor",
        /// Product or model name.
        Model = "model",
        /// Order or catalogue number.
        OrderNumber = "order_number",
        /// Firmware or software version.
        Firmware = "firmware",
        /// Hardware revision.
        Hardware = "hardware",
        /// Serial number.
        Serial = "serial",
        /// Operating system.
        Os = "os",
        /// A role that a protocol states outright (e.g. PROFINET DCP device role, LLDP capability): value is a role name.
        Role = "role",
        /// What the device is used for, as configured (e.g. location, plant designation, description).
        Description = "description",
        /// Owns this further IP address (e.g. LLDP management address).
        IpAddress = "ip_address",
        /// Owns this further MAC address.
        MacAddress = "mac_address",
        /// Client software that it runs (user agent, banner).
        Software = "software",
        /// Frames were seen from this MAC with this IP; value is empty. Made by the sensor, not by decoders.
        Presence = "presence",
    }
}

/// Content address of a kept packet: six bytes of its time in milliseconds, ten of the SHA-256 over link type, time and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub [u8; 16]);

/// A byte as two hexadecimal digits.
pub(crate) fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|nibble| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'))
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&hex(byte));
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl std::str::FromStr for PacketId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(());
        }
        let mut bytes = [0u8; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = text.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for PacketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for PacketId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 16]>::deserialize(deserializer).map(Self);
        }
        String::deserialize(deserializer)?.parse().map_err(|()| serde::de::Error::custom("not a packet id"))
    }
}

/// One statement about a device, repeated statements folded: `count` times between `ts` and `last`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetEvidence {
    /// When it was first said within this row's window.
    pub ts: Timestamp,
    /// When it was last said within this row's window.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// MAC of the device, where the statement names it, or of the frame that carried it (may be a router's).
    pub mac: Option<Mac>,
    /// IP of the device.
    pub ip: Option<IpAddr>,
    /// Whether MAC and IP are bound by the statement itself (ARP, DHCP, DCP, LLDP) rather than by the frame's header.
    pub bound: bool,
    /// Which attribute.
    pub attribute: Attribute,
    /// Its value as said.
    pub value: String,
    /// Protocol, with a detail after a dot where there is one: `s7comm.szl`.
    pub source: Text,
    /// 0 to 100: how far such a statement is to be believed.
    pub confidence: u8,
    /// Frame that said it first in this window.
    pub frame: u64,
    /// The kept packet.
    pub packet: Option<PacketId>,
}

named! {
    /// Transport of a conversation.
    Transport {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// Another IP protocol (ICMP and the like).
        Ip = "ip",
        /// No IP: straight on the link.
        Link = "link",
    }
}

/// Who talked to whom in one window (a minute): deltas, to be added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationWindow {
    /// First packet in the window.
    pub ts: Timestamp,
    /// Last packet in the window.
    pub last: Timestamp,
    /// Who asks: sent the SYN, or speaks as a client, or (unknown) sent the first packet seen.
    pub client: Address,
    /// Who answers.
    pub server: Address,
    /// Source MAC of the client's frames as seen here.
    pub client_mac: Option<Mac>,
    /// Source MAC of the server's frames as seen here (destination MAC while it is silent).
    pub server_mac: Option<Mac>,
    /// Transport.
    pub transport: Transport,
    /// The server's port; 0 where there are none.
    pub port: u16,
    /// Decoded protocol, or empty where none was recognised.
    pub protocol: Text,
    /// Capture segment: interface and VLAN, e.g. `eth1`, `eth1.20`, `capture.20`.
    pub segment: Text,
    /// Packets from client and from server.
    pub packets: [u64; 2],
    /// Bytes on the wire from client and from server.
    pub bytes: [u64; 2],
    /// Distinct flows that began in this window.
    pub flows: u32,
    /// Messages decoded.
    pub messages: u64,
    /// Flows in which the server answered at all (SYN-ACK or data).
    pub answered: u32,
    /// Flows refused (RST to a SYN).
    pub refused: u32,
    /// Bytes of stream that were missing from the capture.
    pub gap_bytes: u64,
    /// Only one direction was seen of a TCP flow that carried data.
    pub one_sided: bool,
    /// Payload is encrypted (TLS, SSH).
    pub encrypted: bool,
    /// First frame in the window.
    pub frame: u64,
    /// The kept first packet, when someone wants it shown.
    pub packet: Option<PacketId>,
}

/// One read, write, control, program, configuration or diagnostic act on a target; equal reads within a minute are
/// folded into one row with a count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// When it was asked (first of a folded row).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ts: Timestamp,
    /// Last of a folded row; equals `ts` for an act.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last: Timestamp,
    /// How many are folded here.
    pub count: u64,
    /// Who acted.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub src: Address,
    /// On which device.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub dst: Address,
    /// Source MAC of the actor's frame (may be a router's).
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub src_mac: Option<Mac>,
    /// Actor's port.
    pub src_port: u16,
    /// Device's port.
    pub dst_port: u16,
    /// Protocol.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub protocol: Text,
    /// Function, snake case: `write_single_register`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub function: Text,
    /// What kind of act.
    pub category: Category,
    /// On what: register range, tag, object, block; empty where the device itself is the target.
    pub target: String,
    /// Values written or commanded, as text; none for reads.
    pub value: Option<String>,
    /// `ok`, `error: …` with the protocol's own name, `unanswered`, or `unconfirmed` where none is due.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub outcome: Text,
    /// Frame of the request (first of a folded row).
    pub frame: u64,
    /// The kept packets: request, then answer.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub packets: Vec<PacketId>,
}

/// A process value, kept when it changed by more than the dead-band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measurement {
    /// When the value was seen.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ts: Timestamp,
    /// The device that holds the point.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub device: Address,
    /// Protocol it was seen in.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub protocol: Text,
    /// The point: `holding_register 40`, `DB1.DBD4`, a tag.
    pub point: String,
    /// Numeric value; 0 or 1 for binary points; NaN where only text is known.
    pub value: f64,
    /// Text value of non-numeric points.
    pub text: Option<String>,
    /// `good`, or the protocol's own words for what is wrong with it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub quality: Text,
    /// Frame.
    pub frame: u64,
}

/// A file or program block seen by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSeen {
    /// When.
    pub ts: Timestamp,
    /// Where it came from.
    pub src: Address,
    /// Where it went.
    pub dst: Address,
    /// Protocol.
    pub protocol: Text,
    /// Name as said.
    pub name: String,
    /// Size in bytes if said.
    pub size: Option<u64>,
    /// Frame.
    pub frame: u64,
}

/// A breach of a protocol's rules, equal ones within a minute folded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// First.
    pub ts: Timestamp,
    /// Last.
    pub last: Timestamp,
    /// How many.
    pub count: u64,
    /// Sender of the offending message.
    pub src: Address,
    /// Its receiver.
    pub dst: Address,
    /// Receiver's or sender's service port.
    pub port: u16,
    /// Protocol.
    pub protocol: Text,
    /// Named kind, snake case.
    pub kind: Text,
    /// What exactly, for a reader.
    pub detail: String,
    /// First frame.
    pub frame: u64,
    /// The kept packet.
    pub packet: Option<PacketId>,
}

/// A secret or user name that crossed the wire readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// When.
    pub ts: Timestamp,
    /// Who sent it.
    pub src: Address,
    /// To whom.
    pub dst: Address,
    /// Receiver's port.
    pub port: u16,
    /// Protocol.
    pub protocol: Text,
    /// Scheme: `basic`, `form`, `community`, `password`.
    pub scheme: Text,
    /// User name where said. The secret itself is never kept.
    pub user: Option<String>,
    /// Frame.
    pub frame: u64,
    /// The kept packet (with the secret masked where it is shown).
    pub packet: Option<PacketId>,
}

/// What a segment's packets came to in one minute; deltas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Start of the minute.
    pub ts: Timestamp,
    /// Interface and VLAN.
    pub segment: String,
    /// Packets seen.
    pub packets: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Packets whose payload a decoder understood (or that need none: bare TCP control packets).
    pub parsed: u64,
    /// Packets with payload that nobody decodes.
    pub not_parsed: u64,
    /// Packets that the kernel or a full table dropped.
    pub dropped: u64,
    /// Packets of flows seen in one direction only.
    pub one_sided: u64,
    /// Packets whose payload is encrypted.
    pub encrypted: u64,
    /// Damaged packets (headers that do not parse).
    pub damaged: u64,
    /// Flows, fragments or requests that fell out of a full table.
    pub evicted: u64,
    /// Packets by decoded protocol (unrecognised ones under their transport and port).
    pub protocols: Vec<(String, u64)>,
}

/// A packet kept as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptPacket {
    /// Content address.
    pub id: PacketId,
    /// Capture time.
    pub ts: Timestamp,
    /// Frame number in its capture or since the sensor's start.
    pub frame: u64,
    /// LINKTYPE number (tcpdump.org list).
    pub link: u32,
    /// Length on the wire.
    pub original_len: u32,
    /// The bytes.
    pub data: Vec<u8>,
}

/// Where a batch from captures stands in them: what lets a replay carry on where it was cut off, with nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What identifies the captures together, by content.
    pub source: String,
    /// Packets, from the first capture on, up to which everything is told with this batch.
    pub packets: u64,
    /// What identifies each capture, in the batch that ends the last one.
    pub finished: Vec<String>,
}

/// What a sensor says at once; the unit of the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Site: the one partition key.
    pub site: String,
    /// Which sensor.
    pub sensor: String,
    /// Event time up to which this sensor has told everything.
    pub watermark: Timestamp,
    /// Event time of the capture's first packet.
    pub started: Timestamp,
    /// Set where the source is finite: first and last event time of the whole capture (learning takes a share of it).
    pub span: Option<(Timestamp, Timestamp)>,
    /// Where it stands in its captures; `None` where it comes from an interface.
    pub origin: Option<Origin>,
    /// Statements about devices.
    pub evidence: Vec<AssetEvidence>,
    /// Conversation windows.
    pub conversations: Vec<ConversationWindow>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// Process values.
    pub measurements: Measurements,
    /// Files by name.
    pub files: Vec<FileSeen>,
    /// Breaches of protocol.
    pub anomalies: Vec<Anomaly>,
    /// Readable credentials.
    pub credentials: Vec<Credential>,
    /// Coverage per segment and minute.
    pub coverage: Vec<Coverage>,
    /// Packets to keep as evidence.
    pub packets: Vec<KeptPacket>,
}

impl Batch {
    /// Number of observations (packets kept as evidence not counted).
    #[must_use]
    pub fn len(&self) -> usize {
        self.evidence.len()
            + self.conversations.len()
            + self.operations.len()
            + self.measurements.len()
            + self.files.len()
            + self.anomalies.len()
            + self.credentials.len()
            + self.coverage.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.packets.is_empty()
    }
}
