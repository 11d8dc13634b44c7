import type { StylesheetJson } from 'cytoscape';

const SHAPES = ['octagon', 'triangle', 'diamond', 'ellipse'] as const;

/** The look of the map from the theme's tokens: grey, with colour for priorities and forbidden paths alone. */
export function style(): StylesheetJson {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string) => css.getPropertyValue(`--wf-${name}`).trim();
  const font = 'IBM Plex Sans, sans-serif';
  const text = { label: 'data(label)', color: token('text'), 'font-family': font, 'text-wrap': 'wrap' as const, 'text-valign': 'center' as const };
  const sized = { 'font-size': 'data(font)' as never };
  return [
    { selector: 'node', style: { shape: 'rectangle', width: 'data(width)', height: 'data(height)', 'z-index-compare': 'manual', 'z-index': 'data(layer)' as never, 'overlay-opacity': 0 } },
    { selector: 'node[kind = "band"]', style: { 'background-color': token('band'), 'border-width': 0, events: 'no' } },
    { selector: 'node[kind = "band"][odd = 1]', style: { 'background-color': token('band-alt') } },
    { selector: 'node[kind = "zone"]', style: { 'background-color': token('zone'), 'border-width': 1, 'border-color': token('line-strong'), events: 'no' } },
    { selector: 'node[kind = "title"]', style: { ...text, ...sized, 'background-opacity': 0, 'border-width': 0, 'text-halign': 'right', 'text-wrap': 'ellipsis', 'text-max-width': 'data(room)' as never, 'font-weight': 600, 'text-background-color': token('zone'), 'text-background-opacity': 0.9, 'text-background-padding': '2px', events: 'no' } },
    { selector: 'node[kind = "asset"], node[kind = "group"]', style: { ...text, ...sized, 'background-color': token('node'), 'border-width': 1, 'border-color': token('line-strong'), 'min-zoomed-font-size': 5 } },
    { selector: 'node[kind = "group"]', style: { 'border-style': 'double', 'border-width': 4 } },
    ...[1, 2, 3, 4].map((at) => ({ selector: `node[priority = ${at}]`, style: { 'border-width': 3, 'border-color': token(`p${at}`), 'border-style': 'solid' as const, 'font-weight': 600 as const } })),
    { selector: 'node[kind = "group"][priority]', style: { 'border-style': 'double', 'border-width': 5 } },
    { selector: 'node[kind = "badge"]', style: { ...text, 'font-weight': 600, 'font-size': 11, 'border-width': 1, 'border-color': token('edge-mark'), events: 'no' } },
    ...SHAPES.map((shape, at) => ({ selector: `node[badge = ${at + 1}]`, style: { shape, 'background-color': token(`p${at + 1}`), color: token(`p${at + 1}-ink`), 'text-margin-y': shape === 'triangle' ? 3 : 0 } })),
    { selector: 'edge', style: { width: 'data(width)', 'line-color': token('line-strong'), 'line-opacity': 0.55, 'curve-style': 'unbundled-bezier', 'control-point-distances': 'data(bend)' as never, 'control-point-weights': 0.5 as never, 'target-arrow-shape': 'triangle', 'target-arrow-color': token('line-strong'), 'arrow-scale': 0.7, 'z-index-compare': 'manual', 'z-index': 2, 'overlay-opacity': 0 } },
    { selector: 'edge[faint = 1]', style: { 'line-opacity': 0.3 } },
    { selector: 'edge[both = 1]', style: { 'source-arrow-shape': 'triangle', 'source-arrow-color': token('line-strong') } },
    { selector: 'edge[forbidden = 1]', style: { 'line-color': token('danger'), 'target-arrow-color': token('danger'), 'source-arrow-color': token('danger'), 'line-style': 'dashed', 'line-dash-pattern': [7, 4], 'line-opacity': 1, width: 2 } },
    { selector: 'edge.dim', style: { 'line-opacity': 0.1, 'target-arrow-shape': 'none', 'source-arrow-shape': 'none' } },
    { selector: 'edge.near', style: { 'line-opacity': 1, 'z-index': 3 } },
    { selector: '.cursor', style: { 'outline-width': 4, 'outline-color': token('accent'), 'outline-offset': 2 } },
  ];
}
