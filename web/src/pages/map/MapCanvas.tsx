import { ActionIcon, useComputedColorScheme } from '@mantine/core';
import cytoscape, { type Core, type NodeSingular } from 'cytoscape';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { MapView } from '@/api/types';
import { BandNames, type BandNamesHandle } from './BandNames';
import { boxes, lines, nearest, path, sentence, stripes } from './elements';
import { Legend } from './Legend';
import classes from './Map.module.css';
import { style } from './style';
import { add, begin, fit, inFrame, seen, texts } from './view';

interface Props {
  view: MapView;
  /** Groups that were asked to unfold and are too large for it. */
  stuck: ReadonlySet<string>;
  onChoose: (id: string) => void;
}

/** A map with more lines than this shows the boxes in the frame first when it is drawn first, and the rest in the frame
 * after; later ones change as a whole. */
const LINES_AT_ONCE = 150;

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The drawing. Positions come from the server, so that it looks the same to everybody. */
export function MapCanvas({ view, stuck, onChoose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const names = useRef<BandNamesHandle>(null);
  const graph = useRef<Core>(null);
  const scheme = useComputedColorScheme('light');
  const [at, setAt] = useState<string | null>(null);
  const [over, setOver] = useState<string | [string, string] | null>(null);
  /** The zone of the group chosen last: it stays in view when the map grows. */
  const kept = useRef<string | null>(null);
  /** The colours in force. */
  const styled = useRef('');
  const choose = useRef<(id: string) => void>(() => undefined);
  useEffect(() => {
    choose.current = (id) => {
      kept.current = view.nodes.find((entry) => entry.id === id)?.parent ?? null;
      onChoose(id);
    };
  });

  useEffect(() => {
    if (!box.current) return;
    const core = cytoscape({ container: box.current, autoungrabify: true, boxSelectionEnabled: false, minZoom: 0.05, maxZoom: 2.5 });
    core.on('tap', 'node', (event) => choose.current(event.target.id()));
    core.on('mouseover', 'node', (event) => setOver(event.target.id()));
    core.on('mouseover', 'edge', (event) => setOver([event.target.source().id(), event.target.target().id()]));
    core.on('mouseout', 'node, edge', () => setOver(null));
    core.on('viewport resize', () => {
      names.current?.move(core.zoom(), core.pan().y);
      texts(core);
    });
    graph.current = core;
    styled.current = '';
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
    if (styled.current !== scheme) core.style(style());
    styled.current = scheme;
    const size = `${view.width}×${view.height}`;
    if (fitted.current !== size) begin(core, view, kept.current);
    fitted.current = size;
    kept.current = null;
    const all = boxes(view, stuck);
    const large = view.edges.length > LINES_AT_ONCE && core.elements().empty();
    core.batch(() => {
      core.elements().remove();
      add(core, large ? all.filter((element) => inFrame(core, element)) : [...all, ...lines(view)]);
    });
    names.current?.move(core.zoom(), core.pan().y);
    if (!large) return;
    const later = () => add(core, [...all.filter((element) => core.getElementById(element.data.id ?? '').empty()), ...lines(view)]);
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(later);
    });
    return () => cancelAnimationFrame(frame);
  }, [view, stuck, scheme]);

  const near = at ?? (typeof over === 'string' ? over : null);
  useEffect(() => {
    const core = graph.current;
    if (!core) return;
    core.elements().removeClass('cursor dim near');
    if (at) core.getElementById(at).addClass('cursor');
    if (!near) return;
    const touching = (core.getElementById(near) as NodeSingular).connectedEdges();
    touching.addClass('near');
    core.edges().not(touching).addClass('dim');
  }, [at, near, view, stuck, scheme]);

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
    else if (event.key === '0') fit(core, view);
    else return;
    event.preventDefault();
  };

  const said = at ? sentence(view, at, stuck.has(at), 'Enter') : typeof over === 'string' ? sentence(view, over, stuck.has(over), 'A click') : over ? path(view, ...over) : '';
  return (
    <div className={`panel ${classes.frame}`}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- an application hears its own keys */}
      <div className={classes.canvas} tabIndex={0} role="application" aria-label="Map of the plant. Arrow keys move between nodes, Enter opens an asset or unfolds a group. The table view holds the same." onKeyDown={onKeyDown} onBlur={() => setAt(null)}>
        {/* The library takes over the style of its container: it gets one of its own. */}
        <div ref={box} className={classes.drawing} />
        <BandNames ref={names} bands={stripes(view)} />
      </div>
      <div className={classes.zoom}>
        <ActionIcon variant="default" aria-label="Zoom in" onClick={() => zoom(1.25)}>+</ActionIcon>
        <ActionIcon variant="default" aria-label="Zoom out" onClick={() => zoom(0.8)}>−</ActionIcon>
        <ActionIcon variant="default" aria-label="Fit the whole map" onClick={() => graph.current && fit(graph.current, view)}>⤢</ActionIcon>
      </div>
      <div className={classes.foot}>
        <p className={`grow clip ${classes.said}`} role="status" title={said}>
          {said || 'Click or Enter opens an asset and unfolds a group; drag or arrow keys move, 0 shows all.'}
        </p>
        <Legend />
      </div>
    </div>
  );
}
