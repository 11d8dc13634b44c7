"""An SNMP agent (pysnmp) of a managed switch: versions 1, 2c and 3."""

from __future__ import annotations

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context

from ..plan import ip_of

READ, WRITE = "public", "plant-write"
USERS = (
    ("viewer", {}, "noAuthNoPriv"),
    ("operator", {"authProtocol": config.USM_AUTH_HMAC96_SHA, "authKey": "operator-secret"}, "authNoPriv"),
    ("admin", {"authProtocol": config.USM_AUTH_HMAC96_SHA, "authKey": "admin-secret",
               "privProtocol": config.USM_PRIV_CFB128_AES, "privKey": "admin-private"}, "authPriv"),
)
SYSTEM = {
    "sysDescr": "Hirschmann MICE Switch, MS20-0800SAAE, L2P-09.1.00",
    "sysName": "sw-filters", "sysLocation": "Filter hall, cabinet 2", "sysContact": "maintenance",
}


def serve() -> None:
    """Answers until it is stopped."""
    agent = engine.SnmpEngine()
    config.add_transport(agent, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode((ip_of("sw-control"), 161)))
    everything = (1, 3, 6)
    for area, community in (("reading", READ), ("writing", WRITE)):
        config.add_v1_system(agent, area, community)
        for model in (1, 2):
            writable = everything if area == "writing" else ()
            config.add_vacm_user(agent, model, area, "noAuthNoPriv", everything, writable)
    for user, keys, level in USERS:
        config.add_v3_user(agent, user, **keys)
        config.add_vacm_user(agent, 3, user, level, everything, everything)
    shown = context.SnmpContext(agent)
    builder = shown.get_mib_instrum().get_mib_builder()
    for name, value in SYSTEM.items():
        (scalar,) = builder.import_symbols("__SNMPv2-MIB", name)
        scalar.syntax = scalar.syntax.clone(value)
    (kind,) = builder.import_symbols("__SNMPv2-MIB", "sysObjectID")
    kind.syntax = kind.syntax.clone((1, 3, 6, 1, 4, 1, 248, 14, 10, 42))
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.SetCommandResponder, cmdrsp.NextCommandResponder,
                      cmdrsp.BulkCommandResponder):
        responder(agent, shown)
    agent.transport_dispatcher.job_started(1)
    agent.transport_dispatcher.run_dispatcher()
