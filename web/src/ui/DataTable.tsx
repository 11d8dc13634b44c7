import { type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { ListAnswer } from '@/api/hooks';
import { count } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import classes from './DataTable.module.css';
import { Empty, Outdated, standIn } from './States';

const features = tableFeatures({});
const ROW = 28;
/** Fetch the next page when fewer rows than this are left below. */
const AHEAD = 120;

export interface Column<T> {
  id: string;
  header: string;
  /** A CSS grid track. */
  width: string;
  cell: (row: T) => ReactNode;
  /** Name of the server's sort, where it has one. */
  sort?: string;
  numeric?: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  answer: ListAnswer<T>;
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  sort?: string | undefined;
  onSort?: (sort: string | undefined) => void;
  empty: ReactNode;
  noun: string;
}

/** A cell that is cut shows all of itself on hover. */
function showWhole(target: EventTarget) {
  const cell = (target as HTMLElement).closest<HTMLElement>('[role="gridcell"]');
  if (!cell || cell.querySelector('[title]')) return;
  if (cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent ?? '';
  else cell.removeAttribute('title');
}

/** A grid over a list of the server: only the rows in view are drawn, further pages come as the reader nears them. */
export function DataTable<T extends object>({ label, columns, answer, rowKey, onOpen, sort, onSort, empty, noun }: Props<T>) {
  const defs = useMemo(() => columns.map((column): ColumnDef<typeof features, T> => ({ id: column.id, header: column.header, cell: ({ row }) => column.cell(row.original) })), [columns]);
  const table = useTable({ features, columns: defs, data: answer.items, getRowId: rowKey });
  const rows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const focusNext = useRef(false);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12, initialRect: { width: 1000, height: 600 } });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = answer;

  const rowAt = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown > rows.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length]);

  useEffect(() => {
    if (!focusNext.current) return;
    const row = rowAt(active);
    if (!row) return;
    focusNext.current = false;
    row.focus({ preventScroll: true });
  });

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
    const drawn = rowAt(next);
    // A row that is not drawn yet gets the focus once it is.
    focusNext.current = !drawn;
    drawn?.focus({ preventScroll: true });
  };
  const focused = () => scroller.current?.contains(document.activeElement) ?? false;
  useKeys({ j: () => move(focused() ? active + 1 : active), k: () => move(focused() ? active - 1 : active) });

  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      move(active + step);
    } else if (event.key === 'Enter' && (event.target as HTMLElement).role === 'row') {
      const row = rows[active];
      if (row && onOpen) onOpen(row.original);
    }
  };

  const grid = { '--columns': columns.map((column) => column.width).join(' ') } as CSSProperties;
  const instead = standIn(answer, noun);
  return (
    <div className={classes.frame} style={grid}>
      <Outdated answer={answer} />
      <div className={classes.scroller} ref={scroller} role="grid" aria-label={label} aria-rowcount={answer.total ?? -1} aria-busy={answer.isFetching} onKeyDown={onKeyDown} onMouseOver={(event) => showWhole(event.target)} onFocus={(event) => showWhole(event.target)} tabIndex={rows.length === 0 ? 0 : -1}>
        <div role="rowgroup" className={classes.head}>
          <div role="row" className={classes.row} aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }} data-pending={answer.isPlaceholderData || undefined} className={classes.rows}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid hears the keys for its rows
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                tabIndex={item.index === active ? 0 : -1}
                className={classes.row}
                data-open={onOpen ? true : undefined}
                style={{ transform: `translateY(${item.start}px)`, position: 'absolute' }}
                onFocus={() => setActive(item.index)}
                onClick={(event) => {
                  if (!onOpen || (event.target as HTMLElement).closest('a, button') || getSelection()?.toString()) return;
                  onOpen(row.original);
                }}
              >
                {row.getAllCells().map((cell, at) => (
                  <div role="gridcell" key={cell.id} className={classes.cell} data-numeric={columns[at]?.numeric || undefined}>
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {instead ? <div className={classes.over}>{instead}</div> : rows.length === 0 && <div className={classes.over}>{empty ?? <Empty title={`No ${noun}`} />}</div>}
      <footer className={classes.foot}>
        <span role="status">
          {!instead && (answer.total != null ? `${count(answer.total)} ${noun}` : `${count(rows.length)}${hasNextPage ? '+' : ''} ${noun}`)}
          {isFetchingNextPage && ', loading more…'}
        </span>
        {answer.isStale && rows.length > 0 && !answer.isFetching && (
          <button type="button" className={classes.again} onClick={() => void answer.refetch()}>
            Newer data is there: show it
          </button>
        )}
      </footer>
    </div>
  );
}

function HeadCell<T>({ column, sort, onSort }: { column: Column<T>; sort: string | undefined; onSort: ((sort: string | undefined) => void) | undefined }) {
  const by = column.sort;
  const way = by && sort === by ? 'ascending' : by && sort === `-${by}` ? 'descending' : undefined;
  const next = way === 'ascending' ? `-${by}` : way === 'descending' ? undefined : by;
  return (
    <div role="columnheader" className={classes.cell} data-numeric={column.numeric || undefined} aria-sort={by ? (way ?? 'none') : undefined}>
      {by && onSort ? (
        <button type="button" className={classes.sort} onClick={() => onSort(next)}>
          {column.header}
          <span aria-hidden>{way === 'ascending' ? ' ▲' : way === 'descending' ? ' ▼' : ''}</span>
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}
