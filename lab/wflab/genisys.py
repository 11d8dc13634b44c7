"""Genisys over the loopback: a master and two stations as behind a converter of serial lines; no package speaks it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT = 10001
INDICATIONS = {1: {0: 0x05, 1: 0x84, 2: 0xF6, 0xE0: 0x03}, 2: {0: 0x01, 0xE0: 0x01}}


def frame(header: int, station: int, *pairs: tuple[int, int], secure: bool = True) -> bytes:
    """Header, station, pairs with bytes from F0 on in two, check, end."""
    plain = bytes([header, station]) + b"".join(bytes(pair) for pair in pairs)
    crc = 0xFFFF
    for byte in plain:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    sent = b"".join(bytes([byte]) if byte < 0xF0 else bytes([0xF0, byte - 0xF0]) for byte in plain[1:])
    return plain[:1] + sent + (crc.to_bytes(2, "little") if secure else b"") + b"\xf6"


class Stations:
    """Two stations: the first checks controls back before it does them."""

    def __init__(self) -> None:
        self.changed: dict[int, int] = {}

    def answer(self, request: bytes) -> bytes:
        """What the station says that is asked."""
        header, station = request[0], request[1]
        nothing = frame(0xF1, station, secure=False)
        if station not in INDICATIONS:
            return b""
        if header == 0xFD:
            return frame(0xF2, station, *INDICATIONS[station].items())
        if header == 0xFC:
            pair = (request[2], request[3])
            self.changed[station] = request[3]
            return frame(0xF3, station, pair) if station == 1 else nothing
        if header in (0xFA, 0xFB) and station in self.changed:
            return frame(0xF2, station, (1, self.changed.pop(station)))
        return nothing


def requests() -> list[bytes]:
    """What the master sends, in this order; nobody is station 3."""
    return [
        frame(0xFD, 1),
        frame(0xFA, 1),
        frame(0xFD, 2),
        frame(0xFA, 2),
        frame(0xFB, 1, secure=False),
        frame(0xFB, 2),
        frame(0xFB, 3),
        frame(0xFC, 1, (1, 0x08)),
        frame(0xFE, 1),
        frame(0xFB, 1),
        frame(0xFA, 1),
        frame(0xFC, 2, (1, 0xF1)),
        frame(0xFB, 2),
        frame(0xFC, 2, (0xE0, 0x02)),
        frame(0xF9, 0, (4, 0x01)),
    ]


def genisys(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record a round of polls and controls."""
    listener, stations = socket.create_server(("127.0.0.1", PORT)), Stations()

    def serve() -> None:
        connection, _ = listener.accept()
        while request := connection.recv(512):
            if request[0] != 0xF9:
                connection.sendall(stations.answer(request))

    threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        with socket.create_connection(("127.0.0.1", PORT)) as master:
            master.settimeout(0.2)
            for request in requests():
                master.sendall(request)
                try:
                    master.recv(512)
                except TimeoutError:
                    pass
                time.sleep(0.01)

    record(target, f"tcp port {PORT}", act)
