import { local, parse, short, utc } from '@/lib/time';

/** A moment in the reader's own time zone; UTC on hover. `brief` leaves out what is the same as today. */
export function Time({ at, brief = false }: { at: string | null | undefined; brief?: boolean }) {
  const date = parse(at);
  if (!date) return <span className="muted">–</span>;
  return (
    <time dateTime={date.toISOString()} title={utc(date)} style={{ whiteSpace: 'nowrap' }}>
      {brief ? short(date, new Date()) : local(date)}
    </time>
  );
}
