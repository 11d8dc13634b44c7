"""IEC 61850 clients by libiec61850 (MMS); GOOSE is written by hand, as the library stamps it with the wall clock."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import time

import pyiec61850.pyiec61850 as iec

from ..devices.iec61850 import DIRECT, IEDS, SELECTED, domain, operated, refresh
from ..devices.layer2 import frame, raw
from ..plan import BY_NAME, ip_of

TIMEOUT_MS, TRIAL_MS, ATTEMPTS = 500, 60, 4
PORT = 102
REMOTE_CONTROL = 3
ETHERTYPE_GOOSE = 0x88B8
GROUP, APPID = "01:0c:cd:01:00:01", 0x0001
LIVES_MS = 15_000


class Refused(RuntimeError):
    """The relay answered with an error."""


class Link:
    """One association with a relay, tried out by an identify: the library now and then makes one that never sends."""

    def __init__(self, target: str):
        self.target, self.control_number = target, 0
        for _ in range(ATTEMPTS):
            self._associate(target)
            iec.IedConnection_setRequestTimeout(self.connection, TRIAL_MS)
            with contextlib.suppress(TimeoutError):
                self.call(iec.MmsConnection_identify, patience_ms=TRIAL_MS)
                iec.IedConnection_setRequestTimeout(self.connection, TIMEOUT_MS)
                return
            self.close()
        raise TimeoutError(f"{target} does not answer on port {PORT}")

    def _associate(self, target: str) -> None:
        self.connection = iec.IedConnection_create()
        self.error = iec.MmsError_create()
        iec.IedConnection_setConnectTimeout(self.connection, TIMEOUT_MS)
        iec.IedConnection_connect(self.connection, ip_of(target), PORT)
        if iec.IedConnection_getState(self.connection) != iec.IED_STATE_CONNECTED:
            self.close()
            raise TimeoutError(f"{target} does not answer on port {PORT}")
        self.mms = iec.IedConnection_getMmsConnection(self.connection)
        _quiet(ip_of(target))

    def close(self) -> None:
        """End the association."""
        if self.connection is not None:
            iec.IedConnection_destroy(self.connection)
            self.connection = None

    def call(self, function, *arguments, patience_ms: int = TIMEOUT_MS):
        """One request; what it returns, None when the relay refused it."""
        began, found = time.monotonic(), None
        with contextlib.suppress(Exception):  # the binding raises what it likes for an answer that is an error
            found = function(self.mms, self.error, *arguments)
        if time.monotonic() - began >= 0.9 * patience_ms / 1000 or not self.alive():
            raise TimeoutError(f"{self.target} does not answer")
        return found

    def alive(self) -> bool:
        """Whether the association stands."""
        return self.connection is not None and iec.IedConnection_getState(self.connection) == iec.IED_STATE_CONNECTED

    def value(self, item: str):
        """Read a variable of the relay's domain."""
        found = self.call(iec.MmsConnection_readVariable, domain(self.target), item)
        if found is None:
            raise Refused(f"{self.target}: {item}")
        return found


def _quiet(ip: str) -> None:
    """Switch keep-alives off, which the library sets on both ends of its connections."""
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError, ValueError):
            if not os.readlink(f"/proc/self/fd/{entry}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry))) as end:
                if (ip, PORT) in (end.getpeername()[:2], end.getsockname()[:2]):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)


@contextlib.contextmanager
def _link(world, actor: str, target: str):
    """The kept association, made when there is none; dropped when it no longer answers."""
    key = ("mms", actor, target)
    link = world.links.get(key)
    if link is not None and not link.alive():
        world.links.pop(key).close()
        link = None
    if link is None:
        link = world.links[key] = Link(target)
    refresh(world, target)
    try:
        yield link
    except (TimeoutError, Refused):
        world.links.pop(key, None)
        link.close()
        raise


def read(world, actor: str, target: str) -> dict[str, float]:
    """Measured power in kW and the breaker's position (1 closed)."""
    with _link(world, actor, target) as link:
        power = link.value("MMXU1$MX$TotW")
        watts = iec.MmsValue_toFloat(iec.MmsValue_getElement(iec.MmsValue_getElement(power, 0), 0))
        iec.MmsValue_delete(power)
        position = link.value("XCBR1$ST$Pos")
        closed = iec.MmsValue_getBitStringAsIntegerBigEndian(iec.MmsValue_getElement(position, 0)) == 0b10
        iec.MmsValue_delete(position)
    return {"power_kw": watts / 1000.0, "breaker": float(closed)}


