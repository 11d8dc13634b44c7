//! Which table describes the parameters of a message: requests, results and errors by service (clause 21).

use super::apdu::{Apdu, kind};
use super::schema::{Field, Kind, Schema};
use super::types::*;
use Kind::{Any, Choice, Enum, Index, Property, Secret, Seq};

const fn plain(fields: &'static [Field]) -> Schema {
    Schema { fields, list: None }
}

const fn list(name: &'static str, fields: &'static [Field]) -> Schema {
    Schema { fields, list: Some(name) }
}

/// A table that lives as long as the program.
macro_rules! fields {
    ($($field:expr),* $(,)?) => {{
        static FIELDS: &[Field] = &[$($field),*];
        FIELDS
    }};
}

/// Parameters of a message whose service is unknown: whatever is there.
static NOTHING: &[Field] = &[];
static UNKNOWN: Schema = plain(NOTHING);

/// The table of a message's parameters.
pub fn schema(apdu: &Apdu<'_>) -> Option<Schema> {
    let choice = apdu.service?;
    match apdu.kind {
        kind::CONFIRMED => Some(confirmed(choice)),
        kind::UNCONFIRMED => Some(unconfirmed(choice)),
        kind::COMPLEX_ACK => Some(result(choice)),
        kind::ERROR => Some(error(choice)),
        _ => None,
    }
}

/// A confirmed request's.
pub fn confirmed(choice: u8) -> Schema {
    match choice {
        0 => plain(fields![
            f(0, "acknowledging_process", UNSIGNED),
            f(1, "event_object", OBJECT),
            f(2, "event_state_acknowledged", Enum("event_state")),
            f(3, "timestamp", Choice(TIME_STAMP)),
            f(4, "acknowledgment_source", TEXT),
            f(5, "time_of_acknowledgment", Choice(TIME_STAMP)),
        ]),
        1 => plain(COV_NOTIFICATION),
        2 => plain(EVENT_NOTIFICATION),
        4 => plain(fields![
            f(0, "acknowledgment_filter", Enum("acknowledgment_filter")),
            f(1, "enrollment_filter", Seq(RECIPIENT_PROCESS)),
            f(2, "event_state_filter", Enum("event_state_filter")),
            f(3, "event_type_filter", Enum("event_type")),
            f(4, "priority_filter", Seq(&[f(0, "min_priority", UNSIGNED), f(1, "max_priority", UNSIGNED)])),
            f(5, "notification_class_filter", UNSIGNED),
        ]),
        5 => plain(fields![
            f(0, "process_identifier", UNSIGNED),
            f(1, "monitored_object", OBJECT),
            f(2, "issue_confirmed_notifications", BOOL),
            f(3, "lifetime", UNSIGNED),
        ]),
        6 => plain(fields![
            a("file_identifier", OBJECT),
            f(0, "stream_access", Seq(&[a("start_position", SIGNED), a("requested_octet_count", UNSIGNED)])),
            f(1, "record_access", Seq(&[a("start_record", SIGNED), a("requested_record_count", UNSIGNED)])),
        ]),
        7 => plain(fields![
            a("file_identifier", OBJECT),
            f(0, "stream_access", Seq(&[a("start_position", SIGNED), a("data", OCTETS)])),
            f(1, "record_access", Seq(&[a("start_record", SIGNED), a("record_count", UNSIGNED), a("data", OCTETS)])),
        ]),
        8 | 9 => plain(LIST_ELEMENT),
        10 => plain(fields![
            f(0, "object_specifier", Choice(&[f(0, "of_type", Enum("object_type")), f(1, "object_identifier", OBJECT)])),
            f(1, "list_of_initial_values", Seq(PROPERTY_VALUE)),
        ]),
        11 => plain(fields![a("object_identifier", OBJECT)]),
        12 => plain(fields![
            f(0, "object_identifier", OBJECT),
            f(1, "property_identifier", Property),
            f(2, "property_array_index", Index),
        ]),
        13 => plain(fields![f(0, "object_selection_criteria", Any), f(1, "properties", Seq(REFERENCE))]),
        14 => list("read_access", READ_ACCESS),
        15 => plain(fields![
            f(0, "object_identifier", OBJECT),
            f(1, "property_identifier", Property),
            f(2, "property_array_index", Index),
            f(3, "value", Any),
            f(4, "priority", UNSIGNED),
        ]),
        16 => list("write_access", fields![f(0, "object_identifier", OBJECT), f(1, "properties", Seq(PROPERTY_VALUE))]),
        17 => plain(fields![
            f(0, "time_duration", UNSIGNED),
            f(1, "enable_disable", Enum("enable_disable")),
            f(2, "password", Secret),
        ]),
        20 => plain(fields![f(0, "reinitialized_state", Enum("reinitialized_state")), f(1, "password", Secret)]),
        _ => confirmed_rare(choice),
    }
}

