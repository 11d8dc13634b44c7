import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client';
import { useList, usePlant } from '@/api/hooks';
import type { Asset } from '@/api/types';
import { download, line } from '@/lib/csv';
import { level, words } from '@/lib/format';
import type { Filters } from '@/lib/search';
import { type Column, DataTable } from '@/ui/DataTable';
import { Choice, SearchField } from '@/ui/Filters';
import { AssetLink } from '@/ui/AssetLink';
import { Page } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';

const ROLES = ['controller', 'rtu', 'remote_io', 'hmi', 'engineering_station', 'historian', 'scada_server', 'network_device', 'server', 'workstation', 'laptop', 'unknown'];

const COLUMNS: Column<Asset>[] = [
  { id: 'name', header: 'Name', width: 'minmax(140px, 2fr)', sort: 'name', cell: (a) => <AssetLink id={a.id} name={a.name} /> },
  { id: 'role', header: 'Role', width: '140px', sort: 'role', cell: (a) => words(a.role) },
  { id: 'level', header: 'Level', width: '60px', sort: 'purdue_level', numeric: true, cell: (a) => level(a.purdue_level) },
  { id: 'zone', header: 'Zone', width: '110px', sort: 'zone', cell: (a) => a.zone ?? '–' },
  { id: 'ips', header: 'IP addresses', width: '140px', cell: (a) => <span className="mono">{a.ips.join(' ')}</span> },
  { id: 'macs', header: 'MAC', width: '140px', cell: (a) => <span className="mono">{a.macs.join(' ')}</span> },
  { id: 'vendor', header: 'Vendor', width: 'minmax(110px, 1fr)', sort: 'vendor', cell: (a) => a.vendor ?? '–' },
  { id: 'model', header: 'Model', width: 'minmax(120px, 1fr)', cell: (a) => a.model ?? '–' },
  { id: 'firmware', header: 'Firmware', width: '90px', cell: (a) => a.firmware ?? '–' },
  { id: 'last', header: 'Last seen', width: '150px', sort: 'last_seen', cell: (a) => <Time at={a.last_seen} /> },
];

/** Every device; filters and sorting happen on the server. */
export function AssetsPage() {
  const filter = useSearch({ from: '/shell/assets' });
  const navigate = useNavigate({ from: '/assets' });
  const zones = usePlant().data?.zone ?? [];
  const answer = useList('assets', { ...filter, limit: 200 });
  const change = (part: Filters) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const tools = (
    <>
      <SearchField label="Search assets" value={filter.q ?? ''} onChange={(q) => change({ q })} />
      <Choice label="Role" value={filter.role} options={ROLES.map((value) => ({ value, label: words(value) }))} onChange={(role) => change({ role: role ?? '' })} width={170} />
      <Choice label="Zone" value={filter.zone} options={zones.map((zone) => ({ value: zone.id, label: zone.name }))} onChange={(zone) => change({ zone: zone ?? '' })} />
      <span className="grow" />
      <Export filter={filter} />
    </>
  );
  return (
    <Page title="Assets" tools={tools} fill>
      <DataTable
        label="Assets"
        noun="assets"
        columns={COLUMNS}
        answer={answer}
        rowKey={(asset) => asset.id}
        onOpen={(asset) => void navigate({ to: '/assets/$id', params: { id: asset.id }, search: {} })}
        sort={filter.sort}
        onSort={(sort) => change({ sort: sort ?? '' })}
        empty={<Empty title="No assets">No device matches this filter.</Empty>}
      />
    </Page>
  );
}

/** The current filter as CSV, page by page. */
function Export({ filter }: { filter: Filters }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const fields = ['id', 'name', 'macs', 'ips', 'vendor', 'model', 'order_number', 'firmware', 'serial', 'role', 'purdue_level', 'zone', 'first_seen', 'last_seen'] as const;
      const parts = [line([...fields])];
      let cursor: string | undefined;
      do {
        const page = await api.page('assets', { ...filter, cursor, limit: 1000 });
        parts.push(...page.items.map((asset) => line(fields.map((field) => asset[field]))));
        cursor = page.next ?? undefined;
      } while (cursor);
      download('assets.csv', parts, 'text/csv');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="default" loading={busy} onClick={() => void run()}>
      Export as CSV
    </Button>
  );
}
