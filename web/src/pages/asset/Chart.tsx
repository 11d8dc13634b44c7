import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSeries } from '@/api/hooks';
import type { Operation } from '@/api/types';
import { number } from '@/lib/format';
import { Empty, standIn } from '@/ui/States';

const HEIGHT = 220;

/** Marks each act on the point, or on the device as a whole, as a line over the values. */
function marks(acts: Operation[], colour: string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.lineWidth = 1.5;
        for (const act of acts) {
          const x = plot.valToPos(Date.parse(act.ts) / 1000, 'x', true);
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          ctx.beginPath();
          ctx.moveTo(x - 5, bbox.top);
          ctx.lineTo(x + 5, bbox.top);
          ctx.lineTo(x, bbox.top + 8);
          ctx.fill();
        }
        ctx.restore();
      },
    },
  };
}

/** The values of one point over time, with the acts on the device drawn in. */
export function Chart({ asset, point, acts }: { asset: string; point: string; acts: Operation[] }) {
  const answer = useSeries(asset, point);
  const scheme = useComputedColorScheme('light');
  const box = useRef<HTMLDivElement>(null);
  const series = answer.data;
  useEffect(() => {
    const element = box.current;
    if (!element || !series || series.times.length === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--wf-text'), grid: { stroke: colour('--wf-line'), width: 1 } };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        plugins: [marks(acts, colour('--wf-danger'))],
        axes: [axis, axis],
        series: [{}, { label: series.point, stroke: colour('--wf-data'), width: 1.5, points: { show: series.times.length < 200 } }],
        legend: { show: false },
      },
      [series.times, series.values],
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [series, acts, scheme]);
  const instead = standIn(answer, 'the values');
  if (instead) return instead;
  if (!series || series.times.length === 0) return <Empty title="No values of this point" />;
  const values = series.values.filter((value) => value != null);
  return (
    <>
      <div ref={box} role="img" aria-label={`${series.point}: ${series.times.length} values from ${number(Math.min(...values))} to ${number(Math.max(...values))}, ${acts.length} acts drawn in`} style={{ height: HEIGHT }} />
      <p className="muted">
        {series.protocol} · {series.times.length} values · lines mark the {acts.length} acts on this device
      </p>
    </>
  );
}
