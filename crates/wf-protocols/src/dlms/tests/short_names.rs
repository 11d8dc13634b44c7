//! Requests by short names (DLMS UA 1000-2, 9.5: Variable-Access-Specification, ReadResponse, WriteResponse).

use super::*;

#[test]
fn variables_are_read_and_written() {
    check(
        "05 02 02fa08 042bc8 02 0202 1201 1202".replace("1201", "120001").replace("1202", "120002").as_str(),
        "0c 02 00 0905 6162636465 01 03",
        &["read [read] short name 0xfa08: ok", "read [read] short name 0x2bc8 = {1, 2}: error: read-write denied"],
        &[],
    );
    // The second of two is refused.
    check(
        "06 02 022bc8 022bd0 02 1101 1102",
        "0d 02 00 0103",
        &["write [write] short name 0x2bc8 = 1: ok", "write [write] short name 0x2bd0 = 2: error: read-write denied"],
        &[],
    );
    let said = played(&[(ASK, wrapped("16 01 022bc8 01 1101"))]);
    assert_eq!(said.operations, ["write [write] short name 0x2bc8 = 1: unconfirmed"]);
    let mut said = played(&[(ANSWER, wrapped("18 00 01 022bc8 01 120102"))]);
    let message = &said.parsed()[0];
    assert_eq!((&message["items"][0]["short_name"], &message["items"][0]["value"]), (&"0x2bc8".into(), &"258".into()));
    let mut said = played(&[(ANSWER, wrapped("18 01 0e 3230323631313238313433303030 01 022bc8 01 120102"))]);
    assert_eq!(said.parsed()[0]["items"][0]["value"], "258");
    // The name of the logical device has a short name of its own; scripts run.
    let said = played(&[(ASK, wrapped("05 01 02fd08")), (ANSWER, wrapped("0c 01 00 0905 4142434431"))]);
    assert_eq!(said.evidence, ["Sender name=ABCD1 (75)"]);
    check("06 01 02fb20 01 120001", "0d 01 00", &["execute_script [control] short name 0xfb20 = 1: ok"], &[]);
}

#[test]
fn secrets_by_short_names_are_hidden() {
    let hidden = |segments: &[(Direction, Vec<u8>)], secrets: &[usize], operations: &[&str]| {
        let mut said = played(segments);
        assert_eq!((said.secrets.as_slice(), said.anomalies.len()), (secrets, 0));
        assert_eq!(said.operations, operations);
        assert!(!format!("{:?} {:?}", said.parsed(), said.operations).contains("secretly"));
    };
    let done = ["change_secret [configuration] short name 0xfa40 = hidden: ok"];
    let whole = "06 01 02fa40 01 0908 7365637265746c79";
    hidden(&[(ASK, wrapped(whole)), (ANSWER, wrapped("0d 01 00"))], &[8], &done);
    // The reply to a challenge is good once: hidden, no credential.
    let reply = [(ASK, wrapped("05 01 04fa58 00 0908 7365637265746c79")), (ANSWER, wrapped("0c 01 00 0908 7365637265746c79"))];
    let mut said = played(&reply);
    assert_eq!(said.operations, ["reply_to_authentication [diagnostic] short name 0xfa58 = hidden: ok"]);
    assert!(!format!("{:?}", said.parsed()[0]).contains("secretly"));
    // The same write in two blocks, each an octet string behind its number.
    let blocks = [
        (ASK, wrapped("06 01 07 00 0001 01 0909 01 02fa40 01 0908 7365")),
        (ANSWER, wrapped("0d 01 02 0001")),
        (ASK, wrapped("06 01 07 01 0002 01 0906 637265746c79")),
        (ANSWER, wrapped("0d 01 00")),
    ];
    hidden(&blocks, &[9, 6], &["change_secret [configuration] short name 0xfa40: ok"]);
}

#[test]
fn reads_in_blocks_are_one() {
    let said = played(&[
        (ASK, wrapped("05 01 022bc8")),
        (ANSWER, wrapped("0c 01 02 00 0001 03 010900")),
        (ASK, wrapped("05 01 05 0001")),
        (ANSWER, wrapped("0c 01 02 01 0002 02 0000")),
    ]);
    assert_eq!(said.operations, ["read [read] short name 0x2bc8: ok"]);
    assert_eq!(said.anomalies, [""; 0]);
    // A request that is itself sent in blocks says in the first what it asks for.
    let said = played(&[
        (ASK, wrapped("05 01 06 00 0001 04 01022bc8")),
        (ANSWER, wrapped("0c 01 03 0001")),
        (ASK, wrapped("05 01 06 01 0002 01 00")),
        (ANSWER, wrapped("0c 01 00 1101")),
    ]);
    assert_eq!(said.operations, ["read [read] short name 0x2bc8: ok"]);
}
