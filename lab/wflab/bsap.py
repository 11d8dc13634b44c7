"""BSAP over the loopback: a client and a controller, with the headers over UDP and in frames of serial lines; no package speaks it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT, PORT_SERIAL = 1234, 1235
VERSION = 0x7724
RDB, PC = 0xA0, 0x03


class Controller:
    """Signals by name: address, type (0 logical, 2 analog), value."""

    def __init__(self) -> None:
        self.signals: dict[str, list[float]] = {"@GV.Level": [3, 2, 41.5], "@GV.Pump": [17, 0, 0], "@GV.Setpoint": [6, 2, 40.0]}

    def answer(self, body: bytes) -> bytes:
        """The answer of the remote data base to a request."""
        if body[0] == 0x04:
            return self._read(body)
        if body[0] in (0x80, 0x84):
            return self._write(body)
        return b"\x04"

    def _read(self, body: bytes) -> bytes:
        selectors = body[2 : 2 + body[1].bit_count()]
        names = body[4 + len(selectors) :].split(b"\0")[:-1]
        answer = bytes([0, len(names)])
        for name in names:
            if name.decode() not in self.signals:
                return b"\x04\x00"
            address, kind, value = self.signals[name.decode()]
            plain = struct.pack("<f", value) if kind else bytes([int(value)])
            answer += (bytes([int(kind)]) if selectors[0] & 0x80 else b"") + plain
            answer += struct.pack("<HH", int(address), VERSION) if selectors[0] & 0x10 else b""
        return answer

    def _write(self, body: bytes) -> bytes:
        if body[0] == 0x84:
            name, rest = body[3:].split(b"\0", 1)
        else:
            address = struct.unpack_from("<H", body, 5)[0]
            name = next((n for n, s in self.signals.items() if s[0] == address), "").encode()
            rest = body[7:]
        if name.decode() not in self.signals:
            return b"\x04\x00"
        self.signals[name.decode()][2] = {9: 1.0, 10: 0.0}.get(rest[0]) if rest[0] != 11 else struct.unpack("<f", rest[1:5])[0]
        return b"\0\0"


def by_name(selectors: bytes, *names: str) -> bytes:
    """A request that reads signals by name."""
    present = (1 << len(selectors)) - 1
    return bytes([0x04, present]) + selectors + bytes([15, len(names)]) + b"".join(n.encode() + b"\0" for n in names)


def requests() -> list[bytes]:
    """What the client asks, in this order."""
    return [
        by_name(b"\xd0\x01", "@GV.Level", "@GV.Pump", "@GV.Setpoint"),
        by_name(b"\x40", "@GV.Level"),
        by_name(b"\x40", "@GV.Nowhere"),
        struct.pack("<BHBBHB", 0x80, VERSION, 15, 1, 17, 9),
        b"\x84\x0f\x01@GV.Setpoint\0\x0b" + struct.pack("<f", 42.25),
        by_name(b"\xd0\x01", "@GV.Pump", "@GV.Setpoint"),
        b"\x0c\x01\x40\x0f\x01",
    ]


def datagram(kind: int, sequence: int, acknowledged: int, *parts: tuple[int, bytes]) -> bytes:
    """A datagram with its messages."""
    head = struct.pack("<HHHII", 14, len(parts), kind, sequence, acknowledged)
    return head + b"".join(struct.pack("<IBI", len(body) + 9, 12, number) + body for number, body in parts)


def framed(message: bytes) -> bytes:
    """A message as lines carry it."""
    crc = 0xFFFF
    for byte in message + b"\x03":
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return b"\x10\x02" + message.replace(b"\x10", b"\x10\x10") + b"\x10\x03" + struct.pack("<H", crc)


def _talk_ip(client: socket.socket) -> None:
    sequence, last = 100, 700
    for body in requests():
        sequence += 1
        client.send(datagram(6, sequence, last, (sequence, bytes([RDB, 0]) + body)))
        last = struct.unpack_from("<I", client.recv(512), 6)[0]
        client.send(datagram(0, 0, last))
        time.sleep(0.01)


def _talk_serial(client: socket.socket) -> None:
    for at, body in enumerate(requests()):
        # The sequence passes 16, which lines send twice.
        client.send(framed(struct.pack("<BBBHBB", 1, at, RDB, 13 + at, PC, 0) + body))
        client.recv(512)
        time.sleep(0.01)
    client.send(framed(struct.pack("<BBHHBBHBB", 0x81, 20, 0x0102, 0, 0, 0xA8, 30, PC, 0) + b"\1\2"))
    client.send(framed(bytes([1, 21, 0x85, 0])))
    time.sleep(0.1)


def bsap(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record the requests with headers over UDP, then in frames over UDP and over TCP."""
    listener = socket.create_server(("127.0.0.1", PORT_SERIAL))
    ip, serial = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    ip.bind(("127.0.0.1", PORT))
    serial.bind(("127.0.0.1", PORT_SERIAL))

    def serve_ip() -> None:
        controller, sequence = Controller(), 700
        while True:
            request, peer = ip.recvfrom(512)
            if request[4]:
                sequence += 1
                asked, number = struct.unpack_from("<I", request, 6)[0], struct.unpack_from("<I", request, 19)[0]
                ip.sendto(datagram(5, sequence, asked, (number, controller.answer(request[25:]))), peer)

    def answer(controller: Controller, frame: bytes) -> bytes:
        message = frame[2:-4].replace(b"\x10\x10", b"\x10")
        if message[0] & 0x80 or message[2] != RDB:
            return b""
        head = bytes([0, message[1], PC]) + message[3:5] + bytes([RDB, 0])
        return framed(head + controller.answer(message[7:]))

    def serve_serial() -> None:
        controller = Controller()
        while True:
            frame, peer = serial.recvfrom(512)
            if reply := answer(controller, frame):
                serial.sendto(reply, peer)

    def serve_tcp() -> None:
        controller = Controller()
        connection, _ = listener.accept()
        while frame := connection.recv(512):
            connection.sendall(answer(controller, frame))

    for serve in (serve_ip, serve_serial, serve_tcp):
        threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        for port, talk in ((PORT, _talk_ip), (PORT_SERIAL, _talk_serial)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.connect(("127.0.0.1", port))
                talk(client)
        with socket.create_connection(("127.0.0.1", PORT_SERIAL)) as client:
            _talk_serial(client)

    record(target, f"port {PORT} or port {PORT_SERIAL}", act)
