"""Reads, stretches and writes pcapng: just what one run needs."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

SECTION, INTERFACE, ENHANCED = 0x0A0D0D0A, 1, 6
OPTION_END, OPTION_COMMENT, OPTION_NAME, OPTION_RESOLUTION = 0, 1, 2, 9
SMALL_GAP_S = 0.03  # gaps up to this are answers and bursts: they keep their length


@dataclass(frozen=True)
class Packet:
    """One captured frame: when (epoch seconds), on which interface, its bytes."""

    ts: float
    interface: int
    data: bytes


def _blocks(raw: bytes):
    at = 0
    while at + 12 <= len(raw):
        kind, length = struct.unpack_from("<II", raw, at)
        if length < 12 or at + length > len(raw):
            return
        yield kind, raw[at + 8:at + length - 4]
        at += length


def _resolution(body: bytes) -> float:
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, at)
        if code == OPTION_RESOLUTION:
            value = body[at + 4]
            return 2.0 ** -(value & 0x7F) if value & 0x80 else 10.0 ** -value
        at += 4 + length + (-length % 4)
    return 1e-6


def read(path: Path) -> list[Packet]:
    """All frames of a little-endian capture in order of time."""
    units: list[float] = []
    packets: list[Packet] = []
    for kind, body in _blocks(path.read_bytes()):
        if kind == INTERFACE:
            units.append(_resolution(body))
        elif kind == ENHANCED:
            interface, high, low, captured, _ = struct.unpack_from("<IIIII", body)
            ts = ((high << 32) | low) * units[interface]
            packets.append(Packet(ts, interface, body[20:20 + captured]))
    return sorted(packets, key=lambda p: p.ts)


def stretch(packets: list[Packet], start: float, factor: float, wall_start: float) -> list[Packet]:
    """Plant time for wall time: bursts move apart by `factor`, inside a burst nothing changes."""
    out, previous, burst = [], None, 0.0
    for packet in packets:
        if previous is None or packet.ts - previous > SMALL_GAP_S:
            burst = packet.ts
        previous = packet.ts
        ts = start + (burst - wall_start) * factor + (packet.ts - burst)
        out.append(Packet(ts, packet.interface, packet.data))
    return sorted(out, key=lambda p: p.ts)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def write(path: Path, packets: list[Packet], interfaces: list[str], comment: str) -> None:
    """One section, one Ethernet interface per segment, microseconds."""
    end = struct.pack("<HH", OPTION_END, 0)
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(OPTION_COMMENT, comment.encode()) + end
    chunks = [_block(SECTION, section)]
    for name in interfaces:
        options = _option(OPTION_NAME, name.encode()) + _option(OPTION_RESOLUTION, b"\x06") + end
        chunks.append(_block(INTERFACE, struct.pack("<HHI", 1, 0, 262144) + options))
    for packet in packets:
        stamp = round(packet.ts * 1e6)
        head = struct.pack("<IIIII", packet.interface, stamp >> 32, stamp & 0xFFFFFFFF,
                           len(packet.data), len(packet.data))
        chunks.append(_block(ENHANCED, head + packet.data + bytes(-len(packet.data) % 4)))
    path.write_bytes(b"".join(chunks))
