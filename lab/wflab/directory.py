"""Fixtures of directory and login services: real servers and clients over the loopback."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

REALM = "PLANT.EXAMPLE"


def run(*command: str, text: str = "", **environment: str) -> None:
    subprocess.run(command, input=text.encode(), env=os.environ | environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False, timeout=30)


def kerberos() -> None:
    """MIT Kerberos (krb5-kdc, krb5-user): logins refused and granted, a machine's account, tickets for services, RC4.

    Where it is not installed in its usual place, `KRB5_PLUGINS` names the folder of its database modules.
    """
    with tempfile.TemporaryDirectory() as folder:
        modules = os.environ.get("KRB5_PLUGINS", "/usr/lib/x86_64-linux-gnu/krb5/plugins/kdb")
        weak = "permitted_enctypes = aes256-cts aes128-cts arcfour-hmac\n allow_weak_crypto = true\n allow_rc4 = true\n"
        common = f"""[libdefaults]
 default_realm = {REALM}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
 {weak}"""
        realm = f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:88\n }}\n[dbmodules]\n db_module_dir = {modules}\n"
        config, rc4, tcp = (Path(folder, name) for name in ("krb5.conf", "rc4.conf", "tcp.conf"))
        config.write_text(common + realm)
        rc4.write_text(common.replace("aes256-cts aes128-cts ", "") + realm)
        tcp.write_text(common + " udp_preference_limit = 1\n" + realm)
        kdc = Path(folder, "kdc.conf")
        kdc.write_text(f"""[kdcdefaults]
 kdc_listen = 127.0.0.1:88
 kdc_tcp_listen = 127.0.0.1:88
[realms]
 {REALM} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  supported_enctypes = aes256-cts:normal arcfour-hmac:normal
 }}
