"""A ring of EtherCAT slaves for a real master: memory, states, configuration memory, mailboxes (ETG.1000.4, ETG.1000.6).

The slaves sit at the far end of a veth pair and hand every frame through, one after the other, as their controllers would.
"""

from __future__ import annotations

import multiprocessing
import socket
import struct
import subprocess
import time
from pathlib import Path

NEAR, FAR = "wfecat0", "wfecat1"
ETHERTYPE = 0x88A4


def string_category(texts: list[bytes]) -> bytes:
    body = bytes([len(texts)]) + b"".join(bytes([len(text)]) + text for text in texts)
    return body + b"\0" * (len(body) % 2)


class Slave:
    """One controller with its memory (ETG.1000.4, clause 6)."""

    def __init__(self, order: bytes, name: bytes, product: int, serial: int, mailbox: bool) -> None:
        self.memory = bytearray(0x10000)
        self.memory[0:10] = bytes([0x11, 0, 2, 0, 8, 8, 8, 0x0F, 0xFC, 0x01])
        self.memory[0x110:0x112] = b"\x37\x56"
        self.memory[0x502] = 0x40
        self.memory[0x400:0x402] = struct.pack("<H", 2498)
        self.memory[0x130] = 1
        self.objects: dict[tuple[int, int], bytes] = {
            (0x1000, 0): struct.pack("<I", 0x1389),
            (0x1008, 0): name,
            (0x1009, 0): b"01",
            (0x100A, 0): b"04",
            (0x1018, 0): b"\4",
            (0x1018, 1): struct.pack("<I", 2),
            (0x1018, 2): struct.pack("<I", product),
            (0x1018, 3): struct.pack("<I", 0x00110000),
            (0x1018, 4): struct.pack("<I", serial),
            (0x6000, 1): struct.pack("<h", 1234),
            (0x8000, 0x15): struct.pack("<H", 0),
            (0x2000, 1): b"a text that is longer than one mailbox holds, so that it comes in segments " * 3,
            (0x1C00, 0): b"\4",
            (0x1C12, 0): b"\0",
            (0x1C13, 0): b"\1",
            (0x1C13, 1): struct.pack("<H", 0x1A00),
            (0x1A00, 0): b"\1",
            (0x1A00, 1): struct.pack("<I", 0x60000110),
        }
        self.objects |= {(0x1C00, sub): bytes([sub]) for sub in range(1, 5)}
        self.file = b""
        self.refuses_once = mailbox
        self.upload = b""
        self.toggle = 0
        self.counter = 0
        self.sii = self._sii(order, name, product, serial, mailbox)

    @staticmethod
    def _sii(order: bytes, name: bytes, product: int, serial: int, mailbox: bool) -> bytes:
        head = struct.pack("<8H", 0x0C08, 0, 0, 0, 0, 0, 0, 0)
        head += struct.pack("<4I", 2, product, 0x00110000, serial) + bytes(8)
        head += struct.pack("<4H", 0, 0, 0, 0) + struct.pack("<4H", 0x1000, 128, 0x1080, 128) * mailbox
        head += bytes(0 if mailbox else 8) + struct.pack("<H", 0x0C if mailbox else 0)
        head = head.ljust(0x7C, b"\0") + struct.pack("<2H", 15, 1)
        strings = string_category([order, b"Terminals", name])
        general = bytes([2, 0, 1, 3]) + bytes([0, 1 if mailbox else 0, 0, 0]) + bytes(24)
        managers = struct.pack("<HHBBBB", 0x1000, 128, 0x26, 0, 1, 1) + struct.pack("<HHBBBB", 0x1080, 128, 0x22, 0, 1, 2)
        managers += struct.pack("<HHBBBB", 0x1100, 0, 0x24, 0, 0, 3) + struct.pack("<HHBBBB", 0x1180, 2, 0x20, 0, 1, 4)
        digital = struct.pack("<HHBBBB", 0x0F00, 1, 0x44, 0, 1, 3)
        pdo = struct.pack("<HBBBBH", 0x1600, 1, 0, 0, 0, 0) + struct.pack("<HBBBBH", 0x7000, 1, 0, 1, 1, 0)
        areas = [(10, strings), (30, general), (40, b"\1\2"), (41, managers if mailbox else digital)]
        if not mailbox:
            areas.append((51, pdo))
        body = b"".join(struct.pack("<HH", kind, len(area) // 2) + area for kind, area in areas)
        return (head + body + b"\xff\xff").ljust(2048, b"\xff")

    # ---- memory

    def read(self, offset: int, length: int) -> bytes:
        data = bytes(self.memory[offset : offset + length])
        start, size = struct.unpack_from("<HH", self.memory, 0x808)
        if size and offset <= start + size - 1 < offset + length and self.memory[0x80D] & 8:
            self.memory[0x80D] &= ~8
        return data

    def takes(self, offset: int, length: int, write: bool) -> bool:
        """Whether a mailbox lets this through: full ones take nothing, empty ones give nothing."""
        for at, mine in ((0x800, write), (0x808, not write)):
            start, size, control = struct.unpack_from("<HHB", self.memory, at)
            if size and control & 3 == 2 and mine and start <= offset < start + size:
                return not write if at == 0x808 and not self.memory[0x80D] & 8 else bool(at == 0x800 or self.memory[0x80D] & 8)
        return True

    def write(self, offset: int, data: bytes) -> None:
        if offset == 0x0502 and len(data) >= 2 and struct.unpack_from("<H", data)[0] & 0x700:
            return self.sii_command(data)
        if offset == 0x0120:
            return self.ask_state(data[0])
        if offset == 0x0130:
            return None
        self.memory[offset : offset + len(data)] = data
        start, size = struct.unpack_from("<HH", self.memory, 0x800)
        if size and offset <= start + size - 1 < offset + len(data) and self.memory[0x130] & 15 != 1:
            self.mailbox(bytes(self.memory[start : start + size]))
        return None

    def ask_state(self, control: int) -> None:
        self.memory[0x120] = control
        if control & 15 == 8 and self.refuses_once:
            self.refuses_once = False
            self.memory[0x130], self.memory[0x134:0x136] = 0x14, b"\x1d\0"
            return
        self.memory[0x130] = control & 15
        self.memory[0x134:0x136] = b"\0\0"

    def sii_command(self, data: bytes) -> None:
        command = struct.unpack_from("<H", data)[0] >> 8 & 7
        if len(data) >= 6:
            self.memory[0x504:0x508] = data[2:6]
        if len(data) >= 8:
            self.memory[0x508 : 0x508 + len(data) - 6] = data[6:]
        at = struct.unpack_from("<I", self.memory, 0x504)[0] * 2
        if command == 1:
            self.memory[0x508:0x510] = self.sii[at : at + 8].ljust(8, b"\xff")
        elif command == 2:
            self.sii = self.sii[:at] + bytes(self.memory[0x508:0x50A]) + self.sii[at + 2 :]
        self.memory[0x502:0x504] = b"\x40\0"

    # ---- mailboxes

    def mailbox(self, mail: bytes) -> None:
        length, _, _, kind = struct.unpack_from("<HHBB", mail)
        body = mail[6 : 6 + length]
        answer = {3: self.coe, 4: self.foe}.get(kind & 15, lambda _: None)(body)
        kind = kind & 15
        if answer is None:
            kind, answer = 0, struct.pack("<HH", 1, 2)
        if answer == b"":
            return
        self.counter = self.counter % 7 + 1
        start = struct.unpack_from("<H", self.memory, 0x808)[0]
        reply = struct.pack("<HHBB", len(answer), 0, 0, kind | self.counter << 4) + answer
        self.memory[start : start + len(reply)] = reply
        self.memory[0x80D] |= 8

    def coe(self, body: bytes) -> bytes:
        service, (head, index, sub) = body[1] >> 4, struct.unpack_from("<BHB", body, 2)
        command = head >> 5

        def abort(code: int) -> bytes:
            return struct.pack("<HBHBI", 0x2000, 0x80, index, sub, code)

        if service != 2:
            return struct.pack("<HBBHI", 0x8000, 7, 0, 0, 0x06010000)
        if command == 3:
            part, self.upload = self.upload[:113], self.upload[113:]
            self.toggle ^= 0x10
            unused = max(0, 7 - len(part))
            return struct.pack("<HB", 0x3000, (head & 0x10) | unused << 1 | (not self.upload)) + part.ljust(7, b"\0")
        value = self.objects.get((index, sub))
        if head & 0x10 or value is None:
            return abort(0x06010004 if head & 0x10 else 0x06020000)
        if command == 2:
            if len(value) <= 4:
                return struct.pack("<HBHB", 0x3000, 0x43 | (4 - len(value)) << 2, index, sub) + value.ljust(4, b"\0")
            now, self.upload = value[:106], value[106:]
            return struct.pack("<HBHBI", 0x3000, 0x41, index, sub, len(value)) + now
        if index < 0x1C00:
            return abort(0x06010002)
        self.objects[index, sub] = body[6 : 6 + 4 - (head >> 2 & 3)] if head & 2 else body[10:]
        return struct.pack("<HBHBI", 0x3000, 0x60, index, sub, 0)

    def foe(self, body: bytes) -> bytes:
        code, number = struct.unpack_from("<BxI", body)
        if code == 2:
            self.file = b""
            return struct.pack("<BxI", 4, 0)
        if code == 3:
            self.file += body[6:]
            return struct.pack("<BxI", 4, number)
        if code == 1 and not body[6:].startswith(b"app"):
            return struct.pack("<BxI", 5, 0x8001) + b"no such file"
        if code == 1 or (code == 4 and len(self.file) >= number * 116):
            at = 0 if code == 1 else number * 116
            return struct.pack("<BxI", 3, 1 if code == 1 else number + 1) + self.file[at : at + 116]
        return b""


class Ring:
    """All slaves, one after the other."""

    def __init__(self) -> None:
        self.slaves = [
            Slave(b"EK1100", b"EK1100 EtherCAT coupler (2A E-Bus)", 0x044C2C52, 0, mailbox=False),
            Slave(b"EL3004", b"EL3004 4Ch. Ana. Input +/-10V", 0x0BBC3052, 4711, mailbox=True),
            Slave(b"EL2004", b"EL2004 4Ch. Dig. Output 24V, 0.5A", 0x07D43052, 0, mailbox=False),
        ]

    def datagram(self, command: int, address: int, data: bytes) -> tuple[int, bytes, int]:
        counter, station, offset = 0, address & 0xFFFF, address >> 16
        for slave in self.slaves:
            if command in (10, 11, 12):
                data, more = self.logical(slave, command, address, data)
                counter += more
                continue
            broadcast, fixed = command in (7, 8, 9), command in (4, 5, 6, 14)
            mine = broadcast or (station == (struct.unpack_from("<H", slave.memory, 0x10)[0] if fixed else 0))
            if not fixed:
                station = (station + 1) & 0xFFFF
            reads, writes = command in (1, 3, 4, 6, 7, 9), command in (2, 3, 5, 6, 8, 9)
            if command in (13, 14):
                reads, writes = mine, not mine
            elif not mine:
                continue
            before = data
            if reads and slave.takes(offset, len(data), write=False):
                found = slave.read(offset, len(data))
                data = bytes(a | b for a, b in zip(data, found, strict=True)) if broadcast else found
                counter += 1
            if writes and slave.takes(offset, len(before), write=True):
                slave.write(offset, before)
                counter += 2 if reads else 1
        return address if command in (10, 11, 12) else offset << 16 | station, data, counter

    @staticmethod
    def logical(slave: Slave, command: int, address: int, data: bytes) -> tuple[bytes, int]:
        out, read, wrote = bytearray(data), False, False
        if slave.memory[0x130] & 15 not in (4, 8):
            return data, 0
        for at in range(0x600, 0x680, 16):
            start, size, _, _, place, _, kind, active = struct.unpack_from("<IHBBHBBB", slave.memory, at)
            if not active & 1 or start + size > address + len(data) or start < address:
                continue
            here = slice(start - address, start - address + size)
            if kind & 1 and command != 11:
                out[here], read = slave.memory[place : place + size], True
            if kind & 2 and command != 10 and slave.memory[0x130] & 15 == 8:
                slave.memory[place : place + size], wrote = data[here], True
        return bytes(out), read + (2 if command == 12 else 1) * wrote

    def frame(self, frame: bytes) -> bytes:
        """What comes back: the sender's address is marked by the first slave."""
        head, body, at = frame[:6] + bytes([frame[6] | 2]) + frame[7:16], bytearray(frame[16:]), 0
        while True:
            command, _, address, length, _ = struct.unpack_from("<BBIHH", body, at)
            size = length & 0x7FF
            address, data, counter = self.datagram(command, address, bytes(body[at + 10 : at + 10 + size]))
            struct.pack_into("<I", body, at + 2, address)
            body[at + 10 : at + 10 + size] = data
            struct.pack_into("<H", body, at + 10 + size, counter + struct.unpack_from("<H", body, at + 10 + size)[0])
            at += 12 + size
            if not length & 0x8000:
                return (head + bytes(body)).ljust(60, b"\0")

    def serve(self) -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE)) as port:
            port.bind((FAR, ETHERTYPE))
            while True:
                frame, sender = port.recvfrom(2048)
                if sender[2] != socket.PACKET_OUTGOING:
                    port.send(self.frame(frame))


