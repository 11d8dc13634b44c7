"""Values in one form on both sides."""

import re
import struct

DIGITS_OF_FLOAT = 7
FLOAT_MAX = 3e38
MONTHS = {name: at + 1 for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}


def real(value: float | str | None) -> str | None:
    """A number as text, with the digits that a float holds on any side."""
    try:
        if value is None:
            return None
        number = float(value) + 0.0
        # A float in few digits is the same float: brought to its nearest single, both sides round alike.
        single = struct.unpack("f", struct.pack("f", number))[0] if abs(number) < FLOAT_MAX else number
        return f"{single + 0.0:.{DIGITS_OF_FLOAT - 1}g}"
    except ValueError:
        return str(value)


def shown_real(value: float | str | None) -> str | None:
    """A float with the digits that are left where tshark rounds it."""
    return None if value is None else f"{float(value) + 0.0:.5g}"


def float_of(hexed: str, order: str = "<") -> str | None:
    """The float in these bytes."""
    octets = bytes.fromhex(hexed)
    kind = {4: "f", 8: "d"}.get(len(octets))
    return real(struct.unpack(order + kind, octets)[0]) if kind else None


def moment(text: str | None) -> str | None:
    """A time to the millisecond: `Aug 13, 2009 19:23:00.008000000 UTC` and `2009-08-13T19:23:00.008Z` alike."""
    if not text:
        return None
    shown = re.match(r"(\w{3}) +(\d+), (\d{4}) (\d\d:\d\d:\d\d)(\.\d+)?", text)
    if shown:
        month, day, year, clock, fraction = shown.groups()
        text = f"{year}-{MONTHS[month]:02}-{int(day):02}T{clock}{fraction or ''}"
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<3.3}"


def plain(text: str | None) -> str | None:
    """A name without case and punctuation: `Analog Input (Present-Value)` is `analoginputpresentvalue`."""
    return None if text is None else re.sub(r"[^a-z0-9]", "", text.lower())


def of(element, name: str) -> str | None:
    """What is shown of the field of this name right below `element`."""
    return next((child.get("show") for child in element if child.get("name") == name and child.get("hide") != "yes"), None)


def below(element, name: str):
    """The first field of this name anywhere below `element`."""
    return next((child for child in element.iter("field") if child.get("name") == name and child.get("hide") != "yes"), None)
