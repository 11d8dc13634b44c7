//! Types, errors, encryptions and options in words.

/// RFC 4120, 5.10.
pub const fn kind(kind: u8) -> &'static str {
    match kind {
        10 => "as_request",
        11 => "as_reply",
        12 => "tgs_request",
        13 => "tgs_reply",
        14 => "ap_request",
        15 => "ap_reply",
        20 => "safe",
        21 => "private",
        22 => "credentials",
        30 => "error",
        _ => "unknown",
    }
}

/// Results of the password service (RFC 3244, 2).
pub const fn password_result(code: u16) -> &'static str {
    match code {
        0 => "success",
        1 => "malformed",
        2 => "hard_error",
        3 => "authentication_error",
        4 => "soft_error",
        5 => "access_denied",
        6 => "bad_version",
        7 => "initial_flag_needed",
        _ => "unknown",
    }
}

/// Encryption types (IANA Kerberos parameters; negative ones MS-KILE 2.2.5 and older).
pub const fn encryption(number: i64) -> &'static str {
    match number {
        1 => "des-cbc-crc",
        2 => "des-cbc-md4",
        3 => "des-cbc-md5",
        5 => "des3-cbc-md5",
        7 => "des3-cbc-sha1",
        16 => "des3-cbc-sha1-kd",
        17 => "aes128-cts-hmac-sha1-96",
        18 => "aes256-cts-hmac-sha1-96",
        19 => "aes128-cts-hmac-sha256-128",
        20 => "aes256-cts-hmac-sha384-192",
        23 => "rc4-hmac",
        24 => "rc4-hmac-exp",
        25 => "camellia128-cts-cmac",
        26 => "camellia256-cts-cmac",
        -128 => "rc4-md4",
        -133 => "rc4-hmac-old",
        -135 => "rc4-hmac-old-exp",
        _ => "unknown",
    }
}

/// DES, and RC4 in any form: broken, or a password away (RFC 6649, RFC 8429).
pub const fn is_weak(number: i64) -> bool {
    matches!(number, 1..=3 | 23 | 24 | -128 | -133 | -135)
}

/// RFC 4120, 7.5.9; RFC 4556; RFC 6113.
pub const fn error(code: i64) -> &'static str {
    match code {
        0 => "none",
        1 => "client_expired",
        2 => "service_expired",
        3 => "bad_version",
        4 => "client_old_key",
        5 => "service_old_key",
        6 => "client_unknown",
        7 => "service_unknown",
        8 => "principal_not_unique",
        9 => "null_key",
        10 => "cannot_postdate",
        11 => "never_valid",
        12 => "policy",
        13 => "bad_option",
        14 => "encryption_not_supported",
        15 => "checksum_not_supported",
        16 => "preauthentication_not_supported",
        17 => "transited_not_supported",
        18 => "client_revoked",
        19 => "service_revoked",
        20 => "ticket_revoked",
        21 => "client_not_yet_valid",
        22 => "service_not_yet_valid",
        23 => "password_expired",
        24 => "preauthentication_failed",
        25 => "preauthentication_required",
        26 => "server_does_not_match",
        27 => "must_use_user_to_user",
        28 => "path_not_accepted",
        29 => "service_unavailable",
        31 => "integrity",
        32 => "ticket_expired",
        33 => "ticket_not_yet_valid",
        34 => "repeated_request",
        35 => "ticket_not_for_us",
        36 => "ticket_does_not_match",
        37 => "clock_skew",
        38 => "bad_address",
        39 => "bad_protocol_version",
        40 => "bad_message_type",
        41 => "message_modified",
        42 => "message_out_of_order",
        44 => "key_version_not_available",
        45 => "no_key",
        46 => "mutual_authentication_failed",
        47 => "bad_direction",
        48 => "method_not_acceptable",
        49 => "bad_sequence",
        50 => "inappropriate_checksum",
        52 => "response_too_big",
        60 => "generic",
        61 => "field_too_long",
        62 => "client_not_trusted",
        63 => "kdc_not_trusted",
        64 => "invalid_signature",
        68 => "wrong_realm",
        75 => "client_name_mismatch",
        91 => "more_preauthentication_required",
        _ => "unknown",
    }
}

/// Bits of a request's options, the first one being the highest (RFC 4120, 5.4.1; RFC 6806).
const OPTIONS: [(u32, &str); 14] = [
    (1, "forwardable"),
    (2, "forwarded"),
    (3, "proxiable"),
    (4, "proxy"),
    (5, "allow_postdate"),
    (6, "postdated"),
    (8, "renewable"),
    (14, "constrained_delegation"),
    (15, "canonicalize"),
    (16, "anonymous"),
    (26, "disable_transited_check"),
    (27, "renewable_ok"),
    (28, "encrypted_in_session_key"),
    (30, "renew"),
];

/// The options that are set.
pub fn options(bits: u32) -> impl Iterator<Item = &'static str> {
    let validate = (bits & 1 != 0).then_some("validate");
    OPTIONS.iter().filter(move |(at, _)| bits & (0x8000_0000 >> at) != 0).map(|(_, name)| *name).chain(validate)
}
