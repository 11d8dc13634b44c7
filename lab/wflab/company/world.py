"""One run of the company: network, process, servers, connections and the theatre that moves them."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
import time
from pathlib import Path

from .. import clock
from ..running import Running
from .net import Network, bridge_of
from .plan import BY_NAME, HOSTS, ZONES, ip_of
from .theatre import Theatre
from .water import Water

# part: module below devices, TCP port to wait for (None: it speaks first, or UDP)
PARTS = {
    "modbus": ("modbus", 502), "s7": ("s7", 102), "cip": ("cip", 44818), "dnp3": ("dnp3", 20000), "iec104": ("iec104", 2404),
    "mms": ("iec61850", 102), "goose": (None, None), "bacnet": ("bacnet", None), "opcua": ("opcua", 4840),
    "mqtt": ("mqtt", 1883), "dcp": ("layer2", None), "lldp": (None, None), "snmp": ("snmp", None), "web": ("web", 80),
    "http": ("web", 80), "tls": ("web", 443), "ssh": ("ssh", 22), "rdp": ("rdp", 3389), "dnsmasq": ("infra", 53),
    "ntp": ("ntp", None), "smb": ("smb", 445), "smtp": ("smtp", 25), "proxy": ("proxy", 3128), "syslog": ("syslog", None),
}


class World(Running):
    """One run of the company: what the theatre, the servers and the clients call."""

    def __init__(self, run_dir: Path, seed: int = 1, epoch: float = clock.DEFAULT_EPOCH, speed: float | None = None):
        logging.disable(logging.CRITICAL)  # the stacks tell each request; what matters is on the wire
        super().__init__(run_dir, Network(str(os.getpid())))
        self.seed, self.epoch = seed, epoch
        self.water = Water(seed, epoch % 86_400.0)
        self.theatre = Theatre(self, self.inside, seed, speed)
        self.links: dict[tuple, object] = {}
        self.state: dict[object, object] = {}
        self.raw = run_dir / "raw.pcapng"
        self.told: dict = {}
        self.problems: list[str] = []
        self.addresses: dict[str, str] = {}
        self.closing = False

    def inside(self, name: str):
        """This thread's new sockets are a machine's; one that was not there yet gets its cable first."""
        if name not in self.network.doors:
            self.network.add_host(BY_NAME[name])
        return self.network.inside(name)

    def step(self, now: float) -> None:
        """Let the process catch up."""
        self.water.step(now)

    def plant_time(self) -> float:
        """Plant time as epoch seconds: what devices say when they are asked for the time."""
        return self.epoch + self.theatre.now

    def wrote(self, host: str, tag: str, value: float) -> None:
        """A device was told a value."""
        self.water.tags[tag] = value

    def act(self, protocol: str, function: str, category: str, target: str, point: str | None, value=None, *,
            port: int, outcome: str = "ok", **told) -> None:
        """Note what is about to be sent on purpose."""
        self.theatre.note(src=self.address(self.theatre.current.actor), protocol=protocol, function=function, category=category, dst_name=target, target=point,
                          value=value, port=port, outcome=outcome, **{**self.told, **told})

    def address(self, name: str) -> str:
        """Where a machine is now: its address of the plan, unless it got another."""
        return self.addresses.get(name) or (None if name == "outside" else ip_of(name))

    def forget(self, host: str) -> None:
        """Drop every connection from or to a machine: it restarted, or lost its address."""
        for key in [k for k in self.links if host in k[1:]]:
            link = self.links.pop(key)
            close = getattr(link, "close", None) or getattr(link, "disconnect", None)
            if close:
                with contextlib.suppress(Exception):  # stacks raise what they like when a dead connection is closed
                    close()

    # raising and ending

    def start(self, host: str, part: str) -> None:
        """Start one server of a machine in a thread of its own."""
        module = PARTS[part][0]
        if module is None:
            return
        serve = importlib.import_module(f"{__package__}.devices.{module}").serve
        problems: list[BaseException] = []

        def play() -> None:
            try:
                self.network.enter(host)
                serve(self, host) if module != "web" else serve(self, host, part)
            except BaseException as error:  # told when the port is waited for
                problems.append(error)
                if self.closing:
                    return
                with open(self.run_dir / f"{host}-{part}.log", "a", encoding="utf-8") as log:
                    log.write(f"{type(error).__name__}: {error}\n")

        self.state[("problems", host, part)] = problems
        threading.Thread(target=play, name=f"{host}-{part}", daemon=True).start()

    def raise_company(self) -> None:
        """Network and all servers; returns when they listen."""
        self.network.build()
        for host in HOSTS:
            if not host.late:
                for part in host.parts:
                    self.start(host.name, part)
                    if part == "mms":  # the library's servers must not be built at the same time
                        self.wait_for(host.name, part, PARTS[part][1])
        for host in HOSTS:
            if not host.late:
                for part in host.parts:
                    if PARTS[part][1]:
                        self.wait_for(host.name, part, PARTS[part][1])

    def wait_for(self, host: str, part: str, port: int, timeout_s: float = 30.0) -> None:
        """Wait until something listens on a TCP port of a machine."""
        deadline = time.time() + timeout_s
        hexport = f":{port:04X} "
        while True:
            with self.network.inside(host), open("/proc/thread-self/net/tcp", encoding="ascii") as table:
                if any(hexport in line and " 0A " in line for line in table):
                    return
            problems = self.state[("problems", host, part)]
            if problems or time.time() > deadline:
                raise RuntimeError(f"{host} does not listen on port {port} ({part}): "
                                   f"{problems[0] if problems else f'see {self.run_dir}'}")
            time.sleep(0.05)

    def record(self) -> None:
        """Begin capturing all segments."""
        argv = ["dumpcap", "-q", "-n", "-B", "64", "-N", "2000000", "-C", "1000000000", "-w", str(self.raw)]
        for zone in ZONES:
            argv += ["-i", bridge_of(zone)]
        self.begin_recording(self.raw, argv)

    def close(self) -> None:
        """Stop everything this run started."""
        self.closing = True
        super().close()
