"""Clients that show as much of a protocol as the peer's stack allows, for the fixture captures."""

from __future__ import annotations

import socket
import ssl
import struct
import time
import urllib.error
import urllib.request

from ..plan import BY_NAME, ip_of


def modbus() -> None:
    """Every public function pymodbus has, with exceptions, at plc-intake."""
    from pymodbus.client import ModbusTcpClient

    client = ModbusTcpClient(ip_of("plc-intake"), timeout=2, retries=0)
    client.connect()
    steps = [
        lambda: client.read_coils(0, count=4), lambda: client.read_discrete_inputs(0, count=4),
        lambda: client.read_holding_registers(0, count=3),
        lambda: client.read_input_registers(0, count=6),
        lambda: client.write_coil(1, True), lambda: client.write_register(0, 1460),
        lambda: client.write_coils(0, [True, False, False, True]),
        lambda: client.write_registers(0, [1455, 322, 58]),
        lambda: client.mask_write_register(address=2, and_mask=0xFFF0, or_mask=0x000A),
        lambda: client.readwrite_registers(read_address=0, read_count=3, write_address=1, values=[318]),
        lambda: client.read_device_information(read_code=1, object_id=0),
        lambda: client.read_device_information(read_code=2, object_id=0),
        lambda: client.read_device_information(read_code=4, object_id=4),
        lambda: client.report_device_id(), lambda: client.read_exception_status(),
        lambda: client.diag_query_data(b"\x12\x34"), lambda: client.diag_clear_counters(),
        lambda: client.diag_read_bus_message_count(), lambda: client.diag_get_comm_event_counter(),
        lambda: client.diag_get_comm_event_log(),
        lambda: client.read_fifo_queue(address=0),
        lambda: client.read_holding_registers(9000, count=2),
        lambda: client.write_register(9000, 1),
        lambda: client.read_holding_registers(0, count=3, device_id=9),
    ]
    for step in steps:
        try:
            step()
        except Exception:  # the stack refuses some answers; what counts is on the wire
            client.close()
            client.connect()
    client.close()
    _raw(ip_of("plc-intake"), 502, bytes.fromhex("004200000002 0164".replace(" ", "")),
         bytes.fromhex("0043000000060103000000 7e".replace(" ", "")))


def _raw(ip: str, port: int, *messages: bytes) -> None:
    for message in messages:
        with socket.create_connection((ip, port), 2) as connection:
            connection.settimeout(0.5)
            connection.sendall(message)
            try:
                connection.recv(512)
            except OSError:
                continue


def s7comm() -> None:
    """Reads, writes, identity, blocks, upload, download, clock, stop and start at plc-filters."""
    import snap7
    from snap7.type import Area, Block

    client = snap7.client.Client()
    client.connect(ip_of("plc-filters"), 0, 2)
    block = _data_block(7, 24)
    steps = [
        lambda: client.db_read(1, 0, 24), lambda: client.db_write(1, 16, struct.pack(">f", 141.5)),
        lambda: client.read_multi_vars([
            {"area": Area.DB, "db_number": 1, "start": 0, "size": 8},
            {"area": Area.DB, "db_number": 2, "start": 0, "size": 4},
            {"area": Area.MK, "db_number": 0, "start": 0, "size": 2}]),
        lambda: client.mb_write(0, 2, bytearray(b"\x01\x02")), lambda: client.eb_read(0, 2),
        lambda: client.ab_write(0, bytearray(b"\x03")), lambda: client.db_read(99, 0, 4),
        lambda: client.db_write_bool(2, 4, 1, True),
        lambda: client.read_szl(0x0011), lambda: client.read_szl(0x001C),
        lambda: client.read_szl(0x0131), lambda: client.get_protection(),
        lambda: client.read_szl(0x00B4), lambda: client.read_szl(0x0424), client.list_blocks,
        lambda: client.list_blocks_of_type(Block.DB, 16), lambda: client.get_block_info(Block.DB, 1),
        lambda: client.full_upload(Block.DB, 1), lambda: client.upload(2),
        lambda: client.download(block, 7), client.get_plc_datetime, client.set_plc_system_datetime,
        lambda: client.set_session_password("1234"), client.clear_session_password,
        lambda: client.compress(1000), lambda: client.copy_ram_to_rom(1000),
        client.plc_stop, client.plc_hot_start, client.plc_cold_start,
    ]
    for step in steps:
        try:
            step()
        except Exception as error:
            print(type(error).__name__, error)
    client.disconnect()


