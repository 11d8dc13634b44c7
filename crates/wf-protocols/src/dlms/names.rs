//! APDUs, contexts, mechanisms, results, classes and methods.

use wf_model::Category;

/// Tags of APDUs that are read closer (IEC 62056-53, 9.5).
pub mod tag {
    pub const DATA_NOTIFICATION: u8 = 0x0f;
    pub const CONFIRMED_ERROR: u8 = 0x0e;
    pub const READ_REQUEST: u8 = 5;
    pub const WRITE_REQUEST: u8 = 6;
    pub const UNCONFIRMED_WRITE: u8 = 0x16;
    pub const INFORMATION_REPORT: u8 = 0x18;
    pub const READ_RESPONSE: u8 = 12;
    pub const WRITE_RESPONSE: u8 = 13;
    pub const AARQ: u8 = 0x60;
    pub const AARE: u8 = 0x61;
    pub const RLRQ: u8 = 0x62;
    pub const RLRE: u8 = 0x63;
    pub const GET_REQUEST: u8 = 0xc0;
    pub const SET_REQUEST: u8 = 0xc1;
    pub const EVENT_NOTIFICATION: u8 = 0xc2;
    pub const ACTION_REQUEST: u8 = 0xc3;
    pub const GET_RESPONSE: u8 = 0xc4;
    pub const SET_RESPONSE: u8 = 0xc5;
    pub const ACTION_RESPONSE: u8 = 0xc7;
    pub const EXCEPTION: u8 = 0xd8;
    pub const ACCESS_REQUEST: u8 = 0xd9;
}

/// Name of an APDU, and whether the client sends it (`None`: either).
pub const fn apdu(tag: u8) -> Option<(&'static str, Option<bool>)> {
    Some(match tag {
        0x01 => ("initiate_request", Some(true)),
        0x05 => ("read_request", Some(true)),
        0x06 => ("write_request", Some(true)),
        0x08 => ("initiate_response", Some(false)),
        0x0c => ("read_response", Some(false)),
        0x0d => ("write_response", Some(false)),
        0x0e => ("confirmed_service_error", Some(false)),
        0x0f => ("data_notification", Some(false)),
        0x10 => ("data_notification_confirm", Some(true)),
        0x16 => ("unconfirmed_write_request", Some(true)),
        0x18 => ("information_report_request", Some(false)),
        0x21 => ("glo_initiate_request", Some(true)),
        0x25 => ("glo_read_request", Some(true)),
        0x26 => ("glo_write_request", Some(true)),
        0x28 => ("glo_initiate_response", Some(false)),
        0x2c => ("glo_read_response", Some(false)),
        0x2d => ("glo_write_response", Some(false)),
        0x2e => ("glo_confirmed_service_error", Some(false)),
        0x36 => ("glo_unconfirmed_write_request", Some(true)),
        0x38 => ("glo_information_report_request", Some(false)),
        0x41 => ("ded_initiate_request", Some(true)),
        0x45 => ("ded_read_request", Some(true)),
        0x46 => ("ded_write_request", Some(true)),
        0x48 => ("ded_initiate_response", Some(false)),
        0x4c => ("ded_read_response", Some(false)),
        0x4d => ("ded_write_response", Some(false)),
        0x4e => ("ded_confirmed_service_error", Some(false)),
        0x56 => ("ded_unconfirmed_write_request", Some(true)),
        0x58 => ("ded_information_report_request", Some(false)),
        0x60 => ("association_request", Some(true)),
        0x61 => ("association_response", Some(false)),
        0x62 => ("release_request", Some(true)),
        0x63 => ("release_response", Some(false)),
        0xc0 => ("get_request", Some(true)),
        0xc1 => ("set_request", Some(true)),
        0xc2 => ("event_notification", Some(false)),
        0xc3 => ("action_request", Some(true)),
        0xc4 => ("get_response", Some(false)),
        0xc5 => ("set_response", Some(false)),
        0xc7 => ("action_response", Some(false)),
        0xc8 => ("glo_get_request", Some(true)),
        0xc9 => ("glo_set_request", Some(true)),
        0xca => ("glo_event_notification", Some(false)),
        0xcb => ("glo_action_request", Some(true)),
        0xcc => ("glo_get_response", Some(false)),
        0xcd => ("glo_set_response", Some(false)),
        0xcf => ("glo_action_response", Some(false)),
        0xd0 => ("ded_get_request", Some(true)),
        0xd1 => ("ded_set_request", Some(true)),
        0xd2 => ("ded_event_notification", Some(false)),
        0xd3 => ("ded_action_request", Some(true)),
        0xd4 => ("ded_get_response", Some(false)),
        0xd5 => ("ded_set_response", Some(false)),
        0xd7 => ("ded_action_response", Some(false)),
        0xd8 => ("exception_response", Some(false)),
        0xd9 => ("access_request", Some(true)),
        0xda => ("access_response", Some(false)),
        0xdb => ("general_glo_ciphering", None),
        0xdc => ("general_ded_ciphering", None),
        0xdd => ("general_ciphering", None),
        0xdf => ("general_signing", None),
        0xe0 => ("general_block_transfer", None),
        0xe6 => ("gateway_request", Some(true)),
        0xe7 => ("gateway_response", Some(false)),
        _ => return None,
    })
}

