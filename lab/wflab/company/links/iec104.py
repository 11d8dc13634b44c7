"""Controlling stations of IEC 60870-5-104, one connection a pair of machines.

A small peer made from the standard (60870-5-104 clause 5, 60870-5-101 clause 7): the installed stack's client sets
clocks to the computer's own time, reconnects and tests connections when it likes. Each call of the
controlling station ends with an acknowledgement of all that came, as the timer t2 would send it.
"""

from __future__ import annotations

import datetime
import socket
import struct
import time

from ..devices.iec104 import CONTROLS, PORT, STATION, T
from ..plan import ip_of

TIMEOUT_S = 0.45
CLOCK_SLACK_S = 0.001
START, START_CON, TEST, TEST_CON = 0x07, 0x0B, 0x43, 0x83
INTERROGATION, CLOCK, RESET = 100, 103, 105
SINGLE, DOUBLE, SETPOINT_FLOAT = 45, 46, 50
ACTIVATION, CONFIRMATION, TERMINATION = 6, 7, 10
SELECT = 0x80
WINDOW = 8
KINDS = {T.C_SC_NA_1: (SINGLE, "single_command"), T.C_DC_NA_1: (DOUBLE, "double_command"),
         T.C_SE_NC_1: (SETPOINT_FLOAT, "setpoint_float")}


class Refused(RuntimeError):
    """The station confirmed negatively."""


