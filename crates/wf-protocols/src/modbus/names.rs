//! Names and numbers of MODBUS Application Protocol Specification V1.1b3.

use wf_model::Category;

/// Function, snake case, after clause 6; obsolete ones after the Modicon reference guide PI-MBUS-300.
#[must_use]
pub const fn function(code: u8) -> &'static str {
    match code {
        1 => "read_coils",
        2 => "read_discrete_inputs",
        3 => "read_holding_registers",
        4 => "read_input_registers",
        5 => "write_single_coil",
        6 => "write_single_register",
        7 => "read_exception_status",
        8 => "diagnostics",
        9 => "program_484",
        10 => "poll_484",
        11 => "get_comm_event_counter",
        12 => "get_comm_event_log",
        13 => "program_controller",
        14 => "poll_controller",
        15 => "write_multiple_coils",
        16 => "write_multiple_registers",
        17 => "report_server_id",
        18 => "program_884_m84",
        19 => "reset_communications_link",
        20 => "read_file_record",
        21 => "write_file_record",
        22 => "mask_write_register",
        23 => "read_write_multiple_registers",
        24 => "read_fifo_queue",
        43 => "encapsulated_interface_transport",
        65..=72 | 100..=110 => "user_defined_function",
        90 => "unity_umas",
        _ => "unknown_function",
    }
}

/// Whether the standard assigns or reserves the code for anything a device may speak (clause 5, figure 10).
#[must_use]
pub const fn is_known(code: u8) -> bool {
    matches!(code, 1..=24 | 43 | 65..=72 | 90 | 100..=110)
}

/// Sub-function of diagnostics, clause 6.8.1.
#[must_use]
pub const fn diagnostic(code: u16) -> &'static str {
    match code {
        0 => "return_query_data",
        1 => "restart_communications",
        2 => "return_diagnostic_register",
        3 => "change_ascii_delimiter",
        4 => "force_listen_only_mode",
        10 => "clear_counters",
        11 => "return_bus_message_count",
        12 => "return_bus_communication_error_count",
        13 => "return_bus_exception_error_count",
        14 => "return_server_message_count",
        15 => "return_server_no_response_count",
        16 => "return_server_nak_count",
        17 => "return_server_busy_count",
        18 => "return_bus_character_overrun_count",
        20 => "clear_overrun_counter",
        21 => "get_clear_modbus_plus_statistics",
        _ => "diagnostics",
    }
}

/// Encapsulated interface by its type, clauses 6.20 and 6.21.
#[must_use]
pub const fn encapsulated(mei: u16) -> &'static str {
    match mei {
        13 => "canopen_general_reference",
        14 => "read_device_identification",
        _ => "encapsulated_interface_transport",
    }
}

/// What a function does to the device; `sub` is the diagnostics sub-function or the encapsulated interface's type. What
/// UMAS (90) does is told by `umas::function`.
#[must_use]
pub const fn category(code: u8, sub: u16) -> Category {
    match (code, sub) {
        (1..=4 | 7 | 20 | 24, _) => Category::Read,
        (5 | 6 | 15 | 16 | 21..=23, _) => Category::Write,
        (8, 1 | 4) | (19, _) => Category::Control,
        (8, 3) => Category::Configuration,
        (9 | 13 | 18, _) => Category::Program,
        _ => Category::Diagnostic,
    }
}

/// Exception code, clause 7.
#[must_use]
pub const fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal_function",
        2 => "illegal_data_address",
        3 => "illegal_data_value",
        4 => "server_device_failure",
        5 => "acknowledge",
        6 => "server_device_busy",
        7 => "negative_acknowledge",
        8 => "memory_parity_error",
        10 => "gateway_path_unavailable",
        11 => "gateway_target_device_failed_to_respond",
        _ => "unknown_exception",
    }
}

/// Outcome of a request that was answered with an exception.
#[must_use]
pub const fn exception_outcome(code: u8) -> &'static str {
    match code {
        1 => "error: illegal_function",
        2 => "error: illegal_data_address",
        3 => "error: illegal_data_value",
        4 => "error: server_device_failure",
        5 => "error: acknowledge",
        6 => "error: server_device_busy",
        7 => "error: negative_acknowledge",
        8 => "error: memory_parity_error",
        10 => "error: gateway_path_unavailable",
        11 => "error: gateway_target_device_failed_to_respond",
        _ => "error: unknown_exception",
    }
}

/// Standard objects of a device identification, clause 6.21.
#[must_use]
pub const fn device_object(id: u8) -> &'static str {
    match id {
        0 => "vendor_name",
        1 => "product_code",
        2 => "revision",
        3 => "vendor_url",
        4 => "product_name",
        5 => "model_name",
        6 => "user_application_name",
        7..=0x7f => "reserved",
        _ => "private",
    }
}

/// The table a function works on.
#[must_use]
pub const fn space(code: u8) -> Space {
    match code {
        1 | 5 | 15 => Space::Coil,
        2 => Space::DiscreteInput,
        4 => Space::InputRegister,
        3 | 6 | 16 | 22 | 23 => Space::HoldingRegister,
        24 => Space::Fifo,
        20 | 21 => Space::File,
        _ => Space::None,
    }
}

/// The tables of the data model, clause 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// No address.
    None,
    /// Read-write bits.
    Coil,
    /// Read-only bits.
    DiscreteInput,
    /// Read-only words.
    InputRegister,
    /// Read-write words.
    HoldingRegister,
    /// Queue of words.
    Fifo,
    /// Extended registers: file and record.
    File,
    /// A function that has no name here.
    Function,
}

impl Space {
    /// All, so that a number names one.
    const ALL: [(Self, &'static str); 8] = [
        (Self::None, ""),
        (Self::Coil, "coil"),
        (Self::DiscreteInput, "discrete_input"),
        (Self::InputRegister, "input_register"),
        (Self::HoldingRegister, "holding_register"),
        (Self::Fifo, "fifo_queue"),
        (Self::File, "file"),
        (Self::Function, "function"),
    ];

    /// Its number in a coded target.
    #[must_use]
    pub fn number(self) -> u64 {
        Self::ALL.iter().zip(0..).find(|((space, _), _)| *space == self).map_or(0, |(_, n)| n)
    }

    /// The name of that number.
    #[must_use]
    pub fn name_of(number: u64) -> &'static str {
        usize::try_from(number).ok().and_then(|n| Self::ALL.get(n)).map_or("", |(_, name)| name)
    }
}
