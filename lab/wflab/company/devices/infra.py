"""Names and leases (dnsmasq): the server on the domain controller, the relay on the firewall.

dnsmasq ends no lease while a run lasts (12 hours), and knows every name itself: it asks nobody.
"""

from __future__ import annotations

from pathlib import Path

from ...devices.infra import COMMON
from ..plan import DOMAIN, HOSTS, OUTSIDE_HOSTS, ZONES, ip_of

RELAYED = ("control", "supervision")
# names outside, by the machine that has them; NOBODY's names do not exist
OUTSIDE_NAMES = {
    "www.example.org": "internet", "news.example.com": "internet", "maps.example.com": "internet",
    "cdn.example.net": "internet", "mail.example.org": "internet",
    "telemetry.example.net": "internet", "support.vendor.example": "vendor-cloud",
    "remote.vendor.example": "vendor-cloud", "files-share.example": "evil",
}
NOBODY = "sync-status.example"


def serve(world, name: str) -> None:
    """Start the server on `name` and the relay on the firewall; both are processes of the run."""
    world.spawn(name, server_arguments(name, world.run_dir / "leases"), f"{name}-dnsmasq")
    relays = [f"--dhcp-relay={ZONES[zone].gateway},{ip_of(name)}" for zone in RELAYED]
    world.spawn("firewall", [*COMMON, "--port=0", *relays], "firewall-relay")


def server_arguments(name: str, lease_file: Path) -> list[str]:
    """dnsmasq's command line: one name a machine, a fixed lease for each that takes one, free addresses in a zone."""
    lease_file.unlink(missing_ok=True)
    argv = [*COMMON, "--no-ping", f"--dhcp-leasefile={lease_file}", f"--domain={DOMAIN}", "--dhcp-authoritative",
            f"--local=/{DOMAIN}/", f"--local=/{NOBODY}/", f"--listen-address={ip_of(name)}", "--bind-interfaces"]
    for zone in ("enterprise", *RELAYED):
        prefix = ZONES[zone].prefix
        argv += [f"--dhcp-range=set:{zone},{prefix}.200,{prefix}.220,255.255.255.0,12h",
                 f"--dhcp-option=tag:{zone},option:router,{ZONES[zone].gateway}",
                 f"--dhcp-option=tag:{zone},option:dns-server,{ip_of(name)}"]
    for host in HOSTS:
        if host.leased:
            argv.append(f"--dhcp-host={host.mac},{host.ip}")
        argv.append(f"--host-record={host.name}.{DOMAIN},{host.ip}")
    argv += [f"--host-record={outside},{OUTSIDE_HOSTS[host]}" for outside, host in OUTSIDE_NAMES.items()]
    return [*argv, f"--cname=intranet.{DOMAIN},mes.{DOMAIN}", f"--mx-host={DOMAIN},mail.{DOMAIN},10",
            "--mx-host=example.org,mail.example.org,10", f"--txt-record={DOMAIN},v=spf1 -all"]
