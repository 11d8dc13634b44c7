"""Starts parts on hosts and records what the switches carry."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import clock
from .net import Network
from .plan import BY_NAME, HOSTS, ZONES, Host

LAB = Path(__file__).resolve().parent.parent


class Stage:
    """One run: network, processes, capture, run directory. Use as a context manager."""

    def __init__(self, run_dir: Path, stretch: float = 1.0):
        self.run_dir = run_dir
        run_dir.mkdir(parents=True, exist_ok=True)
        self.network = Network(str(os.getpid()))
        self.processes: list[subprocess.Popen] = []
        self.recorder: subprocess.Popen | None = None
        self.stretch = stretch
        self.acts = run_dir / "acts.jsonl"
        for stale in (self.acts, run_dir / clock.START_FILE):
            stale.unlink(missing_ok=True)
        self.started = 0.0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def start_clock(self) -> None:
        """Plant time begins now."""
        self.started = time.time()
        clock.STRETCH = self.stretch
        (self.run_dir / clock.START_FILE).write_text(f"{self.started}\n", encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What every part finds in its environment."""
        return {**os.environ, "PYTHONPATH": str(LAB), "PYTHONUNBUFFERED": "1",
                "WFLAB_ACTS": str(self.acts), "WFLAB_RUN": str(self.run_dir),
                "WFLAB_STRETCH": str(self.stretch), "WFLAB_EPOCH": str(clock.EPOCH)}

    def spawn(self, namespace: str, argv: list[str], label: str) -> subprocess.Popen:
        """Start a command in a host's namespace; output goes to the run directory."""
        with open(self.run_dir / f"{label}.log", "ab") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.network.ns(namespace), *argv], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.environment(), start_new_session=True, cwd=self.run_dir)
        self.processes.append(process)
        return process

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
        self.recorder = self.spawn("switch", argv, "dumpcap")
        deadline = time.time() + 10
        while not path.exists() or path.stat().st_size < 24:
            if time.time() > deadline or self.recorder.poll() is not None:
                raise RuntimeError(f"dumpcap did not start: see {self.run_dir}/dumpcap.log")
            time.sleep(0.05)
        time.sleep(0.5)

    def stop_recording(self) -> None:
        """End the capture and wait until it is on disk."""
        if self.recorder is None:
            return
        time.sleep(1.0)
        os.killpg(self.recorder.pid, signal.SIGINT)
        self.recorder.wait(timeout=20)
        self.recorder = None

    def wait_for(self, host: str, port: int, timeout_s: float = 40.0) -> None:
        """Wait until something listens on a TCP port of a host."""
        deadline = time.time() + timeout_s
        while f":{port} " not in self.network.exec(host, "ss", "-Hltn"):
            if time.time() > deadline:
                raise RuntimeError(f"{host} does not listen on port {port}: see {self.run_dir}")
            time.sleep(0.3)

    def close(self) -> None:
        """Stop everything this run started."""
        impatient = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut this short
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.stop_recording()
        for process in self.processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
        self.network.close()
        signal.signal(signal.SIGINT, impatient)


__all__ = ["BY_NAME", "LAB", "Stage"]