def _data_block(number: int, size: int) -> bytearray:
    """A data block in S7 load-memory form: 36-byte header, body, 36-byte footer."""
    total = 36 + size + 36
    head = struct.pack(">HBBBBHIIIHHHHHH", 0x7070, 1, 1, 5, 0x0A, number, total, 0, 0, 0, 0, 0, 0, 0, size)
    return bytearray(head[:36].ljust(36, b"\0") + bytes(size) + bytes(36))


def enip() -> None:
    """Register, list services and identities, tags one by one and together, at plc-dosing."""
    from cpppo.server.enip import client
    from cpppo.server.enip.get_attribute import attribute_operations

    host = ip_of("plc-dosing")
    with client.connector(host=host, timeout=5) as connection:
        for ask in (connection.list_identity, connection.list_interfaces):
            ask(timeout=5)
            client.await_response(connection, timeout=3)
    mixed = ["Chlorine_Residual", "Dosed_Water_pH", "pH_SP=(REAL)7.35", "Dose_Pump_Run"]
    for connect, tags, multiple, fragment in (
        (client.connector, ["Chlorine_Residual", "Chlorine_Dose_SP=(REAL)0.82"], 0, False),
        (client.connector, mixed, 500, False),
        (client.connector, ["Recipe[0-4]", "Recipe[2]=(INT)17", "Recipe[0-9]=1,2,3,4,5,6,7,8,9,10"], 0, True),
        (client.connector, None, 0, False), (client.connector, ["Recipe[50]"], 0, False),
        (client.implicit, mixed, 0, False), (client.connector, ["No_Such_Tag"], 0, False),
    ):
        try:
            connection = connect(host=host, timeout=5)
            with connection:
                operations = client.parse_operations(tags) if tags else attribute_operations(
                    ["@1/1/1", "@1/1/6", "@1/1/7", "@1/1", "@0xF5/1/5"])
                list(connection.synchronous(operations=operations, multiple=multiple,
                                            fragment=fragment, timeout=5))
            connection.close()
        except Exception as error:
            print(tags, type(error).__name__, error)
    with client.client(host=host, udp=True, broadcast=False, timeout=3) as udp:
        udp.list_identity(timeout=3)
        client.await_response(udp, timeout=3)


def profinet_dcp() -> None:
    """Identify all, by name, get, set signal and name."""
    from . import layer2

    mac, me = BY_NAME["io-valves"].mac, BY_NAME["plc-filters"].name
    for xid, step in enumerate((
        lambda x: layer2.identify_all(x), lambda x: layer2.identify_name("io-valves", x),
        lambda x: layer2.identify_name("no-such-station", x), lambda x: layer2.get_all(mac, x),
        lambda x: layer2.set_blink(mac, x), lambda x: layer2.set_name(mac, "io-valves", x),
        lambda x: layer2.identify_name(me, x), lambda x: layer2.identify_all(x),
        lambda x: layer2.get_all(mac, x), lambda x: layer2.identify_name("io-valves", x),
    ), 0x01000001):
        step(xid)
        time.sleep(0.4)


