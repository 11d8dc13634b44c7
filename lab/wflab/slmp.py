"""A controller for the SLMP fixture, as SH(NA)-080956ENG describes one, as far as the client of pymcprotocol asks."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

PORT = 5000
BITS = {0x90: "M*", 0x9C: "X*", 0x9D: "Y*"}
WORDS = {0xA8: "D*", 0xB4: "W*"}
NAMES = {name: code for code, name in {**BITS, **WORDS}.items()}


class Fields:
    """Numbers of a message, binary or as hexadecimal text."""

    def __init__(self, data: bytes, text: bool) -> None:
        self.data, self.text, self.at = data, text, 0

    def raw(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int(self.raw(2 * size), 16) if self.text else int.from_bytes(self.raw(size), "little")

    def device(self) -> tuple[int, int]:
        if self.text:
            name = self.raw(2).decode()
            return NAMES[name], int(self.raw(6), 16 if name[0] in "XYW" else 10)
        number = self.number(3)
        return self.number(1), number


class Controller:
    def __init__(self) -> None:
        self.memory: dict[tuple[int, int], int] = {(0xA8, 100): 1234, (0xA8, 101): 0xFFFF, (0x90, 10): 1}

    def value(self, device: tuple[int, int], size: int) -> int:
        code, number = device
        if code in BITS:
            return sum(self.memory.get((code, number + at), 0) << at for at in range(8 * size))
        return sum(self.memory.get((code, number + at), 0) << 16 * at for at in range(size // 2))

    def data(self, f: Fields, command: int, sub: int) -> tuple[int, bytes]:
        """End code and data of one command."""

        def number(value: int, size: int) -> bytes:
            return b"%0*X" % (2 * size, value) if f.text else value.to_bytes(size, "little")

        if command == 0x0401:
            (code, first), count = f.device(), f.number(2)
            if first > 12287:
                return 0x4031, b""
            step = 16 if code in BITS else 1
            if sub == 0:
                return 0, b"".join(number(self.value((code, first + step * at), 2), 2) for at in range(count))
            bits = [self.memory.get((code, first + at), 0) for at in range(count)] + [0]
            if f.text:
                return 0, b"".join(b"%d" % bit for bit in bits[:count])
            return 0, bytes(bits[at] << 4 | bits[at + 1] for at in range(0, count, 2))
        if command == 0x1401:
            (code, first), count = f.device(), f.number(2)
            for at in range(count if sub == 0 else 0):
                self.memory[(code, first + at)] = f.number(2)
            return 0, b""
        if command == 0x0403:
            words, doubles = f.number(1), f.number(1)
            return 0, b"".join(number(self.value(f.device(), 2 + 2 * (at >= words)), 2 + 2 * (at >= words))
                               for at in range(words + doubles))
        if command == 0x0101:
            return 0, b"Q03UDVCPU".ljust(16) + number(0x0366, 2)
        if command == 0x0619:
            return 0, f.raw(len(f.data) - f.at)
        return {0x1630: 0xC200, 0x1006: 0x4010}.get(command, 0), b""

    def answer(self, message: bytes) -> bytes:
        text = message[:1] == b"5"
        unit = 2 if text else 1
        four = message[:2] in (b"54", b"\x54\x00")
        route = message[(6 if four else 2) * unit : (11 if four else 7) * unit]
        f = Fields(message[(13 if four else 9) * unit :], text)
        f.number(2)
        command, sub = f.number(2), f.number(2)
        code, data = self.data(f, command, sub)
        head = (b"D" + message[1:2] + message[2:12 if four else 4]) if text else bytes([message[0] | 0x80]) + message[1 : 6 if four else 2]
        if code:
            data = route + message[(15 if four else 11) * unit : (19 if four else 15) * unit]
        end = b"%04X" % code if text else code.to_bytes(2, "little")
        length = len(end + data)
        return head + route + (b"%04X" % length if text else length.to_bytes(2, "little")) + end + data


def fixture(target: Path) -> None:
    from pymcprotocol import Type3E, Type4E

    from .loopback import record, serve_tcp

    controller = Controller()

    def talk(connection: socket.socket) -> None:
        while message := connection.recv(4096):
            connection.sendall(controller.answer(message))

    def udp() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", PORT))
            while True:
                message, client = peer.recvfrom(4096)
                peer.sendto(controller.answer(message), client)

    serve_tcp(PORT, talk)
    threading.Thread(target=udp, daemon=True).start()

    def ask(client: Type3E) -> None:
        client.read_cputype()
        client.batchread_wordunits("D100", 2)
        client.batchread_bitunits("M10", 3)
        client.batchread_wordunits("M0", 1)
        client.batchread_bitunits("X1F", 2)
        client.batchwrite_wordunits("D200", [7, -6])
        client.batchwrite_bitunits("Y20", [1, 0, 1])
        client.randomread(["D100", "W1A"], ["D200"])
        client.randomwrite(["D300"], [1], ["D302"], [70000])
        client.randomwrite_bitunits(["M20", "Y2F"], [1, 0])
        for refused in (lambda: client.batchread_wordunits("D20000", 1), lambda: client.remote_unlock("1234"), client.remote_reset):
            try:
                refused()
            except Exception:  # the controller says no
                pass
        client.remote_stop()
        client.remote_run(clear_mode=0, force_exec=True)
        client.remote_pause(force_exec=False)
        client.remote_run(clear_mode=0)

    def act() -> None:
        for client, mode in ((Type3E(), "binary"), (Type3E(), "ascii"), (Type4E(), "binary"), (Type4E(), "ascii")):
            client.setaccessopt(commtype=mode)
            client.connect("127.0.0.1", PORT)
            ask(client)
            client.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for message in ("5000 00 ff ff03 00 0c00 1000 0104 0000 640000 a8 0200", "5000 00 ff ff03 00 0800 1000 0210 0000 0100"):
                peer.sendto(bytes.fromhex(message), ("127.0.0.1", PORT))
                peer.recv(4096)

    record(target, f"port {PORT}", act)
