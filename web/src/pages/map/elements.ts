import type { ElementDefinition } from 'cytoscape';
import type { MapNode, MapView } from '@/api/types';
import { words } from '@/lib/format';
import { isPriority, PRIORITY_NUMBER, PRIORITY_WORD } from '@/lib/priority';

const LAYER: Record<string, number> = { zone: 1, group: 3, asset: 3 };
/** Where the server leaves room for the names of the bands. */
const MARGIN = 120;
const BADGE = 9;

function bandLabel(label: string): string {
  return label.replace(' · ', '\n');
}

/** Bands, zone boxes and nodes as rectangles at the places the server gave; edges between them. */
export function elements(view: MapView): ElementDefinition[] {
  const bands = view.bands.map((band, at) => ({
    group: 'nodes' as const,
    data: { id: `band:${band.purdue_level ?? 'unknown'}`, kind: 'band', label: '', odd: at % 2, width: view.width, height: band.height, layer: 0 },
    position: { x: view.width / 2, y: band.y + band.height / 2 },
    selectable: false,
  }));
  const names = view.bands.map((band) => ({
    group: 'nodes' as const,
    data: { id: `name:${band.purdue_level ?? 'unknown'}`, kind: 'name', label: bandLabel(band.label), width: MARGIN - 16, height: 30, layer: 1 },
    position: { x: MARGIN / 2, y: band.y + band.height / 2 },
    selectable: false,
  }));
  const badges = view.nodes.flatMap((node) =>
    isPriority(node.priority)
      ? [{
          group: 'nodes' as const,
          data: { id: `badge:${node.id}`, kind: 'badge', label: String(PRIORITY_NUMBER[node.priority]), badge: PRIORITY_NUMBER[node.priority], width: 2 * BADGE, height: 2 * BADGE, layer: 4 },
          position: { x: node.x - node.width / 2 + 3, y: node.y - node.height / 2 + 2 },
          selectable: false,
        }]
      : [],
  );
  const nodes = view.nodes.map((node) => ({
    group: 'nodes' as const,
    data: {
      id: node.id,
      kind: node.kind,
      label: label(node),
      width: node.width,
      height: node.height,
      layer: LAYER[node.kind] ?? 2,
      ...(isPriority(node.priority) ? { priority: PRIORITY_NUMBER[node.priority] } : {}),
    },
    position: { x: node.x, y: node.y },
  }));
  const known = new Set(view.nodes.map((node) => node.id));
  const edges = view.edges
    .filter((edge) => known.has(edge.from) && known.has(edge.to))
    .map((edge) => ({
      group: 'edges' as const,
      data: { id: `${edge.from}>${edge.to}`, source: edge.from, target: edge.to, forbidden: edge.forbidden ? 1 : 0, width: 1 + Math.min(2, Math.log10(1 + edge.conversations)) },
    }));
  return [...bands, ...names, ...nodes, ...badges, ...edges];
}

function label(node: MapNode): string {
  if (node.kind === 'zone') return node.label;
  const text = node.label.length > 34 ? `${node.label.slice(0, 33)}…` : node.label;
  return node.kind === 'group' ? `${text}\nunfold +` : `${text}\n${words(node.role)}`.trimEnd();
}

/** The node next in a direction; the first one where there is no start. */
export function nearest(nodes: MapNode[], from: string | null, [dx, dy]: [number, number]): string | null {
  const list = nodes.filter((node) => node.kind !== 'zone');
  const start = list.find((node) => node.id === from);
  if (!start) return [...list].sort((a, b) => a.y - b.y || a.x - b.x)[0]?.id ?? null;
  let best: [number, string] = [Number.POSITIVE_INFINITY, start.id];
  for (const node of list) {
    const along = (node.x - start.x) * dx + (node.y - start.y) * dy;
    const across = Math.abs((node.x - start.x) * dy) + Math.abs((node.y - start.y) * dx);
    if (along <= 1) continue;
    const cost = along + 2.5 * across;
    if (cost < best[0]) best = [cost, node.id];
  }
  return best[1];
}

/** A node in words, for those who do not see it. */
export function sentence(view: MapView, id: string): string {
  const node = view.nodes.find((entry) => entry.id === id);
  if (!node) return '';
  const edges = view.edges.filter((edge) => edge.from === id || edge.to === id);
  const forbidden = edges.filter((edge) => edge.forbidden).length;
  const parts = [
    node.kind === 'group' ? `Group ${node.label}, ${node.count} assets` : `${node.label}, ${words(node.role)}`,
    node.zone ? `zone ${node.zone}` : 'no zone',
    node.purdue_level == null ? 'level unknown' : `level ${node.purdue_level}`,
    `${edges.length} paths${forbidden > 0 ? `, ${forbidden} forbidden` : ''}`,
  ];
  if (isPriority(node.priority)) parts.push(`open finding of ${PRIORITY_WORD[node.priority]} priority`);
  return `${parts.join(', ')}. Enter ${node.kind === 'group' ? 'unfolds it' : 'opens it'}.`;
}
