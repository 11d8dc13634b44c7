"""SSH servers (paramiko): passwords, one command a channel, data both ways. Host keys come from the run's seed."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading

import paramiko
from cryptography.hazmat.primitives.asymmetric import ec

from ..plan import BY_NAME

ACCOUNTS = {
    "jump": {"vendor": "spring-tide-9", "operator": "rain-barrel-4", "backup": "bottles"},
    "vendor-gateway": {"vendor": "moor-hen-17", "root": "tern-and-heron"},
}
VERSIONS = {"jump": "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "vendor-gateway": "SSH-2.0-dropbear_2019.78"}
LINE = b"2026-03-10 06:00:00 northfield line of a log that somebody reads\n"
SILENT_S = 120.0
TOO_NEW = {"kex": ["mlkem768x25519-sha256"]}  # the versions named above do not know it


class Shell(paramiko.ServerInterface):
    """Lets accounts in and runs what they ask for."""

    def __init__(self, name: str):
        self.name = name

    def get_allowed_auths(self, username):
        """Passwords only."""
        return "password"

    def check_auth_password(self, username, password):
        """The machine's accounts."""
        good = ACCOUNTS[self.name].get(username) == password
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        """Sessions only."""
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel, command):
        """`hostname`, `cat N` for N octets; anything else is taken without a word."""
        threading.Thread(target=self._run, args=(channel, command.decode()), daemon=True).start()
        return True

    def _run(self, channel, command: str) -> None:
        """Answers when the client has said all: the channel's own consent has then been sent."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            while channel.recv(32_768):
                continue
            word, _, rest = command.partition(" ")
            if word == "hostname":
                channel.sendall(f"{self.name}\n".encode())
            elif word == "cat":
                size = int(rest)
                channel.sendall((LINE * (size // len(LINE) + 1))[:size])
            channel.send_exit_status(0)
            channel.close()


def host_key(world, name: str) -> paramiko.ECDSAKey:
    """The machine's key: the same for the same seed."""
    secret = ec.derive_private_key(world.theatre.random("ssh key", name).getrandbits(250) | 1, ec.SECP256R1())
    return paramiko.ECDSAKey(vals=(secret, secret.public_key()))


def serve(world, name: str) -> None:
    """Take connections until the process ends."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    key = host_key(world, name)
    listener = socket.create_server((BY_NAME[name].ip, 22), backlog=64)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_talk, args=(connection, key, name), daemon=True).start()


def _talk(connection: socket.socket, key: paramiko.ECDSAKey, name: str) -> None:
    transport = paramiko.Transport(connection, disabled_algorithms=TOO_NEW)
    transport.local_version = VERSIONS[name]
    transport.add_server_key(key)
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        transport.start_server(server=Shell(name))
        transport.join(SILENT_S)
        transport.close()
