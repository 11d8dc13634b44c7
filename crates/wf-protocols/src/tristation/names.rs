//! Types of datagrams, function codes with what answers them, reasons of refusal, states and modules.

use wf_model::Category;

/// Function codes that are read closer.
pub mod code {
    pub const START_DOWNLOAD_CHANGE: u8 = 1;
    pub const GET_MP_STATUS: u8 = 29;
    pub const ALLOCATE_PROGRAM: u8 = 55;
    pub const ALLOCATE_FUNCTION: u8 = 56;
    pub const START_TS2_PROGRAM_DOWNLOAD: u8 = 59;
    pub const UPLOAD_PROGRAM: u8 = 65;
    pub const UPLOAD_FUNCTION: u8 = 66;
    pub const REJECTED: u8 = 100;
    pub const ATTACHED: u8 = 106;
    pub const CP_STATUS: u8 = 108;
    pub const CHASSIS_STATUS: u8 = 119;
    pub const MODULE_VERSIONS: u8 = 151;
    pub const PROGRAM: u8 = 162;
    pub const FUNCTION: u8 = 163;
}

/// Type of a datagram.
pub const fn kind(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "connect_request",
        2 => "connect_reply",
        3 => "disconnect_reply",
        4 => "disconnect_request",
        5 => "command",
        6 => "ping",
        7 => "connection_limit_reached",
        8 => "not_connected",
        9 => "main_processors_dead",
        10 => "access_denied",
        11 => "connection_failed",
        _ => return None,
    })
}

/// What a datagram that refuses says.
pub const fn refusal(kind: u8) -> Option<&'static str> {
    Some(match kind {
        7 => "error: connection limit reached",
        8 => "error: not connected",
        9 => "error: main processors dead",
        10 => "error: access denied",
        11 => "error: connection failed",
        _ => return None,
    })
}

/// What a function code does, and the code that answers it where that is known.
pub const fn command(code: u8) -> Option<(&'static str, Category, Option<u8>)> {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    Some(match code {
        0 => ("start_download_all", Program, Some(101)),
        1 => ("start_download_change", Program, Some(102)),
        2 => ("update_configuration", Configuration, Some(123)),
        3 => ("upload_configuration", Read, None),
        4 => ("set_io_addresses", Configuration, Some(107)),
        5 => ("allocate_network", Program, Some(138)),
        6 => ("load_vector_table", Program, Some(139)),
        7 => ("set_calendar", Configuration, Some(122)),
        8 => ("get_calendar", Diagnostic, Some(140)),
        9 => ("set_scan_time", Configuration, Some(114)),
        10 => ("end_download_all", Program, Some(105)),
        11 => ("end_download_change", Program, Some(103)),
        12 => ("cancel_download_change", Program, Some(104)),
        13 => ("attach", Diagnostic, Some(106)),
        14 => ("set_io_address_limits", Configuration, None),
        15 => ("configure_module", Configuration, Some(117)),
        16 => ("set_multiple_point_values", Write, None),
        17 => ("enable_all_points", Control, None),
        18 => ("upload_vector_table", Program, Some(120)),
        19 => ("get_cp_status", Diagnostic, Some(108)),
        20 => ("run_program", Control, Some(109)),
        21 => ("halt_program", Control, Some(110)),
        22 => ("pause_program", Control, Some(111)),
        23 => ("do_single_scan", Control, Some(112)),
        24 => ("get_chassis_status", Diagnostic, Some(119)),
        25 => ("get_minimum_scan_time", Diagnostic, Some(124)),
        26 => ("set_node_number", Configuration, Some(126)),
        27 => ("set_io_point_values", Write, None),
        28 => ("get_io_point_values", Read, Some(121)),
        29 => ("get_mp_status", Diagnostic, Some(127)),
        30 => ("set_retentive_values", Write, Some(128)),
        31 => ("adjust_calendar", Configuration, Some(122)),
        32 => ("clear_module_alarms", Control, Some(130)),
        33 => ("get_event_log", Diagnostic, Some(131)),
        34 => ("set_soe_block", Configuration, Some(129)),
        35 => ("record_event_log", Configuration, Some(135)),
        36 => ("get_soe_data", Read, Some(137)),
        37 => ("enable_ovd", Control, Some(133)),
        38 => ("disable_ovd", Control, Some(134)),
        39 => ("enable_all_ovds", Control, Some(133)),
        40 => ("disable_all_ovds", Control, Some(134)),
        41 => ("process_modbus", Write, Some(152)),
        _ => return later_command(code),
    })
}

