//! Names of services and their answers (IEEE 1703-2012, 5.3.2), of tables and procedures (IEEE 1377-2012).

use std::fmt;
use wf_model::Category;

/// Codes that are read closer.
pub mod code {
    pub const IDENTIFY: u8 = 0x20;
    pub const DEREGISTER: u8 = 0x24;
    pub const RESOLVE: u8 = 0x25;
    pub const TRACE: u8 = 0x26;
    pub const REGISTER: u8 = 0x27;
    pub const READ: u8 = 0x30;
    pub const READ_DEFAULT: u8 = 0x3e;
    pub const READ_OFFSET: u8 = 0x3f;
    pub const WRITE: u8 = 0x40;
    pub const WRITE_OFFSET: u8 = 0x4f;
    pub const LOGON: u8 = 0x50;
    pub const SECURITY: u8 = 0x51;
    pub const AUTHENTICATE: u8 = 0x53;
    pub const WAIT: u8 = 0x70;
}

/// Codes from here on are requests.
const REQUESTS: u8 = 0x20;

/// Whether a service with this code asks.
pub const fn asks(code: u8) -> bool {
    code >= REQUESTS
}

/// A request and what kind of act it is.
pub const fn request(code: u8) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Diagnostic, Read, Write};
    Some(match code {
        0x20 => ("identify", Diagnostic),
        0x21 => ("terminate", Diagnostic),
        0x22 => ("disconnect", Configuration),
        0x24 => ("deregister", Configuration),
        0x25 => ("resolve", Diagnostic),
        0x26 => ("trace", Diagnostic),
        0x27 => ("register", Configuration),
        0x30 => ("read", Read),
        0x31..=0x39 => ("read_by_index", Read),
        0x3e => ("read_default", Read),
        0x3f => ("read_at_offset", Read),
        0x40 => ("write", Write),
        0x41..=0x49 => ("write_by_index", Write),
        0x4e => ("write_default", Write),
        0x4f => ("write_at_offset", Write),
        0x50 => ("logon", Configuration),
        0x51 => ("security", Configuration),
        0x52 => ("logoff", Configuration),
        0x53 => ("authenticate", Configuration),
        0x60..=0x6b => ("negotiate", Diagnostic),
        0x70 => ("wait", Diagnostic),
        0x71 => ("timing_setup", Diagnostic),
        _ => return None,
    })
}

/// An answer by its code, as an outcome.
pub const fn outcome(code: u8) -> &'static str {
    match code {
        0x00 => "ok",
        0x01 => "error: error",
        0x02 => "error: service not supported",
        0x03 => "error: insufficient security clearance",
        0x04 => "error: operation not possible",
        0x05 => "error: inappropriate action requested",
        0x06 => "error: device busy",
        0x07 => "error: data not ready",
        0x08 => "error: data locked",
        0x09 => "error: renegotiate request",
        0x0a => "error: invalid service sequence state",
        0x0b => "error: security mechanism error",
        0x0c => "error: unknown application title",
        0x0d => "error: network time-out",
        0x0e => "error: network not reachable",
        0x0f => "error: request too large",
        0x10 => "error: response too large",
        0x11 => "error: segmentation not possible",
        0x12 => "error: segmentation error",
        _ => "error: unknown",
    }
}

/// The number of a table as it stands in a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(pub u16);

impl Table {
    /// Table 7, where procedures are started.
    pub const PROCEDURE: Self = Self(7);
    const MANUFACTURER: u16 = 0x0800;
    const PENDING: u16 = 0x1000;

    /// Its number among the standard's or the manufacturer's.
    pub const fn number(self) -> u16 {
        self.0 & 0x07ff
    }

    /// Keys and passwords: tables 42 and 45, and what procedure 18 is given to log in.
    pub const fn is_secret(self, data: &[u8]) -> bool {
        match self.number() {
            42 | 45 => self.0 & Self::MANUFACTURER == 0,
            // How the answer is wanted stands in the same bytes.
            7 => matches!(data, [18, high, ..] if *high & 0x0f == 0),
            _ => false,
        }
    }

    /// The standard's name, for one of its tables.
    pub fn name(self) -> Option<&'static str> {
        let at = TABLES.binary_search_by_key(&self.number(), |(number, _)| *number).ok()?;
        TABLES.get(at).map(|(_, name)| *name).filter(|_| self.0 & Self::MANUFACTURER == 0)
    }
}

/// `table 1 manufacturer_identification`, `manufacturer table 5`, `pending table 3`.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = if self.0 & Self::PENDING == 0 { "" } else { "pending " };
        let whose = if self.0 & Self::MANUFACTURER == 0 { "" } else { "manufacturer " };
        write!(f, "{pending}{whose}table {}", self.number())?;
        self.name().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

