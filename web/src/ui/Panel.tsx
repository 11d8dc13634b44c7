import type { ReactNode } from 'react';
import { type Answer, Outdated } from './States';

interface Props {
  title: string;
  extra?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  /** Where its data comes from: it says so when that could not be refreshed. */
  of?: Answer;
}

/** A titled box of a page. */
export function Panel({ title, extra, children, flush = false, of }: Props) {
  return (
    <section className="panel">
      <header>
        <h2 className="grow">{title}</h2>
        {extra}
      </header>
      {of && <Outdated answer={of} />}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