const fn later_command(code: u8) -> Option<(&'static str, Category, Option<u8>)> {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    Some(match code {
        42 => ("upload_network", Program, Some(136)),
        43 => ("set_label", Configuration, Some(141)),
        44 => ("configure_system_variables", Configuration, Some(143)),
        45 => ("deconfigure_module", Configuration, Some(144)),
        46 => ("get_system_variables", Read, Some(150)),
        47 => ("get_module_types", Diagnostic, Some(142)),
        48 => ("begin_conversion_table_download", Program, None),
        49 => ("continue_conversion_table_download", Program, None),
        50 => ("end_conversion_table_download", Program, None),
        51 => ("get_conversion_table", Read, Some(147)),
        52 => ("set_icm_status", Configuration, Some(149)),
        53 => ("broadcast_soe_data_available", Diagnostic, None),
        54 => ("get_module_versions", Diagnostic, Some(151)),
        55 => ("allocate_program", Program, Some(153)),
        56 => ("allocate_function", Program, Some(154)),
        57 => ("clear_retentives", Write, Some(155)),
        58 => ("set_initial_values", Write, Some(156)),
        59 => ("start_ts2_program_download", Program, Some(101)),
        60 => ("set_ts2_data_area", Write, Some(157)),
        61 => ("get_ts2_data", Read, Some(158)),
        62 => ("set_ts2_data", Write, Some(159)),
        63 => ("set_program_information", Program, Some(160)),
        64 => ("get_program_information", Diagnostic, Some(161)),
        65 => ("upload_program", Program, Some(162)),
        66 => ("upload_function", Program, Some(163)),
        67 => ("get_point_groups", Read, Some(164)),
        68 => ("allocate_symbol_table", Program, Some(165)),
        69 => ("get_io_address", Read, None),
        70 => ("resend_io_address", Configuration, None),
        71 => ("get_program_timing", Diagnostic, Some(166)),
        72 => ("allocate_multiple_functions", Program, Some(168)),
        73 => ("get_node_number", Diagnostic, Some(169)),
        74 => ("get_symbol_table", Read, Some(170)),
        80 => ("go_to_download_mode", Control, None),
        _ => return None,
    })
}

/// Name of an answer's function code.
pub const fn answer(code: u8) -> Option<&'static str> {
    Some(match code {
        100 => "command_rejected",
        101 => "download_all_permitted",
        102 => "download_change_permitted",
        103 => "modification_accepted",
        104 => "download_cancelled",
        105 => "program_accepted",
        106 => "attached",
        107 => "io_addresses_set",
        108 => "cp_status",
        109 => "program_running",
        110 => "program_halted",
        111 => "program_paused",
        112 => "single_scan_ended",
        113 => "chassis_configuration",
        114 => "scan_period_modified",
        117 => "module_configured",
        119 => "chassis_status",
        120 => "vectors",
        121 => "io_point_values",
        122 => "calendar_changed",
        123 => "configuration_updated",
        124 => "minimum_scan_time",
        126 => "node_number_set",
        127 => "mp_status",
        128 => "retentive_values_set",
        129 => "soe_block_set",
        130 => "module_alarms_cleared",
        131 => "event_log",
        132 => "symbol_table_accepted",
        133 => "ovd_enabled",
        134 => "ovd_disabled",
        135 => "event_log_recorded",
        136 => "network",
        137 => "soe_data",
        138 => "network_allocated",
        139 => "vector_table_loaded",
        115 | 116 | 118 | 125 => "unnamed_answer",
        _ => return later_answer(code),
    })
}

const fn later_answer(code: u8) -> Option<&'static str> {
    Some(match code {
        140 => "calendar",
        141 => "label_set",
        142 => "module_types",
        143 => "system_variables_configured",
        144 => "module_deconfigured",
        147 => "conversion_table",
        148 => "icm_print_data_sent",
        149 => "icm_status_set",
        150 => "system_variables",
        151 => "module_versions",
        152 => "modbus_processed",
        153 => "program_allocated",
        154 => "function_allocated",
        155 => "retentives_cleared",
        156 => "initial_values_set",
        157 => "ts2_data_area_set",
        158 => "ts2_data",
        159 => "ts2_data_set",
        160 => "program_information_set",
        161 => "program_information",
        162 => "program",
        163 => "function",
        164 => "point_groups",
        165 => "symbol_table_allocated",
        166 => "program_timing",
        167 => "disabled_points_full",
        168 => "functions_allocated",
        169 => "node_number",
        170 => "symbol_table",
        145 | 146 => "unnamed_answer",
        _ => return None,
    })
}

