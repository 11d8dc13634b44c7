"""SNMP managers (pysnmp, version 2c): one event loop and one engine an actor, one request after the other."""

from __future__ import annotations

import asyncio

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_cmd,
    get_cmd,
    set_cmd,
)
from pysnmp.proto.rfc1902 import OctetString

from ..devices.snmp import READ, WRITE
from ..plan import ip_of

TIMEOUT_S = 0.5
SYSTEM = "1.3.6.1.2.1.1"
NAMES = {f"{SYSTEM}.{number}.0": f"{name}.0" for number, name in (
    (1, "sysDescr"), (3, "sysUpTime"), (4, "sysContact"), (5, "sysName"), (6, "sysLocation"))}
USUAL = (f"{SYSTEM}.3.0", f"{SYSTEM}.1.0", f"{SYSTEM}.5.0")


class Refused(RuntimeError):
    """The agent answered with an error."""


class Manager:
    """An actor's engine; its socket is made on the first request, inside the actor's namespace."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.engine = SnmpEngine()
        self.peers: dict[str, UdpTransportTarget] = {}

    def ask(self, target: str, command, community: str, *what) -> list:
        """One request; the variables of the answer."""
        asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(self._ask(target, command, community, *what))

    async def _ask(self, target: str, command, community: str, *what) -> list:
        if target not in self.peers:
            self.peers[target] = await UdpTransportTarget.create((ip_of(target), 161), timeout=TIMEOUT_S, retries=0)
        problem, status, _, variables = await command(
            self.engine, CommunityData(community, mpModel=1), self.peers[target], ContextData(), *what, lookupMib=False)
        if problem:
            raise TimeoutError(f"{target} does not answer on port 161: {problem}")
        if status:
            raise Refused(f"{target}: {status.prettyPrint()}")
        return variables

    def close(self) -> None:
        """Close the socket and forget the loop."""
        self.engine.close_dispatcher()
        self.loop.close()


def _manager(world, actor: str) -> Manager:
    if ("snmp", actor) not in world.links:
        world.links["snmp", actor] = Manager()
    return world.links["snmp", actor]


def _told(variables) -> dict[str, str]:
    return {str(name): value.prettyPrint() for name, value in variables}


def get(world, actor: str, target: str, oids=USUAL, community: str = READ) -> dict[str, str]:
    """Values of several objects by one get."""
    wanted = [ObjectType(ObjectIdentity(oid)) for oid in oids]
    return _told(_manager(world, actor).ask(target, get_cmd, community, *wanted))


def walk(world, actor: str, target: str, root: str = SYSTEM, community: str = READ, most: int = 200) -> dict[str, str]:
    """Everything below an object, by bulk requests of ten."""
    found: dict[str, str] = {}
    at = root
    while len(found) < most:
        rows = _told(_manager(world, actor).ask(target, bulk_cmd, community, 0, 10, ObjectType(ObjectIdentity(at))))
        below = {oid: value for oid, value in rows.items() if oid.startswith(f"{root}.") and oid not in found}
        found.update(below)
        if not below or len(below) < len(rows):
            break
        at = list(rows)[-1]
    return found


def set_value(world, actor: str, target: str, oid: str, value: str, community: str = WRITE, **told) -> None:
    """Set a text; told as an act."""
    manager = _manager(world, actor)
    world.act("snmp", "set_request", "configuration", target, NAMES.get(oid, oid), value, port=161, **told)
    manager.ask(target, set_cmd, community, ObjectType(ObjectIdentity(oid), OctetString(value)))
