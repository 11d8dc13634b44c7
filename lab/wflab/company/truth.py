"""truth.json of a run: machines, permitted conversations, acts with their frames, attack spans, what the process suffered."""

from __future__ import annotations

from dataclasses import asdict

from . import wire
from .plan import BY_NAME, HOSTS, OUTSIDE_HOSTS, PERMITTED, ZONES, ip_of, members
from .scenario import Scenario
from .water import FULL_RATE, LIMITS


def devices(frames: list[wire.Frame], moved: dict[str, str]) -> list[dict]:
    """Every machine that can be known from this capture: one that never said a word is not there to be found."""
    heard = {frame.packet.data[6:12] for frame in frames}
    listed = [_device(host, moved) for host in HOSTS if bytes.fromhex(host.mac.replace(":", "")) in heard]
    listed.append({
        "name": "firewall", "macs": [zone.router_mac for zone in ZONES.values()], "ips": [z.gateway for z in ZONES.values()],
        "vendor": "Cisco", "model": None, "order_number": None, "firmware": None, "serial": None, "role": "network_device",
        "purdue_level": None, "zone": None, "hostname": None})
    return listed


def _device(host, moved: dict[str, str]) -> dict:
    ips = [host.ip, *([moved[host.name]] if host.name in moved else [])]
    return {"name": host.name, "macs": [host.mac], "ips": ips, **asdict(host.identity), "role": host.role,
            "purdue_level": None if host.late else ZONES[host.zone].purdue_level, "zone": host.zone, "hostname": host.hostname}


def permitted() -> list[dict]:
    """What the firewall lets pass."""
    return [{"from": members(source) or "any", "to": members(target) or "any", "protocol": protocol, "ports": list(ports)}
            for source, target, protocol, ports in PERMITTED]


def spans(scenario: Scenario | None, frames: list[wire.Frame], theatre, epoch: float) -> list[dict]:
    """One span a technique and actor: first and last time, its frames, the machines it was done to."""
    done, live = theatre.done, theatre.speed is not None
    if scenario is None:
        return []
    numbers: dict[int, list[int]] = {}
    for number, frame in enumerate(frames, 1):
        numbers.setdefault(frame.event, []).append(number)
    found: dict[tuple, dict] = {}
    for event in done:
        if not event.label.startswith("step "):
            continue
        step = scenario.steps[int(event.label.split()[1])]
        if step.technique is None or not numbers.get(event.index):
            continue
        begin = event.began if live else epoch + event.at
        span = found.setdefault((step.technique, step.by), {
            "technique": step.technique, "by": step.by, "src": address(step.by), "targets": [],
            "from": begin, "to": 0.0, "first_frame": numbers[event.index][0], "frames": 0})
        span["to"] = max(span["to"], begin + event.ended - event.began)
        span["frames"] += len(numbers[event.index])
        if step.on and address(step.on) not in span["targets"]:
            span["targets"].append(address(step.on))
    return [{**span, "from": round(span["from"], 3), "to": round(span["to"], 3)} for span in found.values()]


def address(name: str) -> str:
    """Address of a machine, inside or outside."""
    return ip_of(name) if name in BY_NAME or name in OUTSIDE_HOSTS else name


def not_assets(frames: list[wire.Frame], known: list[dict]) -> list[str]:
    """Addresses of our own segments that were spoken to or asked for and belong to nobody."""
    own = {ip for device in known for ip in device["ips"]} | set(OUTSIDE_HOSTS.values())
    asked = set()
    for frame in frames:
        if found := wire.addressed(frame.packet.data):
            asked.add(found[1])
        elif frame.packet.data[12:14] == b"\x08\x06":
            asked.add(".".join(map(str, frame.packet.data[38:42])))
    return sorted(asked - own - {"0.0.0.0"}, key=lambda ip: tuple(int(part) for part in ip.split(".")))


def process(world) -> dict:
    """Minutes with what they brought, and the alarms as spans."""
    minutes = world.water.minutes
    alarms: list[dict] = []
    open_alarms: dict[str, dict] = {}
    for minute in minutes:
        for name in minute.alarms:
            if name in open_alarms:
                open_alarms[name]["to"] = world.epoch + minute.at
            else:
                safety = any(name.startswith(told) and harms for told, _, _, harms in LIMITS.values())
                open_alarms[name] = {"alarm": name, "safety": safety, "from": world.epoch + minute.at - 60,
                                     "to": world.epoch + minute.at}
                alarms.append(open_alarms[name])
        for name in set(open_alarms) - set(minute.alarms):
            del open_alarms[name]
    return {
        "bottles": round(sum(m.bottles for m in minutes), 1), "water_m3": round(sum(m.water_m3 for m in minutes), 2),
        "bottles_lost": round(max(sum(FULL_RATE * 0.93 - m.bottles for m in minutes if m.bottles < FULL_RATE * 0.9), 0.0), 1),
        "bottles_per_minute": [round(m.bottles, 1) for m in minutes], "alarms": alarms,
    }


def tell(world, scenario: Scenario | None, frames: list[wire.Frame], capture: str) -> dict:
    """The whole truth of one run."""
    known = devices(frames, world.addresses)
    all_acts = wire.acts(frames, world.theatre.done)
    return {
        "schema": 1, "capture": capture, "seed": world.seed, "epoch": world.epoch,
        "scenario": None if scenario is None else {
            "name": scenario.name, "title": scenario.title, "kind": scenario.kind, "summary": scenario.summary,
            "cause": scenario.cause, "cause_address": scenario.cause and address(scenario.cause),
            "work_order": scenario.work_order},
        "seconds": world.theatre.now, "frames": len(frames), "zones": [asdict(z) for z in ZONES.values()],
        "devices": known, "external_addresses": list(OUTSIDE_HOSTS.values()), "permitted": permitted(),
        "acts": all_acts, "spans": spans(scenario, frames, world.theatre, world.epoch),
        "process": process(world), "not_assets": not_assets(frames, known),
    }
