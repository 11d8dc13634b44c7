"""HTTP and HTTPS servers (http.server, ssl): a controller's page, the works' servers, and those outside."""

from __future__ import annotations

import base64
import datetime
import json
import socketserver
import ssl
import tempfile
import threading
from email.utils import formatdate
from http.server import ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...devices.web import Handler as Plain
from ..plan import BY_NAME, DOMAIN, OUTSIDE_HOSTS
from . import smtp
from .infra import OUTSIDE_NAMES

ACCOUNTS = {("service", "intake-1")}
PATTERN = bytes(range(32, 127)) * 8
SIZE_MAX = 400_000


class Handler(Plain):
    """`world` and `name` are set in a subclass for each machine."""

    sys_version = ""
    wbufsize = -1  # head and body leave together
    world, name = None, ""

    def date_time_string(self, timestamp=None):
        """Date header in plant time."""
        return formatdate(self.world.plant_time(), usegmt=True)

    def taken(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))


class ControllerPage(Handler):
    """Diagnostics page of a controller behind HTTP Basic; takes firmware, too."""

    server_version = "Schneider-WEB/V2.1.4"

    def _let_in(self) -> bool:
        told = self.headers.get("Authorization", "")
        if told.startswith("Basic ") and tuple(base64.b64decode(told[6:]).decode().split(":", 1)) in ACCOUNTS:
            return True
        realm = BY_NAME[self.name].identity.order_number
        self.answer(401, b"<h1>Unauthorized</h1>", WWW_Authenticate=f'Basic realm="{realm}"')
        return False

    def do_GET(self):  # noqa: N802
        """The page, or a demand for credentials."""
        if self._let_in():
            known = BY_NAME[self.name].identity
            state = "RUN" if self.world.water.running[self.name] else "STOP"
            rows = {"Vendor": known.vendor, "Product": known.order_number, "Firmware": known.firmware, "CPU": state}
            table = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows.items())
            self.answer(200, f"<html><head><title>{known.model} {known.order_number}</title></head><body>"
                             f"<h1>{self.name}</h1><table>{table}</table></body></html>\n".encode())

    def do_POST(self):  # noqa: N802
        """Takes what is sent to those who may."""
        size = len(self.taken())
        if self._let_in():
            self.answer(200, f"{size} bytes received\n".encode(), "text/plain")


class Files(Handler):
    """A file server: every path has a file, made of its own name; its size can be asked for with ?size=."""

    server_version = "nginx/1.22.1"

    def do_GET(self):  # noqa: N802
        """A file, or 404 below /missing."""
        path, _, query = self.path.partition("?")
        if path.startswith("/missing"):
            self.answer(404, b"not found\n", "text/plain")
            return
        size = min(int(query.removeprefix("size=")), SIZE_MAX) if query.startswith("size=") else 900
        body = (f"{path}\n".encode() + PATTERN * (size // len(PATTERN) + 1))[:size]
        self.answer(200, body, "text/html" if path.endswith((".html", "/")) else "application/octet-stream")

    def do_POST(self):  # noqa: N802
        """Takes a report."""
        self.taken()
        self.answer(201, b"stored\n", "text/plain")

    do_PUT = do_POST  # noqa: N815


class Orders(Files):
    """The manufacturing execution system: files, and orders by a small API."""

    server_version = "Microsoft-IIS/10.0"

    def do_GET(self):  # noqa: N802
        """The current order, or a file."""
        if self.path.startswith("/api/orders"):
            tags = self.world.water.tags
            order = {"order": f"NF-{int(self.world.plant_time() // 86_400)}", "rate": round(tags["filling.rate_sp"]),
                     "filled": round(tags["filling.total"])}
            self.answer(200, json.dumps(order).encode() + b"\n", "application/json")
            return
        super().do_GET()


class Updates(Files):
    """The update server of the DMZ."""

    server_version = "Microsoft-IIS/10.0"


KINDS = {"plc-intake": ControllerPage, "mes": Orders, "update": Updates}


class Server(ThreadingHTTPServer):
    """A server whose failed connections are not worth a word."""

    request_queue_size = 128

    def server_bind(self):
        """Without asking anybody for the address's name, as the standard's server does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """Scanners hang up."""


def serve(world, name: str, part: str) -> None:
    """Answer until the process ends: `web` a controller's page, `http` files, `tls` files over HTTPS."""
    server = _server(world, name, BY_NAME[name].ip, 443 if part == "tls" else 80)
    if part == "tls":
        _secure(server, context(world, [f"{name}.{DOMAIN}", name], "Northfield Water Issuing CA"))
    server.serve_forever()


def _server(world, name: str, ip: str, port: int) -> Server:
    handler = type("Bound", (KINDS.get(name, Files),), {"world": world, "name": name})
    return Server((ip, port), handler)


def _secure(server: Server, secure: ssl.SSLContext) -> None:
    """TLS is spoken in the connection's own thread, so that nobody waits for another's handshake."""
    plain = server.RequestHandlerClass

    class Secure(plain):
        """As without TLS."""

        def setup(self):
            """Handshake first."""
            self.request = secure.wrap_socket(self.request, server_side=True)
            super().setup()

    server.RequestHandlerClass = Secure


def serve_outside(world) -> None:
    """HTTP, HTTPS and SMTP on every address outside; does so once, and returns when they listen."""
    if world.state.setdefault("outside", False):
        return
    world.state["outside"] = True
    starter = threading.Thread(target=_start_outside, args=(world,), daemon=True)
    starter.start()
    starter.join()


def _start_outside(world) -> None:
    world.network.enter("outside")
    for name, ip in OUTSIDE_HOSTS.items():
        names = [outside for outside, host in OUTSIDE_NAMES.items() if host == name]
        secured = _server(world, name, ip, 443)
        _secure(secured, context(world, names, "Example Trust Services R1"))
        sink = smtp.Sink(world, (ip, 25), names[0], relay=False)
        for server in (_server(world, name, ip, 80), secured, sink):
            threading.Thread(target=server.serve_forever, daemon=True).start()


def context(world, names: list[str], issuer: str | None = None) -> ssl.SSLContext:
    """A server's TLS context: a certificate for `names`, by an issuer or self-signed, valid around plant time."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.maximum_version = ssl.TLSVersion.TLSv1_2  # certificates stay readable
    made.set_alpn_protocols(["http/1.1"])
    with tempfile.TemporaryDirectory() as folder:
        made.load_cert_chain(*certificate(world, Path(folder), names, issuer))
    return made


def certificate(world, folder: Path, names: list[str], issuer: str | None) -> tuple[Path, Path]:
    """Files of a certificate and its key; both depend on the run's seed only."""
    key, signer = (_key(world, text) for text in (names[0], issuer or names[0]))
    start = datetime.datetime.fromtimestamp(world.epoch // 86_400 * 86_400, datetime.UTC)
    serial = world.theatre.random("serial", names[0]).getrandbits(96) | 1 << 96
    builder = (x509.CertificateBuilder().subject_name(_called(names[0])).issuer_name(_called(issuer or names[0]))
               .public_key(key.public_key()).serial_number(serial)
               .not_valid_before(start - datetime.timedelta(days=90))
               .not_valid_after(start + datetime.timedelta(days=640))
               .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False))
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return files


def _key(world, name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(world.theatre.random("key", name).getrandbits(250) | 1, ec.SECP256R1())


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
