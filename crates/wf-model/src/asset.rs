//! Assets: what evidence adds up to.

use crate::{Address, Mac, PacketId, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Roles that the product knows. Text in JSON; these are the values.
pub const ROLES: &[&str] = &[
    "controller",
    "safety_controller",
    "rtu",
    "remote_io",
    "drive",
    "sensor",
    "protection_relay",
    "gateway",
    "meter",
    "hmi",
    "engineering_station",
    "historian",
    "scada_server",
    "network_device",
    "server",
    "workstation",
    "laptop",
    "building_controller",
    "printer",
    "camera",
    "internet_host",
    "unknown",
];

/// Roles whose devices act on the process.
#[must_use]
pub fn is_controller_role(role: &str) -> bool {
    matches!(
        role,
        "controller" | "safety_controller" | "rtu" | "remote_io" | "drive" | "protection_relay" | "building_controller"
    )
}

/// One machine as the product knows it. `None` means: no evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Asset {
    /// Stable id: `a-` and hexadecimal digits.
    pub id: String,
    /// Best name: a person's, the device's own, or its address.
    pub name: String,
    /// Site.
    pub site: String,
    /// MAC addresses, sorted.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub macs: Vec<Mac>,
    /// IP addresses, sorted.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub ips: Vec<IpAddr>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Order or catalogue number.
    pub order_number: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Hardware revision.
    pub hardware: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// One of [`ROLES`].
    pub role: String,
    /// 0 to 100.
    pub role_confidence: u8,
    /// Purdue level 0 to 5, 3.5 for the industrial DMZ; `None` where unknown.
    pub purdue_level: Option<f64>,
    /// Zone id.
    pub zone: Option<String>,
    /// Why this zone and level, one sentence.
    pub zone_reason: String,
    /// Outside the site's address space.
    pub internet: bool,
    /// Routes for others: its MAC stands before many addresses.
    pub router: bool,
    /// Protocols it spoke, sorted.
    pub protocols: Vec<String>,
    /// Ids of the functions of the plant model that stand on it.
    pub functions: Vec<String>,
    /// First packet from it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub first_seen: Timestamp,
    /// Last packet from it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_seen: Timestamp,
}

/// One value that evidence gives for one attribute of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetAttribute {
    /// Attribute name as in [`Asset`] (`vendor`, `firmware`, …) or `mac`, `ip`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Text,
    /// Value.
    pub value: String,
    /// Where it was said: `s7comm.szl`, `oui`, `inference`, `person`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub source: Text,
    /// The reason in words, where it was inferred.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub reason: Text,
    /// 0 to 100.
    pub confidence: u8,
    /// First said.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub first_seen: Timestamp,
    /// Last said.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_seen: Timestamp,
    /// How often.
    pub count: u64,
    /// Frame that said it first.
    pub frame: u64,
    /// The kept packet.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub packet: Option<PacketId>,
    /// This value is the one shown; the others are conflicts.
    pub chosen: bool,
}

/// An asset with everything that is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssetDetail {
    /// The asset.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Asset))]
    pub asset: Arc<Asset>,
    /// Every value of every attribute, chosen ones first.
    pub attributes: Vec<AssetAttribute>,
}

/// What other parts need to know of an asset, quickly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AssetFacts<'a> {
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// Role.
    pub role: &'a str,
    /// Purdue level.
    pub purdue_level: Option<f64>,
    /// Zone id.
    pub zone: Option<&'a str>,
    /// Internet host.
    pub internet: bool,
    /// First seen.
    pub first_seen: Timestamp,
    /// Functions of the plant model that stand on it.
    pub functions: &'a [String],
}

impl Asset {
    /// What other parts need to know of it.
    #[must_use]
    pub fn facts(&self) -> AssetFacts<'_> {
        AssetFacts {
            id: &self.id,
            name: &self.name,
            role: &self.role,
            purdue_level: self.purdue_level,
            zone: self.zone.as_deref(),
            internet: self.internet,
            first_seen: self.first_seen,
            functions: &self.functions,
        }
    }
}

/// Looks assets up: implemented by the inventory, used by detection and consequence.
pub trait AssetView {
    /// The asset that has this address now.
    fn by_address(&self, address: &Address) -> Option<AssetFacts<'_>>;
    /// The asset with this id.
    fn by_id(&self, id: &str) -> Option<AssetFacts<'_>>;
}

/// The id that an asset has now, by what ids turned out to be: one may have become another, and that one a third.
#[must_use]
pub fn current<'a>(assets: &BTreeMap<&'a str, &'a str>, id: &'a str) -> &'a str {
    let mut id = id;
    // Nothing turns out to be itself in the end; a circle would end here.
    for _ in 0..assets.len() {
        let Some(next) = assets.get(id) else { break };
        id = next;
    }
    id
}

/// A person's word on an asset; `Some` overrides, an empty text takes the override back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AssetOverride {
    /// Name.
    pub name: Option<String>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Role, one of [`ROLES`].
    pub role: Option<String>,
    /// Purdue level as text: `0` to `5`, `3.5`.
    pub purdue_level: Option<String>,
    /// Zone id.
    pub zone: Option<String>,
}
