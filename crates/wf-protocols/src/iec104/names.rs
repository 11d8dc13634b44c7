//! Names: types, causes, functions, qualifiers (IEC 60870-5-101 clause 7.2, IEC 60870-5-104 clause 6, IEC TS 60870-5-7).

use super::apci;
use std::fmt;
use wf_model::Category;

/// Label of a type, as the standards have it (clause 7.2.1.1).
#[must_use]
pub const fn type_label(type_id: u8) -> &'static str {
    match type_id {
        1 => "M_SP_NA_1",
        2 => "M_SP_TA_1",
        3 => "M_DP_NA_1",
        4 => "M_DP_TA_1",
        5 => "M_ST_NA_1",
        6 => "M_ST_TA_1",
        7 => "M_BO_NA_1",
        8 => "M_BO_TA_1",
        9 => "M_ME_NA_1",
        10 => "M_ME_TA_1",
        11 => "M_ME_NB_1",
        12 => "M_ME_TB_1",
        13 => "M_ME_NC_1",
        14 => "M_ME_TC_1",
        15 => "M_IT_NA_1",
        16 => "M_IT_TA_1",
        17 => "M_EP_TA_1",
        18 => "M_EP_TB_1",
        19 => "M_EP_TC_1",
        20 => "M_PS_NA_1",
        21 => "M_ME_ND_1",
        30 => "M_SP_TB_1",
        31 => "M_DP_TB_1",
        32 => "M_ST_TB_1",
        33 => "M_BO_TB_1",
        34 => "M_ME_TD_1",
        35 => "M_ME_TE_1",
        36 => "M_ME_TF_1",
        37 => "M_IT_TB_1",
        38 => "M_EP_TD_1",
        39 => "M_EP_TE_1",
        40 => "M_EP_TF_1",
        41 => "S_IT_TC_1",
        45 => "C_SC_NA_1",
        46 => "C_DC_NA_1",
        47 => "C_RC_NA_1",
        48 => "C_SE_NA_1",
        49 => "C_SE_NB_1",
        50 => "C_SE_NC_1",
        51 => "C_BO_NA_1",
        58 => "C_SC_TA_1",
        59 => "C_DC_TA_1",
        60 => "C_RC_TA_1",
        61 => "C_SE_TA_1",
        62 => "C_SE_TB_1",
        63 => "C_SE_TC_1",
        64 => "C_BO_TA_1",
        70 => "M_EI_NA_1",
        _ => special_label(type_id),
    }
}

const fn special_label(type_id: u8) -> &'static str {
    match type_id {
        81 => "S_CH_NA_1",
        82 => "S_RP_NA_1",
        83 => "S_AR_NA_1",
        84 => "S_KR_NA_1",
        85 => "S_KS_NA_1",
        86 => "S_KC_NA_1",
        87 => "S_ER_NA_1",
        90 => "S_US_NA_1",
        91 => "S_UQ_NA_1",
        92 => "S_UR_NA_1",
        93 => "S_UK_NA_1",
        94 => "S_UA_NA_1",
        95 => "S_UC_NA_1",
        100 => "C_IC_NA_1",
        101 => "C_CI_NA_1",
        102 => "C_RD_NA_1",
        103 => "C_CS_NA_1",
        104 => "C_TS_NA_1",
        105 => "C_RP_NA_1",
        106 => "C_CD_NA_1",
        107 => "C_TS_TA_1",
        110 => "P_ME_NA_1",
        111 => "P_ME_NB_1",
        112 => "P_ME_NC_1",
        113 => "P_AC_NA_1",
        120 => "F_FR_NA_1",
        121 => "F_SR_NA_1",
        122 => "F_SC_NA_1",
        123 => "F_LS_NA_1",
        124 => "F_AF_NA_1",
        125 => "F_SG_NA_1",
        126 => "F_DR_TA_1",
        127 => "F_SC_NB_1",
        _ => "",
    }
}

/// Whether a number is a type: assigned by the standards, or left to vendors and special use (128 to 255).
#[must_use]
pub const fn is_known(type_id: u8) -> bool {
    type_id >= 128 || !type_label(type_id).is_empty()
}

