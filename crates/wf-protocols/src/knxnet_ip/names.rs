//! Services, connection types, states, and the application layer's services with what kind of act they are.

use wf_model::Category;

/// Service codes that are read closer (03.08.01, 03.08.02, 03.08.04, 03.08.05, AN159).
pub mod service {
    pub const SEARCH_REQUEST: u16 = 0x0201;
    pub const SEARCH_RESPONSE: u16 = 0x0202;
    pub const DESCRIPTION_REQUEST: u16 = 0x0203;
    pub const DESCRIPTION_RESPONSE: u16 = 0x0204;
    pub const CONNECT_REQUEST: u16 = 0x0205;
    pub const CONNECT_RESPONSE: u16 = 0x0206;
    pub const STATE_REQUEST: u16 = 0x0207;
    pub const STATE_RESPONSE: u16 = 0x0208;
    pub const DISCONNECT_REQUEST: u16 = 0x0209;
    pub const DISCONNECT_RESPONSE: u16 = 0x020a;
    pub const SEARCH_REQUEST_EXTENDED: u16 = 0x020b;
    pub const SEARCH_RESPONSE_EXTENDED: u16 = 0x020c;
    pub const CONFIGURATION_REQUEST: u16 = 0x0310;
    pub const CONFIGURATION_ACK: u16 = 0x0311;
    pub const TUNNELLING_REQUEST: u16 = 0x0420;
    pub const TUNNELLING_ACK: u16 = 0x0421;
    pub const FEATURE_GET: u16 = 0x0422;
    pub const FEATURE_RESPONSE: u16 = 0x0423;
    pub const FEATURE_SET: u16 = 0x0424;
    pub const FEATURE_INFO: u16 = 0x0425;
    pub const ROUTING_INDICATION: u16 = 0x0530;
    pub const ROUTING_LOST: u16 = 0x0531;
    pub const ROUTING_SYSTEM_BROADCAST: u16 = 0x0533;
    pub const ROUTING_BUSY: u16 = 0x0532;
    pub const SECURE_WRAPPER: u16 = 0x0950;
    pub const SESSION_REQUEST: u16 = 0x0951;
    pub const SESSION_RESPONSE: u16 = 0x0952;
    pub const SESSION_AUTHENTICATE: u16 = 0x0953;
    pub const SESSION_STATUS: u16 = 0x0954;
}

/// Name of a service.
pub const fn service_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0x0201 => "search_request",
        0x0202 => "search_response",
        0x0203 => "description_request",
        0x0204 => "description_response",
        0x0205 => "connect_request",
        0x0206 => "connect_response",
        0x0207 => "connection_state_request",
        0x0208 => "connection_state_response",
        0x0209 => "disconnect_request",
        0x020a => "disconnect_response",
        0x020b => "search_request_extended",
        0x020c => "search_response_extended",
        0x0310 => "device_configuration_request",
        0x0311 => "device_configuration_ack",
        0x0420 => "tunnelling_request",
        0x0421 => "tunnelling_ack",
        0x0422 => "tunnelling_feature_get",
        0x0423 => "tunnelling_feature_response",
        0x0424 => "tunnelling_feature_set",
        0x0425 => "tunnelling_feature_info",
        0x0530 => "routing_indication",
        0x0531 => "routing_lost_message",
        0x0532 => "routing_busy",
        0x0533 => "routing_system_broadcast",
        0x0740 => "remote_diagnostic_request",
        0x0741 => "remote_diagnostic_response",
        0x0742 => "remote_configuration_request",
        0x0743 => "remote_reset_request",
        0x0950 => "secure_wrapper",
        0x0951 => "session_request",
        0x0952 => "session_response",
        0x0953 => "session_authenticate",
        0x0954 => "session_status",
        0x0955 => "timer_notify",
        _ => return None,
    })
}

/// Whether the asking side sends it, the answering side, or (`None`) either.
pub const fn asks(code: u16) -> Option<bool> {
    match code {
        0x0201 | 0x0203 | 0x0205 | 0x0207 | 0x020b | 0x0422 | 0x0424 | 0x0740 | 0x0742 | 0x0743 | 0x0951 | 0x0953 => Some(true),
        0x0202 | 0x0204 | 0x0206 | 0x0208 | 0x020c | 0x0423 | 0x0425 | 0x0741 | 0x0952 => Some(false),
        _ => None,
    }
}

