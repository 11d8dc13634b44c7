import type { AssetAttribute, AssetDetail } from '@/api/types';
import { useMay } from '@/app/session';
import { count, words } from '@/lib/format';
import { PacketLinks } from '@/ui/AssetLink';
import { Panel } from '@/ui/Panel';
import { Time } from '@/ui/Time';
import classes from './Asset.module.css';

/** Attributes in the order given, the values of one together, its chosen value first. */
export function grouped(attributes: AssetAttribute[]): { name: string; values: AssetAttribute[] }[] {
  const groups = new Map<string, AssetAttribute[]>();
  for (const attribute of attributes) groups.set(attribute.name, [...(groups.get(attribute.name) ?? []), attribute]);
  return [...groups].map(([name, values]) => ({ name, values: values.sort((a, b) => Number(b.chosen) - Number(a.chosen)) }));
}

/** Every value that evidence gives for every attribute: who said it, how sure, since when. */
export function Identity({ asset }: { asset: AssetDetail }) {
  const groups = grouped(asset.attributes);
  const { may } = useMay('packets.read');
  return (
    <Panel title="Identity and its evidence" flush>
      <div className={classes.wide} tabIndex={0} role="region" aria-label="Attributes and their evidence">
        <table className={`plain ${classes.identity}`}>
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col">Value</th>
              <th scope="col">Said by</th>
              <th scope="col" className="num">Confidence</th>
              <th scope="col">First and last</th>
              <th scope="col">Packet</th>
            </tr>
          </thead>
          <tbody>
            {groups.map(({ name, values }) =>
              values.map((value, at) => (
                <tr key={`${name}${value.value}${value.source}`} data-other={!value.chosen || undefined}>
                  {at === 0 && (
                    <th scope="rowgroup" rowSpan={values.length}>
                      {words(name)}
                    </th>
                  )}
                  <td>
                    {value.value}
                    {!value.chosen && name !== 'ip' && name !== 'mac' && <span className={classes.conflict}>other value</span>}
                    {value.reason && <div className="muted">{value.reason}</div>}
                  </td>
                  <td>
                    {/* It may break after its dots. */}
                    {value.source.replaceAll(/[._]/g, '$&\u200b')}
                    <div className="muted" style={{ whiteSpace: 'nowrap' }}>×{count(value.count)}</div>
                  </td>
                  <td className="num">{value.confidence} %</td>
                  <td>
                    <Time at={value.first_seen} brief />
                    <br />
                    <Time at={value.last_seen} brief />
                  </td>
                  <td>{value.packet && may ? <PacketLinks packets={[value.packet]} /> : <span className="muted" style={{ whiteSpace: 'nowrap' }}>{value.frame ? `frame ${value.frame}` : '–'}</span>}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
        {groups.length === 0 && <p className="muted">Nothing was said about it yet.</p>}
      </div>
    </Panel>
  );
}
