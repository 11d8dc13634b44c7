"""Web clients (http.client, ssl): pages, files, what is sent, directly or by the proxy."""

from __future__ import annotations

import base64
import http.client
import ssl

from ..plan import DOMAIN, OUTSIDE_HOSTS, ip_of

TIMEOUT_S = 0.5
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


class Refused(RuntimeError):
    """The server answered with an error."""


def _trusting() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.set_alpn_protocols(["http/1.1"])
    return made


TRUSTING = _trusting()


class _Named(http.client.HTTPSConnection):
    """TLS to an address, in the name of a host."""

    named = ""

    def connect(self):
        """As usual, with the name in the hello."""
        http.client.HTTPConnection.connect(self)
        self.sock = TRUSTING.wrap_socket(self.sock, server_hostname=self.named)


def _name(target: str) -> str:
    return target if target in OUTSIDE_HOSTS else f"{target}.{DOMAIN}"


def _asked(connection: http.client.HTTPConnection, method: str, path: str, host: str, body: bytes | None = None,
           user: tuple[str, str] | None = None, agent: str = AGENT) -> bytes:
    headers = {"Host": host, "User-Agent": agent, "Accept": "*/*", "Connection": "close"}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(user).encode()).decode()
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        told = answer.read()
    except http.client.HTTPException as error:
        raise TimeoutError(f"no answer to {method} {path}: {error!r}") from error
    finally:
        connection.close()
    if answer.status >= 400:
        raise Refused(f"{method} {path}: {answer.status} {answer.reason}")
    return told


def get(world, actor: str, target: str, path: str, port: int = 80, user: tuple[str, str] | None = None) -> bytes:
    """A page."""
    connection = http.client.HTTPConnection(ip_of(target), port, timeout=TIMEOUT_S)
    return _asked(connection, "GET", path, ip_of(target), user=user)


def post(world, actor: str, target: str, path: str, size: int = 200, port: int = 80,
         user: tuple[str, str] | None = None, data: bytes | None = None, **told) -> bytes:
    """Send something; made up unless `data` is given. Told as an act."""
    body = data if data is not None else world.theatre.random("post", actor, path, size).randbytes(size)
    connection = http.client.HTTPConnection(ip_of(target), port, timeout=TIMEOUT_S)
    connection.connect()
    world.act("http", "post", "write", target, ip_of(target) + path, port=port, **told)
    return _asked(connection, "POST", path, ip_of(target), body, user)


def download(world, actor: str, target: str, path: str, size: int = 60_000) -> bytes:
    """A file of that size."""
    connection = http.client.HTTPConnection(ip_of(target), 80, timeout=TIMEOUT_S)
    return _asked(connection, "GET", f"{path}?size={size}", _name(target),
                  agent="Microsoft-Delivery-Optimization/10.1")


def tls_get(world, actor: str, target: str, path: str, size: int = 0) -> bytes:
    """A page over HTTPS; with a size something is sent instead. What is said inside TLS is no act."""
    connection = _Named(ip_of(target), 443, timeout=TIMEOUT_S, context=TRUSTING)
    connection.named = _name(target)
    body = world.theatre.random("tls", actor, path, size).randbytes(size) if size else None
    return _asked(connection, "POST" if body else "GET", path, connection.named, body)


def via_proxy(world, actor: str, host: str, path: str = "/", secure: bool = True) -> bytes:
    """A page of a host outside, by the proxy: a tunnel for HTTPS, the whole address for HTTP."""
    proxy = ip_of("proxy")
    if not secure:
        return _asked(http.client.HTTPConnection(proxy, 3128, timeout=TIMEOUT_S), "GET", f"http://{host}{path}", host)
    connection = _Named(proxy, 3128, timeout=TIMEOUT_S, context=TRUSTING)
    connection.named = host
    connection.set_tunnel(host, 443, {"User-Agent": AGENT})
    try:
        connection.connect()
    except http.client.HTTPException as error:
        raise TimeoutError(str(error)) from error
    return _asked(connection, "GET", path, host)
