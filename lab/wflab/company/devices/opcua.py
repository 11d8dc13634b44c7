"""The alarm server's OPC UA server (asyncua): values of the process, an order to be written, three kinds of security.

The stack asks the wall clock for every time it says; `plant_clock` makes it ask the plant's.
"""

from __future__ import annotations

import asyncio
import datetime
import importlib
from pathlib import Path

from ..plan import BY_NAME
from ..points import OPCUA, OPCUA_WRITABLE

PORT, PATH = 4840, "northfield"
NAMESPACE = "urn:northfield:process"
APPLICATION = "urn:northfield:alarm-server"
VENDOR, PRODUCT, VERSION, BUILD = "Northfield Water", "Northfield SCADA", "4.2.0", "1187"
CLOCKED = ("ua.uaprotocol_auto", "ua.uatypes", "server.address_space", "server.internal_server",
           "server.event_generator", "common.ua_utils", "common.connection")


class _Kind(type(datetime.datetime)):
    """Any date and time passes for one of the plant's."""

    def __instancecheck__(cls, value) -> bool:
        return isinstance(value, datetime.datetime)


def plant_clock(world) -> None:
    """Let the stack say plant time."""

    class PlantTime(datetime.datetime, metaclass=_Kind):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.fromtimestamp(world.plant_time(), tz)

    for name in CLOCKED:
        importlib.import_module(f"asyncua.{name}").datetime = PlantTime


def certificate(world, name: str) -> tuple[Path, Path]:
    """An application's self-signed certificate and its key, made once a run and valid around plant time."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    paths = world.run_dir / f"{name}-opcua.der", world.run_dir / f"{name}-opcua.pem"
    if ("opcua certificate", name) in world.state:
        return paths
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, VENDOR),
                         x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made_at = datetime.datetime.fromtimestamp(world.epoch, datetime.timezone.utc) - datetime.timedelta(days=120)
    usage = x509.KeyUsage(True, True, True, True, False, True, False, False, False)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(world.theatre.random("certificate", name).getrandbits(63)).not_valid_before(made_at)
            .not_valid_after(made_at + datetime.timedelta(days=3650))
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"urn:northfield:{name}"),
                                                        x509.DNSName(name)]), False)
            .add_extension(x509.BasicConstraints(False, None), True).add_extension(usage, True)
            .add_extension(x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .sign(key, hashes.SHA256()))
    paths[0].write_bytes(made.public_bytes(Encoding.DER))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    world.state["opcua certificate", name] = True
    return paths


class Users:
    """Anybody may look, and write what can be written."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        """The one user there is."""
        from asyncua.crypto.permission_rules import User, UserRole

        return User(role=UserRole.User, name=username or "anonymous")


class Gateway:
    """The running server and its nodes."""

    def __init__(self, world, name: str):
        self.world, self.name = world, name
        self.nodes: dict[str, object] = {}
        self.tags = OPCUA | OPCUA_WRITABLE
        self.loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Listen."""
        from asyncua import Server, ua
        from asyncua.common.callback import CallbackType

        world, server = self.world, Server(user_manager=Users())
        await server.init()
        server.set_endpoint(f"opc.tcp://{BY_NAME[self.name].ip}:{PORT}/{PATH}")
        server.set_server_name(PRODUCT)
        server.product_uri, server.manufacturer_name = f"{NAMESPACE}:server", VENDOR
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_Sign,
                                    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        made, key = certificate(world, self.name)
        await server.set_application_uri(APPLICATION)
        await server.load_certificate(made)
        await server.load_private_key(key)
        await server.set_build_info(f"{NAMESPACE}:server", VENDOR, PRODUCT, VERSION, BUILD,
                                    datetime.datetime(2025, 11, 3))
        space = await server.register_namespace(NAMESPACE)
        folder = await server.nodes.objects.add_object(ua.NodeId("Process", space), "Process")
        for node, tag in self.tags.items():
            self.nodes[node] = await folder.add_variable(ua.NodeId(node, space), node, float(world.water.tags[tag]))
            if node in OPCUA_WRITABLE:
                await self.nodes[node].set_writable()
        self.names = {node.nodeid: name for name, node in self.nodes.items()}
        self.server = server
        server.subscribe_server_callback(CallbackType.PreRead, self._asked)
        server.subscribe_server_callback(CallbackType.PostWrite, self._written)
        await server.start()

    async def refresh(self) -> None:
        """Put the process's values into the nodes."""
        from asyncua import ua

        now = datetime.datetime.fromtimestamp(self.world.plant_time(), datetime.timezone.utc)
        for name, tag in self.tags.items():
            value = ua.Variant(round(float(self.world.water.tags[tag]), 3), ua.VariantType.Double)
            await self.server.write_attribute_value(self.nodes[name].nodeid, ua.DataValue(value, SourceTimestamp=now))

    async def _asked(self, event, dispatcher) -> None:
        if event.is_external and any(item.NodeId in self.names for item in event.request_params.NodesToRead):
            await self.refresh()

    async def _written(self, event, dispatcher) -> None:
        if not event.is_external:
            return
        for item, status in zip(event.request_params.NodesToWrite, event.response_params):
            name = self.names.get(item.NodeId)
            if name in OPCUA_WRITABLE and status.is_good():
                self.world.wrote(self.name, OPCUA_WRITABLE[name], float(item.Value.Value.Value))


def refresh(world, name: str) -> None:
    """Let the server look at the process, so that subscriptions notice what changed."""
    gateway = world.state["opcua", name]
    asyncio.run_coroutine_threadsafe(gateway.refresh(), gateway.loop).result(timeout=1.0)


async def _serve(world, name: str) -> None:
    gateway = Gateway(world, name)
    await gateway.start()
    world.state["opcua", name] = gateway
    await asyncio.Event().wait()


def serve(world, name: str) -> None:
    """Answer until the process ends."""
    plant_clock(world)
    asyncio.run(_serve(world, name))
