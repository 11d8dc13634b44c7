"""DNP3 masters on opendnp3 (yadnp3 binding)."""

from __future__ import annotations

import threading
import time

import opendnp3 as dnp

from ..devices.dnp3 import MASTER_ADDRESS, OUTSTATION_ADDRESS, PORT
from ..plan import ip_of

RECONNECT_S = 4  # the outstation serves one master: one that was pushed out must not push back at once


class Sink(dnp.ISOEHandler):
    """Takes measurements and forgets them: what matters is on the wire."""

    def BeginFragment(self, info):  # noqa: N802 (names given by the stack)
        """Start of a response."""

    def EndFragment(self, info):  # noqa: N802
        """End of a response."""

    def Process(self, *args):  # noqa: N802
        """Values of one header."""

    def OnDeviceAttribute(self, *args):  # noqa: N802
        """A device attribute."""


class Application(dnp.IMasterApplication):
    """Nothing assigned at start-up."""

    def AssignClassDuringStartup(self):  # noqa: N802
        """No."""
        return False


class Master:
    """One master over one TCP connection; `close` ends it."""

    def __init__(self, address: int = MASTER_ADDRESS, time_sync: bool = False):
        self.sink, self.application = Sink(), Application()
        self.manager = dnp.DNP3Manager(1)
        retry = dnp.ChannelRetry(dnp.TimeDuration.Seconds(RECONNECT_S), dnp.TimeDuration.Seconds(30))
        retry.reconnectDelay = dnp.TimeDuration.Seconds(RECONNECT_S)
        self.channel = self.manager.AddTCPClient(
            "master", dnp.LogLevels(), retry,
            [dnp.IPEndpoint(ip_of("rtu-booster"), PORT)], "0.0.0.0", dnp.IChannelListener())
        config = dnp.MasterStackConfig()
        config.link.LocalAddr, config.link.RemoteAddr = address, OUTSTATION_ADDRESS
        config.master.responseTimeout = dnp.TimeDuration.Seconds(3)
        config.master.disableUnsolOnStartup = True
        if time_sync:
            config.master.timeSyncMode = dnp.TimeSyncMode.LAN
        self.master = self.channel.AddMaster("master", self.sink, self.application, config)
        self.master.Enable()

    def scan(self, seconds: float, classes: dnp.ClassField) -> None:
        """Poll classes for ever."""
        self.master.AddClassScan(classes, dnp.TimeDuration.Milliseconds(int(seconds * 1000)), self.sink)

    def command(self, kind: str, command, index: int, timeout_s: float = 5.0) -> str:
        """Send one control by `SelectAndOperate` or `DirectOperate`; its outcome as text."""
        done = threading.Event()
        outcome: list[str] = []

        def finished(result) -> None:
            outcome.append(str(result.summary) if hasattr(result, "summary") else str(result))
            done.set()

        getattr(self.master, kind)(command, index, finished)
        done.wait(timeout_s)
        return outcome[0] if outcome else "timeout"

    def close(self) -> None:
        """End the connection and its threads."""
        self.manager.Shutdown()


def latch(on: bool) -> dnp.ControlRelayOutputBlock:
    """A latch command."""
    return dnp.ControlRelayOutputBlock(
        dnp.OperationType.LATCH_ON if on else dnp.OperationType.LATCH_OFF)


def show_everything() -> None:
    """A tour of the functions, for the fixture capture."""
    master = Master(time_sync=True)
    time.sleep(2.5)
    m, sink = master.master, master.sink
    for step in (
        lambda: m.ScanClasses(dnp.ClassField(True, False, False, False), sink),
        lambda: m.ScanClasses(dnp.ClassField.AllEventClasses(), sink),
        lambda: m.ScanRange(dnp.GroupVariationID(30, 1), 0, 2, sink),
        lambda: m.ScanRange(dnp.GroupVariationID(1, 2), 0, 3, sink),
        lambda: m.ScanAllObjects(dnp.GroupVariationID(20, 1), sink),
        lambda: m.ScanAllObjects(dnp.GroupVariationID(0, 254), sink),
        lambda: master.command("SelectAndOperate", latch(True), 1),
        lambda: master.command("DirectOperate", latch(False), 1),
        lambda: master.command("DirectOperate", latch(True), 3),
        lambda: master.command("DirectOperate", dnp.ControlRelayOutputBlock(
            dnp.OperationType.PULSE_ON, dnp.TripCloseCode.TRIP, False, 2, 500, 250), 0),
        lambda: master.command("SelectAndOperate", dnp.AnalogOutputInt16(540), 0),
        lambda: master.command("DirectOperate", dnp.AnalogOutputInt32(530), 0),
        lambda: master.command("DirectOperate", dnp.AnalogOutputFloat32(525.5), 0),
        lambda: master.command("DirectOperate", dnp.AnalogOutputDouble64(520.25), 0),
        lambda: m.Freeze(dnp.FreezeType.ImmediateFreeze, [dnp.Header.AllObjects(20, 0)]),
        lambda: m.PerformFunction("assign", dnp.FunctionCode.ASSIGN_CLASS,
                                  [dnp.Header.AllObjects(60, 2), dnp.Header.AllObjects(30, 0)]),
        lambda: m.PerformFunction("delay", dnp.FunctionCode.DELAY_MEASURE, []),
        lambda: m.PerformFunction("record", dnp.FunctionCode.RECORD_CURRENT_TIME, []),
        lambda: m.Restart(dnp.RestartType.WARM, lambda result: None),
        lambda: m.Restart(dnp.RestartType.COLD, lambda result: None),
        lambda: m.CheckLinkStatus(lambda *result: None),
    ):
        try:
            print(step())
        except Exception as error:
            print(type(error).__name__, error)
        time.sleep(0.35)
    time.sleep(2.0)
    master.close()
