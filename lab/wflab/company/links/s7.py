"""S7 clients (python-snap7), one kept connection a pair of machines.

Who connects tells by the called TSAP what it is: a programming device, an operator panel or something else.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import struct

from snap7.client import Client as Snap7Client
from snap7.connection import ISOTCPConnection
from snap7.error import S7ConnectionError, S7Error, S7ProtocolError, S7TimeoutError
from snap7.type import Block

from ..devices.s7 import BLOCK_CODES
from ..plan import BY_NAME, ip_of

PORT, TIMEOUT_S = 102, 0.4
PG, OP, BASIC = 1, 2, 3
CONNECTION_TYPE = {"hmi": OP, "scada_server": OP, "historian": OP, "controller": BASIC}
SZL_OF_IDENTITY = (0x0011, 0x001C, 0x0131, 0x0424)


class Refused(RuntimeError):
    """The controller answered with an error."""


class Client(Snap7Client):
    """snap7's client with a short patience and without keep-alive probes."""

    def _connect(self, address, rack, slot, tcp_port):
        self.host, self.rack, self.slot = address, rack, slot
        self.connection = ISOTCPConnection(address, tcp_port, self.local_tsap, self.remote_tsap)
        self.connection.connect(TIMEOUT_S)
        self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
        self._setup_communication()
        self.connected = True
        return self

    def close(self) -> None:
        """Say good-bye and end the connection."""
        self.disconnect()

    def drop(self) -> None:
        """End a connection that nobody answers on; nothing is sent again."""
        if self.connection and self.connection.socket:
            with contextlib.suppress(OSError):
                self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.socket.close()
            self.connection.socket, self.connection.connected = None, False
        self.connected = False


def connection(world, actor: str, target: str) -> Client:
    """The kept connection, made when there is none."""
    key = ("s7", actor, target)
    client = world.links.get(key)
    if client is not None and client.get_connected():
        return client
    if client is not None:
        client.drop()
    client = Client()
    client.connection_type = CONNECTION_TYPE.get(BY_NAME[actor].role, PG) if actor in BY_NAME else PG
    try:
        client.connect(ip_of(target), 0, 2)
    except (S7Error, OSError) as error:
        client.drop()
        world.links.pop(key, None)
        raise TimeoutError(f"{target} does not answer on port {PORT}: {error}") from error
    world.links[key] = client
    return client


@contextlib.contextmanager
def _talk(world, actor: str, target: str):
    """A connection to talk over; the stack's errors become ours."""
    client = connection(world, actor, target)
    try:
        yield client
    except (S7TimeoutError, S7ConnectionError, OSError) as error:
        client.drop()
        world.links.pop(("s7", actor, target), None)
        raise TimeoutError(f"{target}: {error}") from error
    except (S7ProtocolError, RuntimeError) as error:
        raise Refused(f"{target}: {error}") from error


def _told(world, function: str, category: str, target: str, point: str | None, value=None, **told) -> None:
    world.act("s7comm", function, category, target, point, value, port=PORT, **told)


# values


def read(world, actor: str, target: str, db: int, start: int, size: int) -> bytes:
    """Bytes of a data block."""
    with _talk(world, actor, target) as client:
        return bytes(client.db_read(db, start, size))


def read_real(world, actor: str, target: str, db: int, offset: int) -> float:
    """One REAL of a data block."""
    return struct.unpack(">f", read(world, actor, target, db, offset, 4))[0]


def write_real(world, actor: str, target: str, db: int, offset: int, value: float, **told) -> None:
    """Write one REAL; told as an act."""
    with _talk(world, actor, target) as client:
        _told(world, "write_var", "write", target, f"DB{db}.DBB{offset} x4", value, **told)
        client.db_write(db, offset, bytearray(struct.pack(">f", value)))


# run, stop, session


def stop(world, actor: str, target: str, **told) -> None:
    """Stop the CPU."""
    with _talk(world, actor, target) as client:
        _told(world, "plc_stop", "control", target, None, "P_PROGRAM", **told)
        client.plc_stop()


