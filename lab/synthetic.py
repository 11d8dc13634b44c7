#!/usr/bin/env python3
"""Writes a capture of a made-up plant, for measuring: `synthetic.py OUT.pcap [ASSETS [TURNS SECONDS [REGISTERS]]]`, with so many polls of
each controller, so many seconds apart, of so many registers (6, 120, 2).

Built packet by packet, so it proves nothing about decoding; the demo plant and the fixtures do that. Same count, same file.
Production cells of up to 200 machines in a /24 each: controllers polled over Modbus/TCP by their operator stations, set-points
written, switches that announce themselves by LLDP; every fifth cell is an office that asks for names. ARP binds each address.
"""
import struct
import sys

CELL = 200
START_US = 1_773_122_400_000_000
# Makers of controllers, operator stations, switches and office machines, by the first three bytes of their addresses.
MAKERS = {"plc": b"\x00\x80\xf4", "hmi": b"\x18\x66\xda", "switch": b"\x00\x80\x63", "office": b"\x3c\xd9\x2b", "server": b"\x00\x50\x56"}


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


class Machine:
    def __init__(self, number, kind, cell, host):
        self.kind = kind
        self.mac = MAKERS[kind] + number.to_bytes(3, "big")
        self.ip = bytes([10, 20 + (cell >> 8), cell & 255, host])


class Writer:
    def __init__(self, out):
        self.out, self.now, self.count = out, START_US, 0
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def frame(self, dst, src, kind, payload):
        data = dst + src + struct.pack(">H", kind) + payload
        data = data.ljust(60, b"\0")
        self.out.write(struct.pack("<IIII", self.now // 1_000_000, self.now % 1_000_000, len(data), len(data)) + data)
        self.now += 137
        self.count += 1

    def ip(self, src, dst, protocol, payload):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), self.count & 0xFFFF, 0x4000, 64, protocol, 0) + src.ip + dst.ip
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        self.frame(dst.mac, src.mac, 0x0800, head + payload)

    def arp(self, asker, target):
        self.frame(b"\xff" * 6, asker.mac, 0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + asker.mac + asker.ip + bytes(6) + target.ip)
        self.frame(asker.mac, target.mac, 0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + target.mac + target.ip + asker.mac + asker.ip)


class Stream:
    """One TCP connection."""

    def __init__(self, wire, client, server, client_port, server_port):
        self.wire, self.ends, self.ports, self.seq = wire, (client, server), (client_port, server_port), [1000, 5000]
        for side, flags in ((0, 2), (1, 18), (0, 16)):
            self.segment(side, flags, b"")

    def segment(self, side, flags, data):
        src, dst = self.ends[side], self.ends[1 - side]
        ports = self.ports[side], self.ports[1 - side]
        ack = self.seq[1 - side] if flags & 16 else 0
        self.wire.ip(src, dst, 6, struct.pack(">HHIIBBHHH", *ports, self.seq[side], ack, 0x50, flags, 8192, 0, 0) + data)
        self.seq[side] = (self.seq[side] + len(data) + (1 if flags & 2 else 0)) & 0xFFFFFFFF

    def exchange(self, request, answer):
        self.segment(0, 24, request)
        self.segment(1, 24, answer)


def modbus(transaction, pdu):
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 1) + pdu


def cell(number, machines, wire):
    """The machines of one cell, and the connections between them."""
    if number % 5 == 4:
        server, clients = machines[0], machines[1:]
        for at, client in enumerate(clients):
            wire.arp(client, server)
            name = f"\x05pc{at:03}\x05plant\x04test\x00".encode()
            ask = struct.pack(">HHHHHH", at, 0x0100, 1, 0, 0, 0) + name + b"\0\1\0\1"
            tell = struct.pack(">HHHHHH", at, 0x8580, 1, 1, 0, 0) + name + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + client.ip
            for src, dst, data, ports in ((client, server, ask, (40_000 + at, 53)), (server, client, tell, (53, 40_000 + at))):
                wire.ip(src, dst, 17, struct.pack(">HHHH", *ports, 8 + len(data), 0) + data)
        return []
    switch, stations, controllers = machines[0], machines[1:5], machines[5:]
    name = f"sw-{number:03}".encode()
    tlv = lambda kind, value: struct.pack(">H", kind << 9 | len(value)) + value
    wire.frame(b"\x01\x80\xc2\0\0\x0e", switch.mac, 0x88CC, tlv(1, b"\4" + switch.mac) + tlv(2, b"\x07p1") + tlv(3, b"\0\x78") + tlv(5, name) + tlv(7, b"\0\4\0\4") + tlv(0, b""))
    wire.arp(switch, stations[0]) if stations else None
    streams = []
    for at, controller in enumerate(controllers):
        station = stations[at % len(stations)]
        wire.arp(station, controller)
        streams.append(Stream(wire, station, controller, 20_000 + at, 502))
    return streams


def main():
    out, assets = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    turns, seconds = (int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else (6, 120)
    registers = int(sys.argv[5]) if len(sys.argv) > 5 else 2
    with open(out, "wb") as file:
        wire, streams, made = Writer(file), [], 0
        number = 0
        while made < assets:
            size = min(CELL, assets - made)
            kinds = ["server"] + ["office"] * (size - 1) if number % 5 == 4 else ["switch"] + ["hmi"] * 4 + ["plc"] * (size - 5)
            machines = [Machine(made + at, kind, number, at + 2) for at, kind in enumerate(kinds[:size])]
            streams += cell(number, machines, wire)
            made, number = made + size, number + 1
        for turn in range(turns):
            for at, stream in enumerate(streams):
                value = 1000 + (at * 7 + turn * 13) % 900
                words = [value, at % 65536] + [(value * place) % 65536 for place in range(2, registers)]
                ask, tell = struct.pack(">BHH", 3, 0, registers), struct.pack(f">BB{registers}H", 3, 2 * registers, *words[:registers])
                stream.exchange(modbus(turn & 0x7FFF, ask), modbus(turn & 0x7FFF, tell))
                if at % 50 == turn % 600:
                    write = struct.pack(">BHH", 6, 4, value)
                    number = 0x8000 | turn & 0x7FFF if turn > 5 else 100 + turn
                    stream.exchange(modbus(number, write), modbus(number, write))
            wire.now = START_US + (turn + 1) * seconds * 1_000_000
    print(f"{wire.count} packets, {made} machines, {len(streams)} connections")


if __name__ == "__main__":
    main()
