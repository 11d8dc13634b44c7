"""The historian's MQTT broker (Eclipse Mosquitto) and the collector that subscribes to it (Eclipse Paho)."""

from __future__ import annotations

import threading
import time

import paho.mqtt.client as paho

from ..plan import BY_NAME

PORT = 1883
GROUP = "Northfield"
HOURS_S = 3600


class Collector:
    """Takes what is published, on the historian itself; `wait` returns when a topic has come once more."""

    def __init__(self, address: str):
        self.last: dict[str, bytes] = {}
        self.counts: dict[str, int] = {}
        self.changed = threading.Condition()
        self.client = paho.Client("historian-collector", protocol=paho.MQTTv311)
        self.client.on_message = self._take
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.connect(address, PORT, keepalive=HOURS_S)
        self.client.loop_start()

    def _take(self, client, userdata, message) -> None:
        with self.changed:
            self.last[message.topic] = message.payload
            self.counts[message.topic] = self.counts.get(message.topic, 0) + 1
            self.changed.notify_all()

    def count(self, topic: str) -> int:
        """How often a topic came."""
        return self.counts.get(topic, 0)

    def wait(self, topic: str, before: int, timeout_s: float) -> bool:
        """Whether a topic comes once more than `before` in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.count(topic) > before, timeout_s)


def serve(world, name: str) -> None:
    """Start the broker, and the collector when it listens."""
    config = world.run_dir / "mosquitto.conf"
    config.write_text(f"listener {PORT} {BY_NAME[name].ip}\nuser root\nallow_anonymous true\nsys_interval 0\n",
                      encoding="ascii")
    world.spawn(name, ["mosquitto", "-c", str(config.resolve())], "mosquitto")
    deadline = time.monotonic() + 10
    while True:
        try:
            world.state["mqtt collector"] = Collector(BY_NAME[name].ip)
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
