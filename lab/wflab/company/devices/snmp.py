"""SNMP agents (pysnmp, version 2c) of the managed switches; what they say of themselves comes from the plan."""

from __future__ import annotations

import asyncio

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.rfc1902 import TimeTicks

from ..plan import BY_NAME

READ, WRITE = "public", "plant-write"
HIRSCHMANN = (1, 3, 6, 1, 4, 1, 248, 14, 10, 42)
UPTIME_AT_START_S = 3_715_200
LOCATIONS = {"control": "Filter hall, cabinet 2", "supervision": "Control room, rack 1"}


def system(name: str) -> dict[str, str]:
    """The texts of the system group."""
    host = BY_NAME[name]
    known = host.identity
    return {"sysDescr": f"{known.vendor} RailSwitch, {known.model}, {known.firmware}", "sysName": name,
            "sysLocation": LOCATIONS[host.zone], "sysContact": "maintenance"}


def _uptime(world) -> TimeTicks:
    """sysUpTime that tells plant time whenever it is read."""

    class Running(TimeTicks):
        def clone(self, value=None, **options):
            return TimeTicks(int((UPTIME_AT_START_S + world.theatre.now) * 100) % 2**32 if value is None else value)

    return Running(0)


def _agent(world, name: str) -> engine.SnmpEngine:
    agent = engine.SnmpEngine()
    everything = (1, 3, 6)
    for area, community in (("reading", READ), ("writing", WRITE)):
        config.add_v1_system(agent, area, community)
        config.add_vacm_user(agent, 2, area, "noAuthNoPriv", everything, everything if area == "writing" else ())
    shown = context.SnmpContext(agent)
    builder = shown.get_mib_instrum().get_mib_builder()
    for scalar_name, value in system(name).items():
        (scalar,) = builder.import_symbols("__SNMPv2-MIB", scalar_name)
        scalar.syntax = scalar.syntax.clone(value)
    kind, uptime = builder.import_symbols("__SNMPv2-MIB", "sysObjectID", "sysUpTime")
    kind.syntax = kind.syntax.clone(HIRSCHMANN)
    uptime.syntax = _uptime(world)
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.SetCommandResponder, cmdrsp.NextCommandResponder,
                      cmdrsp.BulkCommandResponder):
        responder(agent, shown)
    return agent


def serve(world, name: str) -> None:
    """Answer for one switch until the process ends."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    agent = _agent(world, name)
    config.add_transport(agent, udp.DOMAIN_NAME, udp.UdpTransport(loop=loop).open_server_mode((BY_NAME[name].ip, 161)))
    loop.run_forever()
