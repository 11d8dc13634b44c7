import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useList } from '@/api/hooks';
import type { AssetDetail, Operation } from '@/api/types';
import { useMay } from '@/app/session';
import { count, words } from '@/lib/format';
import { PacketLinks } from '@/ui/AssetLink';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Asset.module.css';

/** What was done on or by the asset, newest first. */
export function AssetOperations({ asset }: { asset: AssetDetail }) {
  const { id } = asset;
  const own = [...asset.ips, ...asset.macs];
  const [acts, setActs] = useState(true);
  const answer = useList('operations', { asset: id, limit: 40, ...(acts ? { category: 'acts' } : {}) });
  const { may } = useMay('packets.read');
  return (
    <Panel title="Operations" flush of={answer} extra={<Checkbox label="Acts only" checked={acts} onChange={(event) => setActs(event.currentTarget.checked)} />}>
      {standIn(answer, 'operations') ??
        (answer.items.length === 0 ? (
          <p className={`muted ${classes.none}`}>{acts ? 'No write, control, program or configuration act was seen.' : 'No operation was seen.'}</p>
        ) : (
          <div className={`${classes.wide} ${classes.tall}`} tabIndex={0} role="region" aria-label="Operations">
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">With</th>
                  <th scope="col">Act, target = value</th>
                  <th scope="col">Outcome</th>
                  <th scope="col">Packets</th>
                </tr>
              </thead>
              <tbody>
                {answer.items.map((op, at) => (
                  <tr key={`${op.frame}${op.ts}${at}`}>
                    <td>
                      <Time at={op.ts} brief />
                    </td>
                    <td>
                      <Other op={op} own={own} />
                    </td>
                    <td className={classes.value}>
                      {words(op.category)}: {op.function}
                      {op.count > 1 && <span className="muted"> ×{count(op.count)}</span>}
                      {(op.target !== '' || op.value != null) && (
                        <div>
                          {op.target}
                          {op.value != null && ` = ${op.value}`}
                        </div>
                      )}
                    </td>
                    <td>{op.outcome}</td>
                    <td>{may ? <PacketLinks packets={op.packets} frame={op.frame} /> : <span className="muted">frame {op.frame}</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {answer.hasNextPage && (
              <Button m={8} loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
                Show older
              </Button>
            )}
          </div>
        ))}
    </Panel>
  );
}

/** The other side, and which way the act went. */
function Other({ op, own }: { op: Operation; own: string[] }) {
  const by = own.includes(op.src);
  return (
    <span title={`${op.src} → ${op.dst}`} style={{ whiteSpace: 'nowrap' }}>
      {by ? 'to' : 'from'} <span className="mono">{by ? op.dst : op.src}</span>
    </span>
  );
}
