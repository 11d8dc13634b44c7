"""The booster station's RTU: an opendnp3 outstation (yadnp3 binding)."""

from __future__ import annotations

import time

import opendnp3 as dnp

from .. import clock
from ..process import Booster

OUTSTATION_ADDRESS, MASTER_ADDRESS = 10, 1
PORT = 20000
UPDATE_S = 2.5


class Commands(dnp.ICommandHandler):
    """Accepts controls of the two pump breakers and one pressure set-point."""

    def __init__(self, process: Booster):
        super().__init__()
        self.process = process

    def Begin(self):  # noqa: N802 (name given by the stack)
        """Start of a command fragment."""

    def End(self):  # noqa: N802
        """End of a command fragment."""

    def Select(self, command, index):  # noqa: N802
        """First half of select-before-operate."""
        known = 2 if isinstance(command, dnp.ControlRelayOutputBlock) else 1
        return dnp.CommandStatus.SUCCESS if index < known else dnp.CommandStatus.OUT_OF_RANGE

    def Operate(self, command, index, handler, op_type):  # noqa: N802
        """Carry the command out."""
        status = self.Select(command, index)
        if status != dnp.CommandStatus.SUCCESS:
            return status
        if isinstance(command, dnp.ControlRelayOutputBlock):
            on = (dnp.OperationType.LATCH_ON, dnp.OperationType.PULSE_ON)
            self.process.breakers[index] = command.opType in on
            self.process.starts += self.process.breakers[index]
        else:
            self.process.pressure_setpoint_kpa = float(command.value)
        return status


class Application(dnp.IOutstationApplication):
    """Time and restarts of the outstation."""

    def Now(self):  # noqa: N802
        """Time stamps of events, in plant time."""
        return dnp.DNPTime(int(clock.plant_time() * 1000))

    def SupportsWriteAbsoluteTime(self):  # noqa: N802
        """Masters may set the clock."""
        return True

    def WriteAbsoluteTime(self, timestamp):  # noqa: N802
        """Accept a master's time."""
        return True

    def ColdRestartSupport(self):  # noqa: N802
        """How a restart's delay is told."""
        return dnp.RestartMode.SUPPORTED_DELAY_FINE

    WarmRestartSupport = ColdRestartSupport

    def ColdRestart(self):  # noqa: N802
        """Delay until restarted, milliseconds."""
        return 5000

    WarmRestart = ColdRestart


def _updates(process: Booster) -> dnp.Updates:
    builder, good = dnp.UpdateBuilder(), dnp.Flags(0x01)
    now = dnp.DNPTime(int(clock.plant_time() * 1000))
    analogs = [process.flow_m3h, process.pressure_kpa, process.battery_v * 10, process.cabinet_c * 10]
    for index, value in enumerate(analogs):
        builder.Update(dnp.Analog(round(value), good, now), index)
    for index, closed in enumerate([*process.breakers, process.battery_v < 24.0, False]):
        builder.Update(dnp.Binary(bool(closed), good, now), index)
    for index, closed in enumerate(process.breakers):
        builder.Update(dnp.BinaryOutputStatus(bool(closed)), index)
    builder.Update(dnp.AnalogOutputStatus(process.pressure_setpoint_kpa), 0)
    builder.Update(dnp.Counter(process.starts, good, now), 0)
    builder.Update(dnp.Counter(int(process.volume_m3), good, now), 1)
    return builder.Build()


def outstation_config() -> dnp.OutstationStackConfig:
    """Four points of each kind, unsolicited reports allowed, any master answered."""
    database = dnp.DatabaseConfig(4)
    database.octet_string = database.time_and_interval = database.double_binary = {}
    config = dnp.OutstationStackConfig(database)
    config.outstation.eventBufferConfig = dnp.EventBufferConfig.AllTypes(50)
    config.outstation.params.allowUnsolicited = True
    config.outstation.params.respondToAnyMaster = True
    config.link.LocalAddr, config.link.RemoteAddr = OUTSTATION_ADDRESS, MASTER_ADDRESS
    config.link.KeepAliveTimeout = dnp.TimeDuration.Seconds(60)
    return config


def serve() -> None:
    """Play rtu-booster."""
    process = Booster()
    manager = dnp.DNP3Manager(1)
    channel = manager.AddTCPServer("booster", dnp.LogLevels(), dnp.ServerAcceptMode.CloseExisting,
                                   dnp.IPEndpoint("0.0.0.0", PORT), dnp.IChannelListener())
    commands, application = Commands(process), Application()
    outstation = channel.AddOutstation("rtu-booster", commands, application, outstation_config())
    outstation.Enable()
    while True:
        process.step(clock.plant_seconds())
        outstation.Apply(_updates(process))
        time.sleep(UPDATE_S)
