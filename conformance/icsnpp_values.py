"""When a value of ICSNPP and one of ours are the same, and the conversions of the tables."""

import datetime
import re
import struct


def masked(text: str) -> bool:
    """The baselines hide times."""
    return "XXXXXX" in text


class Alike:
    """`-`, `(empty)` and nothing are one; numbers are equal as numbers, also in brackets behind a name; names by their letters and digits; lists item by item."""

    def plain(self, value: object) -> object:
        if value is None:
            return ""
        if isinstance(value, bool):
            return 1 if value else 0
        if isinstance(value, float):
            return self.number(value)
        if isinstance(value, int):
            return value
        if isinstance(value, list):
            return ",".join(str(self.plain(v)) for v in value)
        text = str(value).strip()
        if text in ("-", "(empty)", "nan"):
            return ""
        if text in ("T", "F"):
            return int(text == "T")
        if coded := re.search(r"\((0x[0-9a-fA-F]+|\d+)\)(?: \((?:Source|Destination)\))?$", text):
            return int(coded[1], 16 if coded[1].startswith("0x") else 10)
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
            return int(text, 16)
        if re.fullmatch(r"-?\d+\.\d+([eE][+-]?\d+)?|-?\d+[eE][+-]?\d+", text):
            return self.number(float(text))
        if "," in text:
            return ",".join(str(self.plain(part)) for part in text.split(","))
        return re.sub(r"[^a-z0-9]", "", text.lower()) or text

    @staticmethod
    def number(value: float) -> object:
        return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.7g}")

    def __call__(self, their: str, our: object) -> bool:
        a, b = self.plain(their), self.plain(our)
        if a == b:
            return True
        pair = [self.plain(part) for part in str(their).split(",")], our if isinstance(our, list) else str(our).split(",")
        if len(pair[0]) == len(pair[1]):
            return all(near(x, self.plain(y)) for x, y in zip(*pair))
        return False


def near(a: object, b: object) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or abs(a - b) <= 2e-5 * max(abs(a), abs(b)) or abs(a - b) < 1e-6
    return a == b


alike = Alike()


STATUS_FLAGS = ("in_alarm", "fault", "overridden", "out_of_service")
BACNET_NUMBERS = {"inactive": 0, "active": 1, "normal": 0, "reverse": 1}


