"""What the bundled capture really holds: devices, acts with their frames, what should be found.

The acts come from the log that the clients wrote; their frames and times from tshark's dissection of
the finished capture. Both must agree in number and order, else the run is refused.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .plan import HOSTS, OUTSIDE_ADDRESS, ROUTER_MACS, ZONES, ip_of
from .stage import LAB

CAPTURE, TRUTH = "waterworks.pcapng", "truth.json"
IDENTITY = ("vendor", "model", "order_number", "firmware", "serial")

# protocol: (tshark filter of requests that act, field with the function, function names)
ACTS = {
    "modbus": ("tcp.dstport == 502 && modbus.func_code in {5,6,15,16} && !_ws.malformed",
               "modbus.func_code",
               {"5": "write_single_coil", "6": "write_single_register", "15": "write_multiple_coils",
                "16": "write_multiple_registers"}),
    "s7comm": ("s7comm.header.rosctr == 1 && s7comm.param.func in {0x05,0x28,0x29}", "s7comm.param.func",
               {"0x05": "write_var", "0x28": "plc_control", "0x29": "plc_stop"}),
    "cip": ("tcp.dstport == 44818 && cip.service == 0x4d", "cip.service", {"0x4d": "write_tag"}),
    "dnp3": ("tcp.dstport == 20000 && dnp3.al.func in {3,4,5}", "dnp3.al.func",
             {"3": "select", "4": "operate", "5": "direct_operate"}),
}


class Disagreement(RuntimeError):
    """The log of acts and the capture tell different stories."""


def tshark(capture: Path, display_filter: str, *fields: str) -> list[list[str]]:
    """Fields of the frames that match, one list a frame."""
    argv = ["tshark", "-r", str(capture), "-Y", display_filter, "-T", "fields", "-E", "occurrence=a"]
    for field in fields:
        argv += ["-e", field]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def _function(protocol: str, text: str) -> str | None:
    """Name of the acting function among those in one frame."""
    names = ACTS[protocol][2]
    for value in text.split(","):
        for form in (value, value.lstrip("0") or "0", f"0x{int(value, 0):02x}" if value else ""):
            if form in names:
                return names[form]
    return None


def seen_acts(capture: Path) -> list[dict]:
    """Acting requests of the capture, in order."""
    found = []
    for protocol, (display_filter, field, _) in ACTS.items():
        for frame, ts, src, dst, value in tshark(capture, display_filter, "frame.number",
                                                 "frame.time_epoch", "ip.src", "ip.dst", field):
            function = _function(protocol, value)
            if function:
                found.append({"frame": int(frame), "ts": float(ts), "src": src, "dst": dst,
                              "protocol": protocol, "function": function})
    return sorted(found, key=lambda item: item["frame"])


def match(logged: list[dict], seen: list[dict]) -> list[dict]:
    """Each logged act with the frame that carried it."""
    def key(item):
        return item["protocol"], item["src"], item["dst"], item["function"]

    acts, left = [], list(seen)
    for entry in logged:
        hit = next((item for item in left if key(item) == key(entry)), None)
        if hit is None:
            raise Disagreement(f"not in the capture: {entry}")
        left.remove(hit)
        acts.append({
            "ts": round(hit["ts"], 6), "src": entry["src"], "dst": entry["dst"],
            "protocol": entry["protocol"], "function": entry["function"],
            "category": entry["category"], "target": entry["target"], "value": entry["value"],
            "outcome": entry["outcome"], "frame": hit["frame"], "normal": entry["normal"],
        })
    if left:
        raise Disagreement(f"in the capture, but not logged: {left}")
    return sorted(acts, key=lambda item: item["frame"])


def devices() -> list[dict]:
    """Every device of the plant, the router with its three cards."""
    listed = [{
        "name": host.name, "macs": [host.mac], "ips": [host.address],
        **{field: host.identity.get(field) for field in IDENTITY},
        "role": host.role, "zone": host.zone, "hostname": host.hostname,
        "purdue_level": None if host.late else ZONES[host.zone].purdue_level,
    } for host in HOSTS]
    listed.append({
        "name": "router", "macs": [ROUTER_MACS[z] for z in ZONES],
        "ips": [zone.gateway for zone in ZONES.values()], "vendor": "Cisco", "model": None,
        "order_number": None, "firmware": None, "serial": None, "role": "network_device",
        "purdue_level": None, "zone": None, "hostname": None,
    })
    return listed


def _first(capture: Path, kind: str, display_filter: str, src: str | None, dst: str | None) -> dict:
    rows = tshark(capture, display_filter, "frame.number", "frame.time_epoch")
    if not rows:
        raise Disagreement(f"no frame shows {kind}: {display_filter}")
    return {"kind": kind, "src": src, "dst": dst, "ts": round(float(rows[0][1]), 6),
            "last_ts": round(float(rows[-1][1]), 6), "frame": int(rows[0][0]), "frames": len(rows)}


def events(capture: Path) -> list[dict]:
    """What is not an operation on a controller: scan, arrival, identification, Internet, log-in, noise."""
    laptop, intake, scanner = ip_of("laptop"), ip_of("plc-intake"), ip_of("pc-frontdesk")
    to_control = "ip.dst == 10.20.10.0/24 && tcp.flags.syn == 1 && tcp.flags.ack == 0"
    return sorted([
        _first(capture, "scan", f"ip.src == {scanner} && {to_control}", scanner, "10.20.10.0/24"),
        _first(capture, "unknown-device", "eth.src == 8c:16:45:9b:10:96", laptop, None),
        _first(capture, "identification", f"ip.src == {laptop} && (modbus.func_code == 43 || "
               "s7comm.data.userdata.szl_id || enip.command == 0x63)", laptop, None),
        _first(capture, "controller-to-internet", f"ip.src == {intake} && ip.dst == {OUTSIDE_ADDRESS}"
               " && tcp.flags.syn == 1", intake, OUTSIDE_ADDRESS),
        _first(capture, "cleartext-credentials", "http.authbasic", ip_of("engineering"), intake),
        _first(capture, "protocol-anomalies", f"ip.src == {laptop} && ip.dst == {intake} && "
               "tcp.dstport == 502 && frame.time_epoch > "
               f"{_malformed_from(capture)} && tcp.len > 0", laptop, intake),
    ], key=lambda item: item["frame"])


def _malformed_from(capture: Path) -> float:
    """Time of the laptop's last well-formed write, after which only rubbish follows."""
    rows = tshark(capture, f"ip.src == {ip_of('laptop')} && modbus.func_code == 5", "frame.time_epoch")
    return float(rows[-1][0])


