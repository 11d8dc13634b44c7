"""A small S7-1500 for the S7comm-plus fixture: it answers the client of the package s7commplus as real controllers do in
published captures, which the package's own emulator does not in every answer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from pathlib import Path

EXPLORE, CREATE, DELETE, SET_VARIABLE, GET_LINK = 0x04BB, 0x04CA, 0x04D4, 0x04F2, 0x0524
SET_MULTI, GET_MULTI, BEGIN, END, INVOKE, SET_SUB, GET_SUB, INIT_SSL = (
    0x0542, 0x054C, 0x0556, 0x0560, 0x056B, 0x057C, 0x0586, 0x05B3)
SESSION, SUBSCRIPTION, CONTAINER = 0x70000386, 0x7000C81D, 0x70000387
INVALID_LID = 0x8000_0000_0000_FF01
IDENTITY = b"1;6ES7 511-1AK02-0AB0;V2.9"


def vlq(number: int, most: int = 9) -> bytes:
    """A number of variable length."""
    out = bytes([number & 0x7F])
    while number >> 7 and len(out) < most:
        number >>= 7
        out = bytes([number & 0x7F | 0x80]) + out
    return out


def long(number: int) -> bytes:
    """A number of nine bytes, the last with eight bits."""
    head = number >> 8
    return bytes(head >> shift & 0x7F | 0x80 for shift in range(49, -1, -7)) + bytes([number & 0xFF])


def text(value: bytes) -> bytes:
    return b"\0\x15" + vlq(len(value)) + value


def attribute(number: int, value: bytes) -> bytes:
    return b"\xa3" + vlq(number) + value


def thing(number: int, kind: int, *parts: bytes) -> bytes:
    """An object."""
    return b"\xa1" + struct.pack(">I", number) + vlq(kind) + b"\0\0" + b"".join(parts) + b"\xa2"


class Numbers:
    """Reads what a request holds."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def vlq(self) -> int:
        number = 0
        while True:
            byte = self.take(1)[0]
            number = number << 7 | byte & 0x7F
            if not byte & 0x80:
                return number

    def address(self) -> tuple[int, ...]:
        """Area, attribute and what leads down to the variable."""
        self.vlq()
        area, count = self.vlq(), self.vlq()
        return area, *(self.vlq() for _ in range(count))


class Controller:
    """One connection's answers."""

    def __init__(self, send: Callable[[int, bytes, bool], None]) -> None:
        self.send = send
        self.level = 4.25

    def value(self, address: tuple[int, ...]) -> bytes | None:
        values = {
            (0x8A0E0003, 2550, 10): b"\0\x0e" + struct.pack(">f", self.level),
            (0x8A0E0003, 2550, 11): b"\0\x01\x01",
            (0x8A0E0003, 2550, 12, 2): b"\0\x07\xff\xf6",
            (82, 3736, 9): b"\x10\x03\x03\0\x01\0\x02\0\x03",
            (50, 3451): b"\0\x08\x01",
        }
        if len(address) == 5 and address[2] == 3:
            return b"\0\x14\0" + vlq(address[4]) + bytes(range(address[4]))
        return values.get(address)

    def read(self, body: bytes) -> bytes:
        numbers = Numbers(body)
        numbers.take(4)
        count, _ = numbers.vlq(), numbers.vlq()
        found = [self.value(numbers.address()) for _ in range(count)]
        good = b"".join(vlq(at) + one for at, one in enumerate(found, 1) if one is not None)
        bad = b"".join(vlq(at) + long(INVALID_LID) for at, one in enumerate(found, 1) if one is None)
        return b"\0" + good + b"\0" + bad + b"\0"

    def write(self, body: bytes) -> bytes:
        numbers = Numbers(body)
        if numbers.take(4) != bytes(4):
            return b"\0\0"
        count, _ = numbers.vlq(), numbers.vlq()
        addresses = [numbers.address() for _ in range(count)]
        refused = [at for at, address in enumerate(addresses, 1) if self.value(address) is None]
        if addresses[0][-1] == 10:
            self.level = 5.5
        return b"\0" + b"".join(vlq(at) + long(INVALID_LID) for at in refused) + b"\0"

    def session(self) -> bytes:
        versions = b"".join(vlq(number) + b"\0\x04" + vlq(value) for number, value in
                            ((315, 0x240), (316, 0x240), (317, 0x4040100), (318, 0x4040100)))
        versions += vlq(319) + text(IDENTITY) + vlq(320) + text(IDENTITY) + vlq(321) + b"\0\x03\0\x03\0"
        return b"\0\x02" + vlq(SESSION) + vlq(CONTAINER) + thing(
            288, 287, attribute(233, text(b"")), attribute(299, b"\0\x04\x82\x80\x80\x80\0"),
            attribute(301, text(b"OMSP_02.09.00.00_02.04.00.00_REL")),
            attribute(306, b"\0\x17\0\0\x01\x3a" + versions)) + b"\0"

    def create(self, body: bytes) -> bytes:
        (parent,) = struct.unpack(">I", body[:4])
        if parent == 285:
            return self.session()
        made = struct.unpack(">I", body[12:16])[0] if parent == 3 else SUBSCRIPTION
        return b"\0\x01" + vlq(made)

    def explore(self, body: bytes) -> bytes:
        (number,) = struct.unpack(">I", body[:4])
        if number == 52:
            state = b"\0\x17\0\0\x0d\x99" + vlq(3486) + b"\0\x08\x08\0"
            return b"\0" + body[:4] + thing(52, 2179, attribute(233, text(b"CPUexecUnit")), attribute(2237, state)) + b"\0"
        blocks = b"".join(
            thing(0x8A0E0000 | at, 2574, attribute(233, text(name)), attribute(2521, b"\0\x04" + vlq(at)),
                  attribute(2523, b"\0\x03\0\x05"))
            for at, name in ((1, b"Recipe"), (3, b"Tank")))
        return b"\0" + body[:4] + thing(3, 2520, attribute(233, text(b"PLCProgram")), blocks) + b"\0"

    def notify(self) -> None:
        head = struct.pack(">BIHHH", 0x33, SUBSCRIPTION, 0x0400, 0, 0)
        values = b"\x92" + struct.pack(">I", 1) + self.value((0x8A0E0003, 2550, 10)) + b"\x92" + struct.pack(">I", 2) + b"\0\x01\0"
        self.send(0x02, head + b"\x09\x01\x01" + values + b"\0" + bytes(4), False)

    def answer(self, version: int, message: bytes) -> None:
        function, sequence = struct.unpack(">xxxHxxH", message[:9])
        body = message[14:]
        answers: dict[int, Callable[[], bytes]] = {
            CREATE: lambda: self.create(body),
            DELETE: lambda: b"\0" + body[:4],
            EXPLORE: lambda: self.explore(body),
            GET_MULTI: lambda: self.read(body),
            SET_MULTI: lambda: self.write(body),
            GET_SUB: lambda: b"\0\0\0\x04\x01",
            GET_LINK: lambda: b"\0\x01" + struct.pack(">I", 0x70001000),
            INVOKE: lambda: b"\0\0\0\0\0",
        }
        data = answers.get(function, lambda: b"\0")()
        head = struct.pack(">BHHHHB", 0x32, 0, function, 0, sequence, 0x36 if function == CREATE else 0x34)
        self.send(version, head + data + bytes(4), function == EXPLORE and body[3] == 3)


