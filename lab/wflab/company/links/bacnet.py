"""BACnet/IP clients (bacpypes3): one application and one event loop an actor, run only while something is asked."""

from __future__ import annotations

import asyncio

from bacpypes3.apdu import (
    DeviceCommunicationControlRequest,
    ErrorRejectAbortNack,
    ReinitializeDeviceRequest,
    SimpleAckPDU,
    SubscribeCOVRequest,
    WhoIsRequest,
)
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import Address, IPv4Address, LocalBroadcast
from bacpypes3.primitivedata import Null, Real

from ..devices.bacnet import INSTANCES, PASSWORD
from ..plan import BY_NAME, ip_of

TIMEOUT_S = 0.5
PORT = 47808
PROPERTIES = ("vendor-name", "model-name", "firmware-revision", "object-name", "description")


class Refused(RuntimeError):
    """The device answered with an error, a reject or an abort."""


class Tool(NormalApplication):
    """Collects who answers and takes note of changed values."""

    def begin(self) -> None:
        """Forget what was heard."""
        self.heard: dict[int, str] = {}
        self.wanted, self.enough = 0, asyncio.Event()

    async def do_IAmRequest(self, apdu) -> None:
        """Somebody tells who he is."""
        self.heard[apdu.iAmDeviceIdentifier[1]] = str(apdu.pduSource)
        if len(self.heard) >= self.wanted:
            self.enough.set()

    async def do_ConfirmedCOVNotificationRequest(self, apdu) -> None:
        """Takes note."""
        await self.response(SimpleAckPDU(context=apdu))

    async def do_UnconfirmedCOVNotificationRequest(self, apdu) -> None:
        """Takes note."""


class Link:
    """An actor's application."""

    def __init__(self, actor: str):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        number = 4_000_000 + int(ip_of(actor).split(".")[3])
        device = DeviceObject(objectIdentifier=("device", number), objectName=actor,
                              vendorIdentifier=0, apduTimeout=5_000, numberOfApduRetries=0)
        self.tool: Tool = self.run(self._make(device, f"{BY_NAME[actor].ip}/24"))

    async def _make(self, device: DeviceObject, address: str) -> Tool:
        tool = Tool(device, IPv4Address(address))
        tool.begin()
        return tool

    def run(self, step):
        """Carry out one request."""
        asyncio.set_event_loop(self.loop)
        try:
            return self.loop.run_until_complete(asyncio.wait_for(step, TIMEOUT_S))
        except asyncio.TimeoutError:
            raise TimeoutError(f"no answer on port {PORT}") from None
        except ErrorRejectAbortNack as error:
            raise Refused(str(error)) from error

    def close(self) -> None:
        """Give the port back."""
        self.tool.close()
        self.loop.run_until_complete(asyncio.sleep(0))


def _link(world, actor: str) -> Link:
    if ("bacnet", actor) not in world.links:
        world.links["bacnet", actor] = Link(actor)
    return world.links["bacnet", actor]


def who_is(world, actor: str, target: str | None = None) -> list[int]:
    """Device instances that answer, in the actor's segment or at one address."""
    link = _link(world, actor)
    zone = BY_NAME[actor].zone
    near = [name for name in INSTANCES if BY_NAME[name].zone == zone and name != actor]

    async def ask() -> list[int]:
        link.tool.begin()
        link.tool.wanted = 1 if target else max(len(near), 1)
        request = WhoIsRequest(destination=Address(ip_of(target)) if target else LocalBroadcast())
        await link.tool.request(request)
        try:
            await asyncio.wait_for(link.tool.enough.wait(), 0.8 * TIMEOUT_S)
        except asyncio.TimeoutError:
            pass
        return sorted(link.tool.heard)

    return link.run(ask())


def read_property(world, actor: str, target: str, item: str, name: str = "present-value"):
    """One property, such as `analog-input,1` `present-value`."""
    link = _link(world, actor)
    return link.run(link.tool.read_property(Address(ip_of(target)), item, name))


def poll(world, actor: str, target: str) -> list:
    """The three values of a unit by one request."""
    link = _link(world, actor)
    items = ("analog-input,1", "analog-value,1", "binary-output,1")
    wanted = [part for item in items for part in (item, ["present-value"])]
    return [row[3] for row in link.run(link.tool.read_property_multiple(Address(ip_of(target)), wanted))]


def identify(world, actor: str, target: str) -> list[str]:
    """Vendor, model, firmware, name and description of a device."""
    return [str(read_property(world, actor, target, f"device,{INSTANCES[target]}", name)) for name in PROPERTIES]


def write(world, actor: str, target: str, item: str, value, priority: int = 8, name: str = "present-value",
          **told) -> None:
    """Command an object: a number, `active` or `inactive`, or None to let go; told as an act."""
    link = _link(world, actor)
    value = value if value is None or isinstance(value, str) else float(value)
    words = "null" if value is None else value if isinstance(value, str) else f"{value:g}"
    sent = Null(()) if value is None else value if isinstance(value, str) else Real(value)
    kind, number = item.split(",")
    point = f"{kind.replace('-', '_')} {number} {name.replace('-', '_')}"
    world.act("bacnet", "write_property", "write", target, point, f"{words} priority {priority}", port=PORT, **told)
    _answered(link.run(link.tool.write_property(Address(ip_of(target)), item, name, sent, priority=priority)))


def subscribe(world, actor: str, target: str, item: str = "analog-input,1") -> None:
    """Ask once, without end, to be told of changes."""
    _send(_link(world, actor), target, SubscribeCOVRequest(
        subscriberProcessIdentifier=1, monitoredObjectIdentifier=item, issueConfirmedNotifications=False, lifetime=0))


def device_control(world, actor: str, target: str, state: str = "disable", minutes: int | None = None,
                   password: str = PASSWORD, **told) -> None:
    """Let a device fall silent (`disable`, `disable-initiation`) or speak (`enable`); told as an act."""
    words = state.replace("-", "_") + (f" for {minutes} min" if minutes else "")
    link = _link(world, actor)
    world.act("bacnet", "device_communication_control", "control", target, None, words, port=PORT, **told)
    _send(link, target, DeviceCommunicationControlRequest(timeDuration=minutes, enableDisable=state, password=password))


def reinitialize(world, actor: str, target: str, state: str = "coldstart", password: str = PASSWORD, **told) -> None:
    """Restart a device; told as an act."""
    link = _link(world, actor)
    world.act("bacnet", "reinitialize_device", "control", target, None, state, port=PORT, **told)
    _send(link, target, ReinitializeDeviceRequest(reinitializedStateOfDevice=state, password=password))


def _send(link: Link, target: str, request) -> None:
    request.pduDestination = Address(ip_of(target))

    async def ask():
        return await link.tool.request(request)

    _answered(link.run(ask()))


def _answered(answer) -> None:
    if isinstance(answer, ErrorRejectAbortNack):
        raise Refused(str(answer))
