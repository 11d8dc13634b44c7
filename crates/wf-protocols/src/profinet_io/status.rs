//! The status of a call, a record or an alarm (IEC 61158-6-10:2019, clause 5.2.6: PNIOStatus).

use std::borrow::Cow;

/// Error code, error decode, error code 1 and 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which service failed.
    pub code: u8,
    /// How the next two are to be read.
    pub decode: u8,
    /// First code.
    pub code1: u8,
    /// Second code.
    pub code2: u8,
}

/// Read and write services.
const PNIORW: u8 = 0x80;
/// Other services.
const PNIO: u8 = 0x81;

impl Status {
    /// All is well.
    pub const OK: Self = Self { code: 0, decode: 0, code1: 0, code2: 0 };

    /// Out of its number.
    #[must_use]
    pub const fn of(number: u32) -> Self {
        let [code, decode, code1, code2] = number.to_be_bytes();
        Self { code, decode, code1, code2 }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        u32::from_be_bytes([self.code, self.decode, self.code1, self.code2])
    }

    /// All is well.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// The service that failed.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self.code {
            0 => "ok",
            0x81 => "pnio",
            0xcf => "rta",
            0xda => "alarm_ack",
            0xdb => "connect",
            0xdc => "release",
            0xdd => "control",
            0xde => "read",
            0xdf => "write",
            _ => "unknown",
        }
    }

    /// How the codes are to be read.
    #[must_use]
    pub const fn decode_name(self) -> &'static str {
        match self.decode {
            0 => "ok",
            PNIORW => "pniorw",
            PNIO => "pnio",
            _ => "unknown",
        }
    }

    /// What went wrong: `invalid_index`, `out_of_ar_resources`, `faulty_iocr_block_parameter_9`.
    #[must_use]
    pub fn reason(self) -> Cow<'static, str> {
        match self.decode {
            PNIORW => record(self.code1),
            PNIO => match (faulty(self.code1), reason(self.code1, self.code2)) {
                (_, Some(name)) => Cow::Borrowed(name),
                (Some(block), None) => Cow::Owned(format!("faulty_{block}_parameter_{}", self.code2)),
                (None, None) => Cow::Owned(format!("{}_{}", machine(self.code1), self.code2)),
            },
            _ => Cow::Owned(format!("0x{:08x}", self.number())),
        }
    }

    /// `ok`, or `error: ` and the reason.
    #[must_use]
    pub fn outcome(self) -> Cow<'static, str> {
        if self.is_ok() { Cow::Borrowed("ok") } else { Cow::Owned(format!("error: {}", self.reason())) }
    }
}

/// Error code 1 of read and write: class in the upper half, code in the lower.
fn record(code1: u8) -> Cow<'static, str> {
    Cow::Borrowed(match code1 {
        0xa0 => "read_error",
        0xa1 => "write_error",
        0xa2 => "module_failure",
        0xa7 => "busy",
        0xa8 => "version_conflict",
        0xa9 => "feature_not_supported",
        0xb0 => "invalid_index",
        0xb1 => "write_length_error",
        0xb2 => "invalid_slot_or_subslot",
        0xb3 => "type_conflict",
        0xb4 => "invalid_area",
        0xb5 => "state_conflict",
        0xb6 => "access_denied",
        0xb7 => "invalid_range",
        0xb8 => "invalid_parameter",
        0xb9 => "invalid_type",
        0xba => "backup",
        0xc0 => "read_constrain_conflict",
        0xc1 => "write_constrain_conflict",
        0xc2 => "resource_busy",
        0xc3 => "resource_unavailable",
        0xa3..=0xa6 | 0xaa..=0xaf => return Cow::Owned(format!("application_{code1:#04x}")),
        0xbb..=0xbf => return Cow::Owned(format!("access_{code1:#04x}")),
        0xc4..=0xcf => return Cow::Owned(format!("resource_{code1:#04x}")),
        _ => return Cow::Owned(format!("user_specific_{code1:#04x}")),
    })
}

/// Error code 1 that names the block at fault; code 2 then is the number of the parameter.
const fn faulty(code1: u8) -> Option<&'static str> {
    Some(match code1 {
        1 => "ar_block",
        2 => "iocr_block",
        3 => "expected_submodule_block",
        4 => "alarm_cr_block",
        5 => "prm_server_block",
        6 => "mcr_block",
        7 => "ar_rpc_block",
        8 => "record",
        9 => "ir_info_block",
        10 => "sr_info_block",
        11 => "ar_fsu_block",
        12 => "ar_vendor_block",
        13 => "rs_info_block",
        20 => "control_block_connect",
        21 => "control_block_plug",
        22 => "control_block_after_connect",
        23 => "control_block_plug_alarm",
        24 => "control_block_prm_begin",
        25 => "submodule_list_block",
        40 => "release_block",
        50 => "ar_block_response",
        51 => "iocr_block_response",
        52 => "alarm_cr_block_response",
        53 => "module_diff_block_response",
        54 => "ar_rpc_block_response",
        55 => "ar_server_block_response",
        56 => "ar_vendor_block_response",
        _ => return None,
    })
}

