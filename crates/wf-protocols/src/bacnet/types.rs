//! Types that the services' parameters are made of (clause 21), as tables.

use super::schema::{Field, Kind};
use Kind::{Any, Choice, Enum, Flags, Index, Plain, Property, Seq};

/// A parameter with a context tag.
pub const fn f(tag: u8, name: &'static str, kind: Kind) -> Field {
    Field { tag: Some(tag), name, kind }
}

/// A parameter with the tag of its data type.
pub const fn a(name: &'static str, kind: Kind) -> Field {
    Field { tag: None, name, kind }
}

pub const BOOL: Kind = Plain(1);
pub const UNSIGNED: Kind = Plain(2);
pub const SIGNED: Kind = Plain(3);
pub const REAL: Kind = Plain(4);
pub const DOUBLE: Kind = Plain(5);
pub const OCTETS: Kind = Plain(6);
pub const TEXT: Kind = Plain(7);
pub const BITS: Kind = Plain(8);
pub const DATE: Kind = Plain(10);
pub const TIME: Kind = Plain(11);
pub const OBJECT: Kind = Plain(12);
pub const STATUS: Kind = Flags(&["in_alarm", "fault", "overridden", "out_of_service"]);
pub const TRANSITIONS: Kind = Flags(&["to_offnormal", "to_fault", "to_normal"]);
pub const RESULTS: Kind = Flags(&["first_item", "last_item", "more_items"]);

pub static ADDRESS: &[Field] = &[a("network", UNSIGNED), a("mac", OCTETS)];
pub static RECIPIENT: &[Field] = &[f(0, "device", OBJECT), f(1, "address", Seq(ADDRESS))];
pub static RECIPIENT_PROCESS: &[Field] = &[f(0, "recipient", Choice(RECIPIENT)), f(1, "process_identifier", UNSIGNED)];
pub static DATE_TIME: &[Field] = &[a("date", DATE), a("time", TIME)];
pub static TIME_STAMP: &[Field] = &[f(0, "time", TIME), f(1, "sequence_number", UNSIGNED), f(2, "date_time", Seq(DATE_TIME))];
pub static ERROR: &[Field] = &[a("error_class", Enum("error_class")), a("error_code", Enum("error_code"))];
pub static REFERENCE: &[Field] = &[f(0, "property_identifier", Property), f(1, "property_array_index", Index)];
pub static OBJECT_REFERENCE: &[Field] =
    &[f(0, "object_identifier", OBJECT), f(1, "property_identifier", Property), f(2, "property_array_index", Index)];
pub static DEVICE_REFERENCE: &[Field] = &[
    f(0, "object_identifier", OBJECT),
    f(1, "property_identifier", Property),
    f(2, "property_array_index", Index),
    f(3, "device_identifier", OBJECT),
];
pub static PROPERTY_VALUE: &[Field] =
    &[f(0, "property_identifier", Property), f(1, "property_array_index", Index), f(2, "value", Any), f(3, "priority", UNSIGNED)];

pub static COV_NOTIFICATION: &[Field] = &[
    f(0, "process_identifier", UNSIGNED),
    f(1, "initiating_device", OBJECT),
    f(2, "monitored_object", OBJECT),
    f(3, "time_remaining", UNSIGNED),
    f(4, "list_of_values", Seq(PROPERTY_VALUE)),
];
pub static COV_MULTIPLE: &[Field] = &[
    f(0, "process_identifier", UNSIGNED),
    f(1, "initiating_device", OBJECT),
    f(2, "time_remaining", UNSIGNED),
    f(3, "timestamp", Seq(DATE_TIME)),
    f(
        4,
        "list_of_notifications",
        Seq(&[
            f(0, "monitored_object", OBJECT),
            f(
                1,
                "list_of_values",
                Seq(&[
                    f(0, "property_identifier", Property),
                    f(1, "property_array_index", Index),
                    f(2, "value", Any),
                    f(3, "time_of_change", TIME),
                ]),
            ),
        ]),
    ),
];

/// Values of an event that leaves a range.
macro_rules! range {
    ($kind:expr) => {
        &[f(0, "exceeding_value", $kind), f(1, "status_flags", STATUS), f(2, "deadband", $kind), f(3, "exceeded_limit", $kind)]
    };
}

