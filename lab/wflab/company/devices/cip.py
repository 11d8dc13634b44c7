"""The EtherNet/IP controller of the dosing: cpppo's CIP server with live tags.

What the stack keeps is global to the process, so there can be one such controller. Some is answered before the stack
sees it, as a controller would: the mode of a Logix controller and the services that move its program, which the stack
does not have; tags that are not there, at which it ends the session; packed reads, for which it needs a hundredth of a
second of computing.
"""

from __future__ import annotations

import logging
import struct
import tempfile
from pathlib import Path

from cpppo.server.enip import device
from cpppo.server.enip.main import main as enip_main

from ..plan import BY_NAME
from ..points import CIP, CIP_WRITABLE

START, STOP = 0x06, 0x07
PROGRAM_CLASSES, CONTROLLER = range(0x68, 0x71), 0x8E
TRANSFERS, LOCKS = (0x4F, 0x50), (0x4B, 0x4C)
READ_TAG, WRITE_TAG, MULTIPLE, REAL = 0x4C, 0x4D, 0x0A, 0xCA
PATH_ERROR = 0x04
CONFIGURATION = """[Identity]
Vendor Number = 1
Device Type = 14
Product Code Number = 54
Product Revision = {revision}
Status Word = 12640
Serial Number = {serial}
Product Name = {model}
State = 3

[TCPIP]
Interface Status = 1
Host Name = {name}
"""


def _live(world, machine: str) -> type:
    """The class of tags whose values come from, or go to, the process; a stopped controller's stay as they are."""

    class Live(device.Attribute):
        """One tag."""

        def __init__(self, name, *args, **kwds):
            super().__init__(name, *args, **kwds)
            self.tag = name

        def __getitem__(self, key):
            if self.tag in CIP:
                self.value = _value(world, machine, self.tag)
            return super().__getitem__(key)

        def __setitem__(self, key, value):
            value = list(value) if isinstance(key, slice) else value
            super().__setitem__(key, value)
            if self.tag in CIP_WRITABLE:
                world.wrote(machine, CIP[self.tag], float(value[0] if isinstance(value, list) else value))

    return Live


def _logix(world, name: str) -> type:
    """The connection manager, which also answers for the controller's own objects."""

    class Manager(device.Connection_Manager):
        """Takes the services that the stack lacks out of what it is handed."""

        def request(self, data, addr=None):
            asked = bytes(bytearray(data.request.input)) if "request" in data and "input" in data.request else b""
            answer = _answer(world, name, asked)
            if answer is None:
                return super().request(data, addr=addr)
            data.request.input = bytearray(answer)
            return True

    return Manager


def _answer(world, name: str, asked: bytes) -> bytes | None:
    """The answer to a service of a controller's own objects; None for all that the stack can do."""
    if len(asked) < 6:
        return None
    if asked[0] in (READ_TAG, WRITE_TAG) and asked[2] == 0x91 and _tag_of(asked) not in CIP:
        return bytes((asked[0] | 0x80, 0, PATH_ERROR, 0))
    if asked[1] != 2 or asked[2] != 0x20 or asked[4] != 0x24:
        return None
    service, of = asked[0], asked[3]
    if (of, service) == (2, MULTIPLE):
        return _packed(world, name, asked[6:])
    if of == CONTROLLER and service in (START, STOP):
        world.water.running[name] = service == START
        return bytes((service | 0x80, 0, 0, 0))
    if of == CONTROLLER and service in LOCKS:
        return bytes((service | 0x80, 0, 0, 0))
    if of in PROGRAM_CLASSES and service in TRANSFERS:
        parts = world.state.setdefault(("program", name), [])
        parts.append(asked[2 + 2 * asked[1]:])
        return bytes((service | 0x80, 0, 0, 0)) + len(parts).to_bytes(4, "little")
    return None


def _tag_of(asked: bytes) -> str:
    """The tag at whose symbolic path a service is."""
    return asked[4:4 + asked[3]].decode("ascii", "replace")


def _packed(world, name: str, body: bytes) -> bytes | None:
    """Answer to several services in one packet, if all of them read one tag each."""
    count, *places = struct.unpack_from(f"<H{int.from_bytes(body[:2], 'little')}H", body)
    answers, at, offsets = [], 2 + 2 * count, []
    for place in places:
        if body[place] != READ_TAG or body[place + 2] != 0x91:
            return None
        tag = _tag_of(body[place:])
        value = _value(world, name, tag) if tag in CIP else None
        good = value is not None
        answer = bytes((READ_TAG | 0x80, 0, 0 if good else PATH_ERROR, 0))
        answers.append(answer + struct.pack("<Hf", REAL, value) if good else answer)
        offsets.append(at)
        at += len(answers[-1])
    return bytes((MULTIPLE | 0x80, 0, 0, 0)) + struct.pack(f"<{count + 1}H", count, *offsets) + b"".join(answers)


def _value(world, name: str, tag: str) -> float:
    """A tag's value; a stopped controller's is the last one that it had."""
    kept = world.state.setdefault(("tags", name), {})
    if world.water.running[name] or tag not in kept:
        kept[tag] = float(world.water.tags[CIP[tag]])
    return kept[tag]


def serve(world, name: str) -> None:
    """Play one controller until the process ends."""
    host, known = BY_NAME[name], BY_NAME[name].identity
    logging.getLogger("enip").setLevel(logging.CRITICAL)
    logging.getLogger("cpppo").setLevel(logging.CRITICAL)
    major, minor = (int(part) for part in known.firmware.split("."))
    text = CONFIGURATION.format(revision=minor << 8 | major, serial=int(known.serial, 16), model=known.model, name=name)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "controller.cfg"
        config.write_text(text, encoding="utf-8")
        enip_main(argv=["--config", str(config), "--address", f"{host.ip}:44818", "--udp", "--no-print",
                        *(f"{tag}=REAL" for tag in CIP)],
                  attribute_class=_live(world, name), connection_manager_class=_logix(world, name))
