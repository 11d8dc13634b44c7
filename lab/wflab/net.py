"""Network namespaces: one per host, one for the switches, one for the router, one for the outside.

The bridges live in a namespace of their own, so the machine's root namespace is never touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from .plan import HOSTS, OUTSIDE_ADDRESS, ROUTER_MACS, ZONES, Host

PREFIX = "wflab"
LLDP_FORWARD_MASK = "0x4000"
SYSCTLS = (
    "net.ipv4.tcp_timestamps=0", "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.conf.default.send_redirects=0", "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.arp_notify=1", "net.ipv6.conf.all.disable_ipv6=1",
    "net.ipv6.conf.default.disable_ipv6=1",
)


class NotPermitted(RuntimeError):
    """The machine does not let us make network namespaces."""


def run(*argv: str, check: bool = True) -> str:
    """Run a command, return its output, raise with its message when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Network:
    """All namespaces of one run; `close` ends their processes and deletes them."""

    def __init__(self, run_id: str):
        self.run_id = run_id
        self.made: list[str] = []
        self.ports = 0

    def ns(self, name: str) -> str:
        """Full namespace name of a host."""
        return f"{PREFIX}-{self.run_id}-{name}"

    def _ip(self, name: str, *argv: str) -> str:
        return run("ip", "-n", self.ns(name), *argv)

    def exec(self, name: str, *argv: str, check: bool = True) -> str:
        """Run a command inside a host's namespace and wait for it."""
        return run("ip", "netns", "exec", self.ns(name), *argv, check=check)

    def _add_ns(self, name: str) -> None:
        try:
            run("ip", "netns", "add", self.ns(name))
        except RuntimeError as error:
            raise NotPermitted(
                "cannot make a network namespace "
                f"({error}). The lab needs root, or a container with CAP_SYS_ADMIN and CAP_NET_ADMIN."
            ) from error
        self.made.append(name)
        self._ip(name, "link", "set", "lo", "up")
        self.exec(name, "sysctl", "-qw", *SYSCTLS, check=False)

    def build(self, names: list[str]) -> None:
        """Make the switches, the router, the outside and the named hosts."""
        self._add_ns("switch")
        for zone in ZONES:
            self._ip("switch", "link", "add", f"br-{zone}"[:15], "type", "bridge", "stp_state", "0",
                     "mcast_snooping", "0", "group_fwd_mask", LLDP_FORWARD_MASK)
            self._ip("switch", "link", "set", f"br-{zone}"[:15], "up", "promisc", "on")
        self._add_router()
        for host in HOSTS:
            if host.name in names:
                self.add_host(host)

    def add_host(self, host: Host) -> None:
        """Make a host's namespace; a host with a lease gets its cable only when plugged in."""
        self._add_ns(host.name)
        if host.ip:
            self.plug(host)
            self.address(host.name, "eth0", host.ip)
            self._ip(host.name, "route", "add", "default", "via", ZONES[host.zone].gateway)

    def plug(self, host: Host) -> None:
        """Connect a host to its zone's switch."""
        self._cable(host.name, "eth0", host.mac, host.zone)

    def address(self, name: str, device: str, ip: str) -> None:
        """Give an interface a /24 address."""
        self._ip(name, "addr", "add", f"{ip}/24", "brd", "+", "dev", device)

    def _cable(self, name: str, device: str, mac: str, zone: str) -> None:
        self.ports += 1
        port = f"p{self.ports}"
        self._ip("switch", "link", "add", port, "type", "veth", "peer", "name", device,
                 "netns", self.ns(name))
        self._ip("switch", "link", "set", port, "master", f"br-{zone}"[:15], "up")
        self._ip(name, "link", "set", device, "address", mac)
        self.exec(name, "ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", check=False)
        self._ip(name, "link", "set", device, "up")

    def _add_router(self) -> None:
        self._add_ns("router")
        for zone in ZONES.values():
            device = f"{zone.id}"[:15]
            self._cable("router", device, ROUTER_MACS[zone.id], zone.id)
            self.address("router", device, zone.gateway)
        self.exec("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._add_ns("outside")
        self._ip("router", "link", "add", "wan", "type", "veth", "peer", "name", "eth0",
                 "netns", self.ns("outside"))
        self._ip("router", "link", "set", "wan", "up")
        self._ip("outside", "link", "set", "eth0", "up")
        self.address("router", "wan", "198.51.100.1")
        self.address("outside", "eth0", OUTSIDE_ADDRESS)
        self._ip("outside", "route", "add", "default", "via", "198.51.100.1")

    def close(self) -> None:
        """End every process inside our namespaces and delete them."""
        for name in reversed(self.made):
            delete_namespace(self.ns(name))
        self.made.clear()


def delete_namespace(ns: str) -> None:
    """End the processes of one namespace and remove it."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        pids = run("ip", "netns", "pids", ns, check=False).split()
        for pid in pids:
            try:
                os.kill(int(pid), signum)
            except ProcessLookupError:
                continue
        if pids:
            time.sleep(0.3)
    run("ip", "netns", "delete", ns, check=False)
    netns = Path("/etc/netns") / ns
    if netns.is_dir():
        netns.rmdir()


def stale() -> list[str]:
    """Names of namespaces that an earlier run left behind; those of a run that is still there are not among them."""
    lines = run("ip", "netns", "list", check=False).splitlines()
    return [name for line in lines if (name := line.split()[0]).startswith(f"{PREFIX}-") and not _in_use(name)]


def _in_use(name: str) -> bool:
    """Whether the process whose number the name carries is a run of the lab."""
    owner = name.removeprefix(f"{PREFIX}-").split("-")[0]
    try:
        return owner.isdigit() and b"python" in Path(f"/proc/{owner}/cmdline").read_bytes()
    except OSError:
        return False