def arp() -> None:
    """Resolve a live and a missing neighbour, announce, probe."""
    from scapy.all import ARP, Ether, get_if_hwaddr, sendp

    live = (ip_of("plc-intake"), ip_of("plc-filters"), ip_of("rtu-booster"), "10.20.10.1")
    for ip in (*live, "10.20.10.77", "10.20.10.78"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.sendto(b"x", (ip, 9))
        time.sleep(0.3)
    time.sleep(3.0)
    mac = get_if_hwaddr("eth0")
    broadcast = Ether(dst="ff:ff:ff:ff:ff:ff", src=mac)
    for packet in (ARP(op=1, hwsrc=mac, psrc="0.0.0.0", pdst="10.20.10.16"),
                   ARP(op=1, hwsrc=mac, psrc="10.20.10.16", pdst="10.20.10.16"),
                   ARP(op=2, hwsrc=mac, psrc="10.20.10.16", hwdst=mac, pdst="10.20.10.16")):
        sendp(broadcast / packet, iface="eth0", verbose=False)


def dns() -> None:
    """Lookups of several kinds over UDP and TCP, one that fails, and the local name protocols."""
    import dns.message
    import dns.query

    server = ip_of("srv-infra")
    for name, kind in (("files.northfield.example", "A"), ("hmi.northfield.example", "A"),
                       ("telemetry.example.net", "A"), ("northfield.example", "MX"),
                       ("northfield.example", "TXT"), ("hmi.northfield.example", "AAAA"),
                       ("11.20.20.10.in-addr.arpa", "PTR"), ("nowhere.northfield.example", "A"),
                       ("www.example.org", "A")):
        dns.query.udp(dns.message.make_query(name, kind), server, timeout=2)
    dns.query.udp(dns.message.make_query("files.northfield.example", "A", use_edns=0), server, timeout=2)
    dns.query.tcp(dns.message.make_query("files.northfield.example", "A"), server, timeout=2)
    mdns()


def mdns() -> None:
    """mDNS and NBNS announcements."""
    from . import layer2

    ip = ip_of("srv-files")
    layer2.mdns_query(ip, "_workstation._tcp.local.")
    layer2.mdns_announce("PC-LAB", ip)
    layer2.nbns_announce("PC-LAB", ip, "10.20.40.255")
    layer2.nbns_query("SRV-FILES", ip, "10.20.40.255")


def http() -> None:
    """GET, PUT, an error, HEAD refused, Basic credentials."""
    base = f"http://{ip_of('srv-files')}"
    for request in (urllib.request.Request(f"{base}/shift/2026-03-10.csv"),
                    urllib.request.Request(f"{base}/missing.pdf"),
                    urllib.request.Request(f"{base}/report", data=b"level;452\n", method="PUT"),
                    urllib.request.Request(f"{base}/index.html", method="HEAD"),
                    urllib.request.Request(f"{base}/private", headers={
                        "Authorization": "Basic bWFpbnQ6S2luZ2Zpc2hlci00Mg=="})):
        try:
            urllib.request.urlopen(request, timeout=3).read()
        except urllib.error.HTTPError:
            continue
    import http.client

    keep = http.client.HTTPConnection(ip_of("srv-files"), timeout=3)
    for path in ("/one", "/two", "/missing/three"):
        keep.request("GET", path, headers={"User-Agent": "northfield-report/1.4"})
        keep.getresponse().read()
    keep.close()


def tls() -> None:
    """TLS 1.3 and 1.2 with a server name, one without."""
    for version, name in ((ssl.TLSVersion.TLSv1_3, "files.northfield.example"),
                          (ssl.TLSVersion.TLSv1_2, "files.northfield.example"),
                          (ssl.TLSVersion.TLSv1_3, None)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = version
        context.set_alpn_protocols(["http/1.1"])
        with (socket.create_connection((ip_of("srv-files"), 443), 3) as raw,
              context.wrap_socket(raw, server_hostname=name) as connection):
            connection.sendall(b"GET /r HTTP/1.0\r\n\r\n")
            connection.recv(4096)


def ssh() -> None:
    """One command over SSH, one refused log-in."""
    import paramiko

    from ..devices.web import SSH_PASSWORD, SSH_USER

    for password in (SSH_PASSWORD, "wrong"):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        try:
            client.connect(ip_of("srv-files"), username=SSH_USER, password=password, timeout=4,
                           allow_agent=False, look_for_keys=False)
            client.exec_command("tar -c /reports")[1].read()
        except paramiko.SSHException:
            continue
        finally:
            client.close()


def dnp3() -> None:
    """Integrity poll, classes, ranges, controls, dead bands, freeze, time, restart at rtu-booster."""
    from .dnp3 import show_everything

    show_everything()


def iec104() -> None:
    """Interrogations, clock, reads, commands of each kind, files and refusals at a station beside the RTU."""
    from .iec104 import show_everything

    show_everything()


def mqtt() -> None:
    """Three versions and Sparkplug B at a broker."""
    from .mqtt import show_everything

    show_everything()


def mms() -> None:
    """Every service of MMS that libiec61850 has."""
    from . import iec61850

    iec61850.main(ip_of("rtu-booster"))


def goose() -> None:
    """A publisher of GOOSE messages."""
    from ..devices import iec61850

    iec61850.publish_goose()


def sv() -> None:
    """A publisher of sampled values."""
    from ..devices import iec61850

    iec61850.publish_sv()


def main(name: str) -> None:
    """Run one of the above by name."""
    globals()[name]()
