"""OpenVPN's own program as client and server over the loopback, without a network device of its own.

Three sessions with certificates of a small authority made here: over UDP with an HMAC on the control channel (`tls-auth`), over
TCP without one, and over UDP with the control channel sealed (`tls-crypt`). TLS 1.2 at most, so that certificates can be read.
Needs the Debian packages openvpn and openssl, and the right to capture.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Record = Callable[[Path, str, Callable[[], None]], None]


def _ssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _certificates(folder: Path) -> None:
    """An authority, a server and a client, and a key that both share."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _ssl(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-days", "3650",
         "-subj", "/O=Northfield Water/CN=Northfield CA")
    for name, subject, use in (
        ("server", "/O=Northfield Water/CN=vpn.northfield.example", "serverAuth"),
        ("client", "/O=Integrator/CN=maint-laptop", "clientAuth"),
    ):
        _ssl(folder, "req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        (folder / "use").write_text(f"keyUsage=digitalSignature\nextendedKeyUsage={use}\n")
        _ssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out",
             f"{name}.crt", "-days", "3650", "-extfile", "use")
    subprocess.run(["openvpn", "--genkey", "secret", "shared.key"], cwd=folder, check=True)


def _session(folder: Path, protocol: str, port: int, wrap: str) -> None:
    """One client comes, is let in, sends some data and leaves."""
    common = ["openvpn", "--dev", "null", "--ca", "ca.crt", "--tls-version-max", "1.2",
              "--ifconfig-noexec", "--route-noexec", "--ping", "1", "--verb", "1", "--data-ciphers", "AES-256-GCM"]
    shared = [f"--{wrap}", "shared.key"] if wrap else []
    listens = protocol if protocol == "udp" else "tcp-server"
    calls = protocol if protocol == "udp" else "tcp-client"
    server = [*common, "--proto", listens, "--local", "127.0.0.1", "--lport", str(port), "--tls-server", "--dh", "none",
              "--cert", "server.crt", "--key", "server.key", *shared, *(["0"] if wrap == "tls-auth" else [])]
    client = [*common, "--proto", calls, "--remote", "127.0.0.1", str(port), "--nobind", "--tls-client", "--remote-cert-tls", "server",
              "--cert", "client.crt", "--key", "client.key", *shared, *(["1"] if wrap == "tls-auth" else []), "--explicit-exit-notify"]
    if protocol != "udp":
        client.remove("--explicit-exit-notify")
    with subprocess.Popen(server, cwd=folder) as listening:
        time.sleep(1.0)
        with subprocess.Popen(client, cwd=folder) as calling:
            time.sleep(6.0)
            calling.terminate()
        time.sleep(0.5)
        listening.terminate()


def openvpn(record: Record, target: Path) -> None:
    def act() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _certificates(folder)
            _session(folder, "udp", 1194, "tls-auth")
            _session(folder, "tcp", 1194, "")
            _session(folder, "udp", 1195, "tls-crypt")

    record(target, "port 1194 or port 1195", act)
