"""Runs the company in plant time: one thing after the other, each with real stacks on real sockets.

An event is something that a machine does at a plant time: a poll, a write, a name looked up. The theatre takes the
earliest, lets the process simulation catch up, moves into the machine's namespace and carries it out, and notes when
it really began and ended. Between events nothing waits: an hour of plant time takes as long as its packets need. The
recorded frames are moved to plant time afterwards (`wire.frames`): a frame keeps its distance from the beginning of the
event that sent it. With `speed` set the theatre waits for the clock instead (a live run), and nothing is moved.
"""

from __future__ import annotations

import heapq
import random
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

RETRY_S = 30.0  # who gets no answer tries again after this much plant time


@dataclass
class Done:
    """One event that took place: plant time (seconds since the start), real begin and end (epoch seconds)."""

    index: int
    at: float
    began: float
    ended: float
    actor: str
    label: str
    acts: list[dict] = field(default_factory=list)
    error: str | None = None


class Theatre:
    """The order of things. `world` is handed to every action; `world.step(now)` moves the process."""

    def __init__(self, world, inside, seed: int = 1, speed: float | None = None):
        self.world, self.inside = world, inside
        self.seed, self.speed = seed, speed
        self.now = 0.0
        self.done: list[Done] = []
        self.current: Done | None = None
        self._queue: list[tuple[float, int, str, str, Callable, float | None, random.Random | None]] = []
        self._count = 0
        self._busy: dict[str, float] = {}
        self.wall_start = 0.0

    def random(self, *names: object) -> random.Random:
        """Random numbers that depend on the seed and a name only, never on the order of calls."""
        return random.Random(zlib.crc32(":".join(map(str, (self.seed, *names))).encode()))

    def at(self, seconds: float, actor: str, action: Callable, label: str = "") -> None:
        """Do something once."""
        self._push(seconds, actor, label or getattr(action, "__name__", "act"), action, None, None)

    def every(self, period: float, actor: str, action: Callable, label: str, first: float | None = None,
              jitter: float = 0.0) -> None:
        """Do something again and again, `jitter` (share of the period) off the beat."""
        numbers = self.random(actor, label)
        begin = numbers.uniform(0.0, period) if first is None else first
        self._push(begin, actor, label, action, period, numbers if jitter else None, jitter)

    def _push(self, at, actor, label, action, period, numbers, jitter=0.0) -> None:
        heapq.heappush(self._queue, (at, self._count, actor, label, action, period, (numbers, jitter)))
        self._count += 1

    def stop(self, actor: str, label: str | None = None) -> None:
        """Take what a machine does regularly (all of it, or one thing) off the list."""
        self._queue = [e for e in self._queue if e[2] != actor or (label is not None and e[3] != label)]
        heapq.heapify(self._queue)

    def run(self, until: float) -> None:
        """Everything before plant second `until`."""
        if not self.wall_start:
            self.wall_start = time.time()
        while self._queue and self._queue[0][0] < until:
            at, _, actor, label, action, period, (numbers, jitter) = heapq.heappop(self._queue)
            self.now = at
            self.world.step(at)
            self._wait(at)
            answered = self._perform(at, actor, label, action)
            if period is not None:
                shift = numbers.uniform(-jitter, jitter) * period if numbers else 0.0
                wait = period + shift if answered else max(period, RETRY_S)
                self._push(at + wait, actor, label, action, period, numbers, jitter)
        self.now = until
        self.world.step(until)
        self._wait(until)

    def _wait(self, at: float) -> None:
        if self.speed:
            rest = self.wall_start + at / self.speed - time.time()
            if rest > 0:
                time.sleep(rest)

    def _perform(self, at: float, actor: str, label: str, action: Callable) -> bool:
        begins = max(at, self._busy.get(actor, 0.0))
        event = Done(len(self.done), begins, time.time(), 0.0, actor, label)
        self.current = event
        try:
            with self.inside(actor):
                action(self.world)
        except (OSError, TimeoutError, RuntimeError, ValueError, ConnectionError) as error:
            event.error = f"{type(error).__name__}: {error}"
        event.ended = time.time()
        self._busy[actor] = begins + (event.ended - event.began) + 1e-4
        self.done.append(event)
        self.current = None
        return event.error is None

    def note(self, **act) -> None:
        """Write down what the running event does on purpose, just before it is sent."""
        if self.current is None:
            raise RuntimeError("nothing is being done")
        self.current.acts.append({"wall": time.time(), "src_name": self.current.actor, **act})
