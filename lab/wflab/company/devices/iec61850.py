"""Protection relays by libiec61850: MMS servers with name plate, measured power, a breaker to operate, and files.

The library's threads have no way back into Python while a request of the same process waits, so measured values
are pushed into the model just before they are asked for (`refresh`), and an accepted operation is carried
out by `operated`.
"""

from __future__ import annotations

import os

import pyiec61850.pyiec61850 as iec

from ..plan import BY_NAME

# machine: name of the IED as its references begin
IEDS = {"bay-pumps": "BAYPUMPS", "ied-feeder": "FEEDER"}
LOGICAL_DEVICE = "CTRL"
# logical node of the breaker's control: with selection before operation, and direct
SELECTED, DIRECT = "CSWI1", "CSWI2"
HARDWARE = "C"
DISTURBANCE = "NORTHFIELD,{ied},1999\n4,3A,1D\n1,IL1,A,,A,0.1,0,0,-32767,32767,400,1,P\n50\n1\n1000,800\n"
DISTURBANCE_AGE_S = 1_730_000


def domain(name: str) -> str:
    """The MMS domain of a relay."""
    return IEDS[name] + LOGICAL_DEVICE


def _model(name: str):
    model = iec.IedModel_create(IEDS[name])
    device, node = iec.LogicalDevice_create(LOGICAL_DEVICE, model), iec.toModelNode
    lln0 = iec.LogicalNode_create("LLN0", device)
    iec.CDC_ENS_create("Mod", node(lln0), 0)
    iec.CDC_ENS_create("Health", node(lln0), 0)
    plate = iec.CDC_OPTION_DPL_HWREV | iec.CDC_OPTION_DPL_SWREV | iec.CDC_OPTION_DPL_SERNUM | iec.CDC_OPTION_DPL_MODEL
    iec.CDC_DPL_create("PhyNam", node(iec.LogicalNode_create("LPHD1", device)), plate)
    for switch, control in ((SELECTED, iec.CDC_CTL_MODEL_SBO_NORMAL | iec.CDC_CTL_MODEL_HAS_CANCEL),
                            (DIRECT, iec.CDC_CTL_MODEL_DIRECT_NORMAL)):
        iec.CDC_DPC_create("Pos", node(iec.LogicalNode_create(switch, device)), 0, control)
    iec.CDC_DPS_create("Pos", node(iec.LogicalNode_create("XCBR1", device)), 0)
    iec.CDC_MV_create("TotW", node(iec.LogicalNode_create("MMXU1", device)), 0, False)
    iec.CDC_ASG_create("StrVal", node(iec.LogicalNode_create("PTOC1", device)), 0, False)
    return model


class Relay:
    """One running server and the attributes that are pushed into it."""

    def __init__(self, world, name: str):
        self.name, known = name, BY_NAME[name].identity
        self.model = _model(name)
        self.server = iec.IedServer_create(self.model)
        folder = world.run_dir / f"{name}-files"
        record = folder / "COMTRADE" / "F0012.cfg"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(DISTURBANCE.format(ied=IEDS[name]), encoding="ascii")
        (folder / "settings.txt").write_text(
            f"{known.model} {known.order_number}\n" + "PTOC1.StrVal=450\n" * 30, encoding="ascii")
        for file in (record, folder / "settings.txt"):
            os.utime(file, (world.epoch - DISTURBANCE_AGE_S,) * 2)
        iec.IedServer_setFilestoreBasepath(self.server, f"{folder}/")
        iec.IedServer_setServerIdentity(self.server, known.vendor, known.model, known.firmware)
        plate = {"vendor": known.vendor, "model": known.model, "serNum": known.serial,
                 "swRev": known.firmware, "hwRev": HARDWARE}
        for part, text in plate.items():
            iec.IedServer_updateVisibleStringAttributeValue(self.server, self.attribute(f"LPHD1.PhyNam.{part}"), text)

    def attribute(self, path: str):
        """A leaf of the model by its path below the logical device."""
        reference = f"{domain(self.name)}/{path}"
        return iec.toDataAttribute(iec.IedModel_getModelNodeByObjectReference(self.model, reference))

    def push(self, world) -> None:
        """Measured power and the breaker's position as they are now, stamped with plant time."""
        now, tags = int(world.plant_time() * 1000), world.water.tags
        position = iec.DBPOS_ON if tags["feeder.breaker"] > 0.5 else iec.DBPOS_OFF
        iec.IedServer_lockDataModel(self.server)
        iec.IedServer_updateFloatAttributeValue(self.server, self.attribute("MMXU1.TotW.mag.f"),
                                              tags["feeder.power_kw"] * 1000.0)
        iec.IedServer_updateUTCTimeAttributeValue(self.server, self.attribute("MMXU1.TotW.t"), now)
        if world.state.get(("position", self.name)) != position:
            world.state["position", self.name] = position
            for node in (SELECTED, DIRECT, "XCBR1"):
                iec.IedServer_updateDbposValue(self.server, self.attribute(f"{node}.Pos.stVal"), position)
                iec.IedServer_updateUTCTimeAttributeValue(self.server, self.attribute(f"{node}.Pos.t"), now)
        iec.IedServer_unlockDataModel(self.server)


def refresh(world, name: str) -> None:
    """Push what is measured into a relay's model."""
    world.state["relay", name].push(world)


def operated(world, name: str, on: bool) -> None:
    """The relay moves the breaker."""
    world.wrote(name, "feeder.breaker", 1.0 if on else 0.0)
    refresh(world, name)


def serve(world, name: str) -> None:
    """Start a relay; the library answers from threads of its own."""
    relay = world.state["relay", name] = Relay(world, name)
    relay.push(world)
    iec.IedServer_start(relay.server, 102)
    if not iec.IedServer_isRunning(relay.server):
        raise RuntimeError(f"{name} cannot listen on port 102")
