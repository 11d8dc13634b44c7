import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './States.module.css';

export function Loading({ what }: { what: string }) {
  return (
    <div className={classes.state} role="status">
      <Loader size="sm" color="gray" />
      <span>Loading {what}…</span>
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: (() => unknown) | undefined }) {
  return (
    <div className={classes.state} role="alert">
      <p>{error instanceof Error ? error.message : 'Something went wrong.'}</p>
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

interface Answer {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** What to show instead of data that is not there yet or could not be had; `null` once it is there. */
export function standIn(answer: Answer, what: string): ReactNode {
  if (answer.isPending) return <Loading what={what} />;
  return answer.isError ? <Failed error={answer.error} retry={answer.refetch} /> : null;
}
