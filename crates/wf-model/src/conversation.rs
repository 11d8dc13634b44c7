//! Conversation profiles: who talks to whom, how, since when.

use crate::{Text, Timestamp};
use serde::{Deserialize, Serialize};

/// A conversation as kept in state: all its windows added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Stable id: `c-` and hexadecimal digits.
    pub id: String,
    /// Site.
    pub site: String,
    /// Client address as text.
    pub client: String,
    /// Server address as text.
    pub server: String,
    /// Client's asset id.
    pub client_asset: Option<String>,
    /// Server's asset id.
    pub server_asset: Option<String>,
    /// Client's name for people.
    pub client_name: String,
    /// Server's name for people.
    pub server_name: String,
    /// Client's zone.
    pub client_zone: Option<String>,
    /// Server's zone.
    pub server_zone: Option<String>,
    /// `tcp`, `udp`, `ip`, `link`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub transport: Text,
    /// Server's port.
    pub port: u16,
    /// Recognised protocol, or empty.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub protocol: Text,
    /// Segments it was seen on.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub segments: Vec<Text>,
    /// Packets from client.
    pub packets_to_server: u64,
    /// Packets from server.
    pub packets_to_client: u64,
    /// Bytes from client.
    pub bytes_to_server: u64,
    /// Bytes from server.
    pub bytes_to_client: u64,
    /// Flows.
    pub flows: u64,
    /// Flows that were answered.
    pub answered: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Stream bytes missing from the capture.
    pub gap_bytes: u64,
    /// Seen in one direction only.
    pub one_sided: bool,
    /// Encrypted.
    pub encrypted: bool,
    /// Began within the learning period.
    pub learned: bool,
    /// Crosses zones without a conduit that allows it.
    pub forbidden: bool,
    /// Functions used, with counts: `read_holding_registers`.
    pub functions: Vec<FunctionUse>,
    /// First packet.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub first_seen: Timestamp,
    /// Last packet.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_seen: Timestamp,
}

/// How often a function was used in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FunctionUse {
    /// Function name.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub function: Text,
    /// Category name.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub category: Text,
    /// Times.
    pub count: u64,
    /// Last use.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last: Timestamp,
}
