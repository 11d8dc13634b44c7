//! Opcodes and error codes (D301180X012, chapter 2).

use wf_model::Category;

/// Opcodes that are read closer.
pub mod opcode {
    pub const SYSTEM: u8 = 6;
    pub const READ_CLOCK: u8 = 7;
    pub const SET_CLOCK: u8 = 8;
    pub const READ_TABLE: u8 = 10;
    pub const WRITE_TABLE: u8 = 11;
    pub const LOGIN: u8 = 17;
    pub const SET_ROW: u8 = 166;
    pub const READ_ROW: u8 = 167;
    pub const READ: u8 = 180;
    pub const WRITE: u8 = 181;
    pub const FILE: u8 = 203;
    pub const REPORT: u8 = 224;
    pub const ERROR: u8 = 255;
}

/// What an opcode does, by its data where one opcode does many things.
pub fn named(opcode: u8, data: &[u8]) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Diagnostic, Program, Read, Write};
    Some(match opcode {
        6 => ("system_configuration", Diagnostic),
        7 => ("read_clock", Diagnostic),
        8 => ("set_clock", Configuration),
        10 => ("read_opcode_table", Read),
        11 => ("write_opcode_table", Write),
        17 if data.ends_with(b"LOGOUT") => ("logout", Configuration),
        17 if data.starts_with(b"SESSION") => ("request_session_key", Diagnostic),
        17 => ("login", Configuration),
        24 => ("store_and_forward", Diagnostic),
        50 => ("read_io_positions", Diagnostic),
        100 => ("read_user_information", Read),
        105 => ("read_history_minimum_maximum", Read),
        108 => ("read_history_tags", Read),
        118 => ("read_alarms", Read),
        119 => ("read_events", Read),
        135 => ("read_history_point", Read),
        136 => ("read_history_points", Read),
        137 => ("read_history_index", Read),
        138 => ("read_history_period", Read),
        139 => ("read_history_information", Read),
        166 => ("set_parameters_in_row", Write),
        167 => ("read_parameters_in_row", Read),
        180 => ("read_parameters", Read),
        181 => ("write_parameters", Write),
        203 => match data.first() {
            Some(1) => ("open_file", Read),
            Some(2) => ("read_file", Read),
            Some(3) => ("write_file", Program),
            Some(4) => ("close_file", Read),
            Some(5) => ("delete_file", Program),
            Some(6 | 0x40) => ("read_directory", Read),
            _ => ("file_transfer", Read),
        },
        205 => ("peer_to_peer", Diagnostic),
        206 => ("read_transactions", Read),
        224 => ("report_by_exception", Diagnostic),
        225 => ("acknowledge_report", Diagnostic),
        255 => ("error", Diagnostic),
        _ => return None,
    })
}

/// Outcome by the error code of opcode 255.
pub const fn outcome(code: u8) -> &'static str {
    match code {
        1 => "error: invalid opcode",
        2 => "error: invalid parameter number",
        3 => "error: invalid logical number",
        4 => "error: invalid point type",
        5 => "error: too many data bytes",
        6 => "error: too few data bytes",
        13 => "error: address out of range",
        14 => "error: invalid history request",
        15 => "error: invalid FST request",
        16 => "error: invalid event entry",
        17 => "error: too many alarms requested",
        18 => "error: too many events requested",
        19 => "error: parameter is read only",
        20 => "error: not permitted",
        21 => "error: invalid login",
        22 => "error: invalid path to forward",
        24 => "error: history is being configured",
        25 => "error: invalid parameter range",
        29 => "error: invalid request for the history of a day",
        30 => "error: invalid history point",
        31 => "error: invalid request for minimum and maximum",
        32 => "error: invalid point",
        33 => "error: invalid time",
        34 => "error: invalid Modbus range",
        50 => "error: general error",
        51 => "error: cannot be written in this state",
        52 => "error: invalid request for an opcode table",
        61 => "error: HART passthrough is disabled",
        62 => "error: HART passthrough is not licensed",
        63 => "error: access level too high",
        77 => "error: invalid word for logout",
        _ => "error: unknown",
    }
}
