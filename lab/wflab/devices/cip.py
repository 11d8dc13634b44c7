"""The EtherNet/IP controller of the chlorine dosing: cpppo's CIP server with live tags."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cpppo.server.enip import device
from cpppo.server.enip.main import main as enip_main

from .. import clock
from ..process import Dosing

READ_TAGS = {
    "Chlorine_Residual": "residual_mgl", "Dose_Flow": "dose_flow_lh", "Dosed_Water_pH": "ph",
    "Dose_Tank_Level": "tank_percent",
}
WRITE_TAGS = {"Chlorine_Dose_SP": "dose_setpoint_mgl", "pH_SP": "ph_setpoint"}
TAGS = [f"{name}=REAL" for name in (*READ_TAGS, *WRITE_TAGS)] + [
    "Dose_Pump_Run=DINT", "Recipe=INT[10]", "Shift_Note=SSTRING"]
IDENTITY = """[Identity]
Vendor Number = 1
Device Type = 14
Product Code Number = 54
Product Revision = 2836
Status Word = 12640
Serial Number = 12648430
Product Name = 1756-L61/B LOGIX5561
State = 3

[TCPIP]
Interface Status = 1
Host Name = plc-dosing
"""

PROCESS = Dosing()


class LiveAttribute(device.Attribute):
    """A tag whose value comes from, or goes to, the dosing process."""

    def __init__(self, name, *args, **kwds):
        super().__init__(name, *args, **kwds)
        self.tag = name
        if name in WRITE_TAGS:
            super().__setitem__(0, getattr(PROCESS, WRITE_TAGS[name]))
        if name == "Dose_Pump_Run":
            super().__setitem__(0, 1)

    def __getitem__(self, key):
        if self.tag in READ_TAGS:
            PROCESS.step(clock.plant_seconds())
            self.value = float(getattr(PROCESS, READ_TAGS[self.tag]))
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if self.tag in WRITE_TAGS:
            number = value[0] if isinstance(value, (list, tuple)) else value
            setattr(PROCESS, WRITE_TAGS[self.tag], float(number))


def serve() -> None:
    """Play plc-dosing."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "dosing.cfg"
        config.write_text(IDENTITY, encoding="utf-8")
        enip_main(argv=["--config", str(config), "--address", "0.0.0.0:44818", "--no-print", *TAGS],
                  attribute_class=LiveAttribute)
