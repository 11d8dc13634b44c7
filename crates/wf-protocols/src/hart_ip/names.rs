//! Names of HART commands, codes and makers.

use wf_model::Category;

use Category::{Configuration, Control, Diagnostic, Program, Read, Write};

/// Function name and category of a command (HCF_SPEC-127 universal, HCF_SPEC-151 common practice, HCF_SPEC-155 wireless).
pub const fn command(number: u16) -> (&'static str, Category) {
    match number {
        0 => ("read_unique_identifier", Diagnostic),
        1 => ("read_primary_variable", Read),
        2 => ("read_loop_current_and_percent_of_range", Read),
        3 => ("read_dynamic_variables_and_loop_current", Read),
        6 => ("write_polling_address", Configuration),
        7 => ("read_loop_configuration", Read),
        8 => ("read_dynamic_variable_classifications", Read),
        9 => ("read_device_variables_with_status", Read),
        11 => ("read_unique_identifier_associated_with_tag", Diagnostic),
        12 => ("read_message", Read),
        13 => ("read_tag_descriptor_date", Diagnostic),
        14 => ("read_primary_variable_transducer_information", Read),
        15 => ("read_device_information", Read),
        16 => ("read_final_assembly_number", Diagnostic),
        17 => ("write_message", Configuration),
        18 => ("write_tag_descriptor_date", Configuration),
        19 => ("write_final_assembly_number", Configuration),
        20 => ("read_long_tag", Diagnostic),
        21 => ("read_unique_identifier_associated_with_long_tag", Diagnostic),
        22 => ("write_long_tag", Configuration),
        31 => ("extended_command", Diagnostic),
        38 => ("reset_configuration_changed_flag", Configuration),
        48 => ("read_additional_device_status", Diagnostic),
        33..=83 => common(number),
        84..=127 => later(number),
        128..=253 => ("device_specific_command", Configuration),
        512 => ("read_country_code", Read),
        513 => ("write_country_code", Configuration),
        523 => ("read_condensed_status_mapping_array", Read),
        524 => ("write_condensed_status_mapping", Configuration),
        525 => ("reset_condensed_status_map", Configuration),
        526 => ("write_simulation_mode", Control),
        527 => ("simulate_status_bit", Control),
        520..=547 => over_ip(number),
        768..=1023 => wireless(number),
        _ => ("unknown_command", Diagnostic),
    }
}

const fn common(number: u16) -> (&'static str, Category) {
    match number {
        33 => ("read_device_variables", Read),
        34 => ("write_primary_variable_damping_value", Configuration),
        35 => ("write_primary_variable_range_values", Configuration),
        36 => ("set_primary_variable_upper_range_value", Configuration),
        37 => ("set_primary_variable_lower_range_value", Configuration),
        39 => ("eeprom_control", Control),
        40 => ("enter_exit_fixed_current_mode", Control),
        41 => ("perform_self_test", Control),
        42 => ("perform_device_reset", Control),
        43 => ("set_primary_variable_zero", Configuration),
        44 => ("write_primary_variable_units", Configuration),
        45 => ("trim_loop_current_zero", Configuration),
        46 => ("trim_loop_current_gain", Configuration),
        47 => ("write_primary_variable_transfer_function", Configuration),
        49 => ("write_primary_variable_transducer_serial_number", Configuration),
        50 => ("read_dynamic_variable_assignments", Read),
        51 => ("write_dynamic_variable_assignments", Configuration),
        52 => ("set_device_variable_zero", Configuration),
        53 => ("write_device_variable_units", Configuration),
        54 => ("read_device_variable_information", Read),
        55 => ("write_device_variable_damping_value", Configuration),
        56 => ("write_device_variable_transducer_serial_number", Configuration),
        57 => ("read_unit_tag_descriptor_date", Diagnostic),
        58 => ("write_unit_tag_descriptor_date", Configuration),
        59 => ("write_number_of_response_preambles", Configuration),
        60 => ("read_analog_channel_and_percent_of_range", Read),
        61 => ("read_dynamic_variables_and_primary_variable_analog_channel", Read),
        62 => ("read_analog_channels", Read),
        63 => ("read_analog_channel_information", Read),
        64 => ("write_analog_channel_additional_damping_value", Configuration),
        65 => ("write_analog_channel_range_values", Configuration),
        66 => ("enter_exit_fixed_analog_channel_mode", Control),
        67 => ("trim_analog_channel_zero", Configuration),
        68 => ("trim_analog_channel_gain", Configuration),
        69 => ("write_analog_channel_transfer_function", Configuration),
        70 => ("read_analog_channel_endpoint_values", Read),
        71 => ("lock_device", Control),
        72 => ("squawk", Diagnostic),
        73 => ("find_device", Diagnostic),
        74 => ("read_io_system_capabilities", Diagnostic),
        75 => ("poll_sub_device", Diagnostic),
        76 => ("read_lock_device_state", Read),
        77 => ("send_command_to_sub_device", Diagnostic),
        78 => ("read_aggregated_commands", Read),
        79 => ("write_device_variable", Write),
        80 => ("read_device_variable_trim_points", Read),
        81 => ("read_device_variable_trim_guidelines", Read),
        82 => ("write_device_variable_trim_point", Configuration),
        83 => ("reset_device_variable_trim", Configuration),
        _ => ("unknown_command", Diagnostic),
    }
}

