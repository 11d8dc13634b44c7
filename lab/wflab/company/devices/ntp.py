"""A small NTP server (RFC 5905, mode 4) that tells plant time."""

from __future__ import annotations

import socket
import struct

from ..plan import BY_NAME

ERA = 2_208_988_800  # seconds from 1900 to 1970
STRATUM, PRECISION = 2, -20
UPSTREAM = bytes([198, 51, 100, 23])


def stamp(epoch_s: float) -> bytes:
    """An NTP timestamp: seconds since 1900 and their fraction."""
    return struct.pack(">Q", int((epoch_s + ERA) * (1 << 32)))


def serve(world, name: str) -> None:
    """Answer clients until the process ends."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind((BY_NAME[name].ip, 123))
    while True:
        asked, client = peer.recvfrom(512)
        if len(asked) >= 48 and asked[0] & 7 == 3:
            peer.sendto(answer(asked, world.plant_time()), client)


def answer(asked: bytes, now: float) -> bytes:
    """The answer to a client's question: its transmit time comes back as the origin."""
    head = struct.pack(">BBbbII4s", asked[0] & 0x38 | 4, STRATUM, 6, PRECISION, 0x0199, 0x02A0, UPSTREAM)
    return head + stamp(now - 37.25) + asked[40:48] + stamp(now) + stamp(now + 0.00002)
