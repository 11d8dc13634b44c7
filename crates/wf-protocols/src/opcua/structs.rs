//! Structures that services share and those that ExtensionObjects carry (OPC 10000-4, 7; OPC 10000-11, 6; OPC 10000-5, 12).

use super::names;
use super::schema::{Field, Kind, fields};
use super::value::builtin;

/// Boolean.
pub const BOOLEAN: Kind = Kind::Is(builtin::BOOLEAN);
/// Byte.
pub const BYTE: Kind = Kind::Is(builtin::BYTE);
/// Int32.
pub const INT32: Kind = Kind::Is(builtin::INT32);
/// UInt32.
pub const UINT32: Kind = Kind::Is(builtin::UINT32);
/// Double, also for durations in milliseconds.
pub const DOUBLE: Kind = Kind::Is(builtin::DOUBLE);
/// String.
pub const STRING: Kind = Kind::Is(builtin::STRING);
/// DateTime.
pub const TIME: Kind = Kind::Is(builtin::DATE_TIME);
/// ByteString.
pub const BYTES: Kind = Kind::Is(builtin::BYTE_STRING);
/// NodeId.
pub const NODE: Kind = Kind::Is(builtin::NODE_ID);
/// ExpandedNodeId.
pub const EXPANDED: Kind = Kind::Is(builtin::EXPANDED_NODE_ID);
/// StatusCode.
pub const STATUS: Kind = Kind::Is(builtin::STATUS_CODE);
/// QualifiedName.
pub const NAME: Kind = Kind::Is(builtin::QUALIFIED_NAME);
/// LocalizedText.
pub const LOCALIZED: Kind = Kind::Is(builtin::LOCALIZED_TEXT);
/// ExtensionObject.
pub const OBJECT: Kind = Kind::Is(builtin::EXTENSION_OBJECT);
/// DataValue.
pub const DATA: Kind = Kind::Is(builtin::DATA_VALUE);
/// Variant.
pub const VARIANT: Kind = Kind::Is(builtin::VARIANT);
/// DiagnosticInfo.
pub const DIAGNOSTIC: Kind = Kind::Is(builtin::DIAGNOSTIC_INFO);
/// Byte string that is never written.
pub const SECRET: Kind = Kind::Hidden(builtin::BYTE_STRING);
/// Diagnostics of the items of a list.
pub const DIAGNOSTICS: Kind = Kind::List(&DIAGNOSTIC);
/// Status codes of the items of a list.
pub const RESULTS: Kind = Kind::List(&STATUS);
/// Numbers.
pub const NUMBERS: Kind = Kind::List(&UINT32);
/// Strings.
pub const STRINGS: Kind = Kind::List(&STRING);
/// Nodes.
pub const NODES: Kind = Kind::List(&NODE);
/// Attribute of a node by its number.
pub const ATTRIBUTE: Kind = Kind::Enum(names::attribute);

/// Header of requests (OPC 10000-4, 7.33); the token is what a session is taken over with.
pub const REQUEST_HEADER: &[Field] = fields! {
    authentication_token: Kind::Hidden(builtin::NODE_ID), timestamp: TIME, request_handle: UINT32, return_diagnostics: UINT32,
    audit_entry_id: STRING, timeout_hint_ms: UINT32, additional_header: OBJECT,
};
/// Header of answers (OPC 10000-4, 7.34).
pub const RESPONSE_HEADER: &[Field] = fields! {
    timestamp: TIME, request_handle: UINT32, service_result: STATUS, service_diagnostics: DIAGNOSTIC, string_table: STRINGS,
    additional_header: OBJECT,
};

