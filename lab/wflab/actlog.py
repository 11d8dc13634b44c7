"""What was done on purpose: one JSON line per act, later matched with frames of the capture."""

from __future__ import annotations

import json
import os
import time


def act(protocol: str, function: str, category: str, *, src: str, dst: str, target: str | None,
        value=None, outcome: str = "ok", normal: bool = False) -> None:
    """Append one act to the run's log; does nothing outside a run."""
    path = os.environ.get("WFLAB_ACTS")
    if not path:
        return
    entry = {
        "wall": time.time(), "src": src, "dst": dst, "protocol": protocol, "function": function,
        "category": category, "target": target, "value": value, "outcome": outcome,
        "normal": normal,
    }
    with open(path, "a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
