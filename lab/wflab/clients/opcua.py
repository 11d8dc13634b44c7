"""An OPC UA client (asyncua) that uses every service that the stack has, for the fixture capture."""

from __future__ import annotations

import asyncio
import datetime

from ..devices.opcua import NAMESPACE, PASSWORD, PORT, USER, certificate
from ..plan import ip_of

CLIENT_URI = "urn:northfield:historian"


class Listener:
    """Takes what a subscription brings."""

    def datachange_notification(self, node, value, data):
        """A value changed."""

    def event_notification(self, event):
        """Something happened."""

    def status_change_notification(self, status):
        """The subscription changed."""


def _client(**options):
    from asyncua import Client

    client = Client(f"opc.tcp://{ip_of('plc-intake')}:{PORT}/northfield", timeout=4, **options)
    client.name, client.description = "Northfield historian", "historian"
    client.application_uri = client.product_uri = CLIENT_URI
    return client


async def _tried(*steps) -> None:
    for step in steps:
        try:
            await step
        except Exception as error:  # the server refuses some; what counts is on the wire
            print(type(error).__name__, error)


async def _values(client, space: int) -> None:
    from asyncua import ua

    node = lambda name: client.get_node(ua.NodeId(name, space))
    names = [f"Pump.{name}" for name in ("Flow", "Level", "Speed", "SpeedSetpoint", "Recipe", "Missing")]
    await _tried(
        client.uaclient.read_attributes([ua.NodeId(name, space) for name in names], ua.AttributeIds.Value),
        client.get_node("i=2256").read_value(), client.get_node("i=2263").read_value(), client.get_node("i=2259").read_value(),
        node("Pump.Flow").read_display_name(), node("Pump.Trend").read_value(),
        node("Pump.SpeedSetpoint").write_value(1460.0), node("Pump.Recipe").write_value([9, 8, 7], ua.VariantType.Int32),
        node(1001).write_value([True, True]), node("Pump.Note").write_value("set by the historian"),
        node("Pump.Flow").write_value(1.0), node("Pump.SpeedSetpoint").write_value("fast"),
        node("Pump").call_method(ua.NodeId("Pump.Start", space), 1450.0, True),
        node("Pump").call_method(ua.NodeId("Pump.Stop", space)),
    )


async def _address_space(client, space: int) -> None:
    from asyncua import ua

    pump = client.get_node(ua.NodeId("Pump", space))
    made = ua.AddNodesItem(RequestedNewNodeId=ua.NodeId("Valve", space), BrowseName=ua.QualifiedName("Valve", space),
                           NodeClass=ua.NodeClass.Object, ParentNodeId=ua.NodeId(ua.ObjectIds.ObjectsFolder),
                           ReferenceTypeId=ua.NodeId(ua.ObjectIds.Organizes),
                           TypeDefinition=ua.NodeId(ua.ObjectIds.BaseObjectType),
                           NodeAttributes=ua.ObjectAttributes(DisplayName=ua.LocalizedText("Valve")))
    await _tried(
        pump.get_children(), pump.get_child(["0:Flow"]), pump.get_child(["0:Leak"]),
        client.register_nodes([pump]), client.uaclient.add_nodes([made]),
        client.delete_nodes([client.get_node(ua.NodeId("Valve", space))]),
        client.get_node(ua.NodeId("Pump.Level", space)).read_raw_history(
            datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), None, 3),
    )


async def _subscribe(client, space: int) -> None:
    from asyncua import ua

    subscription = await client.create_subscription(200, Listener())
    watched = [client.get_node(ua.NodeId(f"Pump.{name}", space)) for name in ("Flow", "Speed")]
    handles = await subscription.subscribe_data_change([*watched, client.get_node(ua.NodeId(1001, space))])
    await subscription.subscribe_events()
    await client.get_node(ua.NodeId("Pump.LevelSetpoint", space)).write_value(325.0)
    await asyncio.sleep(1.5)
    number = subscription.subscription_id
    await _tried(
        subscription.modify_monitored_item(handles[0], 500),
        client.uaclient.set_publishing_mode(ua.SetPublishingModeParameters(PublishingEnabled=False, SubscriptionIds=[number])),
        client.uaclient.update_subscription(ua.ModifySubscriptionParameters(
            SubscriptionId=number, RequestedPublishingInterval=400, RequestedLifetimeCount=3000,
            RequestedMaxKeepAliveCount=1000)),
        subscription.unsubscribe(handles[0]), subscription.delete(),
    )


async def _everything() -> None:
    from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
    from asyncua import ua

    await _tried(_client().connect_and_find_servers(), _client().connect_and_get_server_endpoints())
    for password in ("guess", PASSWORD):
        client = _client()
        client.set_user(USER)
        client.set_password(password)
        try:
            async with client:
                space = await client.get_namespace_index(NAMESPACE)
                await _values(client, space)
                await _address_space(client, space)
                await _subscribe(client, space)
        except Exception as error:
            print(type(error).__name__, error)
    made, key = await certificate("historian", CLIENT_URI)
    for mode in (ua.MessageSecurityMode.Sign, ua.MessageSecurityMode.SignAndEncrypt):
        client = _client()
        await client.set_security(SecurityPolicyBasic256Sha256, str(made), str(key), mode=mode)
        async with client:
            await client.get_node(ua.NodeId("Pump.Level", space)).read_value()


def main() -> None:
    """Show it all once."""
    asyncio.run(_everything())
