//! Protected APDUs (DLMS UA 1000-2, 9.2.7; ASN.1 in 9.5) and what a reading against the standard found.

use super::*;

#[test]
fn what_is_authenticated_alone_is_read() {
    // The example of the standard's table on ciphering: a get that is authenticated, one that is encrypted.
    let title = ["4e46570000010203", "4d4d4d0000bc614e"];
    let clear = "c81e 10 01234567 c0010000080000010000ff0200 06725d910f9221d263877516";
    let mut said = played(&[(ASK, wrapped(clear)), (ANSWER, wrapped("c401c0 01 03"))]);
    assert_eq!(said.operations, ["get [read] 0.0.1.0.0.255 class 8 index 2: error: read-write denied"]);
    let message = &said.parsed()[0];
    assert_eq!((&message["name"], &message["protection"][0]["name"]), (&"get_request".into(), &"glo_get_request".into()));
    assert_eq!(message["protection"][0]["invocation_counter"], 0x0123_4567);
    let dark = "c812 20 01234567 411312ff935a47566827c467bc";
    let mut said = played(&[(ASK, wrapped(dark))]);
    assert_eq!(said.operations, ["get_ciphered [read] : unanswered"]);
    assert_eq!((&said.parsed()[0]["protection"][0]["encrypted"]), &true);
    // A secret in it is hidden; the general tag says who sends it.
    let inside = "c10181 000f 0000280000ff 07 00 0908 7365637265746c79";
    let general = format!("db 08 {} 28 10 00000007 {inside} 000102030405060708090a0b", title[0]);
    let mut said = played(&[(ASK, wrapped(&general)), (ASK, wrapped(&general))]);
    assert_eq!(said.operations[0], "set [configuration] 0.0.40.0.0.255 class 15 index 7 = hidden: unconfirmed");
    assert_eq!(said.secrets, [8, 8]);
    assert_eq!(said.evidence, [format!("Sender description=DLMS system title {} of manufacturer NFW (50)", title[0])]);
    assert_eq!(said.parsed()[0]["protection"][0]["system_title"], title[0]);
    assert!(!format!("{:?}", said.parsed()).contains("secretly"));
}

#[test]
fn general_ciphering_and_signing_say_who_and_how_often() {
    // A MAC without titles around what is signed with them, as head-ends of a national roll-out send it (GBCS, 7.2).
    let signed = "df 09 010000000000000064 08 90b3d51f30000002 08 00db1234567890a4 00 00 0d c0010000080000010000ff0200 02 aabb";
    let inner = hex(signed).len();
    let outer = format!("dd 00 00 00 00 00 00 {:02x} 11 00000000 {signed} 000102030405060708090a0b", inner + 17);
    let mut said = played(&[(ASK, wrapped(&outer))]);
    assert_eq!(said.operations, ["get [read] 0.0.1.0.0.255 class 8 index 2: unanswered"]);
    let layers = said.parsed()[0]["protection"].clone();
    assert_eq!((&layers[0]["name"], &layers[0]["security_control"]), (&"general_ciphering".into(), &0x11.into()));
    assert_eq!((&layers[1]["name"], &layers[1]["recipient"]), (&"general_signing".into(), &"00db1234567890a4".into()));
    assert_eq!(layers[1]["transaction"], "010000000000000064");
    // A client passes on what another has signed: that is not its title.
    assert_eq!(said.evidence, [""; 0]);
    // Every kind of key; what is encrypted stays so.
    for key in ["01 00 00", "01 01 00 02 aabb", "01 02 01 01 02 aabb"] {
        let apdu = format!("dd 00 08 4e46570000010203 00 00 00 {key} 09 31 00000005 00112233");
        let mut said = played(&[(ANSWER, wrapped(&apdu))]);
        assert_eq!(said.parsed()[0]["protection"][0]["invocation_counter"], 5, "{key}");
        assert_eq!((said.anomalies.len(), said.evidence.len()), (0, 1), "{key}");
    }
    let said = played(&[(ASK, wrapped("db 08 4e46570000010203 20 30 00000005"))]);
    assert_eq!(said.anomalies, [""; 0], "it is no DLMS at all as long as nothing whole was seen");
    let fine = (ASK, wrapped("c001c1 0003 0100010800ff 02 00"));
    let said = played(&[fine, (ASK, wrapped("db 08 4e46570000010203 20 30 00000005"))]);
    assert_eq!(said.anomalies, ["truncated_apdu: general_glo_ciphering"]);
}