static TABLES: &[(u16, &str)] = &[
    (0, "general_configuration"),
    (1, "manufacturer_identification"),
    (2, "device_nameplate"),
    (3, "end_device_mode_status"),
    (4, "pending_status"),
    (5, "device_identification"),
    (6, "utility_information"),
    (7, "procedure_initiate"),
    (8, "procedure_response"),
    (10, "data_source_dimension_limits"),
    (11, "actual_data_source_limits"),
    (12, "units_of_measure"),
    (13, "demand_control"),
    (14, "data_control"),
    (15, "constants"),
    (16, "source_definition"),
    (20, "register_dimension_limits"),
    (21, "actual_registers"),
    (22, "data_selection"),
    (23, "current_register_data"),
    (24, "previous_season_data"),
    (25, "previous_demand_reset_data"),
    (26, "self_read_data"),
    (27, "present_register_selection"),
    (28, "present_register_data"),
    (30, "display_dimension_limits"),
    (31, "actual_display"),
    (32, "display_source"),
    (33, "primary_display_list"),
    (34, "secondary_display_list"),
    (40, "security_dimension_limits"),
    (41, "actual_security_limits"),
    (42, "security"),
    (43, "default_access_control"),
    (44, "access_control"),
    (45, "keys"),
    (50, "time_of_use_dimension_limits"),
    (51, "actual_time_of_use"),
    (52, "clock"),
    (53, "time_offset"),
    (54, "calendar"),
    (55, "clock_state"),
    (56, "time_remaining"),
    (60, "load_profile_dimension_limits"),
    (61, "actual_load_profile"),
    (62, "load_profile_control"),
    (63, "load_profile_status"),
    (64, "load_profile_data_1"),
    (65, "load_profile_data_2"),
    (66, "load_profile_data_3"),
    (67, "load_profile_data_4"),
    (70, "log_dimension_limits"),
    (71, "actual_log"),
    (72, "events_identification"),
    (73, "history_log_control"),
    (74, "history_log_data"),
    (75, "event_log_control"),
    (76, "event_log_data"),
    (90, "telephone_dimension_limits"),
    (91, "actual_telephone"),
    (92, "telephone_global_parameters"),
    (93, "telephone_originate_parameters"),
    (94, "telephone_originate_schedule"),
    (95, "telephone_answer_parameters"),
    (96, "telephone_call_purpose"),
    (97, "telephone_call_status"),
    (120, "network_dimension_limits"),
    (121, "actual_network"),
    (122, "interface_control"),
    (123, "exception_report"),
    (124, "filtering_rules"),
    (125, "interface_status"),
    (126, "registration_status"),
    (127, "network_statistics"),
];

/// A standard procedure and what kind of act it is.
pub const fn procedure(number: u16) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Control, Diagnostic};
    Some(match number {
        0 => ("cold_start", Control),
        1 => ("warm_start", Control),
        2 => ("save_configuration", Configuration),
        3 => ("clear_data", Control),
        4 => ("reset_list_pointers", Control),
        5 => ("update_last_read_entry", Control),
        6 => ("change_end_device_mode", Control),
        7 => ("clear_standard_status_flags", Control),
        8 => ("clear_manufacturer_status_flags", Control),
        9 => ("remote_reset", Control),
        10 => ("set_date_or_time", Configuration),
        11 => ("execute_diagnostics", Diagnostic),
        12 => ("activate_all_pending_tables", Configuration),
        13 => ("activate_specific_pending_tables", Configuration),
        14 => ("clear_all_pending_tables", Configuration),
        15 => ("clear_specific_pending_tables", Configuration),
        16 => ("start_load_profile", Control),
        17 => ("stop_load_profile", Control),
        18 => ("log_in", Configuration),
        19 => ("log_out", Configuration),
        20 => ("initiate_self_read", Control),
        21 => ("direct_load_control", Control),
        22 => ("modify_credit", Control),
        _ => return None,
    })
}

/// Names of the bits that are set, from the lowest on.
pub fn set(bits: u8, names: &'static [&'static str; 8]) -> impl Iterator<Item = &'static str> {
    names.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name)
}

/// Attributes of a node that registers (5.3.2.4.10).
pub static NODE: [&str; 8] =
    ["relay", "master_relay", "host", "notification_host", "authentication_host", "end_device", "reserved", "my_domain_pattern"];
/// Connections that a node that registers is capable of.
pub static CONNECTION: [&str; 8] = [
    "broadcast_and_multicast",
    "message_acceptance_window",
    "playback_rejection",
    "reserved",
    "connectionless_mode",
    "accept_connectionless",
    "connection_mode",
    "accept_connections",
];
/// What a relay answers to a node that registers.
pub static REGISTRATION: [&str; 8] = [
    "direct_messaging_available",
    "message_acceptance_window",
    "playback_rejection",
    "reserved",
    "connectionless_mode",
    "accept_connectionless",
    "connection_mode",
    "accept_connections",
];
