//! General status codes (CIP volume 1, appendix B-1).

/// Outcome by a general status.
pub const fn outcome(status: u8) -> &'static str {
    match status {
        0x00 => "ok",
        0x01 => "error: connection failure",
        0x02 => "error: resource unavailable",
        0x03 => "error: invalid parameter value",
        0x04 => "error: path segment error",
        0x05 => "error: path destination unknown",
        0x06 => "ok", // partial transfer: the rest is asked for next
        0x07 => "error: connection lost",
        0x08 => "error: service not supported",
        0x09 => "error: invalid attribute value",
        0x0a => "error: attribute list error",
        0x0b => "error: already in requested state",
        0x0c => "error: object state conflict",
        0x0d => "error: object exists already",
        0x0e => "error: attribute not settable",
        0x0f => "error: privilege violation",
        0x10 => "error: device state conflict",
        0x11 => "error: reply too large",
        0x12 => "error: fragmentation of a primitive value",
        0x13 => "error: not enough data",
        0x14 => "error: attribute not supported",
        0x15 => "error: too much data",
        0x16 => "error: object does not exist",
        0x17 => "error: fragmentation not in progress",
        0x18 => "error: no stored attribute data",
        0x19 => "error: store operation failure",
        0x1a => "error: request too large for route",
        0x1b => "error: response too large for route",
        0x1c => "error: missing attribute list entry",
        0x1d => "error: invalid attribute value list",
        0x1e => "error: embedded service error",
        0x1f => "error: vendor specific",
        0x20 => "error: invalid parameter",
        0x21 => "error: written once already",
        0x22 => "error: invalid reply",
        0x23 => "error: buffer overflow",
        0x24 => "error: invalid message format",
        0x25 => "error: key failure in path",
        0x26 => "error: invalid path size",
        0x27 => "error: unexpected attribute in list",
        0x28 => "error: invalid member",
        0x29 => "error: member not settable",
        0x2a => "error: group 2 server failure",
        0x2b => "error: unknown modbus error",
        0x2c => "error: attribute not gettable",
        0xff => "error: general error",
        _ => "error: unknown status",
    }
}

/// Whether the service did what was asked, wholly or in part.
pub const fn is_ok(status: u8) -> bool {
    matches!(status, 0x00 | 0x06)
}
