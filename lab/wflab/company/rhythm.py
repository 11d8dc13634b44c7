"""What the company does by itself: controllers' loops, polls, reports, identity checks, and the daily configuration.

Periods are seconds of plant time. `pace` above 1 makes every poll that much rarer, for runs of days; what controllers
need for their loops keeps its period.
"""

from __future__ import annotations

import struct

from . import office
from .links import bacnet, cip, dnp3, iec104, iec61850, infra, layer2, modbus, mqtt, opcua, s7, snmp, ssh, syslog, web

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
NORMAL = {"normal": True}


def _intake_loop(world) -> None:
    """plc-intake reads its remote I/O and tells the drive its speed."""
    counts = modbus.read(world, "plc-intake", "rio-intake", "input", 0, 2)
    world.water.see("raw.level_cm", counts[0] / 10)
    speed = round(world.water.tags.get("intake.speed_out_rpm", 1450.0) / 10) * 10
    if speed != world.state.get("intake speed"):
        modbus.write(world, "plc-intake", "drive-intake", "holding_register", 0, speed, loop=True)
        world.state["intake speed"] = speed


def _drive_state(world) -> None:
    modbus.read(world, "plc-intake", "drive-intake", "input", 0, 3)


def _filters_loop(world) -> None:
    counts = modbus.read(world, "plc-filters", "sensor-turbidity", "input", 0, 2)
    world.water.see("sensor.turbidity", counts[0] / 1000)
    world.water.tags["filters.turbidity_seen"] = counts[0] / 1000


def _filling_loop(world) -> None:
    """plc-filling gets the conveyor's speed; without it the filler stands still."""
    (speed,) = struct.unpack(">f", s7.read(world, "plc-filling", "plc-conveyor", 1, 0, 4))
    world.water.see("conveyor.speed", speed)


def _intake(world, actor: str) -> None:
    modbus.read(world, actor, "plc-intake", "input", 0, 5)
    if actor == "hmi-water":
        modbus.read(world, actor, "plc-intake", "holding", 0, 2)


def _dosing(world, actor: str) -> None:
    cip.read_tags(world, actor, "plc-dosing", ["Chlorine_Residual", "Dose_Flow", "Dosed_Water_pH", "Chlorine_Dose_SP"])


def _block(world, actor: str, target: str) -> None:
    s7.read(world, actor, target, 1, 0, 24)


def _exception(world) -> None:
    """The historian's old point list names a register that is not there."""
    try:
        modbus.read(world, "historian", "plc-intake", "input", 120, 2)
    except modbus.Refused:
        return


def _identity_round(world) -> None:
    """The engineering station's daily check of what is installed."""
    me = "engineering"
    for target in ("plc-intake", "rio-intake", "drive-intake", "sensor-turbidity"):
        modbus.identify(world, me, target)
    for target in ("plc-filters", "plc-filling", "plc-conveyor"):
        s7.identify(world, me, target)
    cip.identify(world, me, "plc-dosing")
    for switch in ("sw-control", "sw-supervision"):
        snmp.walk(world, me, switch)


def _setpoints(world, shift: int) -> None:
    """What operators change at a shift's beginning: small steps inside limits."""
    numbers = world.theatre.random("setpoints", shift)
    modbus.write(world, "hmi-water", "plc-intake", "holding_register", 0, numbers.randrange(310, 331), **NORMAL)
    s7.write_real(world, "hmi-water", "plc-filters", 1, 16, float(numbers.randrange(136, 145)), **NORMAL)
    cip.write_tag(world, "hmi-water", "plc-dosing", "Chlorine_Dose_SP", round(numbers.uniform(0.75, 0.85), 2), **NORMAL)


def _bottling_order(world, shift: int) -> None:
    rate = float(world.theatre.random("order", shift).choice((170, 175, 180)))
    opcua.write(world, "mes", "alarm-server", "OrderBottlesPerMinute", rate, secure=True, **NORMAL)


