//! Names and numbers of IEEE 1815-2012 (DNP3): functions, indications, states, groups.

use wf_model::Category;

/// Function code (clause 4.2.2).
#[must_use]
pub const fn function(code: u8) -> &'static str {
    match code {
        0 => "confirm",
        1 => "read",
        2 => "write",
        3 => "select",
        4 => "operate",
        5 => "direct_operate",
        6 => "direct_operate_no_response",
        7 => "immediate_freeze",
        8 => "immediate_freeze_no_response",
        9 => "freeze_and_clear",
        10 => "freeze_and_clear_no_response",
        11 => "freeze_at_time",
        12 => "freeze_at_time_no_response",
        13 => "cold_restart",
        14 => "warm_restart",
        15 => "initialize_data",
        16 => "initialize_application",
        17 => "start_application",
        18 => "stop_application",
        19 => "save_configuration",
        20 => "enable_unsolicited",
        21 => "disable_unsolicited",
        22 => "assign_class",
        23 => "delay_measurement",
        24 => "record_current_time",
        25 => "open_file",
        26 => "close_file",
        27 => "delete_file",
        28 => "get_file_information",
        29 => "authenticate_file",
        30 => "abort_file",
        31 => "activate_configuration",
        32 => "authentication_request",
        33 => "authentication_request_no_acknowledgement",
        129 => "response",
        130 => "unsolicited_response",
        131 => "authentication_response",
        _ => "unknown_function",
    }
}

/// Whether the standard assigns the code.
#[must_use]
pub const fn is_known(code: u8) -> bool {
    matches!(code, 0..=33 | 129..=131)
}

/// Requests that get no answer.
#[must_use]
pub const fn is_unanswered(code: u8) -> bool {
    matches!(code, 6 | 8 | 10 | 12 | 33)
}

/// Whether the objects of a message carry data behind their headers.
#[must_use]
pub const fn carries_data(function: u8) -> bool {
    matches!(function, 2..=6 | 16..=18 | 25..=33 | 129..=131)
}

/// Whether messages with that function have objects at all.
#[must_use]
pub const fn has_objects(function: u8) -> bool {
    matches!(function, 1..=12 | 16..=18 | 20..=22 | 25..=33 | 129..=131)
}

/// Whether the `objects` of a message list them. They do for the functions whose objects are points, times, classes and
/// files, as other decoders do; `headers` lists all.
#[must_use]
pub const fn lists_objects(function: u8) -> bool {
    matches!(function, 1..=10 | 20 | 21 | 25..=27 | 129 | 130)
}

/// What a request does to the outstation; `group` is that of its first object.
#[must_use]
pub const fn category(function: u8, group: u8) -> Category {
    match (function, group) {
        (1 | 28, _) => Category::Read,
        (2, 70) | (25..=27 | 30, _) => Category::Program,
        // Clearing the restart indication is part of every start of a session.
        (2, 80) | (23 | 29 | 32 | 33, _) => Category::Diagnostic,
        (2, 0 | 34 | 50 | 51) | (19..=22 | 24 | 31, _) => Category::Configuration,
        (2 | 7..=12, _) => Category::Write,
        (3..=6 | 13..=18, _) => Category::Control,
        _ => Category::Diagnostic,
    }
}

/// Names of the internal indications, bit by bit from IIN1.0 to IIN2.7 (clause 4.2.3).
pub const INDICATIONS: [&str; 16] = [
    "broadcast",
    "class_1_events",
    "class_2_events",
    "class_3_events",
    "need_time",
    "local_control",
    "device_trouble",
    "device_restart",
    "no_func_code_support",
    "object_unknown",
    "parameter_error",
    "event_buffer_overflow",
    "already_executing",
    "config_corrupt",
    "reserved_1",
    "reserved_2",
];

/// The outcome that the indications (IIN1 in the low octet) stand for.
#[must_use]
pub const fn indicated(iin: u16) -> &'static str {
    if iin & 0x0100 != 0 {
        "error: no_func_code_support"
    } else if iin & 0x0200 != 0 {
        "error: object_unknown"
    } else if iin & 0x0400 != 0 {
        "error: parameter_error"
    } else if iin & 0x1000 != 0 {
        "error: already_executing"
    } else {
        "ok"
    }
}

/// State of a control, as an outcome (clause 11).
#[must_use]
pub const fn control_outcome(status: u8) -> &'static str {
    match status {
        0 => "ok",
        1 => "error: timeout",
        2 => "error: no_select",
        3 => "error: format_error",
        4 => "error: not_supported",
        5 => "error: already_active",
        6 => "error: hardware_error",
        7 => "error: local",
        8 => "error: too_many_operations",
        9 => "error: not_authorized",
        10 => "error: automation_inhibit",
        11 => "error: processing_limited",
        12 => "error: out_of_range",
        13 => "error: downstream_local",
        14 => "error: already_complete",
        15 => "error: blocked",
        16 => "error: canceled",
        17 => "error: blocked_other_master",
        18 => "error: downstream_fail",
        126 => "error: non_participating",
        _ => "error: undefined",
    }
}

