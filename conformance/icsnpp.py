"""ICSNPP's fields against ours, value by value, through the tables crates/wf-protocols/src/*/icsnpp.tsv.

    python3 conformance/icsnpp.py PROGRAM CAPTURES [--protocol NAME] [--log NAME] [--show N] [--min 0.99] [--figures FILE]

Reads the logs that ICSNPP's own tests expect (CAPTURES/baseline) and what `PROGRAM decode --json` says of the same
captures. Exit status 1 where fewer than --min of a log's rows are found, or of its values equal.

A table has the columns log, field, path, conversion, note. A path leads from our row to the value: `a.b`, `a[].b` (a list),
`message.x` (the whole message, where the row is a part of it), `a|b` (the first that is there), `'text` (always that).
In brackets: in words, not compared. The line with field `*` says of what our rows are made, in the order of the log:

    PROTOCOL[,PROTOCOL] [where FIELD=VALUE FIELD!=VALUE FIELD? FIELD! …] [each PATH …] [only FIELD=VALUE …] [pair FIELD,…] [group]

`each`: a row for each element of a list, of those that are as `only` says. `pair`: `request` and `response` with equal fields together. `group`: a connection's
messages together, as `all`. Its conversion names the columns that come first in a log whose baseline has no `#fields` line.
"""

import argparse
import collections
import re
import sys
from pathlib import Path

import run
from icsnpp_values import CONVERT, alike, bacnet, masked, other_end, turned

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "crates/wf-protocols/src"
ENDS = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]
WAY = ["source_h", "source_p", "destination_h", "destination_p"]
PREFIXES = {"id": ENDS, "way": ["is_orig", *WAY], "ends": WAY}
# Rows that are looked through for one that is equal.
NEAR = 64


