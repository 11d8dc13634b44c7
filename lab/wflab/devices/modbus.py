"""Modbus/TCP servers (pymodbus): the intake PLC and the reservoir's remote I/O."""

from __future__ import annotations

import asyncio

from pymodbus import ModbusDeviceIdentification
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from .. import clock
from ..process import Intake, Reservoir

COILS, DISCRETES, HOLDING, INPUT = "coils", "discretes", "holding", "input"
TABLE_OF_FUNCTION = {1: COILS, 2: DISCRETES, 3: HOLDING, 4: INPUT, 5: COILS, 6: HOLDING,
                     15: COILS, 16: HOLDING, 22: HOLDING, 23: HOLDING}
SIZE = 32


class Station:
    """A process seen through four register tables."""

    unit = 1

    def tables(self) -> dict[str, list[int]]:
        """Present values of the tables that the process feeds."""
        raise NotImplementedError

    def wrote(self, table: str, address: int, values: list[int]) -> None:
        """Something was written: hand it to the process."""

    async def action(self, function, start, address, count, registers, set_values):
        """Called by pymodbus before it answers: refresh values, note writes."""
        table = TABLE_OF_FUNCTION.get(function)
        self.process.step(clock.plant_seconds())
        if set_values is not None:
            self.wrote(table, address, [int(v) for v in set_values])
            return None
        for offset, value in enumerate(self.tables().get(table, [])):
            if 0 <= offset - start < len(registers):
                registers[offset - start] = value & 0xFFFF if table in (HOLDING, INPUT) else value
        return None


class IntakeStation(Station):
    """Registers of plc-intake."""

    def __init__(self):
        self.process = Intake()

    def tables(self):
        p = self.process
        return {
            INPUT: [round(p.flow_m3h * 10), round(p.level_cm), round(p.speed_rpm),
                    round(p.pressure_kpa), round(p.temperature_c * 10), round(p.current_a * 10)],
            HOLDING: [round(p.speed_setpoint_rpm), round(p.level_setpoint_cm),
                      round(p.valve_percent)],
            COILS: [bool(x) for x in p.pumps],
            DISCRETES: [p.level_cm > 400, p.level_cm < 150, False, True],
        }

    def wrote(self, table, address, values):
        names = ["speed_setpoint_rpm", "level_setpoint_cm", "valve_percent"]
        for offset, value in enumerate(values, address):
            if table == HOLDING and offset < len(names):
                setattr(self.process, names[offset], float(value))
            elif table == COILS and offset < len(self.process.pumps):
                self.process.pumps[offset] = bool(value)


class ReservoirStation(Station):
    """Registers of rio-reservoir."""

    def __init__(self):
        self.process = Reservoir()

    def tables(self):
        p = self.process
        return {
            INPUT: [round(p.level_cm), round(p.outflow_m3h * 10), round(p.pressure_kpa)],
            COILS: [bool(x) for x in p.valves],
            DISCRETES: [p.level_cm > 480, p.level_cm < 200, False, False],
        }

    def wrote(self, table, address, values):
        for offset, value in enumerate(values, address):
            if table == COILS and offset < len(self.process.valves):
                self.process.valves[offset] = bool(value)


def _identity(vendor, code, revision, product, model, application) -> ModbusDeviceIdentification:
    return ModbusDeviceIdentification(info_name={
        "VendorName": vendor, "ProductCode": code, "MajorMinorRevision": revision,
        "VendorUrl": "", "ProductName": product, "ModelName": model,
        "UserApplicationName": application,
    })


def _serve(station: Station, identity: ModbusDeviceIdentification) -> None:
    bits = SimData(0, values=[False] * SIZE, datatype=DataType.BITS)
    words = SimData(0, count=SIZE, values=0, datatype=DataType.REGISTERS)
    device = SimDevice(id=station.unit, simdata=([bits], [bits], [words], [words]),
                       action=station.action)
    asyncio.run(StartAsyncTcpServer(device, identity=identity, address=("0.0.0.0", 502)))


def serve_intake() -> None:
    """Play plc-intake."""
    _serve(IntakeStation(), _identity("Schneider Electric", "BMX P34 2020", "v3.20", "Modicon M340",
                                      "Modicon M340", "Northfield intake"))


def serve_reservoir() -> None:
    """Play rio-reservoir."""
    _serve(ReservoirStation(), _identity("WAGO", "750-352", "11.04", "ETHERNET Fieldbus Coupler",
                                         "ETHERNET Fieldbus Coupler", "Northfield reservoir"))
