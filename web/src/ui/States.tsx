import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './States.module.css';
import { Time } from './Time';

export function Loading({ what }: { what: string }) {
  return (
    <div className={classes.state} role="status">
      <Loader size="sm" color="gray" />
      <span>Loading {what}…</span>
    </div>
  );
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : 'Something went wrong.');

export function Failed({ error, retry }: { error: unknown; retry?: (() => unknown) | undefined }) {
  return (
    <div className={classes.state} role="alert">
      <p>{sentence(error)}</p>
      {retry && <Button onClick={() => void retry()}>Try again</Button>}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.state}>
      <p className={classes.title}>{title}</p>
      {children && <div className="muted">{children}</div>}
    </div>
  );
}

export interface Answer {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  data: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** What to show instead of data that is not there yet or could not be had; `null` once it is there. */
export function standIn(answer: Answer, what: string): ReactNode {
  if (answer.isPending) return <Loading what={what} />;
  return answer.isError && answer.data === undefined ? <Failed error={answer.error} retry={answer.refetch} /> : null;
}

/** Says that what is shown could not be refreshed, and how old it is. Old data is better than none, if it says so. */
export function Outdated({ answer }: { answer: Answer }) {
  if (!answer.isError || answer.data === undefined) return null;
  return (
    <p role="status" className={`hatch ${classes.outdated}`}>
      <span className={classes.why}>
        <strong>Stale:</strong> as it was at <Time at={new Date(answer.dataUpdatedAt).toISOString()} />. It could not be refreshed: {sentence(answer.error)}
      </span>
      <Button size="compact-xs" onClick={() => void answer.refetch()}>
        Try again
      </Button>
    </p>
  );
}
