import { Link } from '@tanstack/react-router';
import { useList } from '@/api/hooks';
import { bytes } from '@/lib/format';
import { AssetLink } from '@/ui/AssetLink';
import { ConversationMarks } from '@/ui/ConversationMarks';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Asset.module.css';

const SHOWN = 12;

export function AssetConversations({ id }: { id: string }) {
  const answer = useList('conversations', { asset: id, sort: '-last_seen', limit: SHOWN });
  return (
    <Panel
      title="Conversations"
      flush
      of={answer}
      extra={
        <Link to="/conversations" search={{ asset: id }}>
          All {answer.total ?? ''}
        </Link>
      }
    >
      {standIn(answer, 'conversations') ??
        (answer.items.length === 0 ? (
          <p className={`muted ${classes.none}`}>It was not heard talking to anybody.</p>
        ) : (
          <div className={classes.wide} tabIndex={0} role="region" aria-label="Latest conversations">
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">With</th>
                  <th scope="col">As</th>
                  <th scope="col">Protocol</th>
                  <th scope="col">Marks</th>
                  <th scope="col" className="num">Bytes</th>
                  <th scope="col">Last</th>
                </tr>
              </thead>
              <tbody>
                {answer.items.map((c) => {
                  const asks = c.client_asset === id;
                  return (
                    <tr key={c.id}>
                      <td>{asks ? <AssetLink id={c.server_asset} name={c.server_name || c.server} /> : <AssetLink id={c.client_asset} name={c.client_name || c.client} />}</td>
                      <td>{asks ? 'client' : 'server'}</td>
                      <td>{c.protocol || `${c.transport}/${c.port}`}</td>
                      <td>
                        <ConversationMarks conversation={c} />
                      </td>
                      <td className="num">{bytes(c.bytes_to_client + c.bytes_to_server)}</td>
                      <td>
                        <Time at={c.last_seen} brief />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        ))}
    </Panel>
  );
}
