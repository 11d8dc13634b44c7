//! Lists as every endpoint and reading command gives them.

use serde::{Deserialize, Serialize};

/// One page of a list. `next` is the cursor of the page after it, absent on the last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Opaque cursor for the next page.
    pub next: Option<String>,
    /// How many match in all, where counting is cheap.
    pub total: Option<u64>,
}

/// What a list query asks for. All parts optional; filters are combined with *and*.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct ListQuery {
    /// Free text: matched in names, addresses and texts, case-insensitively.
    pub q: Option<String>,
    /// Only of this site.
    pub site: Option<String>,
    /// Only about this asset id.
    pub asset: Option<String>,
    /// Only in this zone id.
    pub zone: Option<String>,
    /// Only of this role.
    pub role: Option<String>,
    /// Only of this protocol.
    pub protocol: Option<String>,
    /// Only of this operation category, or of all acts: `acts`.
    pub category: Option<String>,
    /// Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged.
    pub state: Option<String>,
    /// Only of this rule id.
    pub rule: Option<String>,
    /// Only of this priority.
    pub priority: Option<String>,
    /// From this time on (RFC 3339).
    pub from: Option<String>,
    /// Until this time (RFC 3339).
    pub to: Option<String>,
    /// Field to sort by; a leading `-` means descending.
    pub sort: Option<String>,
    /// Cursor from the page before.
    pub cursor: Option<String>,
    /// Items a page: 1 to 1000, 100 when absent.
    pub limit: Option<u32>,
}

impl ListQuery {
    /// The page size within its bounds.
    #[must_use]
    pub fn page_size(&self) -> u32 {
        self.limit.unwrap_or(100).clamp(1, 1000)
    }
}
