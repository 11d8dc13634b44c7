"""The engineering station: now and then looks at who the controllers are and how they do."""

from __future__ import annotations

import snap7
from cpppo.server.enip import client as enip
from cpppo.server.enip.get_attribute import attribute_operations
from pymodbus.client import ModbusTcpClient
from snap7.type import Block

from .. import clock, timeline
from ..plan import ip_of
from .names import lookup


def check_s7(host: str) -> None:
    """Identity, state and blocks of an S7 controller."""
    client = snap7.client.Client()
    client.connect(host, 0, 2)
    for szl in (0x0011, 0x001C, 0x0424):
        client.read_szl(szl)
    client.list_blocks()
    client.list_blocks_of_type(Block.DB, 16)
    client.db_read(1, 0, 24)
    client.disconnect()


def check_modbus(host: str) -> None:
    """Device identification of a Modbus device."""
    client = ModbusTcpClient(host, timeout=3)
    client.connect()
    client.read_device_information(read_code=1, object_id=0)
    client.read_device_information(read_code=2, object_id=0)
    client.close()


def check_cip(host: str) -> None:
    """List identity and identity object of a CIP device."""
    connection = enip.connector(host=host, timeout=5)
    with connection:
        connection.list_identity(timeout=5)
        enip.await_response(connection, timeout=3)
        operations = attribute_operations(["@1/1", "@1/1/7"])
        list(connection.synchronous(operations=operations, timeout=5))
    connection.close()


def main() -> None:
    """Check all controllers at the planned times."""
    for minute in timeline.ENGINEERING_CHECKS:
        timeline.wait_until(minute)
        lookup("plc-filters.northfield.example")
        check_s7(ip_of("plc-filters"))
        clock.sleep(20)
        check_modbus(ip_of("plc-intake"))
        check_modbus(ip_of("rio-reservoir"))
        clock.sleep(20)
        check_cip(ip_of("plc-dosing"))