/// State of a file command or transport, as an outcome (annex A, group 70).
#[must_use]
pub const fn file_outcome(status: u8) -> &'static str {
    match status {
        0 => "ok",
        1 => "error: permission_denied",
        2 => "error: invalid_mode",
        3 => "error: file_not_found",
        4 => "error: file_locked",
        5 => "error: too_many_open",
        6 => "error: invalid_handle",
        7 => "error: write_block_size",
        8 => "error: comm_lost",
        9 => "error: cannot_abort",
        16 => "error: not_opened",
        17 => "error: handle_expired",
        18 => "error: buffer_overrun",
        19 => "error: fatal",
        20 => "error: block_sequence",
        _ => "error: undefined",
    }
}

/// What a group's points are called. Static values and their events share a name.
#[must_use]
pub const fn group(group: u8) -> &'static str {
    match group {
        0 => "device_attribute",
        1 | 2 => "binary_input",
        3 | 4 => "double_bit_input",
        10 | 11 => "binary_output",
        12 => "crob",
        13 => "binary_output_command",
        20 | 22 => "counter",
        21 | 23 => "frozen_counter",
        30 | 32 => "analog_input",
        31 | 33 => "frozen_analog_input",
        34 => "analog_input_deadband",
        40..=42 => "analog_output",
        43 => "analog_output_command",
        50 => "time",
        51 => "common_time",
        52 => "time_delay",
        60 => "class",
        70 => "file",
        80 => "internal_indication",
        81 => "storage",
        82 => "device_profile",
        83 => "private_registration",
        85 => "data_set_prototype",
        86 => "data_set_descriptor",
        87 | 88 => "data_set",
        90 => "application",
        101 => "bcd",
        102 => "unsigned_integer",
        110 | 111 => "octet_string",
        112 | 113 => "virtual_terminal",
        120 => "authentication",
        121 | 122 => "security_statistic",
        _ => "object",
    }
}

/// Operation of a control relay output block: low four bits of its code (annex A, group 12).
#[must_use]
pub const fn relay(code: u8) -> &'static str {
    match code & 0x0f {
        0 => "nul",
        1 => "pulse_on",
        2 => "pulse_off",
        3 => "latch_on",
        4 => "latch_off",
        _ => "undefined",
    }
}

/// Trip-close code: high two bits of a control relay output block's code.
#[must_use]
pub const fn trip_close(code: u8) -> Option<&'static str> {
    match code >> 6 {
        1 => Some("close"),
        2 => Some("trip"),
        3 => Some("reserved"),
        _ => None,
    }
}

/// Device attributes (annex A, group 0).
#[must_use]
pub const fn attribute(variation: u8) -> &'static str {
    match variation {
        196 => "configuration_id",
        197 => "configuration_version",
        198 => "configuration_build_date",
        199 => "configuration_change_date",
        200 => "configuration_signature",
        201 => "configuration_signature_algorithm",
        202 => "master_resource_id",
        203 => "location_altitude",
        204 => "location_longitude",
        205 => "location_latitude",
        206 => "secondary_operator_name",
        207 => "primary_operator_name",
        208 => "system_name",
        209 => "secure_authentication_version",
        210 => "security_statistics",
        211 => "user_attribute_sets",
        212 => "master_data_set_prototypes",
        213 => "outstation_data_set_prototypes",
        214 => "master_data_sets",
        215 => "outstation_data_sets",
        216 => "binary_outputs_per_request",
        217 => "timing_accuracy",
        218 => "timing_accuracy_duration",
        219 => "analog_output_events_supported",
        220 => "analog_output_index_max",
        221 => "analog_outputs",
        222 => "binary_output_events_supported",
        223 => "binary_output_index_max",
        224 => "binary_outputs",
        225 => "frozen_counter_events_supported",
        226 => "frozen_counters_supported",
        227 => "counter_events_supported",
        228 => "counter_index_max",
        229 => "counters",
        230 => "frozen_analog_inputs_supported",
        231 => "analog_input_events_supported",
        232 => "analog_input_index_max",
        233 => "analog_inputs",
        234 => "double_bit_events_supported",
        235 => "double_bit_index_max",
        236 => "double_bit_inputs",
        237 => "binary_input_events_supported",
        238 => "binary_input_index_max",
        239 => "binary_inputs",
        240 => "transmit_fragment_max",
        241 => "receive_fragment_max",
        242 => "software_version",
        243 => "hardware_version",
        244 => "owner_name",
        245 => "location_name",
        246 => "id_code",
        247 => "device_name",
        248 => "serial_number",
        249 => "dnp3_subset",
        250 => "product_name",
        252 => "manufacturer_name",
        254 => "all_attributes",
        255 => "attribute_list",
        _ => "attribute",
    }
}
