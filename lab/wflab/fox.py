"""Niagara Fox over the loopback: a workbench and a station; no package speaks it. Laid out as in a public capture."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT = 1911


def frame(kind: str, sequence: int, reply: int, name: str, values: dict[str, str] | None = None) -> bytes:
    """Type, numbers, channel and command, then the values between braces."""
    lines = "".join(f"{key}={value}\n" for key, value in (values or {}).items())
    return f"fox {kind} {sequence} {reply} {name}\n{{\n{lines}}};;\n".encode("latin-1")


def hello(number: int, app: str, more: dict[str, str]) -> bytes:
    values = {"fox.version": "s:1.0", "id": f"i:{number + 1}", "app.name": f"s:{app}", "lang": "s:en", "brandId": "s:northfield", **more}
    return frame("a", number, -1, "fox hello", values)


def dialogue(password: str, accepted: bool) -> list[tuple[bytes, bytes]]:
    """What the workbench sends, and what the station answers."""
    workbench = hello(1, "Workbench", {
        "hostName": "s:eng-ws-4", "hostAddress": "s:127.0.0.1", "app.version": "s:3.8.38", "vm.name": "s:Java HotSpot(TM) VM",
        "vm.version": "s:24.0", "os.name": "s:Windows 7", "os.version": "s:6.1", "hostId": "s:Win-0000-0000-0000-0001",
    })  # fmt: skip
    bog = '<bog version="1.0">\n</bog>\n'
    station = hello(0, "Station", {
        "hostName": "s:127.0.0.1", "app.version": "s:3.8.38.5", "vm.name": "s:J9", "vm.version": "s:2.6", "os.name": "s:QNX",
        "os.version": "s:6.4.1", "station.name": "s:Northfield_Hall", "hostId": "s:Qnx-NPM6-0000-0000-0002",
        "sysInfo": f"o:bog {len(bog)}[{bog}]",
    })  # fmt: skip
    pairs = [(workbench, station)]
    challenge = frame("a", 1, -1, "fox challenge", {"method": "s:basic", "nonce": "b:4[;;\n}]"})
    pairs.append((frame("a", 2, -1, "fox username", {"username": "s:operator"}), challenge))
    answer = frame("a", 2, -1, "fox welcome") if accepted else frame("a", 2, -1, "fox rejected", {"authfail_reason": "s:User Lockout"})
    pairs.append((frame("a", 3, -1, "fox authenticate", {"username": "s:operator", "password": f"s:{password}"}), answer))
    if accepted:
        pairs += [
            (frame("s", 4, 1, "station load", {"ord": "s:slot:/Drivers", "deep": "z:f"}), frame("r", 3, 1, "station load", {"d": "m:{\nx=i:1\n}"})),
            (frame("s", 5, 2, "file read", {"path": "s:config.bog"}), frame("e", 4, 2, "file read", {"message": "s:denied"})),
            (frame("k", -1, -1, "fox keepalive"), frame("k", -1, -1, "fox keepalive")),
            (frame("s", 6, 3, "sys ping"), frame("n", 5, 3, "sys ping")),
            (frame("c", 7, -1, "fox close"), b""),
        ]
    return pairs


def fox(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record a login that is refused and a session."""
    listener = socket.create_server(("127.0.0.1", PORT))
    dialogues = [dialogue("d3Jvbmc=", False), dialogue("c2VjcmV0", True)]

    def serve() -> None:
        for pairs in dialogues:
            connection, _ = listener.accept()
            with connection:
                for _, answer in pairs:
                    connection.recv(4096)
                    if answer:
                        connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        for pairs in dialogues:
            with socket.create_connection(("127.0.0.1", PORT)) as client:
                for request, answer in pairs:
                    client.sendall(request)
                    if answer:
                        client.recv(4096)
                    time.sleep(0.01)

    record(target, f"tcp port {PORT}", act)
