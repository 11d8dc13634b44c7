"""plc-intake reaches for an Internet address over TLS, which a controller should never do."""

from __future__ import annotations

from .. import timeline
from ..plan import OUTSIDE_ADDRESS
from .office import browse_tls


def main() -> None:
    """Three short TLS connections."""
    for minute in timeline.BEACON:
        timeline.wait_until(minute)
        try:
            browse_tls("telemetry.example.net", OUTSIDE_ADDRESS)
        except OSError as error:
            print(error)
