import type { Conversation } from '@/api/types';
import classes from './ConversationMarks.module.css';

/** What is special about a conversation; only a forbidden path is coloured. */
export function ConversationMarks({ conversation }: { conversation: Conversation }) {
  return (
    <span className={classes.marks}>
      {conversation.forbidden && (
        <span className={classes.mark} data-forbidden title="Crosses zones without a conduit that allows it">
          Forbidden
        </span>
      )}
      {conversation.one_sided && (
        <span className={classes.mark} title="Only one direction was seen: what the other side said is unknown">
          One-sided
        </span>
      )}
      {conversation.encrypted && (
        <span className={classes.mark} title="The payload is encrypted: not read">
          Encrypted
        </span>
      )}
      {!conversation.learned && (
        <span className={classes.mark} title="Began after the learning period">
          New
        </span>
      )}
      {conversation.answered === 0 && conversation.transport === 'tcp' && (
        <span className={classes.mark} title="No flow was answered">
          Unanswered
        </span>
      )}
    </span>
  );
}