def _line_speed(world, shift: int) -> None:
    rate = float(world.theatre.random("order", shift).choice((170, 175, 180)))
    s7.write_real(world, "hmi-bottling", "plc-filling", 1, 16, rate, **NORMAL)


def _booster(world, shift: int) -> None:
    dnp3.analog(world, "alarm-server", "rtu-booster", 0, float(world.theatre.random("booster", shift).randrange(515, 526)), **NORMAL)


def _climate(world, hour: float) -> None:
    """The building's operator station lowers the supply temperature at night."""
    bacnet.write(world, "bms", "ahu-1", "analog-value,1", 17.0 if hour > 12 else 19.0, priority=10, **NORMAL)


def _orders(world) -> None:
    """The line's operator station looks at today's orders."""
    web.get(world, "hmi-bottling", "mes", "/orders")


def _backup(world) -> None:
    """Programs of the Siemens controllers are fetched once a night."""
    for target in ("plc-filters", "plc-filling", "plc-conveyor"):
        s7.upload(world, "engineering", target, "DB1", **NORMAL)


def install(world, pace: float = 1.0, office_hours: bool = True) -> None:
    """Put everything on the theatre's list."""
    theatre = world.theatre
    every = theatre.every
    every(2.0 * min(pace, 2.0), "plc-intake", _intake_loop, "loop", first=0.4)
    every(10.0 * pace, "plc-intake", _drive_state, "drive", first=1.1)
    every(5.0 * min(pace, 4.0), "plc-filters", _filters_loop, "loop", first=0.7)
    every(2.0 * min(pace, 2.0), "plc-filling", _filling_loop, "loop", first=0.9)
    for actor, period, first in (("hmi-water", 5.0, 2.3), ("historian", 30.0, 4.6)):
        every(period * pace, actor, lambda w, a=actor: _intake(w, a), "poll intake", first=first)
        every(period * pace, actor, lambda w, a=actor: _dosing(w, a), "poll dosing", first=first + 0.8)
    for actor, target, period, first in (
            ("hmi-water", "plc-filters", 5.0, 2.7), ("hmi-bottling", "plc-filling", 5.0, 3.1),
            ("hmi-bottling", "plc-conveyor", 5.0, 3.4), ("historian", "plc-filters", 30.0, 5.8),
            ("historian", "plc-filling", 30.0, 6.2)):
        every(period * pace, actor, lambda w, a=actor, t=target: _block(w, a, t), f"poll {target}", first=first)
    every(HOUR, "historian", _exception, "old point", first=1_300.0)
    every(15.0 * pace, "alarm-server", lambda w: dnp3.events(w, "alarm-server", "rtu-booster"), "events", first=5.2)
    every(600.0, "alarm-server", lambda w: dnp3.integrity(w, "alarm-server", "rtu-booster"), "integrity", first=1.9)
    every(HOUR, "alarm-server", lambda w: dnp3.set_time(w, "alarm-server", "rtu-booster"), "time", first=61.0)
    theatre.at(2.6, "alarm-server", lambda w: iec104.start(w, "alarm-server", "rtu-reservoir"), "start")
    every(15.0 * pace, "rtu-reservoir", lambda w: iec104.report(w, "rtu-reservoir"), "report", first=9.0)
    every(900.0, "alarm-server", lambda w: iec104.interrogation(w, "alarm-server", "rtu-reservoir"), "interrogation", first=3.4)
    every(HOUR, "alarm-server", lambda w: iec104.clock_sync(w, "alarm-server", "rtu-reservoir"), "clock", first=62.0)
    for relay, first in (("bay-pumps", 6.1), ("ied-feeder", 6.6)):
        every(20.0 * pace, "alarm-server", lambda w, r=relay: iec61850.read(w, "alarm-server", r), f"mms {relay}", first=first)
        theatre.at(8.0 + first, "alarm-server", lambda w, r=relay: iec61850.identify(w, "alarm-server", r), f"identify {relay}")
    every(5.0 * pace, "bay-pumps", lambda w: iec61850.goose(w, "bay-pumps"), "goose", first=1.5)
    opcua_names = ["RawLevel", "FilterFlow", "ReservoirLevel", "BottlesPerMinute"]
    every(20.0 * pace, "historian", lambda w: opcua.read(w, "historian", "alarm-server", opcua_names), "opcua", first=11.0)
    every(60.0 * pace, "mes", lambda w: opcua.read(w, "mes", "alarm-server", ["BottlesTotal"], secure=True), "opcua", first=13.0)
    theatre.at(5.5, "edge-vibration", mqtt.birth, "birth")
    every(15.0 * pace, "edge-vibration", mqtt.data, "data", first=16.0)
    for unit, first in (("ahu-1", 7.3), ("chiller-1", 7.9)):
        every(30.0 * pace, "bms", lambda w, u=unit: bacnet.poll(w, "bms", u), f"poll {unit}", first=first)
    theatre.at(4.2, "bms", lambda w: bacnet.who_is(w, "bms"), "who-is")
    theatre.at(6.0, "plc-filters", lambda w: layer2.dcp_identify(w, "plc-filters"), "dcp")
    every(6 * HOUR, "plc-filters", lambda w: layer2.dcp_identify(w, "plc-filters"), "dcp", first=6 * HOUR)
    for number, name in enumerate(("sw-control", "sw-supervision", "sw-office", "plc-filters", "io-valves")):
        every(60.0 * pace, name, lambda w, n=name: layer2.lldp(w, n), "lldp", first=3.0 + 2 * number)
    every(120.0 * pace, "engineering", lambda w: snmp.get(w, "engineering", "sw-control"), "snmp", first=33.0)
    for number, name in enumerate(("plc-intake", "rtu-booster", "bay-pumps")):
        every(1_800.0, name, lambda w, n=name: syslog.send(w, n, f"{n}: self test passed"), "syslog", first=100.0 + 50 * number)
    every(300.0 * pace, "historian", lambda w: web.tls_get(w, "historian", "mirror", "/upload"), "mirror", first=45.0)
    _shifts(world)
    if office_hours:
        office.office_rhythm(world)