/// Cause of transmission (clause 7.2.3); empty where the standard has none.
#[must_use]
pub const fn cause(cause: u8) -> &'static str {
    match cause {
        1 => "periodic",
        2 => "background_scan",
        3 => "spontaneous",
        4 => "initialized",
        5 => "request",
        6 => "activation",
        7 => "activation_confirmation",
        8 => "deactivation",
        9 => "deactivation_confirmation",
        10 => "activation_termination",
        11 => "return_remote",
        12 => "return_local",
        13 => "file_transfer",
        14 => "authentication",
        15 => "session_key",
        16 => "user_role",
        20 => "interrogated_by_station",
        21..=36 => "interrogated_by_group",
        37 => "counters_by_general_request",
        38..=41 => "counters_by_group_request",
        44 => "unknown_type",
        45 => "unknown_cause",
        46 => "unknown_common_address",
        47 => "unknown_object_address",
        48..=63 => "special",
        _ => "",
    }
}

/// What an unnumbered control does; empty where more or fewer than one bit is set.
#[must_use]
pub const fn control(function: u8) -> &'static str {
    match function {
        apci::START_ACT => "startdt_act",
        apci::START_CON => "startdt_con",
        apci::STOP_ACT => "stopdt_act",
        apci::STOP_CON => "stopdt_con",
        apci::TEST_ACT => "testfr_act",
        apci::TEST_CON => "testfr_con",
        _ => "",
    }
}

/// What a kind of point is called; the types of a kind share it.
#[must_use]
pub const fn kind(type_id: u8) -> &'static str {
    match type_id {
        1 | 2 | 30 => "single_point",
        3 | 4 | 31 => "double_point",
        5 | 6 | 32 => "step_position",
        7 | 8 | 33 => "bitstring",
        9..=14 | 21 | 34..=36 => "measured_value",
        15 | 16 | 37 | 41 => "integrated_total",
        17 | 38 => "protection_event",
        18 | 39 => "protection_start",
        19 | 40 => "protection_output",
        20 => "packed_single_points",
        45 | 58 => "single_command",
        46 | 59 => "double_command",
        47 | 60 => "step_command",
        48..=50 | 61..=63 => "setpoint",
        51 | 64 => "bitstring_command",
        110..=113 => "parameter",
        120..=127 => "file",
        _ => "object",
    }
}

/// The first type of a kind: equal for all types whose points are the same.
#[must_use]
pub const fn first_of_kind(type_id: u8) -> u8 {
    match type_id {
        2 | 30 => 1,
        4 | 31 => 3,
        6 | 32 => 5,
        8 | 33 => 7,
        10..=14 | 21 | 34..=36 => 9,
        16 | 37 | 41 => 15,
        38 => 17,
        39 => 18,
        40 => 19,
        58 => 45,
        59 => 46,
        60 => 47,
        49 | 50 | 61..=63 => 48,
        64 => 51,
        111..=113 => 110,
        121..=127 => 120,
        _ => type_id,
    }
}

/// Function of a request: select, execute or cancel where commands have these.
#[must_use]
pub const fn function(type_id: u8, select: bool, cancel: bool) -> &'static str {
    let [execute, selected, cancelled] = match type_id {
        45 | 58 => ["single_command", "select_single_command", "cancel_single_command"],
        46 | 59 => ["double_command", "select_double_command", "cancel_double_command"],
        47 | 60 => ["step_command", "select_step_command", "cancel_step_command"],
        48 | 61 => ["setpoint_normalized", "select_setpoint_normalized", "cancel_setpoint_normalized"],
        49 | 62 => ["setpoint_scaled", "select_setpoint_scaled", "cancel_setpoint_scaled"],
        50 | 63 => ["setpoint_float", "select_setpoint_float", "cancel_setpoint_float"],
        51 | 64 => ["bitstring_command", "bitstring_command", "cancel_bitstring_command"],
        100 => ["interrogation", "interrogation", "cancel_interrogation"],
        101 => ["counter_interrogation", "counter_interrogation", "cancel_counter_interrogation"],
        102 => ["read", "read", "read"],
        103 => ["clock_synchronization", "clock_synchronization", "clock_synchronization"],
        104 | 107 => ["test_command", "test_command", "test_command"],
        105 => ["reset_process", "reset_process", "reset_process"],
        106 => ["delay_acquisition", "delay_acquisition", "delay_acquisition"],
        110 => ["parameter_normalized", "parameter_normalized", "cancel_parameter"],
        111 => ["parameter_scaled", "parameter_scaled", "cancel_parameter"],
        112 => ["parameter_float", "parameter_float", "cancel_parameter"],
        113 => ["activate_parameter", "activate_parameter", "deactivate_parameter"],
        _ => ["command", "select_command", "cancel_command"],
    };
    if cancel {
        cancelled
    } else if select {
        selected
    } else {
        execute
    }
}

