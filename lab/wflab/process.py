"""A small water works in numbers: first-order lags, a slow demand wave and seeded noise.

`step` is given plant seconds; the same seed and the same steps give the same values.
"""

from __future__ import annotations

import math
import random
import zlib


class Lag:
    """A value that follows its target with time constant `tau_s` plus measurement noise."""

    def __init__(self, value: float, tau_s: float, noise: float, rng: random.Random):
        self.value = value
        self.tau_s = tau_s
        self.noise = noise
        self.rng = rng

    def step(self, target: float, dt_s: float) -> float:
        """Move towards the target, return the noisy reading."""
        self.value += (target - self.value) * (1.0 - math.exp(-dt_s / self.tau_s))
        return self.value + self.rng.gauss(0.0, self.noise)


class Process:
    """Common clock handling; children say how values move in `_move`."""

    def __init__(self):
        self.rng = random.Random(zlib.crc32(type(self).__name__.encode()))
        self.last_s: float | None = None

    def lag(self, value: float, tau_s: float, noise: float) -> Lag:
        """A lag with this process's random numbers."""
        return Lag(value, tau_s, noise, self.rng)

    def step(self, now_s: float) -> None:
        """Advance to plant second `now_s`."""
        dt_s = 0.0 if self.last_s is None else max(now_s - self.last_s, 0.0)
        self.last_s = now_s
        self._move(now_s, dt_s)

    def _move(self, now_s: float, dt_s: float) -> None:
        raise NotImplementedError


def demand(now_s: float) -> float:
    """Share of nominal demand: a slow wave of the morning."""
    return 1.0 + 0.18 * math.sin(2 * math.pi * now_s / 2700.0) + 0.05 * math.sin(now_s / 97.0)


class Intake(Process):
    """Raw water pumps filling the intake tank."""

    def __init__(self):
        super().__init__()
        self.speed_setpoint_rpm = 1450.0
        self.level_setpoint_cm = 320.0
        self.valve_percent = 60.0
        self.pumps = [True, False, False, False]
        self._speed = self.lag(1450.0, 20.0, 1.5)
        self._flow = self.lag(145.0, 15.0, 0.4)
        self._temp = self.lag(11.5, 900.0, 0.03)
        self.level_cm, self.speed_rpm, self.flow_m3h = 318.0, 1450.0, 145.0
        self.pressure_kpa, self.temperature_c, self.current_a = 410.0, 11.5, 22.0

    def _move(self, now_s, dt_s):
        running = sum(self.pumps[:2])
        self.speed_rpm = max(self._speed.step(self.speed_setpoint_rpm if running else 0.0, dt_s), 0)
        self.flow_m3h = max(self._flow.step(0.1 * self.speed_rpm * running, dt_s), 0.0)
        outflow = 143.0 * demand(now_s) * self.valve_percent / 60.0
        self.level_cm = min(max(self.level_cm + (self.flow_m3h - outflow) * dt_s / 900.0, 0), 500)
        self.pressure_kpa = 195.0 * (self.speed_rpm / 1000.0) ** 2 + self.rng.gauss(0, 1.2)
        self.current_a = 4.0 + 8.5 * (self.speed_rpm / 1000.0) ** 2 + self.rng.gauss(0, 0.1)
        self.temperature_c = self._temp.step(11.5 + 0.8 * math.sin(now_s / 1500.0), dt_s)


class Reservoir(Process):
    """The clear-water reservoir on the hill."""

    def __init__(self):
        super().__init__()
        self.valves = [True, True, False, False]
        self.level_cm, self.outflow_m3h, self.pressure_kpa = 452.0, 140.0, 380.0

    def _move(self, now_s, dt_s):
        self.outflow_m3h = 140.0 * demand(now_s) * sum(self.valves[:2]) / 2 + self.rng.gauss(0, 0.5)
        self.level_cm += (141.0 - self.outflow_m3h) * dt_s / 1800.0
        self.pressure_kpa = 336.0 + self.level_cm * 0.0981 + self.rng.gauss(0, 0.6)


class Filters(Process):
    """Rapid sand filters: turbidity, differential pressure, backwash."""

    def __init__(self):
        super().__init__()
        self.flow_setpoint_m3h, self.backwash_setpoint_mbar = 140.0, 220.0
        self._flow = self.lag(140.0, 25.0, 0.4)
        self._raw = self.lag(4.2, 300.0, 0.05)
        self.flow_m3h, self.turbidity_in, self.turbidity_out, self.dp_mbar = 140.0, 4.2, 0.12, 96.0

    def _move(self, now_s, dt_s):
        self.flow_m3h = self._flow.step(self.flow_setpoint_m3h, dt_s)
        self.turbidity_in = self._raw.step(4.2 + 0.6 * math.sin(now_s / 800.0), dt_s)
        self.turbidity_out = max(0.028 * self.turbidity_in + self.rng.gauss(0, 0.002), 0.01)
        self.dp_mbar += dt_s * self.flow_m3h / 6000.0
        if self.dp_mbar > self.backwash_setpoint_mbar:
            self.dp_mbar = 72.0


class Dosing(Process):
    """Chlorine dosing before the clear-water reservoir."""

    def __init__(self):
        super().__init__()
        self.dose_setpoint_mgl, self.ph_setpoint = 0.8, 7.4
        self._residual = self.lag(0.45, 180.0, 0.006)
        self._ph = self.lag(7.4, 240.0, 0.01)
        self.residual_mgl, self.ph, self.dose_flow_lh, self.tank_percent = 0.45, 7.4, 3.4, 81.0

    def _move(self, now_s, dt_s):
        self.residual_mgl = max(self._residual.step(self.dose_setpoint_mgl * 0.57, dt_s), 0.0)
        self.ph = self._ph.step(self.ph_setpoint - 0.12 * (self.dose_setpoint_mgl - 0.8), dt_s)
        self.dose_flow_lh = max(4.2 * self.dose_setpoint_mgl * demand(now_s)
                                + self.rng.gauss(0, 0.02), 0.0)
        self.tank_percent = max(self.tank_percent - self.dose_flow_lh * dt_s / 36000.0, 0.0)


class Booster(Process):
    """Booster pump station far from the works, behind an RTU."""

    def __init__(self):
        super().__init__()
        self.breakers = [True, False]
        self.pressure_setpoint_kpa = 520.0
        self._flow = self.lag(86.0, 30.0, 0.3)
        self._pressure = self.lag(520.0, 30.0, 1.0)
        self.flow_m3h, self.pressure_kpa, self.battery_v, self.cabinet_c = 86.0, 520.0, 27.3, 19.0
        self.starts, self.volume_m3 = 412, 98120.0

    def _move(self, now_s, dt_s):
        running = sum(self.breakers)
        self.flow_m3h = max(self._flow.step(86.0 * running * demand(now_s), dt_s), 0.0)
        self.pressure_kpa = self._pressure.step(self.pressure_setpoint_kpa if running else 180, dt_s)
        self.battery_v = 27.3 + self.rng.gauss(0, 0.02)
        self.cabinet_c = 19.0 + 1.5 * math.sin(now_s / 2000.0) + self.rng.gauss(0, 0.05)
        self.volume_m3 += self.flow_m3h * dt_s / 3600.0
