//! What the protocols of Windows share: UTF-16 text, GUIDs, NT status and Win32 error names, versions of the system.

use std::borrow::Cow;
use std::fmt;

/// Longest text taken from a message, in UTF-16 units.
const UNITS_MAX: usize = 512;

/// UTF-16LE text up to its first NUL, control characters dropped, bounded.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).take(UNITS_MAX).filter_map(|pair| pair.first_chunk::<2>().copied().map(u16::from_le_bytes));
    char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .filter(|c| !c.is_control())
        .collect()
}

/// Text as a message says it: UTF-16LE or in bytes.
pub(crate) fn text(bytes: &[u8], unicode: bool) -> String {
    if unicode { utf16(bytes) } else { crate::hints::clean(bytes).into_owned() }
}

/// A GUID in its wire form (MS-DTYP 2.3.4.2): the first three fields little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads the written form; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16));
        let mut bytes = [0u8; 16];
        for byte in &mut bytes {
            *byte = u8::try_from(digits.next()?? << 4 | digits.next()??).ok()?;
        }
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let [i, j, k, l, m, n, o, p] = rest;
        digits.next().is_none().then_some(Self([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]))
    }

    /// The same from fields sent big-endian.
    pub fn from_be(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
        Self([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [d, c, b, a, e, g, h, i, rest @ ..] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}{d:02x}-{g:02x}{e:02x}-{i:02x}{h:02x}-")?;
        for (at, byte) in rest.iter().enumerate() {
            write!(f, "{}{byte:02x}", if at == 2 { "-" } else { "" })?;
        }
        Ok(())
    }
}

/// The system by its version number; `None` where the number says nothing (Samba sends a fixed one without a build).
pub(crate) fn system(major: u8, minor: u8, build: u16) -> Option<String> {
    let name = match (major, minor, build) {
        (_, _, 0) => return None,
        (5, 0, _) => "Windows 2000",
        (5, 1, _) => "Windows XP",
        (5, 2, _) => "Windows Server 2003",
        (6, 0, _) => "Windows Vista or Server 2008",
        (6, 1, _) => "Windows 7 or Server 2008 R2",
        (6, 2, _) => "Windows 8 or Server 2012",
        (6, 3, _) => "Windows 8.1 or Server 2012 R2",
        (10, 0, 14393) => "Windows 10 1607 or Server 2016",
        (10, 0, 17763) => "Windows 10 1809 or Server 2019",
        (10, 0, 20348) => "Windows Server 2022",
        (10, 0, 26100) => "Windows 11 24H2 or Server 2025",
        (10, 0, 22000..) => "Windows 11",
        (10, 0, _) => "Windows 10",
        _ => return None,
    };
    Some(format!("{name} ({major}.{minor}.{build})"))
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        pub(crate) fn $name(code: u32) -> Option<&'static str> {
            Some(match code { $($code => concat!("error: ", $text),)+ _ => return None })
        }
    };
}

