"""BACnet/IP building controllers (bacpypes3): air handling unit and chiller."""

from __future__ import annotations

import asyncio
import contextlib

from bacpypes3.apdu import SimpleAckPDU
from bacpypes3.errors import ExecutionError
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.analog import AnalogInputObject, AnalogValueObjectCmd
from bacpypes3.local.binary import BinaryOutputObject
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import IPv4Address
from bacpypes3.service.cov import ChangeOfValueServices

from ..plan import BY_NAME
from ..points import BACNET

INSTANCES = {"ahu-1": 2401, "chiller-1": 2402}
DELTA_CONTROLS = 8
PASSWORD = "boiler-house"
LABELS = {"ahu-1": ("Supply_Air_Temperature", "Supply_Air_Setpoint", "Supply_Fan"),
          "chiller-1": ("Chilled_Water_Temperature", "Chilled_Water_Setpoint", "Chiller_Enable")}
COV_INCREMENT = 0.2
DISABLE = 1
# what a silent device still hears, as the first octet and the service's: control, restart, who-has, who-is
STILL_HEARD = ((0, 17), (0, 20), (1, 7), (1, 8))


class Controller(NormalApplication, ChangeOfValueServices):
    """Reads the process when it is asked, and tells it what was written."""

    def bind_process(self, world, name: str) -> None:
        """Add the three objects."""
        self.world, self.name, self.silent = world, name, False
        self._heard, self.asap.confirmation = self.asap.confirmation, self._hear
        tags, names = world.water.tags, LABELS[name]
        self.tags = BACNET[name]
        self.measured = AnalogInputObject(
            objectIdentifier=("analog-input", 1), objectName=names[0], presentValue=tags[self.tags[0]],
            units="degreesCelsius", covIncrement=COV_INCREMENT, description=names[0].replace("_", " "))
        self.setpoint = AnalogValueObjectCmd(
            objectIdentifier=("analog-value", 1), objectName=names[1], presentValue=tags[self.tags[1]],
            relinquishDefault=tags[self.tags[1]], units="degreesCelsius", covIncrement=COV_INCREMENT)
        on = "active" if tags[self.tags[2]] else "inactive"
        self.output = BinaryOutputObject(
            objectIdentifier=("binary-output", 1), objectName=names[2], presentValue=on, relinquishDefault=on)
        for item in (self.measured, self.setpoint, self.output):
            self.add_object(item)

    async def _hear(self, pdu) -> None:
        """A message from the network; lost on a device that was told to be silent."""
        data = bytes(pdu.pduData)
        kind = data[0] >> 4
        if not self.silent or (kind, data[1 if kind else 3]) in STILL_HEARD:
            await self._heard(pdu)

    def refresh(self) -> None:
        """What the sensor shows now."""
        self.measured.presentValue = round(self.world.water.tags[self.tags[0]], 2)

    def moved(self) -> None:
        """Pass on what the priority arrays now hold."""
        told = (float(self.setpoint.presentValue), float(int(self.output.presentValue)))
        for tag, value in zip(self.tags[1:], told):
            if abs(self.world.water.tags[tag] - value) > 1e-6:
                self.world.wrote(self.name, tag, value)

    async def do_ReadPropertyRequest(self, apdu) -> None:
        """One property."""
        self.refresh()
        await super().do_ReadPropertyRequest(apdu)

    async def do_ReadPropertyMultipleRequest(self, apdu) -> None:
        """Several properties."""
        self.refresh()
        await super().do_ReadPropertyMultipleRequest(apdu)

    async def do_WritePropertyRequest(self, apdu) -> None:
        """One property; the process follows before the answer is sent."""
        passed = self.response

        async def response(answer) -> None:
            self.moved()
            await passed(answer)

        self.response = response
        try:
            await super().do_WritePropertyRequest(apdu)
        finally:
            del self.response

    async def do_ReinitializeDeviceRequest(self, apdu) -> None:
        """A restart is granted to who knows the password; it is over at once."""
        if apdu.password != PASSWORD:
            raise ExecutionError(errorClass="security", errorCode="passwordFailure")
        await self.response(SimpleAckPDU(context=apdu))

    async def do_TimeSynchronizationRequest(self, apdu) -> None:
        """Keeps its own time."""

    async def do_DeviceCommunicationControlRequest(self, apdu) -> None:
        """Fall silent or speak again, for who knows the password; answered before it takes effect."""
        if apdu.password != PASSWORD:
            raise ExecutionError(errorClass="security", errorCode="passwordFailure")
        await self.response(SimpleAckPDU(context=apdu))
        self.silent = int(apdu.enableDisable) == DISABLE


async def _serve(world, name: str) -> None:
    host, known = BY_NAME[name], BY_NAME[name].identity
    device = DeviceObject(
        objectIdentifier=("device", INSTANCES[name]), objectName=name.upper(), vendorIdentifier=DELTA_CONTROLS,
        vendorName=known.vendor, modelName=known.model, firmwareRevision=known.firmware,
        applicationSoftwareVersion="2.1", description=f"{name} in plant room 2", location="Administration building")
    application = Controller(device, IPv4Address(f"{host.ip}/24"))
    application.bind_process(world, name)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


def serve(world, name: str) -> None:
    """Answer for one controller until the process ends."""
    asyncio.run(_serve(world, name))