class Link:
    """One connection: sequence numbers, and what came in."""

    def __init__(self, target: str):
        self.socket = socket.create_connection((ip_of(target), PORT), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target, self.sent, self.received, self.unconfirmed = target, 0, 0, 0
        self.buffer = b""

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def drop(self) -> None:
        """End a connection that nobody answers on; nothing is sent again."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def control(self, octet: int) -> None:
        """An unnumbered control."""
        self.socket.sendall(bytes((0x68, 4, octet, 0, 0, 0)))

    def acknowledge(self) -> None:
        """Acknowledge what came in."""
        if self.unconfirmed:
            self.socket.sendall(struct.pack("<BBHH", 0x68, 4, 1, self.received << 1))
            self.unconfirmed = 0

    def send(self, kind: int, address: int, element: bytes, cause: int = ACTIVATION) -> None:
        """One object in an ASDU."""
        asdu = struct.pack("<BBHH", kind, 1, cause, STATION) + address.to_bytes(3, "little") + element
        self.socket.sendall(struct.pack("<BBHH", 0x68, 4 + len(asdu), self.sent << 1, self.received << 1) + asdu)
        self.sent, self.unconfirmed = (self.sent + 1) % 32768, 0

    def receive(self, deadline: float) -> bytes:
        """The next APDU (control octets and ASDU), counted and answered as the standard wants it."""
        while len(self.buffer) < 2 or len(self.buffer) < 2 + self.buffer[1]:
            self.socket.settimeout(max(deadline - time.time(), 0.001))
            part = self.socket.recv(4096)
            if not part:
                raise ConnectionResetError("the station closed the connection")
            self.buffer += part
        end = 2 + self.buffer[1]
        apdu, self.buffer = self.buffer[2:end], self.buffer[end:]
        if not apdu[0] & 1:
            self.received, self.unconfirmed = (self.received + 1) % 32768, self.unconfirmed + 1
            if self.unconfirmed >= WINDOW:
                self.acknowledge()
        elif apdu[0] == TEST:
            self.control(TEST_CON)
        return apdu

    def await_control(self, octet: int) -> None:
        """Wait for an unnumbered confirmation."""
        deadline = time.time() + TIMEOUT_S
        while self.receive(deadline)[0] != octet:
            pass

    def await_asdu(self, kind: int, cause_due: int) -> None:
        """Wait for an ASDU of a type with a cause; a negative one is a refusal."""
        deadline = time.time() + TIMEOUT_S
        while True:
            apdu = self.receive(deadline)
            if apdu[0] & 1 or apdu[4] != kind:
                continue
            cause = apdu[6] & 0x3F
            if apdu[6] & 0x40 or cause > 43:
                self.acknowledge()
                raise Refused(f"{self.target}: cause {cause}, negative")
            if cause == cause_due:
                return


def connection(world, actor: str, target: str, **told) -> Link:
    """The kept connection with data transfer started (told as an act), made when there is none."""
    key = ("iec104", actor, target)
    if key not in world.links:
        try:
            link = Link(target)
        except OSError as error:
            raise TimeoutError(f"{target} does not answer on port {PORT}: {error}") from error
        world.links[key] = link
        world.act("iec104", "start_data_transfer", "control", target, None, None, port=PORT, **told)
        _run(world, actor, target, lambda l: (l.control(START), l.await_control(START_CON)))
    return world.links[key]


def _run(world, actor: str, target: str, talk) -> None:
    """Talk over the kept connection; one that is not answered on is dropped."""
    link = connection(world, actor, target)
    try:
        talk(link)
        link.acknowledge()
    except OSError as error:
        world.links.pop(("iec104", actor, target), None)
        link.drop()
        raise TimeoutError(f"{target}: {error}") from error


def start(world, actor: str, target: str, **told) -> None:
    """Connect and start data transfer, unless that is done."""
    connection(world, actor, target, **told)


def test(world, actor: str, target: str) -> None:
    """A test of the connection, as the timer t3 would send it."""
    _run(world, actor, target, lambda l: (l.control(TEST), l.await_control(TEST_CON)))


def interrogation(world, actor: str, target: str) -> None:
    """General interrogation of the station."""
    connection(world, actor, target)
    world.state[("iec104", target)].push()
    _run(world, actor, target, lambda l: (l.send(INTERROGATION, 0, b"\x14"),
                                          l.await_asdu(INTERROGATION, TERMINATION)))


def report(world, name: str) -> int:
    """The station sends what has changed to all that are connected; they take it. To be called as the station.

    What a report brings is acknowledged at the next one or with the next command: the station's thread, which looks
    for something to send when something came in, then sends at once.
    """
    sent = world.state[("iec104", name)].report()
    for key, link in list(world.links.items()):
        if key[0] != "iec104" or key[2] != name or not sent:
            continue
        deadline = time.time() + TIMEOUT_S
        try:
            link.acknowledge()
            for _ in range(sent):
                while link.receive(deadline)[0] & 1:
                    pass
        except OSError:
            world.links.pop(key).drop()
    return sent


def _command(world, actor: str, target: str, what: tuple, element, select_first: bool, **told) -> None:
    """A command; `what`: type, function, point, address, value, and `element` makes its octets with S/E or without."""
    kind, function, point, address, value = what
    connection(world, actor, target)

    def tell(name: str, **when) -> None:
        world.act("iec104", name, "control", target, point, value, port=PORT, **{**told, **when})

    def talk(link: Link) -> None:
        if select_first:
            tell(f"select_{function}")
            link.send(kind, address, element(SELECT))
            link.await_asdu(kind, CONFIRMATION)
            tell(function, wall=time.time() + CLOCK_SLACK_S)
        else:
            tell(function)
        link.send(kind, address, element(0))
        link.await_asdu(kind, TERMINATION if select_first else CONFIRMATION)  # the stack ends a direct one at once

    _run(world, actor, target, talk)


def command(world, actor: str, target: str, address: int, on: bool, select: bool = True, **told) -> None:
    """Single or double command, as the object is; told as an act."""
    kind, function = KINDS[CONTROLS[address][0]]
    state = (2 if on else 1) if kind == DOUBLE else int(on)
    what = (kind, function, f"{function} {address}", address, "on" if on else "off")
    _command(world, actor, target, what, lambda flag: bytes((state | flag,)), select, **told)


def setpoint(world, actor: str, target: str, address: int, value: float, select: bool = True, **told) -> None:
    """A set-point as a short float; told as an act."""
    what = (SETPOINT_FLOAT, "setpoint_float", f"setpoint {address}", address, value)
    _command(world, actor, target, what, lambda flag: struct.pack("<fB", value, flag), select, **told)


def clock_sync(world, actor: str, target: str, **told) -> None:
    """Set the station's clock to plant time."""
    now = datetime.datetime.fromtimestamp(round(world.plant_time(), 3), datetime.UTC)
    ms = now.second * 1000 + now.microsecond // 1000
    day = now.day | now.isoweekday() << 5
    stamp = struct.pack("<HBBBBB", ms, now.minute, now.hour, day, now.month, now.year - 2000)
    connection(world, actor, target)

    def talk(link: Link) -> None:
        world.act("iec104", "clock_synchronization", "configuration", target, None,
                  f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}", port=PORT, **told)
        link.send(CLOCK, 0, stamp)
        link.await_asdu(CLOCK, CONFIRMATION)

    _run(world, actor, target, talk)


def reset_process(world, actor: str, target: str, **told) -> None:
    """Reset of the station's process."""
    connection(world, actor, target)

    def talk(link: Link) -> None:
        world.act("iec104", "reset_process", "control", target, None, "process", port=PORT, **told)
        link.send(RESET, 0, b"\x01")
        link.await_asdu(RESET, CONFIRMATION)

    _run(world, actor, target, talk)
