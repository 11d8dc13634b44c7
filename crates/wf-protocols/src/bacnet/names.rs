//! Names of what the standard numbers (clause 21): one table a kind, read once from `names.txt`.

use std::sync::LazyLock;
use wf_model::Category;

/// Names of a section by their numbers, in rising order.
type Table = Vec<(u32, &'static str)>;

/// Sections of `names.txt`.
static TABLES: LazyLock<Vec<(&'static str, Table)>> = LazyLock::new(|| {
    let mut tables: Vec<(&'static str, Table)> = Vec::new();
    for line in include_str!("names.txt").lines() {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            tables.push((title, Vec::new()));
        } else if let (Some((number, name)), Some((_, table))) = (line.split_once(' '), tables.last_mut())
            && let Ok(number) = number.parse()
        {
            table.push((number, name));
        }
    }
    tables
});

/// The name of a number in a section.
pub fn name(section: &str, number: u32) -> Option<&'static str> {
    let (_, table) = TABLES.iter().find(|(title, _)| *title == section)?;
    let at = table.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    table.get(at).map(|(_, name)| *name)
}

/// A number of a section for people: its name, or `section_12`.
pub struct Named(pub &'static str, pub u32);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match name(self.0, self.1) {
            Some(name) => f.write_str(name),
            None => write!(f, "{}_{}", self.0, self.1),
        }
    }
}

/// Properties that the decoder itself looks at (clause 21, `BACnetPropertyIdentifier`).
pub mod property {
    /// Version of the device's own application.
    pub const APPLICATION_SOFTWARE_VERSION: u32 = 12;
    /// What an object is for.
    pub const DESCRIPTION: u32 = 28;
    /// Version of the device's firmware.
    pub const FIRMWARE_REVISION: u32 = 44;
    /// Where the device is.
    pub const LOCATION: u32 = 58;
    /// Model.
    pub const MODEL_NAME: u32 = 70;
    /// Name of an object, unique in its device.
    pub const OBJECT_NAME: u32 = 77;
    /// Whether an object is cut off from what it stands for.
    pub const OUT_OF_SERVICE: u32 = 81;
    /// The value.
    pub const PRESENT_VALUE: u32 = 85;
    /// All commanded values by priority.
    pub const PRIORITY_ARRAY: u32 = 87;
    /// Request to a program object.
    pub const PROGRAM_CHANGE: u32 = 90;
    /// Whether the value can be relied on.
    pub const RELIABILITY: u32 = 103;
    /// Value when nobody commands one.
    pub const RELINQUISH_DEFAULT: u32 = 104;
    /// Set-point of a loop.
    pub const SETPOINT: u32 = 108;
    /// In alarm, fault, overridden, out of service.
    pub const STATUS_FLAGS: u32 = 111;
    /// Engineering units.
    pub const UNITS: u32 = 117;
    /// Vendor's number.
    pub const VENDOR_IDENTIFIER: u32 = 120;
    /// Vendor's name.
    pub const VENDOR_NAME: u32 = 121;
    /// Serial number of the device.
    pub const SERIAL_NUMBER: u32 = 372;
}

/// Type number of the device object.
pub const DEVICE: u16 = 8;
/// Type number of a program object.
pub const PROGRAM: u16 = 16;

/// The section that names a property's enumerated value, by property and type of object.
pub fn section_of(object_type: u16, property: u32) -> Option<&'static str> {
    Some(match (property, object_type) {
        (36, _) => "event_state",
        (37, _) => "event_type",
        (41, _) => "file_access_method",
        (72, _) => "notify_type",
        (79, _) => "object_type",
        (84, _) => "polarity",
        (103 | 357, _) => "reliability",
        (107, _) => "segmentation",
        (112, _) => "device_status",
        (117 | 50 | 94 | 82 | 27 | 311, _) => "units",
        (196, _) => "restart_reason",
        (338, _) => "backup_state",
        (427, _) => "network_type",
        (160 | 158, _) => "life_safety_mode",
        (161, _) => "life_safety_operation",
        (163, _) => "silenced_state",
        (92, _) => "program_state",
        (90, _) => "program_request",
        (100, _) => "program_error",
        (208, _) => "node_type",
        (85 | 87 | 104 | 6 | 40, 3..=5 | 55) => "binary_pv",
        (85 | 166, 21 | 22) => "life_safety_state",
        (85 | 87 | 104, 30) => "door_value",
        (247, _) => "access_event",
        (85, 31) => "timer_state",
        _ => return None,
    })
}

