"""Plays one part on one host: `python -m wflab.role HOST PART`, started inside the host's namespace."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path


def _services(host: str) -> dict[str, Callable[[], None]]:
    """Part name to function. Imports are local: no process loads a stack it does not play."""
    run_dir = Path(os.environ.get("WFLAB_RUN", "."))

    def late(module: str, function: str, *args) -> Callable[[], None]:
        def start() -> None:
            loaded = __import__(f"wflab.{module}", fromlist=[function])
            getattr(loaded, function)(*args)
        return start

    return {
        "modbus_intake": late("devices.modbus", "serve_intake"),
        "modbus_reservoir": late("devices.modbus", "serve_reservoir"),
        "s7_filters": late("devices.s7", "serve"),
        "cip_dosing": late("devices.cip", "serve"),
        "opcua_intake": late("devices.opcua", "serve"),
        "dnp3_booster": late("devices.dnp3", "serve"),
        "iec104_station": late("devices.iec104", "serve"),
        "mqtt_broker": late("devices.mqtt", "serve", run_dir),
        "lldp": late("devices.layer2", "serve_lldp", host),
        "dcp": late("devices.layer2", "serve_dcp", host),
        "bacnet_device": late("devices.bacnet", "serve"),
        "snmp_agent": late("devices.snmp", "serve"),
        "plc_web": late("devices.web", "serve_plc_page"),
        "files_http": late("devices.web", "serve_files"),
        "files_tls": late("devices.web", "serve_tls"),
        "files_ssh": late("devices.web", "serve_ssh"),
        "outside_tls": late("devices.web", "serve_tls", "telemetry.example.net"),
        "dnsmasq": late("devices.infra", "serve_names", run_dir),
        "relay": late("devices.infra", "serve_relay"),
        "ied": late("devices.iec61850", "serve"),
        "hmi": late("clients.hmi", "main"),
        "historian": late("clients.historian", "main"),
        "scada": late("clients.scada", "main"),
        "engineering": late("clients.engineering", "main"),
        "office": late("clients.office", "main", host),
        "dcp_controller": late("clients.layer2", "io_controller"),
        "laptop": late("clients.laptop", "main"),
        "fixture_bacnet": late("clients.bacnet", "main"),
        "fixture_snmp": late("clients.snmp", "main"),
        "scanner": late("clients.scanner", "main"),
        "beacon": late("clients.beacon", "main"),
        "weblogin": late("clients.weblogin", "main"),
        "fixture_opcua": late("clients.opcua", "main"),
        **{f"fixture_{name}": late("clients.fixture", "main", name)
           for name in ("modbus", "dnp3", "iec104", "mqtt", "s7comm", "enip", "profinet_dcp", "arp", "dns", "http",
                        "tls", "ssh", "mdns", "mms", "goose", "sv")},
    }


def main() -> None:
    """Play the part named on the command line."""
    host, part = sys.argv[1:3]
    level = logging.DEBUG if os.environ.get("WFLAB_DEBUG") else logging.CRITICAL
    logging.basicConfig(level=level)
    _services(host)[part]()


if __name__ == "__main__":
    main()
