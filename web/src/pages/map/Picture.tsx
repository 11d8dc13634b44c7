import { useComputedColorScheme } from '@mantine/core';
import cytoscape, { type ElementDefinition, type StylesheetJson } from 'cytoscape';
import { useEffect, useRef } from 'react';
import type { MapView } from '@/api/types';

function elements(view: MapView): ElementDefinition[] {
  const bands = view.bands.map((band, at) => ({
    data: { id: `band:${at}`, label: band.label, width: view.width + 40, height: band.height },
    position: { x: (view.width + 40) / 2, y: band.y + band.height / 2 },
    classes: `band ${at % 2 ? 'odd' : ''}`,
    selectable: false,
  }));
  const nodes = view.nodes.map((node) => ({
    data: { id: node.id, label: node.label, width: node.width, height: node.height, priority: node.priority ?? 'none' },
    position: { x: node.x, y: node.y },
    classes: node.kind,
    selectable: node.kind !== 'zone',
  }));
  const edges = view.edges.map((edge) => ({
    data: { id: `${edge.from}>${edge.to}`, source: edge.from, target: edge.to },
    classes: edge.forbidden ? 'forbidden' : '',
    selectable: false,
  }));
  return [...bands, ...nodes, ...edges];
}

function stylesheet(): StylesheetJson {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const box = { shape: 'rectangle', width: 'data(width)', height: 'data(height)', label: 'data(label)', color: colour('--wf-text'), 'font-family': 'IBM Plex Sans', 'font-size': 12 } as const;
  const edgeOf = (name: string, width: number) => ({ 'line-color': colour(name), 'target-arrow-color': colour(name), width });
  return [
    { selector: 'node, edge', style: { 'z-index-compare': 'manual' } },
    { selector: '.band', style: { ...box, 'background-color': colour('--wf-band'), 'text-valign': 'center', 'text-halign': 'left', 'text-margin-x': 112, 'text-wrap': 'wrap', 'text-max-width': '96px', 'z-index': 0, events: 'no', 'border-width': 0 } },
    { selector: '.band.odd', style: { 'background-color': colour('--wf-band-alt') } },
    { selector: '.zone', style: { ...box, 'background-color': colour('--wf-zone'), 'border-width': 1, 'border-color': colour('--wf-line-strong'), 'text-valign': 'top', 'text-margin-y': 20, 'font-weight': 600, events: 'no', 'z-index': 1 } },
    { selector: '.asset, .group', style: { ...box, 'background-color': colour('--wf-node'), 'border-width': 1, 'border-color': colour('--wf-line-strong'), 'text-valign': 'center', 'text-wrap': 'ellipsis', 'text-max-width': '136px', 'z-index': 3 } },
    { selector: '.group', style: { 'border-style': 'double', 'border-width': 3 } },
    { selector: '[priority = "highest"]', style: { 'border-color': colour('--wf-p1'), 'border-width': 4 } },
    { selector: '[priority = "high"]', style: { 'border-color': colour('--wf-p2'), 'border-width': 4 } },
    { selector: '[priority = "medium"]', style: { 'border-color': colour('--wf-p3'), 'border-width': 3 } },
    { selector: 'edge', style: { ...edgeOf('--wf-line-strong', 1), 'curve-style': 'straight', 'target-arrow-shape': 'triangle', 'arrow-scale': 0.7, opacity: 0.6, events: 'no', 'z-index': 2 } },
    { selector: 'edge.forbidden', style: { ...edgeOf('--wf-danger', 2), 'line-style': 'dashed', opacity: 1 } },
  ];
}

/** The picture: positions come from the server, so everybody sees the same. A click opens an asset or unfolds a group. */
export function Picture({ view, toggle, open }: { view: MapView; toggle: (group: string) => void; open: (asset: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const act = useRef({ toggle, open });
  useEffect(() => {
    act.current = { toggle, open };
  });
  useEffect(() => {
    if (!box.current) return;
    const graph = cytoscape({ container: box.current, elements: elements(view), layout: { name: 'preset' }, style: stylesheet(), autoungrabify: true, minZoom: 0.1, maxZoom: 2, boxSelectionEnabled: false });
    graph.fit(undefined, 10);
    graph.on('tap', '.asset', (event) => act.current.open(event.target.id() as string));
    graph.on('tap', '.group', (event) => act.current.toggle(event.target.id() as string));
    return () => graph.destroy();
  }, [view, scheme]);
  const devices = view.nodes.reduce((sum, node) => sum + (node.kind === 'zone' ? 0 : node.count), 0);
  return <div ref={box} className="panel" style={{ height: '100%' }} role="img" aria-label={`Map of ${devices} devices in ${view.bands.length} levels; the table view says the same in words`} />;
}
