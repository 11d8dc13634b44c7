// A plausible small waterworks (or a large one: `many`) for developing the page without the product.
const start = Date.parse('2026-03-02T06:00:00Z');
const iso = (ms) => new Date(ms).toISOString();
const hex = (n, width = 8) => n.toString(16).padStart(width, '0');
let seed = 42;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
const pick = (list) => list[Math.floor(random() * list.length)];

export const zones = [
  { id: 'enterprise', name: 'Enterprise', purdue_level: 4, subnets: ['10.40.0.0/16'] },
  { id: 'idmz', name: 'Industrial DMZ', purdue_level: 3.5, subnets: ['10.35.0.0/24'] },
  { id: 'operations', name: 'Operations', purdue_level: 3, subnets: ['10.30.0.0/24'] },
  { id: 'supervision', name: 'Supervision', purdue_level: 2, subnets: ['10.20.0.0/24'] },
  { id: 'intake', name: 'Intake control', purdue_level: 1, subnets: ['10.11.0.0/24'] },
  { id: 'filters', name: 'Filter control', purdue_level: 1, subnets: ['10.12.0.0/24'] },
  { id: 'field', name: 'Field devices', purdue_level: 0, subnets: ['10.10.0.0/24'] },
];
const kinds = [
  ['controller', 'Siemens', 'CPU 1515-2 PN', '6ES7 515-2AM02-0AB0', 'V2.9.4', 'intake', 1, ['s7comm']],
  ['controller', 'Schneider Electric', 'M340 BMX P34 2020', 'BMXP342020', 'v3.20', 'filters', 1, ['modbus']],
  ['controller', 'Rockwell Automation', '1769-L33ER', '1769-L33ER/A', '32.011', 'filters', 1, ['enip', 'cip']],
  ['rtu', 'ABB', 'RTU560', '560CMR02', '12.4.1', 'intake', 1, ['dnp3']],
  ['remote_io', 'Siemens', 'ET 200SP', '6ES7 155-6AU01-0BN0', 'V4.2', 'field', 0, ['profinet_dcp']],
  ['hmi', 'Siemens', 'TP1500 Comfort', '6AV2 124-0QC02-0AX1', 'V16', 'supervision', 2, ['s7comm', 'http']],
  ['scada_server', 'VMware', null, null, null, 'supervision', 2, ['modbus', 'dnp3']],
  ['engineering_station', 'Dell', 'Precision 3660', null, null, 'operations', 3, ['s7comm', 'dns']],
  ['historian', 'Hewlett Packard', null, null, null, 'operations', 3, ['modbus', 'tls']],
  ['network_device', 'Hirschmann', 'RSP35', null, '09.1', 'supervision', 2, ['lldp']],
  ['workstation', 'Lenovo', null, null, null, 'enterprise', 4, ['dns', 'tls']],
  ['server', 'Dell', null, null, null, 'idmz', 3.5, ['tls', 'ssh']],
];

export function makeAssets(number) {
  return Array.from({ length: number }, (_, at) => {
    const [role, vendor, model, order_number, firmware, zone, purdue_level, protocols] = kinds[at % kinds.length];
    const third = Math.floor(at / 250);
    const laptop = at === 12;
    return {
      id: `a-${hex(at * 2654435761 % 4294967296)}`,
      name: laptop ? '10.30.0.99' : `${role.replaceAll('_', '-')}-${String(Math.floor(at / kinds.length) + 1).padStart(2, '0')}`,
      site: 'lakeside',
      macs: [`00:1b:1b:${hex(third, 2)}:${hex(at % 256, 2)}:0a`],
      ips: [laptop ? '10.30.0.99' : `10.${Math.floor(purdue_level * 10)}.${third}.${(at % 250) + 2}`],
      vendor: laptop ? null : vendor, model: laptop ? null : model, order_number, firmware, hardware: null,
      serial: model ? `S C-${hex(at * 7919, 6).toUpperCase()}` : null, os: role === 'workstation' ? 'Windows 10' : null,
      role: laptop ? 'laptop' : role, role_confidence: laptop ? 45 : 70 + (at % 30),
      purdue_level: laptop ? null : purdue_level, zone: laptop ? null : zone,
      zone_reason: laptop ? 'No zone of the plant model holds this address.' : `Its address lies in a subnet of zone ${zone}.`,
      internet: false, router: role === 'network_device', protocols,
      functions: role === 'controller' ? [pick(['intake-pumps', 'filter-line', 'dosing'])] : [],
      first_seen: iso(start + at * 10), last_seen: iso(start + 5_400_000 - (at % 97) * 1000),
    };
  });
}

