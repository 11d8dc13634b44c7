// Map positions for the mock: bands, zone boxes, groups by role. The product computes these in Rust.
import { zones } from './mock-data.mjs';

const LEVELS = [[5, 'Level 5 · Internet'], [4, 'Level 4 · Enterprise'], [3.5, 'Level 3.5 · Industrial DMZ'], [3, 'Level 3 · Operations'], [2, 'Level 2 · Supervision'], [1, 'Level 1 · Control'], [0, 'Level 0 · Process'], [null, 'Unknown']];

export function makeMap(assets, conversations, findings, expand) {
  const bands = [];
  const nodes = [];
  const place = new Map();
  let y = 0;
  let width = 1200;
  const worst = new Map();
  for (const f of [...findings].reverse()) if (f.state === 'unacknowledged' || f.state === 'returned') for (const a of f.assets) worst.set(a, f.priority);
  for (const [level, label] of LEVELS) {
    const here = assets.filter((a) => (a.purdue_level ?? null) === level);
    const boxes = zones.filter((z) => z.purdue_level === level).map((z) => [z, here.filter((a) => a.zone === z.id)]);
    if (level === null) boxes.push([null, here]);
    let x = 130;
    let tall = 0;
    const laid = [];
    for (const [zone, members] of boxes) {
      const roles = [...new Set(members.map((a) => a.role))];
      const items = roles.flatMap((role) => {
        const group = members.filter((a) => a.role === role);
        const id = `group:${zone?.id ?? 'none'}:${role}`;
        if (group.length <= 3 || expand.includes(id)) return group.slice(0, 200).map((a) => ({ id: a.id, kind: 'asset', label: a.name, role, count: 1, ids: [a.id] }));
        return [{ id, kind: 'group', label: `${group.length} × ${role.replaceAll('_', ' ')}`, role, count: group.length, ids: group.map((a) => a.id) }];
      });
      const columns = Math.max(1, Math.min(12, items.length));
      const rows = Math.ceil(items.length / columns);
      if (items.length) laid.push([zone, items, columns, rows]);
      tall = Math.max(tall, rows);
    }
    const height = Math.max(56, tall * 56 + 44);
    bands.push({ purdue_level: level, label, y, height });
    for (const [zone, items, columns, rows] of laid) {
      const w = columns * 128 + 16;
      const h = rows * 56 + 26;
      if (zone) nodes.push({ id: `zone:${zone.id}`, kind: 'zone', label: zone.name, role: '', zone: zone.id, purdue_level: level, parent: null, x: x + w / 2, y: y + 9 + h / 2, width: w, height: h, count: items.length, priority: null });
      items.forEach((item, at) => {
        const priority = ['highest', 'high', 'medium', 'low'].find((p) => item.ids.some((id) => worst.get(id) === p)) ?? null;
        nodes.push({ id: item.id, kind: item.kind, label: item.label, role: item.role, zone: zone?.id ?? null, purdue_level: level, parent: zone ? `zone:${zone.id}` : null, x: x + 8 + (at % columns) * 128 + 64, y: y + 30 + Math.floor(at / columns) * 56 + 26, width: 112, height: 36, count: item.count, priority });
        for (const id of item.ids) place.set(id, item.id);
      });
      x += w + 24;
    }
    width = Math.max(width, x);
    y += height;
  }
  const edges = new Map();
  for (const c of conversations) {
    const from = place.get(c.client_asset);
    const to = place.get(c.server_asset);
    if (!from || !to || from === to) continue;
    const edge = edges.get(`${from}>${to}`) ?? { from, to, protocols: [], conversations: 0, forbidden: false };
    edge.conversations += 1;
    if (c.protocol && !edge.protocols.includes(c.protocol)) edge.protocols.push(c.protocol);
    edge.forbidden ||= c.forbidden;
    edges.set(`${from}>${to}`, edge);
  }
  return { bands, nodes, edges: [...edges.values()].slice(0, 400), width, height: y, folded: nodes.some((n) => n.kind === 'group') };
}
