"""PROFINET DCP: blocks with option and suboption, names, addresses, vendor and device ids, errors."""

from tshark import fields, number

PROTOCOLS = {"profinet_dcp": {"filter": "pn_dcp", "layers": ["pn_dcp"], "messages": ["profinet_dcp"]}}
TEXTS = {"suboption_device_nameofstation": "name_of_station", "suboption_device_devicevendorvalue": "vendor"}
ADDRESSES = {"suboption_ip_ip": "ip", "suboption_ip_subnetmask": "mask", "suboption_ip_standard_gateway": "gateway"}
NUMBERS = {"suboption_vendor_id": "vendor_id", "suboption_device_id": "device_id", "suboption_device_role": "role"}


def theirs(layers):
    for layer in layers:
        for block in layer.iter("field"):
            if block.get("name") == "pn_dcp.block":
                # A station's name holds no blank (IEC 61158-6-10, clause 4.3): one at its end is padding.
                for name, own in TEXTS.items():
                    yield from ((own, shown.rstrip(" ")) for shown in fields(block, f"pn_dcp.{name}"))
                for name, own in ADDRESSES.items():
                    yield from ((own, shown) for shown in fields(block, f"pn_dcp.{name}"))
                for name, own in NUMBERS.items():
                    yield from ((own, number(shown)) for shown in fields(block, f"pn_dcp.{name}"))
                yield from (("error", number(shown)) for shown in fields(block, "pn_dcp.block_error"))


def ours(message):
    for block in message.get("blocks", []):
        if block["name"] in TEXTS.values():
            yield block["name"], block["value"]
        yield from ((name, block[name]) for name in (*ADDRESSES.values(), *NUMBERS.values(), "error") if name in block)