export const packetId = (n) => hex((n + 1) * 2654435761 % 4294967296).repeat(4);

export function makeAttributes(asset) {
  const rows = [];
  const add = (name, value, source, confidence, chosen = true, reason = '') => value && rows.push({
    name, value, source, reason, confidence, first_seen: asset.first_seen, last_seen: asset.last_seen, count: 12 + rows.length * 7,
    frame: 100 + rows.length * 31, packet: source === 'inference' || source === 'oui' ? null : packetId(rows.length + 1), chosen,
  });
  add('name', asset.name, 'lldp.system_name', 85);
  add('vendor', asset.vendor, 's7comm.szl', 95);
  add('vendor', 'Siemens Industrial Automation Products', 'oui', 60, false, 'The first three bytes of its MAC address are registered to this vendor.');
  add('model', asset.model, 's7comm.szl', 95);
  add('order_number', asset.order_number, 's7comm.szl', 95);
  add('firmware', asset.firmware, 's7comm.szl', 95);
  add('firmware', 'V2.8.1', 'profinet_dcp', 70, false);
  add('serial', asset.serial, 's7comm.szl', 95);
  add('role', asset.role, 'inference', asset.role_confidence, true, 'It answers s7comm on port 102 and starts no conversations of its own.');
  add('ip', asset.ips[0], 'arp', 90);
  add('mac', asset.macs[0], 'arp', 90);
  return rows;
}

/** Who asks whom in a plant; the last two are what nobody allowed. */
const PAIRS = [
  ['hmi', 'controller', 's7comm', 102], ['scada_server', 'controller', 'modbus', 502], ['scada_server', 'rtu', 'dnp3', 20_000], ['historian', 'scada_server', 'modbus', 502],
  ['controller', 'remote_io', 'profinet_dcp', 0], ['engineering_station', 'controller', 's7comm', 102], ['workstation', 'server', 'tls', 443], ['server', 'historian', 'tls', 443],
  ['engineering_station', 'network_device', 'ssh', 22], ['hmi', 'controller', 'enip', 44_818], ['laptop', 'controller', 's7comm', 102], ['workstation', 'controller', 'modbus', 502],
];

export function makeConversations(assets, number) {
  const list = [];
  const byRole = new Map();
  for (const asset of assets) byRole.set(asset.role, [...(byRole.get(asset.role) ?? []), asset]);
  const of = (role, n) => byRole.get(role)?.[n % byRole.get(role).length];
  for (let at = 0; at < number; at += 1) {
    // What is forbidden is rare.
    const turn = at % 60 === 3 ? 10 : at % 60 === 33 ? 11 : at % 10;
    const [asks, answers, protocol, port] = PAIRS[turn];
    const [client, server] = [of(asks, Math.floor(at / 10)), of(answers, at)];
    if (!client || !server) continue;
    const forbidden = turn >= 10;
    list.push({
      id: `c-${hex(at)}`, site: 'lakeside', client: client.ips[0], server: server.ips[0], client_asset: client.id,
      server_asset: server.id, client_name: client.name, server_name: server.name, client_zone: client.zone,
      server_zone: server.zone, transport: port ? 'tcp' : 'link', port, protocol: at % 23 ? protocol : '',
      segments: ['eth1'], packets_to_server: 400 + at * 3, packets_to_client: 380 + at * 3, bytes_to_server: 41_000 + at * 997,
      bytes_to_client: 88_000 + at * 1313, flows: 1 + (at % 4), answered: at % 11 ? 1 + (at % 4) : 0, messages: 350 + at, gap_bytes: 0,
      one_sided: at % 17 === 4, encrypted: protocol === 'tls' || protocol === 'ssh', learned: !forbidden, forbidden,
      functions: [{ function: 'read_holding_registers', category: 'read', count: 340 + at, last: server.last_seen }, ...(at % 3 ? [] : [{ function: 'write_single_register', category: 'write', count: 3, last: server.last_seen }])],
      first_seen: client.first_seen, last_seen: server.last_seen,
    });
  }
  return list;
}

const rules = [
  ['act-on-controller', 'Controller stopped by a device that never did so', 'highest', 'stopped', ['T0858', 'T0816', 'T0855']],
  ['program-download', 'New program sent to a controller', 'high', 'was given new logic', ['T0843', 'T0889']],
  ['unknown-device', 'Unknown device in the operations zone', 'high', 'was approached by a device nobody knows', ['T0864']],
  ['new-write', 'Set-point written by a device that never wrote before', 'medium', 'was given new set-points', ['T0836', 'T0855']],
  ['scan', 'Network scan across controllers', 'medium', 'was scanned', ['T0846', 'T0840']],
  ['cross-zone', 'Conversation across zones without a rule', 'low', 'was reached from a zone that has no business there', ['T0886']],
  ['clear-text-secret', 'Password readable on the wire', 'low', 'was logged in to with a password that anybody on the wire can read', ['T0842', 'T0859']],
];