def no_cable() -> None:
    subprocess.run(["ip", "link", "del", NEAR], stderr=subprocess.DEVNULL, check=False)


def cable() -> None:
    """The veth pair, without anything else on it."""
    no_cable()
    subprocess.run(["ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR], check=True)
    for end in (NEAR, FAR):
        disable = Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6")
        if disable.exists():
            disable.write_text("1")
        subprocess.run(["ip", "link", "set", end, "up"], check=True)


def master() -> None:
    """What a commissioning engineer does, then some cycles of production, then a stop."""
    import pysoem

    bus = pysoem.Master()
    bus.open(NEAR)
    try:
        bus.config_init()
        analog = bus.slaves[1]
        for index, sub in ((0x1008, 0), (0x1009, 0), (0x100A, 0), (0x1018, 1), (0x1018, 4), (0x6000, 1), (0x2000, 1)):
            analog.sdo_read(index, sub)
        analog.sdo_write(0x8000, 0x15, struct.pack("<H", 3))
        for act in (lambda: analog.sdo_read(0x7777, 1), lambda: analog.sdo_write(0x1018, 1, b"\1\0\0\0")):
            try:
                act()
            except pysoem.SdoError:
                pass
        bus.config_map()
        bus.config_dc()
        bus.state_check(pysoem.SAFEOP_STATE, 50000)
        for _ in range(2):
            bus.state = pysoem.OP_STATE
            bus.send_processdata()
            bus.receive_processdata(2000)
            bus.write_state()
            bus.state_check(pysoem.OP_STATE, 500)
            bus.read_state()
        for cycle in range(5):
            bus.slaves[2].output = bytes([cycle])
            bus.send_processdata()
            bus.receive_processdata(2000)
        analog.foe_write("app.efw", 0x1234, bytes(range(200)))
        try:
            analog.foe_read("log.txt", 0, 512)
        except Exception:  # the slave has none
            pass
        bus.slaves[0].eeprom_write(4, bytes([7, 0]))
        bus.slaves[2].set_watchdog("processdata", 50.0)
        bus.state = pysoem.INIT_STATE
        bus.write_state()
        bus.state_check(pysoem.INIT_STATE, 50000)
    finally:
        bus.close()


def run() -> None:
    slaves = multiprocessing.Process(target=Ring().serve, daemon=True)
    slaves.start()
    time.sleep(0.5)
    try:
        master()
    finally:
        slaves.kill()
