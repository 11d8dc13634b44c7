//! Names of functions, errors and return codes.

use super::pdu::{Kind, Userdata, group};
use std::borrow::Cow;
use wf_model::Category;

/// Function codes of jobs.
pub mod function {
    /// Read variables.
    pub const READ: u8 = 0x04;
    /// Write variables.
    pub const WRITE: u8 = 0x05;
    /// Announce a block to be loaded.
    pub const REQUEST_DOWNLOAD: u8 = 0x1a;
    /// The controller fetches a part of a block.
    pub const DOWNLOAD_BLOCK: u8 = 0x1b;
    /// The controller has the whole block.
    pub const DOWNLOAD_ENDED: u8 = 0x1c;
    /// Begin reading a block out.
    pub const START_UPLOAD: u8 = 0x1d;
    /// Read a part of a block out.
    pub const UPLOAD: u8 = 0x1e;
    /// End reading a block out.
    pub const END_UPLOAD: u8 = 0x1f;
    /// Call a program invocation service.
    pub const CONTROL: u8 = 0x28;
    /// Stop the program.
    pub const STOP: u8 = 0x29;
    /// Agree on sizes and parallel jobs.
    pub const SETUP: u8 = 0xf0;
}

/// Name and category of a job's function.
pub const fn job(code: u8) -> (&'static str, Category) {
    match code {
        0x00 => ("cpu_services", Category::Diagnostic),
        0x01 => ("mode_transition", Category::Control),
        function::READ => ("read_var", Category::Read),
        function::WRITE => ("write_var", Category::Write),
        function::REQUEST_DOWNLOAD => ("request_download", Category::Program),
        function::DOWNLOAD_BLOCK => ("download_block", Category::Program),
        function::DOWNLOAD_ENDED => ("download_ended", Category::Program),
        function::START_UPLOAD => ("start_upload", Category::Program),
        function::UPLOAD => ("upload", Category::Program),
        function::END_UPLOAD => ("end_upload", Category::Program),
        function::CONTROL => ("plc_control", Category::Control),
        function::STOP => ("plc_stop", Category::Control),
        function::SETUP => ("setup_communication", Category::Diagnostic),
        _ => ("unknown_function", Category::Diagnostic),
    }
}

/// Name and category of a function of user data.
pub const fn userdata(head: &Userdata) -> (&'static str, Category) {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    let Some(subfunction) = head.subfunction else {
        return ("mode_transition", Diagnostic);
    };
    match (head.group, subfunction) {
        (group::PROGRAMMER, 1 | 0x13) => ("block_status", Diagnostic),
        (group::PROGRAMMER, 2) => ("variable_status", Read),
        (group::PROGRAMMER, 3) => ("read_interrupt_stack", Diagnostic),
        (group::PROGRAMMER, 4) => ("read_block_stack", Diagnostic),
        (group::PROGRAMMER, 5) => ("read_local_stack", Diagnostic),
        (group::PROGRAMMER, 6) => ("measure_time", Diagnostic),
        (group::PROGRAMMER, 7) => ("select_force", Diagnostic),
        (group::PROGRAMMER, 8) => ("modify_variable", Write),
        (group::PROGRAMMER, 9) => ("force", Write),
        (group::PROGRAMMER, 0x0a) => ("breakpoint", Control),
        (group::PROGRAMMER, 0x0b) => ("exit_hold", Control),
        (group::PROGRAMMER, 0x0c) => ("memory_reset", Control),
        (group::PROGRAMMER, 0x0d) => ("disable_job", Diagnostic),
        (group::PROGRAMMER, 0x0e) => ("enable_job", Diagnostic),
        (group::PROGRAMMER, 0x0f) => ("delete_job", Diagnostic),
        (group::PROGRAMMER, 0x10) => ("read_job_list", Diagnostic),
        (group::PROGRAMMER, 0x11) => ("read_job", Diagnostic),
        (group::PROGRAMMER, 0x12) => ("replace_job", Diagnostic),
        (group::PROGRAMMER, 0x16) => ("flash_led", Diagnostic),
        (group::CYCLIC, 1) => ("cyclic_read", Read),
        (group::CYCLIC, 4) => ("cyclic_unsubscribe", Diagnostic),
        (group::CYCLIC, 5) => ("change_driven_read", Read),
        (group::CYCLIC, 7) => ("change_driven_modify", Read),
        (group::CYCLIC, 8) => ("read_record", Read),
        (group::BLOCK, 1) => ("list_blocks", Diagnostic),
        (group::BLOCK, 2) => ("list_blocks_of_type", Diagnostic),
        (group::BLOCK, 3) => ("block_info", Diagnostic),
        (group::CPU, 1) => ("read_szl", Diagnostic),
        (group::CPU, 2) => ("message_service", Diagnostic),
        (group::CPU, 3) => ("diagnostic_message", Diagnostic),
        (group::CPU, 5) => ("alarm_8", Diagnostic),
        (group::CPU, 6) => ("notify", Diagnostic),
        (group::CPU, 7) => ("alarm_8_lock", Configuration),
        (group::CPU, 8) => ("alarm_8_unlock", Configuration),
        (group::CPU, 9) => ("scan", Diagnostic),
        (group::CPU, 0x0b) => ("alarm_acknowledge", Control),
        (group::CPU, 0x0c) => ("alarm_acknowledged", Diagnostic),
        (group::CPU, 0x0d) => ("alarm_locked", Diagnostic),
        (group::CPU, 0x0e) => ("alarm_unlocked", Diagnostic),
        (group::CPU, 0x10) => ("ar_send", Diagnostic),
        (group::CPU, 0x11) => ("alarm_sq", Diagnostic),
        (group::CPU, 0x12) => ("alarm_s", Diagnostic),
        (group::CPU, 0x13) => ("alarm_query", Diagnostic),
        (group::CPU, 0x16) => ("notify_8", Diagnostic),
        (group::SECURITY, 1) => ("set_password", Configuration),
        (group::SECURITY, 2) => ("clear_password", Configuration),
        (group::PBC, _) => ("block_send", Write),
        (group::TIME, 1 | 3) => ("read_clock", Diagnostic),
        (group::TIME, 2 | 4) => ("set_clock", Configuration),
        (group::NC, 1) => ("nc_request_download", Program),
        (group::NC, 2) => ("nc_download", Program),
        (group::NC, 3) => ("nc_continue_download", Program),
        (group::NC, 4) => ("nc_download_ended", Program),
        (group::NC, 6) => ("nc_start_upload", Program),
        (group::NC, 7) => ("nc_upload", Program),
        (group::NC, 8) => ("nc_continue_upload", Program),
        _ => ("unknown_userdata", Diagnostic),
    }
}