def _shifts(world) -> None:
    """Three shifts a day (06, 14, 22 h), the daily check at 07:10, the night's backup at 02:30, a vendor's look at 10 h."""
    theatre, begin = world.theatre, world.epoch % DAY

    def daily(hour: float, actor: str, action, label: str) -> None:
        theatre.every(DAY, actor, action, label, first=(hour * HOUR - begin) % DAY)

    for number, hour in enumerate((6.0, 14.0, 22.0)):
        daily(hour + 0.05, "hmi-water", lambda w, n=number: _setpoints(w, n), f"setpoints {number}")
        daily(hour + 0.07, "mes", lambda w, n=number: _bottling_order(w, n), f"order {number}")
        daily(hour + 0.08, "hmi-bottling", lambda w, n=number: _line_speed(w, n), f"line speed {number}")
        daily(hour + 0.12, "alarm-server", lambda w, n=number: _booster(w, n), f"booster {number}")
    daily(7.17, "engineering", _identity_round, "identity round")
    daily(2.5, "engineering", _backup, "backup")
    daily(7.25, "engineering", lambda w: web.get(w, "engineering", "plc-intake", "/", user=("service", "intake-1")), "web check")
    for hour in (6.0, 21.0):
        daily(hour, "bms", lambda w, h=hour: _climate(w, h), f"climate {hour:.0f}")
    for unit in ("ahu-1", "chiller-1"):
        daily(7.3, "bms", lambda w, u=unit: bacnet.identify(w, "bms", u), f"identify {unit}")
    theatre.every(HOUR, "hmi-bottling", _orders, "orders", first=777.0)
    daily(10.0, "vendor-pc", lambda w: ssh.login(w, "vendor-pc", "jump", "vendor", "spring-tide-9"), "vendor")
    for name in ("historian", "engineering", "mes", "hmi-water", "hmi-bottling", "alarm-server", "jump", "mirror"):
        theatre.every(900.0, name, lambda w, n=name: infra.lookup(w, n, "dc.northfield.example"), "dns", jitter=0.2)
