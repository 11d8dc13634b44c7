"""A small peer of Remote Desktop from the standards: TPKT and X.224 (MS-RDPBCGR 2.2.1.1, 2.2.1.2), then TLS.

There is no installable server; what follows inside TLS is opaque filling of plausible sizes, as nobody can read it.
"""

from __future__ import annotations

import socketserver
import ssl
import struct

from ..plan import BY_NAME
from .web import context

TLS = 1
CONFIRM, NEGOTIATION_ANSWER = 0xD0, 2
SCREEN = 24_000  # octets of a first screen


def framed(unit: bytes) -> bytes:
    """A TPKT."""
    return struct.pack(">BBH", 3, 0, len(unit) + 4) + unit


def confirm(source: int) -> bytes:
    """Connection confirm that chooses TLS."""
    answer = struct.pack("<BBHI", NEGOTIATION_ANSWER, 0, 8, TLS)
    return framed(struct.pack(">BBHHB", 6 + len(answer), CONFIRM, source, 0x1234, 0) + answer)


class Talk(socketserver.BaseRequestHandler):
    """One client."""

    def handle(self) -> None:
        """Negotiation, TLS, then an answer to whatever comes."""
        asked = exactly(self.request, 4)
        unit = exactly(self.request, struct.unpack_from(">H", asked, 2)[0] - 4)
        self.request.sendall(confirm(struct.unpack_from(">H", unit, 4)[0]))
        with self.server.secure.wrap_socket(self.request, server_side=True) as inside:
            while said := inside.recv(16_384):
                inside.sendall(bytes(SCREEN if len(said) > 900 else 120))


def exactly(peer, size: int) -> bytes:
    """That many octets."""
    got = b""
    while len(got) < size:
        piece = peer.recv(size - len(got))
        if not piece:
            raise ConnectionError("closed too early")
        got += piece
    return got


class Server(socketserver.ThreadingTCPServer):
    """A thread a client."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, address: tuple[str, int], secure: ssl.SSLContext):
        self.secure = secure
        super().__init__(address, Talk)

    def handle_error(self, request, client_address):
        """Somebody hung up."""


def serve(world, name: str) -> None:
    """Take connections until the process ends; the certificate is self-signed, as such a machine's is."""
    host = BY_NAME[name]
    secure = context(world, [host.hostname or f"NF-{name.upper()}"])
    secure.set_alpn_protocols([])
    Server((host.ip, 3389), secure).serve_forever()
