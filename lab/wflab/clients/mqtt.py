"""MQTT in its three versions (Eclipse Paho) and Sparkplug B (pysparkplug) at a broker."""

from __future__ import annotations

import time

import paho.mqtt.client as paho
import pysparkplug as spark
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ..devices.mqtt import FORBIDDEN, PASSWORD, PORT, USER
from ..plan import ip_of

GROUP, NODE, DEVICE = "Northfield", "booster-gateway", "vfd-1"


def show_everything() -> None:
    """Each version, refusals, a will, aliases, and a Sparkplug edge node with a device and a host."""
    broker = ip_of("plc-intake")
    _old(broker)
    _usual(broker)
    _new(broker)
    _sparkplug(broker)


def _start(client: paho.Client, broker: str, **how) -> None:
    client.connect(broker, PORT, keepalive=2, **how)
    client.loop_start()
    time.sleep(0.4)


def _end(client: paho.Client) -> None:
    client.disconnect()
    client.loop_stop()


def _old(broker: str) -> None:
    client = paho.Client("hmi-old", protocol=paho.MQTTv31)
    _start(client, broker)
    client.subscribe([("plant/intake/#", 1), ("$SYS/broker/version", 0)])
    time.sleep(0.3)
    client.publish("plant/intake/level", "452.5", qos=0, retain=True)
    client.publish("plant/intake/pump/1/set", "on", qos=1)
    time.sleep(0.5)
    client.unsubscribe("plant/intake/#")
    time.sleep(0.2)
    _end(client)


def _usual(broker: str) -> None:
    refused = paho.Client("intruder", protocol=paho.MQTTv311)
    refused.username_pw_set(USER, "wrong")
    refused.connect(broker, PORT)
    for _ in range(5):
        refused.loop(0.1)
    client = paho.Client("pump-gateway-1", protocol=paho.MQTTv311)
    client.username_pw_set(USER, PASSWORD)
    client.will_set("plant/pump-gateway/state", "offline", qos=1, retain=True)
    _start(client, broker)
    client.subscribe("plant/pump-gateway/cmd", qos=2)
    for topic, payload, qos in (("plant/pump-gateway/state", "online", 1), ("plant/pump-gateway/speed", "1455", 2),
                                ("plant/pump-gateway/running", "true", 0),
                                ("plant/pump-gateway/report", '{"flow": 17.5, "pressure": 324}', 0),
                                ("plant/pump-gateway/cmd", "start", 2)):
        client.publish(topic, payload, qos=qos)
        time.sleep(0.15)
    time.sleep(2.5)  # long enough for a ping
    _end(client)


def _new(broker: str) -> None:
    client = paho.Client("", protocol=paho.MQTTv5)  # the broker gives it a name
    connect = Properties(PacketTypes.CONNECT)
    connect.SessionExpiryInterval = 30
    connect.UserProperty = ("site", "northfield")
    _start(client, broker, clean_start=True, properties=connect)
    client.subscribe([("plant/dosing/#", SubscribeOptions(qos=1, noLocal=True)), ("plant/intake/level", SubscribeOptions(qos=0))])
    time.sleep(0.2)
    publish = Properties(PacketTypes.PUBLISH)
    publish.TopicAlias = 3
    publish.ContentType = "text/plain"
    client.publish("plant/dosing/chlorine", "1.25", qos=0, properties=publish)
    alias = Properties(PacketTypes.PUBLISH)
    alias.TopicAlias = 3
    client.publish("", "1.31", qos=0, properties=alias)
    client.publish("plant/dosing/setpoint/set", "1.4", qos=1)
    client.publish(FORBIDDEN, "x", qos=1)
    time.sleep(0.4)
    client.unsubscribe(["plant/dosing/#", "plant/nothing"])
    time.sleep(0.2)
    _end(client)


def _metric(name: str | None, kind: spark.DataType, value, alias: int | None = None) -> spark.Metric:
    return spark.Metric(timestamp=spark.get_current_timestamp(), name=name, datatype=kind, value=value, alias=alias)


def _sparkplug(broker: str) -> None:
    kind = spark.DataType
    speed = _metric("Drive/Speed", kind.FLOAT, 1455.5, 10)
    device = spark.Device(DEVICE, [speed, _metric("Drive/Fault", kind.INT16, -1, 11),
                                   _metric("Drive/Running", kind.BOOLEAN, True, 12)])
    node = spark.EdgeNode(GROUP, NODE, [
        _metric("Node Control/Rebirth", kind.BOOLEAN, False), _metric("Properties/Hardware Make", kind.STRING, "Northfield"),
        _metric("Properties/Hardware Model", kind.STRING, "Gateway 3"), _metric("Properties/FW", kind.STRING, "2.1.0"),
        _metric("Cabinet/Temperature", kind.DOUBLE, 31.25, 1), _metric("Starts", kind.UINT64, 77, 2)])
    node.register(device)
    host = paho.Client("scada-host", protocol=paho.MQTTv311)
    _start(host, broker)
    host.subscribe([(f"spBv1.0/{GROUP}/#", 1)])
    host.publish("spBv1.0/STATE/scada-host", '{"online": true, "timestamp": 1773122400000}', qos=1, retain=True)
    time.sleep(0.3)
    node.connect(broker)
    time.sleep(1.0)
    node.update([_metric("Cabinet/Temperature", kind.DOUBLE, 31.5, 1)])
    node.update_device(DEVICE, [_metric("Drive/Speed", kind.FLOAT, 1460.0, 10)])
    time.sleep(0.3)
    now = spark.get_current_timestamp()
    for kind_of, body, qos in (
        ("DCMD", spark.DCmd(now, (_metric("Drive/Speed", kind.FLOAT, 1200.0),)), 0),
        ("NCMD", spark.NCmd(now, (_metric("Node Control/Rebirth", kind.BOOLEAN, True),)), 1),
    ):
        to = f"{NODE}/{DEVICE}" if kind_of == "DCMD" else NODE
        host.publish(f"spBv1.0/{GROUP}/{kind_of}/{to}", body.encode(include_dtypes=True), qos=qos)
        time.sleep(0.3)
    node.deregister(DEVICE)
    time.sleep(0.3)
    node.disconnect()
    time.sleep(0.3)
    _end(host)
