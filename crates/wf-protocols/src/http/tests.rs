use super::INFO;
use crate::testing::Feeder;
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::Direction::{self, ToClient, ToServer};
use wf_wire::decode::Probe;
use wf_wire::{Step, Verdict};

/// Feeds both sides' bytes, whole and byte by byte: both must give the same.
fn feed(turns: &[(Direction, &[u8])]) -> Feeder {
    let mut whole = Feeder::new(&INFO);
    let mut pieces = Feeder::new(&INFO);
    for (direction, bytes) in turns {
        whole.segment(*direction, bytes);
        for byte in *bytes {
            pieces.segment(*direction, &[*byte]);
        }
    }
    whole.finish();
    pieces.finish();
    assert_eq!(whole.said.parsed(), pieces.said.parsed());
    assert_eq!(whole.said.operations, pieces.said.operations);
    assert_eq!(whole.said.anomalies, pieces.said.anomalies);
    whole
}

fn starts(feeder: &mut Feeder) -> Vec<String> {
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    let start = |m: &serde_json::Value| match m["status"].as_u64() {
        Some(status) => status.to_string(),
        None => format!("{} {}{}", text(&m["method"]), text(&m["host"]), text(&m["uri"])),
    };
    feeder.said.parsed().iter().map(start).collect()
}

