"""An OPC UA server (asyncua) in front of the intake's process: values, set-points, a method, events, history."""

from __future__ import annotations

import asyncio
import datetime
import os
from pathlib import Path

from .. import clock
from ..plan import ip_of
from ..process import Intake

PORT = 4840
NAMESPACE = "urn:northfield:intake"
USER, PASSWORD = "operator", "wells-4711"
# Small chunks, so that long values come in several.
CHUNK_BYTES = 8192
MEASURED = {"Flow": "flow_m3h", "Level": "level_cm", "Speed": "speed_rpm", "Pressure": "pressure_kpa"}
SETPOINTS = {"SpeedSetpoint": "speed_setpoint_rpm", "LevelSetpoint": "level_setpoint_cm"}


def folder() -> Path:
    """Where server and clients leave their certificates."""
    return Path(os.environ.get("WFLAB_RUN", "."))


async def certificate(name: str, uri: str) -> tuple[Path, Path]:
    """A self-signed application certificate and its key, made anew."""
    from asyncua.crypto.cert_gen import dump_private_key_as_pem, generate_private_key, generate_self_signed_app_certificate
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = generate_private_key()
    names = {"countryName": "GB", "organizationName": "Northfield Waterworks", "commonName": name}
    made = generate_self_signed_app_certificate(
        key, name, names, [x509.UniformResourceIdentifier(uri), x509.DNSName(name)],
        [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH], days=3650)
    paths = folder() / f"{name}.der", folder() / f"{name}.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.DER))
    paths[1].write_bytes(dump_private_key_as_pem(key))
    return paths


class Users:
    """One operator."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        """The user with this name and password; anybody may look and write without one."""
        from asyncua.crypto.permission_rules import User, UserRole

        if username is not None and (username, password) != (USER, PASSWORD):
            return None
        return User(role=UserRole.Admin, name=username or "anonymous")


async def _serve() -> None:
    from asyncua import Server, ua, uamethod

    server = Server(user_manager=Users())
    server.limits.max_recv_buffer = server.limits.max_send_buffer = CHUNK_BYTES
    await server.init()
    server.set_endpoint(f"opc.tcp://{ip_of('plc-intake')}:{PORT}/northfield")
    server.set_server_name("Northfield intake")
    server.product_uri = "urn:northfield:intake:server"
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_Sign,
                                ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    made, key = await certificate("plc-intake", NAMESPACE)
    await server.set_application_uri(NAMESPACE)
    await server.load_certificate(made)
    await server.load_private_key(key)
    await server.set_build_info("urn:northfield:intake:server", "Northfield Controls", "Intake gateway", "2.4.1", "1187",
                                datetime.datetime(2025, 11, 3))
    space = await server.register_namespace(NAMESPACE)
    pump = await server.nodes.objects.add_object(ua.NodeId("Pump", space), "Pump")
    process = Intake()
    nodes = {}
    for name in MEASURED | SETPOINTS:
        nodes[name] = await pump.add_variable(ua.NodeId(f"Pump.{name}", space), name, 0.0)
    for name in SETPOINTS:
        await nodes[name].set_writable()
    running = await pump.add_variable(ua.NodeId(1001, space), "Running", [True, False])
    recipe = await pump.add_variable(ua.NodeId("Pump.Recipe", space), "Recipe", list(range(5)), ua.VariantType.Int32)
    text = await pump.add_variable(ua.NodeId("Pump.Note", space), "Note", "")
    for node in (running, recipe, text):
        await node.set_writable()
    await pump.add_variable(ua.NodeId("Pump.Trend", space), "Trend", [0.5 * n for n in range(1100)])

    @uamethod
    def start(parent, speed: float, gently: bool) -> bool:
        process.speed_setpoint_rpm = speed
        return gently

    await pump.add_method(ua.NodeId("Pump.Start", space), "Start", start,
                          [ua.VariantType.Double, ua.VariantType.Boolean], [ua.VariantType.Boolean])
    events = await server.get_event_generator(emitting_node=server.nodes.server)
    async with server:
        await server.historize_node_data_change(nodes["Level"])
        written = {}
        while True:
            process.step(clock.plant_seconds())
            for name, attribute in SETPOINTS.items():
                value = await nodes[name].read_value()
                if name in written and value != written[name]:
                    setattr(process, attribute, value)
                    await events.trigger(message=f"{name} is now {value}")
                written[name] = getattr(process, attribute)
                await nodes[name].write_value(written[name])
            for name, attribute in MEASURED.items():
                await nodes[name].write_value(round(float(getattr(process, attribute)), 2))
            await asyncio.sleep(0.5)


def serve() -> None:
    """Play the gateway in front of plc-intake."""
    asyncio.run(_serve())
