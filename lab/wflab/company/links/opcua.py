"""OPC UA clients (asyncua): one session and one event loop a pair of machines, run while something is asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from ..devices.opcua import PATH, PORT, certificate, refresh
from ..plan import ip_of

TIMEOUT_S = 0.5
INTERVAL_MS = 50
LIFETIME_MS = 2_000_000_000
SPACE = 2
BUILD = (ua.ObjectIds.Server_ServerStatus_BuildInfo_ManufacturerName,
         ua.ObjectIds.Server_ServerStatus_BuildInfo_ProductName,
         ua.ObjectIds.Server_ServerStatus_BuildInfo_SoftwareVersion,
         ua.ObjectIds.Server_ServerStatus_BuildInfo_BuildNumber)
logging.getLogger("asyncua").setLevel(logging.CRITICAL)


class Refused(RuntimeError):
    """The server answered with a bad status."""


class Listener:
    """Counts what a subscription brings."""

    def __init__(self):
        self.values: dict[str, object] = {}
        self.came = asyncio.Event()

    def datachange_notification(self, node, value, data) -> None:
        """A value changed."""
        self.values[str(node.nodeid.Identifier)] = value
        self.came.set()

    def status_change_notification(self, status) -> None:
        """The subscription changed."""


class Link:
    """One session."""

    def __init__(self, world, actor: str, target: str, secure: bool):
        self.target, self.loop = target, asyncio.new_event_loop()
        self.client = Client(f"opc.tcp://{ip_of(target)}:{PORT}/{PATH}", timeout=TIMEOUT_S,
                             watchdog_intervall=LIFETIME_MS / 1000)
        self.client.name, self.client.description = f"Northfield {actor}", actor
        self.client.application_uri = self.client.product_uri = f"urn:northfield:{actor}"
        self.client.secure_channel_timeout = self.client.session_timeout = LIFETIME_MS
        self.listener: Listener | None = None
        files = certificate(world, actor) if secure else None
        try:
            self.run(self._connect(files), 4 * TIMEOUT_S)
        except BaseException:
            self.loop.close()
            raise

    async def _connect(self, files) -> None:
        if files:
            await self.client.set_security(SecurityPolicyBasic256Sha256, str(files[0]), str(files[1]),
                                           mode=ua.MessageSecurityMode.SignAndEncrypt)
        await self.client.connect()

    def run(self, step, timeout_s: float = TIMEOUT_S):
        """Carry out one exchange."""
        try:
            return self.loop.run_until_complete(asyncio.wait_for(step, timeout_s))
        except (asyncio.TimeoutError, OSError) as error:
            raise TimeoutError(f"{self.target} does not answer on port {PORT}: {error}") from error
        except ua.UaError as error:
            raise Refused(f"{self.target}: {error}") from error

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(Exception):  # a dead connection is closed as far as it goes
            self.run(self.client.disconnect())
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        with contextlib.suppress(Exception):
            self.loop.run_until_complete(asyncio.sleep(0))


@contextlib.contextmanager
def _link(world, actor: str, target: str, secure: bool = False):
    """The kept session, made when there is none; given up when it does not answer."""
    key = ("opcua secure" if secure else "opcua", actor, target)
    if key not in world.links:
        world.links[key] = Link(world, actor, target, secure)
    try:
        yield world.links[key]
    except TimeoutError:
        link = world.links.pop(key)
        link.client.disconnect_socket()
        link.close()
        raise


def _id(name: str) -> ua.NodeId:
    return ua.NodeId(name, SPACE)


def read(world, actor: str, target: str, names: list[str], secure: bool = False) -> dict[str, float]:
    """Values of several nodes by one request."""
    with _link(world, actor, target, secure) as link:
        found = link.run(link.client.uaclient.read_attributes([_id(name) for name in names], ua.AttributeIds.Value))
    if bad := [name for name, one in zip(names, found) if not one.StatusCode.is_good()]:
        raise Refused(f"{target}: {bad[0]}")
    return {name: one.Value.Value for name, one in zip(names, found)}


def write(world, actor: str, target: str, name: str, value: float, secure: bool = False, **told) -> None:
    """Write one node; told as an act, as encrypted where nobody on the way can read it."""
    with _link(world, actor, target, secure) as link:
        hidden = {"encrypted": True} if secure else {}
        world.act("opcua", "write", "write", target, f"ns={SPACE};s={name}", float(value), port=PORT, **hidden, **told)
        what = ua.DataValue(ua.Variant(float(value), ua.VariantType.Double))
        (status,) = link.run(link.client.uaclient.write_attributes([_id(name)], [what], ua.AttributeIds.Value))
    if not status.is_good():
        raise Refused(f"{target}: {name}: {status.name}")


def browse(world, actor: str, target: str, secure: bool = False, most: int = 400) -> list[str]:
    """The address space below Objects, node by node and level by level, up to so many nodes."""

    async def walk(client) -> list[str]:
        found, waiting = [], [client.nodes.objects]
        while waiting and len(found) < most:
            for child in await waiting.pop(0).get_children():
                if child.nodeid.to_string() not in found:
                    found.append(child.nodeid.to_string())
                    waiting.append(child)
        return found

    with _link(world, actor, target, secure) as link:
        return link.run(walk(link.client), 10.0)


def subscribe(world, actor: str, target: str, names: list[str], secure: bool = False) -> None:
    """Subscribe once; the publishing interval is so long that only `publish` lets something be sent."""
    async def begin(link: Link) -> None:
        link.listener = Listener()
        link.subscription = await link.client.create_subscription(INTERVAL_MS, link.listener)
        await link.subscription.subscribe_data_change([link.client.get_node(_id(name)) for name in names])

    with _link(world, actor, target, secure) as link:
        link.run(begin(link), 4 * TIMEOUT_S)


def publish(world, actor: str, target: str, secure: bool = False) -> dict[str, object]:
    """Let the server notice what changed, and wait for what it publishes."""
    async def wait(link: Link) -> None:
        await asyncio.wait_for(link.listener.came.wait(), 3 * INTERVAL_MS / 1000 + TIMEOUT_S)
        link.listener.came.clear()

    with _link(world, actor, target, secure) as link:
        refresh(world, target)
        link.run(wait(link), 4 * TIMEOUT_S)
        return dict(link.listener.values)


def identify(world, actor: str, target: str, secure: bool = False) -> list[str]:
    """Maker, product, version and build of the server."""
    with _link(world, actor, target, secure) as link:
        found = link.run(link.client.uaclient.read_attributes(
            [ua.NodeId(number) for number in BUILD], ua.AttributeIds.Value))
    return [one.Value.Value for one in found]