/// What a connection is for (03.08.01, 5.4).
pub const fn connection(kind: u8) -> &'static str {
    match kind {
        3 => "device management",
        4 => "tunnelling",
        6 => "remote logging",
        7 => "remote configuration",
        8 => "object server",
        _ => "unknown",
    }
}

/// Outcome by a status (03.08.01, 5.5).
pub const fn outcome(status: u8) -> &'static str {
    match status {
        0 => "ok",
        0x01 => "error: host protocol type",
        0x02 => "error: version not supported",
        0x04 => "error: sequence number",
        0x21 => "error: connection id",
        0x22 => "error: connection type",
        0x23 => "error: connection option",
        0x24 => "error: no more connections",
        0x25 => "error: no more unique connections",
        0x26 => "error: data connection",
        0x27 => "error: knx connection",
        0x28 => "error: authorisation",
        0x29 => "error: tunnelling layer",
        _ => "error: unknown status",
    }
}

/// State of a secure session.
pub const fn session(status: u8) -> &'static str {
    match status {
        0 => "authentication_success",
        1 => "authentication_failed",
        2 => "unauthenticated",
        3 => "timeout",
        4 => "keepalive",
        5 => "close",
        _ => "unknown",
    }
}

/// Medium of a device.
pub const fn medium(code: u8) -> &'static str {
    match code {
        1 => "TP0",
        2 => "TP1",
        4 => "PL110",
        8 => "PL132",
        0x10 => "RF",
        0x20 => "IP",
        _ => "unknown",
    }
}

/// Message code of a cEMI frame (03.06.03, 4.1.3).
pub const fn message_code(code: u8) -> Option<&'static str> {
    Some(match code {
        0x2b => "L_Busmon.ind",
        0x2d => "L_Raw.ind",
        0x10 => "L_Raw.req",
        0x2f => "L_Raw.con",
        0x11 => "L_Data.req",
        0x2e => "L_Data.con",
        0x29 => "L_Data.ind",
        0x13 => "L_Poll_Data.req",
        0x25 => "L_Poll_Data.con",
        0x4a => "T_Data_Individual.req",
        0x94 => "T_Data_Individual.ind",
        0x41 => "T_Data_Connected.req",
        0x89 => "T_Data_Connected.ind",
        0xfc => "M_PropRead.req",
        0xfb => "M_PropRead.con",
        0xf6 => "M_PropWrite.req",
        0xf5 => "M_PropWrite.con",
        0xf7 => "M_PropInfo.ind",
        0xf8 => "M_FuncPropCommand.req",
        0xf9 => "M_FuncPropStateRead.req",
        0xfa => "M_FuncProp.con",
        0xf1 => "M_Reset.req",
        0xf0 => "M_Reset.ind",
        _ => return None,
    })
}

/// An application layer service by its ten bits (03.03.07): name, category, and how many low bits are data.
pub const fn application(bits: u16) -> (&'static str, Category, u8) {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    match bits {
        0x000..=0x03f => ("group_value_read", Read, 6),
        0x040..=0x07f => ("group_value_response", Diagnostic, 6),
        0x080..=0x0bf => ("group_value_write", Write, 6),
        0x0c0..=0x0ff => ("individual_address_write", Configuration, 6),
        0x100..=0x13f => ("individual_address_read", Diagnostic, 6),
        0x140..=0x17f => ("individual_address_response", Diagnostic, 6),
        0x180..=0x1bf => ("adc_read", Read, 6),
        0x1c8 => ("system_network_parameter_read", Diagnostic, 0),
        0x1c9 => ("system_network_parameter_response", Diagnostic, 0),
        0x1ca => ("system_network_parameter_write", Configuration, 0),
        0x1cc => ("property_ext_value_read", Read, 0),
        0x1cd => ("property_ext_value_response", Diagnostic, 0),
        0x1ce | 0x1d0 => ("property_ext_value_write", Configuration, 0),
        0x1cf => ("property_ext_value_write_response", Diagnostic, 0),
        0x1d2 => ("property_ext_description_read", Diagnostic, 0),
        0x1d3 => ("property_ext_description_response", Diagnostic, 0),
        0x1d4 => ("function_property_ext_command", Control, 0),
        0x1d5 => ("function_property_ext_state_read", Read, 0),
        0x1d6 => ("function_property_ext_state_response", Diagnostic, 0),
        0x1fb => ("memory_extended_write", Program, 0),
        0x1fc => ("memory_extended_write_response", Diagnostic, 0),
        0x1fd => ("memory_extended_read", Read, 0),
        0x1fe => ("memory_extended_read_response", Diagnostic, 0),
        0x1c0..=0x1ff => ("adc_response", Diagnostic, 6),
        0x200..=0x23f => ("memory_read", Read, 6),
        0x240..=0x27f => ("memory_response", Diagnostic, 6),
        0x280..=0x2bf => ("memory_write", Program, 6),
        0x2c0 => ("user_memory_read", Read, 0),
        0x2c1 => ("user_memory_response", Diagnostic, 0),
        0x2c2 => ("user_memory_write", Program, 0),
        0x2c4 => ("user_memory_bit_write", Program, 0),
        0x2c5 => ("user_manufacturer_info_read", Diagnostic, 0),
        0x2c6 => ("user_manufacturer_info_response", Diagnostic, 0),
        0x2c7 => ("function_property_command", Control, 0),
        0x2c8 => ("function_property_state_read", Read, 0),
        0x2c9 => ("function_property_state_response", Diagnostic, 0),
        0x2ca..=0x2ff | 0x2c3 => ("user_message", Diagnostic, 0),
        0x300..=0x33f => ("device_descriptor_read", Diagnostic, 6),
        0x340..=0x37f => ("device_descriptor_response", Diagnostic, 6),
        0x3a0..=0x3bf => ("restart_response", Diagnostic, 5),
        0x380..=0x39f => ("device_restart", Control, 5),
        _ => escaped(bits),
    }
}