codes! {
    /// The outcome that an NT status means (MS-ERREF 2.3), for those met in practice.
    known_status {
        0x8000_0005 "buffer_overflow", 0x8000_0006 "no_more_files", 0x8000_001a "no_more_entries", 0x8000_002d "stopped_on_symlink",
        0xc000_0001 "unsuccessful", 0xc000_0002 "not_implemented", 0xc000_0003 "invalid_info_class",
        0xc000_0004 "info_length_mismatch", 0xc000_0005 "access_violation", 0xc000_0008 "invalid_handle",
        0xc000_000d "invalid_parameter", 0xc000_000e "no_such_device", 0xc000_000f "no_such_file",
        0xc000_0010 "invalid_device_request", 0xc000_0011 "end_of_file", 0xc000_0016 "more_processing_required",
        0xc000_0017 "no_memory", 0xc000_001e "invalid_lock_sequence", 0xc000_0022 "access_denied",
        0xc000_0023 "buffer_too_small", 0xc000_0024 "object_type_mismatch", 0xc000_0033 "object_name_invalid",
        0xc000_0034 "object_name_not_found", 0xc000_0035 "object_name_collision", 0xc000_0039 "object_path_invalid",
        0xc000_003a "object_path_not_found", 0xc000_003b "object_path_syntax_bad", 0xc000_0043 "sharing_violation",
        0xc000_0054 "file_lock_conflict", 0xc000_0055 "lock_not_granted", 0xc000_0056 "delete_pending",
        0xc000_005e "no_logon_servers", 0xc000_005f "no_such_logon_session", 0xc000_0060 "no_such_privilege",
        0xc000_0061 "privilege_not_held", 0xc000_0062 "invalid_account_name", 0xc000_0063 "user_exists",
        0xc000_0064 "no_such_user", 0xc000_0066 "no_such_group", 0xc000_006a "wrong_password",
        0xc000_006c "password_restriction", 0xc000_006d "logon_failure", 0xc000_006e "account_restriction",
        0xc000_006f "invalid_logon_hours", 0xc000_0070 "invalid_workstation", 0xc000_0071 "password_expired",
        0xc000_0072 "account_disabled", 0xc000_0073 "none_mapped", 0xc000_007c "no_token",
        0xc000_007e "range_not_locked", 0xc000_007f "disk_full", 0xc000_0098 "file_invalid",
        0xc000_009a "insufficient_resources", 0xc000_00ab "instance_not_available", 0xc000_00ac "pipe_not_available",
        0xc000_00ae "pipe_busy", 0xc000_00b0 "pipe_disconnected", 0xc000_00b1 "pipe_closing", 0xc000_00b5 "io_timeout",
        0xc000_00ba "file_is_a_directory", 0xc000_00bb "not_supported", 0xc000_00be "bad_network_path",
        0xc000_00c3 "invalid_network_response", 0xc000_00c9 "network_name_deleted", 0xc000_00ca "network_access_denied",
        0xc000_00cb "bad_device_type", 0xc000_00cc "bad_network_name", 0xc000_00ce "too_many_sessions",
        0xc000_00d0 "request_not_accepted", 0xc000_00d4 "not_same_device", 0xc000_00df "no_such_domain",
        0xc000_0101 "directory_not_empty", 0xc000_0103 "not_a_directory", 0xc000_0106 "name_too_long",
        0xc000_0120 "cancelled", 0xc000_0121 "cannot_delete", 0xc000_0128 "file_closed",
        0xc000_0133 "time_difference_at_dc", 0xc000_015b "logon_type_not_granted", 0xc000_0178 "no_trust_lsa_secret",
        0xc000_018b "no_trust_sam_account", 0xc000_018d "trusted_relationship_failure", 0xc000_0190 "trust_failure",
        0xc000_0192 "netlogon_not_started", 0xc000_0193 "account_expired", 0xc000_0199 "nologon_workstation_trust_account",
        0xc000_019c "fs_driver_required", 0xc000_0203 "user_session_deleted", 0xc000_020c "connection_disconnected",
        0xc000_0224 "password_must_change", 0xc000_0225 "not_found", 0xc000_0234 "account_locked_out",
        0xc000_0257 "path_not_covered", 0xc000_0275 "not_a_reparse_point", 0xc000_02ea "cannot_make",
        0xc000_035c "network_session_expired", 0xc000_0388 "downgrade_detected", 0xc000_0413 "authentication_firewall_failed",
        0xc000_a000 "invalid_signature", 0xc000_a002 "auth_tag_mismatch", 0xc002_0002 "rpc_wrong_kind_of_binding",
        0xc005_0003 "smb_bad_tid", 0xc005_0005 "smb_bad_uid",
    }
}

