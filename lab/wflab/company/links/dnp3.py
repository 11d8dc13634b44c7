"""DNP3 masters (opendnp3, yadnp3 binding), one a pair of machines.

Each call ends when the stack says that its task has ended. When a connection is made, the stack first does what it does
at every start: it reads all classes, clears the restart indication and asks for reports, which the outstation declines.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import os
import socket
import struct
import threading

import opendnp3 as dnp

from ..devices.dnp3 import FAR, MASTER_ADDRESS, OUTSTATION_ADDRESS, PORT
from ..plan import ip_of

TIMEOUT_S = 0.45
UNANSWERED = (dnp.TaskCompletion.FAILURE_RESPONSE_TIMEOUT, dnp.TaskCompletion.FAILURE_NO_COMMS,
              dnp.TaskCompletion.FAILURE_START_TIMEOUT)
CLOCK_SLACK_S = 0.001  # the recorder's search for a frame begins this much before an act


class Refused(RuntimeError):
    """The outstation answered with an error."""


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
    """Tells when a task of ours has ended, and the time to set."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.ended = threading.Event()
        self.opened = threading.Event()
        self.result, self.waits_for = None, dnp.MasterTaskType.USER_TASK

    def Now(self):  # noqa: N802
        """Plant time."""
        return dnp.DNPTime(round(self.world.plant_time() * 1000))

    def AssignClassDuringStartup(self):  # noqa: N802
        """Nothing is assigned."""
        return False

    def OnOpen(self):  # noqa: N802
        """The connection stands."""
        self.opened.set()

    def OnTaskComplete(self, info):  # noqa: N802
        """A task ended, well or not."""
        if info.type == self.waits_for:
            self.result = info.result
            self.ended.set()


class Master:
    """One master over one TCP connection; `close` ends it."""

    def __init__(self, world, target: str):
        self.sink, self.application = Sink(), Application(world)
        self.manager = dnp.DNP3Manager(1)
        atexit.register(self.close)
        retry = dnp.ChannelRetry(FAR, FAR)
        retry.reconnectDelay = FAR
        self.channel = self.manager.AddTCPClient(target, dnp.LogLevels(), retry, [dnp.IPEndpoint(ip_of(target), PORT)],
                                                 "0.0.0.0", dnp.IChannelListener())
        config = dnp.MasterStackConfig()
        config.link.LocalAddr, config.link.RemoteAddr = MASTER_ADDRESS, OUTSTATION_ADDRESS
        config.link.KeepAliveTimeout = FAR
        config.master.responseTimeout = dnp.TimeDuration.Milliseconds(400)
        config.master.taskStartTimeout = dnp.TimeDuration.Milliseconds(400)
        config.master.taskRetryPeriod = config.master.maxTaskRetryPeriod = FAR
        config.master.disableUnsolOnStartup = False
        config.master.timeSyncMode = getattr(dnp.TimeSyncMode, "NonLAN", dnp.TimeSyncMode.LAN)
        self.master = self.channel.AddMaster(target, self.sink, self.application, config)
        self.master.Enable()

    def task(self, begin) -> None:
        """Start a task and wait for its end."""
        self.application.ended.clear()
        begin()
        if not self.application.ended.wait(TIMEOUT_S):
            raise TimeoutError("no answer")
        if self.application.result in UNANSWERED:
            raise TimeoutError(str(self.application.result))
        if self.application.result != dnp.TaskCompletion.SUCCESS:
            raise Refused(str(self.application.result))

    def close(self) -> None:
        """End the connection and its threads."""
        atexit.unregister(self.close)
        self.manager.Shutdown()

    def drop(self, actor: str, target: str) -> None:
        """As `close`, of a connection that nobody answers on: nothing is sent again."""
        ends = (ip_of(actor), (ip_of(target), PORT))
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(number))) as mine:
                if mine.family == socket.AF_INET and (mine.getsockname()[0], mine.getpeername()) == ends:
                    mine.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def connection(world, actor: str, target: str) -> Master:
    """The kept master, made when there is none."""
    key = ("dnp3", actor, target)
    if key not in world.links:
        master = Master(world, target)
        if not master.application.opened.wait(TIMEOUT_S):
            master.close()
            raise TimeoutError(f"{target} does not answer on port {PORT}")
        world.links[key] = master
    return world.links[key]


