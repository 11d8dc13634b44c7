//! Names and numbers of PROFINET DCP (IEC 61158-6-10, discovery and basic configuration protocol).

/// Frame identifiers that carry DCP.
pub const FRAME_HELLO: u16 = 0xfefc;
/// Get and set.
pub const FRAME_GET_SET: u16 = 0xfefd;
/// Identify request (multicast).
pub const FRAME_IDENTIFY_REQUEST: u16 = 0xfefe;
/// Identify response.
pub const FRAME_IDENTIFY_RESPONSE: u16 = 0xfeff;

/// Get.
pub const GET: u8 = 3;
/// Set.
pub const SET: u8 = 4;
/// Identify.
pub const IDENTIFY: u8 = 5;
/// Hello.
pub const HELLO: u8 = 6;

/// Service.
#[must_use]
pub const fn service(id: u8) -> &'static str {
    match id {
        GET => "get",
        SET => "set",
        IDENTIFY => "identify",
        HELLO => "hello",
        _ => "unknown_service",
    }
}

/// Service type.
#[must_use]
pub const fn service_type(kind: u8) -> &'static str {
    match kind {
        0 => "request",
        1 => "response",
        5 => "response_not_supported",
        _ => "unknown",
    }
}

/// A block's option and suboption.
#[must_use]
pub const fn option(option: u8, suboption: u8) -> &'static str {
    match (option, suboption) {
        (1, 1) => "mac_address",
        (1, 2) => "ip_parameter",
        (1, 3) => "full_ip_suite",
        (2, 1) => "vendor",
        (2, 2) => "name_of_station",
        (2, 3) => "device_id",
        (2, 4) => "device_role",
        (2, 5) => "device_options",
        (2, 6) => "alias_name",
        (2, 7) => "device_instance",
        (2, 8) => "oem_device_id",
        (2, 9) => "standard_gateway",
        (2, 10) => "rsi_properties",
        (3, 12) => "dhcp_host_name",
        (3, 43) => "dhcp_vendor_specific",
        (3, 54) => "dhcp_server_identifier",
        (3, 55) => "dhcp_parameter_request_list",
        (3, 60) => "dhcp_class_identifier",
        (3, 61) => "dhcp_client_identifier",
        (3, 81) => "dhcp_fqdn",
        (3, 97) => "dhcp_uuid_client_identifier",
        (3, 255) => "dhcp_control",
        (5, 1) => "start_transaction",
        (5, 2) => "end_transaction",
        (5, 3) => "signal",
        (5, 4) => "response",
        (5, 5) => "factory_reset",
        (5, 6) => "reset_to_factory",
        (6, 1) => "device_initiative",
        (7, 1) => "nme_domain",
        (7, 2) => "nme_priority",
        (7, 3) => "nme_parameter_uuid",
        (7, 4) => "nme_agent",
        (7, 5) => "cim_interface",
        (0xff, 0xff) => "all",
        (0x80..=0xfe, _) => "manufacturer_specific",
        _ => "unknown",
    }
}

/// What setting a block is called as an operation.
#[must_use]
pub const fn set_function(option: u8, suboption: u8) -> &'static str {
    match (option, suboption) {
        (1, 2 | 3) => "set_ip_suite",
        (2, 2) => "set_name_of_station",
        (3, _) => "set_dhcp",
        (5, 1) => "start_transaction",
        (5, 2) => "end_transaction",
        (5, 3) => "signal",
        (5, 5) => "factory_reset",
        (5, 6) => "reset_to_factory",
        (0x80..=0xfe, _) => "set_manufacturer_specific",
        _ => "set",
    }
}

/// Block error of a control response, as an outcome.
#[must_use]
pub const fn outcome(error: u8) -> &'static str {
    match error {
        0 => "ok",
        1 => "error: option_not_supported",
        2 => "error: suboption_not_supported_or_no_data_set",
        3 => "error: suboption_not_set",
        4 => "error: resource_error",
        5 => "error: set_not_possible_by_local_reasons",
        6 => "error: set_not_possible_in_operation",
        _ => "error: unknown",
    }
}

/// Vendor identifiers of PROFIBUS & PROFINET International that are met most.
#[must_use]
pub const fn vendor(id: u16) -> Option<&'static str> {
    Some(match id {
        0x002a => "Siemens AG",
        0x00b0 => "Phoenix Contact GmbH & Co. KG",
        0x011d => "WAGO Kontakttechnik GmbH & Co. KG",
        0x0120 => "Beckhoff Automation GmbH",
        _ => return None,
    })
}