/// Outcome by the reason of a refusal.
pub const fn rejection(reason: u8) -> &'static str {
    match reason {
        200 => "error: wrong command",
        201 => "error: load in progress",
        202 => "error: bad calendar data",
        203 => "error: control program not halted",
        204 => "error: control program checksum",
        205 => "error: no memory available",
        206 => "error: control program not valid",
        207 => "error: not loading a control program",
        208 => "error: out of range",
        209 => "error: not enough arguments",
        210 => "error: network missing",
        211 => "error: download time mismatch",
        212 => "error: key switch prohibits it",
        213 => "error: bad control program version",
        214 => "error: not in correct sequence",
        216 => "error: bad module index",
        217 => "error: invalid module address",
        220 => "error: bad I/O point offset",
        221 => "error: invalid point type",
        222 => "error: invalid point location",
        223 => "error: invalid program name",
        227 => "error: invalid module type",
        229 => "error: invalid table type",
        231 => "error: invalid network continuation",
        232 => "error: invalid scan time",
        233 => "error: load is busy",
        234 => "error: a main processor was re-educated",
        235 => "error: invalid chassis or slot",
        236 => "error: invalid SOE number",
        237 => "error: invalid SOE type",
        238 => "error: invalid SOE state",
        239 => "error: variable is write protected",
        240 => "error: node number mismatch",
        241 => "error: command not allowed",
        242 => "error: invalid sequence number",
        243 => "error: time change on non-master",
        244 => "error: no free port",
        245 | 246 => "error: invalid TriStation command",
        247 => "error: only one chassis allowed",
        248 => "error: bad variable address",
        249 => "error: response overflow",
        250 => "error: invalid bus",
        251 => "error: disable not allowed",
        252 => "error: invalid length",
        253 => "error: point cannot be disabled",
        254 => "error: too many retentive variables",
        _ => "error: rejected",
    }
}

/// Position of the key switch.
pub const fn key(state: u8) -> &'static str {
    match state {
        0 => "stop",
        1 => "program",
        2 => "run",
        3 => "remote",
        _ => "invalid",
    }
}

/// State of the control program.
pub const fn run(state: u8) -> &'static str {
    match state {
        0 => "running",
        1 => "halted",
        2 => "paused",
        3 => "exception",
        _ => "unknown",
    }
}

/// Model number of a module by its type; of types that differ in a setting alone, the number they share.
pub const fn module(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0xf0 | 0xff => "3008",
        1 => "3501",
        2 => "3502",
        3 => "3503",
        7 => "3505",
        11 => "3508",
        17 => "3601",
        19 => "3603",
        20 => "3604",
        23 => "3608",
        24 => "3607",
        29 => "6603",
        30 => "6602",
        31 => "6601",
        32 => "3701",
        33 => "3700",
        38 => "3510",
        40 => "3801",
        41 => "3800",
        42 => "6810",
        45 => "3511",
        47 => "3515",
        48 => "4119",
        49 => "4200",
        50 => "6211",
        51 => "4509",
        52 => "4409",
        53 => "6215",
        55 => "4329",
        56 => "4609",
        57 => "4351B",
        58 => "4352B",
        59 => "4353",
        60 => "4354",
        71 => "3531",
        72 => "3532",
        73 => "3533",
        84 => "4351",
        85 => "4352",
        86 => "4351A",
        87 => "4352A",
        88 => "3664",
        89 => "3674",
        90 => "3667",
        91 => "3677",
        92 => "3663",
        93 => "3673",
        94 => "3720",
        95 => "3721",
        104 => "3805",
        105 => "3807",
        106 => "3806",
        110 => "6703",
        111 => "3635",
        112 => "3636",
        113 => "3611",
        _ => return later_module(kind),
    })
}

const fn later_module(kind: u8) -> Option<&'static str> {
    Some(match kind {
        146..=151 => "3706",
        152..=155 => "3704",
        156 | 157 => "3504",
        158 => "3625",
        160..=163 => "6700",
        180..=183 => "3703",
        184..=187 | 192..=195 | 200..=202 | 208..=211 => "3708",
        216 | 217 => "3614",
        218 | 219 => "3617",
        220 | 221 => "3613",
        222 | 223 => "3615",
        224 | 225 => "3564",
        226 | 227 => "3562",
        228 | 229 => "3561",
        232 | 233 => "3624",
        234 | 235 => "3627",
        236 | 237 => "3623",
        _ => return None,
    })
}
