//! Types and codes in words.

/// Echo requests and replies.
pub const ECHO_REPLY: u8 = 0;
pub const ECHO: u8 = 8;
pub const ECHO_V6: u8 = 128;
pub const ECHO_REPLY_V6: u8 = 129;

/// Whether messages of this type answer or report, whichever version of IP they travel on.
pub const fn answers(kind: u8) -> bool {
    matches!(kind, 0..=5 | 9 | 11 | 12 | 14 | 16 | 18 | 129 | 134 | 136 | 137)
}

/// RFC 792, RFC 950, RFC 1256, RFC 8335.
pub const fn kind_v4(kind: u8) -> &'static str {
    match kind {
        ECHO_REPLY => "echo_reply",
        3 => "destination_unreachable",
        4 => "source_quench",
        5 => "redirect",
        6 => "alternate_host_address",
        ECHO => "echo_request",
        9 => "router_advertisement",
        10 => "router_solicitation",
        11 => "time_exceeded",
        12 => "parameter_problem",
        13 => "timestamp_request",
        14 => "timestamp_reply",
        15 => "information_request",
        16 => "information_reply",
        17 => "address_mask_request",
        18 => "address_mask_reply",
        30 => "traceroute",
        31..=39 => "deprecated",
        40 => "photuris",
        42 => "extended_echo_request",
        43 => "extended_echo_reply",
        253 | 254 => "experiment",
        _ => "",
    }
}

/// RFC 4443 and the registry of ICMPv6 types that RFCs add to.
pub const fn kind_v6(kind: u8) -> &'static str {
    match kind {
        1 => "destination_unreachable",
        2 => "packet_too_big",
        3 => "time_exceeded",
        4 => "parameter_problem",
        100 | 101 | 200 | 201 => "experiment",
        ECHO_V6 => "echo_request",
        ECHO_REPLY_V6 => "echo_reply",
        130 => "multicast_listener_query",
        131 => "multicast_listener_report",
        132 => "multicast_listener_done",
        133 => "router_solicitation",
        134 => "router_advertisement",
        135 => "neighbour_solicitation",
        136 => "neighbour_advertisement",
        137 => "redirect",
        138 => "router_renumbering",
        139 => "node_information_query",
        140 => "node_information_response",
        141 => "inverse_neighbour_solicitation",
        142 => "inverse_neighbour_advertisement",
        143 => "multicast_listener_report_v2",
        144..=147 => "mobile_prefix",
        148 => "certification_path_solicitation",
        149 => "certification_path_advertisement",
        151 => "multicast_router_advertisement",
        152 => "multicast_router_solicitation",
        153 => "multicast_router_termination",
        154 => "fast_handover",
        155 => "rpl_control",
        157 => "duplicate_address_request",
        158 => "duplicate_address_confirmation",
        160 => "extended_echo_request",
        161 => "extended_echo_reply",
        _ => "",
    }
}

/// Codes that matter to a reader (RFC 792, RFC 1122, RFC 1812).
pub const fn code_v4(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (3, 0) => "network_unreachable",
        (3, 1) => "host_unreachable",
        (3, 2) => "protocol_unreachable",
        (3, 3) => "port_unreachable",
        (3, 4) => "fragmentation_needed",
        (3, 5) => "source_route_failed",
        (3, 6) => "network_unknown",
        (3, 7) => "host_unknown",
        (3, 9) => "network_prohibited",
        (3, 10) => "host_prohibited",
        (3, 11 | 12) => "unreachable_for_service",
        (3, 13) => "prohibited_by_filter",
        (5, 0 | 2) => "for_network",
        (5, 1 | 3) => "for_host",
        (11, 0) => "hops_exceeded",
        (11, 1) => "reassembly_time_exceeded",
        _ => "",
    }
}

/// The same for IPv6 (RFC 4443).
pub const fn code_v6(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (1, 0) => "no_route",
        (1, 1) => "prohibited_by_filter",
        (1, 2) => "beyond_scope",
        (1, 3) => "host_unreachable",
        (1, 4) => "port_unreachable",
        (1, 5) => "source_address_refused",
        (1, 6) => "route_rejected",
        (3, 0) => "hops_exceeded",
        (3, 1) => "reassembly_time_exceeded",
        (4, 0) => "bad_header_field",
        (4, 1) => "unknown_next_header",
        (4, 2) => "unknown_option",
        _ => "",
    }
}

/// RFC 3810, 5.2.5.
pub const fn record(kind: u8) -> &'static str {
    match kind {
        1 => "include",
        2 => "exclude",
        3 => "change_to_include",
        4 => "change_to_exclude",
        5 => "allow_new_sources",
        6 => "block_old_sources",
        _ => "unknown",
    }
}

/// RFC 4191, 2.1.
pub const fn preference(bits: u8) -> &'static str {
    match bits & 3 {
        0 => "medium",
        1 => "high",
        3 => "low",
        _ => "reserved",
    }
}
