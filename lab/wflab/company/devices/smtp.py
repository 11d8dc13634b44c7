"""A small SMTP server from the standard (RFC 5321): greets, takes mail, passes on what is for others."""

from __future__ import annotations

import smtplib
import socketserver

from ..plan import BY_NAME, DOMAIN, ip_of

OTHERS = "internet"  # whoever takes mail for domains outside


class Sink(socketserver.ThreadingTCPServer):
    """A server on one address; with `relay` it sends mail for other domains outside."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, world, address: tuple[str, int], called: str, relay: bool):
        self.world, self.called, self.relay = world, called, relay
        super().__init__(address, Talk)

    def handle_error(self, request, client_address):
        """Somebody hung up."""


class Talk(socketserver.StreamRequestHandler):
    """One client."""

    def say(self, text: str) -> None:
        """One line."""
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        """Commands until QUIT."""
        called, sender, receivers = self.server.called, "", []
        self.say(f"220 {called} ESMTP Postfix")
        while line := self.rfile.readline(2048):
            word, rest = line[:4].decode("latin-1").upper().strip(), line[4:].decode("latin-1").strip()
            if word == "EHLO":
                self.say(f"250-{called}\r\n250-SIZE 20480000\r\n250 8BITMIME")
            elif word == "MAIL":
                sender, receivers = _between(rest), []
                self.say("250 2.1.0 Ok")
            elif word == "RCPT":
                receivers.append(_between(rest))
                self.say("250 2.1.5 Ok")
            elif word == "DATA":
                self.say("354 End data with <CR><LF>.<CR><LF>")
                self._taken(sender, receivers, self._data())
                self.say("250 2.0.0 Ok: queued")
            elif word == "QUIT":
                self.say("221 2.0.0 Bye")
                return
            else:
                known = word in ("HELO", "NOOP", "RSET")
                self.say("250 2.0.0 Ok" if known else "502 5.5.2 Error: command not recognized")

    def _data(self) -> bytes:
        """The message up to its end."""
        lines = []
        while (line := self.rfile.readline(65_536)) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def _taken(self, sender: str, receivers: list[str], message: bytes) -> None:
        others = [one for one in receivers if not one.endswith("@" + DOMAIN)]
        if self.server.relay and others:
            with smtplib.SMTP(ip_of(OTHERS), 25, self.server.called, timeout=0.5) as client:
                client.sendmail(sender, others, message)


def _between(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


def serve(world, name: str) -> None:
    """Take mail until the process ends."""
    Sink(world, (BY_NAME[name].ip, 25), f"{name}.{DOMAIN}", relay=True).serve_forever()
