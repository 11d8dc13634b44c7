"""A client's question for the time (RFC 5905, mode 3)."""

from __future__ import annotations

import socket
import struct

from ..devices.ntp import ERA, stamp
from ..plan import ip_of

TIMEOUT_S = 0.5


def query(world, actor: str, target: str = "dc", version: int = 4) -> float:
    """What time it is, as epoch seconds."""
    told = stamp(world.plant_time() + _drift(world, actor))
    asked = struct.pack(">BBbb", version << 3 | 3, 0, 10, -6) + bytes(36) + told
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(TIMEOUT_S)
        peer.connect((ip_of(target), 123))
        peer.send(asked)
        answer = peer.recv(512)
    return struct.unpack(">Q", answer[40:48])[0] / (1 << 32) - ERA


def _drift(world, actor: str) -> float:
    """How far a machine's clock is off: some milliseconds, the same all day."""
    return world.theatre.random("clock", actor).uniform(-0.02, 0.02)
