import { Modal } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Conversation } from '@/api/types';
import { castOf } from '@/lib/address';
import { bytes, count, plural, words } from '@/lib/format';
import { AssetLink } from './AssetLink';
import classes from './ConversationDialog.module.css';
import { ConversationMarks } from './ConversationMarks';
import { Time } from './Time';
import { useZoneName } from './Zones';

/** All that is known about one conversation. */
export function ConversationDialog({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const zone = useZoneName();
  const side = (id: string | null | undefined, name: string, address: string, of: string | null | undefined) => (
    <>
      {(id || (name && name !== address)) && <AssetLink id={id} name={name || address} />} <span className="mono">{address}</span>, {castOf(address) ?? `zone ${zone(of)}`}
    </>
  );
  return (
    <Modal opened onClose={onClose} size={640} title={`${c.protocol || 'Not recognised'}, ${c.port ? `${c.transport}/${c.port}` : c.transport}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <dl className={classes.facts}>
        <dt>Client</dt>
        <dd>{side(c.client_asset, c.client_name, c.client, c.client_zone)}</dd>
        <dt>Server</dt>
        <dd>{side(c.server_asset, c.server_name, c.server, c.server_zone)}</dd>
        <dt>Seen</dt>
        <dd>
          <Time at={c.first_seen} /> to <Time at={c.last_seen} />, on {c.segments.join(', ') || 'an unnamed segment'}
        </dd>
        <dt>To the server</dt>
        <dd>
          {plural(c.packets_to_server, 'packet')}, {bytes(c.bytes_to_server)}
        </dd>
        <dt>To the client</dt>
        <dd>
          {plural(c.packets_to_client, 'packet')}, {bytes(c.bytes_to_client)}
        </dd>
        <dt>Flows</dt>
        <dd>
          {count(c.flows)}, {count(c.answered)} answered; {plural(c.messages, 'message')} decoded
          {c.gap_bytes > 0 && `; ${bytes(c.gap_bytes)} missing`}
        </dd>
        <dt>Marks</dt>
        <dd>
          <ConversationMarks conversation={c} none="none" />
        </dd>
      </dl>
      {c.functions.length > 0 && (
        <div className={classes.functions}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Function</th>
                <th scope="col">Kind</th>
                <th scope="col" className="num">Times</th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {c.functions.map((entry) => (
                <tr key={entry.function}>
                  <td>{entry.function}</td>
                  <td>{words(entry.category)}</td>
                  <td className="num">{count(entry.count)}</td>
                  <td>
                    <Time at={entry.last} brief />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {c.server_asset && (
        <p>
          <Link to="/triage" search={{ asset: c.server_asset, state: 'all' }}>
            Findings about {c.server_name || c.server}
          </Link>
        </p>
      )}
    </Modal>
  );
}
