import { useParams } from '@tanstack/react-router';
import { api } from '@/api/client';
import { usePacket } from '@/api/hooks';
import { dump } from '@/lib/hex';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import facts from '@/ui/Facts.module.css';

/** One kept packet: its layers, its bytes, and the file to take along. */
export function PacketPage() {
  const { id } = useParams({ from: '/shell/packets/$id' });
  const answer = usePacket(id);
  const packet = answer.data;
  const tools = packet && (
    <a href={api.pcapngUrl([packet.id])} download>
      Download as pcapng
    </a>
  );
  return (
    <Page title={packet ? `Packet in frame ${packet.frame}` : 'Packet'} tools={tools}>
      {standIn(answer, 'the packet')}
      {packet && (
        <>
          <p>
            <Time at={packet.ts} /> · {packet.original_len} bytes on the wire · content address <span className="mono">{packet.id}</span>
          </p>
          {packet.layers.map((layer, at) => (
            <Panel key={`${layer.title}${at}`} title={layer.title} flush>
              <table className={facts.table}>
                <tbody>
                  {layer.fields.map((field, n) => (
                    <tr key={`${field.name}${n}`}>
                      <th scope="row" style={{ width: 220 }}>
                        {field.name}
                      </th>
                      <td className="mono" style={{ overflowWrap: 'anywhere' }}>
                        {field.value}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
          ))}
          <Panel title="Bytes">
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
            <pre className={facts.hex} tabIndex={0} aria-label="Bytes in hexadecimal">
              {dump(packet.hex)
                .map((line) => `${line.offset}  ${line.bytes.padEnd(49)}  ${line.text}`)
                .join('\n')}
            </pre>
          </Panel>
        </>
      )}
    </Page>
  );
}
