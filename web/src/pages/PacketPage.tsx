import { Button } from '@mantine/core';
import { useParams, useRouter } from '@tanstack/react-router';
import { api } from '@/api/client';
import { usePacket } from '@/api/hooks';
import type { PacketView } from '@/api/types';
import { plural } from '@/lib/format';
import { dump } from '@/lib/hex';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Packet.module.css';

/** A packet that was kept as evidence: decoded, as bytes, and for download. */
export function PacketPage() {
  const { id } = useParams({ from: '/shell/packets/$id' });
  const answer = usePacket(id);
  const router = useRouter();
  const packet = answer.data;
  return (
    <Page
      title={packet ? `Frame ${packet.frame}` : 'Packet'}
      tools={
        <>
          {packet && (
            <span className="muted">
              <Time at={packet.ts} both />, {plural(packet.original_len, 'byte')} on the wire
            </span>
          )}
          <div className="grow" />
          <Button onClick={() => router.history.back()}>Back</Button>
          {packet && (
            <Button component="a" href={api.pcapngUrl([id])} download>
              Download (pcapng)
            </Button>
          )}
        </>
      }
    >
      {packet ? <Packet packet={packet} /> : standIn(answer, 'the packet')}
    </Page>
  );
}

function Packet({ packet }: { packet: PacketView }) {
  return (
    <div className={classes.split}>
      <Panel title="Decoded">
        {packet.layers.map((layer, at) => (
          <details key={`${layer.title}${at}`} open className={classes.layer}>
            <summary>{layer.title}</summary>
            <dl className={classes.fields}>
              {layer.fields.map((field, index) => (
                <div key={`${field.name}${index}`}>
                  <dt>{field.name}</dt>
                  <dd className="mono">{field.value}</dd>
                </div>
              ))}
            </dl>
          </details>
        ))}
      </Panel>
      <Panel title="Bytes">
        { }
        <pre className={classes.hex} tabIndex={0} aria-label="Hexadecimal dump">
          {dump(packet.hex)
            .map((line) => `${line.offset}  ${line.bytes.padEnd(48)}  ${line.text}`)
            .join('\n')}
        </pre>
        <p className="muted">
          Packet <span className="mono">{packet.id}</span>. Secrets are masked.
        </p>
      </Panel>
    </div>
  );
}
