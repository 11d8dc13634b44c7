"""An SNMP manager (pysnmp) that shows what the versions have."""

from __future__ import annotations

import asyncio

from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_SHA,
    USM_PRIV_CFB128_AES,
    CommunityData,
    ContextData,
    NotificationType,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    next_cmd,
    send_notification,
    set_cmd,
)
from pysnmp.proto.rfc1902 import OctetString

from ..devices.snmp import READ, WRITE
from ..plan import ip_of

SYSTEM = "1.3.6.1.2.1.1"
SYSTEM_NAME = f"{SYSTEM}.5.0"


def _of(*names: str) -> list:
    return [ObjectType(ObjectIdentity(name)) for name in names]


def _is(name: str, value: str) -> ObjectType:
    return ObjectType(ObjectIdentity(name), OctetString(value))


async def _play() -> None:
    peer = await UdpTransportTarget.create((ip_of("sw-control"), 161), timeout=2, retries=0)
    trap_to = await UdpTransportTarget.create((ip_of("sw-control"), 162), timeout=1, retries=0)
    context, first, second = ContextData(), CommunityData(READ, mpModel=0), CommunityData(READ, mpModel=1)
    writer, wrong = CommunityData(WRITE, mpModel=1), CommunityData("private", mpModel=1)
    viewer, stranger = UsmUserData("viewer"), UsmUserData("nobody")
    operator = UsmUserData("operator", "operator-secret", authProtocol=USM_AUTH_HMAC96_SHA)
    admin = UsmUserData("admin", "admin-secret", "admin-private", authProtocol=USM_AUTH_HMAC96_SHA,
                        privProtocol=USM_PRIV_CFB128_AES)
    manager = SnmpEngine()
    steps = [
        get_cmd(manager, first, peer, context, *_of(f"{SYSTEM}.1.0", f"{SYSTEM}.2.0", f"{SYSTEM}.3.0")),
        get_cmd(manager, first, peer, context, *_of(f"{SYSTEM}.99.0")),
        next_cmd(manager, second, peer, context, *_of(f"{SYSTEM}.4", f"{SYSTEM}.5")),
        get_cmd(manager, second, peer, context, *_of(f"{SYSTEM}.6.0", f"{SYSTEM}.7.0", "1.3.6.1.4.1.248.1.0")),
        bulk_cmd(manager, second, peer, context, 0, 12, *_of(SYSTEM)),
        set_cmd(manager, second, peer, context, _is(SYSTEM_NAME, "sw-elsewhere")),
        set_cmd(manager, writer, peer, context, _is(SYSTEM_NAME, "sw-filters-2"), _is(f"{SYSTEM}.6.0", "Hall 2")),
        get_cmd(manager, wrong, peer, context, *_of(SYSTEM_NAME)),
        get_cmd(manager, viewer, peer, context, *_of(SYSTEM_NAME)),
        get_cmd(manager, stranger, peer, context, *_of(SYSTEM_NAME)),
        set_cmd(manager, operator, peer, context, _is(SYSTEM_NAME, "sw-filters")),
        get_cmd(manager, admin, peer, context, *_of(SYSTEM_NAME)),
    ]
    for version, kind in ((first, "trap"), (second, "trap"), (second, "inform")):
        notice = NotificationType(ObjectIdentity("1.3.6.1.6.3.1.1.5.3")).add_varbinds(
            (ObjectIdentity("1.3.6.1.2.1.2.2.1.2.3"), OctetString("port 3")))
        steps.append(send_notification(manager, version, trap_to, context, kind, notice))
    for step in steps:
        try:
            print(await step)
        except Exception as error:  # the stack gives up on some answers; what counts is on the wire
            print(type(error).__name__, error)


def main() -> None:
    """One round of everything."""
    asyncio.run(_play())