const fn later(number: u16) -> (&'static str, Category) {
    match number {
        84 => ("read_sub_device_identity_summary", Diagnostic),
        85 => ("read_io_channel_statistics", Diagnostic),
        86 => ("read_sub_device_statistics", Diagnostic),
        87 => ("write_io_system_master_mode", Configuration),
        88 => ("write_io_system_retry_count", Configuration),
        89 => ("set_real_time_clock", Configuration),
        90 => ("read_real_time_clock", Read),
        91 => ("read_trend_configuration", Read),
        92 => ("write_trend_configuration", Configuration),
        93 => ("read_trend", Read),
        94 => ("read_io_system_client_side_communication_statistics", Diagnostic),
        95 => ("read_device_communication_statistics", Diagnostic),
        96 => ("read_synchronous_action", Read),
        97 => ("configure_synchronous_action", Configuration),
        98 => ("read_command_action", Read),
        99 => ("configure_command_action", Configuration),
        100 => ("write_primary_variable_alarm_code", Configuration),
        101 => ("read_sub_device_to_burst_message_map", Read),
        102 => ("map_sub_device_to_burst_message", Configuration),
        103 => ("write_burst_period", Configuration),
        104 => ("write_burst_trigger", Configuration),
        105 => ("read_burst_mode_configuration", Read),
        106 => ("flush_delayed_responses", Control),
        107 => ("write_burst_device_variables", Configuration),
        108 => ("write_burst_mode_command_number", Configuration),
        109 => ("burst_mode_control", Configuration),
        110 => ("read_all_dynamic_variables", Read),
        111 => ("transfer_service_control", Program),
        112 => ("transfer_service", Program),
        113 => ("catch_device_variable", Configuration),
        114 => ("read_caught_device_variable", Read),
        115 => ("read_event_notification_summary", Read),
        116 => ("write_event_notification_bit_mask", Configuration),
        117 => ("write_event_notification_timing", Configuration),
        118 => ("event_notification_control", Configuration),
        119 => ("acknowledge_event_notification", Control),
        _ => ("unknown_command", Diagnostic),
    }
}

/// Commands of servers over IP (FieldComm Group, list of commands of its portable HART-IP server).
const fn over_ip(number: u16) -> (&'static str, Category) {
    match number {
        520 => ("read_process_unit_tag", Read),
        521 => ("write_process_unit_tag", Configuration),
        532 => ("read_client_subscription_summary", Read),
        533 => ("write_client_subscription_flags", Configuration),
        538 => ("read_server_ports", Read),
        539 => ("write_udp_port", Configuration),
        540 => ("write_tcp_port", Configuration),
        541 => ("write_client_password", Configuration),
        542 => ("write_client_key", Configuration),
        543 => ("read_syslog_server", Read),
        544 => ("write_syslog_port", Configuration),
        545 => ("write_syslog_host_name", Configuration),
        546 => ("write_syslog_key", Configuration),
        547 => ("write_syslog_password", Configuration),
        _ => ("unknown_command", Diagnostic),
    }
}

const fn wireless(number: u16) -> (&'static str, Category) {
    match number {
        768 => ("write_join_key", Configuration),
        769 => ("read_join_status", Diagnostic),
        770 => ("request_active_advertising", Configuration),
        771 => ("force_join_mode", Control),
        772 => ("read_join_mode_configuration", Read),
        773 => ("write_network_id", Configuration),
        774 => ("read_network_id", Read),
        775 => ("write_network_tag", Configuration),
        776 => ("read_network_tag", Read),
        777 => ("read_wireless_device_information", Diagnostic),
        961 => ("write_network_key", Configuration),
        962 => ("write_device_nickname", Configuration),
        963 => ("write_session", Configuration),
        _ => ("wireless_command", Diagnostic),
    }
}

/// Whether a command carries keys or passwords: of joining, of the network, of sessions (HCF_SPEC-155; 961 and 963 as the
/// dissector of WirelessHART in WHAD has them), of clients and of the server for events.
pub const fn is_secret(number: u16) -> bool {
    matches!(number, 541 | 542 | 546 | 547 | 768 | 961 | 963)
}

/// Message types (HCF_SPEC-085, 10.3.1).
pub const fn message_type(kind: u8) -> &'static str {
    match kind {
        0 => "request",
        1 => "response",
        2 => "publish",
        3 => "error",
        15 => "nak",
        _ => "unknown",
    }
}

