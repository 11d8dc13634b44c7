"""An office PC: names, web pages, the file server over TLS, a backup over SSH."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import time
import urllib.request
import zlib

import paramiko

from .. import clock
from ..devices.web import SSH_PASSWORD, SSH_USER
from ..plan import BY_NAME, ip_of
from .layer2 import mdns_announce, mdns_query, nbns_announce
from .names import lookup

PAGES = ("/shift/plan.html", "/reports/week10.csv", "/lab/samples.csv", "/news.html")


def wait_for_lease(ip: str) -> None:
    """Wait until DHCP has given this host its address."""
    for _ in range(200):
        shown = subprocess.run(["ip", "-4", "addr", "show", "dev", "eth0"], capture_output=True, text=True)
        if f"inet {ip}/" in shown.stdout:
            return
        time.sleep(0.2)
    raise RuntimeError(f"no lease for {ip}")


def browse(path: str) -> None:
    """One page of the file server over HTTP."""
    address = lookup("files.northfield.example")
    request = urllib.request.Request(f"http://{address}{path}", headers={
        "Host": "files.northfield.example", "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"})
    urllib.request.urlopen(request, timeout=5).read()


def browse_tls(name: str, address: str) -> None:
    """One page over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    request = f"GET /r HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    with (socket.create_connection((address, 443), 5) as raw,
          context.wrap_socket(raw, server_hostname=name) as connection):
        connection.sendall(request.encode())
        while connection.recv(4096):
            continue


def backup() -> None:
    """One command on the file server over SSH."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(ip_of("srv-files"), username=SSH_USER, password=SSH_PASSWORD, timeout=8,
                   allow_agent=False, look_for_keys=False)
    client.exec_command("tar -c /reports")[1].read()
    client.close()


def main(name: str) -> None:
    """A morning at the desk, until ended."""
    host, rng = BY_NAME[name], random.Random(zlib.crc32(name.encode()))
    wait_for_lease(host.lease)
    nbns_announce(host.hostname, host.lease, "10.20.40.255")
    mdns_announce(host.hostname, host.lease)
    turn = 0
    while True:
        try:
            browse(rng.choice(PAGES))
            if turn % 3 == 1:
                browse_tls("files.northfield.example", ip_of("srv-files"))
            if turn % 4 == 2 and name == "pc-manager":
                backup()
            if turn % 5 == 3:
                mdns_query(host.lease, "_ipp._tcp.local.")
            if turn % 4 == 3:
                lookup("intranet.northfield.example")
        except (OSError, paramiko.SSHException) as error:
            print(error)
        turn += 1
        clock.sleep(rng.uniform(120, 260))
