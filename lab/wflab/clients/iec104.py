"""A controlling station of IEC 60870-5-104 (c104), and what that stack does not send, from the bytes of the standard."""

from __future__ import annotations

import contextlib
import socket
import time

import c104

from ..devices.iec104 import CONTROLS, POINTS, PORT, SECOND_STATION, STATION
from ..plan import ip_of

VALUES = {
    5001: True, 5002: False, 5003: True, 5101: c104.Double.ON, 5201: c104.Step.HIGHER,
    6001: c104.NormalizedFloat(0.5), 6002: c104.Int16(540), 6003: 525.5, 6004: 12.25, 6101: c104.Byte32(0xFF),
}


def show_everything() -> None:
    """Start, interrogations, clock, tests, reads, commands of each kind; then a hand-made tour."""
    client = c104.Client(tick_rate_ms=50, command_timeout_ms=2000)
    connection = client.add_connection(ip=ip_of("rtu-booster"), port=PORT, init=c104.Init.MUTED)
    station = connection.add_station(common_address=STATION)
    connection.add_station(common_address=SECOND_STATION)
    for address, kind, _ in POINTS:
        station.add_point(address, kind)
    commands = {address: station.add_point(address, kind, command_mode=mode) for address, kind, mode in CONTROLS}
    client.start()
    deadline = time.time() + 15
    while not connection.is_connected and time.time() < deadline:
        time.sleep(0.1)
    connection.unmute()
    time.sleep(1.5)
    steps = [
        lambda: connection.interrogation(common_address=STATION),
        lambda: connection.clock_sync(common_address=STATION), lambda: connection.test(common_address=STATION),
        lambda: connection.interrogation(common_address=STATION, qualifier=c104.Qoi.GROUP_3),
        lambda: connection.counter_interrogation(common_address=STATION, cause=c104.Cot.ACTIVATION,
                                                 qualifier=c104.Rqt.GENERAL, freeze=c104.Frz.READ),
        lambda: station.get_point(601).read(), lambda: station.get_point(201).read(),
    ]
    for step in steps:
        with contextlib.suppress(Exception):  # the stack refuses some; what counts is on the wire
            print(step())
    for address, point in commands.items():
        point.value = VALUES[address]
        with contextlib.suppress(Exception):
            print(address, point.transmit(cause=c104.Cot.ACTIVATION))
        time.sleep(0.1)
    connection.mute()
    time.sleep(0.3)
    connection.unmute()
    time.sleep(0.3)
    client.stop()
    _by_hand()


class Raw:
    """APDUs as the standard has them, over a socket."""

    def __init__(self) -> None:
        self.socket = socket.create_connection((ip_of("rtu-booster"), PORT), 3)
        self.sent = 0

    def control(self, octet: int) -> None:
        """An unnumbered control."""
        self.socket.sendall(bytes([0x68, 4, octet, 0, 0, 0]))
        self._pause()

    def ask(self, asdu: str) -> None:
        """An ASDU in format I."""
        body = bytes.fromhex(asdu)
        numbers = (self.sent << 1).to_bytes(2, "little") + b"\0\0"
        self.sent += 1
        self.socket.sendall(bytes([0x68, 4 + len(body)]) + numbers + body)
        self._pause()

    def _pause(self) -> None:
        time.sleep(0.15)
        self.socket.settimeout(0.05)
        with contextlib.suppress(OSError):
            self.socket.recv(4096)


def _by_hand() -> None:
    station = STATION.to_bytes(2, "little").hex()
    raw = Raw()
    raw.control(0x43)
    raw.control(0x07)
    for asdu in (
        f"2d01 0600 {station} 891300 81", f"2d01 0800 {station} 891300 81",  # select, cancel
        f"2d01 0600 {station} 0f2700 01",  # an object that is not there
        "6401 0600 6300 000000 14",  # a station that is not there
        f"6901 0600 {station} 000000 01", f"6a01 0600 {station} 000000 e803",  # reset process, delay
        f"6801 0600 {station} 000000 aa55",  # test
        f"6501 0600 {station} 000000 45",  # freeze counters
        f"6e01 0600 {station} 910100 0040 01", f"7101 0800 {station} 910100 03",  # parameters
        f"7a01 0500 {station} 000000 0000 00 00", f"7a01 0d00 {station} 0a0000 0300 00 01",  # directory, select file
        f"7801 0d00 {station} 0c0000 0500 640000 00",  # a file to be loaded
    ):
        raw.ask(asdu)
    raw.control(0x13)
    raw.socket.close()
