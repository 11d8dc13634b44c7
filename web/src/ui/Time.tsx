import { useUtc } from '@/lib/clock';
import { local, offset, parse, short, stamp, utc } from '@/lib/time';

interface Props {
  at: string | null | undefined;
  /** Leaves out what is the same as today. */
  brief?: boolean;
  /** Local time and UTC side by side, for where people of two teams read the same line. */
  both?: boolean;
}

/** A moment in the reader's own time zone or in UTC, as they chose; the other one, to the millisecond, on hover. */
export function Time({ at, brief = false, both = false }: Props) {
  const inUtc = useUtc();
  const date = parse(at);
  if (!date) return <span className="muted">–</span>;
  const zone = offset(date);
  return (
    <time dateTime={date.toISOString()} title={zone === 'UTC' ? utc(date) : `${utc(date)}\n${local(date)} local (${zone})`} style={{ whiteSpace: 'nowrap' }}>
      {brief ? short(date, new Date(), inUtc) : stamp(date, inUtc)}
      {both && (inUtc || zone === 'UTC' ? ' UTC' : ` (${short(date, date, true)} UTC)`)}
    </time>
  );
}
