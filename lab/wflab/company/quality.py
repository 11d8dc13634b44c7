"""Holds the product against the truth: inventory, acts, detection and quiet, on every scenario of one seed.

`python -m wflab.company.quality PROGRAM OUT [--seed N] [--only NAME ...]`: makes the captures that are missing, lets the
product learn one normal day, then replays another normal day and each scenario into copies of what it learned.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from ..running import LAB
from . import scenario
from .cli import apart

ATTRIBUTES = ("vendor", "model", "order_number", "firmware", "serial", "role", "zone", "purdue_level", "hostname")
SLACK_S = 0.1
LATE_S = 900.0
LEARNING = "learning_share = 1.0\n"


def seconds_of(text: str) -> float:
    """Epoch seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Product:
    """The program with one data directory."""

    def __init__(self, program: Path, data: Path, config: Path):
        self.program, self.data, self.config = program, data, config

    def __call__(self, *argv: str):
        setting = ["--config", self.config] if argv[0] == "replay" else []
        done = subprocess.run([self.program, *argv, *setting, "--data", self.data, "--json"], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{self.program.name} {' '.join(map(str, argv))}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def listed(self, *argv: str) -> list[dict]:
        """Items of a list command, all pages."""
        told = self(*argv)
        return told if isinstance(told, list) else told["items"]


def _same(expected, got) -> bool:
    """Vendors and models are compared loosely: the registry's long names contain the maker's short one."""
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return abs(expected - got) < 1e-9
    if expected is None or got is None:
        return expected is None
    one, other = (" ".join(str(x).lower().replace("/", " ").replace("-", " ").split()) for x in (expected, got))
    return one in other or other in one or one.split()[0] == other.split()[0]


def inventory(truth: dict, assets: list[dict]) -> dict:
    """Share of devices and of attributes that are right; ghosts by name; what is wrong, in words."""
    wrong, found, right, asked = [], 0, 0, 0
    for device in truth["devices"]:
        holders = [a for a in assets if set(a["ips"]) & set(device["ips"]) or set(a["macs"]) & set(device["macs"])]
        if len(holders) != 1:
            wrong.append(f"{device['name']}: {len(holders)} assets have its addresses")
        else:
            found += 1
        for name in ATTRIBUTES:
            expected = device.get(name)
            if expected is None:
                continue
            asked += 1
            got = holders[0].get("name" if name == "hostname" else name) if holders else None
            if got is not None and _same(expected, got):
                right += 1
            else:
                wrong.append(f"{device['name']} {name}: {got} instead of {expected}")
    known = {ip for d in truth["devices"] for ip in d["ips"]} | set(truth["external_addresses"])
    macs = {mac for d in truth["devices"] for mac in d["macs"]}
    ghosts = [a["name"] for a in assets if not set(a["ips"]) & known and not set(a["macs"]) & macs]
    return {"devices": len(truth["devices"]), "found": found, "attributes": asked, "right": right, "ghosts": ghosts, "wrong": wrong}


def missing_acts(truth: dict, operations: list[dict]) -> list[str]:
    """Acts of the truth that no operation tells with actor, target and value."""
    left: dict[tuple, list[dict]] = {}
    for operation in operations:
        left.setdefault((operation["src"], operation["dst"], operation["protocol"], operation["function"]), []).append(operation)
    missing = []
    for act in truth["acts"]:
        if act.get("encrypted"):
            continue  # nobody on the wire can read it
        if act["dst"] is None:
            if not any(o["protocol"] == act["protocol"] and abs(seconds_of(o["ts"]) - act["ts"]) <= SLACK_S for o in operations):
                missing.append(f"{act['protocol']} {act['function']} {act['src']}")
            continue
        rows = left.get((act["src"], act["dst"], act["protocol"], act["function"]), [])
        hit = next((r for r in rows if seconds_of(r["ts"]) - SLACK_S <= act["ts"] <= seconds_of(r["last"]) + SLACK_S
                    and _value(act, r)), None)
        if hit is None:
            missing.append(f"{act['protocol']} {act['function']} {act['src']} → {act['dst']} {act['target']} = {act['value']}")
    return missing


def _value(act: dict, row: dict) -> bool:
    if row["target"] == "many":
        return True  # beyond so many acts a minute the product folds them into one row
    if act["target"] and row["target"] and str(act["target"]) not in str(row["target"]):
        return False
    if act["value"] is None:
        return True
    got, expected = row["value"], act["value"]
    if isinstance(expected, bool):
        return str(got).lower() in (("1", "true", "on") if expected else ("0", "false", "off"))
    if row["count"] > 1:
        return True  # several like ones in one row: the last value stands for all
    if isinstance(expected, float) or isinstance(got, float):
        try:
            return abs(float(str(got)) - float(expected)) <= 1e-4 * max(abs(float(expected)), 1.0)
        except (TypeError, ValueError):
            pass
    return str(got).lower().replace(" ", "") == str(expected).lower().replace(" ", "") or str(expected).lower() in str(got).lower()


def spans(truth: dict, findings: list[dict], addresses: dict[str, set[str]]) -> list[dict]:
    """For each attack span: found, seconds to the finding, its rule and rank.

    Found is what names the technique and the actor or a target, and rests on something that happened in the span. Noticed is
    less: any finding about the actor at that time, of whatever kind.
    """
    return [_span(span, findings, addresses) for span in truth["spans"]]


def _span(span: dict, findings: list[dict], addresses: dict[str, set[str]]) -> dict:
    hits, noticed = [], False
    for finding in findings:
        about = set().union(*(addresses.get(asset, set()) for asset in finding["assets"]))
        times = [finding["first_time"], finding["time"], *(evidence["ts"] for evidence in finding["evidence"])]
        inside = [t for t in map(seconds_of, times) if span["from"] - 1.0 <= t <= span["to"] + LATE_S]
        if not inside:
            continue
        noticed |= span["src"] in about
        if span["technique"] in finding["techniques"] and about & {span["src"], *span["targets"]}:
            hits.append((min(inside), finding))
    first, finding = min(hits, key=lambda hit: hit[0], default=(None, None))
    return {"technique": span["technique"], "src": span["src"], "targets": span["targets"], "found": finding is not None,
            "noticed": noticed, "seconds": None if finding is None else round(max(first - span["from"], 0.0), 1),
            "rule": finding and finding["rule"], "rank": finding and finding["rank"]}


def cause_rank(truth: dict, findings: list[dict], addresses: dict[str, set[str]]) -> int | None:
    """Place of the first finding that names the true cause as actor, among the findings of this scenario."""
    cause = (truth["scenario"] or {}).get("cause_address")
    for place, finding in enumerate(sorted(findings, key=lambda f: f["rank"]), 1):
        if cause in addresses.get(finding.get("actor") or "", set()):
            return place
    return None


class Measure:
    """One seed's measurement."""

    def __init__(self, program: Path, out: Path, seed: int, pace: float):
        self.program, self.out, self.seed, self.pace = program, out / f"seed-{seed}", seed, pace
        self.out.mkdir(parents=True, exist_ok=True)
        self.config = self.out / "quality.toml"
        self.config.write_text(f'plant = "{LAB / "company.toml"}"\n{LEARNING}', encoding="utf-8")
        self.base = self.out / "learned"

    def captures(self, chosen: list[scenario.Scenario], days: int) -> None:
        """Make what is not there yet."""
        for day in range(days + 1):
            if not (self.out / f"day-{day}.truth.json").exists():
                apart("day", str(day), "--seed", str(self.seed), "--pace", str(self.pace), "--out", str(self.out))
        for one in chosen:
            if not (self.out / f"{one.name}.truth.json").exists():
                apart("run", one.name, "--seed", str(self.seed), "--day", str(days + 1), "--out", str(self.out))

    def truth(self, name: str) -> dict:
        """Truth of one capture."""
        return json.loads((self.out / f"{name}.truth.json").read_text(encoding="utf-8"))

    def learn(self) -> dict:
        """The first day, learned; the inventory is scored on it."""
        shutil.rmtree(self.base, ignore_errors=True)
        product = Product(self.program, self.base, self.config)
        product("replay", str(self.out / "day-0.pcapng"))
        self.known = {f["id"]: f["count"] for f in product.listed("finding", "list")}
        return inventory(self.truth("day-0"), product.listed("asset", "list"))

    def replay(self, name: str) -> tuple[Product, list[dict], dict[str, set[str]]]:
        """Replay one capture onto a copy of what was learned: product, findings that are new or came again, addresses."""
        data = self.out / "tried"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(self.base, data)
        product = Product(self.program, data, self.config)
        product("replay", str(self.out / f"{name}.pcapng"))
        findings = [f for f in product.listed("finding", "list") if self.known.get(f["id"]) != f["count"]]
        addresses = {a["id"]: set(a["ips"]) for a in product.listed("asset", "list")}
        return product, findings, addresses

    def score(self, one: scenario.Scenario) -> dict:
        """One scenario's line."""
        product, findings, addresses = self.replay(one.name)
        truth = self.truth(one.name)
        first = truth["epoch"] - 1
        operations = [o for o in product.listed("operation", "list", "--category", "acts")
                      if seconds_of(o["last"]) >= first]
        told = spans(truth, findings, addresses)
        found = [s for s in told if s["found"]]
        return {"name": one.name, "kind": one.kind, "spans": len(told), "found": len(found),
                "seconds": max((s["seconds"] for s in found), default=None),
                "rank": cause_rank(truth, findings, addresses) if one.kind == "attack" else None,
                "findings": len(findings), "rules": sorted({f["rule"] for f in findings}), "acts": len(truth["acts"]),
                "acts_missing": missing_acts(truth, operations), "by_span": told}


def table(result: dict) -> str:
    """docs/quality.md."""
    lines = ["# Detection, inventory and quiet against known truth", "",
             f"Written by `make quality` (seed {result['seed']}): the emulated company of `lab/`, one normal day learned, "
             f"{result['benign_days']} normal day(s) and {len(result['scenarios'])} scenarios replayed onto it. "
             "Seconds are of plant time, from the beginning of a technique to the finding. A technique is found by a finding that names it, "
             "and its actor or a target, and rests on something that happened then.", ""]
    inv = result["inventory"]
    share = lambda part, whole: f"{part / max(whole, 1):.3f}"  # noqa: E731
    lines += ["| what | figure | to reach |", "| --- | --- | --- |",
              f"| devices | {share(inv['found'], inv['devices'])} of {inv['devices']} | 0.98 |",
              f"| attributes | {share(inv['right'], inv['attributes'])} of {inv['attributes']} | 0.95 |",
              f"| ghosts | {len(inv['ghosts'])} | 0 |",
              f"| scripted acts told as operations with actor, target and value | {share(result['acts'] - result['acts_missing'], result['acts'])} of {result['acts']} | 1 |",
              f"| techniques found, as what they are | {share(result['found'], result['spans'])} of {result['spans']} | 0.95 |",
              f"| techniques at which something was said of the actor | {share(result['noticed'], result['spans'])} of {result['spans']} | – |",
              f"| false findings a benign day | {result['false_alarms_per_benign_day']:.1f} | 6 |", "",
              "## By technique", "", "| technique | scenario | found | seconds | rule | actor noticed |", "| --- | --- | --- | --- | --- | --- |"]
    rows = sorted((s["technique"], one["name"], s) for one in result["scenarios"] for s in one["by_span"] if one["kind"] == "attack")
    lines += [f"| {technique} | {name} | {'yes' if s['found'] else '**no**'} | {s['seconds'] if s['found'] else '–'} | {s['rule'] or '–'} | "
              f"{'yes' if s['noticed'] else 'no'} |"
              for technique, name, s in rows]
    lines += ["", "## By scenario", "", "| scenario | kind | techniques found | rank of the true cause | findings | rules |",
              "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {one['name']} | {one['kind']} | {one['found']} of {one['spans']} | {one['rank'] or '–'} | {one['findings']} | "
              f"{', '.join(one['rules']) or '–'} |" for one in result["scenarios"]]
    if inv["wrong"] or inv["ghosts"]:
        lines += ["", "## What the inventory got wrong", "", *[f"- {w}" for w in inv["wrong"]],
                  *[f"- a ghost: {g}" for g in inv["ghosts"]]]
    gone = [f"- {one['name']}: {text}" for one in result["scenarios"] for text in sorted(set(one["acts_missing"]))]
    if gone:
        lines += ["", "## Acts that were not told", "", *gone]
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure and write; 0 when it could be measured."""
    parser = argparse.ArgumentParser(prog="quality", description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=1, help="benign days after the learned one")
    parser.add_argument("--pace", type=float, default=4.0)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--docs", type=Path)
    arguments = parser.parse_args()
    chosen = [s for s in scenario.all_scenarios() if not arguments.only or s.name in arguments.only]
    measure = Measure(arguments.program.resolve(), arguments.out, arguments.seed, arguments.pace)
    measure.captures(chosen, arguments.days)
    result = {"seed": arguments.seed, "benign_days": arguments.days, "inventory": measure.learn(), "scenarios": []}
    false = [len(measure.replay(f"day-{day}")[1]) for day in range(1, arguments.days + 1)]
    result["false_alarms_per_benign_day"] = sum(false) / max(len(false), 1)
    for one in chosen:
        result["scenarios"].append(measure.score(one))
        line = result["scenarios"][-1]
        print(f"{line['name']:28} {line['kind']:12} {line['found']}/{line['spans']} found, rank {line['rank']}, "
              f"{line['findings']} findings, {len(line['acts_missing'])}/{line['acts']} acts missing", flush=True)
    attacks = [s for s in result["scenarios"] if s["kind"] == "attack"]
    result["spans"], result["found"] = (sum(s[key] for s in attacks) for key in ("spans", "found"))
    result["noticed"] = sum(span["noticed"] for s in attacks for span in s["by_span"])
    result["acts"] = sum(s["acts"] for s in result["scenarios"])
    result["acts_missing"] = sum(len(s["acts_missing"]) for s in result["scenarios"])
    (arguments.out / "quality.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if arguments.docs:
        arguments.docs.write_text(table(result), encoding="utf-8")
    print(f"techniques {result['found']}/{result['spans']}, false findings a benign day {result['false_alarms_per_benign_day']:.1f}, "
          f"devices {result['inventory']['found']}/{result['inventory']['devices']}, attributes "
          f"{result['inventory']['right']}/{result['inventory']['attributes']}, acts missing {result['acts_missing']}/{result['acts']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
