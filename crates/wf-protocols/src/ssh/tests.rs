use super::INFO;
use crate::testing::Feeder;
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::Probe;
use wf_wire::{Direction, Step, Verdict};

fn check(server: &[u8], banners: &[&str], evidence: &[&str], anomalies: &[&str], over: Option<Step>) {
    let mut feeder = Feeder::new(&INFO);
    for byte in server {
        feeder.segment(Direction::ToClient, &[*byte]);
    }
    let messages = feeder.said.parsed();
    let said: Vec<_> = messages.iter().map(|m| m["banner"].as_str().unwrap_or_default()).collect();
    assert_eq!(said, banners);
    assert_eq!(feeder.said.evidence, evidence);
    assert_eq!(feeder.said.anomalies, anomalies);
    assert_eq!(feeder.over, over);
}

#[test]
fn reads_identifications() {
    check(
        b"SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6\r\n",
        &["SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6"],
        &["Sender software=OpenSSH_8.9p1 Ubuntu-3ubuntu0.6 (80)", "Sender os=Ubuntu (70)"],
        &[],
        None,
    );
    check(
        b"Welcome\r\nSSH-1.5-Cisco-1.25\n",
        &["SSH-1.5-Cisco-1.25"],
        &["Sender software=Cisco-1.25 (80)", "Sender vendor=Cisco (60)"],
        &["ssh_version_1: 1.5"],
        None,
    );
    check(b"SSH-2.0\n", &["SSH-2.0"], &[], &["ssh_bad_identification: SSH-2.0"], None);
    check(&[&b"SSH-2.0-"[..], &[b'x'; 300]].concat(), &[], &[], &["ssh_long_identification: over 255 bytes"], Some(Step::Done));
}

#[test]
fn is_done_when_both_have_spoken() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(Direction::ToClient, b"SSH-2.0-a\r\n");
    feeder.segment(Direction::ToServer, b"SSH-2.0-b\r\n\0\0\0");
    assert_eq!(feeder.over, Some(Step::Done));
    assert_eq!(feeder.said.parsed().len(), 2);
}

#[test]
fn probes() {
    for (bytes, expected) in
        [(&b"SSH-2.0-x"[..], Verdict::SureServer), (b"SS", Verdict::More), (b"SSH-x", Verdict::No), (b"GET /", Verdict::No)]
    {
        let probe = Probe { bytes, src_port: 22, dst_port: 40_000, transport: Transport::Tcp, from_start: true };
        assert_eq!((INFO.probe)(&probe), expected, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..600), 1..6), ours in any::<bool>()) {
        let mut feeder = Feeder::new(&INFO);
        if ours {
            feeder.segment(Direction::ToClient, b"SSH-");
        }
        for part in parts {
            feeder.segment(Direction::ToClient, &part);
        }
        feeder.said.parsed();
    }
}
