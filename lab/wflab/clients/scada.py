"""The SCADA server: DNP3 master of the booster station."""

from __future__ import annotations

import opendnp3 as dnp

from .. import timeline
from ..actlog import act
from ..plan import ip_of
from .dnp3 import Master, latch

POLL_WALL_S = 6.0


def send(master: Master, src: str, kind: str, what: str, value, normal: bool) -> None:
    """Send one control and log its steps: select and operate are two acts on the wire."""
    if what == "setpoint":
        command, index, target, shown = dnp.AnalogOutputFloat32(value), 0, "analog_output 0", value
    else:
        command, index, shown = latch(what == "latch_on"), value, what
        target = f"crob {index}"
    result = master.command(kind, command, index)
    outcome = "ok" if "SUCCESS" in result else result
    steps = ("select", "operate") if kind == "SelectAndOperate" else ("direct_operate",)
    for step in steps:
        act("dnp3", step, "control", src=src, dst=ip_of("rtu-booster"), target=target, value=shown,
            outcome=outcome, normal=normal)


def main() -> None:
    """Poll and control until ended."""
    master = Master()
    master.scan(POLL_WALL_S, dnp.ClassField(False, True, True, True))
    for minute, kind, what, value in timeline.SCADA_CONTROLS:
        timeline.wait_until(minute)
        send(master, ip_of("scada"), kind, what, value, True)
    timeline.wait_until(10 * timeline.NOMINAL_MINUTES)
