//! Names of functions, objects, attributes, classes and results. Siemens publishes none; these are what the field agrees on.

use std::borrow::Cow;
use wf_model::Category;

/// Kinds of messages.
pub mod opcode {
    /// Asked.
    pub const REQUEST: u8 = 0x31;
    /// Answered.
    pub const RESPONSE: u8 = 0x32;
    /// Sent without being asked: values of a subscription, alarms.
    pub const NOTIFICATION: u8 = 0x33;
    /// Answered, in a second form.
    pub const RESPONSE_2: u8 = 0x02;
}

/// Functions.
pub mod function {
    /// Browse objects with their attributes.
    pub const EXPLORE: u16 = 0x04bb;
    /// Make an object: a session, a subscription, a block.
    pub const CREATE_OBJECT: u16 = 0x04ca;
    /// Remove an object.
    pub const DELETE_OBJECT: u16 = 0x04d4;
    /// Write an attribute of an object.
    pub const SET_VARIABLE: u16 = 0x04f2;
    /// Read an attribute of an object.
    pub const GET_VARIABLE: u16 = 0x04fc;
    /// Ask what an object is linked with.
    pub const GET_LINK: u16 = 0x0524;
    /// Write values.
    pub const SET_MULTI_VARIABLES: u16 = 0x0542;
    /// Read values.
    pub const GET_MULTI_VARIABLES: u16 = 0x054c;
    /// Changes up to the end of the sequence belong together.
    pub const BEGIN_SEQUENCE: u16 = 0x0556;
    /// End of such changes.
    pub const END_SEQUENCE: u16 = 0x0560;
    /// Call a method of an object.
    pub const INVOKE: u16 = 0x056b;
    /// Write a part of a value.
    pub const SET_VAR_SUB_STREAMED: u16 = 0x057c;
    /// Read a part of a value.
    pub const GET_VAR_SUB_STREAMED: u16 = 0x0586;
    /// Encrypt from here on.
    pub const INIT_SSL: u16 = 0x05b3;
}

/// Name of a kind of message.
pub const fn opcode_name(code: u8) -> &'static str {
    match code {
        opcode::REQUEST => "request",
        opcode::RESPONSE => "response",
        opcode::NOTIFICATION => "notification",
        opcode::RESPONSE_2 => "response_2",
        _ => "unknown",
    }
}

/// Name of a function, and what kind of act it is unless its object says otherwise.
pub const fn named(code: u16) -> (&'static str, Category) {
    use Category::{Configuration, Control, Diagnostic, Read, Write};
    match code {
        0x04b1 => ("error", Diagnostic),
        function::EXPLORE => ("explore", Diagnostic),
        function::CREATE_OBJECT => ("create_object", Configuration),
        function::DELETE_OBJECT => ("delete_object", Configuration),
        function::SET_VARIABLE => ("set_variable", Write),
        function::GET_VARIABLE => ("get_variable", Read),
        0x0506 => ("add_link", Configuration),
        0x051a => ("remove_link", Configuration),
        function::GET_LINK => ("get_link", Diagnostic),
        0x052e => ("notify", Diagnostic),
        function::SET_MULTI_VARIABLES => ("set_multi_variables", Write),
        function::GET_MULTI_VARIABLES => ("get_multi_variables", Read),
        function::BEGIN_SEQUENCE => ("begin_sequence", Configuration),
        function::END_SEQUENCE => ("end_sequence", Configuration),
        function::INVOKE => ("invoke", Control),
        function::SET_VAR_SUB_STREAMED => ("set_var_sub_streamed", Write),
        function::GET_VAR_SUB_STREAMED => ("get_var_sub_streamed", Read),
        0x0590 => ("get_variables_address", Diagnostic),
        0x059a => ("abort", Diagnostic),
        0x05a9 => ("error", Diagnostic),
        function::INIT_SSL => ("init_ssl", Diagnostic),
        _ => ("unknown_function", Diagnostic),
    }
}

/// Kind and number of a program block, where an object's number means one: the upper half names the class.
pub const fn block(object: u32) -> Option<(&'static str, u16)> {
    let kind = match object >> 16 {
        0x8a0e => "DB",
        0x8a12 => "FB",
        0x8a13 => "FC",
        0x8a32 => "OB",
        0x8f5c => "UDT",
        _ => return None,
    };
    Some((kind, (object & 0xffff) as u16))
}

