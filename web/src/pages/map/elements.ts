import type { ElementDefinition } from 'cytoscape';
import type { MapNode, MapView } from '@/api/types';
import { plural, words } from '@/lib/format';
import { isPriority, PRIORITY_NUMBER, PRIORITY_WORD } from '@/lib/priority';

const LAYER: Record<string, number> = { zone: 1, group: 3, asset: 3 };
/** Bands run on past the drawing, so that they fill every frame. */
const ENDLESS = 60_000;
const TITLE = 26;
const BADGE = 10;
const PAD = 8;

type Node = ElementDefinition & { group: 'nodes' };
const node = (data: Record<string, unknown>, x: number, y: number): Node => ({ group: 'nodes', data, position: { x, y }, selectable: false });

/** The bands without the gaps between them. */
export function stripes(view: Pick<MapView, 'bands'>) {
  return view.bands.map((band, at) => {
    const next = view.bands[at + 1];
    const before = view.bands[at - 1];
    const top = before ? (before.y + before.height + band.y) / 2 : band.y;
    const bottom = next ? (band.y + band.height + next.y) / 2 : band.y + band.height;
    return { label: band.label, y: top, height: bottom - top };
  });
}

/** Bands, zone boxes and nodes as rectangles at the places the server gave. */
export function boxes(view: MapView, stuck: ReadonlySet<string>): ElementDefinition[] {
  const bands = stripes(view).map((band, at) => node({ id: `band:${at}`, kind: 'band', odd: at % 2, width: ENDLESS, height: band.height, layer: 0 }, view.width / 2, band.y + band.height / 2));
  const nodes = view.nodes.map((entry) => node(
    {
      id: entry.id,
      kind: entry.kind,
      lines: entry.kind === 'zone' ? [] : [entry.label, second(entry, stuck.has(entry.id))],
      bold: isPriority(entry.priority),
      room: entry.width - 2 * PAD,
      width: entry.width,
      height: entry.height,
      layer: LAYER[entry.kind] ?? 2,
      ...(isPriority(entry.priority) ? { priority: PRIORITY_NUMBER[entry.priority] } : {}),
    },
    entry.x,
    entry.y,
  ));
  // The title is a node of its own, above the edges: a line through a name makes it unreadable.
  const titles = view.nodes
    .filter((entry) => entry.kind === 'zone')
    .map((entry) => node({ id: `title:${entry.id}`, kind: 'title', label: zoneLabel(entry), room: entry.width - 2 * PAD, width: 1, height: TITLE, layer: 4 }, entry.x - entry.width / 2 + PAD, entry.y - entry.height / 2 + TITLE / 2));
  const badges = view.nodes.flatMap((entry) => {
    if (!isPriority(entry.priority)) return [];
    const number = PRIORITY_NUMBER[entry.priority];
    return [node({ id: `badge:${entry.id}`, kind: 'badge', label: String(number), badge: number, width: 2 * BADGE, height: 2 * BADGE, layer: 5 }, entry.x - entry.width / 2 + 3, entry.y - entry.height / 2 + 2)];
  });
  return [...bands, ...nodes, ...titles, ...badges];
}

/** How far a line swerves: there and back keep apart, and what passes nodes straight above one another goes around them. */
const APART = 30;
const AROUND = 190;

/** One line a pair: there and back are drawn together unless only one of the ways is forbidden. */
export function lines(view: Pick<MapView, 'nodes' | 'edges'>): ElementDefinition[] {
  const at = new Map(view.nodes.map((entry) => [entry.id, entry]));
  const byWay = new Map(view.edges.map((edge) => [`${edge.from}>${edge.to}`, edge]));
  const faint = view.edges.length > 120 ? 1 : 0;
  return view.edges.flatMap((edge) => {
    const [from, to] = [at.get(edge.from), at.get(edge.to)];
    if (!from || !to) return [];
    const back = byWay.get(`${edge.to}>${edge.from}`);
    const both = back !== undefined && back.forbidden === edge.forbidden;
    if (both && edge.from > edge.to) return [];
    const conversations = edge.conversations + (both ? back.conversations : 0);
    return [{ group: 'edges' as const, data: { id: `${edge.from}>${edge.to}`, source: edge.from, target: edge.to, both: both ? 1 : 0, faint, forbidden: edge.forbidden ? 1 : 0, bend: bend(from, to, back !== undefined && !both), width: 1 + Math.min(2, Math.log10(1 + conversations)) } }];
  });
}

