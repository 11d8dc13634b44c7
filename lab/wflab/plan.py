"""Who is in Northfield Waterworks: zones, hosts, addresses and identities.

Everything else in the lab (namespaces, servers, clients, the truth file) reads the plant from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OUTSIDE_ADDRESS = "198.51.100.23"
LAPTOP_ADDRESS = "10.20.10.150"


@dataclass(frozen=True)
class Zone:
    """One segment with its own switch; captured as one interface of the pcapng."""

    id: str
    prefix: str
    purdue_level: int

    @property
    def gateway(self) -> str:
        """Address of the router in this segment."""
        return f"{self.prefix}.1"

    @property
    def subnet(self) -> str:
        """Subnet in CIDR form."""
        return f"{self.prefix}.0/24"


@dataclass(frozen=True)
class Host:
    """One device of the plant. `ip` is None while DHCP has yet to give one."""

    name: str
    zone: str
    mac: str
    role: str
    ip: str | None = None
    services: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    lease: str | None = None
    hostname: str | None = None
    identity: dict[str, str | None] = field(default_factory=dict)
    late: bool = False

    @property
    def address(self) -> str | None:
        """The address this host ends up with, fixed or leased."""
        return self.ip or self.lease


ZONES = {
    z.id: z
    for z in (
        Zone("control", "10.20.10", 1),
        Zone("supervision", "10.20.20", 2),
        Zone("office", "10.20.40", 4),
    )
}

ROUTER_MACS = {
    "control": "00:1b:54:20:10:01",
    "supervision": "00:1b:54:20:20:01",
    "office": "00:1b:54:20:40:01",
}


def _ident(vendor=None, model=None, order_number=None, firmware=None, serial=None):
    return {
        "vendor": vendor, "model": model, "order_number": order_number,
        "firmware": firmware, "serial": serial,
    }


HOSTS = [
    # control, level 1
    Host("sw-control", "control", "00:80:63:4c:10:02", "network_device", "10.20.10.2",
         services=("lldp",), identity=_ident("Hirschmann")),
    Host("plc-intake", "control", "00:80:f4:1a:10:0b", "controller", "10.20.10.11",
         services=("modbus_intake", "plc_web"),
         identity=_ident("Schneider Electric", "Modicon M340", "BMX P34 2020", "v3.20")),
    Host("rio-reservoir", "control", "00:30:de:0a:10:0c", "remote_io", "10.20.10.12",
         services=("modbus_reservoir",),
         identity=_ident("WAGO", "ETHERNET Fieldbus Coupler", "750-352", "11.04")),
    Host("plc-filters", "control", "28:63:36:5e:10:0d", "controller", "10.20.10.13",
         services=("s7_filters", "dcp", "lldp"), clients=("dcp_controller",),
         identity=_ident("Siemens", "CPU 315-2 PN/DP", "6ES7 315-2EH14-0AB0", "V3.2.6",
                         "S C-F8N212345012")),
    Host("plc-dosing", "control", "00:00:bc:3d:10:0e", "controller", "10.20.10.14",
         services=("cip_dosing",),
         identity=_ident("Rockwell Automation", "1756-L61/B LOGIX5561", None, "20.11", "00c0ffee")),
    Host("rtu-booster", "control", "00:30:a7:07:10:0f", "rtu", "10.20.10.15",
         services=("dnp3_booster",), identity=_ident("Schweitzer Engineering Laboratories")),
    Host("io-valves", "control", "00:1b:1b:77:10:10", "remote_io", "10.20.10.16",
         services=("dcp", "lldp"),
         identity=_ident("Siemens", "ET200SP", "6ES7 155-6AU01-0BN0", "V4.2.0", "S C-K9X412340871")),
    # supervision, level 2
    Host("hmi", "supervision", "18:66:da:41:20:0b", "hmi", "10.20.20.11",
         clients=("hmi",), identity=_ident("Dell")),
    Host("historian", "supervision", "3c:d9:2b:52:20:0c", "historian", "10.20.20.12",
         clients=("historian",), identity=_ident("Hewlett Packard")),
    Host("scada", "supervision", "00:50:56:8a:20:0d", "scada_server", "10.20.20.13",
         clients=("scada",), identity=_ident("VMware")),
    Host("engineering", "supervision", "18:66:da:41:20:0e", "engineering_station", "10.20.20.14",
         clients=("engineering",), identity=_ident("Dell")),
    # office, level 4
    Host("sw-office", "office", "00:1b:54:4c:40:02", "network_device", "10.20.40.2",
         services=("lldp",), identity=_ident("Cisco")),
    Host("srv-infra", "office", "00:50:56:8a:40:0a", "server", "10.20.40.10",
         services=("dnsmasq",), identity=_ident("VMware")),
    Host("srv-files", "office", "00:50:56:8a:40:0b", "server", "10.20.40.11",
         services=("files_http", "files_tls", "files_ssh"), identity=_ident("VMware")),
    Host("pc-manager", "office", "3c:d9:2b:52:40:65", "workstation", None,
         clients=("office",), lease="10.20.40.101", hostname="PC-MANAGER",
         identity=_ident("Hewlett Packard")),
    Host("pc-lab", "office", "3c:d9:2b:52:40:66", "workstation", None,
         clients=("office",), lease="10.20.40.102", hostname="PC-LAB",
         identity=_ident("Hewlett Packard")),
    Host("pc-frontdesk", "office", "18:66:da:41:40:67", "workstation", None,
         clients=("office",), lease="10.20.40.103", hostname="PC-FRONTDESK",
         identity=_ident("Dell")),
    # not part of the plant: appears in the attack stretch
    Host("laptop", "control", "8c:16:45:9b:10:96", "laptop", None, lease=LAPTOP_ADDRESS,
         hostname="LAPTOP-7Q2K", identity=_ident("LCFC(Hefei) Electronics Technology"), late=True),
]

BY_NAME = {h.name: h for h in HOSTS}


def ip_of(name: str) -> str:
    """Address of a host by name; fails loudly for a host without one."""
    address = BY_NAME[name].address
    if address is None:
        raise KeyError(f"{name} has no address")
    return address
