"""MQTT clients (Eclipse Paho, without threads) and a Sparkplug B edge node (payloads by pysparkplug)."""

from __future__ import annotations

import contextlib
import time

import paho.mqtt.client as paho
import pysparkplug as spark

from ..devices.mqtt import GROUP, HOURS_S, PORT
from ..plan import BY_NAME, ip_of

TIMEOUT_S = 0.5
EDGE, BROKER = "edge-vibration", "historian"
REBIRTH = "Node Control/Rebirth"
# levels of a topic that make what is published an order
ORDERS = frozenset({"set", "cmd", "cmnd", "command", "commands", "write"})
KIND = spark.DataType
# metric: alias, tag
METRICS = {"Drive/Vibration": (1, "drive.vibration_mms"), "Drive/Temperature": (2, "drive.temperature_c")}


class Refused(RuntimeError):
    """The broker said no."""


class Link:
    """One connection to the broker, served only while something is waited for."""

    def __init__(self, identifier: str, will: tuple[str, bytes] | None = None):
        self.client = paho.Client(identifier, protocol=paho.MQTTv311)
        self.acknowledged: set[int] = set()
        self.welcome: int | None = None
        self.inbox: list[tuple[str, bytes]] = []
        self.client.on_connect = self._connected
        self.client.on_publish = self.client.on_subscribe = lambda c, u, number, *_: self.acknowledged.add(number)
        self.client.on_message = lambda c, u, message: self.inbox.append((message.topic, message.payload))
        self.client._connect_timeout = TIMEOUT_S
        if will:
            self.client.will_set(*will, qos=1)
        try:
            self.client.connect(ip_of(BROKER), PORT, keepalive=HOURS_S)
        except OSError as error:
            raise TimeoutError(f"{BROKER} does not answer on port {PORT}: {error}") from error
        self.until(lambda: self.welcome is not None)
        if self.welcome:
            raise Refused(paho.connack_string(self.welcome))

    def _connected(self, client, userdata, flags, code) -> None:
        self.welcome = code

    def until(self, condition) -> None:
        """Serve the connection until something is so."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline or self.client.loop(0.05) != paho.MQTT_ERR_SUCCESS:
                self.drop()
                raise TimeoutError(f"{BROKER} does not answer on port {PORT}")

    def publish(self, topic: str, payload: bytes, qos: int, retain: bool = False) -> None:
        """Publish; with a quality of service above 0, wait for the acknowledgement."""
        sent = self.client.publish(topic, payload, qos, retain)
        self.until(lambda: sent.mid in self.acknowledged)

    def subscribe(self, topic: str) -> None:
        """Subscribe and wait for the acknowledgement."""
        _, number = self.client.subscribe(topic, qos=1)
        self.until(lambda: number in self.acknowledged)

    def listen(self) -> None:
        """Take what has come in the meantime."""
        self.client.loop(0.0)

    def alive(self) -> bool:
        """Whether the connection stands."""
        return self.client.socket() is not None

    def drop(self) -> None:
        """Cut the connection without a word: the broker then publishes the will."""
        with contextlib.suppress(OSError, AttributeError):
            self.client.socket().close()
        self.client._sock = None

    def close(self) -> None:
        """Take leave."""
        self.client.disconnect()


def _link(world, actor: str, will: tuple[str, bytes] | None = None, identifier: str | None = None) -> Link:
    key = ("mqtt", actor, BROKER)
    if key not in world.links or not world.links[key].alive():
        world.links[key] = Link(identifier or actor, will)
    return world.links[key]


def _arrived(world, topic: str, send) -> None:
    """Send, and wait until the historian's collector has it."""
    collector = world.state["mqtt collector"]
    before = collector.count(topic)
    send()
    if not collector.wait(topic, before, TIMEOUT_S):
        raise TimeoutError(f"{topic} did not reach the historian")


# ---- the edge node -------------------------------------------------------------------------------------------------


def _topic(kind: str, node: str = EDGE) -> str:
    return f"spBv1.0/{GROUP}/{kind}/{node}"


def _now(world) -> int:
    return int(world.plant_time() * 1000)


def _metric(world, name: str | None, kind: spark.DataType, value, alias: int | None = None) -> spark.Metric:
    return spark.Metric(timestamp=_now(world), name=name, datatype=kind, value=value, alias=alias)


def _number(world) -> int:
    state = world.state.setdefault("sparkplug", {"seq": -1, "birth": 0})
    state["seq"] = (state["seq"] + 1) % 256
    return state["seq"]


