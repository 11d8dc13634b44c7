//! Operations and results in words.

use std::borrow::Cow;

pub const fn operation(number: u32) -> &'static str {
    match number {
        0 => "bind_request",
        1 => "bind_response",
        2 => "unbind_request",
        3 => "search_request",
        4 => "search_result_entry",
        5 => "search_result_done",
        6 => "modify_request",
        7 => "modify_response",
        8 => "add_request",
        9 => "add_response",
        10 => "delete_request",
        11 => "delete_response",
        12 => "modify_dn_request",
        13 => "modify_dn_response",
        14 => "compare_request",
        15 => "compare_response",
        16 => "abandon_request",
        19 => "search_result_reference",
        23 => "extended_request",
        24 => "extended_response",
        25 => "intermediate_response",
        _ => "unknown",
    }
}

/// RFC 4511, appendix A.
pub const fn result(code: i64) -> &'static str {
    match code {
        0 => "success",
        1 => "operations_error",
        2 => "protocol_error",
        3 => "time_limit_exceeded",
        4 => "size_limit_exceeded",
        5 => "compare_false",
        6 => "compare_true",
        7 => "auth_method_not_supported",
        8 => "stronger_auth_required",
        10 => "referral",
        11 => "admin_limit_exceeded",
        12 => "unavailable_critical_extension",
        13 => "confidentiality_required",
        14 => "sasl_bind_in_progress",
        16 => "no_such_attribute",
        17 => "undefined_attribute_type",
        18 => "inappropriate_matching",
        19 => "constraint_violation",
        20 => "attribute_or_value_exists",
        21 => "invalid_attribute_syntax",
        32 => "no_such_object",
        33 => "alias_problem",
        34 => "invalid_dn_syntax",
        36 => "alias_dereferencing_problem",
        48 => "inappropriate_authentication",
        49 => "invalid_credentials",
        50 => "insufficient_access_rights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwilling_to_perform",
        54 => "loop_detected",
        64 => "naming_violation",
        65 => "object_class_violation",
        66 => "not_allowed_on_non_leaf",
        67 => "not_allowed_on_rdn",
        68 => "entry_already_exists",
        69 => "object_class_modifications_prohibited",
        71 => "affects_multiple_dsas",
        118 => "canceled",
        _ => "other",
    }
}

/// The outcome that a result means.
pub fn outcome(code: i64) -> Cow<'static, str> {
    match code {
        0 | 5 | 6 | 10 => "ok".into(),
        code => format!("error: {code} {}", result(code)).into(),
    }
}

/// RFC 4511, 4.5.1.2.
pub const fn scope(scope: i64) -> &'static str {
    match scope {
        0 => "base",
        1 => "one_level",
        2 => "subtree",
        3 => "subordinates",
        _ => "unknown",
    }
}

/// RFC 4511, 4.6; RFC 4525.
pub const fn change(kind: i64) -> &'static str {
    match kind {
        0 => "add",
        1 => "delete",
        2 => "replace",
        3 => "increment",
        _ => "unknown",
    }
}

/// What stands in place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// Attributes that hold passwords, keys made from them, and what opens disks: by name, and the two that everybody has by their
/// number too (RFC 4519, 2.41; MS-ADA3 2.332).
const SECRETS: [&str; 29] = [
    "userPassword",
    "2.5.4.35",
    "unicodePwd",
    "1.2.840.113556.1.4.90",
    "clearPassword",
    "authPassword",
    "unixUserPassword",
    "pwdHistory",
    "ntPwdHistory",
    "lmPwdHistory",
    "dBCSPwd",
    "supplementalCredentials",
    "currentValue",
    "priorValue",
    "initialAuthIncoming",
    "initialAuthOutgoing",
    "trustAuthIncoming",
    "trustAuthOutgoing",
    "ms-Mcs-AdmPwd",
    "msLAPS-Password",
    "msDS-ManagedPassword",
    "msFVE-RecoveryPassword",
    "msFVE-KeyPackage",
    "sambaNTPassword",
    "sambaLMPassword",
    "sambaPasswordHistory",
    "ipaNTHash",
    "krbPrincipalKey",
    "krbPwdHistory",
];

/// Attributes whose values are secrets: they are never shown.
pub fn is_secret(attribute: &[u8]) -> bool {
    let kind = attribute.split(|b| *b == b';').next().unwrap_or_default();
    SECRETS.iter().any(|secret| kind.eq_ignore_ascii_case(secret.as_bytes()))
}
