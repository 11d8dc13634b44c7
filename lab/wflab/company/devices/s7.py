"""S7 controllers (python-snap7's server): filters, filling and conveyor, each with an identity of its own.

The stack's own system status lists name a fixed demo CPU; they are replaced by records laid out as an S7-300 lays them
out. The stack keeps data blocks only; program blocks (OB, FC, FB) are put beside them, in areas whose numbers no data
block has, so that they can be loaded and read out.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import struct
import time

from snap7.server import CPUState, Server
from snap7.s7protocol import S7Area
from snap7.type import SrvArea

from ..plan import BY_NAME
from ..points import S7

DB_SIZE, BLOCK_SIZE = 64, 512
BLOCK_CODES = {"OB": 0x38, "DB": 0x41, "SDB": 0x42, "FC": 0x43, "SFC": 0x44, "FB": 0x45, "SFB": 0x46}
PROGRAM = (("OB", 1), ("OB", 35), ("OB", 100), ("FC", 1), ("FC", 2), ("FB", 10))
RECIPE_DB = 7


def _records(length: int, *records: bytes) -> bytes:
    return struct.pack(">HH", length, len(records)) + b"".join(r.ljust(length, b"\0") for r in records)


def _text(index: int, text: str) -> bytes:
    return struct.pack(">H", index) + text.encode().ljust(32, b"\0")


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def area_of(code: int, number: int) -> int:
    """Number of the area in which the stack keeps a block: its own for a data block."""
    return number if code == BLOCK_CODES["DB"] else code * 1000 + number


def _redirected(request: dict) -> tuple[dict, tuple[int, int] | None]:
    """A transfer request as the stack understands it (a data block), and the block that was really meant."""
    raw = request.get("raw_parameters", b"")
    if len(raw) < 18 or not raw[12:17].isdigit():
        return request, None
    code, number = raw[11], int(raw[12:17])
    changed = raw[:11] + b"A" + f"{area_of(code, number):05d}".encode() + raw[17:]
    return {**request, "raw_parameters": changed}, (code, number)


class Controller(Server):
    """snap7's server with this plant's identities, process values and clock."""

    def __init__(self, world, name: str):
        super().__init__(log=False)
        self.world, self.name = world, name
        self.known = BY_NAME[name].identity
        self.host = BY_NAME[name].ip
        self.clock_offset = 0.0
        for number in S7[name]:
            self.register_area(SrvArea.DB, number, bytearray(DB_SIZE))
        self.register_area(SrvArea.DB, RECIPE_DB, bytearray(BLOCK_SIZE // 2))
        for kind, number in PROGRAM:
            code = world.theatre.random("program", name, kind, number).randbytes(BLOCK_SIZE)
            self.register_area(SrvArea.DB, area_of(BLOCK_CODES[kind], number), bytearray(code))
        for area, size in ((SrvArea.MK, 32), (SrvArea.PE, 16), (SrvArea.PA, 16)):
            self.register_area(area, 0, bytearray(size))

    # values

    def refresh(self) -> None:
        """Put the process's values into the data blocks; a stopped CPU's stay as they are."""
        if not self.world.water.running[self.name]:
            return
        for number, points in S7[self.name].items():
            for offset, tag in points:
                struct.pack_into(">f", self.memory_areas[(S7Area.DB, number)], offset, self.world.water.tags[tag])

    def _read_from_memory_area(self, area, db_number, start, count):
        self.refresh()
        return super()._read_from_memory_area(area, db_number, start, count)

    def _write_to_memory_area(self, area, db_number, start, write_data):
        done = super()._write_to_memory_area(area, db_number, start, write_data)
        if done and area == S7Area.DB:
            for offset, tag in S7[self.name].get(db_number, ()):
                if start <= offset and offset + 4 <= start + len(write_data):
                    self.world.wrote(self.name, tag, struct.unpack_from(">f", write_data, offset - start)[0])
        return done

    # run and stop

    def _handle_plc_control(self, request, client_address):
        answer = super()._handle_plc_control(request, client_address)
        if (request.get("parameters") or {}).get("pi_service", b"") not in (b"_MODU", b"_GARB", b"_INSE", b"_DELE"):
            self.world.water.running[self.name] = True
        return answer

    def _handle_plc_stop(self, request, client_address):
        self.world.water.running[self.name] = False
        return super()._handle_plc_stop(request, client_address)

    # identity and clock

    def _get_szl_data(self, szl_id, szl_index):
        if szl_id == 0x0011:
            order = self.known.order_number.encode().ljust(20)
            firmware = b"V" + bytes(int(x) for x in self.known.firmware.lstrip("V").split("."))
            return _records(28, struct.pack(">H20sHHH", 1, order, 0x00C0, 1, 1),
                            struct.pack(">H20sH", 7, b" " * 20, 0x00C0) + firmware)
        if szl_id == 0x001C:
            return _records(34, _text(1, "NORTHFIELD"), _text(2, self.name), _text(3, self.name[4:].upper()),
                            _text(4, "Original Siemens Equipment"), _text(5, self.known.serial),
                            _text(7, self.known.model))
        if szl_id == 0x0424:
            return _records(20, bytes((0x51, 0x44, 0xFF, 0x08 if self.cpu_state == CPUState.RUN else 0x04)))
        if szl_id == 0x0131:
            return _records(40, struct.pack(">HHHII", 1, 480, 32, 187500, 187500))
        if szl_id == 0x0232:
            return _records(40, struct.pack(">HHHHHH", 4, 1, 0, 1, 1, 0))
        return None

    def _handle_get_clock(self, request, userdata_params, client_address):
        now = datetime.datetime.fromtimestamp(self.world.plant_time() + self.clock_offset, datetime.UTC)
        ms = now.microsecond // 1000
        fields = (now.year % 100, now.month, now.day, now.hour, now.minute, now.second, ms // 10)
        stamp = bytes((0, 0x20, *map(_bcd, fields), ms % 10 << 4 | now.isoweekday() % 7 + 1))
        return self._build_userdata_success_response(request, userdata_params, stamp)

    def _handle_set_clock(self, request, userdata_params, client_address):
        data = (request.get("data") or {}).get("data", b"")
        with contextlib.suppress(ValueError, IndexError):
            year, *rest = (int(f"{octet:02x}") for octet in data[2:8])
            told = datetime.datetime(2000 + year, *rest, tzinfo=datetime.UTC)
            self.clock_offset = told.timestamp() - self.world.plant_time()
        return super()._handle_set_clock(request, userdata_params, client_address)

    # blocks

    def _handle_list_all_blocks(self, request, userdata_params, client_address):
        numbers = [number for area, number in self.memory_areas if area == S7Area.DB]
        counts = {code: sum(number // 1000 == code for number in numbers) for code in BLOCK_CODES.values()}
        counts[BLOCK_CODES["DB"]] = sum(number < 1000 for number in numbers)
        data = b"".join(struct.pack(">BBH", 0x30, code, count) for code, count in counts.items())
        return self._build_userdata_success_response(request, userdata_params, data)

    def _handle_list_blocks_of_type(self, request, userdata_params, client_address):
        data = (request.get("data") or {}).get("data", b"")
        code = data[-1] if data else BLOCK_CODES["DB"]
        numbers = sorted(number for area, number in self.memory_areas if area == S7Area.DB)
        mine = [n % 1000 for n in numbers if n // 1000 == (0 if code == BLOCK_CODES["DB"] else code)]
        items = b"".join(struct.pack(">HBB", number, 0x22, 5) for number in mine)
        return self._build_userdata_success_response(request, userdata_params, items)

    def _handle_start_upload(self, request, client_address):
        self.refresh()
        return super()._handle_start_upload(_redirected(request)[0], client_address)

    def _handle_request_download(self, request, client_address):
        changed, block = _redirected(request)
        if block:
            self._room_for(area_of(*block), request["raw_parameters"])
        answer = super()._handle_request_download(changed, client_address)
        if block and client_address in self._download_contexts:
            self._download_contexts[client_address]["meant"] = block
        return answer

    def _room_for(self, number: int, raw: bytes) -> None:
        """A block may be new, or longer than the one that it takes the place of."""
        size = int(raw[20:26]) if raw[20:26].isdigit() else 0
        known = self.memory_areas.get((S7Area.DB, number))
        if number not in S7[self.name] and 0 < size <= 65_536 and (known is None or len(known) != size):
            self.register_area(SrvArea.DB, number, bytearray(size))

    @staticmethod
    def _build_download_service_request(context, function):
        code, number = context.get("meant", (context["block_type"], context["block_num"]))
        return Server._build_download_service_request(_Named(context, code, number), function)


class _Named(dict):
    """A download's context under the name that the client used; the sequence number is kept in the original."""

    def __init__(self, context: dict, code: int, number: int):
        super().__init__(context, block_type=code, block_num=number)
        self.original = context

    def __setitem__(self, key, value) -> None:
        super().__setitem__(key, value)
        self.original[key] = value


def serve(world, name: str) -> None:
    """Play one controller; the stack's threads answer."""
    logging.getLogger("snap7").setLevel(logging.CRITICAL)
    server = Controller(world, name)
    server.start(tcp_port=102)
    world.state[("s7", name)] = server
    while server.running:
        time.sleep(3600)
