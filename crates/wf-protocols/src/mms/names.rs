//! Names of services, units, errors and states (ISO 9506-2), and what kind of act each service is.

use super::pdu::kind;
use std::borrow::Cow;
use wf_model::Category::{self, Configuration, Control, Diagnostic, Program, Read, Write};

/// A unit's name as the standard's module has it.
#[must_use]
pub const fn pdu(number: u32) -> &'static str {
    match number {
        kind::REQUEST => "confirmed-RequestPDU",
        kind::RESPONSE => "confirmed-ResponsePDU",
        kind::ERROR => "confirmed-ErrorPDU",
        kind::UNCONFIRMED => "unconfirmed-PDU",
        kind::REJECT => "rejectPDU",
        kind::CANCEL_REQUEST => "cancel-RequestPDU",
        6 => "cancel-ResponsePDU",
        kind::CANCEL_ERROR => "cancel-ErrorPDU",
        kind::INITIATE_REQUEST => "initiate-RequestPDU",
        kind::INITIATE_RESPONSE => "initiate-ResponsePDU",
        kind::INITIATE_ERROR => "initiate-ErrorPDU",
        kind::CONCLUDE_REQUEST => "conclude-RequestPDU",
        kind::CONCLUDE_RESPONSE => "conclude-ResponsePDU",
        _ => "conclude-ErrorPDU",
    }
}

/// Services that this decoder looks into, by their tag in ConfirmedServiceRequest.
pub mod service {
    pub const STATUS: u32 = 0;
    pub const GET_NAME_LIST: u32 = 1;
    pub const IDENTIFY: u32 = 2;
    pub const READ: u32 = 4;
    pub const WRITE: u32 = 5;
    pub const GET_VARIABLE_ACCESS_ATTRIBUTES: u32 = 6;
    pub const DEFINE_NAMED_VARIABLE_LIST: u32 = 11;
    pub const GET_NAMED_VARIABLE_LIST_ATTRIBUTES: u32 = 12;
    pub const DELETE_NAMED_VARIABLE_LIST: u32 = 13;
    pub const OBTAIN_FILE: u32 = 46;
    pub const FILE_OPEN: u32 = 72;
    pub const FILE_READ: u32 = 73;
    pub const FILE_CLOSE: u32 = 74;
    pub const FILE_RENAME: u32 = 75;
    pub const FILE_DELETE: u32 = 76;
    pub const FILE_DIRECTORY: u32 = 77;
}

/// Function and category of each confirmed service, by its tag.
static SERVICES: [(&str, Category); 79] = [
    ("status", Diagnostic),
    ("get_name_list", Read),
    ("identify", Diagnostic),
    ("rename", Configuration),
    ("read", Read),
    ("write", Write),
    ("get_variable_access_attributes", Read),
    ("define_named_variable", Configuration),
    ("define_scattered_access", Configuration),
    ("get_scattered_access_attributes", Read),
    ("delete_variable_access", Configuration),
    ("define_named_variable_list", Configuration),
    ("get_named_variable_list_attributes", Read),
    ("delete_named_variable_list", Configuration),
    ("define_named_type", Configuration),
    ("get_named_type_attributes", Read),
    ("delete_named_type", Configuration),
    ("input", Control),
    ("output", Control),
    ("take_control", Control),
    ("relinquish_control", Control),
    ("define_semaphore", Configuration),
    ("delete_semaphore", Configuration),
    ("report_semaphore_status", Read),
    ("report_pool_semaphore_status", Read),
    ("report_semaphore_entry_status", Read),
    ("initiate_download_sequence", Program),
    ("download_segment", Program),
    ("terminate_download_sequence", Program),
    ("initiate_upload_sequence", Program),
    ("upload_segment", Program),
    ("terminate_upload_sequence", Program),
    ("request_domain_download", Program),
    ("request_domain_upload", Program),
    ("load_domain_content", Program),
    ("store_domain_content", Program),
    ("delete_domain", Program),
    ("get_domain_attributes", Read),
    ("create_program_invocation", Program),
    ("delete_program_invocation", Program),
    ("start", Control),
    ("stop", Control),
    ("resume", Control),
    ("reset", Control),
    ("kill", Control),
    ("get_program_invocation_attributes", Read),
    ("obtain_file", Program),
    ("define_event_condition", Configuration),
    ("delete_event_condition", Configuration),
    ("get_event_condition_attributes", Read),
    ("report_event_condition_status", Read),
    ("alter_event_condition_monitoring", Configuration),
    ("trigger_event", Control),
    ("define_event_action", Configuration),
    ("delete_event_action", Configuration),
    ("get_event_action_attributes", Read),
    ("report_event_action_status", Read),
    ("define_event_enrollment", Configuration),
    ("delete_event_enrollment", Configuration),
    ("alter_event_enrollment", Configuration),
    ("report_event_enrollment_status", Read),
    ("get_event_enrollment_attributes", Read),
    ("acknowledge_event_notification", Write),
    ("get_alarm_summary", Read),
    ("get_alarm_enrollment_summary", Read),
    ("read_journal", Read),
    ("write_journal", Write),
    ("initialize_journal", Configuration),
    ("report_journal_status", Read),
    ("create_journal", Configuration),
    ("delete_journal", Configuration),
    ("get_capability_list", Read),
    ("file_open", Read),
    ("file_read", Read),
    ("file_close", Read),
    ("file_rename", Program),
    ("file_delete", Program),
    ("file_directory", Read),
    ("additional_service", Diagnostic),
];

