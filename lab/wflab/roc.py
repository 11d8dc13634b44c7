"""ROC Plus (Emerson D301180X012) over the loopback: a client and a flow computer; no package speaks it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT = 4000
DEVICE, HOST = bytes([1, 2]), bytes([3, 1])
# Analog input 1: value in units, its tag, its scan state; types by the size of the bytes.
POINTS = {(103, 1, 21): struct.pack("<f", 42.5), (103, 1, 0): b"PT-101    ", (103, 1, 1): bytes([1])}


def frame(to: bytes, source: bytes, opcode: int, data: bytes) -> bytes:
    """Addresses, opcode, length, data and the check."""
    body = to + source + bytes([opcode, len(data)]) + data
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return body + struct.pack("<H", crc)


def answer(request: bytes) -> bytes:
    """What the flow computer says to a request."""
    opcode, data = request[4], request[6:-2]

    def error(code: int, at: int) -> bytes:
        return frame(HOST, DEVICE, 255, bytes([code, at]))

    if opcode == 180:
        asked = [tuple(data[at : at + 3]) for at in range(1, len(data), 3)]
        if any(point not in POINTS for point in asked):
            return error(2, 8)
        return frame(HOST, DEVICE, 180, data[:1] + b"".join(bytes(p) + POINTS[p] for p in asked))
    if opcode == 181 and tuple(data[1:4]) == (103, 1, 0):
        return error(19, 7)
    if opcode == 17 and data[3:5] != struct.pack("<H", 1234):
        return error(21, 6)
    answers = {
        6: bytes([1, 2, 0, 1, 0, 1, 1]) + bytes(11) + bytes([6]) + bytes(196),
        7: struct.pack("<BBBBBHB", 5, 30, 14, 28, 11, 2026, 7),
        167: bytes([103, 1, 1, 21]) + POINTS[103, 1, 21],
        203: bytes([1]) + struct.pack("<I", 7) if data[:1] == b"\x01" else data[:1] + struct.pack("<II", 7, 4),
    }
    return frame(HOST, DEVICE, opcode, answers.get(opcode, b""))


def requests() -> list[tuple[int, bytes]]:
    """What the client asks, in this order."""
    path = b"/DATA/".ljust(100, b"\0") + b"flow.txt".ljust(25, b"\0")
    return [
        (6, b""),
        (7, b""),
        (17, b"LOI" + struct.pack("<H", 1000) + bytes([5])),
        (17, b"LOI" + struct.pack("<H", 1234) + bytes([5])),
        (180, bytes([3, 103, 1, 0, 103, 1, 1, 103, 1, 21])),
        (180, bytes([1, 103, 9, 21])),
        (167, bytes([103, 1, 1, 21])),
        (181, bytes([1, 103, 1, 21]) + struct.pack("<f", 12.25)),
        (181, bytes([1, 103, 1, 0]) + b"PT-102    "),
        (166, bytes([103, 1, 1, 1, 0])),
        (8, struct.pack("<BBBBBHB", 0, 31, 14, 28, 11, 2026, 7)),
        (203, bytes([1, 1]) + path),
        (203, bytes([3]) + struct.pack("<IIIB", 7, 4, 0, 4) + b"1.25"),
        (203, bytes([5]) + path),
        (17, b"LOI" + struct.pack("<H", 1234) + b"LOGOUT"),
    ]


def roc_plus(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record the client's requests over TCP and some of them over UDP."""
    listener = socket.create_server(("127.0.0.1", PORT))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", PORT))

    def tcp() -> None:
        connection, _ = listener.accept()
        while request := connection.recv(512):
            connection.sendall(answer(request))

    def udp() -> None:
        while True:
            request, peer = datagrams.recvfrom(512)
            datagrams.sendto(answer(request), peer)

    for serve in (tcp, udp):
        threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            for opcode, data in requests():
                client.sendall(frame(DEVICE, HOST, opcode, data))
                client.recv(512)
                time.sleep(0.01)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", PORT))
            for opcode, data in requests()[4:8]:
                client.send(frame(DEVICE, HOST, opcode, data))
                client.recv(512)

    record(target, f"port {PORT}", act)
