"""Scenarios: YAML files that say what happens, when, by whom, and what it is.

A step names a function of `links` (`do: s7.stop`) or one of the moves below (`do: plug`), the machine that does it
(`by`), the one it is done to (`on`) and further arguments (`with`). Times are minutes and seconds since the beginning.
"""

from __future__ import annotations

import importlib
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from . import moves
from .errors import Unreadable
from .plan import BY_NAME, OUTSIDE_HOSTS

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
KINDS = ("attack", "mistake", "maintenance", "normal")
STEP_KEYS = {"at", "by", "do", "on", "with", "technique", "repeat", "may_fail"}
KEYS = {"title", "kind", "summary", "starts", "minutes", "steps", "cause", "work_order", "suffers", "named"}


class _Yaml12(yaml.SafeLoader):
    """Only true and false are truth values, as in YAML 1.2: `on` is a word."""


_Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
_Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Step:
    """One thing that somebody does; `technique` is of ATT&CK for ICS or Enterprise."""

    at: float
    by: str
    do: str
    on: str | None = None
    arguments: dict = field(default_factory=dict)
    technique: str | None = None
    times: int = 1
    every: float = 0.0
    may_fail: bool = False


@dataclass(frozen=True)
class Scenario:
    """One scenario; `starts` is seconds of the day, `seconds` how long it lasts, `named` techniques that a live run must name."""

    name: str
    title: str
    kind: str
    summary: str
    starts: float
    seconds: float
    steps: tuple[Step, ...]
    cause: str | None
    work_order: dict | None
    suffers: dict
    named: tuple[str, ...] = ()


def _seconds(text: object, what: str) -> float:
    """`MM:SS`, `HH:MM` of the day, or a number of minutes."""
    if isinstance(text, (int, float)):
        return float(text) * 60.0
    try:
        left, right = str(text).split(":")
        return int(left) * 60.0 + float(right)
    except ValueError:
        raise Unreadable(f"{what}: {text!r} is no time; write MM:SS") from None


def load(path: Path) -> Scenario:
    """Read and check one file; says which key of which step is wrong."""
    try:
        told = yaml.load(path.read_text(encoding="utf-8"), _Yaml12)
    except (OSError, yaml.YAMLError) as error:
        raise Unreadable(f"{path.name}: {error}") from None
    if not isinstance(told, dict) or (unknown := set(told) - KEYS) or (missing := {"title", "kind", "minutes"} - set(told)):
        problem = "is no mapping" if not isinstance(told, dict) else (
            f"unknown key {sorted(unknown)[0]}" if unknown else f"{sorted(missing)[0]} is missing")
        raise Unreadable(f"{path.name}: {problem}")
    if told["kind"] not in KINDS:
        raise Unreadable(f"{path.name}: kind {told['kind']!r}: one of {', '.join(KINDS)}")
    steps = tuple(_step(path.name, number, step) for number, step in enumerate(told.get("steps") or [], 1))
    seconds = told["minutes"] * 60.0
    if late := next((s for s in steps if s.at + s.every * (s.times - 1) >= seconds), None):
        raise Unreadable(f"{path.name}: {late.do} at {late.at:.0f} s lies after the end")
    return Scenario(path.stem, told["title"], told["kind"], told.get("summary", ""),
                    _seconds(told.get("starts", "10:00"), f"{path.name}: starts") * 60.0, seconds, steps,
                    told.get("cause"), told.get("work_order"), told.get("suffers") or {}, tuple(told.get("named") or ()))


def _step(file: str, number: int, told: dict) -> Step:
    where = f"{file}: step {number}"
    if not isinstance(told, dict) or "do" not in told or "at" not in told or "by" not in told:
        raise Unreadable(f"{where}: needs at, by and do")
    if unknown := set(told) - STEP_KEYS:
        raise Unreadable(f"{where}: unknown key {sorted(unknown)[0]}")
    for key in ("by", "on"):
        name = told.get(key)
        if name is not None and name not in BY_NAME and name not in OUTSIDE_HOSTS:
            raise Unreadable(f"{where}: {key}: {name!r} is no machine of the company")
    action(told["do"], where)
    again = told.get("repeat") or {}
    return Step(_seconds(told["at"], where), told["by"], told["do"], told.get("on"), dict(told.get("with") or {}),
                told.get("technique"), int(again.get("times", 1)), float(again.get("every", 0.0)), bool(told.get("may_fail")))


def action(name: str, where: str = ""):
    """The function behind `do`."""
    module, _, function = name.rpartition(".")
    try:
        found = (getattr(importlib.import_module(f"{__package__}.links.{module}"), function) if module
                 else getattr(moves, function))
    except (ImportError, AttributeError):
        raise Unreadable(f"{where}: nothing is called {name!r}") from None
    return found


def all_scenarios(folder: Path = FOLDER) -> list[Scenario]:
    """Every scenario of the folder, in order of name."""
    return [load(path) for path in sorted(folder.glob("*.yaml"))]


def install(world, scenario: Scenario) -> None:
    """Put the steps on the theatre's list."""
    for number, step in enumerate(scenario.steps):
        for again in range(step.times):
            world.theatre.at(step.at + again * step.every, _place(step.by), _bound(step, scenario, again), f"step {number}")


def _place(name: str) -> str:
    return "outside" if name in OUTSIDE_HOSTS else name


def _bound(step: Step, scenario: Scenario, again: int):
    function = action(step.do)

    def do(world) -> None:
        world.told = {"normal": scenario.kind != "attack", **({"technique": step.technique} if step.technique else {})}
        arguments = {k: v[again % len(v)] if k.startswith("each_") else v for k, v in step.arguments.items()}
        arguments = {k.removeprefix("each_"): v for k, v in arguments.items()}
        try:
            function(world, step.by, *([step.on] if step.on else []), **arguments)
        except (RuntimeError, TimeoutError, OSError, subprocess.SubprocessError) as error:
            if not step.may_fail:
                world.problems.append(f"step {step.do} by {step.by} at {step.at:.0f} s: {type(error).__name__}: {error}")
        finally:
            world.told = {}

    return do
