import { Button, Menu, SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMap } from '@/api/hooks';
import type { MapView } from '@/api/types';
import { plural, words } from '@/lib/format';
import { list } from '@/lib/search';
import { Page } from '@/ui/Page';
import { Empty, standIn } from '@/ui/States';
import { zoneNames } from './elements';
import classes from './Map.module.css';
import { MapCanvas } from './MapCanvas';
import { MapTable } from './MapTable';

/** Unfolded groups with a button of their own; more than these are in a menu. */
const PINS = 2;

/** The plant by Purdue level and zone: as a drawing, or the same as tables. */
export function MapPage() {
  const search = useSearch({ from: '/shell/map' });
  const navigate = useNavigate({ from: '/map' });
  const expanded = useMemo(() => list(search.expand), [search.expand]);
  const answer = useMap(expanded);
  const view = answer.data;
  const groups = useMemo(() => view?.nodes.filter((node) => node.kind === 'group') ?? [], [view]);
  // The server folds what would make the drawing too large, even where it was asked for.
  const stuck = useMemo(() => new Set(answer.isPlaceholderData ? [] : groups.map((group) => group.id).filter((id) => expanded.includes(id))), [groups, expanded, answer.isPlaceholderData]);
  const open = expanded.filter((id) => !stuck.has(id));

  const expand = (ids: string[]) => void navigate({ search: (old) => ({ ...old, expand: ids.join(',') || undefined }), replace: true });
  const fold = (id: string) => expand(expanded.filter((other) => other !== id));
  const choose = (id: string) => {
    const node = view?.nodes.find((entry) => entry.id === id);
    if (node?.kind === 'asset') void navigate({ to: '/assets/$id', params: { id } });
    else if (node?.kind !== 'group') return;
    else if (!stuck.has(id)) expand([...expanded, id]);
    else void navigate({ to: '/assets', search: { role: node.role, ...(node.zone && node.zone !== 'unassigned' && node.zone !== 'internet' ? { zone: node.zone } : {}) } });
  };
  const called = (id: string) => name(id, view);
  return (
    <Page
      title="Map"
      fill
      of={answer}
      tools={
        <>
          <SegmentedControl aria-label="View" value={search.view ?? 'map'} onChange={(value) => void navigate({ search: (old) => ({ ...old, view: value === 'table' ? 'table' : undefined }), replace: true })} data={[{ value: 'map', label: 'Map' }, { value: 'table', label: 'Table' }]} />
          {groups.length > stuck.size && <Button onClick={() => expand([...new Set([...expanded, ...groups.map((group) => group.id)])])}>Unfold all</Button>}
          {expanded.length > 0 && <Button onClick={() => expand([])}>Fold all</Button>}
          {open.slice(0, PINS).map((id) => (
            <button key={id} type="button" className={classes.pin} onClick={() => fold(id)} aria-label={`Fold ${called(id)}`}>
              {called(id)} ×
            </button>
          ))}
          {open.length > PINS && <More ids={open.slice(PINS)} called={called} fold={fold} />}
          <div className="grow" />
          {view && <Counts view={view} />}
        </>
      }
    >
      {standIn(answer, 'the map') ?? (view && view.nodes.length > 0 ? search.view === 'table' ? <MapTable view={view} stuck={stuck} onChoose={choose} /> : <MapCanvas view={view} stuck={stuck} onChoose={choose} /> : <Empty title="Nothing to draw yet">Devices appear as their traffic is seen.</Empty>)}
    </Page>
  );
}

function Counts({ view }: { view: MapView }) {
  const forbidden = view.edges.filter((edge) => edge.forbidden).length;
  const assets = view.nodes.reduce((sum, node) => sum + (node.kind === 'zone' ? 0 : node.count), 0);
  return (
    <span role="status" className="muted">
      {plural(assets, 'asset')}, {plural(view.edges.length, 'path')}, <span className={forbidden > 0 ? classes.forbidden : undefined}>{forbidden} forbidden</span>
      {view.folded && ', large groups stay folded'}
    </span>
  );
}

function More({ ids, called, fold }: { ids: string[]; called: (id: string) => string; fold: (id: string) => void }) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button>{ids.length} more unfolded</Button>
      </Menu.Target>
      <Menu.Dropdown mah={400} style={{ overflowY: 'auto' }}>
        {ids.map((id) => (
          <Menu.Item key={id} onClick={() => fold(id)}>
            Fold {called(id)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** `group:filters:controller` → `Filter control · Controller`. */
export function name(id: string, view: MapView | undefined): string {
  const [, zone = '', role = ''] = id.split(':');
  const known = view && zoneNames(view).get(zone);
  return `${known ?? words(zone)} · ${words(role)}`;
}