def birth(world, actor: str = EDGE) -> None:
    """Connect with a will, subscribe to commands, and tell what there is to know."""
    state = world.state.setdefault("sparkplug", {"seq": -1, "birth": 0})
    number = _metric(world, "bdSeq", KIND.INT64, state["birth"])
    death_payload = spark.NDeath(_now(world), number).encode(include_dtypes=True)
    link = _link(world, actor, (_topic("NDEATH"), death_payload))
    link.subscribe(_topic("NCMD"))
    _born(world, link)


def _born(world, link: Link) -> None:
    state, tags = world.state["sparkplug"], world.water.tags
    state["seq"] = -1
    metrics = [_metric(world, "bdSeq", KIND.INT64, state["birth"]), _metric(world, REBIRTH, KIND.BOOLEAN, False),
               _metric(world, "Properties/Hardware Make", KIND.STRING, BY_NAME[EDGE].identity.vendor)]
    metrics += [_metric(world, name, KIND.FLOAT, round(tags[tag], 2), alias) for name, (alias, tag) in METRICS.items()]
    payload = spark.NBirth(_now(world), _number(world), tuple(metrics)).encode(include_dtypes=True)
    _arrived(world, _topic("NBIRTH"), lambda: link.publish(_topic("NBIRTH"), payload, 0))


def data(world, actor: str = EDGE) -> None:
    """Vibration and temperature by alias; before that, what was commanded in the meantime is done."""
    key = ("mqtt", actor, BROKER)
    if key not in world.links or not world.links[key].alive():
        world.state.get("sparkplug", {}).update(birth=world.state.get("sparkplug", {}).get("birth", -1) + 1)
        birth(world, actor)
    link = world.links[key]
    link.listen()
    _obey(world, link)
    tags = world.water.tags
    metrics = tuple(_metric(world, None, KIND.FLOAT, round(tags[tag], 2), alias) for alias, tag in METRICS.values())
    payload = spark.NData(_now(world), _number(world), metrics).encode(include_dtypes=True)
    _arrived(world, _topic("NDATA"), lambda: link.publish(_topic("NDATA"), payload, 0))


def _obey(world, link: Link) -> None:
    commands, link.inbox = link.inbox, []
    for _, payload in commands:
        for metric in spark.NCmd.decode(payload).metrics:
            if metric.name == REBIRTH and metric.value:
                _born(world, link)


def rebirth(world, actor: str = EDGE) -> None:
    """Tell everything once more."""
    _born(world, _link(world, actor))


def death(world, actor: str = EDGE) -> None:
    """The connection breaks: the broker publishes the node's death."""
    link = world.links.get(("mqtt", actor, BROKER))
    if link is not None:
        _arrived(world, _topic("NDEATH"), link.drop)


# ---- anybody else --------------------------------------------------------------------------------------------------


def publish(world, actor: str, topic: str, payload: str, qos: int = 1, retain: bool = False, **told) -> None:
    """Publish a text on any topic; told as an act, an order where a level of the topic says so."""
    link = _link(world, actor)
    order = not ORDERS.isdisjoint(topic.lower().split("/"))
    world.act("mqtt", "publish", "write" if order else "read", BROKER, topic, payload if order else None,
              port=PORT, **told)
    link.publish(topic, payload.encode(), qos, retain)


def command(world, actor: str, metric: str = REBIRTH, value=True, node: str = EDGE, **told) -> None:
    """A Sparkplug node command in the host's name; told as an act."""
    link = _link(world, actor)
    kind = KIND.BOOLEAN if isinstance(value, bool) else KIND.STRING if isinstance(value, str) else KIND.FLOAT
    payload = spark.NCmd(_now(world), (_metric(world, metric, kind, value),)).encode(include_dtypes=True)
    category = "control" if metric == "Node Control/Reboot" else "write"
    words = str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else f"{value:g}"
    world.act("sparkplug_b", "node_command", category, BROKER, f"{GROUP}/{node}/{metric}", words, port=PORT, **told)
    _arrived(world, _topic("NCMD", node), lambda: link.publish(_topic("NCMD", node), payload, 0))


def forge(world, actor: str, values: dict[str, float], node: str = EDGE, **told) -> None:
    """False readings in the edge node's name, by metric name."""
    link = _link(world, actor)
    metrics = tuple(_metric(world, name, KIND.FLOAT, float(value)) for name, value in values.items())
    number = (world.state.get("sparkplug", {"seq": 0})["seq"] + 1) % 256
    link.publish(_topic("NDATA", node), spark.NData(_now(world), number, metrics).encode(include_dtypes=True), 0)


def listen(world, actor: str, topic: str = "#") -> None:
    """Subscribe to everything and take what comes at once."""
    link = _link(world, actor)
    link.subscribe(topic)
    link.listen()