/// Name of a direction of user data.
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Push => "push",
        Kind::Request => "request",
        Kind::Response => "response",
    }
}

/// Name of an operating mode, as in SZL 0x0424 and mode transitions.
pub const fn mode(code: u8) -> &'static str {
    match code & 0x0f {
        0 => "stop",
        1 => "stop (update)",
        2 => "stop (memory reset)",
        3 => "stop (self-initialisation)",
        4 => "stop (internal)",
        5 => "startup (cold)",
        6 => "startup (warm)",
        7 => "startup (hot)",
        8 => "run",
        9 => "run (redundant)",
        10 => "hold",
        11 => "coupling",
        12 => "updating",
        13 => "defect",
        14 => "self-test",
        _ => "no power",
    }
}

/// Name of a mode in a mode transition message.
pub const fn transition(code: u8) -> &'static str {
    match code {
        0 => "stop",
        1 => "warm restart",
        2 => "run",
        3 => "hot restart",
        4 => "hold",
        6 => "cold restart",
        9 => "run (redundant)",
        11 => "link-up",
        12 => "update",
        _ => "unknown",
    }
}

/// Outcome by an item's return code.
pub const fn item_outcome(code: u8) -> &'static str {
    match code {
        0xff => "ok",
        0x00 => "error: reserved",
        0x01 => "error: hardware fault",
        0x03 => "error: access not allowed",
        0x05 => "error: invalid address",
        0x06 => "error: type not supported",
        0x07 => "error: type inconsistent",
        0x0a => "error: object does not exist",
        _ => "error: unknown return code",
    }
}

/// Outcome by an error number of the header or of user data parameters.
pub fn outcome(error: u16) -> Cow<'static, str> {
    let known = match error {
        0 => "ok",
        0x0110 | 0x0118 | 0xd210 => "error: invalid block number",
        0x0111 => "error: invalid request length",
        0x0112 => "error: invalid parameter",
        0x0113 => "error: invalid block type",
        0x0114 | 0xd209 => "error: block not found",
        0x0115 => "error: block exists already",
        0x0116 => "error: block is write-protected",
        0x0119 | 0xd602 => "error: wrong password",
        0x8001 => "error: not possible in the block's state",
        0x8003 => "error: block transfer failed",
        0x8100 => "error: service unknown",
        0x8104 => "error: service not implemented",
        0x8204 => "error: inconsistent type",
        0x8301 | 0x8306 | 0x8307 => "error: not enough memory",
        0x8302 | 0x8304 => "error: not enough resources",
        0x8305 => "error: function not available",
        0x8401 => "error: wrong order of services",
        0x8402 => "error: not possible in the object's state",
        0x8404 => "error: function cannot be performed",
        0x8405 => "error: remote block is disabled",
        0x8500 => "error: wrong frame",
        0x8503 => "error: cancelled by the module",
        0x8701 => "error: wrong address",
        0x8702 => "error: service not supported",
        0x8703 => "error: access refused",
        0x8704 => "error: object damaged",
        0xd002 => "error: illegal job variant",
        0xd041 | 0xd401 | 0xd402 => "error: information not available",
        0xd081 => "error: not permitted in this mode",
        0xd0a1 | 0xd241 => "error: not permitted at this protection level",
        0xd201 => "error: syntax of block name",
        0xd202 => "error: syntax of parameters",
        0xd20e => "error: no further block",
        0xd603 => "error: already legitimised",
        0xd604 => "error: already enabled",
        0xd605 => "error: no password is set",
        0xd802 => "error: job does not exist",
        0xdc01 => "error: invalid date or time",
        _ => return Cow::Owned(format!("error: {} 0x{error:04x}", error_class(error))),
    };
    Cow::Borrowed(known)
}

const fn error_class(error: u16) -> &'static str {
    match error >> 8 {
        0x81 => "application relation",
        0x82 => "object definition",
        0x83 => "resources",
        0x84 => "service processing",
        0x85 => "supplies",
        0x87 => "access",
        _ => "code",
    }
}
