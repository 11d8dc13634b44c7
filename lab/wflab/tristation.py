"""TriStation over the loopback: a workstation and a safety controller; no package speaks it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

PORT = 1502
BUILT = 1_700_000_000
PROJECT = struct.pack("<HHI", 1, 4, BUILT) + b"BOILER1\0\0\0"


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def datagram(kind: int, body: bytes = b"") -> bytes:
    """Type, channel, length, body, check."""
    whole = struct.pack("<BBH", kind, 0, len(body)) + body
    return whole + struct.pack("<H", crc16(whole))


def command(code: int, sequence: int, data: bytes = b"", path: int = 0) -> bytes:
    """A command (path 0) or an answer (path 1) with its sum."""
    length = len(data) + 10
    head = struct.pack("<BBBBH", path, path, code, sequence, 0)
    total = sum(head) + sum(struct.pack("<H", length)) + sum(data) + length
    return datagram(5, head + struct.pack("<HH", total & 0xFFFF, length) + data)


class Controller:
    """A controller with its key in PROGRAM, as far as the workstation asks."""

    def __init__(self) -> None:
        self.running = True

    def cp_status(self) -> bytes:
        state = bytes([1, 0, 0, 0, 13, 0, 1, 1, 0 if self.running else 1])
        return (state + bytes(49) + PROJECT).ljust(186, b"\0")

    def chassis(self) -> bytes:
        data = struct.pack("<HBBBB", 2, 0xFF, 0 if self.running else 1, 1, 0) + PROJECT[:8]
        data = (data + struct.pack("<IIHII", 200, 200, 181, 0, 1) + PROJECT[8:]).ljust(166, b"\0")
        kinds = [0xFF, 0xFF, 0xFF, 57, 0, 3, 20]
        return data + b"".join(bytes([5, 33, kind, 1]) + bytes(28) for kind in kinds).ljust(512, b"\0")

    def versions(self) -> bytes:
        slots = b"".join(struct.pack("<HHHH", kind, 6237, 6238, 6239) for kind in (0xFF, 0xFF, 0xFF, 57))
        return ((bytes([0, 0xFF]) + slots).ljust(450, b"\0") + b"740019" + b"A02" + b"AB123456").ljust(767, b"\0")

    def answer(self, request: bytes) -> bytes:
        kind = request[0]
        if kind != 5:
            return datagram({1: 2, 4: 3}[kind])
        code, sequence, data = request[6], request[7], request[14:-2]
        if code in (20, 21) and self.running == (code == 20):
            return command(100, sequence, bytes([203 if code == 20 else 206, 0]), 1)
        if code in (65, 66) and struct.unpack_from("<H", data)[0] > 16:
            return command(100, sequence, bytes([208, 0]), 1)
        if code in (20, 21):
            self.running = code == 20
        words = bytes.fromhex("9421fff0 7c0802a6 4e800020 01020304".replace(" ", ""))
        piece = data[:2] + struct.pack("<HHHH", 0, 4, 0, 4) + words
        answers = {
            1: (102, b""), 7: (100, bytes([212, 0])), 11: (103, b""), 12: (104, b""), 13: (106, bytes([3, 0, 0x33, 10, 4, 0])),
            19: (108, self.cp_status()), 20: (109, b""), 21: (110, b""), 24: (119, self.chassis()), 54: (151, self.versions()),
            55: (153, b""), 56: (154, b""), 59: (101, b""), 65: (162, piece), 66: (163, piece),
        }  # fmt: skip
        answer, text = answers.get(code, (100, bytes([200, 0])))
        return command(answer, sequence, text, 1)


def requests() -> list[tuple[int, bytes]]:
    """What the workstation asks, in this order."""
    code = bytes.fromhex("38600001 4e800020 00000000 c3b2a190".replace(" ", ""))
    change = PROJECT[8:] + PROJECT[:8] + struct.pack("<HHI", 2, 4, BUILT + 60) + PROJECT[8:] + struct.pack("<HHH", 0, 1, 4)
    whole = struct.pack("<HHHI", 0, 0, 13, BUILT) + PROJECT[8:] + struct.pack("<HHH", 1, 4, 0)
    return [
        (13, b""),
        (19, b""),
        (24, b""),
        (54, struct.pack("<H", 1)),
        (65, struct.pack("<HHHH", 1, 0, 0, 0)),
        (66, struct.pack("<HHHH", 16, 0, 0, 0)),
        (66, struct.pack("<HHHH", 32, 0, 0, 0)),
        (7, struct.pack("<I", BUILT)),
        (1, change),
        (55, struct.pack("<HHHHH", 3, 1, 4, 0, 4) + code),
        (56, struct.pack("<HHHHH", 16, 0, 4, 0, 4) + code),
        (11, b""),
        (20, b""),
        (21, b""),
        (19, b""),
        (59, whole),
        (12, b""),
        (20, b""),
        (19, b""),
        (99, b""),
    ]


def tristation(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record a session of the workstation."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", PORT))
    controller = Controller()

    def serve() -> None:
        while True:
            request, peer = server.recvfrom(2048)
            server.sendto(controller.answer(request), peer)

    threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", PORT))

            def ask(message: bytes) -> None:
                client.send(message)
                client.recv(2048)

            ask(datagram(1))
            for sequence, (code, data) in enumerate(requests(), start=1):
                ask(command(code, sequence, data))
            ask(datagram(4))

    record(target, f"udp port {PORT}", act)
