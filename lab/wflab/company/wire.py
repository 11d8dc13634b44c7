"""From the raw recording to the company's capture: frames in plant time, and which event sent each of them.

Events follow each other, so a frame belongs to the event that began last before it; it keeps its distance from that
beginning. Frames from before the first event are left out.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from ..pcapng import Packet, read, write
from .errors import Disagreement
from .plan import ZONES, ip_of
from .theatre import Done

CLOCK_SLACK_S = 0.001  # the recorder's stamp may precede the program's by this much


@dataclass(frozen=True)
class Frame:
    """One frame of the capture: its packet, the event that it belongs to, when it was really seen."""

    packet: Packet
    event: int
    wall: float


def frames(raw: Path, done: list[Done], epoch: float, live: bool = False) -> list[Frame]:
    """All frames in order of plant time; in a live run times stay as they are."""
    begins = [event.began for event in done]
    out = []
    for packet in read(raw):
        index = bisect_right(begins, packet.ts) - 1
        if index < 0:
            continue
        event = done[index]
        ts = packet.ts if live else epoch + event.at + packet.ts - event.began
        out.append(Frame(Packet(ts, packet.interface, packet.data), index, packet.ts))
    out.sort(key=lambda f: f.packet.ts)
    return out


def save(path: Path, all_frames: list[Frame], comment: str) -> None:
    """Write the capture, one interface a segment."""
    write(path, [f.packet for f in all_frames], list(ZONES), comment)


def addressed(data: bytes) -> tuple[str, str, int, int, int] | None:
    """Source, destination, protocol, destination port and payload length of an IPv4 frame; None of another."""
    if len(data) < 34 or data[12:14] != b"\x08\x00":
        return None
    head = (data[14] & 15) * 4
    total = struct.unpack_from(">H", data, 16)[0]
    protocol, at = data[23], 14 + head
    src, dst = ".".join(map(str, data[26:30])), ".".join(map(str, data[30:34]))
    if protocol == 6 and len(data) >= at + 20:
        return src, dst, 6, struct.unpack_from(">H", data, at + 2)[0], total - head - (data[at + 12] >> 4) * 4
    if protocol == 17 and len(data) >= at + 8:
        return src, dst, 17, struct.unpack_from(">H", data, at + 2)[0], total - head - 8
    return src, dst, protocol, 0, total - head


def acts(all_frames: list[Frame], done: list[Done]) -> list[dict]:
    """Every act with the frame that carried it: the first with a payload to the right place after it was noted."""
    by_event: dict[int, list[tuple[int, Frame]]] = {}
    for number, frame in enumerate(all_frames, 1):
        by_event.setdefault(frame.event, []).append((number, frame))
    told = []
    for event in done:
        for act in event.acts:
            number, frame = _carrier(by_event.get(event.index, []), act)
            told.append({"ts": round(frame.packet.ts, 6), "frame": number, "src": act.get("src") or ip_of(act["src_name"]),
                         "dst": ip_of(act["dst_name"]) if act.get("dst_name") else None,
                         **{k: v for k, v in act.items() if k not in ("wall", "port", "ethertype", "src")}})
    return sorted(told, key=lambda act: act["frame"])


def _carrier(candidates: list[tuple[int, Frame]], act: dict) -> tuple[int, Frame]:
    ethertype = act.get("ethertype")
    for number, frame in candidates:
        if frame.wall < act["wall"] - CLOCK_SLACK_S:
            continue
        if ethertype is not None:
            if frame.packet.data[12:14] == struct.pack(">H", ethertype):
                return number, frame
            continue
        found = addressed(frame.packet.data)
        if found and found[0] == (act.get("src") or ip_of(act["src_name"])) and found[1] == ip_of(act["dst_name"]) \
                and found[3] == act["port"] and found[4] > 0:
            return number, frame
    raise Disagreement(f"not in the capture: {act}")
