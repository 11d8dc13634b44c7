"""Starts parts on hosts and records what the switches carry."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from . import clock
from .net import Network
from .plan import BY_NAME, HOSTS, ZONES, Host
from .running import LAB, Running


class Stage(Running):
    """One run of the demo plant: network, processes, capture, run directory."""

    def __init__(self, run_dir: Path, stretch: float = 1.0):
        super().__init__(run_dir, Network(str(os.getpid())))
        self.stretch = stretch
        self.acts = run_dir / "acts.jsonl"
        for stale in (self.acts, run_dir / clock.START_FILE):
            stale.unlink(missing_ok=True)
        self.started = 0.0

    def start_clock(self) -> None:
        """Plant time begins now."""
        self.started = time.time()
        clock.STRETCH = self.stretch
        (self.run_dir / clock.START_FILE).write_text(f"{self.started}\n", encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What every part finds in its environment."""
        return {**super().environment(), "WFLAB_ACTS": str(self.acts), "WFLAB_STRETCH": str(self.stretch),
                "WFLAB_EPOCH": str(clock.EPOCH)}

    def play(self, host: str, part: str) -> subprocess.Popen:
        """Start one part of `wflab.role` on a host."""
        return self.spawn(host, [sys.executable, "-m", "wflab.role", host, part], f"{host}-{part}")

    def lease(self, host: Host) -> subprocess.Popen:
        """Plug a host in and let it ask for an address (udhcpc)."""
        self.network.plug(host)
        argv = ["udhcpc", "-i", "eth0", "-f", "-t", "5", "-T", "2", "-A", "3",
                "-x", f"hostname:{host.hostname}", "-s", str(LAB / "wflab" / "lease.sh")]
        return self.spawn(host.name, argv, f"{host.name}-dhcp")

    def services(self, names: list[str], skip: tuple[str, ...] = ()) -> None:
        """Start the router's relay and all servers of the named hosts but those to skip."""
        self.play("router", "relay")
        for host in HOSTS:
            if host.name in names:
                for part in host.services:
                    if part not in skip:
                        self.play(host.name, part)

    def record(self, path: Path, zones: tuple[str, ...] = tuple(ZONES), pcap: bool = False,
               capture_filter: str = "") -> None:
        """Begin capturing the switches of the zones."""
        argv = ["dumpcap", "-q", "-P" if pcap else "-n", "-w", str(path)]
        for zone in zones:
            argv += ["-i", f"br-{zone}"[:15]]
            if capture_filter:
                argv += ["-f", capture_filter]
        self.begin_recording(path, argv)

    def wait_for(self, host: str, port: int, timeout_s: float = 40.0) -> None:
        """Wait until something listens on a TCP port of a host."""
        deadline = time.time() + timeout_s
        while f":{port} " not in self.network.exec(host, "ss", "-Hltn"):
            if time.time() > deadline:
                raise RuntimeError(f"{host} does not listen on port {port}: see {self.run_dir}")
            time.sleep(0.3)


__all__ = ["BY_NAME", "LAB", "Stage"]