/// Who speaks in an APDU, as the operations see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Name.
    pub name: &'static str,
    /// What kind of act.
    pub category: Category,
    /// A report of the device that holds the point: no act of its sender.
    pub report: bool,
}

const fn service(name: &'static str, category: Category) -> Service {
    Service { name, category, report: false }
}

const fn report(name: &'static str) -> Service {
    Service { name, category: Diagnostic, report: true }
}

use Category::{Configuration, Control, Diagnostic, Program, Read, Write};

static CONFIRMED: &[Service] = &[
    service("acknowledge_alarm", Control),
    report("confirmed_cov_notification"),
    report("confirmed_event_notification"),
    service("get_alarm_summary", Read),
    service("get_enrollment_summary", Read),
    service("subscribe_cov", Read),
    service("atomic_read_file", Read),
    service("atomic_write_file", Program),
    service("add_list_element", Configuration),
    service("remove_list_element", Configuration),
    service("create_object", Configuration),
    service("delete_object", Configuration),
    service("read_property", Read),
    service("read_property_conditional", Read),
    service("read_property_multiple", Read),
    service("write_property", Write),
    service("write_property_multiple", Write),
    service("device_communication_control", Control),
    service("confirmed_private_transfer", Diagnostic),
    service("confirmed_text_message", Diagnostic),
    service("reinitialize_device", Control),
    service("vt_open", Diagnostic),
    service("vt_close", Diagnostic),
    service("vt_data", Control),
    service("authenticate", Diagnostic),
    service("request_key", Diagnostic),
    service("read_range", Read),
    service("life_safety_operation", Control),
    service("subscribe_cov_property", Read),
    service("get_event_information", Read),
    service("subscribe_cov_property_multiple", Read),
    report("confirmed_cov_notification_multiple"),
    report("confirmed_audit_notification"),
    service("audit_log_query", Read),
];

static UNCONFIRMED: &[Service] = &[
    report("i_am"),
    report("i_have"),
    report("unconfirmed_cov_notification"),
    report("unconfirmed_event_notification"),
    service("unconfirmed_private_transfer", Diagnostic),
    service("unconfirmed_text_message", Diagnostic),
    service("time_synchronization", Configuration),
    service("who_has", Diagnostic),
    service("who_is", Diagnostic),
    service("utc_time_synchronization", Configuration),
    service("write_group", Write),
    report("unconfirmed_cov_notification_multiple"),
    report("unconfirmed_audit_notification"),
    service("who_am_i", Diagnostic),
    service("you_are", Configuration),
];

/// A service that the standard does not have.
pub const UNKNOWN_SERVICE: Service = service("unknown_service", Diagnostic);

/// A confirmed service (`BACnetConfirmedServiceChoice`).
pub fn confirmed(choice: u8) -> Service {
    CONFIRMED.get(usize::from(choice)).copied().unwrap_or(UNKNOWN_SERVICE)
}

/// An unconfirmed service (`BACnetUnconfirmedServiceChoice`).
pub fn unconfirmed(choice: u8) -> Service {
    UNCONFIRMED.get(usize::from(choice)).copied().unwrap_or(UNKNOWN_SERVICE)
}

/// Type of an APDU (clause 20.1).
pub const fn apdu_type(code: u8) -> &'static str {
    match code {
        0 => "confirmed_request",
        1 => "unconfirmed_request",
        2 => "simple_ack",
        3 => "complex_ack",
        4 => "segment_ack",
        5 => "error",
        6 => "reject",
        7 => "abort",
        _ => "reserved",
    }
}