def bacnet(value: object, row: dict, _: str) -> object:
    """Values as ICSNPP prints them: flags as T and F up to whole octets, some enumerations as numbers, dates and times."""
    inner = row.get("in", {})
    about = inner.get("property_identifier") or row.get("property_identifier") or row["message"].get("property_identifier")
    if "error_class" in row and row.get("error_class") == value and "in" in row:
        return "PropertyError"
    if isinstance(value, list):
        value = "".join("10"[flag not in value] for flag in STATUS_FLAGS)
    text = str(value)
    if value == "null":
        return None
    if about in ("present_value", "polarity", "relinquish_default") and text in BACNET_NUMBERS:
        return BACNET_NUMBERS[text]
    if date := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        return f"{int(date[2])}/{int(date[3])}/{date[1]}"
    if time := re.fullmatch(r"(\d\d):(\d\d):(\d\d)\.(\d\d)", text):
        return ":".join(str(int(part)) for part in time.groups()[:3]) + f".{int(time[4])}"
    if re.fullmatch(r"[01]{4}|[01]{9,}", text) and isinstance(value, str):
        return text.ljust(-(-len(text) // 8) * 8, "0").replace("0", "F").replace("1", "T")
    return value


def turned(uuid: str | None) -> str | None:
    """An identifier whose first three parts stand the other way round, as ICSNPP takes those of little-endian messages."""
    parts = (uuid or "").split("-")
    return uuid and "-".join([*(bytes.fromhex(p)[::-1].hex() for p in parts[:3]), *parts[3:]])


def node_id(text: str | None, part: str) -> object:
    """A part of a node's identifier in the text form of OPC 10000-6, 5.1.12."""
    if text is None:
        return None
    found = dict(step.split("=", 1) for step in re.split(r";(?=[a-z]+=)", text) if "=" in step)
    space, number = int(found.get("ns", 0)), int(found["i"]) if "i" in found else None
    if number is not None:
        mask = 0 if space == 0 and number < 256 else 1 if space < 256 and number < 65536 else 2
    else:
        mask = next((code for code, kind in ((3, "s"), (4, "g"), (5, "b")) if kind in found), None)
    parts = {"mask": mask, "ns": None if mask == 0 else space, "numeric": number, "string": found.get("s"), "guid": turned(found.get("g"))}
    return (parts | {"opaque": found.get("b"), "uri": found.get("nsu"), "server": found.get("svr")})[part]


def qualified(text: str | None, part: str) -> object:
    """Namespace and name of `1:Pump`; without a number the namespace is 0."""
    if text is None:
        return None
    space, colon, name = text.partition(":")
    if not (colon and space.isdigit()):
        space, name = "", text
    return (space or part[1:2] or None) if part[0] == "0" else name or None


def text_of(code: str) -> str:
    """Bytes as Zeek writes them."""
    return "".join(chr(b) if 32 <= b < 127 and b != 92 else ("\\\\" if b == 92 else f"\\x{b:02x}") for b in bytes.fromhex(code))


def other_end(size: int):
    """Numbers that ICSNPP reads with their most significant byte first."""
    turn = lambda v: int.from_bytes(v.to_bytes(size, "little"), "big")
    return lambda v: None if v is None else [turn(x) for x in v] if isinstance(v, list) else turn(v)


CONVERT = {
    "length": lambda v: len(v) if isinstance(v, list) else v,
    "hexlength": lambda v: None if v is None else len(v) // 2,
    "bytes": lambda v: None if v is None else text_of(v),
    "bit": lambda v, at: None if v is None else bool(v >> int(at) & 1),
    "bits": lambda v, at: None if v is None else v >> int(at.split("-")[0]) & (1 << int(at.split("-")[1]) - int(at.split("-")[0]) + 1) - 1,
    "high": lambda v: None if v is None else v >> 8,
    "low": lambda v: None if v is None else v & 255,
    "hex": lambda v, digits="2": None if v is None else f"0x{v:0{digits}x}",
    "number": lambda v: None if v is None else int(str(v), 16),
    "word": lambda v, at: None if v is None else (str(v).split() + [""] * 9)[int(at)] or None,
    "present": lambda v: v is not None,
    "unless": lambda v, text: None if str(v) == text else v,
    "not": lambda v: None if v is None else not v,
    "min": lambda v: min(v) if v else None,
    "max": lambda v: max(v) if v else None,
    "sum": lambda v: sum(v) if v else None,
    "first": lambda v: v[0] if v else None,
    "join": lambda v, by: None if v is None else by.join(str(x) for x in v),
    "ones": lambda v: None if v is None else [int(bool(x)) for x in v] if isinstance(v, list) else int(bool(v)),
    "prefix": lambda v, text: None if v is None else text + str(v),
    "text": lambda v: None if v is None else str(v),
    "letters": lambda v: None if v is None else re.sub(r"[^A-Z].*", "", v),
    "digits": lambda v: None if v is None else re.sub(r"\D", "", v),
    "named": lambda v, name: next((item["value"] for item in v or () if item.get("name") == name), None),
    "nodeid": node_id,
    "qname": qualified,
    "one": lambda v: None if v is None else 1,
    "zero": lambda v: None if v is None else 0,
    "suffix": lambda v, text: None if v is None else v + text,
    "policy": lambda v: None if v is None else f"http://opcfoundation.org/UA/SecurityPolicy#{v}",
    "policylength": lambda v: None if v is None else len(f"http://opcfoundation.org/UA/SecurityPolicy#{v}"),
    "severity": lambda v: None if v is None else {"B": 2, "U": 1}.get(v[0], 0),
    "flag": lambda v, name: None if v is None else name in v,
    "apptype": lambda v: ["server", "client", "client_and_server", "discovery_server"].index(v) if v else None,
    "tokentype": lambda v: ["anonymous", "user_name", "certificate", "issued_token"].index(v) if v else None,
    "be16": other_end(2),
    "be32": other_end(4),
    "floatbits": lambda v: None if v is None else int.from_bytes(struct.pack("<f", v), "big"),
    "part": lambda v, at: None if v is None else (re.split(r"[.,]", v) + [None] * 3)[int(at)],
    "clock": lambda v, at: None if v is None else int(re.split(r"\D", v)[int(at)]),
    "epoch": lambda v: None if v is None else int(datetime.datetime.fromisoformat(v + "+00:00").timestamp()),
    "hexed": lambda v: None if v is None else v.encode().hex(),
    "logout": lambda v: "4C4F474F5554" if v == "logout" else None,
    "files": lambda v: v if v is None or v < 256 else other_end(2)(v),
    "fivebytes": lambda v: None if v is None else int(v[2:], 16),
    "bcd10": lambda v: None if v is None else int(f"{v:08x}", 16) and float(f"{v:08x}") / 10,
    "ones32": lambda v: v,
    "counted": lambda v, what: sum(x == what for x in v or ()),
    "zeros": lambda v: [0] * len(v or ()),
    "flags": lambda v, at: [bool(x.get("changed", 0) >> int(at) & 1) for x in v or ()],
    "equals": lambda v, what: [x == what for x in v or ()],
    "phunit": lambda v, part: [(round(x["scale"] * 1e5) & 255, round(x["scale"] * 1e5) >> 8)[int(part)] for x in v or () if "changed" not in x],
    "fnom": lambda v: int(v == 50),
    "lows": lambda v: [x & 255 for x in v or ()],
    "highs": lambda v: [x >> 8 for x in v or ()],
    "proprietary": lambda v: v.removeprefix("property_") if v else v,
    "swap": lambda v: None if v is None else int.from_bytes(int(v).to_bytes(2, "big"), "little"),
}
