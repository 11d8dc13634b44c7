"""The company's web proxy: CONNECT and absolute URIs (RFC 9110 9.3.6, RFC 9112 3.2.2), small and from the standard."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
from urllib.parse import urlsplit

from ..links import infra
from ..plan import BY_NAME
from . import web

TIMEOUT_S = 0.5
IDLE_S = 120.0


class Talk(socketserver.StreamRequestHandler):
    """One client's request."""

    rbufsize = 0

    def handle(self) -> None:
        """Head, then bytes both ways."""
        head = self._head()
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
        if len(words) != 3:
            return
        method, uri, version = words
        try:
            if method == "CONNECT":
                host, _, port = uri.partition(":")
                with reach(host, int(port or 443)) as far:
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    both_ways(self.request, far)
                return
            asked = urlsplit(uri)
            path = (asked.path or "/") + (f"?{asked.query}" if asked.query else "")
            with reach(asked.hostname or "", asked.port or 80) as far:
                far.sendall(f"{method} {path} {version}\r\nVia: 1.1 proxy\r\n".encode() + head.split(b"\r\n", 1)[1])
                both_ways(self.request, far)
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(OSError):
                reason = type(error).__name__
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n"
                                 + f"X-Reason: {reason}\r\n\r\n".encode())

    def _head(self) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 16_384:
            piece = self.request.recv(4096)
            if not piece:
                break
            head += piece
        return head


def reach(host: str, port: int) -> socket.socket:
    """A connection to a host outside, by its name."""
    found = infra.ask(host)
    if not found:
        raise RuntimeError(f"nobody is called {host}")
    return socket.create_connection((found[-1], port), TIMEOUT_S)


def both_ways(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes until one side has no more."""
    other = {near: far, far: near}
    with selectors.DefaultSelector() as ready:
        for side in other:
            ready.register(side, selectors.EVENT_READ)
        while events := ready.select(IDLE_S):
            for key, _ in events:
                data = key.fileobj.recv(65_536)
                if not data:
                    return
                other[key.fileobj].sendall(data)


class Server(socketserver.ThreadingTCPServer):
    """A thread a client."""

    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        """Somebody hung up."""


def serve(world, name: str) -> None:
    """Pass on until the process ends; whoever is outside is there before."""
    web.serve_outside(world)
    Server((BY_NAME[name].ip, 3128), Talk).serve_forever()
