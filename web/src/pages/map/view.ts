import type { Core, ElementDefinition } from 'cytoscape';
import type { MapView } from '@/api/types';
import { FONT_MAX, FONT_MIN, shorten } from './shorten';

/** Room at the left for the names of the bands, which keep their size at every zoom. */
export const NAMES = 104;
const EDGE = 10;
/** Room at the right for the zoom buttons. */
const BUTTONS = 52;
/** Where the server begins to draw. */
const LEFT = 112;
/** Below this the names in the nodes cannot be read. */
const LEGIBLE = 0.56;
const LARGEST = 1.3;

function whole(core: Core, view: MapView): number {
  const across = (core.width() - NAMES - BUTTONS) / Math.max(1, view.width - LEFT);
  return Math.min(LARGEST, across, (core.height() - 2 * EDGE) / Math.max(1, view.height));
}

function place(core: Core, view: MapView, zoom: number) {
  const left = NAMES - LEFT * zoom;
  const top = Math.max(EDGE, (core.height() - view.height * zoom) / 2);
  core.viewport({ zoom, pan: { x: left, y: top } });
}

/** The whole map in the frame, without blowing a small one up. */
export function fit(core: Core, view: MapView) {
  place(core, view, Math.max(0.05, whole(core, view)));
}

/** The first sight of a map: all of it where that can be read, else its upper left at a legible size, or the zone `kept`. */
export function begin(core: Core, view: MapView, kept: string | null) {
  const zoom = Math.max(LEGIBLE, whole(core, view));
  place(core, view, zoom);
  const zone = view.nodes.find((node) => node.id === kept);
  if (!zone || whole(core, view) >= LEGIBLE) return;
  const y = Math.min(EDGE, core.height() / 3 - (zone.y - zone.height / 2) * zoom);
  const right = (zone.x + zone.width / 2) * zoom + core.pan().x;
  const x = right > core.width() ? NAMES - (zone.x - zone.width / 2 - EDGE) * zoom : core.pan().x;
  core.pan({ x, y });
}

export function seen(core: Core, id: string): boolean {
  const box = core.getElementById(id).renderedBoundingBox();
  return box.x1 > NAMES && box.y1 > 0 && box.x2 < core.width() && box.y2 < core.height();
}

/** Whether the frame shows a part of a box that is not drawn yet. */
export function inFrame(core: Core, { data, position }: ElementDefinition): boolean {
  const { x1, y1, x2, y2 } = core.extent();
  const [x, y] = [position?.x ?? 0, position?.y ?? 0];
  return x + data.width / 2 > x1 && x - data.width / 2 < x2 && y + data.height / 2 > y1 && y - data.height / 2 < y2;
}

const TITLE_MAX = 22;
const SCREEN = 11;
/** What the badge on the corner takes from the first line. */
const BADGE = 12;

type Sizes = [font: number, title: number];

/** Texts grow against the zoom as far as their boxes allow, so that a map seen from afar can still be read. */
function sizes(core: Core): Sizes {
  const size = (most: number) => Math.min(most, Math.max(FONT_MIN, Math.round(SCREEN / core.zoom() / 2) * 2));
  return [size(FONT_MAX), size(TITLE_MAX)];
}

interface Worded {
  kind?: string;
  lines?: string[];
  room?: number;
  bold?: boolean;
}

/** An element's text and its size; nothing for one that has none. */
function worded({ kind, lines, room = 0, bold = false }: Worded, [font, title]: Sizes): { font?: number; label?: string } {
  if (kind === 'title') return { font: title };
  if (!lines) return {};
  return { font, label: lines.map((line, at) => shorten(line, at === 0 && bold ? room - BADGE : room, bold, font, at === 0)).join('\n').trimEnd() };
}

/** Adds elements with their texts, so that the look of each is worked out once. */
export function add(core: Core, elements: ElementDefinition[]) {
  const now = sizes(core);
  core.scratch('font', now.join(' '));
  core.add(elements.map((element) => ({ ...element, data: { ...element.data, ...worded(element.data as Worded, now) } })));
}

/** Texts follow the zoom. */
export function texts(core: Core) {
  const now = sizes(core);
  if (core.scratch('font') === now.join(' ')) return;
  core.scratch('font', now.join(' '));
  core.batch(() => {
    core.nodes('[font]').forEach((node) => {
      node.data(worded(node.data() as Worded, now));
    });
  });
}
