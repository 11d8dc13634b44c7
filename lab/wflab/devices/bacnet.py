"""A BACnet/IP building controller (bacpypes3) that is also the broadcast manager of its network."""

from __future__ import annotations

import asyncio

from bacpypes3.apdu import (
    AtomicReadFileACK,
    AtomicWriteFileACK,
    CreateObjectACK,
    GetEventInformationACK,
    SimpleAckPDU,
)
from bacpypes3.basetypes import AtomicReadFileACKAccessMethodChoice, AtomicReadFileACKAccessMethodStreamAccess
from bacpypes3.errors import ExecutionError
from bacpypes3.ipv4.app import BBMDApplication
from bacpypes3.local.analog import AnalogInputObject, AnalogValueObjectCmd
from bacpypes3.local.binary import BinaryOutputObject
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.multistate import MultiStateValueObject
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import CharacterString, ObjectIdentifier
from bacpypes3.service.cov import ChangeOfValueServices
from bacpypes3.service.device import DeviceCommunicationControlServices

from ..plan import ip_of

PASSWORD = "boiler-house"
DEVICE = 2401


class Controller(BBMDApplication, ChangeOfValueServices, DeviceCommunicationControlServices):
    """Services that bacpypes3 leaves to the application, as a small controller has them."""

    contents = bytearray(b"schedule=weekday\nheating=06:00-18:00\n" * 40)

    async def do_ReinitializeDeviceRequest(self, apdu) -> None:
        """Restart is granted to who knows the password."""
        if apdu.password != PASSWORD:
            raise ExecutionError(errorClass="security", errorCode="passwordFailure")
        await self.response(SimpleAckPDU(context=apdu))

    async def do_AtomicReadFileRequest(self, apdu) -> None:
        """A piece of the one file."""
        wanted = apdu.accessMethod.streamAccess
        piece = bytes(self.contents[wanted.fileStartPosition:][:wanted.requestedOctetCount])
        await self.response(AtomicReadFileACK(
            endOfFile=wanted.fileStartPosition + len(piece) >= len(self.contents),
            accessMethod=AtomicReadFileACKAccessMethodChoice(
                streamAccess=AtomicReadFileACKAccessMethodStreamAccess(
                    fileStartPosition=wanted.fileStartPosition, fileData=piece)),
            context=apdu))

    async def do_AtomicWriteFileRequest(self, apdu) -> None:
        """Overwrites a piece of the one file."""
        written = apdu.accessMethod.streamAccess
        start = written.fileStartPosition
        self.contents[start:start + len(written.fileData)] = written.fileData
        await self.response(AtomicWriteFileACK(fileStartPosition=start, context=apdu))

    async def do_CreateObjectRequest(self, apdu) -> None:
        """Takes any object and forgets it."""
        await self.response(CreateObjectACK(objectIdentifier=ObjectIdentifier("analog-value,77"), context=apdu))

    async def do_DeleteObjectRequest(self, apdu) -> None:
        """Nothing may be deleted."""
        raise ExecutionError(errorClass="object", errorCode="objectDeletionNotPermitted")

    async def do_AcknowledgeAlarmRequest(self, apdu) -> None:
        """Alarms are acknowledged."""
        await self.response(SimpleAckPDU(context=apdu))

    async def do_GetEventInformationRequest(self, apdu) -> None:
        """There are none."""
        await self.response(GetEventInformationACK(listOfEventSummaries=[], moreEvents=False, context=apdu))

    async def do_TimeSynchronizationRequest(self, apdu) -> None:
        """Keeps its own time."""


def objects() -> list:
    """A supply temperature, its set-point, a pump and a mode."""
    return [
        AnalogInputObject(
            objectIdentifier=("analog-input", 1), objectName="Supply_Temperature", presentValue=54.5,
            units="degreesCelsius", covIncrement=0.5, description="Supply temperature of the boiler house"),
        AnalogValueObjectCmd(
            objectIdentifier=("analog-value", 1), objectName="Supply_Temperature_Setpoint", presentValue=55.0,
            units="degreesCelsius", covIncrement=0.5),
        BinaryOutputObject(
            objectIdentifier=("binary-output", 1), objectName="Circulation_Pump", presentValue="active"),
        MultiStateValueObject(
            objectIdentifier=("multi-state-value", 1), objectName="Operating_Mode", presentValue=2,
            numberOfStates=3, stateText=[CharacterString(text) for text in ("Off", "Auto", "Hand")]),
    ]


async def _serve(address: str) -> None:
    device = DeviceObject(
        objectIdentifier=("device", DEVICE), objectName="BH-Controller", vendorIdentifier=999,
        vendorName="Northfield Controls", modelName="BC-200", firmwareRevision="2.4.1",
        applicationSoftwareVersion="1.9", description="Boiler house", location="Works, building 3",
        serialNumber="BC2-0042")
    device._dcc_password = PASSWORD
    application = Controller(device, IPv4Address(address))
    for item in objects():
        application.add_object(item)
    application.add_peer(IPv4Address(address))
    temperature = application.get_object_name("Supply_Temperature")
    while True:
        await asyncio.sleep(2.0)
        temperature.presentValue = 53.0 if temperature.presentValue > 54 else 55.5


def serve() -> None:
    """Answers until it is stopped."""
    asyncio.run(_serve(f"{ip_of('plc-dosing')}/24"))
