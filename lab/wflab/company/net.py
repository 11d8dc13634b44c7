"""The company's network: a namespace per machine, one for the bridges, one for the firewall, one for what is outside.

The bridges live in a namespace of their own, so the machine's root namespace is never touched. The calling thread
moves between namespaces (`Network.inside`): a socket stays in the namespace in which it was made.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time

from ..net import LLDP_FORWARD_MASK, PREFIX, SYSCTLS, NotPermitted, run
from .plan import HOSTS, OUTSIDE_HOSTS, PERMITTED, ZONES, Host, members

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _enter(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise NotPermitted(f"cannot enter a network namespace: {os.strerror(number)}; the lab needs root")


class Network:
    """All namespaces of one run; `close` ends their processes and deletes them."""

    def __init__(self, run_id: str):
        self.run_id = run_id
        self.made: list[str] = []
        self.doors: dict[str, int] = {}
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.ports = 0
        self.mirrored = False
        self.cuts: list[str] = []

    def ns(self, name: str) -> str:
        """Full namespace name of a machine."""
        return f"{PREFIX}-{self.run_id}-{name}"

    @contextlib.contextmanager
    def inside(self, name: str):
        """This thread's new sockets are a machine's."""
        _enter(self.doors[name])
        try:
            yield
        finally:
            _enter(self.home)

    def enter(self, name: str) -> None:
        """As `inside`, for the rest of this thread's life."""
        _enter(self.doors[name])

    def exec(self, name: str, *argv: str, check: bool = True, stdin: str | None = None) -> str:
        """Run a command inside a machine's namespace and wait for it."""
        full = ["ip", "netns", "exec", self.ns(name), *argv]
        if stdin is None:
            return run(*full, check=check)
        done = subprocess.run(full, input=stdin, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def batch(self, name: str, lines: list[str]) -> None:
        """Several `ip` commands at once in a namespace."""
        done = subprocess.run(["ip", "-n", self.ns(name), "-batch", "-"], input="\n".join(lines) + "\n",
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"ip -batch in {name}: {done.stderr.strip()}")

    def _add_ns(self, name: str) -> None:
        try:
            run("ip", "netns", "add", self.ns(name))
        except RuntimeError as error:
            raise NotPermitted(
                f"cannot make a network namespace ({error}). The lab needs root, or a container with CAP_SYS_ADMIN "
                "and CAP_NET_ADMIN.") from error
        self.made.append(name)
        self.doors[name] = os.open(f"/run/netns/{self.ns(name)}", os.O_RDONLY)
        with self.inside(name):
            for setting in SYSCTLS:
                key, value = setting.split("=")
                with contextlib.suppress(OSError), open(f"/proc/sys/{key.replace('.', '/')}", "w", encoding="ascii") as file:
                    file.write(value)

    def build(self) -> None:
        """Make switches, firewall, the outside and all machines but the late ones."""
        self._add_ns("switch")
        lines = []
        for zone in ZONES:
            bridge = bridge_of(zone)
            lines += [f"link add {bridge} type bridge stp_state 0 mcast_snooping 0 group_fwd_mask {LLDP_FORWARD_MASK}",
                      f"link set {bridge} up promisc on"]
        self.batch("switch", [*lines, "link set lo up"])
        self._add_firewall()
        for host in HOSTS:
            if not host.late:
                self.add_host(host)
        self.exec("switch", "nft", "-f", "-", stdin="table bridge cuts {\n chain pass {\n"
                  "  type filter hook forward priority -200; policy accept;\n }\n}\n")

    def add_host(self, host: Host) -> None:
        """Make a machine's namespace, cable and, unless it is leased, address."""
        self._add_ns(host.name)
        lines = self._cable(host.name, "eth0", host.mac, host.zone)
        if not host.leased:
            lines += [f"addr add {host.ip}/24 brd + dev eth0",
                      f"route add default via {ZONES[host.zone].gateway} dev eth0 quickack 1",
                      f"route change {ZONES[host.zone].subnet} dev eth0 scope link quickack 1"]
        self.batch(host.name, [*lines, "link set lo up"])
        self._plain(host.name, "eth0")

    def _cable(self, name: str, device: str, mac: str, zone: str) -> list[str]:
        self.ports += 1
        port = f"p{self.ports}"
        self.batch("switch", [f"link add {port} type veth peer name {device} netns {self.ns(name)}",
                              f"link set {port} master {bridge_of(zone)} up"])
        if self.mirrored:
            self._span(port)
        return [f"link set {device} address {mac}", f"link set {device} up"]

    def mirror(self) -> None:
        """A machine `sensor` whose card `span0` gets a copy of every frame that enters a switch, as a mirror port does."""
        self._add_ns("sensor")
        self.batch("switch", [f"link add mirror0 type veth peer name span0 netns {self.ns('sensor')}", "link set mirror0 up"])
        self.batch("sensor", ["link set lo up", "link set span0 up promisc on"])
        self.exec("switch", "nft", "add", "table", "netdev", "span")
        self.mirrored = True
        for number in range(1, self.ports + 1):
            self._span(f"p{number}")

    def _span(self, port: str) -> None:
        self.exec("switch", "nft", "-f", "-", stdin=f"table netdev span {{\n chain {port} {{\n"
                  f"  type filter hook ingress device {port} priority -300; policy accept;\n  dup to mirror0\n }}\n}}\n")

    def _plain(self, name: str, device: str) -> None:
        """No offloads: packets of real sizes with checksums."""
        self.exec(name, "ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", check=False)

    def _add_firewall(self) -> None:
        self._add_ns("firewall")
        lines = ["link set lo up"]
        for zone in ZONES.values():
            lines += self._cable("firewall", zone.id, zone.router_mac, zone.id)
            lines.append(f"addr add {zone.gateway}/24 brd + dev {zone.id}")
        self._add_ns("outside")
        lines += [f"link add wan type veth peer name eth0 netns {self.ns('outside')}", "link set wan up",
                  "addr add 198.51.100.1/24 brd + dev wan"]
        self.batch("firewall", lines)
        for device in (*ZONES, "wan"):
            self._plain("firewall", device)
        self.batch("outside", ["link set lo up", "link set eth0 up",
                               *[f"addr add {ip}/24 brd + dev eth0" for ip in OUTSIDE_HOSTS.values()],
                               "route add default via 198.51.100.1"])
        with self.inside("firewall"), open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        self.exec("firewall", "nft", "-f", "-", stdin=ruleset())

    def cut(self, src: str, dst: str, port: int | None = None) -> None:
        """Take a conversation away, both directions, established or not: what an action in the plant would do."""
        service = (f" tcp dport {port}", f" tcp sport {port}") if port else ("", "")
        for one, other, match in ((src, dst, service[0]), (dst, src, service[1])):
            self.exec("switch", "nft", "add", "rule", "bridge", "cuts", "pass",
                      *f"ip saddr {one} ip daddr {other}{match} drop".split())
        self.cuts.append(f"{src} {dst} {port or 'any'}")

    def mend(self) -> None:
        """Undo every cut."""
        self.exec("switch", "nft", "flush", "chain", "bridge", "cuts", "pass")
        self.cuts.clear()

    def close(self) -> None:
        """End every process inside our namespaces and delete them."""
        for fd in (*self.doors.values(), self.home):
            with contextlib.suppress(OSError):
                os.close(fd)
        self.doors.clear()
        names = [self.ns(name) for name in reversed(self.made)]
        for signum in (signal.SIGTERM, signal.SIGKILL):
            pids = [pid for name in names for pid in run("ip", "netns", "pids", name, check=False).split()]
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signum)
            deadline = time.time() + 1.0
            while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.time() < deadline:
                time.sleep(0.02)
        for name in names:
            run("ip", "netns", "delete", name, check=False)
            with contextlib.suppress(OSError):
                os.rmdir(f"/etc/netns/{name}")
        self.made.clear()


def bridge_of(zone: str) -> str:
    """Name of a zone's bridge: an interface name has at most 15 octets."""
    return f"br-{zone}"[:15]


def ruleset() -> str:
    """The firewall's rules, as nftables reads them."""
    lines = ["table inet company {", " chain pass {", "  type filter hook forward priority 0; policy drop;",
             "  ct state established,related accept"]
    for source, target, protocol, ports in PERMITTED:
        match = "".join(f"ip {side} {place} " for side, place in (("saddr", members(source)), ("daddr", members(target)))
                        if place)
        lines.append(f"  {match}{protocol} dport {{ {', '.join(map(str, ports))} }} accept")
    return "\n".join([*lines, " }", "}", ""])
