import { Button, SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMap } from '@/api/hooks';
import { plural } from '@/lib/format';
import { list } from '@/lib/search';
import { Page } from '@/ui/Page';
import { Empty, standIn } from '@/ui/States';
import classes from './Map.module.css';
import { MapCanvas } from './MapCanvas';
import { MapTable } from './MapTable';

/** The plant by Purdue level and zone: as a drawing, or the same as tables. */
export function MapPage() {
  const search = useSearch({ from: '/shell/map' });
  const navigate = useNavigate({ from: '/map' });
  const expanded = list(search.expand);
  const answer = useMap(expanded);
  const view = answer.data;
  const expand = (ids: string[]) => void navigate({ search: (old) => ({ ...old, expand: ids.join(',') || undefined }), replace: true });
  const toggle = (id: string) => expand(expanded.includes(id) ? expanded.filter((other) => other !== id) : [...expanded, id]);
  const open = (id: string) => void navigate({ to: '/assets/$id', params: { id } });
  const forbidden = view?.edges.filter((edge) => edge.forbidden).length ?? 0;
  const groups = view?.nodes.filter((node) => node.kind === 'group') ?? [];
  return (
    <Page
      title="Map"
      fill
      tools={
        <>
          <SegmentedControl aria-label="View" value={search.view ?? 'map'} onChange={(value) => void navigate({ search: (old) => ({ ...old, view: value === 'table' ? 'table' : undefined }), replace: true })} data={[{ value: 'map', label: 'Map' }, { value: 'table', label: 'Table' }]} />
          <Button disabled={groups.length === 0} onClick={() => expand([...expanded, ...groups.map((group) => group.id)])}>
            Unfold all
          </Button>
          <Button disabled={expanded.length === 0} onClick={() => expand([])}>
            Fold all
          </Button>
          {expanded.map((id) => (
            <button key={id} type="button" className={classes.pin} onClick={() => toggle(id)} aria-label={`Fold ${name(id)}`}>
              {name(id)} ×
            </button>
          ))}
          <div className="grow" />
          {view && (
            <span role="status" className="muted">
              {plural(view.nodes.filter((node) => node.kind !== 'zone').length, 'node')}, {plural(view.edges.length, 'path')}, <span className={forbidden > 0 ? classes.forbidden : undefined}>{forbidden} forbidden</span>
              {view.folded && '. Groups are folded; choose one to unfold it.'}
            </span>
          )}
        </>
      }
    >
      {view ? view.nodes.length === 0 ? <Empty title="Nothing to draw yet">Devices appear as their traffic is seen.</Empty> : search.view === 'table' ? <MapTable view={view} onToggle={toggle} /> : <MapCanvas view={view} onOpen={open} onToggle={toggle} /> : standIn(answer, 'the map')}
    </Page>
  );
}

/** `group:filters:controller` → `filters controller`. */
export function name(id: string): string {
  return id.split(':').slice(1).join(' ').replaceAll('_', ' ') || id;
}
