//! Names of commands, states, index groups, ports and errors (Beckhoff Information System, TE1000 ADS).

use super::frame::{
    ADD_NOTIFICATION, DELETE_NOTIFICATION, DEVICE_INFO, NOTIFICATION, READ, READ_STATE, READ_WRITE, WRITE, WRITE_CONTROL,
};
use wf_model::Category;

/// Commands.
pub const fn command(code: u16) -> &'static str {
    match code {
        DEVICE_INFO => "read_device_info",
        READ => "read",
        WRITE => "write",
        READ_STATE => "read_state",
        WRITE_CONTROL => "write_control",
        ADD_NOTIFICATION => "add_notification",
        DELETE_NOTIFICATION => "delete_notification",
        NOTIFICATION => "notification",
        READ_WRITE => "read_write",
        _ => "unknown_command",
    }
}

/// What the header over TCP says without a command.
pub const fn router(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "port_close",
        0x1000 => "port_connect",
        0x1001 => "router_notification",
        0x1002 => "get_local_net_id",
        _ => return None,
    })
}

/// ADS states.
pub const fn state(code: u16) -> &'static str {
    match code {
        0 => "INVALID",
        1 => "IDLE",
        2 => "RESET",
        3 => "INIT",
        4 => "START",
        5 => "RUN",
        6 => "STOP",
        7 => "SAVECFG",
        8 => "LOADCFG",
        9 => "POWERFAILURE",
        10 => "POWERGOOD",
        11 => "ERROR",
        12 => "SHUTDOWN",
        13 => "SUSPEND",
        14 => "RESUME",
        15 => "CONFIG",
        16 => "RECONFIG",
        17 => "STOPPING",
        18 => "INCOMPATIBLE",
        19 => "EXCEPTION",
        _ => "unknown",
    }
}

/// How notifications come.
pub const fn mode(code: u32) -> &'static str {
    match code {
        0 => "none",
        1 => "client_cycle",
        2 => "client_on_change",
        3 => "cyclic",
        4 => "on_change",
        5 => "cyclic_in_context",
        6 => "on_change_in_context",
        10 => "client_first_request",
        _ => "unknown",
    }
}

pub const SYMBOL_BY_NAME_HANDLE: u32 = 0xf003;
pub const SYMBOL_VALUE_BY_NAME: u32 = 0xf004;
pub const SYMBOL_VALUE_BY_HANDLE: u32 = 0xf005;
pub const SYMBOL_RELEASE: u32 = 0xf006;
pub const SYMBOL_INFO: u32 = 0xf007;
pub const SYMBOL_INFO_EX: u32 = 0xf009;
pub const SUM_READ: u32 = 0xf080;
pub const SUM_WRITE: u32 = 0xf081;
pub const SUM_READ_WRITE: u32 = 0xf082;
pub const SUM_READ_EX: u32 = 0xf083;
pub const SUM_READ_EX2: u32 = 0xf084;
/// Port of the system service.
pub const SYSTEM: u16 = 10_000;

/// Index groups that all servers share, or that the runtime of controllers has.
pub const fn group(code: u32) -> Option<&'static str> {
    Some(match code {
        0x4020 => "memory",
        0x4021 => "memory bit",
        0x4025 => "memory size",
        0x4030 => "retain data",
        0x4040 => "data",
        0xf000 => "symbol table",
        0xf001 => "symbol name",
        0xf002 => "symbol value",
        SYMBOL_BY_NAME_HANDLE => "handle by name",
        SYMBOL_VALUE_BY_NAME => "value by name",
        SYMBOL_VALUE_BY_HANDLE => "value by handle",
        SYMBOL_RELEASE => "release handle",
        SYMBOL_INFO => "symbol information",
        0xf008 => "symbol version",
        SYMBOL_INFO_EX => "symbol information, extended",
        0xf00a => "symbol download",
        0xf00b => "symbol upload",
        0xf00c => "symbol upload information",
        0xf00d => "symbol download 2",
        0xf00e => "data type upload",
        0xf00f => "symbol upload information 2",
        0xf010 => "symbol notification",
        0xf020 => "input",
        0xf021 => "input bit",
        0xf025 => "input size",
        0xf030 => "output",
        0xf031 => "output bit",
        0xf035 => "output size",
        0xf040 => "clear inputs",
        0xf050 => "clear outputs",
        SUM_READ => "sum read",
        SUM_WRITE => "sum write",
        SUM_READ_WRITE => "sum read and write",
        SUM_READ_EX => "sum read, extended",
        SUM_READ_EX2 => "sum read, extended 2",
        0xf085 => "sum add notification",
        0xf086 => "sum delete notification",
        0xf100 => "device data",
        _ => return None,
    })
}