/// Function and category of a confirmed service.
#[must_use]
pub fn function(tag: u32) -> (&'static str, Category) {
    let at = usize::try_from(tag).unwrap_or(usize::MAX);
    SERVICES.get(at).copied().unwrap_or(("unknown_service", Diagnostic))
}

/// Whether the standard has a service with this tag.
#[must_use]
pub fn is_service(tag: u32) -> bool {
    usize::try_from(tag).is_ok_and(|at| at < SERVICES.len())
}

/// An unconfirmed service's name.
#[must_use]
pub const fn unconfirmed(tag: u32) -> &'static str {
    match tag {
        0 => "information_report",
        1 => "unsolicited_status",
        2 => "event_notification",
        _ => "unknown_service",
    }
}

/// DataAccessError (ISO 9506-2, 14.3.1) as an outcome.
#[must_use]
pub fn access_outcome(code: Option<i64>) -> &'static str {
    const NAMES: [&str; 12] = [
        "error: object_invalidated",
        "error: hardware_fault",
        "error: temporarily_unavailable",
        "error: object_access_denied",
        "error: object_undefined",
        "error: invalid_address",
        "error: type_unsupported",
        "error: type_inconsistent",
        "error: object_attribute_inconsistent",
        "error: object_access_unsupported",
        "error: object_non_existent",
        "error: object_value_invalid",
    ];
    pick(&NAMES, code.unwrap_or(-1)).unwrap_or("error: unknown_access_error")
}