def start(world, actor: str, target: str, **told) -> None:
    """Hot start of the CPU."""
    with _talk(world, actor, target) as client:
        _told(world, "plc_start", "control", target, None, "P_PROGRAM warm restart", **told)
        client.plc_hot_start()


def password(world, actor: str, target: str, text: str, **told) -> None:
    """Log on with the protection password."""
    with _talk(world, actor, target) as client:
        _told(world, "set_password", "configuration", target, None, **told)
        client.set_session_password(text)


def set_clock(world, actor: str, target: str, epoch: float | None = None, **told) -> None:
    """Set the controller's clock: to plant time unless told another."""
    moment = datetime.datetime.fromtimestamp(world.plant_time() if epoch is None else epoch, datetime.UTC)
    with _talk(world, actor, target) as client:
        shown = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
        _told(world, "set_clock", "configuration", target, None, shown, **told)
        client.set_plc_datetime(moment)


def read_clock(world, actor: str, target: str) -> datetime.datetime:
    """What the controller's clock shows."""
    with _talk(world, actor, target) as client:
        return client.get_plc_datetime()


# identity and blocks


def identify(world, actor: str, target: str) -> None:
    """Who it is and how it does: four system status lists."""
    with _talk(world, actor, target) as client:
        for szl in SZL_OF_IDENTITY:
            client.read_szl(szl)


def list_blocks(world, actor: str, target: str) -> list[int]:
    """Counts of all blocks; numbers of the data blocks."""
    with _talk(world, actor, target) as client:
        client.list_blocks()
        return client.list_blocks_of_type(Block.DB, 16)


def _named(block: str | int) -> tuple[str, int, int]:
    """Name, type code and number of `OB1`, `DB7` or a data block's bare number."""
    name = f"DB{block}" if isinstance(block, int) else block
    letters = name.rstrip("0123456789")
    return name, BLOCK_CODES[letters], int(name[len(letters):])


def upload(world, actor: str, target: str, block: str | int, **told) -> bytes:
    """Read a block out of the controller."""
    name, code, number = _named(block)
    with _talk(world, actor, target) as client:
        protocol, out = client.protocol, bytearray()
        _told(world, "start_upload", "program", target, name, **told)
        begun = client._send_receive(protocol.build_start_upload_request(code, number))
        transfer, last = protocol.parse_start_upload_response(begun)["upload_id"], False
        while not last:
            part, last = protocol.parse_upload_fragment(client._send_receive(protocol.build_upload_request(transfer)),
                                                        first_fragment=not out)
            out.extend(part)
        protocol.check_end_upload_response(client._send_receive(protocol.build_end_upload_request(transfer)))
        return bytes(out)


def download(world, actor: str, target: str, block: str | int, data: bytes | None = None, size: int = 600, **told) -> None:
    """Load a block into the controller, which fetches it part by part."""
    data = world.theatre.random("block", target, block).randbytes(size) if data is None else data
    name, code, number = _named(block)
    with _talk(world, actor, target) as client:
        protocol, link = client.protocol, client.connection
        _told(world, "request_download", "program", target, name, **told)
        client._send_receive(protocol.build_download_request(code, number, data))
        limit = client.pdu_length - 18
        for offset in range(0, len(data), limit):
            reference = _fetched(link.receive_data(), 0x1B)
            part = data[offset:offset + limit]
            link.send_data(protocol.build_download_fragment_response(reference, offset + limit >= len(data), part))
        link.send_data(protocol.build_download_ended_response(_fetched(link.receive_data(), 0x1C)))


def _fetched(pdu: bytes, function: int) -> int:
    """Reference of the controller's request for the next part, or for the end."""
    if len(pdu) < 11 or pdu[1] != 1 or pdu[10] != function:
        raise S7ProtocolError("the controller does not fetch the block")
    return struct.unpack_from(">H", pdu, 4)[0]
