//! Functions by name (D301401X012: functions of messages, of the remote data base and of its extension).

use wf_model::Category;

/// Functions that are read closer.
pub mod service {
    pub const RDB: u8 = 0xa0;
    pub const RDB_EXTENSION: u8 = 0xa1;
}

/// Functions of the remote data base that are read closer.
pub mod rdb {
    pub const READ_BY_ADDRESS: u8 = 0x00;
    pub const READ_BY_NAME: u8 = 0x04;
    pub const WRITE_BY_ADDRESS: u8 = 0x80;
    pub const WRITE_BY_NAME: u8 = 0x84;
}

/// Whether a function belongs to the line itself: polls, acknowledgements.
pub const fn is_line(function: u8) -> bool {
    matches!(function, 0x81 | 0x83 | 0x85 | 0x86 | 0x87 | 0x8a | 0x8b | 0x95)
}

/// A function and what kind of act it is.
pub const fn application(function: u8) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Control, Diagnostic, Program, Read};
    Some(match function {
        0x03 => ("engineer_interface_pc", Diagnostic),
        0x40 => ("engineer_interface_rtu", Diagnostic),
        0x48 => ("diagnostics", Diagnostic),
        0x50 => ("transmitter_request", Read),
        0x51 => ("transmitter_response", Read),
        0x60 => ("communication_buffer_output", Diagnostic),
        0x68 => ("flash_download", Program),
        0x6a => ("flash_configuration", Configuration),
        0x70 => ("command_request", Control),
        0x71 => ("command_response", Diagnostic),
        0x78 => ("download", Program),
        0x81 => ("dial_up_acknowledge", Diagnostic),
        0x83 => ("message_discarded", Diagnostic),
        0x85 => ("poll", Diagnostic),
        0x86 => ("down_transmit_acknowledge", Diagnostic),
        0x87 => ("acknowledge_no_data", Diagnostic),
        0x88 => ("time_and_node_routing_table", Configuration),
        0x89 => ("request_time_and_node_routing_table", Diagnostic),
        0x8a => ("up_acknowledge_with_poll", Diagnostic),
        0x8b => ("up_acknowledge", Diagnostic),
        0x95 => ("not_acknowledged_no_buffer", Diagnostic),
        0x98..=0x9f => ("pass_through_task", Diagnostic),
        0xa0 => ("remote_database", Read),
        0xa1 => ("remote_database_extension", Diagnostic),
        0xa2 => ("report_by_exception_firmware", Diagnostic),
        0xa3 => ("report_by_exception_manager", Diagnostic),
        0xa8 => ("alarm_acknowledge", Control),
        0xa9 => ("alarm_initialize", Control),
        0xaa => ("alarm_report", Diagnostic),
        0xb0 => ("peer_to_peer_master", Diagnostic),
        0xb1 => ("peer_to_peer_slave", Diagnostic),
        0xbf => ("tunnel_request", Diagnostic),
        0xc0 => ("ip_task", Diagnostic),
        0xc1..=0xcb => ("pass_through_port", Diagnostic),
        _ => return None,
    })
}

/// A function of the remote data base.
pub const fn rdb(function: u8) -> Option<(&'static str, Category)> {
    use Category::{Read, Write};
    Some(match function {
        0x00 => ("read_signal_by_address", Read),
        0x02 => ("read_logical_by_address", Read),
        0x04 => ("read_signal_by_name", Read),
        0x06 => ("read_logical_by_name", Read),
        0x0c => ("read_signal_by_list_start", Read),
        0x0d => ("read_signal_by_list_continue", Read),
        0x0e => ("read_logical_by_list_start", Read),
        0x0f => ("read_logical_by_list_continue", Read),
        0x80 => ("write_signal_by_address", Write),
        0x84 => ("write_signal_by_name", Write),
        0x8c => ("write_signal_by_list_start", Write),
        0x8d => ("write_signal_by_list_continue", Write),
        _ => return None,
    })
}

/// A function of the extension that gas flow computers have.
pub const fn extension(function: u16) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Control, Diagnostic};
    Some(match function {
        0x0101 => ("reset_system", Control),
        0x0102 => ("reset_diagnostics", Configuration),
        0x0201 => ("read_date_and_time", Diagnostic),
        0x0202 => ("read_date", Diagnostic),
        0x0203 => ("read_time", Diagnostic),
        0x0281 => ("write_date_and_time", Configuration),
        0x0400 => ("change_local_address", Configuration),
        _ => return None,
    })
}
