import { Button, SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMap } from '@/api/hooks';
import type { MapView } from '@/api/types';
import { plural, words } from '@/lib/format';
import { list } from '@/lib/search';
import { AssetLink } from '@/ui/AssetLink';
import { Page } from '@/ui/Page';
import { PriorityMark } from '@/ui/PriorityMark';
import { Empty, standIn } from '@/ui/States';
import facts from '@/ui/Facts.module.css';
import { Picture } from './Picture';

/** The plant by Purdue level and zone, as a picture and as a table that says the same. */
export function MapPage() {
  const search = useSearch({ from: '/shell/map' });
  const navigate = useNavigate({ from: '/map' });
  const expanded = list(search.expand);
  const answer = useMap(expanded);
  const view = answer.data;
  const toggle = (group: string) => {
    const next = expanded.includes(group) ? expanded.filter((id) => id !== group) : [...expanded, group];
    void navigate({ search: (before) => ({ ...before, expand: next.join(',') || undefined }), replace: true });
  };
  const groups = view?.nodes.filter((node) => node.kind === 'group') ?? [];
  const tools = (
    <>
      <SegmentedControl
        aria-label="Show as"
        data={[
          { value: 'picture', label: 'Picture' },
          { value: 'table', label: 'Table' },
        ]}
        value={search.view ?? 'picture'}
        onChange={(value) => void navigate({ search: (before) => ({ ...before, view: value === 'table' ? 'table' : undefined }), replace: true })}
      />
      {groups.slice(0, 6).map((group) => (
        <Button key={group.id} variant="default" data-expand={group.id} onClick={() => toggle(group.id)}>
          Unfold {group.label}
        </Button>
      ))}
      {expanded.length > 0 && (
        <Button variant="default" onClick={() => void navigate({ search: (before) => ({ ...before, expand: undefined }), replace: true })}>
          Fold all
        </Button>
      )}
      <span className="grow" />
      {view && <span role="status">{`${plural(view.nodes.filter((n) => n.kind !== 'zone').length, 'node')}, ${plural(view.edges.length, 'connection')}${view.folded ? ', some groups stay folded to keep it readable' : ''}`}</span>}
    </>
  );
  return (
    <Page title="Map" tools={tools} fill>
      {standIn(answer, 'the map') ??
        (view && view.nodes.length === 0 ? (
          <Empty title="No devices yet" />
        ) : (
          view && (search.view === 'table' ? <Table view={view} toggle={toggle} /> : <Picture view={view} toggle={toggle} open={(id) => void navigate({ to: '/assets/$id', params: { id }, search: {} })} />)
        ))}
    </Page>
  );
}

function Table({ view, toggle }: { view: MapView; toggle: (group: string) => void }) {
  const names = new Map(view.nodes.map((node) => [node.id, node.label]));
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
    <div className="panel" style={{ height: '100%', overflow: 'auto' }} tabIndex={0} role="region" aria-label="The map as tables">
      <table className={facts.table}>
        <caption className="sr">Nodes of the map</caption>
        <thead>
          <tr>
            {['Level', 'Zone', 'Node', 'Role', 'Devices', 'Priority'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.nodes
            .filter((node) => node.kind !== 'zone')
            .map((node) => (
              <tr key={node.id}>
                <td>{node.purdue_level ?? '–'}</td>
                <td>{names.get(node.parent ?? '') ?? node.zone}</td>
                <td>
                  {node.kind === 'asset' ? (
                    <AssetLink id={node.id} name={node.label} />
                  ) : (
                    <Button variant="default" onClick={() => toggle(node.id)}>
                      Unfold {node.label}
                    </Button>
                  )}
                </td>
                <td>{words(node.role)}</td>
                <td>{node.count}</td>
                <td>
                  <PriorityMark priority={node.priority} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      <table className={facts.table}>
        <caption className="sr">Connections of the map</caption>
        <thead>
          <tr>
            {['From', 'To', 'Protocols', 'Conversations', 'Policy'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.edges.map((edge) => (
            <tr key={`${edge.from}>${edge.to}`}>
              <td>{names.get(edge.from) ?? edge.from}</td>
              <td>{names.get(edge.to) ?? edge.to}</td>
              <td>{edge.protocols.join(', ')}</td>
              <td>{edge.conversations}</td>
              <td>{edge.forbidden ? <strong style={{ color: 'var(--wf-danger)' }}>forbidden</strong> : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
