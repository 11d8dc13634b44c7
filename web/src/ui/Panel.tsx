import type { ReactNode } from 'react';

/** A titled box of a page. */
export function Panel({ title, extra, children, flush = false }: { title: string; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="panel">
      <header>
        <h2 className="grow">
          {title}
        </h2>
        {extra}
      </header>
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
