import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Operation, Series } from '@/api/types';
import { number } from '@/lib/format';
import { useUtc } from '@/lib/clock';
import { stamp } from '@/lib/time';

const HEIGHT = 210;
const FEW = 15;

/** 24-hour labels: every so many seconds, the format, and the day under the first label of a day. */
const AXIS: uPlot.Axis['values'] = [
  [86_400, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
];

interface Mark {
  at: number;
  label: string;
  own: boolean;
}

/** Whether a target is the point or a run of points that holds it: `coil 3`, `holding_register 1-4`. */
export function concerns(target: string, point: string): boolean {
  if (target === '') return false;
  return target.split(', ').some((part) => {
    const run = /^(.*?)(\d+)-(\d+)$/.exec(part);
    if (!run) return part === point;
    const [, kind = '', first, last] = run;
    const number = point.startsWith(kind) ? Number(point.slice(kind.length) || Number.NaN) : Number.NaN;
    return number >= Number(first) && number <= Number(last);
  });
}

/** Acts as marks on the time axis; `own` where the act names the point. */
export function marks(point: string, acts: Operation[]): Mark[] {
  return acts.map((act) => ({
    at: new Date(act.ts).getTime() / 1000,
    label: act.value == null ? act.function : `${act.target} = ${act.value}`,
    own: concerns(act.target, point),
  }));
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function drawMarks(plot: uPlot, list: Mark[]) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of list) {
    const x = Math.round(plot.valToPos(mark.at, 'x', true)) + 0.5;
    ctx.strokeStyle = mark.own ? colour('--wf-text') : colour('--wf-line-strong');
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = devicePixelRatio;
    // Many marks must not bury the values.
    ctx.globalAlpha = list.length > FEW ? 0.3 : 0.75;
    ctx.setLineDash(mark.own ? [] : [3, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    const half = (mark.own ? 5 : 3) * devicePixelRatio;
    ctx.moveTo(x - half, bbox.top);
    ctx.lineTo(x + half, bbox.top);
    ctx.lineTo(x, bbox.top + 1.6 * half);
    ctx.fill();
  }
  ctx.restore();
}

function options(width: number, inUtc: boolean, list: () => Mark[]): uPlot.Options {
  const ink = colour('--wf-muted');
  const font = "12px 'IBM Plex Sans'";
  const grid = { stroke: colour('--wf-line'), width: 1 };
  return {
    width,
    height: HEIGHT,
    legend: { show: true, live: true },
    cursor: { points: { size: 6 } },
    scales: { x: { time: true } },
    ...(inUtc ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}),
    axes: [
      { stroke: ink, font, grid, ticks: grid, values: AXIS },
      { stroke: ink, font, grid, ticks: grid, size: 60, values: (_, ticks) => ticks.map((tick) => number(tick)) },
    ],
    series: [
      { label: 'Time', value: (_, at) => (at == null ? '–' : stamp(new Date(at * 1000), inUtc)) },
      { label: 'Value', stroke: colour('--wf-data'), width: 1.5, points: { show: false }, paths: uPlot.paths.stepped?.({ align: 1 }), value: (_, value) => number(value) },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, list())] },
  };
}

export function Chart({ series, acts }: { series: Series; acts: Operation[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const scheme = useComputedColorScheme('light');
  const inUtc = useUtc();
  const shown = useRef<Mark[]>([]);

  useEffect(() => {
    shown.current = marks(series.point, acts);
    plot.current?.redraw();
  }, [series.point, acts]);

  const { times, values } = series;
  const data = useRef<uPlot.AlignedData>([times, values]);
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const made = new uPlot(options(at.clientWidth, inUtc, () => shown.current), data.current, at);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: at.clientWidth, height: HEIGHT }));
    watch.observe(at);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [scheme, series.point, inUtc]);
  useEffect(() => {
    data.current = [times, values];
    plot.current?.setData(data.current, true);
  }, [times, values]);

  if (values.every((value) => value == null)) return <p className="muted">This point has no numeric values.</p>;
  return <div ref={box} role="img" aria-label={`${series.point} over time, ${times.length} values, ${acts.length} acts marked. The acts are listed below under Operations.`} />;
}
