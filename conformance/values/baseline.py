"""Values in the logs that Zeek with ICSNPP keeps of the same captures: Modbus registers and bits, DNP3 controls, BACnet properties,
phasors."""

import cmath
import math
import re
from collections import Counter
from pathlib import Path

from common import plain, real

LOGS = [
    ("modbus", "cisagov+icsnpp-modbus/analyzer.basic/modbus_detailed.log", "cisagov+icsnpp-modbus/testing/traces/modbus_example.pcap"),
    ("dnp3", "cisagov+icsnpp-dnp3/analyzer.basic/dnp3_control.log", "cisagov+icsnpp-dnp3/testing/traces/dnp3_example.pcap"),
    ("bacnet", "cisagov+icsnpp-bacnet/analyzer.basic/bacnet_property.log", "cisagov+icsnpp-bacnet/testing/traces/bacnet_example.pcap"),
    ("bacnet", "cisagov+icsnpp-bacnet/analyzer.services/bacnet_property.log", "cisagov+icsnpp-bacnet/testing/traces/bacnet_services.pcap"),
]
LOGS += [
    ("synchrophasor", f"cisagov+icsnpp-synchrophasor/analyzer.{name}/synchrophasor_data_detail.log",
     f"cisagov+icsnpp-synchrophasor/tests/traces/C37.118_{name}.pcap")
    for name in ("1PMU_TCP", "1PMU_UDP", "2PMUsInSync_TCP", "4in1PMU_TCP")
]


def rows(path: Path):
    names = []
    for line in path.read_text().splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#") and names:
            yield {name: cell for name, cell in zip(names, line.split("\t")) if cell not in ("-", "(empty)", "")}


def modbus_log(row):
    wrote = row.get("func", "").startswith("WRITE")
    values = row.get("request_values" if wrote else "response_values", "")
    yield from ((int(row["address"]) + at, int(value)) for at, value in enumerate(values.split(",")) if value and "address" in row)


def modbus(message):
    start = message.get("address") if not message["response"] else message.get("request_address")
    if message["function"] in (22, 23) or start is None:
        return
    for at, value in enumerate(message.get("registers", message.get("bits", [message["value"]] if "value" in message else []))):
        yield start + at, value if message["function"] != 5 else int(value == 0xFF00)


def dnp3_log(row):
    yield tuple(int(row[name]) for name in ("index_number", "execute_count", "on_time", "off_time"))


def dnp3(message):
    for point in message.get("points", []):
        if "code" in point and "index" in point:
            yield point["index"], point["count"], point["on_ms"], point["off_ms"]


def bacnet_log(row):
    if row.get("pdu_service") == "read-property-ack" and "value" in row and row["property"] in SCALARS and "XXXX" not in row["value"]:
        yield plain(row["property"]), told(row["value"])


def bacnet(message):
    value = message.get("value")
    if (message.get("service"), message.get("apdu_type")) == (12, 3) and not isinstance(value, list) and value not in (None, ""):
        name = message["property_identifier"].replace("_", "-")
        if name in SCALARS:
            yield plain(name), told(value)


def told(value) -> str:
    text = str(value).lower()
    return real(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else plain(text)


SCALARS = {"object-name", "units", "event-state", "out-of-service", "model-name", "firmware-revision",
           "application-software-version", "location", "description", "vendor-name", "reliability", "system-status"}
def synchrophasor_log(row):
    if "est_polar_magnitude" not in row:
        return
    lists = [[float(part) for part in row[name].split(",")] for name in PHASORS]
    for real_part, imaginary, size, angle in zip(*lists):
        whole = complex(real_part, imaginary) or cmath.rect(size, angle)
        yield real(abs(whole)), f"{math.degrees(cmath.phase(whole)) + 0.0:.1f}"


def synchrophasor(message):
    values = [item for item in message.get("values", []) if message["frame_type"] == 0 and item["point"].endswith((" magnitude", " angle"))]
    yield from ((real(size["value"]), f"{angle['value'] + 0.0:.1f}") for size, angle in zip(values[::2], values[1::2]))


PHASORS = ("est_rectangular_real", "est_rectangular_imaginary", "est_polar_magnitude", "est_polar_angle")
READERS = {"modbus": (modbus_log, modbus), "dnp3": (dnp3_log, dnp3), "bacnet": (bacnet_log, bacnet), "synchrophasor": (synchrophasor_log, synchrophasor)}


def compare(program: str, folder: Path, wanted: set[str], decoded, show: int) -> dict[str, Counter]:
    """Counts by log: a capture's values as one multiset, since the logs' times are blanked."""
    result = {}
    for protocol, log, capture in LOGS:
        path = folder / "baseline" / log
        if protocol not in wanted or not path.exists() or not (folder / capture).exists():
            continue
        of_log, of_message = READERS[protocol]
        theirs = Counter(value for row in rows(path) for value in of_log(row))
        ours = Counter(value for message in decoded(program, folder / capture, {protocol})[protocol] for value in of_message(message))
        missing, extra = theirs - ours, ours - theirs
        equal = (theirs & ours).total()
        result[f"{Path(capture).name} {Path(log).name}"] = Counter(compared=equal + max(missing.total(), extra.total()), equal=equal)
        if show and (missing or extra):
            print(f"{log}: theirs {list(missing.items())[:show]} ours {list(extra.items())[:show]}")
    return result
