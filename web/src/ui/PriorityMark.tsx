import { isPriority, PRIORITY_NUMBER, PRIORITY_WORD } from '@/lib/priority';
import classes from './PriorityMark.module.css';

const SHAPES = {
  1: 'M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2z',
  2: 'M10 1 19.4 18.5H.6z',
  3: 'M10 .6 19.4 10 10 19.4.6 10z',
  4: 'M10 1.4a8.6 8.6 0 1 1 0 17.2a8.6 8.6 0 0 1 0-17.2z',
} as const;

/** Priority as colour, shape, number and (unless `bare`) word. */
export function PriorityMark({ priority, bare = false, stacked = false, size = 18 }: { priority: string | null | undefined; bare?: boolean; stacked?: boolean; size?: number }) {
  if (!isPriority(priority)) return null;
  const number = PRIORITY_NUMBER[priority];
  return (
    <span className={classes.mark} data-priority={number} data-stacked={stacked || undefined}>
      <svg width={size} height={size} viewBox="0 0 20 20" role="img" aria-label={bare ? `${PRIORITY_WORD[priority]} priority` : undefined} aria-hidden={!bare}>
        <path d={SHAPES[number]} className={classes.shape} />
        <text x="10" y={number === 2 ? 16 : 14} textAnchor="middle" className={classes.number}>
          {number}
        </text>
      </svg>
      {!bare && <span className={classes.word}>{PRIORITY_WORD[priority]}</span>}
    </span>
  );
}
