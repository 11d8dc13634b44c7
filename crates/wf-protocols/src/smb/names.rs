//! Names of commands, dialects, dispositions, control codes; which endings run.

/// Commands of SMB 2 and 3 (MS-SMB2 2.2.1).
pub const fn command2(command: u16) -> &'static str {
    match command {
        0 => "negotiate",
        1 => "session_setup",
        2 => "logoff",
        3 => "tree_connect",
        4 => "tree_disconnect",
        5 => "create",
        6 => "close",
        7 => "flush",
        8 => "read",
        9 => "write",
        10 => "lock",
        11 => "ioctl",
        12 => "cancel",
        13 => "echo",
        14 => "query_directory",
        15 => "change_notify",
        16 => "query_info",
        17 => "set_info",
        18 => "oplock_break",
        19 => "server_to_client_notification",
        _ => "unknown_command",
    }
}

/// Commands of SMB 1 (MS-CIFS 2.2.2.1).
pub const fn command1(command: u8) -> &'static str {
    match command {
        0x00 => "create_directory",
        0x01 => "delete_directory",
        0x02 => "open",
        0x03 => "create",
        0x04 => "close",
        0x05 => "flush",
        0x06 => "delete",
        0x07 => "rename",
        0x08 => "query_information",
        0x09 => "set_information",
        0x0a => "read",
        0x0b => "write",
        0x10 => "check_directory",
        0x1a => "read_raw",
        0x1d => "write_raw",
        0x24 => "locking_andx",
        0x25 => "transaction",
        0x26 => "transaction_secondary",
        0x2b => "echo",
        0x2d => "open_andx",
        0x2e => "read_andx",
        0x2f => "write_andx",
        0x32 => "transaction2",
        0x33 => "transaction2_secondary",
        0x34 => "find_close2",
        0x70 => "tree_connect",
        0x71 => "tree_disconnect",
        0x72 => "negotiate",
        0x73 => "session_setup_andx",
        0x74 => "logoff_andx",
        0x75 => "tree_connect_andx",
        0x80 => "query_information_disk",
        0x81 => "search",
        0xa0 => "nt_transact",
        0xa1 => "nt_transact_secondary",
        0xa2 => "nt_create_andx",
        0xa4 => "nt_cancel",
        0xa5 => "nt_rename",
        0xc0 => "open_print_file",
        0xff => "none",
        _ => "unknown_command",
    }
}

/// Dialects (MS-SMB2 2.2.3).
pub const fn dialect(revision: u16) -> &'static str {
    match revision {
        0x0202 => "SMB 2.0.2",
        0x0210 => "SMB 2.1",
        0x02ff => "SMB 2",
        0x0300 => "SMB 3.0",
        0x0302 => "SMB 3.0.2",
        0x0311 => "SMB 3.1.1",
        _ => "unknown",
    }
}

/// What is done where the file is there, or is not (MS-SMB2 2.2.13).
pub const fn disposition(disposition: u32) -> &'static str {
    match disposition {
        0 => "supersede",
        1 => "open",
        2 => "create",
        3 => "open_if",
        4 => "overwrite",
        5 => "overwrite_if",
        _ => "unknown",
    }
}

/// What was done (MS-SMB2 2.2.14).
pub const fn action(action: u32) -> &'static str {
    match action {
        0 => "superseded",
        1 => "opened",
        2 => "created",
        3 => "overwritten",
        _ => "unknown",
    }
}

/// Exchange of a message and its answer through a pipe.
pub const PIPE_TRANSCEIVE: u32 = 0x0011_c017;
/// Copies within the server.
pub const COPY_CHUNK: [u32; 2] = [0x0014_40f2, 0x0014_80f2];

/// Control codes (MS-FSCC 2.3, MS-SMB2 2.2.31).
pub const fn control(code: u32) -> Option<&'static str> {
    Some(match code {
        0x0006_0194 => "dfs_get_referrals",
        0x0006_01b0 => "dfs_get_referrals_ex",
        0x0009_0000 => "request_oplock",
        0x0009_002c => "is_pathname_valid",
        0x0009_0060 => "get_volume_data",
        0x0009_0064 => "get_retrieval_pointers",
        0x0009_00a4 => "set_reparse_point",
        0x0009_00a8 => "get_reparse_point",
        0x0009_00ac => "delete_reparse_point",
        0x0009_00c0 => "create_or_get_object_id",
        0x0009_00c4 => "set_sparse",
        0x0009_40cf => "query_allocated_ranges",
        0x0009_80c8 => "set_zero_data",
        0x0011_400c => "pipe_peek",
        0x0011_0018 => "pipe_wait",
        PIPE_TRANSCEIVE => "pipe_transceive",
        0x0014_0078 => "request_resume_key",
        0x0014_0204 => "validate_negotiate_info",
        0x0014_0218 => "set_integrity",
        0x0014_01d4 => "lmr_request_resiliency",
        0x0014_01fc => "query_network_interface_info",
        0x0014_40f2 => "copy_chunk",
        0x0014_80f2 => "copy_chunk_write",
        0x0014_4064 => "enumerate_snapshots",
        0x0014_41bb => "read_hash",
        _ => return None,
    })
}

/// Endings of what runs, or what controllers load.
const PROGRAMS: &[&str] = &[
    "exe", "dll", "sys", "scr", "com", "msi", "msp", "cpl", "ocx", "drv", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse",
    "wsf", "hta", "jar", "py", "sh", "lnk", "inf", "reg", "fw", "upd", "s7p", "ap15", "ap16", "ap17", "ap18", "ap19", "zap16",
    "zap17", "zap18", "acd", "l5k", "l5x", "awl", "scl", "stl",
];

/// A name of something that runs: program, script, firmware, a controller's project.
pub fn is_program(name: &str) -> bool {
    let end = name.rsplit('\\').next().unwrap_or(name).rsplit_once('.');
    end.is_some_and(|(_, end)| PROGRAMS.iter().any(|p| p.eq_ignore_ascii_case(end)))
}
