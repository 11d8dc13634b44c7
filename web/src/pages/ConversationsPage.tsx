import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { firstRows, useList } from '@/api/hooks';
import type { Conversation } from '@/api/types';
import { castOf } from '@/lib/address';
import { bytes, count } from '@/lib/format';
import type { Filters } from '@/lib/search';
import { AssetLink } from '@/ui/AssetLink';
import { ConversationDialog } from '@/ui/ConversationDialog';
import { ConversationMarks } from '@/ui/ConversationMarks';
import { type Column, DataTable } from '@/ui/DataTable';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { useProtocols } from '@/ui/protocols';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';
import { useZoneName, useZones } from '@/ui/Zones';

export const COLUMNS: Column<Conversation>[] = [
  { id: 'client', header: 'Client', width: 'minmax(154px, 1fr)', sort: 'client', cell: (c) => <AssetLink id={c.client_asset} name={c.client_name || c.client} /> },
  { id: 'server', header: 'Server', width: 'minmax(154px, 1fr)', sort: 'server', cell: (c) => <AssetLink id={c.server_asset} name={c.server_name || c.server} /> },
  { id: 'protocol', header: 'Protocol', width: '136px', sort: 'protocol', cell: (c) => <Protocol conversation={c} /> },
  { id: 'zones', header: 'Zones', width: 'minmax(204px, 1.2fr)', cell: (c) => <Zones conversation={c} /> },
  { id: 'marks', header: 'Marks', width: '228px', cell: (c) => <ConversationMarks conversation={c} /> },
  { id: 'functions', header: 'Functions', width: 'minmax(90px, 1fr)', cell: (c) => c.functions.map((f) => f.function).join(', ') },
  { id: 'packets', header: 'Packets', width: '78px', sort: 'packets', numeric: true, cell: (c) => count(c.packets_to_server + c.packets_to_client) },
  { id: 'bytes', header: 'Bytes', width: '74px', sort: 'bytes', numeric: true, cell: (c) => bytes(c.bytes_to_server + c.bytes_to_client) },
  { id: 'seen', header: 'Last seen', width: '116px', sort: 'last_seen', cell: (c) => <Time at={c.last_seen} brief /> },
];

/** Its name and port; only the port where nobody knows what it is. */
function Protocol({ conversation: c }: { conversation: Conversation }) {
  const port = <span className="mono muted">{c.port ? `${c.transport}/${c.port}` : c.transport}</span>;
  if (!c.protocol) return <span title="Not recognised">{port} ?</span>;
  return (
    <>
      {c.protocol} {port}
    </>
  );
}

function Zones({ conversation: c }: { conversation: Conversation }) {
  const name = useZoneName();
  const to = castOf(c.server) ?? name(c.server_zone);
  return name(c.client_zone) === to ? to : `${name(c.client_zone)} → ${to}`;
}

export function ConversationsPage() {
  const search = useSearch({ from: '/shell/conversations' });
  const navigate = useNavigate({ from: '/conversations' });
  const answer = useList('conversations', firstRows(search));
  const all = useZones();
  const protocols = useProtocols();
  const [shown, setShown] = useState<Conversation | null>(null);
  const set = (change: Filters) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const filtered = Object.keys(search).some((name) => name !== 'sort');
  return (
    <Page
      title="Conversations"
      fill
      tools={
        <>
          <SearchField label="Search name or address" value={search.q ?? ''} onChange={(q) => set({ q: q || undefined })} />
          <Choice label="Any protocol" value={search.protocol} options={protocols} onChange={(protocol) => set({ protocol })} />
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
        onOpen={setShown}
        sort={search.sort}
        onSort={(sort) => set({ sort })}
        empty={<Empty title={filtered ? 'No conversation matches' : 'No conversations yet'}>{filtered ? 'Take a filter away to see more.' : 'They appear as their traffic is seen.'}</Empty>}
      />
      {shown && <ConversationDialog conversation={shown} onClose={() => setShown(null)} />}
    </Page>
  );
}