fn confirmed_rare(choice: u8) -> Schema {
    match choice {
        18 => plain(PRIVATE),
        19 => plain(TEXT_MESSAGE),
        21 => plain(fields![a("vt_class", Enum("vt_class")), a("local_session", UNSIGNED)]),
        22 => list("sessions", fields![a("remote_session", UNSIGNED)]),
        23 => plain(fields![a("session", UNSIGNED), a("data", OCTETS), a("data_flag", UNSIGNED)]),
        24 => plain(fields![
            f(0, "pseudo_random_number", UNSIGNED),
            f(1, "expected_invoke_id", UNSIGNED),
            f(2, "operator_name", TEXT),
            f(3, "operator_password", Secret),
            f(4, "start_enciphered_session", BOOL),
        ]),
        25 => plain(fields![a("requesting_device", OBJECT), a("parameters", Any)]),
        26 => plain(READ_RANGE),
        27 => plain(fields![
            f(0, "requesting_process", UNSIGNED),
            f(1, "requesting_source", TEXT),
            f(2, "request", Enum("life_safety_operation")),
            f(3, "object_identifier", OBJECT),
        ]),
        28 => plain(fields![
            f(0, "process_identifier", UNSIGNED),
            f(1, "monitored_object", OBJECT),
            f(2, "issue_confirmed_notifications", BOOL),
            f(3, "lifetime", UNSIGNED),
            f(4, "monitored_property", Seq(REFERENCE)),
            f(5, "cov_increment", REAL),
        ]),
        29 => plain(fields![f(0, "last_received_object", OBJECT)]),
        30 => plain(SUBSCRIBE_MULTIPLE),
        31 => plain(COV_MULTIPLE),
        32 => plain(AUDIT),
        33 => plain(fields![
            f(0, "audit_log", OBJECT),
            f(1, "query_parameters", Any),
            f(2, "start_at_sequence_number", UNSIGNED),
            f(3, "requested_count", UNSIGNED),
        ]),
        _ => UNKNOWN,
    }
}

/// An unconfirmed request's.
pub fn unconfirmed(choice: u8) -> Schema {
    match choice {
        0 => plain(fields![
            a("device_identifier", OBJECT),
            a("max_apdu_length_accepted", UNSIGNED),
            a("segmentation_supported", Enum("segmentation")),
            a("vendor_identifier", UNSIGNED),
        ]),
        1 => plain(fields![a("device_identifier", OBJECT), a("object_identifier", OBJECT), a("object_name", TEXT)]),
        2 => plain(COV_NOTIFICATION),
        3 => plain(EVENT_NOTIFICATION),
        4 => plain(PRIVATE),
        5 => plain(TEXT_MESSAGE),
        6 | 9 => plain(DATE_TIME),
        7 => plain(fields![
            f(0, "low_limit", UNSIGNED),
            f(1, "high_limit", UNSIGNED),
            f(2, "object_identifier", OBJECT),
            f(3, "object_name", TEXT),
        ]),
        8 => plain(fields![f(0, "low_limit", UNSIGNED), f(1, "high_limit", UNSIGNED)]),
        10 => plain(fields![
            f(0, "group_number", UNSIGNED),
            f(1, "write_priority", UNSIGNED),
            f(2, "change_list", Seq(&[f(0, "channel", UNSIGNED), f(1, "overriding_priority", UNSIGNED), a("value", Any)])),
            f(3, "inhibit_delay", BOOL),
        ]),
        11 => plain(COV_MULTIPLE),
        12 => plain(AUDIT),
        13 => plain(fields![a("vendor_identifier", UNSIGNED), a("model_name", TEXT), a("serial_number", TEXT)]),
        14 => plain(fields![
            a("vendor_identifier", UNSIGNED),
            a("model_name", TEXT),
            a("serial_number", TEXT),
            a("device_identifier", OBJECT),
            a("device_mac_address", OCTETS),
        ]),
        _ => UNKNOWN,
    }
}

