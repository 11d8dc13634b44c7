"""Syslog messages (RFC 5424 over UDP)."""

from __future__ import annotations

import datetime
import socket

from ..plan import DOMAIN, ip_of

FACILITY_LOCAL0, NOTICE = 16, 5


def send(world, actor: str, text: str, target: str = "alarm-server", severity: int = NOTICE) -> None:
    """One message, with plant time; nobody answers."""
    at = datetime.datetime.fromtimestamp(world.plant_time(), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    message = f"<{FACILITY_LOCAL0 * 8 + severity}>1 {at} {actor}.{DOMAIN} device - - - {text}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(message.encode(), (ip_of(target), 514))
