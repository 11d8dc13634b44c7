"""Who is in the company: zones, machines, addresses, identities, and who may talk to whom.

Everything else (namespaces, firewall, servers, clients, truth) reads the company from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import plan

DOMAIN = "northfield.example"
OUTSIDE = "198.51.100.0/24"


@dataclass(frozen=True)
class Zone(plan.Zone):
    """A segment with a name for people, and the firewall's card in it."""

    name: str
    router_mac: str


@dataclass(frozen=True)
class Identity:
    """What a machine tells of itself on the wire; None where it does not say."""

    vendor: str | None = None
    model: str | None = None
    order_number: str | None = None
    firmware: str | None = None
    serial: str | None = None


@dataclass(frozen=True)
class Host:
    """One machine. `parts` are the servers that run on it; `late` ones are plugged in by a scenario."""

    name: str
    zone: str
    mac: str
    role: str
    ip: str | None = None
    parts: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity)
    hostname: str | None = None
    leased: bool = False
    late: bool = False


ZONES = {z.id: z for z in (
    Zone("enterprise", "10.60.40", 4, "Enterprise", "00:1b:54:60:40:01"),
    Zone("dmz", "10.60.35", 3.5, "Industrial DMZ", "00:1b:54:60:35:01"),
    Zone("operations", "10.60.30", 3, "Operations", "00:1b:54:60:30:01"),
    Zone("supervision", "10.60.20", 2, "Supervision", "00:1b:54:60:20:01"),
    Zone("control", "10.60.10", 1, "Control", "00:1b:54:60:10:01"),
    Zone("field", "10.60.5", 0, "Field", "00:1b:54:60:05:01"),
    Zone("building", "10.60.50", 2, "Building automation", "00:1b:54:60:50:01"),
    Zone("vendor", "10.60.60", 3.5, "Vendor access", "00:1b:54:60:60:01"),
)}

_DELL, _HP, _VMWARE, _CISCO = "18:66:da", "3c:d9:2b", "00:50:56", "00:1b:54"


def _mac(prefix: str, ip: str) -> str:
    """The card's address: the maker's prefix, then the last two octets of the address, so that they are easy to match."""
    third, fourth = (f"{int(octet):02x}" for octet in ip.split(".")[2:])
    return f"{prefix}:60:{third}:{fourth}"


def _host(name: str, zone: str, last: int, maker: str, role: str, *parts: str, **more) -> Host:
    ip = f"{ZONES[zone].prefix}.{last}"
    return Host(name, zone, _mac(maker, ip), role, ip, parts, **more)


def _office(number: int, maker: str, vendor: str) -> Host:
    return _host(f"pc-{number:02d}", "enterprise", 100 + number, maker, "workstation", leased=True,
                 hostname=f"NF-PC-{number:02d}", identity=Identity(vendor))