/// What a command on an index group is called, and what kind of act it is; by port, since servers have groups of their own.
pub const fn act(port: u16, code: u16, group: u32) -> (&'static str, Category) {
    match (port, code, group) {
        (SYSTEM, READ_WRITE, 120) => ("open_file", Category::Diagnostic),
        (SYSTEM, READ_WRITE, 121) | (SYSTEM, WRITE, 111) => ("close_file", Category::Diagnostic),
        (SYSTEM, READ_WRITE | READ, 122) => ("read_file", Category::Read),
        (SYSTEM, READ_WRITE | WRITE, 123 | 127 | 129) => ("write_file", Category::Program),
        (SYSTEM, READ_WRITE | WRITE, 131) => ("delete_file", Category::Program),
        (SYSTEM, READ_WRITE | WRITE, 132) => ("rename_file", Category::Program),
        (SYSTEM, READ_WRITE, 133) => ("find_file", Category::Diagnostic),
        (SYSTEM, WRITE, 200) => ("write_registry", Category::Configuration),
        (SYSTEM, READ_WRITE | READ, 200) => ("read_registry", Category::Diagnostic),
        (SYSTEM, WRITE | READ_WRITE, 500) => ("start_process", Category::Program),
        (SYSTEM, WRITE, 600) => ("set_net_id", Category::Configuration),
        (SYSTEM, WRITE, 801) => ("add_route", Category::Configuration),
        (SYSTEM, WRITE, 802) => ("delete_route", Category::Configuration),
        (_, READ_WRITE, SYMBOL_BY_NAME_HANDLE) => ("get_handle", Category::Diagnostic),
        (_, READ_WRITE, SYMBOL_INFO | SYMBOL_INFO_EX) => ("get_symbol_info", Category::Diagnostic),
        (_, WRITE, SYMBOL_RELEASE) => ("release_handle", Category::Diagnostic),
        (_, READ, 0xf00b..=0xf00f | 0xf008) => ("read_symbols", Category::Diagnostic),
        (_, WRITE, 0xf00a | 0xf00d) => ("download_symbols", Category::Program),
        (_, WRITE, 0xf040) => ("clear_inputs", Category::Write),
        (_, WRITE, 0xf050) => ("clear_outputs", Category::Write),
        (_, READ_WRITE, SYMBOL_VALUE_BY_NAME | SUM_READ | SUM_READ_EX | SUM_READ_EX2) | (_, READ, _) => ("read", Category::Read),
        (_, WRITE, _) | (_, READ_WRITE, SUM_WRITE) => ("write", Category::Write),
        (_, READ_WRITE, 0xf085) => ("add_notification", Category::Read),
        (_, READ_WRITE, 0xf086) => ("delete_notification", Category::Read),
        (_, READ_WRITE, _) => ("read_write", Category::Write),
        (_, DEVICE_INFO, _) => ("read_device_info", Category::Diagnostic),
        (_, READ_STATE, _) => ("read_state", Category::Read),
        (_, WRITE_CONTROL, _) => ("write_control", Category::Control),
        (_, ADD_NOTIFICATION, _) => ("add_notification", Category::Read),
        (_, DELETE_NOTIFICATION, _) => ("delete_notification", Category::Read),
        _ => ("unknown_command", Category::Diagnostic),
    }
}

/// Kinds of servers by their port.
pub const fn server(port: u16) -> Option<&'static str> {
    Some(match port {
        1 => "router",
        100 => "logger",
        110 => "event_logger",
        200 => "real_time",
        300 => "io",
        500 => "motion",
        800 => "plc",
        801 | 811 | 821 | 831 => "plc_runtime",
        851..=899 => "plc_runtime",
        900 => "camshaft",
        SYSTEM => "system_service",
        14_000 => "scope",
        _ => return None,
    })
}

/// Result codes, with `error: ` before them.
pub const fn outcome(code: u32) -> &'static str {
    match code {
        0 => "ok",
        0x01 => "error: internal",
        0x02 => "error: no_real_time",
        0x03 => "error: allocation",
        0x04 => "error: mailbox_full",
        0x05 => "error: wrong_message",
        0x06 => "error: target_port_not_found",
        0x07 => "error: target_machine_not_found",
        0x08 => "error: unknown_command",
        0x09 => "error: bad_task",
        0x0a => "error: no_io",
        0x0b => "error: unknown_ams_command",
        0x0c => "error: win32",
        0x0d => "error: port_not_connected",
        0x0e => "error: invalid_ams_length",
        0x0f => "error: invalid_net_id",
        0x12 => "error: port_disabled",
        0x13 => "error: port_already_connected",
        0x15 => "error: timeout",
        0x18 => "error: invalid_ams_port",
        0x19 => "error: no_memory",
        0x1a => "error: tcp_send",
        0x1b => "error: host_unreachable",
        0x1e => "error: access_denied",
        0x0500..=0x050f => "error: router",
        0x0700 => "error: device",
        0x0701 => "error: service_not_supported",
        0x0702 => "error: invalid_index_group",
        0x0703 => "error: invalid_index_offset",
        0x0704 => "error: invalid_access",
        0x0705 => "error: invalid_size",
        0x0706 => "error: invalid_data",
        0x0707 => "error: not_ready",
        0x0708 => "error: busy",
        0x0709 => "error: invalid_context",
        0x070a => "error: out_of_memory",
        0x070b => "error: invalid_parameter",
        0x070c => "error: not_found",
        0x070d => "error: syntax",
        0x070e => "error: incompatible",
        0x070f => "error: exists",
        0x0710 => "error: symbol_not_found",
        0x0711 => "error: symbol_version_invalid",
        0x0712 => "error: invalid_state",
        0x0713 => "error: transmission_mode_not_supported",
        0x0714 => "error: invalid_notification_handle",
        0x0715 => "error: client_unknown",
        0x0716 => "error: no_more_handles",
        0x0717 => "error: invalid_notification_size",
        0x0718 => "error: not_initialised",
        0x0719 => "error: device_timeout",
        0x071e => "error: pending",
        0x071f => "error: aborted",
        0x0720 => "error: warning",
        0x0721 => "error: invalid_array_index",
        0x0722 => "error: symbol_not_active",
        0x0723 => "error: access_denied",
        0x0724 => "error: licence_missing",
        0x0725 => "error: licence_expired",
        0x0740..=0x075f => "error: client",
        0x1000..=0x10ff => "error: real_time",
        0x2000..=0x20ff => "error: io",
        _ => "error: unknown",
    }
}
