//! Interfaces and operations by name, from `interfaces.txt`; kinds of PDU, faults, refusals.

use crate::windows::{self, Guid};
use std::borrow::Cow;
use std::sync::LazyLock;
use wf_model::Category;

/// What an operation's answer ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    Win32,
    Nt,
    Nothing,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Op {
    pub number: u16,
    pub function: &'static str,
    pub category: Category,
}

/// One interface.
#[derive(Debug)]
pub struct Interface {
    pub name: &'static str,
    guid: Guid,
    pub returns: Returns,
    ops: Vec<Op>,
}

impl Interface {
    /// The operation of that number.
    pub fn op(&self, number: u16) -> Option<&Op> {
        self.ops.iter().find(|op| op.number == number)
    }
}

static INTERFACES: LazyLock<Vec<Interface>> = LazyLock::new(|| {
    let mut all: Vec<Interface> = Vec::new();
    for line in include_str!("interfaces.txt").lines() {
        let mut words = line.trim_matches(['[', ']']).split(' ');
        let (Some(first), Some(second), Some(third)) = (words.next(), words.next(), words.next()) else { continue };
        if line.starts_with('[') {
            let returns = match third {
                "none" => Returns::Nothing,
                "nt" => Returns::Nt,
                _ => Returns::Win32,
            };
            all.extend(Guid::parse(second).map(|guid| Interface { name: first, guid, returns, ops: Vec::new() }));
        } else if let (Ok(number), Some(category), Some(interface)) = (first.parse(), Category::from_name(third), all.last_mut())
        {
            interface.ops.push(Op { number, function: second, category });
        }
    }
    all
});

/// The interface of that identifier.
pub fn interface(guid: Guid) -> Option<&'static Interface> {
    INTERFACES.iter().find(|i| i.guid == guid)
}

/// A kind of PDU.
pub const fn kind(kind: u8) -> &'static str {
    match kind {
        0 => "request",
        2 => "response",
        3 => "fault",
        11 => "bind",
        12 => "bind_ack",
        13 => "bind_nak",
        14 => "alter_context",
        15 => "alter_context_response",
        16 => "auth3",
        17 => "shutdown",
        18 => "cancel",
        19 => "orphaned",
        _ => "unknown",
    }
}

/// Who vouches (MS-RPCE 2.2.1.1.7).
pub const fn auth(kind: u8) -> &'static str {
    match kind {
        9 => "negotiate",
        10 => "ntlm",
        14 => "schannel",
        16 => "kerberos",
        68 => "netlogon",
        _ => "unknown",
    }
}

/// How much is protected (MS-RPCE 2.2.1.1.8).
pub const fn level(level: u8) -> &'static str {
    match level {
        1 => "none",
        2 => "connect",
        3 => "call",
        4 => "packet",
        5 => "integrity",
        6 => "privacy",
        _ => "unknown",
    }
}

/// The outcome that a fault means (C706 appendix E, MS-ERREF).
pub fn fault(status: u32) -> Cow<'static, str> {
    match status {
        0x1c01_0002 => "error: operation_out_of_range".into(),
        0x1c01_0003 => "error: unknown_interface".into(),
        0x1c01_000b => "error: protocol_error".into(),
        0x1c01_0014 => "error: server_too_busy".into(),
        0x1c01_0017 => "error: unsupported_type".into(),
        0x1c00_0001..=0x1c00_000a => "error: arithmetic_fault".into(),
        0x1c00_000d => "error: cancelled".into(),
        0x1c00_0012 => "error: unspecified_fault".into(),
        0x1c00_001a => "error: context_mismatch".into(),
        0x0000_06f7 => "error: bad_stub_data".into(),
        0x0000_06e4 => "error: cannot_support".into(),
        0x0000_0721 => "error: security_package_error".into(),
        0 => "error: fault".into(),
        other => windows::win32(other),
    }
}

/// Why a proposal was refused (C706 12.6.3.1).
pub const fn reason(code: u16) -> &'static str {
    match code {
        1 => "error: abstract_syntax_not_supported",
        2 => "error: transfer_syntaxes_not_supported",
        3 => "error: local_limit_exceeded",
        _ => "error: refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sound() {
        let lines = include_str!("interfaces.txt").lines().filter(|l| !l.starts_with('#') && !l.is_empty());
        let known: usize = INTERFACES.iter().map(|i| 1 + i.ops.len()).sum();
        assert_eq!(lines.count(), known);
        for interface in INTERFACES.iter() {
            for pair in interface.ops.windows(2) {
                assert!(pair[0].number < pair[1].number, "{} {}", interface.name, pair[1].function);
            }
            assert!(interface.ops.iter().all(|op| op.function.starts_with(interface.name)), "{}", interface.name);
        }
        let svcctl = interface(Guid::parse("367abb81-9844-35f1-ad32-98f038001003").unwrap()).unwrap();
        assert_eq!(svcctl.op(12).map(|op| (op.function, op.category)), Some(("svcctl_create_service", Category::Configuration)));
    }
}
