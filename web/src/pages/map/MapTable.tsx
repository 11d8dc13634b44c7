import type { MapView } from '@/api/types';
import { count, level, words } from '@/lib/format';
import { AssetLink } from '@/ui/AssetLink';
import { Panel } from '@/ui/Panel';
import { PriorityMark } from '@/ui/PriorityMark';
import { zoneNames } from './elements';
import classes from './Map.module.css';

/** The content of the map as two tables. */
export function MapTable({ view, stuck, onChoose }: { view: MapView; stuck: ReadonlySet<string>; onChoose: (id: string) => void }) {
  const zones = zoneNames(view);
  const nodes = view.nodes.filter((node) => node.kind !== 'zone');
  const names = new Map(view.nodes.map((node) => [node.id, node]));
  const show = (id: string) => {
    const node = names.get(id);
    if (node?.kind !== 'group') return <AssetLink id={id} name={node?.label ?? id} />;
    return (
      <button type="button" className={classes.unfold} onClick={() => onChoose(id)} title={stuck.has(id) ? 'Too many to draw: opens them as a list' : 'Unfolds them'}>
        {node.label}
      </button>
    );
  };
  return (
    <div className={classes.tables}>
      <Panel title={`Nodes (${count(nodes.length)})`} flush>
        <div className={classes.wide} tabIndex={0} role="region" aria-label="Nodes">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col" className="num">Level</th>
                <th scope="col">Zone</th>
                <th scope="col">Node</th>
                <th scope="col">Role</th>
                <th scope="col" className="num">Assets</th>
                <th scope="col">Open finding</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.id}>
                  <td className="num">{level(node.purdue_level)}</td>
                  <td>{zones.get(node.zone ?? '') ?? node.zone ?? '–'}</td>
                  <td>{show(node.id)}</td>
                  <td>{words(node.role)}</td>
                  <td className="num">{count(node.count)}</td>
                  <td>{node.priority ? <PriorityMark priority={node.priority} size={15} /> : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <Panel title={`Paths (${count(view.edges.length)})`} flush>
        <div className={classes.wide} tabIndex={0} role="region" aria-label="Paths">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">Protocols</th>
                <th scope="col" className="num">Conversations</th>
                <th scope="col">Forbidden</th>
              </tr>
            </thead>
            <tbody>
              {[...view.edges]
                .sort((a, b) => Number(b.forbidden) - Number(a.forbidden))
                .map((edge) => (
                  <tr key={`${edge.from}>${edge.to}`}>
                    <td>{show(edge.from)}</td>
                    <td>{show(edge.to)}</td>
                    <td>{edge.protocols.join(', ') || '–'}</td>
                    <td className="num">{count(edge.conversations)}</td>
                    <td>{edge.forbidden ? <strong className={classes.forbidden}>Forbidden</strong> : 'no'}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  );
}
