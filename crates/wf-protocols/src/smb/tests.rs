use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
const FILE: [u8; 16] = [7; 16];

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The session service's header (RFC 1002, 4.3.1).
fn framed(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_be_bytes()[..], body].concat()
}

/// A message of version 2 (MS-SMB2 2.2.1): command, flags, message identifier, status, then its body.
fn two(command: u16, flags: u32, message: u64, status: u32, body: &[u8]) -> Vec<u8> {
    let (tree, session) = (5u32.to_le_bytes(), 9u64.to_le_bytes());
    let mut bytes = [&[0xfe, b'S', b'M', b'B', 64, 0, 1, 0][..], &status.to_le_bytes(), &command.to_le_bytes(), &[1, 0]].concat();
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(message.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(tree.iter().chain(&session).chain(&[0; 16]));
    bytes.extend(body);
    bytes
}

fn asked(command: u16, message: u64, body: &[u8]) -> Vec<u8> {
    framed(&two(command, 0, message, 0, body))
}

fn answered(command: u16, message: u64, status: u32, body: &[u8]) -> Vec<u8> {
    framed(&two(command, 1, message, status, body))
}

fn connect(path: &str) -> Vec<u8> {
    let path = utf16(path);
    [&[9, 0, 0, 0, 72, 0][..], &(path.len() as u16).to_le_bytes(), &path].concat()
}

/// MS-SMB2 2.2.13: disposition and options matter.
fn create(name: &str, disposition: u32, options: u32) -> Vec<u8> {
    let name = utf16(name);
    let mut body = [&[57, 0][..], &[0; 22], &[0; 12], &[0; 0]].concat();
    body.extend(disposition.to_le_bytes());
    body.extend(options.to_le_bytes());
    body.extend(120u16.to_le_bytes());
    body.extend((name.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    body
}

/// MS-SMB2 2.2.14.
fn created(action: u32, size: u64) -> Vec<u8> {
    [&[89, 0, 0, 0][..], &action.to_le_bytes(), &[0; 40], &size.to_le_bytes(), &[0; 8], &FILE, &[0; 8]].concat()
}

/// MS-SMB2 2.2.21, without its data.
fn write(len: u32, offset: u64) -> Vec<u8> {
    [&[49, 0, 112, 0][..], &len.to_le_bytes(), &offset.to_le_bytes(), &FILE, &[0; 16]].concat()
}

fn on_file(structure: u8) -> Vec<u8> {
    [&[structure, 0, 0, 0, 0, 0, 0, 0][..], &FILE].concat()
}

fn set(class: u8, data: &[u8]) -> Vec<u8> {
    [&[33, 0, 1, class][..], &(data.len() as u32).to_le_bytes(), &[96, 0, 0, 0, 0, 0, 0, 0], &FILE, data].concat()
}

fn play(messages: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in messages {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    assert_eq!(feeder.over, None);
    feeder.said
}

/// A share is connected and a file opened on it; then `messages`.
fn on_share(share: (&str, u8), file: (&str, u32, u32), messages: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut all = vec![
        (ASK, asked(3, 1, &connect(share.0))),
        (ANSWER, answered(3, 1, 0, &[16, 0, share.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        (ASK, asked(5, 2, &create(file.0, file.1, 0x40))),
        (ANSWER, answered(5, 2, 0, &created(file.2, 20))),
    ];
    all.extend(messages.iter().cloned());
    play(&all)
}

#[test]
fn a_program_is_written() {
    // 200,000 bytes are announced; only the head of them is looked at, wherever segments end.
    let mut first = asked(9, 3, &write(200_000, 0));
    first[..4].copy_from_slice(&(112u32 + 200_000).to_be_bytes());
    let mut messages = vec![(ASK, [first, vec![0; 1000]].concat())];
    messages.extend((0..199).map(|_| (ASK, vec![0xfe; 1000])));
    messages.push((ANSWER, answered(9, 3, 0, &[17, 0, 0, 0, 0x40, 0x0d, 3, 0])));
    messages.push((ASK, asked(9, 4, &[write(4, 200_000), vec![1; 4]].concat())));
    messages.push((ANSWER, answered(9, 4, 0, &[17, 0, 0, 0, 4, 0, 0, 0])));
    messages.push((ASK, asked(6, 5, &on_file(24))));
    messages.push((ANSWER, answered(6, 5, 0, &[60])));
    let said = on_share((r"\\FILES\plc", 1), (r"new\update.exe", 2, 2), &messages);
    let expected = [
        r"tree_connect [diagnostic] \\FILES\plc: ok",
        r"create_file [write] \\FILES\plc\new\update.exe: ok",
        r"write_file [program] \\FILES\plc\new\update.exe: ok",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.files, [r"\\FILES\plc\new\update.exe 200004"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn files_are_read_renamed_and_deleted() {
    let name = utf16(r"b.old");
    let rename = [&[0; 16][..], &(name.len() as u32).to_le_bytes(), &name].concat();
    let read = [&[49, 0, 0, 0][..], &20u32.to_le_bytes(), &[0; 8], &FILE, &[0; 16]].concat();
    let said = on_share(
        (r"\\FILES\plc", 1),
        ("a.txt", 1, 1),
        &[
            (ASK, asked(8, 3, &read)),
            (ANSWER, answered(8, 3, 0, &[&[17, 0, 80, 0, 20, 0, 0, 0][..], &[0; 8], &[b'x'; 20]].concat())),
            (ASK, asked(17, 4, &set(10, &rename))),
            (ANSWER, answered(17, 4, 0, &[2, 0])),
            (ASK, asked(17, 5, &set(13, &[1]))),
            (ANSWER, answered(17, 5, 0xc000_0022, &[9, 0, 0, 0, 0, 0, 0, 0, 0])),
            (ASK, asked(17, 6, &set(20, &[5, 0, 0, 0, 0, 0, 0, 0]))),
        ],
    );
    let expected = [
        r"tree_connect [diagnostic] \\FILES\plc: ok",
        r"open_file [read] \\FILES\plc\a.txt: ok",
        r"read_file [read] \\FILES\plc\a.txt: ok",
        r"rename_file [write] \\FILES\plc\a.txt = \\FILES\plc\b.old: ok",
        r"delete_file [write] \\FILES\plc\b.old: error: access_denied",
        r"set_file_size [write] \\FILES\plc\b.old = 5: unanswered",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.files, [r"\\FILES\plc\b.old 20"]);
}

/// MS-SMB2 3.3.5.2.7: a chain whose later requests mean the file that the first one opens.
#[test]
fn a_chain_is_followed() {
    let mut first = two(5, 0, 2, 0, &create("a.txt", 1, 0));
    first.resize(first.len().next_multiple_of(8), 0);
    let next = (first.len() as u32).to_le_bytes();
    first[20..24].copy_from_slice(&next);
    let query = [&[41, 0, 1, 5][..], &[0; 20], &smb2::SAME_FILE].concat();
    let chain = framed(&[first, two(16, 4, 3, 0, &query)].concat());
    let mut opened = two(5, 1, 2, 0, &created(1, 20));
    let next = (opened.len() as u32).to_le_bytes();
    opened[20..24].copy_from_slice(&next);
    let both = framed(&[opened, two(16, 5, 3, 0, &[9, 0, 72, 0, 0, 0, 0, 0])].concat());
    let mut said = play(&[(ASK, chain), (ANSWER, both)]);
    assert_eq!(said.operations, ["open_file [read] a.txt: ok", "query_info [diagnostic] a.txt = file 5: ok"]);
    let keys = |m: &serde_json::Value| [m["command"].as_u64(), m["message_id"].as_u64(), m["status"].as_u64()];
    let messages: Vec<_> = said.parsed().iter().map(keys).collect();
    let expected =
        [[Some(5), Some(2), None], [Some(16), Some(3), None], [Some(5), Some(2), Some(0)], [Some(16), Some(3), Some(0)]];
    assert_eq!(messages, expected);
}

/// MS-SMB2 3.3.5.2.7.2: where the first of a chain fails, the others do, and mean no file that was opened before.
#[test]
fn a_chain_that_fails_has_no_file() {
    let query = [&[41, 0, 1, 5][..], &[0; 20], &smb2::SAME_FILE].concat();
    let chained = |first: Vec<u8>, second: Vec<u8>| {
        let mut first = first;
        first.resize(first.len().next_multiple_of(8), 0);
        let next = (first.len() as u32).to_le_bytes();
        first[20..24].copy_from_slice(&next);
        framed(&[first, second].concat())
    };
    let error = [9, 0, 0, 0, 0, 0, 0, 0, 0];
    let said = play(&[
        (ASK, asked(5, 1, &create("a.txt", 1, 0))),
        (ANSWER, answered(5, 1, 0, &created(1, 20))),
        (ASK, chained(two(5, 0, 2, 0, &create("b.txt", 1, 0)), two(16, 4, 3, 0, &query))),
        (ANSWER, chained(two(5, 1, 2, 0xc000_0034, &error), two(16, 5, 3, 0xc000_0034, &error))),
    ]);
    let expected = [
        "open_file [read] a.txt: ok",
        "open_file [read] b.txt: error: object_name_not_found",
        "query_info [diagnostic]  = file 5: error: object_name_not_found",
    ];
    assert_eq!(said.operations, expected);
}

/// A task is added through a pipe; the answer is announced first (MS-SMB2 3.3.4.2).
#[test]
fn a_pipe_carries_calls() {
    // C706 12.6.4: bind to svcctl, its answer, a call that starts a service.
    let bind = hex(
        "05000b0310000000480000000100000000100010000000000100000000000100 81bb7a364498f135ad3298f038001003 02000000 045d888aeb1cc9119fe808002b104860 02000000",
    );
    let accepted = hex(
        "05000c0310000000440000000100000000100010000000000d005c50495045 5c73766363746c 00 0000 01000000 00000000 045d888aeb1cc9119fe808002b104860 02000000",
    );
    let stub = [&[0; 4][..], &[3; 16], &[0; 8]].concat();
    let call = [&hex("0500000310000000 3400 0000 02000000 1c000000 0000 1300")[..], &stub].concat();
    let done = hex("0500020310000000 1c00 0000 02000000 04000000 00000000 20040000");
    let through = |message, data: &[u8]| {
        let body = [
            &[57, 0, 0, 0][..],
            &names::PIPE_TRANSCEIVE.to_le_bytes(),
            &FILE,
            &120u32.to_le_bytes(),
            &(data.len() as u32).to_le_bytes(),
            &[0; 24],
            data,
        ];
        asked(11, message, &body.concat())
    };
    let back = |message, data: &[u8]| {
        let body = [
            &[49, 0, 0, 0][..],
            &names::PIPE_TRANSCEIVE.to_le_bytes(),
            &FILE,
            &[0; 8],
            &112u32.to_le_bytes(),
            &(data.len() as u32).to_le_bytes(),
            &[0; 8],
            data,
        ];
        answered(11, message, 0, &body.concat())
    };
    let said = on_share(
        (r"\\FILES\IPC$", 2),
        ("svcctl", 1, 1),
        &[
            (ASK, through(3, &bind)),
            (ANSWER, back(3, &accepted)),
            (ASK, through(4, &call)),
            (ANSWER, framed(&two(11, 3, 4, smb2::PENDING, &[9, 0, 0, 0, 0, 0, 0, 0, 0]))),
            (ANSWER, back(4, &done)),
        ],
    );
    let expected = [
        r"tree_connect [diagnostic] \\FILES\IPC$: ok",
        "open_pipe [diagnostic] svcctl: ok",
        "bind [diagnostic] svcctl: ok",
        "svcctl_start_service [control] : error: service_already_running",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn logons() {
    let setup = |token: &[u8]| {
        [&[25, 0, 0, 1][..], &[0; 8], &88u16.to_le_bytes(), &(token.len() as u16).to_le_bytes(), &[0; 8], token].concat()
    };
    let nobody = [b"NTLMSSP\0".as_slice(), &[3, 0, 0, 0], &[0; 48], &0x801u32.to_le_bytes()].concat();
    let said = play(&[
        (ASK, asked(1, 1, &setup(&nobody))),
        (ANSWER, answered(1, 1, 0, &[9, 0, 2, 0, 72, 0, 0, 0])),
        (ASK, asked(1, 2, &setup(&nobody))),
        (ANSWER, answered(1, 2, 0, &[9, 0, 1, 0, 72, 0, 0, 0])),
        (ASK, asked(1, 3, &setup(&nobody))),
        (ANSWER, answered(1, 3, 0xc000_006d, &[9, 0, 0, 0, 0, 0, 0, 0, 0])),
    ]);
    let expected = [
        "session_setup [diagnostic]  = anonymous: ok",
        "session_setup [diagnostic]  = anonymous as guest: ok",
        "session_setup [diagnostic]  = anonymous: error: logon_failure",
    ];
    assert_eq!(said.operations, expected);
}

/// A message of version 1 (MS-CIFS 2.2.3): command, flags, words, bytes.
fn one(command: u8, flags: u8, words: &[u8], data: &[u8]) -> Vec<u8> {
    let head = [&[0xff, b'S', b'M', b'B', command, 0, 0, 0, 0, flags, 0, 0x40][..], &[0; 12], &[1, 0, 2, 0, 3, 0, 4, 0]].concat();
    framed(&[&head[..], &[(words.len() / 2) as u8], words, &(data.len() as u16).to_le_bytes(), data].concat())
}

/// MS-CIFS 2.2.4.52 and 2.2.4.53: a server that does not challenge is sent the password itself.
#[test]
fn a_readable_password() {
    let mut chosen = vec![0; 34];
    chosen[2] = 1;
    let mut setup = vec![0; 26];
    (setup[0], setup[14]) = (0xff, 7);
    let said = play(&[
        (ASK, one(0x72, 0, &[], b"\x02NT LM 0.12\0")),
        (ANSWER, one(0x72, 0x80, &chosen, &[])),
        (ASK, one(0x73, 0, &setup, b"secret\0OPERATOR\0PLANT\0Windows 5.1\0LANMAN\0")),
        (ANSWER, one(0x73, 0x80, &[0xff, 0, 0, 0, 1, 0], b"Unix\0Samba 3.0\0PLANT\0")),
        (ASK, one(0x06, 0, &[0, 0], b"\x04\\a.bat\0")),
        (ANSWER, one(0x06, 0x80, &[], &[])),
    ]);
    assert_eq!((said.credentials, said.secrets), (vec!["password OPERATOR".to_owned()], vec![7]));
    let expected = [
        "negotiate [diagnostic]  = NT LM 0.12, signing not required: ok",
        r"session_setup [diagnostic]  = PLANT\OPERATOR as guest: ok",
        "delete_file [write] a.bat: ok",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.evidence, ["Sender os=Windows XP (70)", "Sender software=Samba 3.0 (75)"]);
    assert_eq!(said.anomalies, ["smb1_in_use: SMB version 1"]);
}

/// Words of a command that is followed by another one at this offset of the message.
fn followed(command: u8, at: usize, words: &[u8]) -> Vec<u8> {
    [&[command, 0][..], &(at as u16).to_le_bytes(), words].concat()
}

/// A command's parameters and bytes.
fn parts(words: &[u8], data: &[u8]) -> Vec<u8> {
    [&[(words.len() / 2) as u8][..], words, &(data.len() as u16).to_le_bytes(), data].concat()
}

/// MS-CIFS 2.2.4.53.1 (ten words before NT), 2.2.4.55.1 (a share's password), 2.2.3.4 (one message, two commands), and the status
/// that is that of the command which ended the chain.
#[test]
fn a_share_with_a_password_in_a_chain() {
    let setup = b"hello\0OPERATOR\0PLANT\0OS/2\0LANMAN\0";
    let mut words = [0; 16];
    words[10] = 6;
    let at = 32 + 1 + 20 + 2 + setup.len();
    let words = followed(0x75, at, &words);
    let tree = parts(&[0xff, 0, 0, 0, 0, 0, 7, 0], b"plc-01\0\\\\FILES\\RECIPES\0A:\0");
    let mut request = one(0x73, 0, &words, setup);
    request.extend(&tree);
    let len = (request.len() - 4) as u16;
    request[2..4].copy_from_slice(&len.to_be_bytes());
    let done = |status: u32| {
        let answer = [0u8; 2];
        let mut message = one(0x73, 0x80, &followed(0x75, 32 + 1 + 6 + 2, &answer), b"");
        message.extend(parts(&[0xff, 0, 0, 0], b"A:\0"));
        let len = (message.len() - 4) as u16;
        message[2..4].copy_from_slice(&len.to_be_bytes());
        message[9..13].copy_from_slice(&status.to_le_bytes());
        message
    };
    let mut refused = one(0x73, 0x80, &[], &[]);
    refused[9..13].copy_from_slice(&0xc000_0022u32.to_le_bytes());
    let mut said = play(&[
        (ASK, one(0x72, 0, &[], b"\x02LANMAN1.0\0")),
        // No challenge, and one share for everybody who knows its password.
        (ANSWER, one(0x72, 0x80, &[0; 26], &[])),
        (ASK, request.clone()),
        (ANSWER, done(0)),
        (ASK, request.clone()),
        (ANSWER, done(0xc000_006d)),
        (ASK, request),
        (ANSWER, refused),
    ]);
    let expected = [
        "negotiate [diagnostic]  = LANMAN1.0, signing not required: ok",
        r"session_setup [diagnostic]  = PLANT\OPERATOR: ok",
        r"tree_connect [diagnostic] \\FILES\RECIPES: ok",
        r"session_setup [diagnostic]  = PLANT\OPERATOR: ok",
        r"tree_connect [diagnostic] \\FILES\RECIPES: error: logon_failure",
    ];
    assert_eq!(said.operations[..5], expected);
    let refused = [
        r"session_setup [diagnostic]  = PLANT\OPERATOR: error: access_denied",
        r"tree_connect [diagnostic] \\FILES\RECIPES: error: access_denied",
    ];
    assert_eq!(said.operations[5..], refused);
    assert_eq!(said.credentials[..2], ["password OPERATOR", "password "]);
    assert_eq!((said.credentials.len(), &said.secrets[..2]), (6, &[6, 7][..]));
    let messages = said.parsed();
    assert_eq!(messages[2]["account"], "OPERATOR");
    assert_eq!(messages[2]["chained"][0]["path"], r"\\FILES\RECIPES");
    assert!(messages.iter().all(|m| !m.to_string().contains("plc-01") && !m.to_string().contains("hello")));
}

/// MS-CIFS 2.2.4.50.1 and 2.2.4.52.2: the core protocol has no challenge, and each share its password.
#[test]
fn the_core_protocol_connects_to_a_share() {
    let negotiated = [(ASK, one(0x72, 0, &[], b"\x02PC NETWORK PROGRAM 1.0\0")), (ANSWER, one(0x72, 0x80, &[0, 0], &[]))];
    let connect = |password: &str| {
        let data = [b"\x04\\\\FILES\\RECIPES\0\x04", password.as_bytes(), b"\0\x04A:\0"].concat();
        [(ASK, one(0x70, 0, &[], &data)), (ANSWER, one(0x70, 0x80, &[0, 8, 1, 0], &[]))]
    };
    let said = play(&[&negotiated[..], &connect("plc-01"), &connect("")].concat());
    assert_eq!((said.credentials, said.secrets), (vec!["password ".to_owned()], vec![6]));
    assert_eq!(said.operations[1], r"tree_connect [diagnostic] \\FILES\RECIPES: ok");
    // A server that wants none of the dialects says nothing of passwords.
    let refused = [(ASK, one(0x72, 0, &[], b"\x02X\0")), (ANSWER, one(0x72, 0x80, &[0xff, 0xff], &[]))];
    assert_eq!(play(&[&refused[..], &connect("plc-01")].concat()).credentials, [""; 0]);
}

/// MS-CIFS 2.2.3.4: a read behind the open in the same message means the file that was opened.
#[test]
fn a_file_is_opened_and_read_at_once() {
    let create = [0; 44];
    let at = 32 + 1 + 48 + 2 + 7;
    let mut read = vec![0; 24];
    (read[0], read[4], read[10]) = (0xff, 0xff, 50);
    let ask = [&parts(&followed(0x2e, at, &create), b"\\a.awl\0")[..], &parts(&read, &[])].concat();
    let mut opened = vec![0; 64];
    (opened[1], opened[51]) = (9, 50);
    let answer = [&parts(&followed(0x2e, 32 + 1 + 68 + 2, &opened), &[])[..], &parts(&followed(0xff, 0, &[0; 20]), &[])].concat();
    let message = |flags: u8, body: &[u8]| {
        let head =
            [&[0xff, b'S', b'M', b'B', 0xa2, 0, 0, 0, 0, flags, 0, 0x40][..], &[0; 12], &[1, 0, 2, 0, 3, 0, 4, 0]].concat();
        framed(&[&head[..], body].concat())
    };
    let said = play(&[(ASK, message(0, &ask)), (ANSWER, message(0x80, &answer))]);
    assert_eq!(said.operations.len(), 2);
    assert!(said.operations.iter().all(|told| told.contains("a.awl")), "{:?}", said.operations);
}

/// MS-CIFS 2.2.4.42.1: with twelve words, the last two are the high half of the offset.
#[test]
fn far_into_a_file() {
    let words = |count: usize| {
        let mut words = vec![0; count * 2];
        (words[0], words[6], words[10]) = (0xff, 16, 50);
        words
    };
    let mut far = words(12);
    far[20] = 2;
    let mut said = play(&[(ASK, one(0x2e, 0, &words(10), &[])), (ASK, one(0x2e, 0, &far, &[]))]);
    let offsets: Vec<_> = said.parsed().iter().map(|m| m["offset"].as_u64()).collect();
    assert_eq!(offsets, [Some(16), Some(0x2_0000_0010)]);
}

/// RFC 1002, 4.3.2; the names are RFC 1001's example and `*SMBSERVER`.
#[test]
fn a_session_is_asked_for() {
    let name = |text: &str| {
        let padded = text.bytes().chain(std::iter::repeat(b' ')).take(16);
        let letters: Vec<u8> = padded.flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
        [&[32][..], &letters, &[0]].concat()
    };
    let request = [&[0x81, 0, 0, 68][..], &name("*SMBSERVER"), &name("FRED")].concat();
    assert_eq!(request[39..71], *b"EGFCEFEECACACACACACACACACACACACA".as_slice());
    let said = play(&[(ASK, request.clone()), (ANSWER, vec![0x82, 0, 0, 0]), (ANSWER, vec![0x85, 0, 0, 0])]);
    assert_eq!(said.evidence, ["Sender name=FRED (65)"]);
    let p = |bytes: &[u8], port| {
        probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport: Transport::Tcp, from_start: true })
    };
    assert_eq!(p(&request, 139), Verdict::SureClient);
    assert_eq!(p(&request[..20], 139), Verdict::More);
}

/// MS-SMB2 2.2.2.2.1: a create that stops at a link is answered with a warning, whose body is an error's.
#[test]
fn a_link_opens_nothing() {
    let link = [&[9, 0, 1, 0][..], &[120, 0, 0, 0], &[0x4c, 0x59, 0x4d, 0x53].repeat(30)].concat();
    let mut said = play(&[
        (ASK, asked(3, 1, &connect(r"\\FILES\plc"))),
        (ANSWER, answered(3, 1, 0, &[16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        (ASK, asked(5, 2, &create(r"there\a.awl", 1, 0))),
        (ANSWER, answered(5, 2, 0x8000_002d, &link)),
    ]);
    let messages = said.parsed();
    assert_eq!((&messages[3]["action"], &messages[3]["size"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert!(said.operations[1].starts_with(r"open_file [read] \\FILES\plc\there\a.awl: error"), "{:?}", said.operations);
}

#[test]
fn encrypted_and_compressed_messages_are_seen() {
    let encrypted = framed(
        &[&[0xfd, b'S', b'M', b'B'][..], &[0; 32], &[100, 0, 0, 0, 0, 0, 1, 0], &[9, 0, 0, 0, 0, 0, 0, 0], &[1; 100]].concat(),
    );
    let compressed = framed(&[&[0xfc, b'S', b'M', b'B', 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0][..], &[1; 20]].concat());
    let mut said = play(&[(ASK, encrypted), (ASK, compressed), (ASK, asked(13, 1, &[4, 0, 0, 0]))]);
    let messages = said.parsed();
    assert_eq!(messages.iter().map(|m| m["original_size"].as_u64()).collect::<Vec<_>>(), [Some(100), Some(256), None]);
    assert_eq!((&messages[0]["session_id"], &messages[2]["name"]), (&"0x0000000000000009".into(), &"echo".into()));
}

#[test]
fn anomalies() {
    let mut chain = two(13, 0, 1, 0, &[4, 0, 0, 0]);
    chain[20] = 200;
    let mut structure = two(13, 0, 2, 0, &[4, 0, 0, 0]);
    structure[4] = 60;
    let mut said = play(&[
        (ASK, framed(&chain)),
        (ASK, framed(&structure)),
        (ANSWER, answered(13, 2, 0, &[4, 0, 0, 0])),
        (ANSWER, answered(13, 7, 0, &[4, 0, 0, 0])),
        (ANSWER, b"\x00\x00\x00\x10not a message at all".to_vec()),
        (ANSWER, answered(13, 1, 0, &[4, 0, 0, 0])),
    ]);
    let expected = [
        "bad_chain: at 200 of 68 bytes",
        "bad_structure: 60",
        "response_without_request: echo 7",
        "bad_header: 000000106e6f7420",
    ];
    assert_eq!(said.anomalies, expected);
    assert_eq!(said.parsed().len(), 5);
    let said = play(&[(ASK, one(0x32, 0, &[&[0; 26][..], &[1, 0, 0x0e, 0]].concat(), &[]))]);
    assert_eq!(said.anomalies, ["smb1_in_use: SMB version 1", "smb1_session_setup_transaction: multiplex identifier 4"]);
}

#[test]
fn a_gap_is_survived() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &asked(3, 1, &connect(r"\\FILES\plc")));
    feeder.gap(ANSWER, 100);
    feeder.segment(ANSWER, &[0; 30]);
    feeder.segment(ANSWER, &answered(13, 7, 0, &[4, 0, 0, 0]));
    feeder.finish();
    assert_eq!(feeder.said.operations, [r"tree_connect [diagnostic] \\FILES\plc: unconfirmed"]);
}

#[test]
fn probes() {
    let asks = |bytes: &[u8], port, from_start| {
        probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport: Transport::Tcp, from_start })
    };
    assert_eq!(asks(&asked(13, 1, &[4, 0, 0, 0]), 4000, true), Verdict::SureClient);
    assert_eq!(asks(&answered(13, 1, 0, &[4, 0, 0, 0]), 4000, true), Verdict::SureServer);
    assert_eq!(asks(&one(0x72, 0, &[], &[]), 4000, true), Verdict::SureClient);
    assert_eq!(asks(&[0, 0, 0, 90, 0xfe], 4000, true), Verdict::More);
    assert_eq!(asks(&[0, 1, 0, 0, 0, 6, 1, 3], 502, true), Verdict::No, "Modbus");
    assert_eq!(asks(b"GET / HTTP/1.1\r\n", 445, true), Verdict::No);
    assert_eq!(asks(b"the middle of a file", 445, false), Verdict::Likely);
    assert_eq!(asks(b"the middle of a file", 80, false), Verdict::No);
}

proptest! {
    #[test]
    fn any_bytes(command in 0u16..20, answer in any::<bool>(), status in any::<u32>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut feeder = Feeder::new(&INFO);
        let known = asked(command, 1, &body);
        feeder.segment(ASK, &known);
        let whole = if answer { answered(command, 1, 0, &body) } else { answered(command, 1, status, &body) };
        feeder.segment(ANSWER, &whole);
        feeder.segment(ASK, &framed(&body));
        feeder.finish();
        let _ = feeder.said.parsed();
    }

    #[test]
    fn any_bytes_of_version_1(command in any::<u8>(), words in proptest::collection::vec(any::<u8>(), 0..80), data in proptest::collection::vec(any::<u8>(), 0..120)) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &one(command, 0, &words, &data));
        feeder.segment(ANSWER, &one(command, 0x80, &words, &data));
        feeder.finish();
        let _ = feeder.said.parsed();
    }
}
