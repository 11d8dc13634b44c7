"""The booster station's RTU: an opendnp3 outstation (yadnp3 binding) that reports only when it is asked."""

from __future__ import annotations

import atexit
import time

import opendnp3 as dnp

from ..plan import BY_NAME
from ..points import DNP3_ANALOG, DNP3_BREAKERS

OUTSTATION_ADDRESS, MASTER_ADDRESS = 10, 1
PORT = 20000
SETPOINTS = ("booster.pressure_sp_kpa",)
FAR = dnp.TimeDuration.Minutes(240)
CLOSING = (dnp.OperationType.LATCH_ON, dnp.OperationType.PULSE_ON)


class Commands(dnp.ICommandHandler):
    """Controls of the pumps' breakers and the pressure set-point."""

    def __init__(self, station: Station):
        super().__init__()
        self.station = station

    def Begin(self):  # noqa: N802 (names given by the stack)
        """Start of a command fragment."""

    def End(self):  # noqa: N802
        """End of a command fragment."""

    def Select(self, command, index):  # noqa: N802
        """First half of select-before-operate."""
        status = self._known(command, index)
        if status == dnp.CommandStatus.SUCCESS:
            self.station.selected_at = time.time()
        return status

    @staticmethod
    def _known(command, index) -> dnp.CommandStatus:
        known = len(DNP3_BREAKERS) if isinstance(command, dnp.ControlRelayOutputBlock) else len(SETPOINTS)
        return dnp.CommandStatus.SUCCESS if index < known else dnp.CommandStatus.OUT_OF_RANGE

    def Operate(self, command, index, handler, op_type):  # noqa: N802
        """Carry the command out."""
        status = self._known(command, index)
        if status != dnp.CommandStatus.SUCCESS:
            return status
        if isinstance(command, dnp.ControlRelayOutputBlock):
            self.station.wrote(DNP3_BREAKERS[index], 1.0 if command.opType in CLOSING else 0.0)
        else:
            self.station.wrote(SETPOINTS[index], float(command.value))
        return status


class Application(dnp.IOutstationApplication):
    """Time and restarts of the outstation."""

    def __init__(self, station: Station):
        super().__init__()
        self.station = station

    def Now(self):  # noqa: N802
        """Time of events: plant time, or what a master set."""
        return dnp.DNPTime(self.station.now_ms())

    def SupportsWriteAbsoluteTime(self):  # noqa: N802
        """Masters may set the clock."""
        return True

    def WriteAbsoluteTime(self, timestamp):  # noqa: N802
        """Take a master's time."""
        value = getattr(timestamp, "msSinceEpoch", getattr(timestamp, "value", timestamp))
        self.station.offset_ms += int(value) - self.station.now_ms()
        return True

    def ColdRestartSupport(self):  # noqa: N802
        """How a restart's delay is told."""
        return dnp.RestartMode.SUPPORTED_DELAY_FINE

    WarmRestartSupport = ColdRestartSupport

    def ColdRestart(self):  # noqa: N802
        """Delay until restarted, milliseconds."""
        self.station.restarts += 1
        return 5000

    WarmRestart = ColdRestart


class Station:
    """One outstation; `push` puts the process's values into its database."""

    def __init__(self, world, name: str):
        self.world, self.name = world, name
        self.offset_ms, self.restarts, self.selected_at = 0, 0, 0.0
        self.manager = dnp.DNP3Manager(1)
        atexit.register(self.manager.Shutdown)
        self.channel = self.manager.AddTCPServer(name, dnp.LogLevels(), dnp.ServerAcceptMode.CloseExisting,
                                                 dnp.IPEndpoint(BY_NAME[name].ip, PORT), dnp.IChannelListener())
        self.commands, self.application = Commands(self), Application(self)
        self.outstation = self.channel.AddOutstation(name, self.commands, self.application, self._config())
        self.push()
        self.outstation.Enable()

    @staticmethod
    def _config() -> dnp.OutstationStackConfig:
        database = dnp.DatabaseConfig(4)
        database.octet_string = database.time_and_interval = database.double_binary = {}
        config = dnp.OutstationStackConfig(database)
        config.outstation.eventBufferConfig = dnp.EventBufferConfig.AllTypes(50)
        config.outstation.params.allowUnsolicited = False
        config.outstation.params.respondToAnyMaster = True
        config.link.LocalAddr, config.link.RemoteAddr = OUTSTATION_ADDRESS, MASTER_ADDRESS
        config.link.KeepAliveTimeout = FAR
        return config

    def now_ms(self) -> int:
        """The station's clock."""
        return round(self.world.plant_time() * 1000) + self.offset_ms

    def wrote(self, tag: str, value: float) -> None:
        """Something was commanded."""
        self.world.wrote(self.name, tag, value)

    def push(self) -> None:
        """The process's values into the database; a station that does not run keeps its old ones."""
        if not self.world.water.running[self.name]:
            return
        tags, builder, good = self.world.water.tags, dnp.UpdateBuilder(), dnp.Flags(0x01)
        now = dnp.DNPTime(self.now_ms())
        for index, (tag, scale) in enumerate(DNP3_ANALOG):
            builder.Update(dnp.Analog(round(tags[tag] * scale), good, now), index)
        for index, tag in enumerate(DNP3_BREAKERS):
            builder.Update(dnp.Binary(bool(tags[tag]), good, now), index)
            builder.Update(dnp.BinaryOutputStatus(bool(tags[tag])), index)
        for index, tag in enumerate(SETPOINTS):
            builder.Update(dnp.AnalogOutputStatus(tags[tag]), index)
        builder.Update(dnp.Counter(int(tags["booster.volume_m3"]), good, now), 0)
        self.outstation.Apply(builder.Build())


def serve(world, name: str) -> None:
    """Play one outstation; the stack's thread answers."""
    world.state[("dnp3", name)] = Station(world, name)
    while True:
        time.sleep(3600)
