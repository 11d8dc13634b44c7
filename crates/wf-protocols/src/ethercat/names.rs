//! Names of commands, states and codes (ETG.1000.4 to ETG.1000.6, ETG.1020).

/// Commands (ETG.1000.4, 5.4.1.2).
pub const fn command(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "NOP",
        1 => "APRD",
        2 => "APWR",
        3 => "APRW",
        4 => "FPRD",
        5 => "FPWR",
        6 => "FPRW",
        7 => "BRD",
        8 => "BWR",
        9 => "BRW",
        10 => "LRD",
        11 => "LWR",
        12 => "LRW",
        13 => "ARMW",
        14 => "FRMW",
        _ => return None,
    })
}

/// What follows the frame header.
pub const fn frame_kind(kind: u8) -> &'static str {
    match kind {
        1 => "datagrams",
        2 => "ads",
        3 => "raw_io",
        4 => "network_variables",
        5 => "mailbox",
        _ => "unknown",
    }
}

/// States of the application layer (ETG.1000.6, 5.3.1); what several slaves answer together is none of them.
pub const fn state(code: u16) -> &'static str {
    match code & 15 {
        1 => "INIT",
        2 => "PREOP",
        3 => "BOOTSTRAP",
        4 => "SAFEOP",
        8 => "OP",
        0 => "none",
        _ => "mixed",
    }
}

/// AL status codes (ETG.1000.6, table 11; ETG.1020, table 1).
pub const fn status_code(code: u16) -> &'static str {
    match code {
        0x0000 => "no_error",
        0x0001 => "unspecified_error",
        0x0002 => "no_memory",
        0x0003 => "invalid_device_setup",
        0x0004 => "invalid_revision",
        0x0006 => "sii_does_not_match_firmware",
        0x0007 => "firmware_update_failed",
        0x000e => "licence_error",
        0x0011 => "invalid_requested_state_change",
        0x0012 => "unknown_requested_state",
        0x0013 => "bootstrap_not_supported",
        0x0014 => "no_valid_firmware",
        0x0015 | 0x0016 => "invalid_mailbox_configuration",
        0x0017 => "invalid_sync_manager_configuration",
        0x0018 => "no_valid_inputs",
        0x0019 => "no_valid_outputs",
        0x001a => "synchronization_error",
        0x001b => "sync_manager_watchdog",
        0x001c => "invalid_sync_manager_types",
        0x001d => "invalid_output_configuration",
        0x001e => "invalid_input_configuration",
        0x001f => "invalid_watchdog_configuration",
        0x0020 => "needs_cold_start",
        0x0021 => "needs_init",
        0x0022 => "needs_preop",
        0x0023 => "needs_safeop",
        0x0024 => "invalid_input_mapping",
        0x0025 => "invalid_output_mapping",
        0x0026 => "inconsistent_settings",
        0x0027 => "free_run_not_supported",
        0x0028 => "synchronization_not_supported",
        0x0029 => "free_run_needs_three_buffers",
        0x002a => "background_watchdog",
        0x002b => "no_valid_inputs_and_outputs",
        0x002c => "fatal_synchronization_error",
        0x002d => "no_synchronization",
        0x002e => "cycle_time_too_small",
        0x0030 => "invalid_dc_configuration",
        0x0031 => "invalid_dc_latch_configuration",
        0x0032 => "pll_error",
        0x0033 => "dc_input_output_error",
        0x0034 => "dc_timeout",
        0x0035 => "invalid_dc_cycle_time",
        0x0036 => "invalid_sync0_cycle_time",
        0x0037 => "invalid_sync1_cycle_time",
        0x0041 => "mailbox_aoe_error",
        0x0042 => "mailbox_eoe_error",
        0x0043 => "mailbox_coe_error",
        0x0044 => "mailbox_foe_error",
        0x0045 => "mailbox_soe_error",
        0x004f => "mailbox_voe_error",
        0x0050 => "eeprom_no_access",
        0x0051 => "eeprom_error",
        0x0052 => "external_hardware_not_ready",
        0x0060 => "slave_restarted_locally",
        0x0061 => "identification_value_changed",
        0x0070 => "detected_modules_do_not_match",
        0x0080 => "supply_voltage_too_low",
        0x0081 => "supply_voltage_too_high",
        0x0082 => "temperature_too_low",
        0x0083 => "temperature_too_high",
        0x00f0 => "application_controller_available",
        0x8000..=0xffff => "vendor_error",
        _ => "unknown_error",
    }
}

/// Protocols of the mailbox (ETG.1000.4, table 29).
pub const fn mailbox(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0 => "error",
        1 => "aoe",
        2 => "eoe",
        3 => "coe",
        4 => "foe",
        5 => "soe",
        15 => "voe",
        _ => return None,
    })
}

/// Errors of the mailbox itself (ETG.1000.4, table 30).
pub const fn mailbox_error(code: u16) -> &'static str {
    match code {
        1 => "syntax",
        2 => "unsupported_protocol",
        3 => "invalid_channel",
        4 => "service_not_supported",
        5 => "invalid_header",
        6 => "size_too_short",
        7 => "no_more_memory",
        8 => "invalid_size",
        9 => "service_in_work",
        _ => "unknown",
    }
}

