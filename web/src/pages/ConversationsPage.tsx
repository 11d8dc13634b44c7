import { useNavigate, useSearch } from '@tanstack/react-router';
import { useList } from '@/api/hooks';
import type { Conversation } from '@/api/types';
import { bytes, count } from '@/lib/format';
import type { Filters } from '@/lib/search';
import { AssetLink } from '@/ui/AssetLink';
import { ConversationMarks } from '@/ui/ConversationMarks';
import { type Column, DataTable } from '@/ui/DataTable';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';
import { PROTOCOLS, useZones } from './assets/AssetsPage';

export const COLUMNS: Column<Conversation>[] = [
  { id: 'client', header: 'Client', width: 'minmax(150px, 1.2fr)', sort: 'client', cell: (c) => <AssetLink id={c.client_asset} name={c.client_name || c.client} /> },
  { id: 'server', header: 'Server', width: 'minmax(150px, 1.2fr)', sort: 'server', cell: (c) => <AssetLink id={c.server_asset} name={c.server_name || c.server} /> },
  { id: 'protocol', header: 'Protocol', width: '124px', sort: 'protocol', cell: (c) => c.protocol || <span className="muted">not recognised</span> },
  { id: 'port', header: 'Port', width: '92px', cell: (c) => <span className="mono">{c.port ? `${c.transport}/${c.port}` : c.transport}</span> },
  { id: 'zones', header: 'Zones', width: 'minmax(130px, 1fr)', cell: (c) => zones(c) },
  { id: 'marks', header: 'Marks', width: '190px', cell: (c) => <ConversationMarks conversation={c} /> },
  { id: 'functions', header: 'Functions', width: 'minmax(110px, 1fr)', cell: (c) => <span title={c.functions.map((f) => `${f.function} × ${f.count}`).join('\n')}>{c.functions.map((f) => f.function).join(', ')}</span> },
  { id: 'packets', header: 'Packets', width: '84px', sort: 'packets', numeric: true, cell: (c) => count(c.packets_to_server + c.packets_to_client) },
  { id: 'bytes', header: 'Bytes', width: '76px', sort: 'bytes', numeric: true, cell: (c) => bytes(c.bytes_to_server + c.bytes_to_client) },
  { id: 'seen', header: 'Last seen', width: '118px', sort: 'last_seen', cell: (c) => <Time at={c.last_seen} brief /> },
];

function zones(c: Conversation): string {
  const [from, to] = [c.client_zone ?? 'unknown', c.server_zone ?? 'unknown'];
  return from === to ? from : `${from} → ${to}`;
}

export function ConversationsPage() {
  const search = useSearch({ from: '/shell/conversations' });
  const navigate = useNavigate({ from: '/conversations' });
  const answer = useList('conversations', { ...search, limit: 300 });
  const all = useZones();
  const set = (change: Filters) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title="Conversations"
      fill
      tools={
        <>
          <SearchField label="Search name or address" value={search.q ?? ''} onChange={(q) => set({ q: q || undefined })} />
          <Choice label="Any protocol" value={search.protocol} options={PROTOCOLS} onChange={(protocol) => set({ protocol })} />
          <Choice label="Any zone" value={search.zone} options={all} onChange={(zone) => set({ zone })} />
          {search.asset && <Choice label="Any asset" value={search.asset} options={[]} onChange={(asset) => set({ asset })} width={180} />}
        </>
      }
    >
      <DataTable
        label="Conversations"
        noun="conversations"
        columns={COLUMNS}
        answer={answer}
        rowKey={(conversation) => conversation.id}
        sort={search.sort}
        onSort={(sort) => set({ sort })}
        empty={<Empty title={Object.keys(search).length > 0 ? 'No conversation matches' : 'No conversations yet'}>They appear as their traffic is seen.</Empty>}
      />
    </Page>
  );
}
