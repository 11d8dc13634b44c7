import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useList } from '@/api/hooks';
import type { Finding } from '@/api/types';
import { useMay } from '@/app/session';
import { money, plural, words } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { PRIORITIES, PRIORITY_WORD } from '@/lib/priority';
import { describe, type Filters } from '@/lib/search';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Permitted } from '@/ui/Permitted';
import { PriorityMark } from '@/ui/PriorityMark';
import { Empty, standIn } from '@/ui/States';
import { ActDialog, type Asked } from './ActDialog';
import { Detail } from './Detail';
import classes from './TriagePage.module.css';

const STATES = ['open', 'unacknowledged', 'returned', 'acknowledged', 'shelved'].map((value) => ({ value, label: words(value) }));

/** The one list of both teams, in the order of expected loss. */
export function TriagePage() {
  const search = useSearch({ from: '/shell/triage' });
  const navigate = useNavigate({ from: '/triage' });
  const { open, ...filter } = search;
  const answer = useList('findings', { state: 'open', ...filter, limit: 200 });
  const items = answer.items;
  const { may } = useMay('findings.act');
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const at = Math.max(0, items.findIndex((finding) => finding.id === open));
  const current = items[at];

  const change = (part: Filters) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const show = (finding: Finding | undefined) => {
    if (!finding) return;
    void navigate({ search: (before) => ({ ...before, open: finding.id }), replace: true });
    list.current?.querySelector<HTMLElement>(`[data-id="${finding.id}"]`)?.focus();
  };
  const ask = (act: Asked['act']) => current && may && setAsked({ act, ids: [current.id], title: current.title });
  useKeys({
    j: () => show(items[Math.min(items.length - 1, open ? at + 1 : at)]),
    k: () => show(items[Math.max(0, at - 1)]),
    a: () => ask('acknowledge'),
    s: () => ask('shelve'),
    e: () => document.getElementById('evidence')?.focus(),
  });
  useEffect(() => {
    if (answer.hasNextPage && !answer.isFetchingNextPage) void answer.fetchNextPage();
  }, [answer]);

  const total = answer.total ?? items.length;
  const tools = (
    <>
      <SearchField label="Search findings" value={filter.q ?? ''} onChange={(q) => change({ q })} />
      <Choice label="State" value={filter.state ?? 'open'} options={STATES} onChange={(state) => change({ state: state ?? 'open' })} />
      <Choice label="Priority" value={filter.priority} options={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORD[value] }))} onChange={(priority) => change({ priority: priority ?? '' })} width={120} />
      <span className="grow" />
      <span role="status">{plural(total, 'finding')}</span>
      {total > 1 && (
        <Permitted permission="findings.act" variant="default" onClick={() => setAsked({ act: 'acknowledge', query: { state: 'open', ...filter }, title: `all ${plural(total, 'finding')} that match: ${describe({ state: 'open', ...filter })}` })}>
          Acknowledge all that match
        </Permitted>
      )}
    </>
  );
  const instead = standIn(answer, 'the findings');
  return (
    <Page title="Triage" tools={tools} fill>
      {instead ?? (
        <div className={classes.split}>
          <ul className={classes.list} ref={list} aria-label="Findings by rank">
            {items.map((finding) => (
              <li key={finding.id}>
                <button type="button" className={classes.item} data-id={finding.id} aria-current={finding.id === current?.id} onClick={() => show(finding)}>
                  <span className="muted num">{finding.rank}</span>
                  <PriorityMark priority={finding.priority} />
                  <span>
                    {finding.title}
                    <span className="muted" style={{ display: 'block' }}>
                      {money(finding.assessment.expected_loss, finding.assessment.currency)} expected · {finding.count} × · {words(finding.state)}
                    </span>
                  </span>
                </button>
              </li>
            ))}
            {items.length === 0 && <Empty title="Nothing needs attention">No finding matches this filter.</Empty>}
          </ul>
          {current ? (
            <Detail
              finding={current}
              actions={
                <>
                  <Permitted permission="findings.act" variant="filled" onClick={() => ask('acknowledge')}>
                    Acknowledge (A)
                  </Permitted>
                  <Permitted permission="findings.act" variant="default" onClick={() => ask('shelve')}>
                    Shelve (S)
                  </Permitted>
                  {(current.state === 'acknowledged' || current.state === 'shelved') && (
                    <Permitted permission="findings.act" variant="default" onClick={() => setAsked({ act: 'reopen', ids: [current.id], title: current.title })}>
                      Reopen
                    </Permitted>
                  )}
                </>
              }
            />
          ) : (
            <div className={classes.detail}>
              <Empty title="No finding is open">
                <Button variant="default" onClick={() => void navigate({ search: {} })}>
                  Show all open findings
                </Button>
              </Empty>
            </div>
          )}
        </div>
      )}
      {asked && <ActDialog asked={asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}
