import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './Page.module.css';

/** A page: heading, tools to its right, and a body that scrolls or fills. */
export function Page({ title, tools, children, fill = false }: { title: string; tools?: ReactNode; children: ReactNode; fill?: boolean }) {
  useDocumentTitle(`${title} · Watchfloor`);
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1 className="clip">{title}</h1>
        {tools}
      </div>
      <div className={fill ? classes.fill : classes.body}>{children}</div>
    </div>
  );
}
