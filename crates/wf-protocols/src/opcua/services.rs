//! The services (OPC 10000-4, 5): which message is which, and what its parameters are.

use super::names;
use super::schema::{Field, Kind, fields};
use super::structs::{
    APPLICATION, ATTRIBUTE, BOOLEAN, BYTE, BYTES, CONTENT_FILTER, CONTENT_FILTER_RESULT, DATA, DIAGNOSTICS, DOUBLE, ENDPOINT,
    EXPANDED, INT32, MONITORING_PARAMETERS, NAME, NODE, NODES, NOTIFICATION_MESSAGE, NUMBERS, OBJECT, READ_VALUE_ID, REFERENCE,
    REGISTERED_SERVER, RELATIVE_PATH, RESULTS, SECRET, SIGNATURE, SOFTWARE_CERTIFICATE, STATUS, STRING, STRINGS, TIME, UINT32,
    VARIANT, VIEW,
};
use super::value::builtin;
use wf_model::Category;

/// A service.
pub struct Service {
    /// Number of the binary encoding of its request (OPC 10000-6, annex A.3).
    pub request: u32,
    /// That of its answer.
    pub response: u32,
    /// Its name, snake case.
    pub name: &'static str,
    /// What kind of act it is.
    pub category: Category,
    /// Parameters of the request.
    pub asks: &'static [Field],
    /// Parameters of the answer.
    pub answers: &'static [Field],
}

/// Answer of any service that failed as a whole.
pub const FAULT: u32 = 397;
/// Requests that are looked into, by the numbers of their encodings.
pub const FIND_SERVERS: u32 = 422;
pub const GET_ENDPOINTS: u32 = 428;
pub const REGISTER_SERVER: u32 = 437;
pub const OPEN_SECURE_CHANNEL: u32 = 446;
pub const CLOSE_SECURE_CHANNEL: u32 = 452;
pub const CREATE_SESSION: u32 = 461;
pub const ACTIVATE_SESSION: u32 = 467;
pub const ADD_NODES: u32 = 488;
pub const ADD_REFERENCES: u32 = 494;
pub const DELETE_NODES: u32 = 500;
pub const DELETE_REFERENCES: u32 = 506;
pub const BROWSE: u32 = 527;
pub const TRANSLATE: u32 = 554;
pub const REGISTER_NODES: u32 = 560;
pub const UNREGISTER_NODES: u32 = 566;
pub const READ: u32 = 631;
pub const HISTORY_READ: u32 = 664;
pub const WRITE: u32 = 673;
pub const HISTORY_UPDATE: u32 = 700;
pub const CALL: u32 = 712;
pub const CREATE_MONITORED_ITEMS: u32 = 751;
pub const MODIFY_MONITORED_ITEMS: u32 = 763;
pub const SET_MONITORING_MODE: u32 = 769;
pub const SET_TRIGGERING: u32 = 775;
pub const DELETE_MONITORED_ITEMS: u32 = 781;
pub const CREATE_SUBSCRIPTION: u32 = 787;
pub const MODIFY_SUBSCRIPTION: u32 = 793;
pub const SET_PUBLISHING_MODE: u32 = 799;
pub const PUBLISH: u32 = 826;
pub const REPUBLISH: u32 = 832;
pub const TRANSFER_SUBSCRIPTIONS: u32 = 841;
pub const DELETE_SUBSCRIPTIONS: u32 = 847;
pub const REGISTER_SERVER_2: u32 = 12_211;

/// A message's service, and whether it is the request.
pub fn find(number: u32) -> Option<(&'static Service, bool)> {
    let at = SERVICES.partition_point(|service| service.request <= number);
    let service = SERVICES.get(at.checked_sub(1)?)?;
    let request = service.request == number;
    (request || service.response == number).then_some((service, request))
}

macro_rules! services {
    ($($request:literal $response:literal $name:ident $category:ident ($($asks:tt)*) ($($answers:tt)*);)+) => { &[$(Service {
        request: $request,
        response: $response,
        name: stringify!($name),
        category: Category::$category,
        asks: fields! { $($asks)* },
        answers: fields! { $($answers)* },
    }),+] };
}

const BROWSE_RESULTS: Kind = Kind::List(&Kind::Struct(fields! {
    status_code: STATUS, continuation_point: BYTES, references: Kind::List(&REFERENCE),
}));
const TEST_STACK: &[Field] = fields! { test_id: UINT32, iteration: INT32, value: VARIANT };
const MONITORED_RESULT: &[Field] =
    fields! { revised_sampling_interval_ms: DOUBLE, revised_queue_size: UINT32, filter_result: OBJECT };
