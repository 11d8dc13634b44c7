use super::INFO;
use crate::testing::{Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::Direction;

fn check(bytes: &[u8], message: &str, evidence: &[&str], anomalies: &[&str]) {
    let (mine, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), bytes);
    assert!(mine);
    assert_eq!(said.messages.join("\n"), message);
    assert_eq!(said.evidence, evidence);
    assert_eq!(said.anomalies, anomalies);
}

#[test]
fn reads_packets() {
    check(
        &hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"),
        r#"{"protocol":"arp","operation":1,"sender_mac":"02:00:00:00:00:01","sender_ip":"10.0.0.1","target_ip":"10.0.0.2","gratuitous":false,"probe":false,"target_mac":"00:00:00:00:00:00"}"#,
        &["Host(02:00:00:00:00:01 10.0.0.1) presence= (90)"],
        &[],
    );
    check(
        &hex("0001 0800 06 04 0002 020000000009 0a000001 020000000001 0a000001 0000"),
        r#"{"protocol":"arp","operation":2,"sender_mac":"02:00:00:00:00:09","sender_ip":"10.0.0.1","target_ip":"10.0.0.1","gratuitous":true,"probe":false,"target_mac":"02:00:00:00:00:01"}"#,
        &["Host(02:00:00:00:00:09 10.0.0.1) presence= (90)"],
        &["arp_sender_mismatch: sender 02:00:00:00:00:09 in a frame of 02:00:00:00:00:01"],
    );
}

#[test]
fn probes_and_groups_bind_nothing() {
    for bytes in [
        hex("0001 0800 06 04 0001 020000000001 00000000 000000000000 0a000002"),
        hex("0001 0800 06 04 0001 ffffffffffff 0a000001 000000000000 0a000002"),
        hex("0001 86dd 06 10 0001 020000000001 00000000000000000000000000000001 000000000000 00000000000000000000000000000002"),
    ] {
        let (_, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes);
        assert_eq!((said.messages.len(), said.evidence.len()), (1, 0));
    }
}

#[test]
fn says_what_is_damaged() {
    check(&hex("0001 0800 06 04 0001 0200"), "", &[], &["arp_truncated: 6 bytes needed, 2 left"]);
}

#[test]
fn binds_without_a_message_being_wanted() {
    let mut said = Recorder::quiet();
    let bytes = hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
    assert!((INFO.new)().datagram(&context(Direction::ToServer, Transport::Link, 0), &bytes, &mut said));
    assert_eq!((said.parsed().len(), said.evidence.len()), (0, 1));
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let (mine, mut said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes);
        prop_assert!(mine);
        prop_assert!(said.parsed().len() <= 1);
    }
}
