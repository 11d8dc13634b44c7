"""SSH clients (paramiko). What is said inside is no act: nobody can read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import paramiko

from ..plan import ip_of

TIMEOUT_S = 0.5


class Refused(RuntimeError):
    """Not let in."""


@contextlib.contextmanager
def _open(target: str, user: str, password: str) -> Iterator[paramiko.SSHClient]:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    try:
        client.connect(ip_of(target), 22, user, password, timeout=TIMEOUT_S, banner_timeout=2.0, auth_timeout=2.0,
                       allow_agent=False, look_for_keys=False)
        yield client
    except paramiko.AuthenticationException as error:
        raise Refused(f"{target} does not let {user} in") from error
    except (paramiko.SSHException, EOFError) as error:
        raise TimeoutError(f"{target} does not answer: {error}") from error
    finally:
        client.close()


def _run(client: paramiko.SSHClient, command: str, data: bytes = b"") -> bytes:
    """One command with what it is given; what it says."""
    incoming, outgoing, _ = client.exec_command(command, timeout=TIMEOUT_S)
    incoming.channel.sendall(data)
    incoming.channel.shutdown_write()
    return outgoing.read()


def login(world, actor: str, target: str, user: str, password: str, command: str = "hostname") -> str:
    """Log in, run one command, leave."""
    with _open(target, user, password) as client:
        return _run(client, command).decode()


def session(world, actor: str, target: str, user: str, password: str, fetch: int = 20_000, send: int = 4_000) -> int:
    """Log in, look around, fetch and bring some data; says how much came."""
    with _open(target, user, password) as client:
        _run(client, "hostname")
        came = len(_run(client, f"cat {fetch}"))
        _run(client, "put", world.theatre.random("ssh", actor, world.theatre.now).randbytes(send))
        return came


def guess(world, actor: str, target: str, user: str, passwords: list[str]) -> str:
    """One password after the other, a connection each, until one is right."""
    for password in passwords:
        try:
            login(world, actor, target, user, password)
            return password
        except Refused:
            continue
    raise Refused(f"no password of {user} guessed")
