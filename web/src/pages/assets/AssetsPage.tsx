import { useNavigate, useSearch } from '@tanstack/react-router';
import { firstRows, useList } from '@/api/hooks';
import type { Asset } from '@/api/types';
import { level, words } from '@/lib/format';
import { ROLES } from '@/lib/roles';
import { type Filters } from '@/lib/search';
import { AssetLink } from '@/ui/AssetLink';
import { type Column, DataTable } from '@/ui/DataTable';
import { Choice, SearchField } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { useProtocols } from '@/ui/protocols';
import { Time } from '@/ui/Time';
import { useZones, ZoneName } from '@/ui/Zones';
import { ExportButton } from './ExportButton';

export const COLUMNS: Column<Asset>[] = [
  { id: 'name', header: 'Name', width: 'minmax(150px, 1.4fr)', sort: 'name', cell: (asset) => <AssetLink id={asset.id} name={asset.name} /> },
  { id: 'ip', header: 'Address', width: '136px', cell: (asset) => <span className="mono">{more(asset.ips.length > 0 ? asset.ips : asset.macs)}</span> },
  { id: 'role', header: 'Role', width: '150px', sort: 'role', cell: (asset) => words(asset.role) },
  { id: 'level', header: 'Level', width: '58px', sort: 'purdue_level', numeric: true, cell: (asset) => level(asset.purdue_level) },
  { id: 'zone', header: 'Zone', width: 'minmax(90px, 0.7fr)', sort: 'zone', cell: (asset) => <ZoneName id={asset.zone} /> },
  { id: 'vendor', header: 'Vendor', width: 'minmax(110px, 1fr)', sort: 'vendor', cell: (asset) => asset.vendor ?? '–' },
  { id: 'model', header: 'Model', width: 'minmax(110px, 1fr)', cell: (asset) => asset.model ?? asset.os ?? '–' },
  { id: 'firmware', header: 'Firmware', width: '84px', cell: (asset) => asset.firmware ?? '–' },
  { id: 'protocols', header: 'Protocols', width: 'minmax(90px, 0.8fr)', cell: (asset) => asset.protocols.join(', ') },
  { id: 'seen', header: 'Last seen', width: '124px', sort: 'last_seen', cell: (asset) => <Time at={asset.last_seen} brief /> },
];

function more(list: string[]): string {
  return list.length > 1 ? `${list[0]} +${list.length - 1}` : (list[0] ?? '–');
}

export function AssetsPage() {
  const search = useSearch({ from: '/shell/assets' });
  const navigate = useNavigate({ from: '/assets' });
  const answer = useList('assets', firstRows(search));
  const zones = useZones();
  const protocols = useProtocols();
  const set = (change: Filters) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const filtered = Object.keys(search).some((name) => name !== 'sort');
  return (
    <Page
      title="Assets"
      fill
      tools={
        <>
          <SearchField label="Search name, address, vendor" value={search.q ?? ''} onChange={(q) => set({ q: q || undefined })} />
          <Choice label="Any role" value={search.role} options={ROLES.map((value) => ({ value, label: words(value) }))} onChange={(role) => set({ role })} width={170} />
          <Choice label="Any zone" value={search.zone} options={zones} onChange={(zone) => set({ zone })} />
          <Choice label="Any protocol" value={search.protocol} options={protocols} onChange={(protocol) => set({ protocol })} />
          <div className="grow" />
          <ExportButton query={search} total={answer.total} />
        </>
      }
    >
      <DataTable
        label="Assets"
        noun="assets"
        columns={COLUMNS}
        answer={answer}
        rowKey={(asset) => asset.id}
        onOpen={(asset) => void navigate({ to: '/assets/$id', params: { id: asset.id } })}
        sort={search.sort}
        onSort={(sort) => set({ sort })}
        empty={<Empty title={filtered ? 'No asset matches' : 'No assets yet'}>{filtered ? 'Take a filter away to see more.' : 'They appear as their traffic is seen.'}</Empty>}
      />
    </Page>
  );
}
