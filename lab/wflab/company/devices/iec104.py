"""The reservoir's RTU: a station of IEC 60870-5-104 by lib60870-C (c104 binding).

The binding checks the annotations of callbacks, so they are evaluated here. Its timers are far away: what is cyclic
is an event of the theatre, which pushes values before they are asked for and has them reported.
"""

import datetime
import time

import c104

from ..plan import BY_NAME
from ..points import IEC104

PORT, STATION, FAR_S = 2404, 1, 14_400
T, MODE = c104.Type, c104.CommandMode
STATE_POINT, STATE_TAG = 101, "reservoir.valve"
# address: type, mode, tag; each control is there for select-before-operate and for direct execution
CONTROLS = {
    5001: (T.C_SC_NA_1, MODE.SELECT_AND_EXECUTE, STATE_TAG), 5002: (T.C_SC_NA_1, MODE.DIRECT, STATE_TAG),
    5101: (T.C_DC_NA_1, MODE.SELECT_AND_EXECUTE, STATE_TAG), 5102: (T.C_DC_NA_1, MODE.DIRECT, STATE_TAG),
    6001: (T.C_SE_NC_1, MODE.SELECT_AND_EXECUTE, "booster.pressure_sp_kpa"),
    6002: (T.C_SE_NC_1, MODE.DIRECT, "booster.pressure_sp_kpa"),
}
DEADBAND = 0.5


class Station:
    """One station; `push` takes the process's values over, `report` sends those that have changed."""

    def __init__(self, world, name: str):
        self.world, self.name = world, name
        self.server = c104.Server(ip=BY_NAME[name].ip, port=PORT, tick_rate_ms=50)
        timers = self.server.protocol_parameters
        timers.keep_alive_interval = timers.message_timeout = FAR_S
        timers.confirm_interval = FAR_S - 1
        self.server.on_clock_sync(callable=_accept_clock)
        station = self.server.add_station(common_address=STATION)
        self.points = {address: station.add_point(address, T.M_ME_NC_1) for address in IEC104}
        self.state = station.add_point(STATE_POINT, T.M_SP_NA_1)
        self.controls = [self._control(station, address, *what) for address, what in CONTROLS.items()]
        self.reported = {}
        self.push()
        self.server.start()

    def _control(self, station, address: int, kind, mode, tag: str):
        """A point that takes commands."""
        world, name = self.world, self.name

        def carry_out(point: c104.Point, previous_info: c104.Information,
                      message: c104.IncomingMessage) -> c104.ResponseState:
            value = point.value
            on = value == c104.Double.ON if isinstance(value, c104.Double) else value
            world.wrote(name, tag, float(on))
            return c104.ResponseState.SUCCESS

        point = station.add_point(address, kind, command_mode=mode)
        point.on_receive(callable=carry_out)
        return point, carry_out

    def push(self) -> None:
        """Values of now."""
        tags = self.world.water.tags
        for address, tag in IEC104.items():
            self.points[address].value = float(round(tags[tag], 2))
        self.state.value = bool(tags[STATE_TAG])

    def report(self) -> int:
        """Send what differs enough from what was sent last; how many objects that were."""
        self.push()
        if not self.server.has_active_connections:
            return 0
        sent = 0
        for address, point in [*self.points.items(), (STATE_POINT, self.state)]:
            value = float(point.value)
            if abs(value - self.reported.get(address, 1e9)) >= DEADBAND:
                self.reported[address] = value
                point.transmit(cause=c104.Cot.SPONTANEOUS)
                sent += 1
        return sent


def _accept_clock(server: c104.Server, ip: str, date_time: datetime.datetime) -> c104.ResponseState:
    """Take the controlling station's time."""
    return c104.ResponseState.SUCCESS


def serve(world, name: str) -> None:
    """Play one station; the stack's threads answer."""
    world.state[("iec104", name)] = Station(world, name)
    while True:
        time.sleep(3600)
