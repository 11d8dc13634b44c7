"""ICMP, Kerberos, LDAP, RDP and OpenVPN against tshark, field by field: agree.py has no key fields for them.

    python3 conformance/services.py PROGRAM CAPTURES [PROTOCOL…]      skips without captures or tshark

Prints for each protocol the messages that tshark and PROGRAM know, those of both alike, and values alike of those compared;
with `--show`, what differs. Exit status 1 where more differs than is known.
"""

import collections
import shutil
import sys
from pathlib import Path

import run

# What a frame's protocols by tshark must hold, and must not; and tshark's fields for each of ours.
PROTOCOLS = {
    "icmp": (
        {"icmp"}, set(),
        {"type": ["icmp.type"], "code": ["icmp.code"], "sequence": ["icmp.seq"], "mtu": ["icmp.mtu"], "gateway": ["icmp.redir_gw"]},
    ),
    "icmpv6": (
        {"icmpv6"}, set(),
        {
            "type": ["icmpv6.type"], "code": ["icmpv6.code"], "sequence": ["icmpv6.echo.sequence_number"],
            "target": ["icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.nd.rd.target_address"],
            "router_lifetime_s": ["icmpv6.nd.ra.router_lifetime"], "hop_limit": ["icmpv6.nd.ra.cur_hop_limit"],
            "source_mac": ["icmpv6.opt.src_linkaddr"], "target_mac": ["icmpv6.opt.target_linkaddr"],
            "dns_servers": ["icmpv6.opt.rdnss"], "prefixes": ["icmpv6.opt.prefix"],
        },
    ),
    "kerberos": (
        {"kerberos"}, {"smb", "smb2", "dcerpc", "ldap", "cldap", "http"},
        {
            "msg_type": ["kerberos.msg_type"], "error_code": ["kerberos.error_code"], "nonce": ["kerberos.nonce"],
            "cname": ["kerberos.CNameString"], "sname": ["kerberos.SNameString"],
        },
    ),
    "ldap": (
        {"ldap", "cldap"}, set(),
        {
            "operation": ["ldap.protocolOp"], "message_id": ["ldap.messageID"], "result_code": ["ldap.resultCode"], "scope": ["ldap.scope"],
            "base_object": ["ldap.baseObject"], "name": ["ldap.name"], "object_name": ["ldap.objectName"], "mechanism": ["ldap.mechanism"],
            "request_name": ["ldap.requestName"],
        },
    ),
    "rdp": (
        {"rdp", "t125", "t124"}, set(),
        {
            "cookie": ["rdp.rt_cookie"], "requested_protocols": ["rdp.negReq.requestedProtocols"],
            "selected_protocol": ["rdp.negReq.selectedProtocol"], "failure_code": ["rdp.negFailure.failureCode"],
            "client_name": ["rdp.client.name"], "client_build": ["rdp.client.build"], "encryption_method": ["rdp.encryptionMethod"],
            "encryption_level": ["rdp.encryptionLevel"],
        },
    ),
    "openvpn": (
        {"openvpn"}, set(),
        {
            "opcode": ["openvpn.opcode"], "key_id": ["openvpn.keyid"], "session_id": ["openvpn.sessionid"], "replay_id": ["openvpn.pid"],
            "acks": ["openvpn.mpidarrayelement"], "remote_session_id": ["openvpn.rsessionid"], "message_id": ["openvpn.mpid"],
            "peer_id": ["openvpn.peerid"],
        },
    ),
}
# Frames that tshark alone has, and values that differ, each with its reason in docs/protocols; more than these is a failure.
KNOWN = {"icmp": (2, 0), "ldap": (0, 1), "openvpn": (0, 17)}
FIELDS = sorted({field for *_, fields in PROTOCOLS.values() for group in fields.values() for field in group})


def reference(capture: Path) -> dict[int, dict[str, list[str]]]:
    wanted = ["frame.number", "frame.protocols", "_ws.malformed", *FIELDS]
    frames = "(icmp || icmpv6 || kerberos || ldap || cldap || rdp || t125 || openvpn) && !tcp.analysis.retransmission"
    return {int(row["frame.number"][0]): row for row in run.tshark(capture, frames, wanted) if not row["_ws.malformed"]}


