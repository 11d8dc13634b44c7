//! Names of numbers in services, and of nodes that the standard fixes.

/// Attribute of a node (OPC 10000-6, annex A.1).
pub const fn attribute(number: u32) -> &'static str {
    match number {
        1 => "NodeId",
        2 => "NodeClass",
        3 => "BrowseName",
        4 => "DisplayName",
        5 => "Description",
        6 => "WriteMask",
        7 => "UserWriteMask",
        8 => "IsAbstract",
        9 => "Symmetric",
        10 => "InverseName",
        11 => "ContainsNoLoops",
        12 => "EventNotifier",
        VALUE => "Value",
        14 => "DataType",
        15 => "ValueRank",
        16 => "ArrayDimensions",
        17 => "AccessLevel",
        18 => "UserAccessLevel",
        19 => "MinimumSamplingInterval",
        20 => "Historizing",
        21 => "Executable",
        22 => "UserExecutable",
        23 => "DataTypeDefinition",
        24 => "RolePermissions",
        25 => "UserRolePermissions",
        26 => "AccessRestrictions",
        27 => "AccessLevelEx",
        _ => "",
    }
}

/// The Value attribute.
pub const VALUE: u32 = 13;
/// The attribute by which events are monitored.
pub const EVENT_NOTIFIER: u32 = 12;

/// Security mode (OPC 10000-4, 7.20).
pub const fn security_mode(number: u32) -> &'static str {
    match number {
        0 => "invalid",
        1 => "none",
        2 => "sign",
        3 => "sign_and_encrypt",
        _ => "",
    }
}

/// Issue or renewal of a channel's token (OPC 10000-4, 5.6.2).
pub const fn token_request(number: u32) -> &'static str {
    match number {
        0 => "issue",
        1 => "renew",
        _ => "",
    }
}

/// What an application is (OPC 10000-4, 7.2).
pub const fn application_type(number: u32) -> &'static str {
    match number {
        0 => "server",
        1 => "client",
        2 => "client_and_server",
        3 => "discovery_server",
        _ => "",
    }
}

/// How users identify themselves (OPC 10000-4, 7.42).
pub const fn user_token(number: u32) -> &'static str {
    match number {
        0 => "anonymous",
        1 => "user_name",
        2 => "certificate",
        3 => "issued_token",
        _ => "",
    }
}

/// Which times are asked for (OPC 10000-4, 7.40).
pub const fn timestamps(number: u32) -> &'static str {
    match number {
        0 => "source",
        1 => "server",
        2 => "both",
        3 => "neither",
        _ => "",
    }
}

/// Which references are followed (OPC 10000-4, 5.9.2).
pub const fn browse_direction(number: u32) -> &'static str {
    match number {
        0 => "forward",
        1 => "inverse",
        2 => "both",
        _ => "",
    }
}

/// Class of a node (OPC 10000-3, 8.29).
pub const fn node_class(number: u32) -> &'static str {
    match number {
        0 => "unspecified",
        1 => "object",
        2 => "variable",
        4 => "method",
        8 => "object_type",
        16 => "variable_type",
        32 => "reference_type",
        64 => "data_type",
        128 => "view",
        _ => "",
    }
}

/// Whether an item samples and reports (OPC 10000-4, 7.23).
pub const fn monitoring_mode(number: u32) -> &'static str {
    match number {
        0 => "disabled",
        1 => "sampling",
        2 => "reporting",
        _ => "",
    }
}

/// What counts as a change (OPC 10000-4, 7.22.2).
pub const fn trigger(number: u32) -> &'static str {
    match number {
        0 => "status",
        1 => "status_value",
        2 => "status_value_timestamp",
        _ => "",
    }
}

/// What is done to history (OPC 10000-11, 6.9.2 and 6.6).
pub const fn update_type(number: u32) -> &'static str {
    match number {
        1 => "insert",
        2 => "replace",
        3 => "update",
        4 => "remove",
        _ => "",
    }
}

/// State of a server (OPC 10000-5, 12.6).
pub const fn server_state(number: u32) -> &'static str {
    match number {
        0 => "running",
        1 => "failed",
        2 => "no_configuration",
        3 => "suspended",
        4 => "shutdown",
        5 => "test",
        6 => "communication_fault",
        7 => "unknown",
        _ => "",
    }
}

/// Operator of a filter (OPC 10000-4, 7.7.3).
pub const fn filter_operator(number: u32) -> &'static str {
    match number {
        0 => "equals",
        1 => "is_null",
        2 => "greater_than",
        3 => "less_than",
        4 => "greater_than_or_equal",
        5 => "less_than_or_equal",
        6 => "like",
        7 => "not",
        8 => "between",
        9 => "in_list",
        10 => "and",
        11 => "or",
        12 => "cast",
        13 => "in_view",
        14 => "of_type",
        15 => "related_to",
        16 => "bitwise_and",
        17 => "bitwise_or",
        _ => "",
    }
}

/// Nodes of the server object (OPC 10000-5, 8.3.2) that say who it is.
pub mod node {
    /// ServerStatus, a structure.
    pub const SERVER_STATUS: u32 = 2256;
    /// Its build information, a structure.
    pub const BUILD_INFO: u32 = 2260;
    /// Name of the product.
    pub const PRODUCT_NAME: u32 = 2261;
    /// URI of the product.
    pub const PRODUCT_URI: u32 = 2262;
    /// Manufacturer.
    pub const MANUFACTURER_NAME: u32 = 2263;
    /// Version of the software.
    pub const SOFTWARE_VERSION: u32 = 2264;
}

/// Methods of the standard that only ask: GetMonitoredItems, ResendData, ConditionRefresh, GetRejectedList.
pub const fn only_asks(method: u32) -> bool {
    matches!(method, 11_489 | 11_492 | 12_871 | 12_873 | 3_875 | 12_912 | 12_775 | 12_777)
}
