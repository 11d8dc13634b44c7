"""The file server (impacket): shares over SMB 2, named pipes for listing shares and for services."""

from __future__ import annotations

import logging
import os
import time as clock
from bisect import bisect_right
from pathlib import Path

from impacket import smbserver
from impacket.ntlm import compute_lmhash, compute_nthash

from ...windows import _svcctl as service_manager
from ..plan import BY_NAME

DOMAIN, SHARE, COMMENT = "NORTHFIELD", "PUBLIC", "Common files"
ACCOUNTS = {"office": "gravel-and-sand-3", "backup": "bottles", "mes": "label-printer-8"}
FOLDERS = {"plans": ("docx", 14_000), "reports": ("xlsx", 22_000), "drawings": ("dwg", 48_000), "tools": ("txt", 900),
           "backup": ("zip", 60_000)}
FILES_A_FOLDER = 12


class PlantTime:
    """Stands in for the module `time` in the server: what it says on the wire is plant time."""

    def __init__(self, world):
        self.world = world

    def __getattr__(self, name: str):
        return getattr(clock, name)

    def time(self) -> float:
        """Plant time."""
        return self.world.plant_time()

    def gmtime(self, seconds: float | None = None):
        """Plant time unless another is given."""
        return clock.gmtime(self.world.plant_time() if seconds is None else seconds)


class PlantFiles:
    """Stands in for the module `os` in the server: a file changed during the run tells the plant time of that event."""

    def __init__(self, world):
        self.world, self.begun = world, clock.time()

    def __getattr__(self, name: str):
        return getattr(os, name)

    def stat(self, path) -> os.stat_result:
        """As `os.stat`, times of the run in plant time."""
        found = os.stat(path)
        return os.stat_result((*found[:7], *(self._plant(seconds, found.st_mtime) for seconds in found[7:10])))

    def _plant(self, seconds: int, changed: float) -> int:
        world, events = self.world, self.world.theatre.done
        if seconds < int(self.begun):
            return seconds
        index = bisect_right(events, seconds + 1.0, key=lambda event: event.began) - 1
        if index < 0:
            return int(min(changed, world.epoch - 1))
        return int(world.epoch + events[index].at)


def fill(world, root: Path) -> None:
    """The files that are there at the beginning."""
    numbers = world.theatre.random("shared files")
    for folder, (ending, size) in FOLDERS.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(FILES_A_FOLDER):
            path = root / folder / file_name(folder, number)
            path.write_bytes(numbers.randbytes(numbers.randrange(size // 2, size)))
            os.utime(path, (world.epoch - 86_400 * (number + 1),) * 2)


def file_name(folder: str, number: int) -> str:
    """Name of one of a folder's files."""
    return f"{folder}-{number:02d}.{FOLDERS[folder][0]}"


def serve(world, name: str) -> None:
    """Share a folder of the run until the process ends."""
    logging.getLogger("impacket").setLevel(logging.CRITICAL)
    smbserver.time, smbserver.os = PlantTime(world), PlantFiles(world)
    root = world.run_dir / f"{name}-share"
    fill(world, root)
    server = smbserver.SimpleSMBServer(BY_NAME[name].ip, 445)
    inner, settings = server.getServer(), server._SimpleSMBServer__smbConfig
    challenge = f"{world.theatre.random('challenge', name).getrandbits(64):016x}"
    for key, value in (("server_name", f"NF-{name.upper()}"), ("server_os", "Windows Server 2019"),
                       ("server_domain", DOMAIN), ("challenge", challenge)):
        settings.set("global", key, value)
    inner.setServerConfig(settings)
    inner.processConfigFile()
    server.addShare(SHARE, str(root), COMMENT)
    for user, password in ACCOUNTS.items():
        server.addCredential(user, 0, compute_lmhash(password), compute_nthash(password))
    server.setSMB2Support(True)
    server.setLogFile("")
    server.registerNamedPipe("svcctl", ("127.0.0.1", service_manager()))
    inner.daemon_threads = True
    server.start()