const fn escaped(bits: u16) -> (&'static str, Category, u8) {
    use Category::{Configuration, Diagnostic, Program, Read};
    match bits {
        0x3c0 => ("routing_table_open", Configuration, 0),
        0x3c1 => ("routing_table_read", Read, 0),
        0x3c2 => ("routing_table_response", Diagnostic, 0),
        0x3c3 => ("routing_table_write", Configuration, 0),
        0x3c8 => ("router_memory_read", Read, 0),
        0x3c9 => ("router_memory_response", Diagnostic, 0),
        0x3ca => ("router_memory_write", Program, 0),
        0x3cd => ("router_status_read", Diagnostic, 0),
        0x3ce => ("router_status_response", Diagnostic, 0),
        0x3cf => ("router_status_write", Configuration, 0),
        0x3d0 => ("memory_bit_write", Program, 0),
        0x3d1 => ("authorize_request", Configuration, 0),
        0x3d2 => ("authorize_response", Diagnostic, 0),
        0x3d3 => ("key_write", Configuration, 0),
        0x3d4 => ("key_response", Diagnostic, 0),
        0x3d5 => ("property_value_read", Read, 0),
        0x3d6 => ("property_value_response", Diagnostic, 0),
        0x3d7 => ("property_value_write", Configuration, 0),
        0x3d8 => ("property_description_read", Diagnostic, 0),
        0x3d9 => ("property_description_response", Diagnostic, 0),
        0x3da => ("network_parameter_read", Diagnostic, 0),
        0x3db => ("network_parameter_response", Diagnostic, 0),
        0x3dc => ("individual_address_serial_number_read", Diagnostic, 0),
        0x3dd => ("individual_address_serial_number_response", Diagnostic, 0),
        0x3de => ("individual_address_serial_number_write", Configuration, 0),
        0x3e0 => ("domain_address_write", Configuration, 0),
        0x3e1 => ("domain_address_read", Diagnostic, 0),
        0x3e2 => ("domain_address_response", Diagnostic, 0),
        0x3e3 => ("domain_address_selective_read", Diagnostic, 0),
        0x3e4 => ("network_parameter_write", Configuration, 0),
        0x3e5 => ("link_read", Diagnostic, 0),
        0x3e6 => ("link_response", Diagnostic, 0),
        0x3e7 => ("link_write", Configuration, 0),
        0x3e8 => ("group_property_value_read", Read, 0),
        0x3e9 => ("group_property_value_response", Diagnostic, 0),
        0x3ea => ("group_property_value_write", Configuration, 0),
        0x3eb => ("group_property_value_info", Diagnostic, 0),
        0x3ec => ("domain_address_serial_number_read", Diagnostic, 0),
        0x3ed => ("domain_address_serial_number_response", Diagnostic, 0),
        0x3ee => ("domain_address_serial_number_write", Configuration, 0),
        0x3f0 => ("file_stream", Program, 0),
        0x3f1 => ("data_secure", Diagnostic, 0),
        _ => ("unknown_service", Diagnostic, 0),
    }
}