def plain(value: object) -> str:
    text = str(value).strip().lower()
    try:
        return str(int(text, 0))
    except ValueError:
        return text


def ours(messages: list[dict], field: str) -> list[str]:
    values = []
    for message in messages:
        value = message.get(field)
        if field == "prefixes":
            # tshark has the prefixes of routes in the same field.
            values += [item["prefix"] for item in value or []] + [route.split("/")[0] for route in message.get("routes", [])]
        elif isinstance(value, list):
            values += value
        elif value is not None:
            values += str(value).split("/") if field in ("cname", "sname") else [value]
        if field == "sname" and "ticket_sname" in message:
            values += message["ticket_sname"].split("/")
    return [plain(v) for v in values if v != ""]


def differ(name: str, field: str, told: list[str], mine: list[dict]) -> tuple[list[str], list[str]]:
    """Both sides' values, without what tshark's field holds beside that of the message itself."""
    said = ours(mine, field)
    if name.startswith("icmp") and field in ("type", "code", "sequence"):
        # An error quotes a message of its own kind, whose fields tshark shows behind those of the error.
        told = told[: len(said)] if field == "sequence" else told[:1]
    if name == "kerberos" and field in ("cname", "sname", "msg_type"):
        # Those of a ticket within a request's proof stand there too.
        told = list({v for v in told if v in said}) or told[:1]
        said = list({v for v in said if v in told})
    return sorted(told), sorted(said)


def compare(program: str, capture: Path, names: list[str], counts: dict[str, collections.Counter], show: bool) -> None:
    rows = reference(capture)
    messages = run.decoded(program, capture)
    for name in names:
        holds, without, fields = PROTOCOLS[name]
        theirs = {}
        for frame, row in rows.items():
            layers = set(":".join(row["frame.protocols"]).split(":"))
            # What is sealed is LDAP to tshark too, without a field.
            if layers & holds and not layers & without and (name != "ldap" or row["ldap.protocolOp"]):
                theirs[frame] = {ours: [plain(v) for field in group for v in row[field]] for ours, group in fields.items()}
        mine = collections.defaultdict(list)
        for message in messages:
            if message["protocol"] == name:
                mine[message["frame"]].append(message)
        count = counts[name]
        count.update(captures=int(bool(theirs or mine)), theirs=len(theirs), mine=len(mine), both=len(theirs.keys() & mine.keys()))
        for frame in sorted(theirs.keys() ^ mine.keys()):
            if show:
                print(capture, frame, name, "by tshark alone" if frame in theirs else "here alone", theirs.get(frame), mine.get(frame))
        for frame in sorted(theirs.keys() & mine.keys()):
            for field in fields:
                told, said = differ(name, field, theirs[frame][field], mine[frame])
                count.update(values=int(bool(told or said)), alike=int(bool(told or said) and told == said))
                if show and told != said:
                    print(capture, frame, name, field, told, said)


def main() -> int:
    arguments = [a for a in sys.argv[1:] if a != "--show"]
    program, folder, *names = arguments
    if not Path(folder).exists() or shutil.which("tshark") is None:
        print("skipped: no captures or no tshark")
        return 0
    captures = [Path(folder)] if Path(folder).is_file() else run.captures(Path(folder))
    names = names or list(PROTOCOLS)
    counts: dict[str, collections.Counter] = {name: collections.Counter() for name in names}
    for capture in captures:
        compare(program, capture, names, counts, "--show" in sys.argv)
    worse = []
    for name, count in counts.items():
        missing, different = count["theirs"] - count["both"], count["values"] - count["alike"]
        if any(found > known for found, known in zip((missing, different), KNOWN.get(name, (0, 0)))):
            worse.append(f"{name}: {missing} frames by tshark alone, {different} values differ")
        print(f"{name}: {count['captures']} captures, {count['theirs']} frames by tshark, {count['mine']} here, {count['both']} in both; "
              f"{count['alike']} of {count['values']} values alike")
    if worse:
        print("more than is known (--show says which):", *worse, sep="\n  ")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
