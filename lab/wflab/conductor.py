"""Runs the plant along its timeline, then makes the bundled capture and the truth file."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from . import clock, pcapng, timeline, truth
from .plan import BY_NAME, HOSTS, ZONES
from .stage import LAB, Stage

LISTENERS = (("plc-intake", 502), ("rio-reservoir", 502), ("plc-filters", 102), ("plc-dosing", 44818),
             ("rtu-booster", 20000), ("plc-intake", 80), ("srv-files", 80), ("srv-files", 443),
             ("srv-files", 22), ("srv-infra", 53), ("outside", 443))
CAPTURE = "waterworks.pcapng"
TALKATIVE = ("lldp", "dcp")  # these speak first: started once the recording runs


def _raise_plant(stage: Stage) -> None:
    """Servers first, so that the recording begins with the clients' first words."""
    stage.network.build([host.name for host in HOSTS])
    stage.services([host.name for host in HOSTS], skip=TALKATIVE)
    stage.play("outside", "outside_tls")
    for host, port in LISTENERS:
        stage.wait_for(host, port)


def _start_clients(stage: Stage) -> None:
    for host in HOSTS:
        for part in set(host.services) & set(TALKATIVE):
            stage.play(host.name, part)
    for host in HOSTS:
        if host.lease and not host.late:
            stage.lease(host)
        for part in host.clients:
            stage.play(host.name, part)


def _attack(stage: Stage) -> None:
    timeline.wait_until(timeline.SCAN)
    stage.play("pc-frontdesk", "scanner")
    timeline.wait_until(timeline.LAPTOP_ARRIVES)
    stage.lease(BY_NAME["laptop"])
    stage.play("laptop", "laptop")
    stage.play("plc-intake", "beacon")
    timeline.wait_until(timeline.CLEARTEXT_LOGIN)
    stage.play("engineering", "weblogin")
    timeline.wait_until(timeline.NOMINAL_MINUTES)


def perform(wall_s: float, plant_min: float, run_dir: Path) -> tuple[Path, float]:
    """Run the plant for `wall_s` seconds; the raw capture and the wall time of its start."""
    os.environ["WFLAB_MINUTES"] = str(plant_min)
    timeline.SCALE = plant_min / timeline.NOMINAL_MINUTES
    raw = run_dir / "raw.pcapng"
    shutil.rmtree(run_dir, ignore_errors=True)
    os.environ["WFLAB_RUN"] = str(run_dir)
    with Stage(run_dir, stretch=plant_min * 60.0 / wall_s) as stage:
        print("raising the plant ...", flush=True)
        _raise_plant(stage)
        stage.record(raw)
        stage.start_clock()
        ends = time.strftime("%H:%M:%S", time.localtime(time.time() + wall_s))
        print(f"recording for {wall_s:.0f} s (ends {ends}) ...", flush=True)
        _start_clients(stage)
        _attack(stage)
        stage.stop_recording()
    return raw, stage.started


def main(wall_s: float, plant_min: float, out: str | None) -> None:
    """Make the capture and its truth."""
    folder = Path(out) if out else LAB.parent / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    run_dir = LAB / "run" / "plant"
    raw, started = perform(wall_s, plant_min, run_dir)
    packets = pcapng.read(raw)
    stretched = pcapng.stretch(packets, clock.EPOCH, plant_min * 60.0 / wall_s, started)
    pcapng.write(folder / CAPTURE, stretched, list(ZONES), "Northfield Waterworks, made by the lab")
    print(f"{folder / CAPTURE}: {len(stretched)} frames, {(folder / CAPTURE).stat().st_size} bytes")
    truth.main(out)
