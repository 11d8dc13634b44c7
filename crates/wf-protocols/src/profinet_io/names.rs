//! Names of what the standard numbers (IEC 61158-6-10:2019, clauses 4.7 and 5.2).

use super::rpc::Interface;

/// Operation of an interface.
#[must_use]
pub const fn operation(interface: Interface, opnum: u16) -> &'static str {
    match (interface, opnum) {
        (Interface::EndpointMapper, 0) => "endpoint_insert",
        (Interface::EndpointMapper, 1) => "endpoint_delete",
        (Interface::EndpointMapper, 2) => "endpoint_lookup",
        (Interface::EndpointMapper, 3) => "endpoint_map",
        (Interface::EndpointMapper, 4) => "endpoint_lookup_free",
        (Interface::EndpointMapper | Interface::Other, _) => "other",
        (_, 0) => "connect",
        (_, 1) => "release",
        (_, 2) => "read",
        (_, 3) => "write",
        (_, 4) => "control",
        (_, 5) => "read_implicit",
        _ => "unknown",
    }
}

/// Type of a block.
#[must_use]
pub const fn block(kind: u16) -> &'static str {
    match kind {
        0x0001 => "alarm_notification_high",
        0x0002 => "alarm_notification_low",
        0x0008 => "iod_write_req",
        0x0009 => "iod_read_req",
        0x0010 => "diagnosis_data",
        0x0012 => "expected_identification_data",
        0x0013 => "real_identification_data",
        0x0014 => "substitute_value",
        0x0015 => "record_input_data",
        0x0016 => "record_output_data",
        0x0018 => "ar_data",
        0x0019 => "log_book_data",
        0x001a => "api_data",
        0x001b => "srl_data",
        0x0020 => "im0",
        0x0021 => "im1",
        0x0022 => "im2",
        0x0023 => "im3",
        0x0024 => "im4",
        0x0025 => "im5",
        0x0030 => "im0_filter_submodule",
        0x0031 => "im0_filter_module",
        0x0032 => "im0_filter_device",
        0x0034 => "im5_data",
        0x0035 => "asset_management_data",
        0x0101 => "ar_block_req",
        0x0102 => "iocr_block_req",
        0x0103 => "alarm_cr_block_req",
        0x0104 => "expected_submodule_block_req",
        0x0105 => "prm_server_block_req",
        0x0106 => "mcr_block_req",
        0x0107 => "ar_rpc_block_req",
        0x0108 => "ar_vendor_block_req",
        0x0109 => "ir_info_block",
        0x010a => "sr_info_block",
        0x010b => "ar_fsu_block",
        0x010c => "rs_info_block",
        0x0110 | 0x8110 => "iod_control_connect",
        0x0111 | 0x8111 => "iod_control_plug",
        0x0112 | 0x8112 => "iox_control_connect",
        0x0113 | 0x8113 => "iox_control_plug",
        0x0114 | 0x8114 => "release",
        0x0116 | 0x8116 => "iox_control_companion",
        0x0117 | 0x8117 => "iox_control_rt_class_3",
        0x0118 | 0x8118 => "iod_control_prm_begin",
        0x0119 => "submodule_list",
        0x0200 => "pd_port_data_check",
        0x0201 => "pdev_data",
        0x0202 => "pd_port_data_adjust",
        0x0203 => "pd_sync_data",
        0x0204 => "isochronous_mode_data",
        0x0205 => "pd_ir_data",
        0x0206 => "pd_ir_global_data",
        0x0207 => "pd_ir_frame_data",
        0x0208 => "pd_ir_begin_end_data",
        0x0209 => "adjust_domain_boundary",
        0x020a => "check_peers",
        0x020b => "check_line_delay",
        0x020c => "check_mau_type",
        0x020e => "adjust_mau_type",
        0x020f => "pd_port_data_real",
        0x0210 => "adjust_multicast_boundary",
        0x0211 => "pd_interface_mrp_data_adjust",
        0x0212 => "pd_interface_mrp_data_real",
        0x0213 => "pd_interface_mrp_data_check",
        0x0214 => "pd_port_mrp_data_adjust",
        0x0215 => "pd_port_mrp_data_real",
        0x0216 => "mrp_manager_params",
        0x0217 => "mrp_client_params",
        0x021b => "adjust_link_state",
        0x021c => "check_link_state",
        0x021e => "check_sync_difference",
        0x021f => "check_mau_type_difference",
        0x0220 => "pd_port_fo_data_real",
        0x0222 => "pd_port_fo_data_adjust",
        0x0223 => "pd_port_fo_data_check",
        0x0224 => "adjust_peer_to_peer_boundary",
        0x0225 => "adjust_dcp_boundary",
        0x0226 => "adjust_preamble_length",
        0x022a => "pd_ir_subframe_data",
        0x022d => "pd_time_data",
        0x0230 => "pd_nc_data_check",
        0x0231 => "mrp_instance_data_adjust",
        0x0232 => "mrp_instance_data_real",
        0x0233 => "mrp_instance_data_check",
        0x0240 => "pd_interface_data_real",
        0x0250 => "pd_interface_adjust",
        0x0251 => "pd_port_statistic",
        0x0400 => "multiple_block_header",
        0x0401 => "combined_object_container",
        0x0500 => "record_data_read_query",
        0x0600 => "fs_hello",
        0x0601 => "fs_parameter",
        0x0608 => "pd_interface_fsu_data_adjust",
        0x0609 => "ar_fsu_data_adjust",
        0x0f00 => "maintenance",
        0x8001 => "alarm_ack_high",
        0x8002 => "alarm_ack_low",
        0x8008 => "iod_write_res",
        0x8009 => "iod_read_res",
        0x8101 => "ar_block_res",
        0x8102 => "iocr_block_res",
        0x8103 => "alarm_cr_block_res",
        0x8104 => "module_diff_block",
        0x8105 => "prm_server_block_res",
        0x8106 => "ar_server_block",
        0x8107 => "ar_rpc_block_res",
        0x8108 => "ar_vendor_block_res",
        _ => "unknown",
    }
}

