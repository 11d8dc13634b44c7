use super::INFO;
use crate::testing::{Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::Direction;

fn packet(op: u8, client: [u8; 4], yours: [u8; 4], options: &[u8]) -> Vec<u8> {
    let mut out = vec![op, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0x80, 0];
    out.extend_from_slice(&client);
    out.extend_from_slice(&yours);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&[2, 0, 0, 0, 0, 7]);
    out.resize(236, 0);
    out.extend_from_slice(&hex("63825363"));
    out.extend_from_slice(options);
    out
}

fn said(bytes: &[u8]) -> Recorder {
    let (mine, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Udp, 67), bytes);
    assert!(mine);
    said
}

#[test]
fn request_names_the_client() {
    let said = said(&packet(
        1,
        [0; 4],
        [0; 4],
        &hex("350103 0c05 706c632d31 3c08 4d53465420352e30 32040a000007 36040a000001 3d0701020000000007 3703010306 ff"),
    ));
    let message = said.messages.join("");
    for part in [
        r#""message_type":3,"type":"request","transaction_id":3735928559,"client_mac":"02:00:00:00:00:07""#,
        r#""host_name":"plc-1","vendor_class":"MSFT 5.0","requested_ip":"10.0.0.7","server_id":"10.0.0.1""#,
        r#""parameter_list":[1,3,6]"#,
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    assert_eq!(said.evidence, ["Host(02:00:00:00:00:07 ) name=plc-1 (80)", "Host(02:00:00:00:00:07 ) os=Windows (60)"]);
    assert!(said.anomalies.is_empty());
}

#[test]
fn ack_binds_address_and_name() {
    let said = said(&packet(2, [0; 4], [10, 0, 0, 7], &hex("350105 36040a000001 330400000e10 5108 00ffff 706c632d31 ff")));
    assert_eq!(
        said.evidence,
        [
            "Host( 10.0.0.1) description=DHCP server (60)",
            "Host(02:00:00:00:00:07 10.0.0.7) presence= (95)",
            "Host(02:00:00:00:00:07 10.0.0.7) name=plc-1 (80)",
        ]
    );
}

#[test]
fn options_go_on_in_the_file_field() {
    let mut bytes = packet(2, [0; 4], [10, 0, 0, 7], &hex("350102 340101 ff"));
    bytes.splice(108..115, hex("0c05 706c632d31"));
    bytes[115] = 255;
    let said = said(&bytes);
    assert!(said.messages.join("").contains(r#""host_name":"plc-1""#));
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
}

#[test]
fn says_what_is_damaged() {
    for (options, expected) in [
        ("3501", "dhcp_option_overrun: option 53: 1 bytes needed, 0 left"),
        ("3500 ff", "dhcp_bad_length: option 53 of 0 bytes"),
        ("350101", "dhcp_no_end: 3 bytes of options"),
        ("350163 ff", "dhcp_unknown_type: type 99"),
    ] {
        assert_eq!(said(&packet(1, [0; 4], [0; 4], &hex(options))).anomalies.join(","), expected, "{options}");
    }
    assert_eq!(said(&[1, 1, 6]).anomalies.join(","), "dhcp_truncated: 4 bytes needed, 3 left");
}

proptest! {
    #[test]
    fn any_options(options in proptest::collection::vec(any::<u8>(), 0..300), cut in 0usize..600) {
        let mut bytes = packet(1, [0; 4], [0; 4], &options);
        bytes.truncate(cut.max(1));
        prop_assert!(said(&bytes).parsed().len() <= 1);
    }
}
