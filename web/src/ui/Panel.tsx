import { type ReactNode, useId } from 'react';

/** A titled box of a page. */
export function Panel({ title, extra, children, flush = false }: { title: string; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id} className="grow">
          {title}
        </h2>
        {extra}
      </header>
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
