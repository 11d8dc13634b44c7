import { ActionIcon, useComputedColorScheme } from '@mantine/core';
import cytoscape, { type Core } from 'cytoscape';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { MapView } from '@/api/types';
import { elements, nearest, sentence } from './elements';
import classes from './Map.module.css';
import { style } from './style';

interface Props {
  view: MapView;
  onOpen: (id: string) => void;
  onToggle: (id: string) => void;
}

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The drawing. Positions come from the server, so that it looks the same to everybody. */
export function MapCanvas({ view, onOpen, onToggle }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const graph = useRef<Core>(null);
  const scheme = useComputedColorScheme('light');
  const [at, setAt] = useState<string | null>(null);
  const choose = useRef<(id: string) => void>(() => undefined);
  useEffect(() => {
    choose.current = (id) => {
      const node = view.nodes.find((entry) => entry.id === id);
      if (node?.kind === 'group') onToggle(id);
      else if (node?.kind === 'asset') onOpen(id);
    };
  });

  useEffect(() => {
    if (!box.current) return;
    const core = cytoscape({ container: box.current, autoungrabify: true, boxSelectionEnabled: false, minZoom: 0.15, maxZoom: 2.5 });
    core.on('tap', 'node', (event) => choose.current(event.target.id()));
    core.on('mouseover', 'node[kind != "band"]', (event) => core.elements().not(event.target.closedNeighborhood()).filter('edge').addClass('dim'));
    core.on('mouseout', 'node', () => core.elements().removeClass('dim'));
    graph.current = core;
    const watch = new ResizeObserver(() => core.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      core.destroy();
      graph.current = null;
    };
  }, []);

  const fitted = useRef('');
  useEffect(() => {
    const core = graph.current;
    if (!core) return;
    core.batch(() => {
      core.elements().remove();
      core.add(elements(view));
    });
    core.style(style());
    const size = `${view.width}×${view.height}`;
    if (fitted.current !== size) fit(core);
    fitted.current = size;
  }, [view, scheme]);

  useEffect(() => {
    const core = graph.current;
    core?.nodes().removeClass('cursor');
    if (at) core?.getElementById(at).addClass('cursor');
  }, [at, view, scheme]);

  const zoom = (by: number) => {
    const core = graph.current;
    core?.zoom({ level: core.zoom() * by, renderedPosition: { x: core.width() / 2, y: core.height() / 2 } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const core = graph.current;
    const arrow = ARROWS[event.key];
    if (!core || event.ctrlKey || event.metaKey) return;
    if (arrow) {
      const next = nearest(view.nodes, at, arrow);
      setAt(next);
      if (next && !seen(core, next)) core.center(core.getElementById(next));
    } else if (event.key === 'Enter' && at) choose.current(at);
    else if (event.key === '+') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fit(core);
    else return;
    event.preventDefault();
  };

  return (
    <div className={`panel ${classes.frame}`}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- an application hears its own keys */}
      <div className={classes.canvas} tabIndex={0} role="application" aria-label="Map of the plant. Arrow keys move between nodes, Enter opens an asset or unfolds a group. The table view holds the same." onKeyDown={onKeyDown} onBlur={() => setAt(null)}>
        {/* The library takes over the style of its container: it gets one of its own. */}
        <div ref={box} className={classes.drawing} />
      </div>
      <div className={classes.zoom}>
        <ActionIcon variant="default" aria-label="Zoom in" onClick={() => zoom(1.25)}>+</ActionIcon>
        <ActionIcon variant="default" aria-label="Zoom out" onClick={() => zoom(0.8)}>−</ActionIcon>
        <ActionIcon variant="default" aria-label="Fit the whole map" onClick={() => graph.current && fit(graph.current)}>⤢</ActionIcon>
      </div>
      <p className={classes.said} role="status">
        {at ? sentence(view, at) : 'Click a group to unfold it, an asset to open it. With the keyboard: Tab to the map, then the arrow keys and Enter.'}
      </p>
    </div>
  );
}

/** Fits the map into the frame, without blowing a small one up. */
function fit(core: Core) {
  core.fit(undefined, 10);
  if (core.zoom() > 1.3) {
    core.zoom(1.3);
    core.center();
  }
}

function seen(core: Core, id: string): boolean {
  const box = core.getElementById(id).renderedBoundingBox();
  return box.x1 > 0 && box.y1 > 0 && box.x2 < core.width() && box.y2 < core.height();
}
