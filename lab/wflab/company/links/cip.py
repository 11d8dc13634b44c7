"""EtherNet/IP clients, one kept session a pair of machines.

Sessions and identity are cpppo's. Tags, mode and program services go through the same sessions as the bytes of CIP:
the stack takes ten times as long to read an answer, and does not know the services of a controller's own objects.
"""

from __future__ import annotations

import contextlib
import socket
import struct

from cpppo.server.enip import client as enip
from cpppo.server.enip.get_attribute import attribute_operations

from ..devices.cip import CONTROLLER, LOCKS, PROGRAM_CLASSES, START, STOP, TRANSFERS
from ..plan import ip_of

PORT, TIMEOUT_S = 44818, 0.45
PART = 200  # octets of a program in one message
SEND_RR_DATA, MULTIPLE, READ_TAG, WRITE_TAG, REAL = 0x6F, 0x0A, 0x4C, 0x4D, 0xCA
ROUTE = bytes((1, 0, 1, 0))  # one word: the processor in slot 0 of the backplane


class Refused(RuntimeError):
    """The controller answered with an error."""


def connection(world, actor: str, target: str) -> enip.connector:
    """The kept session, made when there is none."""
    key = ("cip", actor, target)
    link = world.links.get(key)
    if link is None:
        try:
            link = enip.connector(host=ip_of(target), timeout=TIMEOUT_S)
        except (OSError, AssertionError) as error:
            raise TimeoutError(f"{target} does not answer on port {PORT}: {error}") from error
        world.links[key] = link
    return link


@contextlib.contextmanager
def _talk(world, actor: str, target: str):
    """A session to talk over; one that is not answered on is dropped, and nothing is sent again."""
    link = connection(world, actor, target)
    try:
        with link:
            yield link
    except Refused:
        raise
    except Exception as error:  # the stack asserts, and stops iterating, when there is no answer
        world.links.pop(("cip", actor, target), None)
        with contextlib.suppress(OSError):
            link.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.conn.close()
        raise TimeoutError(f"{target}: {error}") from error


def _send(link, request: bytes) -> bytes:
    """One CIP message through the controller's connection manager (as the stack sends it); what answers it."""
    link.count = getattr(link, "count", 0) + 1
    odd = len(request) % 2
    carried = struct.pack("<6B2BH", 0x52, 2, 0x20, 6, 0x24, 1, 5, 157, len(request)) + request + bytes(odd) + ROUTE
    data = struct.pack("<IHHHHHH", 0, 8, 2, 0, 0, 0xB2, len(carried)) + carried
    head = struct.pack("<HHII8sI", SEND_RR_DATA, len(data), link.session, 0, b"%08d" % link.count, 0)
    link.conn.settimeout(TIMEOUT_S)
    link.conn.sendall(head + data)
    head = _receive(link, 24)
    status = struct.unpack_from("<I", head, 8)[0]
    body = _receive(link, struct.unpack_from("<H", head, 2)[0])
    if status:
        raise Refused(f"encapsulation status {status:#x}")
    return _checked(body[16:])


def _receive(link, count: int) -> bytes:
    got = b""
    while len(got) < count:
        part = link.conn.recv(count - len(got))
        if not part:
            raise ConnectionResetError("the controller closed the session")
        got += part
    return got


def _checked(answer: bytes) -> bytes:
    """What an answer holds behind its status, which must be good."""
    if len(answer) < 4 or answer[2] not in (0, 6):
        raise Refused(f"service {answer[0] & 0x7F:#x}: status {answer[2]:#x}" if len(answer) > 3 else "no status")
    return answer[4 + 2 * answer[3]:]


def _tag(service: int, tag: str) -> bytes:
    """A service at a tag's path."""
    name = tag.encode()
    segment = bytes((0x91, len(name))) + name + bytes(len(name) % 2)
    return bytes((service, len(segment) // 2)) + segment


def read_tags(world, actor: str, target: str, tags) -> list[float]:
    """Tags' values (REAL), all asked for in one packet."""
    asked = [_tag(READ_TAG, tag) + struct.pack("<H", 1) for tag in tags]
    places, at = [], 2 + 2 * len(asked)
    for part in asked:
        places.append(at)
        at += len(part)
    packet = struct.pack(f"<6BH{len(asked)}H", MULTIPLE, 2, 0x20, 2, 0x24, 1, len(asked), *places) + b"".join(asked)
    with _talk(world, actor, target) as link:
        answer = _send(link, packet)
        count, *places = struct.unpack_from(f"<H{len(asked)}H", answer)
        return [struct.unpack_from("<f", _checked(answer[place:]), 2)[0] for place in places[:count]]


def write_tag(world, actor: str, target: str, tag: str, value: float, **told) -> None:
    """Write one REAL tag; told as an act."""
    with _talk(world, actor, target) as link:
        world.act("cip", "write_tag", "write", target, tag, value, port=PORT, **told)
        _send(link, _tag(WRITE_TAG, tag) + struct.pack("<HHf", REAL, 1, value))


def identify(world, actor: str, target: str, udp: bool = False) -> None:
    """List identity (over UDP if wanted), then all attributes of the identity object."""
    if udp:
        with enip.client(host=ip_of(target), udp=True) as asking:
            asking.list_identity(timeout=TIMEOUT_S)
            enip.await_response(asking, timeout=TIMEOUT_S)
            asking.conn.close()
    with _talk(world, actor, target) as link:
        if not udp:
            link.list_identity(timeout=TIMEOUT_S)
            enip.await_response(link, timeout=TIMEOUT_S)
        for _ in link.synchronous(operations=attribute_operations(["@1/1", "@0xF5/1/5"]), timeout=TIMEOUT_S):
            pass


# mode and program


def _service(link, code: int, of: int, data: bytes = b"") -> bytes:
    """One service of instance 1 of a class; what it answered."""
    return _send(link, bytes((code, 2, 0x20, of, 0x24, 1)) + data)


def program_mode(world, actor: str, target: str, **told) -> None:
    """Stop the controller: program mode."""
    with _talk(world, actor, target) as link:
        world.act("cip", "stop", "control", target, "controller instance 1", None, port=PORT, **told)
        _service(link, STOP, CONTROLLER)


def run_mode(world, actor: str, target: str, **told) -> None:
    """Start the controller: run mode."""
    with _talk(world, actor, target) as link:
        world.act("cip", "start", "control", target, "controller instance 1", None, port=PORT, **told)
        _service(link, START, CONTROLLER)


def download(world, actor: str, target: str, data: bytes, **told) -> None:
    """Load a program part by part, with the controller locked meanwhile; lock and first part are told."""
    with _talk(world, actor, target) as link:
        world.act("cip", "lock_controller", "configuration", target, "controller instance 1", None, port=PORT, **told)
        _service(link, LOCKS[0], CONTROLLER)
        for offset in range(0, len(data), PART):
            if not offset:
                world.act("cip", "object_service", "program", target, "program instance 1", "service 0x50",
                          port=PORT, **told)
            _service(link, TRANSFERS[1], PROGRAM_CLASSES[0], struct.pack("<I", offset) + data[offset:offset + PART])
        world.act("cip", "unlock_controller", "configuration", target, "controller instance 1", None, port=PORT, **told)
        _service(link, LOCKS[1], CONTROLLER)