/// The protocol machine that error code 1 names.
const fn machine(code1: u8) -> &'static str {
    match code1 {
        60 => "alarm_ack",
        61 => "cmdev",
        62 => "cmctl",
        63 => "ctldina",
        64 => "cmrpc",
        65 => "alpmi",
        66 => "alpmr",
        67 => "lmpm",
        68 => "mac",
        69 => "rpc",
        70 => "apmr",
        71 => "apms",
        72 => "cpm",
        73 => "ppm",
        74 => "dcpucs",
        75 => "dcpucr",
        76 => "dcpmcs",
        77 => "dcpmcr",
        78 => "fspm",
        79 => "rsi",
        80 => "rsir",
        100..=119 => "controller_machine",
        200..=212 => "device_machine",
        253 => "rta_protocol",
        255 => "user_specific",
        _ => "unknown",
    }
}

/// Error code 2 of the machines that tell apart what others must know.
const fn reason(code1: u8, code2: u8) -> Option<&'static str> {
    Some(match (code1, code2) {
        (60, 0) => "alarm_type_not_supported",
        (60, 1) => "wrong_submodule_state",
        (60, 2) => "backup_alarm_not_executed",
        (61 | 62, 0) => "state_conflict",
        (61, 1) => "resources",
        (62, 1) => "timeout",
        (62, 2) => "no_data_send",
        (63, 0) => "no_dcp_active",
        (63, 1) => "dns_unknown_station_name",
        (63, 2) => "dcp_no_real_station_name",
        (63, 3) => "dcp_multiple_station_names",
        (63, 4) => "dcp_no_station_name",
        (63, 5) => "no_ip_address",
        (63, 6) => "dcp_set_error",
        (64, 0) => "args_length_invalid",
        (64, 1) => "unknown_blocks",
        (64, 2) => "iocr_missing",
        (64, 3) => "wrong_alarm_cr_block_count",
        (64, 4) => "out_of_ar_resources",
        (64, 5) => "ar_uuid_unknown",
        (64, 6) => "state_conflict",
        (64, 7) => "out_of_provider_consumer_or_alarm_resources",
        (64, 8) => "out_of_memory",
        (64, 9) => "pdev_already_owned",
        (64, 10) => "ar_set_state_conflict",
        (64, 11) => "ar_set_parameter_conflict",
        (64, 12) => "pdev_port_without_interface",
        (253, code) => return abort(code),
        _ => return None,
    })
}

/// Why a relation was ended.
const fn abort(code2: u8) -> Option<&'static str> {
    Some(match code2 {
        1 => "sequence_error",
        2 => "instance_closed",
        3 => "out_of_memory",
        4 => "add_provider_or_consumer_failed",
        5 => "consumer_watchdog_expired",
        6 => "initiator_timeout",
        7 => "alarm_open_failed",
        8 => "alarm_send_failed",
        9 => "alarm_ack_failed",
        10 => "alarm_data_too_long",
        11 => "alarm_error",
        12 => "rpc_client_call_failed",
        13 => "abort_requested",
        14 => "re_run_aborts_existing",
        15 => "release_received",
        16 => "device_deactivated",
        17 => "ar_removed",
        18 => "protocol_violation",
        19 => "name_resolution_error",
        20 => "rpc_bind_error",
        21 => "rpc_connect_error",
        22 => "rpc_read_error",
        23 => "rpc_write_error",
        24 => "rpc_control_error",
        25 => "forbidden_pull_or_plug",
        26 => "application_removed",
        27 => "link_down",
        28 => "multicast_address_not_registered",
        29 => "not_synchronized",
        30 => "wrong_topology",
        31 => "station_name_changed",
        32 => "reset_to_factory",
        34 => "no_ir_data_record",
        35 => "pdev",
        36 => "no_port_with_required_speed",
        37 => "ip_suite_changed",
        38 => "redundancy_data_hold_expired",
        39 => "parameterization_impossible",
        40 => "application_ready_timeout",
        42 => "switchover_timeout",
        43 => "redundancy_protocol_violation",
        45 => "no_or_wrong_network_configuration",
        255 => "user_abort",
        _ => return None,
    })
}
