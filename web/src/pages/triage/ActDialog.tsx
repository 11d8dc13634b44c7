import { Button, Modal, Select, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, serverNow } from '@/api/client';
import type { ListQuery } from '@/api/types';

export interface Asked {
  act: 'acknowledge' | 'shelve' | 'reopen';
  title: string;
  ids?: string[];
  query?: ListQuery;
}

const SPANS = [
  { value: '1', label: 'for 1 hour' },
  { value: '8', label: 'for this shift (8 hours)' },
  { value: '24', label: 'for a day' },
  { value: '168', label: 'for a week' },
  { value: '720', label: 'for 30 days' },
];

const VERBS = { acknowledge: 'Acknowledge', shelve: 'Shelve', reopen: 'Reopen' };

/** Who, why and until when: nothing is acknowledged without them. */
export function ActDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState('8');
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: async () => {
      const until = new Date(serverNow() + Number(hours) * 3_600_000).toISOString();
      const body = { act: asked.act, reason, ...(asked.act === 'reopen' ? {} : { until }) };
      if (asked.query) await api.actAll(asked.query, body);
      else await Promise.all((asked.ids ?? []).map((id) => api.act(id, body)));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['findings'] });
      void client.invalidateQueries({ queryKey: ['status'] });
      onClose();
    },
  });
  const verb = VERBS[asked.act];
  return (
    <Modal opened onClose={onClose} title={`${verb} ${asked.title}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
        style={{ display: 'grid', gap: 12 }}
      >
        <Textarea label="Reason" description="Kept in the record with your name" data-autofocus required={asked.act !== 'reopen'} minRows={2} autosize value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {asked.act !== 'reopen' && <Select label="Holds" data={SPANS} value={hours} onChange={(value) => setHours(value ?? '8')} allowDeselect={false} />}
        {run.error && <p role="alert">{run.error.message}</p>}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="filled" loading={run.isPending}>
            {verb}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
