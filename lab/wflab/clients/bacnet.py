"""A BACnet/IP operator's tool (bacpypes3) that uses as many services as the fixture should show."""

from __future__ import annotations

import asyncio

from bacpypes3.apdu import (
    AcknowledgeAlarmRequest,
    AtomicReadFileRequest,
    AtomicWriteFileRequest,
    ConfirmedPrivateTransferRequest,
    CreateObjectRequest,
    DeleteObjectRequest,
    DeviceCommunicationControlRequest,
    ErrorRejectAbortNack,
    GetAlarmSummaryRequest,
    GetEventInformationRequest,
    ReinitializeDeviceRequest,
    SimpleAckPDU,
    SubscribeCOVRequest,
    TimeSynchronizationRequest,
    UnconfirmedEventNotificationRequest,
    WritePropertyMultipleRequest,
)
from bacpypes3.basetypes import (
    AtomicReadFileRequestAccessMethodChoice,
    AtomicReadFileRequestAccessMethodChoiceStreamAccess,
    AtomicWriteFileRequestAccessMethodChoice,
    AtomicWriteFileRequestAccessMethodChoiceStreamAccess,
    CreateObjectRequestObjectSpecifier,
    DateTime,
    NotificationParameters,
    NotificationParametersOutOfRange,
    PropertyValue,
    StatusFlags,
    TimeStamp,
    WriteAccessSpecification,
)
from bacpypes3.comm import bind
from bacpypes3.constructeddata import Any
from bacpypes3.ipv4.app import ForeignApplication, NormalApplication
from bacpypes3.ipv4.service import BVLLServiceElement
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import Address, GlobalBroadcast, IPv4Address
from bacpypes3.primitivedata import Null, Real

from ..devices.bacnet import DEVICE, PASSWORD
from ..plan import ip_of


class Tool(NormalApplication):
    """Reads, writes and subscribes."""

    async def do_ConfirmedCOVNotificationRequest(self, apdu) -> None:
        """Takes note."""
        await self.response(SimpleAckPDU(context=apdu))

    async def do_UnconfirmedCOVNotificationRequest(self, apdu) -> None:
        """Takes note."""


class Guest(ForeignApplication):
    """Takes part in another network's broadcasts."""


def _me(instance: int) -> DeviceObject:
    return DeviceObject(objectIdentifier=("device", instance), objectName=f"Tool-{instance}", vendorIdentifier=999)


def _requests(peer: Address) -> list:
    read = AtomicReadFileRequestAccessMethodChoiceStreamAccess
    write = AtomicWriteFileRequestAccessMethodChoiceStreamAccess
    now = TimeStamp(sequenceNumber=7)
    return [
        DeviceCommunicationControlRequest(timeDuration=1, enableDisable="disable-initiation", password="guess"),
        DeviceCommunicationControlRequest(enableDisable="enable", password=PASSWORD),
        ReinitializeDeviceRequest(reinitializedStateOfDevice="coldstart", password="guess"),
        ReinitializeDeviceRequest(reinitializedStateOfDevice="warmstart", password=PASSWORD),
        AtomicReadFileRequest(
            fileIdentifier="file,1", accessMethod=AtomicReadFileRequestAccessMethodChoice(
                streamAccess=read(fileStartPosition=0, requestedOctetCount=300))),
        AtomicReadFileRequest(  # longer than one APDU: the answer comes in segments
            fileIdentifier="file,1", accessMethod=AtomicReadFileRequestAccessMethodChoice(
                streamAccess=read(fileStartPosition=0, requestedOctetCount=1480))),
        AtomicWriteFileRequest(
            fileIdentifier="file,1", accessMethod=AtomicWriteFileRequestAccessMethodChoice(
                streamAccess=write(fileStartPosition=9, fileData=b"weekend"))),
        CreateObjectRequest(objectSpecifier=CreateObjectRequestObjectSpecifier(objectType="analog-value")),
        DeleteObjectRequest(objectIdentifier="analog-value,1"),
        AcknowledgeAlarmRequest(
            acknowledgingProcessIdentifier=1, eventObjectIdentifier="analog-input,1",
            eventStateAcknowledged="high-limit", timeStamp=now, acknowledgmentSource="operator",
            timeOfAcknowledgment=now),
        GetEventInformationRequest(),
        GetAlarmSummaryRequest(),
        ConfirmedPrivateTransferRequest(vendorID=999, serviceNumber=8),
        WritePropertyMultipleRequest(listOfWriteAccessSpecs=[
            WriteAccessSpecification(objectIdentifier="analog-value,1", listOfProperties=[
                PropertyValue(propertyIdentifier="present-value", value=Any(Real(57.5)), priority=8),
                PropertyValue(propertyIdentifier="cov-increment", value=Any(Real(1.0)))])]),
    ]


