"""Processes of one run, its recording and its end: what both plants share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent


class Running:
    """Use as a context manager: leaving it ends every process and removes every namespace. `network` has `ns` and `close`."""

    def __init__(self, run_dir: Path, network):
        self.run_dir = run_dir
        run_dir.mkdir(parents=True, exist_ok=True)
        self.network = network
        self.processes: list[subprocess.Popen] = []
        self.recorder: subprocess.Popen | None = None

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """What every process finds in its environment."""
        return {**os.environ, "PYTHONPATH": str(LAB), "PYTHONUNBUFFERED": "1", "WFLAB_RUN": str(self.run_dir)}

    def spawn(self, host: str, argv: list[str], label: str) -> subprocess.Popen:
        """Start a command in a machine's namespace; output goes to the run directory."""
        with open(self.run_dir / f"{label}.log", "ab") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.network.ns(host), *argv], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.environment(), start_new_session=True, cwd=self.run_dir)
        self.processes.append(process)
        return process

    def begin_recording(self, path: Path, argv: list[str]) -> None:
        """Start dumpcap beside the switches; returns when it captures."""
        path.unlink(missing_ok=True)
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
        self.recorder.wait(timeout=30)
        self.recorder = None

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
