"""Beckhoff ADS: index groups and offsets with their lengths, data, results, states, handles, the ends of each message."""

from tshark import fields, first, number

PROTOCOLS = {"ads": {"filter": "ams", "layers": ["ams"], "messages": ["ads"]}}
NUMBERS = {"ads_indexgroup": "index_group", "ads_indexoffset": "index_offset", "adsresult": "result", "ads_notificationhandle": "handle",
           "ads_devicestate": "device_state", "ads_maxdelay": "delay_100ns", "ads_cycletime": "cycle_100ns"}
TEXTS = {"ads_devicename": "device"}


def theirs(layers):
    for layer in layers:
        yield "target", f"{first(layer, 'ams.targetnetid')}:{first(layer, 'ams.targetport')}"
        yield "source", f"{first(layer, 'ams.sendernetid')}:{first(layer, 'ams.senderport')}"
        for name, own in NUMBERS.items():
            yield from ((own, number(shown)) for shown in fields(layer, f"ams.{name}"))
        for name, own in TEXTS.items():
            yield from ((own, shown) for shown in fields(layer, f"ams.{name}"))
        if first(layer, "ams.ads_versionversion") is not None:
            yield "version", ".".join(str(number(first(layer, f"ams.ads_version{part}"))) for part in ("version", "revision", "build"))


def ours(message):
    yield from ((name, message[name]) for name in ("target", "source", "version", *NUMBERS.values(), *TEXTS.values()) if name in message)