#[test]
fn answers_that_are_encrypted_belong_to_requests_that_are_not() {
    let asked = "c81e 10 01234567 c0010000080000010000ff0200 06725d910f9221d263877516";
    let said = played(&[(ASK, wrapped(asked)), (ANSWER, wrapped("cc09 30 00000001 00112233"))]);
    assert_eq!(said.operations, ["get [read] 0.0.1.0.0.255 class 8 index 2: unconfirmed"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn accesses_are_acts() {
    // A read, a secret that is written, a disconnection, in one list (9.5, Access-Request).
    let specified = "03 01 0003 0100010800ff 02 02 000f 0000280000ff 07 03 0046 0000600310ff 01";
    let apdu = format!("d9 40000001 00 {specified} 03 00 0908 7365637265746c79 0f00");
    let mut said = played(&[(ASK, wrapped(&apdu))]);
    let wanted = [
        "get [read] 1.0.1.8.0.255 class 3 index 2: unconfirmed",
        "set [configuration] 0.0.40.0.0.255 class 15 index 7 = hidden: unconfirmed",
        "remote_disconnect [control] 0.0.96.3.16.255 class 70 index 1 = 0: unconfirmed",
    ];
    assert_eq!((said.operations.as_slice(), said.secrets.as_slice()), (&wanted.map(str::to_owned)[..], &[8][..]));
    assert!(!format!("{:?}", said.parsed()).contains("secretly"));
    let said = played(&[(ASK, wrapped("d9 40000001 00 01 07"))]);
    assert_eq!(said.operations, ["access [write] : unconfirmed"]);
    assert_eq!(played(&[(ASK, wrapped("10 40000001 00"))]).anomalies, [""; 0]);
}

#[test]
fn associations_of_older_meters_and_with_other_passwords() {
    // One byte for the tag of the conformance (9.5), a key before it; a password as a string of bits.
    let key = "6026a109060760857405080101be190417 01 01 08 7365637265746c79 0000 06 5f04 00007e1f 0080 00";
    let mut said = played(&[(ASK, wrapped(key))]);
    assert_eq!(said.secrets, [8]);
    assert_eq!(said.parsed()[0]["pdu_max"], 128);
    let odd = "6036a1090607608574050801018a0207808b0760857405080201ac0a81083031323334353637be10040e01000000065f1f0400007e1f0080";
    assert_eq!(played(&[(ASK, wrapped(odd))]).secrets, [8]);
    // An initiate that is authenticated alone shows its key.
    let held = "2122 10 00000001 010108 7365637265746c79 0000 065f1f0400007e1f0080".replace(' ', "");
    let held = format!("{held}000102030405060708090a0b").replacen("2122", "2128", 1);
    let apdu = format!("6037a109060760857405080103be2a0428{held}").replacen("6037", "6039", 1).replacen("2a0428", "2c042a", 1);
    let mut said = played(&[(ASK, wrapped(&apdu))]);
    assert_eq!(said.secrets, [8], "{apdu}");
    assert!(!format!("{:?}", said.parsed()).contains("7365637265746c79"));
}

#[test]
fn times_results_and_methods_by_the_standard() {
    // The time of an event stands with its length or, where the text fixes the size, without (9.5).
    for time in ["01 0c", "01"] {
        let event = format!("c2 {time} 07ea0b1c060e1e00ff800000 0003 0100010800ff 02 1207d0");
        let mut said = played(&[(ANSWER, wrapped(&event))]);
        assert_eq!((&said.parsed()[0]["time"], said.measurements.len()), (&"2026-11-28 14:30:00".into(), 1), "{time}");
    }
    // Fifteen and sixteen speak of actions (Action-Result).
    check(
        "c301c1 0005 0100010600ff 02 01 0f00",
        "c701c1 0f 00",
        &["next_period [write] 1.0.1.6.0.255 class 5 index 2 = 0: error: long action aborted"],
        &[],
    );
    // Class 12 has no secret among its attributes; class 91 holds keys in its fifth.
    let user = played(&[(ASK, wrapped("c101c1 000c 0000280000ff 06 00 1101"))]);
    assert_eq!((user.secrets.len(), user.operations[0].contains("hidden")), (0, false));
    let keys = played(&[(ASK, wrapped("c101c1 005b 00001d0100ff 05 00 0908 7365637265746c79"))]);
    assert_eq!(keys.secrets, [8]);
}