/// CoE services (ETG.1000.6, 5.6.1).
pub const fn coe_service(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "emergency",
        2 => "sdo_request",
        3 => "sdo_response",
        4 => "tx_pdo",
        5 => "rx_pdo",
        6 => "tx_pdo_remote_request",
        7 => "rx_pdo_remote_request",
        8 => "sdo_information",
        _ => return None,
    })
}

/// SDO information (ETG.1000.6, 5.6.3).
pub const fn information(code: u8) -> &'static str {
    match code {
        1 => "list_request",
        2 => "list_response",
        3 => "object_request",
        4 => "object_response",
        5 => "entry_request",
        6 => "entry_response",
        7 => "error",
        _ => "unknown",
    }
}

/// SDO abort codes (ETG.1000.6, table 41), with `error: ` before them.
pub const fn abort(code: u32) -> &'static str {
    match code {
        0x0503_0000 => "error: toggle_bit_not_changed",
        0x0504_0000 => "error: sdo_timeout",
        0x0504_0001 => "error: invalid_command",
        0x0504_0005 => "error: out_of_memory",
        0x0601_0000 => "error: unsupported_access",
        0x0601_0001 => "error: write_only",
        0x0601_0002 => "error: read_only",
        0x0601_0003 => "error: subindex_0_not_written",
        0x0601_0004 => "error: complete_access_not_supported",
        0x0601_0005 => "error: object_exceeds_mailbox",
        0x0601_0006 => "error: mapped_to_rx_pdo",
        0x0602_0000 => "error: no_such_object",
        0x0604_0041 => "error: not_mappable",
        0x0604_0042 => "error: pdo_length_exceeded",
        0x0604_0043 => "error: parameter_incompatible",
        0x0604_0047 => "error: internal_incompatibility",
        0x0606_0000 => "error: hardware_error",
        0x0607_0010 => "error: length_mismatch",
        0x0607_0012 => "error: length_too_high",
        0x0607_0013 => "error: length_too_low",
        0x0609_0011 => "error: no_such_subindex",
        0x0609_0030 => "error: value_out_of_range",
        0x0609_0031 => "error: value_too_high",
        0x0609_0032 => "error: value_too_low",
        0x0609_0036 => "error: maximum_below_minimum",
        0x0800_0000 => "error: general_error",
        0x0800_0020 => "error: cannot_transfer",
        0x0800_0021 => "error: local_control",
        0x0800_0022 => "error: device_state",
        0x0800_0023 => "error: no_object_dictionary",
        _ => "error: unknown_abort_code",
    }
}

/// FoE operations (ETG.1000.6, 5.7).
pub const fn foe(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "read_request",
        2 => "write_request",
        3 => "data",
        4 => "ack",
        5 => "error",
        6 => "busy",
        _ => return None,
    })
}

/// FoE errors (ETG.1000.6, table 92), with `error: ` before them.
pub const fn foe_error(code: u32) -> &'static str {
    match code {
        0x8001 => "error: not_found",
        0x8002 => "error: access_denied",
        0x8003 => "error: disk_full",
        0x8004 => "error: illegal",
        0x8005 => "error: wrong_packet_number",
        0x8006 => "error: already_exists",
        0x8007 => "error: no_user",
        0x8008 => "error: bootstrap_only",
        0x8009 => "error: not_in_bootstrap",
        0x800a => "error: no_rights",
        0x800b => "error: program_error",
        0x800c => "error: wrong_checksum",
        0x800d => "error: firmware_does_not_fit",
        0x800f => "error: no_file",
        0x8010 => "error: file_header_missing",
        0x8011 => "error: flash_problem",
        0x8012 => "error: incompatible_file",
        _ => "error: not_defined",
    }
}

/// SoE operations (ETG.1000.6, 5.8).
pub const fn soe(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "read_request",
        2 => "read_response",
        3 => "write_request",
        4 => "write_response",
        5 => "notification",
        6 => "emergency",
        _ => return None,
    })
}

/// EoE frame types (ETG.1000.6, 5.9).
pub const fn eoe(code: u8) -> &'static str {
    match code {
        0 => "fragment",
        1 => "time_stamp",
        2 => "set_ip_request",
        3 => "set_ip_response",
        4 => "set_filter_request",
        5 => "set_filter_response",
        _ => "unknown",
    }
}

/// Some of the vendor identifiers that the EtherCAT Technology Group gives.
pub const fn vendor(id: u32) -> Option<&'static str> {
    Some(match id {
        0x02 => "Beckhoff",
        0x1d => "Festo",
        0x21 => "WAGO",
        0x44 => "Hilscher",
        0x6a => "Kollmorgen",
        0x83 => "Omron",
        0xfb => "maxon",
        0x1dd => "Delta Electronics",
        0x539 => "Yaskawa",
        0x66f => "Panasonic",
        _ => return None,
    })
}

/// Beckhoff's terminals carry their number in the upper half of the product code, their series in the lower.
pub const fn beckhoff_series(product: u32) -> Option<&'static str> {
    match product & 0xffff {
        0x2c52 => Some("EK"),
        0x3052 => Some("EL"),
        0x4052 => Some("EP"),
        _ => None,
    }
}
