import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useAsset, useList } from '@/api/hooks';
import type { AssetDetail } from '@/api/types';
import { Permitted } from '@/ui/Permitted';
import { level, plural, words } from '@/lib/format';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { PriorityMark } from '@/ui/PriorityMark';
import { Loading, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import { useZoneName } from '@/ui/Zones';
import { StateMark } from '../triage/StateMark';
import classes from './Asset.module.css';
import { AssetConversations } from './AssetConversations';
import { AssetOperations } from './AssetOperations';
import { Identity } from './Identity';
import { OverrideDialog } from './OverrideDialog';

const Values = lazy(() => import('./Values'));

export function AssetPage() {
  const { id } = useParams({ from: '/shell/assets/$id' });
  const answer = useAsset(id);
  const [editing, setEditing] = useState(false);
  const asset = answer.data;
  const zone = useZoneName();
  return (
    <Page
      title={asset?.name ?? 'Asset'}
      of={answer}
      tools={
        asset && (
          <>
            <span>
              {words(asset.role)}
              {asset.purdue_level != null && `, level ${level(asset.purdue_level)}`}
              {asset.zone && `, zone ${zone(asset.zone)}`}
            </span>
            <span className="mono">{asset.ips.join(' ') || asset.macs.join(' ')}</span>
            <div className="grow" />
            <Permitted permission="assets.edit" onClick={() => setEditing(true)}>
              Correct…
            </Permitted>
          </>
        )
      }
    >
      {asset ? <Body asset={asset} /> : standIn(answer, 'the asset')}
      {asset && editing && <OverrideDialog asset={asset} onClose={() => setEditing(false)} />}
    </Page>
  );
}

function Body({ asset }: { asset: AssetDetail }) {
  return (
    <div className={classes.grid}>
      <div className={classes.column}>
        <Summary asset={asset} />
        <Identity asset={asset} />
        <AssetConversations id={asset.id} />
      </div>
      <div className={classes.column}>
        <Findings id={asset.id} />
        <Suspense fallback={<Loading what="process values" />}>
          <Values id={asset.id} />
        </Suspense>
        <AssetOperations asset={asset} />
      </div>
    </div>
  );
}

function Summary({ asset }: { asset: AssetDetail }) {
  return (
    <Panel title="In short">
      <dl className={classes.facts}>
        <dt>Zone and level</dt>
        <dd>{asset.zone_reason || 'No reason recorded.'}</dd>
        <dt>Functions</dt>
        <dd>{asset.functions.length > 0 ? asset.functions.join(', ') : 'None of the plant model stands on it.'}</dd>
        <dt>Protocols</dt>
        <dd>{asset.protocols.join(', ') || '–'}</dd>
        <dt>Seen</dt>
        <dd>
          <Time at={asset.first_seen} /> to <Time at={asset.last_seen} />
        </dd>
        {(asset.internet || asset.router) && (
          <>
            <dt>Also</dt>
            <dd>{[asset.internet && 'outside the site’s address space', asset.router && 'routes for others'].filter(Boolean).join(', ')}</dd>
          </>
        )}
      </dl>
    </Panel>
  );
}

function Findings({ id }: { id: string }) {
  const answer = useList('findings', { asset: id, limit: 20 });
  return (
    <Panel
      title="Findings"
      of={answer}
      extra={
        answer.items.length > 0 && (
          <Link to="/triage" search={{ asset: id, state: 'all' }}>
            {plural(answer.total ?? answer.items.length, 'finding')} in Triage
          </Link>
        )
      }
    >
      {standIn(answer, 'findings') ??
        (answer.items.length === 0 ? (
          <p className="muted">No finding concerns it.</p>
        ) : (
          <ul className={classes.findings}>
            {answer.items.slice(0, 6).map((finding) => (
              <li key={finding.id}>
                <span className={classes.priority}>
                  <PriorityMark priority={finding.priority} size={16} />
                </span>
                <Link to="/triage" search={{ asset: id, state: 'all', open: finding.id }} className="grow clip" title={finding.title}>
                  {finding.title}
                </Link>
                <StateMark finding={finding} />
                <Time at={finding.time} brief />
              </li>
            ))}
          </ul>
        ))}
    </Panel>
  );
}
