"""Genisys, BSAP and ANSI C12.22 against the logs of ICSNPP, row by row: tshark knows two of them not at all.

    python3 conformance/icsnpp_bsap.py PROGRAM CAPTURES      skips without captures

Counts both sides' rows and those that are equal; what is theirs alone is explained in docs/protocols.
"""

import struct
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import run

GENISYS = {"poll": "Poll", "acknowledge": "Acknowledge Client", "indication_recall": "Recall Header", "indication_data": "Indication Data"}
TYPES = {0: "POLL", 1: "RESPONSECNT", 5: "RESPONSE", 6: "REQUEST"}
FUNCTIONS = {160: "RDB", 3: "PEI_PC"}
# Log, their rows that none of ours is equal to: answers to writes and the first of two answers, frames with a byte sent twice.
THEIRS_ALONE = {"bsap_ip_rdb answers": 3, "bsap_serial_header": 24, "bsap_serial_rdb requests": 0}


def rows(log: Path) -> list[dict[str, str]]:
    names, found = [], []
    for line in log.read_text(encoding="latin1").splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif not line.startswith("#"):
            found.append(dict(zip(names, line.split("\t"))) if names else dict(enumerate(line.split("\t"))))
    return found


def genisys(messages: list[dict], log: list[dict[str, str]]) -> Iterable[tuple[str, Counter, Counter]]:
    def ours(m: dict) -> tuple:
        payload = ",".join(f"{byte['address']}={byte['value']}" for byte in m.get("bytes", [])) or "-"
        return GENISYS.get(m["name"]), str(m["station"]), m["direction"], hex(m["check"]) if "check" in m else "-", payload

    names = ("header", "server", "direction", "crc_transmitted", "payload")
    yield "genisys", Counter(map(ours, messages)), Counter(tuple(row[name] for name in names) for row in log)


def listed(text: str) -> tuple[str, ...]:
    return () if text == "(empty)" else tuple(text.split(","))


def element(signal: dict) -> str:
    """A value as they write it: bytes in hexadecimal, the address behind."""
    address = struct.pack("<H", signal["address"]).hex().upper()
    if signal["type"] & 15 == 0:
        return f"0x{signal['type']:02X}{signal['value']:02X} Addr 0x{address}"
    plain = struct.pack("<f", signal["value"]).hex().upper()
    return f"Errdata 0x{plain[:4]} Errdata 0x{plain[4:]} Addr 0x{address}"


def bsap_ip(messages: list[dict], headers: list[dict[str, str]], log: list[dict[str, str]]) -> Iterable[tuple[str, Counter, Counter]]:
    datagrams = {m["frame"]: (TYPES[m["type"]], str(m["messages"])) for m in messages}
    yield "bsap_ip_header", Counter(datagrams.values()), Counter((row["type_name"], row["num_msg"]) for row in headers)

    def numbers(row: dict[str, str]) -> tuple[str, ...]:
        return row["mes_seq"], row["data_len"], row["variable_count"]

    def ours(m: dict) -> tuple[str, ...]:
        return str(m["id"]), str(m["length"]), str(m["count"])

    asked = ((*ours(m), m["function"].upper(), tuple(s.get("signal", "") for s in m["signals"])) for m in messages if m["type"] == 6)
    named = (
        (*numbers(row), row["func_code"], listed(row["variables"])) for row in log if row["is_orig"] == "T"
    )
    by_name = [[entry for entry in side if entry[3].endswith("NAME")] for side in (asked, named)]
    yield "bsap_ip_rdb requests by name", Counter(by_name[0]), Counter(by_name[1])
    answered = Counter((*ours(m), tuple(map(element, m.get("signals", [])))) for m in messages if m["type"] in (1, 5))
    yield "bsap_ip_rdb answers", answered, Counter((*numbers(row), listed(row["variables"])) for row in log if row["is_orig"] == "F")


def bsap_serial(messages: list[dict], headers: list[dict[str, str]], log: list[dict[str, str]]) -> Iterable[tuple[str, Counter, Counter]]:
    def ours(m: dict) -> tuple:
        functions = FUNCTIONS.get(m["destination_function"]), FUNCTIONS.get(m["source_function"])
        return str(m["serial"]), str(m["sequence"]), *functions, str(m["node_status"]), "Global" if m["global"] else "Local"

    names = ("ser", "seq", "dfun", "sfun", "nsb")
    theirs = Counter((*(row[name] for name in names), row["type_name"].split()[0]) for row in headers)
    yield "bsap_serial_header", Counter(map(ours, messages)), theirs
    asked = Counter((m["function"].upper(), tuple(s["signal"] for s in m["signals"])) for m in messages if not m["response"])
    named = Counter((row["func_code"], listed(row["variables"])) for row in log if listed(row["variables"]))
    yield "bsap_serial_rdb requests", asked, named


def octets(text: str) -> bytes:
    """Bytes as their logs write them."""
    return text.encode("latin1").decode("unicode_escape").encode("latin1")


def c1222(messages: list[dict], log: list[dict], keys: list[dict], users: list[dict]) -> Iterable[tuple[str, Counter, Counter]]:
    def number(text: str) -> int | None:
        return None if text == "-" else int.from_bytes(octets(text), "big")

    ours = Counter(
        (m["encrypted"], m["called_title"], m["calling_title"], m["authentication"], m.get("called_id"), m["calling_id"],
         m["key_id"], m["initial_vector"], m["mac"], m["ciphertext"])
        for m in messages
    )
    # These logs come without the names of their columns.
    yield "c1222", ours, Counter(
        (row[6] == "T", row[9], row[10], row[13].lower(), number(row[14]), number(row[15]),
         int(key[8]), int(key[9]), user[7].removeprefix("0x"), octets(user[10]).hex())
        for row, key, user in zip(log, keys, users)
    )


CASES = [
    (genisys, "cisagov+icsnpp-genisys/tests/traces/genisys_otherport.pcap", "cisagov+icsnpp-genisys/analyzer.otherport", ["genisys"]),
    (bsap_ip, "cisagov+icsnpp-bsap-ip/examples/bsap-ip_example.pcap", "cisagov+icsnpp-bsap/analyzer.ip", ["bsap_ip_header", "bsap_ip_rdb"]),
    (bsap_serial, "cisagov+icsnpp-bsap-serial/examples/bsap-serial_example.pcapng", "cisagov+icsnpp-bsap/analyzer.serial",
     ["bsap_serial_header", "bsap_serial_rdb"]),
    *(
        (c1222, f"cisagov+icsnpp-c1222/testing/Traces/{name}", f"cisagov+icsnpp-c1222/tests.{name.split('.')[0]}",
         ["c1222", "c1222_authentication_value", "c1222_user_information"])
        for name in ("c1222_over_ipv6.pcap", "c1222overIPv4.cap")
    ),
]


def main(program: str, captures: Path) -> int:
    worse = 0
    for compare, capture, folder, logs in CASES:
        if not (captures / capture).exists():
            print(f"skipped: no {captures / capture}")
            continue
        name = compare.__name__.split("_")[0]
        messages = [message for message in run.decoded(program, captures / capture) if message.get("protocol") == name]
        for what, ours, theirs in compare(messages, *(rows(captures / "baseline" / folder / f"{log}.log") for log in logs)):
            equal, alone = (ours & theirs).total(), (theirs - ours).total()
            print(f"{what}: {theirs.total()} rows of theirs, {ours.total()} of ours, {equal} equal")
            if alone > THEIRS_ALONE.get(what, 0):
                worse += 1
                print(f"  theirs alone: {list(theirs - ours)[:3]}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
