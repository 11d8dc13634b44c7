"""Names and leases (dnsmasq): server in the office, relays on the router."""

from __future__ import annotations

import os
from pathlib import Path

from ..plan import HOSTS, OUTSIDE_ADDRESS, ZONES, ip_of

DOMAIN = "northfield.example"
COMMON = ("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
          "--user=root", "--log-facility=/dev/null", "--pid-file=")


def server_arguments(lease_file: Path) -> list[str]:
    """Command line of srv-infra: fixed leases and one name per host."""
    argv = [*COMMON, "--no-ping", f"--dhcp-leasefile={lease_file}", f"--domain={DOMAIN}",
            "--dhcp-authoritative", f"--local=/{DOMAIN}/",
            f"--address=/telemetry.example.net/{OUTSIDE_ADDRESS}"]
    for zone in ZONES.values():
        argv += [f"--dhcp-range=set:{zone.id},{zone.prefix}.200,{zone.prefix}.220,255.255.255.0,4m",
                 f"--dhcp-option=tag:{zone.id},option:router,{zone.gateway}",
                 f"--dhcp-option=tag:{zone.id},option:dns-server,{ip_of('srv-infra')}"]
    for host in HOSTS:
        if host.lease:
            argv.append(f"--dhcp-host={host.mac},{host.lease}")
        if host.ip:
            argv.append(f"--host-record={host.name}.{DOMAIN},{host.ip}")
    argv += [f"--cname=files.{DOMAIN},srv-files.{DOMAIN}",
             f"--txt-record={DOMAIN},v=spf1 -all", f"--mx-host={DOMAIN},mail.{DOMAIN},10"]
    return argv


def serve_names(run_dir: Path) -> None:
    """Become dnsmasq on srv-infra."""
    argv = server_arguments(run_dir / "leases")
    os.execvp(argv[0], argv)


def serve_relay() -> None:
    """Become dnsmasq as the router's DHCP relay for the zones without a server."""
    relays = [f"--dhcp-relay={zone.gateway},{ip_of('srv-infra')}"
              for zone in ZONES.values() if zone.id != "office"]
    os.execvp("dnsmasq", [*COMMON, "--port=0", *relays])
