import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { ListAnswer } from '@/api/hooks';
import type { Finding } from '@/api/types';
import { count, money, plural } from '@/lib/format';
import { PriorityMark } from '@/ui/PriorityMark';
import { Time } from '@/ui/Time';
import { StateMark } from './StateMark';
import classes from './Triage.module.css';

const HEIGHT = 62;

interface Props {
  answer: ListAnswer<Finding>;
  selected: string | undefined;
  onSelect: (id: string) => void;
}

/** The queue, in the order of its rank. */
export function FindingList({ answer, selected, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer;
  const virtual = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => HEIGHT, overscan: 6, initialRect: { width: 400, height: 600 } });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const at = items.findIndex((finding) => finding.id === selected);

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last > items.length - 30) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, items.length]);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);

  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    const to = steps[event.key];
    // From the queue to the details of what is chosen.
    if (event.key === 'Enter') document.getElementById('details')?.focus();
    const next = to === undefined ? undefined : items[Math.max(0, Math.min(items.length - 1, to))];
    if (!next) return;
    event.preventDefault();
    onSelect(next.id);
  };

  return (
    <div ref={scroller} className={classes.scroller} role="listbox" aria-label="Findings by rank" tabIndex={0} aria-activedescendant={at >= 0 ? `option-${selected}` : undefined} onKeyDown={onKeyDown}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {rows.map((row) => {
          const finding = items[row.index];
          if (!finding) return null;
          return (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the list box hears the keys for its options
            <div key={finding.id} id={`option-${finding.id}`} role="option" tabIndex={-1} aria-selected={finding.id === selected} aria-setsize={answer.total ?? -1} aria-posinset={row.index + 1} className={classes.option} style={{ transform: `translateY(${row.start}px)`, height: HEIGHT }} onClick={() => onSelect(finding.id)}>
              <Row finding={finding} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { assessment } = finding;
  return (
    <>
      <span className={classes.rank}>{finding.rank || '–'}</span>
      <span className={classes.priority}>
        <PriorityMark priority={finding.priority} stacked size={22} />
      </span>
      <span className={classes.texts}>
        <span className={`clip ${classes.title}`} title={finding.title}>{finding.title}</span>
        <span className={`clip ${classes.names}`} title={finding.asset_names.join(', ')}>{finding.asset_names.join(', ')}</span>
        <span className={classes.facts}>
          <StateMark finding={finding} />
          <span title={plural(finding.count, 'observation')}>×{count(finding.count)}</span>
          <span title="Expected loss if nobody acts">{money(assessment.expected_loss, assessment.currency)}</span>
          <span className="grow" />
          <Time at={finding.time} brief />
        </span>
      </span>
    </>
  );
}
