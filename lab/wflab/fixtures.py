"""One small capture per protocol, made with the plant's own stacks."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

from .plan import BY_NAME
from .stage import LAB, Stage

# fixture: (client host, client part, peers, ports waited for, capture zone, capture filter)
RECIPES = {
    "modbus": ("rio-reservoir", "fixture_modbus", ["plc-intake"], [502], "control", "tcp port 502"),
    "dnp3": ("rio-reservoir", "fixture_dnp3", ["rtu-booster"], [20000], "control", "tcp port 20000"),
    "iec104": ("rio-reservoir", "fixture_iec104", ["rtu-booster"], [2404], "control", "tcp port 2404"),
    "mqtt": ("rio-reservoir", "fixture_mqtt", ["plc-intake"], [1883], "control", "tcp port 1883"),
    "s7comm": ("rio-reservoir", "fixture_s7comm", ["plc-filters"], [102], "control", "tcp port 102"),
    "enip": ("rio-reservoir", "fixture_enip", ["plc-dosing"], [44818], "control", "port 44818"),
    "opcua": ("rio-reservoir", "fixture_opcua", ["plc-intake"], [], "control", "tcp port 4840"),
    "profinet_dcp": ("plc-filters", "fixture_profinet_dcp", ["plc-filters", "io-valves"], [],
                     "control", "ether proto 0x8892"),
    "arp": ("rio-reservoir", "fixture_arp", ["plc-intake", "plc-filters", "rtu-booster"], [],
            "control", "arp"),
    "lldp": ("sw-control", "lldp", ["sw-control", "plc-filters", "io-valves"], [],
             "control", "ether proto 0x88cc"),
    "dhcp": (None, None, ["srv-infra"], [], "office", "port 67 or port 68"),
    "dns": ("srv-files", "fixture_dns", ["srv-infra"], [53], "office", "port 53 or port 5353 or port 137"),
    "http": ("srv-infra", "fixture_http", ["srv-files"], [80], "office", "tcp port 80"),
    "tls": ("srv-infra", "fixture_tls", ["srv-files"], [443], "office", "tcp port 443"),
    "mms": ("rio-reservoir", "fixture_mms", ["rtu-booster"], [102], "control", "tcp port 102"),
    "goose": ("rtu-booster", "fixture_goose", ["rtu-booster"], [], "control", "ether proto 0x88b8 or udp port 102"),
    "sv": ("rtu-booster", "fixture_sv", ["rtu-booster"], [], "control", "ether proto 0x88ba or udp port 102"),
    "bacnet": ("rio-reservoir", "fixture_bacnet", [], [], "control", "udp port 47808"),
    "snmp": ("rio-reservoir", "fixture_snmp", [], [], "control", "udp port 161 or udp port 162"),
    "ssh": ("srv-infra", "fixture_ssh", ["srv-files"], [22], "office", "tcp port 22"),
}

# fixture: (host, part) of a server that only the fixture has
SERVERS = {
    "bacnet": ("plc-dosing", "bacnet_device"),
    "snmp": ("sw-control", "snmp_agent"),
    "iec104": ("rtu-booster", "iec104_station"),
    "mqtt": ("plc-intake", "mqtt_broker"),
    "mms": ("rtu-booster", "ied"),
}


def make(name: str, target: Path, run_dir: Path) -> None:
    """Make one fixture capture."""
    client, part, peers, ports, zone, capture_filter = RECIPES[name]
    hosts = {*peers, *([client] if client else [])}
    if name == "dhcp":
        hosts |= {"laptop", "pc-lab"}
    if name in SERVERS:
        hosts.add(SERVERS[name][0])
    raw = run_dir / f"{name}.pcap"
    raw.unlink(missing_ok=True)
    with Stage(run_dir, stretch=15.0 if name == "lldp" else 1.0) as stage:
        stage.network.build(sorted(hosts))
        stage.start_clock()
        early = name in ("profinet_dcp", "lldp", "dhcp")
        if early:
            stage.record(raw, (zone,), pcap=True, capture_filter=capture_filter)
        stage.services(peers)
        if name in SERVERS:
            stage.play(*SERVERS[name])
        for port in ports:
            stage.wait_for(peers[0], port)
        time.sleep(2.0)
        if not early:
            stage.record(raw, (zone,), pcap=True, capture_filter=capture_filter)
        _drive(stage, name, client, part)
        stage.stop_recording()
    shutil.copyfile(raw, target)


def _drive(stage: Stage, name: str, client: str | None, part: str | None) -> None:
    if name == "dhcp":
        for host in ("laptop", "pc-lab"):
            lease = stage.lease(BY_NAME[host])
            time.sleep(6.0)
            lease.send_signal(signal.SIGUSR1)  # udhcpc renews its lease
            time.sleep(2.0)
            lease.send_signal(signal.SIGUSR2)  # udhcpc gives its lease back
            time.sleep(1.0)
    elif name == "lldp":
        time.sleep(14.0)
    else:
        if name == "opcua":  # not among the services of the plant
            stage.play("plc-intake", "opcua_intake")
            stage.wait_for("plc-intake", 4840)
        stage.play(client, part).wait(timeout=90)


def main(names: list[str]) -> None:
    """Make the named fixtures, or all."""
    folder = LAB / "fixtures"
    folder.mkdir(exist_ok=True)
    for name in names or list(RECIPES):
        make(name, folder / f"{name}.pcap", LAB / "run" / "fixtures")
        print(f"{name}: {(folder / f'{name}.pcap').stat().st_size} bytes")
    if (folder / "enip.pcap").exists():
        shutil.copyfile(folder / "enip.pcap", folder / "cip.pcap")
