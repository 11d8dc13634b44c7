import { useNavigate, useSearch } from '@tanstack/react-router';
import { useList, usePoints, useSeries } from '@/api/hooks';
import { count, number } from '@/lib/format';
import { Choice } from '@/ui/Filters';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import classes from './Asset.module.css';
import { Chart } from './Chart';

/** The process values of an asset, with what was done to it drawn in. */
export default function Values({ id }: { id: string }) {
  const points = usePoints(id);
  const search = useSearch({ from: '/shell/assets/$id' });
  const navigate = useNavigate({ from: '/assets/$id' });
  const list = points.data ?? [];
  const point = list.find((entry) => entry.point === search.point) ?? list[0];
  const series = useSeries(id, point?.point ?? '');
  const acts = useList('operations', { asset: id, category: 'acts', limit: 200 }, list.length > 0);
  return (
    <Panel
      title="Process values"
      of={series.isError ? series : points}
      extra={list.length > 0 && <Choice clearable={false} label="Point" value={point?.point} options={list.map((entry) => ({ value: entry.point, label: entry.point }))} onChange={(next) => void navigate({ search: { point: next }, replace: true })} width={220} />}
    >
      {standIn(points, 'points') ??
        (!point ? (
          <p className="muted">No process value of this asset was seen on the wire.</p>
        ) : (
          <>
            <dl className={classes.figures}>
              <div>
                <dt>Last</dt>
                <dd>{number(point.last)}</dd>
              </div>
              <div>
                <dt>Least</dt>
                <dd>{number(point.min)}</dd>
              </div>
              <div>
                <dt>Greatest</dt>
                <dd>{number(point.max)}</dd>
              </div>
              <div>
                <dt>Changes</dt>
                <dd>{count(point.changes)}</dd>
              </div>
              <div>
                <dt>Seen in</dt>
                <dd>{point.protocol}</dd>
              </div>
            </dl>
            {series.data ? <Chart series={series.data} acts={acts.items} /> : standIn(series, 'values')}
            <p className={classes.key}>
              <span className={classes.tick} /> act on this point <span className={classes.tick} data-other /> other act on or by this asset. Drag to zoom, double-click to see all.
            </p>
          </>
        ))}
    </Panel>
  );
}