/// Name of an object that every controller has.
pub const fn object(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "root",
        2 => "hardware_configuration",
        3 => "plc_program",
        4 => "folders",
        5 => "logs",
        8 => "alarm_subsystem",
        48 => "cpu",
        49 => "cpu_proxy",
        CPU_COMMON => "cpu_common",
        51 => "card_reader",
        CPU_EXEC_UNIT => "cpu_exec_unit",
        53 => "web_server",
        54 => "cpu_display",
        80 => "I",
        81 => "Q",
        82 => "M",
        83 => "C",
        84 => "T",
        201 => "object_root",
        SESSIONS => "sessions",
        288 => "no_session",
        537 => "type_info_container",
        OWN => "own_session",
        _ => return None,
    })
}

/// Stands for the client's own session and subscriptions, whose numbers are new each time.
pub const OWN: u32 = u32::MAX;
/// The object that holds what the processor has in common.
pub const CPU_COMMON: u32 = 50;
/// The object that runs the program.
pub const CPU_EXEC_UNIT: u32 = 52;
/// The object that holds the sessions.
pub const SESSIONS: u32 = 285;
/// Class of sessions.
pub const CLASS_SESSION: u32 = 287;
/// Class of subscriptions.
pub const CLASS_SUBSCRIPTION: u32 = 1001;
/// Class of subscriptions to alarms.
pub const CLASS_ALARM_SUBSCRIPTION: u32 = 2662;

/// Name of a class of objects.
pub const fn class(number: u32) -> Option<&'static str> {
    Some(match number {
        211 => "new_object",
        255 => "subscriptions",
        284 => "session_container",
        CLASS_SESSION => "session",
        511 => "type_info",
        534 => "type_info_container",
        606 => "text_library",
        CLASS_SUBSCRIPTION => "subscription",
        2179 => "cpu_exec_unit",
        2190 => "alarm_subsystem",
        2520 => "plc_program",
        2538 => "block",
        2574 => "DB",
        2578 => "FB",
        2579 => "FC",
        2592 => "functional_object",
        2610 => "OB",
        CLASS_ALARM_SUBSCRIPTION => "alarm_subscription",
        2681 => "alarm",
        3932 => "UDT",
        _ => return None,
    })
}

/// Whether objects of that class are parts of the program.
pub const fn is_program(class: u32) -> bool {
    matches!(class, 2520 | 2538 | 2574 | 2578 | 2579 | 2592 | 2610 | 3932)
}

/// Attributes that mean more than their value.
pub mod attribute {
    /// Name of an object.
    pub const NAME: u32 = 233;
    /// Who a session's client is.
    pub const CLIENT_ID: u32 = 289;
    /// User of a session.
    pub const USER: u32 = 296;
    /// Program of a session's client.
    pub const APPLICATION: u32 = 297;
    /// Host of a session's client.
    pub const HOST: u32 = 298;
    /// What the client says of itself.
    pub const COMMENT: u32 = 301;
    /// Versions that both sides speak; holds the controller's order number.
    pub const VERSION: u32 = 306;
    /// Password of a session, in early firmware.
    pub const PASSWORD: u32 = 309;
    /// In `VERSION`: order number and firmware.
    pub const PAOM: u32 = 319;
    /// Addresses of a subscription.
    pub const REFERENCES: u32 = 1048;
    /// Key of a session, encrypted.
    pub const SESSION_KEY: u32 = 1830;
    /// Answer to a challenge, made from a password.
    pub const LEGITIMATE: u32 = 1846;
    /// Written to start and stop the program.
    pub const OPERATING_STATE_REQUEST: u32 = 2167;
    /// Structure that holds the operating state.
    pub const OPERATING_STATE: u32 = 2237;
    /// In `OPERATING_STATE`: the state.
    pub const STATE: u32 = 3486;
    /// Written to set the clock.
    pub const CLOCK: u32 = 2421;
    /// Language of a block.
    pub const BLOCK_LANGUAGE: u32 = 2523;
}

/// Name of an attribute.
pub const fn attribute(number: u32) -> Option<&'static str> {
    Some(match number {
        attribute::NAME => "name",
        attribute::CLIENT_ID => "client_id",
        attribute::USER => "user",
        attribute::APPLICATION => "application",
        attribute::HOST => "host",
        299 => "role",
        300 => "client_object",
        attribute::COMMENT => "client_comment",
        302 => "timeout",
        303 => "challenge",
        304 => "response",
        305 => "roles",
        attribute::VERSION => "version",
        attribute::PASSWORD => "password",
        310 => "legitimated",
        315 => "system_oms",
        316 => "project_oms",
        317 => "system_paom",
        318 => "project_paom",
        attribute::PAOM => "system_paom_string",
        320 => "project_paom_string",
        529 => "layout_changed",
        1002 => "missed_sendings",
        1003 => "subsystem_error",
        1005 => "trigger_and_transmit_mode",
        1037 => "system_limits",
        1040 => "route_mode",
        1041 => "active",
        attribute::REFERENCES => "reference_list",
        1049 => "cycle_time",
        1050 => "delay_time",
        1051 => "disabled",
        1052 => "count",
        1053 => "credit_limit",
        1054 => "ticks",
        1081 => "free_items",
        1082 => "function_class",
        1256 => "object_qualifier",
        1257 => "parent",
        1258 => "composition",
        1259 => "key_qualifier",
        1502 => "size",
        1825 => "key_id",
        attribute::SESSION_KEY => "session_key",
        1842 => "effective_protection_level",
        1843 => "active_protection_level",
        attribute::LEGITIMATE => "legitimate",
        attribute::OPERATING_STATE_REQUEST => "operating_state_request",
        attribute::OPERATING_STATE => "operating_state",
        attribute::STATE => "state",
        _ => return program_attribute(number),
    })
}

