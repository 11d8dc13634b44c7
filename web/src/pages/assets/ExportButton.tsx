import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '@/api/client';
import type { Asset } from '@/api/types';
import { download, line } from '@/lib/csv';
import { count } from '@/lib/format';
import type { Filters } from '@/lib/search';

const FIELDS = ['id', 'name', 'macs', 'ips', 'vendor', 'model', 'order_number', 'firmware', 'hardware', 'serial', 'os', 'role', 'role_confidence', 'purdue_level', 'zone', 'protocols', 'functions', 'first_seen', 'last_seen'] as const satisfies readonly (keyof Asset)[];

/** Everything that matches the filter as CSV, page by page, so that no request is large. A second press stops it. */
export function ExportButton({ query, total }: { query: Filters; total: number | undefined }) {
  const [done, setDone] = useState(0);
  const stop = useRef<AbortController>(null);
  const run = useMutation({
    mutationFn: async () => {
      stop.current = new AbortController();
      const parts = [line([...FIELDS])];
      let cursor: string | undefined;
      let rows = 0;
      do {
        const page = await api.page('assets', { ...query, cursor, limit: 1000 }, stop.current.signal);
        parts.push(...page.items.map((asset) => line(FIELDS.map((field) => asset[field]))));
        rows += page.items.length;
        setDone(rows);
        cursor = page.next ?? undefined;
      } while (cursor);
      download('assets.csv', parts, 'text/csv');
    },
  });
  const failed = run.error && !stop.current?.signal.aborted;
  return (
    <>
      {failed && <span role="alert">{run.error?.message}</span>}
      {run.isPending ? (
        <Button onClick={() => stop.current?.abort()}>Stop the export ({count(done)})</Button>
      ) : (
        <Button disabled={total === 0} onClick={() => run.mutate()}>
          Export {total == null ? '' : count(total)} as CSV
        </Button>
      )}
    </>
  );
}
