"""Which tag of the process lies where in which device: register, data block, tag, point or object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Register:
    """One Modbus register or bit: table, address, tag, how many counts make one unit."""

    table: str
    address: int
    tag: str
    scale: float = 1.0


MODBUS: dict[str, tuple[Register, ...]] = {
    "rio-intake": (
        Register("input", 0, "raw.level_cm", 10), Register("input", 1, "raw.flow_m3h", 10),
        Register("coils", 0, "intake.pump_1"), Register("coils", 1, "intake.pump_2"),
    ),
    "drive-intake": (
        Register("holding", 0, "drive.speed_ref_rpm"), Register("holding", 1, "drive.run"),
        Register("input", 0, "drive.speed_rpm"), Register("input", 1, "drive.current_a", 10),
        Register("input", 2, "drive.temperature_c", 10),
    ),
    "sensor-turbidity": (Register("input", 0, "sensor.turbidity", 1000), Register("input", 1, "filters.turbidity_in", 100)),
    "plc-intake": (
        Register("input", 0, "raw.flow_m3h", 10), Register("input", 1, "raw.level_cm"), Register("input", 2, "drive.speed_rpm"),
        Register("input", 3, "drive.current_a", 10), Register("input", 4, "drive.temperature_c", 10),
        Register("holding", 0, "intake.level_sp_cm"), Register("holding", 1, "intake.valve_percent"),
        Register("coils", 0, "intake.pump_1"), Register("coils", 1, "intake.pump_2"),
    ),
}

# data block: (offset, tag) of REALs; the last ones may be written
S7: dict[str, dict[int, tuple[tuple[int, str], ...]]] = {
    "plc-filters": {1: ((0, "filters.flow_m3h"), (4, "filters.turbidity_in"), (8, "filters.turbidity_out"),
                        (12, "filters.dp_mbar"), (16, "filters.flow_sp_m3h"), (20, "filters.backwash_sp_mbar"))},
    "plc-filling": {1: ((0, "filling.rate"), (4, "filling.total"), (8, "conveyor.speed"), (16, "filling.rate_sp"),
                        (20, "filling.run"))},
    "plc-conveyor": {1: ((0, "conveyor.speed"), (16, "conveyor.speed_sp"), (20, "conveyor.run"))},
}
CIP = {"Chlorine_Residual": "dosing.residual_mgl", "Dose_Flow": "dosing.flow_lh", "Dosed_Water_pH": "dosing.ph",
       "Chlorine_Dose_SP": "dosing.dose_sp_mgl", "pH_SP": "dosing.ph_sp"}
CIP_WRITABLE = ("Chlorine_Dose_SP", "pH_SP")
DNP3_ANALOG = (("booster.flow_m3h", 1), ("booster.pressure_kpa", 1), ("booster.battery_v", 10))
DNP3_BREAKERS = ("booster.pump_1", "booster.pump_2")
IEC104 = {601: "reservoir.level_cm", 602: "reservoir.outflow_m3h", 603: "booster.pressure_kpa"}
OPCUA = {"RawLevel": "raw.level_cm", "FilterFlow": "filters.flow_m3h", "Turbidity": "filters.turbidity_out",
         "Chlorine": "dosing.residual_mgl", "ReservoirLevel": "reservoir.level_cm", "Pressure": "booster.pressure_kpa",
         "BottlesPerMinute": "filling.rate", "BottlesTotal": "filling.total"}
OPCUA_WRITABLE = {"OrderBottlesPerMinute": "filling.rate_sp"}
BACNET = {"ahu-1": ("ahu.supply_c", "ahu.supply_sp_c", "ahu.fan"), "chiller-1": ("chiller.water_c", "chiller.sp_c", "chiller.run")}
