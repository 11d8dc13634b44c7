"""Mail (smtplib) through the company's server."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate

from ..plan import DOMAIN, ip_of

TIMEOUT_S = 0.5


class Refused(RuntimeError):
    """The server does not take it."""


def send(world, actor: str, to: str, subject: str, size: int = 2000, target: str = "mail") -> None:
    """One mail of about `size` octets; `to` is an address, or a name of the company."""
    message = EmailMessage()
    sender = f"{actor}@{DOMAIN}"
    message["From"], message["To"], message["Subject"] = sender, to if "@" in to else f"{to}@{DOMAIN}", subject
    message["Date"] = formatdate(world.plant_time())
    message["Message-ID"] = f"<{world.theatre.random('mail', actor, world.theatre.now).getrandbits(64):016x}@{DOMAIN}>"
    message.set_content("All as planned.\n" * max(size // 16, 1))
    try:
        with smtplib.SMTP(ip_of(target), 25, f"{actor}.{DOMAIN}", timeout=TIMEOUT_S) as client:
            client.send_message(message)
    except smtplib.SMTPServerDisconnected as error:
        raise TimeoutError(f"{target} hung up") from error
    except smtplib.SMTPException as error:
        raise Refused(str(error)) from error
