import { useNavigate, useSearch } from '@tanstack/react-router';
import { useList } from '@/api/hooks';
import type { Conversation } from '@/api/types';
import { bytes, count } from '@/lib/format';
import type { Filters } from '@/lib/search';
import { AssetLink } from '@/ui/AssetLink';
import { type Column, DataTable } from '@/ui/DataTable';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';

export const CONVERSATION_COLUMNS: Column<Conversation>[] = [
  { id: 'client', header: 'From', width: 'minmax(150px, 2fr)', sort: 'client', cell: (c) => <AssetLink id={c.client_asset} name={c.client_name} /> },
  { id: 'server', header: 'To', width: 'minmax(150px, 2fr)', sort: 'server', cell: (c) => <AssetLink id={c.server_asset} name={c.server_name} /> },
  { id: 'port', header: 'Port', width: '90px', cell: (c) => <span className="mono">{c.port ? `${c.transport}/${c.port}` : c.transport}</span> },
  { id: 'protocol', header: 'Protocol', width: '110px', sort: 'protocol', cell: (c) => c.protocol || 'not recognised' },
  { id: 'marks', header: 'Marks', width: 'minmax(130px, 1fr)', cell: (c) => <Marks conversation={c} /> },
  { id: 'functions', header: 'Functions', width: 'minmax(160px, 2fr)', cell: (c) => c.functions.map((f) => f.function.replaceAll('_', ' ')).join(', ') },
  { id: 'packets', header: 'Packets', width: '80px', sort: 'packets', numeric: true, cell: (c) => count(c.packets_to_server + c.packets_to_client) },
  { id: 'bytes', header: 'Bytes', width: '80px', sort: 'bytes', numeric: true, cell: (c) => bytes(c.bytes_to_server + c.bytes_to_client) },
  { id: 'messages', header: 'Messages', width: '80px', numeric: true, cell: (c) => count(c.messages) },
  { id: 'last', header: 'Last seen', width: '150px', sort: 'last_seen', cell: (c) => <Time at={c.last_seen} /> },
];

function Marks({ conversation: c }: { conversation: Conversation }) {
  return (
    <span className="row" style={{ gap: 6 }}>
      {c.forbidden && <strong style={{ color: 'var(--wf-danger)' }}>forbidden</strong>}
      {!c.learned && <span>new</span>}
      {c.one_sided && <span>one-sided</span>}
      {c.encrypted && <span>encrypted</span>}
    </span>
  );
}

const STATES = [
  { value: 'forbidden', label: 'Forbidden' },
  { value: 'one_sided', label: 'One-sided' },
  { value: 'encrypted', label: 'Encrypted' },
  { value: 'learned', label: 'Learned' },
];

/** Who talks to whom, how. */
export function ConversationsPage() {
  const filter = useSearch({ from: '/shell/conversations' });
  const navigate = useNavigate({ from: '/conversations' });
  const answer = useList('conversations', { ...filter, limit: 200 });
  const change = (part: Filters) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const tools = (
    <>
      <SearchField label="Search conversations" value={filter.q ?? ''} onChange={(q) => change({ q })} />
      <Choice label="Mark" value={filter.state} options={STATES} onChange={(state) => change({ state: state ?? '' })} />
    </>
  );
  return (
    <Page title="Conversations" tools={tools} fill>
      <DataTable
        label="Conversations"
        noun="conversations"
        columns={CONVERSATION_COLUMNS}
        answer={answer}
        rowKey={(c) => c.id}
        sort={filter.sort}
        onSort={(sort) => change({ sort: sort ?? '' })}
        empty={<Empty title="No conversations">No conversation matches this filter.</Empty>}
      />
    </Page>
  );
}
