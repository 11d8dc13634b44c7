"""The client's side of the small Remote Desktop peer: a request with the user's cookie, TLS, opaque data."""

from __future__ import annotations

import socket
import ssl
import struct

from ..devices.rdp import TLS, exactly, framed
from ..plan import ip_of
from .web import TIMEOUT_S

REQUEST, NEGOTIATION_ASK, NEGOTIATION_ANSWER = 0xE0, 1, 2
SOURCE = 0
STEPS = (412, 96, 1_180, 300)  # octets sent inside: settings, licence, logon, capabilities


class Refused(RuntimeError):
    """The server does not want us."""


def ask(user: str) -> bytes:
    """Connection request with the cookie of `user` that offers TLS."""
    rest = f"Cookie: mstshash={user[:9]}\r\n".encode() + struct.pack("<BBHI", NEGOTIATION_ASK, 0, 8, TLS)
    return framed(struct.pack(">BBHHB", 6 + len(rest), REQUEST, 0, SOURCE, 0) + rest)


def login(world, actor: str, target: str, user: str, looks: int = 6) -> None:
    """Connect as `user`, see the first screen, work a little, leave."""
    numbers = world.theatre.random("rdp", actor, target, world.theatre.now)
    with socket.create_connection((ip_of(target), 3389), TIMEOUT_S) as peer:
        peer.sendall(ask(user))
        unit = exactly(peer, struct.unpack_from(">H", exactly(peer, 4), 2)[0] - 4)
        if len(unit) < 15 or unit[7] != NEGOTIATION_ANSWER:
            raise Refused(f"{target} refuses TLS")
        with _secure().wrap_socket(peer) as inside:
            for size in (*STEPS, *[numbers.randrange(40, 200) for _ in range(looks)]):
                inside.sendall(numbers.randbytes(size))
                exactly(inside, 24_000 if size > 900 else 120)


def _secure() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made
