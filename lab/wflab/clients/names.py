"""Name lookups (dnspython)."""

from __future__ import annotations

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from ..plan import ip_of


def lookup(name: str, kind: str = "A") -> str | None:
    """Last address in the answer of the plant's name server."""
    query = dns.message.make_query(name, kind, use_edns=0)
    try:
        answer = dns.query.udp(query, ip_of("srv-infra"), timeout=3)
    except (dns.exception.DNSException, OSError):
        return None
    found = [str(item) for record in answer.answer for item in record
             if record.rdtype == dns.rdatatype.A]
    return found[-1] if found else None
