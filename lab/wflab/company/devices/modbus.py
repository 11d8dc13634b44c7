"""Modbus/TCP servers (pymodbus): remote I/O, drive, sensor and the intake's controller."""

from __future__ import annotations

import asyncio

from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ...devices.modbus import TABLE_OF_FUNCTION
from ..plan import BY_NAME
from ..points import MODBUS

SIZE = 64


def _identified(name: str) -> type[ReadDeviceInformationRequest]:
    """Answers for one machine what it is: the stack itself keeps one identity a process."""
    known = BY_NAME[name].identity
    texts = [known.vendor, known.order_number, known.firmware, "", known.model, known.model, f"Northfield {name}"]

    class Identified(ReadDeviceInformationRequest):
        """Device identification."""

        async def datastore_update(self, context, device_id):
            """Three basic objects, and the regular ones when they are asked for."""
            shown = dict(enumerate(texts[:3] if self.read_code == 1 else texts))
            return ReadDeviceInformationResponse(read_code=self.read_code, information=shown, dev_id=device_id,
                                                 transaction_id=self.transaction_id)

    return Identified


def serve(world, name: str) -> None:
    """Answer for one machine until the process ends."""
    host, identified = BY_NAME[name], _identified(name)
    points = {(p.table, p.address): p for p in MODBUS[name]}

    async def action(function, start, address, count, registers, set_values):
        """Called before an answer is made: refresh what is read, note what is written."""
        table = TABLE_OF_FUNCTION.get(function)
        if set_values is not None:
            for offset, value in enumerate(set_values, address):
                if point := points.get((table, offset)):
                    world.wrote(name, point.tag, float(value) / point.scale)
            return None
        for offset in range(address, address + count):
            if (point := points.get((table, offset))) and 0 <= offset - start < len(registers):
                value = round(world.water.tags[point.tag] * point.scale)
                registers[offset - start] = value & 0xFFFF if table in ("holding", "input") else bool(value)
        return None

    bits = SimData(0, values=[False] * SIZE, datatype=DataType.BITS)
    words = SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)
    device = SimDevice(id=1, simdata=([bits], [bits], [words], [words]), action=action)

    async def main() -> None:
        server = ModbusTcpServer(device, address=(host.ip, 502))
        functions = server.decoder.pdu_sub_table
        function, sub_function = identified.function_code, identified.sub_function_code
        answered = {**functions[function], sub_function: (identified, ReadDeviceInformationResponse)}
        server.decoder.pdu_sub_table = {**functions, function: answered}
        await server.serve_forever()

    asyncio.run(main())