/// Message identifiers (HCF_SPEC-085, 10.3.2).
pub const fn message(id: u8) -> &'static str {
    match id {
        0 => "session_initiate",
        1 => "session_close",
        2 => "keep_alive",
        3 => "token_passing_pdu",
        4 => "direct_pdu",
        5 => "read_audit_log",
        _ => "unknown",
    }
}

/// Status of an answer's header as an outcome (HCF_SPEC-085, 10.3.2); 8, 14 and 30 are warnings.
pub const fn status(code: u8) -> &'static str {
    match code {
        0 | 8 | 14 | 30 => "ok",
        2 => "error: invalid_selection",
        5 => "error: too_few_data_bytes",
        6 => "error: device_specific",
        9 => "error: security_not_initialized",
        15 => "error: all_sessions_in_use",
        16 => "error: session_already_established",
        _ => "error: unknown_status",
    }
}

/// Response code of a command as an outcome (HCF_SPEC-307): warnings are successes, bit 7 is an error of the loop.
pub const fn response(code: u8) -> &'static str {
    match code {
        0 | 8 | 14 | 24..=27 | 30 | 96..=127 => "ok",
        1 => "error: undefined_command",
        2 => "error: invalid_selection",
        3 => "error: parameter_too_large",
        4 => "error: parameter_too_small",
        5 => "error: too_few_data_bytes",
        6 => "error: device_specific",
        7 => "error: in_write_protect_mode",
        16 => "error: access_restricted",
        17 => "error: invalid_device_variable_index",
        18 => "error: invalid_units_code",
        19 => "error: device_variable_index_not_allowed",
        20 => "error: invalid_extended_command_number",
        21 => "error: invalid_io_card_number",
        22 => "error: invalid_channel_number",
        23 => "error: sub_device_response_too_long",
        32 => "error: busy",
        33 => "error: delayed_response_initiated",
        34 => "error: delayed_response_running",
        35 => "error: delayed_response_dead",
        36 => "error: delayed_response_conflict",
        64 => "error: command_not_implemented",
        128..=255 => "error: communication",
        9..=13 | 15 | 28 | 29 | 31 => "error: command_specific",
        _ => "error: unknown_response",
    }
}

/// Makers by their code (HCF_SPEC-183, common table 8), those met most.
pub const fn vendor(code: u16) -> Option<&'static str> {
    Some(match code {
        10 => "Brooks Instrument",
        17 => "Endress+Hauser",
        18 | 22 | 26 | 80 => "ABB",
        19 => "Fisher Controls",
        20 | 63 => "Foxboro",
        21 => "Fuji Electric",
        23 => "Honeywell",
        31 => "Micro Motion",
        32 => "Moore Industries",
        38 => "Rosemount",
        42 | 84 | 88 => "Siemens",
        44 => "Toshiba",
        46 => "Rosemount Analytical",
        47 => "Valmet",
        48 => "Flowserve",
        54 => "Azbil",
        55 => "Yokogawa",
        62 => "Smar",
        66 => "Samson",
        69 => "Krohne",
        79 => "Rosemount Tank Radar",
        86 => "Magnetrol",
        98 => "VEGA",
        101 => "Masoneilan",
        107 => "WIKA",
        110 => "Rotork",
        176 => "Phoenix Contact",
        199 => "Endress+Hauser SICK",
        249 => "FieldComm Group",
        0x6019 => "Pepperl+Fuchs",
        0x6041 => "Softing",
        0x6059 => "Emerson",
        _ => return None,
    })
}

/// Units of measure (HCF_SPEC-183, common table 2), those met most.
pub const fn unit(code: u8) -> &'static str {
    match code {
        1 => "inH2O",
        4 => "mmH2O",
        5 => "mmHg",
        6 => "psi",
        7 => "bar",
        8 => "mbar",
        11 => "Pa",
        12 => "kPa",
        15 => "ft3/min",
        16 => "gal/min",
        17 => "l/min",
        19 => "m3/h",
        32 => "degC",
        33 => "degF",
        34 => "degR",
        35 => "K",
        36 => "mV",
        37 => "ohm",
        38 => "Hz",
        39 => "mA",
        40 => "gal",
        41 => "l",
        43 => "m3",
        44 => "ft",
        45 => "m",
        47 => "in",
        48 => "cm",
        49 => "mm",
        50 => "min",
        51 => "s",
        52 => "h",
        57 => "%",
        58 => "V",
        59 => "pH",
        61 => "kg",
        73 => "kg/s",
        75 => "kg/h",
        92 => "kg/m3",
        131 => "m3/min",
        237 => "MPa",
        250 => "not used",
        251 => "none",
        252 => "unknown",
        253 => "special",
        _ => "",
    }
}
