import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './Page.module.css';
import { type Answer, Outdated } from './States';

interface Props {
  title: string;
  tools?: ReactNode;
  children: ReactNode;
  fill?: boolean;
  /** Where the page's data comes from: it says so when that could not be refreshed. */
  of?: Answer;
}

/** A page: heading, tools to its right, and a body that scrolls or fills. */
export function Page({ title, tools, children, fill = false, of }: Props) {
  useDocumentTitle(`${title} · Watchfloor`);
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1 className="clip" title={title}>
          {title}
        </h1>
        {tools}
      </div>
      {of && <Outdated answer={of} />}
      <div className={fill ? classes.fill : classes.body}>{children}</div>
    </div>
  );
}