function bend(from: MapNode, to: MapNode, apart: boolean): number {
  const [dx, dy] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  const around = dy < 1 ? (dx > 1.5 * from.width ? AROUND / 2 : 0) : dx < from.width / 2 && dy > 5 * from.height ? AROUND : 0;
  // Always to the same side of the page, whichever way the line runs.
  const side = dy < 1 ? (to.x > from.x ? 1 : -1) : to.y > from.y ? -1 : 1;
  return side * around + (apart ? APART : 0);
}

function second(entry: MapNode, stuck: boolean): string {
  if (entry.kind !== 'group') return words(entry.role);
  return stuck ? 'too many: list' : 'unfold +';
}

/** The node next in a direction; the first one where there is no start. */
export function nearest(nodes: MapNode[], from: string | null, [dx, dy]: [number, number]): string | null {
  const list = nodes.filter((entry) => entry.kind !== 'zone');
  const start = list.find((entry) => entry.id === from);
  if (!start) return [...list].sort((a, b) => a.y - b.y || a.x - b.x)[0]?.id ?? null;
  let best: [number, string] = [Number.POSITIVE_INFINITY, start.id];
  for (const entry of list) {
    const along = (entry.x - start.x) * dx + (entry.y - start.y) * dy;
    const across = Math.abs((entry.x - start.x) * dy) + Math.abs((entry.y - start.y) * dx);
    if (along <= 1) continue;
    const cost = along + 2.5 * across;
    if (cost < best[0]) best = [cost, entry.id];
  }
  return best[1];
}

/** Assets that no zone of the plant model holds are boxed together under a name that the server made up. */
const MADE_UP: Record<string, string> = { unassigned: 'No zone', internet: 'Internet' };
const zoneLabel = (entry: MapNode) => (entry.label === entry.zone ? (MADE_UP[entry.label] ?? entry.label) : entry.label);

export function zoneNames(view: MapView): Map<string, string> {
  return new Map(view.nodes.filter((entry) => entry.kind === 'zone').map((entry) => [entry.zone ?? '', zoneLabel(entry)]));
}

/** A node in words: for those who do not see it, and for what its box has no room for. */
export function sentence(view: MapView, id: string, stuck: boolean, by: 'Enter' | 'A click'): string {
  const entry = view.nodes.find((other) => other.id === id);
  if (!entry) return '';
  const edges = view.edges.filter((edge) => edge.from === id || edge.to === id);
  const forbidden = edges.filter((edge) => edge.forbidden).length;
  const parts = [
    entry.kind === 'group' ? `${entry.label}, ${plural(entry.count, 'asset')}` : `${entry.label}, ${words(entry.role)}`,
    entry.zone ? `zone ${zoneNames(view).get(entry.zone) ?? entry.zone}` : 'no zone',
    entry.purdue_level == null ? 'level unknown' : `level ${entry.purdue_level}`,
    `${plural(edges.length, 'path')}${forbidden > 0 ? `, ${forbidden} forbidden` : ''}`,
  ];
  if (isPriority(entry.priority)) parts.push(`open finding of ${PRIORITY_WORD[entry.priority]} priority`);
  const does = entry.kind !== 'group' ? 'opens it' : stuck ? 'lists its assets' : 'unfolds it';
  return `${parts.join(', ')}. ${by} ${does}.`;
}

/** A path in words. */
export function path(view: MapView, from: string, to: string): string {
  const name = (id: string) => view.nodes.find((entry) => entry.id === id)?.label ?? id;
  return view.edges
    .filter((edge) => (edge.from === from && edge.to === to) || (edge.from === to && edge.to === from))
    .map((edge) => `${name(edge.from)} → ${name(edge.to)}: ${edge.protocols.join(', ') || 'not recognised'}, ${plural(edge.conversations, 'conversation')}${edge.forbidden ? ', forbidden: no conduit allows it' : ''}.`)
    .join(' ');
}
