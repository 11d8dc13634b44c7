"""What scenarios do beside talking: plug machines in, scan, flood, force a sensor, cut a conversation, stop a rhythm."""

from __future__ import annotations

import importlib
import socket

from .links import infra
from .plan import BY_NAME, ZONES, ip_of


def plug(world, actor: str) -> None:
    """A machine that was not there gets a cable, and a lease where it takes one."""
    host = BY_NAME[actor]
    if host.leased:
        infra.lease(world, host)
    for part in host.parts:
        world.start(actor, part)


def unplug(world, actor: str) -> None:
    """The machine goes silent."""
    world.theatre.stop(actor)
    world.network.exec(actor, "ip", "link", "set", "eth0", "down")


def back(world, actor: str) -> None:
    """An unplugged machine comes back with its address; what it did regularly does not."""
    host = BY_NAME[actor]
    world.network.batch(actor, ["link set eth0 up", f"route replace default via {ZONES[host.zone].gateway} dev eth0 quickack 1"])
    world.forget(actor)


def scan(world, actor: str, ports: str, zone: str | None = None, target: str | None = None, first: int = 1, last: int = 30) -> None:
    """nmap's connect scan of one machine or of a range of a zone."""
    where = ip_of(target) if target else f"{ZONES[zone].prefix}.{first}-{last}"
    world.network.exec(actor, "nmap", "-n", "-Pn", "-sT", "-T5", "--max-retries", "0", "--host-timeout", "8s",
                       "--min-parallelism", "50", "-p", ports, where, check=False)


def ping_sweep(world, actor: str, zone: str, first: int = 1, last: int = 30) -> None:
    """ICMP echo to a range of addresses."""
    world.network.exec(actor, "nmap", "-n", "-sn", "-PE", "-T5", "--max-retries", "0", "--disable-arp-ping",
                       f"{ZONES[zone].prefix}.{first}-{last}", check=False)


def flood(world, actor: str, target: str, port: int, connections: int = 300) -> None:
    """Connections opened as fast as they go, nothing said on them."""
    held = []
    for _ in range(connections):
        try:
            held.append(socket.create_connection((ip_of(target), port), 0.3))
        except OSError:
            continue
    for one in held:
        one.close()


def stop_rhythm(world, actor: str, label: str | None = None) -> None:
    """The machine no longer does what it does regularly."""
    world.theatre.stop(actor, label)


def rhythm(world, actor: str, do: str, on: str, label: str, every: float, until: float | None = None, **arguments) -> None:
    """The machine does something again and again from now on."""
    module, _, function = do.rpartition(".")
    call = getattr(importlib.import_module(f"{__package__}.links.{module}"), function)
    world.theatre.every(every, actor, lambda w: call(w, actor, on, **arguments), label, first=world.theatre.now + every)


def force(world, actor: str, tag: str, value: float) -> None:
    """A sensor shows this value from now on, whatever the process does."""
    world.water.forced[tag] = value


def hold(world, actor: str, tag: str) -> None:
    """A sensor goes on showing its present value: a replay that hides what happens."""
    world.water.forced[tag] = world.water.tags[tag]


def release(world, actor: str, tag: str | None = None) -> None:
    """Sensors show the process again."""
    if tag is None:
        world.water.forced.clear()
    else:
        world.water.forced.pop(tag, None)


def cut(world, actor: str, target: str, port: int | None = None) -> None:
    """The conversation between actor and target is taken away."""
    world.network.cut(ip_of(actor), ip_of(target), port)


def mend(world, actor: str) -> None:
    """All cuts are undone."""
    world.network.mend()


def power_cut(world, actor: str) -> None:
    """The controller loses power: it stops and forgets its connections."""
    world.water.running[actor] = False
    world.forget(actor)


def power_back(world, actor: str) -> None:
    """The controller is up again."""
    world.water.running[actor] = True
    world.forget(actor)


def renumber(world, actor: str, last: int) -> None:
    """The DHCP server gives this machine another address of its zone."""
    host = BY_NAME[actor]
    world.network.batch(actor, ["addr flush dev eth0", f"addr add {ZONES[host.zone].prefix}.{last}/24 brd + dev eth0",
                                f"route add default via {ZONES[host.zone].gateway} dev eth0 quickack 1"])
    world.addresses[actor] = f"{ZONES[host.zone].prefix}.{last}"
    world.forget(actor)

