"""Product and company together: the sensor listens on the mirror port while a scenario is performed by the clock.

`python -m wflab.company.live PROGRAM NAME ...` performs each scenario live, asks the product afterwards, and fails when
a device, an act or a technique's finding is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from ..net import NotPermitted, stale
from ..running import LAB
from . import quality, run, scenario
from .cli import end

SPEED = 30.0
SETTINGS = 'plant = "{plant}"\nlearning_share = 0.0\nlearning_hours = {hours}\n'


class Sensor:
    """The program in the sensor's namespace."""

    def __init__(self, program: Path, folder: Path, learning_s: float):
        self.program, self.data = program, folder / "data"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.config = folder / "live.toml"
        self.config.write_text(SETTINGS.format(plant=LAB / "company.toml", hours=learning_s / 3600.0), encoding="utf-8")
        self.log = folder / "product.log"
        self.process: subprocess.Popen | None = None

    def start(self, world) -> None:
        """Listen on the mirror port; returns when the product says that it does."""
        world.network.mirror()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", world.network.ns("sensor"), str(self.program), "run", "--interface", "span0",
                 "--config", str(self.config), "--data", str(self.data), "--listen", "127.0.0.1:8443"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env={**os.environ, "RUST_LOG": "info"})
        deadline = time.time() + 30
        while "https://127.0.0.1:8443" not in self.log.read_text(encoding="utf-8", errors="replace"):
            if self.process.poll() is not None or time.time() > deadline:
                raise RuntimeError(f"the product did not start:\n{self.log.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it as an administrator would, and wait until everything is stored."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=60)


def check(chosen: scenario.Scenario, truth: dict, product: quality.Product) -> list[str]:
    """What the product missed, in words."""
    assets = product.listed("asset", "list")
    told = quality.inventory(truth, assets)
    wrong = [w for w in told["wrong"] if "assets have its addresses" in w] + [f"a ghost: {g}" for g in told["ghosts"]]
    wrong += [f"act not told: {a}" for a in quality.missing_acts(truth, product.listed("operation", "list", "--category", "acts"))]
    findings = product.listed("finding", "list")
    addresses = {a["id"]: set(a["ips"]) for a in assets}
    if chosen.kind == "attack":
        spans = quality.spans(truth, findings, addresses)
        wrong += [f"nothing was said of {s['src']} at {s['technique']}" for s in spans if not s["noticed"]]
        wrong += [f"technique {t} is not named" for t in chosen.named if not any(s["found"] for s in spans if s["technique"] == t)]
    return wrong


def perform(program: Path, chosen: scenario.Scenario, out: Path, speed: float) -> list[str]:
    """One live run; what was wrong."""
    first = min((step.at for step in chosen.steps), default=0.0)
    sensor = Sensor(program, out / f"{chosen.name}-product", max(first - 20.0, 0.0) / speed)
    try:
        truth = run.perform(chosen, out, f"{chosen.name}-live", seed=1, day=0, speed=speed, ready=sensor.start, done=sensor.stop)
    finally:
        sensor.stop()
    return check(chosen, truth, quality.Product(program, sensor.data, sensor.config))


def main() -> int:
    """0 when nothing was missed, 1 otherwise, 77 when this machine does not allow namespaces."""
    parser = argparse.ArgumentParser(prog="live", description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--speed", type=float, default=SPEED)
    parser.add_argument("--out", type=Path, default=LAB / "run" / "live")
    arguments = parser.parse_args()
    failed = False
    try:
        for name in arguments.names:
            wrong = perform(arguments.program.resolve(), scenario.load(scenario.FOLDER / f"{name}.yaml"), arguments.out, arguments.speed)
            for line in wrong:
                print(f"{name}: {line}", file=sys.stderr)
            print(f"{name}, live: {'failed' if wrong else 'passed'}", flush=True)
            failed |= bool(wrong)
    except NotPermitted as error:
        print(f"live: {error}", file=sys.stderr)
        return 77
    mine = [ns for ns in stale() if f"-{os.getpid()}-" in ns]
    if mine:
        print(f"left behind: {', '.join(mine)}", file=sys.stderr)
    return int(failed or bool(mine))


if __name__ == "__main__":
    end(main())