/// A request that is ciphered: which service it is stands before it, what it is about does not. A method may be any, the
/// reply to a challenge above all.
pub const fn ciphered(tag: u8) -> Option<(&'static str, Category)> {
    Some(match tag {
        0x25 | 0x45 => ("read_ciphered", Category::Read),
        0x26 | 0x46 => ("write_ciphered", Category::Write),
        0xc8 | 0xd0 => ("get_ciphered", Category::Read),
        0xc9 | 0xd1 => ("set_ciphered", Category::Write),
        0xcb | 0xd3 => ("action_ciphered", Category::Diagnostic),
        _ => return None,
    })
}

/// The tag of a request without its protection by a service's tag.
pub const fn clear(tag: u8) -> u8 {
    match tag {
        0x25 | 0x45 => tag::READ_REQUEST,
        0x26 | 0x46 => tag::WRITE_REQUEST,
        0xc8..=0xcb => tag - 8,
        0xd0..=0xd3 => tag - 16,
        _ => tag,
    }
}

/// Application context.
pub const fn context(code: u8) -> &'static str {
    match code {
        1 => "logical names",
        2 => "short names",
        3 => "logical names, ciphered",
        4 => "short names, ciphered",
        _ => "unknown context",
    }
}

/// Mechanism of authentication.
pub const fn mechanism(code: Option<u8>) -> &'static str {
    match code {
        None | Some(0) => "no authentication",
        Some(1) => "password",
        Some(2) => "manufacturer's challenge",
        Some(3) => "MD5",
        Some(4) => "SHA-1",
        Some(5) => "GMAC",
        Some(6) => "SHA-256",
        Some(7) => "ECDSA",
        Some(_) => "unknown mechanism",
    }
}

/// Outcome of an association by result and diagnostic.
pub const fn association(result: Option<u8>, diagnostic: Option<u8>, provider: bool) -> &'static str {
    match (result, diagnostic) {
        (Some(0), _) => "ok",
        (_, Some(2)) if provider => "error: no common version",
        _ if provider => "error: rejected",
        (_, Some(2)) => "error: context not supported",
        (_, Some(3..=10)) => "error: title or qualifier not recognised",
        (_, Some(11)) => "error: mechanism not recognised",
        (_, Some(12)) => "error: mechanism required",
        (_, Some(13)) => "error: authentication failure",
        (_, Some(14)) => "error: authentication required",
        _ => "error: rejected",
    }
}

/// Outcome by the result of an access to an attribute or a method.
pub const fn access(result: u8) -> &'static str {
    match result {
        0 => "ok",
        1 => "error: hardware fault",
        2 => "error: temporary failure",
        3 => "error: read-write denied",
        4 => "error: object undefined",
        9 => "error: object class inconsistent",
        11 => "error: object unavailable",
        12 => "error: type unmatched",
        13 => "error: scope of access violated",
        14 => "error: data block unavailable",
        15 => "error: long get aborted",
        16 => "error: no long get in progress",
        17 => "error: long set aborted",
        18 => "error: no long set in progress",
        19 => "error: data block number invalid",
        250 => "error: other reason",
        _ => "error: unknown result",
    }
}