/// What a request does; `octet` is its first.
#[must_use]
pub const fn category(type_id: u8, octet: u8) -> Category {
    match type_id {
        100 | 102 => Category::Read,
        // Freezing or resetting counters (7.2.6.23) changes what they show.
        101 if octet >> 6 == 0 => Category::Read,
        101 => Category::Write,
        103 | 110..=113 => Category::Configuration,
        104 | 106 | 107 => Category::Diagnostic,
        _ => Category::Control,
    }
}

/// How long an output is on (7.2.6.26).
#[must_use]
pub const fn pulse(qualifier: u8) -> &'static str {
    match qualifier {
        1 => "short_pulse",
        2 => "long_pulse",
        3 => "persistent",
        _ => "",
    }
}

/// State of a double command, and of a double point.
#[must_use]
pub const fn double(state: u8) -> &'static str {
    match state {
        1 => "off",
        2 => "on",
        _ => "not_permitted",
    }
}

/// A regulating step.
#[must_use]
pub const fn step(state: u8) -> &'static str {
    match state {
        1 => "lower",
        2 => "higher",
        _ => "not_permitted",
    }
}

/// Kind of a parameter (7.2.6.24).
#[must_use]
pub const fn parameter(qualifier: u8) -> &'static str {
    match qualifier & 0x3f {
        1 => "threshold",
        2 => "smoothing",
        3 => "low_limit",
        4 => "high_limit",
        _ => "other",
    }
}

/// What of a parameter is switched (7.2.6.25).
#[must_use]
pub const fn parameter_activation(qualifier: u8) -> &'static str {
    match qualifier {
        1 => "loaded_parameters",
        2 => "parameter_of_object",
        3 => "cyclic_transmission",
        _ => "other",
    }
}

/// Why a station starts (7.2.6.21).
#[must_use]
pub const fn initialization(octet: u8) -> &'static str {
    match octet & 0x7f {
        0 => "power_on",
        1 => "local_reset",
        2 => "remote_reset",
        _ => "other",
    }
}

/// What a reset resets (7.2.6.27).
#[must_use]
pub const fn reset(octet: u8) -> &'static str {
    match octet {
        1 => "process",
        2 => "pending_events",
        _ => "other",
    }
}

/// What a counter interrogation does to the counters (7.2.6.23).
#[must_use]
pub const fn freeze(octet: u8) -> &'static str {
    match octet >> 6 {
        0 => "read",
        1 => "freeze",
        2 => "freeze_and_reset",
        _ => "reset",
    }
}

/// Whom an interrogation asks (7.2.6.22).
pub struct Interrogated(pub u8);

impl fmt::Display for Interrogated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            20 => f.write_str("all"),
            21..=36 => write!(f, "group {}", self.0 - 20),
            other => write!(f, "qualifier {other}"),
        }
    }
}

/// Which counters are asked (7.2.6.23).
pub struct Counters(pub u8);

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 & 0x3f {
            5 => f.write_str("all counters"),
            group @ 1..=4 => write!(f, "counter group {group}"),
            other => write!(f, "counters qualifier {other}"),
        }
    }
}

/// How the controlled station answered.
#[must_use]
pub const fn outcome(cause: u8, negative: bool) -> &'static str {
    match cause {
        44 => "error: unknown_type",
        45 => "error: unknown_cause",
        46 => "error: unknown_common_address",
        47 => "error: unknown_object_address",
        10 if negative => "error: not_completed",
        _ if negative => "error: rejected",
        _ => "ok",
    }
}