/// ApplicationDescription (7.2).
pub const APPLICATION: Kind = Kind::Struct(fields! {
    application_uri: STRING, product_uri: STRING, application_name: LOCALIZED,
    application_type: Kind::Enum(names::application_type), gateway_server_uri: STRING, discovery_profile_uri: STRING,
    discovery_urls: STRINGS,
});
const USER_TOKEN_POLICY: &[Field] = fields! {
    policy_id: STRING, token_type: Kind::Enum(names::user_token), issued_token_type: STRING, issuer_endpoint_url: STRING,
    security_policy_uri: STRING,
};
/// EndpointDescription (7.14).
pub const ENDPOINT: Kind = Kind::Struct(fields! {
    endpoint_url: STRING, server: APPLICATION, server_certificate: Kind::Certificate,
    security_mode: Kind::Enum(names::security_mode), security_policy_uri: STRING,
    user_identity_tokens: Kind::List(&Kind::Struct(USER_TOKEN_POLICY)), transport_profile_uri: STRING, security_level: BYTE,
});
/// SignatureData (7.36).
pub const SIGNATURE: Kind = Kind::Struct(fields! { signature_algorithm: STRING, signature: SECRET });
/// SignedSoftwareCertificate (7.37).
pub const SOFTWARE_CERTIFICATE: Kind = Kind::Struct(fields! { certificate_data: SECRET, signature: SECRET });
/// RegisteredServer (7.32).
pub const REGISTERED_SERVER: Kind = Kind::Struct(fields! {
    server_uri: STRING, product_uri: STRING, server_names: Kind::List(&LOCALIZED),
    server_type: Kind::Enum(names::application_type), gateway_server_uri: STRING, discovery_urls: STRINGS,
    semaphore_file_path: STRING, is_online: BOOLEAN,
});
/// ReadValueId (7.29).
pub const READ_VALUE_ID: Kind =
    Kind::Struct(fields! { node_id: NODE, attribute: ATTRIBUTE, index_range: STRING, data_encoding: NAME });
/// RelativePath (7.31).
pub const RELATIVE_PATH: Kind = Kind::List(&Kind::Struct(fields! {
    reference_type_id: NODE, is_inverse: BOOLEAN, include_subtypes: BOOLEAN, target_name: NAME,
}));
/// ViewDescription (7.44).
pub const VIEW: Kind = Kind::Struct(fields! { view_id: NODE, view_timestamp: TIME, view_version: UINT32 });
/// ReferenceDescription (7.30).
pub const REFERENCE: Kind = Kind::Struct(fields! {
    reference_type_id: NODE, is_forward: BOOLEAN, node_id: EXPANDED, browse_name: NAME, display_name: LOCALIZED,
    node_class: Kind::Enum(names::node_class), type_definition: EXPANDED,
});
/// ContentFilter (7.7).
pub const CONTENT_FILTER: Kind = Kind::List(&Kind::Struct(fields! {
    filter_operator: Kind::Enum(names::filter_operator), filter_operands: Kind::List(&OBJECT),
}));
/// ContentFilterResult (7.7.2).
pub const CONTENT_FILTER_RESULT: Kind = Kind::Struct(fields! {
    element_results: Kind::List(&Kind::Struct(fields! {
        status_code: STATUS, operand_status_codes: RESULTS, operand_diagnostic_infos: DIAGNOSTICS,
    })),
    element_diagnostic_infos: DIAGNOSTICS,
});
/// MonitoringParameters (7.21).
pub const MONITORING_PARAMETERS: Kind = Kind::Struct(fields! {
    client_handle: UINT32, sampling_interval_ms: DOUBLE, filter: OBJECT, queue_size: UINT32, discard_oldest: BOOLEAN,
});
/// NotificationMessage (7.26).
pub const NOTIFICATION_MESSAGE: Kind = Kind::Struct(fields! {
    notification_sequence_number: UINT32, publish_time: TIME, notification_data: Kind::List(&OBJECT),
});
const ATTRIBUTE_OPERAND: &[Field] =
    fields! { node_id: NODE, alias: STRING, browse_path: RELATIVE_PATH, attribute: ATTRIBUTE, index_range: STRING };
const SIMPLE_ATTRIBUTE_OPERAND: &[Field] =
    fields! { type_definition_id: NODE, browse_path: Kind::List(&NAME), attribute: ATTRIBUTE, index_range: STRING };
const EVENT_FILTER: &[Field] =
    fields! { select_clauses: Kind::List(&Kind::Struct(SIMPLE_ATTRIBUTE_OPERAND)), where_clause: CONTENT_FILTER };
const AGGREGATE_CONFIGURATION: Kind = Kind::Struct(fields! {
    use_server_capabilities_defaults: BOOLEAN, treat_uncertain_as_bad: BOOLEAN, percent_data_bad: BYTE, percent_data_good: BYTE,
    use_sloped_extrapolation: BOOLEAN,
});
const NODE_ATTRIBUTES: Kind = Kind::Struct(fields! {
    specified_attributes: UINT32, display_name: LOCALIZED, description: LOCALIZED, write_mask: UINT32, user_write_mask: UINT32,
});
const BUILD_INFO: Kind = Kind::Struct(fields! {
    product_uri: STRING, manufacturer_name: STRING, product_name: STRING, software_version: STRING, build_number: STRING,
    build_date: TIME,
});
const VALUES: Kind = Kind::List(&DATA);
const EVENTS: Kind = Kind::List(&Kind::Struct(fields! { event_fields: Kind::List(&VARIANT) }));
const MODIFICATIONS: Kind = Kind::List(&Kind::Struct(fields! {
    modification_time: TIME, update_type: Kind::Enum(names::update_type), user_name: STRING,
}));
const UPDATE_DATA: &[Field] =
    fields! { node_id: NODE, perform_insert_replace: Kind::Enum(names::update_type), update_values: VALUES };

