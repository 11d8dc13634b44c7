import type { Finding } from '@/api/types';
import classes from './Triage.module.css';

const WORDS: Record<string, [string, string]> = {
  unacknowledged: ['●', 'Unacknowledged'],
  returned: ['↺', 'Returned'],
  acknowledged: ['✓', 'Acknowledged'],
  shelved: ['■', 'Shelved'],
};

/** The state of a finding as an alarm: sign and word. */
export function StateMark({ finding }: { finding: Pick<Finding, 'state'> }) {
  const [sign, word] = WORDS[finding.state] ?? ['', finding.state];
  return (
    <span className={classes.state} data-state={finding.state}>
      <span aria-hidden>{sign}</span> {word}
    </span>
  );
}