/// A result's.
pub fn result(choice: u8) -> Schema {
    match choice {
        3 => list(
            "alarms",
            fields![
                a("object_identifier", OBJECT),
                a("alarm_state", Enum("event_state")),
                a("acknowledged_transitions", TRANSITIONS),
            ],
        ),
        4 => list(
            "enrollments",
            fields![
                a("object_identifier", OBJECT),
                a("event_type", Enum("event_type")),
                a("event_state", Enum("event_state")),
                a("priority", UNSIGNED),
                a("notification_class", UNSIGNED),
            ],
        ),
        6 => plain(fields![
            a("end_of_file", BOOL),
            f(0, "stream_access", Seq(&[a("start_position", SIGNED), a("data", OCTETS)])),
            f(1, "record_access", Seq(&[a("start_record", SIGNED), a("record_count", UNSIGNED), a("data", OCTETS)])),
        ]),
        7 => plain(fields![f(0, "start_position", SIGNED), f(1, "start_record", SIGNED)]),
        10 => plain(fields![a("object_identifier", OBJECT)]),
        12 => plain(fields![
            f(0, "object_identifier", OBJECT),
            f(1, "property_identifier", Property),
            f(2, "property_array_index", Index),
            f(3, "value", Any),
        ]),
        13 | 14 => list("read_results", READ_RESULT),
        18 => plain(PRIVATE),
        21 => plain(fields![a("remote_session", UNSIGNED)]),
        23 => plain(fields![f(0, "all_new_data_accepted", BOOL), f(1, "accepted_octet_count", UNSIGNED)]),
        24 => plain(fields![a("modified_random_number", UNSIGNED)]),
        26 => plain(fields![
            f(0, "object_identifier", OBJECT),
            f(1, "property_identifier", Property),
            f(2, "property_array_index", Index),
            f(3, "result_flags", RESULTS),
            f(4, "item_count", UNSIGNED),
            f(5, "item_data", Any),
            f(6, "first_sequence_number", UNSIGNED),
        ]),
        29 => plain(fields![
            f(
                0,
                "event_summaries",
                Seq(&[
                    f(0, "object_identifier", OBJECT),
                    f(1, "event_state", Enum("event_state")),
                    f(2, "acknowledged_transitions", TRANSITIONS),
                    f(3, "event_timestamps", Choice(TIME_STAMP)),
                    f(4, "notify_type", Enum("notify_type")),
                    f(5, "event_enable", TRANSITIONS),
                    f(6, "event_priorities", Seq(&[a("priority", UNSIGNED)])),
                ]),
            ),
            f(1, "more_events", BOOL),
        ]),
        33 => plain(fields![f(0, "audit_log", OBJECT), f(1, "records", Any), f(2, "no_more_items", BOOL)]),
        _ => UNKNOWN,
    }
}

/// An error's.
pub fn error(choice: u8) -> Schema {
    match choice {
        8..=10 => plain(fields![f(0, "error", Seq(ERROR)), f(1, "first_failed_element", UNSIGNED)]),
        16 => plain(fields![f(0, "error", Seq(ERROR)), f(1, "first_failed_write", Seq(OBJECT_REFERENCE))]),
        18 => plain(fields![
            f(0, "error", Seq(ERROR)),
            f(1, "vendor_identifier", UNSIGNED),
            f(2, "service_number", UNSIGNED),
            f(3, "parameters", Any),
        ]),
        22 => plain(fields![f(0, "error", Seq(ERROR)), f(1, "sessions", Seq(&[a("session", UNSIGNED)]))]),
        30 => plain(fields![
            f(0, "error", Seq(ERROR)),
            f(
                1,
                "first_failed_subscription",
                Seq(&[f(0, "monitored_object", OBJECT), f(1, "monitored_property", Seq(REFERENCE)), f(2, "error", Seq(ERROR)),]),
            ),
        ]),
        _ => plain(ERROR),
    }
}

/// Parts of values that have a table of their own, by property (clause 12).
pub fn value_schema(property: u32) -> Option<Schema> {
    Some(match property {
        130 => list("values", TIME_STAMP),
        19 | 60 => plain(OBJECT_REFERENCE),
        54 | 78 | 132 => list("values", DEVICE_REFERENCE),
        102 => list(
            "values",
            fields![
                a("valid_days", BITS),
                a("from_time", TIME),
                a("to_time", TIME),
                f(0, "device", OBJECT),
                f(1, "address", Seq(ADDRESS)),
                a("process_identifier", UNSIGNED),
                a("issue_confirmed_notifications", BOOL),
                a("transitions", TRANSITIONS),
            ],
        ),
        30 => list("values", fields![a("device_identifier", OBJECT), a("network", UNSIGNED), a("mac", OCTETS)]),
        131 => list(
            "values",
            fields![f(0, "timestamp", Seq(DATE_TIME)), f(1, "log_datum", Choice(LOG_DATUM)), f(2, "status_flags", STATUS),],
        ),
        152 => list(
            "values",
            fields![
                f(0, "recipient", Seq(RECIPIENT_PROCESS)),
                f(1, "monitored_property", Seq(OBJECT_REFERENCE)),
                f(2, "issue_confirmed_notifications", BOOL),
                f(3, "time_remaining", UNSIGNED),
                f(4, "cov_increment", REAL),
            ],
        ),
        _ => return None,
    })
}
