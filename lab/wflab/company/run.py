"""Performs scenarios and days, and writes captures with their truth."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from .. import clock
from . import rhythm, scenario, truth, wire
from .errors import Failed
from .world import World

DAY_S = 86_400.0
FIRST_DAY = clock.DEFAULT_EPOCH // DAY_S * DAY_S
WARM_UP_S = 60.0


def _check_suffering(told: dict, wanted: dict, problems: list[str]) -> None:
    process = told["process"]
    if (least := wanted.get("bottles_lost_at_least")) is not None and process["bottles_lost"] < least:
        problems.append(f"lost {process['bottles_lost']} bottles, at least {least} were to be lost")
    if (most := wanted.get("bottles_lost_at_most")) is not None and process["bottles_lost"] > most:
        problems.append(f"lost {process['bottles_lost']} bottles, at most {most} were to be lost")
    seen = {alarm["alarm"] for alarm in process["alarms"]}
    problems += [f"alarm {name!r} did not come" for name in wanted.get("alarms", []) if name not in seen]
    if wanted.get("alarms") == [] and seen:
        problems.append(f"alarms came: {', '.join(sorted(seen))}")


def perform(chosen: scenario.Scenario | None, out: Path, name: str, *, seed: int = 1, day: int = 1, seconds: float | None = None,
            starts: float = 0.0, pace: float = 1.0, speed: float | None = None, ready=None, done=None) -> dict:
    """One run; writes NAME.pcapng and NAME.truth.json into `out` and returns the truth."""
    run_dir = out / f".{name}"
    epoch = FIRST_DAY + day * DAY_S + (chosen.starts if chosen else starts)
    length = chosen.seconds if chosen else seconds
    out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(run_dir, ignore_errors=True)
    began = time.time()
    with World(run_dir, seed, epoch, speed) as world:
        world.raise_company()
        world.record()
        if ready:
            ready(world)
        rhythm.install(world, pace)
        if chosen:
            scenario.install(world, chosen)
        world.theatre.run(length)
        world.stop_recording()
        if done:
            done()
        frames = wire.frames(world.raw, world.theatre.done, epoch, live=speed is not None)
        told = truth.tell(world, chosen, frames, f"{name}.pcapng")
        problems = list(world.problems)
        if chosen:
            _check_suffering(told, chosen.suffers, problems)
        events = world.theatre.done
        told["events"] = len(events)
        told["unanswered"] = sum(e.error is not None for e in events)
        cost: dict[str, list[float]] = {}
        for event in events:
            cost.setdefault(f"{event.actor} {event.label}", []).append(event.ended - event.began)
        (run_dir / "cost.txt").write_text("".join(
            f"{sum(spent):8.3f} s {len(spent):6} {name}\n" for name, spent in sorted(cost.items(), key=lambda c: -sum(c[1]))), encoding="utf-8")
        (run_dir / "errors.txt").write_text(
            "".join(f"{e.at:.1f} {e.actor} {e.label}: {e.error}\n" for e in events if e.error), encoding="utf-8")
    wire.save(out / f"{name}.pcapng", frames, f"Northfield Water, {chosen.title if chosen else 'a normal day'}, seed {seed}; "
              "made by the lab")
    (out / f"{name}.truth.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if problems:
        raise Failed(f"{name}: " + "; ".join(problems))
    print(f"{name}: {told['seconds'] / 60:.0f} plant minutes, {len(events)} events, {len(frames)} frames, {len(told['acts'])} acts, "
          f"{told['unanswered']} unanswered, {time.time() - began:.1f} s", flush=True)
    return told

