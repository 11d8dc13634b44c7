"""ANSI C12.22 over the loopback: a head-end and a meter, as IEEE 1703 lays messages out; no package speaks it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT = 1153
METER, HOST = "1.3.6.1.4.1.33507.1919.5.7", "1.3.6.1.4.1.33507"
PASSWORD = b"secret-123".ljust(20)


def oid(text: str) -> bytes:
    """An object identifier with tag and length."""
    first, second, *rest = (int(number) for number in text.split("."))
    octets = bytes([first * 40 + second])
    for number in rest:
        part = bytes([number & 0x7F])
        while number := number >> 7:
            part = bytes([number & 0x7F | 0x80]) + part
        octets += part
    return b"\x06" + bytes([len(octets)]) + octets


def element(tag: int, inside: bytes) -> bytes:
    """An element with its length."""
    size = len(inside)
    return bytes([tag]) + (bytes([size]) if size < 0x80 else b"\x82" + struct.pack(">H", size)) + inside


def message(called: str, calling: str, number: int, services: list[bytes], asked: int | None = None, key: bytes = b"") -> bytes:
    """A message with its services in clear; with ``key`` they stand for something encrypted, four bytes of code behind them."""
    plain = b"".join((bytes([len(s)]) if len(s) < 0x80 else b"\x82" + struct.pack(">H", len(s))) + s for s in services)
    envelope = b"\x88" + plain + b"\xa1\xb2\xc3\xd4" if key else b"\x80" + plain
    inside = element(0xA2, oid(called))
    if asked is not None:
        inside += element(0xA4, element(2, struct.pack(">I", asked)))
    inside += element(0xA6, oid(calling)) + element(0xA8, element(2, struct.pack(">I", number)))
    if key:
        vector = element(0x80, b"\0") + element(0x81, key)
        inside += element(0xAC, element(0xA2, element(0xA0, element(0xA1, vector))))
    return element(0x60, inside + element(0xBE, element(0x28, element(0x81, envelope))))


def table(data: bytes) -> bytes:
    """Data of a table with its size and check."""
    return struct.pack(">H", len(data)) + data + bytes([-sum(data) & 0xFF])


TABLES = {
    1: b"WFLB" + b"METER-3 " + bytes([2, 1, 5, 4]) + b"0000000012345678",
    5: b"FEEDER 12 WEST".ljust(20),
    23: struct.pack("<III", 120345, 80, 0),
    52: bytes([26, 11, 28, 14, 30, 5, 0x28]),
}


class Meter:
    """Answers the services of one meter; writes need a password."""

    def __init__(self) -> None:
        self.trusted = False

    def service(self, asked: bytes) -> bytes:
        """The answer to one service."""
        code, ok, title = asked[0], b"\0", oid(HOST)
        if code in (0x30, 0x31, 0x3F):
            number = struct.unpack_from(">H", asked, 1)[0]
            data = TABLES.get(number)
            if data is None:
                return b"\x04"
            if code == 0x3F:
                offset = int.from_bytes(asked[3:6], "big")
                data = data[offset : offset + struct.unpack_from(">H", asked, 6)[0]]
            return ok + table(data)
        if code in (0x40, 0x4F):
            return ok if self.trusted else b"\x03"
        if code == 0x51:
            self.trusted = asked[1:21] == PASSWORD
            return ok if self.trusted else b"\x03"
        answers = {
            0x20: ok + b"\0\1\0" + b"\x04" + title + b"\x05\x81" + b"\x06" + title + b"\x07\x05\x01" + b"M123" + b"\0",
            0x25: ok + b"\x09192.0.2.7",
            0x26: ok + title + oid(METER),
            0x27: ok + title + struct.pack(">H", 30) + (3600).to_bytes(3, "big") + b"\x70",
            0x50: ok + struct.pack(">H", 60),
            0x60: b"\x02",
        }
        return answers.get(code, ok)


def requests() -> list[list[bytes]]:
    """What the head-end asks, in this order."""
    clock = struct.pack("<HB", 10, 1) + bytes([7, 26, 11, 28, 14, 31, 0])
    register = b"\x27" + b"\x20\x70" + bytes([1, 0x82, 0x85, 0x63]) + oid(METER) + oid(METER) + b"\x09192.0.2.7" + (3600).to_bytes(3, "big")
    return [
        [b"\x20"],
        [b"\x50" + struct.pack(">H", 2) + b"OPERATOR".ljust(10) + struct.pack(">H", 60)],
        [b"\x40" + struct.pack(">H", 6) + table(b"UTILITY")],
        [b"\x51" + b"wrong".ljust(20) + struct.pack(">H", 2), b"\x51" + PASSWORD + struct.pack(">H", 2)],
        [b"\x30" + struct.pack(">H", number) for number in (1, 5, 23, 99)],
        [b"\x3f" + struct.pack(">H", 52) + (2).to_bytes(3, "big") + struct.pack(">H", 4)],
        [b"\x31" + struct.pack(">HHH", 23, 0, 1)],
        [b"\x40" + struct.pack(">H", 6) + table(b"UTILITY")],
        [b"\x4f" + struct.pack(">H", 0x0805) + (4).to_bytes(3, "big") + table(b"\1\2")],
        [b"\x40" + struct.pack(">H", 7) + table(clock)],
        [b"\x40" + struct.pack(">H", 7) + table(struct.pack("<HBB", 21, 2, 1))],
        [b"\x40" + struct.pack(">H", 42) + table(b"new password")],
        [b"\x70\x1e"],
        [b"\x25" + oid(METER)],
        [b"\x26" + oid(METER)],
        [register],
        [b"\x24" + oid(METER)],
        [b"\x60\0\x40\1"],
        [b"\x52"],
        [b"\x21", b"\x22"],
    ]


def c1222(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record the requests over TCP, some of them over UDP, and one pair that stands for encrypted messages."""
    listener = socket.create_server(("127.0.0.1", PORT))
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", PORT))
    asked: list[tuple[int, list[bytes]]] = []

    def answer(meter: Meter) -> bytes:
        number, services = asked[-1]
        if services[0][:1] == b"\xff":
            return message(HOST, METER, 5000 + number, [b"\xfe\xdc\xba"], number, struct.pack(">I", 1764340000))
        return message(HOST, METER, 5000 + number, [meter.service(service) for service in services], number)

    def tcp() -> None:
        connection, _ = listener.accept()
        meter = Meter()
        while connection.recv(2048):
            connection.sendall(answer(meter))

    def udp() -> None:
        meter = Meter()
        while True:
            _, peer = datagrams.recvfrom(2048)
            datagrams.sendto(answer(meter), peer)

    for serve in (tcp, udp):
        threading.Thread(target=serve, daemon=True).start()

    def talk(client: socket.socket, first: int, many: list[list[bytes]]) -> None:
        for number, services in enumerate(many, first):
            asked.append((number, services))
            key = struct.pack(">I", 1764340000) if services[0][:1] == b"\xff" else b""
            client.sendall(message(METER, HOST, number, services, key=key))
            client.recv(2048)
            time.sleep(0.01)

    def act() -> None:
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            talk(client, 1, requests())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", PORT))
            talk(client, 100, [requests()[0], requests()[4], [b"\xff\xee\xdd\xcc"]])

    record(target, f"port {PORT}", act)