/// Index of a record; `None` for those that vendors and profiles define.
#[must_use]
pub const fn index(index: u16) -> Option<&'static str> {
    Some(match index {
        0x0100 => "profisafe_parameters",
        0x8000 | 0xc000 | 0xe000 => "expected_identification",
        0x8001 | 0xc001 | 0xe001 | 0xf000 => "real_identification",
        0x800a | 0xc00a | 0xe00a | 0xf00a => "channel_diagnosis",
        0x800b | 0xc00b | 0xe00b | 0xf00b => "all_diagnosis",
        0x800c | 0xc00c | 0xe00c | 0xf00c | 0xf80c => "diagnosis_and_maintenance",
        0x8010 | 0xc010 | 0xe010 | 0xf010 => "channel_maintenance_required",
        0x8011 | 0xc011 | 0xe011 | 0xf011 => "channel_maintenance_demanded",
        0x8012 | 0xc012 | 0xe012 | 0xf012 => "all_maintenance_required",
        0x8013 | 0xc013 | 0xe013 | 0xf013 => "all_maintenance_demanded",
        0x801e => "substitute_values",
        0x8020 => "pd_ir_subframe_data",
        0x8027 => "pd_port_data_real_extended",
        0x8028 => "record_input_data",
        0x8029 => "record_output_data",
        0x802a => "pd_port_data_real",
        0x802b => "pd_port_data_check",
        0x802c => "pd_ir_data",
        0x802d => "pd_sync_data",
        0x802f => "pd_port_data_adjust",
        0x8030 => "isochronous_mode_data",
        0x8031 => "pd_time_data",
        0x8050 => "pd_interface_mrp_data_real",
        0x8051 => "pd_interface_mrp_data_check",
        0x8052 => "pd_interface_mrp_data_adjust",
        0x8053 => "pd_port_mrp_data_adjust",
        0x8054 => "pd_port_mrp_data_real",
        0x8060 => "pd_port_fo_data_real",
        0x8061 => "pd_port_fo_data_check",
        0x8062 => "pd_port_fo_data_adjust",
        0x8070 => "pd_nc_data_check",
        0x8071 => "pd_interface_adjust",
        0x8072 => "pd_port_statistic",
        0x8080 => "pd_interface_data_real",
        0x8090 => "pd_interface_fsu_data_adjust",
        0x80a0 => "energy_saving",
        0x80b0 => "combined_object_container",
        0x80cf => "reporting_system_observer",
        0xaff0 => "im0",
        0xaff1 => "im1",
        0xaff2 => "im2",
        0xaff3 => "im3",
        0xaff4 => "im4",
        0xaff5 => "im5",
        0xb02e => "profidrive_parameter_local",
        0xb02f => "profidrive_parameter_global",
        0xe002 => "module_diff",
        0xe040 => "multiple_write",
        0xe041 => "application_ready",
        0xe050 => "ar_fsu_data_adjust",
        0xe060 => "reporting_system_get_event",
        0xe061 => "reporting_system_ack_event",
        0xf020 | 0xf820 => "ar_data",
        0xf821 => "api_data",
        0xf830 => "log_book",
        0xf831 => "pdev_data",
        0xf840 => "im0_filter",
        0xf841 => "pd_real_data",
        0xf842 => "pd_expected_data",
        0xf850 => "auto_configuration",
        0xf860 => "gsd_upload",
        0xf880..=0xf889 => "asset_management_data",
        0xfbff => "connection_monitoring",
        _ => return None,
    })
}

