//! Commands and end codes (SH(NA)-080956ENG, clause 5 and chapter 6).

use std::borrow::Cow;
use wf_model::Category;

/// Commands that mean more than their name.
pub mod command {
    /// Devices in a row.
    pub const READ: u16 = 0x0401;
    /// Devices in a row.
    pub const WRITE: u16 = 0x1401;
    /// Devices anywhere.
    pub const READ_RANDOM: u16 = 0x0403;
    /// Devices anywhere.
    pub const WRITE_RANDOM: u16 = 0x1402;
    /// Several rows.
    pub const READ_BLOCK: u16 = 0x0406;
    /// Several rows.
    pub const WRITE_BLOCK: u16 = 0x1406;
    /// Devices to be read again and again.
    pub const ENTRY_MONITOR: u16 = 0x0801;
    /// Reads them.
    pub const EXECUTE_MONITOR: u16 = 0x0802;
    /// Start.
    pub const REMOTE_RUN: u16 = 0x1001;
    /// Stop outputs, keep going.
    pub const REMOTE_PAUSE: u16 = 0x1003;
    /// What the controller is.
    pub const READ_TYPE_NAME: u16 = 0x0101;
    /// A password opens the connection.
    pub const UNLOCK: u16 = 0x1630;
    /// A password closes it.
    pub const LOCK: u16 = 0x1631;
}

/// Name and kind of act of a command.
pub const fn named(code: u16) -> Option<(&'static str, Category)> {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    Some(match code {
        command::READ_TYPE_NAME => ("read_type_name", Diagnostic),
        command::READ => ("read", Read),
        command::READ_RANDOM => ("read_random", Read),
        command::READ_BLOCK => ("read_block", Read),
        command::ENTRY_MONITOR => ("entry_monitor_device", Diagnostic),
        command::EXECUTE_MONITOR => ("execute_monitor", Read),
        0x0601 => ("read_extend_unit", Read),
        0x0613 => ("read_memory", Read),
        0x0619 => ("self_test", Diagnostic),
        command::WRITE => ("write", Write),
        command::WRITE_RANDOM => ("write_random", Write),
        command::WRITE_BLOCK => ("write_block", Write),
        0x1601 => ("write_extend_unit", Write),
        0x1613 => ("write_memory", Write),
        0x1617 => ("clear_error", Control),
        command::REMOTE_RUN => ("remote_run", Control),
        0x1002 => ("remote_stop", Control),
        command::REMOTE_PAUSE => ("remote_pause", Control),
        0x1005 => ("remote_latch_clear", Control),
        0x1006 => ("remote_reset", Control),
        command::UNLOCK => ("remote_password_unlock", Configuration),
        command::LOCK => ("remote_password_lock", Configuration),
        0x1810 => ("read_directory", Diagnostic),
        0x1811 => ("search_directory", Diagnostic),
        0x1820 => ("new_file", Program),
        0x1822 => ("delete_file", Program),
        0x1824 => ("copy_file", Program),
        0x1825 => ("change_file_state", Program),
        0x1826 => ("change_file_date", Program),
        0x1827 => ("open_file", Program),
        0x1828 => ("read_file", Program),
        0x1829 => ("write_file", Program),
        0x182a => ("close_file", Program),
        0x0e30 => ("node_search", Diagnostic),
        0x0e31 => ("ip_address_set", Configuration),
        0x2101 => ("on_demand", Read),
        _ => return None,
    })
}

/// Name of an end code.
pub const fn end_code(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "ok",
        0x4010 => "not possible while running",
        0x4013 => "not possible in this state",
        0x4021 => "drive does not exist",
        0x4022 => "file does not exist",
        0x4030 => "device does not exist",
        0x4031 => "device number out of range",
        0x4080 => "bad request",
        0xc050 => "text that is no number",
        0xc051..=0xc054 => "count out of range",
        0xc056 => "address out of range",
        0xc058 => "length of text does not match",
        0xc059 => "unknown command",
        0xc05b => "device not accessible",
        0xc05c => "bad request contents",
        0xc05d => "monitor not registered",
        0xc05f => "not possible for this target",
        0xc060 => "bad contents for a bit",
        0xc061 => "length does not match",
        0xc06f => "binary and text mixed up",
        0xc070 => "no extension for this target",
        0xc0b5 => "cannot be handled",
        0xc200 => "wrong remote password",
        0xc201 => "locked by remote password",
        0xc204 => "another device holds the password",
        0xc810 => "wrong remote password",
        0xc811..=0xc815 => "locked after wrong passwords",
        0xcee0 => "another request is being handled",
        _ => return None,
    })
}

/// Outcome of a request by its end code.
pub fn outcome(code: u16) -> Cow<'static, str> {
    match (code, end_code(code)) {
        (0, _) => Cow::Borrowed("ok"),
        (_, Some(name)) => Cow::Owned(format!("error: {name}")),
        _ => Cow::Owned(format!("error: 0x{code:04x}")),
    }
}