/// New states of many kinds: the number of the choice is the kind (`BACnetPropertyStates`).
pub static STATES: &[Field] = &[
    f(0, "boolean", BOOL),
    f(1, "binary", Enum("binary_pv")),
    f(2, "event_type", Enum("event_type")),
    f(3, "polarity", Enum("polarity")),
    f(4, "program_change", Enum("program_request")),
    f(5, "program_state", Enum("program_state")),
    f(6, "reason_for_halt", Enum("program_error")),
    f(7, "reliability", Enum("reliability")),
    f(8, "state", Enum("event_state")),
    f(9, "system_status", Enum("device_status")),
    f(10, "units", Enum("units")),
    f(11, "unsigned", UNSIGNED),
    f(12, "life_safety_mode", Enum("life_safety_mode")),
    f(13, "life_safety_state", Enum("life_safety_state")),
    f(14, "restart_reason", Enum("restart_reason")),
    f(16, "action", UNSIGNED),
    f(36, "backup_state", Enum("backup_state")),
    f(41, "integer", SIGNED),
];
pub static EVENT_VALUES: &[Field] = &[
    f(0, "change_of_bitstring", Seq(&[f(0, "bits", BITS), f(1, "status_flags", STATUS)])),
    f(1, "change_of_state", Seq(&[f(0, "new_state", Choice(STATES)), f(1, "status_flags", STATUS)])),
    f(
        2,
        "change_of_value",
        Seq(&[
            f(0, "new_value", Choice(&[f(0, "changed_bits", BITS), f(1, "changed_value", REAL)])),
            f(1, "status_flags", STATUS),
        ]),
    ),
    f(3, "command_failure", Seq(&[f(0, "command_value", Any), f(1, "status_flags", STATUS), f(2, "feedback_value", Any)])),
    f(
        4,
        "floating_limit",
        Seq(&[
            f(0, "reference_value", REAL),
            f(1, "status_flags", STATUS),
            f(2, "setpoint_value", REAL),
            f(3, "error_limit", REAL),
        ]),
    ),
    f(5, "out_of_range", Seq(range!(REAL))),
    f(6, "complex_event", Seq(PROPERTY_VALUE)),
    f(
        8,
        "change_of_life_safety",
        Seq(&[
            f(0, "new_state", Enum("life_safety_state")),
            f(1, "new_mode", Enum("life_safety_mode")),
            f(2, "status_flags", STATUS),
            f(3, "operation_expected", Enum("life_safety_operation")),
        ]),
    ),
    f(9, "extended", Seq(&[f(0, "vendor_identifier", UNSIGNED), f(1, "extended_event_type", UNSIGNED), f(2, "parameters", Any)])),
    f(
        10,
        "buffer_ready",
        Seq(&[
            f(0, "buffer_property", Seq(DEVICE_REFERENCE)),
            f(1, "previous_notification", UNSIGNED),
            f(2, "current_notification", UNSIGNED),
        ]),
    ),
    f(
        11,
        "unsigned_range",
        Seq(&[f(0, "exceeding_value", UNSIGNED), f(1, "status_flags", STATUS), f(2, "exceeded_limit", UNSIGNED)]),
    ),
    f(
        13,
        "access_event",
        Seq(&[
            f(0, "access_event", Enum("access_event")),
            f(1, "status_flags", STATUS),
            f(2, "access_event_tag", UNSIGNED),
            f(3, "access_event_time", Choice(TIME_STAMP)),
            f(4, "access_credential", Seq(&[f(0, "device_identifier", OBJECT), f(1, "object_identifier", OBJECT)])),
            f(5, "authentication_factor", Any),
        ]),
    ),
    f(14, "double_out_of_range", Seq(range!(DOUBLE))),
    f(15, "signed_out_of_range", Seq(range!(SIGNED))),
    f(16, "unsigned_out_of_range", Seq(range!(UNSIGNED))),
    f(
        17,
        "change_of_characterstring",
        Seq(&[f(0, "changed_value", TEXT), f(1, "status_flags", STATUS), f(2, "alarm_value", TEXT)]),
    ),
    f(18, "change_of_status_flags", Seq(&[f(0, "present_value", Any), f(1, "referenced_flags", STATUS)])),
    f(
        19,
        "change_of_reliability",
        Seq(&[
            f(0, "reliability", Enum("reliability")),
            f(1, "status_flags", STATUS),
            f(2, "property_values", Seq(PROPERTY_VALUE)),
        ]),
    ),
    f(21, "change_of_discrete_value", Seq(&[f(0, "new_value", Any), f(1, "status_flags", STATUS)])),
    f(
        22,
        "change_of_timer",
        Seq(&[
            f(0, "new_state", Enum("timer_state")),
            f(1, "status_flags", STATUS),
            f(2, "update_time", Seq(DATE_TIME)),
            f(3, "last_state_change", UNSIGNED),
            f(4, "initial_timeout", UNSIGNED),
            f(5, "expiration_time", Seq(DATE_TIME)),
        ]),
    ),
];