def _run(world, actor: str, target: str, begin) -> None:
    """One task over the kept connection, with the process's values of now at the other end."""
    master = connection(world, actor, target)
    world.state[("dnp3", target)].push()
    try:
        master.task(lambda: begin(master))
    except TimeoutError:
        world.links.pop(("dnp3", actor, target)).drop(actor, target)
        raise


def integrity(world, actor: str, target: str) -> None:
    """Everything: events and static values of all classes."""
    _run(world, actor, target, lambda m: m.master.ScanClasses(dnp.ClassField.AllClasses(), m.sink))


def events(world, actor: str, target: str) -> None:
    """What has changed: classes 1, 2 and 3."""
    _run(world, actor, target, lambda m: m.master.ScanClasses(dnp.ClassField.AllEventClasses(), m.sink))


def _failures(result) -> list[str]:
    """What the outstation said of the points that it did not take."""
    good = dnp.CommandStatus.SUCCESS
    return [str(point.status).rpartition(".")[2].lower() for point in result.to_list() if point.status != good]


def _command(world, actor: str, target: str, command, index: int, select: bool, what: tuple) -> None:
    """One control; `what`: point, value and what else is told of it."""
    point, value, told = what
    connection(world, actor, target)
    station = world.state[("dnp3", target)]
    station.selected_at = 0.0
    outcome: list = []

    def begin(master) -> None:
        world.act("dnp3", "select" if select else "direct_operate", "control", target, point, value, port=PORT, **told)
        call = master.master.SelectAndOperate if select else master.master.DirectOperate
        call(command, index, lambda result: outcome.extend(_failures(result)))

    try:
        _run(world, actor, target, begin)
    finally:
        if select and station.selected_at:  # the second half was sent by the stack once the first had been answered
            world.act("dnp3", "operate", "control", target, point, value, port=PORT,
                      **{**told, "wall": station.selected_at + CLOCK_SLACK_S})
    if outcome:
        raise Refused(f"{target} {point}: {', '.join(outcome)}")


def operate(world, actor: str, target: str, index: int, on: bool, select: bool = True, **told) -> None:
    """Close or open a breaker by a latch; told as an act."""
    kind = dnp.OperationType.LATCH_ON if on else dnp.OperationType.LATCH_OFF
    what = (f"crob {index}", "latch_on" if on else "latch_off", told)
    _command(world, actor, target, dnp.ControlRelayOutputBlock(kind), index, select, what)


def analog(world, actor: str, target: str, index: int, value: float, select: bool = True, **told) -> None:
    """Set an analog output (float); told as an act."""
    what = (f"analog_output {index}", value, told)
    _command(world, actor, target, dnp.AnalogOutputFloat32(value), index, select, what)


def cold_restart(world, actor: str, target: str, **told) -> None:
    """Restart the outstation."""
    connection(world, actor, target)

    def begin(master) -> None:
        world.act("dnp3", "cold_restart", "control", target, None, None, port=PORT, **told)
        master.master.Restart(dnp.RestartType.COLD, lambda result: None)

    _run(world, actor, target, begin)


def set_time(world, actor: str, target: str, **told) -> None:
    """Set the outstation's clock to plant time: a write of group 50 variation 1."""
    connection(world, actor, target)
    now = datetime.datetime.fromtimestamp(round(world.plant_time(), 3), datetime.UTC)
    stamp = bytes((50, 1, 0x07, 1)) + round(world.plant_time() * 1000).to_bytes(6, "little")

    def begin(master) -> None:
        world.act("dnp3", "write", "configuration", target, "time", f"{now:%Y-%m-%dT%H:%M:%S.%f}Z", port=PORT, **told)
        master.master.PerformFunction("time", dnp.FunctionCode.WRITE, [dnp.Header.Raw(stamp)])

    _run(world, actor, target, begin)
