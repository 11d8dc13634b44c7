"""When things happen, in plant minutes of a run that lasts sixty. Shorter runs scale everything."""

from __future__ import annotations

import os

from . import clock

NOMINAL_MINUTES = 60.0
SCALE = float(os.environ.get("WFLAB_MINUTES", NOMINAL_MINUTES)) / NOMINAL_MINUTES

# the attack stretch, in its order
SCAN = 24.5
LAPTOP_ARRIVES = 28.0
LAPTOP_IDENTIFIES = 30.0
CONTROLLER_STOP = 35.0
UNSAFE_MODBUS = 38.5
UNSAFE_CIP = 41.0
UNSAFE_DNP3 = 43.5
BEACON = (46.5, 51.0, 56.0)
CLEARTEXT_LOGIN = 49.0
MALFORMED = 53.0

# the normal stretch goes on during the attack
HMI_WRITES = (
    # minute, protocol, target, value
    (3.0, "modbus", 0, 1470), (6.5, "cip", "Chlorine_Dose_SP", 0.84), (9.0, "s7comm", 16, 143.0),
    (12.0, "modbus", 1, 325), (15.0, "cip", "pH_SP", 7.38), (17.0, "modbus_coil", 1, True),
    (19.5, "modbus_coil", 1, False), (21.0, "modbus_many", 0, [1455, 322, 58]),
    (27.0, "cip", "Chlorine_Dose_SP", 0.8), (33.0, "modbus", 2, 61), (47.5, "modbus", 0, 1440),
)
SCADA_CONTROLS = (
    (8.0, "SelectAndOperate", "latch_on", 1), (13.0, "DirectOperate", "setpoint", 530.0),
    (18.0, "SelectAndOperate", "latch_off", 1), (32.0, "DirectOperate", "setpoint", 520.0),
)
ENGINEERING_CHECKS = (1.5, 11.0, 20.0, 31.0, 45.0)


def wait_until(minute: float) -> None:
    """Sleep until a plant minute of the nominal hour."""
    clock.sleep_until(minute * 60.0 * SCALE)


def seconds(nominal: float) -> float:
    """A nominal duration in plant seconds, scaled to this run."""
    return nominal * SCALE