def talk(connection: socket.socket) -> None:
    """Answer one connection."""

    def packet(payload: bytes) -> None:
        connection.sendall(struct.pack(">BBH", 3, 0, len(payload) + 4) + payload)

    def send(version: int, message: bytes, parted: bool) -> None:
        parts = [message[:60], message[60:]] if parted else [message]
        for at, part in enumerate(parts, 1):
            trailer = bytes([0x72, version, 0, 0]) if at == len(parts) else b""
            packet(b"\x02\xf0\x80" + struct.pack(">BBH", 0x72, version, len(part)) + part + trailer)

    controller = Controller(send)
    while header := connection.recv(4, socket.MSG_WAITALL):
        unit = connection.recv(int.from_bytes(header[2:], "big") - 4, socket.MSG_WAITALL)
        if unit[1] & 0xF0 == 0xE0:
            packet(unit[:1] + b"\xd0" + unit[4:6] + b"\0\x01" + unit[6:])
            continue
        frame = unit[3:]
        if frame[:1] == b"\x72" and frame[1] in (1, 2, 3):
            message = frame[4 : 4 + int.from_bytes(frame[2:4], "big")]
            controller.answer(frame[1], message)
            if message[3:5] == struct.pack(">H", CREATE) and message[14:18] == struct.pack(">I", CONTAINER):
                controller.notify()


def fixture(target: Path) -> None:
    from s7commplus import Client
    from s7commplus.connection import _build_set_variable_payload
    from s7commplus.protocol import DataType, FunctionCode
    from s7commplus.subscription import SubscriptionItem

    from .loopback import record, serve_tcp

    serve_tcp(102, talk)

    def act() -> None:
        client = Client()
        client.connect("127.0.0.1", connection_type="es")
        wire = client._connection
        client.get_cpu_state()
        client.list_datablocks()
        for lids in ([10], [11], [12, 2], [99]):
            try:
                client.read_symbolic(0x8A0E0003, lids, 0x4ACDF1CD)
            except Exception:  # the last is refused
                pass
        client.read_symbolic(82, [9])
        client.db_read(1, 4, 8)
        client.write_symbolic(0x8A0E0003, [10], struct.pack(">f", 5.5), datatype=DataType.REAL)
        client.read_symbolic(0x8A0E0003, [10], 0x4ACDF1CD)
        items = [SubscriptionItem(0x8A0E0003, (10,), reference_id=1), SubscriptionItem(0x8A0E0003, (11,), reference_id=2)]
        subscription = client.create_subscription(items)
        client.receive_subscription_notification(subscription)
        client.delete_subscription(subscription)
        # What the package does not offer, in its own frames: stop, load a block, start.
        for state in (1, 3):
            wire.send_request(FunctionCode.SET_VARIABLE, _build_set_variable_payload(52, 2167, b"\0\x08" + bytes([state])))
            if state == 1:
                wire.send_request(FunctionCode.BEGIN_SEQUENCE, bytes.fromhex("0001 0000 00 0000 00000000"))
                block = thing(0x8A0E0007, 2574, attribute(233, text(b"Setpoints")), attribute(2521, b"\0\x04\x07"))
                wire.send_request(FunctionCode.CREATE_OBJECT, struct.pack(">I", 3) + b"\0\x04\0" + bytes(4) + block + bytes(4))
                wire.send_request(FunctionCode.END_SEQUENCE, bytes.fromhex("0000 00000000"))
        client.disconnect()

    record(target, "tcp port 102", act)