#[test]
fn pipelined_requests_and_their_answers() {
    let mut feeder = feed(&[
        (
            ToServer,
            b"GET /a?key=1 HTTP/1.1\r\nHost: hmi\r\nUser-Agent: Mozilla/5.0 (Windows NT 6.1)\r\n\r\nHEAD /b HTTP/1.1\r\nHost: hmi\r\n\r\nPOST /c HTTP/1.1\r\nHost: hmi\r\nContent-Length: 3\r\n\r\nxyz",
        ),
        (
            ToClient,
            b"HTTP/1.1 200 OK\r\nServer: lighttpd\r\nTransfer-Encoding: chunked\r\n\r\n4;ext=1\r\nWiki\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        ),
    ]);
    assert_eq!(starts(&mut feeder), ["GET hmi/a?key=1", "HEAD hmi/b", "POST hmi/c", "200", "200", "404"]);
    assert_eq!(feeder.said.operations, ["get [read] hmi/a: ok", "head [read] hmi/b: ok", "post [write] hmi/c: error: 404"]);
    assert_eq!(
        feeder.said.evidence,
        ["Sender software=Mozilla/5.0 (Windows NT 6.1) (60)", "Sender os=Windows 7 (50)", "Sender software=lighttpd (60)"]
    );
    assert!(feeder.said.anomalies.is_empty(), "{:?}", feeder.said.anomalies);
}

#[test]
fn bodies_end_as_they_should() {
    for (answers, expected) in [
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            "100 200 304",
        ),
        ("HTTP/1.0 200 OK\n\nHTTP/1.1 500 this is body\r\n\r\n", "200"),
        ("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "204 200"),
    ] {
        let asked: &[u8] = b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        let mut feeder = feed(&[(ToServer, asked), (ToClient, answers.as_bytes())]);
        assert_eq!(starts(&mut feeder).split_off(3).join(" "), expected);
    }
}

#[test]
fn credentials_without_their_secrets() {
    let mut feeder = feed(&[(
        ToServer,
        b"GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46c2VjcmV0\r\n\r\nPOST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n\r\nusername=op%31&password=secretGET /after HTTP/1.1\r\n\r\n",
    )]);
    assert_eq!(feeder.said.credentials, ["basic admin", "form op1"]);
    assert_eq!(feeder.said.secrets, [16, 6]);
    let twice = feed(&[(ToServer, b"GET /set?user=a&old_password=one&new_password=three&x=1 HTTP/1.1\r\n\r\n")]);
    assert_eq!((twice.said.credentials, twice.said.secrets), (vec!["form a".to_owned()], vec!["one&new_password=three".len()]));
    assert!(feeder.said.parsed().iter().all(|m| !m.to_string().contains("secret") && !m.to_string().contains("c2Vj")));
}

#[test]
fn files_by_name() {
    let feeder = feed(&[
        (ToServer, b"GET /fw/plc_v2.bin HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
        (
            ToClient,
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"p.acd\"\r\nContent-Length: 0\r\n\r\n",
        ),
    ]);
    assert_eq!(feeder.said.files, ["plc_v2.bin 2", "p.acd 0"]);
}

#[test]
fn upgrades_and_tunnels() {
    let upgrade = feed(&[
        (ToServer, b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
        (ToClient, b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05"),
    ]);
    assert_eq!(upgrade.over, Some(Step::Done));
    let mut tunnel = feed(&[
        (ToServer, b"CONNECT a:22 HTTP/1.1\r\n\r\n"),
        (ToClient, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        (ToClient, b"SSH-2.0-OpenSSH_9.4\r\n"),
    ]);
    assert_eq!(tunnel.said.parsed().last().map(|m| m["banner"].clone()), Some("SSH-2.0-OpenSSH_9.4".into()));
}

#[test]
fn says_what_is_damaged() {
    for (bytes, expected) in [
        (&b"GET / HTTP/1.1\r\nno colon\r\n\r\n"[..], "http_bad_header: no colon"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "http_bad_length: x"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "http_bad_length: 1, then 2"),
        (
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "http_conflicting_framing: content length beside chunked coding",
        ),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "http_bad_chunk: zz\r\n"),
        (b"GET / HTTP/1.1\r\n\r\n\0\x01\x02", "http_not_http"),
    ] {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ToServer, bytes);
        assert!(feeder.said.anomalies.join(",").starts_with(expected), "{expected}: {:?}", feeder.said.anomalies);
    }
}

#[test]
fn goes_on_after_a_gap() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToClient, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWi");
    feeder.gap(ToClient, 100);
    feeder.segment(ToClient, b"body goes on\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let names: Vec<_> = feeder.said.parsed().iter().map(|m| m["protocol"].clone()).collect();
    assert_eq!(names, ["http_partial", "http"]);
    assert_eq!(starts(&mut feeder), ["200", "404"]);
}

#[test]
fn keeps_its_place_in_a_body_of_known_length() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToClient, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12");
    feeder.gap(ToClient, 5);
    feeder.segment(ToClient, b"890HTTP/1.1 304 Not Modified\r\n\r\n");
    assert_eq!(starts(&mut feeder), ["200", "304"]);
}

#[test]
fn probes() {
    for (bytes, expected) in [
        (&b"GET /x HTTP/1.1\r\n"[..], Verdict::SureClient),
        (b"SUBSCRIBE /x HTTP/1.0\n", Verdict::SureClient),
        (b"HTTP/1.0 200 OK", Verdict::SureServer),
        (b"HTT", Verdict::More),
        (b"GET /unfinished", Verdict::More),
        (b"OPTIONS rtsp://x RTSP/1.0\r\n", Verdict::No),
        (b"PRI * HTTP/2.0\r\n", Verdict::No),
        (b"GET /\r\n", Verdict::Likely),
        (b"EHLO there\r\n", Verdict::No),
    ] {
        let probe = Probe { bytes, src_port: 40_000, dst_port: 80, transport: Transport::Tcp, from_start: true };
        assert_eq!((INFO.probe)(&probe), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

proptest! {
    #[test]
    fn any_bytes(parts in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 1..300)), 1..6)) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ToServer, b"GET / HTTP/1.1\r\n\r\n");
        for (client, part) in parts {
            feeder.segment(if client { ToServer } else { ToClient }, &part);
        }
        feeder.finish();
        feeder.said.parsed();
    }

    #[test]
    fn mutated(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = b"POST /c?p=1 HTTP/1.1\r\nHost: hmi\r\nTransfer-Encoding: chunked\r\nAuthorization: Basic YTpi\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n".to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ToServer, &bytes);
        feeder.segment(ToClient, b"HTTP/1.1 200 OK\r\n\r\n");
        feeder.finish();
        feeder.said.parsed();
    }
}

#[test]
fn a_request_line_that_is_not_all_there() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, b"GET /a/b.gif HTT");
    feeder.cut(ToServer, 40);
    assert_eq!(feeder.said.parsed()[0]["uri"], "/a/b.gif");
}

#[test]
fn what_a_snap_length_left() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ToServer, b"GET /a HTTP/1.1\r\nHost: plc-");
    feeder.cut(ToServer, 40);
    feeder.segment(ToClient, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    feeder.cut(ToClient, 6);
    feeder.segment(ToClient, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let shown: Vec<String> =
        feeder.said.parsed().iter().map(|m| format!("{} {}{}", m["protocol"], m["uri"], m["status"])).collect();
    assert_eq!(shown, [r#""http" "/a"null"#, r#""http" null200"#, r#""http" null404"#]);
}