async def _attempt(request) -> None:
    """Errors, rejects and aborts are part of what the fixture shows."""
    try:
        await asyncio.wait_for(request, 20.0)
    except (ErrorRejectAbortNack, asyncio.TimeoutError) as refusal:
        print(type(refusal).__name__, refusal)


async def _play(here: str, there: str) -> None:
    tool = Tool(_me(901), IPv4Address(here))
    peer = Address(there)
    await tool.who_is(timeout=1.0)
    await tool.who_is(DEVICE, DEVICE, timeout=1.0)
    await tool.who_has(object_name="Circulation_Pump", timeout=1.0)
    device = f"device,{DEVICE}"
    for name in ("object-name", "vendor-name", "model-name", "firmware-revision", "description", "location",
                 "application-software-version", "serial-number", "object-list", "protocol-services-supported"):
        await _attempt(tool.read_property(peer, device, name))
    for item, name, index in (
            ("analog-input,1", "present-value", None), ("analog-input,1", "units", None),
            ("binary-output,1", "present-value", None), ("multi-state-value,1", "state-text", 2),
            ("analog-value,1", "priority-array", None), ("analog-input,9", "present-value", None),
            ("analog-input,1", "setpoint", None)):
        await _attempt(tool.read_property(peer, item, name, index))
    await _attempt(tool.read_property_multiple(peer, [
        "analog-input,1", ["present-value", "status-flags", "units"],
        "binary-output,1", ["present-value", "reliability", "setpoint"]]))
    await _attempt(tool.write_property(peer, "analog-value,1", "present-value", Real(58.0), priority=8))
    await _attempt(tool.write_property(peer, "analog-value,1", "present-value", Null(()), priority=8))
    await _attempt(tool.write_property(peer, "binary-output,1", "present-value", "inactive", priority=1))
    await _attempt(tool.write_property(peer, "analog-input,1", "out-of-service", True))
    await _attempt(tool.write_property(peer, "analog-input,1", "out-of-service", False))
    await _attempt(tool.write_property(peer, "analog-input,9", "present-value", Real(1.0)))
    for process, confirmed, lifetime in ((40, False, 30), (41, True, 30), (41, None, None), (40, None, None)):
        subscribe = SubscribeCOVRequest(
            subscriberProcessIdentifier=process, monitoredObjectIdentifier="analog-input,1",
            issueConfirmedNotifications=confirmed, lifetime=lifetime)
        subscribe.pduDestination = peer
        await _attempt(tool.request(subscribe))
        await asyncio.sleep(4.5 if lifetime else 0.5)
    for request in _requests(peer):
        request.pduDestination = peer
        await _attempt(tool.request(request))
    for request in (
            TimeSynchronizationRequest(time=DateTime(date=(126, 3, 10, 2), time=(6, 30, 0, 0))),
            UnconfirmedEventNotificationRequest(
                processIdentifier=1, initiatingDeviceIdentifier="device,901", eventObjectIdentifier="analog-input,1",
                timeStamp=TimeStamp(sequenceNumber=7), notificationClass=1, priority=100, eventType="out-of-range",
                notifyType="alarm", ackRequired=True, fromState="normal", toState="high-limit",
                eventValues=NotificationParameters(outOfRange=NotificationParametersOutOfRange(
                    exceedingValue=81.5, statusFlags=StatusFlags([1, 0, 0, 0]), deadband=1.0, exceededLimit=80.0)))):
        request.pduDestination = peer
        tool.request(request)
    for ask in (tool.nse.who_is_router_to_network, tool.nse.what_is_network_number):
        await _attempt(ask())
    await asyncio.sleep(0.5)
    tool.close()
    await asyncio.sleep(0.5)
    guest = Guest(_me(902), IPv4Address(here))
    guest.register(IPv4Address(there), 30)
    await asyncio.sleep(0.5)
    await guest.who_is(address=GlobalBroadcast(), timeout=1.0)
    management = BVLLServiceElement()
    bind(management, guest.foreign)
    for ask in (management.read_broadcast_distribution_table, management.read_foreign_device_table):
        await ask(IPv4Address(there))
    guest.unregister()
    await asyncio.sleep(0.5)


def main() -> None:
    """One round of everything, from rio-reservoir's place."""
    asyncio.run(_play(f"{ip_of('rio-reservoir')}/24", ip_of("plc-dosing")))