""")
        base = {"KRB5_CONFIG": str(config), "KRB5_KDC_PROFILE": str(kdc), "KRB5CCNAME": f"FILE:{folder}/cache"}
        run("kdb5_util", "create", "-s", "-P", "of-the-database", **base)
        for rule in ("-pw north-field +requires_preauth operator", "-pw gate-secret +requires_preauth GATE-1$",
                     "-pw old-secret -requires_preauth historian", "-pw x1 host/scada-1.plant.example",
                     "-pw x2 -e arcfour-hmac:normal cifs/old-files.plant.example"):
            run("kadmin.local", "-q", f"addprinc {rule}", **base)
        server = subprocess.Popen(["krb5kdc", "-n"], env=os.environ | base, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1.0)
        try:
            run("kinit", "operator", text="wrong\n", **base)
            run("kinit", "nobody", text="wrong\n", **base)
            run("kinit", "-f", "operator", text="north-field\n", **base)
            run("kvno", "host/scada-1.plant.example", **base)
            run("kvno", "cifs/old-files.plant.example", **base)
            run("kvno", "http/missing.plant.example", **base)
            run("kinit", "GATE-1$", text="gate-secret\n", **base | {"KRB5_CONFIG": str(tcp)})
            run("kvno", "host/scada-1.plant.example", **base | {"KRB5_CONFIG": str(tcp)})
            run("kinit", "historian", text="old-secret\n", **base)
            run("kinit", "operator", text="north-field\n", **base | {"KRB5_CONFIG": str(rc4)})
        finally:
            server.terminate()


def _netlogon(peer: socket.socket) -> None:
    """Answer pings for a domain controller as MS-ADTS 6.3.1.9 lays the answer out."""

    def name(*labels: str) -> bytes:
        return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"

    def element(tag: int, contents: bytes) -> bytes:
        head = bytes([tag, len(contents)]) if len(contents) < 128 else bytes([tag, 0x82]) + struct.pack(">H", len(contents))
        return head + contents

    while True:
        ask, client = peer.recvfrom(2048)
        said = struct.pack("<HHI", 23, 0, 0x3F17D) + bytes(range(16)) + name("plant", "example") + b"\xc0\x18"
        said += name("dc-1")[:-1] + b"\xc0\x18" + name("PLANT") + name("DC-1") + name() + name("Hall-4") + b"\xc0\x3e"
        said += struct.pack("<IHH", 5, 0xFFFF, 0xFFFF)
        values = element(0x31, element(0x04, said))
        entry = element(0x64, element(0x04, b"") + element(0x30, element(0x30, element(0x04, b"Netlogon") + values)))
        number = ask[ask.index(2, 1) :][:3]
        done = element(0x65, element(0x0A, b"\0") + element(0x04, b"") + element(0x04, b""))
        peer.sendto(element(0x30, number + entry) + element(0x30, number + done), client)


def ldap() -> None:
    """OpenLDAP's server with ldap3 and OpenLDAP's clients: binds, searches, changes; then a ping for a domain controller.

    Where slapd is not installed in its usual place, `SLAPD_MODULES` and `SLAPD_SCHEMA` name its folders.
    """
    import ldap3

    with tempfile.TemporaryDirectory() as folder:
        modules, schema = os.environ.get("SLAPD_MODULES", "/usr/lib/ldap"), os.environ.get("SLAPD_SCHEMA", "/etc/ldap/schema")
        Path(folder, "db").mkdir()
        config = Path(folder, "slapd.conf")
        config.write_text(f"""
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/pid
database mdb
suffix dc=plant,dc=example
rootdn cn=admin,dc=plant,dc=example
rootpw of-the-directory
directory {folder}/db
""")
        server = subprocess.Popen(["slapd", "-f", str(config), "-h", "ldap://127.0.0.1:389", "-d", "0"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(4.0)
        root, admin, operator = "dc=plant,dc=example", "cn=admin,dc=plant,dc=example", "cn=operator 7,dc=plant,dc=example"
        try:
            place = ldap3.Server("127.0.0.1", 389, get_info=ldap3.NONE)
            with ldap3.Connection(place, admin, "of-the-directory") as c:
                c.add(root, ["dcObject", "organization"], {"o": "Plant", "dc": "plant"})
                c.add(operator, "inetOrgPerson", {"sn": "7", "mail": "op7@plant.example", "userPassword": "north-field"})
                c.search("", "(objectClass=*)", "BASE", attributes=["supportedLDAPVersion", "namingContexts"])
                c.search(root, "(&(objectClass=inetOrgPerson)(|(sn=7)(mail=op*@plant.*))(!(cn=a\\28b\\29)))", attributes=["cn", "mail"])
                c.modify(operator, {"mail": [(ldap3.MODIFY_REPLACE, ["op7@north.example"])]})
                c.modify(operator, {"userPassword": [(ldap3.MODIFY_REPLACE, ["north-gate"])]})
                c.compare(operator, "sn", "7")
                c.modify_dn(operator, "cn=operator 8")
                c.extend.standard.who_am_i()
                c.delete("cn=nobody,dc=plant,dc=example")
            wrong = ldap3.Connection(place, "cn=operator 8,dc=plant,dc=example", "guessed")
            wrong.bind()
            with ldap3.Connection(place) as nobody:
                nobody.search(root, "(cn>=operator)", "LEVEL", attributes=["cn"], size_limit=1)
            run("ldappasswd", "-x", "-H", "ldap://127.0.0.1", "-D", admin, "-w", "of-the-directory", "-s", "new-secret",
                "cn=operator 8,dc=plant,dc=example")
            run("ldapsearch", "-H", "ldap://127.0.0.1", "-Y", "GSSAPI", "-b", root)
        finally:
            server.terminate()
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 389))
    threading.Thread(target=_netlogon, args=(peer,), daemon=True).start()

    def equal(name: bytes, value: bytes) -> bytes:
        body = bytes([4, len(name)]) + name + bytes([4, len(value)]) + value
        return bytes([0xA3, len(body)]) + body

    wanted = equal(b"DnsDomain", b"plant.example") + equal(b"Host", b"HMI-2") + equal(b"NtVer", b"\x16\0\0\0")
    search = bytes([4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0xA0, len(wanted)]) + wanted + b"\x30\x0a\x04\x08Netlogon"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", 389))
        client.send(bytes([0x30, len(search) + 5, 2, 1, 1, 0x63, len(search)]) + search)
        client.recv(2048)


def _connect(address: str) -> None:
    """One session of aardwolf's client; how far it gets is the server's affair."""
    import asyncio

    from aardwolf.commons.factory import RDPConnectionFactory
    from aardwolf.commons.iosettings import RDPIOSettings
    from aardwolf.commons.queuedata.constants import VIDEO_FORMAT

    async def session() -> None:
        settings = RDPIOSettings()
        settings.video_width, settings.video_height = 1024, 768
        settings.video_bpp_min, settings.video_bpp_max, settings.video_out_format = 15, 32, VIDEO_FORMAT.RAW
        settings.clipboard_use_pyperclip = False
        connection = RDPConnectionFactory.from_url(address, settings).get_connection(settings)
        try:
            await asyncio.wait_for(connection.connect(), 6)
        finally:
            await connection.terminate()

    try:
        asyncio.run(session())
    except Exception:  # noqa: BLE001: xrdp and this client do not agree on all that follows the set-up
        pass


def rdp() -> None:
    """xrdp with aardwolf's client: TLS, the protocol's own security, none, and a client that is turned away.

    `XRDP` names the server's program where it is not installed in its usual place.
    """
    with tempfile.TemporaryDirectory() as folder:
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/cert", "-days", "3650",
            "-subj", "/CN=view-1.plant.example")
        config = Path(folder, "xrdp.ini")
        for layer, level in (("negotiate", "high"), ("rdp", "high"), ("rdp", "none"), ("tls", "high")):
            config.write_text(f"""[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:3389
security_layer={layer}
crypt_level={level}
certificate={folder}/cert
key_file={folder}/key
ssl_protocols=TLSv1.2
allow_channels=true
max_bpp=16
[Logging]
LogFile={folder}/log
EnableSyslog=false
[Xorg]
name=Xorg
lib=libxup.so
""")
            server = subprocess.Popen([os.environ.get("XRDP", "xrdp"), "-n", "-c", str(config)], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            time.sleep(2.0)
            try:
                if layer == "tls":
                    with socket.create_connection(("127.0.0.1", 3389)) as client:
                        client.settimeout(3.0)
                        cookie = b"Cookie: mstshash=operator\r\n" + bytes([1, 0, 8, 0, 0, 0, 0, 0])
                        client.sendall(bytes([3, 0, 0, 11 + len(cookie), 6 + len(cookie), 0xE0, 0, 0, 0, 0, 0]) + cookie)
                        client.recv(64)
                else:
                    _connect(r"rdp+plain://PLANT\operator:north-field@127.0.0.1:3389")
            finally:
                server.terminate()
                server.wait(5)
