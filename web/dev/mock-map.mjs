// Map positions for the mock, with the measures and limits of the product's own layout (computed there in Rust).
import { zones } from './mock-data.mjs';

const ELEMENTS_MAX = 1000;
const [NODE_W, NODE_H, GAP, TITLE, MARGIN, COLUMNS_MAX] = [148, 44, 16, 26, 120, 8];
const LEVELS = [[4, 'Level 4 · Office'], [3.5, 'Level 3.5 · Industrial DMZ'], [3, 'Level 3 · Operations'], [2, 'Level 2 · Supervision'], [1, 'Level 1 · Control'], [0, 'Level 0 · Field'], [null, 'Unknown level']];
const ORDER = ['highest', 'high', 'medium', 'low'];

export function makeMap(assets, conversations, findings, expand) {
  const view = { bands: [], nodes: [], edges: [], width: 0, height: GAP, folded: false };
  const place = new Map();
  const worst = new Map();
  for (const f of [...findings].reverse()) if (f.state === 'unacknowledged' || f.state === 'returned') for (const a of f.assets) worst.set(a, f.priority);
  const priority = (ids) => ORDER.find((p) => ids.some((id) => worst.get(id) === p)) ?? null;
  let budget = ELEMENTS_MAX / 2;
  for (const [level, label] of LEVELS) {
    const here = assets.filter((a) => (a.purdue_level ?? null) === level);
    if (here.length === 0) continue;
    let left = MARGIN;
    let tall = 0;
    const boxes = [];
    for (const zone of [...new Set(here.map((a) => a.zone ?? 'unassigned'))].sort()) {
      const members = here.filter((a) => (a.zone ?? 'unassigned') === zone);
      const items = [];
      for (const role of [...new Set(members.map((a) => a.role))].sort()) {
        const list = members.filter((a) => a.role === role);
        const id = `group:${zone}:${role}`;
        const wanted = list.length <= (level >= 4 ? 3 : 12) || expand.includes(id);
        const open = wanted && list.length <= budget;
        view.folded ||= wanted && !open;
        budget -= open ? list.length : 1;
        if (open) for (const a of list) items.push({ id: a.id, kind: 'asset', label: a.name, role, count: 1, priority: priority([a.id]) });
        else items.push({ id, kind: 'group', label: `${list.length} × ${role.replaceAll('_', ' ')}`, role, count: list.length, priority: priority(list.map((a) => a.id)) });
        for (const a of list) place.set(a.id, open ? a.id : id);
      }
      const columns = Math.min(items.length, Math.max(COLUMNS_MAX, 2 * Math.floor(Math.sqrt(items.length))));
      const width = GAP + columns * (NODE_W + GAP);
      const height = TITLE + GAP + Math.ceil(items.length / columns) * (NODE_H + GAP);
      const parent = `zone:${zone}:${level ?? 'unknown'}`;
      const top = view.height + GAP;
      boxes.push({ id: parent, kind: 'zone', label: zones.find((z) => z.id === zone)?.name ?? zone, role: '', zone, purdue_level: level, parent: null, x: left + width / 2, y: top, width, height, count: members.length, priority: null });
      const drawn = items.map((item, at) => ({ ...item, zone, purdue_level: level, parent, width: NODE_W, height: NODE_H, x: left + GAP + (at % columns) * (NODE_W + GAP) + NODE_W / 2, y: top + TITLE + GAP + Math.floor(at / columns) * (NODE_H + GAP) + NODE_H / 2 }));
      view.nodes.push(boxes.at(-1), ...drawn);
      left += width + GAP;
      tall = Math.max(tall, height);
    }
    for (const box of boxes) Object.assign(box, { y: box.y + tall / 2, height: tall });
    view.bands.push({ purdue_level: level, label, y: view.height, height: tall + 2 * GAP });
    view.height += tall + 3 * GAP;
    view.width = Math.max(view.width, left);
  }
  view.edges = makeEdges(conversations, place).slice(0, ELEMENTS_MAX - view.nodes.length);
  return view;
}

function makeEdges(conversations, place) {
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
  return [...edges.values()].sort((a, b) => b.forbidden - a.forbidden || b.conversations - a.conversations);
}