def _oper(world, actor: str, on: bool, number: int):
    """The structure that commands: value, originator, number, time, no test, no checks."""
    origin = iec.MmsValue_createEmptyStructure(2)
    name = iec.MmsValue_newOctetString(0, 64)
    for at, octet in enumerate(actor.encode()):
        iec.MmsValue_setOctetStringOctet(name, at, octet)
    iec.MmsValue_setElement(origin, 0, iec.MmsValue_newIntegerFromInt32(REMOTE_CONTROL))
    iec.MmsValue_setElement(origin, 1, name)
    command = iec.MmsValue_createEmptyStructure(6)
    parts = (iec.MmsValue_newBoolean(on), origin, iec.MmsValue_newUnsignedFromUint32(number),
             iec.MmsValue_newUtcTimeByMsTime(int(world.plant_time() * 1000)), iec.MmsValue_newBoolean(False),
             iec.MmsValue_newBitString(2))
    for at, part in enumerate(parts):
        iec.MmsValue_setElement(command, at, part)
    return command


def operate_breaker(world, actor: str, target: str, on: bool, select: bool = True, **told) -> None:
    """Open or close the breaker: selected before, or directly; each told as an act."""
    with _link(world, actor, target) as link:
        node = SELECTED if select else DIRECT
        point = f"{domain(target)}/{node}$CO$Pos"
        if select:
            world.act("mms", "select", "control", target, point, port=PORT, **told)
            chosen = link.value(f"{node}$CO$Pos$SBO")
            text = iec.MmsValue_toString(chosen)
            iec.MmsValue_delete(chosen)
            if not text:
                raise Refused(f"{target}: {point} is selected by another")
        link.control_number = link.control_number % 255 + 1
        words = f'{str(on).lower()} by remote_control "{actor}", number {link.control_number}'
        world.act("mms", "operate", "control", target, point, words, port=PORT, **told)
        _write(link, f"{node}$CO$Pos$Oper", _oper(world, actor, on, link.control_number))
        operated(world, target, on)


def set_pickup(world, actor: str, target: str, amperes: float, **told) -> None:
    """Change the overcurrent protection's start value; told as an act."""
    with _link(world, actor, target) as link:
        item = "PTOC1$SP$StrVal$setMag$f"
        world.act("mms", "write", "write", target, f"{domain(target)}/{item}", float(amperes), port=PORT, **told)
        _write(link, item, iec.MmsValue_newFloat(float(amperes)))


def _write(link: Link, item: str, value) -> None:
    answer = link.call(iec.MmsConnection_writeVariable, domain(link.target), item, value)
    iec.MmsValue_delete(value)
    if answer != iec.DATA_ACCESS_ERROR_SUCCESS:
        raise Refused(f"{link.target}: {item}: access error {answer}")


def identify(world, actor: str, target: str) -> None:
    """The server's identity and its name plate."""
    with _link(world, actor, target) as link:
        link.call(iec.MmsConnection_identify)
        link.call(iec.MmsConnection_getVariableAccessAttributes, domain(target), "LPHD1")
        iec.MmsValue_delete(link.value("LPHD1$DC$PhyNam"))


def browse(world, actor: str, target: str) -> list[str]:
    """Names of everything in the relay's domain, and the types of its logical nodes."""
    with _link(world, actor, target) as link:
        link.call(iec.MmsConnection_getDomainNames)
        names = _texts(link.call(iec.MmsConnection_getDomainVariableNames, domain(target)))
        for name in names:
            if "$" not in name:
                link.call(iec.MmsConnection_getVariableAccessAttributes, domain(target), name)
    return names


def _texts(linked) -> list[str]:
    """Strings of a list of the library."""
    found, element = [], iec.LinkedList_getNext(linked)
    while element:
        found.append(iec.toCharP(iec.LinkedList_getData(element)))
        element = iec.LinkedList_getNext(element)
    return found


def list_files(world, actor: str, target: str, folder: str = "/") -> None:
    """The relay's files."""
    with _link(world, actor, target) as link:
        iec.IedConnection_getFileDirectory(link.connection, folder)


