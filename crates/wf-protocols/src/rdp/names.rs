//! Numbers in words.

use crate::windows;

/// What was chosen (MS-RDPBCGR 2.2.1.2.1).
pub const fn protocol(protocol: u32) -> &'static str {
    match protocol {
        0 => "rdp",
        1 => "tls",
        2 => "credssp",
        4 => "rdstls",
        8 => "credssp_early",
        16 => "rdsaad",
        _ => "unknown",
    }
}

/// What is offered, each bit by itself.
pub fn protocols(bits: u32) -> impl Iterator<Item = &'static str> {
    let none = (bits == 0).then_some(protocol(0));
    (0..5u32).map(|at| 1u32 << at).filter(move |bit| bits & bit != 0).map(protocol).chain(none)
}

/// MS-RDPBCGR 2.2.1.2.2.
pub const fn failure(code: u32) -> &'static str {
    match code {
        1 => "tls_required",
        2 => "tls_not_allowed",
        3 => "no_certificate",
        4 => "inconsistent_flags",
        5 => "credssp_required",
        6 => "tls_with_user_authentication_required",
        _ => "unknown",
    }
}

/// MS-RDPBCGR 2.2.1.4.3.
pub const fn method(method: u32) -> &'static str {
    match method {
        0 => "none",
        1 => "rc4_40bit",
        2 => "rc4_128bit",
        8 => "rc4_56bit",
        16 => "fips",
        _ => "unknown",
    }
}

pub const fn level(level: u32) -> &'static str {
    match level {
        0 => "none",
        1 => "low",
        2 => "client_compatible",
        3 => "high",
        4 => "fips",
        _ => "unknown",
    }
}

/// Versions (MS-RDPBCGR 2.2.1.3.2).
pub const fn version(version: u32) -> &'static str {
    match version {
        0x0008_0001 => "4.0",
        0x0008_0004 => "5.0 to 8.1",
        0x0008_0005 => "10.0",
        0x0008_0006 => "10.1",
        0x0008_0007 => "10.2",
        0x0008_0008 => "10.3",
        0x0008_0009 => "10.4",
        0x0008_000a => "10.5",
        0x0008_000b => "10.6",
        0x0008_000c => "10.7",
        0x0008_000d => "10.8",
        0x0008_000e => "10.9",
        0x0008_000f => "10.10",
        0x0008_0010 => "10.11",
        0x0008_0011 => "10.12",
        _ => "unknown",
    }
}

/// The system that a client's build number belongs to; clients of other systems give one of Windows too.
pub fn system(build: u32) -> Option<String> {
    let (major, minor) = match build {
        2195 => (5, 0),
        2600 => (5, 1),
        3790 => (5, 2),
        6000..=6003 => (6, 0),
        7600 | 7601 => (6, 1),
        9200 => (6, 2),
        9600 => (6, 3),
        10240..=30000 => (10, 0),
        _ => return None,
    };
    windows::system(major, minor, u16::try_from(build).ok()?)
}

/// Units of MCS by their number (T.125, 7).
pub const fn unit(kind: u8) -> &'static str {
    match kind {
        1 => "erect_domain_request",
        8 => "disconnect_provider_ultimatum",
        10 => "attach_user_request",
        11 => "attach_user_confirm",
        14 => "channel_join_request",
        15 => "channel_join_confirm",
        25 => "send_data_request",
        26 => "send_data_indication",
        _ => "other",
    }
}
