import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { serverNow } from '@/api/client';
import { useStatus } from '@/api/hooks';
import { useConnected } from '@/api/live';
import { isStale } from '@/lib/stale';
import { setUtc, useUtc } from '@/lib/clock';
import { offset, parse, span } from '@/lib/time';
import { Time } from '@/ui/Time';
import classes from './Header.module.css';

/** Event time up to which the display is true; hatched, with the reason, as soon as that cannot be said any more. */
export function Age() {
  const status = useStatus();
  const connected = useConnected();
  const inUtc = useUtc();
  const [now, setNow] = useState(serverNow);
  const [lostAt, setLostAt] = useState<number | null>(null);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 2000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => setLostAt(connected ? null : serverNow()), [connected]);

  const data = status.data;
  const stale = isStale({ source: data?.source ?? '', updated: parse(data?.updated), now, lostAt, failed: status.isError, silent: status.dataUpdatedAt > 0 ? Date.now() - status.dataUpdatedAt : 0 });
  const away = offset(parse(data?.event_time) ?? new Date(now));
  const zone = inUtc || away === 'UTC' ? 'UTC' : `local, ${away}`;
  const updated = parse(data?.updated);
  const why = stale ?? (updated ? `Last update ${span(now - updated.getTime())} ago. The display follows the stream.` : 'No data yet.');
  return (
    <span className={classes.item}>
      <Tooltip label={why} multiline maw={320}>
        <span className={`${classes.item} ${classes.age} ${stale ? 'hatch' : ''}`} data-stale={stale ? true : undefined} tabIndex={0} role="note">
          <span className="muted">Data as of</span>
          <strong>
            <Time at={data?.event_time} />
          </strong>
          {stale && <strong role="status">Stale</strong>}
        </span>
      </Tooltip>
      <Tooltip label={inUtc ? 'All times are UTC. Press for local time.' : 'All times are local. Press for UTC.'}>
        <button type="button" className={classes.zone} aria-label={`${zone}: press to change`} onClick={() => setUtc(!inUtc)}>
          {zone}
        </button>
      </Tooltip>
    </span>
  );
}
