//! The memory of a slave's controller: what lies where, and what writing it means (ETG.1000.4, clause 6).

use wf_model::Category;

pub const STATION_ADDRESS: u16 = 0x0010;
pub const AL_CONTROL: u16 = 0x0120;
pub const AL_STATUS: u16 = 0x0130;
pub const AL_STATUS_CODE: u16 = 0x0134;
pub const SII_CONTROL: u16 = 0x0502;
pub const SII_ADDRESS: u16 = 0x0504;
pub const SII_DATA: u16 = 0x0508;
/// Where process data and mailboxes begin.
pub const MEMORY: u16 = 0x1000;

/// A register or a field of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    pub from: u16,
    pub to: u16,
    pub name: &'static str,
    /// Bytes of one of several that lie one after the other; 0 where there is one.
    pub each: u16,
    /// What writing it is called, and what kind of act that is.
    pub write: (&'static str, Category),
}

const fn register(from: u16, to: u16, name: &'static str, write: &'static str, category: Category) -> Register {
    Register { from, to, name, each: 0, write: (write, category) }
}

const fn read_only(from: u16, to: u16, name: &'static str) -> Register {
    register(from, to, name, "write_register", Category::Configuration)
}

const fn clock(from: u16, to: u16, name: &'static str) -> Register {
    register(from, to, name, "write_distributed_clock", Category::Configuration)
}

static REGISTERS: &[Register] = &[
    read_only(0x0000, 0x0000, "type"),
    read_only(0x0001, 0x0001, "revision"),
    read_only(0x0002, 0x0003, "build"),
    read_only(0x0004, 0x0004, "fmmu_count"),
    read_only(0x0005, 0x0005, "sync_manager_count"),
    read_only(0x0006, 0x0006, "ram_size"),
    read_only(0x0007, 0x0007, "ports"),
    read_only(0x0008, 0x0009, "features"),
    register(0x0010, 0x0011, "station_address", "set_station_address", Category::Configuration),
    register(0x0012, 0x0013, "station_alias", "set_station_alias", Category::Configuration),
    register(0x0020, 0x0031, "write_protection", "write_protection", Category::Configuration),
    register(0x0040, 0x0040, "reset", "reset", Category::Control),
    register(0x0041, 0x0041, "reset_application", "reset", Category::Control),
    register(0x0100, 0x0103, "dl_control", "write_dl_control", Category::Configuration),
    read_only(0x0108, 0x0109, "register_offset"),
    read_only(0x0110, 0x0111, "dl_status"),
    register(0x0120, 0x0121, "al_control", "set_state", Category::Control),
    read_only(0x0130, 0x0131, "al_status"),
    read_only(0x0134, 0x0135, "al_status_code"),
    read_only(0x0138, 0x0139, "leds"),
    read_only(0x0140, 0x0141, "pdi_control"),
    read_only(0x0150, 0x0153, "pdi_configuration"),
    register(0x0200, 0x0201, "event_mask", "write_event_mask", Category::Configuration),
    register(0x0204, 0x0207, "al_event_mask", "write_event_mask", Category::Configuration),
    read_only(0x0210, 0x0211, "event"),
    read_only(0x0220, 0x0223, "al_event"),
    register(0x0300, 0x0307, "rx_errors", "clear_error_counters", Category::Diagnostic),
    register(0x0308, 0x030b, "forwarded_rx_errors", "clear_error_counters", Category::Diagnostic),
    register(0x030c, 0x030d, "processing_errors", "clear_error_counters", Category::Diagnostic),
    register(0x0310, 0x0313, "lost_links", "clear_error_counters", Category::Diagnostic),
    register(0x0400, 0x0401, "watchdog_divider", "write_watchdog", Category::Configuration),
    register(0x0410, 0x0411, "watchdog_application", "write_watchdog", Category::Configuration),
    register(0x0420, 0x0421, "watchdog_process_data", "write_watchdog", Category::Configuration),
    read_only(0x0440, 0x0441, "watchdog_status"),
    register(0x0442, 0x0443, "watchdog_counters", "clear_error_counters", Category::Diagnostic),
    register(0x0500, 0x0501, "sii_access", "set_sii_access", Category::Diagnostic),
    register(0x0502, 0x0503, "sii_control", "sii_command", Category::Diagnostic),
    register(0x0504, 0x0507, "sii_address", "sii_command", Category::Diagnostic),
    register(0x0508, 0x050f, "sii_data", "sii_command", Category::Diagnostic),
    register(0x0510, 0x0517, "mii", "write_mii", Category::Configuration),
    Register { from: 0x0600, to: 0x06ff, name: "fmmu", each: 16, write: ("write_fmmu", Category::Configuration) },
    Register { from: 0x0800, to: 0x087f, name: "sync_manager", each: 8, write: ("write_sync_manager", Category::Configuration) },
    register(0x0900, 0x090f, "dc_receive_times", "latch_receive_times", Category::Diagnostic),
    clock(0x0910, 0x0917, "dc_system_time"),
    read_only(0x0918, 0x091f, "dc_receive_time"),
    clock(0x0920, 0x0927, "dc_time_offset"),
    clock(0x0928, 0x092b, "dc_delay"),
    read_only(0x092c, 0x092f, "dc_time_difference"),
    clock(0x0930, 0x0931, "dc_speed_start"),
    read_only(0x0932, 0x0933, "dc_speed_difference"),
    clock(0x0934, 0x0935, "dc_filters"),
    clock(0x0980, 0x0980, "dc_access"),
    clock(0x0981, 0x0981, "dc_activation"),
    clock(0x0982, 0x0983, "dc_pulse_length"),
    read_only(0x0984, 0x0984, "dc_activation_status"),
    read_only(0x098e, 0x098f, "dc_sync_status"),
    clock(0x0990, 0x0997, "dc_start_time"),
    read_only(0x0998, 0x099f, "dc_next_sync1"),
    clock(0x09a0, 0x09a3, "dc_sync0_cycle"),
    clock(0x09a4, 0x09a7, "dc_sync1_cycle"),
    clock(0x09a8, 0x09a9, "dc_latch_control"),
    read_only(0x09ae, 0x09af, "dc_latch_status"),
    read_only(0x09b0, 0x09cf, "dc_latch_times"),
];

/// The register in which `offset` lies.
pub fn at(offset: u16) -> Option<&'static Register> {
    let next = REGISTERS.partition_point(|r| r.from <= offset);
    REGISTERS.get(next.checked_sub(1)?).filter(|r| offset <= r.to)
}

/// What writing there means.
pub fn write_at(offset: u16) -> (&'static str, Category) {
    match at(offset) {
        Some(register) => register.write,
        None if offset >= MEMORY => ("write_memory", Category::Write),
        None => ("write_register", Category::Configuration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_does_not_overlap() {
        for pair in REGISTERS.windows(2) {
            assert!(pair[0].from <= pair[0].to && pair[0].to < pair[1].from, "{} and {}", pair[0].name, pair[1].name);
        }
        for (offset, name) in [(0x0121, Some("al_control")), (0x0122, None), (0x0810, Some("sync_manager")), (0x1000, None)] {
            assert_eq!(at(offset).map(|r| r.name), name);
        }
    }
}
