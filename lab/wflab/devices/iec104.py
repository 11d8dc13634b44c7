"""A station of IEC 60870-5-104 beside the booster's RTU, for the fixture: lib60870-C (c104 binding).

The binding checks the annotations of callbacks, so they are evaluated here.
"""

import datetime
import time

import c104

PORT = 2404
STATION, SECOND_STATION = 12, 1
T, MODE = c104.Type, c104.CommandMode

# address, type, value in the form that the stack wants
POINTS = [
    (101, T.M_SP_NA_1, True), (102, T.M_SP_NA_1, False), (111, T.M_SP_TB_1, True),
    (201, T.M_DP_NA_1, c104.Double.ON), (211, T.M_DP_TB_1, c104.Double.OFF),
    (301, T.M_ST_NA_1, c104.Int7(-5)), (311, T.M_ST_TB_1, c104.Int7(7)),
    (401, T.M_ME_NA_1, c104.NormalizedFloat(0.25)), (411, T.M_ME_TD_1, c104.NormalizedFloat(-0.5)),
    (421, T.M_ME_ND_1, c104.NormalizedFloat(0.75)),
    (501, T.M_ME_NB_1, c104.Int16(452)), (511, T.M_ME_TE_1, c104.Int16(-3)),
    (601, T.M_ME_NC_1, 17.5), (602, T.M_ME_NC_1, 324.0), (611, T.M_ME_TF_1, 5.125),
    (701, T.M_BO_NA_1, c104.Byte32(0x0000F00F)), (711, T.M_BO_TB_1, c104.Byte32(1)),
    (801, T.M_IT_NA_1, 1234), (811, T.M_IT_TB_1, 99),
]
CONTROLS = [
    (5001, T.C_SC_NA_1, MODE.SELECT_AND_EXECUTE), (5002, T.C_SC_NA_1, MODE.DIRECT), (5003, T.C_SC_TA_1, MODE.DIRECT),
    (5101, T.C_DC_NA_1, MODE.SELECT_AND_EXECUTE), (5201, T.C_RC_NA_1, MODE.DIRECT),
    (6001, T.C_SE_NA_1, MODE.DIRECT), (6002, T.C_SE_NB_1, MODE.DIRECT), (6003, T.C_SE_NC_1, MODE.SELECT_AND_EXECUTE),
    (6004, T.C_SE_TC_1, MODE.DIRECT), (6101, T.C_BO_NA_1, MODE.DIRECT),
]
REFUSED = 6002


def _accept(point: c104.Point, previous_info: c104.Information,
            message: c104.IncomingMessage) -> c104.ResponseState:
    """Carry a command out, but for one set-point."""
    return c104.ResponseState.FAILURE if point.io_address == REFUSED else c104.ResponseState.SUCCESS


def _set_clock(server: c104.Server, ip: str, date_time: datetime.datetime) -> c104.ResponseState:
    """Take the controlling station's time."""
    return c104.ResponseState.SUCCESS


def serve() -> None:
    """Two stations behind one address; values move and are reported."""
    server = c104.Server(ip="0.0.0.0", port=PORT, tick_rate_ms=50)
    server.on_clock_sync(callable=_set_clock)
    station = server.add_station(common_address=STATION)
    points = {}
    for address, kind, value in POINTS:
        points[address] = station.add_point(address, kind)
        points[address].value = value
    points[101].quality = c104.Quality.NonTopical
    points[602].quality = c104.Quality.Substituted | c104.Quality.Blocked
    for address, kind, mode in CONTROLS:
        point = station.add_point(address, kind, command_mode=mode)
        point.on_receive(callable=_accept)
    other = server.add_station(common_address=SECOND_STATION)
    level = other.add_point(1, T.M_ME_NC_1, report_ms=1500)
    level.value = 4.5
    server.start()
    station.signal_initialized(cause=c104.Coi.REMOTE_RESET)
    beat = 0
    while True:
        time.sleep(0.7)
        beat += 1
        level.value = 4.5 + beat / 8
        for address, value in ((111, beat % 2 == 0), (611, 5.125 + beat), (511, c104.Int16(-3 - beat))):
            points[address].value = value
            points[address].transmit(cause=c104.Cot.SPONTANEOUS)