HOSTS = [
    # field, level 0
    _host("rio-intake", "field", 11, "00:30:de", "remote_io", "modbus",
          identity=Identity("WAGO", "ETHERNET Fieldbus Coupler", "750-352", "11.04")),
    _host("drive-intake", "field", 12, "00:80:f4", "drive", "modbus",
          identity=Identity("Schneider Electric", "Altivar ATV630", "ATV630D22N4", "V2.4IE31")),
    _host("sensor-turbidity", "field", 13, "00:60:2d", "sensor", "modbus",
          identity=Identity("Hach", "TU5300sc", "LXV445.99", "1.36")),
    _host("edge-vibration", "field", 15, "00:90:e8", "gateway", identity=Identity("Moxa")),
    _host("ied-feeder", "field", 16, "00:21:c1", "protection_relay", "mms",
          identity=Identity("ABB", "REF615", None, "5.0.2", "1VHR91204417")),
    # control, level 1
    _host("sw-control", "control", 2, "00:80:63", "network_device", "lldp", "snmp",
          identity=Identity("Hirschmann", "RS20-0800T1T1SDAE", None, "L2P-09.1.00")),
    _host("plc-intake", "control", 11, "00:80:f4", "controller", "modbus", "web",
          identity=Identity("Schneider Electric", "Modicon M340", "BMX P34 2020", "v3.20")),
    _host("plc-filters", "control", 12, "28:63:36", "controller", "s7", "dcp", "lldp",
          identity=Identity("Siemens", "CPU 315-2 PN/DP", "6ES7 315-2EH14-0AB0", "V3.2.6", "S C-F8N212345012")),
    _host("io-valves", "control", 20, "00:1b:1b", "remote_io", "dcp", "lldp",
          identity=Identity("Siemens", "ET200SP", "6ES7 155-6AU01-0BN0", "V4.2.0", "S C-K9X412340871")),
    _host("plc-dosing", "control", 13, "00:00:bc", "controller", "cip",
          identity=Identity("Rockwell Automation", "1756-L61/B LOGIX5561", None, "20.11", "00c0ffee")),
    _host("plc-filling", "control", 14, "28:63:36", "controller", "s7",
          identity=Identity("Siemens", "CPU 317-2 PN/DP", "6ES7 317-2EK14-0AB0", "V3.2.8", "S C-E2P098817013")),
    _host("plc-conveyor", "control", 15, "28:63:36", "controller", "s7",
          identity=Identity("Siemens", "CPU 314C-2 PN/DP", "6ES7 314-6EH04-0AB0", "V3.3.12", "S C-D4V553120918")),
    _host("rtu-booster", "control", 16, "00:30:a7", "rtu", "dnp3",
          identity=Identity("Schweitzer Engineering Laboratories")),
    _host("rtu-reservoir", "control", 17, "00:a0:f8", "rtu", "iec104", identity=Identity("Zebra Technologies")),
    _host("bay-pumps", "control", 18, "00:21:c1", "protection_relay", "mms", "goose",
          identity=Identity("ABB", "REF620", None, "2.1.6", "1VHR92011853")),
    # supervision, level 2
    _host("sw-supervision", "supervision", 2, "00:80:63", "network_device", "lldp", "snmp",
          identity=Identity("Hirschmann", "RS20-1600T1T1SDAE", None, "L2P-09.1.00")),
    _host("hmi-water", "supervision", 11, _DELL, "hmi", identity=Identity("Dell")),
    _host("hmi-bottling", "supervision", 12, _DELL, "hmi", identity=Identity("Dell")),
    _host("alarm-server", "supervision", 13, _VMWARE, "scada_server", "opcua", "syslog", identity=Identity("VMware")),
    # operations, level 3
    _host("historian", "operations", 11, _HP, "historian", "mqtt", identity=Identity("Hewlett Packard")),
    _host("engineering", "operations", 12, _DELL, "engineering_station", "rdp", identity=Identity("Dell")),
    _host("mes", "operations", 13, _VMWARE, "server", "http", identity=Identity("VMware")),
    # industrial DMZ, level 3.5
    _host("jump", "dmz", 11, _VMWARE, "server", "ssh", "rdp", identity=Identity("VMware")),
    _host("mirror", "dmz", 12, _VMWARE, "server", "tls", identity=Identity("VMware")),
    _host("update", "dmz", 13, _VMWARE, "server", "http", identity=Identity("VMware")),
    # enterprise, level 4
    _host("sw-office", "enterprise", 2, _CISCO, "network_device", "lldp", identity=Identity("Cisco")),
    _host("dc", "enterprise", 10, _VMWARE, "server", "dnsmasq", "ntp", identity=Identity("VMware")),
    _host("files", "enterprise", 11, _VMWARE, "server", "smb", identity=Identity("VMware")),
    _host("mail", "enterprise", 12, _VMWARE, "server", "smtp", identity=Identity("VMware")),
    _host("proxy", "enterprise", 13, _VMWARE, "server", "proxy", identity=Identity("VMware")),
    *[_office(n, _DELL if n % 3 else _HP, "Dell" if n % 3 else "Hewlett Packard") for n in range(1, 13)],
    # building automation
    _host("bms", "building", 11, _DELL, "hmi", identity=Identity("Dell")),
    _host("ahu-1", "building", 12, "00:40:ae", "controller", "bacnet",
          identity=Identity("Delta Controls", "DSC-1212E", None, "V3.40", None)),
    _host("chiller-1", "building", 13, "00:40:ae", "controller", "bacnet",
          identity=Identity("Delta Controls", "DSC-1616E", None, "V3.33", None)),
    # the vendor's way in
    _host("vendor-gateway", "vendor", 11, "00:90:e8", "gateway", "ssh", identity=Identity("Moxa")),
    _host("vendor-pc", "vendor", 12, _HP, "workstation", identity=Identity("Hewlett Packard")),
    # not part of the company: plugged in by scenarios
    _host("laptop", "control", 150, "8c:16:45", "laptop", leased=True, late=True, hostname="LAPTOP-7Q2K",
          identity=Identity("LCFC(Hefei) Electronics Technology")),
    _host("hmi-new", "supervision", 14, _DELL, "hmi", late=True, identity=Identity("Dell")),
]

