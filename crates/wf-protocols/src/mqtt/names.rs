//! Names: packets, reason codes, properties, topics (MQTT 5.0 clauses 2.1.2, 2.2.2.2, 2.4; MQTT 3.1.1 clauses 3.2.2.3 and 3.9.3).

use std::borrow::Cow;

/// Packet types by number.
const TYPES: [&str; 16] = [
    "reserved",
    "connect",
    "connack",
    "publish",
    "puback",
    "pubrec",
    "pubrel",
    "pubcomp",
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "pingreq",
    "pingresp",
    "disconnect",
    "auth",
];

/// Name of a packet type.
#[must_use]
pub fn packet(kind: u8) -> &'static str {
    TYPES.get(usize::from(kind)).copied().unwrap_or("reserved")
}

/// What an answer to a connection says before version 5.
#[must_use]
pub const fn connect_return(code: u8) -> &'static str {
    match code {
        0 => "ok",
        1 => "error: unacceptable_protocol_version",
        2 => "error: identifier_rejected",
        3 => "error: server_unavailable",
        4 => "error: bad_user_name_or_password",
        5 => "error: not_authorized",
        _ => "error: unknown_code",
    }
}

/// What a reason code says: below 0x80 it is good news.
#[must_use]
pub const fn reason(code: u8) -> &'static str {
    match code {
        0..=0x7f => "ok",
        0x80 => "error: unspecified",
        0x81 => "error: malformed_packet",
        0x82 => "error: protocol_error",
        0x83 => "error: implementation_specific",
        0x84 => "error: unsupported_protocol_version",
        0x85 => "error: client_identifier_not_valid",
        0x86 => "error: bad_user_name_or_password",
        0x87 => "error: not_authorized",
        0x88 => "error: server_unavailable",
        0x89 => "error: server_busy",
        0x8a => "error: banned",
        0x8b => "error: server_shutting_down",
        0x8c => "error: bad_authentication_method",
        0x8d => "error: keep_alive_timeout",
        0x8e => "error: session_taken_over",
        0x8f => "error: topic_filter_invalid",
        0x90 => "error: topic_name_invalid",
        0x91 => "error: packet_identifier_in_use",
        0x92 => "error: packet_identifier_not_found",
        0x93 => "error: receive_maximum_exceeded",
        0x94 => "error: topic_alias_invalid",
        0x95 => "error: packet_too_large",
        0x96 => "error: message_rate_too_high",
        0x97 => "error: quota_exceeded",
        0x98 => "error: administrative_action",
        0x99 => "error: payload_format_invalid",
        0x9a => "error: retain_not_supported",
        0x9b => "error: qos_not_supported",
        0x9c => "error: use_another_server",
        0x9d => "error: server_moved",
        0x9e => "error: shared_subscriptions_not_supported",
        0x9f => "error: connection_rate_exceeded",
        0xa0 => "error: maximum_connect_time",
        0xa1 => "error: subscription_identifiers_not_supported",
        0xa2 => "error: wildcard_subscriptions_not_supported",
        _ => "error: unknown_code",
    }
}

/// Kind of a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte.
    Byte,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
    /// Variable byte integer.
    Variable,
    /// Bytes with their length.
    Binary,
    /// Text with its length.
    Text,
    /// Two texts.
    Pair,
}

/// Name of a property and how its value lies; `None` for identifiers that there are not.
#[must_use]
pub const fn property(id: u32) -> Option<(&'static str, Kind)> {
    Some(match id {
        0x01 => ("payload_format_indicator", Kind::Byte),
        0x02 => ("message_expiry_interval", Kind::Four),
        0x03 => ("content_type", Kind::Text),
        0x08 => ("response_topic", Kind::Text),
        0x09 => ("correlation_data", Kind::Binary),
        0x0b => ("subscription_identifier", Kind::Variable),
        0x11 => ("session_expiry_interval", Kind::Four),
        0x12 => ("assigned_client_identifier", Kind::Text),
        0x13 => ("server_keep_alive", Kind::Two),
        0x15 => ("authentication_method", Kind::Text),
        0x16 => ("authentication_data", Kind::Binary),
        0x17 => ("request_problem_information", Kind::Byte),
        0x18 => ("will_delay_interval", Kind::Four),
        0x19 => ("request_response_information", Kind::Byte),
        0x1a => ("response_information", Kind::Text),
        0x1c => ("server_reference", Kind::Text),
        0x1f => ("reason_string", Kind::Text),
        0x21 => ("receive_maximum", Kind::Two),
        0x22 => ("topic_alias_maximum", Kind::Two),
        0x23 => ("topic_alias", Kind::Two),
        0x24 => ("maximum_qos", Kind::Byte),
        0x25 => ("retain_available", Kind::Byte),
        0x26 => ("user_property", Kind::Pair),
        0x27 => ("maximum_packet_size", Kind::Four),
        0x28 => ("wildcard_subscription_available", Kind::Byte),
        0x29 => ("subscription_identifiers_available", Kind::Byte),
        0x2a => ("shared_subscription_available", Kind::Byte),
        _ => return None,
    })
}

/// The property whose value must not be shown.
pub const AUTHENTICATION_DATA: u32 = 0x16;
/// The property that stands in for a topic.
pub const TOPIC_ALIAS: u32 = 0x23;

/// Segments of topics that by wide custom (Homie, Zigbee2MQTT, Tasmota and plants' own) carry orders rather than readings.
const ORDERS: [&str; 6] = ["set", "cmd", "cmnd", "command", "commands", "write"];

/// Whether what is published there is an order by its name.
#[must_use]
pub fn is_order(topic: &str) -> bool {
    topic.split('/').any(|segment| ORDERS.iter().any(|order| segment.eq_ignore_ascii_case(order)))
}

/// Beginnings of client identifiers that libraries and programs make up by themselves.
const SOFTWARE: [(&str, &str); 9] = [
    ("mosq-", "Mosquitto client"),
    ("mosq/", "Mosquitto client"),
    ("mosqpub|", "mosquitto_pub"),
    ("mosqsub|", "mosquitto_sub"),
    ("paho", "Eclipse Paho"),
    ("mqttjs_", "MQTT.js"),
    ("mqtt-explorer-", "MQTT Explorer"),
    ("mqttx_", "MQTTX"),
    ("gmqtt", "gmqtt"),
];

/// The software that made a client identifier up.
#[must_use]
pub fn software(client_id: &str) -> Option<&'static str> {
    let known = |beginning: &str| client_id.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning));
    SOFTWARE.iter().find(|(beginning, _)| known(beginning)).map(|(_, software)| *software)
}

/// Whether a client identifier says something: it was not made by chance.
#[must_use]
pub fn is_telling(client_id: &str) -> bool {
    let (mut run, mut longest) = (0, 0);
    for c in client_id.chars() {
        run = if c.is_ascii_hexdigit() || c == '-' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    (3..=64).contains(&client_id.len()) && longest < 12 && software(client_id).is_none()
}

/// Text as dissectors show it: up to its first NUL, line ends and tabs as blanks, other control characters as `\x1`.
#[must_use]
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    let text = crate::hints::up_to_nul(bytes);
    if !text.contains(|c: char| c.is_ascii_control()) {
        return text;
    }
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
