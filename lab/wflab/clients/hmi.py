"""The operators' station: polls three controllers and the remote I/O, now and then writes a set-point."""

from __future__ import annotations

import struct
import threading

import snap7
from cpppo.server.enip import client as enip
from pymodbus.client import ModbusTcpClient

from .. import clock, timeline
from ..actlog import act
from ..devices.cip import READ_TAGS, WRITE_TAGS
from ..plan import ip_of

MODBUS_CYCLE_S, REMOTE_IO_CYCLE_S, S7_CYCLE_S, CIP_CYCLE_S = 7.0, 15.0, 9.0, 10.0
ME = ip_of("hmi")


class Writes:
    """The set-points due for one protocol."""

    def __init__(self, *protocols: str):
        self.todo = [w for w in timeline.HMI_WRITES if w[1] in protocols]

    def due(self):
        """Those whose time has come, each once."""
        now = clock.plant_seconds()
        ready = [w for w in self.todo if w[0] * 60.0 * timeline.SCALE <= now]
        self.todo = [w for w in self.todo if w not in ready]
        return ready


def _modbus_write(client: ModbusTcpClient, kind: str, address: int, value) -> None:
    names = {"modbus": "write_single_register", "modbus_coil": "write_single_coil",
             "modbus_many": "write_multiple_registers"}
    table = "coil" if kind == "modbus_coil" else "holding_register"
    call = {"modbus": client.write_register, "modbus_coil": client.write_coil,
            "modbus_many": client.write_registers}[kind]
    call(address, value)
    last = f"-{address + len(value) - 1}" if kind == "modbus_many" else ""
    act("modbus", names[kind], "write", src=ME, dst=ip_of("plc-intake"),
        target=f"{table} {address}{last}", value=value, normal=True)


def poll_intake() -> None:
    """plc-intake over Modbus."""
    client = ModbusTcpClient(ip_of("plc-intake"), timeout=3)
    client.connect()
    writes, cycle = Writes("modbus", "modbus_coil", "modbus_many"), 0
    while True:
        client.read_input_registers(0, count=6)
        client.read_holding_registers(0, count=3)
        if cycle % 4 == 0:
            client.read_coils(0, count=4)
            client.read_discrete_inputs(0, count=4)
        for _, kind, address, value in writes.due():
            _modbus_write(client, kind, address, value)
        cycle += 1
        clock.sleep(MODBUS_CYCLE_S)


def poll_reservoir() -> None:
    """rio-reservoir over Modbus."""
    client = ModbusTcpClient(ip_of("rio-reservoir"), timeout=3)
    client.connect()
    while True:
        client.read_input_registers(0, count=3)
        client.read_coils(0, count=4)
        clock.sleep(REMOTE_IO_CYCLE_S)


def poll_filters() -> None:
    """plc-filters over S7."""
    client = snap7.client.Client()
    client.connect(ip_of("plc-filters"), 0, 2)
    writes = Writes("s7comm")
    while True:
        client.db_read(1, 0, 24)
        for _, _, offset, value in writes.due():
            client.db_write(1, offset, bytearray(struct.pack(">f", value)))
            act("s7comm", "write_var", "write", src=ME, dst=ip_of("plc-filters"),
                target=f"DB1.DBD{offset}", value=value, normal=True)
        clock.sleep(S7_CYCLE_S)


def poll_dosing() -> None:
    """plc-dosing over a CIP connection."""
    connection = enip.connector(host=ip_of("plc-dosing"), timeout=5)
    writes = Writes("cip")
    tags = [*READ_TAGS, *WRITE_TAGS, "Dose_Pump_Run"]
    while True:
        with connection:
            list(connection.synchronous(operations=enip.parse_operations(tags), multiple=480, timeout=5))
        for _, _, tag, value in writes.due():
            with connection:
                list(connection.synchronous(
                    operations=enip.parse_operations([f"{tag}=(REAL){value}"]), timeout=5))
            act("cip", "write_tag", "write", src=ME, dst=ip_of("plc-dosing"), target=tag,
                value=value, normal=True)
        clock.sleep(CIP_CYCLE_S)


def main() -> None:
    """Poll everything until ended."""
    threads = [threading.Thread(target=poll) for poll in
               (poll_intake, poll_reservoir, poll_filters, poll_dosing)]
    for thread in threads:
        thread.start()
        clock.sleep(2.0)
    for thread in threads:
        thread.join()
