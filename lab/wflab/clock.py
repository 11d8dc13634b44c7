"""The plant's clock. Wall seconds of a run are stretched to plant minutes.

A run sets `WFLAB_STRETCH`, `WFLAB_EPOCH` (plant time at start) and, once the recording runs, writes the
wall time of the start into its folder; what devices say about the time then agrees with the capture.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

DEFAULT_EPOCH = 1773122400.0  # 2026-03-10 06:00:00 UTC, the start of a day shift

STRETCH = float(os.environ.get("WFLAB_STRETCH", "1"))
EPOCH = float(os.environ.get("WFLAB_EPOCH", DEFAULT_EPOCH))
START_FILE = "start"
_start: float | None = None


def start() -> float | None:
    """Wall time at which plant time began; None before the recording runs."""
    global _start
    if _start is None:
        path = Path(os.environ.get("WFLAB_RUN", ".")) / START_FILE
        if path.exists() and (text := path.read_text(encoding="utf-8")).endswith("\n"):
            _start = float(text)
    return _start


def plant_seconds() -> float:
    """Plant seconds since the start of the run, 0 before it."""
    began = start()
    return 0.0 if began is None else (time.time() - began) * STRETCH


def plant_time() -> float:
    """Plant time as epoch seconds."""
    return EPOCH + plant_seconds()


def sleep(seconds: float) -> None:
    """Sleep for plant seconds."""
    time.sleep(max(seconds / STRETCH, 0.001))


def sleep_until(seconds: float) -> None:
    """Sleep until that many plant seconds after the start."""
    sleep(max(seconds - plant_seconds(), 0.0))
