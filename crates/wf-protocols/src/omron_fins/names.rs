//! Names of FINS commands and end codes (W342-E1, clauses 5-1 to 5-3; W227-E1 for older controllers).

use wf_model::Category;

use Category::{Configuration, Control, Diagnostic, Program, Read, Write};

/// Function name and category of a command code.
pub const fn command(code: u16) -> Option<(&'static str, Category)> {
    Some(match code {
        0x0101 => ("memory_area_read", Read),
        0x0102 => ("memory_area_write", Write),
        0x0103 => ("memory_area_fill", Write),
        0x0104 => ("multiple_memory_area_read", Read),
        0x0105 => ("memory_area_transfer", Write),
        0x0201 => ("parameter_area_read", Read),
        0x0202 => ("parameter_area_write", Configuration),
        0x0203 => ("parameter_area_clear", Configuration),
        0x0220 => ("data_link_table_read", Read),
        0x0221 => ("data_link_table_write", Configuration),
        0x0304 => ("program_area_protect", Configuration),
        0x0305 => ("program_area_protect_clear", Configuration),
        0x0306 => ("program_area_read", Program),
        0x0307 => ("program_area_write", Program),
        0x0308 => ("program_area_clear", Program),
        0x0401 => ("run", Control),
        0x0402 => ("stop", Control),
        0x0403 => ("reset", Control),
        0x0501 => ("controller_data_read", Diagnostic),
        0x0502 => ("connection_data_read", Diagnostic),
        0x0601 => ("controller_status_read", Diagnostic),
        0x0602 => ("network_status_read", Diagnostic),
        0x0603 => ("data_link_status_read", Diagnostic),
        0x0620 => ("cycle_time_read", Diagnostic),
        0x0701 => ("clock_read", Read),
        0x0702 => ("clock_write", Configuration),
        0x0801 => ("loop_back_test", Diagnostic),
        0x0802 => ("broadcast_test_results_read", Diagnostic),
        0x0803 => ("broadcast_test_data_send", Diagnostic),
        0x0920 => ("message_read_clear", Diagnostic),
        0x0c01 => ("access_right_acquire", Control),
        0x0c02 => ("access_right_forced_acquire", Control),
        0x0c03 => ("access_right_release", Control),
        0x2101 => ("error_clear", Control),
        0x2102 => ("error_log_read", Diagnostic),
        0x2103 => ("error_log_clear", Configuration),
        0x2140 => ("access_log_read", Diagnostic),
        0x2141 => ("access_log_clear", Configuration),
        0x2301 => ("forced_set_reset", Control),
        0x2302 => ("forced_set_reset_cancel", Control),
        0x230a => ("multiple_forced_status_read", Read),
        0x2601 => ("name_set", Configuration),
        0x2602 => ("name_delete", Configuration),
        0x2603 => ("name_read", Diagnostic),
        0x2200..=0x22ff => return file_command(code),
        _ => return None,
    })
}

const fn file_command(code: u16) -> Option<(&'static str, Category)> {
    Some(match code {
        0x2201 => ("file_name_read", Read),
        0x2202 => ("single_file_read", Program),
        0x2203 => ("single_file_write", Program),
        0x2204 => ("file_memory_format", Program),
        0x2205 => ("file_delete", Program),
        0x2206 => ("volume_label_create_delete", Configuration),
        0x2207 => ("file_copy", Program),
        0x2208 => ("file_name_change", Program),
        0x2209 => ("file_data_check", Diagnostic),
        0x220a => ("memory_area_file_transfer", Program),
        0x220b => ("parameter_area_file_transfer", Program),
        0x220c => ("program_area_file_transfer", Program),
        0x220f => ("file_memory_index_read", Read),
        0x2210 => ("file_memory_read", Read),
        0x2211 => ("file_memory_write", Program),
        0x2215 => ("create_delete_directory", Program),
        0x2220 => ("memory_cassette_transfer", Program),
        _ => return None,
    })
}

/// End code as an outcome. Bit 15 says that a relay failed, bits 6 and 7 that the controller has an error of its own.
pub const fn end_code(code: u16) -> &'static str {
    match code & 0x7f3f {
        0x0000 => "ok",
        0x0001 => "error: service_cancelled",
        0x0401 => "error: undefined_command",
        0x0402 => "error: not_supported_by_model",
        0x1001 => "error: command_too_long",
        0x1002 => "error: command_too_short",
        0x1003 => "error: element_count_mismatch",
        0x1004 => "error: command_format",
        0x1005 => "error: header_error",
        0x1101 => "error: area_classification_missing",
        0x1102 => "error: access_size",
        0x1103 => "error: address_range",
        0x1104 => "error: address_range_exceeded",
        0x1106 => "error: program_missing",
        0x1109 => "error: relational",
        0x110a => "error: duplicate_data_access",
        0x110b => "error: response_too_long",
        0x110c => "error: parameter",
        0x2002 => "error: protected",
        0x2102 => "error: write_protected",
        0x2101 => "error: read_only",
        0x2106 => "error: file_missing",
        0x2107 => "error: file_exists",
        0x2201 => "error: not_possible_during_execution",
        0x2202 => "error: not_possible_while_running",
        0x2203 => "error: wrong_mode_program",
        0x2204 => "error: wrong_mode_debug",
        0x2205 => "error: wrong_mode_monitor",
        0x2206 => "error: wrong_mode_run",
        0x2207 => "error: not_polling_node",
        0x2208 => "error: step_not_possible",
        0x2602 => "error: wrong_password",
        0x2604 => "error: area_protected",
        0x2605 => "error: service_executing",
        0x3001 => "error: no_access_right",
        0x4001 => "error: aborted",
        code => by_main_code(code >> 8),
    }
}

const fn by_main_code(main: u16) -> &'static str {
    match main {
        0x01 => "error: local_node",
        0x02 => "error: destination_node",
        0x03 => "error: controller",
        0x04 => "error: service_unsupported",
        0x05 => "error: routing_table",
        0x10 => "error: command_format",
        0x11 => "error: parameter",
        0x20 => "error: read_not_possible",
        0x21 => "error: write_not_possible",
        0x22 => "error: not_executable_in_mode",
        0x23 => "error: no_such_device",
        0x24 => "error: cannot_start_or_stop",
        0x25 => "error: unit",
        0x26 => "error: command",
        0x30 => "error: access_right",
        0x40 => "error: aborted",
        _ => "error: unknown_end_code",
    }
}

/// Commands of the header that TCP adds (W421-E1).
pub const fn tcp_command(code: u32) -> &'static str {
    match code {
        0 => "node_address_data_send_client",
        1 => "node_address_data_send_server",
        2 => "frame_send",
        3 => "frame_send_error_notification",
        6 => "connection_confirmation",
        _ => "unknown",
    }
}

/// Errors of that header.
pub const fn tcp_error(code: u32) -> &'static str {
    match code {
        0x01 => "header_is_not_fins",
        0x02 => "data_length_too_long",
        0x03 => "command_not_supported",
        0x20 => "all_connections_in_use",
        0x21 => "node_already_connected",
        0x22 => "protected_node_from_unspecified_address",
        0x23 => "client_node_out_of_range",
        0x24 => "same_node_for_client_and_server",
        0x25 => "no_node_address_left",
        _ => "unknown_error",
    }
}

/// Operating modes.
pub const fn mode(code: u8) -> &'static str {
    match code {
        0 => "program",
        1 => "debug",
        2 => "monitor",
        4 => "run",
        _ => "unknown",
    }
}