/// Outcome by the state of an exception.
pub const fn exception(state: u8, service: u8) -> &'static str {
    match (state, service) {
        (_, 6) => "error: invocation counter",
        (_, 5) => "error: deciphering",
        (_, 4) => "error: pdu too long",
        (_, 2) => "error: service not supported",
        (1, _) => "error: service not allowed",
        (2, _) => "error: service unknown",
        _ => "error: exception",
    }
}

/// Outcome by the result of a method: two numbers speak of actions where those of attributes speak of reads.
pub const fn method(result: u8) -> &'static str {
    match result {
        15 => "error: long action aborted",
        16 => "error: no long action in progress",
        _ => access(result),
    }
}

/// The method by which a challenge is answered, by short names.
pub const REPLY_SHORT: u16 = 0xfa58;

/// What an act by short names is. Only a few objects have fixed ones (DLMS UA 1000-1, reserved base names): the association in
/// use at 0xfa00, the scripts for all at 0xfb00; their methods stand behind the attributes.
pub const fn short(name: u16, write: bool) -> (&'static str, Category) {
    match name {
        0xfa40 => ("change_secret", Category::Configuration),
        REPLY_SHORT => ("reply_to_authentication", Category::Diagnostic),
        0xfb20 => ("execute_script", Category::Control),
        _ if write => ("write", Category::Write),
        _ => ("read", Category::Read),
    }
}

/// Whether what is passed by a short name is a secret: a new one, or the reply to a challenge.
pub const fn is_secret_short(name: u16) -> bool {
    matches!(name, 0xfa40 | REPLY_SHORT)
}

/// What a write to an attribute of a class is.
pub const fn set(class: u16) -> Category {
    match class {
        1 | 3..=6 | 61 | 63 => Category::Write,
        18 => Category::Program,
        _ => Category::Configuration,
    }
}

/// What a method of a class does (IEC 62056-62).
pub const fn action(class: u16, method: u8) -> (&'static str, Category) {
    use Category::{Configuration, Control, Diagnostic, Program, Write};
    match (class, method) {
        (70, 1) => ("remote_disconnect", Control),
        (70, 2) => ("remote_reconnect", Control),
        (18, 1) => ("image_transfer_initiate", Program),
        (18, 2) => ("image_block_transfer", Program),
        (18, 3) => ("image_verify", Program),
        (18, 4) => ("image_activate", Program),
        (18, _) => ("image_transfer", Program),
        (15, 1) => ("reply_to_authentication", Diagnostic),
        (15, 2) => ("change_secret", Configuration),
        (15, _) => ("change_association", Configuration),
        (64, 2) => ("transfer_key", Configuration),
        (64, _) => ("security_setup", Configuration),
        (9, 1) => ("execute_script", Control),
        (8, _) => ("adjust_clock", Configuration),
        (3..=5 | 7 | 61 | 62, 1) => ("reset_value", Write),
        (5, 2) => ("next_period", Write),
        (7 | 61 | 62, 2) | (72, 3) => ("capture", Write),
        (6, _) => ("change_register_activation", Configuration),
        (10, _) => ("change_schedule", Configuration),
        (11, _) => ("change_special_days", Configuration),
        (12, 5) => ("change_secret", Configuration),
        (12, 8) => ("reply_to_authentication", Diagnostic),
        (12, 9 | 10) => ("change_association", Configuration),
        (17, 1) => ("connect_logical_device", Configuration),
        (40, 1) => ("push", Diagnostic),
        (20, 1) => ("activate_calendar", Configuration),
        (72, 7) => ("set_encryption_key", Configuration),
        (72, 8) => ("transfer_key", Configuration),
        (104, _) => ("zigbee_network", Configuration),
        (111, _) => ("account", Configuration),
        (112, _) => ("credit", Write),
        (113, _) => ("charge", Write),
        (115, _) => ("token_gateway", Configuration),
        _ => ("action", Control),
    }
}

/// Whether what stands there is a secret (IEC 62056-6-2): passwords of associations, of the local port's two steps and
/// programming, of PPP, modems and mail; keys of security, of meters on the M-Bus, of ZigBee and G3-PLC.
pub const fn is_secret(class: u16, id: u8, is_method: bool) -> bool {
    if is_method {
        return matches!((class, id), (12, 5 | 8) | (15, 1 | 2) | (64, 2) | (72, 7 | 8));
    }
    matches!((class, id), (15, 7) | (19, 7..=9) | (44, 5) | (45, 3) | (46, 4) | (91, 5) | (101, 10 | 11))
}