def table(path: Path) -> list[list[str]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [[*line.split("\t"), "", "", "", ""] for line in lines if line and not line.startswith("#")]


class Log:
    """One log of the table: its fields, and how our rows are made."""

    def __init__(self, name: str) -> None:
        self.name, self.fields, self.rows, self.prefix = name, {}, "", ""

    def columns(self) -> list[str]:
        own = [field for field, (path, _) in self.fields.items() if not path.startswith("(link")]
        return [c for word in self.prefix.split() for c in PREFIXES.get(word, [word])] + own


def logs_of(protocol: str) -> dict[str, Log]:
    logs: dict[str, Log] = {}
    for name, field, path, conversion, *_ in table(SOURCES / protocol / "icsnpp.tsv"):
        log = logs.setdefault(name, Log(name))
        if field == "*":
            log.rows, log.prefix = path, conversion
        else:
            log.fields[field] = (path, conversion)
    return logs


def theirs(path: Path, log: Log) -> list[dict[str, str]]:
    columns, rows = log.columns(), []
    for line in path.read_text(errors="surrogateescape").splitlines():
        if line.startswith("#"):
            if line.startswith("#fields"):
                columns = line.split("\t")[1:]
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            sys.exit(f"{path}: {len(cells)} columns, the table of {log.name} has {len(columns)}: {list(zip(columns, cells))}")
        rows.append(dict(zip(columns, cells)))
    return rows


def look(path: str, row: dict) -> object:
    for choice in path.split("|"):
        if choice.startswith("'"):
            return choice[1:]
        found = walk([row], choice.split("."))
        if "[]" in choice:
            if found:
                return found
        elif found and found[0] is not None:
            return found[0]
    return None


def walk(places: list, steps: list[str]) -> list:
    for step in steps:
        name, _, rest = step.partition("[")
        places = [place[name] for place in places if isinstance(place, dict) and name in place]
        if rest == "]":
            places = [item for place in places if isinstance(place, list) for item in place]
        elif rest:
            at = int(rest.rstrip("]"))
            places = [place[at] for place in places if isinstance(place, list) and -len(place) <= at < len(place)]
    return places


def holds(condition: str, row: dict) -> bool:
    name, operator, value = re.fullmatch(r"([\w.\[\]|]+)(!=|=|\?|!)(.*)", condition).groups()
    found = look(name, row)
    text = str(found).lower() if isinstance(found, bool) else str(found)
    return {"?": found is not None, "!": found is None, "=": text in value.split(","), "!=": text not in value.split(",")}[operator]


def connection(message: dict) -> frozenset:
    return frozenset({(message["src"], str(message["src_port"])), (message["dst"], str(message["dst_port"]))})


def ours(messages: list[dict], selector: str) -> list[tuple[dict, dict]]:
    """Our rows, each with the message that it comes from; parts of a selector are joined by ` + `."""
    if " + " in selector:
        rows = [row for part in selector.split(" + ") for row in ours(messages, part)]
        return sorted(rows, key=lambda row: row[1]["frame"])
    words = selector.split()
    protocols, parts = words[0].split(","), collections.defaultdict(list)
    for word in words[1:]:
        if word in ("where", "each", "only", "pair", "group"):
            parts[(kind := word)] = []
        else:
            parts[kind].append(word)
    chosen = [m for m in messages if m["protocol"] in protocols and all(holds(c, m) for c in parts["where"])]
    if "pair" in parts:
        return paired(chosen, parts["pair"][0].split(","))
    if "group" in parts:
        groups: dict = collections.OrderedDict()
        for message in chosen:
            groups.setdefault(connection(message), []).append(message)
        return [({"all": group, "message": group[0]}, group[0]) for group in groups.values()]
    if not parts["each"]:
        return [(m | {"message": m}, m) for m in chosen]
    rows = []
    for message in chosen:
        for path in parts["each"]:
            for item in elements(message, path.split(".")):
                rows.append((item | {"message": message}, message))
    return [(row, message) for row, message in rows if all(holds(c, row) for c in parts["only"])]


def elements(place: dict, steps: list[str]) -> list[dict]:
    """The elements of a list in lists, each knowing what it lies in as `in`."""
    if steps[0].removesuffix("[]") not in place:
        return []
    found = place[steps[0].removesuffix("[]")]
    items = found if found and isinstance(found, list) else [found]
    items = [(item if isinstance(item, dict) else {"value": item}) | {"in": place, "at": at} for at, item in enumerate(items)]
    return items if len(steps) == 1 else [deep for item in items for deep in elements(item, steps[1:])]


def answers(message: dict) -> bool:
    return bool(message.get("response", not message.get("from_master", True)))


def paired(messages: list[dict], keys: list[str]) -> list[tuple[dict, dict]]:
    rows, waiting = [], collections.defaultdict(collections.deque)
    for message in messages:
        key = (connection(message), *(message.get(k) for k in keys))
        if not answers(message):
            row = {"request": message, "message": message}
            rows.append((row, message))
            waiting[key].append(row)
        elif waiting[key]:
            waiting[key].popleft()["response"] = message
        else:
            rows.append(({"response": message, "message": message}, message))
    return rows


def place_of(row: dict[str, str]) -> tuple:
    if "id.orig_h" not in row:
        return ()
    if row.get("source_h") == "-":
        row = {key: row[key] for key in ENDS}
    both = frozenset({(row["id.orig_h"], row["id.orig_p"]), (row["id.resp_h"], row["id.resp_p"])})
    return (both, (row["source_h"], row["source_p"])) if "source_h" in row else (both,)


def place_of_ours(message: dict, like: tuple) -> tuple:
    whole = (connection(message), (message["src"], str(message["src_port"])))
    return whole[: len(like)]


# Bits of the encoding mask of a value of OPC UA (OPC 10000-6, 5.2.2.17).
VALUE_PARTS = [(1, "type"), (2, "status"), (4, "source_timestamp"), (8, "server_timestamp"), (16, "source_picoseconds"), (32, "server_picoseconds")]


def phasor(sent: list[float], polar: bool, part: str) -> list[float]:
    """One of the four lists that ICSNPP makes of a unit's phasors; those that are not the sender's form are zeros."""
    values = sent[part in ("imaginary", "angle") :: 2]
    return values if polar == (part in ("magnitude", "angle")) else [0.0] * len(values)


# Conversions that look at the rest of the row.
WITH_ROW = {
    "bacnet": bacnet,
    "range": lambda v, row, high: "All" if v is None and row["name"] in ("who_is", "who_has") else None if v is None else f"{v}-{row[high]}",
    "kind": lambda v, row, _: f"{v}-{ {'confirmed_request': 'request', 'error': 'error'}.get(row['message']['type'], 'ack')}",
    "take": lambda v, row, path: v[: look(path, row)] if isinstance(v, list) else v,
    "drop": lambda v, row, path: v if v is None else v[look(path, row) :] or None,
    "when": lambda v, row, condition: v if holds(condition, row) else None,
    "answer": lambda v, row, _: v if answers(row["message"]) else None,
    "span": lambda v, row, _: v if v is not None else row["last"] - row["first"] + 1 if "last" in row else None,
    "usercode": lambda v, row, _: v + (0x80 if row.get("kind") == "response" else 0x40) if row.get("rosctr") == 7 and v is not None else v,
    "usererror": lambda v, row, _: v,
    "data": lambda v, row, _: v[row["request"]["quantity"] :] or None if isinstance(v, list) else CONVERT["bytes"](v),
    "station": lambda v, row, _: v if v is None else [re.sub(r" (magnitude|angle)$", "", x.removeprefix(row["station"] + " ")) for x in v],
    "phasor": lambda v, row, part: phasor(v or [], row.get("polar"), part),
    "operator": lambda v, row, _: v if v is None else v.ljust(30 if row["data_length"] > 60 else 0).encode().hex(),
    "upto": lambda v, row, name: other_end(4)(v[: other_end(2)(row[name])]) if v and row["opcode"] == 138 else None,
    "from": lambda v, row, name: other_end(4)(v[other_end(2)(row[name]) :]) if v and row["opcode"] == 138 else None,
    "total": lambda v, row, _: row.get("request", row)["size"] + row.get("response", {}).get("size", 0) if "request" in row or "response" not in row else v,
    "channels": lambda v, row, _: v if v is None else [x for x in dict.fromkeys(row[w].get("secure_channel_id") for w in ("request", "response") if w in row)],
    "textmask": lambda v, row, locale: (1 if row.get(locale) else 0) + (2 if v else 0) if "application_uri" in row else None,
    "textmask3": lambda v, row, locale: (1 if locale in row else 0) + 2 if v is not None else None,
    "valuemask": lambda v, row, _: sum(bit for bit, part in VALUE_PARTS if part in row) if "attribute" in row or answers(row["message"]) and row["message"]["service_name"] == "read" else None,
    "service": lambda v, row, _: v + ("_response" if row.get("response") else "_request"),
    "certsize": lambda v, row, _: None,
    "cmd": lambda v, row, text: v if str(row["command"]) == text.rstrip("aq") and (text[-1].isdigit() or (text[-1] == "a") == (row["message"]["message_type"] != 0)) else None,
    "uuid": lambda v, row, _: v if row["integers"] == "big_endian" else turned(v),
    "exception": lambda v, row, _: v + "_exception" if "exception" in row else v,
    "single": lambda v, row, _: 1 if look("request.function", row) in (5, 6) else v,
    "subname": lambda v, row, _: v if row["rosctr"] == 7 or "pi_service" in row else None,
    "nothingyet": lambda v, row, _: 0 if v is None and row["function_name"] == "start_upload" and row["rosctr"] == 1 else v,
    "orunknown": lambda v, row, _: "unknown" if v is None and "class" in row else v,
    "bits2": lambda v, row, _: v if v is None else f"{int(v[:2], 16) | row['address_bits'] << 6:02x}{v[2:]}" if isinstance(v, str) else v | row["address_bits"] << 6,
    "magic": lambda v, row, _: 0x46494E53 if v == "tcp" else None,
    "address": lambda v, row, _: v << 8 | row["bit"] if v is not None and "bit" in row else None,
    "record": lambda v, row, _: v if "detail" in row else None,
    "filecount": lambda v, row, _: None if answers(row["message"]) and row["message"]["command"] == 8705 else v,
    "transferword": lambda v, row, _: v if "bit" not in row["message"] else v << 8 | row["message"]["bit"],
    "diag": lambda v, row, _: v if v is not None or "response" not in row or "service" not in row["response"] else 0,
    "or0": lambda v, row, _: 0 if v is None and row["message"]["command"] == 1281 and answers(row["message"]) else v,
    "items": lambda v, row, _: v if row["message"]["command"] != 261 or row["at"] == 0 else None,
    "filename": lambda v, row, _: None if v == row["message"].get("name") else v,
    "filesize": lambda v, row, _: v if "size" in row or row["message"]["command"] == 8706 else None,
    "both": lambda v, row, other: (v or []) + row.get(other, []),
    "orzeros": lambda v, row, other: v or [0] * len(row.get(other, [])),
    "third": lambda v, row, name: [x.get(name, 0) if "changed" in x else 0 for x in v],
    "coil": lambda v, row, _: int(v > 0) if isinstance(v, int) and look("request.function", row) == 5 else v,
}


class Comparison:
    """What was found of a log over all its captures."""

    def __init__(self) -> None:
        self.rows = self.matched = self.values = self.equal = self.explained = 0
        # Of fields with names: how often which of theirs stood beside which of ours. One to one is the same.
        self.named: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        self.differ: dict[str, list[str]] = collections.defaultdict(list)
        self.lost: list[str] = []

    def settle(self) -> None:
        for field, pairs in self.named.items():
            left, right = {}, {}
            for (their, our), count in pairs.most_common():
                if left.setdefault(their, our) == our and right.setdefault(our, their) == their:
                    self.equal += count
                else:
                    self.differ[field] += [f"{their!r} and here {our!r}, elsewhere {left[their]!r}, {right.get(our)!r}"] * count

    def share(self, part: int, whole: int) -> float:
        return part / whole if whole else 1.0


def cells(log: Log, row: dict, names: dict) -> dict[str, object]:
    found = {}
    for field, (path, conversion) in log.fields.items():
        if path.startswith("("):
            continue
        value = look(path, row)
        for step in conversion.split():
            if step not in ("key", "names", "masked"):
                name, _, argument = step.partition(":")
                if name in WITH_ROW:
                    value = WITH_ROW[name](value, row, argument)
                else:
                    value = CONVERT[name](value, argument) if argument else CONVERT[name](value)
        found[field] = names.get((field, str(value)), names.get(("*", str(value)), value))
    return found


def compare(log: Log, baseline: list[dict[str, str]], rows: list[tuple[dict, dict]], names: dict, into: Comparison) -> None:
    keys = [field for field, (_, conversion) in log.fields.items() if "key" in conversion.split()]
    waiting = collections.defaultdict(list)
    like = place_of(baseline[0]) if baseline else ()
    for row, message in rows:
        waiting[place_of_ours(message, like)].append(cells(log, row, names))
    left = []
    free = collections.defaultdict(list)
    for place, found in waiting.items():
        for row in found:
            free[place, row_text(row, keys)].append(row)
    # Rows that are equal find one another first, in order; what is left is matched by its key fields.
    for row in baseline:
        candidates = free.get((place_of(row), row_text(row, keys)), [])
        at = next((at for at, c in enumerate(candidates[:NEAR]) if telling(log, row, c)), None)
        if at is None:
            left.append(row)
        else:
            tell(row, candidates.pop(at), into, log)
    for row in left:
        candidates = free.get((place_of(row), row_text(row, keys)), [])
        if not candidates:
            into.rows += 1
            into.lost.append("\t".join(row.values()))
            continue
        closeness = [sum(same(row.get(f, "-"), v) for f, v in c.items()) for c in candidates[:NEAR]]
        tell(row, candidates.pop(closeness.index(max(closeness))), into, log)


def row_text(row: dict, keys: list[str]) -> tuple:
    return tuple(alike.plain(row.get(k)) for k in keys)


def same(their: str, our: object) -> bool:
    return masked(their) or alike(their, our)


def telling(log: Log, row: dict[str, str], best: dict[str, object]) -> bool:
    """Equal but for names, which may be other words for the same."""
    return all(log.fields[f][1].split()[-1:] in (["names"], ["masked"]) or same(row.get(f, "-"), v) for f, v in best.items())


def tell(row: dict[str, str], best: dict[str, object], into: Comparison, log: Log) -> None:
    into.rows += 1
    into.matched += 1
    for field, value in best.items():
        their = row.get(field, "-")
        if masked(their) or (their == "-" and (value is None or "masked" in log.fields[field][1].split())):
            continue
        into.values += 1
        if value is not None and "names" in log.fields[field][1].split():
            into.named[field][their, str(value)] += 1
        elif alike(their, value):
            into.equal += 1
        else:
            into.differ[field].append(f"{their!r} and here {value!r} in {' '.join(v for v in row.values() if v != '-')[:200]}")


def decoded(program: str, capture: Path, kept: dict[Path, list[dict]]) -> list[dict]:
    if capture not in kept:
        kept[capture] = run.decoded(program, capture)
    return kept[capture]


def explain(protocol: str, log: str, found: Comparison) -> None:
    """Differences where ICSNPP is at fault: (log, field), at most so many, with the clause."""
    for name, kind, field, most, *_ in table(HERE / "icsnpp-explained.tsv"):
        if name == protocol and kind == log:
            if field == "*":
                taken = min(len(found.lost), int(most))
                found.lost = found.lost[taken:]
                found.matched += taken
            else:
                taken = min(len(found.differ.get(field, [])), int(most))
                found.differ[field] = found.differ[field][taken:]
                found.equal += taken
            found.explained += taken


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("captures", type=Path)
    for flag, kind, default in [("--protocol", str, None), ("--log", str, None), ("--show", int, 2), ("--min", float, 0.99), ("--figures", Path, None)]:
        parser.add_argument(flag, type=kind, default=default)
    asked = parser.parse_args()
    if not (asked.captures / "baseline").is_dir():
        print("skipped: no captures")
        return 0
    cases = [line for line in table(HERE / "icsnpp-cases.tsv") if asked.protocol in (None, line[0])]
    kept, results, names = {}, {}, collections.defaultdict(dict)
    for protocol, field, their, our, *_ in table(HERE / "icsnpp-names.tsv"):
        names[protocol][field, our] = their
    for protocol, folder, capture, *_ in cases:
        logs = logs_of(protocol)
        for path in sorted((asked.captures / "baseline" / folder).glob("*.log")):
            log = logs.get(path.stem)
            if log is None or not log.rows or log.rows.startswith("(") or asked.log not in (None, log.name):
                continue
            rows = ours(decoded(asked.program, asked.captures / capture, kept), log.rows)
            compare(log, theirs(path, log), rows, names[protocol], results.setdefault((protocol, log.name), Comparison()))
    return report(results, asked)


def report(results: dict, asked: argparse.Namespace) -> int:
    short, lines = 0, []
    for (protocol, log), found in results.items():
        found.settle()
        explain(protocol, log, found)
        enough = min(found.share(found.matched, found.rows), found.share(found.equal, found.values)) >= asked.min
        short += not enough
        lines.append([protocol, log, *map(str, (found.rows, found.matched, found.values, found.equal, found.explained))])
        print(f"{'' if enough else 'BELOW '}{log:44} rows {found.matched}/{found.rows} values {found.equal}/{found.values} explained {found.explained}")
        for field, told in found.differ.items():
            for line in told[: asked.show]:
                print(f"    {field} ({len(told)}): {line}")
        for line in found.lost[: asked.show]:
            print(f"    no row here ({len(found.lost)}): {line[:300]}")
    if asked.figures:
        head = "# protocol\tlog\trows\tmatched\tvalues\tequal\texplained, as conformance/icsnpp.py wrote it\n"
        asked.figures.write_text(head + "".join("\t".join(line) + "\n" for line in sorted(lines)))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
