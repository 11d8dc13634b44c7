"""A log-in to the web page of plc-intake with HTTP Basic: name and password in clear text."""

from __future__ import annotations

import base64
import http.client

from .. import clock
from ..devices.web import PLC_PASSWORD, PLC_USER
from ..plan import ip_of


def main() -> None:
    """Refused once without, then let in with credentials."""
    token = base64.b64encode(f"{PLC_USER}:{PLC_PASSWORD}".encode()).decode()
    for headers in ({}, {"Authorization": f"Basic {token}"}):
        connection = http.client.HTTPConnection(ip_of("plc-intake"), timeout=5)
        connection.request("GET", "/index.htm", headers={"User-Agent": "Mozilla/5.0", **headers})
        connection.getresponse().read()
        connection.close()
        clock.sleep(5)
