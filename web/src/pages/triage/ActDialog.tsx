import { Button, Modal, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '@/api/client';
import { useMe } from '@/api/hooks';
import type { Finding } from '@/api/types';
import { count, plural } from '@/lib/format';
import { describe, type Filters } from '@/lib/search';
import { span, toInput, utc } from '@/lib/time';
import classes from './Triage.module.css';

export type Act = 'acknowledge' | 'shelve' | 'reopen';

const SPANS: [string, number][] = [['1 h', 1], ['This shift, 8 h', 8], ['24 h', 24], ['7 days', 168]];
const HOUR = 3_600_000;

interface Props {
  act: Act;
  /** Without one, everything that matches the query is meant. */
  finding: Finding | undefined;
  query: Filters;
  total: number;
  onClose: () => void;
  onDone: () => void;
}

/** Who, why, until when: nothing is acknowledged or shelved without all three. */
export function ActDialog({ act: first, finding, query, total, onClose, onDone }: Props) {
  const me = useMe().data;
  const client = useQueryClient();
  const [act, setAct] = useState<Act>(first);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(() => toInput(new Date(Date.now() + 8 * HOUR)));
  const [told, setTold] = useState<number | null>(null);

  const run = useMutation({
    mutationFn: async () => {
      const word = { act, reason: reason.trim(), until: act === 'reopen' ? null : new Date(until).toISOString() };
      if (finding) await api.act(finding.id, word);
      else setTold((await api.actAll(query, word)).count);
    },
    onSuccess: async () => {
      if (finding) onDone();
      await Promise.all([client.invalidateQueries({ queryKey: ['findings'] }), client.invalidateQueries({ queryKey: ['status'] })]);
    },
  });

  const timed = act !== 'reopen';
  const past = timed && !(new Date(until).getTime() > Date.now());
  const missing = (timed && reason.trim() === '') || past;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!missing) run.mutate();
  };
  const title = finding ? finding.title : `All ${plural(total, 'finding')} that match`;
  return (
    <Modal opened onClose={onClose} title={title} size={520} closeButtonProps={{ 'aria-label': 'Close' }}>
      {told !== null ? (
        <div className={classes.form}>
          <p role="status">Done: {plural(told, 'finding')}.</p>
          <Button onClick={onDone} data-autofocus>
            Close
          </Button>
        </div>
      ) : (
        <form onSubmit={submit} className={classes.form}>
          {!finding && <p>This concerns everything that the server finds, not only what is in view: {describe(query)}.</p>}
          <SegmentedControl aria-label="What to do" value={act} onChange={(value) => setAct(value as Act)} data={[{ value: 'acknowledge', label: 'Acknowledge' }, { value: 'shelve', label: 'Shelve' }, { value: 'reopen', label: 'Reopen' }]} />
          <Textarea label="Reason" description="Goes into the record under your name." data-autofocus autoFocus required={timed} autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && event.ctrlKey && submit(event)} />
          {timed && (
            <>
              <TextInput type="datetime-local" label="Until (local time)" description={past || until === '' ? 'Afterwards it comes back by itself.' : `Comes back by itself in ${span(new Date(until).getTime() - Date.now())}: ${utc(new Date(until)).replace(':00.000', '')}.`} required value={until} onChange={(event) => setUntil(event.currentTarget.value)} error={past ? 'This lies in the past.' : undefined} />
              <div className="row wrap">
                {SPANS.map(([label, hours]) => (
                  <Button key={label} size="compact-xs" onClick={() => setUntil(toInput(new Date(Date.now() + hours * HOUR)))}>
                    {label}
                  </Button>
                ))}
              </div>
            </>
          )}
          {run.error && (
            <p role="alert" className={classes.alert}>
              {run.error.message}
            </p>
          )}
          <div className="row">
            <Button type="submit" variant="filled" loading={run.isPending} disabled={missing}>
              {{ acknowledge: 'Acknowledge', shelve: 'Shelve', reopen: 'Reopen' }[act]} {finding ? '' : `all ${count(total)}`}
            </Button>
            <Button onClick={onClose}>Cancel</Button>
            <span className="muted">as {me?.user}. Ctrl-Enter sends.</span>
          </div>
        </form>
      )}
    </Modal>
  );
}
