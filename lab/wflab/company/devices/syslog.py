"""A sink for syslog messages over UDP (RFC 5426)."""

from __future__ import annotations

import socket

from ..plan import BY_NAME


def serve(world, name: str) -> None:
    """Take messages until the process ends."""
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind((BY_NAME[name].ip, 514))
    while True:
        sink.recv(2048)
