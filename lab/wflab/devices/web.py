"""HTTP, TLS and SSH servers (http.server, ssl, paramiko)."""

from __future__ import annotations

import base64
import datetime
import socket
import ssl
import tempfile
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paramiko

from .. import clock

PLC_USER, PLC_PASSWORD = "maint", "Kingfisher-42"  # made up for the demo
SSH_USER, SSH_PASSWORD = "backup", "not-a-real-password"


class Handler(BaseHTTPRequestHandler):
    """Common answers; the time told is plant time."""

    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp=None):
        """Date header in plant time."""
        return formatdate(clock.plant_time(), usegmt=True)

    def log_message(self, *args):
        """Quiet."""

    def answer(self, status: int, body: bytes, kind: str = "text/html", **headers: str) -> None:
        """Send one complete response."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class PlcPage(Handler):
    """Diagnostics page of plc-intake behind HTTP Basic."""

    server_version = "Schneider-WEB"
    sys_version = "V2.1.4"

    def do_GET(self):  # noqa: N802
        """The page, or a demand for credentials."""
        wanted = base64.b64encode(f"{PLC_USER}:{PLC_PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self.answer(401, b"<h1>Unauthorized</h1>", WWW_Authenticate='Basic realm="BMX P34 2020"')
            return
        self.answer(200, b"<html><title>BMX P34 2020</title><body>CPU: RUN</body></html>")


class FilePage(Handler):
    """The works' file server."""

    server_version = "nginx/1.22.1"
    sys_version = ""

    def do_GET(self):  # noqa: N802
        """A file made of its own name."""
        if self.path.startswith("/missing"):
            self.answer(404, b"not found\n", "text/plain")
            return
        self.answer(200, f"report {self.path}\n".encode() * 12, "text/plain")

    def do_PUT(self):  # noqa: N802
        """Take a report."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(201, b"", "text/plain")


def serve_plc_page() -> None:
    """Web page of plc-intake."""
    ThreadingHTTPServer(("0.0.0.0", 80), PlcPage).serve_forever()


def serve_files() -> None:
    """HTTP side of srv-files."""
    ThreadingHTTPServer(("0.0.0.0", 80), FilePage).serve_forever()


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for `name`, valid around plant time."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime.fromtimestamp(clock.EPOCH, datetime.UTC)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(start - datetime.timedelta(days=30))
               .not_valid_after(start + datetime.timedelta(days=700))
               .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False))
    certificate, private = folder / "cert.pem", folder / "key.pem"
    encoding = serialization.Encoding.PEM
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(encoding))
    private.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()))
    return certificate, private


def serve_tls(name: str = "files.northfield.example") -> None:
    """HTTPS with a self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(*make_certificate(Path(folder), name))
    server = ThreadingHTTPServer(("0.0.0.0", 443), FilePage)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


class BackupShell(paramiko.ServerInterface):
    """Lets the backup account run one command."""

    def check_auth_password(self, username, password):
        """One made-up account."""
        good = (username, password) == (SSH_USER, SSH_PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        """Sessions only."""
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        """Answer with the command's name."""
        def reply():
            channel.send(b"ok " + command + b"\n")
            channel.send_exit_status(0)
            channel.close()
        threading.Timer(0.05, reply).start()
        return True


def serve_ssh() -> None:
    """SSH side of srv-files."""
    key = paramiko.ECDSAKey.generate(bits=256)
    listener = socket.create_server(("0.0.0.0", 22))
    while True:
        connection, _ = listener.accept()
        transport = paramiko.Transport(connection)
        transport.local_version = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"
        transport.add_server_key(key)
        try:
            transport.start_server(server=BackupShell())
        except (paramiko.SSHException, EOFError):
            continue
