import type { Conversation } from '@/api/types';
import classes from './ConversationMarks.module.css';

/** What is special about a conversation; only a forbidden path is coloured. */
export function ConversationMarks({ conversation, none }: { conversation: Conversation; none?: string }) {
  const { forbidden, one_sided, encrypted, learned, answered, transport } = conversation;
  const unanswered = answered === 0 && transport === 'tcp';
  if (none && !forbidden && !one_sided && !encrypted && learned && !unanswered) return none;
  return (
    <span className={classes.marks}>
      {forbidden && (
        <span className={classes.mark} data-forbidden title="Crosses zones without a conduit that allows it">
          Forbidden
        </span>
      )}
      {one_sided && (
        <span className={classes.mark} title="Only one direction was seen: what the other side said is unknown">
          One-sided
        </span>
      )}
      {encrypted && (
        <span className={classes.mark} title="The payload is encrypted: not read">
          Encrypted
        </span>
      )}
      {!learned && (
        <span className={classes.mark} title="Began after the learning period">
          New
        </span>
      )}
      {unanswered && (
        <span className={classes.mark} title="No flow was answered">
          Unanswered
        </span>
      )}
    </span>
  );
}
