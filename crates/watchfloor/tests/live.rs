//! Listening on an interface of a network namespace made for it: what passes by is taken in as it is from a capture.

mod program;

use program::{in_repository, json};
use std::collections::BTreeSet;
use std::process::Command;

/// Two ends of a wire in a namespace; the program listens on one, the fixture's packets are sent on the other.
const SCRIPT: &str = r#"
set -eu
program=$1 data=$2 capture=$3
ip link set lo up
ip link add wf0 type veth peer name wf1
ip link set wf0 up
ip link set wf1 up
"$program" run --interface wf0 --data "$data" --listen 127.0.0.1:0 --insecure-http >"$data.log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true' EXIT
until grep -q 'Watchfloor is at' "$data.log"; do kill -0 $pid || { cat "$data.log" >&2; exit 1; }; sleep 0.05; done
python3 - "$capture" "$program" "$data" <<'PY'
import json, socket, struct, subprocess, sys, time
capture, program, data = sys.argv[1:]
raw = open(capture, "rb").read()
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("wf1", 0))
at, sent = 24, 0
while at + 16 <= len(raw):
    length = struct.unpack_from("<I", raw, at + 8)[0]
    wire.send(raw[at + 16:at + 16 + length])
    at, sent = at + 16 + length, sent + 1
# Until what was sent is durable and can be asked for; what the kernel itself says on a new wire comes on top.
for _ in range(600):
    asked = [program, "operation", "list", "--data", data, "--json", "--limit", "1"]
    if json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["items"]:
        break
    time.sleep(0.05)
else:
    sys.exit("nothing was seen on the wire")
PY
kill -INT $pid
wait $pid
trap - EXIT
"#;

/// A wire on which nobody ever speaks; the program is asked to end.
const SILENCE: &str = r#"
set -eu
program=$1 data=$2
ip link set lo up
for about in all default; do
  [ ! -w /proc/sys/net/ipv6/conf/$about/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$about/disable_ipv6
done
ip link add wf0 type veth peer name wf1
ip link set wf0 up
ip link set wf1 up
"$program" run --interface wf0 --data "$data" --listen 127.0.0.1:0 --insecure-http >"$data.log" 2>&1 &
pid=$!
trap 'kill -KILL $pid 2>/dev/null || true' EXIT
until grep -q 'Watchfloor is at' "$data.log"; do kill -0 $pid || { cat "$data.log" >&2; exit 1; }; sleep 0.05; done
kill -TERM $pid
timeout 60 tail --pid=$pid -f /dev/null || { echo "it did not end on a silent wire" >&2; exit 1; }
wait $pid
trap - EXIT
"#;

fn namespaces_are_allowed() -> bool {
    let tried = Command::new("unshare").args(["-rn", "ip", "link", "add", "wfa", "type", "veth", "peer", "name", "wfb"]).output();
    let allowed = tried.is_ok_and(|done| done.status.success());
    if !allowed {
        eprintln!("skipped: no network namespace can be made here");
    }
    allowed
}

#[test]
fn it_ends_on_a_silent_wire() {
    if !namespaces_are_allowed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("silent");
    let mut command = Command::new("unshare");
    command.args(["-rn", "sh", "-c", SILENCE, "sh", env!("CARGO_BIN_EXE_watchfloor"), data.to_str().unwrap()]);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_interface_is_listened_on() {
    if !namespaces_are_allowed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (live, replayed) = (place("live"), place("replayed"));
    let fixture = in_repository("crates/wf-protocols/src/modbus/testdata/modbus.pcap");
    let fixture = fixture.to_str().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rn", "sh", "-c", SCRIPT, "sh", env!("CARGO_BIN_EXE_watchfloor"), &live, fixture]);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    json(&["replay", fixture, "--data", &replayed, "--json"]);
    let acts = |data: &str| -> BTreeSet<String> {
        let list = json(&["operation", "list", "--data", data, "--json", "--limit", "1000"]);
        program::items(&list)
            .iter()
            .map(|o| format!("{} {} {} {} {} {}", o["src"], o["dst"], o["function"], o["target"], o["value"], o["outcome"]))
            .collect()
    };
    assert_eq!(acts(&live), acts(&replayed));
    let lost = json(&["query", "SELECT sum(dropped) FROM coverage", "--data", &live, "--json"]);
    assert_eq!(lost["rows"][0][0], 0);
    let log = std::fs::read_to_string(format!("{live}.log")).unwrap();
    assert!(log.contains("First login: admin / "), "{log}");
}