/// Kind of relation.
#[must_use]
pub const fn ar_type(kind: u16) -> &'static str {
    match kind {
        0x01 => "io_controller",
        0x03 => "io_controller_cir",
        0x06 => "io_supervisor",
        0x10 => "io_controller_rt_class_3",
        0x20 => "io_controller_redundant",
        _ => "unknown",
    }
}

/// Kind of a cyclic connection.
#[must_use]
pub const fn iocr_type(kind: u16) -> &'static str {
    match kind {
        1 => "input",
        2 => "output",
        3 => "multicast_provider",
        4 => "multicast_consumer",
        _ => "unknown",
    }
}

/// What a control block commands: the function, as an operation has it.
#[must_use]
pub const fn command(bits: u16) -> &'static str {
    match bits {
        0x01 => "parameter_end",
        0x02 => "application_ready",
        0x04 => "release",
        0x08 => "done",
        0x10 => "ready_for_companion",
        0x20 => "ready_for_rt_class_3",
        0x40 => "parameter_begin",
        _ => "unknown_control",
    }
}

/// State of a plugged module against the expected one.
#[must_use]
pub const fn module_state(state: u16) -> &'static str {
    match state {
        0 => "no_module",
        1 => "wrong_module",
        2 => "proper_module",
        3 => "substitute",
        _ => "unknown",
    }
}

/// State of a plugged submodule against the expected one; `None` where nothing is wrong with it.
#[must_use]
pub const fn submodule_state(state: u16) -> Option<&'static str> {
    Some(match (state & 0x8000 != 0, state >> 11 & 0xf, state >> 7 & 0xf) {
        (true, 1, _) => "substitute",
        (true, 2, _) => "wrong_submodule",
        (true, 3, _) => "no_submodule",
        (true, _, 2) => "superordinated_locked",
        (true, _, 3) => "locked_by_controller",
        (true, _, 4) => "locked_by_supervisor",
        (true, ..) => return None,
        (false, ..) => match state {
            0 => "no_submodule",
            1 => "wrong_submodule",
            2 => "locked_by_controller",
            4 => return None,
            7 => "substitute",
            _ => "unknown",
        },
    })
}

/// Type of an alarm: the function, as an operation has it.
#[must_use]
pub const fn alarm(kind: u16) -> &'static str {
    match kind {
        0x01 => "alarm_diagnosis",
        0x02 => "alarm_process",
        0x03 => "alarm_pull",
        0x04 => "alarm_plug",
        0x05 => "alarm_status",
        0x06 => "alarm_update",
        0x07 => "alarm_redundancy",
        0x08 => "alarm_controlled_by_supervisor",
        0x09 => "alarm_released",
        0x0a => "alarm_plug_wrong_submodule",
        0x0b => "alarm_return_of_submodule",
        0x0c => "alarm_diagnosis_disappears",
        0x0d => "alarm_multicast_mismatch",
        0x0e => "alarm_port_data_change",
        0x0f => "alarm_sync_data_changed",
        0x10 => "alarm_isochronous_mode_problem",
        0x11 => "alarm_network_component_problem",
        0x12 => "alarm_time_data_changed",
        0x13 => "alarm_dynamic_frame_packing_problem",
        0x14 => "alarm_mrpd_problem",
        0x15 => "alarm_multiple_interface_mismatch",
        0x1e => "alarm_upload_and_retrieval",
        0x1f => "alarm_pull_module",
        0x20..=0x7f => "alarm_manufacturer_specific",
        _ => "alarm_unknown",
    }
}