codes! {
    /// The outcome that a Win32 error means (MS-ERREF 2.2), for those met in practice.
    known_win32 {
        2 "file_not_found", 3 "path_not_found", 5 "access_denied", 6 "invalid_handle", 8 "not_enough_memory", 13 "invalid_data",
        50 "not_supported", 53 "bad_network_path", 67 "bad_network_name", 71 "request_not_accepted", 87 "invalid_parameter",
        111 "buffer_overflow", 122 "insufficient_buffer", 123 "invalid_name", 124 "invalid_level", 161 "bad_path_name",
        183 "already_exists", 1051 "dependent_services_running", 1052 "invalid_service_control", 1053 "service_request_timeout",
        1055 "service_database_locked", 1056 "service_already_running", 1057 "invalid_service_account",
        1058 "service_disabled", 1060 "service_does_not_exist", 1061 "service_cannot_accept_control", 1062 "service_not_active",
        1069 "service_logon_failed", 1072 "service_marked_for_delete", 1073 "service_exists", 1078 "duplicate_service_name",
        1115 "shutdown_in_progress", 1116 "no_shutdown_in_progress", 1300 "not_all_assigned", 1314 "privilege_not_held",
        1326 "logon_failure", 1702 "invalid_binding", 1722 "server_unavailable", 1753 "endpoint_not_registered",
        2114 "server_service_not_started", 2118 "share_name_exists", 2221 "user_not_found", 2310 "share_not_found",
        2312 "session_not_found", 2453 "domain_controller_not_found",
    }
}

/// The outcome of an NT status. Success, information and warnings that come with data are `ok`.
pub(crate) fn status(code: u32) -> Cow<'static, str> {
    match known_status(code) {
        Some(text) if code >> 30 == 3 || code == 0x8000_002d => text.into(),
        None if code >> 30 == 3 => format!("error: 0x{code:08x}").into(),
        _ => "ok".into(),
    }
}

/// The outcome of a Win32 error. More data or no more items is no failure.
pub(crate) fn win32(code: u32) -> Cow<'static, str> {
    match (code, known_win32(code)) {
        (0 | 234 | 259, _) => "ok".into(),
        (_, Some(text)) => text.into(),
        // An HRESULT that carries a Win32 error.
        (0x8007_0000..=0x8007_ffff, None) => win32(code & 0xffff),
        (0x8000_0000.., None) => format!("error: 0x{code:08x}").into(),
        (_, None) => format!("error: {code}").into(),
    }
}

/// The name of an NT status, without saying whether it is an error.
pub(crate) fn status_name(code: u32) -> Cow<'static, str> {
    match code {
        0 => "success".into(),
        0x103 => "pending".into(),
        0x105 => "more_entries".into(),
        0x10b => "notify_cleanup".into(),
        0x10c => "notify_enum_dir".into(),
        _ => known_status(code)
            .and_then(|t| t.strip_prefix("error: "))
            .map_or_else(|| format!("0x{code:08x}").into(), Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        let text = "367abb81-9844-35f1-ad32-98f038001003";
        let guid = Guid::parse(text).unwrap();
        assert_eq!((guid.0.first(), guid.to_string().as_str()), (Some(&0x81), text));
        assert_eq!(Guid::parse("367abb81"), None);
        assert_eq!(
            Guid::from_be([0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3]),
            guid
        );
    }

    #[test]
    fn outcomes() {
        for (code, expected) in [
            (0, "ok"),
            (0x103, "ok"),
            (0x8000_0005, "ok"),
            (0xc000_0022, "error: access_denied"),
            (0xc123_4567, "error: 0xc1234567"),
        ] {
            assert_eq!(status(code), expected);
        }
        for (code, expected) in
            [(0, "ok"), (5, "error: access_denied"), (0x8007_0005, "error: access_denied"), (9999, "error: 9999")]
        {
            assert_eq!(win32(code), expected);
        }
        assert_eq!(status_name(0xc000_0016), "more_processing_required");
    }

    #[test]
    fn systems_and_text() {
        assert_eq!(system(6, 1, 7601).as_deref(), Some("Windows 7 or Server 2008 R2 (6.1.7601)"));
        assert_eq!(system(6, 1, 0), None);
        assert_eq!(utf16(&[b'A', 0, 1, 0, b'B', 0, 0, 0, b'C', 0]), "AB");
    }
}