const REVISED: &[Field] = fields! {
    revised_publishing_interval_ms: DOUBLE, revised_lifetime_count: UINT32, revised_keep_alive_count_max: UINT32,
};
const QUERY_DATA: Kind = Kind::List(&Kind::Struct(fields! {
    node_id: EXPANDED, type_definition_node: EXPANDED, values: Kind::List(&VARIANT),
}));
const PARSING_RESULTS: Kind = Kind::List(&Kind::Struct(fields! {
    status_code: STATUS, data_status_codes: RESULTS, data_diagnostic_infos: DIAGNOSTICS,
}));

/// By number of the request, ascending; an answer's number lies before that of the next request.
pub static SERVICES: &[Service] = services! {
    410 413 test_stack Diagnostic (parameters: Kind::Struct(TEST_STACK)) (value: VARIANT);
    422 425 find_servers Diagnostic
        (endpoint_url: STRING, locale_ids: STRINGS, server_uris: STRINGS)
        (servers: Kind::List(&APPLICATION));
    428 431 get_endpoints Diagnostic
        (endpoint_url: STRING, locale_ids: STRINGS, profile_uris: STRINGS)
        (endpoints: Kind::List(&ENDPOINT));
    437 440 register_server Diagnostic (server: REGISTERED_SERVER) ();
    446 449 open_secure_channel Diagnostic
        (client_protocol_version: UINT32, request_type: Kind::Enum(names::token_request),
         security_mode: Kind::Enum(names::security_mode), client_nonce: SECRET, requested_lifetime_ms: UINT32)
        (server_protocol_version: UINT32, channel_id: UINT32, new_token_id: UINT32, created_at: TIME,
         revised_lifetime_ms: UINT32, server_nonce: SECRET);
    452 455 close_secure_channel Diagnostic () ();
    461 464 create_session Diagnostic
        (client_description: APPLICATION, server_uri: STRING, endpoint_url: STRING, session_name: STRING, client_nonce: SECRET,
         client_certificate: Kind::Certificate, requested_session_timeout_ms: DOUBLE, response_message_size_max: UINT32)
        (session_id: NODE, authentication_token: Kind::Hidden(builtin::NODE_ID), revised_session_timeout_ms: DOUBLE,
         server_nonce: SECRET, server_certificate: Kind::Certificate, server_endpoints: Kind::List(&ENDPOINT),
         server_software_certificates: Kind::List(&SOFTWARE_CERTIFICATE), server_signature: SIGNATURE,
         request_message_size_max: UINT32);
    467 470 activate_session Diagnostic
        (client_signature: SIGNATURE, client_software_certificates: Kind::List(&SOFTWARE_CERTIFICATE), locale_ids: STRINGS,
         user_identity_token: OBJECT, user_token_signature: SIGNATURE)
        (server_nonce: SECRET, results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    473 476 close_session Diagnostic (delete_subscriptions: BOOLEAN) ();
    479 482 cancel Diagnostic (cancelled_request_handle: UINT32) (cancel_count: UINT32);
    488 491 add_nodes Configuration
        (nodes_to_add: Kind::List(&Kind::Struct(fields! {
            parent_node_id: EXPANDED, reference_type_id: NODE, requested_new_node_id: EXPANDED, browse_name: NAME,
            node_class: Kind::Enum(names::node_class), node_attributes: OBJECT, type_definition: EXPANDED,
         })))
        (results: Kind::List(&Kind::Struct(fields! { status_code: STATUS, added_node_id: NODE })),
         diagnostic_infos: DIAGNOSTICS);
    494 497 add_references Configuration
        (references_to_add: Kind::List(&Kind::Struct(fields! {
            source_node_id: NODE, reference_type_id: NODE, is_forward: BOOLEAN, target_server_uri: STRING,
            target_node_id: EXPANDED, target_node_class: Kind::Enum(names::node_class),
         })))
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    500 503 delete_nodes Configuration
        (nodes_to_delete: Kind::List(&Kind::Struct(fields! { node_id: NODE, delete_target_references: BOOLEAN })))
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    506 509 delete_references Configuration
        (references_to_delete: Kind::List(&Kind::Struct(fields! {
            source_node_id: NODE, reference_type_id: NODE, is_forward: BOOLEAN, target_node_id: EXPANDED,
            delete_bidirectional: BOOLEAN,
         })))
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    527 530 browse Diagnostic
        (view: VIEW, references_per_node_max: UINT32, nodes_to_browse: Kind::List(&Kind::Struct(fields! {
            node_id: NODE, browse_direction: Kind::Enum(names::browse_direction), reference_type_id: NODE,
            include_subtypes: BOOLEAN, node_class_mask: UINT32, result_mask: UINT32,
         })))
        (results: BROWSE_RESULTS, diagnostic_infos: DIAGNOSTICS);
    533 536 browse_next Diagnostic
        (release_continuation_points: BOOLEAN, continuation_points: Kind::List(&BYTES))
        (results: BROWSE_RESULTS, diagnostic_infos: DIAGNOSTICS);
    554 557 translate_browse_paths Diagnostic
        (browse_paths: Kind::List(&Kind::Struct(fields! { starting_node: NODE, relative_path: RELATIVE_PATH })))
        (results: Kind::List(&Kind::Struct(fields! {
            status_code: STATUS,
            targets: Kind::List(&Kind::Struct(fields! { target_id: EXPANDED, remaining_path_index: UINT32 })),
         })), diagnostic_infos: DIAGNOSTICS);
    560 563 register_nodes Diagnostic (nodes_to_register: NODES) (registered_node_ids: NODES);
    566 569 unregister_nodes Diagnostic (nodes_to_unregister: NODES) ();
    615 618 query_first Diagnostic
        (view: VIEW, node_types: Kind::List(&Kind::Struct(fields! {
            type_definition_node: EXPANDED, include_sub_types: BOOLEAN,
            data_to_return: Kind::List(&Kind::Struct(fields! {
                relative_path: RELATIVE_PATH, attribute: ATTRIBUTE, index_range: STRING,
            })),
         })), filter: CONTENT_FILTER, data_sets_to_return_max: UINT32, references_to_return_max: UINT32)
        (query_data_sets: QUERY_DATA, continuation_point: BYTES, parsing_results: PARSING_RESULTS,
         diagnostic_infos: DIAGNOSTICS, filter_result: CONTENT_FILTER_RESULT);
    621 624 query_next Diagnostic
        (release_continuation_point: BOOLEAN, continuation_point: BYTES)
        (query_data_sets: QUERY_DATA, revised_continuation_point: BYTES);
    631 634 read Read
        (age_max_ms: DOUBLE, timestamps_to_return: Kind::Enum(names::timestamps), nodes_to_read: Kind::List(&READ_VALUE_ID))
        (results: Kind::List(&DATA), diagnostic_infos: DIAGNOSTICS);
    664 667 history_read Read
        (history_read_details: OBJECT, timestamps_to_return: Kind::Enum(names::timestamps),
         release_continuation_points: BOOLEAN, nodes_to_read: Kind::List(&Kind::Struct(fields! {
            node_id: NODE, index_range: STRING, data_encoding: NAME, continuation_point: BYTES,
         })))
        (results: Kind::List(&Kind::Struct(fields! { status_code: STATUS, continuation_point: BYTES, history_data: OBJECT })),
         diagnostic_infos: DIAGNOSTICS);
    673 676 write Write
        (nodes_to_write: Kind::List(&Kind::Struct(fields! {
            node_id: NODE, attribute: ATTRIBUTE, index_range: STRING, value: DATA,
         })))
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    700 703 history_update Write
        (history_update_details: Kind::List(&OBJECT))
        (results: Kind::List(&Kind::Struct(fields! {
            status_code: STATUS, operation_results: RESULTS, diagnostic_infos: DIAGNOSTICS,
         })), diagnostic_infos: DIAGNOSTICS);
    712 715 call Control
        (methods_to_call: Kind::List(&Kind::Struct(fields! {
            object_id: NODE, method_id: NODE, input_arguments: Kind::List(&VARIANT),
         })))
        (results: Kind::List(&Kind::Struct(fields! {
            status_code: STATUS, input_argument_results: RESULTS, input_argument_diagnostic_infos: DIAGNOSTICS,
            output_arguments: Kind::List(&VARIANT),
         })), diagnostic_infos: DIAGNOSTICS);
    751 754 create_monitored_items Read
        (subscription_id: UINT32, timestamps_to_return: Kind::Enum(names::timestamps),
         items_to_create: Kind::List(&Kind::Struct(fields! {
            item_to_monitor: READ_VALUE_ID, monitoring_mode: Kind::Enum(names::monitoring_mode),
            requested_parameters: MONITORING_PARAMETERS,
         })))
        (results: Kind::List(&Kind::Struct(fields! {
            status_code: STATUS, monitored_item_id: UINT32, revised: Kind::Struct(MONITORED_RESULT),
         })), diagnostic_infos: DIAGNOSTICS);
    763 766 modify_monitored_items Diagnostic
        (subscription_id: UINT32, timestamps_to_return: Kind::Enum(names::timestamps),
         items_to_modify: Kind::List(&Kind::Struct(fields! {
            monitored_item_id: UINT32, requested_parameters: MONITORING_PARAMETERS,
         })))
        (results: Kind::List(&Kind::Struct(fields! { status_code: STATUS, revised: Kind::Struct(MONITORED_RESULT) })),
         diagnostic_infos: DIAGNOSTICS);
    769 772 set_monitoring_mode Diagnostic
        (subscription_id: UINT32, monitoring_mode: Kind::Enum(names::monitoring_mode), monitored_item_ids: NUMBERS)
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    775 778 set_triggering Diagnostic
        (subscription_id: UINT32, triggering_item_id: UINT32, links_to_add: NUMBERS, links_to_remove: NUMBERS)
        (add_results: RESULTS, add_diagnostic_infos: DIAGNOSTICS, remove_results: RESULTS,
         remove_diagnostic_infos: DIAGNOSTICS);
    781 784 delete_monitored_items Diagnostic
        (subscription_id: UINT32, monitored_item_ids: NUMBERS)
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    787 790 create_subscription Diagnostic
        (requested_publishing_interval_ms: DOUBLE, requested_lifetime_count: UINT32, requested_keep_alive_count_max: UINT32,
         notifications_per_publish_max: UINT32, publishing_enabled: BOOLEAN, priority: BYTE)
        (subscription_id: UINT32, revised: Kind::Struct(REVISED));
    793 796 modify_subscription Diagnostic
        (subscription_id: UINT32, requested_publishing_interval_ms: DOUBLE, requested_lifetime_count: UINT32,
         requested_keep_alive_count_max: UINT32, notifications_per_publish_max: UINT32, priority: BYTE)
        (revised: Kind::Struct(REVISED));
    799 802 set_publishing_mode Diagnostic
        (publishing_enabled: BOOLEAN, subscription_ids: NUMBERS)
        (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    826 829 publish Read
        (subscription_acknowledgements: Kind::List(&Kind::Struct(fields! {
            subscription_id: UINT32, acknowledged_sequence_number: UINT32,
         })))
        (subscription_id: UINT32, available_sequence_numbers: NUMBERS, more_notifications: BOOLEAN,
         notification_message: NOTIFICATION_MESSAGE, results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    832 835 republish Read
        (subscription_id: UINT32, retransmit_sequence_number: UINT32)
        (notification_message: NOTIFICATION_MESSAGE);
    841 844 transfer_subscriptions Diagnostic
        (subscription_ids: NUMBERS, send_initial_values: BOOLEAN)
        (results: Kind::List(&Kind::Struct(fields! { status_code: STATUS, available_sequence_numbers: NUMBERS })),
         diagnostic_infos: DIAGNOSTICS);
    847 850 delete_subscriptions Diagnostic (subscription_ids: NUMBERS) (results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    12208 12209 find_servers_on_network Diagnostic
        (starting_record_id: UINT32, records_to_return_max: UINT32, server_capability_filter: STRINGS)
        (last_counter_reset_time: TIME, servers: Kind::List(&Kind::Struct(fields! {
            record_id: UINT32, server_name: STRING, discovery_url: STRING, server_capabilities: STRINGS,
         })));
    12211 12212 register_server_2 Diagnostic
        (server: REGISTERED_SERVER, discovery_configuration: Kind::List(&OBJECT))
        (configuration_results: RESULTS, diagnostic_infos: DIAGNOSTICS);
    15903 21001 sessionless_invoke Diagnostic
        (uris_version: UINT32, namespace_uris: STRINGS, server_uris: STRINGS, locale_ids: STRINGS, service_id: UINT32)
        (namespace_uris: STRINGS, server_uris: STRINGS, service_id: UINT32);
};