/// What a diagnosis of a channel says (ChannelErrorType).
#[must_use]
pub const fn channel_error(kind: u16) -> &'static str {
    match kind {
        0x0001 => "short_circuit",
        0x0002 => "undervoltage",
        0x0003 => "overvoltage",
        0x0004 => "overload",
        0x0005 => "overtemperature",
        0x0006 => "wire_break",
        0x0007 => "upper_limit_exceeded",
        0x0008 => "lower_limit_exceeded",
        0x0009 => "error",
        0x000a => "simulation_active",
        0x000f => "parameter_missing",
        0x0010 => "parameterization_fault",
        0x0011 => "power_supply_fault",
        0x0012 => "fuse_blown",
        0x0013 => "communication_fault",
        0x0014 => "ground_fault",
        0x0015 => "reference_point_lost",
        0x0016 => "process_event_lost",
        0x0017 => "threshold_warning",
        0x0018 => "output_disabled",
        0x0019 => "safety_event",
        0x001a => "external_fault",
        0x001f => "temporary_fault",
        0x0040..=0x004f => "profisafe_fault",
        0x8000 => "data_transmission_impossible",
        0x8001 => "remote_mismatch",
        0x8002 => "media_redundancy_mismatch",
        0x8003 => "sync_mismatch",
        0x8004 => "isochronous_mode_mismatch",
        0x8005 => "multicast_mismatch",
        0x8007 => "fiber_optic_mismatch",
        0x8008 => "network_component_mismatch",
        0x8009 => "time_mismatch",
        0x800a => "dynamic_frame_packing_mismatch",
        0x800b => "media_redundancy_with_duplication_mismatch",
        0x800c => "system_redundancy_mismatch",
        0x800d => "multiple_interface_mismatch",
        0x0100..=0x7fff => "manufacturer_specific",
        0x9000..=0x9fff => "profile_specific",
        _ => "unknown",
    }
}

/// Whether a diagnosis appears or disappears (ChannelProperties.Specifier).
#[must_use]
pub const fn specifier(properties: u16) -> &'static str {
    match properties >> 11 & 3 {
        1 => "appears",
        2 => "disappears",
        3 => "disappears_others_remain",
        _ => "all_disappear",
    }
}

/// How grave a diagnosis is (ChannelProperties.Maintenance).
#[must_use]
pub const fn severity(properties: u16) -> &'static str {
    match properties >> 9 & 3 {
        1 => "maintenance_required",
        2 => "maintenance_demanded",
        3 => "advice",
        _ => "fault",
    }
}

/// What follows a user structure identifier.
#[must_use]
pub const fn user_structure(identifier: u16) -> &'static str {
    match identifier {
        0x8000 => "channel_diagnosis",
        0x8001 => "multiple",
        0x8002 => "extended_channel_diagnosis",
        0x8003 => "qualified_channel_diagnosis",
        0x8100 => "maintenance",
        0x8200 => "upload_and_retrieval",
        0x8201 => "iparameter",
        0x8300 => "reporting_low_watermark",
        0x8301 => "reporting_timeout",
        0x8302 => "reporting_overflow",
        0x8303 => "reporting_event",
        0x8310 => "energy_saving_status",
        0x8320 => "channel_process_alarm",
        0x0000..=0x7fff => "manufacturer_specific",
        _ => "unknown",
    }
}

/// Type of an alarm PDU.
#[must_use]
pub const fn alarm_pdu(kind: u8) -> &'static str {
    match kind {
        1 => "data",
        2 => "nack",
        3 => "ack",
        4 => "error",
        5 => "fragment_request",
        6 => "fragment_response",
        _ => "unknown",
    }
}

/// What a range of cyclic frame identifiers is for.
#[must_use]
pub const fn cyclic_class(frame_id: u16) -> &'static str {
    match frame_id {
        0x0100..=0x0fff => "rt_class_3",
        0x8000..=0xbbff => "rt_class_1",
        0xbc00..=0xbfff => "rt_class_1_multicast",
        0xc000..=0xf7ff => "rt_class_1_legacy",
        0xf800..=0xfbff => "rt_class_1_legacy_multicast",
        _ => "unknown",
    }
}