/// Name of an attribute of blocks, alarms and the like.
const fn program_attribute(number: u32) -> Option<&'static str> {
    Some(match number {
        attribute::CLOCK => "clock",
        2449 => "engineering_identity",
        2450 => "designators",
        2451 => "working_memory_size",
        2453 => "last_modified",
        2454 => "load_memory_size",
        2521 => "block_number",
        2522 => "auto_numbering",
        attribute::BLOCK_LANGUAGE => "block_language",
        2524 => "knowhow_protected",
        2527 => "unlinked",
        2529 => "runtime_modified",
        2532 => "crc",
        2533 => "body",
        2537 => "optimize_info",
        2543 => "interface_modified",
        2544 => "interface",
        2545 => "compiler_switches",
        2546 => "line_comments",
        2548 => "initial_values",
        2550 | 3736 => "values",
        2551 => "initial_changed",
        2580 => "code",
        2581 => "parameter_modified",
        2582 => "external_references",
        2583 => "internal_references",
        2584 => "network_comments",
        2585 => "network_titles",
        2586 => "callee_list",
        2587 => "interface_signature",
        2588 => "display_info",
        2589 => "debug_info",
        2590 => "local_error_handling",
        2591 => "long_constants",
        2607 => "start_info_type",
        2659 => "alarm_domain",
        2670 => "cpu_alarm_id",
        2671 => "all_states_info",
        2673 => "coming",
        2677 => "going",
        2715 => "alarm_texts",
        3151 => "binding",
        3448 => "knowhow_protection_mode",
        3449 => "knowhow_protection_password",
        4287 => "title",
        4288 => "comment",
        4578 => "type_info",
        4615 => "latest_runtime",
        4616 => "min_runtime",
        4617 => "max_runtime",
        7813 => "hmi_info",
        7917 => "sequence_counter",
        _ => return None,
    })
}

/// Whether an attribute is a part of a block's program.
pub const fn is_code(number: u32) -> bool {
    matches!(number, 2533 | 2580 | 2582 | 2583 | 2586 | 2589 | 2591)
}

/// Whether a value must not be shown.
pub const fn is_secret(number: u32) -> bool {
    matches!(number, attribute::PASSWORD | 304 | attribute::SESSION_KEY | attribute::LEGITIMATE | 3449)
}

/// State of the program by its code; the states in between are not known.
pub const fn state(code: i128) -> Option<&'static str> {
    match code {
        4 => Some("stop"),
        8 => Some("run"),
        _ => None,
    }
}

/// The lower half of a result is its code; below 0 it is an error.
pub const fn code(result: u64) -> i16 {
    (result & 0xffff) as u16 as i16
}

/// Name of a result.
pub const fn result(code: i16) -> Option<&'static str> {
    Some(match code {
        0 => "ok",
        17 => "session already legitimated",
        18 => "ignored",
        19 => "partial error",
        22 => "session delegitimated",
        23 => "end of file",
        25 => "legitimated for level 2",
        26 => "legitimated for level 3",
        33 => "legitimated for level 1",
        34 => "transaction aborted",
        37 => "temporarily out of resources",
        -1 => "unknown error",
        -2 => "invalid value type",
        -3 => "invalid argument value",
        -4 => "not enough memory",
        -12 => "object not found",
        -17 => "invalid symbol checksum",
        -118 => "session delegitimated",
        -134 => "several engineering stations not supported",
        -255 => "invalid local id",
        _ => return None,
    })
}

/// Outcome of a request by its result.
pub fn outcome(result_value: u64) -> Cow<'static, str> {
    let code = code(result_value);
    let refused = matches!(code, 22 | 34 | 37);
    match result(code) {
        _ if code >= 0 && !refused => Cow::Borrowed("ok"),
        Some(name) => Cow::Owned(format!("error: {name}")),
        None => Cow::Owned(format!("error: {code}")),
    }
}
