//! The plant model: site, zones, conduits, ISA-95 areas, units and functions, and what stands behind each.

use serde::{Deserialize, Serialize};

/// The whole model as in `plant.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlantModel {
    /// Version of this file format: 1.
    pub schema: u32,
    /// The site.
    pub site: Site,
    /// IEC 62443 zones.
    #[serde(default, rename = "zone")]
    pub zones: Vec<Zone>,
    /// Allowed traffic between zones.
    #[serde(default, rename = "conduit")]
    pub conduits: Vec<Conduit>,
    /// ISA-95 areas.
    #[serde(default, rename = "area")]
    pub areas: Vec<Area>,
    /// ISA-95 units.
    #[serde(default, rename = "unit")]
    pub units: Vec<Unit>,
    /// Functions.
    #[serde(default, rename = "function")]
    pub functions: Vec<Function>,
}

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Id: letters, digits, `-`.
    pub id: String,
    /// Name.
    pub name: String,
    /// ISO 4217 code of all costs.
    #[serde(default = "euro")]
    pub currency: String,
}

fn euro() -> String {
    "EUR".into()
}

/// A zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Purdue level 0 to 5, 3.5 for the industrial DMZ.
    pub purdue_level: f64,
    /// Its address ranges, CIDR.
    #[serde(default)]
    pub subnets: Vec<String>,
}

/// Traffic that is allowed from one zone to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Conduit {
    /// Zone of the clients.
    pub from: String,
    /// Zone of the servers.
    pub to: String,
    /// Allowed protocol names; empty allows all.
    #[serde(default)]
    pub protocols: Vec<String>,
}

/// An ISA-95 area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// An ISA-95 unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Area id.
    pub area: String,
}

/// A function of the process, and what it costs to lose it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Unit id.
    pub unit: String,
    /// IPs, MACs or names of the assets behind it.
    #[serde(default)]
    pub assets: Vec<String>,
    /// Hours to restart after a stop.
    #[serde(default)]
    pub restart_hours: f64,
    /// Cost of an hour's standstill, in the site's currency.
    #[serde(default)]
    pub cost_per_hour: f64,
    /// Minutes until a stop is felt (buffers, tanks).
    #[serde(default)]
    pub buffer_minutes: f64,
    /// none, low, medium, high.
    #[serde(default = "none")]
    pub safety: String,
    /// none, standby, parallel.
    #[serde(default = "none")]
    pub redundancy: String,
    /// Functions that it cannot run without.
    #[serde(default)]
    pub depends_on: Vec<String>,
}

fn none() -> String {
    "none".into()
}
