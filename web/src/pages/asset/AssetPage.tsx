import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useAsset, useList, usePoints } from '@/api/hooks';
import type { AssetDetail, Operation } from '@/api/types';
import { level, number, words } from '@/lib/format';
import { AssetLink, PacketLinks } from '@/ui/AssetLink';
import { Choice } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { PriorityMark } from '@/ui/PriorityMark';
import { Empty, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import facts from '@/ui/Facts.module.css';
import { Chart } from './Chart';
import { Override } from './Override';

/** One device: what it is and how that is known, what it does, and what its process values did meanwhile. */
export function AssetPage() {
  const { id } = useParams({ from: '/shell/assets/$id' });
  const answer = useAsset(id);
  const asset = answer.data;
  return (
    <Page title={asset?.name ?? 'Asset'} tools={asset && <Override asset={asset} />}>
      {standIn(answer, 'the asset')}
      {asset && (
        <>
          <p>
            {words(asset.role)} · level {level(asset.purdue_level)} · {asset.zone ?? 'no zone'} · <span className="mono">{[...asset.ips, ...asset.macs].join(' ')}</span>
            {asset.functions.length > 0 && ` · stands behind ${asset.functions.join(', ')}`}
          </p>
          <p className="muted">{asset.zone_reason}</p>
          <Findings id={asset.id} />
          <Identity asset={asset} />
          <Values id={asset.id} />
          <Operations id={asset.id} />
          <Conversations id={asset.id} />
        </>
      )}
    </Page>
  );
}

function Identity({ asset }: { asset: AssetDetail }) {
  return (
    <Panel title="Identity and its evidence" flush>
      <div className={facts.scroll}>
        <table className={facts.table}>
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col">Value</th>
              <th scope="col">Source</th>
              <th scope="col" data-numeric>
                Confidence
              </th>
              <th scope="col" data-numeric>
                Times
              </th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
              <th scope="col">Evidence</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {asset.attributes.map((attribute, at) => (
              <tr key={at} className={attribute.chosen ? undefined : facts.other}>
                <th scope="row">{words(attribute.name)}</th>
                <td>
                  {attribute.value} {!attribute.chosen && <span className="muted">(not chosen)</span>}
                </td>
                <td>{attribute.source}</td>
                <td data-numeric>{attribute.confidence}</td>
                <td data-numeric>{attribute.count}</td>
                <td>
                  <Time at={attribute.first_seen} />
                </td>
                <td>
                  <Time at={attribute.last_seen} />
                </td>
                <td>
                  <PacketLinks packets={attribute.packet ? [attribute.packet] : []} frame={attribute.frame} />
                </td>
                <td>{attribute.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Findings({ id }: { id: string }) {
  const answer = useList('findings', { asset: id, limit: 50 });
  if (answer.items.length === 0) return null;
  return (
    <Panel title="Findings" flush>
      <table className={facts.table}>
        <tbody>
          {answer.items.map((finding) => (
            <tr key={finding.id}>
              <td style={{ width: 110 }}>
                <PriorityMark priority={finding.priority} />
              </td>
              <td>
                <a href={`/triage?open=${finding.id}`}>{finding.title}</a>
              </td>
              <td>
                <Time at={finding.time} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Values({ id }: { id: string }) {
  const { point } = useSearch({ from: '/shell/assets/$id' });
  const navigate = useNavigate({ from: '/assets/$id' });
  const points = usePoints(id);
  const acts = useList('operations', { asset: id, category: 'acts', sort: 'ts', limit: 500 });
  const list = points.data ?? [];
  const chosen = point ?? list[0]?.point ?? '';
  const options = list.slice(0, 500).map((p) => ({ value: p.point, label: `${p.point} (${p.changes} values, last ${number(p.last)})` }));
  return (
    <Panel
      title="Process values, with the operations on them"
      extra={list.length > 0 && <Choice label="Point" value={chosen} options={options} width={360} onChange={(next) => void navigate({ search: { point: next }, replace: true })} />}
    >
      {standIn(points, 'points') ?? (list.length === 0 ? <Empty title="No process values were seen of this device" /> : <Chart asset={id} point={chosen} acts={acts.items} />)}
    </Panel>
  );
}

function Operations({ id }: { id: string }) {
  const answer = useList('operations', { asset: id, category: 'acts', limit: 100 });
  return (
    <Panel title="Acts: writes, controls, programs, configuration" flush>
      {standIn(answer, 'operations') ?? (answer.items.length === 0 ? <Empty title="No acts from or on this device" /> : <OperationTable operations={answer.items} />)}
    </Panel>
  );
}

function OperationTable({ operations }: { operations: Operation[] }) {
  return (
    <div className={facts.scroll}>
      <table className={facts.table}>
        <thead>
          <tr>
            {['Time', 'From', 'To', 'Protocol', 'Function', 'Target', 'Value', 'Outcome', 'Evidence'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {operations.map((operation, at) => (
            <tr key={at}>
              <td>
                <Time at={operation.ts} />
              </td>
              <td className="mono">{operation.src}</td>
              <td className="mono">{operation.dst}</td>
              <td>{operation.protocol}</td>
              <td>
                {operation.function.replaceAll('_', ' ')}
                {operation.count > 1 && ` × ${operation.count}`}
              </td>
              <td className="mono">{operation.target}</td>
              <td className="mono">{operation.value}</td>
              <td>{operation.outcome}</td>
              <td>
                <PacketLinks packets={operation.packets} frame={operation.frame} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Conversations({ id }: { id: string }) {
  const answer = useList('conversations', { asset: id, limit: 100 });
  return (
    <Panel title="Conversations" flush>
      {standIn(answer, 'conversations') ?? (
        <div className={facts.scroll}>
          <table className={facts.table}>
            <thead>
              <tr>
                {['From', 'To', 'Port', 'Protocol', 'Functions', 'Last seen'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.items.map((c) => (
                <tr key={c.id}>
                  <td>
                    <AssetLink id={c.client_asset} name={c.client_name} />
                  </td>
                  <td>
                    <AssetLink id={c.server_asset} name={c.server_name} />
                  </td>
                  <td className="mono">
                    {c.transport}/{c.port}
                  </td>
                  <td>{c.protocol || 'not recognised'}</td>
                  <td>{c.functions.map((f) => `${f.function.replaceAll('_', ' ')} × ${f.count}`).join(', ')}</td>
                  <td>
                    <Time at={c.last_seen} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
