import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useFinding, useList } from '@/api/hooks';
import type { Finding } from '@/api/types';
import { useMay } from '@/app/session';
import { count, plural, words } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { PRIORITIES, PRIORITY_WORD } from '@/lib/priority';
import { type Filters, filters } from '@/lib/search';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Permitted } from '@/ui/Permitted';
import { Empty, standIn } from '@/ui/States';
import { type Act, ActDialog } from './ActDialog';
import { FindingList } from './FindingList';
import { FindingPane } from './FindingPane';
import classes from './Triage.module.css';

const STATES = [
  { value: 'all', label: 'All states' },
  { value: 'unacknowledged', label: 'Unacknowledged' },
  { value: 'returned', label: 'Returned' },
  { value: 'acknowledged', label: 'Acknowledged' },
  { value: 'shelved', label: 'Shelved' },
];

type Dialog = { act: Act; finding?: Finding } | null;

/** The filter as the server takes it: without a state, what is open. */
export function asked(search: Filters): Filters {
  const { state, ...rest } = search;
  return state === 'all' ? rest : { ...rest, state: state ?? 'open' };
}

export function TriagePage() {
  const search = useSearch({ from: '/shell/triage' });
  const navigate = useNavigate({ from: '/triage' });
  const query = asked(filters(search));
  const answer = useList('findings', { ...query, limit: 100 });
  const [dialog, setDialog] = useState<Dialog>(null);
  const { may } = useMay('findings.act');

  const at = answer.items.findIndex((finding) => finding.id === search.open);
  const shown = at >= 0 ? answer.items[at] : undefined;
  const other = useFinding(shown ? '' : (search.open ?? ''));
  const finding = shown ?? other.data;

  const set = (change: Filters & { open?: string | undefined }) => void navigate({ search: (old) => ({ ...old, open: undefined, ...change }), replace: true });
  const open = (id: string) => void navigate({ search: (old) => ({ ...old, open: id }), replace: true });
  const first = answer.items[0]?.id;
  useEffect(() => {
    if (search.open || !first) return;
    void navigate({ search: (old) => ({ ...old, open: first }), replace: true });
  }, [search.open, first, navigate]);

  const step = (by: number) => {
    const next = answer.items[Math.max(0, Math.min(answer.items.length - 1, at + by))];
    if (next) open(next.id);
  };
  const ask = (act: Act) => may && finding && setDialog({ act, finding });
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    a: () => ask('acknowledge'),
    s: () => ask('shelve'),
    e: () => (document.querySelector<HTMLElement>('#evidence [data-packet]') ?? document.getElementById('evidence'))?.focus(),
  });
  /** After an act the reader stays at the same place of the queue: the next finding opens. */
  const done = () => {
    const next = answer.items[at + 1] ?? answer.items[at - 1];
    if (dialog?.finding && query.state === 'open' && next) open(next.id);
    setDialog(null);
  };

  const total = answer.total ?? answer.items.length;
  const instead = standIn(answer, 'findings');
  return (
    <Page
      title="Triage"
      fill
      of={answer}
      tools={
        <>
          <SearchField label="Search findings" value={search.q ?? ''} onChange={(q) => set({ q: q || undefined })} />
          <Choice label="Open (state)" value={search.state} options={STATES} onChange={(state) => set({ state })} />
          <Choice label="Any priority" value={search.priority} options={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORD[value] }))} onChange={(priority) => set({ priority })} width={130} />
          <Pinned search={search} clear={(name) => set({ [name]: undefined })} />
          <div className="grow" />
          <span role="status" className="muted">
            {plural(total, 'finding')}
          </span>
          <Permitted permission="findings.act" disabled={total === 0} onClick={() => setDialog({ act: 'acknowledge' })}>
            Act on all {count(total)}…
          </Permitted>
        </>
      }
    >
      <div className={classes.split}>
        <div className={`panel ${classes.left}`}>
          {instead ?? (answer.items.length === 0 ? <NoFindings filtered={Object.keys(filters(search)).length > 0} /> : <FindingList answer={answer} selected={search.open} onSelect={open} />)}
        </div>
        <div className={`panel ${classes.right}`}>
          {finding ? <FindingPane key={finding.id} finding={finding} onAct={(act) => setDialog({ act, finding })} /> : search.open ? standIn(other, 'the finding') : <Empty title="No finding is open">Choose one from the list, or press J.</Empty>}
        </div>
      </div>
      {dialog && <ActDialog act={dialog.act} finding={dialog.finding} query={query} total={total} onClose={() => setDialog(null)} onDone={done} />}
    </Page>
  );
}

/** Filters that have no field of their own: shown, and to be taken away. */
function Pinned({ search, clear }: { search: Filters; clear: (name: keyof Filters) => void }) {
  const names = (['asset', 'zone', 'rule', 'protocol', 'from', 'to'] as const).filter((name) => search[name]);
  return names.map((name) => (
    <button key={name} type="button" className={classes.pin} onClick={() => clear(name)} aria-label={`Remove the filter ${name} ${search[name]}`}>
      {words(name)}: {search[name]} ×
    </button>
  ));
}

function NoFindings({ filtered }: { filtered: boolean }) {
  return filtered ? <Empty title="No finding matches">Take a filter away to see more.</Empty> : <Empty title="No open findings">What is acknowledged or shelved can be seen by choosing its state above.</Empty>;
}