export function makeFindings(assets, number) {
  return Array.from({ length: number }, (_, at) => {
    const [rule, title, priority, did, techniques] = rules[at < 7 ? at : 3 + (at % 4)];
    const target = assets[(at * 12) % assets.length === 12 ? 0 : (at * 12) % assets.length];
    const actor = assets[12] ?? assets[0];
    const loss = Math.round({ highest: 310_000, high: 120_000, medium: 26_000, low: 1800 }[priority] / (1 + at / 9));
    const likelihood = { highest: 0.8, high: 0.5, medium: 0.3, low: 0.1 }[priority];
    const evidence = Array.from({ length: 3 + (at % 9) }, (_, n) => ({
      ts: iso(start + 4_000_000 + at * 40_000 + n * 900), kind: n ? 'operation' : 'conversation',
      text: `${actor.name} → ${target.name}: ${n ? 's7comm plc_stop, ok' : 'first conversation, s7comm on port 102'}`,
      src: actor.ips[0], dst: target.ips[0], protocol: 's7comm', frame: 4200 + at * 10 + n, packets: [packetId(at * 20 + n), packetId(at * 20 + n + 1)],
    }));
    return {
      id: `f-${hex(at + 1)}`, site: 'lakeside', rule, title, priority, rank: at + 1, time: iso(start + 4_000_000 + at * 41_000),
      first_time: iso(start + 4_000_000 + at * 40_000), assets: [target.id, actor.id], asset_names: [target.name, actor.name],
      actor: actor.id, techniques, state: at === 9 ? 'acknowledged' : at === 11 ? 'shelved' : at === 2 ? 'returned' : 'unacknowledged',
      count: evidence.length + at * 3,
      plant_sentence: `${target.name}, which runs the intake pumps, ${did} by ${actor.name}, a laptop that was never seen before this morning.`.replace('stopped by', 'was stopped by'),
      soc_sentence: `${actor.ips[0]} opened S7comm to ${target.ips[0]}:102 and issued ${techniques[0]}; first contact between the two, outside the learned baseline, acknowledged by the controller.`,
      causes: ['A contractor works on the controller and was not announced.', 'An engineering laptop was replaced and is not known yet.', 'Somebody uses a foreign machine to change the process.'],
      actions: ['Shift operator: ask the control room whether work on this controller is announced.', 'OT engineer: compare the running program with the released one.', 'SOC: find where 10.30.0.99 is plugged in and who is logged in.'],
      minutes_to_respond: { highest: 5, high: 15, medium: 60, low: 480 }[priority], evidence,
      assessment: {
        functions: [{ function: 'intake-pumps', name: 'Intake pumps', place: 'Intake · Raw water', effect: 'stops', hours: 4, cost: loss, buffer_minutes: 45, safety: 'low', reason: `${target.name} is the only controller behind this function.` },
          { function: 'filter-line', name: 'Filter line', place: 'Filter line · Treatment', effect: 'degrades', hours: 2, cost: loss / 5, buffer_minutes: 180, safety: 'none', reason: 'It cannot run without Intake pumps.' }],
        loss: loss * 1.2, expected_loss: loss * 1.2 * likelihood, currency: 'EUR', likelihood, modelled: at % 3 !== 2, safety: 'low',
        steps: [`Intake pumps stops: 4 h to restart × ${Math.round(loss / 4)} EUR/h = ${loss} EUR`, `Filter line degrades for 2 h = ${Math.round(loss / 5)} EUR`, `Loss if the worst follows = ${Math.round(loss * 1.2)} EUR`, `× likelihood ${likelihood} = ${Math.round(loss * 1.2 * likelihood)} EUR expected`],
      },
      handled_by: at === 9 || at === 11 ? 'm.keller' : null, handled_reason: at === 9 ? 'Announced maintenance, permit 4411' : at === 11 ? 'Known clear-text login, replaced in April' : null,
      handled_at: at === 9 || at === 11 ? iso(start + 5_000_000) : null, handled_until: at === 9 || at === 11 ? iso(Date.now() + 8 * 3600e3) : null,
    };
  });
}