OUTSIDE_HOSTS = {"internet": "198.51.100.23", "vendor-cloud": "198.51.100.40", "evil": "198.51.100.66"}
BY_NAME = {h.name: h for h in HOSTS}

# What the firewall lets pass: from (zone or machine), to (zone or machine), protocol, ports. Inside a zone nothing is filtered.
PERMITTED = [
    ("plc-intake", "field", "tcp", (502,)),
    ("plc-filters", "sensor-turbidity", "tcp", (502,)),
    ("bay-pumps", "ied-feeder", "tcp", (102,)),
    ("edge-vibration", "historian", "tcp", (1883,)),
    ("supervision", "control", "tcp", (80, 102, 502, 2404, 20000, 44818)),
    ("alarm-server", "field", "tcp", (102,)),
    ("control", "alarm-server", "udp", (514,)),
    ("historian", "control", "tcp", (102, 502, 44818)),
    ("engineering", "control", "tcp", (22, 80, 102, 502, 44818)),
    ("engineering", "control", "udp", (161, 44818)),
    ("engineering", "field", "tcp", (102, 502)),
    ("engineering", "supervision", "udp", (161,)),
    ("operations", "alarm-server", "tcp", (4840,)),
    ("supervision", "mes", "tcp", (80,)),
    ("historian", "mirror", "tcp", (443,)),
    ("operations", "update", "tcp", (80,)),
    ("supervision", "update", "tcp", (80,)),
    ("jump", "operations", "tcp", (22, 3389)),
    ("jump", "engineering", "tcp", (22, 3389)),
    ("enterprise", "jump", "tcp", (22, 3389)),
    ("enterprise", "mirror", "tcp", (443,)),
    ("dmz", "proxy", "tcp", (3128,)),
    ("vendor", "jump", "tcp", (22, 3389)),
    ("mes", "files", "tcp", (445,)),
    ("any", "dc", "udp", (53, 67, 123)),
    ("dc", "any", "udp", (67, 68)),
    ("proxy", "outside", "tcp", (80, 443)),
    ("mail", "outside", "tcp", (25,)),
    ("vendor-gateway", "outside", "tcp", (443,)),
    ("outside", "vendor-gateway", "tcp", (22,)),
    ("enterprise", "building", "udp", (47808,)),
]


def ip_of(name: str) -> str:
    """Address of a machine by name; fails loudly for a name that nobody has."""
    if name in OUTSIDE_HOSTS:
        return OUTSIDE_HOSTS[name]
    address = BY_NAME[name].ip
    if address is None:
        raise KeyError(f"{name} has no address")
    return address


def members(place: str) -> str | None:
    """A place of PERMITTED as nftables writes it; None for any."""
    if place == "any":
        return None
    if place == "outside":
        return OUTSIDE
    return ZONES[place].subnet if place in ZONES else ip_of(place)
