import { Anchor } from '@mantine/core';
import { api } from '@/api/client';
import type { FindingEvidence } from '@/api/types';
import { useMay } from '@/app/session';
import { PacketLinks } from '@/ui/AssetLink';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Triage.module.css';

/** More ids than this make an address longer than servers take. */
const PACKETS_MAX = 100;

/** What was seen, down to the packets. */
export function Evidence({ evidence }: { evidence: FindingEvidence[] }) {
  const { may } = useMay('packets.read');
  const ids = [...new Set(evidence.flatMap((piece) => piece.packets))].slice(0, PACKETS_MAX);
  if (evidence.length === 0) return <Empty title="No evidence was kept" />;
  return (
    <div id="evidence" tabIndex={-1} className={classes.wide}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">Protocol</th>
            <th scope="col" className="num">Frame</th>
            <th scope="col">Packets</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((piece, at) => (
            <tr key={`${piece.frame}-${at}`}>
              <td>
                <Time at={piece.ts} brief />
              </td>
              <td>{piece.text}</td>
              <td>{piece.protocol}</td>
              <td className="num">{piece.frame}</td>
              <td>{may ? <PacketLinks packets={piece.packets} /> : <span className="muted">{piece.packets.length} kept</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {may && ids.length > 0 && (
        <Anchor href={api.pcapngUrl(ids)} download underline="always" size="sm">
          Download {ids.length} packets (pcapng)
        </Anchor>
      )}
      {!may && <p className="muted">Packets may be opened by analysts and above.</p>}
    </div>
  );
}
