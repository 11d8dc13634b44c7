"""The S7 controller of the filters: python-snap7's server with this plant's identity.

The server's own system status lists name a fixed demo CPU; they are replaced by records laid out as
an S7-300 lays them out (list length and count, then records of equal length).
"""

from __future__ import annotations

import struct
import threading

from snap7.server import CPUState, Server
from snap7.type import SrvArea

from .. import clock
from ..plan import BY_NAME
from ..process import Filters

DB_VALUES, DB_STATUS, DB_RECIPE = 1, 2, 7
FLOW_SETPOINT, BACKWASH_SETPOINT = 16, 20


def _records(length: int, *records: bytes) -> bytes:
    return struct.pack(">HH", length, len(records)) + b"".join(r.ljust(length, b"\0") for r in records)


def _text(index: int, text: str) -> bytes:
    return struct.pack(">H", index) + text.encode().ljust(32, b"\0")


class FilterServer(Server):
    """snap7 server answering with the identity of plc-filters."""

    def _get_szl_data(self, szl_id, szl_index):
        known = BY_NAME["plc-filters"].identity
        if szl_id == 0x0011:
            order = known["order_number"].encode().ljust(20)
            major, minor, patch = (int(x) for x in known["firmware"].lstrip("V").split("."))
            firmware = b"V" + bytes((major, minor, patch))
            return _records(28, struct.pack(">H20sHHH", 1, order, 0x00C0, 1, 1),
                            struct.pack(">H20sH", 7, b" " * 20, 0x00C0) + firmware)
        if szl_id == 0x001C:
            return _records(34, _text(1, "NORTHFIELD"), _text(2, "plc-filters"),
                            _text(3, "FILTERS"), _text(4, "Original Siemens Equipment"),
                            _text(5, known["serial"]), _text(7, known["model"]))
        if szl_id == 0x0424:
            state = 0x08 if self.cpu_state == CPUState.RUN else 0x04
            return _records(20, bytes((0x51, 0x44, 0xFF, state)))
        if szl_id == 0x0131:
            return _records(40, struct.pack(">HHHII", 1, 480, 32, 187500, 187500))
        if szl_id == 0x0232:
            return _records(40, struct.pack(">HHHHHH", 4, 1, 0, 1, 1, 0))
        return None


def _publish(process: Filters, values: bytearray, status: bytearray) -> None:
    struct.pack_into(">ffff", values, 0, process.flow_m3h, process.turbidity_in,
                     process.turbidity_out, process.dp_mbar)
    struct.pack_into(">HH", status, 0, 0x0001, int(process.last_s or 0) & 0xFFFF)


def serve() -> None:
    """Play plc-filters. A stopped CPU keeps answering, with values that no longer move."""
    server, process = FilterServer(log=False), Filters()
    values, status = bytearray(64), bytearray(16)
    struct.pack_into(">ff", values, FLOW_SETPOINT, 140.0, 220.0)
    for area, index, data in ((SrvArea.DB, DB_VALUES, values), (SrvArea.DB, DB_STATUS, status),
                              (SrvArea.DB, DB_RECIPE, bytearray(256)),
                              (SrvArea.MK, 0, bytearray(32)), (SrvArea.PE, 0, bytearray(16)),
                              (SrvArea.PA, 0, bytearray(16))):
        server.register_area(area, index, data)
    server.start(tcp_port=102)
    tick = threading.Event()
    while not tick.wait(0.1):
        if server.cpu_state != CPUState.RUN:
            process.last_s = clock.plant_seconds()
            continue
        process.flow_setpoint_m3h, process.backwash_setpoint_mbar = struct.unpack_from(
            ">ff", values, FLOW_SETPOINT)
        process.step(clock.plant_seconds())
        _publish(process, values, status)