export function makeOperations(assets) {
  return Array.from({ length: 60 }, (_, at) => ({
    ts: iso(start + 600_000 + at * 80_000), last: iso(start + 600_000 + at * 80_000), count: 1, src: assets[7].ips[0], dst: assets[0].ips[0],
    src_mac: assets[7].macs[0], src_port: 50_000 + at, dst_port: 102, protocol: 's7comm', function: at % 9 ? 'write_var' : 'plc_stop',
    category: at % 9 ? 'write' : 'control', target: at % 9 ? 'DB1.DBD4' : '', value: at % 9 ? String(40 + (at % 7)) : null,
    outcome: at % 13 ? 'ok' : 'error: object does not exist', frame: 900 + at * 12, packets: [packetId(at + 500), packetId(at + 501)],
  }));
}

export function makeSeries(point) {
  const times = [];
  const values = [];
  for (let at = 0; at < 2400; at += 1) {
    times.push(start / 1000 + at * 2.25);
    values.push(at % 600 === 599 ? null : Number((50 + 14 * Math.sin(at / 130) + (point.length % 5) * 3 + (random() - 0.5) * 2 + (at > 1800 ? 22 : 0)).toFixed(2)));
  }
  return { point, protocol: 's7comm', times, values };
}

export const coverage = ['eth1', 'eth1.20', 'eth2'].map((segment, at) => {
  const packets = 812_345 >> at;
  return {
    site: 'lakeside', sensor: 'sensor-1', segment, packets, bytes: packets * 113, parsed: Math.round(packets * 0.91), not_parsed: Math.round(packets * 0.05),
    dropped: at ? 0 : 412, one_sided: Math.round(packets * (at === 2 ? 0.31 : 0.002)), encrypted: Math.round(packets * 0.03), damaged: at * 7, evicted: 0,
    protocols: [['modbus', 0.44], ['s7comm', 0.27], ['enip', 0.12], ['dnp3', 0.05], ['tls', 0.03], ['tcp/9600', 0.03], ['arp', 0.01]].map(([protocol, share]) => ({ protocol, packets: Math.round(packets * share) })),
    first_seen: iso(start), last_seen: iso(start + 5_400_000),
  };
});

export function makePacket(id) {
  const bytes = '001b1b00000a001b1b00070a0800450000470a2c40004006 1c3d0a1e00630a0b0002c35000665f1a2b3c4d5e6f7050181000a1b200000300001f02f08032010000cdef000e00002900000000000950 5f50524f4752414d'.replaceAll(' ', '');
  return {
    id, ts: iso(start + 4_000_900), frame: 4201, original_len: bytes.length / 2, hex: bytes,
    layers: [
      { title: 'Ethernet II', fields: [{ name: 'Destination', value: '00:1b:1b:00:00:0a' }, { name: 'Source', value: '00:1b:1b:00:07:0a' }, { name: 'Type', value: '0x0800 IPv4' }] },
      { title: 'IPv4', fields: [{ name: 'Source', value: '10.30.0.99' }, { name: 'Destination', value: '10.11.0.2' }, { name: 'TTL', value: '64' }] },
      { title: 'TCP', fields: [{ name: 'Ports', value: '50000 → 102' }, { name: 'Flags', value: 'PSH, ACK' }] },
      { title: 's7comm', fields: [{ name: 'Function', value: '0x29 PLC stop' }, { name: 'Service', value: 'P_PROGRAM' }] },
    ],
  };
}

export const plant = {
  schema: 1, site: { id: 'lakeside', name: 'Lakeside Waterworks', currency: 'EUR' }, zone: zones,
  conduit: [{ from: 'operations', to: 'supervision', protocols: [] }, { from: 'supervision', to: 'intake', protocols: ['s7comm', 'modbus'] }, { from: 'supervision', to: 'filters', protocols: ['modbus', 'enip'] }],
  area: [{ id: 'treatment', name: 'Treatment' }, { id: 'raw', name: 'Raw water' }],
  unit: [{ id: 'intake', name: 'Intake', area: 'raw' }, { id: 'filter', name: 'Filter line', area: 'treatment' }],
  function: [
    { id: 'intake-pumps', name: 'Intake pumps', unit: 'intake', assets: ['10.11.0.2'], restart_hours: 4, cost_per_hour: 62_000, buffer_minutes: 45, safety: 'low', redundancy: 'none', depends_on: [] },
    { id: 'filter-line', name: 'Filter line', unit: 'filter', assets: ['10.12.0.3'], restart_hours: 2, cost_per_hour: 26_000, buffer_minutes: 180, safety: 'none', redundancy: 'standby', depends_on: ['intake-pumps'] },
  ],
};
export const eventEnd = start + 5_400_000;
