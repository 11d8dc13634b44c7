import type { StylesheetJson } from 'cytoscape';

const SHAPES = ['octagon', 'triangle', 'diamond', 'ellipse'] as const;

/** The look of the map from the theme's tokens: grey, with colour for priorities and forbidden paths alone. */
export function style(): StylesheetJson {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string) => css.getPropertyValue(`--wf-${name}`).trim();
  const font = "'IBM Plex Sans', sans-serif";
  const text = { label: 'data(label)', color: token('text'), 'font-family': font, 'font-size': 11, 'text-wrap': 'wrap' as const };
  return [
    { selector: 'node', style: { shape: 'rectangle', width: 'data(width)', height: 'data(height)', 'z-index-compare': 'manual', 'z-index': 'data(layer)' as never, 'overlay-opacity': 0 } },
    { selector: 'node[kind = "band"]', style: { 'background-color': token('band'), 'border-width': 0, events: 'no' } },
    { selector: 'node[kind = "band"][odd = 1]', style: { 'background-color': token('band-alt') } },
    { selector: 'node[kind = "name"]', style: { ...text, 'background-opacity': 0, 'border-width': 0, 'text-halign': 'center', 'text-valign': 'center', color: token('muted'), 'font-size': 12, events: 'no' } },
    { selector: 'node[kind = "zone"]', style: { ...text, 'background-color': token('zone'), 'border-width': 1, 'border-color': token('line-strong'), 'text-valign': 'top', 'text-halign': 'center', 'text-margin-y': 17, 'font-weight': 600, events: 'no' } },
    { selector: 'node[kind = "asset"], node[kind = "group"]', style: { ...text, 'background-color': token('node'), 'border-width': 1, 'border-color': token('line-strong'), 'text-valign': 'center', 'text-max-width': 'data(width)' as never, 'text-overflow-wrap': 'anywhere', 'font-size': 10 } },
    { selector: 'node[kind = "group"]', style: { 'border-style': 'double', 'border-width': 4 } },
    ...[1, 2, 3, 4].map((at) => ({ selector: `node[priority = ${at}]`, style: { 'border-width': 3, 'border-color': token(`p${at}`), 'border-style': 'solid' as const, 'font-weight': 600 as const } })),
    { selector: 'node[kind = "badge"]', style: { ...text, 'text-valign': 'center', 'font-weight': 600, 'font-size': 10, 'border-width': 1, 'border-color': token('edge-mark'), events: 'no' } },
    ...SHAPES.map((shape, at) => ({ selector: `node[badge = ${at + 1}]`, style: { shape, 'background-color': token(`p${at + 1}`), color: token(`p${at + 1}-ink`), 'text-margin-y': shape === 'triangle' ? 3 : 0 } })),
    { selector: 'edge', style: { width: 'data(width)', 'line-color': token('line-strong'), 'line-opacity': 0.55, 'curve-style': 'straight', 'target-arrow-shape': 'triangle', 'target-arrow-color': token('line-strong'), 'arrow-scale': 0.7, 'z-index-compare': 'manual', 'z-index': 2, events: 'no' } },
    { selector: 'edge[forbidden = 1]', style: { 'line-color': token('p1'), 'target-arrow-color': token('p1'), 'line-style': 'dashed', 'line-dash-pattern': [7, 4], 'line-opacity': 1, width: 2 } },
    { selector: '.dim', style: { 'line-opacity': 0.12, 'target-arrow-color': token('line') } },
    { selector: '.cursor', style: { 'outline-width': 4, 'outline-color': token('accent'), 'outline-offset': 2 } },
  ];
}
