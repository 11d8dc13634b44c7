"""The process: raw water, filters, chlorine, reservoir, booster pumps and a filling line, real enough to be stopped.

Every quantity has a tag in `Water.tags`. Devices read measurements from it and put there what was written to them;
controllers that run move their own outputs in `_control`, from what they have *seen*: a controller whose conversation
with its remote I/O is cut goes on with the last value, and the process shows what follows.

Units: cm, m3/h, rpm, mbar, mg/l, kPa, bottles a minute; `now` is in seconds since the start of the run.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

STEP_S = 2.0
DAY_S = 86_400.0
# tag: (name, lower limit, upper limit, whether a person can be hurt beyond it)
LIMITS = {
    "raw.level_cm": ("Raw water tank", 60.0, 480.0, False),
    "filters.turbidity_out": ("Turbidity after filters", 0.0, 0.5, True),
    "dosing.residual_mgl": ("Free chlorine", 0.15, 1.2, True),
    "reservoir.level_cm": ("Reservoir", 120.0, 480.0, False),
    "booster.pressure_kpa": ("Network pressure", 350.0, 650.0, False),
}
FULL_RATE = 180.0


@dataclass
class Minute:
    """What one minute of plant time brought: bottles filled, water delivered, limits violated."""

    at: float
    bottles: float
    water_m3: float
    alarms: tuple[str, ...]


class Water:
    """State, measurements and controllers' programs. The same seed and the same acts give the same values."""

    def __init__(self, seed: int, start_of_day_s: float):
        self.rng = random.Random(f"water {seed}")
        self.start_of_day_s = start_of_day_s
        self.now = 0.0
        self.running = dict.fromkeys(("plc-intake", "plc-filters", "plc-dosing", "plc-filling", "plc-conveyor",
                                      "rtu-booster"), True)
        self.seen: dict[str, tuple[float, float]] = {}
        self.minutes: list[Minute] = []
        self._bottles = self._water = 0.0
        self._minute_alarms: set[str] = set()
        self.level, self.speed, self.raw_flow = 318.0, 1450.0, 145.0
        self.reservoir, self.flow, self.dp = 402.0, 140.0, 96.0
        self.turbidity_in, self.residual, self.ph = 4.2, 0.45, 7.4
        self.pressure, self.conveyor, self.rate = 520.0, 1.0, FULL_RATE
        self.volume_m3, self.bottles_total, self.wear = 98_120.0, 0.0, 0.0
        self.forced: dict[str, float] = {}
        self.tags: dict[str, float] = {
            "intake.level_sp_cm": 320.0, "intake.valve_percent": 60.0, "intake.pump_1": 1.0, "intake.pump_2": 0.0,
            "drive.speed_ref_rpm": 1450.0, "drive.run": 1.0,
            "filters.flow_sp_m3h": 140.0, "filters.backwash_sp_mbar": 220.0, "filters.turbidity_seen": 0.12,
            "dosing.dose_sp_mgl": 0.8, "dosing.ph_sp": 7.4, "dosing.run": 1.0,
            "reservoir.valve": 1.0, "booster.pump_1": 1.0, "booster.pump_2": 0.0, "booster.pressure_sp_kpa": 520.0,
            "feeder.breaker": 1.0, "filling.rate_sp": FULL_RATE, "filling.run": 1.0, "conveyor.speed_sp": 1.0,
            "conveyor.run": 1.0, "ahu.supply_sp_c": 19.0, "ahu.fan": 1.0, "chiller.sp_c": 7.0, "chiller.run": 1.0,
        }
        self._measure()

    def see(self, tag: str, value: float) -> None:
        """A controller has read a value over the network."""
        self.seen[tag] = (self.now, value)

    def seen_age(self, tag: str) -> float:
        """Seconds since a controller last got a value; a long time when it never did."""
        return self.now - self.seen[tag][0] if tag in self.seen else 1e9

    def step(self, now: float) -> None:
        """Advance to a plant second."""
        while self.now < now:
            dt = min(STEP_S, now - self.now)
            before = self.now
            self.now += dt
            self._control()
            self._move(dt)
            self._measure()
            if int(before // 60) != int(self.now // 60):
                self._close_minute()

    def demand(self) -> float:
        """Share of nominal demand: two peaks a day and a short wave."""
        of_day = (self.start_of_day_s + self.now) % DAY_S / DAY_S
        return 0.92 + 0.16 * math.sin(4 * math.pi * (of_day - 0.17)) + 0.05 * math.sin(self.now / 97.0)

    def _control(self) -> None:
        t = self.tags
        if self.running["plc-intake"] and self.seen_age("raw.level_cm") < 1e8:
            error = t["intake.level_sp_cm"] - self.seen["raw.level_cm"][1]
            t["intake.speed_out_rpm"] = min(max(1450.0 + 12.0 * error, 0.0), 2950.0)
        if self.running["plc-filters"] and self.seen:
            blind = self.seen_age("sensor.turbidity") > 60.0 and "sensor.turbidity" in self.seen
            t["filters.open"] = 0.0 if blind else 1.0
        if self.running["plc-filling"] and "conveyor.speed" in self.seen:
            fresh = self.seen_age("conveyor.speed") < 10.0
            t["filling.go"] = 1.0 if fresh and self.seen["conveyor.speed"][1] > 0.2 else 0.0

    def _move(self, dt: float) -> None:
        t, day = self.tags, dt / DAY_S
        self.wear += 0.004 * day
        powered = t["feeder.breaker"] > 0.5
        target = t["drive.speed_ref_rpm"] if powered and t["drive.run"] and t["intake.pump_1"] else 0.0
        self.speed += (target - self.speed) * (1 - math.exp(-dt / 12.0))
        self.raw_flow = 0.1 * self.speed * (1 + t["intake.pump_2"] * powered) * (1 - self.wear)
        wanted = t["filters.flow_sp_m3h"] * self.demand() * t.get("filters.open", 1.0) * t["intake.valve_percent"] / 60.0
        wanted = 0.0 if self.level < 20.0 else wanted
        self.flow += (wanted - self.flow) * (1 - math.exp(-dt / 25.0))
        self.level = min(max(self.level + (self.raw_flow - self.flow) * dt / 220.0, 0.0), 520.0)
        self.dp += dt * self.flow / 6000.0
        if self.dp > t["filters.backwash_sp_mbar"] and self.running["plc-filters"]:
            self.dp = 72.0
        self.turbidity_in += (4.2 + 0.6 * math.sin(self.now / 800.0) - self.turbidity_in) * dt / 300.0
        dose = t["dosing.dose_sp_mgl"] if t["dosing.run"] and self.flow > 5 else 0.0
        self.residual += (dose * 0.57 - self.residual) * (1 - math.exp(-dt / 180.0))
        self.ph += (t["dosing.ph_sp"] - 0.12 * (t["dosing.dose_sp_mgl"] - 0.8) - self.ph) * (1 - math.exp(-dt / 240.0))
        pumps = (t["booster.pump_1"] + t["booster.pump_2"]) * powered * t["reservoir.valve"]
        rest = t["booster.pressure_sp_kpa"] if pumps and self.reservoir > 20 else 180.0
        self.pressure += (rest - self.pressure) * (1 - math.exp(-dt / 30.0))
        out = (125.0 * self.demand() * (self.pressure / 520.0) + 12.0 * self.rate / FULL_RATE) * (1.0 if pumps else 0.2)
        self.reservoir = min(max(self.reservoir + (self.flow - out) * dt / 900.0, 0.0), 520.0)
        moving = t["conveyor.run"] and self.running["plc-conveyor"]
        self.conveyor += ((t["conveyor.speed_sp"] if moving else 0.0) - self.conveyor) * (1 - math.exp(-dt / 3.0))
        fills = (t["filling.run"] and t.get("filling.go", 1.0) and self.running["plc-filling"] and self.pressure > 380.0
                 and 0.1 < self.residual < 1.5)
        aim = min(t["filling.rate_sp"], 240.0) * min(self.conveyor, 1.3) if fills else 0.0
        self.rate += (aim - self.rate) * (1 - math.exp(-dt / 5.0))
        self._bottles += self.rate * dt / 60.0
        self._water += out * dt / 3600.0
        self.volume_m3 += out * dt / 3600.0

    def _measure(self) -> None:
        gauss = self.rng.gauss
        drift = 0.5 * self.now / DAY_S
        measured = {
            "raw.level_cm": self.level + drift + gauss(0, 0.3), "raw.flow_m3h": self.raw_flow + gauss(0, 0.4),
            "drive.speed_rpm": self.speed + gauss(0, 1.5), "drive.current_a": 4 + 8.5 * (self.speed / 1000) ** 2 + gauss(0, 0.1),
            "drive.temperature_c": 41.0 + self.speed / 250.0 + 40 * self.wear + gauss(0, 0.1),
            "drive.vibration_mms": 1.6 + 9.0 * self.wear + self.speed / 2400.0 + abs(gauss(0, 0.05)),
            "filters.flow_m3h": self.flow + gauss(0, 0.4), "filters.turbidity_in": self.turbidity_in + gauss(0, 0.03),
            "filters.turbidity_out": max(0.028 * self.turbidity_in + max(self.dp - 230.0, 0) / 400.0 + gauss(0, 0.002), 0.01),
            "filters.dp_mbar": self.dp + gauss(0, 0.3),
            "dosing.residual_mgl": max(self.residual + gauss(0, 0.006), 0.0), "dosing.ph": self.ph + gauss(0, 0.01),
            "dosing.flow_lh": max(4.2 * self.tags["dosing.dose_sp_mgl"] * self.demand() + gauss(0, 0.02), 0.0),
            "reservoir.level_cm": self.reservoir + gauss(0, 0.3), "reservoir.outflow_m3h": 125 * self.demand() + gauss(0, 0.5),
            "booster.pressure_kpa": self.pressure + gauss(0, 1.0), "booster.flow_m3h": 86 * self.demand() + gauss(0, 0.3),
            "booster.battery_v": 27.3 + gauss(0, 0.02), "feeder.power_kw": (12 + self.speed / 40) * self.tags["feeder.breaker"],
            "filling.rate": max(self.rate + gauss(0, 0.4), 0.0), "conveyor.speed": max(self.conveyor + gauss(0, 0.004), 0.0),
            "filling.total": round(self.bottles_total + self._bottles), "booster.volume_m3": self.volume_m3,
            "ahu.supply_c": 19.0 + 0.5 * math.sin(self.now / 600.0) + gauss(0, 0.05),
            "chiller.water_c": self.tags["chiller.sp_c"] + gauss(0, 0.05),
        }
        self.tags.update(measured)
        self.tags["sensor.turbidity"] = self.tags["filters.turbidity_out"]
        self.tags.update(self.forced)
        true = {"raw.level_cm": self.level, "reservoir.level_cm": self.reservoir, "dosing.residual_mgl": self.residual,
                "booster.pressure_kpa": self.pressure, "filters.turbidity_out": measured["filters.turbidity_out"]}
        for tag, (name, low, high, _) in LIMITS.items():
            if not low <= true[tag] <= high:
                self._minute_alarms.add(f"{name} {'low' if true[tag] < low else 'high'}")

    def _close_minute(self) -> None:
        self.minutes.append(Minute(self.now, self._bottles, self._water, tuple(sorted(self._minute_alarms))))
        self.bottles_total += self._bottles
        self._bottles = self._water = 0.0
        self._minute_alarms = set()
