"""A TwinCAT station for a real client: pyads with its own test server, and a peer for discovery over UDP.

The test server leaves out what stations say (name of the device, results of sums, values by notification); that is
mended here as Beckhoff's specification of ADS lays it out.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any

NET_ID = "5.13.117.96.1.1"
COOKIE = bytes.fromhex("03661471")


def part(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def discovery() -> None:
    """Answer who is there and take routes, of which one password is wrong."""
    me = bytes(int(number) for number in NET_ID.split(".")) + struct.pack("<H", 10000)
    system = struct.pack("<IIIII", 276, 10, 0, 19044, 2).ljust(276, b"\0")
    who = [part(5, b"CX-0D7560\0"), part(4, system), part(3, struct.pack("<BBH", 3, 1, 4024))]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 48899))
        while True:
            datagram, client = peer.recvfrom(2048)
            invoke, service = struct.unpack_from("<II", datagram, 4)
            parts = who if service == 1 else [part(1, struct.pack("<I", 0 if b"wrong" not in datagram else 0x704))]
            answer = COOKIE + struct.pack("<II", invoke, service | 0x80000000) + me + struct.pack("<I", len(parts))
            peer.sendto(answer + b"".join(parts), client)


def handler() -> Any:
    from pyads import constants
    from pyads.testserver import AdvancedHandler, PLCVariable

    class Station(AdvancedHandler):
        def handle_request(self, request: Any) -> Any:
            command = struct.unpack("<H", request.ams_header.command_id)[0]
            try:
                answer = super().handle_request(request)
            except KeyError:
                # Any request that cannot fail gives the rest of the answer.
                state = struct.pack("<H", constants.ADSCOMMAND_READSTATE)
                header = request.ams_header._replace(command_id=state)
                answer = super().handle_request(request._replace(ams_header=header))
                return answer._replace(data=struct.pack("<I", 0x710) + bytes(4 * (command in (2, 6, 9))))
            if command == constants.ADSCOMMAND_READDEVICEINFO:
                return answer._replace(data=struct.pack("<IBBH16s", 0, 3, 1, 4024, b"Plc30 App"))
            return answer

    station = Station()
    for name, value, kind, text in (
        ("MAIN.level", 42.5, constants.ADST_REAL32, "REAL"),
        ("MAIN.pump_on", b"\1", constants.ADST_BIT, "BOOL"),
        ("MAIN.setpoint", 1200, constants.ADST_INT16, "INT"),
        ("MAIN.batch", b"LOT 4711".ljust(81, b"\0"), constants.ADST_STRING, "STRING(80)"),
    ):
        station.add_variable(PLCVariable(name, value, kind, text, index_group=0x4040))
    station.add_variable(PLCVariable("memory", b"\x07\x00", constants.ADST_UINT16, "UINT", 0x4020, 16))
    return station


def client() -> None:
    import pyads

    pyads.open_port()
    pyads.set_local_address("127.0.0.1.1.1")
    try:
        pyads.add_route_to_plc("127.0.0.1.1.1", "127.0.0.1", "127.0.0.1", "Administrator", "wrong", "ENGINEER-7")
    except RuntimeError:  # refused
        pass
    pyads.add_route_to_plc("127.0.0.1.1.1", "127.0.0.1", "127.0.0.1", "Administrator", "s3cret", "ENGINEER-7")
    pyads.close_port()
    plc = pyads.Connection(NET_ID, 851, "127.0.0.1")
    plc.open()
    plc.read_device_info()
    plc.read_state()
    for name, kind in (("MAIN.setpoint", pyads.PLCTYPE_INT), ("MAIN.level", pyads.PLCTYPE_REAL)):
        plc.read_by_name(name, kind)
        symbol = plc.get_symbol(name)
        symbol.read()
    plc.write_by_name("MAIN.setpoint", 1250, pyads.PLCTYPE_INT)
    plc.get_symbol("MAIN.pump_on").write(False)
    plc.get_symbol("MAIN.batch").read()
    plc.read(0x4020, 16, pyads.PLCTYPE_UINT)
    plc.write(0x4020, 16, 9, pyads.PLCTYPE_UINT)
    try:
        plc.read_by_name("MAIN.absent", pyads.PLCTYPE_INT)
    except pyads.ADSError:
        pass
    plc.read_list_by_name(["MAIN.level", "MAIN.setpoint"])
    plc.write_list_by_name({"MAIN.level": 12.25, "MAIN.setpoint": 900})
    place = plc.get_symbol("MAIN.setpoint")
    place = (place.index_group, place.index_offset)
    handles = plc.add_device_notification(place, pyads.NotificationAttrib(2), lambda *_: None)
    time.sleep(0.2)
    plc.del_device_notification(*handles)
    plc.write_control(pyads.ADSSTATE_STOP, 0, 0, pyads.PLCTYPE_INT)
    plc.write_control(pyads.ADSSTATE_RUN, 0, 0, pyads.PLCTYPE_INT)
    plc.close()


def ask_who() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        asker.sendto(COOKIE + struct.pack("<II", 0, 1) + bytes([127, 0, 0, 1, 1, 1]) + struct.pack("<HI", 10000, 0), ("127.0.0.1", 48899))
        asker.recvfrom(2048)


def run() -> None:
    from pyads.testserver import AdsTestServer

    threading.Thread(target=discovery, daemon=True).start()
    with AdsTestServer(handler=handler(), ip_address="127.0.0.1", logging=False):
        time.sleep(0.5)
        ask_who()
        client()
        time.sleep(0.5)