def expected_findings() -> list[dict]:
    """The order that consequence and evidence suggest, most pressing first."""
    laptop, intake = ip_of("laptop"), ip_of("plc-intake")
    return [
        {"rule": "controller-stopped", "assets": [ip_of("plc-filters"), laptop]},
        {"rule": "controller-act-new-source", "assets": [laptop, ip_of("plc-dosing")]},
        {"rule": "controller-act-new-source", "assets": [laptop, intake]},
        {"rule": "controller-act-new-source", "assets": [laptop, ip_of("rtu-booster")]},
        {"rule": "unknown-device", "assets": [laptop]},
        {"rule": "controller-to-internet", "assets": [intake]},
        {"rule": "cross-zone-conversation", "assets": [ip_of("pc-frontdesk")]},
        {"rule": "scan", "assets": [ip_of("pc-frontdesk")]},
        {"rule": "cleartext-credentials", "assets": [ip_of("engineering"), intake]},
        {"rule": "protocol-anomalies", "assets": [laptop, intake]},
    ]


def not_assets(capture: Path) -> list[str]:
    """Addresses that were asked for or spoken to and belong to nobody."""
    own = {ip for device in devices() for ip in device["ips"]} | {OUTSIDE_ADDRESS}
    rows = tshark(capture, "ip || arp", "ip.dst", "arp.dst.proto_ipv4")
    asked = {address for row in rows for cell in row for address in cell.split(",") if address}
    return sorted(asked - own, key=lambda ip: tuple(int(part) for part in ip.split(".")))


def main(out: str | None) -> None:
    """Write truth.json beside the capture."""
    folder = Path(out) if out else LAB.parent / "demo"
    capture, log = folder / CAPTURE, LAB / "run" / "plant" / "acts.jsonl"
    logged = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    logged.sort(key=lambda entry: entry["wall"])
    truth = {
        "capture": CAPTURE, "devices": devices(), "external_addresses": [OUTSIDE_ADDRESS],
        "acts": match(logged, seen_acts(capture)), "events": events(capture),
        "findings_expected_order": expected_findings(), "not_assets": not_assets(capture),
    }
    (folder / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    print(f"{folder / TRUTH}: {len(truth['devices'])} devices, {len(truth['acts'])} acts")
