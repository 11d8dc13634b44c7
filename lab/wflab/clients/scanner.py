"""The office PC that scans the control zone (nmap)."""

from __future__ import annotations

import os

PORTS = "80,102,502,20000,44818"
FIRST, LAST = 10, 29


def main() -> None:
    """Become nmap: a SYN scan of twenty addresses, five ports each, in order."""
    os.execvp("nmap", ["nmap", "-sS", "-Pn", "-n", "-r", "--max-retries", "0", "--scan-delay", "30ms",
                       "--min-hostgroup", "20", "-p", PORTS, f"10.20.10.{FIRST}-{LAST}"])