fn pick(names: &[&'static str], code: i64) -> Option<&'static str> {
    usize::try_from(code).ok().and_then(|at| names.get(at).copied())
}

/// Classes of ServiceError with their codes (ISO 9506-2, 7.4.4).
static ERRORS: [(&str, &[&str]); 13] = [
    (
        "vmd_state",
        &["other", "vmd_state_conflict", "vmd_operational_problem", "domain_transfer_problem", "state_machine_id_invalid"],
    ),
    (
        "application_reference",
        &["other", "application_unreachable", "connection_lost", "application_reference_invalid", "context_unsupported"],
    ),
    (
        "definition",
        &[
            "other",
            "object_undefined",
            "invalid_address",
            "type_unsupported",
            "type_inconsistent",
            "object_exists",
            "object_attribute_inconsistent",
        ],
    ),
    (
        "resource",
        &[
            "other",
            "memory_unavailable",
            "processor_resource_unavailable",
            "mass_storage_unavailable",
            "capability_unavailable",
            "capability_unknown",
        ],
    ),
    (
        "service",
        &[
            "other",
            "primitives_out_of_sequence",
            "object_state_conflict",
            "pdu_size",
            "continuation_invalid",
            "object_constraint_conflict",
        ],
    ),
    ("service_preempt", &["other", "timeout", "deadlock", "cancel"]),
    ("time_resolution", &["other", "unsupportable_time_resolution"]),
    ("access", &["other", "object_access_unsupported", "object_non_existent", "object_access_denied", "object_invalidated"]),
    (
        "initiate",
        &[
            "other",
            "version_incompatible",
            "max_segment_insufficient",
            "max_services_outstanding_calling_insufficient",
            "max_services_outstanding_called_insufficient",
            "service_cbb_insufficient",
            "parameter_cbb_insufficient",
            "nesting_level_insufficient",
        ],
    ),
    ("conclude", &["other", "further_communication_required"]),
    ("cancel", &["other", "invoke_id_unknown", "cancel_not_possible"]),
    (
        "file",
        &[
            "other",
            "filename_ambiguous",
            "file_busy",
            "filename_syntax_error",
            "content_type_invalid",
            "position_invalid",
            "file_access_denied",
            "file_non_existent",
            "duplicate_filename",
            "insufficient_space_in_filestore",
        ],
    ),
    ("others", &["other"]),
];

/// Kinds of units that are rejected, with reasons (ISO 9506-2, 7.4.5).
static REJECTS: [(&str, &[&str]); 12] = [
    ("", &[]),
    (
        "confirmed_request",
        &[
            "other",
            "unrecognized_service",
            "unrecognized_modifier",
            "invalid_invoke_id",
            "invalid_argument",
            "invalid_modifier",
            "max_serv_outstanding_exceeded",
            "",
            "max_recursion_exceeded",
            "value_out_of_range",
        ],
    ),
    (
        "confirmed_response",
        &[
            "other",
            "unrecognized_service",
            "invalid_invoke_id",
            "invalid_result",
            "",
            "max_recursion_exceeded",
            "value_out_of_range",
        ],
    ),
    ("confirmed_error", &["other", "unrecognized_service", "invalid_invoke_id", "invalid_service_error", "value_out_of_range"]),
    ("unconfirmed", &["other", "unrecognized_service", "invalid_argument", "max_recursion_exceeded", "value_out_of_range"]),
    ("pdu_error", &["unknown_pdu_type", "invalid_pdu", "illegal_acse_mapping"]),
    ("cancel_request", &["other", "invalid_invoke_id"]),
    ("cancel_response", &["other", "invalid_invoke_id"]),
    ("cancel_error", &["other", "invalid_invoke_id", "invalid_service_error", "value_out_of_range"]),
    ("conclude_request", &["other", "invalid_argument"]),
    ("conclude_response", &["other", "invalid_result"]),
    ("conclude_error", &["other", "invalid_service_error", "value_out_of_range"]),
];

fn worded(table: &[(&'static str, &[&'static str])], (class, code): (u32, i64)) -> String {
    let found = usize::try_from(class).ok().and_then(|at| table.get(at));
    let (class_name, codes) = found.copied().unwrap_or(("", &[]));
    match pick(codes, code).filter(|name| !name.is_empty()) {
        Some(name) => format!("{class_name} {name}"),
        None if class_name.is_empty() => format!("class {class} code {code}"),
        None => format!("{class_name} {code}"),
    }
}

/// A service error in words: `access object_non_existent`.
#[must_use]
pub fn error(error: (u32, i64)) -> String {
    worded(&ERRORS, error)
}

/// Whether a reject only says that its sender does not have the service.
#[must_use]
pub const fn is_unrecognized_service(reason: (u32, i64)) -> bool {
    matches!(reason, (1..=4, 1))
}

/// A reject in words: `confirmed_request unrecognized_service`.
#[must_use]
pub fn reject(reason: (u32, i64)) -> String {
    worded(&REJECTS, reason)
}

/// The outcome of a service that was refused.
#[must_use]
pub fn outcome(error_pair: Option<(u32, i64)>) -> Cow<'static, str> {
    error_pair.map_or(Cow::Borrowed("error: unknown"), |e| Cow::Owned(format!("error: {}", error(e))))
}

/// Classes of objects that are listed by GetNameList (ISO 9506-2, 7.5.3).
#[must_use]
pub fn object_class(code: i64) -> &'static str {
    const NAMES: [&str; 13] = [
        "named_variable",
        "scattered_access",
        "named_variable_list",
        "named_type",
        "semaphore",
        "event_condition",
        "event_action",
        "event_enrollment",
        "journal",
        "domain",
        "program_invocation",
        "operator_station",
        "data_exchange",
    ];
    pick(&NAMES, code).unwrap_or("objects")
}

/// Logical and physical state of a device (ISO 9506-2, 10.2).
#[must_use]
pub fn states(logical: i64, physical: i64) -> (&'static str, &'static str) {
    const LOGICAL: [&str; 4] =
        ["state_changes_allowed", "no_state_changes_allowed", "limited_services_permitted", "support_services_allowed"];
    const PHYSICAL: [&str; 4] = ["operational", "partially_operational", "inoperable", "needs_commissioning"];
    (pick(&LOGICAL, logical).unwrap_or("unknown"), pick(&PHYSICAL, physical).unwrap_or("unknown"))
}