pub static EVENT_NOTIFICATION: &[Field] = &[
    f(0, "process_identifier", UNSIGNED),
    f(1, "initiating_device", OBJECT),
    f(2, "event_object", OBJECT),
    f(3, "timestamp", Choice(TIME_STAMP)),
    f(4, "notification_class", UNSIGNED),
    f(5, "priority", UNSIGNED),
    f(6, "event_type", Enum("event_type")),
    f(7, "message_text", TEXT),
    f(8, "notify_type", Enum("notify_type")),
    f(9, "ack_required", BOOL),
    f(10, "from_state", Enum("event_state")),
    f(11, "to_state", Enum("event_state")),
    f(12, "event_values", Choice(EVENT_VALUES)),
];
pub static AUDIT: &[Field] = &[f(
    0,
    "notifications",
    Seq(&[
        f(0, "source_timestamp", Choice(TIME_STAMP)),
        f(1, "target_timestamp", Choice(TIME_STAMP)),
        f(2, "source_device", Choice(RECIPIENT)),
        f(3, "source_object", OBJECT),
        f(4, "operation", UNSIGNED),
        f(5, "source_comment", TEXT),
        f(6, "target_comment", TEXT),
        f(7, "audit_invoke_id", UNSIGNED),
        f(8, "source_user_identifier", UNSIGNED),
        f(9, "source_user_role", UNSIGNED),
        f(10, "target_device", Choice(RECIPIENT)),
        f(11, "target_object", OBJECT),
        f(12, "target_property", Seq(REFERENCE)),
        f(13, "target_priority", UNSIGNED),
        f(14, "target_value", Any),
        f(15, "current_value", Any),
        f(16, "result", Seq(ERROR)),
    ]),
)];
pub static PRIVATE: &[Field] = &[f(0, "vendor_identifier", UNSIGNED), f(1, "service_number", UNSIGNED), f(2, "parameters", Any)];
pub static TEXT_MESSAGE: &[Field] = &[
    f(0, "source_device", OBJECT),
    f(1, "message_class", Choice(&[f(0, "numeric", UNSIGNED), f(1, "character", TEXT)])),
    f(2, "message_priority", Enum("message_priority")),
    f(3, "message", TEXT),
];
pub static LIST_ELEMENT: &[Field] = &[
    f(0, "object_identifier", OBJECT),
    f(1, "property_identifier", Property),
    f(2, "property_array_index", Index),
    f(3, "list_of_elements", Any),
];
pub static READ_RANGE: &[Field] = &[
    f(0, "object_identifier", OBJECT),
    f(1, "property_identifier", Property),
    f(2, "property_array_index", Index),
    f(3, "by_position", Seq(&[a("reference_index", UNSIGNED), a("count", SIGNED)])),
    f(4, "by_time_until_1998", Seq(&[a("date", DATE), a("time", TIME), a("count", SIGNED)])),
    f(5, "time_range", Seq(&[a("date", DATE), a("time", TIME), a("end_date", DATE), a("end_time", TIME)])),
    f(6, "by_sequence_number", Seq(&[a("reference_sequence_number", UNSIGNED), a("count", SIGNED)])),
    f(7, "by_time", Seq(&[a("date", DATE), a("time", TIME), a("count", SIGNED)])),
];
pub static SUBSCRIBE_MULTIPLE: &[Field] = &[
    f(0, "process_identifier", UNSIGNED),
    f(1, "issue_confirmed_notifications", BOOL),
    f(2, "lifetime", UNSIGNED),
    f(3, "max_notification_delay", UNSIGNED),
    f(
        4,
        "subscriptions",
        Seq(&[
            f(0, "monitored_object", OBJECT),
            f(
                1,
                "references",
                Seq(&[f(0, "monitored_property", Seq(REFERENCE)), f(1, "cov_increment", REAL), f(2, "timestamped", BOOL)]),
            ),
        ]),
    ),
];
pub static READ_ACCESS: &[Field] = &[f(0, "object_identifier", OBJECT), f(1, "properties", Seq(REFERENCE))];
pub static READ_RESULT: &[Field] = &[
    f(0, "object_identifier", OBJECT),
    f(
        1,
        "results",
        Seq(&[
            f(2, "property_identifier", Property),
            f(3, "property_array_index", Index),
            f(4, "value", Any),
            f(5, "error", Seq(ERROR)),
        ]),
    ),
];
/// What a record of a trend log holds (`BACnetLogRecord`).
pub static LOG_DATUM: &[Field] = &[
    f(0, "log_status", Flags(&["log_disabled", "buffer_purged", "log_interrupted"])),
    f(1, "boolean", BOOL),
    f(2, "real", REAL),
    f(3, "enumerated", Plain(9)),
    f(4, "unsigned", UNSIGNED),
    f(5, "integer", SIGNED),
    f(6, "bits", BITS),
    f(7, "null", Plain(0)),
    f(8, "failure", Seq(ERROR)),
    f(9, "time_change", REAL),
    f(10, "any", Any),
];
