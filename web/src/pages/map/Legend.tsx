import { PRIORITIES } from '@/lib/priority';
import { PriorityMark } from '@/ui/PriorityMark';
import classes from './Map.module.css';

/** What the signs of the map mean. */
export function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      <li>
        <svg width="30" height="10" aria-hidden><path d="M1 5h26" className={classes.line} /><path d="M29 5l-6-3v6z" className={classes.tip} /></svg>
        client to server
      </li>
      <li>
        <svg width="30" height="10" aria-hidden><path d="M1 5h28" className={classes.line} data-forbidden /></svg>
        forbidden
      </li>
      <li>
        <svg width="20" height="12" aria-hidden><path d="M.5.5h19v11H.5zM3.5 3.5h13v5h-13z" className={classes.box} /></svg>
        folded group
      </li>
      {PRIORITIES.map((priority) => (
        <li key={priority}>
          <PriorityMark priority={priority} size={14} />
        </li>
      ))}
    </ul>
  );
}