/// A type that ExtensionObjects carry.
pub struct Structure {
    /// Number of its binary encoding.
    pub number: u32,
    /// Its name in the standard.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// The type with that number.
pub fn find(number: u32) -> Option<&'static Structure> {
    STRUCTURES.get(STRUCTURES.binary_search_by_key(&number, |kind| kind.number).ok()?)
}

macro_rules! structures {
    ($($number:literal $name:ident $fields:expr;)+) => {
        &[$(Structure { number: $number, name: stringify!($name), fields: $fields }),+]
    };
}

/// By number, ascending.
pub static STRUCTURES: &[Structure] = structures! {
    298 Argument fields! {
        name: STRING, data_type: NODE, value_rank: INT32, array_dimensions: NUMBERS, description: LOCALIZED,
    };
    301 StatusResult fields! { status_code: STATUS, diagnostic_info: DIAGNOSTIC };
    321 AnonymousIdentityToken fields! { policy_id: STRING };
    324 UserNameIdentityToken fields! { policy_id: STRING, user_name: STRING, password: SECRET, encryption_algorithm: STRING };
    327 X509IdentityToken fields! { policy_id: STRING, certificate: Kind::Certificate };
    340 BuildInfo fields! { build_info: BUILD_INFO };
    351 NodeAttributes fields! { node_attributes: NODE_ATTRIBUTES };
    354 ObjectAttributes fields! { node_attributes: NODE_ATTRIBUTES, event_notifier: BYTE };
    357 VariableAttributes fields! {
        node_attributes: NODE_ATTRIBUTES, value: VARIANT, data_type: NODE, value_rank: INT32, array_dimensions: NUMBERS,
        access_level: BYTE, user_access_level: BYTE, minimum_sampling_interval_ms: DOUBLE, historizing: BOOLEAN,
    };
    360 MethodAttributes fields! { node_attributes: NODE_ATTRIBUTES, executable: BOOLEAN, user_executable: BOOLEAN };
    363 ObjectTypeAttributes fields! { node_attributes: NODE_ATTRIBUTES, is_abstract: BOOLEAN };
    366 VariableTypeAttributes fields! {
        node_attributes: NODE_ATTRIBUTES, value: VARIANT, data_type: NODE, value_rank: INT32, array_dimensions: NUMBERS,
        is_abstract: BOOLEAN,
    };
    369 ReferenceTypeAttributes fields! {
        node_attributes: NODE_ATTRIBUTES, is_abstract: BOOLEAN, symmetric: BOOLEAN, inverse_name: LOCALIZED,
    };
    372 DataTypeAttributes fields! { node_attributes: NODE_ATTRIBUTES, is_abstract: BOOLEAN };
    375 ViewAttributes fields! { node_attributes: NODE_ATTRIBUTES, contains_no_loops: BOOLEAN, event_notifier: BYTE };
    594 ElementOperand fields! { index: UINT32 };
    597 LiteralOperand fields! { value: VARIANT };
    600 AttributeOperand ATTRIBUTE_OPERAND;
    603 SimpleAttributeOperand SIMPLE_ATTRIBUTE_OPERAND;
    646 ReadEventDetails fields! {
        values_per_node_max: UINT32, start_time: TIME, end_time: TIME, filter: Kind::Struct(EVENT_FILTER),
    };
    649 ReadRawModifiedDetails fields! {
        is_read_modified: BOOLEAN, start_time: TIME, end_time: TIME, values_per_node_max: UINT32, return_bounds: BOOLEAN,
    };
    652 ReadProcessedDetails fields! {
        start_time: TIME, end_time: TIME, processing_interval_ms: DOUBLE, aggregate_types: NODES,
        aggregate_configuration: AGGREGATE_CONFIGURATION,
    };
    655 ReadAtTimeDetails fields! { times: Kind::List(&TIME), use_simple_bounds: BOOLEAN };
    658 HistoryData fields! { data_values: VALUES };
    661 HistoryEvent fields! { events: EVENTS };
    682 UpdateDataDetails UPDATE_DATA;
    685 UpdateEventDetails fields! {
        node_id: NODE, perform_insert_replace: Kind::Enum(names::update_type), filter: Kind::Struct(EVENT_FILTER),
        event_data: EVENTS,
    };
    688 DeleteRawModifiedDetails fields! { node_id: NODE, is_delete_modified: BOOLEAN, start_time: TIME, end_time: TIME };
    691 DeleteAtTimeDetails fields! { node_id: NODE, times: Kind::List(&TIME) };
    694 DeleteEventDetails fields! { node_id: NODE, event_ids: Kind::List(&BYTES) };
    724 DataChangeFilter fields! { trigger: Kind::Enum(names::trigger), deadband_type: UINT32, deadband_value: DOUBLE };
    727 EventFilter EVENT_FILTER;
    730 AggregateFilter fields! {
        start_time: TIME, aggregate_type: NODE, processing_interval_ms: DOUBLE,
        aggregate_configuration: AGGREGATE_CONFIGURATION,
    };
    736 EventFilterResult fields! {
        select_clause_results: RESULTS, select_clause_diagnostic_infos: DIAGNOSTICS,
        where_clause_result: CONTENT_FILTER_RESULT,
    };
    739 AggregateFilterResult fields! {
        revised_start_time: TIME, revised_processing_interval_ms: DOUBLE,
        revised_aggregate_configuration: AGGREGATE_CONFIGURATION,
    };
    811 DataChangeNotification fields! {
        monitored_items: Kind::List(&Kind::Struct(fields! { client_handle: UINT32, value: DATA })),
        diagnostic_infos: DIAGNOSTICS,
    };
    820 StatusChangeNotification fields! { status: STATUS, diagnostic_info: DIAGNOSTIC };
    858 SamplingIntervalDiagnosticsDataType fields! {
        sampling_interval_ms: DOUBLE, monitored_item_count: UINT32, monitored_item_count_max: UINT32,
        disabled_monitored_item_count: UINT32,
    };
    861 ServerDiagnosticsSummaryDataType fields! {
        server_view_count: UINT32, current_session_count: UINT32, cumulated_session_count: UINT32,
        security_rejected_session_count: UINT32, rejected_session_count: UINT32, session_timeout_count: UINT32,
        session_abort_count: UINT32, current_subscription_count: UINT32, cumulated_subscription_count: UINT32,
        publishing_interval_count: UINT32, security_rejected_requests_count: UINT32, rejected_requests_count: UINT32,
    };
    864 ServerStatusDataType fields! {
        start_time: TIME, current_time: TIME, state: Kind::Enum(names::server_state), build_info: BUILD_INFO,
        seconds_till_shutdown: UINT32, shutdown_reason: LOCALIZED,
    };
    870 SessionSecurityDiagnosticsDataType fields! {
        session_id: NODE, client_user_id_of_session: STRING, client_user_id_history: STRINGS, authentication_mechanism: STRING,
        encoding: STRING, transport_protocol: STRING, security_mode: Kind::Enum(names::security_mode),
        security_policy_uri: STRING, client_certificate: Kind::Certificate,
    };
    873 ServiceCounterDataType fields! { total_count: UINT32, error_count: UINT32 };
    879 ModelChangeStructureDataType fields! { affected: NODE, affected_type: NODE, verb: BYTE };
    886 Range fields! { low: DOUBLE, high: DOUBLE };
    889 EUInformation fields! { namespace_uri: STRING, unit_id: INT32, display_name: LOCALIZED, description: LOCALIZED };
    893 Annotation fields! { message: STRING, user_name: STRING, annotation_time: TIME };
    899 SemanticChangeStructureDataType fields! { affected: NODE, affected_type: NODE };
    916 EventNotificationList fields! {
        events: Kind::List(&Kind::Struct(fields! { client_handle: UINT32, event_fields: Kind::List(&VARIANT) })),
    };
    940 IssuedIdentityToken fields! { policy_id: STRING, token_data: SECRET, encryption_algorithm: STRING };
    8251 EnumValueType fields! { value: Kind::Is(builtin::INT64), display_name: LOCALIZED, description: LOCALIZED };
    8917 TimeZoneDataType fields! { offset_minutes: Kind::Is(4), daylight_saving_in_offset: BOOLEAN };
    11227 HistoryModifiedData fields! { data_values: VALUES, modification_infos: MODIFICATIONS };
    11300 UpdateStructureDataDetails UPDATE_DATA;
    12901 MdnsDiscoveryConfiguration fields! { mdns_server_name: STRING, server_capabilities: STRINGS };
    14846 KeyValuePair fields! { key: NAME, value: VARIANT };
};