/// Function of an IPv4 link header (annex J.2).
pub const fn bvlc_function(code: u8) -> &'static str {
    match code {
        0 => "bvlc_result",
        1 => "write_broadcast_distribution_table",
        2 => "read_broadcast_distribution_table",
        3 => "read_broadcast_distribution_table_ack",
        4 => "forwarded_npdu",
        5 => "register_foreign_device",
        6 => "read_foreign_device_table",
        7 => "read_foreign_device_table_ack",
        8 => "delete_foreign_device_table_entry",
        9 => "distribute_broadcast_to_network",
        10 => "original_unicast_npdu",
        11 => "original_broadcast_npdu",
        12 => "secure_bvll",
        _ => "unknown_function",
    }
}

/// Function of an IPv6 link header (annex U.2).
pub const fn bvlc6_function(code: u8) -> &'static str {
    match code {
        0 => "bvlc_result",
        1 => "original_unicast_npdu",
        2 => "original_broadcast_npdu",
        3 => "address_resolution",
        4 => "forwarded_address_resolution",
        5 => "address_resolution_ack",
        6 => "virtual_address_resolution",
        7 => "virtual_address_resolution_ack",
        8 => "forwarded_npdu",
        9 => "register_foreign_device",
        10 => "delete_foreign_device_table_entry",
        11 => "secure_bvll",
        12 => "distribute_broadcast_to_network",
        _ => "unknown_function",
    }
}

/// What a link result says (annexes J.2.1 and U.2.1): outcome of the request that it answers.
pub const fn bvlc_result(code: u16) -> &'static str {
    match code {
        0 => "ok",
        0x10 => "error: write_broadcast_distribution_table_nak",
        0x20 => "error: read_broadcast_distribution_table_nak",
        0x30 => "error: register_foreign_device_nak",
        0x40 => "error: read_foreign_device_table_nak",
        0x50 => "error: delete_foreign_device_table_entry_nak",
        0x60 => "error: distribute_broadcast_to_network_nak",
        _ => "error: unknown_result",
    }
}

/// What a result of annex U says.
pub const fn bvlc6_result(code: u16) -> &'static str {
    match code {
        0 => "ok",
        0x30 => "error: address_resolution_nak",
        0x60 => "error: virtual_address_resolution_nak",
        0x90 => "error: register_foreign_device_nak",
        0xa0 => "error: delete_foreign_device_table_entry_nak",
        0xc0 => "error: distribute_broadcast_to_network_nak",
        _ => "error: unknown_result",
    }
}

/// A network layer message (clause 6.2.4).
pub const fn network_message(code: u8) -> &'static str {
    match code {
        0x00 => "who_is_router_to_network",
        0x01 => "i_am_router_to_network",
        0x02 => "i_could_be_router_to_network",
        0x03 => "reject_message_to_network",
        0x04 => "router_busy_to_network",
        0x05 => "router_available_to_network",
        0x06 => "initialize_routing_table",
        0x07 => "initialize_routing_table_ack",
        0x08 => "establish_connection_to_network",
        0x09 => "disconnect_connection_to_network",
        0x0a => "challenge_request",
        0x0b => "security_payload",
        0x0c => "security_response",
        0x0d => "request_key_update",
        0x0e => "update_key_set",
        0x0f => "update_distribution_key",
        0x10 => "request_master_key",
        0x11 => "set_master_key",
        0x12 => "what_is_network_number",
        0x13 => "network_number_is",
        0x80..=0xff => "proprietary_network_message",
        _ => "unknown_network_message",
    }
}

/// Why a router rejects a message (clause 6.4.4), as outcome.
pub const fn network_reject(code: u8) -> &'static str {
    match code {
        0 => "error: network_other_error",
        1 => "error: network_unreachable",
        2 => "error: network_busy",
        3 => "error: network_unknown_message_type",
        4 => "error: network_message_too_long",
        5 => "error: network_security_error",
        6 => "error: network_bad_address_length",
        _ => "error: network_rejected",
    }
}