def get_file(world, actor: str, target: str, name: str = "settings.txt") -> None:
    """Fetch a file; it is thrown away."""
    with _link(world, actor, target) as link:
        link.call(iec.MmsConnection_downloadFile, name, os.devnull)


# ---- GOOSE, IEC 61850-8-1 annex A ----------------------------------------------------------------------------------


def _ber(tag: int, value: bytes) -> bytes:
    size = bytes((len(value),)) if len(value) < 128 else b"\x82" + struct.pack(">H", len(value))
    return bytes((tag,)) + size + value


def _number(tag: int, value: int) -> bytes:
    return _ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _goose(src_mac: str, state: dict, closed: bool) -> bytes:
    """One frame: position as a Boolean and as a double point, and its quality."""
    prefix = f"{domain('bay-pumps')}/LLN0$"
    seconds, rest = divmod(state["t"], 1.0)
    stamp = struct.pack(">I", int(seconds)) + int(rest * 2**24).to_bytes(3, "big") + b"\x0a"
    data = _ber(0x83, b"\x01" if closed else b"\x00")
    data += _ber(0x84, b"\x06" + (b"\x80" if closed else b"\x40")) + _ber(0x84, b"\x03\0\0")
    body = b"".join((
        _ber(0x80, f"{prefix}GO$gcbPos".encode()), _number(0x81, state["lives"]),
        _ber(0x82, f"{prefix}Positions".encode()),
        _ber(0x83, b"bay-pumps position"), _ber(0x84, stamp), _number(0x85, state["st"]), _number(0x86, state["sq"]),
        _ber(0x87, b"\0"), _number(0x88, 3), _ber(0x89, b"\0"), _number(0x8A, 3), _ber(0xAB, data)))
    apdu = _ber(0x61, body)
    return frame(GROUP, src_mac, ETHERTYPE_GOOSE, struct.pack(">HHHH", APPID, len(apdu) + 8, 0, 0) + apdu)


def _send(world, actor: str, data: bytes) -> None:
    key = ("goose", actor)
    if key not in world.links:
        world.links[key] = raw(ETHERTYPE_GOOSE)
    world.links[key].send(data)


def goose(world, actor: str = "bay-pumps") -> None:
    """One frame of the pumps' bay: a new state when the breaker moved since the last call, else a repetition."""
    closed, now = world.water.tags["feeder.breaker"] > 0.5, world.plant_time()
    state = world.state.setdefault(
        "goose", {"st": 1, "sq": -1, "t": now, "closed": closed, "lives": LIVES_MS, "last": now})
    if closed != state["closed"]:
        state.update(st=state["st"] + 1, sq=-1, t=now, closed=closed)
    state.update(sq=state["sq"] + 1, lives=max(LIVES_MS, int(3000 * (now - state["last"]))), last=now)
    _send(world, actor, _goose(BY_NAME[actor].mac, state, closed))


def goose_forged(world, actor: str, target: str = "bay-pumps", breaker: bool = False, jump: int = 1, repeats: int = 0,
                 as_target: bool = False, **told) -> None:
    """A false state in the bay's name: same control block, higher state number; told as an act.

    `as_target` also borrows the bay's card address. What subscribers then do is up to the caller.
    """
    now, mac = world.plant_time(), BY_NAME[target if as_target else actor].mac
    heard = world.state.setdefault("goose publishers", set())
    prefix = f"{domain(target)}/LLN0$"
    first = mac != BY_NAME[target].mac and mac not in heard
    heard.add(mac)
    true = world.state.get("goose", {"st": 1})
    state = {"st": true["st"] + jump, "sq": 0, "t": now, "lives": LIVES_MS}
    function, point, value = (("publish", f"{prefix}GO$gcbPos", None) if first
                              else ("state_change", f"{prefix}Positions.1", str(breaker).lower()))
    world.act("goose", function, "control", None, point, value, port=0, ethertype=ETHERTYPE_GOOSE, **told)
    for number in range(repeats + 1):
        state["sq"] = number
        _send(world, actor, _goose(mac, state, breaker))


__all__ = ["IEDS", "Refused", "browse", "get_file", "goose", "goose_forged", "identify", "list_files",
           "operate_breaker", "read", "set_pickup"]
